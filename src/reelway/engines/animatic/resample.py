"""Moving and scaling a plane of a picture to a fraction of a pixel, by two matrix products.

Each axis of the picture is a banded matrix of filter weights. Cut into short blocks of outputs the
band is dense, and the processor's matrix product runs it far faster than any gathering of pixels:
about 2 ms for a 720p plane, whatever the scale. A pan, a zoom and noise on a grid are one code.

    tent       linear interpolation; widens by itself where the picture shrinks
    bspline    cubic, smooth: for noise lattices and soft textures
    taps       the band of one axis; planes that are looked at alike share theirs
    resample   a plane through the taps of its rows and of its columns
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Kernel = Callable[[Array], Array]
BLOCK = 32  # outputs of one product: the band is as wide again, so longer ones mostly add zeros


def tent(d: Array) -> Array:
    return np.asarray(np.maximum(0, 1 - np.abs(d)))


def bspline(d: Array) -> Array:
    d = np.abs(d)
    wide, thin = np.maximum(2 - d, 0), np.maximum(1 - d, 0)
    return np.asarray((wide * wide * wide - 4 * thin * thin * thin) / 6)


@dataclass(frozen=True)
class Taps:
    """One axis of a resampling: for each block of outputs the band of its matrix."""

    count: int  # outputs
    blocks: tuple[tuple[int, int, int, Array], ...]
    # of each: first output, first input, past the last input, weights (inputs, outputs)


def taps(at: Array, size: int, kernel: Kernel = tent) -> Taps:
    """The taps for positions `at` (rising) on an axis of `size` pixels."""
    step = float(at[-1] - at[0]) / (len(at) - 1) if len(at) > 1 else 1.0
    stretch = max(1.0, step)  # shrinking: average what falls together
    reach = (1 if kernel is tent else 2) * stretch
    blocks = []
    for first in range(0, len(at), BLOCK):
        p = np.asarray(at[first : first + BLOCK], np.float64)
        low, high = math.floor(p[0] - reach) + 1, math.ceil(p[-1] + reach)
        # Relative to the block, 32 bits are fine enough.
        near = (np.arange(high - low)[:, None] - (p - low)[None, :]).astype(np.float32)
        weights = kernel(near / np.float32(stretch))
        if stretch > 1:  # a stretched tent does not quite add up to 1 by itself
            weights /= weights.sum(axis=0)
        lo, hi = min(max(low, 0), size), max(min(high, size), 0)
        hi = max(hi, lo)
        blocks.append((first, lo, hi, weights[lo - low : hi - low]))
    return Taps(len(at), tuple(blocks))


def resample(plane: Array, rows: Taps, cols: Taps) -> Array:
    """The plane at rows × columns, float32. Outside the plane everything is 0, so that the edges
    of cut-outs fade within a pixel."""
    # Only the columns that are looked at at all take part in the first product.
    left = min((lo for _, lo, hi, _ in cols.blocks if hi > lo), default=0)
    right = max((hi for _, lo, hi, _ in cols.blocks if hi > lo), default=0)
    part = plane[:, left:right]
    middle = np.empty((rows.count, right - left), np.float32)
    for at, lo, hi, weights in rows.blocks:
        block = part[lo:hi].astype(np.float32, copy=False)
        np.matmul(weights.T, block, out=middle[at : at + weights.shape[1]])
    out = np.empty((rows.count, cols.count), np.float32)
    for at, lo, hi, weights in cols.blocks:
        to = out[:, at : at + weights.shape[1]]
        if lo == hi:
            to[...] = 0
        else:
            np.matmul(middle[:, lo - left : hi - left], weights, out=to)
    return out
