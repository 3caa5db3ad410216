"""What is heard of a shot's picture: who moves where, when feet come down, when lightning strikes.

The shot is put together by the same code as its picture, with nothing painted (`scene.listened`):
what is heard is where and when it is seen.

    heard    of a drawn shot
    framed   of a shot made of the caller's own frames, in which only the weather happens
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import scene
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.plan import ShotPlan
from reelway.engines.animatic.sounding import Sounder
from reelway.engines.animatic.talk import Said
from reelway.engines.animatic.weather import SOUND, Lightning

Array = npt.NDArray[Any]
Spoken = Callable[[], Sequence[Said] | None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Sounding:
    """`side`: −1 left … 1 right, and `depth`, for each frame of the shot; `strikes`: frames."""

    kind: str
    side: Array
    depth: Array
    strikes: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Flash:
    """Seconds of the shot at which lightning is seen, and its thunder heard."""

    seen: float
    heard: float
    side: float
    metres: float


@dataclass(frozen=True, kw_only=True)
class Heard:
    things: tuple[Sounding, ...] = ()
    flashes: tuple[Flash, ...] = ()
    drawn: bool = True  # whether the place is seen as the prompt has it


def heard(
    shot: ShotPlan, size: tuple[int, int], given: scene.Pictures, spoken: Spoken | None = None
) -> Heard:
    b = scene.listened(shot, size, given, spoken)
    things = tuple(_seen(b, s) for s in b.heard or () if s.kind)
    if not scene.flashes(shot):
        return Heard(things=things)
    times, spots = scene.struck(b)
    sides = [x / b.half_width for x in spots]
    return Heard(things=things, flashes=_thunder(times, sides))


def framed(shot: ShotPlan) -> Heard:
    storm = shot.weather == "storm" and "weather" in shot.named and "lightning" not in shot.absent
    if not storm:
        return Heard(drawn=False)
    times = Lightning(shot.seed, shot.seconds)
    return Heard(flashes=_thunder(times, [0.0] * len(times.at)), drawn=False)


def _thunder(times: Lightning, sides: Sequence[float]) -> tuple[Flash, ...]:
    each = zip(times.at.tolist(), times.far.tolist(), sides, strict=True)
    return tuple(
        Flash(seen=at, heard=at + far / SOUND, side=side, metres=far) for at, far, side in each
    )


def _seen(b: Builder, s: Sounder) -> Sounding:
    """Through the camera, which is sampled as often as the builder does."""
    frames, poses = b.shot.frames, b.poses
    at = np.linspace(0, frames - 1, len(poses))
    sides, depths = [], []
    for n, pose in zip(at, poses, strict=True):
        x, depth = s.place(round(float(n)))
        look = pose.look(depth, b.horizon)
        sides.append((x - look.x0) / (look.scale_x * b.half_width))
        depths.append(depth * look.scale_x)
    every = np.arange(frames)
    return Sounding(
        kind=s.kind,
        side=np.interp(every, at, sides),
        depth=np.interp(every, at, depths),
        strikes=s.strikes,
    )
