"""Compiled: curves of which the compiler can make vectors, right to some millionths."""

from __future__ import annotations

from typing import Any

import numpy as np

from reelway.engines.animatic.kernels.form import GAUSS
from reelway.engines.animatic.kernels.jit import part

f4, u4 = np.float32, np.uint32
_BELL = GAUSS
_ROUND = f4(1 / (2 * np.pi))
# Of the sine of v turns, divided by v, by powers of v².
_A, _B, _C, _D, _E = f4(6.2831855), f4(-41.341675), f4(81.602295), f4(-76.579200), f4(39.759670)

# Of the angle whose tangent is v, divided by v, by powers of v².
_T = (
    f4(0.999999762),
    f4(-0.333313674),
    f4(0.199633032),
    f4(-0.139914632),
    f4(0.0985323265),
    f4(-0.0587923825),
    f4(0.0238628257),
    f4(-0.00460927282),
)
_RIGHT = f4(np.pi / 2)


@part
def sine(x: Any) -> Any:
    turn = x * _ROUND - f4(0.25)
    turn -= np.rint(turn)
    v = f4(0.25) - abs(turn)
    w = v * v
    return v * (_A + w * (_B + w * (_C + w * (_D + w * _E))))


@part
def bell(x: Any) -> Any:
    """e to the power of −x, x not below 0."""
    to = min(x, f4(15.99)) * f4(256)
    n = u4(to)
    on = to - f4(n)
    return _BELL[n] * (f4(1) - on) + _BELL[n + u4(1)] * on


@part
def square(x: Any) -> Any:
    return x * x


@part
def unit(x: Any) -> Any:
    return min(max(x, f4(0)), f4(1))


@part
def angle(y: Any, x: Any) -> Any:
    """Of a point, like `math.atan2`."""
    wide, tall = abs(x), abs(y)
    v = min(wide, tall) / max(max(wide, tall), f4(1e-12))
    w = v * v
    a = _T[6] + w * _T[7]
    a = _T[4] + w * (_T[5] + w * a)
    a = v * (_T[0] + w * (_T[1] + w * (_T[2] + w * (_T[3] + w * a))))
    a = _RIGHT - a if tall > wide else a
    a = f4(2) * _RIGHT - a if x < f4(0) else a
    return -a if y < f4(0) else a
