# SPDX-License-Identifier: Apache-2.0
"""Sound as arrays of 16 kHz, 16 bit samples: reading, noises, mixing, spectral features."""
import pathlib
import subprocess

import numpy as np

RATE = 16000
RAW = ["-t", "raw", "-r", str(RATE), "-c", "1", "-e", "signed", "-b", "16"]
FEATURES = ("-lowerf 130 -upperf 6800 -nfilt 25 -transform dct -lifter 22 -samprate 16000 "
            "-remove_noise yes -input_endian little").split()


def read(path, *effects):
    out = subprocess.run(["sox", "-D", str(path), *RAW, "-", *effects], capture_output=True, check=True).stdout
    return np.frombuffer(out, "<i2")


def say(text, voice, stretch, path):
    """Speaks with flite; half a second of silence on both sides."""
    subprocess.run(["flite", "-voice", voice, "--setf", f"duration_stretch={stretch}", "-t", text, "-o", str(path)],
                   check=True)


def loudest(samples):
    """Power of the loudest of the frames of 2048 samples, as the speech-to-intent benchmark has it."""
    frames = samples[: len(samples) // 2048 * 2048].reshape(-1, 2048).astype(float)
    return (frames**2).sum(1).max()


def mix(speech, noise, snr_db, rng):
    """The benchmark's mixing: the loudest frames stand snr_db apart, the sum is divided by twice its peak."""
    at = rng.integers(0, len(noise) - len(speech))
    noise = noise[at : at + len(speech)].astype(float)
    mixed = speech + noise * np.sqrt(loudest(speech) / (loudest(noise) * 10 ** (snr_db / 10)))
    return np.round(mixed / (2 * np.abs(mixed).max()) * 32767).astype("<i2")


def coloured(rng, n, slope, low_hz, high_hz):
    """Noise whose amplitude falls with frequency to the power `slope`."""
    hz = np.fft.rfftfreq(n, 1 / RATE)
    amplitude = np.where((hz > low_hz) & (hz < high_hz), np.maximum(hz, 20) ** -slope, 0)
    noise = np.fft.irfft(amplitude * np.exp(2j * np.pi * rng.random(len(hz))), n)
    return noise / noise.std()


def fan(rng, n):
    """A motor: mains hum with its harmonics, and air that pulses."""
    time = np.arange(n) / RATE
    hum = sum(np.sin(2 * np.pi * 50 * k * time + rng.random() * 6) / k for k in range(1, 20))
    return coloured(rng, n, 0.7, 60, 3000) * (1 + 0.3 * np.sin(2 * np.pi * 7 * time)) + 0.3 * hum / hum.std()


def clatter(rng, n):
    """Dishes and doors: decaying bursts of two tones and hiss over a floor of pink noise."""
    noise = coloured(rng, n, 0.5, 20, 8000)
    for _ in range(n // 3600):
        length = int(rng.integers(800, 8000))
        at, tone = rng.integers(0, n - length), rng.uniform(300, 6000) * 2 * np.pi / RATE
        t = np.arange(length)
        burst = np.sin(tone * t) + np.sin(1.47 * tone * t) + 0.5 * rng.standard_normal(length)
        noise[at : at + length] += rng.uniform(2, 15) * np.exp(-t / rng.uniform(100, 2500)) * burst
    return noise


def babble(rng, n, paths, talkers=8):
    """Several people at once, from recordings that are not learnt from otherwise."""
    paths = list(rng.permutation(sorted(map(str, paths))))
    noise = np.zeros(n)
    for _ in range(talkers):
        at = 0
        while at < n and paths:
            said = read(paths.pop())[: n - at]
            noise[at : at + len(said)] += said / (np.abs(said).max(initial=0) + 1.0)
            at += len(said)
    return noise


def made_noises(rng, people, seconds=90):
    n = seconds * RATE
    noises = [coloured(rng, n, 0, 20, 8000), coloured(rng, n, 0.5, 20, 8000), coloured(rng, n, 1, 60, 8000),
              fan(rng, n), clatter(rng, n)]
    return noises + ([babble(rng, n, people)] if people else [])


def features(sounds, folder, cut_silence=False):
    """{name: samples} as {name: [frames, 13] cepstra}, computed by PocketSphinx's own front end.

    Learning needs every frame, so that a mix lines up with what it was made from; the decoder hears silence cut."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, samples in sounds.items():
        samples.astype("<i2").tofile(folder / f"{name}.raw")
    control = folder / "control"
    control.write_text("".join(name + "\n" for name in sounds))
    subprocess.run(["sphinx_fe", "-raw", "yes", "-c", str(control), "-di", str(folder), "-do", str(folder),
                    "-ei", "raw", "-eo", "mfc", "-remove_silence", "yes" if cut_silence else "no", *FEATURES],
                   check=True, stderr=subprocess.DEVNULL)
    return {name: read_features(folder / f"{name}.mfc") for name in sounds}


def read_features(path):
    stored = path.read_bytes()
    order = "<" if int.from_bytes(stored[:4], "little") * 4 == len(stored) - 4 else ">"
    return np.frombuffer(stored, order + "f4", offset=4).astype("f4").reshape(-1, 13)


def normalised(cepstra):
    """What the decoder sees with -cmn batch: the mean over the utterance taken off, and two orders of change."""
    x = cepstra - cepstra.mean(0)
    n, padded = len(x), np.concatenate([np.repeat(x[:1], 3, 0), x, np.repeat(x[-1:], 3, 0)])

    def at(k):
        return padded[3 + k : 3 + k + n]

    return np.concatenate([x, at(2) - at(-2), (at(3) - at(-1)) - (at(1) - at(-3))], 1)


def room(rng):
    """What a room makes of a click: the direct sound, and echoes that fade as noise does, the high ones sooner."""
    fade_s, direct_db = rng.uniform(0.2, 0.7), rng.uniform(-4, 8)
    time = np.arange(int(fade_s * RATE)) / RATE
    hz = np.fft.rfftfreq(len(time), 1 / RATE)
    noise = np.fft.rfft(rng.standard_normal(len(time)))
    low, high = (np.fft.irfft(noise * kept, len(time)) for kept in (hz < 2000, hz >= 2000))
    echoes = low * np.exp(-6.9 * time / fade_s) + high * np.exp(-6.9 * time / (0.6 * fade_s))
    echoes[: int(0.003 * RATE)] = 0
    echoes *= np.sqrt(10 ** (-direct_db / 10) / (echoes**2).sum())
    echoes[0] = 1
    return echoes


def cue(rng, n):
    """The end of the sound that told to speak: tones that begin at once and fade."""
    time = np.arange(n) / RATE
    tones = sum(np.sin(2 * np.pi * rng.uniform(200, 2000) * time) for _ in range(3))
    return (tones + 0.3 * rng.standard_normal(n)) * np.exp(-time / rng.uniform(0.03, 0.12))


def far(samples, rng):
    """The same from across a room, with its noise."""
    echoes = room(rng)
    n = len(samples) + len(echoes)
    heard = np.fft.irfft(np.fft.rfft(samples, n) * np.fft.rfft(echoes, n), n)[: len(samples)]
    heard /= np.abs(heard).max() + 1
    heard += coloured(rng, len(heard), rng.uniform(0.3, 1), 40, 8000) * 10 ** (-rng.uniform(35, 60) / 20)
    if rng.random() < 0.4:
        n = min(len(heard), int(0.4 * RATE))
        heard[:n] += rng.uniform(0.05, 0.6) * cue(rng, n)
    return np.round(heard / np.abs(heard).max() * rng.uniform(0.05, 0.7) * 32767).astype("<i2")
