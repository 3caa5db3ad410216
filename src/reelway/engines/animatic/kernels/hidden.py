"""Compiled: what is seen of a pile of textures.

    cells    what is in each cell of a texture: nothing, something, or nothing but what is opaque
    seen     the same of the canvas' cells under such a texture, but for what is hidden by those
             above it, which were asked before

A cell of the canvas is 32 × 8 pixels of its luma, 16 × 4 of its chromas.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.jit import part, whole
from reelway.engines.animatic.kernels.lanes import byte_at

Array = npt.NDArray[Any]
SIDE = 8  # of a texture's cell
WIDE, HIGH = 32, 8  # of a canvas'
NOTHING, SOME, SOLID = 0, 1, 2
u1, u8 = np.uint8, np.uint64


@whole("void(u1[:,::1], u1[:,::1], u1, u1)", "void(u1[:,::1], f4[:,::1], f4, f4)")
def cells(out: Array, cover: Array, faint: Any, full: Any) -> None:
    """`faint`: up to this it is nothing; `full`: from this on nothing is seen through it."""
    high, wide = cover.shape
    most, least = np.empty(wide, cover.dtype), np.empty(wide, cover.dtype)
    for down in range(out.shape[0]):
        most[:], least[:] = cover[down * SIDE], cover[down * SIDE]
        for y in range(down * SIDE + 1, min(down * SIDE + SIDE, high)):
            line = cover[y]
            for x in range(wide):
                most[x], least[x] = max(most[x], line[x]), min(least[x], line[x])
        for across in range(out.shape[1]):
            something, solid = False, True
            for x in range(across * SIDE, min(across * SIDE + SIDE, wide)):
                something = something or most[x] > faint
                solid = solid and least[x] >= full
            out[down, across] = u1(SOLID if solid else SOME if something else NOTHING)


@part
def _span(at: float, step: float, begin: int, end: int, margin: float, size: int) -> Any:
    """The cells of a texture which outputs look at, and whether it has all that they look at."""
    first = math.floor(at + step * begin - margin)
    last = math.ceil(at + step * (end - 1) + margin)
    within = first >= 0 and last < size
    return max(first, 0) // SIDE, min(last, size - 1) // SIDE + 1, within


@part
def seen(
    out: Array, hidden: Array, grid: Any, high: int, wide: int, x0: int, x1: int, y0: int, y1: int,
    ay: float, dy: float, ax: float, dx: float, soft: bool, everywhere: bool, solid: bool,
    tall: int, long: int,
) -> None:  # fmt: skip
    """`grid`: where its cells are kept, if it has some; `everywhere`: it is to be drawn where it
    has nothing, too; `solid`: it is laid as opaque as it is; `tall`, `long`: the canvas."""
    support = 4.0 if soft else 2.0  # of half size a filter reaches twice as far
    margin_y, margin_x = support * max(1.0, dy) + 2, support * max(1.0, dx) + 2
    across = (wide + SIDE - 1) // SIDE
    lines = np.empty((2, across), np.uint8)
    begin, end = x0 // WIDE, (x1 + WIDE - 1) // WIDE
    spans = np.empty((end - begin, 3), np.int64)
    for k in range(end - begin):
        left = (begin + k) * WIDE
        a, b, within = _span(ax, dx, left, left + WIDE, margin_x, wide)
        framed = x0 <= left and (x1 >= left + WIDE or x1 == long)
        spans[k, 0], spans[k, 1], spans[k, 2] = a, b, within and framed
    for down in range(y0 // HIGH, (y1 + HIGH - 1) // HIGH):
        above = down * HIGH
        a, b, within = _span(ay, dy, above, above + HIGH, margin_y, high)
        within = within and y0 <= above and (y1 >= above + HIGH or y1 == tall)
        lines[0, :], lines[1, :] = SOLID if grid == u8(0) else NOTHING, SOLID
        if grid != u8(0):
            for row in range(a, b):
                for x in range(across):
                    cell = u1(byte_at(grid + u8(row * across + x)))
                    lines[0, x] = max(lines[0, x], cell)
                    lines[1, x] = min(lines[1, x], cell)
        for k in range(end - begin):
            at = begin + k
            if hidden[down, at]:
                continue
            most, least = u1(SOME if everywhere else NOTHING), u1(SOLID)
            for x in range(spans[k, 0], spans[k, 1]):
                most, least = max(most, lines[0, x]), min(least, lines[1, x])
            if least == SOLID and solid and within and spans[k, 2]:
                out[down, at], hidden[down, at] = SOLID, 1
            elif most != NOTHING:
                out[down, at] = SOME
