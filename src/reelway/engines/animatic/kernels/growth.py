"""Compiled: crowns, boughs and blades."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.jit import part, whole
from reelway.engines.animatic.kernels.lights import shown

Array = npt.NDArray[Any]
f4 = np.float32
_PLANE, _PLANES = "f4[:,::1]", "f4[:,:,::1]"


@part
def _unit(value: Any) -> Any:
    return min(max(value, f4(0)), f4(1))


@part
def _span(at: Array, low: Any, high: Any, sign: Any) -> tuple[int, int]:
    """The part of rising (or, by `sign` −1, falling) numbers from `low` to below `high`."""
    count = len(at)
    step = max((at[count - 1] - at[0]) * sign / f4(max(count - 1, 1)), f4(1e-9))
    first = at[0] * sign
    begin = min(max(int(np.floor((low - first) / step)) - 1, 0), count)
    while begin < count and at[begin] * sign < low:
        begin += 1
    end = begin
    if begin < count:
        end = min(max(int(np.floor((high - first) / step)) - 1, begin), count)
    while end < count and at[end] * sign < high:
        end += 1
    return begin, end


@part
def _line(x: Any, y: Any, line: Array) -> Any:
    """Distance to a line with round ends, below 0 inside."""
    px, py, bx, by = x - line[0], y - line[1], line[2] - line[0], line[3] - line[1]
    along = (px * bx + py * by) / max(bx * bx + by * by, f4(1e-12))
    along = _unit(along)
    px, py = px - along * bx, py - along * by
    return np.sqrt(px * px + py * py) - line[4]


@whole(f"void({_PLANE}, i2[:,::1], f4[::1], f4[::1], f4[:,:], {_PLANE}, f4)")
def strokes(
    out: Array, which: Array, xs: Array, ys: Array, leaf: Array, lines: Array, bend: Any
) -> None:
    out[:] = f4(1)
    which[:] = np.int16(-1)
    for k in range(len(lines)):
        line = lines[k]
        cx, cy, half = (line[0] + line[2]) * f4(0.5), (line[1] + line[3]) * f4(0.5), line[5]
        r0, r1 = _span(ys, -cy - half, -cy + half, f4(-1))
        for j in range(r0, r1):
            y = ys[j]
            away = bend * y * y
            c0, c1 = _span(xs, cx + away - half, cx + away + half, f4(1))
            for i in range(c0, c1):
                d = _line(xs[i] - away, y, line) - line[6] * leaf[j, i]
                if d < out[j, i]:
                    out[j, i], which[j, i] = d, np.int16(k)


@whole(f"void({_PLANES}, {_PLANE}, f4[::1], f4[::1], f4[:,:], f4, f4, f4, f4, f4)")
def cane(
    out: Array, d: Array, xs: Array, ys: Array, leaf: Array, joints: Any, first: Any, lean: Any,
    sun: Any, pixels: Any,
) -> None:  # fmt: skip
    """`d`: the distance to its leaves."""
    for j in range(len(ys)):
        y = ys[j]
        at = y * joints + first
        joint = abs(at - np.floor(at) - f4(0.5)) > f4(0.465)
        half = f4(0.0105) + (f4(0.0022) if joint else f4(0))
        for i in range(len(xs)):
            x, grain = xs[i] - lean * y * y, leaf[j, i]
            stem = _unit((half - abs(x)) * pixels + f4(0.5)) if y > f4(0) else f4(0)
            leaves = _unit((-d[j, i] - f4(0.004)) * pixels + f4(0.5))
            across = x / f4(0.0105)
            shine = f4(0.35) + f4(0.5) * sun * across + f4(0.3) * (f4(1) - across * across)
            bright = min(max(shine, f4(0.08)), f4(1))
            if leaves > stem * f4(0.6):
                bright = _unit(f4(0.5) + f4(0.6) * grain)
            sky = f4(0.35) if joint else f4(0.7)
            if leaves > f4(0.3):
                sky = _unit(f4(0.6) + f4(0.4) * grain)
            out[0, j, i], out[1, j, i], out[2, j, i] = max(stem, leaves), sky, bright


@whole(f"void({_PLANES}, f4[::1], f4[::1], f4[:,:], {_PLANE}, {_PLANE}, f4, f4)")
def crown(
    out: Array, xs: Array, ys: Array, leaf: Array, boughs: Array, clumps: Array, sun: Any,
    pixels: Any,
) -> None:  # fmt: skip
    high, wide = len(ys), len(xs)
    out[0], out[1], out[2], out[3] = f4(0), f4(0), f4(0), f4(0)
    near = np.full((high, wide), f4(-1), np.float32)
    for k in range(len(clumps)):
        cx, cy, size, forth = clumps[k, 0], clumps[k, 1], clumps[k, 2], clumps[k, 3]
        half, less = size * f4(1.35), f4(1) / size
        c0, c1 = _span(xs, cx - half, cx + half, f4(1))
        r0, r1 = _span(ys, -cy - half, -cy + half, f4(-1))
        for j in range(r0, r1):
            v = (ys[j] - cy) * less
            for i in range(c0, c1):
                u, grain = (xs[i] - cx) * less, leaf[j, i]
                r2 = u * u + v * v * f4(1.15) - f4(0.62) * grain
                a = _unit((f4(1) - r2) * size * f4(0.5) * pixels + f4(0.5))
                if a <= f4(0):
                    continue
                out[0, j, i] = max(out[0, j, i], a)
                if r2 >= f4(1):
                    continue
                z = np.sqrt(min(f4(1) - r2, f4(1)))
                key = z * size * f4(2) + forth * f4(0.3)
                if key > near[j, i]:
                    near[j, i] = key
                    facing = f4(0.62) * (sun * u + v) + f4(0.35) * z
                    facing = _unit(f4(0.30) + f4(0.55) * facing)
                    sky = f4(0.36) + f4(0.34) * v + f4(0.35) * z * (f4(0.3) + cy)
                    sky = min(max(sky, f4(0.08)), f4(1))
                    out[1, j, i] = sky * (f4(0.85) + f4(0.5) * grain)
                    out[2, j, i] = facing * (f4(0.75) + f4(0.6) * grain)
    for k in range(len(boughs)):
        line = boughs[k]
        c0, c1 = _span(xs, line[7], line[8], f4(1))
        r0, r1 = _span(ys, -line[10], -line[9], f4(-1))
        for j in range(r0, r1):
            for i in range(c0, c1):
                a = _unit(f4(0.5) - _line(xs[i], ys[j], line) * pixels)
                out[3, j, i] = max(out[3, j, i], a)
    for j in range(high):
        for i in range(wide):
            cover, wood = out[0, j, i], out[3, j, i]
            wood *= f4(1) - cover
            if wood > cover:
                out[1, j, i] = f4(0.5)
                out[2, j, i] = min(max(f4(0.5) + sun * xs[i] * f4(16), f4(0.1)), f4(1))
            out[0, j, i] = max(cover, wood)
            out[2, j, i] = min(max(out[2, j, i], f4(0)), f4(1.2))
            out[3, j, i] = wood


@whole(f"void({_PLANES}, {_PLANE}, f4[::1], f4[::1], f4, {_PLANE}, f4[::1])")
def blades(
    picture: Array, cover: Array, xs: Array, ys: Array, d: Any, forms: Array, table: Array
) -> None:
    left, top = xs[0] - f4(0.5) / d, ys[0] - f4(0.5) / d
    tone, flower = np.empty(3, np.float32), np.empty(3, np.float32)
    for k in range(len(forms)):
        cx, base, high, bend, half = forms[k, :5]
        headed = forms[k, 8] >= f4(0)
        room = abs(bend) * high + half * f4(2) + (f4(0.006) if headed else f4(0))
        c0 = max(int((cx - room - left) * d), 0)
        c1 = min(int((cx + room - left) * d) + 2, len(xs))
        r0 = max(int((base - high - f4(0.008) - top) * d), 0)
        r1 = min(int((base - top) * d) + 1, len(ys))
        for c in range(3):
            flower[c] = shown(forms[k, 8 + c], table)
        for j in range(r0, r1):
            up = min(max((base - ys[j]) / high, f4(0)), f4(1.05))
            middle = cx + bend * high * up * up
            wide = half * f4(math.pow(max(f4(1.02) - up, f4(0)), f4(0.7)))
            for c in range(3):
                tone[c] = shown(forms[k, 5 + c] * (f4(0.30) + f4(0.70) * up), table)
            for i in range(c0, c1):
                a = _unit((wide - abs(xs[i] - middle)) * d + f4(0.5))
                if a > f4(0) and up < f4(1.02):
                    for c in range(3):
                        picture[j, i, c] += (tone[c] - picture[j, i, c]) * a
                    cover[j, i] = max(cover[j, i], a)
                if headed:
                    dx, dy = xs[i] - cx - bend * high, ys[j] - base + high
                    a = _unit((f4(0.0055) - np.sqrt(dx * dx + dy * dy)) * d + f4(0.5))
                    if a > f4(0):
                        for c in range(3):
                            picture[j, i, c] += (flower[c] - picture[j, i, c]) * a
                        cover[j, i] = max(cover[j, i], a)
