"""The picture under work, and the textures that are laid on it.

    Canvas    one frame as float planes: luma 0…1, chroma −0.5…0.5 at half size
    Texture   a painted cut-out: premultiplied luma, chroma and cover, at its own density
    Frame     where the frame looks, in the textures' coordinates (an affine map per axis)

Coordinates are *view units*: a 16:9 frame is 1 high, its centre is (0, 0), x to the right, y down.
Chroma is kept around 0, so that light can be added (cover 0) as well as laid over. RGB here is
display-referred (gamma-encoded BT.709) except where a name ends in `linear`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.resample import Kernel, Taps, bspline, resample, taps, tent

Array = npt.NDArray[Any]

# BT.709 luma weights, and the scale of the two colour differences.
KR, KG, KB = 0.2126, 0.7152, 0.0722
LUMA = np.array([KR, KG, KB], np.float32)
CB, CR = 2 * (1 - KB), 2 * (1 - KR)


@dataclass(frozen=True, kw_only=True)
class Window:
    """A rectangle in view units and the pixels to paint it with; all painters work on one."""

    left: float
    top: float
    width: int  # pixels, even
    height: int  # pixels, even
    density: float  # pixels a view unit

    @staticmethod
    def of(left: float, top: float, right: float, bottom: float, density: float) -> Window:
        return Window(
            left=left,
            top=top,
            width=max(4, 2 * int(np.ceil((right - left) * density / 2))),
            height=max(4, 2 * int(np.ceil((bottom - top) * density / 2))),
            density=density,
        )

    @property
    def xs(self) -> Array:
        """View x of each column's middle, (width,)."""
        return ((np.arange(self.width) + 0.5) / self.density + self.left).astype(np.float32)

    @property
    def ys(self) -> Array:
        """View y of each row's middle, (height,)."""
        return ((np.arange(self.height) + 0.5) / self.density + self.top).astype(np.float32)


Box = tuple[int, int, int, int]  # left, right, top, bottom in a texture's pixels
GAP = 96  # empty columns between two boxes that are worth a box more


@dataclass(frozen=True, kw_only=True)
class Texture:
    """Planes of one cut-out. 8-bit planes are scaled by 255; float planes are not."""

    window: Window
    y: Array  # (h, w)
    u: Array  # (h/2, w/2)
    v: Array
    cover: Array | None  # (h, w); None: opaque everywhere, or light that is added
    cover2: Array | None  # (h/2, w/2), the same at half size
    floats: bool = False  # planes of float32, not of 8 bits
    soft: bool = False  # drawn through a cubic, for textures coarser than the frame
    added: bool = False  # light: what is below it stays
    filled: tuple[Box, ...] | None = None  # where there is anything at all; None: everywhere


def texture(
    window: Window, rgb: Array, cover: Array | None = None, *, soft: bool = False
) -> Texture:
    """Bake an RGB picture (h, w, 3) with its cover (h, w; 0 with light: added light)."""
    rgb = np.clip(rgb, 0, 1.0).astype(np.float32, copy=False)
    if cover is not None:
        cover = np.clip(cover, 0, 1).astype(np.float32, copy=False)
        rgb = rgb * cover[..., None]
    return _baked(window, rgb, cover, soft=soft)


def glow(window: Window, rgb: Array, *, soft: bool = True) -> Texture:
    """Bake light that is only added."""
    return _baked(window, np.clip(rgb, 0, 1).astype(np.float32), None, soft=soft, added=True)


def _baked(
    window: Window, rgb: Array, cover: Array | None, *, soft: bool, added: bool = False
) -> Texture:
    luma = rgb @ LUMA
    half = halved(rgb)
    luma2 = half @ LUMA
    u, v = (half[..., 2] - luma2) / CB, (half[..., 0] - luma2) / CR
    cover2 = None if cover is None else halved(cover)
    if soft:
        return Texture(
            window=window,
            y=luma,
            u=u,
            v=v,
            cover=cover,
            cover2=cover2,
            floats=True,
            soft=True,
            added=added,
            filled=_filled(cover),
        )
    return Texture(
        window=window,
        y=_bytes(luma),
        u=np.rint(u * 255).astype(np.int8),
        v=np.rint(v * 255).astype(np.int8),
        cover=None if cover is None else _bytes(cover),
        cover2=None if cover2 is None else _bytes(cover2),
        added=added,
        filled=_filled(cover),
    )


def _filled(cover: Array | None) -> tuple[Box, ...] | None:
    """Boxes around what a texture holds: a street's two rows of houses leave the middle free."""
    if cover is None:
        return None
    seen = cover > 1 / 512
    columns = np.nonzero(seen.any(axis=0))[0]
    if not len(columns):
        return ()
    cuts = np.nonzero(np.diff(columns) > GAP)[0]
    starts = [columns[0], *columns[cuts + 1]]
    ends = [*columns[cuts], columns[-1]]
    boxes = []
    for left, right in zip(starts, ends, strict=True):
        rows = np.nonzero(seen[:, left : right + 1].any(axis=1))[0]
        boxes.append((int(left), int(right) + 1, int(rows[0]), int(rows[-1]) + 1))
    return tuple(boxes)


def halved(plane: Array) -> Array:
    """Mean of each 2×2, at half size."""
    return np.asarray(
        (plane[::2, ::2] + plane[1::2, ::2] + plane[::2, 1::2] + plane[1::2, 1::2]) * 0.25
    )


def _bytes(plane: Array) -> Array:
    return np.asarray(plane * 255 + 0.5, np.uint8)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """For one axis pair: view coordinate in a texture = offset + scale × view coordinate of the
    frame. The identity looks at the texture as it was painted."""

    x0: float = 0.0
    y0: float = 0.0
    scale_x: float = 1.0
    scale_y: float = 1.0


class Canvas:
    """One frame in float planes."""

    def __init__(self, size: tuple[int, int], span: float) -> None:
        """`size` in pixels; `span`: the frame's height in view units."""
        self.width, self.height = size
        self.span = span
        self.pixel = span / self.height  # view units
        self.y = np.zeros((self.height, self.width), np.float32)
        self.u = np.zeros((self.height // 2, self.width // 2), np.float32)
        self.v = np.zeros((self.height // 2, self.width // 2), np.float32)
        self.xs = (np.arange(self.width) + 0.5 - self.width / 2) * self.pixel
        self.ys = (np.arange(self.height) + 0.5 - self.height / 2) * self.pixel

    def row(self, y: float) -> int:
        """The even row nearest to a view y, within the frame."""
        return int(np.clip(round((y / self.pixel + self.height / 2) / 2) * 2, 0, self.height))

    def lay(
        self,
        piece: Texture,
        frame: Frame,
        *,
        opacity: float = 1.0,
        rows: tuple[int, int] | None = None,
    ) -> None:
        """Lay a texture over the picture; `rows`: only there (even numbers)."""
        w = piece.window
        px = ((self.xs * frame.scale_x + frame.x0) - w.left) * w.density - 0.5
        py = ((self.ys * frame.scale_y + frame.y0) - w.top) * w.density - 0.5
        if opacity <= 0:
            return
        whole = (0, w.width, 0, w.height)
        for left, right, above, below in (whole,) if piece.filled is None else piece.filled:
            x0, x1 = _touched(px, left, right)
            y0, y1 = _touched(py, above, below)
            if rows is not None:
                y0, y1 = max(y0, rows[0]), min(y1, rows[1])
            if x0 < x1 and y0 < y1:
                self._lay(piece, px[x0:x1], py[y0:y1], (x0, x1, y0, y1), opacity)

    def _lay(self, piece: Texture, px: Array, py: Array, box: Box, opacity: float) -> None:
        """The part of a texture that falls into a box of the frame."""
        w, (x0, x1, y0, y1) = piece.window, box
        qx, qy = (px[::2] + px[1::2]) / 4 - 0.25, (py[::2] + py[1::2]) / 4 - 0.25
        kernel: Kernel = bspline if piece.soft else tent
        unit = np.float32(opacity if piece.floats else opacity / 255)
        kept = 1.0 if piece.added else 1.0 - opacity  # under a texture without a cover
        part = np.s_[y0:y1, x0:x1]
        part2 = np.s_[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2]
        fine = taps(py, w.height, kernel), taps(px, w.width, kernel)
        coarse = taps(qy, w.height // 2, kernel), taps(qx, w.width // 2, kernel)
        keep = _keep(piece.cover, fine, unit, kept)
        _blend(self.y[part], resample(piece.y, *fine), keep, unit)
        keep = _keep(piece.cover2, coarse, unit, kept)
        _blend(self.u[part2], resample(piece.u, *coarse), keep, unit)
        _blend(self.v[part2], resample(piece.v, *coarse), keep, unit)


def _blend(plane: Array, light: Array, keep: Array | float, unit: Any) -> None:
    if isinstance(keep, float) and keep == 0.0:
        np.multiply(light, unit, out=plane)
        return
    if not isinstance(keep, float) or keep != 1.0:
        plane *= np.float32(keep) if isinstance(keep, float) else keep
    light *= unit
    plane += light


def _keep(cover: Array | None, at: tuple[Taps, Taps], unit: Any, otherwise: float) -> Array | float:
    """What is left of the picture below, 0…1."""
    if cover is None:
        return otherwise
    keep = resample(cover, *at)
    keep *= -unit
    keep += 1
    return keep


def _touched(at: Array, low: int, high: int) -> tuple[int, int]:
    """The outputs (even bounds) whose position, which rises, falls on low…high or near it."""
    near = 2 * max(1.0, float(at[1] - at[0]))  # as far as a filter reaches
    first = int(np.searchsorted(at, low - near)) & ~1
    last = (int(np.searchsorted(at, high + near)) + 1) & ~1
    return first, min(last, len(at))


def linear(colour: str | tuple[float, float, float]) -> Array:
    """A colour, "#rrggbb" or display RGB, as linear light."""
    return to_linear(rgb(colour))


def rgb(colour: str | tuple[float, float, float]) -> Array:
    if isinstance(colour, str):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        return np.array(parts, np.float32)
    return np.array(colour, np.float32)


def to_linear(display: Array) -> Array:
    return np.asarray(np.power(np.maximum(display, 0), 2.2), np.float32)


def to_display(light: Array) -> Array:
    """Linear light to display RGB, with a soft shoulder above 0.55."""
    light = np.maximum(light, 0)
    over = np.maximum(light - 0.55, 0)
    light = np.minimum(light, 0.55) + over / (1 + over / 0.45)
    return np.asarray(np.power(light, 1 / 2.2), np.float32)
