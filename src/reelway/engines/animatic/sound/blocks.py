"""What sounds are made of: shaped noise, slow levels, events in time, grains in the stereo picture.

Samples are float32, (n, 2) where they have sides, at 48 kHz; the sides lie apart in memory, since
most work is done on one of them. Noise is shaped in the frequency domain, and is a loop of some
seconds: its levels, which never repeat, are laid over it. All that is random comes from seeded
streams.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.noise import stream

Array = npt.NDArray[Any]
Curve = Callable[[Array], Array]

LOOP = 1 << 18  # samples of noise before it comes again: 5.5 seconds
BANK = 3 * LOOP  # complex numbers that all noise is cut from
CONTROL = 64  # samples between two points of a slow level
POINTS = 320  # at which a curve is asked for, even in pitch


def half_cosine(n: int) -> Array:
    """A rise from 0 to 1."""
    return np.asarray(0.5 - 0.5 * np.cos(np.linspace(0, math.pi, n)), np.float32)


def rms(sound: Array) -> float:
    flat = sound.ravel("K")
    return math.sqrt(float(np.dot(flat, flat)) / max(1, flat.size))


def silence(n: int) -> Array:
    """(n, 2)."""
    return np.zeros((2, n), np.float32).T


def noise(n: int, seed: int, name: str, curve: Curve) -> Array:
    """Noise (n, 2) of a spectrum, of level 1: `curve` is the amplitude over hertz. Sides differ."""
    size = min(LOOP, 1 << max(8, (n - 1).bit_length()))
    shape = _shape(size, curve)
    bank, length = _bank(), size // 2 + 1
    at = stream(seed, "sound", name).integers(0, len(bank) - length, 3)
    middle, left, right = (bank[k : k + length] for k in at)
    out = silence(n)
    for side, own in enumerate((left, right)):
        parts = middle * np.float32(0.6)
        parts += own * np.float32(0.8)
        parts *= shape
        out[:, side] = np.resize(np.fft.irfft(parts, size), n)
    out *= np.float32(1 / max(rms(out), 1e-12))
    return out


def mono(n: int, seed: int, name: str, curve: Curve) -> Array:
    """The same on one side, (n,)."""
    size = min(LOOP, 1 << max(8, (n - 1).bit_length()))
    bank, length = _bank(), size // 2 + 1
    at = int(stream(seed, "sound", name).integers(0, len(bank) - length))
    out = np.resize(np.fft.irfft(bank[at : at + length] * _shape(size, curve), size), n)
    return np.asarray(out / np.float32(max(rms(out), 1e-12)), np.float32)


@cache
def _bank() -> Array:
    parts = stream(0, "bank").standard_normal((BANK, 2), np.float32)
    return parts.view(np.complex64)[:, 0]


@cache
def _pitches(size: int) -> Array:
    """Where each bin lies among the points of a curve."""
    f = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    return np.asarray(np.log(np.maximum(f, 1.0)) * _per_octave(), np.float32)


def _per_octave() -> float:
    return (POINTS - 1) / math.log(SAMPLE_RATE / 2)


def _shape(size: int, curve: Curve) -> Array:
    points = np.exp(np.arange(POINTS + 1) / _per_octave())
    at = _pitches(size)
    shape = np.interp(at, np.arange(POINTS + 1), curve(points)).astype(np.float32)
    shape[: max(1, int(15 * size / SAMPLE_RATE))] = 0
    return shape


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
    t = clock(n) / period
    i = t.astype(np.int64)
    u = t - i
    u = u * u * (3 - 2 * u)
    return smooth(aims[i] * (1 - u) + aims[i + 1] * u, n)


def clock(n: int) -> Array:
    """Seconds at the points of a slow level of `n` samples."""
    return np.arange(-(-n // CONTROL) + 1) * (CONTROL / SAMPLE_RATE)


def smooth(points: Array, n: int) -> Array:
    """A slow level, (n,), through a value every `CONTROL` samples."""
    points = np.asarray(points, np.float32)
    step = np.arange(CONTROL, dtype=np.float32) / CONTROL
    rise = points[1:] - points[:-1]
    return np.asarray((points[:-1, None] + rise[:, None] * step).ravel()[:n])


def events(n: int, seed: int, name: str, rate: float) -> tuple[Array, np.random.Generator]:
    """Start samples of random events, `rate` a second, and the stream for the rest."""
    random = stream(seed, "events", name)
    count = max(1, int(rate * n / SAMPLE_RATE))
    return np.sort(random.integers(0, n, count)), random


def place(out: Array, at: int, grain: Array, side: float) -> None:
    """Add a mono grain at a sample; `side` −1 left … 1 right, equal power."""
    grain = grain[max(0, -at) : len(out) - at] if at < len(out) else grain[:0]
    at = max(0, at)
    angle = (min(max(side, -1.0), 1.0) + 1) * math.pi / 4
    out[at : at + len(grain), 0] += grain * np.float32(math.cos(angle))
    out[at : at + len(grain), 1] += grain * np.float32(math.sin(angle))


def panned(sound: Array, side: Array) -> Array:
    """(n, 2) of a mono sound that moves: `side` for each sample; equal power."""
    angle = (np.clip(side, -1, 1) + 1) * np.float32(math.pi / 4)
    return np.stack([sound * np.cos(angle), sound * np.sin(angle)]).astype(np.float32).T


def tone(pitch: Array | float, seconds: float | None = None) -> Array:
    """A sine (n,), of one pitch for some seconds or of a pitch for each sample."""
    if seconds is not None:
        turns = np.arange(int(seconds * SAMPLE_RATE)) * (float(pitch) / SAMPLE_RATE)
    else:
        turns = np.cumsum(np.asarray(pitch, np.float64)) / SAMPLE_RATE
    return np.asarray(np.sin((turns % 1.0).astype(np.float32) * np.float32(2 * math.pi)))


def fall(seconds: float, halving: float, rise: float = 0.001) -> Array:
    """A level that is there at once and dies away: to a tenth in `halving` × 3.3 seconds."""
    t = np.arange(int(seconds * SAMPLE_RATE), dtype=np.float32) / SAMPLE_RATE
    level = np.exp2(-t / halving) * np.minimum(t / max(rise, 1e-4), 1)
    return np.asarray(level * np.minimum((seconds - t) / 0.01, 1), np.float32)


def pad(n: int, seed: int, pitches: tuple[float, ...]) -> Array:
    random = stream(seed, "pad")
    t = np.arange(n) / SAMPLE_RATE
    out = silence(n)
    for pitch in pitches:
        for side in (0, 1):
            detune = 1 + random.uniform(-0.0025, 0.0025)
            phase = random.uniform(0, 1)
            turns = ((pitch * detune * t + phase) % 1.0).astype(np.float32)
            wave = np.sin(turns * np.float32(2 * math.pi))
            wave += np.float32(0.35) * np.sin(turns * np.float32(4 * math.pi))
            out[:, side] += wave / np.float32(len(pitches))
    return out


def echoed(dry: Array, seconds: float, wet: float) -> Array:
    """(n, 2) with a room's answer to both sides together."""
    tails = _room(seconds, 1 << (len(dry) + int(seconds * SAMPLE_RATE) - 1).bit_length())
    size = 2 * (tails.shape[1] - 1)
    said = np.fft.rfft(dry[:, 0] + dry[:, 1], size)
    out = dry.copy("K")
    for side in (0, 1):
        out[:, side] += np.float32(wet) * np.fft.irfft(said * tails[side], size)[: len(dry)]
    return out


@lru_cache(maxsize=4)
def _room(seconds: float, size: int) -> Array:
    """The spectra of noise that dies away by 60 dB in `seconds`, dull, of energy 1."""
    n = int(seconds * SAMPLE_RATE)
    tail = noise(n, 0, f"room {seconds}", band(120, 3800, -0.2))
    t = np.arange(n, dtype=np.float32) / SAMPLE_RATE
    tail *= (np.float32(10) ** (-3 * t / np.float32(seconds)) * np.minimum(t / 0.012, 1))[:, None]
    tail *= np.float32(1 / (rms(tail) * math.sqrt(n)))
    return np.stack([np.fft.rfft(tail[:, side], size) for side in (0, 1)])
