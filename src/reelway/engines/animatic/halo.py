"""Light that spreads in thick air: a painted layer's lamps and windows get a halo.

    spread    display RGB and cover → the same, with what shines in it blurred over and around it

It is baked into the layer, also where nothing covers: there it is a thin paint of light.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import Window
from reelway.engines.animatic.kernels import kernels

Array = npt.NDArray[Any]
CELLS = 56.0  # a view unit: halos are soft
RADII = ((0.022, 3.0), (0.07, 3.6))  # view units and strength of what makes a halo
LEAST, MOST = 1e-3, 0.85  # of what it covers


def spread(
    w: Window, picture: Array, cover: Array, *, above: float, amount: float
) -> tuple[Array, Array]:
    """`above`: the display level from which something shines."""
    step = max(1, round(w.density / CELLS))
    rows, cols = w.height // step, w.width // step
    if rows < 3 or cols < 3:
        return picture, cover
    if not any(picture.strides[:-1]) and float(picture[0, 0].max()) < above + 0.05:
        return picture, cover  # one colour all over, which does not shine
    picture = np.require(picture, np.float32, ("C", "W"))
    cover = np.require(cover, np.float32, ("C", "W"))
    cells, most = kernels().gathered(picture, cover, above, step)
    if most < 0.05:
        return picture, cover
    halo = np.zeros_like(cells)
    for radius, strength in RADII:
        by = max(1, round(radius * w.density / step))
        halo += strength * amount * _blurred(_blurred(cells, by), by)
    if float(halo.max()) < LEAST:
        return picture, cover
    kernels().haloed(picture, cover, halo, LEAST, MOST)
    return picture, cover


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
