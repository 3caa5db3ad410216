"""The picture under work, and the textures that are laid on it.

    Canvas    one frame as float planes: luma 0…1, chroma −0.5…0.5 at half size
    Texture   a painted cut-out: premultiplied luma, chroma and cover, at its own density
    Frame     where the frame looks, in the textures' coordinates (an affine map per axis)

Coordinates are *view units*: a 16:9 frame is 1 high, its centre is (0, 0), x to the right, y down.
Chroma is kept around 0, so that light can be added (cover 0) as well as laid over. RGB here is
display-referred (gamma-encoded BT.709) except where a name ends in `linear`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels import Laid, Look, Planes, kernels
from reelway.engines.animatic.kernels import halved as halved

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

    def part(self, box: tuple[float, float, float, float]) -> tuple[slice, slice] | None:
        """Rows and columns of what lies in a box (left, top, right, bottom in view units), and a
        pixel or two around it; None: nothing of it is here."""
        at = [(e - o) * self.density for e, o in zip(box, (self.left, self.top) * 2, strict=True)]
        c0, r0 = max(int(at[0]) - 1, 0), max(int(at[1]) - 1, 0)
        c1, r1 = min(int(at[2]) + 3, self.width), min(int(at[3]) + 3, self.height)
        return (slice(r0, r1), slice(c0, c1)) if c0 < c1 and r0 < r1 else None


Box = tuple[int, int, int, int]  # left, right, top, bottom in a texture's pixels
FAINT = 1 / 512  # cover, or light that is added, which nobody would miss
EMPTY = (0, 0, 0, 0)
SOME = 1 << 19  # points that are baked at a time
Bent = Callable[[Array, Array | None], Array]  # display RGB, its cover → display RGB
STRIP = 32  # pixels
LINE = 16  # floats in one of the cache's lines
HARDLY = 1 / 4096  # the same of what need not even be looked for


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
    filled: Box | None = None  # where there is anything at all; None: everywhere

    @cached_property
    def planes(self) -> Planes:
        """In one piece each, as the kernels take them."""
        types = (np.float32,) * 3 if self.floats else (np.uint8, np.int8, np.int8)
        y, u, v = (
            np.require(plane, kind, ("C", "W"))
            for plane, kind in zip((self.y, self.u, self.v), types, strict=True)
        )
        if self.cover is None or self.cover2 is None:
            return Planes(y, u, v)
        covers = (np.require(cover, types[0], ("C", "W")) for cover in (self.cover, self.cover2))
        return Planes(y, u, v, *covers)

    @cached_property
    def cells(self) -> Any:
        """What is in its parts, for the kernels; None: perhaps something everywhere."""
        if self.cover is None and not self.added:
            return None
        return kernels().cells(self.planes, HARDLY if self.floats else 0.0)


def texture(
    window: Window, rgb: Array, cover: Array | None = None, *, soft: bool = False,
    bent: Bent | None = None,
) -> Texture:  # fmt: skip
    """Bake an RGB picture (h, w, 3) with its cover (h, w; 0 with light: added light); `bent`:
    what is done to its colours first."""
    return _baked(window, rgb, cover, soft=soft, bent=bent)


def glow(window: Window, rgb: Array, *, soft: bool = True) -> Texture:
    """Bake light that is only added."""
    return _baked(window, rgb, None, soft=soft, added=True)


def _baked(
    window: Window, rgb: Array, cover: Array | None, *, soft: bool, added: bool = False,
    bent: Bent | None = None,
) -> Texture:  # fmt: skip
    y, u, v, cover, cover2 = _planes(rgb, cover, soft, bent)
    faint = FAINT if soft else 255 * FAINT
    return Texture(
        window=window, y=y, u=u, v=v, cover=cover, cover2=cover2, floats=soft, soft=soft,
        added=added, filled=_filled(y if added else cover, faint),
    )  # fmt: skip


def _planes(rgb: Array, cover: Array | None, soft: bool, bent: Bent | None) -> Planes:
    """Baked, a large picture some rows at a time: its copies would be larger than its planes."""
    high, rows = len(rgb), max(2, SOME // rgb.shape[1] & ~1)
    out: list[Array] = []
    for top in range(0, high, rows):
        own = None if cover is None else cover[top : top + rows]
        part = rgb[top : top + rows]
        made = kernels().bake(bent(part, own) if bent else part, own, soft)
        if rows >= high:
            return made
        planes = [plane for plane in made if plane is not None]
        if not out:
            whole = (high, high // 2, high // 2, high, high // 2)
            out = [np.empty((n, p.shape[1]), p.dtype) for n, p in zip(whole, planes, strict=False)]
        for plane, piece in zip(out, planes, strict=True):
            at = top * len(plane) // high
            plane[at : at + len(piece)] = piece
    return Planes(*out)


def _filled(plane: Array | None, faint: float) -> Box | None:
    """The box around what a texture holds."""
    if plane is None:
        return None
    seen = plane > faint
    columns, rows = (np.nonzero(seen.any(axis=axis))[0] for axis in (0, 1))
    if not len(columns):
        return EMPTY
    return int(columns[0]), int(columns[-1]) + 1, int(rows[0]), int(rows[-1]) + 1


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
        half = self.height // 2, self.width // 2
        self._planes = Planes(*(aligned(n) for n in (size[::-1], half, half)))
        self._pile: list[Laid] = []
        self.xs = (np.arange(self.width) + 0.5 - self.width / 2) * self.pixel
        self.ys = (np.arange(self.height) + 0.5 - self.height / 2) * self.pixel
        self._left, self._top = float(self.xs[0]), float(self.ys[0])

    @property
    def planes(self) -> Planes:
        """With everything on them that has been laid."""
        if self._pile:
            pile, self._pile = self._pile, []
            kernels().pile(self._planes, pile)
        return self._planes

    @property
    def y(self) -> Array:
        return self.planes.y

    @y.setter
    def y(self, plane: Array) -> None:
        _put(self.planes.y, plane)

    @property
    def u(self) -> Array:
        return self.planes.u

    @u.setter
    def u(self, plane: Array) -> None:
        _put(self.planes.u, plane)

    @property
    def v(self) -> Array:
        return self.planes.v

    @v.setter
    def v(self, plane: Array) -> None:
        _put(self.planes.v, plane)

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
        """Lay a texture over the picture; `rows`: only there (even numbers). It is done when the
        planes are next asked for: what turns out to be hidden by then is not drawn."""
        if opacity <= 0 or piece.filled == EMPTY:
            return
        w = piece.window
        look = Look(
            ((self._top * frame.scale_y + frame.y0) - w.top) * w.density - 0.5,
            frame.scale_y * self.pixel * w.density,
            ((self._left * frame.scale_x + frame.x0) - w.left) * w.density - 0.5,
            frame.scale_x * self.pixel * w.density,
        )
        unit = opacity if piece.floats else opacity / 255
        kept = 1.0 if piece.added else 1.0 - opacity  # under a texture without a cover
        left, right, above, below = piece.filled or (0, w.width, 0, w.height)
        x0, x1 = _touched(look.x, look.dx, self.width, left, right)
        y0, y1 = _touched(look.y, look.dy, self.height, above, below)
        if rows is not None:
            y0, y1 = max(y0, rows[0]), min(y1, rows[1])
        if piece.filled:  # there is nothing beside it, and whole strips are faster
            x0, x1 = x0 // STRIP * STRIP, min(-(-x1 // STRIP) * STRIP, self.width)
        if x0 < x1 and y0 < y1:
            box = x0, x1, y0, y1
            laid = Laid(piece.planes, box, look, piece.soft, unit, kept, piece.cells)
            self._pile.append(laid)


def _put(plane: Array, values: Array) -> None:
    """Also after `canvas.y *= …`, which has done it already."""
    if values is not plane:
        plane[...] = values


def aligned(shape: tuple[int, ...]) -> Array:
    """Zeros that begin where the processor's widest reads do not straddle its cache lines."""
    area = math.prod(shape)
    room = np.zeros(area + LINE, np.float32)
    skip = -room.ctypes.data % (4 * LINE) // 4
    return room[skip : skip + area].reshape(shape)


def _touched(at: float, step: float, count: int, low: int, high: int) -> tuple[int, int]:
    """The outputs (even bounds) whose position, which rises, falls on low…high or near it."""
    near = 2 * max(1.0, step)  # as far as a filter reaches
    first, last = math.ceil((low - near - at) / step), math.ceil((high + near - at) / step)
    return max(first, 0) & ~1, min((last + 1) & ~1, count)


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
    return kernels().display(light)
