"""The music of a film."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.plan import ShotPlan
from reelway.engines.animatic.sound.ambience import envelope
from reelway.engines.animatic.sound.blocks import pad, place

Array = npt.NDArray[Any]

CHORDS = ((0, 3, 7, 10), (8, 12, 15, 19), (3, 7, 10, 14), (10, 14, 17, 21))  # semitones, minor
CHORD_SECONDS = 3.0


def music(n: int, seed: int) -> Array:
    """A slow pad of four chords, and a sparse felt-like note above."""
    random = stream(seed, "music")
    root = 110.0 * 2 ** (int(random.integers(-3, 4)) / 12)
    out = np.zeros((n, 2), np.float32)
    length = int(CHORD_SECONDS * SAMPLE_RATE)
    swell = np.sin(np.linspace(0, math.pi, int(length * 1.35))) ** 0.8
    for i, start in enumerate(range(0, n, length)):
        chord = CHORDS[i % len(CHORDS)]
        chord_pad = pad(len(swell), seed + i, tuple(root * 2 ** (s / 12) for s in chord))
        chord_pad *= swell[:, None]
        out[start : start + len(chord_pad)] += chord_pad[: n - start]
        t = np.arange(int(1.8 * SAMPLE_RATE)) / SAMPLE_RATE
        for beat in (0.75, 2.25):
            at = start + int(beat * SAMPLE_RATE)
            pitch = root * 4 * 2 ** (int(random.choice(chord)) / 12)
            note = np.exp(-t * 3) * (
                np.sin(2 * math.pi * pitch * t) + 0.2 * np.sin(4 * math.pi * pitch * t)
            )
            note *= np.minimum(t / 0.008, 1)
            if at < n:
                place(out, at, note * 0.5, random.uniform(-0.4, 0.4))
    return out


def score(shots: Sequence[ShotPlan], seed: int, n: int) -> Array:
    """(n, 2): the music of the shots that ask for it; any loudness."""
    gains = [
        1.0 if "music" in s.sounds and not {"music", "all"} & s.silenced else 0.0 for s in shots
    ]
    if not any(gains):
        return np.zeros((n, 2), np.float32)
    return music(n, seed) * envelope(shots, gains, n)[:, None]
