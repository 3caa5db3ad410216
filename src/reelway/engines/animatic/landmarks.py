"""What stands still and is large: houses, temples, castles, lighthouses, trees."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from reelway.engines.animatic import flame, plants, town
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.standing import WET, slot, stand
from reelway.engines.animatic.terrain import Land

Array = npt.NDArray[Any]
DEPTH = {"house": 2.6, "temple": 2.7, "castle": 6.5, "lighthouse": 3.6, "tree": 2.0}
FIRM_GROUND = {"coast", "lake", "river", "harbour"}  # where a landmark needs a rock to stand on


def _rock(b: Builder, x: float, depth: float, high: float, half: float) -> float:
    """A knoll in the water; the view y of its top."""
    rock = Land(
        near=depth * 0.72, far=depth * 1.28, height=0.12, scale=0.7, base=-0.10, sea=0,
        bump=(x, half, high + 0.14), colours=("#4a4640", "#6c665b", "#4a5236"), rough=0.05,
    )  # fmt: skip
    b.land(rock, salt=5)
    return b.ground(depth, height=high)


def landmark(b: Builder, subject: Subject, n: int) -> None:
    figure, depth = town.LANDMARKS[subject.kind], DEPTH[subject.kind]
    x = slot(b, subject, 0.34 if subject.kind != "temple" else 0.16)
    side = 1.0 if x > 0 else -1.0
    wet = b.shot.place in FIRM_GROUND
    for i in range(1 if wet else min(subject.count, 4)):
        at, away = x + i * 0.5 * -side, depth + i * 1.1
        y = _rock(b, at, away, 0.10, 0.75 * figure.size / away) if wet else None
        stand(b, figure, at, away, y=y, colour=subject.colour, front=False, grounded=not wet)


def lighthouse(b: Builder, subject: Subject, n: int) -> None:
    """On a rock of its own at the water, on the ground elsewhere; at night and in fog it shines."""
    x, depth = slot(b, subject), DEPTH["lighthouse"]
    wet = b.shot.place in WET
    y = _rock(b, x, depth, 0.16, 0.13) if wet else b.ground(depth, height=0.0)
    figure = town.LANDMARKS["lighthouse"]
    stand(b, figure, x, depth, y=y, colour=subject.colour, front=False, grounded=not wet)
    if b.light.lamps > 0.3:
        flame.beam(b, x, y - 0.88 * figure.size / depth, depth)


def tree(b: Builder, subject: Subject, n: int) -> None:
    if b.shot.place == "forest":
        return  # it is full of them
    depth = 1.3 if b.shot.place in WET else DEPTH["tree"]
    base, high = b.ground(depth) + 0.02 / depth, min(0.85 / depth, 0.5)
    every = 0.5 if subject.count > 1 else 9.0
    x = slot(b, subject)
    window = b.window(depth, base - high * 1.15, base + 0.03)

    def paint(w: Window) -> tuple[Array, Array]:
        gap = (-0.1, 0.1) if subject.count > 1 else None
        return plants.row(
            w, b.light, base=base, depth=depth, seed=b.shot.seed + n, kind="broad", tall=high,
            every=every, ground=b.shot.ground, gap=gap, only=None if subject.count > 1 else x,
        )  # fmt: skip

    b.add(depth, window, paint, front=True)
