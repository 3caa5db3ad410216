"""How a figure comes to stand in a scene: on the ground, with the shadow that holds it there.

WET      places with water
stand    one figure or landmark, at a view x and a depth
shadow   the dark below something, for what is drawn elsewhere
spread   places of several figures around the middle
aside    −1 or 1: the side for the n-th thing, or the one that the prompt said
slot     view x for what is large and stands still: each its own, none hides another
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import figures
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window, to_display
from reelway.engines.animatic.compose import State
from reelway.engines.animatic.figures import Figure
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.noise import stream

Array = npt.NDArray[Any]
Motion = Callable[[float], State]
WET = {"coast", "lake", "river", "harbour"}
LARGE = {"house", "temple", "castle", "lighthouse", "tree", "boat"}
NO_SUN = {"overcast", "rain", "storm", "snow", "fog"}


def stand(
    b: Builder,
    figure: Figure,
    x: float,
    depth: float,
    *,
    y: float | None = None,
    colour: str | None = None,
    flip: bool = False,
    motion: Motion | None = None,
    front: bool | None = None,
    offset: int = 0,
    grounded: bool = True,
) -> None:
    """One figure with its foot at view (x, y); on the ground unless `y` is given. `grounded`:
    it throws a shadow where it stands."""
    at = (x, b.ground(depth, x) + 0.006 / depth if y is None else y)
    left, top, right, bottom = figures.extent(figure, at, depth)
    if flip:
        left, right = 2 * x - right, 2 * x - left
    window = Window.of(left, top, right, bottom, b.window(depth).density)
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
    front = depth < 2 if front is None else front
    if grounded:
        half = figure.size / depth * figure.foot
        shadow(b, at[0], at[1] - 0.004 / depth, half, depth, motion=motion, front=front)
    b.add(depth, window, *painters, motion=motion, front=front)


def shadow(
    b: Builder,
    x: float,
    y: float,
    half: float,
    depth: float,
    *,
    motion: Motion | None = None,
    front: bool = True,
) -> None:
    """The dark where something touches the ground at view (x, y), `half` as wide; in the sun it
    reaches away from the light."""
    if "shadow" in b.shot.absent:
        return
    sunny = b.light.disc == "sun" and b.shot.weather not in NO_SUN
    away = -1.0 if b.light.sun_x > 0 else 1.0
    window = Window.of(
        x - 3.4 * half, y - 0.6 * half, x + 3.4 * half, y + 0.7 * half, min(b.density, 420.0)
    )
    tint = to_display(b.light.ambient * 0.06)

    def paint(w: Window) -> tuple[Array, Array]:
        u, v = ((w.xs - x) / half)[None, :], ((w.ys - y) / half)[:, None]
        dark = 0.60 * np.exp(-((u / 0.95) ** 4) - (v / 0.20) ** 2)
        if sunny:
            along = u * away
            long = np.exp(-(((v - 0.06 * along) / 0.17) ** 2)) * np.clip(1 - along / 3.2, 0, 1)
            dark = np.maximum(dark, 0.42 * long * np.clip(along + 0.8, 0, 1))
        return np.broadcast_to(tint, (w.height, w.width, 3)), dark

    def glide(seconds: float) -> State:
        return State(dx=motion(seconds).dx if motion else 0.0)

    b.add(
        depth,
        window,
        paint,
        motion=glide if motion else None,
        front=front,
        mirrored=False,
        order=depth * 1.001,
    )


def spread(
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


def aside(b: Builder, subject: Subject, n: int = 0) -> float:
    if subject.side in ("left", "right"):
        return -1.0 if subject.side == "left" else 1.0
    away = -1.0 if b.light.sun_x > 0 else 1.0
    return away if n % 2 == 0 else -away


def slot(b: Builder, subject: Subject, out: float = 0.34) -> float:
    mine = [s.kind for s in b.shot.subjects if s.kind in LARGE]
    n = mine.index(subject.kind)
    side = aside(b, subject, n)
    alone = all(s.kind in LARGE for s in b.shot.subjects)
    if n > 1:
        return b.across(side * 0.68)
    return b.aside(side * out) if alone or b.shot.freedom > 0.5 else b.across(side * out)
