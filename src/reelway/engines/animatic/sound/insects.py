"""What lives around a place, unseen: birds by day, crickets, cicadas and frogs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.sound.blocks import (
    band,
    clock,
    events,
    noise,
    panned,
    place,
    silence,
    slow,
    smooth,
    tone,
)

Array = npt.NDArray[Any]
# Of a bird's note: from and to which pitch against its own, seconds, and until the next one.
SONGS: tuple[tuple[tuple[float, float, float, float], ...], ...] = (
    ((1.0, 1.3, 0.09, 0.14), (1.3, 1.0, 0.09, 0.14), (1.0, 1.35, 0.10, 0.16)),
    ((1.5, 1.45, 0.13, 0.19), (1.0, 0.98, 0.20, 0.30)),  # a tit: high, low
    ((1.2, 0.75, 0.06, 0.085),) * 7,  # a trill
    ((0.9, 1.25, 0.16, 0.24), (1.25, 0.8, 0.12, 0.20), (1.6, 1.5, 0.05, 0.08), (1.6, 1.4, 0.05, 0)),
    ((0.70, 0.72, 0.25, 0.34), (0.78, 0.70, 0.30, 0.40)),  # a thrush's flute
    ((1.0, 1.6, 0.05, 0.10), (1.0, 1.6, 0.05, 0.10), (1.7, 0.9, 0.11, 0.2)),
)  # fmt: skip


def birds(n: int, seed: int, name: str, rate: float) -> Array:
    """Phrases of song, each bird at its own place; the more of them, the earlier the morning."""
    out = silence(n)
    starts, random = events(n, seed, name, rate)
    if len(starts) and starts[0] > SAMPLE_RATE:  # one soon, so that a short shot has it
        starts[0] = int(random.uniform(0.15, 0.8) * SAMPLE_RATE)
    flock = [(random.uniform(2300, 4400), random.uniform(-0.9, 0.9), random.uniform(0.3, 1.0),
              SONGS[int(random.integers(len(SONGS)))]) for _ in range(3 + int(rate))]  # fmt: skip
    for at in starts:
        base, side, near, song = flock[int(random.integers(len(flock)))]
        t = int(at)
        for low, high, seconds, step in song:
            length = int(seconds * SAMPLE_RATE)
            u = np.linspace(0, 1, length)
            wave = tone(base * (low + (high - low) * u)) * np.sin(math.pi * u) ** 1.2
            if t < n:
                place(out, t, (wave * near).astype(np.float32), side)
            t += int(step * random.uniform(0.93, 1.08) * SAMPLE_RATE)
    return out


def crickets(n: int, seed: int) -> Array:
    random = stream(seed, "crickets")
    t = clock(n)
    out = silence(n)
    for _ in range(5):
        pitch, rate = random.uniform(3900, 4900), random.uniform(1.6, 2.6)
        phase, side = random.uniform(0, 1), random.uniform(-1, 1)
        group = np.clip(np.sin(2 * math.pi * (t * rate + phase)) * 2, 0, 1)
        pulse = np.clip(np.sin(2 * math.pi * t * 31 + phase * 9), 0, 1) ** 2
        level = smooth(group * pulse * random.uniform(0.3, 1), n)
        place(out, 0, tone(pitch, n / SAMPLE_RATE + 0.01)[:n] * level, side)
    return out


def cicadas(n: int, seed: int) -> Array:
    """A buzz that swells from tree to tree."""
    random, t = stream(seed, "cicadas"), clock(n)
    out = silence(n)
    for k in range(3):
        pitch = random.uniform(3800, 6200)
        buzz = noise(n, seed, f"cicada{k}", band(pitch * 0.93, pitch * 1.07))
        beat = 0.6 + 0.4 * np.sin(2 * math.pi * t * random.uniform(48, 75))
        level = smooth(beat, n) * (0.15 + slow(n, seed, f"cicada{k}", 1.5))
        out += panned(buzz[:, 0] * level, np.full(n, random.uniform(-0.8, 0.8), np.float32))
    return out


def frogs(n: int, seed: int) -> Array:
    out = silence(n)
    starts, random = events(n, seed, "frogs", 2.6)
    pond = [(random.uniform(320, 900), random.uniform(-0.9, 0.9), random.uniform(18, 34),
             random.uniform(0.3, 1)) for _ in range(5)]  # fmt: skip
    for at in starts:
        pitch, side, rate, near = pond[int(random.integers(len(pond)))]
        length = int(random.uniform(0.25, 0.6) * SAMPLE_RATE)
        u = np.arange(length) / SAMPLE_RATE
        pulse = np.exp(-((u * rate) % 1.0) * 3.5)
        wave = tone(pitch * np.linspace(0.95, 1.05, length))
        wave = wave + 0.5 * tone(pitch * 2.02 * np.linspace(0.95, 1.05, length))
        env = np.sin(math.pi * np.arange(length) / length) ** 0.5
        place(out, int(at), (wave * pulse * env * near).astype(np.float32), side)
    return out
