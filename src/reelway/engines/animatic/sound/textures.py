"""Sounds that go on: water, wind, rain, fire, insects, engines at rest.

Each is (samples, seed) → (n, 2) of any loudness; `TEXTURES` names them. Where something swells,
it is laid out in slow levels over noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.sound import crowds, insects
from reelway.engines.animatic.sound.blocks import (
    band,
    clock,
    events,
    fall,
    mono,
    noise,
    pad,
    panned,
    place,
    slow,
    smooth,
    tone,
)

Array = npt.NDArray[Any]


def _bump(t: Array, at: float, rise: float, decay: float) -> Array:
    """A level that comes in `rise` seconds and goes in about `decay`."""
    since = t - at
    up = np.clip(since / rise + 1, 0, 1)
    return np.asarray(np.where(since < 0, up * up * (3 - 2 * up), np.exp(-since / decay)))


def _surf(n: int, seed: int) -> Array:
    """Each wave swells, breaks, and runs up the beach in foam."""
    t, random = clock(n), stream(seed, "surf")
    swell, crash, foam = (np.full(len(t), v) for v in (0.14, 0.03, 0.04))
    at = random.uniform(0.4, 2.2) - 6.0
    while at < t[-1] + 3:
        high = random.uniform(0.55, 1.0)
        swell += high * _bump(t, at, 2.6, 1.1)
        crash += high * _bump(t, at + 0.25, 0.5, 1.0)
        foam += high * _bump(t, at + 1.3, 1.2, 1.5)
        at += random.uniform(5.0, 7.5)
    out = noise(n, seed, "surf-low", band(80, 420, -0.4))
    out *= smooth(0.55 * swell, n)[:, None]
    broken = noise(n, seed, "surf-crash", band(220, 2600, -0.6))
    broken *= smooth(0.9 * crash, n)[:, None]
    hiss = noise(n, seed, "surf-foam", band(1300, 8500, -0.5))
    hiss *= smooth(0.42 * foam, n)[:, None]
    return np.asarray(out + broken + hiss)


def _lap(n: int, seed: int) -> Array:
    t = clock(n)
    starts, random = events(n, seed, "laps", 1.3)
    level = np.full(len(t), 0.16)
    for at in starts / SAMPLE_RATE:
        level += random.uniform(0.25, 1.0) * _bump(t, at, 0.16, random.uniform(0.12, 0.35))
    out = noise(n, seed, "lap", band(180, 1500, -0.7))
    out *= smooth(level, n)[:, None]
    _patter(out, seed, "lap-drops", 3, (500, 1200), 0.03, 0.5)
    return out


def _stream(n: int, seed: int) -> Array:
    out = noise(n, seed, "stream", band(350, 5200, -0.5))
    out *= (0.7 + 0.5 * slow(n, seed, "stream", 0.22))[:, None]
    _patter(out, seed, "gurgle", 26, (380, 1500), 0.045, 1.2, glide=0.35)
    return out


def _waterfall(n: int, seed: int) -> Array:
    out = noise(n, seed, "fall", band(70, 6500, -0.45))
    out *= (0.9 + 0.2 * slow(n, seed, "fall", 0.7))[:, None]
    return out


def _wind(n: int, seed: int) -> Array:
    gust = slow(n, seed, "gust", 1.7)[:, None]
    low = noise(n, seed, "wind-low", band(110, 420, -0.5)) * (0.30 + 0.70 * gust)
    high = noise(n, seed, "wind-high", band(380, 950, -0.5)) * gust**2
    return np.asarray(low + 0.55 * high)


def _howl(n: int, seed: int) -> Array:
    """What a strong wind whistles about edges: narrow tones that wander up with each gust."""
    gust = slow(n, seed, "gust", 1.7)
    out = noise(n, seed, "howl-rush", band(150, 1800, -0.6)) * (0.3 + 0.7 * gust)[:, None]
    for k, pitch in enumerate((420.0, 560.0, 745.0)):
        near = np.exp(-(((gust - 0.3 - 0.25 * k) / 0.2) ** 2))
        out += noise(n, seed, f"howl{k}", band(pitch * 0.94, pitch * 1.06)) * (0.8 * near)[:, None]
    return np.asarray(out)


def _leaves(n: int, seed: int) -> Array:
    air = noise(n, seed, "leaves", band(1100, 7000, -0.55))
    return np.asarray(air * (0.15 + slow(n, seed, "gust", 1.7) ** 2)[:, None])


def _sand(n: int, seed: int) -> Array:
    hiss = noise(n, seed, "sand", band(2600, 9500, -0.3))
    return np.asarray(hiss * (0.10 + slow(n, seed, "gust", 1.7) ** 3)[:, None])


def _rain(n: int, seed: int) -> Array:
    """On streets and stone."""
    out = noise(n, seed, "rain", band(900, 11000, -0.35))
    out *= (0.85 + 0.2 * slow(n, seed, "rain", 1.1))[:, None]
    _patter(out, seed, "drops", 80, (1800, 5200), 0.006, 1.0)
    return out


def _rain_leaves(n: int, seed: int) -> Array:
    out = noise(n, seed, "rain-leaves", band(500, 6500, -0.55))
    out *= (0.7 + 0.35 * slow(n, seed, "rain-leaves", 0.9))[:, None]
    _patter(out, seed, "leaf-drops", 70, (650, 1900), 0.009, 1.6)
    return out


def _rain_water(n: int, seed: int) -> Array:
    """Each drop rings a small bubble."""
    out = noise(n, seed, "rain-water", band(1200, 12000, -0.25))
    _patter(out, seed, "rings", 60, (900, 3400), 0.028, 1.3, glide=0.10)
    return out


def _rain_roof(n: int, seed: int) -> Array:
    """Inside: dull on the roof, sharp on the window's glass."""
    out = noise(n, seed, "rain-roof", band(110, 1100, -0.7))
    out *= (0.8 + 0.3 * slow(n, seed, "rain-roof", 1.0))[:, None]
    _patter(out, seed, "roof", 55, (170, 520), 0.016, 1.6)
    _patter(out, seed, "pane", 22, (1500, 3200), 0.007, 0.9)
    return out


def _rain_soft(n: int, seed: int) -> Array:
    """On grass, earth and sand."""
    out = noise(n, seed, "rain-soft", band(700, 7000, -0.6))
    _patter(out, seed, "soft", 40, (500, 1400), 0.006, 0.8)
    return out


def _hum(n: int, seed: int) -> Array:
    """A city: its rumble, and cars that pass out of the picture."""
    out = noise(n, seed, "hum", band(70, 340, -0.6))
    out += np.float32(0.38) * noise(n, seed, "hum-air", band(400, 2600, -0.8))
    passing = mono(n, seed, "cars", band(180, 1500, -0.6))
    starts, random = events(n, seed, "cars", 0.35)
    t = clock(n)
    for at in starts / SAMPLE_RATE:
        since = (t - at) / random.uniform(0.7, 1.3)
        side = smooth(np.tanh(since * random.choice([-1, 1])), n)
        level = smooth(np.exp(-(since**2)) * random.uniform(0.5, 1.0), n)
        out += panned(passing * level, 0.8 * side)
    return out


def _fire(n: int, seed: int) -> Array:
    out = noise(n, seed, "fire", band(110, 800, -0.5))
    out *= (0.14 + 0.18 * slow(n, seed, "fire", 0.3))[:, None]
    starts, random = events(n, seed, "crackle", 16)
    snaps = mono(1 << 14, seed, "snaps", band(900, 9000, -0.2))
    for at in starts:
        length = int(random.uniform(0.003, 0.018) * SAMPLE_RATE)
        from_ = int(random.integers(0, len(snaps) - length))
        snap = snaps[from_ : from_ + length] * np.exp(-np.linspace(0, 6, length, dtype=np.float32))
        place(out, int(at), snap * min(random.pareto(2.2) * 0.8, 1.1), random.uniform(-0.5, 0.5))
    return out


def _sizzle(n: int, seed: int) -> Array:
    out = noise(n, seed, "sizzle", band(2800, 13000, -0.2))
    out *= (0.6 + 0.5 * slow(n, seed, "sizzle", 0.12))[:, None]
    _patter(out, seed, "spit", 24, (2500, 6000), 0.004, 3.0)
    return out


def _tone(n: int, seed: int) -> Array:
    """A room with nobody in it."""
    out = noise(n, seed, "tone", band(90, 700, -0.7))
    return out + np.float32(0.1) * noise(n, seed, "tone-air", band(800, 4000, -0.8))


def _hall(n: int, seed: int) -> Array:
    """A large one: a breath that comes from everywhere."""
    out = noise(n, seed, "hall", band(90, 900, -0.8))
    out *= (0.8 + 0.3 * slow(n, seed, "hall", 2.0))[:, None]
    return out


def _fans(n: int, seed: int) -> Array:
    """An office: air conditioning and machines."""
    out = noise(n, seed, "fans", band(110, 1400, -0.8))
    _mains(out, 120.0, 0.25)
    return out


def _fridge(n: int, seed: int) -> Array:
    out = np.float32(0.5) * noise(n, seed, "fridge", band(70, 500, -0.8))
    _mains(out, 50.0, 0.8)
    return out


def _mains(out: Array, pitch: float, level: float) -> None:
    seconds = len(out) / SAMPLE_RATE + 0.01
    hum = sum(tone(pitch * k, seconds) * np.float32(level / k) for k in (1, 2, 3, 5))
    out += np.asarray(hum)[: len(out), None]


def _drone(n: int, seed: int) -> Array:
    """Space, as films have it."""
    out = noise(n, seed, "drone", band(50, 220, -0.4))
    out *= (0.6 + 0.5 * slow(n, seed, "drone", 2.4))[:, None]
    return out + pad(n, seed, (55.0, 82.4, 110.3)) * np.float32(0.8)


def _underwater(n: int, seed: int) -> Array:
    out = noise(n, seed, "deep", band(55, 330, -0.6))
    out *= (0.7 + 0.5 * slow(n, seed, "deep", 1.6))[:, None]
    out += np.float32(0.15) * noise(n, seed, "deep-wash", band(200, 900, -1.0))
    starts, random = events(n, seed, "bubbles", 1.1)
    for at in starts:  # each a string of them, on its way up
        side, pitch = random.uniform(-0.8, 0.8), random.uniform(300, 700)
        for k in range(int(random.integers(3, 9))):
            length = random.uniform(0.03, 0.07)
            rise = np.linspace(1, random.uniform(1.3, 1.9), int(length * SAMPLE_RATE))
            blip = tone(pitch * random.uniform(0.8, 1.3) * rise)
            blip *= fall(length, length / 4, 0.004)[: len(blip)]
            late = int(k * random.uniform(0.045, 0.09) * SAMPLE_RATE)
            place(out, int(at) + late, blip * random.uniform(0.5, 1.6), side)
    return out


def _lava(n: int, seed: int) -> Array:
    out = noise(n, seed, "lava", band(35, 180, -0.4))
    out *= (0.4 + 0.8 * slow(n, seed, "lava", 0.8))[:, None]
    _patter(out, seed, "blobs", 5, (60, 170), 0.10, 1.4, glide=0.5)
    return out


def _machines(n: int, seed: int) -> Array:
    """A beat of steel, a hiss on every other, a hum below."""
    out = np.float32(0.4) * noise(n, seed, "machines", band(90, 1500, -0.8))
    _mains(out, 100.0, 0.25)
    t = clock(n)
    beat = (t * 1.9 + stream(seed, "machines").uniform(0, 1)) % 1.0
    thump = np.exp(-beat * 9) * (1 - np.exp(-beat * 300))
    hiss = np.clip(1 - np.abs(beat - 0.55) / 0.16, 0, 1) ** 2
    out += noise(n, seed, "press", band(60, 420, -0.5)) * smooth(1.6 * thump, n)[:, None]
    out += noise(n, seed, "valve", band(2200, 9000, -0.2)) * smooth(0.35 * hiss, n)[:, None]
    return out


def _far_thunder(n: int, seed: int) -> Array:
    """What always rolls somewhere in a storm."""
    far = noise(n, seed, "far-thunder", band(28, 110, -0.6))
    return np.asarray(far * (0.15 + slow(n, seed, "far-thunder", 1.9) ** 3)[:, None])


def _patter(
    out: Array,
    seed: int,
    name: str,
    rate: float,
    pitches: tuple[float, float],
    halving: float,
    loud: float,
    glide: float = 0.0,
) -> None:
    """Drops: short ringing grains; `glide`: how far their pitch rises."""
    starts, random = events(len(out), seed, name, rate)
    kinds = []
    for _ in range(12):
        length = int(halving * 7 * SAMPLE_RATE) + 32
        pitch = math.exp(random.uniform(*np.log(pitches))) * np.linspace(1, 1 + glide, length)
        ring = tone(pitch) * fall(length / SAMPLE_RATE, halving, 0.0006)[:length]
        kinds.append(ring)
    which = random.integers(0, len(kinds), len(starts))
    loudness = loud * random.uniform(0.2, 1.0, len(starts)) ** 2 * 1.6
    sides = random.uniform(-1, 1, len(starts))
    for at, k, level, side in zip(starts, which, loudness, sides, strict=True):
        place(out, int(at), kinds[k] * np.float32(level), float(side))


def _birds(n: int, seed: int) -> Array:
    return insects.birds(n, seed, "birds", 0.9)


def _chorus(n: int, seed: int) -> Array:
    return insects.birds(n, seed, "chorus", 3.4)


TEXTURES: dict[str, Callable[[int, int], Array]] = {
    "surf": _surf, "lap": _lap, "stream": _stream, "waterfall": _waterfall, "wind": _wind,
    "howl": _howl, "leaves": _leaves, "sand": _sand, "rain": _rain, "rain on leaves": _rain_leaves,
    "rain on water": _rain_water, "rain on the roof": _rain_roof, "rain on earth": _rain_soft,
    "hum": _hum, "fire": _fire, "sizzle": _sizzle, "tone": _tone, "hall": _hall, "fans": _fans,
    "fridge": _fridge, "drone": _drone, "underwater": _underwater, "lava": _lava,
    "machines": _machines, "far thunder": _far_thunder, "birds": _birds, "chorus": _chorus,
    "crickets": insects.crickets, "cicadas": insects.cicadas, "frogs": insects.frogs,
    "murmur": crowds.murmur, "cheer": crowds.cheer, "applause": crowds.applause,
}  # fmt: skip
