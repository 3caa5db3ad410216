"""Compiled: a row of a texture through the columns of the canvas.

Of 8-bit textures two neighbours and both their covers are packed into one word, so that a single
gathering fetches all. Planes of textures are told by where they are in memory; strips are read from
them as far as they go, and no further.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.axes import STRIP
from reelway.engines.animatic.kernels.jit import inner
from reelway.engines.animatic.kernels.lanes import (
    LANES,
    byte_at,
    bytes_at,
    fetched,
    float_at,
    floats,
    floats_at,
    kept,
    picked,
    soon,
    spread,
)

Array = npt.NDArray[Any]
f4, u4, u8 = np.float32, np.uint32, np.uint64
LINE = 64  # bytes of memory that come at a time; those of the next row are called for


@inner
def _cleared(out: Array, begin: int, end: int, value: Any) -> None:
    for x in range(u8(begin), u8(end)):
        out[x] = value


# 8 bits


@inner
def _word(plane: Any, cover: Any, covered: bool, at: Any, flip: Any) -> Any:
    word = u4(byte_at(plane + at) ^ flip)
    return u4(word | (byte_at(cover + at) << u4(8))) if covered else word


@inner
def _words(
    out: Array, plane: Any, cover: Any, covered: bool, at: int, area: int, first: int, begin: int,
    end: int, past: int, flip: Any,
) -> None:  # fmt: skip
    """Each of the inputs `first` … `past` with the one behind it. A plane has those from `begin`
    to `end`, from `at` on, and of all `area` bytes."""
    none = u4(flip | (flip << u4(16)))
    if begin >= end:
        _cleared(out, first, past, none)
        return
    _cleared(out, first, begin, none)
    if begin > first:
        out[begin - 1] = flip | (_word(plane, cover, covered, u8(at), flip) << u4(16))
    turn, low, high = spread(none), spread(u4(8)), spread(u4(16))
    pairs = end - 1 - begin
    safe = min(pairs, area - 1 - at) // LANES * LANES  # strips may not reach beyond the plane
    if pairs % LANES and at + safe + LANES < area:
        safe += LANES
    p, q = plane + u8(at), cover + u8(at)
    for x in range(u8(0), u8(safe), STRIP):
        word = (bytes_at(p + x) | (bytes_at(p + x + u8(1)) << high)) ^ turn
        if covered:
            over = bytes_at(q + x) | (bytes_at(q + x + u8(1)) << high)
            word = word | (over << low)
        kept(out, u8(begin) + x, word)
    for x in range(u8(safe), u8(pairs)):
        behind = _word(p, q, covered, x + u8(1), flip)
        out[u8(begin) + x] = _word(p, q, covered, x, flip) | (behind << u4(16))
    out[end - 1] = _word(p, q, covered, u8(pairs), flip) | (flip << u4(16))
    _cleared(out, end, past, none)


@inner
def _bytes_across(
    rows: Array, covers: Array, o: Any, words: Array, at: Array, w: Array, long: Any, taps: int,
    begin: int, end: int, covered: bool, flip: Any, in_line: bool,
) -> None:  # fmt: skip
    """Columns of a row, and of its cover, out of words."""
    byte, low, high, top = spread(u4(255)), spread(u4(8)), spread(u4(16)), spread(u4(24))
    bias = spread(f4(flip))
    for x in range(u8(begin), u8(end), STRIP):
        total, hidden = spread(f4(0)), spread(f4(0))
        for k in range(u8(0), u8(taps), u8(2)):
            word = fetched(words, x) if in_line else picked(words, k, fetched(at, x))
            a, b = floats(word & byte), floats((word >> high) & byte)
            c, d = floats((word >> low) & byte), floats(word >> top)
            if taps == 2:
                by = fetched(w, x)
                total, hidden = a + by * (b - a) - bias, c + by * (d - c)
            else:
                p, q = fetched(w, k * long + x), fetched(w, (k + u8(1)) * long + x)
                total = total + (p * (a - bias) + q * (b - bias))
                hidden = hidden + (p * c + q * d)
        kept(rows, o + x, total)
        if covered:
            kept(covers, o + x, hidden)


# Floats


@inner
def _copied(
    out: Array, plane: Any, at: int, area: int, first: int, begin: int, end: int, past: int
) -> None:
    """The inputs `first` … `past`, 0 where a plane has none."""
    _cleared(out, first, begin, f4(0))
    long = end - begin
    safe = long // LANES * LANES
    if long % LANES and at + safe + LANES <= area:
        safe += LANES
    p = plane + u8(4 * at)
    for x in range(u8(0), u8(safe), STRIP):
        kept(out, u8(begin) + x, floats_at(p + u8(4) * x))
    for x in range(u8(safe), u8(long)):
        out[u8(begin) + x] = float_at(p + u8(4) * x)
    _cleared(out, end, past, f4(0))


@inner
def _floats_across(
    out: Array, o: Any, wide: Array, at: Array, w: Array, long: Any, taps: int, begin: int,
    end: int, in_line: bool,
) -> None:  # fmt: skip
    for x in range(u8(begin), u8(end), STRIP):
        if in_line:
            a, b = fetched(wide, x), fetched(wide, x + u8(1))
            kept(out, o + x, a + fetched(w, x) * (b - a))
            continue
        place = fetched(at, x)
        if taps == 2:
            a, b = picked(wide, u8(0), place), picked(wide, u8(1), place)
            kept(out, o + x, a + fetched(w, x) * (b - a))
            continue
        total = spread(f4(0))
        for k in range(u8(0), u8(taps)):
            total = total + fetched(w, k * long + x) * picked(wide, k, place)
        kept(out, o + x, total)


# Either


@inner
def across(
    plane: Any, cover: Any, covered: bool, in_floats: bool, signed: bool, row: int, size: int,
    area: int, low: int, at: Array, w: Array, long: Any, taps: int, begin: int, end: int,
    in_line: bool, rows: Array, covers: Array, o: Any, words: Array, wide: Array,
) -> None:  # fmt: skip
    """Columns of a row of a plane and of its cover."""
    end = begin + (end - begin + LANES - 1) // LANES * LANES
    first, past = int(at[begin]), int(at[end - 1]) + taps
    start = min(max(-low, first), past)
    stop = max(min(size - low, past), start)
    place = row * size + low + start
    each, coming = 4 if in_floats else 1, place + size
    for x in range(each * coming, each * (coming + stop - start), LINE):
        soon(plane + u8(x))
        if covered:
            soon(cover + u8(x))
    if in_floats:
        _copied(wide, plane, place, area, first, start, stop, past)
        _floats_across(rows, o, wide, at, w, long, taps, begin, end, in_line)
        if covered:
            _copied(wide, cover, place, area, first, start, stop, past)
            _floats_across(covers, o, wide, at, w, long, taps, begin, end, in_line)
        return
    flip = u4(128) if signed else u4(0)
    _words(words, plane, cover, covered, place, area, first, start, stop, past, flip)
    _bytes_across(
        rows, covers, o, words, at, w, long, taps, begin, end, covered, flip, in_line
    )  # fmt: skip
