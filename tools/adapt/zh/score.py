"""score.py WORK MODEL FILE - how many of the recorded words in FILE (one a line) are found among them all.

Uses WORK/syllables.txt and the recordings that zh.sh left in WORK/words; MODEL is WORK/model or WORK/packaged.
"""

import collections
import os
import subprocess
import sys

import learn
import readings


def read_syllables(path):
    table = collections.defaultdict(list)
    for line in open(path, encoding="utf-8"):
        if not line.startswith("#"):
            name, variant = line.rstrip("\n").split("\t")
            table[name].append(variant.partition(" ")[2])
    return table


def said(word):
    return [readings.letters(s).replace("R", "r") for s in readings.pinyin(word)]


def main(work, model, words_path):
    words = open(words_path, encoding="utf-8").read().split()
    os.chdir(work)
    learn.write_dictionary("score.dict", read_syllables("syllables.txt"))
    with open("score.jsgf", "w", encoding="utf-8") as file:
        choices = " | ".join(" ".join(said(word)) for word in words)
        file.write(f"#JSGF V1.0;\ngrammar words;\npublic <word> = {choices} ;\n")
    with open("score.list", "w", encoding="utf-8") as file:
        file.writelines(f"words/{word}.wav\n" for word in words)
    command = ["./align", model, "score.dict", "score.list", "score.jsgf"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    right = 0
    for word, line in zip(words, output, strict=True):
        heard = [w.partition("(")[0] for w in line.split("\t")[1].split() if w[0] not in "<["]
        right += heard == said(word)
        if heard != said(word):
            print(f"{word}: {' '.join(heard)}")
    print(f"{right} of {len(words)} right")


if __name__ == "__main__":
    main(*sys.argv[1:])
