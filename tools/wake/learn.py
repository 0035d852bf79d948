#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Learns how much each piece of evidence for a wake word counts (engines/wake/sphinx/weigh.c).

  learn.py DUET WORK PHRASES     PHRASES: lines "phrase<TAB>folder with it<TAB>folder without it…[<TAB>noise]
                                 [<TAB>share=0.5][<TAB>alone][<TAB>language=zh-CN]"

Every phrase is listened for in its recordings and in the background, clean and mixed with the noise at 10 dB; each
place that the first pass finds is an example. Of the recordings of a phrase the clearest place counts as the phrase,
all of the background's do not. What synthetic voices say counts half (share=0.5): without it such voices are seldom
heard, and the more it counts the worse people are; Mandarin, of which there is little and no other, counts three
times. What is no phrase counts the more the nearer it comes to the clearest mistakes of its phrase, as those make the
threshold: in a second round to what is still clear after the first, which alone would only trade one such mistake for
another. How much louder a phrase is than what was before it ("rise") is learnt last and only from recordings that
hold nothing else ("alone"). Prints what a phrase misses when the weights are learnt from the others, then the weights
from all of them.
Needs numpy.
"""
import os
import re
import subprocess
import sys

import numpy as np

LINE = re.compile(r"phrase \d+, frames -?\d+ to -?\d+, odds \S+?:(.*)")
HEARS = re.compile(r"hears (.*)")
AGREEMENT = [10, 23]  # with the free phone loop, by either model: where the phrase is clearest
SHRINK = 1e-3
CLEAREST = 5  # mistakes of a phrase that the others are held to …
NEARER = 2  # … how much a neper counts …
SHORT = 0.25  # … and how far above them, in nepers, one counts half
ROUNDS = 2


def collect(duet, work, phrase, language, audio, background, noise):
    """Examples of one phrase: (file, evidence)."""
    name = re.sub(r"\W+", "_", phrase) + ("_noise" if noise else "_clean")
    log = os.path.join(work, name + ".log")
    if not os.path.exists(log):
        command = [duet, "bench", "wake", "--phrase", phrase, "--language", language, "--audio", audio,
                   "--jobs", "1", "--json"]
        for folder in background:
            command += ["--background", folder]
        if noise:
            command += ["--noise", noise, "--snr", "10"]
        with open(log + ".part", "w", encoding="utf-8") as out:
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=out, check=True,
                           env={**os.environ, "DUET_LOG": "debug"})
        os.rename(log + ".part", log)
    file, found = None, []
    for line in open(log, encoding="utf-8"):
        if m := HEARS.search(line):
            file = m.group(1).strip()
        elif m := LINE.search(line):
            found.append((file, [float(x) for x in m.group(1).split()]))
    return found


def agreement(evidence):
    return sum(evidence[i] for i in AGREEMENT)


def examples(found, audio):
    clearest, rows = {}, []
    for file, evidence in found:
        if os.path.dirname(file) == os.path.abspath(audio):
            if file not in clearest or agreement(evidence) > agreement(clearest[file]):
                clearest[file] = evidence
        else:
            rows.append((evidence, 0))
    return rows + [(evidence, 1) for evidence in clearest.values()]


def fit(x, y, weight):
    """Logistic regression; the weights of the evidence as it is, then the offset."""
    mean, spread = x.mean(0), x.std(0) + 1e-6
    z = np.c_[(x - mean) / spread, np.ones(len(x))]
    b = np.zeros(z.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(z @ b, -30, 30)))
        slope = z.T @ (weight * (p - y)) / weight.sum() + SHRINK * np.r_[b[:-1], 0]
        bend = (z * (weight * p * (1 - p))[:, None]).T @ z / weight.sum() + SHRINK * np.eye(len(b))
        b -= np.linalg.solve(bend, slope)
    return np.r_[b[:-1] / spread, b[-1] - (b[:-1] * mean / spread).sum()]


def balance(y, phrase, share):
    """As much for as against, and no phrase with many examples above all others."""
    weight = np.zeros(len(y))
    for side in (0, 1):
        for one in set(phrase[y == side]):
            here = (y == side) & (phrase == one)
            weight[here] = 1 / np.sqrt(here.sum())
        weight[y == side] *= share[y == side]
        weight[y == side] /= weight[y == side].sum()
    return weight


def harder(y, phrase, odds, weight):
    """Mistakes count by how near they come to the clearest ones of their phrase."""
    weight = weight.copy()
    for one in set(phrase):
        here = (phrase == one) & (y == 0)
        if here.sum() >= 3:
            top = np.sort(odds[here])[-CLEAREST:].mean()
            weight[here] /= 1 + np.exp((top + SHORT - odds[here]) * NEARER)
    weight[y == 0] /= weight[y == 0].sum()
    return weight


def rise(x, y, phrase, share, alone, b):
    """What the last piece of evidence counts beside the odds from all the others."""
    here = np.isin(phrase, sorted(alone))
    if not here.any():
        return 0
    odds = x[here, :-1] @ b[:-1] + b[-1]
    c = fit(np.c_[odds, x[here, -1]], y[here], balance(y[here], phrase[here], share[here]))
    return c[1] / c[0]


def learn(x, y, phrase, share, alone):
    weight = balance(y, phrase, share)
    b = fit(x[:, :-1], y, weight)
    for _ in range(ROUNDS):
        b = fit(x[:, :-1], y, harder(y, phrase, x[:, :-1] @ b[:-1] + b[-1], weight))
    return np.r_[b[:-1], rise(x, y, phrase, share, alone, b), b[-1]]


def setting(fields, name, fallback):
    return next((f[len(name) + 1 :] for f in fields if f.startswith(name + "=")), fallback)


def main():
    duet, work, table = sys.argv[1:4]
    os.makedirs(work, exist_ok=True)
    rows, phrase, share, n_words, alone = [], [], [], {}, set()
    for line in open(table, encoding="utf-8"):
        name, audio, *rest = line.rstrip("\n").split("\t")
        background = [f for f in rest if os.path.isdir(f)]
        if "alone" in rest:
            alone.add(name)
        language, counts = setting(rest, "language", "en-US"), float(setting(rest, "share", "1"))
        for noise in [None] + [f for f in rest if os.path.isfile(f)]:
            new = examples(collect(duet, work, name, language, audio, background, noise), audio)
            rows += new
            phrase += [name] * len(new)
            share += [counts if right else 1 for _, right in new]
            n_words[name] = n_words.get(name, 0) + len(os.listdir(audio))
    x, y = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    phrase, share = np.array(phrase), np.array(share)
    for name in sorted(n_words):
        others = phrase != name
        b = learn(x[others], y[others], phrase[others], share[others], alone)
        odds = x[~others] @ b[:-1] + b[-1]
        right, wrong = odds[y[~others] == 1], odds[y[~others] == 0]
        bar = wrong.max(initial=-99)
        print(f"{name}: {100 * (1 - (right > bar).sum() / n_words[name]):.1f} % missed at no false alarm "
              f"({len(wrong)} places of the background), learnt without it", file=sys.stderr)
    b = learn(x, y, phrase, share, alone)
    bar = np.sort(x[y == 0] @ b[:-1])[::-1]
    print(", ".join(f"{w:.6g}F" for w in b[:-1]))
    print(f"offset {b[-1]:.4f}; the background's clearest: {np.round(bar[:10] + b[-1], 2)}")


if __name__ == "__main__":
    main()
