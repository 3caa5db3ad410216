"""Putting a prompt's subjects into the picture: people and animals here, the rest by kind.

place      all subjects of the shot
UNFIT      place → kinds that it has no room for; the report names them
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from reelway.engines.animatic import crafts, elements, flame, landmarks, room
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.compose import State
from reelway.engines.animatic.figures import FIGURES, Figure
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.plan import UNFIT
from reelway.engines.animatic.standing import WET, Motion, aside, spread, stand

PACE = {"walk": 0.075, "run": 0.19, "fly": 0.1, "swim": 0.05}  # depth units a second
SUIT = "#d6d8d6"  # of whoever is out in space
RATE = {"run": 16.0, "walk": 8.5, "swim": 6.0, "dance": 9.0}  # pictures a second


def place(b: Builder) -> None:
    for n, subject in enumerate(b.shot.subjects):
        if subject.element is not None:
            elements.place(b, subject)
        elif subject.kind in _PLACERS and subject.kind not in UNFIT.get(b.shot.place, ()):
            _PLACERS[subject.kind](b, subject, n)


def _people(b: Builder, subject: Subject, n: int) -> None:
    action = subject.action or ""
    if action == "swim" and b.shot.place in WET:
        return _swimming(b, subject, n, "swim")
    figure = FIGURES.get(action, FIGURES["person"])
    near = 1.05 if subject.kind == "person" else 1.5
    facing = 1.0 if stream(b.shot.seed, "facing").random() < 0.5 else -1.0
    facing = aside(b, subject) if subject.side else facing
    for i, (x, depth) in enumerate(spread(subject.count, b.shot.seed, f"people{n}", near, 0.17)):
        if b.shot.place == "room":
            _indoors(b, figure, subject, x, i)
            continue
        if b.shot.place == "space" or action == "fly":
            _floating(b, figure, subject, x, i)
            continue
        if subject.count <= 2:
            x = x + b.aside(0.16 * aside(b, subject, n))
        motion = _gait(b, PACE.get(action, 0.0) / depth * facing, action, i)
        stand(
            b, figure, x, depth, colour=subject.colour, flip=facing < 0, motion=motion, front=True
        )


def _floating(b: Builder, figure: Figure, subject: Subject, x: float, i: int) -> None:
    """In space, or in the air: turning slowly, nothing below."""
    depth = 1.1 + 0.3 * i
    y = b.horizon + (0.10 if b.shot.place == "space" else -0.06) - 0.03 * i
    pace, start = crafts.crossing(b, 0.04 / depth, aside(b, subject, i))

    def motion(s: float) -> State:
        return State(dx=start + pace * s, dy=0.014 * math.sin(0.9 * s + i))

    still = replace(figure, phases=1)
    if b.shot.place == "space" and subject.kind != "animal":
        still = replace(still, colour=SUIT)
    at = x + b.aside(0.12)
    stand(
        b, still, at, depth, y=y, colour=subject.colour, motion=motion, front=True, grounded=False
    )


def _swimming(b: Builder, subject: Subject, n: int, figure: str) -> None:
    for i, (x, depth) in enumerate(spread(subject.count, b.shot.seed, f"swim{n}", 1.9, 0.2)):
        side = aside(b, subject)
        pace = PACE["swim"] / depth * side
        motion = _gait(b, pace, "swim", i)
        stand(
            b, FIGURES[figure], x, depth, y=b.ground(depth, height=0.0), colour=subject.colour,
            flip=side < 0, motion=motion, front=False, grounded=False,
        )  # fmt: skip


def _indoors(b: Builder, figure: Figure, subject: Subject, x: float, i: int) -> None:
    """On the room's floor, or going up its stairs."""
    if not room.has_stairs(b.shot.prompt):
        tall = replace(figure, size=0.56)
        action = subject.action or ""
        x = x - 0.06 if subject.side is None else 0.25 * aside(b, subject)
        motion = _gait(b, PACE.get(action, 0.0), action, i)
        stand(b, tall, x, 1.15, y=0.40, colour=subject.colour, front=True, motion=motion)
        return
    depth, begun = 2.95, 0.25
    size = replace(FIGURES["walk"], size=0.72)
    start = room.tread(begun)

    def climb(s: float) -> State:
        at = room.tread(begun + 0.45 * s / b.shot.seconds)
        return State(dx=at[0] - start[0], dy=at[1] - start[1], picture=int(s * 6))

    at = start[0] + 0.05 * i
    stand(
        b, size, at, depth, y=start[1] + 0.01, colour=subject.colour, motion=climb, grounded=False
    )


def _gait(b: Builder, pace: float, action: str, i: int) -> Motion | None:
    """Going, at a pace in view units a second; or moving on the spot; or nothing."""
    if action not in RATE:
        return None
    rate = RATE[action]
    pace, start = crafts.crossing(b, abs(pace), math.copysign(1.0, pace))
    jump = {"run": 0.007, "dance": 0.012, "swim": 0.001}.get(action, 0.0020)

    def motion(seconds: float) -> State:
        bounce = jump * abs(math.sin(seconds * rate * math.pi / 4 + i))
        return State(dx=start + pace * seconds, dy=-bounce, picture=int(seconds * rate) + i * 3)

    return motion


def _animal(b: Builder, subject: Subject, n: int) -> None:
    if subject.action == "swim" and b.shot.place in WET:
        return _swimming(b, subject, n, "animal-swim")
    moving = subject.action in ("walk", "run", "dance") or (
        subject.count > 1 and subject.action not in ("sit", "stand")
    )
    figure = FIGURES["animal-walk" if moving else "animal"]
    if b.shot.place == "room":
        figure = replace(figure, size=0.34)
    airy = subject.action == "fly" or b.shot.place == "space"
    facing = aside(b, subject) if subject.side else 1.0
    for i, (x, depth) in enumerate(spread(subject.count, b.shot.seed, f"animal{n}", 1.5, 0.24)):
        if airy:
            _floating(b, replace(figure, size=0.3), subject, x, i)
            continue
        pace = (0.19 if subject.action == "run" else 0.05) / depth * facing
        motion = _gait(b, pace, "run" if subject.action == "run" else "walk", i) if moving else None
        y = 0.40 if b.shot.place == "room" else None
        x = x + b.aside(0.1)
        stand(
            b, figure, x, depth, y=y, colour=subject.colour, motion=motion, front=True,
            flip=facing < 0,
        )  # fmt: skip


_PLACERS: dict[str, Callable[[Builder, Subject, int], None]] = {
    "person": _people,
    "crowd": _people,
    "animal": _animal,
    "boat": crafts.boat,
    "bird": crafts.birds,
    "car": crafts.cars,
    "airship": crafts.airships,
    "spaceship": crafts.airships,
    "house": landmarks.landmark,
    "temple": landmarks.landmark,
    "castle": landmarks.landmark,
    "lighthouse": landmarks.lighthouse,
    "tree": landmarks.tree,
    "fire": lambda b, _, __: flame.fire(b),
}
