"""Collecting a shot's layers, each painted for just what the camera will see of it.

    Builder    knows camera path, light and horizon; `add` sends a painter to the pool,
               `stack` waits for all and sorts them by depth

Recipes (`places`, `subjects`, `room`, `outer`) call its verbs: land, sea, sky, mist, paint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import halo, sky, sources, terrain, thrift
from reelway.engines.animatic.camera import Path
from reelway.engines.animatic.canvas import Texture, Window, glow, texture
from reelway.engines.animatic.compose import Effect, Piece, Stack, State
from reelway.engines.animatic.cutout import Cutout
from reelway.engines.animatic.grade import Grade
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.noise import fbm
from reelway.engines.animatic.plan import ShotPlan
from reelway.engines.animatic.sounding import Sounder
from reelway.engines.animatic.talk import Said
from reelway.engines.animatic.terrain import EYE, Land
from reelway.engines.animatic.water import DENSITY, Water
from reelway.engines.animatic.water import DEPTH as FOLLOWS

Array = npt.NDArray[Any]
T = TypeVar("T")
FAR = 1e6  # depth of the sky
MARGIN = 0.02  # view units painted beyond what is seen
SHARPEST = 1.35  # most by which a texture is painted larger than the frame, for zooms
SOFT = 360.0  # pixels a view unit of soft textures, at most
CLOUDS = 260.0
SKY = 200.0  # of the bare sky
ROOM = thrift.Room(20 << 20)  # points; each takes some 16 bytes until it is baked
AFLOAT = {"boat", "animal", "bird"}  # what is on water
TINY = 0.5  # size of things that are seen from a drone

Painter = Callable[[Window], tuple[Array, Array | None]]  # → display RGB, cover


def span_of(size: tuple[int, int]) -> float:
    """The frame's height in view units: upright films see more above and below."""
    ratio = size[0] / size[1]
    return 1.0 if ratio >= 1.4 else 1.12 if ratio >= 0.85 else 1.35


@dataclass(frozen=True)
class _Layer:
    made: tuple[Future[Texture], ...]
    depth: float  # for the camera
    order: float  # larger is farther; usually the depth
    mirrored: bool
    motion: Callable[[float], State] | None
    front: bool


@dataclass(kw_only=True)
class Builder:
    """Collects a shot's layers; painting goes to the pool, and `stack` waits for it."""

    shot: ShotPlan
    size: tuple[int, int]
    path: Path
    light: Light
    horizon: float
    pool: Executor
    grade: Grade
    pictures: Mapping[tuple[str, int | None], Cutout] = field(default_factory=dict)
    spoken: Callable[[], Sequence[Said] | None] | None = None  # waits for the shot's lines
    layers: list[_Layer] = field(default_factory=list)
    lands: list[tuple[Land, int]] = field(default_factory=list)
    water: Future[Water] | None = None
    effects: list[Effect] = field(default_factory=list)
    source: sources.Source | None = None  # what gives light in the picture
    heard: list[Sounder] | None = None  # what sounds; with it nothing is painted (`hearing`)

    def __post_init__(self) -> None:
        self.span = span_of(self.size)
        self.density = self.size[1] / self.span
        self.half_width = self.size[0] / self.density / 2
        self.take(self.path)
        # From a drone everything is smaller, and nothing stands right before the lens.
        self.aerial = self.shot.aerial
        self.tiny = TINY if self.aerial else 1.0

    def take(self, path: Path) -> None:
        """Another path of the camera, before anything is painted."""
        self.path, self.poses = path, path.poses()

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
        window: Window | Sequence[Window],
        *painters: Painter,
        soft: bool = False,
        added: bool = False,
        mirrored: bool = True,
        motion: Callable[[float], State] | None = None,
        front: bool = False,
        order: float | None = None,
        ground: tuple[float, float] | None = None,
        lit: bool = False,
    ) -> None:
        """One layer; several painters are its pictures over time, all in one window or each in its
        own. `front`: over the water, not
        in its mirror; `added`: the painter gives light, not paint; `ground`: it lies between
        these depths; `lit`: it is painted in the light of the `source`."""
        where = None if lit else (depth, ground)
        windows = [window] * len(painters) if isinstance(window, Window) else window
        made = tuple(
            self._submit(self._painted, w, p, soft, added, where)
            for w, p in zip(windows, painters, strict=True)
        )
        self.layers.append(_Layer(made, depth, order or depth, mirrored, motion, front))

    def _submit(self, function: Callable[..., T], *args: Any, **options: Any) -> Future[T]:
        """To the pool, with what holds here (`kernels.plainly`)."""
        return self.pool.submit(copy_context().run, partial(function, *args, **options))

    def _painted(
        self, window: Window, paint: Painter, soft: bool, added: bool,
        where: tuple[float, tuple[float, float] | None] | None,
    ) -> Texture:  # fmt: skip
        with ROOM.taken(window.width * window.height):
            return self._baked(window, *paint(window), soft, added, where)

    def _baked(
        self, window: Window, picture: Array, cover: Array | None, soft: bool, added: bool,
        where: tuple[float, tuple[float, float] | None] | None,
    ) -> Texture:  # fmt: skip
        if self.source is not None and where is not None and not added:
            picture = sources.bathed(self.source, self.light, self.horizon, window, picture, *where)
        if self.light.bloom and where is not None and where[1] is None and not added:
            if cover is not None and where[0] < sources.BEYOND:
                above = float(np.power(self.light.haze.max(), 1 / 2.2)) + 0.16
                picture, cover = halo.spread(
                    window, picture, cover, above=above, amount=self.light.bloom
                )
        if added:
            return glow(window, picture * self.grade(np.ones(3, np.float32)), soft=soft)
        return texture(window, picture, cover, soft=soft, bent=self.grade)

    def ground(self, depth: float, x: float = 0.0, *, height: float | None = None) -> float:
        """View y of the ground at a depth and view x; of a given `height` instead, if so."""
        if height is None:
            under = [(a, s) for a, s in self.lands if a.near <= depth <= a.far and a.sea is None]
            height = max((terrain.height_at(a, x, depth, s) for a, s in under), default=0.0)
        return self.horizon + (EYE - height) / depth

    def hear(
        self, kind: str, x: float, depth: float, motion: Callable[[float], State] | None
    ) -> None:
        """Something at view x and a depth, with its motion, has a sound."""
        if self.heard is None:
            return
        last = max(1, self.shot.frames - 1)

        def place(n: int) -> tuple[float, float]:
            return x + (motion(n / last * self.shot.seconds).dx if motion else 0.0), depth

        self.heard.append(Sounder(kind=kind, place=place))

    def across(self, x: float) -> float:
        """A place −1…1 across the frame as view x, so that it is in the picture at every shape."""
        return x * min(self.half_width, 0.89)

    def aside(self, x: float) -> float:
        """The same for something that a firm composition sets in the middle of the picture, and
        a free one further out."""
        return self.across(x * min(2 * self.shot.freedom, 1.5))

    def land(self, land: Land, *, front: bool = False, salt: int = 0) -> None:
        middle = float(np.sqrt(land.near * land.far))
        crest = land.height * 1.3 + land.base + (land.bump[2] if land.bump else 0.0)
        top = self.horizon - max((crest - EYE) / land.near, 0.01) - 0.02
        if land.peak is not None:
            top = self.horizon - 2.2 * land.peak - 0.03
        if land.sea is None:
            bottom = 9.0
        else:
            bottom = self.horizon + 0.02 + (EYE - land.sea) / land.near
        seed = self.shot.seed * 31 + salt + int(land.near * 10)
        self.add(
            middle,
            self.window(middle, top, bottom),
            lambda w: terrain.band(w, land, self.light, self.horizon, seed),
            front=front,
            order=land.far,  # what stands on it is in front of it
            ground=(land.near, land.far),
        )
        self.lands.append((land, seed))

    def sea(self, rough: float) -> None:
        depth = 2.0 if any(s.kind in AFLOAT for s in self.shot.subjects) else FOLLOWS
        # From a drone there is more of it, and each frame goes through all of it.
        dense = DENSITY * (0.72 if self.aerial else 1.0)
        window = self.window(FAR, self.horizon, density=dense)
        seen = self.window(depth, self.horizon, density=dense)
        wide = Window.of(
            min(window.left, seen.left),
            self.horizon,
            max(window.left + window.width / window.density, seen.left + seen.width / seen.density),
            window.top + window.height / window.density,
            min(window.density, dense),
        )
        self.water = self._submit(
            Water,
            wide,
            self.light,
            self.horizon,
            self.shot.seed,
            rough=rough,
            grade=self.grade,
            depth=depth,
            small=0.5 if self.aerial else 1.0,
        )

    def sky(self) -> None:
        seed, lit, horizon = self.shot.seed, self.light, self.horizon
        soft = self.window(FAR, density=SKY)
        self.add(FAR, soft, lambda w: (sky.dome(w, lit, horizon, seed), None), soft=True)
        if lit.stars or lit.disc:
            sharp = self.window(FAR, bottom=horizon + 0.1)
            if not lit.stars:  # only around the disc
                x, y = lit.sun_x, horizon - lit.sun_height
                sharp = Window.of(x - 0.15, y - 0.15, x + 0.15, y + 0.15, sharp.density)
            self.add(
                FAR / 2,
                sharp,
                lambda w: (sky.lights(w, lit, horizon, seed), None),
                added=True,
                soft=False,
            )
        self._clouds()

    def _clouds(self) -> None:
        drift = 0.03 if self.shot.weather in ("wind", "storm") else 0.008
        seed, lit, horizon = self.shot.seed, self.light, self.horizon
        wide = widened(
            self.window(FAR, bottom=horizon + 0.01, density=CLOUDS), drift * self.shot.seconds
        )
        self.add(
            FAR / 3,
            wide,
            lambda w: sky.clouds(w, lit, horizon, seed),
            soft=True,
            motion=lambda s: State(dx=drift * s),
        )

    def mist(
        self, depth: float, amount: float, *, low: float = 0.0, tall: float = 0.16,
        order: float | None = None,
    ) -> None:  # fmt: skip
        """A bank of fog that drifts: thickest at the horizon + `low`, `tall` view units high."""
        if "fog" in self.shot.absent:
            return
        colour = np.clip(np.power(np.maximum(self.light.haze, 0), 1 / 2.2) * 1.04, 0, 1)
        level, pace = self.horizon + low, 0.02 + 0.05 / depth
        window = widened(self.window(depth, density=SOFT / 2), pace * self.shot.seconds)

        def paint(w: Window) -> tuple[Array, Array]:
            wisps = fbm(self.shot.seed, f"mist{depth:.1f}", w.xs * 2.2, w.ys * 6.0, octaves=4)
            bank = np.exp(-(((w.ys - level) / tall) ** 2))[:, None]
            cover = np.clip(bank * (amount + 0.45 * amount * wisps), 0, 0.95)
            return np.broadcast_to(colour, (w.height, w.width, 3)), cover

        self.add(
            depth,
            window,
            paint,
            soft=True,
            front=depth < 3,
            mirrored=False,
            order=order,
            motion=lambda s: State(dx=pace * (s - 1)),
        )

    def stack(self) -> Stack:
        ordered = sorted(self.layers, key=lambda layer: -layer.order)
        pieces = [
            Piece(
                textures=tuple(f.result() for f in layer.made),
                depth=layer.depth,
                mirrored=layer.mirrored,
                motion=layer.motion,
            )
            for layer in ordered
        ]
        thrift.returned()
        self.layers.clear()  # motions know this builder: without, both would outlive the film
        wet = self.water is not None
        front = [layer.front and wet for layer in ordered]
        return Stack(
            path=self.path,
            horizon=self.horizon,
            seconds=self.shot.seconds,
            behind=[p for p, f in zip(pieces, front, strict=True) if not f],
            water=self.water.result() if self.water is not None else None,
            before=[p for p, f in zip(pieces, front, strict=True) if f],
            effects=list(self.effects),
        )


def widened(window: Window, by: float) -> Window:
    """Room for a texture that drifts `by` view units."""
    left, top = window.left - by - 0.02, window.top
    right = window.left + window.width / window.density + by + 0.02
    return Window.of(left, top, right, top + window.height / window.density, window.density)
