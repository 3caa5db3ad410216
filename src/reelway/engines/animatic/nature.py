"""Places that nobody built: each a recipe that lists its layers through a `Builder`.

    coast lake river mountains snow forest desert field
    soil snowline range_ trees shore fringe rays    what other recipes borrow

Depths are in units of about ten metres; the eye is at `terrain.EYE`. A recipe leaves the lower
middle of the picture free: that is where `subjects` come. How high the land rises is told as the
skyline's height in the picture, so that every seed is composed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import plants
from reelway.engines.animatic.builder import FAR, Builder
from reelway.engines.animatic.canvas import Window, to_display
from reelway.engines.animatic.compose import State
from reelway.engines.animatic.noise import fbm, stream
from reelway.engines.animatic.strips import strips
from reelway.engines.animatic.terrain import Land

Array = npt.NDArray[Any]
ON_LAND = {
    "person",
    "crowd",
    "animal",
    "fire",
    "tree",
    "car",
    "bus",
    "train",
    "motorcycle",
    "rocket",
    "element",
    "image",
    "stand-in",
}
AT_SEA = {"whale", "dolphin", "shark", "fish"}
ROCK = ("#433f3a", "#6c665b", "#4a5236")
EARTH = ("#6b5a44", "#6f7442", "#56702f")
SAND = ("#b98f5e", "#cfa873", "#c8a06a")
BEACH = ("#8d7b62", "#b9a383", "#a89774")
AUTUMN = ("#6b4a30", "#8a6a34", "#8f6a2c")
SNOWY = ("#8b8f98", "#dfe5ee", "#d4dbe6")
ASPHALT = ("#2c2d31", "#36373b", "#36373b")
RED = ("#7d4632", "#a8664a", "#9a6a48")
FLOOR = ("#3f3a2a", "#4a4a30", "#3f5230")


def soil(b: Builder) -> tuple[str, str, str]:
    if b.shot.ground == "snow" or b.shot.place == "snow" or b.shot.weather == "snow":
        return SNOWY
    return AUTUMN if b.shot.ground == "autumn" else EARTH


def snowline(b: Builder, usual: float) -> float:
    return -1.0 if soil(b) is SNOWY else usual


def chance(b: Builder, name: str, low: float, high: float) -> float:
    """A number of the shot's own."""
    return float(stream(b.shot.seed, "compose", name).uniform(low, high))


def away_from_sun(b: Builder) -> float:
    return -1.0 if b.light.sun_x > 0 else 1.0


def range_(
    b: Builder, near: float, far: float, peak: float, *, snow: float = 0.55, **more: Any
) -> None:
    """Mountains whose skyline stands `peak` above the horizon; white above `snow` of that."""
    depth = (near * far) ** 0.5
    white = snowline(b, max(0.3, snow * peak * depth))
    told = {"height": peak * depth, "scale": 0.42 * depth, "colours": ROCK, "open": 0.3,
            "open_x": b.light.sun_x, "rough": 0.012, "snow": white}  # fmt: skip
    b.land(Land(near=near, far=far, peak=peak, **{**told, **more}))


def shore(b: Builder, colours: tuple[str, str, str]) -> None:
    """Ground to stand on in front of water, only if somebody does."""
    wading = {"swim", "sail", "fly"}
    if any(s.kind in ON_LAND and s.action not in wading and s.look.breed not in AT_SEA
           for s in b.shot.subjects) and not b.aerial:  # fmt: skip
        bank(b, colours)


def bank(b: Builder, colours: tuple[str, str, str]) -> None:
    land = Land(shape="flat", near=0.42, far=3.4 if b.aerial else 1.5, height=0.07, scale=0.9,
                base=-0.02, colours=colours, detail=0.4)  # fmt: skip
    b.land(land, front=True)


def mountains(b: Builder) -> None:
    b.sky()
    x = b.light.sun_x
    range_(b, 26, 48, chance(b, "far", 0.20, 0.30), snow=0.42, open=0.25)
    range_(b, 11, 22, chance(b, "middle", 0.10, 0.15), open=0.5, lean=-0.8 * away_from_sun(b),
           snow=0.9)  # fmt: skip
    range_(b, 4.5, 9, 0.05, snow=9, open=0.6, colours=EARTH, lean=away_from_sun(b), base=-0.1)
    b.mist(10.0, 0.16, low=-0.015, tall=0.05)
    trees(b, 5.6, 0.50, 0.030, 0.16)
    trees(b, 4.0, 0.46, 0.055, 0.30)
    near = Land(shape="rolling", near=0.42, far=4.6, height=0.20, scale=1.5, base=-0.06,
                colours=soil(b), detail=0.5, open_x=x)  # fmt: skip
    b.land(near, front=True)
    trees(b, 2.2, 0.80, 0.20, 0.50)
    if b.aerial:
        for depth, gap in ((3.0, 0.10), (1.7, 0.20), (1.25, 0.30), (0.85, 0.42)):
            trees(b, depth, 0.62, 0.095, gap)
    fringe(b)


def trees(
    b: Builder,
    depth: float,
    tall: float,
    every: float,
    gap: float,
    kind: str = "pine",
    *,
    front: bool | None = None,
) -> None:
    """A row of trees; `tall` in depth units, `every` in view units, open within ± `gap`."""
    if "tree" in b.shot.absent or (b.aerial and depth < (0.6 if every < 0.1 else 1.6)):
        return
    tall, every = tall * b.tiny, every * (0.35 + 0.65 * b.tiny)
    base, high = b.ground(depth) + 0.03 / depth, tall / depth
    window = b.window(depth, base - high * 1.25, base + high * 0.1)
    edge = b.across(gap / 0.89)
    if kind == "broad" and soil(b) is SNOWY:
        kind = "bare"
    b.add(
        depth,
        window,
        lambda w: plants.row(
            w,
            b.light,
            base=base,
            depth=depth,
            seed=b.shot.seed,
            kind=kind,
            tall=high,
            every=every,
            ground="snow" if soil(b) is SNOWY else b.shot.ground,
            gap=(-edge, edge) if gap else None,
        ),
        front=depth < 3 if front is None else front,
    )


def coast(b: Builder) -> None:
    b.sky()
    away = away_from_sun(b)
    if b.shot.site != "beach":
        range_(b, 26, 46, chance(b, "far", 0.10, 0.19), open=0.45, sea=-0.2, base=-0.1)
    range_(b, 9, 18, chance(b, "middle", 0.07, 0.12), snow=9, open=0.75, lean=away, sea=0,
           base=-0.3)  # fmt: skip
    high = 0.17 if b.shot.site == "cliff" else chance(b, "near", 0.06, 0.12)
    range_(b, 3.2, 7, high, snow=9, open=0.5, lean=away * 1.0, sea=0, base=-0.35, scale=2.4)
    if b.shot.ground == "rock" or b.shot.site == "cliff" or "coast" in b.shot.named:
        side = -b.across(0.75) if b.light.sun_x > 0 else b.across(0.75)
        knoll = (side, 0.22, 0.10)
        b.land(
            Land(near=0.85, far=1.7, height=0.16, scale=0.55, base=-0.10, sea=0, colours=ROCK,
                 bump=knoll, rough=0.05),
            front=True,
        )  # fmt: skip
    b.sea({"storm": 1.7, "wind": 1.3, "fog": 0.7}.get(b.shot.weather, 1.0))
    if b.shot.site == "beach":
        bank(b, soil(b) if soil(b) is SNOWY else BEACH)
    else:
        shore(b, BEACH)


def lake(b: Builder) -> None:
    b.sky()
    range_(b, 26, 46, chance(b, "far", 0.18, 0.26), snow=0.45, open=0.35, sea=-0.2)
    range_(b, 9, 19, chance(b, "middle", 0.08, 0.12), snow=1.2, open=0.7, sea=0, base=-0.2,
           colours=EARTH, lean=0.8 * away_from_sun(b))  # fmt: skip
    kind = "broad" if b.shot.ground in ("autumn", "flowers") else "pine"
    trees(b, 10.5, 0.62, 0.017, 0.03, kind)
    trees(b, 8.0, 0.60, 0.030, 0.20, kind)
    b.mist(9.0, 0.14, low=0.0, tall=0.025)
    b.sea(0.5)
    if b.aerial:
        return
    b.land(
        Land(shape="rolling", near=0.42, far=1.25, height=0.10, scale=0.8, base=-0.02,
             colours=soil(b), detail=0.5),
        front=True,
    )  # fmt: skip
    trees(b, 1.12, 0.60, 0.30, 0.62, kind)
    fringe(b)


def river(b: Builder) -> None:
    b.sky()
    x = b.across(0.1)
    range_(b, 24, 44, chance(b, "far", 0.15, 0.24), snow=0.5, sea=-0.2, open_x=x)
    range_(b, 6, 14, 0.08, snow=9, open=1.0, open_x=x, base=-0.12, sea=0, colours=soil(b))
    trees(b, 11.0, 0.85, 0.020, 0.05, "broad")
    b.land(Land(near=2.2, far=5, height=0.7, scale=1.8, open=1.2, open_x=x, base=-0.03, sea=0,
                colours=soil(b)))  # fmt: skip
    trees(b, 6.0, 0.72, 0.040, 0.16, "broad")
    b.sea(0.45)
    trees(b, 3.0, 0.75, 0.10, 0.42, "broad", front=True)
    trees(b, 1.9, 0.85, 0.26, 0.68, "pine" if b.shot.ground != "autumn" else "broad")
    shore(b, soil(b))
    fringe(b)


def forest(b: Builder) -> None:
    b.sky()
    kind = "broad" if b.shot.ground in ("autumn", "flowers") else "pine"
    earth = FLOOR if soil(b) is EARTH else soil(b)
    if b.aerial:
        return treetops(b, kind, earth)
    for depth, tall, every, gap in (
        (19, 2.7, 0.020, 0),
        (12, 2.5, 0.034, 0),
        (8, 2.3, 0.060, 0.03),
    ):
        trees(b, depth, tall, every, gap, kind)
    b.mist(7.0, 0.40, low=-0.05, tall=0.16)
    trees(b, 5.2, 2.0, 0.11, 0.09, kind)
    b.mist(4.6, 0.22, low=-0.02, tall=0.14)
    b.land(Land(shape="rolling", near=0.42, far=19, height=0.16, scale=1.1, base=-0.05,
                colours=earth, detail=0.8))  # fmt: skip
    trees(b, 4.4, 0.34, 0.05, 0.05, "bush")
    trees(b, 3.4, 1.9, 0.20, 0.20, kind)
    trees(b, 2.6, 0.30, 0.09, 0.22, "bush")
    trees(b, 2.2, 1.9, 0.34, 0.34, kind)
    boles(b, 1.25, 0.52)
    canopy(b, 1.15, 0.30)
    rays(b)
    fringe(b)


def treetops(b: Builder, kind: str, earth: tuple[str, str, str]) -> None:
    """A wood from above: crowns behind crowns to the horizon, mist between them."""
    range_(b, 24, 44, chance(b, "far", 0.06, 0.12), snow=0.8)
    b.land(Land(shape="rolling", near=0.42, far=24, height=0.10, scale=2.2, base=-0.05,
                colours=earth, detail=0.5))  # fmt: skip
    for depth in (21.0, 14.0, 9.5, 6.8, 5.0, 3.8, 2.9, 2.25, 1.75, 1.38, 1.08, 0.84, 0.64):
        trees(b, depth, 0.50, 0.095 / max(depth, 1.0) ** 0.75, 0.0, kind)
        if depth in (9.5, 5.0):
            b.mist(depth * 0.98, 0.26, low=0.02, tall=0.05)


def boles(b: Builder, depth: float, gap: float) -> None:
    """Trunks right before the lens, at the sides."""
    if "tree" in b.shot.absent or b.aerial:
        return
    base, ground = b.ground(depth) + 0.01, "snow" if soil(b) is SNOWY else ""
    b.add(
        depth,
        b.window(depth, bottom=base + 0.05),
        lambda w: plants.trunks(
            w, b.light, base=base, depth=depth, seed=b.shot.seed, gap=b.across(gap / 0.89),
            ground=ground,
        ),
        front=True,
    )  # fmt: skip


def canopy(b: Builder, depth: float, gap: float) -> None:
    if "tree" in b.shot.absent or soil(b) is SNOWY or b.aerial:
        return
    top = -b.span / 2 - 0.02
    b.add(
        depth,
        b.window(depth, bottom=top + 0.62, density=540),
        strips(lambda w: plants.canopy(
            w, b.light, top=top, depth=depth, seed=b.shot.seed, ground=b.shot.ground,
            gap=b.across(gap),
        )),
        front=True,
    )  # fmt: skip


def rays(b: Builder, strength: float = 1.0) -> None:
    """Beams of a sun that stands behind leaves, waves or panes; they waver slowly."""
    if b.light.disc != "sun" or b.light.night or "sun" in b.shot.absent:
        return
    level = strength * (0.22 if b.light.sun_height < 0.15 else 0.14)
    tint = to_display(b.light.glow * 0.8)
    x, y = b.light.sun_x, min(b.horizon - b.light.sun_height - 0.25, -b.span / 2 - 0.05)

    def paint(w: Window) -> tuple[Array, None]:
        dx, dy = w.xs[None, :] - x, w.ys[:, None] - y
        angle, far = np.arctan2(dx, np.maximum(dy, 0.02)), np.hypot(dx, dy)
        at = np.linspace(-2, 2, 600)
        comb = fbm(b.shot.seed, "rays", at * 6.5 + 40, np.zeros(2) + 3, octaves=4)[0]
        beams = np.clip(np.interp(angle, at, comb) * 1.3, 0, 1) * np.exp(-((angle / 0.95) ** 2))
        light = beams * np.exp(-far / 0.75) * np.clip(far / 0.25, 0, 1)
        return (light * level)[..., None] * tint, None

    b.add(
        2.0,
        b.window(FAR, density=150),
        paint,
        added=True,
        soft=True,
        front=True,
        order=1.4,
        motion=lambda s: State(opacity=0.85 + 0.15 * float(np.sin(0.9 * s))),
    )


def desert(b: Builder) -> None:
    b.sky()
    range_(b, 28, 46, 0.05, snow=99, colours=("#8a5f44", "#b0805a", "#b0805a"), shape="mesa")
    away = away_from_sun(b)
    for near, far, peak, scale in ((10, 26, 0.075, 9.0), (4.4, 10.5, 0.035, 4.2)):
        b.land(Land(shape="dunes", near=near, far=far, height=peak * near, scale=scale, peak=peak,
                    base=-0.12, colours=SAND, rough=0.0, lean=0.5 * away))  # fmt: skip
    b.land(Land(shape="dunes", near=2.2, far=4.8, height=0.30, scale=2.0, base=-0.12, colours=SAND,
                rough=0.0, detail=0.5))  # fmt: skip
    b.land(Land(shape="dunes", near=0.42, far=2.5, height=0.10, scale=1.0, base=-0.04,
                colours=SAND, rough=0.003, detail=0.5))  # fmt: skip


def field(b: Builder) -> None:
    b.sky()
    earth = soil(b)
    range_(b, 26, 46, chance(b, "far", 0.06, 0.14), snow=0.7)
    b.land(Land(shape="rolling", near=9, far=22, height=1.4, scale=6, base=-0.1, colours=earth))
    trees(b, 14.0, 0.8, 0.018, 0.0, "broad")
    trees(b, 9.5, 0.8, 0.045, 0.0, "broad")
    b.land(Land(shape="rolling", near=3.4, far=9, height=0.5, scale=3.2, base=-0.1, colours=earth,
                detail=0.7))  # fmt: skip
    trees(b, 4.4, 0.85, 0.30, 0.20, "broad")
    b.land(Land(shape="rolling", near=0.42, far=3.6, height=0.16, scale=1.5, base=-0.05,
                colours=earth, detail=0.7))  # fmt: skip
    fringe(b)


def fringe(b: Builder) -> None:
    """Grass right before the lens, and tufts of it further back; none in snow."""
    if soil(b) is SNOWY or "grass" in b.shot.absent or b.shot.site == "cave" or b.aerial:
        return
    _grass(b, 0.62, 0.13, 420)
    bare = b.water is not None or b.shot.place in ("forest", "village")
    if not bare and b.shot.site != "garden":
        _grass(b, 0.95, 0.060, 260)
        _grass(b, 1.5, 0.036, 260)


def _grass(b: Builder, depth: float, tall: float, many: int) -> None:
    """Before the lens it grows out of the picture's lower edge; further back, out of the ground."""
    close = depth < 0.7
    at = np.linspace(-2.4, 2.4, 33)
    lens = b.span / 2 + 0.03
    base = [lens if close else b.ground(depth, float(x)) + 0.004 for x in at]

    def paint(w: Window) -> tuple[Array, Array]:
        return plants.grass(
            w, b.light, base=lambda x: float(np.interp(x, at, base)), seed=b.shot.seed,
            ground=b.shot.ground, tall=tall, many=many, scatter=0.0 if close else 1.5 * tall,
        )  # fmt: skip

    window = b.window(depth, min(base) - tall * 1.3, max(base) + (0.4 if close else 0.10))
    b.add(depth, window, paint, front=True)


def snow(b: Builder) -> None:
    b.sky()
    range_(b, 26, 48, chance(b, "far", 0.16, 0.26), snow=-1, open=0.3)
    range_(b, 9, 20, 0.06, snow=-1, open=0.4, colours=SNOWY, base=-0.1)
    trees(b, 9.0, 0.75, 0.028, 0.08)
    trees(b, 6.0, 0.75, 0.07, 0.20)
    b.land(Land(shape="rolling", near=0.42, far=8, height=0.18, scale=1.7, base=-0.05,
                colours=SNOWY, detail=0.16))  # fmt: skip
    trees(b, 2.4, 0.9, 0.20, 0.48)
