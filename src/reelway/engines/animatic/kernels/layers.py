"""Compiled: a plane of a texture laid over one of the canvas.

Each row of the texture goes through the columns once and is kept while rows of the canvas need it;
these are then sums of a few kept rows, in one pass with the blend. Of 8-bit textures two
neighbours and both their covers are packed into one word, so that a single gathering fetches all.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.axes import blend, columns, reach, weigh
from reelway.engines.animatic.kernels.jit import part, whole

Array = npt.NDArray[Any]
f4, u4, u8, i4 = np.float32, np.uint32, np.uint64, np.int32
_BOX = "i8, i8, i8, i8, f8, f8, f8, f8"


@part
def _empty(out: Array, begin: Any, end: Any, value: Any) -> None:
    for x in range(u8(begin), u8(end)):
        out[x] = value


@part
def _within(low: int, count: int, size: int) -> tuple[int, int]:
    """The part of `count` inputs from `low` on that a plane has, as numbers of those inputs."""
    begin = min(max(-low, 0), count)
    return begin, max(min(count, size - low), begin)


# 8 bits


@part
def _alone(out: Array, o: Any, plane: Array, p: Any, long: Any, flip: Any) -> None:
    for x in range(u8(long)):
        out[o + x] = u4(plane[p + x]) ^ flip


@part
def _covered(out: Array, o: Any, plane: Array, cover: Array, p: Any, long: Any, flip: Any) -> None:
    for x in range(u8(long)):
        out[o + x] = (u4(plane[p + x]) ^ flip) | (u4(cover[p + x]) << u4(8))


@part
def _paired(out: Array) -> None:
    for x in range(u8(len(out) - 1)):
        out[x] |= out[x + u8(1)] << u4(16)


@part
def _gathered(out: Array, words: Array, at: Array, k: Any) -> None:
    for x in range(u8(len(out))):
        out[x] = words[at[x] + k]


@part
def _weighed(out: Array, o: Any, w: Array, p: Any, words: Array, shift: Any, bias: Any) -> None:
    """Two taps of each output, from one of the bytes of a word and the second after it."""
    n = u8(len(words))
    q = p + n
    for x in range(n):
        word = words[x] >> shift
        a, b = f4(i4(word & u4(255))), f4(i4((word >> u4(16)) & u4(255)))
        out[o + x] = w[p + x] * (a - bias) + w[q + x] * (b - bias)


@part
def _weighed_too(out: Array, o: Any, w: Array, p: Any, words: Array, shift: Any, bias: Any) -> None:
    n = u8(len(words))
    q = p + n
    for x in range(n):
        word = words[x] >> shift
        a, b = f4(i4(word & u4(255))), f4(i4((word >> u4(16)) & u4(255)))
        out[o + x] += w[p + x] * (a - bias) + w[q + x] * (b - bias)


@part
def _bytes_across(
    plane: Array, cover: Array, covered: bool, row: int, size: int, low: int, at: Array, w: Array,
    words: Array, got: Array, rows: Array, covers: Array, o: Any, signed: bool, in_line: bool,
) -> None:  # fmt: skip
    """A row of an 8-bit plane and its cover through the columns."""
    n, count = u8(len(at)), len(words)
    flip, bias = (u4(128), f4(128)) if signed else (u4(0), f4(0))
    begin, end = _within(low, count, size)
    _empty(words, 0, begin, flip)
    _empty(words, end, count, flip)
    p = u8(row * size + low + begin)
    if covered:
        _covered(words, u8(begin), plane, cover, p, end - begin, flip)
    else:
        _alone(words, u8(begin), plane, p, end - begin, flip)
    _paired(words)
    for k in range(0, len(w) // len(at), 2):
        p, seen = u8(k) * n, words[: len(at)] if in_line else got
        if not in_line:
            _gathered(got, words, at, u4(k))
        if k:
            _weighed_too(rows, o, w, p, seen, u4(0), bias)
        else:
            _weighed(rows, o, w, p, seen, u4(0), bias)
        if covered and k:
            _weighed_too(covers, o, w, p, seen, u4(8), f4(0))
        elif covered:
            _weighed(covers, o, w, p, seen, u4(8), f4(0))


@whole(f"void(f4[:,::1], u1[:,::1], u1[:,::1], b1, b1, {_BOX}, f4, f4)")
def lay_bytes(
    onto: Array, plane: Array, cover: Array, covered: bool, signed: bool,
    x0: int, x1: int, y0: int, y1: int, ay: float, dy: float, ax: float, dx: float,
    unit: Any, kept: Any,
) -> None:  # fmt: skip
    (high, size), stride, n = plane.shape, onto.shape[1], x1 - x0
    low, count, at, weights, in_line = columns(ax + dx * x0, dx, n, False)
    to, flat, flat2 = onto.reshape(-1), plane.reshape(-1), cover.reshape(-1)
    words, got, taps = np.empty(count, np.uint32), np.empty(n, np.uint32), reach(dy, False)
    rows, covers = np.empty((taps + 1) * n, np.float32), np.empty((taps + 1) * n, np.float32)
    held, left = np.full(taps + 1, -1, np.int64), np.empty(n, np.float32)
    each, w = np.empty(taps, np.float32), np.empty(max(taps, 4), np.float32)
    slots = np.empty(max(taps, 4), np.uint64)
    for y in range(y0, y1):
        top, used = weigh(ay + dy * y, dy, False, each), 0
        for k in range(taps):
            row = top + k
            if row < 0 or row >= high or each[k] == f4(0):
                continue
            slot = row % (taps + 1)
            begin = u8(slot * n)
            if held[slot] != row:
                held[slot] = row
                _bytes_across(
                    flat, flat2, covered, row, size, low, at, weights, words, got, rows, covers,
                    begin, signed, in_line,
                )  # fmt: skip
            w[used], slots[used] = each[k] * unit, begin
            used += 1
        blend(to, u8(y * stride + x0), u8(n), w, slots, used, rows, covers, covered, kept, left)


# Floats


@part
def _copied(out: Array, o: Any, plane: Array, p: Any, long: Any) -> None:
    for x in range(u8(long)):
        out[o + x] = plane[p + x]


@part
def _two(out: Array, o: Any, w: Array, wide: Array, n: Any) -> None:
    for x in range(u8(n)):
        out[o + x] = w[x] * wide[x] + w[n + x] * wide[u8(1) + x]


@part
def _taken2(out: Array, o: Any, w: Array, p: Any, wide: Array, at: Array, k: Any) -> None:
    n = u8(len(at))
    for x in range(n):
        s = at[x] + k
        out[o + x] += w[p + x] * wide[s] + w[p + n + x] * wide[s + u4(1)]


@part
def _taken4(out: Array, o: Any, w: Array, wide: Array, at: Array) -> None:
    n = u8(len(at))
    q, r, t = n, n + n, n + n + n
    for x in range(n):
        s = at[x]
        out[o + x] = (w[x] * wide[s] + w[q + x] * wide[s + u4(1)]) + (
            w[r + x] * wide[s + u4(2)] + w[t + x] * wide[s + u4(3)]
        )


@part
def _across(
    plane: Array, row: int, size: int, low: int, at: Array, w: Array, wide: Array, out: Array,
    o: Any, in_line: bool,
) -> None:  # fmt: skip
    n, count, taps = u8(len(at)), len(wide), len(w) // len(at)
    begin, end = _within(low, count, size)
    _empty(wide, 0, begin, f4(0))
    _empty(wide, end, count, f4(0))
    _copied(wide, u8(begin), plane, u8(row * size + low + begin), end - begin)
    if in_line:
        _two(out, o, w, wide, n)
        return
    done = 0
    if taps >= 4:
        _taken4(out, o, w, wide, at)
        done = 4
    else:
        _empty(out, o, o + n, f4(0))
    for k in range(done, taps, 2):
        _taken2(out, o, w, u8(k) * n, wide, at, u4(k))


@whole(f"void(f4[:,::1], f4[:,::1], f4[:,::1], b1, {_BOX}, b1, f4, f4)")
def lay_floats(
    onto: Array, plane: Array, cover: Array, covered: bool,
    x0: int, x1: int, y0: int, y1: int, ay: float, dy: float, ax: float, dx: float,
    soft: bool, unit: Any, kept: Any,
) -> None:  # fmt: skip
    (high, size), stride, n = plane.shape, onto.shape[1], x1 - x0
    low, count, at, weights, in_line = columns(ax + dx * x0, dx, n, soft)
    to = onto.reshape(-1)
    both = (plane.reshape(-1), cover.reshape(-1))
    wide, taps = np.empty(count, np.float32), reach(dy, soft)
    rows, covers = np.empty((taps + 1) * n, np.float32), np.empty((taps + 1) * n, np.float32)
    held, left = np.full(taps + 1, -1, np.int64), np.empty(n, np.float32)
    each, w = np.empty(taps, np.float32), np.empty(max(taps, 4), np.float32)
    slots = np.empty(max(taps, 4), np.uint64)
    for y in range(y0, y1):
        top, used = weigh(ay + dy * y, dy, soft, each), 0
        for k in range(taps):
            row = top + k
            if row < 0 or row >= high or each[k] == f4(0):
                continue
            slot = row % (taps + 1)
            begin = u8(slot * n)
            if held[slot] != row:
                held[slot] = row
                for m in range(2 if covered else 1):
                    _across(
                        both[m], row, size, low, at, weights, wide,
                        covers if m else rows, begin, in_line,
                    )  # fmt: skip
            w[used], slots[used] = each[k] * unit, begin
            used += 1
        blend(to, u8(y * stride + x0), u8(n), w, slots, used, rows, covers, covered, kept, left)
