"""Putting a prompt's subjects into the picture: where each kind stands, and how it moves.

place    all subjects of the shot
stand    one figure or landmark on the ground
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import figures, plants, room, town
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window, rgb
from reelway.engines.animatic.compose import State
from reelway.engines.animatic.figures import FIGURES, Figure
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.noise import fbm, stream

Array = npt.NDArray[Any]
WET = {"coast", "lake", "river", "harbour"}
FLAMES = 16  # pictures of a fire
FLICKER = 12.0  # of them a second
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
        stand(b, figure, x - 0.06, 1.15, y=0.34, colour=subject.colour, front=True)
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
    from reelway.engines.animatic.terrain import Land

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
        _beam(b, x, lamp, depth)


def _beam(b: Builder, x: float, y: float, depth: float) -> None:
    """Two opposite wedges of light that sweep round: seen from the side they grow and shrink."""

    def paint(w: Window) -> tuple[Array, None]:
        dx, dy = np.abs(w.xs - x)[None, :], (w.ys - y)[:, None]
        wedge = (
            np.exp(-((dy / (0.006 + 0.055 * dx)) ** 2))
            * np.exp(-dx / 0.45)
            * np.clip(1.5 - dx, 0, 1)
        )
        halo = np.exp(-np.hypot(dx, dy) / 0.035) * 0.8
        return ((wedge * 0.5 + halo)[..., None] * rgb("#ffe9b8")).astype(np.float32), None

    window = Window.of(x - 1.6, y - 0.16, x + 1.6, y + 0.16, min(b.density, 300.0))
    b.add(
        depth - 0.05,
        window,
        paint,
        added=True,
        soft=True,
        mirrored=True,
        motion=lambda s: State(grow_x=max(0.10, abs(math.cos(0.9 * s + 0.4)))),
    )


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


def _fire(b: Builder, subject: Subject, n: int) -> None:
    """Flames that flicker, a halo, and warm light on the ground around."""
    depth = 1.05
    x = b.across(0.04)
    y = b.ground(depth, x)
    unit = 0.11 / depth
    seed = b.shot.seed

    def flame(k: int) -> Callable[[Window], tuple[Array, Array]]:
        def paint(w: Window) -> tuple[Array, Array]:
            u, v = ((w.xs - x) / unit)[None, :], ((y - w.ys) / unit)[:, None]
            curl = fbm(
                seed,
                "flame",
                (w.xs - x) / unit * 3 + 60,
                (w.ys - y) / unit * 2.2 + 60 + k * 1.7,
                octaves=3,
            )
            body = np.zeros(curl.shape, np.float32)
            for tongue, (c, high) in enumerate(
                ((-0.17, 0.62), (0.02, 1.05), (0.16, 0.75), (-0.05, 0.85), (0.24, 0.45))
            ):
                high *= 1 + 0.22 * math.sin(k * 2.1 + tongue * 1.9)
                wide = 0.15 * np.clip(1 - v / high, 0.01, 1) ** 0.6
                body = np.maximum(body, 1 - np.abs(u - c * (1 - 0.6 * v) + 0.13 * curl * v) / wide)
            heat = np.clip(
                body * (0.95 - 0.55 * v) + 0.25 * curl * np.clip(v, 0, 1) * (body > 0), 0, 1
            )
            heat = heat * (v > -0.02)
            colour = np.stack(
                [
                    np.clip(heat * 3, 0, 1),
                    np.clip(heat * 1.9 - 0.25, 0, 1),
                    np.clip(heat * 2 - 1.1, 0, 0.8),
                ],
                -1,
            )
            logs = np.clip(1 - np.hypot(u / 0.36, (v - 0.02) / 0.06), 0, 1) > 0
            colour = np.where((logs & (heat < 0.2))[..., None], rgb("#1a110c"), colour)
            return colour, np.maximum(np.clip(heat * 3.2, 0, 1), logs * 1.0)

        return paint

    def halo(w: Window) -> tuple[Array, None]:
        dx, dy = (w.xs - x)[None, :], (w.ys - (y - 0.4 * unit))[:, None]
        air = np.exp(-np.hypot(dx, dy) / 0.09) * 0.38
        floor = (
            np.exp(-((dx / 0.42) ** 2) - ((dy - 0.06) / 0.10) ** 2)
            * 0.30
            * (w.ys[:, None] > b.horizon + 0.06)
        )
        return ((air + floor)[..., None] * rgb("#ff9a48")).astype(np.float32), None

    def flicker(s: float) -> State:
        return State(opacity=0.82 + 0.10 * math.sin(s * 9.1) + 0.08 * math.sin(s * 23.7))

    window = Window.of(
        x - 0.5 * unit, y - 1.25 * unit, x + 0.5 * unit, y + 0.1 * unit, min(b.density, 500)
    )
    flames = [flame(k) for k in range(FLAMES)]
    b.add(depth, window, *flames, front=True, motion=lambda s: State(picture=int(s * FLICKER)))
    around = Window.of(x - 0.8, y - 0.5, x + 0.8, y + 0.4, 120.0)
    strength = 1.0 if b.light.lamps > 0.5 else 0.45
    b.add(
        0.95, around, lambda w: (halo(w)[0] * np.float32(strength), None),
        added=True, soft=True, front=True, motion=flicker,
    )  # fmt: skip


_PLACERS: dict[str, Callable[[Builder, Subject, int], None]] = {
    "person": _people, "crowd": _people, "animal": _animal, "boat": _boat, "bird": _birds,
    "car": _cars, "airship": _airship, "spaceship": _airship, "house": _landmark, "temple": _landmark,
    "castle": _landmark, "lighthouse": _lighthouse, "tree": _tree, "fire": _fire,
}  # fmt: skip
