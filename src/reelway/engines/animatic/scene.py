"""Building a shot's stack: light, camera and horizon, then the recipe of its place.

build      plan + size → Stack, every texture painted
overlay    the elements alone, over the caller's own frames
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import elements, framing, lamps, places, sitters, subjects, worlds
from reelway.engines.animatic.builder import FAR, Builder, Painter, span_of
from reelway.engines.animatic.camera import Aim, Path
from reelway.engines.animatic.canvas import LUMA, Window, linear, to_linear
from reelway.engines.animatic.compose import Effect, Piece, Stack, State
from reelway.engines.animatic.cutout import Cutout
from reelway.engines.animatic.grade import Grade, Palette
from reelway.engines.animatic.light import Light, light
from reelway.engines.animatic.living import MAN
from reelway.engines.animatic.moves import Move
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.plan import ShotPlan
from reelway.engines.animatic.talk import Said
from reelway.engines.animatic.terrain import EYE
from reelway.engines.animatic.weather import Drift, Lightning, Paper, Rain, Snow, bolt

Array = npt.NDArray[Any]
INDOORS = {"room", "space", "underwater"}  # no weather, no mist
PAINTED = {"watercolour", "ink", "oil"}  # on paper or canvas
TOWNS = {"city", "harbour", "street"}

__all__ = ["Pictures", "build", "overlay", "span_of"]


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """What the caller's pictures are to a scene."""

    cut: Mapping[tuple[str, int | None], Cutout] = field(default_factory=dict)
    palette: Palette | None = None


def build(
    shot: ShotPlan, size: tuple[int, int], pool: Executor, given: Pictures | None = None,
    spoken: Callable[[], Sequence[Said] | None] | None = None,
) -> Stack:  # fmt: skip
    """Paint everything that a shot needs; `spoken`: its lines as they were spoken."""
    builder = _builder(shot, size, pool, given or Pictures(), _lit(shot), shot.moves)
    builder.spoken = spoken
    sitters.accompany(builder)
    lamps.put(builder)
    places.recipe(shot.place, shot.site)(builder)
    subjects.place(builder)
    lamps.shown(builder)
    if shot.place not in INDOORS:
        _air(builder)
        if flashes(shot):
            _strokes(builder)
        builder.effects += _falling(shot, builder.light)
    builder.effects += [Paper(style, shot.seed) for style in shot.style if style in PAINTED]
    return builder.stack()


def listened(
    shot: ShotPlan, size: tuple[int, int], given: Pictures,
    spoken: Callable[[], Sequence[Said] | None] | None = None,
) -> Builder:  # fmt: skip
    """The shot put together like its picture, but nothing painted: what sounds is in `heard`."""
    builder = _builder(shot, size, Nobody(), given, _lit(shot), shot.moves)
    builder.spoken, builder.heard = spoken, []
    places.recipe(shot.place, shot.site)(builder)
    subjects.place(builder)
    return builder


def flashes(shot: ShotPlan) -> bool:
    outdoors = shot.place not in INDOORS
    return outdoors and shot.weather == "storm" and "lightning" not in shot.absent


class Nobody(Executor):
    """Does nothing of what it is given."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return Future()


def overlay(
    shot: ShotPlan, size: tuple[int, int], pool: Executor, given: Pictures, seen: Array
) -> list[Piece]:
    """The pictures that a shot names, to be laid over a shot made of the caller's own frames;
    `seen`: such a frame, whose light they take."""
    wanted = tuple(s for s in shot.subjects if s.element is not None)
    if not wanted:
        return []
    only = replace(shot, subjects=wanted, place="field")
    lit = _light_of(seen, shot.seed)
    builder = _builder(only, size, pool, given, lit, (Move(kind="static"),))
    elements.place_all(builder)
    return builder.stack().behind


def _light_of(seen: Array, seed: int) -> Light:
    """The light in a display picture: by its bright part, from where it is brighter."""
    plain = light("day", "overcast", seed)
    luma = seen @ LUMA
    bright = to_linear(seen[luma >= np.quantile(luma, 0.6)]).mean(axis=0) / 0.55
    half = seen.shape[1] // 2
    side = 1.0 if luma[:, half:].mean() > luma[:, :half].mean() else -1.0
    white = np.clip(bright, 0.03, 1.1).astype(np.float32)
    return replace(
        plain, ambient=white * 0.55, sun=white * 0.65, sun_x=side * 0.2, lamps=0.0, haze_density=0.0
    )


def _builder(
    shot: ShotPlan,
    size: tuple[int, int],
    pool: Executor,
    given: Pictures,
    lit: Light,
    moves: tuple[Move, ...],
) -> Builder:
    span = span_of(size)
    width = span * size[0] / size[1]
    path = Path(
        moves=moves,
        width=width,
        seconds=shot.seconds,
        seed=shot.seed,
        freedom=0.0 if shot.steady else shot.freedom,
        lens=framing.lens(shot) * framing.closer(shot, width, span),
        aim=_aim(shot, size, lit),
    )
    return Builder(
        shot=shot,
        size=size,
        path=path,
        light=lit,
        horizon=_horizon(shot, size),
        pool=pool,
        grade=Grade(style=shot.style, palette=given.palette),
        pictures=given.cut,
    )


def _horizon(shot: ShotPlan, size: tuple[int, int]) -> float:
    """Upright films show more sky than ground; from a drone it is the other way."""
    low = 0.0 if shot.place in INDOORS else 0.26 * (span_of(size) - 1)
    if shot.aerial:
        low = -0.15 if shot.place == "city" else -0.22
    return places.HORIZON.get(shot.place, 0.08) + low + _raised(shot)


def _aim(shot: ShotPlan, size: tuple[int, int], lit: Light) -> Aim | None:
    """About where the first of those who are on the ground will be."""
    folk = [s for s in shot.subjects if s.kind in ("person", "crowd", "animal")]
    if not folk or shot.place in (*INDOORS, "space", "underwater"):
        return None
    if framing.wanted(shot) in (*framing.NEAR, "far"):
        return None
    first, alone = folk[0], len(shot.subjects) == 1 and folk[0].count == 1
    depth = 0.74 if alone else 0.86 if first.count <= 3 else 1.05
    depth *= 2.0 if shot.aerial else 1.0
    side = 0.16 if alone else 0.30 if len(folk) == 1 and first.count == 1 else 0.0
    if first.side in ("left", "right"):
        side = -side if first.side == "left" else side
    else:
        side = -side if lit.sun_x > 0 else side
    horizon, half = _horizon(shot, size), min(size[0] / size[1] * span_of(size) / 2, 0.89)
    tall = (0.9 if shot.aerial else 1.8) * MAN / depth
    middle = min(horizon + EYE / depth, span_of(size) / 2 - 0.055) - 0.55 * tall
    x = side * half * min(2 * shot.freedom, 1.5)
    return Aim(x=x, y=middle, depth=depth, horizon=horizon)


def _raised(shot: ShotPlan) -> float:
    """A free composition sets the horizon higher or lower than usual."""
    if shot.freedom <= 0.5 or shot.place in INDOORS:
        return 0.0
    side = float(stream(shot.seed, "horizon").choice([-1, 1]))
    return side * 0.12 * (shot.freedom - 0.5)


def _lit(shot: ShotPlan) -> Light:
    lit = light(shot.time, shot.weather, shot.seed)
    if shot.place in INDOORS:
        lit = replace(lit, haze_density=0.0)
    if (bent := worlds.AIR.get((shot.place, shot.site))) is not None:
        lit = bent(lit)
    if shot.place in TOWNS and shot.time == "golden":
        # Dark walls would drown in the glowing air of open country.
        lit = replace(lit, haze=lit.haze * 0.45 + lit.middle * 0.30, haze_density=0.014)
    if shot.weather == "fog" and lit.lamps > 0.7 and shot.place in (*TOWNS, "village"):
        # Lamps light the air, and it hides what is across the square.
        warm = linear("#8a6a4a") * (0.5 if not lit.night else 0.35 if shot.place in TOWNS else 0.2)
        near = {"street": 0.20, "village": 0.10}.get(shot.place, 0.075)
        haze = lit.haze * 0.8 + warm
        lit = replace(lit, haze=haze, haze_density=near, horizon=haze,
                      middle=lit.middle * 0.25 + haze * 0.62,
                      zenith=lit.zenith * 0.6 + haze * 0.22)  # fmt: skip
    if shot.weather == "clear" and "weather" in shot.named:
        lit = replace(lit, clouds=0.14)
    if lit.disc in shot.absent:
        lit = replace(lit, disc="", glow=lit.glow * 0.6)
    if shot.aerial:  # the horizon is high: the sun stays in the picture
        lit = replace(lit, sun_height=min(lit.sun_height, 0.17))
    if "stars" in shot.absent:
        lit = replace(lit, stars=0.0)
    if "clouds" in shot.absent or "overcast" in shot.absent:
        lit = replace(lit, clouds=0.0)
    if "lamps" in shot.absent:
        lit = replace(lit, lamps=0.0)
    # Firm: the sun close to the middle, a free one further out.
    return replace(lit, sun_x=lit.sun_x * (0.4 + 1.2 * shot.freedom))


def _falling(shot: ShotPlan, lit: Light) -> list[Effect]:
    match shot.weather:
        case "rain":
            return [Rain(lit, shot.seed)]
        case "storm":
            heavy = Rain(lit, shot.seed, heavy=1.5, slant=0.32)
            return [heavy, *([Lightning(shot.seed, shot.seconds)] if flashes(shot) else [])]
        case "snow":
            return [Snow(lit, shot.seed)]
        case "wind":
            return [Drift(lit, shot.seed, wind=0.75)]
        case _:
            return []


def struck(b: Builder) -> tuple[Lightning, list[float]]:
    """When lightning strikes, and the view x of each stroke."""
    times = Lightning(b.shot.seed, b.shot.seconds)
    random = stream(b.shot.seed, "strokes")
    return times, [b.across(float(random.uniform(-0.75, 0.75))) for _ in times.at]


def _strokes(b: Builder) -> None:
    """The lightning itself, far off, for as long as it flashes."""
    times, spots = struck(b)
    top, foot = b.horizon - 0.62, b.horizon + 0.02
    wide = Window.of(min(spots) - 0.35, top, max(spots) + 0.35, foot, min(b.density, 540.0))

    def painter(k: int) -> Painter:
        return lambda w: (bolt(w, b.shot.seed, k, (spots[k], top), foot), None)

    def motion(seconds: float) -> State:
        flash, k = times.flash(seconds)
        return State(opacity=min(1.0, flash) if flash > 0.02 else 0.0, picture=k)

    b.add(
        FAR / 3.5, wide, *(painter(k) for k in range(len(spots))), added=True, soft=False,
        motion=motion,
    )  # fmt: skip


def _air(b: Builder) -> None:
    if b.shot.weather == "fog":
        b.mist(12.0, 0.80, low=-0.01, tall=0.16)
        b.mist(4.5, 0.42, low=0.02, tall=0.16)
        # Before the nearest houses of a street, too: they would stand out as if cut.
        close = 0.93 if b.shot.place == "street" else None
        b.mist(1.8, 0.20, low=0.12, tall=0.26, order=close)
    elif b.shot.weather in ("rain", "snow", "storm"):
        b.mist(9.0, 0.30, tall=0.14)
    elif b.shot.time == "dawn" and b.shot.place in (
        "forest",
        "field",
        "lake",
        "mountains",
        "river",
    ):
        b.mist(6.0, 0.38, low=0.01, tall=0.07)
