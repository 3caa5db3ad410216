"""The four stems become one track.

Beside speech, music and ambience give way. The whole is brought to −16 LUFS, where there is more
to hear than a quiet room, and no true peak passes −1.5 dBTP: AAC may add a little to it.
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
CEILING = 10 ** (-1.5 / 20)
# Of the stems, in LU under speech, or under the loudest of them where nobody speaks.
BED, MUSIC = -8.0, -7.0
QUIET = 0.35  # a bed whose layers are all below this is as quiet as they say
FADE_IN, FADE_OUT = 0.15, 0.35  # seconds


def mixed(bed: Array, effects: Array, music: Array, tracks: Sequence[Track]) -> Array:
    """(n, 2) float32. `bed` and `effects` are on one scale, where 1 is what leads."""
    n = len(bed)
    scenic = bed + effects
    level = integrated(scenic)
    lead = min(1.0, _rms(scenic))
    parts = np.zeros((n, 2), np.float32)
    if level > -math.inf:
        gain = LOUDNESS + (20 * math.log10(max(lead, 0.05)) if lead < QUIET else 0.0) - level
        parts += scenic * np.float32(10 ** (gain / 20))
    tune = integrated(music)
    if tune > -math.inf:
        under = 10 ** (BED / 20) if level > -math.inf else 1.0
        parts *= np.float32(under)
        parts += music * np.float32(10 ** ((LOUDNESS - tune) / 20))
    if tracks:
        parts *= ducking(n, tracks)[:, None].astype(np.float32)
        parts += spoken(n, tracks).astype(np.float32)
    return _mastered(parts, lead if not tracks and tune == -math.inf else 1.0)


def _mastered(mix: Array, lead: float) -> Array:
    n = len(mix)
    a, b = int(FADE_IN * SAMPLE_RATE), int(FADE_OUT * SAMPLE_RATE)
    mix[:a] *= half_cosine(a)[:, None]
    mix[n - b :] *= half_cosine(b)[::-1, None]
    if lead < QUIET:
        return limited(mix, CEILING)
    for _ in range(3):  # what the limiter takes is given back
        level = integrated(mix)
        if level == -math.inf or abs(level - LOUDNESS) < 0.2:
            break
        mix = limited(mix * np.float32(10 ** ((LOUDNESS - level) / 20)), CEILING)
    return np.asarray(mix, np.float32)


def _rms(sound: Array) -> float:
    return float(np.sqrt(np.mean(np.square(sound), dtype=np.float64)))
