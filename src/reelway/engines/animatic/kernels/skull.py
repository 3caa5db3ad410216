"""Compiled: a head. Its skull is grown together from ellipsoids, the face painted on it, hair laid
over it; the normals are the slope of what comes out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.face import face, modelled
from reelway.engines.animatic.kernels.form import SLOPE, SMALL
from reelway.engines.animatic.kernels.jit import part, whole
from reelway.engines.animatic.kernels.rows import HEAD
from reelway.engines.animatic.kernels.scalp import haired, quadric

Array = npt.NDArray[Any]
f4 = np.float32
_SLOPE, _SMALL = f4(SLOPE), f4(SMALL)
_MOST = 10


@part
def _parts(out: Array, who: Array, fine: bool) -> int:
    """Centres and radii of what a head is grown from, and how softly."""
    drop, wide, jaw, long = who[HEAD.drop], who[HEAD.width], who[HEAD.jaw], who[HEAD.nose]
    half = f4(0.5) * drop
    out[0] = (f4(-0.14), f4(0.27), f4(0), f4(0.84), f4(0.73), f4(0.66) * wide, f4(0))
    out[1] = (f4(0.17), f4(-0.10), f4(0), f4(0.50), f4(0.72), f4(0.555) * wide, f4(0.20))
    out[2] = (f4(0.13), f4(-0.46) - half, f4(0), f4(0.49), f4(0.45), f4(0.49) * jaw, f4(0.24))
    out[3] = (f4(0.24), f4(-0.74) - drop, f4(0), f4(0.40), f4(0.25), f4(0.335) * jaw, f4(0.30))
    out[4] = (f4(0.27), f4(-0.58) - half, f4(0), f4(0.365), f4(0.30), f4(0.37), f4(0.30))
    out[5] = (f4(0.57), f4(0), f4(0), f4(0.12), f4(0.30), f4(0.100), f4(0.17))
    out[6] = (f4(0.62), f4(-0.20), f4(0), f4(0.11) + f4(0.04) * long, f4(0.22), f4(0.085), f4(0.13))
    out[7] = (
        f4(0.70) + f4(0.05) * long, f4(-0.335), f4(0), f4(0.120), f4(0.092),
        f4(0.095) + f4(0.02) * long, f4(0.09),
    )  # fmt: skip
    if not fine or who[HEAD.ears] == f4(0):
        return 8
    for n in range(2):
        side = (f4(1) - f4(2) * f4(n)) * f4(0.655) * wide
        out[8 + n] = (f4(-0.08), f4(-0.09), side, f4(0.14), f4(0.235), f4(0.075), f4(0.03))
    return 10


@part
def _reach(turn: Array, n: int, one: Array) -> Any:
    """How far to a side an ellipsoid is looked for."""
    x, y, z = turn[n, 0] * one[3], turn[n, 1] * one[4], turn[n, 2] * one[5]
    return np.sqrt(x * x + y * y + z * z) * f4(1.15) + f4(0.05)


@part
def _begun(deep: Array, best: Array, left: Array, front: Array) -> None:
    for i in range(len(deep)):
        deep[i], best[i] = front[i], max(best[i], left[i])


@part
def _grown(deep: Array, best: Array, left: Array, front: Array, soft: Any) -> None:
    less = f4(0.5) / soft
    for i in range(len(deep)):
        best[i] = max(best[i], left[i])
        more = front[i] - deep[i]
        mix = min(max(more * less + f4(0.5), f4(0)), f4(1))
        deep[i] += more * mix + soft * mix * (f4(1) - mix)


@part
def _row(
    left: Array, front: Array, xs: Array, y: Any, m: tuple[Any, Any, Any], form: tuple[Any, ...]
) -> None:
    """How far inside its outline a row of pixels is, and how near the front."""
    a00, a01, a02, a11, a12, a22 = form
    b0, b1 = a02 / a22, a12 / a22
    m00, m01, m11 = a00 - b0 * b0 * a22, a01 - b0 * b1 * a22, a11 - b1 * b1 * a22
    dy, high = y - m[1], f4(1) / np.sqrt(a22)
    size = f4(0.5) / np.sqrt(np.sqrt(max(m00 * m11 - m01 * m01, f4(1e-6))))
    for i in range(len(xs)):
        dx = xs[i] - m[0]
        inside = (f4(1) - dx * (m00 * dx)) - dy * (m11 * dy) - (f4(2) * m01 * dx) * dy
        away = np.sqrt(abs(inside)) * (high if inside > f4(0) else f4(-2.5) * high)
        front[i] = away + (m[2] - (b0 * dx + b1 * dy))
        left[i] = inside * size


@part
def _skull(deep: Array, best: Array, who: Array, turn: Array, xs: Array, ys: Array, k: Any) -> None:
    """Depth and how far inside the outline, of ellipsoids that melt into each other."""
    table, lines = np.empty((_MOST, 7), np.float32), np.empty((2, len(xs)), np.float32)
    for n in range(_parts(table, who, k > _SMALL)):
        one = table[n]
        m = (
            turn[0, 0] * one[0] + turn[0, 1] * one[1] + turn[0, 2] * one[2],
            turn[1, 0] * one[0] + turn[1, 1] * one[1] + turn[1, 2] * one[2],
            turn[2, 0] * one[0] + turn[2, 1] * one[1] + turn[2, 2] * one[2],
        )
        form, wide, tall = (
            quadric(turn, one[3], one[4], one[5]),
            _reach(turn, 0, one),
            _reach(turn, 1, one),
        )
        a, b = 0, len(xs)
        while n > 0 and a < b and xs[a] < m[0] - wide:
            a += 1
        while n > 0 and b > a and xs[b - 1] > m[0] + wide:
            b -= 1
        for j in range(len(ys)):
            if n > 0 and (ys[j] < m[1] - tall or ys[j] > m[1] + tall):
                continue
            left, front = lines[0, : b - a], lines[1, : b - a]
            _row(left, front, xs[a:b], ys[j], m, form)
            if n == 0:
                _begun(deep[j], best[j], left, front)
            else:
                _grown(deep[j, a:b], best[j, a:b], left, front, one[6])


@part
def _covered(cover: Array, best: Array, k: Any) -> None:
    for i in range(len(cover)):
        cover[i] = min(max(best[i] * k + f4(0.5), f4(0)), f4(1))


@part
def _sloped(nx: Array, ny: Array, deep: Array, k: Any) -> None:
    """The normals of a depth that is known for each pixel; half as far at the borders."""
    high, wide = deep.shape
    for j in range(high):
        a, b = max(j - 1, 0), min(j + 1, high - 1)
        for i in range(wide):
            c, d = max(i - 1, 0), min(i + 1, wide - 1)
            x = -(deep[j, d] - deep[j, c]) / f4(max(d - c, 1)) * k
            y = (deep[b, i] - deep[a, i]) / f4(max(b - a, 1)) * k
            x, y = min(max(x, -_SLOPE), _SLOPE), min(max(y, -_SLOPE), _SLOPE)
            norm = f4(1) / np.sqrt(f4(1) + x * x + y * y)
            nx[j, i], ny[j, i] = x * norm, y * norm


@whole("void(f4[:,:,::1], f4[::1], f4[:,::1], f4[::1], f4[::1], f4)")
def head(out: Array, who: Array, turn: Array, xs: Array, ys: Array, k: Any) -> None:
    high, wide = len(ys), len(xs)
    deep, best = np.empty((high, wide), np.float32), np.full((high, wide), f4(-1))
    _skull(deep, best, who, turn, xs, ys, k)
    for j in range(high):
        _covered(out[0, j], best[j], k)
    raised = deep.copy()
    modelled(raised, deep, who, turn, xs, ys, k)
    _sloped(out[4], out[5], raised, k)
    face(out, deep, who, turn, xs, ys, k)
    if who[HEAD.styled] > f4(0):
        haired(out, raised, who, turn, xs, ys, k)
