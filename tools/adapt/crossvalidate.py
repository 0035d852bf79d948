#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""crossvalidate.py SHARED [--snr 6,12,...] [--folds 0,1,2] - how well orders of voices that were not learnt are understood.

The orders are clustered by voice and microphone (no recording names its speaker) and the clusters dealt into three
folds. Each fold is decoded by the packaged model and by one learnt from the other two in the first half of the kitchen
noise, mixed with the second half. Prints, for each noise, the share of orders whose every slot is right: with the one
model, with the other, and with whichever finds the better path, which is what the recogniser does."""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import yaml

import acoustic
import learn
import sentences
import sound

SEARCH = "-beam 1e-80 -wbeam 1e-60 -pbeam 1e-80 -bestpath no -cmn batch".split()
HEARD = re.compile(r"(.*?) ?\((\S+) (-?\d+)\)")
FOLDS, CLUSTERS = 3, 60
KINDS = ("packaged", "learnt", "better")


def voice(cepstra):
    """The colour of the loud and of the quiet frames: the voice, and the microphone in its room."""
    loud = cepstra[cepstra[:, 0] >= np.percentile(cepstra[:, 0], 60)]
    quiet = cepstra[cepstra[:, 0] <= np.percentile(cepstra[:, 0], 25)]
    return np.concatenate([loud.mean(0)[1:], loud.std(0)[1:], 0.5 * quiet.mean(0)[1:]])


def folds(cepstra):
    """Complete-linkage clusters, the largest first into the smallest fold."""
    names = sorted(cepstra)
    points = np.array([voice(cepstra[name]) for name in names])
    points = (points - points.mean(0)) / points.std(0)
    apart = ((points[:, None] - points[None]) ** 2).sum(-1)
    np.fill_diagonal(apart, np.inf)
    clusters = {i: [name] for i, name in enumerate(names)}
    while len(clusters) > CLUSTERS:
        a, b = divmod(int(apart.argmin()), len(names))
        apart[a] = apart[:, a] = np.maximum(apart[a], apart[b])
        apart[b] = apart[:, b] = np.inf
        apart[a, a] = np.inf
        clusters[a] += clusters.pop(b)
    dealt = [[] for _ in range(FOLDS)]
    for cluster in sorted(clusters.values(), key=len, reverse=True):
        min(dealt, key=len).extend(cluster)
    return dealt


def heard(work, cepstra_of, model):
    """{name: (words, score of the path)} of the sounds whose features lie in `work`."""
    files = ["-mean", f"{model}/means", "-var", f"{model}/variances", "-sendump", f"{model}/sendump"] if model else []
    (work / "control").write_text("".join(name + "\n" for name in cepstra_of))
    subprocess.run(["pocketsphinx_batch", "-hmm", str(acoustic.PACKAGED), "-dict", str(work / "all.dict"),
                    "-fsg", str(work / "all.fsg"), "-ctl", str(work / "control"), "-cepdir", str(work),
                    "-cepext", ".mfc", "-hyp", str(work / "hyp"), "-logfn", "/dev/null", *files, *SEARCH], check=True)
    lines = (HEARD.fullmatch(line) for line in (work / "hyp").read_text().splitlines())
    return {line[2]: (line[1].split(), int(line[3])) for line in lines}


def better(one, other):
    return {name: max(one[name], other[name], key=lambda heard: heard[1]) for name in one}


class Orders:
    """The recordings, what they mean, and a decoder for all sentences of their domain in the folder `work`."""

    def __init__(self, shared, work):
        commands = shared / "commands"
        labels = json.loads((commands / "labels.json").read_text())
        content = yaml.safe_load((commands / "coffee.yaml").read_text())
        tree = sentences.Domain(content).tree()
        kitchen = sound.read(commands / "kitchen_noise.flac")
        self.labels = {pathlib.Path(file).stem: label for file, label in labels.items()}
        self.sounds = {name: sound.read(commands / "audio" / f"{name}.flac") for name in self.labels}
        self.noise = kitchen[len(kitchen) // 2 :]
        self.domain, self.work = sentences.Domain(content), work
        (work / "all.fsg").write_text(sentences.fsg(tree))
        (work / "all.dict").write_text(learn.pronunciations(sentences.words_of(tree), learn.read_dictionary()))

    def right(self, name, words):
        slots = {slot: value.lower() for slot, value in self.labels[name]["slots"].items()}
        return self.domain.slots_of(words) == slots

    def score(self, names, model, snr):
        """{kind: [right or not]} of the named orders, mixed with noise (snr None: clean)."""
        rng = np.random.default_rng(int(snr or 0))
        sounds = {k: self.sounds[k] if snr is None else sound.mix(self.sounds[k], self.noise, snr, rng) for k in names}
        sound.features(sounds, self.work, cut_silence=True)
        found = {"packaged": heard(self.work, sounds, None), "learnt": heard(self.work, sounds, model)}
        found["better"] = better(found["packaged"], found["learnt"])
        return {kind: [self.right(name, found[kind][name][0]) for name in names] for kind in KINDS}


def report(snr, results):
    figures = (f"{kind} {100 * np.mean(results[kind]):.1f} %" for kind in KINDS)
    return "\t".join(["clean" if snr is None else f"{snr:g} dB", *figures])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("--snr", default="6,9,12,15,18,21,24")
    parser.add_argument("--folds", default="0,1,2")
    options = parser.parse_args()
    shared, snrs = options.shared / "data/speech", [None] + [float(snr) for snr in options.snr.split(",")]
    total = {snr: {kind: [] for kind in KINDS} for snr in snrs}
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        orders = Orders(shared, work)
        dealt = folds(sound.features(orders.sounds, work))
        for n in map(int, options.folds.split(",")):
            model = work / f"model{n}"
            learn.learn(shared, model, set(orders.labels) - set(dealt[n]), (0, 0.5))
            for snr in snrs:
                results = orders.score(dealt[n], model, snr)
                print(f"fold {n}", report(snr, results), sep="\t", file=sys.stderr, flush=True)
                for kind in KINDS:
                    total[snr][kind] += results[kind]
    for snr in snrs:
        print(report(snr, total[snr]))


if __name__ == "__main__":
    main()
