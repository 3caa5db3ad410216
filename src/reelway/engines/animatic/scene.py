"""Building a shot's stack: which layers a place is made of, how deep and how lit.

    build    plan + size → Stack, with every texture painted for what the camera will see of it

Each place is a function that lists layers from far to near through `Builder`, which knows the
camera's path and paints just the window that a layer at a given depth can show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import sky, terrain
from reelway.engines.animatic.camera import Path
from reelway.engines.animatic.canvas import Texture, Window, glow, texture
from reelway.engines.animatic.compose import Piece, Stack, State
from reelway.engines.animatic.light import Light, grade, light
from reelway.engines.animatic.plan import ShotPlan
from reelway.engines.animatic.terrain import Land
from reelway.engines.animatic.water import DENSITY, Water

Array = npt.NDArray[Any]
FAR = 1e6  # depth of the sky
MARGIN = 0.02  # view units painted beyond what is seen
SHARPEST = 1.35  # most by which a texture is painted larger than the frame, for zooms
SOFT = 360.0  # pixels a view unit of soft textures, at most

Painter = Callable[[Window], tuple[Array, Array | None]]
WET = {"coast", "lake", "river", "harbour"}


def span_of(size: tuple[int, int]) -> float:
    """The frame's height in view units: upright films see more above and below."""
    ratio = size[0] / size[1]
    return 1.0 if ratio >= 1.4 else 1.12 if ratio >= 0.85 else 1.35


@dataclass(kw_only=True)
class Builder:
    """Collects a shot's layers; painting goes to the pool, and `stack` waits for it."""

    shot: ShotPlan
    size: tuple[int, int]
    path: Path
    light: Light
    horizon: float
    pool: Executor
    behind: list[Any] = field(default_factory=list)
    before: list[Any] = field(default_factory=list)
    water: Any = None
    effects: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.span = span_of(self.size)
        self.density = self.size[1] / self.span
        self.half_width = self.size[0] / self.density / 2
        self.poses = self.path.poses()

    def window(
        self, depth: float, top: float = -9.0, bottom: float = 9.0, density: float = 1e9
    ) -> Window:
        """What the camera sees of a layer at a depth, between two view heights of the layer."""
        seen = [pose.look(depth, self.horizon) for pose in self.poses]
        half = self.span / 2
        left = min(f.x0 - f.scale_x * self.half_width for f in seen) - MARGIN
        right = max(f.x0 + f.scale_x * self.half_width for f in seen) + MARGIN
        high = min(f.y0 - f.scale_y * half for f in seen) - MARGIN
        low = max(f.y0 + f.scale_y * half for f in seen) + MARGIN
        zoom = min(SHARPEST, max(1 / f.scale_x for f in seen))
        top, bottom = max(top, high), min(bottom, low)
        if bottom <= top:
            bottom = top + 4 / self.density
        return Window.of(left, top, right, bottom, min(self.density * zoom, density))

    def add(
        self,
        depth: float,
        window: Window,
        paint: Painter,
        *,
        soft: bool = False,
        mirrored: bool = True,
        motion: Callable[[float], State] | None = None,
        front: bool = False,
    ) -> None:
        """One layer, painted in the pool; nearer than all before it."""
        made = self.pool.submit(self._painted, window, paint, soft)
        (self.before if front else self.behind).append((made, depth, mirrored, motion))

    def _painted(self, window: Window, paint: Painter, soft: bool) -> Texture:
        picture, cover = paint(window)
        return texture(window, grade(picture, self.shot.style), cover, soft=soft)

    def land(self, land: Land, *, front: bool = False, salt: int = 0) -> None:
        middle = float(np.sqrt(land.near * land.far))
        tall = (land.height * 1.3 + land.base - terrain.EYE) / land.near
        low = self.horizon + (terrain.EYE - land.base + land.height * 0.5) / land.near
        top = self.horizon - max(tall, 0.01) - 0.02
        bottom = self.horizon + 0.02 + terrain.EYE / land.near if land.sea is not None else low
        window = self.window(middle, top, bottom)
        seed = self.shot.seed * 31 + salt + int(land.near * 10)
        self.add(
            middle,
            window,
            lambda w: terrain.band(w, land, self.light, self.horizon, seed),
            front=front,
        )

    def sea(self, rough: float) -> None:
        window = self.window(FAR, self.horizon, density=DENSITY)
        seen = self.window(6.0, self.horizon, density=DENSITY)
        wide = Window.of(
            min(window.left, seen.left),
            self.horizon,
            max(window.left + window.width / window.density, seen.left + seen.width / seen.density),
            window.top + window.height / window.density,
            min(window.density, DENSITY),
        )
        self.water = self.pool.submit(
            Water, wide, self.light, self.horizon, self.shot.seed, rough=rough
        )

    def sky(self) -> None:
        low = self.horizon + 0.10
        seed, lit, horizon = self.shot.seed, self.light, self.horizon
        soft = self.window(FAR, density=SOFT)
        self.add(FAR, soft, lambda w: (sky.dome(w, lit, horizon, seed), None), soft=True)
        if lit.stars or lit.disc:
            sharp = self.window(FAR, bottom=low)
            made = self.pool.submit(
                lambda w: glow(w, grade(sky.lights(w, lit, horizon, seed), self.shot.style)), sharp
            )
            self.behind.append((made, FAR, False, None))
        if self.shot.place != "space":
            drift = 0.035 if self.shot.weather in ("wind", "storm") else 0.008
            wide = self.window(FAR, bottom=horizon + 0.01, density=SOFT)
            reach = drift * self.shot.seconds + 0.02
            wide = Window.of(
                wide.left - reach,
                wide.top,
                wide.left + wide.width / wide.density + reach,
                wide.top + wide.height / wide.density,
                wide.density,
            )
            self.add(
                FAR,
                wide,
                lambda w: sky.clouds(w, lit, horizon, seed),
                soft=True,
                mirrored=False,
                motion=lambda s: State(dx=drift * s),
            )

    def stack(self) -> Stack:
        def pieces(items: Sequence[tuple[Future[Any], float, bool, Any]]) -> list[Piece]:
            out = []
            for made, depth, mirrored, motion in items:
                done = made.result()
                pictures = done if isinstance(done, tuple) else (done,)
                out.append(Piece(textures=pictures, depth=depth, mirrored=mirrored, motion=motion))
            return out

        return Stack(
            path=self.path,
            horizon=self.horizon,
            span=self.span,
            seconds=self.shot.seconds,
            behind=pieces(self.behind),
            water=self.water.result() if self.water else None,
            before=pieces(self.before),
            effects=list(self.effects),
        )


def build(shot: ShotPlan, size: tuple[int, int], pool: Executor, freedom: float = 0.5) -> Stack:
    """Paint everything that a shot needs."""
    span = span_of(size)
    lit = light(shot.time, shot.weather, shot.seed)
    path = Path(
        moves=shot.moves,
        width=span * size[0] / size[1],
        seconds=shot.seconds,
        seed=shot.seed,
        freedom=freedom,
    )
    horizon = HORIZON.get(shot.place, 0.08)
    builder = Builder(shot=shot, size=size, path=path, light=lit, horizon=horizon, pool=pool)
    builder.sky()
    PLACES.get(shot.place, _mountains)(builder)
    return builder.stack()


HORIZON = {"coast": 0.07, "harbour": 0.10, "field": 0.04, "desert": 0.06, "mountains": 0.12}


def _mountains(b: Builder) -> None:
    snow = 0.6 if b.shot.ground == "snow" else 2.6
    x = b.light.sun_x
    b.land(Land(near=22, far=44, height=9, scale=13, snow=snow * 1.3, open=0.25, open_x=x))
    b.land(Land(near=9, far=20, height=3.2, scale=6.5, snow=snow, open=0.5, open_x=x))
    b.land(Land(near=3.5, far=9, height=0.9, scale=3.4, snow=snow, open=0.6, open_x=x, base=-0.1))
    b.land(
        Land(shape="rolling", near=0.55, far=4.0, height=0.22, scale=1.6, snow=snow, base=-0.05),
        front=True,
    )


def _coast(b: Builder) -> None:
    x = b.light.sun_x
    b.land(
        Land(near=22, far=40, height=5, scale=12, snow=2.6, open=0.45, open_x=x, base=-0.2, sea=0)
    )
    b.land(Land(near=7, far=16, height=2.2, scale=5, open=0.9, open_x=x, base=-0.25, sea=0))
    b.land(Land(near=2.4, far=5.5, height=0.85, scale=2.2, open=1.0, open_x=x, base=-0.12, sea=0))
    b.sea(1.0 if b.shot.weather != "storm" else 1.6)


PLACES: dict[str, Callable[[Builder], None]] = {
    "coast": _coast,
    "lake": _coast,
    "mountains": _mountains,
}


def weather_effects(shot: ShotPlan, size: tuple[int, int]) -> list[Any]:
    return []
