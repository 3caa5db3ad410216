"""Light that spreads in thick air: a painted layer's lamps and windows get a halo.

    spread    display RGB and cover → the same, with what shines in it blurred over and around it

It is baked into the layer, also where nothing covers: there it is a thin paint of light.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import Window
from reelway.engines.animatic.regions import resized

Array = npt.NDArray[Any]
CELLS = 56.0  # a view unit: halos are soft
RADII = ((0.022, 3.0), (0.07, 3.6))  # view units and strength of what makes a halo
LEAST = 1e-3


def spread(
    w: Window, picture: Array, cover: Array, *, above: float, amount: float
) -> tuple[Array, Array]:
    """`above`: the display level from which something shines."""
    step = max(1, round(w.density / CELLS))
    rows, cols = w.height // step, w.width // step
    if rows < 3 or cols < 3:
        return picture, cover
    part = np.s_[: rows * step, : cols * step]
    bright = np.maximum(picture[part] - np.float32(above), 0) * cover[part][..., None]
    if float(bright.max()) < 0.05:
        return picture, cover
    cells = bright.reshape(rows, step, cols, step, 3).mean(axis=(1, 3))
    halo = np.zeros_like(cells)
    for radius, strength in RADII:
        by = max(1, round(radius * w.density / step))
        halo += strength * amount * _blurred(_blurred(cells, by), by)
    if float(halo.max()) < LEAST:
        return picture, cover
    wide = np.asarray(resized(halo, (w.height, w.width)), np.float32)
    level = np.clip(wide.max(axis=-1), LEAST, 0.85)
    there = cover[..., None]
    over = wide / level[..., None]
    out = np.maximum(cover, level * (1 - cover) * (level > 3 * LEAST))
    inside = picture + wide * (1 - np.clip(picture, 0, 1))
    return np.asarray(inside * there + over * (1 - there), np.float32), out


def _blurred(cells: Array, by: int) -> Array:
    """A box over rows and columns, by running sums."""
    for axis in (0, 1):
        count = cells.shape[axis]
        sums = np.cumsum(cells, axis=axis, dtype=np.float64)
        sums = np.concatenate([np.zeros_like(np.take(sums, [0], axis)), sums], axis=axis)
        high = np.minimum(np.arange(count) + by + 1, count)
        low = np.maximum(np.arange(count) - by, 0)
        cells = (np.take(sums, high, axis) - np.take(sums, low, axis)) / (2 * by + 1)
    return np.asarray(cells, np.float32)
