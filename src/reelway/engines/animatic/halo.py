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
GAP = 4  # empty columns of cells that part two boxes
LEAST = 0.02  # of light that anybody would see


def spread(
    w: Window, picture: Array, cover: Array, *, above: float, amount: float
) -> tuple[Array, Array]:
    """`above`: the display level from which something shines."""
    step = max(1, round(w.density / CELLS))
    rows, cols = w.height // step, w.width // step
    if rows < 3 or cols < 3:
        return picture, cover
    fine = max(1, step // 5)  # of each cell so many points are looked at
    points = np.s_[: rows * step : fine, : cols * step : fine]
    bright = np.maximum(picture[points] - np.float32(above), 0) * cover[points][..., None]
    if float(bright.max()) < 0.05:
        return picture, cover
    cells = resized(bright, (rows, cols)) if step % fine else bright.reshape(
        rows, step // fine, cols, step // fine, 3).mean(axis=(1, 3))  # fmt: skip
    halo = np.zeros_like(cells)
    for radius, strength in RADII:
        by = max(1, round(radius * w.density / step))
        halo += strength * amount * _blurred(_blurred(cells, by), by)
    seen = halo.max(axis=-1) > LEAST
    if not seen.any():
        return picture, cover
    if not picture.flags.writeable:
        picture = picture.copy()
    out = np.array(cover, np.float32)
    columns = np.flatnonzero(seen.any(axis=0))
    for run in np.split(columns, np.flatnonzero(np.diff(columns) > GAP) + 1):
        # Only the boxes around what shines are painted anew, a cell more on either side.
        left, right = max(int(run[0]) - 1, 0), min(int(run[-1]) + 2, cols)
        lines = np.flatnonzero(seen[:, left:right].any(axis=1))
        top, low = max(int(lines[0]) - 1, 0), min(int(lines[-1]) + 2, rows)
        box = np.s_[top * step : low * step, left * step : right * step]
        there, under = out[box], picture[box]
        wide = resized(halo[top:low, left:right].astype(np.float32), there.shape)
        level = np.clip(wide.max(axis=-1), LEAST, 0.85)
        # Over what is covered it is added; beside it, a thin paint of its own colour.
        made = np.where(
            (there > 0.5)[..., None], under + wide * (1 - under), wide / level[..., None]
        )
        picture[box], out[box] = made, np.maximum(there, (level - LEAST) * (1 - there))
    return picture, out


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
