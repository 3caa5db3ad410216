"""Moving and scaling a plane of a picture to a fraction of a pixel, by two matrix products.

Each axis of the picture is a banded matrix of filter weights. Cut into short blocks of outputs the
band is dense, and the processor's matrix product runs it far faster than any gathering of pixels:
about 2 ms for a 720p plane, whatever the scale. A pan, a zoom and noise on a grid are one code.

    tent       linear interpolation; widens by itself where the picture shrinks
    bspline    cubic, smooth: for noise lattices and soft textures
    taps       the band of one axis; planes that are looked at alike share theirs
    spread     the same for the compiled kernels, tap by tap
    resample   a plane through the taps of its rows and of its columns
    box_blur   the mean of what is near, by running sums
    scratch    memory that is used again and again
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Kernel = Callable[[Array], Array]
LOOSE = 1.12  # a step up to which nothing is averaged: it would only cost sharpness and time
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
    count = len(at)
    step = float(at[-1] - at[0]) / (count - 1) if count > 1 else 1.0
    stretch = step if step > LOOSE else 1.0  # shrinking: average what falls together
    reach = (1 if kernel is tent else 2) * stretch
    # The last block is filled up with positions that nobody asks for.
    more = -count % BLOCK
    beyond = at[-1] + step * np.arange(1, more + 1)
    p = np.concatenate([at, beyond]).astype(np.float64).reshape(-1, BLOCK)
    low = np.floor(p[:, 0] - reach).astype(np.int64) + 1
    long = int(np.max(np.ceil(p[:, -1] + reach).astype(np.int64) - low))
    # Relative to the block, 32 bits are fine enough.
    near = (p - low[:, None]).astype(np.float32)
    weights = kernel((np.arange(long, dtype=np.float32)[:, None] - near[:, None]) / stretch)
    weights = weights.astype(np.float32, copy=False)
    if stretch > 1:  # a stretched tent does not quite add up to 1 by itself
        weights /= weights.sum(axis=1, keepdims=True)
    blocks = []
    for k, first in enumerate(low.tolist()):
        lo = min(max(first, 0), size)
        hi = max(min(first + long, size), lo)
        outputs = min(BLOCK, count - k * BLOCK)
        blocks.append((k * BLOCK, lo, hi, weights[k, lo - first : hi - first, :outputs]))
    return Taps(count, tuple(blocks))


def spread(at: Array, kernel: Kernel) -> tuple[Array, Array]:
    """The same as plain numbers: for each position the first input, and weights (outputs, taps)."""
    step = float(at[-1] - at[0]) / (len(at) - 1) if len(at) > 1 else 1.0
    stretch = step if step > LOOSE else 1.0
    reach = (1 if kernel is tent else 2) * stretch
    p = at.astype(np.float64)
    low = np.floor(p - reach).astype(np.int64) + 1
    near = (p - low).astype(np.float32)[:, None]
    long = int(np.max(np.ceil(p + reach).astype(np.int64) - low))
    weights = kernel((np.arange(long, dtype=np.float32) - near) / np.float32(stretch))
    weights = weights.astype(np.float32, copy=False)
    if stretch > 1:
        weights /= weights.sum(axis=1, keepdims=True)
    return low, weights


def between(count: int, size: int) -> tuple[Array, Array]:
    """For each of `count` outputs that fill an axis of `size` pixels: the pixel before it, and how
    far on it lies."""
    at = np.clip((np.arange(count) + 0.5) * size / count - 0.5, 0, size - 1)
    low = np.floor(at).astype(np.int64)
    return low, (at - low).astype(np.float32)


_kept = threading.local()


def scratch(name: str, shape: tuple[int, ...]) -> Array:
    """An array that this thread has had before: a frame's worth of fresh memory costs more than
    what is computed in it. It holds until the next call with that name."""
    key = name, shape
    rooms: dict[tuple[str, tuple[int, ...]], Array] = _kept.__dict__.setdefault("rooms", {})
    if key not in rooms:
        for old in [k for k in rooms if k[0] == name and k[1] != shape]:
            del rooms[old]
        rooms[key] = np.empty(shape, np.float32)
    return rooms[key]


def resample(plane: Array, rows: Taps, cols: Taps, out: Array | None = None) -> Array:
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
    if out is None:
        out = np.empty((rows.count, cols.count), np.float32)
    for at, lo, hi, weights in cols.blocks:
        to = out[:, at : at + weights.shape[1]]
        if lo == hi:
            to[...] = 0
        else:
            np.matmul(middle[:, lo - left : hi - left], weights, out=to)
    return out


def box_blur(plane: Array, by: int) -> Array:
    """The mean of the rows and columns up to `by` away, (h, w, …); beyond the border is nothing."""
    for axis in (0, 1):
        count = plane.shape[axis]
        sums = np.cumsum(plane, axis=axis, dtype=np.float64)
        sums = np.concatenate([np.zeros_like(np.take(sums, [0], axis)), sums], axis=axis)
        high = np.minimum(np.arange(count) + by + 1, count)
        low = np.maximum(np.arange(count) - by, 0)
        plane = (np.take(sums, high, axis) - np.take(sums, low, axis)) / (2 * by + 1)
    return np.asarray(plane, np.float32)
