"""Chance that repeats itself: seeded streams, and fractal noise over fixed lattices.

Every random number comes from `stream(seed, …names)`, and every table has a size that does not
depend on the picture's, so one seed is the same picture at every size.

    fbm       fractal noise on a regular grid, as two banded products per octave (`resample`)
    fbm_at    the same family at scattered points, by gathering
    ridged_at mountains: sharp crests, damped where the ground is steep
"""

from __future__ import annotations

import hashlib
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.resample import bspline, resample, taps

Array = npt.NDArray[Any]
LATTICE = 256  # cells of a noise lattice, along either side; it wraps


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """A random stream of its own for each (seed, names)."""
    text = "/".join(str(part) for part in (seed, *names))
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "little")))


_kept: dict[tuple[int, str], Array] = {}


def lattice(seed: int, name: str) -> Array:
    """A (256, 256) table of numbers in −1…1."""
    key = (seed, name)
    table = _kept.get(key)
    if table is None:  # two threads may make it at a time: it comes out the same
        table = stream(seed, "lattice", name).uniform(-1, 1, (LATTICE, LATTICE))
        table = table.astype(np.float32)
        if len(_kept) > 256:
            _kept.clear()
        _kept[key] = table
    return table


def fbm(
    seed: int, name: str, xs: Array, ys: Array, *, octaves: int = 5, gain: float = 0.5
) -> Array:
    """Fractal noise at the points of a grid, roughly −1…1, shape (len(ys), len(xs)).

    `xs` and `ys` rise; one unit is one cell of the coarsest octave.
    """
    total = np.zeros((len(ys), len(xs)), np.float32)
    weight, norm, scale = 1.0, 0.0, 1.0
    for octave in range(octaves):
        table = lattice(seed, f"{name}{octave}")
        px, py = np.asarray(xs) * scale, np.asarray(ys) * scale
        left, top = int(np.floor(px[0])) - 2, int(np.floor(py[0])) - 2
        cols = np.arange(left, int(np.floor(px[-1])) + 4) % LATTICE
        rows = np.arange(top, int(np.floor(py[-1])) + 4) % LATTICE
        part = table[np.ix_(rows, cols)]
        down, along = taps(py - top, len(rows), bspline), taps(px - left, len(cols), bspline)
        total += weight * resample(part, down, along)
        norm += weight * weight
        weight *= gain
        scale *= 2.03
    # A cubic spline over white noise has a third of its spread; bring it back to about ±1.
    return total * np.float32(1.9 / np.sqrt(norm))


def value_at(table: Array, x: Array, y: Array) -> Array:
    """Smooth noise of one lattice at scattered points."""
    fx, fy = np.floor(x), np.floor(y)
    i, j = fx.astype(np.int32), fy.astype(np.int32)
    u, v = x - fx, y - fy
    u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
    wrap = LATTICE - 1
    i0, i1 = i & wrap, (i + 1) & wrap
    j0, j1 = (j & wrap) * LATTICE, ((j + 1) & wrap) * LATTICE
    flat = table.ravel()
    a, b = flat.take(j0 + i0), flat.take(j1 + i0)
    top = a + (flat.take(j0 + i1) - a) * u
    low = b + (flat.take(j1 + i1) - b) * u
    return np.asarray(top + (low - top) * v, np.float32)


def fbm_at(
    seed: int, name: str, x: Array, y: Array, *, octaves: int = 5, gain: float = 0.5
) -> Array:
    """Fractal noise at scattered points, about −1…1."""
    total, weight = np.zeros(np.broadcast(x, y).shape, np.float32), 1.0
    for octave in range(octaves):
        scale = 2.03**octave
        # Turn each octave a little, or the lattice shows as a grid in the land.
        c, s = math.cos(octave * 0.7), math.sin(octave * 0.7)
        table = lattice(seed, f"{name}{octave}")
        total += weight * value_at(table, (x * c - y * s) * scale, (x * s + y * c) * scale)
        weight *= gain
    return total * np.float32(1.1)


def ridged_at(seed: int, name: str, x: Array, y: Array, *, octaves: int = 7) -> Array:
    """Mountain heights, about 0…1: crests where the noise changes sign."""
    total = np.zeros(np.broadcast(x, y).shape, np.float32)
    weight, damp = 1.0, np.ones_like(total)
    norm = 0.0
    for octave in range(octaves):
        scale = 2.03**octave
        c, s = math.cos(octave * 0.7), math.sin(octave * 0.7)
        table = lattice(seed, f"{name}{octave}")
        n = value_at(table, (x * c - y * s) * scale, (x * s + y * c) * scale)
        crest = (1 - np.abs(n) * 1.4) ** 2
        total += weight * crest * damp
        damp = np.clip(crest * 1.6 * damp, 0, 1)  # valleys stay smooth, crests get detail
        norm += weight
        weight *= 0.48
    return total / np.float32(norm)
