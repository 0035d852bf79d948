"""Pinyin of Chinese text, as src/lexicon/mandarin.c reads it: ['da3', 'kai1'], a coloured syllable as 'dian3R'."""

import importlib.machinery
import importlib.util
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
UNIHAN = "/usr/share/unicode/Unihan_Readings.txt.bz2"


def load(name, path):
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def read_words():
    words = {}
    for line in open(ROOT / "data/lexicon/zh-CN/words.txt", encoding="utf-8"):
        line = line.split("#")[0].strip()
        if line:
            word, reading = line.split("\t")
            words[word] = [s[:-1] + "R" if s.endswith("r") else s for s in reading.split()]
    return words


CHARACTERS, SYLLABLES = load("pinyin_table", ROOT / "tools/pinyin-table").readings(UNIHAN)
USUAL = {chr(code): f"{letters}{tone}" for code, (letters, tone) in CHARACTERS.items()} | {"〇": "ling2"}
WORDS = read_words()
LONGEST = max(map(len, WORDS))


def pinyin(text):
    found, end = [], len(text)
    while end > 0:
        for n in range(min(LONGEST, end), 0, -1):
            if text[end - n : end] in WORDS:
                break
        found = WORDS.get(text[end - n : end], [USUAL[text[end - 1]]] if text[end - 1] in USUAL else []) + found
        end -= n
    return found


def letters(syllable):
    """'dian3R' is 'dianR'."""
    return "".join(c for c in syllable if not c.isdigit())
