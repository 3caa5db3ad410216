"""Drums, cymbals and what else is struck without a pitch: modes of a skin, and shaped noise.

stroke   one stroke of "kick", "taiko", "ride" …: (1, n) at `RATE`, level about 1; kept
swell    a cymbal roll, or noise, that rises into a cut
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.sound.music.instruments import RATE, hiss

Array = npt.NDArray[Any]

# Modes of a round skin, over the lowest.
SKIN = (1.0, 1.59, 2.14, 2.30, 2.65, 2.92)
# name: hertz, drop in pitch (×, seconds), decay of the lowest mode, weight of the upper modes,
# noise: low, high, level, decay.
DRUMS: dict[str, tuple[float, float, float, float, float, float, float, float, float]] = {
    "kick": (52, 2.6, 0.03, 0.16, 0.08, 800, 5000, 0.10, 0.008),
    "soft kick": (48, 1.8, 0.04, 0.15, 0.05, 300, 2500, 0.06, 0.010),
    "club kick": (48, 4.0, 0.045, 0.22, 0.0, 1500, 7000, 0.12, 0.005),
    "snare": (185, 1.3, 0.02, 0.08, 0.5, 1200, 9500, 0.95, 0.075),
    "soft snare": (170, 1.2, 0.02, 0.07, 0.4, 900, 5500, 0.7, 0.06),
    "gated snare": (160, 1.4, 0.03, 0.16, 0.4, 800, 9000, 1.1, 0.17),
    "clap": (900, 1.0, 0.01, 0.004, 0.0, 900, 4200, 1.2, 0.07),
    "rim": (420, 1.0, 0.01, 0.02, 0.7, 1500, 6000, 0.3, 0.008),
    "tom": (98, 1.5, 0.05, 0.22, 0.35, 300, 3000, 0.10, 0.02),
    "taiko": (62, 1.6, 0.06, 0.36, 0.5, 200, 2600, 0.30, 0.03),
    "small taiko": (118, 1.3, 0.04, 0.18, 0.5, 400, 3600, 0.25, 0.02),
    "timpani": (82, 1.04, 0.05, 0.75, 0.45, 150, 1500, 0.12, 0.04),
    "low bongo": (196, 1.1, 0.02, 0.11, 0.45, 600, 4500, 0.20, 0.012),
    "high bongo": (320, 1.1, 0.02, 0.08, 0.5, 900, 6000, 0.22, 0.010),
    "slap": (260, 1.1, 0.01, 0.05, 0.8, 1200, 7000, 0.7, 0.02),
    "tabla": (310, 1.0, 0.01, 0.24, 0.5, 900, 6000, 0.12, 0.008),
    "baya": (92, 0.72, 0.12, 0.28, 0.15, 300, 1500, 0.08, 0.012),
    "bodhran": (88, 1.35, 0.05, 0.17, 0.35, 250, 2200, 0.20, 0.02),
    "cajon": (78, 1.4, 0.03, 0.12, 0.3, 500, 6000, 0.35, 0.03),
    "block": (1050, 1.0, 0.01, 0.03, 0.5, 2000, 6000, 0.05, 0.005),
    "heart": (46, 1.5, 0.05, 0.14, 0.1, 100, 600, 0.10, 0.02),
    "chip kick": (60, 5.0, 0.06, 0.10, 0.0, 100, 400, 0.0, 0.01),
}
# name: low, high, rise and decay in seconds, length, weight of inharmonic tones.
NOISES: dict[str, tuple[float, float, float, float, float, float]] = {
    "hat": (6500, 13500, 0.001, 0.028, 0.12, 0.15),
    "open hat": (6000, 13500, 0.002, 0.16, 0.6, 0.2),
    "ride": (4200, 12500, 0.001, 0.32, 1.3, 0.45),
    "crash": (2600, 13000, 0.003, 0.75, 2.4, 0.3),
    "swish": (1800, 9000, 0.10, 0.10, 0.42, 0.0),
    "tap": (1400, 8000, 0.002, 0.035, 0.16, 0.0),
    "shaker": (5200, 13000, 0.03, 0.035, 0.18, 0.0),
    "tambourine": (5500, 13000, 0.002, 0.09, 0.4, 0.5),
    "palm": (1100, 5200, 0.001, 0.022, 0.10, 0.0),
    "chip hat": (7000, 13500, 0.0005, 0.02, 0.08, 0.0),
    "chip snare": (1500, 12000, 0.0005, 0.06, 0.2, 0.0),
}
JANGLE = (3140.0, 4210.0, 5330.0, 6870.0, 8090.0, 9410.0)
GONG = (78.0, 131.0, 157.0, 211.0, 289.0, 367.0, 451.0, 613.0)


@cache
def stroke(name: str) -> Array:
    if name in DRUMS:
        sound = _drum(name)
    elif name == "gong":
        sound = _gong()
    elif name == "bell":
        sound = _tones((196.0, 392.0, 466.0, 587.0, 784.0, 1060.0), 3.0, 0.9)
    else:
        sound = _noise(name)
    loud = sound[: int(0.12 * RATE)]
    peak, level = float(np.abs(loud).max()), math.sqrt(float(np.mean(loud**2)))
    loudest = 0.5 if name in NOISES else 0.8
    sound = sound * np.float32(loudest / (0.4 * peak + 1.4 * level))
    end = min(len(sound), int(0.03 * RATE))
    sound[-end:] *= np.linspace(1, 0, end, dtype=np.float32)
    return np.asarray(sound[None], np.float32)


def _drum(name: str) -> Array:
    pitch, drop, quick, decay, upper, low, high, level, fade = DRUMS[name]
    n = int(RATE * min(2.2, max(decay, fade) * 7))
    t = np.arange(n, dtype=np.float32) / RATE
    glide = t + (drop - 1) * quick * (1 - np.exp(-t / quick))
    out = np.zeros(n, np.float32)
    for k, mode in enumerate(SKIN if upper else SKIN[:1]):
        weight = 1.0 if k == 0 else upper / k
        out += (
            weight * np.sin(2 * math.pi * pitch * mode * glide) * np.exp(-t * (1 + 0.9 * k) / decay)
        )
    burst = hiss(name, low, high)
    burst = np.resize(burst, n) * 3 * np.exp(-t / fade)
    if name == "clap":  # several hands
        for late in (0.011, 0.023):
            burst = np.maximum(np.abs(burst), np.abs(np.roll(burst, int(late * RATE)))) * np.sign(
                burst
            )
    out += level * burst
    rise = max(2, int(0.0008 * RATE))
    out[:rise] *= np.linspace(0, 1, rise)
    return np.asarray(out, np.float32)


def _noise(name: str) -> Array:
    low, high, rise, decay, length, tones = NOISES[name]
    n = int(length * RATE)
    t = np.arange(n, dtype=np.float32) / RATE
    level = np.minimum(t / rise, 1) * np.exp(-np.maximum(t - rise, 0) / decay)
    out = (
        3 * hiss(name, low, high)[:n] if n <= 2 * RATE else 3 * np.resize(hiss(name, low, high), n)
    )
    out = out * (1 - tones) * level
    if tones:
        metal = sum(np.sin(2 * math.pi * f * t + k) for k, f in enumerate(JANGLE))
        out = out + tones * 0.5 * np.asarray(metal) * level
    return np.asarray(out, np.float32)


def _tones(pitches: tuple[float, ...], seconds: float, decay: float) -> Array:
    t = np.arange(int(seconds * RATE), dtype=np.float32) / RATE
    out = np.zeros(len(t), np.float32)
    for k, f in enumerate(pitches):
        out += np.sin(2 * math.pi * f * t + k) * np.exp(-t * (1 + 0.35 * k) / decay) / (1 + 0.4 * k)
    return np.asarray(out * np.minimum(t / 0.002, 1), np.float32)


def _gong() -> Array:
    """The upper tones of a gong come after its stroke."""
    t = np.arange(int(3.0 * RATE), dtype=np.float32) / RATE
    out = np.zeros(len(t), np.float32)
    for k, f in enumerate(GONG):
        bloom = 1 - np.exp(-t / (0.01 + 0.03 * k))
        out += (
            np.sin(2 * math.pi * f * t + k) * bloom * np.exp(-t / (1.1 - 0.09 * k)) / (1 + 0.25 * k)
        )
    return out


def swell(kind: str, seconds: float) -> Array:
    """Rises for some seconds, and is gone at once after."""
    n = max(64, int(seconds * RATE))
    low, high = {"cymbal": (2500.0, 12000.0), "strings": (300.0, 2400.0)}.get(kind, (700.0, 9000.0))
    x = np.linspace(0, 1, n, dtype=np.float32)
    wide = np.resize(hiss(f"swell {kind}", low, high), n)
    if kind == "cymbal":  # two sticks
        wide = wide * (0.8 + 0.2 * np.sin(2 * math.pi * 13 * x * np.float32(seconds)))
    end = min(n, int(0.02 * RATE))
    level = x**2.6
    level[-end:] *= np.linspace(1, 0, end, dtype=np.float32)
    return np.asarray((2 * wide * level)[None], np.float32)
