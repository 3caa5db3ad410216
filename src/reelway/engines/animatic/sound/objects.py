"""Sounds of things, each one time: (random, seed) → (n,), loudest about 1.

OBJECTS   bells, horns, clocks, doors, bangs; by name
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.sound.blocks import band, fall, mono, tone
from reelway.engines.animatic.sound.crowds import clap as clapped

Array = npt.NDArray[Any]
Random = np.random.Generator


def one(sound: Array) -> Array:
    return np.asarray(sound / max(float(np.abs(sound).max()), 1e-9), np.float32)


def rung(pitch: float, partials: Sequence[tuple[float, float, float]], seconds: float) -> Array:
    """Something struck: partials as (ratio, level, seconds to a half)."""
    out = np.zeros(int(seconds * SAMPLE_RATE), np.float32)
    for ratio, level, halving in partials:
        out += tone(pitch * ratio, seconds) * fall(seconds, halving) * np.float32(level)
    return one(out)


def noised(seconds: float, halving: float, low: float, high: float, seed: int, name: str,
           rise: float = 0.001, tilt: float = -0.3) -> Array:  # fmt: skip
    level = fall(seconds, halving, rise)
    return np.asarray(mono(len(level), seed, name, band(low, high, tilt)) * level * np.float32(0.3))


BELL = ((0.5, 0.6, 1.6), (1.0, 0.9, 1.0), (1.19, 0.5, 0.8), (1.5, 0.35, 0.5), (2.0, 0.6, 0.5),
        (2.66, 0.3, 0.22), (4.1, 0.2, 0.1))  # fmt: skip
TEMPLE = ((1.0, 1.0, 1.8), (1.98, 0.5, 0.9), (2.42, 0.3, 0.5), (3.2, 0.25, 0.25), (5.1, 0.2, 0.1))
BOWL = ((1.0, 1.0, 2.4), (1.004, 0.7, 2.4), (2.71, 0.5, 1.3), (5.15, 0.2, 0.5))


def _bell(random: Random, seed: int) -> Array:
    return rung(random.uniform(270, 340), BELL, 4.0)


def _temple(random: Random, seed: int) -> Array:
    deep = rung(random.uniform(105, 135), TEMPLE, 4.5)
    deep[: int(0.1 * SAMPLE_RATE)] += 0.3 * noised(0.1, 0.02, 80, 600, seed, "log")
    return one(deep)


def _bowl(random: Random, seed: int) -> Array:
    return rung(random.uniform(380, 460), BOWL, 4.5)


def _chime(random: Random, seed: int) -> Array:
    out = np.zeros(int(2.6 * SAMPLE_RATE), np.float32)
    for k, pitch in enumerate(random.permutation((1046, 1175, 1397, 1568, 1760))[:4]):
        at = int(random.uniform(0.1, 1.2) * (k > 0) * SAMPLE_RATE)
        tube = rung(float(pitch), ((1, 1, 0.35), (2.76, 0.5, 0.12), (5.4, 0.25, 0.05)), 1.4)
        out[at : at + len(tube)] += tube * np.float32(random.uniform(0.3, 0.9))
    return one(out)


def _tick(random: Random, seed: int) -> Array:
    high = 1.0 if random.random() < 0.5 else 0.82
    click = rung(2300 * high, ((1, 1, 0.004), (1.7, 0.6, 0.003), (0.31, 0.5, 0.012)), 0.06)
    return click


def _door(random: Random, seed: int) -> Array:
    """A creak, the latch, and the leaf against the frame."""
    creak = _creak(random, seed)[: int(0.7 * SAMPLE_RATE)] * np.float32(0.35)
    out = np.zeros(int(1.5 * SAMPLE_RATE), np.float32)
    out[: len(creak)] += creak
    at = int(0.85 * SAMPLE_RATE)
    thud = rung(86, ((1, 1, 0.05), (1.9, 0.6, 0.03), (3.3, 0.3, 0.02)), 0.4)
    out[at : at + len(thud)] += thud
    rush = noised(0.2, 0.03, 200, 2500, seed, "leaf")
    out[at : at + len(rush)] += rush
    late = at + int(0.07 * SAMPLE_RATE)
    latch = rung(1900, ((1, 1, 0.006), (1.6, 0.7, 0.004)), 0.05) * np.float32(0.4)
    out[late : late + len(latch)] += latch
    return one(out)


def _creak(random: Random, seed: int) -> Array:
    """Wood that sticks and slips."""
    seconds = random.uniform(0.7, 1.1)
    n = int(seconds * SAMPLE_RATE)
    u = np.linspace(0, 1, n)
    rate = random.uniform(55, 80) * (0.8 + 0.7 * np.sin(np.pi * u) + 0.1 * np.sin(21 * u))
    slip = np.exp(-(np.cumsum(rate) / SAMPLE_RATE % 1.0) * 7)
    wood = tone(random.uniform(520, 700) * (1 + 0.2 * u)) + 0.6 * tone(1450 * (1 + 0.15 * u))
    return one(wood * slip * np.sin(np.pi * u) ** 0.6)


def _knock(random: Random, seed: int) -> Array:
    out = np.zeros(int(0.9 * SAMPLE_RATE), np.float32)
    for k in range(3):
        pitch = random.uniform(170, 200)
        hit = rung(pitch, ((1, 1, 0.02), (2.3, 0.6, 0.012), (5, 0.3, 0.004)), 0.2)
        at = int((0.21 * k + random.uniform(0, 0.01)) * SAMPLE_RATE)
        out[at : at + len(hit)] += hit * np.float32(random.uniform(0.75, 1))
    return one(out)


def _phone(random: Random, seed: int) -> Array:
    """Two gongs and a clapper."""
    t = np.arange(int(1.6 * SAMPLE_RATE)) / SAMPLE_RATE
    beat = np.exp(-((t * 22) % 1.0) * 2.0)
    ring = tone(1180, 1.6) + tone(1490, 1.6) + 0.4 * tone(3100, 1.6)
    return one(ring * beat * np.clip((1.3 - t) / 0.25, 0, 1) * np.minimum(t / 0.01, 1))


def _alarm(random: Random, seed: int) -> Array:
    t = np.arange(int(1.9 * SAMPLE_RATE)) / SAMPLE_RATE
    on = np.clip(np.sin(2 * np.pi * t * 2.1) * 12, 0, 1)
    return one((tone(880, 1.9) + 0.4 * tone(2640, 1.9)) * on)


def _siren(random: Random, seed: int) -> Array:
    t = np.arange(int(4.2 * SAMPLE_RATE)) / SAMPLE_RATE
    pitch = 900 + 380 * np.sin(2 * np.pi * t / 1.9 - 1.2)
    wail = sum(tone(pitch * k) / k**1.3 for k in (1, 2, 3, 4))
    return one(np.asarray(wail) * np.sin(np.pi * t / 4.2) ** 0.7)


def _horn(random: Random, seed: int) -> Array:
    pitch, seconds = random.uniform(370, 430), random.uniform(0.22, 0.6)
    level = np.minimum(fall(seconds, 9.0, 0.015), 1)
    blare = sum(tone(pitch * r * k, seconds) * (0.72**k) for r in (1, 1.26) for k in range(1, 7))
    return one(np.asarray(blare) * level)


def _foghorn(random: Random, seed: int) -> Array:
    pitch, seconds = random.uniform(82, 98), 2.6
    u = np.linspace(0, 1, int(seconds * SAMPLE_RATE))
    blow = sum(tone(pitch * k, seconds) * 0.74**k for k in range(1, 9))
    return one(np.asarray(blow) * np.clip(u / 0.08, 0, 1) * np.clip((1 - u) / 0.3, 0, 1))


def _whistle(random: Random, seed: int) -> Array:
    """Of a steam engine: a chord, with its breath."""
    seconds = 1.7
    u = np.linspace(0, 1, int(seconds * SAMPLE_RATE))
    bend = 1 - 0.05 * np.exp(-u * 25) - 0.04 * np.clip((u - 0.8) / 0.2, 0, 1)
    chord = sum(tone(p * bend) for p in (466, 554, 698, 932))
    breath = mono(len(u), seed, "steam", band(500, 5000, -0.3))
    level = np.clip(u / 0.04, 0, 1) * np.clip((1 - u) / 0.2, 0, 1)
    return one((np.asarray(chord) + 0.5 * breath) * level)


def _explosion(random: Random, seed: int) -> Array:
    boom = noised(3.0, 0.38, 24, 260, seed, "boom", 0.004, -0.5) * np.float32(2.4)
    crack = noised(0.6, 0.05, 300, 6000, seed, "crack")
    boom[: len(crack)] += crack
    debris = noised(2.2, 0.30, 900, 5000, seed, "debris", 0.3) * np.float32(0.25)
    boom[int(0.3 * SAMPLE_RATE) :][: len(debris)] += debris
    return one(boom)


def _gunshot(random: Random, seed: int) -> Array:
    shot = noised(1.1, 0.14, 90, 900, seed, "shot", 0.0004)
    crack = noised(0.12, 0.008, 600, 9000, seed, "crack", 0.0002) * np.float32(3)
    shot[: len(crack)] += crack
    return one(shot)


def _firework(random: Random, seed: int) -> Array:
    """It whistles up, bursts, and crackles."""
    rise = tone(np.linspace(1500, 2900, int(0.7 * SAMPLE_RATE)))
    rise = rise * np.sin(np.linspace(0, np.pi, len(rise))) * np.float32(0.10)
    out = np.zeros(int(2.6 * SAMPLE_RATE), np.float32)
    out[: len(rise)] += rise
    at = int(0.78 * SAMPLE_RATE)
    boom = _gunshot(random, seed)
    out[at : at + len(boom)] += boom
    for _ in range(45):
        late = at + int((0.25 + random.exponential(0.35)) * SAMPLE_RATE)
        snap = noised(0.012, 0.002, 2500, 12_000, seed, "snap")
        snap = snap * np.float32(random.uniform(0.2, 0.6))
        if late + len(snap) < len(out):
            out[late : late + len(snap)] += snap
    return one(out)


def _glass(random: Random, seed: int) -> Array:
    out = noised(1.4, 0.03, 2500, 13_000, seed, "pane", 0.0004)
    for _ in range(26):
        at = int(random.exponential(0.16) * SAMPLE_RATE)
        shard = rung(random.uniform(2600, 7800), ((1, 1, 0.03), (1.53, 0.6, 0.02)), 0.16)
        if at + len(shard) < len(out):
            out[at : at + len(shard)] += shard * np.float32(random.uniform(0.05, 0.4))
    return one(out)


def _clang(random: Random, seed: int) -> Array:
    steel = rung(random.uniform(900, 1300), ((1, 0.6, 0.12), (1.61, 0.8, 0.09), (2.37, 1, 0.07),
                                             (3.9, 0.7, 0.04), (5.6, 0.5, 0.02)), 0.9)  # fmt: skip
    return steel


def _heartbeat(random: Random, seed: int) -> Array:
    out = np.zeros(int(0.5 * SAMPLE_RATE), np.float32)
    for at, loud in ((0.0, 1.0), (0.2, 0.7)):
        beat = rung(52, ((1, 1, 0.03), (1.7, 0.6, 0.02)), 0.25) * np.float32(loud)
        i = int(at * SAMPLE_RATE)
        out[i : i + len(beat)] += beat
    return one(out)


def _drip(random: Random, seed: int) -> Array:
    n = int(0.16 * SAMPLE_RATE)
    pitch = random.uniform(800, 1500) * np.linspace(1, 1.7, n)
    return one(tone(pitch) * fall(0.16, 0.022, 0.002)[:n])


def _splash(random: Random, seed: int) -> Array:
    out = noised(0.9, 0.10, 350, 7500, seed, "splash", 0.02)
    for _ in range(9):
        at, drop = int(random.uniform(0.08, 0.6) * SAMPLE_RATE), _drip(random, seed)
        drop = drop[: len(out) - at]
        out[at : at + len(drop)] += drop * np.float32(random.uniform(0.03, 0.10))
    return one(out)


def _bubbles(random: Random, seed: int) -> Array:
    out = np.zeros(int(1.0 * SAMPLE_RATE), np.float32)
    for k in range(9):
        at = int((0.08 * k + random.uniform(0, 0.05)) * SAMPLE_RATE)
        n = int(0.06 * SAMPLE_RATE)
        blip = tone(random.uniform(350, 800) * np.linspace(1, 1.6, n))
        blip = blip * fall(0.06, 0.015, 0.004)[:n]
        out[at : at + n] += blip * np.float32(random.uniform(0.4, 1))
    return one(out)


def _key(random: Random, seed: int) -> Array:
    """Of a keyboard: down, and softer up."""
    pick = int(random.integers(6))
    down = noised(0.05, 0.006, 1400, 6500, seed, f"key{pick}", 0.0004)
    down += rung(random.uniform(240, 330), ((1, 0.5, 0.008),), 0.05)[: len(down)] * np.float32(0.3)
    return one(down)


def _clap(random: Random, seed: int) -> Array:
    return one(clapped(seed, int(random.integers(8))))


def _blow(random: Random, seed: int) -> Array:
    """The rush of an arm, and what it meets."""
    out = np.zeros(int(0.4 * SAMPLE_RATE), np.float32)
    rush = noised(0.16, 0.06, 350, 1800, seed, "rush", 0.08) * np.float32(0.5)
    out[: len(rush)] += rush
    at = int(0.02 * SAMPLE_RATE)
    hit = rung(95, ((1, 1, 0.025), (1.8, 0.5, 0.015)), 0.3)
    out[at : at + len(hit)] += hit[: len(out) - at]
    return one(out)


OBJECTS: dict[str, Callable[[Random, int], Array]] = {
    "bell": _bell, "temple": _temple, "bowl": _bowl, "chime": _chime, "clock": _tick,
    "door": _door, "creak": _creak, "knock": _knock, "phone": _phone, "alarm": _alarm,
    "siren": _siren, "horn": _horn, "foghorn": _foghorn, "whistle": _whistle,
    "explosion": _explosion, "gunshot": _gunshot, "fireworks": _firework, "glass": _glass,
    "clang": _clang, "heartbeat": _heartbeat, "drip": _drip, "splash": _splash,
    "plunge": _splash, "bubbles": _bubbles, "key": _key, "clap": _clap, "blow": _blow,
}  # fmt: skip
