"""Compiled: water out of the canvas above it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.axes import STRIP
from reelway.engines.animatic.kernels.jit import inner, whole
from reelway.engines.animatic.kernels.lanes import (
    LANES,
    fetched,
    floats,
    greater,
    kept,
    lesser,
    spread,
)

Array = npt.NDArray[Any]
f4, u4, u8 = np.float32, np.uint32, np.uint64


@inner
def _summed(to: Array, flat: Array, weights: Array) -> None:
    area = u8(len(to))
    whole_ = area & ~(STRIP - u8(1))
    for x in range(u8(0), whole_, STRIP):
        total = spread(f4(0))
        for k in range(u8(0), u8(len(weights))):
            total = total + spread(weights[k]) * floats(fetched(flat, k * area + x))
        kept(to, x, total)
    for x in range(whole_, area):
        to[x] = f4(0)
        for k in range(u8(0), u8(len(weights))):
            to[x] += weights[k] * f4(flat[k * area + x])


@whole("void(f4[:,::1], i2[:,:,::1], f4[::1])")
def surface(out: Array, fields: Array, weights: Array) -> None:
    """The weighted sum of the fields."""
    _summed(out.reshape(-1), fields.reshape(-1), weights)


@inner
def _row(rows: Array, k: int, y: int, top: int, wide: int) -> Any:
    """Where two rows of the canvas begin, between which a place of the mirror lies, and how much
    of the second there is. The last strip of a row ends in the next one, which is there."""
    place = min(max(rows[k, y], f4(0)), f4(top - 1.001))
    at = int(place)
    a, b = top - 1 - at, max(top - 2 - at, 0)
    return u8(a * wide), u8(b * wide), spread(place - f4(at))


@inner
def _mixed(flat: Array, row: Any, x: Any) -> Any:
    a, b, part_of = row
    first = fetched(flat, a + x)
    return first + part_of * (fetched(flat, b + x) - first)


@inner
def _mirrored(
    line: Array, flat: Array, wave: Array, begin: Any, rows: Array, y: int, top: int, wide: int,
    steep: Any, least: Any, fresnel: Any, turn: Any, own: Any, lit: bool,
) -> None:  # fmt: skip
    """A row of the water: the mirror as it is blurred, bent by the waves."""
    a, b = _row(rows, 0, y, top, wide), _row(rows, 1, y, top, wide)
    c, d = _row(rows, 2, y, top, wide), _row(rows, 3, y, top, wide)
    full, quarter, half = spread(f4(1)), spread(f4(0.25)), spread(f4(0.5))
    most, lowest, dark = spread(steep), spread(-steep), spread(least)
    mirrors, turns, body = spread(fresnel), spread(turn), spread(own)
    for x in range(u8(0), u8(wide), STRIP):
        high = fetched(wave, begin + x)
        first, last = _mixed(flat, a, x), _mixed(flat, d, x)
        seen = (first + (_mixed(flat, b, x) + _mixed(flat, c, x)) + last) * quarter
        slope = (last - first) * half
        if lit:
            change = greater(lesser(slope, most), lowest) * high
            seen = greater(seen + change, dark * seen)
        else:
            seen = seen + slope * high
        facing = mirrors * (full - turns * high)
        kept(line, x, seen * facing + body * (full - facing))


@inner
def _lane(lane: Array, middle: Any, narrow: Any, gauss: Array) -> None:
    for x in range(len(lane)):
        off = (f4(x) - middle) * narrow
        at = min(off * off * f4(256), f4(4095.0))
        s = u4(at)
        on = at - f4(s)
        lane[x] = gauss[s] * (f4(1) - on) + gauss[s + u4(1)] * on


@inner
def _glints(
    line: Array, wave: Array, begin: Any, lane: Array, front: Any, near: Any, sheen: Any,
    strength: Any,
) -> None:  # fmt: skip
    for x in range(u8(len(lane))):
        facing = min(max(wave[begin + x] + f4(0.9) * lane[x] - front, f4(0)), f4(0.7)) * near
        line[x] += (facing * (lane[x] + f4(0.10)) * f4(1.1) + sheen * lane[x]) * strength


@inner
def _thinned(out: Array, wave: Array, begin: Any) -> None:
    for x in range(u8(len(out))):
        out[x] = wave[begin + u8(2) * x]


@inner
def _put(to: Array, o: Any, line: Array, n: Any) -> None:
    for x in range(u8(n)):
        to[o + x] = line[x]


_F = "f4[:,::1]"
_BODY = "f4, f4, f4, f4, f4, f4"
_ROAD = "b1, f4, f4[::1], f4[::1], f4[::1], f4[::1], f4"


@inner
def _painted(
    given: Any, high: int, wide: int, top: int, fresnel: Array, steep: Any, least: Any, own: Any,
    sun: Any, lines: Any,
) -> None:  # fmt: skip
    (to, to2, to3), wave, rows, rows2 = given
    lit, middle, narrow, front, near, sheen, strength, gauss = sun
    turn, own_y, own_u, own_v = own
    line, lane, small = lines
    half = top // 2
    for y in range(high - top):
        begin = u8(y * wide)
        _mirrored(
            line, to, wave, begin, rows, y, top, wide, steep, least, fresnel[y], turn, own_y, True
        )  # fmt: skip
        if lit:
            _lane(lane[:wide], middle, narrow[y], gauss)
            _glints(line, wave, begin, lane[:wide], front[y], near[y], sheen[y], strength)
        _put(to, u8((top + y) * wide), line, wide)
        if y % 2:
            continue
        _thinned(small[: wide // 2], wave, begin)
        at = u8((half + y // 2) * (wide // 2))
        for k in range(2):
            plane, body = (to3, own_v) if k else (to2, own_u)
            _mirrored(
                line, plane, small, u8(0), rows2, y // 2, half, wide // 2, steep, least,
                fresnel[y], f4(0), body, False,
            )  # fmt: skip
            _put(plane, at, line, wide // 2)


@whole(f"void({_F}, {_F}, {_F}, i8, {_F}, {_F}, {_F}, f4[::1], {_BODY}, {_ROAD}, f4[::1])")
def mirror(
    cy: Array, cu: Array, cv: Array, top: int, waves: Array, rows: Array, rows2: Array,
    fresnel: Array, steep: Any, least: Any, turn: Any, own_y: Any, own_u: Any, own_v: Any,
    lit: bool, middle: Any, narrow: Array, front: Array, near: Array, sheen: Array, strength: Any,
    gauss: Array,
) -> None:  # fmt: skip
    """`waves`: heights at each pixel below `top`."""
    high, wide = cy.shape
    room = wide + 2 * LANES
    given = (cy.reshape(-1), cu.reshape(-1), cv.reshape(-1)), waves.reshape(-1), rows, rows2
    sun = lit, middle, narrow, front, near, sheen, strength, gauss
    own = turn, own_y, own_u, own_v
    lines = np.empty(room, np.float32), np.empty(room, np.float32), np.zeros(room, np.float32)
    _painted(given, high, wide, top, fresnel, steep, least, own, sun, lines)
