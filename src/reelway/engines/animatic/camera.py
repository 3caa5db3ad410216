"""Camera moves: where the camera is at each moment of a shot.

A `Pose` has two kinds of change. Turning and zooming move the whole picture alike; travelling
moves each layer by its depth, which is what the eye reads as space:

    pan, tilt, zoom             turn the camera, change the lens   all layers alike
    x (track), y (crane), z     move the camera itself             near layers more than far ones

`Path.pose(t)` gives the pose at t = 0…1. Moves named together are added; each is eased in and
out, so that a shot neither starts nor stops with a jerk. A camera that travels turns as much as
it takes to keep its `Aim`, whom the shot is about, in the picture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import Frame
from reelway.engines.animatic.grammar import Move
from reelway.engines.animatic.noise import stream

Array = npt.NDArray[Any]

SPEED = {"slow": 0.55, "normal": 1.0, "fast": 1.7}
FOCUS = 3.2  # depth of what an orbit turns about, where there is nobody
TRAVELS, TURNS = {"dolly", "orbit", "crane", "aerial"}, {"pan", "tilt", "static"}
OFF, LOW = 0.20, 0.13  # how far aside (widths) and down (view units) an aim may come by itself
NEAREST = 0.6  # of the way to it that a camera goes
MOST_PAN, MOST_TILT, SOFT = 0.45, 0.36, 0.05


@dataclass(frozen=True, kw_only=True)
class Pose:
    """Turns in view units (a frame is about 1 high), travel in depth units."""

    pan: float = 0.0
    tilt: float = 0.0
    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0

    def look(self, depth: float, horizon: float) -> Frame:
        """The part of a layer at `depth` that the frame shows. It meets the horizon in infinity:
        travelling forward scales about (0, horizon)."""
        near = max(depth - self.z, 0.35 * depth) / depth
        sx = near / self.zoom
        return Frame(
            x0=self.pan * near + self.x / depth,
            y0=(self.tilt - horizon) * near + horizon + self.y / depth,
            scale_x=sx,
            scale_y=sx,
        )


@dataclass(frozen=True, kw_only=True)
class Aim:
    """Whom the shot is about: the middle of the body, in view units, and how far away."""

    x: float
    y: float
    depth: float
    horizon: float

    def kept(self, pose: Pose, width: float, *, circled: bool) -> tuple[float, float]:
        """How much more the camera has to pan and tilt. `circled`: it goes around, so the place
        in the frame stays; else it only may not come near the edge."""
        frame = pose.look(self.depth, self.horizon)
        near = frame.scale_x * pose.zoom
        x, y = (self.x - frame.x0) / frame.scale_x, (self.y - frame.y0) / frame.scale_y
        aside = max(abs(self.x), OFF * width)
        over = x - self.x if circled else _beyond(x - aside) - _beyond(-aside - x)
        low = _beyond(y - max(self.y, LOW))
        most = MOST_PAN * width
        pan = over * frame.scale_x / near
        pan = pan if circled else most * math.tanh(pan / most)
        return pan, MOST_TILT * math.tanh(low * frame.scale_y / near / MOST_TILT)


def _beyond(by: float) -> float:
    """`by` above 0, nothing below, and no kink between."""
    return (by + math.hypot(by, SOFT)) / 2


@dataclass(frozen=True, kw_only=True)
class Path:
    """The camera of one shot. `width`: the frame's width in view units."""

    moves: tuple[Move, ...]
    width: float
    seconds: float
    seed: int
    freedom: float = 0.5  # 0 firm … 1 free: how much the camera drifts by itself
    lens: float = 1.0  # how much longer than usual: what is far comes nearer
    aim: Aim | None = None
    stroll: tuple[float, float] = (0.0, 0.0)  # how far it goes along with somebody, x and z

    def pose(self, t: float) -> Pose:
        total: dict[str, float] = {}
        zoom = self.lens
        for move in self.moves:
            change = _change(move, eased(t), self.width, self._reach())
            zoom *= change.pop("zoom", 1.0)
            for axis, value in change.items():
                total[axis] = total.get(axis, 0.0) + value
        x, z = self.stroll
        total["x"] = total.get("x", 0.0) + x * (t - 0.5)
        # Backwards, before who comes towards us: both ways see the same nearest picture.
        total["z"] = total.get("z", 0.0) + (z * t if z > 0 else -z * (1 - t))
        kinds = {move.kind for move in self.moves}
        if self.aim is not None and kinds & TRAVELS and not kinds & TURNS:
            most = NEAREST * self.aim.depth  # nobody is passed by
            total["z"] = most * math.tanh(total.get("z", 0.0) / most)
            bare = Pose(zoom=zoom, **total)
            pan, tilt = self.aim.kept(bare, self.width, circled="orbit" in kinds)
            total["pan"] = total.get("pan", 0.0) + pan
            total["tilt"] = total.get("tilt", 0.0) + tilt
        for axis, value in self.drift(t).items():
            total[axis] = total.get(axis, 0.0) + value
        for axis in ("pan", "tilt"):  # a longer lens turns as much of the picture, not of the land
            total[axis] = total.get(axis, 0.0) / self.lens
        return Pose(zoom=zoom, **total)

    def poses(self, n: int = 25) -> list[Pose]:
        return [self.pose(i / (n - 1)) for i in range(n)]

    def _reach(self) -> float:
        """A longer shot goes further, but not in proportion."""
        return float(np.clip((self.seconds / 5) ** 0.5, 0.6, 1.5))

    def drift(self, t: float) -> dict[str, float]:
        """The camera on a shoulder: slow sway, breath, the step from foot to foot and, very
        small, the hands. It begins at rest, and no part of it is faster than a frame can show."""
        held = any(m.kind == "handheld" for m in self.moves)
        still = any(m.kind == "static" for m in self.moves)
        size = 0.0 if still else 1.0 if held else 0.42 * self.freedom
        seconds = t * self.seconds
        begun = min(1.0, seconds / 0.8)
        size *= begun * begun * (3 - 2 * begun)
        return {
            axis: size * far * _sway(self.seed, axis, seconds, HELD if held else BREATH)
            for axis, far in (("pan", 0.0105), ("tilt", 0.0085), ("x", 0.012), ("y", 0.009))
        }


# Cycles a second and how far, of what sways a camera: the faster, the less.
HELD = ((0.19, 0.9), (0.41, 0.8), (0.73, 0.45), (1.17, 0.14), (1.9, 0.05), (3.1, 0.02))
BREATH = ((0.13, 0.9), (0.23, 0.7), (0.37, 0.4))


def _sway(seed: int, axis: str, seconds: float, waves: tuple[tuple[float, float], ...]) -> float:
    random = stream(seed, "sway", axis)
    total = 0.0
    for rate, far in waves:
        rate *= float(random.uniform(0.85, 1.18))
        total += far * math.sin(2 * math.pi * (rate * seconds + float(random.uniform(0, 1))))
    return total


def eased(t: float) -> float:
    """Distance gone at t: constant speed with soft ends (a fifth of the shot each)."""
    soft, t = 0.2, min(max(t, 0.0), 1.0)
    if t < soft:
        gone = t * t / (2 * soft)
    elif t > 1 - soft:
        gone = 1 - soft - (1 - t) ** 2 / (2 * soft)
    else:
        gone = t - soft / 2
    return gone / (1 - soft)


def _change(move: Move, gone: float, width: float, reach: float) -> dict[str, float]:
    """One move's share of the pose when it has gone a part 0…1 of its way."""
    amount = SPEED[move.speed] * reach
    swing = (gone - 0.5) * amount
    side = -1.0 if move.direction == "left" else 1.0
    rise = 1.0 if move.direction == "down" else -1.0
    forth = -1.0 if move.direction == "out" else 1.0
    far = gone if forth > 0 else 1 - gone  # both ways see the same nearest picture
    match move.kind:
        case "pan":
            return {"pan": side * swing * min(0.55 * width, 0.8)}
        case "tilt":
            return {"tilt": rise * swing * 0.3}
        case "zoom":
            return {"zoom": float(np.exp(min(0.42 * amount, 0.7) * far))}
        case "dolly":
            return {"z": min(0.75 * amount, 1.25) * far}
        case "track" if move.direction in ("in", "out"):
            return {"z": min(0.75 * amount, 1.25) * far}
        case "track":
            return {"x": side * swing * 0.75, "pan": side * swing * 0.06}
        case "orbit":
            return {"x": side * swing * 1.1, "pan": -side * swing * 1.1 / FOCUS * 0.8}
        case "crane":
            gone = gone if rise < 0 else 1 - gone  # both ways see the same highest picture
            return {"y": -min(0.34 * amount, 0.45) * gone, "tilt": 0.05 * gone}
        case "aerial":
            return {"z": min(0.42 * amount, 0.7) * far, "y": -0.12 * far, "tilt": 0.03 * gone}
        case _:
            return {}


def looks(poses: Sequence[Pose], depth: float, horizon: float) -> list[Frame]:
    return [pose.look(depth, horizon) for pose in poses]
