"""A camera within one picture: near things pass the far ones, nothing tears.

    Parallax    the picture as a bent plate and the things that stand before it; `draw` for a pose
    journey     the pose after a part of the shot, for the moves of a prompt

The plate (sky, hills, ground: all that is one smooth relief) is bent by the net of `warp`; what
stands on it is cut out, the plate is made up behind it, and it moves as its foot does. With the
identity the picture is exactly itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.camera import Pose
from reelway.engines.animatic.canvas import Canvas, Frame, Texture
from reelway.engines.animatic.lift import lifted
from reelway.engines.animatic.moves import Move
from reelway.engines.animatic.regions import box, sampled
from reelway.engines.animatic.relief import Relief
from reelway.engines.animatic.warp import Plate, nodes

Array = npt.NDArray[Any]
PACE = {"slow": 0.7, "normal": 1.0, "fast": 1.4}
TURNS = 3  # steps from the frame back to the picture
LEAST = 0.25  # of its size that the nearest can be seen at: nobody walks through the ground
PIVOT = 0.45  # nearness that an orbit turns about


@dataclass(frozen=True, kw_only=True)
class _Thing:
    texture: Texture
    near: float


class Parallax:
    """`size`: of the film; `texture` fills its frame; `sky`: where there is nothing else, 0…1."""

    def __init__(self, texture: Texture, relief: Relief, sky: Array | None = None) -> None:
        self.whole, self.relief = texture, relief
        planes = [texture.y, texture.u, texture.v]
        self.things: list[_Thing] = []
        for standing in reversed(relief.standing):  # near to far: each from what is left
            made = lifted(planes, standing.part, texture.window)
            if made is not None:
                planes = made[0]
                self.things.insert(0, _Thing(texture=made[1], near=standing.near))
        self.plate = Plate((planes[0], planes[1], planes[2]))
        self.size = self.plate.size
        self.wide = self.size[0] / self.size[1]
        self._y, self._x = nodes(self.size)
        self._sky: Array | None = None
        if sky is not None:  # away from what stands before it
            self._sky = box(box((box(sky, 3) > 0.97).astype(np.float32), 3), 3)

    def draw(
        self,
        canvas: Canvas,
        pose: Pose,
        between: Callable[[], None] | None = None,
        past: float = 0.0,
    ) -> None:
        """`between` draws what is in the air behind the things; `past`: how far the sky has gone
        by, widths of the frame."""
        if pose == Pose() and between is None and not past:
            canvas.lay(self.whole, Frame())
            return
        y, x = self.map(pose)
        self.plate.lay(canvas, y, x if self._sky is None else x - past * self._free(y, x))
        if between is not None:
            between()
        for thing in self.things:
            canvas.lay(thing.texture, self.frame(canvas, pose, thing.near))

    def map(self, pose: Pose) -> tuple[Array, Array]:
        """Where in the picture each node of the frame looks, y and x, fractions."""
        wide = self.wide
        fx, fy = self._x * wide, self._y
        y, x = fy, fx
        high, across = self.relief.near.shape
        for _ in range(TURNS):
            near = sampled(
                self.relief.near, (y + 0.5) * high - 0.5, (x / wide + 0.5) * across - 0.5
            )
            scale, x0, y0 = look(pose, near, self.relief.horizon)
            x, y = x0 + scale * fx, y0 + scale * fy
        return y, x / wide

    def _free(self, y: Array, x: Array) -> Array:
        """How far places of the picture go with the sky: those at its edges stay, and what is low
        is far off."""
        assert self._sky is not None
        high, across = self._sky.shape
        part = sampled(self._sky, (y + 0.5) * high - 0.5, (x + 0.5) * across - 0.5)
        high_up = np.clip((self.relief.horizon - y - 0.04) / 0.18, 0, 1)
        return np.asarray(part * high_up * (1 - np.clip(np.abs(2 * x), 0, 1) ** 6))

    def kept(self, pose: Pose) -> Pose:
        """The pose as far as nothing beyond the picture's edge comes into sight."""
        horizon, half = self.relief.horizon, self.wide / 2
        depths = np.linspace(0, 1.1, 12)
        closer = np.maximum(1 - pose.z * depths, LEAST)
        # Going backwards the near would shrink away from the edge: the lens makes up for it.
        off = abs(horizon) * np.maximum(closer - 1, 0)
        zoom = max(pose.zoom, float((closer / (1 - 2 * off)).max()))
        room = 1 - closer / zoom
        aside = np.abs(pose.pan * closer + pose.x * depths)
        part = min(1.0, float((room * half / np.maximum(aside, 1e-9)).min()))
        rise = pose.tilt * closer + pose.y * depths
        rest = room / 2 - np.sign(rise) * horizon * (1 - closer)
        high = min(1.0, max(0.0, float((rest / np.maximum(np.abs(rise), 1e-9)).min())))
        return replace(
            pose,
            zoom=zoom,
            pan=pose.pan * part,
            x=pose.x * part,
            tilt=pose.tilt * high,
            y=pose.y * high,
        )

    def frame(self, canvas: Canvas, pose: Pose, near: float) -> Frame:
        scale, x0, y0 = (float(value) for value in look(pose, near, self.relief.horizon))
        return Frame(x0=x0 * canvas.span, y0=y0 * canvas.span, scale_x=scale, scale_y=scale)


def look(pose: Pose, near: Array | float, horizon: float) -> tuple[Array, Array, Array]:
    """`Pose.look` for nearness instead of depth: scale, x0, y0, in heights of the frame."""
    closer = np.maximum(1 - pose.z * np.asarray(near, np.float32), LEAST)
    x0 = pose.pan * closer + pose.x * near
    y0 = (pose.tilt - horizon) * closer + horizon + pose.y * near
    return np.asarray(closer / pose.zoom), np.asarray(x0), np.asarray(y0)


def journey(moves: Sequence[Move], gone: float, toward: float, wide: float) -> Pose:
    """The pose when a part 0…1 of the way is gone; the identity at 0. `toward` −1: the way is
    gone backwards, towards the picture. Room for what goes sideways comes from the lens."""
    total = dict.fromkeys(("pan", "tilt", "x", "y", "z", "zoom"), 0.0)
    across = min(wide, 1.0)
    for move in moves or (Move(kind="dolly", direction="in", speed="slow"),):
        amount = gone * PACE[move.speed]
        side = {"left": -1.0, "right": 1.0}.get(move.direction, 0.0) * amount * toward
        rise = {"up": -1.0, "down": 1.0}.get(move.direction, 0.0) * amount * toward
        forth = (-1.0 if move.direction == "out" else 1.0) * toward
        for axis, value in _step(move, amount, side, rise, forth, across).items():
            total[axis] += value
    zoom = 1 + total.pop("zoom")
    return Pose(zoom=zoom, **total)


def _step(
    move: Move, amount: float, side: float, rise: float, forth: float, across: float
) -> dict[str, float]:
    match move.kind:
        case "pan":
            return {"pan": 0.075 * side * across, "zoom": 0.16 * amount}
        case "tilt":
            return {"tilt": 0.075 * rise, "zoom": 0.17 * amount}
        case "zoom":
            return {"zoom": 0.30 * amount}
        case "dolly":
            # Backwards the near shrinks and the far grows: the edge of the picture stays out.
            return {"z": 0.26 * forth * amount, "zoom": (0.06 if forth > 0 else 0.34) * amount}
        case "track" if move.direction in ("in", "out"):
            return {"z": 0.26 * forth * amount, "zoom": (0.06 if forth > 0 else 0.34) * amount}
        case "track":
            return {"x": 0.095 * side * across, "zoom": 0.15 * amount}
        case "orbit":
            turn = (side or amount) * across
            return {"x": 0.13 * turn, "pan": -0.13 * PIVOT * turn, "zoom": 0.13 * amount}
        case "crane":
            rise = rise or -amount
            return {"y": 0.10 * rise, "tilt": 0.02 * rise, "zoom": 0.18 * amount}
        case "aerial":
            return {"z": 0.18 * amount, "y": -0.04 * amount, "zoom": 0.12 * amount}
        case "handheld":
            return {"zoom": 0.07 * min(1.0, 4 * amount)}
        case _:
            return {}
