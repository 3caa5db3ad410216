"""Building a shot's stack: light, camera and horizon, then the recipe of its place.

build      plan + size → Stack, every texture painted
overlay    the elements alone, over the caller's own frames
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import elements, places, subjects
from reelway.engines.animatic.builder import Builder, span_of
from reelway.engines.animatic.camera import Path
from reelway.engines.animatic.canvas import LUMA, to_linear
from reelway.engines.animatic.compose import Effect, Piece, Stack
from reelway.engines.animatic.cutout import Cutout
from reelway.engines.animatic.grade import Grade, Palette
from reelway.engines.animatic.light import Light, light
from reelway.engines.animatic.moves import Move
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.plan import ShotPlan
from reelway.engines.animatic.weather import Lightning, Rain, Snow

Array = npt.NDArray[Any]
INDOORS = {"room", "space"}  # no weather, no mist
TOWNS = {"city", "harbour", "street"}

__all__ = ["Pictures", "build", "overlay", "span_of"]


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """What the caller's pictures are to a scene."""

    cut: Mapping[tuple[str, int | None], Cutout] = field(default_factory=dict)
    palette: Palette | None = None


def build(
    shot: ShotPlan, size: tuple[int, int], pool: Executor, given: Pictures | None = None
) -> Stack:
    """Paint everything that a shot needs."""
    builder = _builder(shot, size, pool, given or Pictures(), _lit(shot), shot.moves)
    places.PLACES[shot.place](builder)
    subjects.place(builder)
    if shot.place not in INDOORS:
        _air(builder)
        builder.effects += _falling(shot, builder.light)
    return builder.stack()


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
    path = Path(
        moves=moves,
        width=span_of(size) * size[0] / size[1],
        seconds=shot.seconds,
        seed=shot.seed,
        freedom=0.0 if shot.steady else shot.freedom,
    )
    return Builder(
        shot=shot,
        size=size,
        path=path,
        light=lit,
        horizon=places.HORIZON.get(shot.place, 0.08) + _raised(shot),
        pool=pool,
        grade=Grade(style=shot.style, palette=given.palette),
        pictures=given.cut,
    )


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
    if shot.place in TOWNS and shot.time == "golden":
        # Dark walls would drown in the glowing air of open country.
        lit = replace(lit, haze=lit.haze * 0.38 + lit.middle * 0.35, haze_density=0.016)
    if lit.disc in shot.absent:
        lit = replace(lit, disc="", glow=lit.glow * 0.6)
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
            flash = "lightning" not in shot.absent
            return [heavy, *([Lightning(shot.seed, shot.seconds)] if flash else [])]
        case "snow":
            return [Snow(lit, shot.seed)]
        case _:
            return []


def _air(b: Builder) -> None:
    if b.shot.weather == "fog":
        b.mist(12.0, 0.80, low=-0.01, tall=0.16)
        b.mist(4.5, 0.42, low=0.02, tall=0.16)
        b.mist(1.8, 0.20, low=0.12, tall=0.26)
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
