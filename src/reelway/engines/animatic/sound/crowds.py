"""Many people at once: a murmur of voices, cheering, applause.

Voices are made at a quarter of the rate, where all of speech is, and brought up with their vowels.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.sound.blocks import band, events, mono, noise, place, silence, slow

Array = npt.NDArray[Any]
RATE = SAMPLE_RATE // 4
# Peaks of vowels: hertz, width, level.
VOWELS = (
    ((690, 220, 1.0), (1200, 260, 0.65), (2600, 400, 0.2)),  # a
    ((460, 190, 1.0), (1800, 320, 0.5), (2500, 400, 0.25)),  # e
    ((430, 180, 1.0), (950, 240, 0.6), (2400, 400, 0.15)),  # o
)
SYLLABLE = 0.17  # seconds


def murmur(n: int, seed: int) -> Array:
    out = _voices(n, seed, "murmur", 14, (95, 230), calm=0.55)
    return out + np.float32(0.25) * rms_like(out) * noise(n, seed, "room", band(200, 1800, -0.9))


def cheer(n: int, seed: int) -> Array:
    """A stadium: long calls over the roar of those far off, in swells."""
    swell = (0.35 + 0.65 * slow(n, seed, "cheer", 1.9))[:, None]
    voices = _voices(n, seed, "cheer", 12, (190, 420), calm=0.1, long=3.0)
    roar = noise(n, seed, "roar", band(280, 2600, -0.35))
    return np.asarray((voices / max(rms_like(voices), 1e-6) * 0.6 + roar) * swell)


def applause(n: int, seed: int) -> Array:
    """Hands by the hundred: the near ones one by one, the others as a rush."""
    level = np.float32(0.5) + np.float32(0.5) * slow(n, seed, "applause", 1.4)
    out = noise(n, seed, "hands", band(700, 5500, -0.3))
    out *= level[:, None]
    starts, random = events(n, seed, "claps", 70)
    grains = [clap(seed, k) for k in range(10)]
    for at in starts:
        grain = grains[int(random.integers(len(grains)))]
        loud = np.float32(random.uniform(0.5, 2.6)) * level[at]
        place(out, int(at), grain * loud, random.uniform(-1, 1))
    return out


def clap(seed: int, kind: int) -> Array:
    """Of one pair of hands."""
    random = stream(seed, "clap", kind)
    length = int(0.06 * SAMPLE_RATE)
    low = random.uniform(700, 1300)
    burst = mono(length, seed, f"clap{kind}", band(low, low * 3.2, -0.2))
    t = np.arange(length) / SAMPLE_RATE
    level = np.exp(-t / random.uniform(0.006, 0.011)) * np.minimum(t / 0.0006, 1)
    return np.asarray(burst * level, np.float32)


def rms_like(sound: Array) -> np.float32:
    side = sound[:, 0]
    return np.float32(math.sqrt(float(np.dot(side, side)) / max(1, len(side))))


def _voices(
    n: int,
    seed: int,
    name: str,
    count: int,
    pitches: tuple[float, float],
    *,
    calm: float,
    long: float = 1.0,
) -> Array:
    """`calm`: how much of the time a voice rests; `long`: syllables as long as so many."""
    m = -(-n // 4)
    size = 1 << max(8, (m - 1).bit_length())
    f = np.fft.rfftfreq(size, 1 / RATE)
    random = stream(seed, name)
    sums = np.zeros((2, len(f)), np.complex64)
    for k, vowel in enumerate(VOWELS):
        both = np.zeros((2, m), np.float32)
        each = count // len(VOWELS)
        for i in range(each):
            voice = _voice(m, random, pitches, calm, long)
            angle = (i + random.uniform(0.1, 0.9)) / each * math.pi / 2
            loud = random.uniform(0.3, 1.0)
            both[0] += voice * np.float32(loud * math.cos(angle))
            both[1] += voice * np.float32(loud * math.sin(angle))
        shape = sum(level * np.exp(-(((f - peak) / wide) ** 2)) for peak, wide, level in vowel)
        shape = np.asarray(shape + 0.02 * (f < 4000), np.float32)
        for side in (0, 1):
            sums[side] += np.fft.rfft(both[side], size) * shape * (1 + 0.1 * k)
    out = silence(n)
    wide = np.zeros(2 * size + 1, np.complex64)
    for side in (0, 1):
        wide[: len(f) - 1] = sums[side, :-1]
        out[:, side] = np.fft.irfft(wide, 4 * size)[:n] * 4
    return out


def _voice(
    m: int, random: np.random.Generator, pitches: tuple[float, float], calm: float, long: float
) -> Array:
    """Pulses of one throat, in syllables and pauses."""
    seconds = m / RATE
    count = int(seconds / (SYLLABLE * long)) + 4
    strong = random.uniform(0.3, 1.0, count)
    phrase = random.uniform(0, 1, count // 5 + 2) > calm
    strong *= np.repeat(phrase, 5)[:count] + 0.03
    t = np.arange(m, dtype=np.float32) / np.float32(RATE * SYLLABLE * long) + random.uniform(0, 1)
    at = t.astype(np.int32)
    hill = np.sin(np.float32(math.pi) * (t - at)) ** 2
    base = random.uniform(*pitches)
    lift = base * (1 + 0.13 * random.uniform(-1, 1, count))
    turns = np.cumsum(lift[at] / RATE) % 1.0
    return np.asarray((turns.astype(np.float32) - 0.5) * hill * strong[at].astype(np.float32))
