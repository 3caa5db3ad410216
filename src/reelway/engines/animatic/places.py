"""What places are made of: for each a recipe that lists its layers through a `Builder`.

Depths are in units of about ten metres; the eye is at `terrain.EYE`. A recipe leaves the lower
middle of the picture free: that is where `subjects` come.
"""

from __future__ import annotations

from collections.abc import Callable

from reelway.engines.animatic import outer, plants, room, town
from reelway.engines.animatic.builder import FAR, Builder
from reelway.engines.animatic.canvas import Window, rgb
from reelway.engines.animatic.terrain import EYE, Land

HORIZON = {
    "coast": 0.07, "harbour": 0.10, "field": 0.05, "desert": 0.05, "mountains": 0.12,
    "forest": 0.14, "street": 0.13, "city": 0.10, "village": 0.08, "snow": 0.09, "room": 0.02,
}  # fmt: skip
INDOORS = {"room", "space"}
ON_LAND = {
    "person",
    "crowd",
    "animal",
    "fire",
    "house",
    "tree",
    "temple",
    "castle",
    "car",
    "element",
}

ROCK = ("#4a4640", "#6c665b", "#4a5236")
EARTH = ("#6b5a44", "#6f7442", "#56702f")
SAND = ("#b98f5e", "#cfa873", "#c8a06a")
BEACH = ("#8d7b62", "#b9a383", "#a89774")
AUTUMN = ("#6b4a30", "#8a6a34", "#a8662a")
SNOWY = ("#8b8f98", "#dfe5ee", "#d4dbe6")
ASPHALT = ("#2c2d31", "#36373b", "#36373b")


def _soil(b: Builder) -> tuple[str, str, str]:
    if b.shot.ground == "snow" or b.shot.place == "snow" or b.shot.weather == "snow":
        return SNOWY
    return AUTUMN if b.shot.ground == "autumn" else EARTH


def _snowline(b: Builder, usual: float) -> float:
    return -1.0 if _soil(b) is SNOWY else usual


def _shore(b: Builder, colours: tuple[str, str, str]) -> None:
    """Ground to stand on in front of water, only if somebody does."""
    if any(s.kind in ON_LAND for s in b.shot.subjects):
        land = Land(
            shape="flat", near=0.42, far=1.5, height=0.07, scale=0.9, base=-0.02, colours=colours
        )
        b.land(land, front=True)


def _mountains(b: Builder) -> None:
    b.sky()
    x, snow = b.light.sun_x, _snowline(b, 2.2)
    b.land(Land(near=24, far=46, height=15, scale=14, snow=snow, open=0.25, open_x=x, colours=ROCK))
    b.land(Land(near=10, far=21, height=4.6, scale=7, snow=snow, open=0.5, open_x=x, colours=ROCK))
    b.land(
        Land(
            near=4,
            far=9,
            height=1.2,
            scale=3.4,
            snow=_snowline(b, 9),
            open=0.7,
            open_x=x,
            base=-0.1,
        )
    )
    _pines(b, 4.2, 0.34, 0.075, 0.30)
    near = Land(
        shape="rolling", near=0.42, far=4.4, height=0.20, scale=1.5, base=-0.06, colours=_soil(b)
    )
    b.land(near, front=True)
    _pines(b, 2.4, 0.75, 0.22, 0.42)


def _pines(
    b: Builder, depth: float, tall: float, every: float, gap: float, kind: str = "pine"
) -> None:
    """A row of trees; `tall` in depth units, `every` in view units, open within ± `gap`."""
    base, high = b.ground(depth) + 0.03 / depth, tall / depth
    window = b.window(depth, base - high * 1.25, base + high * 0.1)
    edge = b.across(gap / 0.89)
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
            ground="snow" if _soil(b) is SNOWY else b.shot.ground,
            gap=(-edge, edge) if gap else None,
        ),
        front=depth < 3,
    )


def _coast(b: Builder) -> None:
    b.sky()
    x = b.light.sun_x
    b.land(
        Land(
            near=22,
            far=40,
            height=5.5,
            scale=12,
            snow=_snowline(b, 2.4),
            open=0.5,
            open_x=x,
            base=-0.2,
            sea=0,
        )
    )
    b.land(
        Land(
            near=7, far=16, height=2.3, scale=5, open=0.9, open_x=x, base=-0.25, sea=0, colours=ROCK
        )
    )
    b.land(
        Land(
            near=2.4,
            far=5.5,
            height=0.85,
            scale=2.2,
            open=1.0,
            open_x=x,
            base=-0.10,
            sea=0,
            colours=ROCK,
        )
    )
    if b.shot.ground == "rock" or "coast" in b.shot.named:
        side = -b.across(0.75) if x > 0 else b.across(0.75)
        knoll = (side, 0.22, 0.10)
        b.land(
            Land(
                near=0.85,
                far=1.7,
                height=0.16,
                scale=0.55,
                base=-0.10,
                sea=0,
                colours=ROCK,
                bump=knoll,
                rough=0.05,
            ),
            front=True,
        )
    b.sea({"storm": 1.7, "wind": 1.3, "fog": 0.7}.get(b.shot.weather, 1.0))
    _shore(b, BEACH)


def _lake(b: Builder) -> None:
    b.sky()
    x, snow = b.light.sun_x, _snowline(b, 2.0)
    b.land(Land(near=24, far=44, height=13, scale=13, snow=snow, open=0.35, open_x=x, colours=ROCK))
    b.land(
        Land(near=9, far=18, height=2.8, scale=6, snow=snow, open=0.75, open_x=x, base=-0.2, sea=0)
    )
    _pines(b, 8.5, 0.55, 0.035, 0.12)
    b.sea(0.55)
    soil = _soil(b)
    b.land(
        Land(
            shape="rolling", near=0.42, far=1.25, height=0.10, scale=0.8, base=-0.02, colours=soil
        ),
        front=True,
    )
    _pines(b, 1.3, 0.62, 0.30, 0.62)
    _fringe(b)


def _river(b: Builder) -> None:
    b.sky()
    x = b.across(0.1)
    b.land(
        Land(
            near=22,
            far=42,
            height=11,
            scale=12,
            snow=_snowline(b, 2.2),
            open=0.3,
            open_x=x,
            colours=ROCK,
        )
    )
    b.land(
        Land(
            near=6,
            far=14,
            height=2.0,
            scale=4,
            open=1.0,
            open_x=x,
            base=-0.12,
            sea=0,
            colours=_soil(b),
        )
    )
    b.land(
        Land(
            near=2.2,
            far=5,
            height=0.7,
            scale=1.8,
            open=1.2,
            open_x=x,
            base=-0.03,
            sea=0,
            colours=_soil(b),
        )
    )
    _pines(b, 5.5, 0.6, 0.06, 0.22, "broad")
    b.sea(0.5)
    _pines(b, 2.1, 0.75, 0.22, 0.55)
    _shore(b, _soil(b))
    _fringe(b)


def _forest(b: Builder) -> None:
    b.sky()
    kind = "bamboo" if any(w in b.shot.prompt for w in ("bamboo", "竹")) else "pine"
    if b.shot.ground in ("autumn", "flowers") and kind == "pine":
        kind = "broad"
    soil = ("#3f3a2a", "#4a4a30", "#3f5230") if _soil(b) is EARTH else _soil(b)
    for depth, tall, every, gap in (
        (13, 1.9, 0.05, 0),
        (8.5, 1.8, 0.075, 0.05),
        (5.6, 1.75, 0.11, 0.10),
    ):
        _pines(b, depth, tall, every, gap, kind)
    b.mist(7.0, 0.40, low=-0.05, tall=0.16)
    _pines(b, 3.8, 1.7, 0.17, 0.16, kind)
    b.mist(4.6, 0.22, low=-0.02, tall=0.14)
    b.land(
        Land(shape="rolling", near=0.42, far=13, height=0.14, scale=1.1, base=-0.05, colours=soil)
    )
    _pines(b, 2.5, 1.75, 0.26, 0.26, kind)
    _pines(b, 1.55, 1.9, 0.46, 0.46, kind)
    _fringe(b)


def _desert(b: Builder) -> None:
    b.sky()
    x = b.light.sun_x
    b.land(
        Land(
            near=26,
            far=46,
            height=3.5,
            scale=15,
            colours=("#9a6a48", "#b0805a", "#b0805a"),
            open=0.3,
            open_x=x,
        )
    )
    for near, far, height, scale in (
        (9, 24, 1.5, 9.0),
        (4.2, 9.5, 0.62, 4.2),
        (2.2, 4.6, 0.26, 2.0),
    ):
        b.land(
            Land(
                shape="dunes",
                near=near,
                far=far,
                height=height,
                scale=scale,
                base=-0.12,
                colours=SAND,
                rough=0.0,
            )
        )
    b.land(
        Land(
            shape="dunes",
            near=0.42,
            far=2.5,
            height=0.09,
            scale=1.0,
            base=-0.04,
            colours=SAND,
            rough=0.003,
        )
    )


def _field(b: Builder) -> None:
    b.sky()
    x, soil = b.light.sun_x, _soil(b)
    b.land(Land(near=24, far=44, height=6, scale=14, snow=_snowline(b, 3.2), open=0.3, open_x=x))
    b.land(Land(shape="rolling", near=9, far=22, height=1.4, scale=6, base=-0.1, colours=soil))
    _pines(b, 9.5, 0.7, 0.10, 0.0, "broad")
    b.land(Land(shape="rolling", near=3.4, far=9, height=0.5, scale=3.2, base=-0.1, colours=soil))
    _pines(b, 3.6, 0.8, 0.42, 0.20, "broad")
    b.land(
        Land(shape="rolling", near=0.42, far=3.6, height=0.16, scale=1.5, base=-0.05, colours=soil)
    )
    _fringe(b)


def _fringe(b: Builder) -> None:
    """Grass right before the lens; none in snow, sand or upright where it would be too much."""
    if _soil(b) is SNOWY:
        return
    depth, base = 0.62, b.span / 2 + 0.03
    b.add(
        depth,
        b.window(depth, base - 0.17, base + 0.4),
        lambda w: plants.grass(
            w, b.light, base=base, seed=b.shot.seed, ground=b.shot.ground, tall=0.13
        ),
        front=True,
    )


def _snow(b: Builder) -> None:
    b.sky()
    x = b.light.sun_x
    b.land(Land(near=24, far=46, height=10, scale=14, snow=-1, open=0.3, open_x=x, colours=ROCK))
    b.land(Land(near=8, far=20, height=1.6, scale=6, snow=-1, open=0.4, open_x=x, colours=SNOWY))
    _pines(b, 7.0, 0.7, 0.06, 0.15)
    b.land(
        Land(shape="rolling", near=0.42, far=8, height=0.18, scale=1.7, base=-0.05, colours=SNOWY)
    )
    _pines(b, 2.4, 0.9, 0.24, 0.45)


def _village(b: Builder) -> None:
    b.sky()
    x, soil = b.light.sun_x, _soil(b)
    b.land(Land(near=22, far=42, height=7, scale=12, snow=_snowline(b, 2.6), open=0.3, open_x=x))
    b.land(Land(shape="rolling", near=6, far=20, height=0.9, scale=5, base=-0.1, colours=soil))
    _pines(b, 7.0, 0.8, 0.08, 0.0, "broad")
    b.land(
        Land(shape="rolling", near=0.42, far=6.5, height=0.10, scale=1.6, base=-0.03, colours=soil)
    )
    if not any(s.kind in ("temple", "castle") for s in b.shot.subjects):
        for i, (across, depth) in enumerate(
            ((-0.75, 3.4), (-0.3, 5.2), (0.12, 6.0), (0.5, 4.6), (0.85, 3.2))
        ):
            _landmark(b, "house", b.across(across), depth, flip=i % 2 == 0)
    _pines(b, 3.0, 0.95, 0.36, 0.42, "broad")
    _fringe(b)


def _landmark(b: Builder, kind: str, x: float, depth: float, *, flip: bool = False) -> None:
    from reelway.engines.animatic.subjects import (
        stand,
    )  # subjects stand in places, not places in them

    stand(b, town.LANDMARKS[kind], x, depth, flip=flip)


def _blocks(
    b: Builder,
    depth: float,
    tall: float,
    wide: float,
    *,
    gap: float = 0.0,
    low: float = 0.0,
    neon: float = 0.0,
) -> None:
    """A row of buildings; `tall`, `wide`, `gap` (half) in depth units, `low`: below the ground."""
    base = b.ground(depth) + low
    window = b.window(depth, base - tall / depth * 1.9, base)
    b.add(
        depth,
        window,
        lambda w: town.skyline(
            w,
            b.light,
            base=base,
            depth=depth,
            seed=b.shot.seed,
            tall=tall / depth,
            wide=wide / depth,
            neon=neon,
            gap=(-gap / depth, gap / depth) if gap else None,
        ),
    )


def _neon(b: Builder) -> float:
    return 0.8 if "neon" in b.shot.style else 0.35 if b.light.lamps > 0.7 else 0.0


def _city(b: Builder) -> None:
    b.sky()
    neon = _neon(b)
    _blocks(b, 22, 8.5, 1.5)
    _blocks(b, 14, 4.6, 1.2, neon=neon * 0.3)
    _blocks(b, 8, 2.2, 0.9, neon=neon * 0.7)
    b.mist(11.0, 0.22, tall=0.10)
    _blocks(b, 4.4, 1.25, 0.8, low=0.30, neon=neon)
    _blocks(b, 2.6, 1.0, 0.8, low=0.48, neon=neon)


def _harbour(b: Builder) -> None:
    b.sky()
    neon = _neon(b)
    b.land(
        Land(near=26, far=44, height=6, scale=12, open=0.4, open_x=b.light.sun_x, base=-0.2, sea=0)
    )
    _blocks(b, 20, 6.8, 1.3)
    _blocks(b, 13, 3.9, 1.0, neon=neon * 0.4)
    _blocks(b, 9, 1.9, 0.75, neon=neon)
    b.sea(0.55)
    _shore(b, ASPHALT)


def _street(b: Builder) -> None:
    b.sky()
    neon = _neon(b)
    _blocks(b, 34, 9.0, 1.6)
    for depth in (22, 15, 10.5, 7.4, 5.4, 4.0, 3.0):
        _blocks(b, depth, 2.3, 0.85, gap=0.95, neon=neon)
    b.mist(12.0, 0.30, tall=0.12)
    wet = b.shot.weather in ("rain", "storm") or "neon" in b.shot.style
    if wet:
        b.sea(0.12)
    else:
        b.land(
            Land(
                shape="flat", near=0.42, far=20, height=0.004, scale=1.0, colours=ASPHALT, rough=0.0
            )
        )


def _space(b: Builder) -> None:
    density = 540.0
    b.add(
        FAR, b.window(FAR, density=density), lambda w: (outer.deep(w, b.shot.seed), None), soft=True
    )
    sharp = b.window(FAR / 2)
    b.add(
        FAR / 2,
        sharp,
        lambda w: (outer.stars(w, b.light, b.shot.seed), None),
        added=True,
        soft=False,
    )
    x, y = b.across(0.42), 0.16
    ball = b.window(14.0, y - 0.5, y + 0.5)
    side = Window.of(max(ball.left, x - 0.5), ball.top, x + 0.5, y + 0.5, ball.density)
    b.add(14.0, side, lambda w: outer.planet(w, b.shot.seed, x, y, 0.40))


def _room(b: Builder) -> None:
    stairs = room.has_stairs(b.shot.prompt)
    b.add(
        FAR,
        b.window(FAR, density=540),
        lambda w: (room.outside(w, b.light, b.shot.seed), None),
        soft=True,
    )
    b.add(3.0, b.window(3.0), lambda w: room.shell(w, b.light, b.shot.seed, stairs=stairs))
    b.add(
        2.9,
        b.window(2.9, density=360),
        lambda w: (room.shaft(w, b.light), None),
        added=True,
        soft=True,
    )
    if not stairs:
        b.add(1.7, b.window(1.7), lambda w: room.furniture(w, b.light, b.shot.seed))
    if b.light.lamps > 0.5:
        b.add(
            1.6,
            b.window(1.6, density=200),
            lambda w: (room.lamp(w, rgb("#ffb765")), None),
            added=True,
            soft=True,
        )


PLACES: dict[str, Callable[[Builder], None]] = {
    "coast": _coast, "lake": _lake, "river": _river, "mountains": _mountains, "forest": _forest,
    "desert": _desert, "field": _field, "harbour": _harbour, "city": _city, "street": _street,
    "village": _village, "room": _room, "space": _space, "snow": _snow,
}  # fmt: skip

__all__ = ["EYE", "HORIZON", "INDOORS", "PLACES"]
