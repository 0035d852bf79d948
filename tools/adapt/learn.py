#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""adapt SHARED OUT - learns the acoustic model for noisy rooms and writes its changed files to OUT.

SHARED holds data/speech/commands (audio, labels.json, coffee.yaml, kitchen_noise.flac) and, for babble,
data/speech/wake and data/speech/mandarin. What is done is written in README.md beside this file."""
import argparse
import json
import pathlib
import random
import subprocess
import tempfile

import numpy as np
import yaml

import acoustic
import sentences
import sound

DICTIONARY = acoustic.PACKAGED.parent / "cmudict-en-us.dict"
WIDE = "-beam 1e-100 -wbeam 1e-80 -pbeam 1e-100 -cmn batch".split()
VOICES = ["slt", "rms", "awb", "kal16"]
# How often the speech is mixed, with which noise, at least and at most how many dB above it; or heard across a room.
ORDERS_IN = [("kitchen", 3, 24)] * 4 + [("made", 6, 24)] * 2 + [("far", 0, 0)] * 2
WORDS_IN = [("any", 4, 24)] * 2 + [("far", 0, 0)] * 2
SENTENCES_OF_WORDS, WORDS_A_SENTENCE = 280, 5
TAU, TAU_WEIGHTS, PASSES, SHARE_OF_FRAMES = 12, 40, 3, 0.7


def read_dictionary():
    lines = (line.split() for line in DICTIONARY.read_text().splitlines())
    return {fields[0]: fields[1:] for fields in lines}


def pronunciations(words, dictionary):
    """The lines of the dictionary that a decoder of these words needs."""
    lines = []
    for name in [w + v for w in sorted(words) for v in ("", "(2)", "(3)", "(4)")]:
        if name in dictionary:
            lines.append(name + " " + " ".join(dictionary[name]) + "\n")
    return "".join(lines)


def spoken_words(work, content, labels, names, dictionary):
    """What was said, pronunciations and pauses with it: the best of the sentences that mean what the label says."""
    words = set()
    for name in names:
        slots = {slot: value.lower() for slot, value in labels[name]["slots"].items()}
        tree = sentences.Domain(content, slots).tree()
        words |= sentences.words_of(tree)
        (work / f"{name}.fsg").write_text(sentences.fsg(tree))
    (work / "words.dict").write_text(pronunciations(words, dictionary))
    (work / "control").write_text("".join(name + "\n" for name in names))
    subprocess.run(["pocketsphinx_batch", "-hmm", str(acoustic.PACKAGED), "-dict", str(work / "words.dict"),
                    "-ctl", str(work / "control"), "-cepdir", str(work), "-cepext", ".mfc",
                    "-fsgctl", str(work / "control"), "-fsgdir", str(work), "-fsgext", ".fsg",
                    "-hypseg", str(work / "heard"), "-logfn", "/dev/null", *WIDE], check=True)
    return dict(segments(line, dictionary) for line in (work / "heard").read_text().splitlines())


def segments(line, dictionary):
    """'NAME S n T n A n L n (START ACOUSTIC LANGUAGE WORD)... END' is (NAME, words), silence None at both ends."""
    fields = line.split()
    words = [None]
    for word in fields[fields.index("L") + 5 :: 4] + ["<sil>"]:
        if word in dictionary or (word != "(NULL)" and words[-1]):
            words.append(word if word in dictionary else None)
    return fields[0], words


def speak_words(work, dictionary, seed):
    """Random words of the dictionary in four voices, so that what is learnt knows every phone: (sounds, words)."""
    draw = random.Random(seed)
    usable = sorted(w for w, phones in dictionary.items() if w.isalpha() and 3 <= len(phones) <= 8)
    sounds, said = {}, {}
    for i in range(SENTENCES_OF_WORDS):
        words = draw.sample(usable, WORDS_A_SENTENCE)
        path, name = work / "said.wav", f"words{i:03}"
        sound.say(" ".join(words), VOICES[i % len(VOICES)], draw.choice([0.85, 1.0, 1.15]), path)
        shift = draw.choice([-120, -60, 0, 60, 150])
        sounds[name] = sound.read(path, "vol", "0.7", "pitch", str(shift), "pad", "0.5", "0.5")
        said[name] = [None, *words, None]
    return sounds, said


def aligned(cepstra, said, dictionary, phones):
    model = acoustic.Model.packaged()
    return {name: acoustic.align(model, phones, sound.normalised(cepstra[name].astype(float)),
                                 phones.sequence(said[name], dictionary)) for name in said}


def copy(samples, kind, snr_db, noises, rng):
    if kind == "far":
        return sound.far(samples, rng)
    return sound.mix(samples, noises[kind][rng.integers(len(noises[kind]))], snr_db, rng)


def mixed(work, sounds, senones, plan, noises, rng):
    """Pairs of normalised features and senones of every sound in every noise of the plan; a share of the frames."""
    pairs = []
    for kind, low_db, high_db in plan:
        copies = {name: copy(samples, kind, rng.uniform(low_db, high_db), noises, rng) for name, samples in sounds.items()}
        for name, cepstra in sound.features(copies, work).items():
            x = sound.normalised(cepstra)
            kept = np.nonzero(rng.random(min(len(x), len(senones[name]))) < SHARE_OF_FRAMES)[0]
            pairs.append((x[kept], senones[name][kept]))
    return pairs


def gather_noises(shared, kitchen_part, rng):
    kitchen = sound.read(shared / "commands/kitchen_noise.flac")
    kitchen = kitchen[int(len(kitchen) * kitchen_part[0]) : int(len(kitchen) * kitchen_part[1])]
    people = [p for d in ("wake", "mandarin") for p in (shared / d).rglob("*") if p.suffix in (".flac", ".wav")]
    made = sound.made_noises(rng, people)
    return {"kitchen": [kitchen], "made": made, "any": [kitchen] * (len(made) // 2) + made}


def learn(shared, out, names=None, kitchen_part=(0, 1), seed=11):
    """Learns from the named orders (all: None) in that part of the kitchen noise, and writes the model to `out`."""
    commands, rng = shared / "commands", np.random.default_rng(seed)
    labels = json.loads((commands / "labels.json").read_text())
    content = yaml.safe_load((commands / "coffee.yaml").read_text())
    labels = {pathlib.Path(f).stem: label for f, label in labels.items()}
    names = sorted(names or labels)
    dictionary = read_dictionary()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        phones = acoustic.Phones(work)
        orders = {name: sound.read(commands / "audio" / f"{name}.flac") for name in names}
        order_cepstra = sound.features(orders, work)
        order_words = spoken_words(work, content, labels, names, dictionary)
        words, word_texts = speak_words(work, dictionary, seed)
        order_senones = aligned(order_cepstra, order_words, dictionary, phones)
        word_senones = aligned(sound.features(words, work), word_texts, dictionary, phones)
        noises = gather_noises(shared, kitchen_part, rng)
        pairs = mixed(work, orders, order_senones, ORDERS_IN, noises, rng)
        pairs += mixed(work, words, word_senones, WORDS_IN, noises, rng)
    frames = acoustic.Frames(pairs, phones, rng)
    acoustic.adapt(acoustic.Model.packaged(), frames, TAU, TAU_WEIGHTS, PASSES).write(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    options = parser.parse_args()
    learn(options.shared / "data/speech", options.out)


if __name__ == "__main__":
    main()
