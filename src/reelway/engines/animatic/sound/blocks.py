"""What sounds are made of: shaped noise, slow levels, events in time, grains in the stereo picture.

Samples are float32, (n, 2) where they have sides, at 48 kHz. Noise is shaped in the frequency
domain; all that is random comes from seeded streams.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.noise import stream

Array = npt.NDArray[Any]
Curve = Callable[[Array], Array]


def half_cosine(n: int) -> Array:
    """A rise from 0 to 1."""
    return np.asarray(0.5 - 0.5 * np.cos(np.linspace(0, math.pi, n)), np.float32)


def rms(sound: Array) -> float:
    return float(np.sqrt(np.mean(np.square(sound), dtype=np.float64)))


def noise(n: int, seed: int, name: str, curve: Curve) -> Array:
    """Noise (n, 2) of a spectrum: `curve` is the amplitude over hertz. Sides differ."""
    size = 1 << (n - 1).bit_length()
    f = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    shape = curve(np.maximum(f, 1.0)) * (f > 15)
    random = stream(seed, "sound", name)
    out = np.empty((n, 2), np.float32)
    middle = random.normal(size=(2, len(f)))
    for side in range(2):
        own = random.normal(size=(2, len(f)))
        parts = middle * 0.6 + own * 0.8
        out[:, side] = np.fft.irfft((parts[0] + 1j * parts[1]) * shape, size)[:n]
    return out / np.float32(max(rms(out), 1e-9))


def band(low: float, high: float, tilt: float = 0.0) -> Curve:
    """A pass band with soft sides; `tilt`: power of the frequency within."""

    def curve(f: Array) -> Array:
        sides = 1 / np.sqrt(1 + (low / f) ** 4) / np.sqrt(1 + (f / high) ** 4)
        return np.asarray(sides * (f / 1000) ** tilt)

    return curve


def slow(n: int, seed: int, name: str, period: float) -> Array:
    """A wandering level 0…1, with a new aim every `period` seconds."""
    knots = int(n / SAMPLE_RATE / period) + 4
    aims = stream(seed, "slow", name).uniform(0, 1, knots)
    t = np.arange(n) / (period * SAMPLE_RATE)
    i = t.astype(np.int64)
    u = t - i
    u = u * u * (3 - 2 * u)
    return np.asarray(aims[i] * (1 - u) + aims[i + 1] * u, np.float32)


def events(n: int, seed: int, name: str, rate: float) -> tuple[Array, np.random.Generator]:
    """Start samples of random events, `rate` a second, and the stream for the rest."""
    random = stream(seed, "events", name)
    count = max(1, int(rate * n / SAMPLE_RATE))
    return np.sort(random.integers(0, n, count)), random


def place(out: Array, at: int, grain: Array, side: float) -> None:
    """Add a mono grain at a sample; `side` −1 left … 1 right, equal power."""
    grain = grain[: len(out) - at]
    angle = (side + 1) * math.pi / 4
    out[at : at + len(grain), 0] += grain * math.cos(angle)
    out[at : at + len(grain), 1] += grain * math.sin(angle)


def pad(n: int, seed: int, pitches: tuple[float, ...]) -> Array:
    random = stream(seed, "pad")
    t = np.arange(n) / SAMPLE_RATE
    out = np.zeros((n, 2), np.float32)
    for pitch in pitches:
        for side in (0, 1):
            detune = 1 + random.uniform(-0.0025, 0.0025)
            phase = random.uniform(0, 2 * math.pi)
            wave = np.sin(2 * math.pi * pitch * detune * t + phase)
            wave += 0.35 * np.sin(4 * math.pi * pitch * detune * t + phase)
            out[:, side] += wave / len(pitches)
    return out
