"""Compiled: land, as tables of heights seen in perspective."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.form import SOIL
from reelway.engines.animatic.kernels.jit import part, whole
from reelway.engines.animatic.kernels.lights import shown

Array = npt.NDArray[Any]
f4 = np.float32
_PLANE, _PLANES = "f4[:,::1]", "f4[:,:,::1]"
_STEEP, _FLAT, _GREEN, _SUN, _SKY = SOIL.steep, SOIL.flat, SOIL.green, SOIL.sun, SOIL.sky
_HAZE, _GLOW, _LOW, _SIDE, _AIR = SOIL.haze, SOIL.glow, SOIL.low, SOIL.side, SOIL.air
COLUMNS = 16  # at a time: a line of the processor's cache


@part
def _unit(value: Any) -> Any:
    return min(max(value, f4(0)), f4(1))


@part
def _sunlit(out: Array, h: Array, drop: Any, toward: Any) -> None:
    """1 in the sun, 0 in the shadow of what stands towards it, along one row."""
    count = len(h)
    ridge = h[0] if toward < f4(0) else h[count - 1]
    for k in range(count):
        i = k if toward < f4(0) else count - 1 - k
        ridge = max(ridge - drop, h[i])
        out[i] = _unit(f4(1) - (ridge - h[i]) / f4(0.10)) * f4(0.92) + f4(0.08)


@part
def _sums(out: Array, h: Array) -> None:
    total = 0.0
    out[0] = 0.0
    for i in range(len(h)):
        total += float(h[i])
        out[i + 1] = total


@part
def _mean(sums: Array, h: Array, i: int, pad: int) -> Any:
    """Mean of a row's 2 × `pad` neighbours; beyond its ends it goes on as it ends."""
    count = len(h)
    a, b = i - pad + 1, i + pad + 1
    total = sums[min(b, count)] - sums[max(a, 0)]
    total += float(h[0]) * max(-a, 0) + float(h[count - 1]) * max(b - count, 0)
    return f4(total / (2 * pad))


@part
def _across(h: Array, i: int) -> Any:
    if i == 0:
        return h[1] - h[0]
    if i == len(h) - 1:
        return h[i] - h[i - 1]
    return (h[i + 1] - h[i - 1]) * f4(0.5)


@part
def _row(
    out: Array, j: int, h: Array, mottle: Array, angle: Array, depth: Array, lit: Array,
    sums: Array, warm: Array, soil: Array,
) -> None:  # fmt: skip
    steps, count = h.shape
    z, step, pad = depth[j], angle[1] - angle[0], max(2, count // 125)
    before, after = max(j - 1, 0), min(j + 1, steps - 1)
    less, fore = f4(1) / (z * step), f4(1) / (depth[after] - depth[before])
    thin, air = f4(1) / (f4(0.05) * z + f4(0.25)), -z * soil[_AIR, 0]
    base, fall, snow, bump = soil[_LOW, 0], soil[_LOW, 1], soil[_LOW, 2], soil[_AIR, 1]
    for i in range(count):
        high, grain = h[j, i], mottle[j, i]
        sx = _across(h[j], i) * less
        sz = (h[after, i] - h[before, i]) * fore - angle[i] * sx
        norm = f4(1) / np.sqrt(f4(1) + sx * sx + sz * sz)
        bright = (soil[_SIDE, 1] - sx * soil[_SIDE, 0] - sz * soil[_SIDE, 2]) * norm
        bright = min(max(bright, f4(0)), f4(1.2)) * lit[i]
        sky = f4(0.50) + f4(0.45) * norm + f4(0.30) * (high - _mean(sums, h[j], i, pad)) * bump
        sky = min(max(sky, f4(0.2)), f4(1.2))
        even = _unit((norm - f4(0.62) + f4(0.12) * grain) * f4(4))
        low = _unit((norm - f4(0.80)) * f4(1 / 0.12) + f4(0.5) * grain)
        low *= _unit(f4(1.1) - (high - base) * fall)
        white = _unit((high - snow) * f4(4) + f4(0.7) * grain)
        white *= _unit((norm - f4(0.42)) * f4(1 / 0.22))
        thick = f4(0.62) + f4(0.75) * f4(math.exp(-max(high, f4(0)) * thin))
        seen, more = f4(math.exp(air * thick)), f4(1) + f4(0.22) * grain
        for c in range(3):
            own = soil[_STEEP, c] + (soil[_FLAT, c] - soil[_STEEP, c]) * even
            own = (own + (soil[_GREEN, c] - own) * low) * more
            own += (f4(0.86) - own) * white
            own *= soil[_SUN, c] * bright + soil[_SKY, c] * sky
            out[c, j, i] = warm[c, i] + (own - warm[c, i]) * seen


@whole(f"void({_PLANES}, {_PLANE}, {_PLANE}, f4[::1], f4[::1], {_PLANE})")
def shaded(out: Array, h: Array, mottle: Array, angle: Array, depth: Array, soil: Array) -> None:
    steps, count = h.shape
    lit, sums = np.empty(count, np.float32), np.empty(count + 1)
    warm, toward = np.empty((3, count), np.float32), soil[_SIDE, 0]
    for i in range(count):
        off = (angle[i] - soil[_AIR + 1, 0]) / f4(0.35)
        near = f4(math.exp(-off * off))
        for c in range(3):
            warm[c, i] = soil[_HAZE, c] + soil[_GLOW, c] * near
    for j in range(steps):
        _sunlit(lit, h[j], (angle[1] - angle[0]) * depth[j] * soil[_AIR, 2], toward)
        _sums(sums, h[j])
        _row(out, j, h, mottle, angle, depth, lit, sums, warm, soil)


@part
def _column(
    picture: Array, cover: Array, skyline: Array, h: Array, colour: Array, grain: Array,
    x: int, k: int, grainy: bool, sea: Any, wet: bool, table: Array,
) -> None:  # fmt: skip
    """One column of pixels from below: the pointer to the step that is seen only goes up."""
    high, count, hit = len(picture), len(skyline), 0
    top = skyline[count - 1, k]
    for up in range(high):
        y = high - 1 - up
        at = f4(y)
        if top > at + f4(0.5):  # nothing is seen from here on
            for rest in range(y + 1):
                cover[rest, x] = f4(0)
                for c in range(3):
                    picture[rest, x, c] = f4(0)
            return
        while hit < count and skyline[hit, k] > at:
            hit += 1
        first, before = min(hit, count - 1), max(min(hit - 1, count - 1), 0)
        far, near = skyline[first, k], skyline[before, k]
        share = _unit((near - at) / max(near - far, f4(1e-3)))
        seen = _unit(at - top + f4(0.5))
        if wet:
            a, b = h[before, x], h[first, x]
            slope = max(abs(b - a), f4(1e-4))
            level = a + (b - a) * share - sea
            seen *= _unit(level / (slope * f4(0.8) + f4(0.004)) + f4(0.5))
            if hit == 0:
                seen = f4(0)
        cover[y, x] = seen
        if seen <= f4(0):
            for c in range(3):
                picture[y, x, c] = f4(0)
            continue
        more = grain[y, x] if grainy else f4(1)
        for c in range(3):
            a, b = colour[c, before, x], colour[c, first, x]
            picture[y, x, c] = shown((a + (b - a) * share) * more, table)


@whole(
    f"void({_PLANES}, {_PLANE}, {_PLANE}, {_PLANES}, {_PLANE}, b1, f4[::1], f4, f4, f4, f4, b1,"
    "f4[::1])"
)
def cast(
    picture: Array, cover: Array, h: Array, colour: Array, grain: Array, grainy: bool,
    depth: Array, level: Any, scale: Any, eye: Any, sea: Any, wet: bool, table: Array,
) -> None:  # fmt: skip
    count, wide = h.shape
    skyline = np.empty((count, COLUMNS), np.float32)
    for begin in range(0, wide, COLUMNS):
        n = min(COLUMNS, wide - begin)
        for s in range(count):
            by = scale / depth[s]
            for k in range(n):
                row = level * scale + (eye - h[s, begin + k]) * by - f4(0.5)
                skyline[s, k] = min(row, skyline[max(s - 1, 0), k]) if s else row
        for k in range(n):
            _column(picture, cover, skyline, h, colour, grain, begin + k, k, grainy, sea, wet,
                    table)  # fmt: skip
