"""Painting a window in strips, so that what a painter computes stays in the processor's cache and
takes little memory.

strips    a painter that looks at each point alone → the same, a few rows at a time
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import Window

Array = npt.NDArray[Any]
SOME, ROWS = 49152, 16  # points of a strip, and rows at least
MANY = 1 << 20  # points, for a painter that does much before its first one
Painter = Callable[[Window], tuple[Array, Array | None]]


def strips(paint: Painter, some: int = SOME) -> Painter:
    """The painter's picture, made of strips of it, of `some` points each."""

    def painted(window: Window) -> tuple[Array, Array | None]:
        rows = max(ROWS, some // window.width & ~1)
        if rows >= window.height:
            return paint(window)
        picture = np.empty((window.height, window.width, 3), np.float32)
        cover: Array | None = None
        for top in range(0, window.height, rows):
            high = min(rows, window.height - top)
            strip = replace(window, top=window.top + top / window.density, height=high)
            picture[top : top + high], part = paint(strip)
            if part is not None:
                if cover is None:
                    cover = np.empty(picture.shape[:2], np.float32)
                cover[top : top + high] = part
        return picture, cover

    return painted
