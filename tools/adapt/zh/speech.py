"""speech.py FOLDER LIST - synthetic speech to learn from: words and numbers by chance, by voices of espeak-ng that no
test uses. LIST gets a line for each: the file, a tab, its pinyin."""

import random
import subprocess
import sys

import readings

VOICES = "f1 f3 f5 m1 m2 m4 m5 m6 m7 m8".split()
SPEEDS, PITCHES = (130, 150, 165, 175, 190, 210), (35, 45, 50, 55, 65)
DIGITS = "零一二三四五六七八九"
UNITS = "点 分 度 个 次 天 年 月 号 岁 块 米 公斤 楼 瓶 本 张 遍 杯 首 集 秒 级 小时".split()


def number():
    tens, ones = random.choice(["", ""] + list(DIGITS[2:])), random.choice([""] + list(DIGITS[1:]))
    kind = random.random()
    if kind < 0.3:
        return random.choice(DIGITS)
    if kind < 0.9:
        return tens + "十" + ones
    return random.choice(DIGITS[1:]) + "百" + random.choice(["", "零" + (ones or "五"), (tens or "一") + "十" + ones])


def some_words(words, characters):
    syllables = [s for _ in range(random.choice([1, 2, 2, 3])) for s in readings.WORDS[random.choice(words)]]
    return syllables + [readings.USUAL[c] for c in random.sample(characters, random.choice([0, 1, 2, 3]))]


def some_numbers(words, _):
    text = number() + random.choice(UNITS)
    text = random.choice([random.choice(words) + text, text + random.choice(words)])
    if random.random() < 0.4:
        text += number() + random.choice(UNITS)
    return readings.pinyin(text)


def speak(syllables, voice, path):
    text = " ".join(s.replace("v", "ü").replace("R", "r") for s in syllables)
    speed, pitch = random.choice(SPEEDS), random.choice(PITCHES)
    command = ["espeak-ng", "-v", f"cmn-latn-pinyin+{voice}", "-s", str(speed), "-p", str(pitch)]
    sound = subprocess.run(command + ["--stdout", text], check=True, capture_output=True).stdout
    subprocess.run(["sox", "-D", "--ignore-length", "-t", "wav", "-", "-r", "16000", "-b", "16", "-c", "1", path],
                   input=sound, check=True, stderr=subprocess.DEVNULL)


def main(folder, out, tested):
    random.seed(7)
    words = sorted(w for w in readings.WORDS if len(w) > 1 and w not in tested)
    characters = sorted({c for w in words for c in w if c in readings.USUAL})
    with open(out, "w", encoding="utf-8") as file:
        for kind, n in ((some_words, 480), (some_numbers, 480)):
            for k in range(n):
                path = f"{folder}/{kind.__name__}-{k:03}.wav"
                syllables = kind(words, characters)
                speak(syllables, VOICES[k % len(VOICES)], path)
                file.write(f"{path}\t{' '.join(syllables)}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], set(sys.argv[3:]))
