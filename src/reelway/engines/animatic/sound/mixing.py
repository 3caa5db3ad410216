"""The four stems become one track of −16 LUFS, whose true peaks stay under −1 dBTP.

Bed and effects have one natural scale: a place that leads, surf or a city, is at −16 LUFS by
itself, a room with nobody in it 14 LU and more below. Beside music they give way, and under speech
music does, too.

**What is quiet stays quiet.** With speech or music in it a film is brought to −16 LUFS. Without,
its sounds are raised by so many decibels at most (`LIFT`), fewer where a shot is in a quiet room
(`HUSHED`), and what happens a little more than what goes on: an empty library does not roar. Such a
film is below −16 LUFS by as much as its place is quieter than others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.sound.blocks import half_cosine
from reelway.engines.animatic.sound.loudness import integrated, limited
from reelway.engines.animatic.voicing import Track, ducking, spoken

Array = npt.NDArray[Any]

LOUDNESS = -16.0  # LUFS
CEILING = 10 ** (-1.8 / 20)  # AAC adds a little to it
NATURAL = 0.121  # RMS of each side of a bed of level 1: −16 LUFS
BED, MUSIC = -8.0, 0.0  # LU beside music: of bed and effects, and of music
LIFT, HUSHED = 10.0, 5.0  # dB by which what is quiet is raised at most
MORE = 4.0  # dB, and what happens in it
NEAR_ENOUGH = 0.25  # LU
FADE_IN, FADE_OUT = 0.12, 0.35  # seconds


def mixed(
    bed: Array, effects: Array, music: Array, tracks: Sequence[Track], hushed: bool = False
) -> Array:
    """(n, 2) float32. `bed` and `effects` are on one scale, where 1 is what leads; `hushed`: some
    of it is in a quiet room."""
    n = len(bed)
    for stem in (bed, effects, music):
        _faded(stem)
    tune = integrated(music)
    alone = tune == -math.inf and not tracks
    parts = (bed + effects) * np.float32(NATURAL)
    level = integrated(parts) if alone else None
    if level is not None and level < LOUDNESS:
        lift, most = LOUDNESS - level, HUSHED if hushed else LIFT
        parts += effects * np.float32(NATURAL * (_gain(min(most + MORE, lift)) - 1))
        parts += bed * np.float32(NATURAL * (_gain(min(most, lift)) - 1))
        level = None
    if tune > -math.inf:
        parts *= np.float32(_gain(BED))
        parts += music * np.float32(_gain(LOUDNESS + MUSIC - tune))
    if tracks:
        parts *= ducking(n, tracks).astype(np.float32)[:, None]
        voices = spoken(n, tracks).astype(np.float32)
        _faded(voices)
        parts += voices
    return _mastered(parts, level, raised=not alone)


def _gain(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def _faded(mix: Array) -> None:
    """In place, so that what is measured is what is heard."""
    n = len(mix)
    a, b = (min(int(s * SAMPLE_RATE), n // 2) for s in (FADE_IN, FADE_OUT))
    mix[:a] *= half_cosine(a)[:, None]
    mix[n - b :] *= half_cosine(b)[::-1, None]


def _mastered(mix: Array, level: float | None, raised: bool) -> Array:
    """At −16 LUFS; what is quieter is only raised where it may be. `level`: of the mix, if it is
    known."""
    for _ in range(3):  # what the limiter takes is given back
        level = integrated(mix) if level is None else level
        if level == -math.inf or abs(level - LOUDNESS) < NEAR_ENOUGH:
            break
        if level < LOUDNESS and not raised:
            break
        wanted = mix * np.float32(_gain(LOUDNESS - level))
        mix, level = limited(wanted, CEILING), None
        if mix is wanted:
            return mix
    return limited(mix, CEILING)
