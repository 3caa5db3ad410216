"""What carries people: each with a path of its own through the shot."""

from __future__ import annotations

import math
from dataclasses import replace

from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.compose import State
from reelway.engines.animatic.figures import FIGURES
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.standing import WET, aside, slot, stand

STILL = {"stand", "sit"}
SOUNDS = {"bus": "car", "motorcycle": "motorbike", "balloon": "airship", "rocket": "spaceship"}
FIRST = {"train": 3.4, "bus": 2.0, "motorcycle": 1.25}  # depths of the nearest
BALLOONS = ("#c24a32", "#d9a233", "#3f78a8", "#7a4a86", "#4f8a5a")
SHARE = 0.55  # of the frame's half width that a thing crosses at most


def crossing(b: Builder, pace: float, side: float) -> tuple[float, float]:
    """View x that is left behind each second, and where that begins, so that the way lies
    around the thing's place and within the picture."""
    most = SHARE * min(b.half_width, 0.89) * 2
    pace = side * min(pace, most / b.shot.seconds)
    return pace, -pace * b.shot.seconds / 2


def boat(b: Builder, subject: Subject, n: int) -> None:
    """On the water; where there is none it lies on the ground, and in space it floats."""
    random = stream(b.shot.seed, f"boat{n}")
    wet = b.shot.place in WET
    sails = {"sail": 0.20, "run": 0.4, "drive": 0.4, "fly": 0.3}.get(subject.action or "", 0.03)
    for i in range(min(subject.count, 5)):
        depth = 2.3 + (1.5 if wet else 0.7) * i
        shift = float(random.uniform(-0.55, 0.55))
        turn = float(random.choice([-1, 1]))
        side = aside(b, subject)
        x = b.across(shift) if i else slot(b, subject, 0.3)
        if subject.action and subject.action not in STILL:
            turn = side if subject.side else turn
        phase = float(random.uniform(0, 6.28))
        pace, start = crossing(b, sails / depth, turn)

        def motion(
            s: float,
            phase: float = phase,
            pace: float = pace,
            start: float = start,
            d: float = depth,
        ) -> State:
            return State(dx=start + pace * s, dy=0.010 / d * math.sin(1.7 * s + phase))

        stand(
            b,
            FIGURES[subject.kind],
            x,
            depth,
            y=None if b.shot.place != "space" else 0.12 / depth,
            colour=subject.colour,
            flip=pace < 0,
            motion=None
            if subject.action in STILL or not (wet or b.shot.place == "space")
            else motion,
            front=False if wet else None,
            grounded=not wet and b.shot.place != "space",
        )
        if wet:
            b.hear("boat", x, depth, None if subject.action in STILL else motion)


def cars(b: Builder, subject: Subject, n: int) -> None:
    random = stream(b.shot.seed, f"car{n}")
    parked = subject.action in STILL
    for i in range(min(subject.count, 4)):
        wet = b.shot.place in WET and subject.kind != "train"
        depth = (1.15 if wet else max(1.6, FIRST.get(subject.kind, 0.0))) + 0.8 * i
        side = aside(b, subject) if subject.side else (1.0 if i % 2 == 0 else -1.0)
        drawn = 0.16 + 0.05 * float(random.random())
        if subject.action in ("run", "fly") or subject.action == "drive":
            drawn *= 1.6
        pace, start = crossing(b, drawn / depth, side)
        start += b.aside(float(random.uniform(-0.2, 0.2)))

        def motion(s: float, pace: float = pace, start: float = start) -> State:
            return State(dx=start + pace * s, dy=0.0006 * math.sin(s * 19))

        stand(
            b,
            FIGURES[subject.kind],
            b.aside(0.3 * side) if parked else 0.0,
            depth,
            y=0.30 / depth if b.shot.place == "space" else None,
            colour=subject.colour,
            flip=side < 0,
            motion=None if parked else motion,
            front=True,
            grounded=b.shot.place != "space",
        )
        if not parked:
            b.hear(SOUNDS.get(subject.kind, subject.kind), 0.0, depth, motion)


def airships(b: Builder, subject: Subject, n: int) -> None:
    random = stream(b.shot.seed, f"airship{n}")
    for i in range(min(subject.count, 4)):
        depth = 7.0 + 4.5 * i
        x = b.across((0.34, -0.42, 0.0, -0.1)[i])
        if subject.side and i == 0:
            x = b.across(0.34 * aside(b, subject))
        y = b.horizon - (0.20, 0.27, 0.34, 0.16)[i] * float(random.uniform(0.9, 1.1))
        y -= 0.14 if b.shot.place in ("forest", "street") else 0.0  # over the roofs and the trees
        side, phase = (-1.0 if i % 2 == 0 else 1.0), float(random.uniform(0, 6))
        pace = side * (0.45 if subject.action in ("fly", "run") else 0.14) / depth
        pace *= {"plane": 3.0, "helicopter": 1.6}.get(subject.kind, 1.0)

        def motion(s: float, pace: float = pace, phase: float = phase) -> State:
            return State(dx=pace * (s - 2), dy=0.003 * math.sin(0.8 * s + phase))

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
            grounded=False,
        )
        b.hear(subject.kind, x, depth, motion)


def balloons(b: Builder, subject: Subject, n: int) -> None:
    """They hang in the air at all distances, each in its colours, and rise a little."""
    random = stream(b.shot.seed, f"balloon{n}")
    spots = ((0.30, 3.0), (-0.46, 4.4), (0.02, 6.5), (0.66, 5.4), (-0.16, 9.0), (-0.78, 7.4))
    for i in range(min(2 * subject.count, 6) if subject.count > 1 else 1):
        share, depth = spots[i]
        x = b.across(share * (aside(b, subject) if subject.side and i == 0 else 1.0))
        y = b.horizon - (0.10 + 0.10 * float(random.random()) + (0.10 if i % 2 else 0.0))
        drift, phase = 0.05 * float(random.uniform(-1, 1)) / depth, float(random.uniform(0, 6))

        def motion(s: float, depth: float = depth, drift: float = drift, p: float = phase) -> State:
            return State(
                dx=drift * s, dy=-0.022 * s / depth + 0.004 / depth * math.sin(0.7 * s + p)
            )

        colour = subject.colour or BALLOONS[(i + int(3 * phase)) % len(BALLOONS)]
        stand(b, FIGURES["balloon"], x, depth, y=y, colour=colour, motion=motion, front=False,
              grounded=False)  # fmt: skip
        if i == 0:
            b.hear("airship", x, depth, motion)


def rocket(b: Builder, subject: Subject, n: int) -> None:
    """On its pad until it lifts off, faster and faster; in space it glides by."""
    if b.shot.place == "space" and not b.shot.site:
        return airships(b, replace(subject, kind="spaceship"), n)
    depth = 6.4
    x, high = b.aside(0.12 * aside(b, subject)), FIGURES["rocket"].size / depth
    waits = subject.action in STILL

    def motion(s: float) -> State:
        gone = max(0.0, s / b.shot.seconds - 0.12)
        return State(dy=-1.5 * high * gone * gone, picture=int(s * 12) % 2)

    figure = FIGURES["rocket"]
    y = b.ground(depth, x) - 0.01
    stand(b, figure, x, depth, y=y, colour=subject.colour, motion=None if waits else motion,
          front=False, grounded=False)  # fmt: skip
    b.hear("spaceship", x, depth, None if waits else motion)


def submarine(b: Builder, subject: Subject, n: int) -> None:
    """Under water it glides through the blue; at sea it lies on the surface."""
    if b.shot.place != "underwater":
        return boat(b, subject, n)
    for i in range(min(subject.count, 3)):
        depth = 1.9 + 1.4 * i
        side = aside(b, subject, i) if subject.side else -aside(b, subject, i)
        pace, start = crossing(b, 0.22 / depth, side)

        def motion(s: float, pace: float = pace, start: float = start, d: float = depth) -> State:
            return State(dx=start + pace * s, dy=0.012 / d * math.sin(0.9 * s))

        stand(b, FIGURES["submarine"], 0.0, depth, y=b.horizon + 0.14 - 0.05 * i,
              colour=subject.colour, flip=side < 0, motion=motion, front=True,
              grounded=False)  # fmt: skip
        b.hear("engine", 0.0, depth, motion)
