"""What a place sounds like: layers of shaped noise and small events, shot by shot.

layers     which sounds a shot has, and how loud: place, weather, time and named sounds
bed        every layer once for the whole film, cross-faded at the cuts
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.plan import ShotPlan
from reelway.engines.animatic.sound.blocks import band, events, noise, pad, place, rms, slow
from reelway.request import FRAME_RATE

Array = npt.NDArray[Any]

CUT_FADE = 0.04  # seconds

BY_PLACE: dict[str, dict[str, float]] = {
    "coast": {"surf": 1.0, "wind": 0.25},
    "harbour": {"surf": 0.45, "hum": 0.6},
    "lake": {"lap": 0.7, "wind": 0.25},
    "river": {"stream": 0.9},
    "mountains": {"wind": 0.8},
    "forest": {"leaves": 0.6},
    "desert": {"wind": 0.9},
    "field": {"leaves": 0.5, "wind": 0.2},
    "city": {"hum": 1.0},
    "street": {"hum": 1.0},
    "village": {"leaves": 0.4, "wind": 0.2},
    "room": {"tone": 0.22},
    "space": {"drone": 1.0},
    "snow": {"wind": 0.9},
}
GREEN = {"forest", "field", "village", "lake", "river"}
INSIDE = 0.25  # what of the weather is heard in a room


def layers(shot: ShotPlan) -> dict[str, float]:
    """Name → loudness, about 1 for what leads."""
    out = dict(BY_PLACE.get(shot.place, {"wind": 0.4}))
    weather = {
        "rain": {"rain": 1.0},
        "storm": {"rain": 1.0, "wind": 1.0, "thunder": 1.0},
        "wind": {"wind": 1.1},
        "snow": {"wind": 0.7},
    }.get(shot.weather, {})
    for name, gain in weather.items():
        out[name] = max(out.get(name, 0), gain * (INSIDE if shot.place == "room" else 1))
    if shot.place in GREEN and shot.weather in ("clear", "fair", "overcast"):
        if shot.time in ("dawn", "day", "golden"):
            out["birds"] = 0.35
        elif shot.ground != "snow":
            out["crickets"] = 0.30
    if any(s.kind == "fire" for s in shot.subjects):
        out["fire"] = 0.7
    for name in shot.sounds & {
        "surf",
        "rain",
        "wind",
        "fire",
        "birds",
        "crickets",
        "hum",
        "thunder",
    }:
        out[name] = max(out.get(name, 0.0), 0.7)
    related = {"surf": {"lap", "stream"}, "wind": {"leaves", "drone"}}
    silent = set(shot.silenced).union(*(related.get(s, set()) for s in shot.silenced))
    return {} if "all" in silent else {k: v for k, v in out.items() if k not in silent}


def bed(shots: Sequence[ShotPlan], seed: int, n: int) -> Array:
    """(n, 2): all layers; 1 is what leads."""
    plans = [layers(s) for s in shots]
    mix = np.zeros((n, 2), np.float32)
    for name in sorted(set().union(*plans)):
        gains = [p.get(name, 0.0) for p in plans]
        sound = LAYERS[name](n, seed)
        sound /= max(rms(sound), 1e-6)
        mix += sound * envelope(shots, gains, n)[:, None]
    return mix


def envelope(shots: Sequence[ShotPlan], gains: Sequence[float], n: int) -> Array:
    """Gain over time: constant in a shot, crossing over at each cut."""
    half = int(CUT_FADE * SAMPLE_RATE) // 2
    at, level = [0.0], [gains[0]]
    for before, after, shot in zip(gains, gains[1:], shots[1:], strict=False):
        cut = shot.first * SAMPLE_RATE // FRAME_RATE
        at += [cut - half, cut + half]
        level += [before, after]
    at.append(n)
    level.append(gains[-1])
    return np.asarray(np.interp(np.arange(n), at, level), np.float32)


# Layers: (samples, seed) → (n, 2), any loudness


def _surf(n: int, seed: int) -> Array:
    t = np.arange(n) / SAMPLE_RATE
    phase = stream(seed, "surf").uniform(0, 1)
    swell = (0.5 - 0.5 * np.cos(2 * math.pi * (t / 6.3 + phase))) ** 2.2
    swell = (swell * (0.6 + 0.4 * slow(n, seed, "surf", 4.0))).astype(np.float32)
    late = np.roll(swell, int(0.5 * SAMPLE_RATE))
    low = noise(n, seed, "surf-low", band(60, 420, -0.5)) * (0.25 + swell)[:, None]
    foam = noise(n, seed, "surf-foam", band(900, 5500, -0.6)) * (0.06 + 0.65 * late)[:, None]
    return np.asarray(low * 0.7 + foam)


def _lap(n: int, seed: int) -> Array:
    gentle = noise(n, seed, "lap", band(180, 1400, -0.7))
    return np.asarray(gentle * (0.2 + slow(n, seed, "lap", 0.55)[:, None] ** 2))


def _stream(n: int, seed: int) -> Array:
    run = noise(n, seed, "stream", band(350, 5200, -0.45))
    return np.asarray(run * (0.8 + 0.25 * slow(n, seed, "stream", 0.18)[:, None]))


def _wind(n: int, seed: int) -> Array:
    gust = slow(n, seed, "gust", 1.7)[:, None]
    low = noise(n, seed, "wind-low", band(70, 330, -0.6)) * (0.35 + 0.65 * gust)
    howl = noise(n, seed, "wind-high", band(380, 950, -0.5)) * gust**2
    return np.asarray(low + 0.55 * howl)


def _leaves(n: int, seed: int) -> Array:
    air = noise(n, seed, "leaves", band(1100, 7000, -0.55))
    return np.asarray(air * (0.15 + slow(n, seed, "leaves", 1.3)[:, None] ** 2))


def _rain(n: int, seed: int) -> Array:
    out = noise(n, seed, "rain", band(900, 11000, -0.35))
    out *= (0.85 + 0.2 * slow(n, seed, "rain", 1.1))[:, None]
    starts, random = events(n, seed, "drops", 90)
    t = np.arange(int(0.012 * SAMPLE_RATE)) / SAMPLE_RATE
    for at in starts:
        drop = np.exp(-t * random.uniform(300, 700)) * np.sin(
            2 * math.pi * random.uniform(1800, 5200) * t
        )
        place(out, int(at), drop * random.uniform(0.3, 1.6), random.uniform(-1, 1))
    return out


def _hum(n: int, seed: int) -> Array:
    out = noise(n, seed, "hum", band(45, 260, -0.7))
    out += 0.22 * noise(n, seed, "hum-air", band(400, 2600, -0.8))
    passing = noise(n, seed, "cars", band(180, 1500, -0.6))
    starts, random = events(n, seed, "cars", 0.35)
    t = np.arange(n) / SAMPLE_RATE
    for at in starts:
        bump = np.exp(-(((t - at / SAMPLE_RATE) / random.uniform(0.7, 1.3)) ** 2)).astype(
            np.float32
        )
        side = np.tanh((t - at / SAMPLE_RATE) * random.choice([-1, 1])).astype(np.float32)
        out[:, 0] += passing[:, 0] * bump * (0.6 - 0.4 * side)
        out[:, 1] += passing[:, 1] * bump * (0.6 + 0.4 * side)
    return out


def _fire(n: int, seed: int) -> Array:
    out = (
        noise(n, seed, "fire", band(60, 500, -0.6))
        * (0.35 + 0.3 * slow(n, seed, "fire", 0.3))[:, None]
    )
    starts, random = events(n, seed, "crackle", 16)
    for at in starts:
        length = int(random.uniform(0.002, 0.018) * SAMPLE_RATE)
        snap = random.normal(size=length) * np.exp(-np.linspace(0, 6, length))
        place(out, int(at), snap * random.pareto(2.2) * 1.4, random.uniform(-0.5, 0.5))
    return np.clip(out, -6, 6)


def _birds(n: int, seed: int) -> Array:
    out = np.zeros((n, 2), np.float32)
    starts, random = events(n, seed, "birds", 0.9)
    for at in starts:
        base, side = random.uniform(2300, 4300), random.uniform(-0.9, 0.9)
        far = random.uniform(0.25, 1.0)
        for note in range(int(random.integers(2, 6))):
            length = int(random.uniform(0.05, 0.13) * SAMPLE_RATE)
            u = np.linspace(0, 1, length)
            pitch = base * (1 + random.uniform(-0.16, 0.16) + random.uniform(-0.25, 0.25) * u)
            chirp = (
                np.sin(2 * math.pi * np.cumsum(pitch) / SAMPLE_RATE) * np.sin(math.pi * u) ** 1.5
            )
            start = int(at + note * random.uniform(0.11, 0.17) * SAMPLE_RATE)
            if start < n:
                place(out, start, chirp * far, side)
    out += 0.02 * noise(n, seed, "birds", band(1500, 6000, -0.5))
    return out


def _crickets(n: int, seed: int) -> Array:
    random = stream(seed, "crickets")
    t = np.arange(n) / SAMPLE_RATE
    out = np.zeros((n, 2), np.float32)
    for _ in range(5):
        pitch, rate = random.uniform(3900, 4900), random.uniform(1.6, 2.6)
        phase, side = random.uniform(0, 1), random.uniform(-1, 1)
        group = np.clip(np.sin(2 * math.pi * (t * rate + phase)) * 2, 0, 1)
        pulse = np.clip(np.sin(2 * math.pi * t * 31 + phase * 9), 0, 1) ** 2
        tone = np.sin(2 * math.pi * pitch * t) * group * pulse * random.uniform(0.3, 1)
        place(out, 0, tone, side)
    return out


def _tone(n: int, seed: int) -> Array:
    return noise(n, seed, "tone", band(60, 420, -0.9)) + 0.1 * noise(
        n, seed, "tone-air", band(800, 4000, -0.8)
    )


def _drone(n: int, seed: int) -> Array:
    return noise(n, seed, "drone", band(38, 120, -0.5)) + pad(n, seed, (55.0, 82.4, 110.3)) * 0.8


def _thunder(n: int, seed: int) -> Array:
    out = 0.02 * noise(n, seed, "far-thunder", band(30, 110, -0.5))
    rumble = noise(n, seed, "thunder", band(30, 190, -0.7))
    starts, random = events(n, seed, "thunder", 0.22)
    t = np.arange(n) / SAMPLE_RATE
    for at in starts:
        since = t - at / SAMPLE_RATE
        roll = np.where(
            since > 0, (1 - np.exp(-np.maximum(since, 0) * 18)) * np.exp(-since / 1.3), 0
        )
        out += rumble * (roll * random.uniform(0.5, 1)).astype(np.float32)[:, None] * 2.5
    return out


LAYERS: dict[str, Callable[[int, int], Array]] = {
    "surf": _surf, "lap": _lap, "stream": _stream, "wind": _wind, "leaves": _leaves,
    "rain": _rain, "hum": _hum, "fire": _fire, "birds": _birds, "crickets": _crickets,
    "tone": _tone, "drone": _drone, "thunder": _thunder,
}  # fmt: skip
