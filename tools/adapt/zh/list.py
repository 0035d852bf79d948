"""list.py NATIVE [WORD …] - the recordings to learn from, with their pinyin and how often they count; without the WORDs."""

import pathlib
import sys

import readings


def known(syllable):
    return syllable[-1].isdigit() and syllable[:-1] in readings.SYLLABLES


def main(native, tested):
    for path in sorted(pathlib.Path("words").glob("*.wav")):
        if path.stem not in tested:
            print(path, " ".join(readings.pinyin(path.stem)), native, sep="\t")
    for path in sorted(pathlib.Path("syllables").glob("*.wav")):
        if known(path.stem):
            print(path, path.stem, 1, sep="\t")
    for line in open("synthetic.txt", encoding="utf-8"):
        print(line.rstrip("\n"), 1, sep="\t")


if __name__ == "__main__":
    main(int(sys.argv[1]), set(sys.argv[2:]))
