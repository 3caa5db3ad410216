"""The simple solids that figures are made of; `solid` paints them.

    Cone     two balls of different size and what lies between them
    Limb     several of them on a string, grown together: an arm in its sleeve, a leg
    Loft     a body or a garment: a profile of half widths along an axis, flat at both ends
    Ring     a wheel
    Sheet    a flat piece with any outline: a wing, a fin, a tail
    Relief   anything that draws itself: a head
    Coat     what they are covered with: colour, pattern, folds
    bounds, moved, changed, turned, rounded

A point is (x, y, z) in the figure's own units: x to the right, y up, z towards the eye.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import numpy.typing as npt

Array = npt.NDArray[Any]
Point = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Coat:
    """What a solid is covered with; colours are linear."""

    colour: Array
    under: Array | None = None  # of the underside: a fox's belly
    bands: tuple[float, Array] | None = None  # stripes: how many along it, and their colour
    spots: tuple[float, Array] | None = None  # as many along it, and their colour
    folds: float = 0.0  # of cloth that hangs, across it
    crease: float = 0.0  # short wrinkles where it bends, 0…1
    glow: float = 0.0  # light of its own
    shine: float = 0.0
    stain: bool = False  # only colours what it lies on: a neckline, a tie
    veil: float = 0.0  # above 0: no body, only the shade that something above it throws


@dataclass(frozen=True, kw_only=True)
class Cone:
    a: Point
    b: Point
    ra: float
    rb: float
    coat: Coat
    lift: float = 0.0  # nearer to the eye than it is
    tube: bool = False  # lit as a part of something longer, however short it is
    over: float = 0.0  # how far its shade reaches on what is right behind it

    @property
    def order(self) -> float:
        return (self.a[2] + self.b[2]) / 2 + self.lift


@dataclass(frozen=True, kw_only=True)
class Limb:
    points: Sequence[Point]
    radii: Sequence[float]
    coat: Coat
    lift: float = 0.0
    over: float = 0.0
    fades: float = 0.0  # the part from its beginning in which it comes out of what is below

    @property
    def order(self) -> float:
        return sum(p[2] for p in self.points) / len(self.points) + self.lift


@dataclass(frozen=True, kw_only=True)
class Loft:
    """Along a→b the half widths `left` and `right` of that direction, at even steps."""

    a: Point
    b: Point
    left: Sequence[float]
    right: Sequence[float]
    coat: Coat
    lift: float = 0.0
    over: float = 0.0

    @property
    def order(self) -> float:
        return (self.a[2] + self.b[2]) / 2 + self.lift


@dataclass(frozen=True, kw_only=True)
class Ring:
    at: Point
    radius: float
    thick: float
    coat: Coat

    @property
    def order(self) -> float:
        return self.at[2]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    points: Sequence[Point]
    coat: Coat
    facing: Point = (0.0, 0.6, 0.8)
    lift: float = 0.0

    @property
    def order(self) -> float:
        return sum(p[2] for p in self.points) / len(self.points) + self.lift


@dataclass(frozen=True, kw_only=True)
class Relief:
    """`draw`: x and y in its own size, (w,) and (h,), and pixels a unit of it → planes (8, h, w):
    cover, red, green, blue, normal x and y, light from the sky, shine."""

    at: Point
    by: float
    reach: tuple[float, float, float, float]  # left, right, low, high in its own size
    draw: Callable[[Array, Array, float], Array]
    lift: float = 0.0
    same: Hashable = None  # what looks alike is equal here, so that it is drawn only once

    @property
    def order(self) -> float:
        return self.at[2] + self.lift


Solid = Cone | Limb | Loft | Ring | Sheet | Relief
S = TypeVar("S")


def reach(s: Solid) -> tuple[float, float, float, float]:
    """left, right, low, high of one."""
    if isinstance(s, Ring):
        r = s.radius + s.thick
        return s.at[0] - r, s.at[0] + r, s.at[1] - r, s.at[1] + r
    if isinstance(s, Relief):
        left, right, low, high = (v * s.by for v in s.reach)
        return s.at[0] + left, s.at[0] + right, s.at[1] + low, s.at[1] + high
    if isinstance(s, Sheet | Limb):
        xs, ys = [p[0] for p in s.points], [p[1] for p in s.points]
        r = max(s.radii) if isinstance(s, Limb) else 0.0
        return min(xs) - r, max(xs) + r, min(ys) - r, max(ys) + r
    r = max(s.ra, s.rb) if isinstance(s, Cone) else max(*s.left, *s.right, 0.0)
    return (
        min(s.a[0], s.b[0]) - r,
        max(s.a[0], s.b[0]) + r,
        min(s.a[1], s.b[1]) - r,
        max(s.a[1], s.b[1]) + r,
    )


def bounds(solids: Sequence[Solid]) -> tuple[float, float, float, float]:
    """left, right, low, high of all of them."""
    all_ = [reach(s) for s in solids]
    return (
        min(v[0] for v in all_),
        max(v[1] for v in all_),
        min(v[2] for v in all_),
        max(v[3] for v in all_),
    )


def turned(p: Point, heading: float) -> Point:
    """A point of a figure (x forward, y up, z to its right) as the eye sees it: heading 0 goes to
    the right, a quarter turn comes towards the eye."""
    c, s = math.cos(heading), math.sin(heading)
    return p[0] * c - p[2] * s, p[1], p[0] * s + p[2] * c


def moved(solid: Solid, dx: float, dy: float, dz: float = 0.0, by: float = 1.0) -> Solid:
    """The solid `by` as large, then somewhere else."""

    match solid:
        case Limb():
            points = [(x * by + dx, y * by + dy, z * by + dz) for x, y, z in solid.points]
            return changed(solid, points=points, radii=[r * by for r in solid.radii],
                           over=solid.over * by)  # fmt: skip
        case Cone():
            (x, y, z), (u, v, w) = solid.a, solid.b
            return changed(solid, a=(x * by + dx, y * by + dy, z * by + dz),
                           b=(u * by + dx, v * by + dy, w * by + dz), ra=solid.ra * by,
                           rb=solid.rb * by, over=solid.over * by)  # fmt: skip
        case Loft():
            (x, y, z), (u, v, w) = solid.a, solid.b
            left, right = [n * by for n in solid.left], [n * by for n in solid.right]
            return changed(solid, a=(x * by + dx, y * by + dy, z * by + dz),
                           b=(u * by + dx, v * by + dy, w * by + dz), left=left, right=right,
                           over=solid.over * by)  # fmt: skip
        case Ring():
            x, y, z = solid.at
            return changed(solid, at=(x * by + dx, y * by + dy, z * by + dz),
                           radius=solid.radius * by, thick=solid.thick * by)  # fmt: skip
        case Relief():
            x, y, z = solid.at
            return changed(solid, at=(x * by + dx, y * by + dy, z * by + dz), by=solid.by * by)
        case Sheet():
            points = [(x * by + dx, y * by + dy, z * by + dz) for x, y, z in solid.points]
            return changed(solid, points=points)


def changed(thing: S, **other: Any) -> S:
    """A copy of a solid or a coat with other values. `dataclasses.replace` sees to far more, and a
    crowd has tens of thousands of solids."""
    made = object.__new__(type(thing))
    made.__dict__.update(thing.__dict__, **other)
    return made


def rounded(w: Sequence[float], by: int = 4) -> list[float]:
    """The same widths at finer steps, without corners."""
    return list(_rounded(tuple(w), by))


@lru_cache(maxsize=256)
def _rounded(w: tuple[float, ...], by: int) -> tuple[float, ...]:
    """They are the same in each picture of a cycle."""
    out: list[float] = []
    for i in range(len(w) - 1):
        a, b, c, d = w[max(i - 1, 0)], w[i], w[i + 1], w[min(i + 2, len(w) - 1)]
        for j in range(by):
            t = j / by
            out.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t
                              + (3 * b - a - 3 * c + d) * t**3))  # fmt: skip
    return tuple(max(v, 0.012) for v in (*out, w[-1]))
