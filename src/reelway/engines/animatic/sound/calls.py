"""Voices of animals, and of people without words, each one call: (random) → (n,), loudest about 1.

CRIES   what is voiced: a line of pitches with overtones, breath and roughness
call    one of a kind; no two are quite alike
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.sound.blocks import Curve, band, mono, tone

Array = npt.NDArray[Any]
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class Cry:
    """`pitch`: seconds and hertz; `level`: seconds and loudness. `overtones`: how much each one is
    of the one before; `rough`: beats a second, and how deep; `breath`: of noise."""

    pitch: Points
    level: Points
    overtones: float = 0.5
    rough: tuple[float, float] = (0.0, 0.0)
    breath: float = 0.0
    again: int = 1  # calls in a row
    gap: float = 0.1  # seconds between them
    body: Curve | None = None  # what the throat lets through


CRIES: dict[str, Cry] = {
    "gull": Cry(pitch=((0, 900), (0.12, 1450), (0.3, 1250), (0.42, 850)), overtones=0.62,
                level=((0, 0), (0.05, 1), (0.3, 0.8), (0.42, 0)), rough=(38, 0.35), breath=0.12,
                again=4, gap=0.10),
    "owl": Cry(pitch=((0, 330), (0.1, 380), (0.5, 355)), overtones=0.12, breath=0.08, again=2,
               level=((0, 0), (0.12, 1), (0.4, 0.9), (0.55, 0)), gap=0.5),
    "crow": Cry(pitch=((0, 620), (0.08, 720), (0.3, 560)), overtones=0.8, rough=(62, 0.7),
                level=((0, 0), (0.03, 1), (0.22, 0.8), (0.32, 0)), breath=0.45, again=3, gap=0.22),
    "eagle": Cry(pitch=((0, 2500), (0.1, 3300), (0.7, 2300)), overtones=0.3, rough=(24, 0.2),
                 level=((0, 0), (0.05, 1), (0.5, 0.5), (0.75, 0)), breath=0.15),
    "bark": Cry(pitch=((0, 330), (0.04, 620), (0.14, 300)), overtones=0.82, rough=(70, 0.4),
                level=((0, 0), (0.015, 1), (0.08, 0.7), (0.15, 0)), breath=0.5, again=2, gap=0.22),
    "meow": Cry(pitch=((0, 480), (0.2, 760), (0.45, 720), (0.75, 430)), overtones=0.66,
                level=((0, 0), (0.12, 0.7), (0.35, 1), (0.6, 0.6), (0.78, 0)), breath=0.05,
                body=band(500, 3200)),
    "neigh": Cry(pitch=((0, 700), (0.2, 1500), (0.7, 1050), (1.3, 480)), overtones=0.72,
                 level=((0, 0), (0.08, 1), (0.6, 0.9), (1.35, 0)), rough=(13, 0.75), breath=0.3),
    "moo": Cry(pitch=((0, 150), (0.3, 205), (1.0, 195), (1.5, 140)), overtones=0.82,
               level=((0, 0), (0.25, 0.8), (0.9, 1), (1.55, 0)), breath=0.05,
               body=band(120, 900, -0.3)),
    "bleat": Cry(pitch=((0, 420), (0.1, 480), (0.7, 400)), overtones=0.8, rough=(11, 0.6),
                 level=((0, 0), (0.06, 1), (0.5, 0.8), (0.75, 0)), breath=0.1),
    "howl": Cry(pitch=((0, 300), (0.5, 560), (1.8, 540), (2.6, 330)), overtones=0.3, breath=0.05,
                level=((0, 0), (0.4, 0.8), (1.6, 1), (2.7, 0)), rough=(5.5, 0.08)),
    "growl": Cry(pitch=((0, 85), (0.4, 120), (1.4, 70)), overtones=0.93, rough=(27, 0.7),
                 level=((0, 0), (0.25, 1), (0.9, 0.8), (1.5, 0)), breath=0.8,
                 body=band(90, 1300, -0.4)),
    "rooster": Cry(pitch=((0, 620), (0.15, 800), (0.3, 720), (0.45, 1150), (1.1, 1080),
                          (1.5, 640)), overtones=0.74, rough=(45, 0.25), breath=0.12,
                   level=((0, 0), (0.05, 0.8), (0.28, 0.3), (0.45, 1), (1.1, 0.9), (1.55, 0))),
    "goose": Cry(pitch=((0, 420), (0.06, 620), (0.2, 480)), overtones=0.82, rough=(50, 0.3),
                 level=((0, 0), (0.02, 1), (0.2, 0)), breath=0.2, again=3, gap=0.16),
    "elephant": Cry(pitch=((0, 320), (0.2, 560), (0.9, 620), (1.5, 380)), overtones=0.85,
                    level=((0, 0), (0.12, 1), (1.0, 0.9), (1.55, 0)), rough=(31, 0.4), breath=0.4),
    "whale": Cry(pitch=((0, 190), (0.9, 420), (1.7, 300), (3.0, 520)), overtones=0.35,
                 level=((0, 0), (0.5, 1), (2.0, 0.8), (3.1, 0)), rough=(3.1, 0.2)),
    "laughter": Cry(pitch=((0, 300), (0.05, 350), (0.14, 270)), overtones=0.72, breath=0.5,
                    level=((0, 0), (0.03, 1), (0.13, 0)), again=6, gap=0.06,
                    body=band(450, 1700)),
}  # fmt: skip


def call(name: str, random: np.random.Generator, seed: int = 0) -> Array:
    cry = CRIES[name]
    size, parts = random.uniform(0.9, 1.12), []
    for k in range(cry.again):
        once = _voiced(cry, size * random.uniform(0.96, 1.04), f"{name}{k}", seed)
        parts.append(once * np.float32(random.uniform(0.7, 1.0)))
        parts.append(np.zeros(int(cry.gap * random.uniform(0.8, 1.3) * SAMPLE_RATE), np.float32))
    made = np.concatenate(parts)
    return np.asarray(made / np.float32(np.abs(made).max()), np.float32)


def _voiced(cry: Cry, size: float, name: str, seed: int) -> Array:
    seconds = cry.level[-1][0] / size**0.5
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE * size**0.5
    pitch = _line(cry.pitch, t) * size
    level = _line(cry.level, t)
    out = np.zeros(len(t))
    turns, part = np.cumsum(pitch) / SAMPLE_RATE, 1.0
    for k in range(1, 25):
        if part < 0.01 or k * float(pitch.max()) > 15_000:
            break
        out += part * np.sin((k * turns % 1.0).astype(np.float32) * np.float32(2 * np.pi))
        part *= cry.overtones
    out *= 1 - cry.overtones
    if cry.rough[1]:
        beat = 0.5 + 0.5 * tone(np.full(len(t), cry.rough[0] * size))
        out *= 1 - cry.rough[1] * beat
    if cry.breath:
        middle = float(pitch.mean())
        air = mono(len(t), seed, f"breath {name}", band(middle * 0.8, middle * 5, -0.3))
        out += cry.breath * 0.35 * air
    out *= level
    if cry.body is not None:
        spectrum = np.fft.rfft(out)
        out = np.fft.irfft(spectrum * cry.body(np.maximum(np.fft.rfftfreq(
            len(out), 1 / SAMPLE_RATE), 1.0)), len(out))  # fmt: skip
    return np.asarray(out / max(float(np.abs(out).max()), 1e-9), np.float32)


def _line(points: Points, t: Array) -> Array:
    return np.interp(t, [p[0] for p in points], [p[1] for p in points])
