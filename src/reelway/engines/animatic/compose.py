"""A shot as a stack of pieces, and its frames.

    Piece     a texture at a depth, with what it does over time
    Stack     pieces from far to near, perhaps with water among them; `draw` makes one frame
    finish    vignette, fades of style and grain, then 8 bits in the encoder's own planes

A frame depends on its number alone: frames are drawn side by side in threads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import av
import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.camera import Path, Pose
from reelway.engines.animatic.canvas import Canvas, Frame, Texture
from reelway.engines.animatic.kernels import kernels
from reelway.engines.animatic.noise import stream

Array = npt.NDArray[Any]
GRAIN = 1.5 / 219  # standard deviation, of full luma
VIGNETTE = 0.30  # how much darker the corners are
GRAIN_SIDE = 512  # pixels of the grain's tile


@dataclass(frozen=True, kw_only=True)
class State:
    """A piece at a moment: moved in view units, scaled about its own middle."""

    dx: float = 0.0
    dy: float = 0.0
    grow_x: float = 1.0
    grow_y: float = 1.0
    opacity: float = 1.0
    picture: int = 0  # which of the piece's textures


@dataclass(frozen=True, kw_only=True)
class Piece:
    textures: tuple[Texture, ...]
    depth: float
    motion: Callable[[float], State] | None = None  # of seconds
    mirrored: bool = True  # stands in the water's mirror

    def draw(
        self,
        canvas: Canvas,
        pose: Pose,
        horizon: float,
        seconds: float,
        rows: Any = None,
        fade: float = 1.0,
    ) -> None:
        frame = pose.look(self.depth, horizon)
        state = self.motion(seconds) if self.motion else State()
        piece = self.textures[state.picture % len(self.textures)]
        if self.motion:
            w = piece.window
            cx, cy = w.left + w.width / w.density / 2, w.top + w.height / w.density / 2
            frame = Frame(
                x0=(frame.x0 - state.dx - cx) / state.grow_x + cx,
                y0=(frame.y0 - state.dy - cy) / state.grow_y + cy,
                scale_x=frame.scale_x / state.grow_x,
                scale_y=frame.scale_y / state.grow_y,
            )
        canvas.lay(piece, frame, opacity=state.opacity * fade, rows=rows)


class Effect(Protocol):
    """Something drawn anew each frame: rain, snow, lightning."""

    def draw(self, canvas: Canvas, pose: Pose, seconds: float, strength: float) -> None: ...


class Surface(Protocol):
    def draw(self, canvas: Canvas, pose: Pose, seconds: float) -> None: ...


@dataclass(kw_only=True)
class Stack:
    path: Path
    horizon: float
    seconds: float
    behind: list[Piece] = field(default_factory=list)  # far to near; mirrored by the water
    water: Surface | None = None
    before: list[Piece] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)

    def draw(self, canvas: Canvas, t: float) -> None:
        """The picture at t = 0…1 of the shot."""
        pose, seconds = self.path.pose(t), t * self.seconds
        top = canvas.row((self.horizon - pose.tilt) * pose.zoom)
        above = (0, top) if self.water is not None else None  # the water covers what is below
        for piece in self.behind:
            piece.draw(canvas, pose, self.horizon, seconds, above)
        if self.water is not None:
            self.water.draw(canvas, pose, seconds)
            for piece in self.behind:  # what stands nearer than the horizon covers the water
                if piece.mirrored and piece.depth < 50:
                    piece.draw(canvas, pose, self.horizon, seconds, (top, canvas.height))
        for piece in self.before:
            piece.draw(canvas, pose, self.horizon, seconds)
        for effect in self.effects:
            effect.draw(canvas, pose, seconds, 1.0)

    def strength(self, t: float) -> float:
        return 1.0


class Finish:
    """Vignette and grain, and the change to 8-bit planes."""

    def __init__(
        self,
        seed: int,
        *,
        vignette: float = VIGNETTE,
        grain: float = GRAIN,
    ) -> None:
        self.seed, self._dark = seed, vignette
        noise = stream(seed, "grain").normal(0, 1, (GRAIN_SIDE, GRAIN_SIDE))
        self._grain = (noise * grain).astype(np.float32)
        self.spare: list[Any] = []  # frames that were encoded

    def frame(self, canvas: Canvas, number: int, strength: float = 1.0) -> Any:
        """The canvas as an encoder's frame; `strength` 0: without vignette and grain."""
        y, x = (int(n) for n in stream(self.seed, "grain", number).integers(0, GRAIN_SIDE, 2))
        try:
            frame = self.spare.pop()
            frame.make_writable()
        except IndexError:
            frame = av.VideoFrame(canvas.width, canvas.height, "yuv420p")
        frame.color_range, frame.colorspace = 1, 1
        luma, *chromas = (_bytes(plane) for plane in frame.planes)
        made = kernels()
        made.finish(luma, canvas.y, self._grain, (y, x), self._dark * strength, strength)
        made.finish_chroma(chromas[0], canvas.u)
        made.finish_chroma(chromas[1], canvas.v)
        return frame


def _bytes(plane: Any) -> Array:
    """The memory of an encoder's plane, rows as long as it has them."""
    return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
