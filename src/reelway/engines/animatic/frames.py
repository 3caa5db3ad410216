"""The caller's own pictures: the first frame, the last frame, and the way between.

    fitted    an image file, cut to the film's shape around its middle, at its size
    Moving    a shot made of one or two pictures; a `compose.Stack` in all but its layers

One picture is moved over by the prompt's camera, beginning (or, for a last frame, ending) with
the picture exactly as it is. Two pictures dissolve into each other while both move a little; each
end is exactly its picture. Vignette and grain are off at those ends (`strength`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import Interpolation

from reelway.engines.animatic.camera import Pose
from reelway.engines.animatic.canvas import Canvas, Frame, Texture, Window
from reelway.engines.animatic.compose import Effect, Piece
from reelway.engines.animatic.grammar import Move

Array = npt.NDArray[Any]
SETTLE = 0.5  # seconds in which vignette, grain and weather come in


def picture(path: Path, size: tuple[int, int]) -> Any:
    """The image as a yuv420p frame of the film's size (BT.709, limited)."""
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
    rgb = frame.to_ndarray(format="rgb24")
    high, wide = rgb.shape[:2]
    width, height = (
        min(wide, round(high * size[0] / size[1])),
        min(high, round(wide * size[1] / size[0])),
    )
    left, top = (wide - width) // 2, (high - height) // 2
    cut = np.ascontiguousarray(rgb[top : top + height, left : left + width], np.uint8)
    shrinks = width > size[0]
    return av.VideoFrame.from_ndarray(cut, format="rgb24").reformat(
        width=size[0],
        height=size[1],
        format="yuv420p",
        src_colorspace="ITU709",
        dst_colorspace="ITU709",
        dst_color_range="MPEG",
        interpolation=Interpolation.AREA if shrinks else Interpolation.BICUBIC,
    )


def fitted(path: Path, size: tuple[int, int], span: float) -> Texture:
    """The image as a texture that fills the frame, one pixel a pixel."""
    frame = picture(path, size)
    planes = []
    for plane, scale, offset in zip(frame.planes, (219, 224, 224), (16, 128, 128), strict=True):
        data = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
        planes.append((data[:, : plane.width].astype(np.float32) - offset) / scale)
    width, height = size
    density = height / span
    window = Window(
        left=-width / density / 2, top=-span / 2, width=width, height=height, density=density
    )
    y, u, v = planes
    return Texture(window=window, y=y, u=u, v=v, cover=None, cover2=None, floats=True)


@dataclass(kw_only=True)
class Moving:
    """A shot of one or two pictures; t = 0 is `first` as it is, t = 1 is `last` as it is."""

    first: Texture | None
    last: Texture | None
    moves: Sequence[Move]
    seconds: float
    freedom: float = 0.5  # 0 calm … 1 lively: how far the camera goes
    effects: list[Effect] = field(default_factory=list)
    overlay: list[Piece] = field(default_factory=list)  # the caller's elements

    def draw(self, canvas: Canvas, t: float) -> None:
        if self.first and self.last:
            canvas.lay(self.first, _crept(self._creep() * _smooth(t)))
            if (mixed := _smooth(min(max((t - 0.12) / 0.76, 0), 1))) > 0:
                canvas.lay(self.last, _crept(self._creep() * (1 - _smooth(t))), opacity=mixed)
        elif self.first:
            canvas.lay(self.first, self._moved(canvas, t))
        elif self.last:
            canvas.lay(self.last, self._moved(canvas, 1 - t))
        for piece in self.overlay:
            piece.draw(canvas, Pose(), 0.0, t * self.seconds, fade=self.strength(t))
        for effect in self.effects:
            effect.draw(canvas, Pose(), t * self.seconds, self.strength(t))

    def strength(self, t: float) -> float:
        """How far vignette, grain and weather are in, 0…1: none where a picture must be exact."""
        ends = []
        if self.first:
            ends.append(t)
        if self.last:
            ends.append(1 - t)
        return _smooth(min(1.0, *(e * self.seconds / SETTLE for e in ends)) if ends else 1.0)

    def _creep(self) -> float:
        """How much two pictures grow while they dissolve."""
        return 0.07 * (0.5 + self.freedom)

    def _moved(self, canvas: Canvas, gone: float) -> Frame:
        """A camera over one picture, never beyond its edge; the identity when nothing is gone."""
        reach = min(1.3, (self.seconds / 5) ** 0.5) * _smooth(gone) * (0.5 + self.freedom)
        zoom, x, y = 0.0, 0.0, 0.0
        for move in self.moves or (Move(kind="dolly", direction="in", speed="slow"),):
            pace = {"slow": 0.7, "normal": 1.0, "fast": 1.4}[move.speed]
            toward = 1.0 if self.first else -1.0  # a last frame is travelled towards
            if move.kind == "static":
                continue
            zoom += (0.16 if move.direction in ("left", "right", "up", "down") else 0.2) * pace
            x += {"left": -1.0, "right": 1.0}.get(move.direction, 0.0) * toward
            y += {"up": -1.0, "down": 1.0}.get(move.direction, 0.0) * toward
        scale = 1 / (1 + zoom * reach)
        room = (1 - scale) / 2
        return Frame(
            x0=float(np.clip(x, -1, 1)) * room * canvas.width * canvas.pixel,
            y0=float(np.clip(y, -1, 1)) * room * canvas.span,
            scale_x=scale,
            scale_y=scale,
        )


def _crept(amount: float) -> Frame:
    return Frame(scale_x=1 / (1 + amount), scale_y=1 / (1 + amount))


def _smooth(t: float) -> float:
    t = min(max(t, 0.0), 1.0)
    return t * t * t * (t * (6 * t - 15) + 10)
