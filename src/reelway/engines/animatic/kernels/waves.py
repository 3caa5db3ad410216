"""Compiled: water out of the canvas above it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.axes import added
from reelway.engines.animatic.kernels.jit import part, whole

Array = npt.NDArray[Any]
LANES = 32  # neighbours that are turned on together
SOME = 2048  # pixels at a time, so that they stay in the processor's cache
f4, u4, u8 = np.float32, np.uint32, np.uint64


@whole("void(f4[:,::1], f4[:,:,::1], f4[::1])")
def surface(out: Array, fields: Array, weights: Array) -> None:
    """The weighted sum of the fields."""
    to, flat, area = out.reshape(-1), fields.reshape(-1), out.size
    for begin in range(0, area, SOME):
        long = u8(min(SOME, area - begin))
        to[begin : begin + long] = f4(0)
        for k in range(len(weights)):
            added(to, u8(begin), long, weights[k], u8(k * area + begin), flat)


@part
def _reflected(seen: Array, slope: Array, above: Array, rows: Array, y: int) -> None:
    """A row of the mirror before any wave, and how it changes along its blur."""
    top = len(above) - 1
    at, on = np.empty(4, np.int64), np.empty(4, np.float32)
    for k in range(4):
        place = min(max(rows[k, y], f4(0)), f4(len(above) - 1.001))
        at[k] = int(place)
        on[k] = place - f4(at[k])
    a, a2, p = above[top - at[0]], above[max(top - at[0] - 1, 0)], on[0]
    b, b2, q = above[top - at[1]], above[max(top - at[1] - 1, 0)], on[1]
    c, c2, r = above[top - at[2]], above[max(top - at[2] - 1, 0)], on[2]
    d, d2, t = above[top - at[3]], above[max(top - at[3] - 1, 0)], on[3]
    for x in range(len(seen)):
        first = a[x] * (f4(1) - p) + a2[x] * p
        last = d[x] * (f4(1) - t) + d2[x] * t
        middle = (b[x] * (f4(1) - q) + b2[x] * q) + (c[x] * (f4(1) - r) + c2[x] * r)
        seen[x] = (first + middle + last) * f4(0.25)
        slope[x] = (last - first) * f4(0.5)


@part
def _water(
    line: Array, seen: Array, slope: Array, wave: Array, fresnel: Any, turn: Any, own: Any
) -> None:
    for x in range(len(line)):
        facing = fresnel * (f4(1) - turn * wave[x])
        line[x] = (seen[x] + slope[x] * wave[x]) * facing + own * (f4(1) - facing)


@part
def _lit(seen: Array, slope: Array, wave: Array, steep: Any, least: Any) -> None:
    """The mirrored light with its waves; `slope` is 0 then."""
    for x in range(len(seen)):
        change = min(max(slope[x], -steep), steep) * wave[x]
        seen[x] = max(seen[x] + change, least * seen[x])
        slope[x] = f4(0)


@part
def _lane(lane: Array, middle: Any, narrow: Any, gauss: Array) -> None:
    for x in range(len(lane)):
        off = (f4(x) - middle) * narrow
        at = min(off * off * f4(256), f4(4095.0))
        s = u4(at)
        on = at - f4(s)
        lane[x] = gauss[s] * (f4(1) - on) + gauss[s + u4(1)] * on


@part
def _glints(
    line: Array, wave: Array, lane: Array, front: Any, near: Any, sheen: Any, strength: Any
) -> None:
    for x in range(len(line)):
        facing = min(max(wave[x] + f4(0.9) * lane[x] - front, f4(0)), f4(0.7)) * near
        line[x] += (facing * (lane[x] + f4(0.10)) * f4(1.1) + sheen * lane[x]) * strength


@part
def _thinned(out: Array, line: Array) -> None:
    for x in range(len(out)):
        out[x] = line[2 * x]


_F = "f4[:,::1]"
_BODY = "f4, f4, f4, f4, f4, f4"
_ROAD = "b1, f4, f4[::1], f4[::1], f4[::1], f4[::1], f4"


@whole(f"void({_F}, {_F}, {_F}, i8, {_F}, {_F}, {_F}, f4[::1], {_BODY}, {_ROAD}, f4[::1])")
def mirror(
    cy: Array, cu: Array, cv: Array, top: int, waves: Array, rows: Array, rows2: Array,
    fresnel: Array, steep: Any, least: Any, turn: Any, own_y: Any, own_u: Any, own_v: Any,
    lit: bool, middle: Any, narrow: Array, front: Array, near: Array, sheen: Array, strength: Any,
    gauss: Array,
) -> None:  # fmt: skip
    """`waves`: heights at each pixel below `top`."""
    high, wide = cy.shape
    half = top // 2
    above, chromas = cy[:top], (cu, cv)
    small = np.empty(wide // 2, np.float32)
    seen, slope = np.empty(wide, np.float32), np.empty(wide, np.float32)
    lane = np.empty(wide, np.float32)
    for y in range(high - top):
        wave, line = waves[y], cy[top + y]
        _reflected(seen, slope, above, rows, y)
        _lit(seen, slope, wave, steep, least)
        _water(line, seen, slope, wave, fresnel[y], turn, own_y)
        if lit:
            _lane(lane, middle, narrow[y], gauss)
            _glints(line, wave, lane, front[y], near[y], sheen[y], strength)
        if y % 2:
            continue
        _thinned(small, wave)
        for k in range(2):
            plane, own = chromas[k], own_v if k else own_u
            seen2, slope2 = seen[: wide // 2], slope[: wide // 2]
            _reflected(seen2, slope2, plane[:half], rows2, y // 2)
            _water(plane[half + y // 2], seen2, slope2, small, fresnel[y], f4(0), own)


@whole("void(f4[:,:,::1], f4[::1], f4[::1], f8[:,:,::1], f4[:,::1], f4)")
def ripples(fields: Array, across: Array, z: Array, waves: Array, thin: Array, least: Any) -> None:
    """Along a row the phase of each wave rises evenly: its cosine and sine turn on and on."""
    wide = len(across)
    begin, step = float(across[0]), (float(across[-1]) - float(across[0])) / max(wide - 1, 1)
    c, s = np.empty(LANES, np.float32), np.empty(LANES, np.float32)
    for n in range(len(waves)):
        for j in range(len(z)):
            to, to2 = fields[2 * n, j], fields[2 * n + 1, j]
            to[:], to2[:] = f4(0), f4(0)
            level, far = thin[n, j], float(z[j])
            if level < least:
                continue
            for k in range(waves.shape[1]):
                first = far * (begin * waves[n, k, 0] + waves[n, k, 1]) + waves[n, k, 2]
                by = far * step * waves[n, k, 0]
                for i in range(LANES):
                    c[i] = f4(math.cos(first + by * i)) * level
                    s[i] = f4(math.sin(first + by * i)) * level
                turn, turn2 = f4(math.cos(by * LANES)), f4(math.sin(by * LANES))
                for x in range(0, wide - LANES + 1, LANES):
                    a, b = to[x : x + LANES], to2[x : x + LANES]
                    for i in range(LANES):
                        a[i] += c[i]
                        b[i] += s[i]
                        p, q = c[i], s[i]
                        c[i], s[i] = p * turn - q * turn2, p * turn2 + q * turn
                rest = wide % LANES
                for i in range(rest):
                    to[wide - rest + i] += c[i]
                    to2[wide - rest + i] += s[i]
