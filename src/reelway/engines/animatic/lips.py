"""How far a mouth is open while a line is said, by its sounds and their loudness.

espeak-ng names each sound when it begins (`speaker`): a vowel opens the mouth as far as it does
people's, m, b and p shut it, and so does a pause. What is murmured has no sounds: only loudness.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Sound = tuple[float, str]  # the second of its line where it begins, and espeak-ng's name for it

PAUSE = re.compile(r"[_|: ]*$")
SHUT = re.compile(r"[mpb]")
LIP = re.compile(r"[fvw]")  # at the teeth, or all but shut
# Vowels by their first letter, as espeak-ng's mnemonics have it (after Kirshenbaum).
OPEN = {
    "a": 1.0, "A": 1.0, "0": 0.85, "V": 0.8, "Q": 0.85, "3": 0.55, "E": 0.7, "O": 0.75, "@": 0.5,
    "e": 0.55, "o": 0.6, "I": 0.42, "i": 0.36, "U": 0.38, "u": 0.32, "y": 0.3, "Y": 0.4, "W": 0.45,
    "&": 0.8, "9": 0.55, "8": 0.5, "1": 0.4,
}  # fmt: skip
TEETH = 0.22  # any other sound
EASE = (0.25, 0.5, 0.25)  # a mouth has weight


def shape(name: str) -> float:
    """0…1: how far a sound opens the mouth."""
    bare = name.lstrip("',%=|")
    if PAUSE.match(bare) or SHUT.match(bare):
        return 0.0
    if LIP.match(bare):
        return 0.1
    glide = bare.startswith("j") and len(bare) > 1 and bare[1] in OPEN
    return OPEN.get(bare[1] if glide else bare[0], TEETH)


def opened(sounds: Sequence[Sound], loud: Array, rate: float) -> Array:
    """0…1 for each of the frames whose loudness (0…1) is `loud`, `rate` frames a second."""
    count = len(loud)
    if not sounds or not count:
        return loud
    fine = 8  # steps a frame: a p is shorter than one
    at = (np.arange(count * fine) + 0.5) / (fine * rate)
    starts = np.array([begin for begin, _ in sounds])
    shapes = np.array([0.0, *(shape(name) for _, name in sounds)])
    now = shapes[np.searchsorted(starts, at, side="right")].reshape(count, fine)
    shut = np.array([True, *(shape(name) == 0.0 for _, name in sounds)])
    closed = shut[np.searchsorted(starts, at, side="right")].reshape(count, fine).mean(axis=1)
    mouth = now.mean(axis=1) * (0.45 + 0.55 * loud)
    soft = np.convolve(np.pad(mouth, 1), EASE, "valid")
    # Shut is shut, whatever stands before and after it.
    return np.asarray(np.where(closed > 0.5, np.minimum(soft, mouth), soft))
