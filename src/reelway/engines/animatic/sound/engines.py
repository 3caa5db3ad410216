"""What drives by: its engine as it comes, passes and goes, heard where it is seen.

    ENGINES   what each kind sounds like from near, and how fast it is
    passing   along a way through the picture → (n, 2)

The pitch is that of something at its own speed, which a picture's way across the frame only hints
at: it is nearest when it crosses the middle of the frame (Doppler), and its side is the picture's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.sound.blocks import CONTROL, band, clock, mono, panned, smooth

Array = npt.NDArray[Any]
SOUND = 343.0  # metres a second
FULL = 0.10  # half frames a second at which something is as fast as it usually is
DEPTH = 9.0  # metres


@dataclass(frozen=True, kw_only=True)
class Engine:
    """`voice`: (turns, hertz at rest, seed) → (n,); turns of the engine at each sample."""

    speed: float  # metres a second
    turns: float  # a second
    voice: Callable[[Array, int], Array]
    loud: float = 1.0
    near: float = 6.0  # metres at which it passes, at least
    large: float = 1.6  # depth at which it is as loud as that


def _harmonics(turns: Array, levels: tuple[float, ...]) -> Array:
    out = np.zeros(len(turns), np.float32)
    for k, level in enumerate(levels, start=1):
        if level:
            wave = (turns * k % 1.0).astype(np.float32) * np.float32(2 * np.pi)
            out += np.float32(level) * np.sin(wave)
    return out


def _car(turns: Array, seed: int) -> Array:
    n = len(turns)
    engine = _harmonics(turns, (0.5, 1.0, 0.3, 0.7, 0.2, 0.4, 0.1, 0.2))
    return engine * np.float32(0.5) + mono(n, seed, "tyres", band(300, 2600, -0.5))


def _motorbike(turns: Array, seed: int) -> Array:
    """Its strokes can be told apart."""
    stroke = np.exp(-(turns % 1.0).astype(np.float32) * 5)
    growl = _harmonics(turns, (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.35, 0.3, 0.25))
    exhaust = mono(len(turns), seed, "exhaust", band(150, 2200, -0.5)) * np.float32(0.4)
    return np.asarray(growl * (0.35 + stroke) + exhaust * (0.3 + stroke), np.float32)


def _train(turns: Array, seed: int) -> Array:
    """Wheels over the joints of the rails, two and two."""
    n = len(turns)
    beat = turns % 1.0
    clack = sum(np.exp(-np.where(beat >= at, beat - at, 9.0) * 26) for at in (0.0, 0.16))
    rumble = mono(n, seed, "rails", band(45, 480, -0.5))
    steel = mono(n, seed, "steel", band(700, 4200, -0.4))
    return np.asarray(
        rumble * 0.9 + steel * (0.16 + 0.95 * np.asarray(clack, np.float32)), np.float32
    )


def _plane(turns: Array, seed: int) -> Array:
    roar = mono(len(turns), seed, "jet", band(60, 1500, -0.55))
    return roar + np.float32(0.12) * _harmonics(turns, (1.0, 0.5, 0.0, 0.3))


def _helicopter(turns: Array, seed: int) -> Array:
    chop = np.exp(-(turns % 1.0).astype(np.float32) * 6)
    blade = mono(len(turns), seed, "blades", band(40, 900, -0.6))
    whine = _harmonics(turns * 61, (0.10, 0.05))
    return blade * (0.15 + 1.6 * chop) + whine


def _motor(turns: Array, seed: int) -> Array:
    """A boat's, or a tractor's: slow strokes."""
    beat = (turns % 1.0).astype(np.float32)
    stroke = 1.3 * np.exp(-beat * 7) * (1 - np.exp(-beat * 50))
    body = mono(len(turns), seed, "motor", band(60, 900, -0.6))
    knock = np.float32(0.5) * _harmonics(turns, (0, 0, 0, 1, 0, 0.5))
    return np.asarray(body * (0.2 + 1.3 * stroke) + knock, np.float32)


def _sails(turns: Array, seed: int) -> Array:
    """A hull in the water, and its timber."""
    n = len(turns)
    wash = mono(n, seed, "wash", band(250, 2200, -0.7))
    now = np.clip((np.sin(turns * 2 * np.pi) - 0.94) * 20, 0, 1).astype(np.float32)
    timber = _harmonics(turns * 300, (0.5, 0.3, 0.2)) * now
    level = 0.6 + 0.4 * np.sin(2 * np.pi * turns)
    return np.asarray(wash * level.astype(np.float32) + np.float32(0.1) * timber, np.float32)


def _burner(turns: Array, seed: int) -> Array:
    """A balloon's: a flame every few seconds."""
    on = np.clip(np.sin(2 * np.pi * turns) * 4 - 1.5, 0, 1).astype(np.float32)
    return np.asarray(mono(len(turns), seed, "burner", band(120, 2400, -0.5)) * (0.06 + on))


def _ship(turns: Array, seed: int) -> Array:
    """In space nobody hears it; in films everybody does."""
    hum = _harmonics(turns, (1.0, 0.7, 0.5, 0.2, 0.3, 0.1))
    return hum + np.float32(0.7) * mono(len(turns), seed, "thrust", band(90, 1800, -0.5))


def _bicycle(turns: Array, seed: int) -> Array:
    click = np.exp(-(turns % 1.0).astype(np.float32) * 60)
    return np.asarray(mono(len(turns), seed, "chain", band(1500, 7000, -0.3)) * (0.05 + click))


ENGINES: dict[str, Engine] = {
    "car": Engine(speed=15, turns=38, voice=_car),
    "motorbike": Engine(speed=20, turns=62, voice=_motorbike, loud=1.2),
    "train": Engine(speed=24, turns=1.55, voice=_train, loud=1.5, near=9.0, large=3.4),
    "plane": Engine(speed=70, turns=260, voice=_plane, loud=1.3, near=60.0, large=6.0),
    "helicopter": Engine(speed=35, turns=11.5, voice=_helicopter, loud=1.3, near=35.0, large=6.0),
    "engine": Engine(speed=6, turns=9.0, voice=_motor, loud=0.5, large=2.3),
    "boat": Engine(speed=4, turns=0.42, voice=_sails, loud=0.4, large=2.3),
    "airship": Engine(speed=3, turns=0.27, voice=_burner, loud=0.6, near=20.0, large=6.0),
    "spaceship": Engine(speed=60, turns=47, voice=_ship, loud=1.2, near=30.0, large=6.0),
    "bicycle": Engine(speed=4, turns=14, voice=_bicycle, loud=0.30),
}


def passing(kind: str, side: Array, depth: Array, seed: int, level: float = 1.0) -> Array:
    """`side` and `depth` as often as a slow level; (n, 2) of that many control steps."""
    engine = ENGINES[kind]
    n = (len(side) - 1) * CONTROL
    t = clock(n)
    pace = np.gradient(side, t)
    mean = float(pace.mean())
    speed = engine.speed * np.sign(mean) * min(1.0, abs(mean) / FULL)
    middle = float(np.interp(0.0, side, t) if mean > 0 else np.interp(0.0, side[::-1], t[::-1]))
    if side.min() > 0 or side.max() < 0:  # it never gets there
        middle = float(t[np.abs(side).argmin()])
    aside = np.maximum(depth * DEPTH * 0.5, engine.near)  # metres from its way
    along = speed * (t - middle)
    far = np.hypot(along, aside)
    toward = -speed * along / np.maximum(far, 0.1)
    shift = smooth(SOUND / (SOUND - toward), n)
    start = float(stream(seed, "turns", kind).uniform(0, 1))
    turns = start + np.cumsum(shift.astype(np.float64) * (engine.turns / SAMPLE_RATE))
    gain = smooth(engine.loud * level * aside / far, n)
    voice = engine.voice(turns, seed)
    voice = voice / np.float32(max(float(np.sqrt(np.mean(voice * voice))), 1e-9))
    return panned(voice * gain, smooth(0.9 * np.clip(side, -1.1, 1.1), n))
