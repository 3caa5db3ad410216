"""Lifting a thing off its picture.

lifted    planes and the thing's mask → the planes without it, and the thing as a texture
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import Texture, Window, halved
from reelway.engines.animatic.regions import box, guided, mirrored, resized

Array = npt.NDArray[Any]


def lifted(planes: list[Array], mask: Array, window: Window) -> tuple[list[Array], Texture] | None:
    """The planes with what is behind the thing made up, and the thing. Laid upon each other they
    are the picture again, to the last bit of a float."""
    high, wide = planes[0].shape
    place = _place(mask, (high, wide))
    if place is None:
        return None
    top, bottom, left, right = place
    rim = _rim((high, wide))
    mask = np.clip(box(mask, 1) * 1.8, 0, 1)  # its outermost leaves belong to it
    fine = np.s_[top:bottom, left:right]
    part = guided(planes[0][fine], resized(mask, (high, wide))[fine], rim, 6e-4)
    cover = np.clip((part - 0.12) / 0.62, 0, 1).astype(np.float32)
    covers = cover, halved(cover), halved(cover)
    left_over, laid = [], []
    for plane, part, step in zip(planes, covers, (1, 2, 2), strict=True):
        there = np.s_[top // step : bottom // step, left // step : right // step]
        behind = _behind(plane, there, part)
        laid.append((plane[there] - (1 - part) * behind).astype(np.float32))
        rest = plane.copy()
        rest[there] = behind
        left_over.append(rest)
    at = Window(
        left=window.left + left / window.density,
        top=window.top + top / window.density,
        width=right - left,
        height=bottom - top,
        density=window.density,
    )
    y, u, v = laid
    thing = Texture(window=at, y=y, u=u, v=v, cover=cover, cover2=covers[1], floats=True)
    return left_over, thing


def _rim(shape: tuple[int, int]) -> int:
    return max(4, min(shape) // 60)


def _place(mask: Array, shape: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """Top, bottom, left and right of a mask in pixels of the picture, even, with room around."""
    rim = _rim(shape)
    sides = []
    for axis, n in ((1, shape[0]), (0, shape[1])):
        at = np.nonzero((mask > 0.05).any(axis=axis))[0] * n / mask.shape[1 - axis]
        if not len(at):
            return None
        sides += [max(0, int(at[0]) - 2 * rim) & ~1, min(n, (int(at[-1]) + 3 * rim) & ~1)]
    top, bottom, left, right = sides
    return None if min(bottom - top, right - left) < 8 else (top, bottom, left, right)


def _behind(plane: Array, there: tuple[slice, slice], part: Array) -> Array:
    """What is behind the thing, from as much again to either side of it."""
    rows, cols = there
    wider = cols.stop - cols.start
    begin, end = max(0, cols.start - wider), min(plane.shape[1], cols.stop + wider)
    offset = cols.start - begin
    hole = np.zeros((rows.stop - rows.start, end - begin), bool)
    hole[:, offset : offset + part.shape[1]] = part > 0.004
    made = mirrored(plane[rows, begin:end][..., None], hole)
    made = made[:, offset : offset + part.shape[1], 0]
    # Where it hardly covers, behind it is what is seen there: no hem can come off.
    firm = np.clip(part / 0.7, 0, 1)
    return np.asarray(plane[there] + (made - plane[there]) * firm * firm * (3 - 2 * firm))
