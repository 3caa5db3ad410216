"""What happens in the picture, heard when it is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.plan import ShotPlan

Array = npt.NDArray[Any]


def effects(shots: Sequence[ShotPlan], seed: int, n: int) -> Array:
    """(n, 2); on the scale of `ambience.bed`."""
    return np.zeros((n, 2), np.float32)
