"""learn.py WORK ROUNDS - learns how Mandarin sounds to the English model.

WORK holds packaged/ (the packaged model with mdef.txt and mixture_weights beside it), align, features/ and
recordings.txt: for each recording its path below WORK, a tab, its pinyin and a tab and how often it counts. A round aligns every
recording with all candidates (phones.py), keeps the pronunciations that were chosen, and adapts means, variances, weights and
transitions (MAP, fixed tau) to them; the prior is always the packaged model. Leaves WORK/syllables.txt and WORK/model.
"""

import collections
import os
import pathlib
import shutil
import subprocess
import sys

import phones
import readings

TRAINER = "/usr/lib/sphinxtrain"
TAU = 2
VARIANTS, SMALLEST, ENOUGH = 4, 0.06, 0.9  # of a syllable: how many, the share of the smallest, of all together
PRIOR = 4.0  # what initials and finals say of a syllable weighs as much as so many recordings of it
HEADER = """# How the syllables of Mandarin sound in the phones of the English acoustic model (ARPAbet): the likelier
# first, with the share of recordings that an alignment gave to it. A line: syllable (pinyin without tone, v: ü, a
# final r: 儿), tab, weight, phones. Learnt by tools/adapt/zh.sh from a native speaker's words, another's syllables and
# synthetic speech.
"""


def tool(name, *options):
    with open(f"{name}.log", "w", encoding="utf-8") as log:
        subprocess.run([f"{TRAINER}/{name}", *map(str, options)], check=True, stdout=log, stderr=log)


def read_recordings():
    for line in open("recordings.txt", encoding="utf-8"):
        path, pinyin, times = line.rstrip("\n").split("\t")
        yield path, [readings.letters(s) for s in pinyin.split()], int(times)


def write_dictionary(path, table):
    with open(path, "w", encoding="utf-8") as file:
        for name in sorted(table):
            for i, variant in enumerate(table[name]):
                file.write(f"{name}{f'({i + 1})' if i else ''} {variant}\n")


def align(model, table, recordings):
    """[(path, times, ['<sil>', 'ni', 'hao(2)'])]"""
    write_dictionary("align.dict", table)
    with open("align.list", "w", encoding="utf-8") as file:
        for path, syllables, _ in recordings:
            said = [f"({s} | {s[:-1]} er)" if s.endswith("R") else s for s in syllables]
            file.write(f"{path}\t{' '.join(said)}\n")
    output = subprocess.run(["./align", model, "align.dict", "align.list"], check=True, capture_output=True, text=True)
    found = [line.split("\t")[1].split() for line in output.stdout.splitlines()]
    return [(path, times, words) for (path, _, times), words in zip(recordings, found, strict=True) if words]


def count(alignments, table):
    """How often which pronunciation of a syllable, an initial, a final was chosen."""
    syllables, initials, finals = (collections.defaultdict(collections.Counter) for _ in range(3))
    for _, times, words in alignments:
        for word in words:
            name, _, number = word.rstrip(")").partition("(")
            if name not in table:
                continue
            chosen = table[name][int(number or 1) - 1]
            first, second = phones.candidates(name)[chosen]
            initial, final, glide = phones.split(name.removesuffix("R"))
            syllables[name][chosen] += times
            initials[initial][first] += times
            if not name.endswith("R"):
                finals[final, glide][second] += times
    return syllables, initials, finals


def share(counter, item):
    return (counter[item] + 0.05) / (sum(counter.values()) + 0.5)


def choose(name, counts):
    """[(share, phones)] of a syllable, best first."""
    syllables, initials, finals = counts
    initial, final, glide = phones.split(name.removesuffix("R"))
    scores = collections.Counter(syllables[name])
    for variant, (first, second) in phones.candidates(name).items():
        scores[variant] += PRIOR * share(initials[initial], first) * share(finals[final, glide], second)
    chosen, covered, total = [], 0, sum(scores.values())
    for variant, score in scores.most_common(VARIANTS):
        if chosen and (score / total < SMALLEST or covered > ENOUGH):
            break
        chosen.append((score / total, variant))
        covered += score / total
    return chosen


def adapt(model, table, alignments, out):
    """MAP of the packaged model with statistics of the alignments under `model`."""
    write_dictionary("train.dict", table)
    with open("train.files", "w", encoding="utf-8") as files, open("train.words", "w", encoding="utf-8") as lines:
        for path, times, words in alignments:
            said = " ".join("<sil>" if w[0] in "<[" else w for w in words)
            for _ in range(times):
                files.write(path.removesuffix(".wav") + "\n")
                lines.write(f"{said} ({pathlib.Path(path).stem})\n")
    shutil.rmtree("counts", ignore_errors=True)
    os.makedirs("counts")
    tool("bw", "-hmmdir", model, "-moddeffn", "packaged/mdef.txt", "-ts2cbfn", ".ptm.", "-feat", "1s_c_d_dd",
         "-svspec", "0-12/13-25/26-38", "-cmn", "batch", "-agc", "none", "-dictfn", "train.dict",
         "-fdictfn", "packaged/noisedict", "-ctlfn", "train.files", "-lsnfn", "train.words", "-cepdir", "features",
         "-cepext", "mfc", "-accumdir", "counts", "-timing", "no")
    shutil.copytree("packaged", out, dirs_exist_ok=True)
    (pathlib.Path(out) / "mdef.txt").unlink()
    names = {"mean": "means", "var": "variances", "mixw": "mixture_weights", "tmat": "transition_matrices"}
    files = [f"{d}/{file}" for file in names.values() for d in ("packaged", out)]
    options = [f"-{prefix}{name}fn" for name in names for prefix in ("", "map")]
    tool("map_adapt", "-moddeffn", "packaged/mdef.txt", "-ts2cbfn", ".ptm.", "-accumdir", "counts", "-tau", TAU,
         "-fixedtau", "yes", *[x for pair in zip(options, files) for x in pair])
    tool("mk_s2sendump", "-moddeffn", "packaged/mdef.txt", "-mixwfn", f"{out}/mixture_weights",
         "-sendumpfn", f"{out}/sendump", "-pocketsphinx", "yes")


def write_syllables(counts, names):
    with open("syllables.txt", "w", encoding="utf-8") as file:
        file.write(HEADER)
        for name in names:
            chosen = choose(name, counts)
            coloured = {}
            for weight, variant in chosen:
                first, second = phones.candidates(name)[variant]
                coloured.setdefault(f"{first} {phones.with_r(second)}".strip(), weight)
            for weight, variant in chosen:
                file.write(f"{name}\t{weight:.2f} {variant}\n")
            for variant, weight in coloured.items() if name not in ("e", "er") else ():
                file.write(f"{name}r\t{weight:.2f} {variant}\n")


def main(work, rounds):
    os.chdir(work)
    recordings = list(read_recordings())
    names = {s for _, syllables, _ in recordings for s in syllables} | {"er"}
    names |= {s.removesuffix("R") for s in names}
    everything = {name: list(phones.candidates(name)) for name in names}
    model = "packaged"
    for i in range(rounds):
        counts = count(align(model, everything, recordings), everything)
        table = {name: [variant for _, variant in choose(name, counts)] for name in names}
        adapt(model, table, align(model, table, recordings), f"model{i}")
        model = f"model{i}"
    write_syllables(counts, readings.SYLLABLES)
    shutil.rmtree("model", ignore_errors=True)
    os.rename(model, "model")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
