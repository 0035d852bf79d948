#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bigrams.py [DICTIONARY] - how likely each phone is after another (engines/wake/sphinx/bigrams.c).

Counts the pairs of phones within the words of the packaged dictionary; words follow each other as if any might follow
any, now and then with silence between them. Prints the table: negative natural logarithms in twentieths.
Needs numpy."""
import sys

import numpy as np

DICTIONARY = "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict"
PHONES = (
    "+NSN+ +SPN+ AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH SIL T TH UH UW V W Y"
    " Z ZH"
).split()
JOINS, PAUSES = 0.7, 0.3  # of the words' ends
ANY = 0.1  # of what follows is any phone, as often as it is


def count(path):
    """Pairs within words; first and last phones."""
    number = {phone: i for i, phone in enumerate(PHONES)}
    pairs, first, last = np.zeros((len(PHONES), len(PHONES))), np.zeros(len(PHONES)), np.zeros(len(PHONES))
    for line in open(path, encoding="utf-8"):
        phones = [number[p] for p in line.split()[1:] if p in number]
        if phones:
            first[phones[0]] += 1
            last[phones[-1]] += 1
        for pair in zip(phones, phones[1:]):
            pairs[pair] += 1
    return pairs, first, last


def main():
    pairs, first, last = count(sys.argv[1] if len(sys.argv) > 1 else DICTIONARY)
    silence, noises = PHONES.index("SIL"), [0, 1]
    pairs += JOINS * last[:, None] * first[None] / first.sum()
    pairs[:, silence] += PAUSES * last + 0.01 * pairs.sum(1)
    pairs[noises + [silence]] = first[None] * 0.1 + 1
    pairs[:, noises] += 0.002 * pairs.sum(1, keepdims=True)
    often = pairs.sum(0) / pairs.sum()
    chances = (1 - ANY) * pairs / pairs.sum(1, keepdims=True) + ANY * often[None]
    for phone, row in zip(PHONES, np.rint(-20 * np.log(chances)).astype(int)):
        print("\t{" + ", ".join(str(min(x, 255)) for x in row) + "}, /* " + phone + " */")


if __name__ == "__main__":
    main()
