"""Compiled: curves of which the compiler can make vectors, right to some millionths."""

from __future__ import annotations

from typing import Any

import numpy as np

from reelway.engines.animatic.kernels.jit import part

f4 = np.float32
_ROUND = f4(1 / (2 * np.pi))
# Of the sine of v turns, divided by v, by powers of v².
_A, _B, _C, _D, _E = f4(6.2831855), f4(-41.341675), f4(81.602295), f4(-76.579200), f4(39.759670)


@part
def sine(x: Any) -> Any:
    turn = x * _ROUND - f4(0.25)
    turn -= np.rint(turn)
    v = f4(0.25) - abs(turn)
    w = v * v
    return v * (_A + w * (_B + w * (_C + w * (_D + w * _E))))
