"""Compiled: one axis of a resampling, and rows laid over a row of the canvas.

    weigh      the inputs that one output is made of, and how much of each
    columns    the same for all outputs of an axis
    set2 …     rows of a plane, and of its cover, onto the canvas

Rows are told as an array of one axis and where in it they begin: cutting them out would cost more
than a short row itself. Places are unsigned, or each would be looked at for being negative.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.jit import part
from reelway.engines.animatic.resample import LOOSE

Array = npt.NDArray[Any]
f4, u4, u8 = np.float32, np.uint32, np.uint64


@part
def reach(step: float, soft: bool) -> int:
    """How many inputs an output is made of: an even number."""
    if step <= LOOSE:
        return 4 if soft else 2
    return 2 * math.ceil(step * (2 if soft else 1))


@part
def weigh(at: float, step: float, soft: bool, out: Array) -> int:
    """Fill in the weights of an output at `at`; its first input. A filter is as in `resample`."""
    if step <= LOOSE and not soft:
        first = math.floor(at)
        out[1] = f4(at - first)
        out[0] = f4(1) - out[1]
        return int(first)
    stretch = step if step > LOOSE else 1.0
    first = math.floor(at - stretch * (2 if soft else 1)) + 1
    total = 0.0
    for k in range(len(out)):
        d = abs(first + k - at) / stretch
        if soft:
            wide, thin = max(2 - d, 0.0), max(1 - d, 0.0)
            weight = (wide * wide * wide - 4 * thin * thin * thin) / 6
        else:
            weight = max(1 - d, 0.0)
        out[k] = f4(weight)
        total += weight
    if stretch > 1.0:
        for k in range(len(out)):
            out[k] = f4(out[k] / total)
    return int(first)


@part
def columns(at: float, step: float, count: int, soft: bool) -> tuple[int, int, Array, Array, bool]:
    """The first input of all, how many inputs there are, the first of each output from there on,
    weights (a row for each tap), and whether the inputs of outputs follow each other."""
    taps = reach(step, soft)
    low, inputs, in_line = 0, 0, True
    begin = np.empty(count, np.uint32)
    weights = np.empty(taps * count, np.float32)
    one = np.empty(taps, np.float32)
    for i in range(count):
        first = weigh(at + step * i, step, soft, one)
        if i == 0:
            low = first
        begin[i] = u4(first - low)
        in_line = in_line and first - low == i
        inputs = first - low + taps
        for k in range(taps):
            weights[k * count + i] = one[k]
    return low, inputs, begin, weights, in_line and taps == 2


# Kept rows (`rows`, `covers`) onto the canvas from `o` on: weights p … of rows that begin at a …


@part
def set2(to: Array, o: Any, n: Any, p: Any, a: Any, q: Any, b: Any, rows: Array) -> None:
    for x in range(u8(n)):
        to[o + x] = p * rows[a + x] + q * rows[b + x]


@part
def _mixed2(to: Array, o: Any, n: Any, kept: Any, w: Array, at: Array, rows: Array) -> None:
    p, q, a, b = w[0], w[1], at[0], at[1]
    for x in range(u8(n)):
        to[o + x] = to[o + x] * kept + (p * rows[a + x] + q * rows[b + x])


@part
def _over2(to: Array, o: Any, n: Any, w: Array, at: Array, rows: Array, covers: Array) -> None:
    p, q, a, b = w[0], w[1], at[0], at[1]
    for x in range(u8(n)):
        to[o + x] = to[o + x] * (f4(1) - (p * covers[a + x] + q * covers[b + x])) + (
            p * rows[a + x] + q * rows[b + x]
        )


@part
def _mixed4(to: Array, o: Any, n: Any, kept: Any, w: Array, at: Array, rows: Array) -> None:
    p, q, r, t = w[0], w[1], w[2], w[3]
    a, b, c, d = at[0], at[1], at[2], at[3]
    for x in range(u8(n)):
        to[o + x] = to[o + x] * kept + (
            (p * rows[a + x] + q * rows[b + x]) + (r * rows[c + x] + t * rows[d + x])
        )


@part
def _over4(to: Array, o: Any, n: Any, w: Array, at: Array, rows: Array, covers: Array) -> None:
    p, q, r, t = w[0], w[1], w[2], w[3]
    a, b, c, d = at[0], at[1], at[2], at[3]
    for x in range(u8(n)):
        hidden = (p * covers[a + x] + q * covers[b + x]) + (r * covers[c + x] + t * covers[d + x])
        to[o + x] = to[o + x] * (f4(1) - hidden) + (
            (p * rows[a + x] + q * rows[b + x]) + (r * rows[c + x] + t * rows[d + x])
        )


@part
def _times(to: Array, o: Any, n: Any, by: Array) -> None:
    for x in range(u8(n)):
        to[o + x] *= by[x]


@part
def added(to: Array, o: Any, n: Any, p: Any, a: Any, rows: Array) -> None:
    for x in range(u8(n)):
        to[o + x] += p * rows[a + x]


@part
def blend(
    to: Array, o: Any, n: Any, w: Array, at: Array, used: int, rows: Array, covers: Array,
    covered: bool, kept: Any, left: Array,
) -> None:  # fmt: skip
    """`used` kept rows, with their weights, onto the canvas."""
    if used == 0:  # outside the texture: no row is kept, and none may be read
        if not covered:
            left[:] = kept
            _times(to, o, n, left)
        return
    for k in range(used, 4):
        w[k], at[k] = f4(0), at[0]
    if used <= 2:
        if covered:
            _over2(to, o, n, w, at, rows, covers)
        elif kept == f4(0):
            set2(to, o, n, w[0], at[0], w[1], at[1], rows)
        else:
            _mixed2(to, o, n, kept, w, at, rows)
        return
    if used <= 4:
        if covered:
            _over4(to, o, n, w, at, rows, covers)
        else:
            _mixed4(to, o, n, kept, w, at, rows)
        return
    left[:] = f4(1) if covered else kept
    if covered:
        for k in range(used):
            added(left, u8(0), n, -w[k], at[k], covers)
    _times(to, o, n, left)
    for k in range(used):
        added(to, o, n, w[k], at[k], rows)
