#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""crossvalidate.py SHARED [--snr 6,12,...] - how well orders of voices that were not learnt are understood.

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


def right(domain, words, label):
    return domain.slots_of(words) == {slot: value.lower() for slot, value in label["slots"].items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("--snr", default="6,9,12,15,18,21,24")
    options = parser.parse_args()
    snrs = [None] + [float(snr) for snr in options.snr.split(",")]
    shared = options.shared / "data/speech"
    labels = {pathlib.Path(f).stem: v for f, v in json.loads((shared / "commands/labels.json").read_text()).items()}
    content = yaml.safe_load((shared / "commands/coffee.yaml").read_text())
    domain, tree = sentences.Domain(content), sentences.Domain(content).tree()
    orders = {name: sound.read(shared / "commands/audio" / f"{name}.flac") for name in labels}
    kitchen = sound.read(shared / "commands/kitchen_noise.flac")
    kitchen = kitchen[len(kitchen) // 2 :]
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "all.fsg").write_text(sentences.fsg(tree))
        (work / "all.dict").write_text(learn.pronunciations(sentences.words_of(tree), learn.read_dictionary()))
        count = {}
        for n, fold in enumerate(folds(sound.features(orders, work))):
            model = work / f"model{n}"
            learn.learn(shared, model, set(labels) - set(fold), (0, 0.5))
            for snr in snrs:
                rng = np.random.default_rng(int(snr or 0))
                sounds = {k: orders[k] if snr is None else sound.mix(orders[k], kitchen, snr, rng) for k in fold}
                sound.features(sounds, work, cut_silence=True)
                found = {"packaged": heard(work, sounds, None), "learnt": heard(work, sounds, model)}
                found["better"] = better(found["packaged"], found["learnt"])
                for kind, words in found.items():
                    count.setdefault((snr, kind), []).extend(right(domain, words[k][0], labels[k]) for k in fold)
                    print(f"fold {n} snr {snr} {kind} {np.mean(count[snr, kind][-len(fold):]):.3f}",
                          file=sys.stderr, flush=True)
    for snr in snrs:
        figures = [f"{kind} {100 * np.mean(count[snr, kind]):.1f} %" for kind in KINDS]
        print("clean" if snr is None else f"{snr:g} dB", *figures, sep="\t")


if __name__ == "__main__":
    main()
