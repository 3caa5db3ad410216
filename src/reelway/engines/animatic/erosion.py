"""Heights of mountains as rain leaves them: crests sharp, slopes grooved, valleys smooth.

Each octave of noise is added the less the steeper the sum below it already is, as on real slopes,
where debris slides off; the first octaves are folded into ridges.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels import kernels
from reelway.engines.animatic.noise import lattices

Array = npt.NDArray[Any]
FOLDED = 2  # octaves that make ridges
STEEP = 0.62  # how much a slope keeps the next octave away


def eroded_at(seed: int, name: str, x: Array, y: Array, *, octaves: int = 8) -> Array:
    """Heights at scattered points, about 0…1."""
    total = kernels().eroded(lattices(seed, name, octaves), x, y, FOLDED, STEEP)
    return np.asarray(0.32 + 0.62 * total, np.float32)
