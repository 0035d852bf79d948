#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""lengths.py SHARED - measures how long each phone is when people say it (engines/wake/sphinx/lengths.h).

Orders of people (SHARED/data/speech/commands) and synthetic words are aligned with what was said, as for the acoustic
model for noisy rooms (tools/adapt); what a phone takes is the mean logarithm of its frames. Prints the table's rows.
Needs what tools/adapt needs."""
import json
import pathlib
import sys
import tempfile

import numpy as np
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "adapt"))
import acoustic  # noqa: E402
import learn  # noqa: E402
import sound  # noqa: E402

FEWEST = 5  # of a phone, to say something about it
SEED = 11


def alignments(commands, work, phones):
    """The senones of the frames of every recording."""
    dictionary = learn.read_dictionary()
    labels = json.loads((commands / "labels.json").read_text())
    labels = {pathlib.Path(f).stem: label for f, label in labels.items()}
    content = yaml.safe_load((commands / "coffee.yaml").read_text())
    orders = {name: sound.read(commands / "audio" / f"{name}.flac") for name in sorted(labels)}
    cepstra = sound.features(orders, work)
    said = learn.spoken_words(work, content, labels, sorted(labels), dictionary)
    words, texts = learn.speak_words(work, dictionary, SEED)
    aligned = learn.aligned(cepstra, said, dictionary, phones)
    aligned.update(learn.aligned(sound.features(words, work), texts, dictionary, phones))
    return aligned.values()


def lengths(aligned, phones):
    """The frames of each phone whenever it is said, by its number."""
    found = {}
    for senones in aligned:
        said = phones.book[senones]
        cuts = np.concatenate([[0], np.nonzero(np.diff(said))[0] + 1, [len(said)]])
        for begin, end in zip(cuts, cuts[1:]):
            found.setdefault(said[begin], []).append(end - begin)
    return found


def main():
    commands = pathlib.Path(sys.argv[1]) / "data/speech/commands"
    with tempfile.TemporaryDirectory() as folder:
        phones = acoustic.Phones(pathlib.Path(folder))
        found = lengths(alignments(commands, pathlib.Path(folder), phones), phones)
    for name, (number, _) in sorted(phones.alone.items()):
        if name != "SIL" and not name.startswith("+") and len(found.get(number, [])) >= FEWEST:
            print(f'\t{{"{name}", {np.log(found[number]).mean():.2f}F}},')


if __name__ == "__main__":
    main()
