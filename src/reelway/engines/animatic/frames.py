"""The caller's own pictures: the first frame, the last frame, and the way between.

    picture   an image file, cut to the film's shape around its middle, at its size
    Given     the same as a texture, and small, to be looked at
    Moving    a shot made of one or two pictures; a `compose.Stack` in all but its layers

Within one picture the prompt's camera travels (`parallax`), beginning or, for a last frame, ending
with the picture exactly as it is. Of two pictures the first turns into the second (`morph`); each
end is exactly its picture. Vignette, grain and weather are off at those ends (`strength`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import Interpolation

from reelway.engines.animatic.air import Air
from reelway.engines.animatic.camera import Path as CameraPath
from reelway.engines.animatic.camera import Pose, eased
from reelway.engines.animatic.canvas import Canvas, Frame, Texture, Window
from reelway.engines.animatic.compose import Piece
from reelway.engines.animatic.morph import Morph, smooth
from reelway.engines.animatic.moves import Move
from reelway.engines.animatic.parallax import Parallax, journey
from reelway.engines.animatic.relief import SIDE, Relief, open_sky, relief
from reelway.engines.animatic.turning import Turning

Array = npt.NDArray[Any]
SETTLE = 0.5  # seconds in which vignette, grain and elements come in
GATHER = 1.8  # and the weather
TURN = (0.04, 0.86)  # of the shot, in which the light changes
MIDDLE = 0.25  # nearness that lamps have
DEEP = {"fog", "rain", "storm", "snow"}  # weather with things before and behind it


@dataclass(frozen=True, kw_only=True)
class Given:
    """A caller's picture for a film: filling its frame, and small as display RGB."""

    texture: Texture
    small: Array


def picture(path: Path, size: tuple[int, int]) -> Any:
    """The image as a yuv420p frame of the film's size (BT.709, limited)."""
    return _scaled(_cropped(path, size), size, "yuv420p")


def given(path: Path, size: tuple[int, int], span: float) -> Given:
    cut = _cropped(path, size)
    part = SIDE / max(size)
    small = _scaled(cut, (round(size[0] * part), round(size[1] * part)), "rgb24")
    return Given(
        texture=_texture(_scaled(cut, size, "yuv420p"), size, span),
        small=small.to_ndarray().astype(np.float32) / 255,
    )


def _cropped(path: Path, size: tuple[int, int]) -> Any:
    """The middle of an image file, of a film's shape, as RGB."""
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
    return av.VideoFrame.from_ndarray(cut, format="rgb24")


def _scaled(cut: Any, size: tuple[int, int], form: str) -> Any:
    shrinks = cut.width > size[0]
    colours = {"src_colorspace": "ITU709", "dst_colorspace": "ITU709", "dst_color_range": "MPEG"}
    return cut.reformat(
        width=size[0],
        height=size[1],
        format=form,
        interpolation=Interpolation.AREA if shrinks else Interpolation.BICUBIC,
        **(colours if form == "yuv420p" else {}),
    )


def _texture(frame: Any, size: tuple[int, int], span: float) -> Texture:
    """A frame as a texture that fills the film's, one pixel a pixel."""
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

    first: Given | None
    last: Given | None
    moves: tuple[Move, ...]
    seconds: float
    seed: int = 0
    freedom: float = 0.5  # 0 calm … 1 lively: how far the camera goes
    weather: str = ""  # what the prompt says falls or hangs in the air
    absent: frozenset[str] = frozenset()  # of the weather's details
    overlay: list[Piece] = field(default_factory=list)  # the caller's elements
    turn: str = ""  # how the light changes, away from the first picture
    drift: float = 0.0  # how fast the sky goes by, widths a second

    def __post_init__(self) -> None:
        shown = [g for g in (self.first, self.last) if g]
        self._still = bool(self.moves) and all(m.kind == "static" for m in self.moves)
        self._drawn: Morph | Parallax | Texture
        space: Relief | None = None
        turns = bool(self.turn and self.first and not self.last)
        if self.drift and self.weather == "overcast":  # the picture's own clouds are meant
            self.weather = ""
        if len(shown) == 2:
            self._drawn = Morph(shown[0], shown[1], self.freedom)
        elif self._still and self.weather not in DEEP and not turns and not self.drift:
            self._drawn = shown[0].texture
        else:
            space = relief(shown[0].small)
            sky = open_sky(shown[0].small, space) if self.drift else None
            self._drawn = Parallax(shown[0].texture, space, sky)
        self._air = Air(self.weather, shown[0].small, space, self.seed, self.seconds, self.absent)
        self._turning: Turning | None = None
        if turns and space:
            whole = shown[0]
            self._turning = Turning(self.turn, whole.small, space, whole.texture, self.seed)

    def draw(self, canvas: Canvas, t: float) -> None:
        strength, seconds = self.strength(t), t * self.seconds
        weather, pose = self.strength(t, GATHER), Pose()
        match self._drawn:
            case Parallax() as within:
                pose = self._pose(within, t)
                behind = partial(self._air.behind, canvas, pose, seconds, weather)
                past = self.drift * (seconds if self.first else seconds - self.seconds)
                within.draw(canvas, pose, behind if weather > 0 else None, past)
            case Morph() as between:
                between.draw(canvas, t)
                self._air.behind(canvas, pose, seconds, weather)
            case Texture() as whole:
                canvas.lay(whole, Frame())
                self._air.behind(canvas, pose, seconds, weather)
        for piece in self.overlay:
            piece.draw(canvas, _spanned(pose, canvas.span), 0.0, seconds, fade=strength)
        if self._turning and isinstance(self._drawn, Parallax):
            within, part = self._drawn, smooth((t - TURN[0]) / (TURN[1] - TURN[0]))
            self._turning.draw(canvas, within.map(pose), within.frame(canvas, pose, MIDDLE), part)
        self._air.before(canvas, pose, seconds, weather)

    def strength(self, t: float, settle: float = SETTLE) -> float:
        """How far vignette, grain and weather are in, 0…1: none where a picture must be exact."""
        ends = []
        if self.first:
            ends.append(t)
        if self.last:
            ends.append(1 - t)
        return smooth(
            min(1.0, *(e * self.seconds / min(settle, self.seconds / 2) for e in ends))
            if ends
            else 1.0
        )

    def _pose(self, within: Parallax, t: float) -> Pose:
        """The identity where the picture is exact."""
        if self._still:
            return Pose()
        gone, toward = (t, 1.0) if self.first else (1 - t, -1.0)
        reach = min(1.3, (self.seconds / 5) ** 0.5) * (0.5 + self.freedom)
        pose = journey(self.moves, reach * eased(gone), toward, within.wide)
        if any(m.kind == "handheld" for m in self.moves):
            path = CameraPath(moves=self.moves, width=1.0, seconds=self.seconds, seed=self.seed)
            held = path.drift(gone)
            pose = replace(pose, pan=pose.pan + held["pan"], tilt=pose.tilt + held["tilt"])
        return within.kept(pose)


def _spanned(pose: Pose, span: float) -> Pose:
    """A pose in heights of the frame, in view units."""
    ways = {axis: getattr(pose, axis) * span for axis in ("pan", "tilt", "x", "y")}
    return replace(pose, **ways)
