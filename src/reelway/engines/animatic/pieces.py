"""A thing's shapes (`things.json`) as lit solids.

solids    in heights of a grown man, for one phase of its motion, its foot at (0, 0)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.solid import (
    Coat,
    Cone,
    Limb,
    Loft,
    Point,
    Ring,
    Sheet,
    Solid,
    rounded,
)
from reelway.engines.animatic.things import things

TAU = 2 * math.pi
EGG = 18  # steps of a ball's outline
SMOOTH = 6  # half widths from which on a lathe's profile is a curve
To = Callable[[float, float], Point]


def solids(
    name: str, colour: str | None = None, phase: float = 0.0, *, left: bool = False,
    turn: float = 0.0, by: float = 1.0,
) -> list[Solid]:  # fmt: skip
    """In heights of a grown man; `left`: mirrored; `turn`: tilted about its foot."""
    row = things()[name]
    c, s, scale, side = math.cos(turn), math.sin(turn), row.size * by, -1.0 if left else 1.0

    def place(x: float, y: float) -> Point:
        return side * (x * c - y * s) * scale, (x * s + y * c) * scale, 0.0

    return [_shaped(shape, n, colour, phase, place, scale) for n, shape in enumerate(row.shapes)]


def _shaped(
    shape: list[Any], n: int, colour: str | None, phase: float, place: To, scale: float
) -> Solid:
    what, tone, *rest = shape
    options: dict[str, Any] = rest.pop() if isinstance(rest[-1], dict) else {}
    own = linear(colour) if colour and tone.startswith("*") else linear(tone.removeprefix("*"))
    coat = Coat(colour=own, glow=options.get("g", 0.0), shine=options.get("s", 0.0))
    moved, grown = _moving(options.get("m"), phase)

    def to(x: float, y: float) -> Point:
        return place(*moved(x, y))

    lift, size = 0.001 * n, scale * grown
    match what:
        case "b":
            x, y, rx, ry = rest
            a, b = to(x, y - ry), to(x, y + ry)
            half = [rx * size * math.sqrt(max(0.0, 1 - (2 * i / EGG - 1) ** 2)) for i in
                    range(EGG + 1)]  # fmt: skip
            return Loft(a=a, b=b, left=half, right=half, coat=coat, lift=lift)
        case "t":
            points = [to(*rest[0][i : i + 2]) for i in range(0, len(rest[0]), 3)]
            radii = [r * size for r in rest[0][2::3]]
            if len(points) == 2:
                a, b = points
                return Cone(a=a, b=b, ra=radii[0], rb=radii[1], coat=coat, lift=lift)
            return Limb(points=points, radii=radii, coat=coat, lift=lift)
        case "l":
            x, low, high, widths = rest
            half = [w * size for w in (rounded(widths) if len(widths) >= SMOOTH else widths)]
            return Loft(a=to(x, low), b=to(x, high), left=half, right=half, coat=coat, lift=lift)
        case "r":
            x, y, radius, thick = rest
            at = to(x, y)
            return Ring(at=(at[0], at[1], lift), radius=radius * size, thick=thick * size,
                        coat=coat)  # fmt: skip
        case _:
            flat: Sequence[float] = rest[0]
            points = [to(*flat[i : i + 2]) for i in range(0, len(flat), 2)]
            return Sheet(points=points, coat=coat, facing=(0.0, 0.35, 0.94), lift=lift)


def _moving(
    motion: list[Any] | None, phase: float
) -> tuple[Callable[[float, float], tuple[float, float]], float]:
    """Where a point of a shape is in this phase, and how much it has grown."""
    if motion is None:
        return lambda x, y: (x, y), 1.0
    how, px, py, by, times, late = motion
    at = TAU * (times * phase + late)
    angle = at if how == "spin" else by * math.sin(at)
    c, s = math.cos(angle), math.sin(angle)
    match how:
        case "flap":
            return lambda x, y: (px + (x - px) * (1 - by * (0.5 - 0.5 * math.cos(at))), y), 1.0
        case "lift":
            return lambda x, y: (x, y + angle), 1.0
        case "wave":
            return lambda x, y: _waved(by, at, x - px, y - py, (x, y)), 1.0
        case "grow":
            g = (times * phase + late) % 1.0
            g = g ** (1 / max(by, 0.1))
            return lambda x, y: (px + (x - px) * g, py + (y - py) * g), max(g, 0.05)
    return (lambda x, y: (px + (x - px) * c - (y - py) * s, py + (x - px) * s + (y - py) * c)), 1.0


def _waved(
    by: float, at: float, x: float, y: float, point: tuple[float, float]
) -> tuple[float, float]:
    """Where a wave has moved a point that is (x, y) from its beginning: the farther away, the
    more, and across the way there."""
    far = math.hypot(x, y)
    if far < 1e-6:
        return point
    sway = by * math.sin(at - 4.0 * far)
    return point[0] - y * sway, point[1] + x * sway
