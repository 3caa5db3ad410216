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
from reelway.engines.animatic.resample import box_blur

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
        halo += strength * amount * box_blur(box_blur(cells, by), by)
    if float(halo.max()) < LEAST:
        return picture, cover
    kernels().haloed(picture, cover, halo, LEAST, MOST)
    return picture, cover
