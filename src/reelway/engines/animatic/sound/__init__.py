"""The sound of a film, for as long as its pictures.

    ambience  what the place sounds like ─┐
    effects   what happens in the picture ├─► mixing ─► one loudness, no peak too high
    music     by mood and style words     │             (loudness)
    speech    the lines, made elsewhere ──┘

Where and when something is heard follows from the picture itself (`hearing`). Samples are float32
(n, 2) at 48 kHz. Equal requests have equal sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.hearing import Heard
from reelway.engines.animatic.plan import ShotPlan
from reelway.engines.animatic.sound import ambience, effects, mixing, music
from reelway.engines.animatic.speech import Speech
from reelway.request import FRAME_RATE

Array = npt.NDArray[Any]


def soundtrack(
    shots: Sequence[ShotPlan],
    seed: int,
    speech: Speech | None = None,
    heard: Sequence[Heard] | None = None,
) -> Array:
    """All samples of the film. `heard`: of each shot's picture."""
    n = sum(s.frames for s in shots) * SAMPLE_RATE // FRAME_RATE
    return mixing.mixed(
        ambience.bed(shots, seed, n, heard),
        effects.effects(shots, seed, n, heard),
        music.score(shots, seed, n),
        speech.tracks() if speech else [],
        hushed=any(ambience.quiet(s) for s in shots),
    )
