"""What a place may be more closely: a waterfall is a river, a volcano one of the mountains.

SITES     (place, site) → recipe; a site without one of its own is drawn as its place
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import falls, nature, outer, spans, yards
from reelway.engines.animatic.builder import FAR, Builder
from reelway.engines.animatic.canvas import Window, linear, to_display
from reelway.engines.animatic.light import faded
from reelway.engines.animatic.nature import away_from_sun, chance, range_, trees
from reelway.engines.animatic.noise import fbm
from reelway.engines.animatic.strips import strips
from reelway.engines.animatic.terrain import EYE, Land

Array = npt.NDArray[Any]
JUNGLE = ("#2f3324", "#36482a", "#2f5a2c")
DRY = ("#8a6f45", "#a88f55", "#a8924e")
GREY = ("#5d5c5a", "#8a8885", "#8a8885")
MARTIAN = ("#6e3a26", "#a8603c", "#b06a42")
ROUGH = {"storm": 1.7, "wind": 1.35, "fog": 0.7}


def sea(b: Builder) -> None:
    """Nothing but water, and perhaps a far coast."""
    b.sky()
    if chance(b, "land", 0, 1) < 0.35:
        range_(b, 34, 48, 0.03, snow=99, sea=-0.2, open=0.6)
    b.sea(ROUGH.get(b.shot.weather, 1.1))
    nature.shore(b, nature.BEACH)


def island(b: Builder) -> None:
    """A palm beach, and islands out at sea."""
    b.sky()
    away = away_from_sun(b)
    range_(b, 22, 40, 0.07, snow=99, sea=0, base=-0.6, open=0.2, colours=nature.EARTH)
    range_(b, 6, 13, 0.08, snow=99, sea=0, base=-0.45, open=0.9, lean=away, colours=JUNGLE)
    b.sea(ROUGH.get(b.shot.weather, 0.8))
    if b.aerial:
        return
    sand = ("#b9a37c", "#dcc79c", "#d3bd90")
    nature.bank(b, nature.SNOWY if nature.soil(b) is nature.SNOWY else sand)
    trees(b, 1.35, 0.85, 0.30, 0.40, "palm", front=True)
    trees(b, 0.95, 0.72, 0.42, 0.62, "palm", front=True)


def swamp(b: Builder) -> None:
    b.sky()
    for depth, every in ((18, 0.020), (12, 0.035)):
        trees(b, depth, 1.5, every, 0.0, "broad")
    b.mist(9.0, 0.42, low=0.0, tall=0.07)
    b.sea(0.18)
    trees(b, 5.0, 1.2, 0.14, 0.14, "bare", front=True)
    b.mist(2.9, 0.30, low=0.03, tall=0.06)
    trees(b, 2.4, 1.15, 0.30, 0.32, "bare", front=True)
    nature.shore(b, JUNGLE)
    nature.fringe(b)


def waterfall(b: Builder) -> None:
    """A wall of rock with the fall in its middle, a pool before it."""
    b.sky()
    x = b.across(-0.16 * away_from_sun(b))
    range_(b, 24, 44, 0.20, snow=0.6, open=0.1, sea=-0.2)
    rock = ("#3a3833", "#57523f", "#465a30")
    knoll = (x, 0.55, 1.75)
    for near, far, peak, salt in ((6.4, 9.0, 0.20, 3), (5.0, 7.6, 0.12, 4)):
        b.land(Land(near=near, far=far, height=1.0, scale=1.6, peak=peak, base=-0.05, sea=0,
                    colours=rock, rough=0.015, bump=knoll if near > 6 else None,
                    open=0.0 if near > 6 else 0.9, open_x=x), salt=salt)  # fmt: skip
    falls.fall(b, x, 5.2, top=b.horizon - 0.225, half=0.07)
    trees(b, 4.4, 0.8, 0.07, 0.24, "broad")
    b.sea(0.55)
    falls.spray(b, x, 4.4, half=0.09)
    trees(b, 2.2, 0.85, 0.24, 0.52, "broad", front=True)
    nature.shore(b, nature.soil(b))
    nature.fringe(b)


def bridge(b: Builder) -> None:
    """A river with an arched bridge of stone across it."""
    b.sky()
    range_(b, 24, 44, chance(b, "far", 0.13, 0.22), snow=0.6, sea=-0.2)
    trees(b, 13.0, 0.95, 0.020, 0.0, "broad")
    range_(b, 8, 14, 0.06, snow=9, open=1.0, base=-0.12, sea=0, colours=nature.soil(b))
    trees(b, 8.5, 0.85, 0.040, 0.12, "broad")
    spans.arches(b, 5.0)
    b.sea(0.45)
    trees(b, 2.6, 0.75, 0.20, 0.55, "broad", front=True)
    nature.shore(b, nature.soil(b))
    nature.fringe(b)


def volcano(b: Builder) -> None:
    """A cone that smokes, and glows where it is dark."""
    b.sky()
    x = b.across(0.24 * away_from_sun(b))
    peak = 0.30
    ash = ("#2e2a2a", "#4a4442", "#4d4a40")
    b.land(Land(shape="cone", near=12, far=34, height=8, scale=9.0, peak=peak, base=0.0, open_x=x,
                colours=ash, snow=nature.snowline(b, 99), rough=0.015))  # fmt: skip
    falls.plume(b, x, 20.0, top=b.horizon - peak * 1.02)
    range_(b, 6, 12, 0.05, snow=99, colours=ash, open=0.6, lean=away_from_sun(b))
    b.land(Land(shape="rolling", near=0.42, far=5, height=0.2, scale=1.2, base=-0.06,
                colours=ash if nature.soil(b) is nature.EARTH else nature.soil(b), detail=0.8,
                rough=0.03), front=True)  # fmt: skip


def canyon(b: Builder) -> None:
    b.sky()
    away = away_from_sun(b)
    told: dict[str, Any] = {
        "shape": "mesa",
        "snow": nature.snowline(b, 99),
        "colours": nature.RED,
        "rough": 0.03,
    }
    range_(b, 24, 46, 0.12, **told, open=0.2)
    range_(b, 11, 21, 0.19, **told, open=0.9, lean=-0.9 * away)
    range_(b, 5, 10, 0.24, **told, open=1.0, lean=0.9 * away, scale=2.2)
    range_(b, 3.0, 5.6, 0.16, **told, open=1.0, lean=-1.0 * away, scale=1.6)
    b.land(Land(shape="rolling", near=0.42, far=4, height=0.14, scale=1.2, base=-0.05,
                colours=nature.SNOWY if nature.soil(b) is nature.SNOWY else nature.RED, detail=0.8,
                rough=0.02), front=True)  # fmt: skip


def cave(b: Builder) -> None:
    """Out of the dark into the light of day."""
    nature.mountains(b)
    depth = 0.85

    def paint(w: Window) -> tuple[Array, Array]:
        edge = fbm(b.shot.seed, "mouth", w.xs * 3 + 30, w.ys * 3 + 30, octaves=5, gain=0.55)
        x, y = w.xs[None, :] / b.across(0.72), (w.ys[:, None] - b.horizon + 0.06) / 0.40
        far = np.sqrt(x * x + np.where(y > 0, y * 1.1, y) ** 2) + 0.26 * edge
        rock = fbm(b.shot.seed, "rock", w.xs * 13 + 60, w.ys * 13 + 60, octaves=5)
        rim = np.exp(-np.maximum(far - 0.92, 0) / 0.16)[..., None]
        lit = b.light.ambient * 0.10 + (b.light.ambient * 0.5 + b.light.sun * 0.25) * rim
        tone = linear("#5a5048") * lit * (1 + 0.5 * rock[..., None])
        return to_display(tone), np.clip((far - 0.92) / 0.02 + 0.5, 0, 1)

    b.add(depth, b.window(depth), strips(paint), front=True)


def jungle(b: Builder) -> None:
    b.sky()
    if b.aerial:
        return nature.treetops(b, "broad", JUNGLE)
    for depth, tall, every, kind in ((17, 3.0, 0.022, "broad"), (11, 2.6, 0.04, "palm"),
                                     (8, 2.4, 0.07, "broad")):  # fmt: skip
        trees(b, depth, tall, every, 0.0, kind)
    b.mist(7.0, 0.34, low=-0.05, tall=0.16)
    b.land(Land(shape="rolling", near=0.42, far=17, height=0.20, scale=1.0, base=-0.05,
                colours=JUNGLE, detail=0.9))  # fmt: skip
    trees(b, 4.6, 1.7, 0.14, 0.12, "palm")
    trees(b, 3.8, 0.45, 0.06, 0.08, "bush")
    trees(b, 3.0, 1.6, 0.24, 0.24, "broad")
    trees(b, 2.3, 0.40, 0.10, 0.26, "bush")
    trees(b, 2.0, 1.2, 0.34, 0.40, "palm")
    nature.boles(b, 1.15, 0.55)
    nature.canopy(b, 1.1, 0.22)
    nature.rays(b)
    nature.fringe(b)


def bamboo(b: Builder) -> None:
    b.sky()
    for depth, every in ((14, 0.010), (9, 0.018), (6, 0.030)):
        trees(b, depth, 3.4, every, 0.0, "bamboo")
    b.mist(5.5, 0.36, low=-0.05, tall=0.16)
    b.land(Land(shape="rolling", near=0.42, far=14, height=0.12, scale=1.1, base=-0.05,
                colours=nature.FLOOR if nature.soil(b) is nature.EARTH else nature.soil(b),
                detail=0.8))  # fmt: skip
    trees(b, 3.8, 2.9, 0.060, 0.07, "bamboo")
    trees(b, 2.5, 2.6, 0.11, 0.20, "bamboo")
    trees(b, 1.6, 2.4, 0.22, 0.36, "bamboo")
    nature.canopy(b, 1.4, 0.26)
    nature.rays(b)


def garden(b: Builder) -> None:
    """Lawns between hedges, beds of flowers, a path."""
    b.sky()
    earth = nature.soil(b)
    trees(b, 15.0, 1.2, 0.018, 0.0, "broad")
    trees(b, 9.0, 1.1, 0.045, 0.0, "broad")
    b.land(Land(shape="flat", near=0.42, far=12, height=0.03, scale=1.5, colours=earth, rough=0.0,
                detail=0.4))  # fmt: skip
    spans.path(b, 0.20, "#a3977e", edge=0.02)
    for depth in (6.0, 3.6, 2.2):
        spans.hedge(b, depth, 0.36)
    trees(b, 4.4, 0.95, 0.30, 0.34, "broad")
    if nature.soil(b) is not nature.SNOWY:
        yards.beds(b, 0.26)
    nature.fringe(b)


def savanna(b: Builder) -> None:
    b.sky()
    range_(b, 28, 46, 0.06, snow=99, colours=nature.EARTH)
    dry = DRY if nature.soil(b) is nature.EARTH else nature.soil(b)
    b.land(Land(shape="rolling", near=6, far=22, height=0.8, scale=6, base=-0.1, colours=dry))
    trees(b, 14.0, 0.7, 0.08, 0.0, "acacia")
    trees(b, 8.0, 0.75, 0.20, 0.10, "acacia")
    b.land(Land(shape="rolling", near=0.42, far=7, height=0.12, scale=1.6, base=-0.05, colours=dry,
                detail=0.9))  # fmt: skip
    trees(b, 3.2, 0.85, 0.55, 0.34, "acacia")
    nature.fringe(b)


def road(b: Builder) -> None:
    """A straight road to the horizon, with its posts and wires."""
    b.sky()
    earth = nature.soil(b)
    range_(b, 24, 44, chance(b, "far", 0.10, 0.20), snow=0.6, open=0.1)
    b.land(Land(shape="rolling", near=7, far=22, height=0.9, scale=6, base=-0.1, colours=earth,
                open=0.9, open_x=0.0))  # fmt: skip
    trees(b, 11.0, 0.7, 0.035, 0.06, "broad")
    b.land(Land(shape="flat", near=0.42, far=16, height=0.02, scale=1.6, colours=earth, rough=0.0,
                detail=0.7))  # fmt: skip
    spans.path(b, 0.42, "#4a4a4d", edge=0.03, dashes=True)
    for depth in (9.0, 5.2, 3.0, 1.8):
        spans.post(b, depth, 0.75)
    trees(b, 4.2, 0.8, 0.40, 0.42, "broad")


def vineyard(b: Builder) -> None:
    """Rows of crops that run to the horizon."""
    b.sky()
    earth = nature.soil(b)
    range_(b, 24, 44, chance(b, "far", 0.08, 0.16), snow=0.7)
    b.land(Land(shape="rolling", near=8, far=22, height=1.2, scale=6, base=-0.1, colours=earth))
    trees(b, 12.0, 0.8, 0.030, 0.0, "broad")
    trees(b, 8.4, 0.8, 0.09, 0.0, "broad")
    b.land(Land(shape="flat", near=0.42, far=8.5, height=0.03, scale=1.5, colours=earth, rough=0.0,
                detail=0.5))  # fmt: skip
    spans.crops(b)


def stadium(b: Builder) -> None:
    """A pitch under floodlights, and the stands around it full of people."""
    b.sky()
    spans.stands(b, 9.0)
    b.land(Land(shape="flat", near=0.42, far=9.2, height=0.0, scale=2.0, rough=0.0,
                colours=("#2f6a2c", "#3a7a33", "#3f8438"), detail=0.15))  # fmt: skip
    spans.pitch(b)
    spans.floodlights(b, 8.5)


def arctic(b: Builder) -> None:
    """Floes of ice on a cold sea before white mountains."""
    b.sky()
    range_(
        b, 24, 46, chance(b, "far", 0.12, 0.20), snow=-1, open=0.4, colours=nature.SNOWY, sea=-0.2
    )
    ice = ("#7fa8bf", "#dbe9f2", "#d3e4ee")
    range_(b, 7, 14, 0.10, snow=-1, open=0.8, sea=0, base=-0.4, colours=ice, shape="mesa")
    range_(b, 2.6, 6, 0.05, snow=-1, open=0.7, sea=0, base=-0.2, colours=ice, shape="mesa",
           scale=1.4, lean=away_from_sun(b))  # fmt: skip
    b.sea(0.4)
    nature.bank(b, nature.SNOWY)


def moon(b: Builder) -> None:
    """Grey plains under a black sky, with the earth in it."""
    b.add(FAR, b.window(FAR, density=200), lambda w: (np.full((w.height, w.width, 3), 0.012,
          np.float32), None), soft=True)  # fmt: skip
    b.add(FAR / 2, b.window(FAR), lambda w: (outer.stars(w, b.light, b.shot.seed), None),
          added=True, soft=False)  # fmt: skip
    x, y = b.across(0.40), b.horizon - 0.30
    ball = Window.of(x - 0.12, y - 0.12, x + 0.12, y + 0.12, b.window(FAR).density)
    b.add(FAR / 3, ball, lambda w: outer.planet(w, b.shot.seed, x, y, 0.085))
    range_(b, 22, 42, 0.11, snow=99, colours=GREY, open=0.2)
    range_(b, 6, 13, 0.05, snow=99, colours=GREY, open=0.7)
    b.land(Land(shape="rolling", near=0.42, far=6.5, height=0.16, scale=1.0, base=-0.06,
                colours=GREY, detail=0.7, rough=0.02))  # fmt: skip


def mars(b: Builder) -> None:
    b.sky()
    range_(b, 24, 46, 0.14, snow=99, colours=MARTIAN, open=0.3)
    range_(b, 9, 18, 0.09, snow=99, colours=MARTIAN, open=0.7, shape="mesa")
    b.land(Land(shape="dunes", near=3, far=9, height=0.5, scale=3.6, base=-0.1, colours=MARTIAN,
                rough=0.0))  # fmt: skip
    b.land(Land(shape="rolling", near=0.42, far=3.4, height=0.14, scale=1.0, base=-0.05,
                colours=MARTIAN, detail=0.9, rough=0.02))  # fmt: skip


def parapet(b: Builder) -> None:
    """The edge of the roof that one stands on."""
    depth = 1.5

    def paint(w: Window) -> tuple[Array, Array]:
        top, foot = b.horizon + (EYE - 0.075) / depth, b.horizon + (EYE + 0.01) / depth
        y = w.ys[:, None] + 0 * w.xs[None, :]
        lit = b.light.ambient + b.light.sun * 0.25
        concrete = fbm(b.shot.seed, "roof", w.xs * 22 + 30, w.ys * 22 + 30, octaves=4)
        cap = ((y > top) & (y < top + 0.012))[..., None]
        floor = (y > foot)[..., None]
        base = linear("#6e6a66") * lit * (1 + 0.12 * concrete[..., None])
        tone = np.where(cap, base * 1.35, np.where(floor, base * 0.72, base * 0.45))
        return to_display(faded(tone, depth, b.light)), np.clip((y - top) * w.density + 0.5, 0, 1)

    b.add(depth, b.window(depth, b.horizon), paint, front=True)
    yards.roof(b, depth * 0.93)


def underwater(b: Builder) -> None:
    """Blue depths, light from above, a sea bed with plants, bubbles."""
    dark = 0.32 if b.light.night else 0.7 if b.shot.time == "dusk" else 1.0
    deep, mid, top = (linear(c) * dark for c in ("#06283d", "#0d5d78", "#5cc3cf"))

    def water(w: Window) -> tuple[Array, None]:
        t = np.clip((w.ys + b.span / 2) / b.span, 0, 1)[:, None, None]
        cloud = fbm(b.shot.seed, "murk", w.xs * 1.5 + 30, w.ys * 2 + 30, octaves=3)[..., None]
        up = np.clip(1 - t * 1.9, 0, 1) ** 1.6
        tone = deep * t + mid * (1 - t)
        return to_display(tone * (1 + 0.12 * cloud) + top * up * 0.75), None

    b.add(FAR, b.window(FAR, density=200), water, soft=True)
    reef = ("#3a4a3f", "#6f6a55", "#4f6a4a")
    for near, far, peak, lean in ((12, 24, 0.14, 0.3), (5, 11, 0.07, -0.7), (2.6, 5, 0.02, 0.9)):
        range_(b, near, far, peak, snow=99, colours=reef, lean=lean, open=0.5)
    b.land(Land(shape="rolling", near=0.42, far=4, height=0.14, scale=0.9, base=-0.05, detail=0.7,
                colours=("#6f6a58", "#9a9274", "#8a8a6a")))  # fmt: skip
    plants = ((5.0, 0.6, 0.05, 0.0), (3.2, 0.6, 0.08, 0.16), (1.8, 0.5, 0.13, 0.40))
    for depth, tall, every, gap in plants:
        falls.weeds(b, depth, tall, every, gap)
    nature.rays(b, 1.8)
    if not any(s.kind == "animal" for s in b.shot.subjects):
        falls.shoal(b)
    falls.bubbles(b)


def courtyard(b: Builder) -> None:
    """Flagstones between walls with tiled roofs, a tree and lanterns."""
    b.sky()
    range_(b, 24, 44, chance(b, "far", 0.10, 0.18), snow=0.7)
    trees(b, 9.0, 1.2, 0.05, 0.0, "broad")
    if not any(s.kind in ("temple", "castle", "house") for s in b.shot.subjects):
        spans.hall(b, 5.0)
    b.land(Land(shape="flat", near=0.42, far=5.2, height=0.0, scale=1.0, rough=0.0, detail=0.10,
                colours=("#6e6a62", "#8a857a", "#8a857a")))  # fmt: skip
    spans.flags(b)
    for side in (-1, 1):
        spans.wing(b, side)
    trees(b, 2.6, 1.15, 0.9, 0.42, "broad", front=True)


SITES: dict[tuple[str, str], Callable[[Builder], None]] = {
    ("coast", "sea"): sea,
    ("coast", "island"): island,
    ("lake", "swamp"): swamp,
    ("river", "waterfall"): waterfall,
    ("river", "bridge"): bridge,
    ("mountains", "volcano"): volcano,
    ("mountains", "canyon"): canyon,
    ("mountains", "cave"): cave,
    ("forest", "jungle"): jungle,
    ("forest", "bamboo"): bamboo,
    ("field", "garden"): garden,
    ("field", "savanna"): savanna,
    ("field", "road"): road,
    ("field", "vineyard"): vineyard,
    ("field", "stadium"): stadium,
    ("village", "courtyard"): courtyard,
    ("snow", "arctic"): arctic,
    ("space", "moon"): moon,
    ("space", "mars"): mars,
}
