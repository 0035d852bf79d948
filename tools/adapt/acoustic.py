# SPDX-License-Identifier: Apache-2.0
"""The phonetically tied model of the package pocketsphinx-en-us: its files, alignment, adaptation.

42 codebooks (one a phone) of 128 densities in each of 3 streams of 13 values; a senone weighs its phone's densities."""
import pathlib
import subprocess

import numpy as np

PACKAGED = pathlib.Path("/usr/share/pocketsphinx/model/en-us/en-us")
BOOKS, STREAMS, DENSITIES, WIDTH, SENONES = 42, 3, 128, 13, 5126
LOG_BASE = np.log(1.0001)
SHAPE = np.array([BOOKS, STREAMS, DENSITIES] + [WIDTH] * STREAMS, "<i4").tobytes()
BYTE_ORDER = b"\x44\x33\x22\x11"


def read_densities(path):
    stored = path.read_bytes()
    at = stored.index(b"endhdr\n") + 7
    if stored[at : at + 4 + len(SHAPE)] != BYTE_ORDER + SHAPE:
        raise ValueError(f"{path}: not the packaged model's shape")
    count = BOOKS * STREAMS * DENSITIES * WIDTH
    values = np.frombuffer(stored, "<f4", count, at + 8 + len(SHAPE))
    return values.reshape(BOOKS, STREAMS, DENSITIES, WIDTH).astype(float)


def checksum(stored):
    total = 0
    for value in np.frombuffer(stored, "<u4").tolist():
        total = (((total << 20) | (total >> 12)) + value) & 0xFFFFFFFF
    return np.array([total], "<u4").tobytes()


def write_densities(path, values):
    body = SHAPE + np.array([values.size], "<i4").tobytes() + values.astype("<f4").tobytes()
    path.write_bytes(b"s3\nversion 1.0\nchksum0 yes\n endhdr\n" + BYTE_ORDER + body + checksum(body))


def read_weights(path):
    """(header, weights[stream, density, senone]); stored as one byte each, weight = 1.0001^-(byte << 10)."""
    stored = path.read_bytes()
    at = len(stored) - STREAMS * DENSITIES * SENONES
    steps = np.frombuffer(stored, "u1", offset=at).reshape(STREAMS, DENSITIES, SENONES)
    weights = np.exp(-steps.astype(float) * 1024 * LOG_BASE)
    return stored[:at], weights / weights.sum(1, keepdims=True)


def write_weights(path, header, weights):
    steps = np.round(-np.log(np.maximum(weights, 1e-30)) / LOG_BASE / 1024)
    path.write_bytes(header + np.clip(steps, 0, 255).astype("u1").tobytes())


class Model:
    def __init__(self, mean, var, weights):
        self.mean, self.var, self.weights = mean, np.maximum(var, 1e-4), weights
        self.inverse = 1 / self.var
        self.constant = -0.5 * (np.log(2 * np.pi * self.var) + self.mean**2 * self.inverse).sum(-1)

    @staticmethod
    def packaged():
        return Model(read_densities(PACKAGED / "means"), read_densities(PACKAGED / "variances"),
                     read_weights(PACKAGED / "sendump")[1])

    def write(self, folder):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_densities(folder / "means", self.mean)
        write_densities(folder / "variances", self.var)
        write_weights(folder / "sendump", read_weights(PACKAGED / "sendump")[0], self.weights)

    def densities(self, book, stream, x):
        """Log likelihoods [frames, 128] of one stream's values [frames, 13]."""
        cross = x @ (self.mean[book, stream] * self.inverse[book, stream]).T
        return cross - 0.5 * (x * x) @ self.inverse[book, stream].T + self.constant[book, stream]

    def senones(self, book, senones, x):
        """Log likelihoods [frames, len(senones)] of whole frames [frames, 39]."""
        total = 0
        for stream in range(STREAMS):
            d = self.densities(book, stream, x[:, stream * WIDTH : (stream + 1) * WIDTH])
            top = d.max(1, keepdims=True)
            total = total + top + np.log(np.exp(d - top) @ self.weights[stream][:, senones] + 1e-300)
        return total

    def shares(self, book, stream, x, senones):
        """How much each density had in each frame, of which the senone is known."""
        d = self.densities(book, stream, x) + np.log(self.weights[stream] + 1e-12)[:, senones].T
        d = np.exp(d - d.max(1, keepdims=True))
        return d / d.sum(1, keepdims=True)


class Phones:
    """Which senones a phone between two others has."""

    def __init__(self, folder):
        text = pathlib.Path(folder) / "mdef.txt"
        subprocess.run(["pocketsphinx_mdef_convert", "-text", str(PACKAGED / "mdef"), str(text)], check=True,
                       capture_output=True)
        self.alone, self.between, self.book = {}, {}, np.zeros(SENONES, int)
        for line in text.read_text().splitlines():
            fields = line.split()
            if len(fields) == 10 and fields[9] == "N":
                self.add(fields)

    def add(self, fields):
        senones = tuple(map(int, fields[6:9]))
        if fields[1] == "-":
            self.alone[fields[0]] = (len(self.alone), senones)
        else:
            self.between[tuple(fields[:4])] = senones
        self.book[list(senones)] = self.alone[fields[0]][0]

    def senones(self, phone, left, right, position):
        if phone != "SIL":
            for where in position + "ibes":
                for l, r in ((left, right), (left, "SIL"), ("SIL", right), ("SIL", "SIL")):
                    if (phone, l, r, where) in self.between:
                        return self.between[phone, l, r, where]
        return self.alone[phone][1]

    def sequence(self, words, dictionary):
        """The senones of a sentence, in order; the word None is silence."""
        phones = []
        for word in words:
            said = dictionary[word] if word else ["SIL"]
            places = "s" if len(said) == 1 else "b" + "i" * (len(said) - 2) + "e"
            phones += zip(said, places)
        names = ["SIL"] + [name for name, _ in phones] + ["SIL"]
        return np.array([s for i, (name, place) in enumerate(phones)
                         for s in self.senones(name, names[i], names[i + 2], place)])


def align(model, phones, x, sequence):
    """The senone of each frame on the best path through the sequence."""
    used, place = np.unique(sequence, return_inverse=True)
    scores = np.empty((len(x), len(used)))
    for book in np.unique(phones.book[used]):
        own = np.nonzero(phones.book[used] == book)[0]
        scores[:, own] = model.senones(book, used[own], x)
    best, moved = np.full(len(sequence), -1e30), np.zeros((len(x), len(sequence)), bool)
    best[0] = scores[0, place[0]]
    for t in range(1, len(x)):
        before = np.concatenate([[-1e30], best[:-1]])
        moved[t] = before > best
        best = np.where(moved[t], before, best) + scores[t, place]
    path, at = np.empty(len(x), int), len(sequence) - 1
    for t in range(len(x) - 1, -1, -1):
        path[t] = at
        at -= moved[t, at]
    return sequence[path]


class Frames:
    """Frames with their senones, by codebook; at most `most` of each, drawn by chance."""

    def __init__(self, pairs, phones, rng, most=30000):
        x = np.concatenate([x.astype("f4") for x, _ in pairs])
        senones = np.concatenate([s for _, s in pairs])
        self.of_book = {}
        for book in range(BOOKS):
            own = np.nonzero(phones.book[senones] == book)[0]
            if len(own) > most:
                own = rng.choice(own, most, replace=False)
            own = own[np.argsort(senones[own], kind="stable")]
            if len(own):
                self.of_book[book] = (x[own].astype(float), senones[own])


def count(model, frames):
    """Sums over the frames: of shares, of values and squares by share, of shares by senone."""
    shape = (BOOKS, STREAMS, DENSITIES)
    n, first, second = np.zeros(shape), np.zeros(shape + (WIDTH,)), np.zeros(shape + (WIDTH,))
    weight = np.zeros((STREAMS, DENSITIES, SENONES))
    for book, (x, senones) in frames.of_book.items():
        starts = np.nonzero(np.concatenate([[1], np.diff(senones)]))[0]
        for stream in range(STREAMS):
            values = x[:, stream * WIDTH : (stream + 1) * WIDTH]
            shares = model.shares(book, stream, values, senones)
            n[book, stream] = shares.sum(0)
            first[book, stream] = shares.T @ values
            second[book, stream] = shares.T @ (values * values)
            weight[stream][:, senones[starts]] += np.add.reduceat(shares, starts, 0).T
    return n[..., None], first, second, weight


def adapt(prior, frames, tau, tau_weights, passes):
    """Maximum a posteriori: the prior counts as `tau` frames of each density, `tau_weights` of each senone."""
    model = prior
    for _ in range(passes):
        n, first, second, weight = count(model, frames)
        mean = (tau * prior.mean + first) / (tau + n)
        spread = second - 2 * mean * first + n * mean**2
        var = (tau * (prior.var + (prior.mean - mean) ** 2) + spread) / (tau + n)
        weights = tau_weights * prior.weights + weight
        model = Model(mean, np.maximum(var, 1e-3), weights / weights.sum(1, keepdims=True))
    return model
