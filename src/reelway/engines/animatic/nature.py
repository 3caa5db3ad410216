"""Places that nobody built: each a recipe that lists its layers through a `Builder`.

    coast lake river mountains snow forest desert field
    soil snowline trees shore fringe    what other recipes borrow

Depths are in units of about ten metres; the eye is at `terrain.EYE`. A recipe leaves the lower
middle of the picture free: that is where `subjects` come.
"""

from __future__ import annotations

from reelway.engines.animatic import plants
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.terrain import Land

ON_LAND = {
    "person",
    "crowd",
    "animal",
    "fire",
    "tree",
    "car",
    "element",
    "image",
    "stand-in",
}
ROCK = ("#4a4640", "#6c665b", "#4a5236")
EARTH = ("#6b5a44", "#6f7442", "#56702f")
SAND = ("#b98f5e", "#cfa873", "#c8a06a")
BEACH = ("#8d7b62", "#b9a383", "#a89774")
AUTUMN = ("#6b4a30", "#8a6a34", "#a8662a")
SNOWY = ("#8b8f98", "#dfe5ee", "#d4dbe6")
ASPHALT = ("#2c2d31", "#36373b", "#36373b")


def soil(b: Builder) -> tuple[str, str, str]:
    if b.shot.ground == "snow" or b.shot.place == "snow" or b.shot.weather == "snow":
        return SNOWY
    return AUTUMN if b.shot.ground == "autumn" else EARTH


def snowline(b: Builder, usual: float) -> float:
    return -1.0 if soil(b) is SNOWY else usual


def shore(b: Builder, colours: tuple[str, str, str]) -> None:
    """Ground to stand on in front of water, only if somebody does."""
    wading = {"swim", "sail", "fly"}
    if any(s.kind in ON_LAND and s.action not in wading for s in b.shot.subjects):
        land = Land(
            shape="flat", near=0.42, far=1.5, height=0.07, scale=0.9, base=-0.02, colours=colours
        )
        b.land(land, front=True)


def mountains(b: Builder) -> None:
    b.sky()
    x, snow = b.light.sun_x, snowline(b, 2.2)
    b.land(Land(near=24, far=46, height=15, scale=14, snow=snow, open=0.25, open_x=x, colours=ROCK))
    b.land(Land(near=10, far=21, height=4.6, scale=7, snow=snow, open=0.5, open_x=x, colours=ROCK))
    b.land(
        Land(
            near=4,
            far=9,
            height=1.2,
            scale=3.4,
            snow=snowline(b, 9),
            open=0.7,
            open_x=x,
            base=-0.1,
        )
    )
    trees(b, 4.2, 0.34, 0.075, 0.30)
    near = Land(
        shape="rolling", near=0.42, far=4.4, height=0.20, scale=1.5, base=-0.06, colours=soil(b)
    )
    b.land(near, front=True)
    trees(b, 2.4, 0.75, 0.22, 0.42)


def trees(
    b: Builder, depth: float, tall: float, every: float, gap: float, kind: str = "pine"
) -> None:
    """A row of trees; `tall` in depth units, `every` in view units, open within ± `gap`."""
    if "tree" in b.shot.absent:
        return
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
            ground="snow" if soil(b) is SNOWY else b.shot.ground,
            gap=(-edge, edge) if gap else None,
        ),
        front=depth < 3,
    )


def coast(b: Builder) -> None:
    b.sky()
    x = b.light.sun_x
    b.land(
        Land(
            near=22,
            far=40,
            height=5.5,
            scale=12,
            snow=snowline(b, 2.4),
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
    shore(b, BEACH)


def lake(b: Builder) -> None:
    b.sky()
    x, snow = b.light.sun_x, snowline(b, 2.0)
    b.land(
        Land(
            near=24,
            far=44,
            height=13,
            scale=13,
            snow=snow,
            open=0.35,
            open_x=x,
            colours=ROCK,
            sea=-0.2,
        )
    )
    b.land(
        Land(near=9, far=18, height=2.8, scale=6, snow=snow, open=0.75, open_x=x, base=-0.2, sea=0)
    )
    trees(b, 8.5, 0.55, 0.035, 0.12)
    b.sea(0.55)
    earth = soil(b)
    b.land(
        Land(
            shape="rolling", near=0.42, far=1.25, height=0.10, scale=0.8, base=-0.02, colours=earth
        ),
        front=True,
    )
    trees(b, 1.12, 0.60, 0.30, 0.62)
    fringe(b)


def river(b: Builder) -> None:
    b.sky()
    x = b.across(0.1)
    b.land(
        Land(
            near=22,
            far=42,
            height=11,
            scale=12,
            snow=snowline(b, 2.2),
            open=0.3,
            sea=-0.2,
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
            colours=soil(b),
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
            colours=soil(b),
        )
    )
    trees(b, 5.5, 0.6, 0.06, 0.22, "broad")
    b.sea(0.5)
    trees(b, 2.1, 0.75, 0.22, 0.55)
    shore(b, soil(b))
    fringe(b)


def forest(b: Builder) -> None:
    b.sky()
    kind = "bamboo" if any(w in b.shot.prompt for w in ("bamboo", "竹")) else "pine"
    if b.shot.ground in ("autumn", "flowers") and kind == "pine":
        kind = "broad"
    earth = ("#3f3a2a", "#4a4a30", "#3f5230") if soil(b) is EARTH else soil(b)
    for depth, tall, every, gap in (
        (13, 1.9, 0.05, 0),
        (8.5, 1.8, 0.075, 0.05),
        (5.6, 1.75, 0.11, 0.10),
    ):
        trees(b, depth, tall, every, gap, kind)
    b.mist(7.0, 0.40, low=-0.05, tall=0.16)
    trees(b, 3.8, 1.7, 0.17, 0.16, kind)
    b.mist(4.6, 0.22, low=-0.02, tall=0.14)
    b.land(
        Land(shape="rolling", near=0.42, far=13, height=0.14, scale=1.1, base=-0.05, colours=earth)
    )
    trees(b, 2.5, 1.75, 0.26, 0.26, kind)
    trees(b, 1.55, 1.9, 0.46, 0.46, kind)
    fringe(b)


def desert(b: Builder) -> None:
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


def field(b: Builder) -> None:
    b.sky()
    x, earth = b.light.sun_x, soil(b)
    b.land(Land(near=24, far=44, height=6, scale=14, snow=snowline(b, 3.2), open=0.3, open_x=x))
    b.land(Land(shape="rolling", near=9, far=22, height=1.4, scale=6, base=-0.1, colours=earth))
    trees(b, 9.5, 0.7, 0.10, 0.0, "broad")
    b.land(Land(shape="rolling", near=3.4, far=9, height=0.5, scale=3.2, base=-0.1, colours=earth))
    trees(b, 3.6, 0.8, 0.42, 0.20, "broad")
    b.land(
        Land(shape="rolling", near=0.42, far=3.6, height=0.16, scale=1.5, base=-0.05, colours=earth)
    )
    fringe(b)


def fringe(b: Builder) -> None:
    """Grass right before the lens; none in snow, sand or upright where it would be too much."""
    if soil(b) is SNOWY or "grass" in b.shot.absent:
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


def snow(b: Builder) -> None:
    b.sky()
    x = b.light.sun_x
    b.land(Land(near=24, far=46, height=10, scale=14, snow=-1, open=0.3, open_x=x, colours=ROCK))
    b.land(Land(near=8, far=20, height=1.6, scale=6, snow=-1, open=0.4, open_x=x, colours=SNOWY))
    trees(b, 7.0, 0.7, 0.06, 0.15)
    b.land(
        Land(shape="rolling", near=0.42, far=8, height=0.18, scale=1.7, base=-0.05, colours=SNOWY)
    )
    trees(b, 2.4, 0.9, 0.24, 0.45)
