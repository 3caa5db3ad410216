"""Putting a prompt's subjects into the picture: where each kind stands, and how it moves.

place    all subjects of the shot
stand    one figure or landmark on the ground
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy.typing as npt

from reelway.engines.animatic import figures, flame, plants, room, town
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window
from reelway.engines.animatic.compose import State
from reelway.engines.animatic.figures import FIGURES, Figure
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.terrain import Land

Array = npt.NDArray[Any]
WET = {"coast", "lake", "river", "harbour"}
PACE = {"walk": 0.075, "run": 0.19, "fly": 0.1}  # depth units a second


def place(b: Builder) -> None:
    for n, subject in enumerate(b.shot.subjects):
        if subject.kind in _PLACERS:
            _PLACERS[subject.kind](b, subject, n)


def stand(
    b: Builder,
    figure: Figure,
    x: float,
    depth: float,
    *,
    y: float | None = None,
    colour: str | None = None,
    flip: bool = False,
    motion: Callable[[float], State] | None = None,
    front: bool | None = None,
    offset: int = 0,
) -> None:
    """One figure with its foot at view (x, y); on the ground unless `y` is given."""
    at = (x, b.ground(depth, x) + 0.006 / depth if y is None else y)
    left, top, right, bottom = figures.extent(figure, at, depth)
    if flip:
        left, right = 2 * x - right, 2 * x - left
    seen = b.window(depth)
    window = Window.of(left, top, right, bottom, seen.density)
    painters = [
        lambda w, k=k: figures.paint(
            w,
            figure,
            b.light,
            at=at,
            depth=depth,
            phase=((k + offset) % figure.phases) / figure.phases,
            colour=colour,
            flip=flip,
        )
        for k in range(figure.phases)
    ]
    b.add(depth, window, *painters, motion=motion, front=depth < 2 if front is None else front)


def _spread(
    count: int, seed: int, name: str, depth: float, step: float
) -> list[tuple[float, float]]:
    """(x, depth) of several figures around the middle, none behind another."""
    random = stream(seed, name)
    shift = float(random.uniform(-0.08, 0.08))
    out = []
    for i in range(count):
        x = shift + (i - (count - 1) / 2) * step * float(random.uniform(0.8, 1.2))
        out.append((x, depth * float(random.uniform(0.88, 1.2))))
    return out


def _people(b: Builder, subject: Subject, n: int) -> None:
    action = subject.action or ""
    figure = FIGURES.get(action, FIGURES["person"])
    near = 1.05 if subject.kind == "person" else 1.5
    indoors = b.shot.place == "room"
    side = 1.0 if stream(b.shot.seed, "facing").random() < 0.5 else -1.0
    for i, (x, depth) in enumerate(_spread(subject.count, b.shot.seed, f"people{n}", near, 0.17)):
        x = (
            x
            if indoors or subject.count > 2
            else x + b.across(-0.16 if b.light.sun_x > 0 else 0.16)
        )
        pace = PACE.get(action, 0.0) / depth * side
        start = -pace * b.shot.seconds / 2
        motion = _gait(pace, start, action, i) if pace else None
        if indoors:
            _indoors(b, figure, subject, x, i)
            continue
        stand(b, figure, x, depth, colour=subject.colour, flip=side < 0, motion=motion, front=True)


def _indoors(b: Builder, figure: Figure, subject: Subject, x: float, i: int) -> None:
    """On the room's floor, or going up its stairs."""
    if not room.has_stairs(b.shot.prompt):
        tall = replace(figure, size=0.56)
        stand(b, tall, x - 0.06, 1.15, y=0.40, colour=subject.colour, front=True)
        return
    depth, begun = 2.95, 0.25
    size = replace(FIGURES["walk"], size=0.72)
    start = room.tread(begun)

    def climb(s: float) -> State:
        at = room.tread(begun + 0.45 * s / b.shot.seconds)
        return State(dx=at[0] - start[0], dy=at[1] - start[1], picture=int(s * 6))

    stand(
        b, size, start[0] + 0.05 * i, depth, y=start[1] + 0.01, colour=subject.colour, motion=climb
    )


def _gait(pace: float, start: float, action: str, i: int) -> Callable[[float], State]:
    rate = 14.0 if action == "run" else 8.5  # pictures a second

    def motion(seconds: float) -> State:
        bounce = 0.0016 * abs(math.sin(seconds * rate * math.pi / 4 + i))
        return State(dx=start + pace * seconds, dy=-bounce, picture=int(seconds * rate) + i * 3)

    return motion


def _animal(b: Builder, subject: Subject, n: int) -> None:
    moving = subject.action in ("walk", "run") or subject.count > 1
    figure = FIGURES["animal-walk" if moving else "animal"]
    for i, (x, depth) in enumerate(_spread(subject.count, b.shot.seed, f"animal{n}", 1.5, 0.24)):
        pace = (0.16 if subject.action == "run" else 0.05) / depth if moving else 0.0
        motion = (
            _gait(pace, -pace * b.shot.seconds / 2, subject.action or "walk", i) if moving else None
        )
        stand(b, figure, x + b.across(0.1), depth, colour=subject.colour, motion=motion, front=True)


def _boat(b: Builder, subject: Subject, n: int) -> None:
    if b.shot.place not in WET:
        return
    random = stream(b.shot.seed, f"boat{n}")
    for i in range(min(subject.count, 5)):
        depth = 2.3 + 1.5 * i
        x = b.across(
            float(random.uniform(-0.55, 0.55)) if i else (0.3 if b.light.sun_x < 0 else -0.3)
        )
        phase, pace = float(random.uniform(0, 6.28)), float(random.choice([-1, 1])) * 0.03 / depth

        def motion(
            s: float, phase: float = phase, pace: float = pace, depth: float = depth
        ) -> State:
            return State(dx=pace * (s - 2), dy=0.010 / depth * math.sin(1.7 * s + phase))

        colour = subject.colour
        stand(
            b, FIGURES["boat"], x, depth, colour=colour, flip=pace < 0, motion=motion, front=False
        )


def _birds(b: Builder, subject: Subject, n: int) -> None:
    random = stream(b.shot.seed, f"birds{n}")
    side = float(random.choice([-1, 1]))
    for i in range(min(subject.count, 9)):
        depth = 4.0 + float(random.uniform(0, 4.0))
        x, y = (
            b.across(float(random.uniform(-0.5, 0.5))),
            b.horizon - float(random.uniform(0.12, 0.36)),
        )
        pace, phase = side * 0.28 / depth, float(random.uniform(0, 8))

        def motion(s: float, pace: float = pace, phase: float = phase) -> State:
            glide = math.sin(s * 0.9 + phase) > 0.45
            beat = 2 if glide else int(s * 14 + phase)
            return State(dx=pace * (s - 2), dy=0.006 * math.sin(s * 1.3 + phase), picture=beat)

        stand(
            b,
            FIGURES["bird"],
            x,
            depth,
            y=y,
            colour=subject.colour,
            motion=motion,
            front=False,
            offset=i,
        )


def _cars(b: Builder, subject: Subject, n: int) -> None:
    random = stream(b.shot.seed, f"car{n}")
    for i in range(min(subject.count, 4)):
        depth = 1.6 + 0.8 * i
        side = 1.0 if i % 2 == 0 else -1.0
        pace = side * (0.16 + 0.05 * float(random.random())) / depth
        start = -pace * b.shot.seconds / 2 + b.across(float(random.uniform(-0.2, 0.2)))

        def motion(s: float, pace: float = pace, start: float = start) -> State:
            return State(dx=start + pace * s, dy=0.0006 * math.sin(s * 19))

        stand(
            b,
            FIGURES["car"],
            0.0,
            depth,
            colour=subject.colour,
            flip=side < 0,
            motion=motion,
            front=True,
        )


def _airship(b: Builder, subject: Subject, n: int) -> None:
    random = stream(b.shot.seed, f"airship{n}")
    for i in range(min(subject.count, 4)):
        depth = 7.0 + 4.5 * i
        x = b.across((0.34, -0.42, 0.0, -0.1)[i])
        y = b.horizon - (0.20, 0.27, 0.34, 0.16)[i] * float(random.uniform(0.9, 1.1))
        side, phase = (-1.0 if i % 2 == 0 else 1.0), float(random.uniform(0, 6))

        def motion(
            s: float, side: float = side, phase: float = phase, depth: float = depth
        ) -> State:
            return State(dx=side * 0.14 / depth * (s - 2), dy=0.003 * math.sin(0.8 * s + phase))

        stand(
            b,
            FIGURES[subject.kind],
            x,
            depth,
            y=y,
            colour=subject.colour,
            flip=side < 0,
            motion=motion,
            front=False,
        )


def _landmark(b: Builder, subject: Subject, n: int) -> None:
    figure = town.LANDMARKS[subject.kind]
    side = -1.0 if b.light.sun_x > 0 else 1.0
    x = b.across(0.32 * side if subject.kind != "temple" else 0.12 * side)
    depth = {"house": 2.6, "temple": 2.7, "castle": 6.5}[subject.kind]
    for i in range(min(subject.count, 4)):
        stand(
            b,
            figure,
            x + i * 0.5 * -side,
            depth + i * 1.1,
            colour=subject.colour,
            front=b.shot.place in WET,
        )


def _lighthouse(b: Builder, subject: Subject, n: int) -> None:
    """On a rock of its own at the water, on the ground elsewhere; at night and in fog it shines."""
    side = -1.0 if b.light.sun_x > 0 else 1.0
    x, depth = b.across(0.36 * side), 3.6
    high = 0.0
    if b.shot.place in WET:
        high = 0.16
        rock = Land(
            near=2.6, far=4.6, height=0.12, scale=0.7, base=-0.10, sea=0, bump=(x, 0.13, 0.30),
            colours=("#4a4640", "#6c665b", "#4a5236"), rough=0.05,
        )  # fmt: skip
        b.land(rock, salt=5)
    y = b.ground(depth, height=high)
    stand(b, town.LANDMARKS["lighthouse"], x, depth, y=y, colour=subject.colour, front=False)
    if b.light.lamps > 0.3:
        lamp = y - 0.88 * town.LANDMARKS["lighthouse"].size / depth
        flame.beam(b, x, lamp, depth)


def _tree(b: Builder, subject: Subject, n: int) -> None:
    if b.shot.place == "forest":
        return
    depth, side = 2.0, (-1.0 if b.light.sun_x > 0 else 1.0)
    base, high = b.ground(depth) + 0.02 / depth, 0.85 / depth
    every = 0.5 if subject.count > 1 else 9.0
    x = b.across(0.3 * side)
    window = b.window(depth, base - high * 1.15, base + 0.03)

    def paint(w: Window) -> tuple[Array, Array]:
        gap = (-0.1, 0.1) if subject.count > 1 else None
        return plants.row(
            w, b.light, base=base, depth=depth, seed=b.shot.seed + n, kind="broad", tall=high,
            every=every, ground=b.shot.ground, gap=gap, only=None if subject.count > 1 else x,
        )  # fmt: skip

    b.add(depth, window, paint, front=True)


_PLACERS: dict[str, Callable[[Builder, Subject, int], None]] = {
    "person": _people,
    "crowd": _people,
    "animal": _animal,
    "boat": _boat,
    "bird": _birds,
    "car": _cars,
    "airship": _airship,
    "spaceship": _airship,
    "house": _landmark,
    "temple": _landmark,
    "castle": _landmark,
    "lighthouse": _lighthouse,
    "tree": _tree,
    "fire": lambda b, _, __: flame.fire(b),
}
