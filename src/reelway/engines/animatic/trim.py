"""Cuts and seams of clothes, laid on the front of a trunk.

front    what the garment shows there: lapels and a tie, a row of buttons, an apron, a neckline
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reelway.engines.animatic.attire import Frame, trunk
from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.solid import Coat, Cone, Limb, Loft, Point, Sheet, Solid, turned

if TYPE_CHECKING:
    from reelway.engines.animatic.person import Dress

SHIRT = Coat(colour=linear("#d8d6d0"))
DARK = Coat(colour=linear("#17161a"))
GOLD = Coat(colour=linear("#c9a545"), shine=0.9)
ARC = [i * math.pi / 16 for i in range(-8, 9)]
Spots = Sequence[tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Front:
    """`on`: a point of the trunk's front, −1…1 across and 0 at the hips … 1 at the neck."""

    on: Callable[[float, float], Point]
    faces: float  # how much of it we see
    base: float  # the trunk's own place in the order of painting

    def sheet(self, spots: Spots, coat: Coat, level: float) -> Solid:
        points = [self.on(u, v) for u, v in spots]
        return Sheet(points=points, coat=replace(coat, stain=True),
                     lift=self._lift(points, level))  # fmt: skip

    def band(self, spots: Spots, thick: float, coat: Coat, level: float) -> Solid:
        points = [self.on(u, v) for u, v in spots]
        return Limb(points=points, radii=[thick] * len(points), coat=replace(coat, stain=True),
                    lift=self._lift(points, level))  # fmt: skip

    def knob(self, u: float, v: float, size: float, coat: Coat, level: float) -> Solid:
        p = self.on(u, v)
        return Cone(a=p, b=p, ra=size, rb=size, coat=coat, lift=self._lift([p], level))

    def _lift(self, points: Sequence[Point], level: float) -> float:
        """So that it lies over the trunk and under an arm, whatever way they are turned."""
        return self.base + level - sum(p[2] for p in points) / len(points)


def placed(f: Frame) -> Front:
    ahead, right = turned((1.0, 0.0, 0.0), f.heading), turned((0.0, 0.0, 1.0), f.heading)
    deep, wide = 0.062 * f.stout, f.broad * 0.98

    def on(u: float, v: float) -> Point:
        x = f.pelvis[0] + (f.neck[0] - f.pelvis[0]) * v
        y = f.pelvis[1] + (f.neck[1] - f.pelvis[1]) * v
        z = f.pelvis[2] + (f.neck[2] - f.pelvis[2]) * v
        far = deep * math.sqrt(max(0.0, 1 - u * u)) * (1 - 0.55 * max(0.0, v - 0.75) * 4)
        return (x + right[0] * u * wide + ahead[0] * far, y,
                z + right[2] * u * wide + ahead[2] * far)  # fmt: skip

    return Front(on=on, faces=ahead[2], base=trunk(f))


def front(d: Dress, f: Frame, fine: bool) -> list[Solid]:
    on = placed(f)
    if on.faces < 0.12:
        return []
    out: list[Solid] = []
    if d.cut == "lapels":
        out += _lapels(d, on)
    elif d.cut == "buttons":
        out += _row(d, on, fine)
    elif d.cut == "neckline":
        out.append(on.sheet([(-0.40, 1.03), (-0.22, 0.87), (0.0, 0.81), (0.22, 0.87),
                           (0.40, 1.03)], d.skin, 0.0005))  # fmt: skip
    elif d.cut == "crossed":  # a kimono's or a robe's
        rim = replace(d.top, colour=d.top.colour * 0.55 + 0.04)
        skin = on.sheet([(-0.30, 1.04), (0.0, 0.76), (0.30, 1.04)], d.skin, 0.0005)
        out += [skin, on.band([(-0.36, 1.02), (0.12, 0.62)], 0.013, rim, 0.005),
                on.band([(0.36, 1.02), (-0.02, 0.72), (-0.30, 0.40)], 0.013, rim,
                        0.006)]  # fmt: skip
        out.append(on.band([(-0.78, 0.26), (0.0, 0.25), (0.78, 0.26)], 0.034,
                         Coat(colour=d.top.colour * 0.35 + 0.02), 0.007))  # fmt: skip
    elif d.cut != "none":  # a round collar
        rim = replace(d.top, colour=d.top.colour * 0.80, crease=0.0)
        arc = [(0.36 * math.sin(a), 1.0 - 0.125 * math.cos(a) ** 0.7) for a in ARC]
        out.append(on.sheet([(-0.30, 1.02), *arc, (0.30, 1.02)], d.skin, 0.0005))
        out.append(on.band(arc, 0.0040, rim, 0.002))
    if d.apron is not None:
        out += _apron(d.apron, f, on)
    return out


def _lapels(d: Dress, on: Front) -> list[Solid]:
    cloth = replace(d.top, crease=0.0)
    dim = replace(cloth, colour=cloth.colour * 0.68)
    out: list[Solid] = [
        on.sheet([(-0.32, 1.03), (0.0, 0.42), (0.32, 1.03)], d.shirt or SHIRT, 0.0008)
    ]
    if d.tie is not None:
        out.append(on.sheet([(-0.07, 0.96), (-0.09, 0.52), (0.0, 0.44), (0.09, 0.52),
                           (0.07, 0.96)], d.tie, 0.004))  # fmt: skip
    for side in (1, -1):
        out.append(on.sheet([(0.34 * side, 1.03), (0.50 * side, 0.86), (0.40 * side, 0.78),
                           (0.0, 0.40), (0.16 * side, 0.80)], dim, 0.005))  # fmt: skip
        out.append(on.sheet([(0.18 * side, 1.05), (0.34 * side, 1.0), (0.14 * side, 0.90)],
                          d.shirt or SHIRT, 0.0055))  # fmt: skip
    out.append(on.band([(0.0, 0.40), (0.02, 0.0)], 0.0022, dim, 0.005))
    for v in (0.30, 0.14):
        out.append(on.knob(0.05, v, 0.006, DARK, 0.006))
    return out


def _row(d: Dress, on: Front, fine: bool) -> list[Solid]:
    dim = replace(d.top, colour=d.top.colour * 0.66, crease=0.0)
    out: list[Solid] = [on.band([(0.0, 0.96), (0.0, 0.05)], 0.0022, dim, 0.004)]
    for side in (1, -1):
        out.append(on.sheet([(0.04 * side, 0.94), (0.34 * side, 1.05), (0.42 * side, 0.95),
                           (0.20 * side, 0.86)], replace(d.top, crease=0.0,
                          colour=d.top.colour * 1.12), 0.005))  # fmt: skip
    for v in (0.80, 0.62, 0.44, 0.26):
        out.append(on.knob(0.05, v, 0.0048, GOLD if d.brass else dim, 0.006))
    return out


def _apron(coat: Coat, f: Frame, on: Front) -> list[Solid]:
    low = (f.pelvis[0], max(0.22, f.pelvis[1] - 0.24), f.pelvis[2])
    half = [0.05, 0.055, 0.075, 0.09, 0.095, 0.10, 0.10]
    top = on.on(0.0, 0.78)
    return [Loft(a=top, b=low, left=half, right=half, coat=replace(coat, folds=5.0),
                 lift=on.base + 0.03 - (top[2] + low[2]) / 2),
            on.band([(-0.30, 1.0), (-0.26, 0.78)], 0.006, coat, 0.03),
            on.band([(0.30, 1.0), (0.26, 0.78)], 0.006, coat, 0.03)]  # fmt: skip
