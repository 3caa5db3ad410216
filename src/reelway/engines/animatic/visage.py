"""Heads with faces: a skull grown together from ellipsoids, and what is painted on it.

    Face         who it is: colours, proportions, hair
    Expression   what it does: mouth, lids, gaze, brows
    head         both, at a heading → a `Relief` to be painted among the other solids

A head has its own space: x ahead, y up, z to its right, the chin at y = −1 and the crown at 1. The
front of every ellipsoid is known for each pixel; where two meet they melt into each other, and the
normals are the slope of what comes out. So one head is right from every side. Eyes, brows, lips and
hair are laid on by where a pixel is on the head, not in the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import hair
from reelway.engines.animatic.features import Face, numbers
from reelway.engines.animatic.kernels import kernels
from reelway.engines.animatic.solid import Point, Relief

Array = npt.NDArray[Any]
HALF = 0.069  # of a head's height, in heights of a grown man


@dataclass(frozen=True, kw_only=True)
class Expression:
    """0 is at rest. `mouth` 0…1 open; `smile`, `brow`, `slope` −1…1; `lids` 0 shut, 1 open."""

    mouth: float = 0.0
    smile: float = 0.0
    brow: float = 0.0  # raised
    slope: float = 0.0  # above 0 angry, below 0 sad
    lids: float = 1.0
    gaze: tuple[float, float] = (0.0, 0.0)  # to its right, up; −1…1
    tears: float = 0.0
    jaw: float | None = None  # how far it drops; with the mouth, if nothing is said


REST = Expression()


def head(
    face: Face, says: Expression, at: Point, size: float, heading: float, bow: float,
    tilt: float = 0.0, lift: float = 0.0,
) -> Relief:  # fmt: skip
    """`bow`: forward, `tilt`: to the picture's right."""
    turn = rotation(heading, bow, tilt)
    reach = _reach(face, turn)
    return Relief(at=at, by=size * HALF, reach=reach, lift=lift,
                  draw=partial(_drawn, face, says, turn),
                  same=(id(face), says, turn.tobytes()))  # fmt: skip


def _reach(face: Face, turn: Array) -> tuple[float, float, float, float]:
    """left, right, low, high of the head with its hair."""
    balls = [((0.08, -0.08, 0.0), (0.90, 1.02, 0.76))]
    if face.style:
        balls.append(hair.ball(face.style))
    low, high = [9.0, 9.0], [-9.0, -9.0]
    for middle, radii in balls:
        m = turn @ np.array(middle, np.float32)
        for i in (0, 1):
            far = float(np.sqrt(((turn[i] * np.array(radii)) ** 2).sum())) + 0.12
            low[i], high[i] = min(low[i], float(m[i]) - far), max(high[i], float(m[i]) + far)
    return low[0], high[0], low[1], high[1]


def rotation(heading: float, bow: float, tilt: float) -> Array:
    """From the head's space to the eye's."""
    c, s = math.cos(bow), math.sin(bow)
    nod = np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
    c, s = math.cos(heading), math.sin(heading)
    turn = np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])
    c, s = math.cos(tilt), math.sin(tilt)
    lean = np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
    return np.asarray((lean @ turn @ nod).astype(np.float32))


def _drawn(face: Face, says: Expression, turn: Array, xs: Array, ys: Array, k: float) -> Array:
    x, y = (np.asarray(line, np.float32) for line in (xs, ys))
    return kernels().head(numbers(face, says), turn, x, y, k)


__all__ = ["HALF", "REST", "Expression", "Face", "head", "replace", "rotation"]
