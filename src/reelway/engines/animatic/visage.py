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
from reelway.engines.animatic.features import Face, Marks, paint_face, relief
from reelway.engines.animatic.solid import Point, Relief

Array = npt.NDArray[Any]
HALF = 0.069  # of a head's height, in heights of a grown man
FINE = 13.0  # pixels a head unit from which the small parts are worth it
SLOPE = 6.0  # the steepest that a normal leans


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
Part = tuple[float, float, float, float, float, float, float]  # x y z, radii, melting


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
        balls.append(hair.ball(face))
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


def _parts(f: Face, says: Expression, fine: bool) -> list[Part]:
    """Centres and radii of what a head is grown from, and how softly."""
    drop = 0.09 * (says.mouth if says.jaw is None else says.jaw)
    wide, jaw, long = f.width, f.jaw, f.nose
    out: list[Part] = [
        (-0.14, 0.27, 0.0, 0.84, 0.73, 0.66 * wide, 0.0),
        (0.17, -0.10, 0.0, 0.50, 0.72, 0.555 * wide, 0.20),
        (0.13, -0.46 - 0.5 * drop, 0.0, 0.49, 0.45, 0.49 * jaw, 0.24),
        (0.24, -0.74 - drop, 0.0, 0.40, 0.25, 0.335 * jaw, 0.30),
        (0.27, -0.58 - 0.5 * drop, 0.0, 0.365, 0.30, 0.37, 0.30),
        (0.57, 0.00, 0.0, 0.12, 0.30, 0.100, 0.17),
        (0.62, -0.20, 0.0, 0.11 + 0.04 * long, 0.22, 0.085, 0.13),
        (0.70 + 0.05 * long, -0.335, 0.0, 0.120, 0.092, 0.095 + 0.02 * long, 0.09),
    ]
    if fine and _ears(f):
        for side in (1, -1):
            out.append((-0.08, -0.09, side * 0.655 * wide, 0.14, 0.235, 0.075, 0.03))
    return out


def _ears(f: Face) -> bool:
    """Whether the hair leaves the ears free."""
    return f.style not in ("long", "bangs", "bob", "afro")


def _grown(parts: list[Part], turn: Array, x: Array, y: Array, k: float) -> tuple[Array, Array]:
    """Cover and depth of ellipsoids that melt into each other; x is (1, w), y is (h, 1)."""
    deep = np.full((y.shape[0], x.shape[1]), -9.0, np.float32)
    best = np.full_like(deep, -1.0)
    for n, (px, py, pz, rx, ry, rz, soft) in enumerate(parts):
        m = turn @ np.array([px, py, pz], np.float32)
        radii = np.array([rx, ry, rz], np.float32)
        a = (turn * radii**-2) @ turn.T
        wide, tall = (float(np.sqrt(((turn[i] * radii) ** 2).sum())) * 1.15 + 0.05 for i in (0, 1))
        part = _within(x[0], m[0] - wide, m[0] + wide), _within(y[:, 0], m[1] - tall, m[1] + tall)
        cols, rows = part
        if n == 0:
            cols, rows = slice(None), slice(None)
        a33 = float(a[2, 2])
        b0, b1 = float(a[0, 2]) / a33, float(a[1, 2]) / a33
        m00 = float(a[0, 0]) - b0 * b0 * a33
        m01 = float(a[0, 1]) - b0 * b1 * a33
        m11 = float(a[1, 1]) - b1 * b1 * a33
        dx, dy = x[:, cols] - m[0], y[rows] - m[1]
        left = (1 - dx * (m00 * dx)) - dy * (m11 * dy) - (2 * m01 * dx) * dy
        front = np.sqrt(np.abs(left))
        front *= np.where(left > 0, np.float32(a33**-0.5), np.float32(-2.5 * a33**-0.5))
        front += m[2] - (b0 * dx + b1 * dy)
        left *= np.float32(0.5 * max(m00 * m11 - m01 * m01, 1e-6) ** -0.25)
        np.maximum(best[rows, cols], left, out=best[rows, cols])
        if n == 0:
            deep[:] = front
            continue
        at = deep[rows, cols]
        front -= at
        part_ = np.clip(front * np.float32(0.5 / soft) + 0.5, 0, 1)
        front *= part_
        front += np.float32(soft) * part_ * (1 - part_)
        at += front
    return np.clip(best * k + 0.5, 0, 1), deep


def _within(line: Array, low: float, high: float) -> slice:
    """The part of evenly spaced numbers, rising or falling, that lies between two."""
    there = np.flatnonzero((line >= low) & (line <= high))
    return slice(int(there[0]), int(there[-1]) + 1) if len(there) else slice(0, 0)


def slope(deep: Array, k: float) -> tuple[Array, Array]:
    """The normal's x and y of a depth that is known for each pixel."""
    dy, dx = np.gradient(deep)
    nx, ny = -dx * np.float32(k), dy * np.float32(k)
    np.clip(nx, -SLOPE, SLOPE, out=nx)
    np.clip(ny, -SLOPE, SLOPE, out=ny)
    norm = 1 / np.sqrt(1 + nx * nx + ny * ny)
    return nx * norm, ny * norm


def _drawn(face: Face, says: Expression, turn: Array, xs: Array, ys: Array, k: float) -> Array:
    x, y = xs[None, :].astype(np.float32), ys[:, None].astype(np.float32)
    cover, deep = _grown(_parts(face, says, k > FINE), turn, x, y, k)
    spot = [turn[0, i] * x + turn[1, i] * y + turn[2, i] * deep for i in range(3)]
    marks = Marks(spot, turn, float(xs[0]), float(ys[0]), k)
    deep = deep + relief(face, says, marks) * np.float32(max(0.30, float(turn[2, 0])))
    nx, ny = slope(deep, k)
    albedo, shine, dark = paint_face(face, says, marks)
    if not face.style:
        return np.stack([cover, *albedo, nx, ny, dark, shine])
    hx, hy, grown, tint, gloss, shade = hair.cap(face, turn, x, y, deep, cover, k)
    bare = 1 - grown
    return np.stack([
        np.maximum(cover, grown), *(albedo * bare + tint * grown), nx * bare + hx * grown,
        ny * bare + hy * grown, dark * bare * (1 - shade) + grown, shine * bare + gloss * grown,
    ])  # fmt: skip


__all__ = ["HALF", "REST", "Expression", "Face", "head", "replace", "rotation", "slope"]
