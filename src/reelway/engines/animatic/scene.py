"""Building a shot's stack: light, camera and horizon, then the recipe of its place.

build             plan + size → Stack, every texture painted
weather_effects   what falls, by itself (for shots made of the caller's pictures)
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace

from reelway.engines.animatic import places, subjects
from reelway.engines.animatic.builder import Builder, span_of
from reelway.engines.animatic.camera import Path
from reelway.engines.animatic.compose import Effect, Stack
from reelway.engines.animatic.light import Light, light
from reelway.engines.animatic.plan import ShotPlan
from reelway.engines.animatic.weather import Lightning, Rain, Snow

INDOORS = {"room", "space"}  # no weather, no mist

__all__ = ["build", "span_of", "weather_effects"]


def build(shot: ShotPlan, size: tuple[int, int], pool: Executor, freedom: float = 0.5) -> Stack:
    """Paint everything that a shot needs. `freedom`: 0…1, how much the camera drifts."""
    lit = light(shot.time, shot.weather, shot.seed)
    if shot.place in INDOORS:
        lit = replace(lit, haze_density=0.0)
    path = Path(
        moves=shot.moves,
        width=span_of(size) * size[0] / size[1],
        seconds=shot.seconds,
        seed=shot.seed,
        freedom=freedom,
    )
    builder = Builder(
        shot=shot,
        size=size,
        path=path,
        light=lit,
        horizon=places.HORIZON.get(shot.place, 0.08),
        pool=pool,
    )
    places.PLACES[shot.place](builder)
    subjects.place(builder)
    if shot.place not in INDOORS:
        _air(builder)
        builder.effects += _falling(shot, lit)
    return builder.stack()


def weather_effects(shot: ShotPlan) -> list[Effect]:
    return _falling(shot, light(shot.time, shot.weather, shot.seed))


def _falling(shot: ShotPlan, lit: Light) -> list[Effect]:
    match shot.weather:
        case "rain":
            return [Rain(lit, shot.seed)]
        case "storm":
            heavy = Rain(lit, shot.seed, heavy=1.5, slant=0.32)
            return [heavy, Lightning(shot.seed, shot.seconds)]
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
