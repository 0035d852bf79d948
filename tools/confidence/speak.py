#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""speak.py SHARED OUT - synthetic voices, near and far, for learning what to refuse.

Writes OUT/LANGUAGE/KIND/near|far/SENTENCE.wav: those of the kind "in" are sentences of test/sentences, those of the kind
"other" are none (SNIPS requests about music, books and restaurants; lines of other.zh-CN.txt). Far is a room: an echo that fades,
noise, and now and then the end of the cue that told to speak."""
import argparse
import json
import pathlib
import random
import re
import subprocess
import sys

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "adapt"))
import sound  # noqa: E402

ROOT = HERE.parents[1]
OTHER_INTENTS = ["AddToPlaylist", "BookRestaurant", "PlayMusic", "RateBook", "SearchCreativeWork", "SearchScreeningEvent"]
OTHERS_AN_INTENT = 30
ENGLISH = ["en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland"]
# The voices +f2, +m3, +f4 and the plain one are not learnt from: they judge.
VARIANTS = ["+m1", "+m2", "+m4", "+m6", "+m7", "+f1", "+f3", "+f5", "+Andy", "+Annie", "+Gene", "+linda"]
FLITE = ["slt", "rms", "awb", "kal16"]


def espeak(text, language, draw, path):
    subprocess.run(["espeak-ng", "-v", language + draw.choice(VARIANTS), "-s", str(draw.randint(130, 180)),
                    "-p", str(draw.randint(35, 65)), "-w", str(path), text], check=True)


def say(text, language, draw, path):
    """The samples of some voice's saying it, with silence on both sides."""
    if language == "zh-CN":
        espeak(text, "cmn-latn-pinyin", draw, path)
    elif draw.random() < 0.3:
        espeak(text, draw.choice(ENGLISH), draw, path)
    else:
        sound.say(text, draw.choice(FLITE), draw.uniform(0.85, 1.2), path)
    shift = "0" if language == "zh-CN" else str(draw.choice([-150, -80, 0, 80, 150]))
    pads = [str(draw.uniform(0.2, 0.7)) for _ in range(2)]
    return sound.read(path, "vol", "0.6", "pitch", shift, "pad", *pads)


def write(path, samples):
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["sox", *sound.RAW, "-", str(path)], input=samples.astype("<i2").tobytes(), check=True)


def sentences_of(language):
    text = (ROOT / f"test/sentences/{language}.yaml").read_text()
    said = re.findall(r'say: (?:"([^"]+)"|([^,}"]+))', text)
    return sorted({(a or b).strip() for a, b in said if not re.search(r"[0-9/]", a or b)})


def others_of(shared, language, draw):
    if language == "zh-CN":
        return (HERE / "other.zh-CN.txt").read_text().split()
    lines = []
    for intent in OTHER_INTENTS:
        path = shared / f"data/nlu/snips/train_{intent}.json"
        rows = json.loads(path.read_text(errors="replace"))[intent]
        texts = ["".join(part["text"] for part in row["data"]).strip() for row in rows]
        texts = [t for t in texts if re.fullmatch(r"[A-Za-z' ]{10,70}", t)]
        lines += draw.sample(texts, OTHERS_AN_INTENT)
    return lines


def speak(sentences, language, folder, draw, rng):
    for sentence in sentences:
        samples = say(sentence, language, draw, folder / "said.wav")
        write(folder / "near" / f"{sentence}.wav", samples)
        samples = say(sentence, language, draw, folder / "said.wav")
        write(folder / "far" / f"{sentence}.wav", sound.far(samples, rng))
    (folder / "said.wav").unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    options = parser.parse_args()
    for language in "en", "zh-CN":
        draw, rng = random.Random(7), np.random.default_rng(7)
        for kind, sentences in (("in", sentences_of(language)), ("other", others_of(options.shared, language, draw))):
            folder = options.out / language / kind
            folder.mkdir(parents=True, exist_ok=True)
            speak(sentences, language, folder, draw, rng)


if __name__ == "__main__":
    main()
