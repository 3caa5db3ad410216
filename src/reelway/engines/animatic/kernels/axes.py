"""Compiled: one axis of a resampling, and rows laid over a row of the canvas.

    reach, weigh   the inputs that one output is made of, and how much of each
    columns        the same for all outputs of an axis
    blend          kept rows, and those of their cover, onto the canvas

Rows are told as an array of one axis and where in it they begin: cutting them out would cost more
than a short row itself. Places are unsigned, or each would be looked at for being negative.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.jit import inner
from reelway.engines.animatic.kernels.lanes import LANES, fetched, kept, spread
from reelway.engines.animatic.resample import LOOSE

Array = npt.NDArray[Any]
f4, u4, u8 = np.float32, np.uint32, np.uint64
STRIP = u8(LANES)


@inner
def reach(step: float, soft: bool) -> int:
    """How many inputs an output is made of: an even number."""
    if step <= LOOSE:
        return 4 if soft else 2
    return 2 * math.ceil(step * (2 if soft else 1))


@inner
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
    for k in range(reach(step, soft)):
        d = abs(first + k - at) / stretch
        if soft:
            wide, thin = max(2 - d, 0.0), max(1 - d, 0.0)
            weight = (wide * wide * wide - 4 * thin * thin * thin) / 6
        else:
            weight = max(1 - d, 0.0)
        out[k] = f4(weight)
        total += weight
    if stretch > 1.0:
        for k in range(reach(step, soft)):
            out[k] = f4(out[k] / total)
    return int(first)


@inner
def columns(
    begin: Array, weights: Array, one: Array, at: float, step: float, count: int, soft: bool
) -> int:
    """Fill in the first input of each output, counted from the first of all, which is answered,
    and its weights: a row for each tap, but only the second of two, which make 1."""
    if step > LOOSE:
        taps = reach(step, soft)
        low = 0
        for i in range(count):
            first = weigh(at + step * i, step, soft, one)
            low = first if i == 0 else low
            begin[i] = u4(first - low)
            for k in range(taps):
                weights[k * count + i] = one[k]
        return low
    low = math.floor(at)
    if not soft:
        for i in range(count):
            place = at + step * i
            first = math.floor(place)
            begin[i], weights[i] = u4(first - low), f4(place - first)
        return low
    for i in range(count):
        place = at + step * i
        first = math.floor(place)
        t = f4(place - first)
        begin[i], left = u4(first - low), f4(1) - t
        weights[i] = left * left * left / f4(6)
        weights[count + i] = (f4(4) - (f4(6) - f4(3) * t) * t * t) / f4(6)
        weights[2 * count + i] = (f4(4) - (f4(6) - f4(3) * left) * left * left) / f4(6)
        weights[3 * count + i] = t * t * t / f4(6)
    return low - 1


# Kept rows onto the canvas from `o` on, in strips: weights p … of rows that begin at a …


@inner
def _set2(to: Array, o: Any, n: Any, p: Any, a: Any, q: Any, b: Any, rows: Array) -> None:
    p, q = spread(p), spread(q)
    for x in range(u8(0), n, STRIP):
        kept(to, o + x, p * fetched(rows, a + x) + q * fetched(rows, b + x))


@inner
def _mixed2(
    to: Array, o: Any, n: Any, left: Any, p: Any, a: Any, q: Any, b: Any, rows: Array
) -> None:
    p, q, left = spread(p), spread(q), spread(left)
    for x in range(u8(0), n, STRIP):
        light = p * fetched(rows, a + x) + q * fetched(rows, b + x)
        kept(to, o + x, fetched(to, o + x) * left + light)


@inner
def _over2(
    to: Array, o: Any, n: Any, p: Any, a: Any, q: Any, b: Any, rows: Array, covers: Array
) -> None:
    p, q, full = spread(p), spread(q), spread(f4(1))
    for x in range(u8(0), n, STRIP):
        hidden = p * fetched(covers, a + x) + q * fetched(covers, b + x)
        light = p * fetched(rows, a + x) + q * fetched(rows, b + x)
        kept(to, o + x, fetched(to, o + x) * (full - hidden) + light)


@inner
def _sum(rows: Array, w: Array, at: Array, used: int, x: Any) -> Any:
    """A strip of the weighted sum of rows."""
    total = spread(w[0]) * fetched(rows, at[0] + x)
    for k in range(1, used):
        total = total + spread(w[k]) * fetched(rows, at[k] + x)
    return total


@inner
def _any(
    to: Array, o: Any, n: Any, w: Array, at: Array, off: Any, used: int, rows: Array,
    covers: Array, covered: bool, left: Any,
) -> None:  # fmt: skip
    full, rest, below = spread(f4(1)), spread(left), covered or left != f4(0)
    for x in range(u8(0), n, STRIP):
        light = _sum(rows, w, at, used, off + x)
        if covered:
            rest = full - _sum(covers, w, at, used, off + x)
        if below:
            light = fetched(to, o + x) * rest + light
        kept(to, o + x, light)


@inner
def _sum4(
    rows: Array, x: Any, p: Any, a: Any, q: Any, b: Any, r: Any, c: Any, t: Any, d: Any
) -> Any:
    first = p * fetched(rows, a + x) + q * fetched(rows, b + x)
    return first + (r * fetched(rows, c + x) + t * fetched(rows, d + x))


@inner
def _four(
    to: Array, o: Any, n: Any, w: Array, at: Array, off: Any, rows: Array, covers: Array,
    covered: bool, left: Any,
) -> None:  # fmt: skip
    p, q, r, t = spread(w[0]), spread(w[1]), spread(w[2]), spread(w[3])
    a, b, c, d = at[0] + off, at[1] + off, at[2] + off, at[3] + off
    full, rest = spread(f4(1)), spread(left)
    if covered:
        for x in range(u8(0), n, STRIP):
            hidden = _sum4(covers, x, p, a, q, b, r, c, t, d)
            light = _sum4(rows, x, p, a, q, b, r, c, t, d)
            kept(to, o + x, fetched(to, o + x) * (full - hidden) + light)
    elif left == f4(0):
        for x in range(u8(0), n, STRIP):
            kept(to, o + x, _sum4(rows, x, p, a, q, b, r, c, t, d))
    else:
        for x in range(u8(0), n, STRIP):
            light = _sum4(rows, x, p, a, q, b, r, c, t, d)
            kept(to, o + x, fetched(to, o + x) * rest + light)


@inner
def _strips(
    to: Array, o: Any, n: Any, w: Array, at: Array, off: Any, used: int, rows: Array,
    covers: Array, covered: bool, left: Any,
) -> None:  # fmt: skip
    if used > 4:
        _any(to, o, n, w, at, off, used, rows, covers, covered, left)
    elif used > 2:
        _four(to, o, n, w, at, off, rows, covers, covered, left)
    elif covered:
        _over2(to, o, n, w[0], at[0] + off, w[1], at[1] + off, rows, covers)
    elif left == f4(0):
        _set2(to, o, n, w[0], at[0] + off, w[1], at[1] + off, rows)
    else:
        _mixed2(to, o, n, left, w[0], at[0] + off, w[1], at[1] + off, rows)


@inner
def blend(
    to: Array, o: Any, n: Any, w: Array, at: Array, off: Any, used: int, rows: Array,
    covers: Array, covered: bool, left: Any, end: Array,
) -> None:  # fmt: skip
    """`used` kept rows, with their weights, from their place `off` on. What is below them is kept
    by what their cover, or `left`, leaves of it. `end` is room for a last strip, which may not
    be written in its place: there another row begins."""
    whole = n & ~(STRIP - u8(1))
    if used == 0:  # outside the texture: no row is kept, and none may be read
        if not covered and left != f4(1):
            for x in range(n):
                to[o + x] *= left
        return
    for k in range(used, 4):
        w[k], at[k] = f4(0), at[0]
    for last in range(1 if whole == n else 2):  # one place in the code: it is long
        begin, onto, place, long = u8(0), to, o, whole
        if last:
            begin, onto, place, long = whole, end, u8(0), STRIP
            for x in range(whole, n):
                end[x - whole] = to[o + x]
        _strips(onto, place, long, w, at, off + begin, used, rows, covers, covered, left)
    for x in range(whole, n):
        to[o + x] = end[x - whole]
