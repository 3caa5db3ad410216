"""Compiled: what painters give, as planes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.form import BLUE, DISPLAY, GREEN, KNEE, RED, TO_U, TO_V
from reelway.engines.animatic.kernels.jit import part, whole

Array = npt.NDArray[Any]
f4, u4 = np.float32, np.uint32
_R, _G, _B, _U, _V, _KNEE = f4(RED), f4(GREEN), f4(BLUE), f4(TO_U), f4(TO_V), f4(KNEE)
_REST, _LAST = f4(1 - KNEE), f4(len(DISPLAY) - 2)
_RGB = "f4[:,:,::1], f4[:,::1], b1"


@whole("void(f4[::1], f4[::1], f4[::1])")
def display(out: Array, light: Array, table: Array) -> None:
    for i in range(len(out)):
        value = max(light[i], f4(0))
        over = max(value - _KNEE, f4(0))
        value = min(value, _KNEE) + over / (f4(1) + over / _REST)
        at = min(np.sqrt(value) * _LAST, _LAST)
        n = u4(at)
        on = at - f4(n)
        out[i] = table[n] * (f4(1) - on) + table[n + u4(1)] * on


@part
def _paint(line: Array, rgb: Array, cover: Array, covered: bool) -> None:
    """A row of red, green, blue and luma, premultiplied; then its cover."""
    for x in range(line.shape[1]):
        held = min(max(cover[x], f4(0)), f4(1)) if covered else f4(1)
        r = min(max(rgb[x, 0], f4(0)), f4(1)) * held
        g = min(max(rgb[x, 1], f4(0)), f4(1)) * held
        b = min(max(rgb[x, 2], f4(0)), f4(1)) * held
        line[0, x], line[1, x], line[2, x] = r, g, b
        line[3, x] = r * _R + g * _G + b * _B
        line[4, x] = held


@part
def _half(out: Array, a: Array, b: Array) -> None:
    """Mean of each 2×2, as chroma and cover."""
    for x in range(out.shape[1]):
        i = 2 * x
        luma = (a[3, i] + a[3, i + 1] + b[3, i] + b[3, i + 1]) * f4(0.25)
        blue = (a[2, i] + a[2, i + 1] + b[2, i] + b[2, i + 1]) * f4(0.25)
        red = (a[0, i] + a[0, i + 1] + b[0, i] + b[0, i + 1]) * f4(0.25)
        out[0, x] = (blue - luma) * _U
        out[1, x] = (red - luma) * _V
        out[2, x] = (a[4, i] + a[4, i + 1] + b[4, i] + b[4, i + 1]) * f4(0.25)


@part
def _bytes(out: Array, values: Array) -> None:
    for x in range(len(out)):
        out[x] = np.uint8(np.int32(values[x] * f4(255) + f4(0.5)))


@part
def _signed(out: Array, values: Array) -> None:
    for x in range(len(out)):
        out[x] = np.int8(np.int32(np.rint(values[x] * f4(255))))


@whole(f"void({_RGB}, u1[:,::1], i1[:,::1], i1[:,::1], u1[:,::1], u1[:,::1])")
def to_bytes(
    rgb: Array, cover: Array, covered: bool, y: Array, u: Array, v: Array, c: Array, c2: Array
) -> None:
    high, wide = y.shape
    lines, half = np.empty((2, 5, wide), np.float32), np.empty((3, wide // 2), np.float32)
    for j in range(0, high, 2):
        for k in range(2):
            _paint(lines[k], rgb[j + k], cover[j + k if covered else 0], covered)
            _bytes(y[j + k], lines[k, 3])
            if covered:
                _bytes(c[j + k], lines[k, 4])
        _half(half, lines[0], lines[1])
        _signed(u[j // 2], half[0])
        _signed(v[j // 2], half[1])
        if covered:
            _bytes(c2[j // 2], half[2])


@whole(f"void({_RGB}, f4[:,::1], f4[:,::1], f4[:,::1], f4[:,::1], f4[:,::1])")
def to_floats(
    rgb: Array, cover: Array, covered: bool, y: Array, u: Array, v: Array, c: Array, c2: Array
) -> None:
    high, wide = y.shape
    lines, half = np.empty((2, 5, wide), np.float32), np.empty((3, wide // 2), np.float32)
    for j in range(0, high, 2):
        for k in range(2):
            _paint(lines[k], rgb[j + k], cover[j + k if covered else 0], covered)
            y[j + k] = lines[k, 3]
            if covered:
                c[j + k] = lines[k, 4]
        _half(half, lines[0], lines[1])
        u[j // 2], v[j // 2] = half[0], half[1]
        if covered:
            c2[j // 2] = half[2]
