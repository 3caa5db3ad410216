"""Who a face is, and that as the numbers of which a head is drawn.

Face      colours, proportions, hair
numbers   with what it does, as the kernel `head` takes them
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.hair import STYLES

if TYPE_CHECKING:
    from reelway.engines.animatic.visage import Expression

Array = npt.NDArray[Any]
BEARDS = "", "stubble", "moustache", "full"
GLASSES = "", "clear", "dark"
COVERED = "long", "bangs", "bob", "afro"  # hair over the ears


@dataclass(frozen=True, kw_only=True)
class Face:
    """Colours are linear; sizes are factors of the usual."""

    skin: Array
    hair: Array
    iris: Array
    style: str = "short"  # of the hair; "" none
    female: bool = False
    old: bool = False
    young: bool = False
    width: float = 1.0
    jaw: float = 1.0
    nose: float = 1.0
    lips: float = 1.0
    eyes: float = 1.0
    brows: float = 1.0
    beard: str = ""  # "stubble", "moustache", "full"
    paint: bool = False  # lips and lashes are made up
    glasses: str = ""  # "clear", "dark"
    seed: float = 0.0  # 0…1, of strands


def numbers(f: Face, says: Expression) -> Array:
    """In the order of `kernels.rows.Head`."""
    drop = 0.09 * (says.mouth if says.jaw is None else says.jaw)
    s = STYLES.get(f.style) or STYLES["short"]
    return np.array([
        *f.skin, *f.hair, *f.iris, f.female, f.old, f.young, f.width, f.jaw, f.nose, f.lips, f.eyes,
        f.brows, BEARDS.index(f.beard), f.paint, GLASSES.index(f.glasses), f.seed,
        f.style not in COVERED, says.mouth, says.smile, says.brow, says.slope, says.lids,
        *says.gaze, says.tears, drop, bool(f.style), *s.line, s.high, s.wide, s.deep, s.rough,
        s.curl, s.part, s.drop,
    ], np.float32)  # fmt: skip
