"""Hair that hangs or stands free of the skull: it lags behind when its head moves.

    locks    what a style has besides its cap: a curtain, a tail, a braid, a bun

Points are in the head's own space, as `on` places them; see `visage`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.features import Face
from reelway.engines.animatic.solid import Coat, Cone, Limb, Loft, Point, Solid

On = Callable[..., Point]
FALLING = {"long", "bangs"}


def locks(f: Face, style: str, on: On, k: float, heading: float, breeze: float) -> list[Solid]:
    """`k`: half a head's height; `breeze` −1…1: how the air of its own way moves it."""
    coat = Coat(colour=f.hair, folds=16.0, shine=0.25)
    behind = math.sin(heading) < -0.3  # seen from behind
    if style == "bun":
        at = on(-0.52, 0.98)
        ball = Cone(a=at, b=at, ra=0.34 * k, rb=0.34 * k, coat=replace(coat, crease=0.8),
                    lift=0.03 if behind else -0.01)  # fmt: skip
        return [ball]
    if style in ("pony", "braid"):
        return _tail(f, style, on, k, coat, behind, breeze)
    if style in FALLING:
        return _curtain(on, k, coat, behind, heading, breeze)
    return []


def _tail(
    f: Face, style: str, on: On, k: float, coat: Coat, behind: bool, breeze: float
) -> list[Solid]:
    root, mid = on(-0.95, 0.45), on(-1.15 - 0.12 * abs(breeze), -0.25)
    end = on(-0.95 - 0.50 * abs(breeze), -1.35 + 0.35 * abs(breeze), 0.20 * breeze)
    lift = 0.05 if behind else -0.17
    if style == "pony":
        radii = [0.12 * k, 0.22 * k, 0.06 * k]
        tie = Cone(a=root, b=root, ra=0.15 * k, rb=0.15 * k,
                   coat=Coat(colour=linear("#7a2e36")), lift=lift)  # fmt: skip
        hang = Limb(points=[root, mid, end], radii=radii, coat=replace(coat, crease=0.5), lift=lift)
        return [hang, tie]
    out: list[Solid] = []
    for i in range(9):
        t = i / 8
        a = on(-0.98 - 0.1 * math.sin(3 * t) - 0.3 * abs(breeze) * t, -0.3 - 1.7 * t,
               0.20 * breeze * t + 0.05 * (-1) ** i)  # fmt: skip
        r = (0.19 - 0.07 * t) * k
        out.append(Cone(a=a, b=a, ra=r, rb=r, coat=coat, lift=lift + 0.001 * i))
    return out


def _curtain(
    on: On, k: float, coat: Coat, behind: bool, heading: float, breeze: float
) -> list[Solid]:
    """Down the back, and a strand on either side of the face."""
    sway = 0.35 * breeze
    top, low = on(-0.42, 0.35), on(-0.62 - 0.25 * abs(breeze), -2.15 + 0.25 * abs(breeze), sway)
    front = abs(math.sin(heading))
    wide = 0.80 * front + 0.52 * (1 - front)
    half = [wide * w * k for w in (0.70, 1.0, 1.02, 1.02, 0.98, 0.90, 0.62)]
    back = Loft(a=top, b=low, left=half, right=half, coat=coat, lift=0.10 if behind else -0.16)
    out: list[Solid] = [back]
    if not behind:
        for side in (1, -1):
            a = on(0.10, 0.50, 0.60 * side)
            b = on(0.08 - 0.1 * abs(breeze), -2.05, 0.70 * side + 0.3 * sway)
            inner = [w * k for w in (0.10, 0.13, 0.12, 0.14, 0.20, 0.24, 0.22, 0.12)]
            outer = [w * k for w in (0.14, 0.20, 0.24, 0.26, 0.25, 0.22, 0.18, 0.10)]
            left, right = (outer, inner) if b[0] > on(0.1, -1.95)[0] else (inner, outer)
            out.append(
                Loft(
                    a=a,
                    b=b,
                    left=left,
                    right=right,
                    coat=replace(coat, folds=11.0),
                    lift=0.004 - (a[2] + b[2]) / 2 + on(0.0, 0.0)[2],
                    over=0.02 * k,
                )
            )
    return out
