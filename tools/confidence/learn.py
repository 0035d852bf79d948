#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""learn.py LANGUAGE POSITIVE... -- NEGATIVE... - a row of engines/asr/sphinx/confidence_table.h.

Each file is what `DUET_LOG=warn,asr=debug duet bench speech --jobs 1 --each ...` wrote to stderr: the features of each
utterance, and whether what was heard is right. Of a POSITIVE file those that are right are sentences; in a NEGATIVE file
nothing is, but what is right by chance. Logistic regression on the features and their products, with an L2 penalty, by
Newton's method; a feature counts up to BOUND standard deviations from its mean. A sentence that is refused costs COST times
what a wrong acceptance does. Two shares of what is accepted are printed: by weights learnt without
that recording, and by weights learnt without any recording of its kind (file)."""
import collections
import hashlib
import json
import sys

import numpy as np

COST, PENALTY, FOLDS, BOUND = 1, 30.0, 5, 4
Utterance = collections.namedtuple("Utterance", "features positive name snr kind")


def read(path, positive):
    features, rows = [], []
    for line in open(path, errors="replace"):
        if " asr: features " in line:
            values, _, text = line.split(" asr: features ", 1)[1].partition(": ")
            features.append(([float(x) for x in values.split()], text.strip()))
        elif line.startswith("{"):
            rows.append(json.loads(line))
    found, at = [], 0
    for row in rows:
        if not row["heard"]:
            continue
        while at < len(features) and features[at][1] != row["heard"]:
            at += 1
        if at == len(features):
            break
        if row["right"] == positive and not (positive and row["must_refuse"]):
            kind = path.split("/")[-1].removesuffix(".txt")
            found.append(Utterance(features[at][0], positive, row["file"], str(row["snr"]), kind))
        at += 1
    return found


def fit(x, y, w):
    x = np.c_[np.ones(len(x)), x]
    b = np.zeros(x.shape[1])
    penalty = PENALTY * np.eye(len(b))
    penalty[0, 0] = 0
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(x @ b, -40, 40)))
        gradient = x.T @ (w * (p - y)) + penalty @ b
        hessian = (x * (w * p * (1 - p))[:, None]).T @ x + penalty + 1e-9 * np.eye(len(b))
        step = np.linalg.solve(hessian, gradient)
        b -= step * min(1, 3 / np.abs(step).max())
    return b


def products(z):
    """Those of each two columns (and of each with itself), in the order of the table."""
    n = z.shape[1]
    return np.stack([z[:, i] * z[:, j] for i in range(n) for j in range(i, n)], axis=1)


class Weights:
    """What was learnt of features, as it is applied to them: a polynomial of the second degree."""

    def __init__(self, x, y, w):
        self.mean, self.spread = x.mean(0), x.std(0) + 1e-6
        constant = x.std(0) == 0
        z = self.normal(x)
        b = fit(np.c_[z, products(z)], y, w)
        n = x.shape[1]
        self.bias, self.linear, self.products = b[0], np.where(constant, 0, b[1 : n + 1]), b[n + 1 :]

    def normal(self, x):
        return np.clip((x - self.mean) / self.spread, -BOUND, BOUND)

    def score(self, x):
        z = self.normal(x)
        return self.bias + z @ self.linear + products(z) @ self.products

    def row(self, language):
        """Of the features as they are, between bounds."""
        n = len(self.mean)
        square = np.zeros((n, n))
        square[np.triu_indices(n)] = self.products
        square /= np.outer(self.spread, self.spread)
        linear = self.linear / self.spread - (square + square.T) @ self.mean
        bias = self.bias - (self.linear * self.mean / self.spread).sum() + self.mean @ square @ self.mean
        reach = BOUND * self.spread
        fields = [("weights", linear), ("products", square[np.triu_indices(n)]), ("low", self.mean - reach)]
        fields += [("high", self.mean + reach)]
        texts = [f".{name} = {{{', '.join(f'{v:.9g}' for v in values)}}}" for name, values in fields]
        return f'\t{{.language = "{language}", .bias = {bias:.9g}, {", ".join(texts)}}},'


class Data:
    def __init__(self, utterances):
        self.x = np.array([u.features for u in utterances])
        self.y = np.array([u.positive for u in utterances])
        self.kind = np.array([u.kind for u in utterances])
        self.snr = np.array([u.snr for u in utterances])
        self.fold = np.array([int(hashlib.md5(u.name.encode()).hexdigest(), 16) % FOLDS for u in utterances])

    def train(self, of):
        """Each kind of sound counts the same, however many recordings there are."""
        y, kind = self.y[of], self.kind[of]
        w = np.zeros(len(y))
        for k in set(kind):
            same = kind == k
            positive = y[same][0]
            n_kinds = len(set(kind[y == positive]))
            w[same] = (COST if positive else 1) * len(y) / n_kinds / same.sum() / 2
        return Weights(self.x[of], y, w)

    def held_out(self, groups):
        """The score of each utterance by what was learnt from the other groups."""
        score = np.zeros(len(self.y))
        for group in set(groups):
            score[groups == group] = self.train(groups != group).score(self.x[groups == group])
        return score


def main():
    cut = sys.argv.index("--")
    utterances = [u for path in sys.argv[2:cut] for u in read(path, True)]
    data = Data(utterances + [u for path in sys.argv[cut + 1 :] for u in read(path, False)])
    by_recording, by_kind = data.held_out(data.fold), data.held_out(data.kind)
    for kind, snr in sorted(set(zip(data.kind, data.snr))):
        of = (data.kind == kind) & (data.snr == snr)
        shares = [100 * (score[of] > 0).mean() for score in (by_recording, by_kind)]
        print(f"{kind:32} {snr:5} {of.sum():4} accepted {shares[0]:5.1f} % {shares[1]:5.1f} %", file=sys.stderr)
    print(data.train(np.ones(len(data.y), bool)).row(sys.argv[1]))


if __name__ == "__main__":
    main()
