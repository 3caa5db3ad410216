"""Feet on the ground: one footfall, hoof or paw, by what it falls on.

ground   what one walks on in a shot: as named, or by its place and weather
step     somebody's foot; eight of a ground, no two alike
hoof     of a horse; `paw` of what goes softly
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.plan import ShotPlan
from reelway.engines.animatic.sound.objects import noised, one, rung

Array = npt.NDArray[Any]
KINDS = 8  # of steps on a ground
BY_PLACE = {
    "coast": "sand", "lake": "grass", "river": "gravel", "mountains": "gravel", "forest": "leaves",
    "desert": "sand", "field": "grass", "harbour": "wood", "city": "stone", "street": "stone",
    "village": "gravel", "room": "wood", "space": "dust", "snow": "snow", "underwater": "dust",
}  # fmt: skip
BY_SITE = {
    "kitchen": "stone", "bedroom": "carpet", "office": "carpet", "bar": "wood",
    "library": "carpet", "hall": "stone", "corridor": "stone", "station": "stone", "moon": "dust",
    "mars": "sand", "road": "gravel", "cliff": "grass", "courtyard": "stone", "rooftop": "stone",
    "garden": "gravel", "stadium": "grass", "bridge": "wood", "swamp": "puddle",
    "jungle": "leaves", "bamboo": "leaves", "canyon": "gravel", "volcano": "gravel", "sea": "wood",
    "works": "stone",
}  # fmt: skip
HARD = {"stone", "wood"}
# How loud a foot is on each, against one on stone.
LOUD = {"stone": 1.0, "wood": 0.9, "carpet": 0.28, "grass": 0.6, "leaves": 0.8, "sand": 0.75,
        "gravel": 0.95, "snow": 0.85, "puddle": 1.4, "wade": 1.1, "dust": 0.25}  # fmt: skip


def ground(shot: ShotPlan) -> str:
    if shot.asked.ground:
        return shot.asked.ground
    indoors = shot.place in ("room", "space", "underwater")
    if not indoors and (shot.ground == "snow" or shot.weather == "snow"):
        return "snow"
    base = BY_SITE.get(shot.site) or BY_PLACE.get(shot.place, "grass")
    if not indoors and shot.ground == "autumn" and base in ("grass", "leaves", "gravel"):
        return "leaves"
    if not indoors and shot.weather in ("rain", "storm") and base in HARD | {"gravel"}:
        return "puddle"
    return base


@lru_cache(maxsize=128)
def step(name: str, kind: int, seed: int = 0) -> Array:
    """Heel, then toe; about a quarter of a second. Loudest where the foot comes down."""
    random = stream(seed, "step", name, kind)
    out = np.zeros(int(0.42 * SAMPLE_RATE), np.float32)
    for late, loud in ((0.0, 1.0), (random.uniform(0.065, 0.095), random.uniform(0.35, 0.6))):
        _add(out, late, _touch(name, random, seed, kind) * np.float32(loud))
    return one(out) * np.float32(LOUD.get(name, 0.6) * random.uniform(0.8, 1.0))


def _touch(name: str, random: np.random.Generator, seed: int, kind: int) -> Array:
    own = f"{name}{kind}{random.integers(99)}"

    def rush(seconds: float, halving: float, low: float, high: float, rise: float) -> Array:
        return noised(seconds, halving, low, high, seed, own, rise)

    match name:
        case "stone":
            heel = rush(0.07, 0.006, 900, 5200, 0.0005)
            return _sum(heel, 0.35 * _thump(random, 95, 0.018))
        case "wood":
            pitch = random.uniform(115, 165)
            board = rung(pitch, ((1, 1, 0.03), (2.1, 0.5, 0.018), (3.4, 0.25, 0.01)), 0.2)
            return _sum(0.6 * board, 0.7 * rush(0.06, 0.008, 300, 2600, 0.001))
        case "carpet":
            return _sum(rush(0.12, 0.025, 70, 420, 0.008), 0.2 * _thump(random, 70, 0.03))
        case "grass":
            return _sum(rush(0.16, 0.035, 1200, 6500, 0.03), 0.08 * _thump(random, 95, 0.012))
        case "leaves":
            return _grains(random, seed, own, 22, 0.16, 1500, 8000, 0.005)
        case "sand":
            return rush(0.22, 0.05, 450, 3600, 0.035)
        case "gravel":
            return _grains(random, seed, own, 16, 0.11, 900, 6000, 0.004)
        case "snow":
            return _crunch(random, seed, own)
        case "puddle":
            wet = rush(0.18, 0.04, 900, 8500, 0.012)
            return _sum(wet, 0.4 * rush(0.06, 0.006, 700, 4000, 0.0005))
        case "wade":
            return rush(0.3, 0.08, 250, 5000, 0.03)
        case _:
            return _sum(rush(0.16, 0.04, 60, 500, 0.02), 0.3 * _thump(random, 60, 0.04))


def _thump(random: np.random.Generator, pitch: float, halving: float) -> Array:
    return rung(pitch * random.uniform(0.9, 1.1), ((1, 1, halving),), halving * 6)


def _grains(random: np.random.Generator, seed: int, name: str, count: int, within: float,
            low: float, high: float, halving: float) -> Array:  # fmt: skip
    """Many small ones, most of them at once."""
    out = np.zeros(int((within + 0.08) * SAMPLE_RATE), np.float32)
    for k in range(count):
        pitch = float(np.exp(random.uniform(np.log(low), np.log(high / 1.6))))
        grain = noised(0.03, halving, pitch, pitch * 1.6, seed, f"{name}{k}", 0.0004)
        loud = np.float32(random.uniform(0.2, 1.0) if k > 2 else 1.0)
        late = min(random.exponential(within / 2.5), within) if k > 2 else 0.006 * k
        _add(out, late, grain * loud)
    return out


def _crunch(random: np.random.Generator, seed: int, name: str) -> Array:
    """Snow that gives way bit by bit."""
    press = noised(0.24, 0.07, 450, 3200, seed, name, 0.03)
    t = np.arange(len(press)) / SAMPLE_RATE
    rate = random.uniform(60, 85)
    give = np.exp(-((t * rate * (1 + 0.4 * t / 0.24)) % 1.0) * 2.4)
    return np.asarray(press * (0.25 + give), np.float32)


def _sum(a: Array, b: Array) -> Array:
    out = np.zeros(max(len(a), len(b)), np.float32)
    out[: len(a)] += a
    out[: len(b)] += b
    return out


def _add(out: Array, seconds: float, grain: Array) -> None:
    at = int(seconds * SAMPLE_RATE)
    grain = grain[: len(out) - at]
    out[at : at + len(grain)] += grain


@lru_cache(maxsize=64)
def hoof(name: str, kind: int, seed: int = 0) -> Array:
    random = stream(seed, "hoof", name, kind)
    if name in ("stone", "wood", "puddle", "gravel"):
        pitch = random.uniform(620, 1050)
        clop = rung(pitch, ((1, 1, 0.010), (1.7, 0.5, 0.006), (0.25, 0.5, 0.02)), 0.12)
        return one(_sum(clop, 0.4 * noised(0.05, 0.006, 900, 5000, seed, f"hoof{kind}")))
    thud = 0.5 * _thump(random, 95, 0.014)
    dirt = noised(0.14, 0.025, 200, 2400, seed, f"turf{kind}", 0.004)
    return one(_sum(thud, 0.8 * dirt)) * np.float32(0.8)


@lru_cache(maxsize=64)
def paw(name: str, kind: int, seed: int = 0) -> Array:
    return step(name, kind, seed)[: int(0.12 * SAMPLE_RATE)] * np.float32(0.4)
