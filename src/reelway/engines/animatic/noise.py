"""Chance that repeats itself: seeded streams, and fractal noise over fixed lattices.

Every random number comes from `stream(seed, …names)`, and every table has a size that does not
depend on the picture's, so one seed is the same picture at every size.

    fbm       fractal noise on a regular grid, as two banded products per octave (`resample`)
    fbm_at    the same family at scattered points, by gathering
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels import kernels

Array = npt.NDArray[Any]
LATTICE = 256  # cells of a noise lattice, along either side; it wraps


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """A random stream of its own for each (seed, names)."""
    text = "/".join(str(part) for part in (seed, *names))
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "little")))


@lru_cache(maxsize=32)
def lattices(seed: int, name: str, octaves: int) -> Array:
    """For each octave a (256, 256) table of numbers in −1…1."""
    shape = LATTICE, LATTICE
    tables = [
        stream(seed, "lattice", f"{name}{octave}").uniform(-1, 1, shape)
        for octave in range(octaves)
    ]
    return np.stack(tables).astype(np.float32)


def fbm(
    seed: int, name: str, xs: Array, ys: Array, *, octaves: int = 5, gain: float = 0.5
) -> Array:
    """Fractal noise at the points of a grid, roughly −1…1, shape (len(ys), len(xs)).

    `xs` and `ys` rise; one unit is one cell of the coarsest octave.
    """
    norm = sum(gain ** (2 * octave) for octave in range(octaves))
    total = kernels().fractal_grid(lattices(seed, name, octaves), xs, ys, gain)
    # A cubic spline over white noise has a third of its spread; bring it back to about ±1.
    total *= np.float32(1.9 / np.sqrt(norm))
    return total


def fbm_at(
    seed: int, name: str, x: Array, y: Array, *, octaves: int = 5, gain: float = 0.5
) -> Array:
    """Fractal noise at scattered points, about −1…1."""
    total = kernels().fractal(lattices(seed, name, octaves), x, y, gain)
    return np.asarray(total * np.float32(1.1), np.float32)
