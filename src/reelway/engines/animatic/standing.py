"""How a figure comes to stand in a scene: on the ground, with the shadow that holds it there.

WET      places with water
stand    one figure or landmark, at a view x and a depth
shadow   the dark below something, for what is drawn elsewhere
aside    −1 or 1: the side for the n-th thing, or the one that the prompt said
slot     view x for what is large and stands still: each its own, none hides another
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import figures
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window, to_display
from reelway.engines.animatic.compose import State
from reelway.engines.animatic.figures import Figure
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.regions import sampled

Array = npt.NDArray[Any]
Motion = Callable[[float], State]
WET = {"coast", "lake", "river", "harbour"}
LARGE = {"house", "temple", "castle", "lighthouse", "tree", "boat"}
LENGTH, SLANT = 0.34, 0.40  # of a thrown shadow, to the height of what throws it
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
    far = depth / b.tiny  # what its size follows
    left, top, right, bottom = figures.extent(figure, at, far)
    if flip:
        left, right = 2 * x - right, 2 * x - left
    window = Window.of(left, top, right, bottom, b.window(depth).density)
    painters = [
        lambda w, k=k: figures.paint(
            w,
            figure,
            b.light,
            at=at,
            depth=far,
            phase=((k + offset) % figure.phases) / figure.phases,
            colour=colour,
            flip=flip,
        )
        for k in range(figure.phases)
    ]
    front = depth < 2 if front is None else front
    if grounded:
        half = figure.size / far * figure.foot
        shadow(b, at[0], at[1] - 0.004 / far, half, depth, motion=motion, front=front)
    b.add(depth, window, *painters, motion=motion, front=front)


@dataclass(frozen=True, kw_only=True)
class Cast:
    """What throws a shadow: a cut-out's cover, where it stands and how large."""

    cover: Array
    x: float
    wide: float
    tall: float


def shadow(
    b: Builder,
    x: float,
    y: float,
    half: float,
    depth: float,
    *,
    motion: Motion | None = None,
    front: bool = True,
    cast: Cast | None = None,
) -> None:
    """The dark where something touches the ground at view (x, y), `half` as wide; in the sun it
    reaches away from the light, and has the shape of what casts it if that is known."""
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
        if sunny and cast is None:
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
    if sunny and cast is not None:
        _throw(b, cast, y, depth, glide if motion else None, front)


def _throw(
    b: Builder, cast: Cast, y: float, depth: float, motion: Motion | None, front: bool
) -> None:
    """The shadow with the shape of what casts it."""
    reach = cast.wide / 2 + SLANT * cast.tall
    bottom = y + LENGTH * cast.tall
    window = Window.of(cast.x - reach, y - 0.01, cast.x + reach, bottom, min(b.density, 300.0))
    tint = to_display(b.light.ambient * 0.06)

    def paint(w: Window) -> tuple[Array, Array]:
        return np.broadcast_to(tint, (w.height, w.width, 3)), _thrown(w, cast, y, b.light)

    order = depth * 1.002
    b.add(depth, window, paint, motion=motion, front=front, mirrored=False, order=order)


def _thrown(w: Window, cast: Cast, y: float, light: Light) -> Array:
    """The sun is behind the scene: a shadow falls towards us and away from the sun's side."""
    up = ((w.ys - y) / (LENGTH * cast.tall))[:, None]
    lean = SLANT * float(np.clip((cast.x - light.sun_x) / 0.5, -1, 1))
    x = (w.xs[None, :] - cast.x - lean * cast.tall * up) / cast.wide + 0.5
    high, wide = cast.cover.shape
    dark = sampled(cast.cover, (1 - up) * high - 0.5 + 0 * x, x * wide - 0.5)
    inside = (up >= 0) & (up <= 1) & (x > 0) & (x < 1)
    return np.asarray(np.where(inside, dark, 0) * 0.42 * np.clip(1.05 - up, 0, 1) ** 1.2)


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
