"""What both forms of the kernels offer, and the plain data that goes in.

Look     where the outputs of an axis pair look in a plane: offset + step × number
Planes   luma and both chromas of a canvas, or of a texture with its cover
Laid     a texture, and how it is laid on a canvas
Mirror   what makes water of the lower part of a canvas; Road, the sun's way over it
Form     the functions
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Box = tuple[int, int, int, int]  # left, right, top, bottom in pixels, even

NOTHING = np.zeros((1, 1), np.float32)  # stands for a plane that is not there
LUMA = 219.0, 16.5, 16.0, 235.99  # scale, offset, least and most of limited 8 bits
CHROMA = 224.0, 128.5, 16.0, 240.99
# BT.709, and the scale of the two colour differences.
RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722
TO_U, TO_V = 0.5 / (1 - BLUE), 0.5 / (1 - RED)
KNEE, GAMMA = 0.55, 2.2  # of the display: where its shoulder begins
DISPLAY = (np.linspace(0, 1, 4097) ** (2 / GAMMA)).astype(np.float32)  # by the light's root
DISPLAY = np.append(DISPLAY, DISPLAY[-1:])
TURN, OCTAVE = 0.7, 2.03  # of one octave of noise against the one before: or a grid would show
FOLD_EDGE = 0.006  # a crest that is not quite a knife's edge
FOLD, CREASE = 0.50, 0.22  # how far a fold of cloth turns its normal
MELT = 0.55  # parts of a limb melt into each other over this much of their thickness
FLAT = 0.55  # a trunk is flat before it turns away
OVER = 0.55  # how dark it is right under what lies close above
SMALL = 13.0  # pixels a head unit below which a face has no modelling that one could see
SLOPE = 6.0  # the steepest that a normal of a head leans
# Where a hairline is told: from the middle of the brow over the temple and the ear to the nape.
AROUND = 0.0, 0.45, 0.80, 1.15, 1.40, 1.62, 1.85, 2.4, np.pi
UNSEEN = 1 / 512  # cover of a solid that nobody would miss
WRAP = 0.30, 0.22, 0.18  # light goes round a body, red the furthest
FAINT = 0.002  # light that is not worth adding
HANG = np.linspace(0, 1, 257) ** 1.6  # how far cloth has come to hang, by the root of the way
GAUSS = np.exp(-np.linspace(0, 16, 4097)).astype(np.float32)  # by 256ths of the exponent


class Look(NamedTuple):
    """Input position of output i: `y + dy·i` down, `x + dx·i` across."""

    y: float
    dy: float
    x: float
    dx: float

    def halved(self) -> Look:
        """The same for planes of half size, on both sides."""
        return Look(
            self.y / 2 + self.dy / 4 - 0.25, self.dy, self.x / 2 + self.dx / 4 - 0.25, self.dx
        )


class Planes(NamedTuple):
    """Chromas are of half size; a texture may have a cover, in both sizes."""

    y: Array
    u: Array
    v: Array
    cover: Array | None = None
    cover2: Array | None = None


class Laid(NamedTuple):
    """`unit`: of the texture's values; `kept`: what is left of the canvas where it has no cover."""

    piece: Planes
    box: Box  # of the canvas, where it is laid
    look: Look
    soft: bool
    unit: float
    kept: float
    cells: Any = None  # of the texture, as `Form.cells` gave them


class Road(NamedTuple):
    """Light on the water, row by row."""

    x: float  # its column
    narrow: Array  # (n,): 1 / half width in columns
    front: Array  # (n,): how high a wave must be to glint
    near: Array  # (n,): glints fade with nearness
    sheen: Array  # (n,)
    strength: float


class Mirror(NamedTuple):
    """Rows are counted from `top` downwards, the rows they mirror from there upwards."""

    top: int
    fields: Array  # (waves, h, w) int16; a frame sees their weighted sum
    weights: Array
    look: Look  # from the rows below `top` to the fields
    rows: Array  # (4, n): four places that each row of luma mirrors, from one end of its blur on
    rows2: Array  # (4, n/2): the same for chroma
    fresnel: Array  # (n,): how much a row mirrors
    steep: float  # most by which the mirrored light may change along its blur
    least: float  # part of it that the darkest side of a wave keeps
    facing: float  # how much less where a wave faces the eye
    body: tuple[float, float, float]  # the water's own luma and chroma
    road: Road | None


class Front(NamedTuple):
    """Rows of what `Form.front` needs of a wall, (n, 3) in all."""

    cell: int = 0  # a window's width and height; share of windows that are lit
    half: int = 1  # half a pane's width and height; lamps
    kind: int = 2  # 1: no lines beside windows; 1: shops; how strongly panes mirror
    mirror: int = 3  # and how bright
    ground: int = 4  # the wall in the sky's light, and in the sun's
    sunny: int = 5
    horizon: int = 6
    zenith: int = 7
    lamp: int = 8
    plinth: int = 9  # of shops
    paint: int = 10
    ambient: int = 11
    neon: int = 12  # six colours


class Soil(NamedTuple):
    """Rows of what `Form.shaded` needs of land and its light, (n, 3) in all."""

    steep: int = 0  # colours
    flat: int = 1
    green: int = 2
    sun: int = 3
    sky: int = 4
    haze: int = 5
    glow: int = 6  # what haze has of the sun, right before it
    low: int = 7  # level of the low ground, how fast its green fades upwards; height of snow
    side: int = 8  # where the sun is
    air: int = 9  # its density; 1 / height of a crest; the sun's rise; then the sun's view x


FRONT = Front()
SOIL = Soil()
GROUND_FLOOR = 0.40  # of shops, depth units
SIGN = (0.055, 0.20), (0.30, 0.022)  # half sizes of an upright and of a lying one


class Form(Protocol):
    def pile(self, onto: Planes, pile: Sequence[Laid]) -> None:
        """Lay textures over a canvas, each over those before it."""
        ...

    def cells(self, piece: Planes, faint: float) -> Any:
        """What a texture holds here and there: nothing above `faint`, something, or nothing but
        what is opaque. It holds as long as the texture; None where the form would not use it."""
        ...

    def finish(
        self, onto: Array, luma: Array, grain: Array, at: tuple[int, int], dark: float, rough: float
    ) -> None:
        """Luma to 8 bits, `dark` in the corners, with grain from a tile's place `at`."""
        ...

    def finish_chroma(self, onto: Array, chroma: Array) -> None: ...

    def mirror(self, onto: Planes, water: Mirror) -> None: ...

    def streaks(
        self, luma: Array, y: Array, x: Array, rows: int, slant: float, wide: float, bright: float
    ) -> None:
        """Add lines that begin at rows `y`, columns `x`, and lean by `slant` a row."""
        ...

    def spots(self, luma: Array, y: Array, x: Array, size: float, bright: float) -> None: ...

    def warp(
        self,
        onto: tuple[Array, ...],
        planes: tuple[Array, ...],
        rows: Array,
        columns: Array,
        weight: Array | None,
    ) -> None:
        """Take each pixel from its own place in planes of 8 bits (luma, or both chromas): `rows`,
        `columns` and `weight` (how far it replaces what is there) are those of a net's nodes."""
        ...

    def fractal(self, tables: Array, x: Array, y: Array, gain: float) -> Array:
        """Sum of octaves of a noise at scattered points, each turned against the one before."""
        ...

    def eroded(self, tables: Array, x: Array, y: Array, folded: int, steep: float) -> Array:
        """The same, each octave the weaker the steeper (`steep`) the sum below it is; the first
        `folded` are folded into ridges."""
        ...

    def figure(
        self,
        size: tuple[int, int],
        rows: Array,
        own: Array,
        drawn: Array,
        places: Array,
        at: tuple[float, float, float],
    ) -> Array:
        """Planes (7 to 9, h, w; see `Plane`) of solids that are laid over each other. `rows`: see
        `Row`; `own`: their numbers one after the other: of a limb x, y and radius of each point, of
        a loft both ends and the half widths to the left and right, of a ring its middle, radius and
        thickness, of a sheet the normal's x and y and its points; `drawn`: planes (8, h, w: cover,
        then as in `Plane` without it) of what has drawn itself, `places`: where they begin in it,
        and in the picture their row, column, height and width; `at`: where the middle of the
        first pixel is, and pixels a unit."""
        ...

    def head(self, who: Array, turn: Array, x: Array, y: Array, k: float) -> Array:
        """Planes (8, h, w; cover, red, green, blue, normal x and y, light from the sky, shine) of a
        head with its face and hair at the places x and y of its own space. `who`: see `Head`;
        `turn`: from that space to the eye's, (3, 3); `k`: pixels a unit."""
        ...

    def display(self, light: Array) -> Array:
        """Linear light as display values, with a soft shoulder above the knee."""
        ...

    def bake(self, rgb: Array, cover: Array | None, floats: bool) -> Planes:
        """A display picture (h, w, 3; even sides) and its cover, premultiplied and as planes, of
        8 bits or of floats."""
        ...

    def lit(
        self,
        planes: Array,
        cover: Array,
        shine: Array | None,
        glow: Array | None,
        by: int,
        light: Array,
    ) -> Array:
        """Such planes as display RGB. `by`: how far the edge light reaches in, pixels; `light`,
        (8, 3): fill, key, rim, the other rim, bounce, where the key comes from, haze, and the part
        of the light that haze leaves."""
        ...

    def toned(self, picture: Array, tone: Array) -> Array:
        """Display RGB (…, 3) bent: `tone`, (6, 3): factors of the colours and of their luma, more
        of it where it is bright, what is added, and the brightness' factor and offset."""
        ...

    def front(self, at: tuple[Array, ...], chance: Array, wall: Array) -> Array:
        """Linear light of a building's front, (h, w, 3). `at`: place along and up, the height of
        the whole, the sun's share, a pixel's size: broadcast to (h, w); `wall`: see `Front`."""
        ...

    def sign(self, u: Array, v: Array, colour: Array, form: tuple[float, ...]) -> Array:
        """Light of a neon sign on a wall of the unit square, (h, w, 3): strokes with a halo.
        `form`: its key, 1 if it is upright, and where its middle is."""
        ...

    def pine(
        self, x: Array, y: Array, leaf: Array, own: Array, form: tuple[float, ...]
    ) -> tuple[Array, Array, Array, Array]:
        """Cover, how open to sky and to sun, and wood; `form`: reach, lean, the sun's side, pixels
        a height."""
        ...

    def foliage(
        self, picture: Array, cover: Array, seen: tuple[Array, ...], leaf: Array, look: Array
    ) -> None:
        """Lay a tree's part over a display picture. `seen`: as of `pine`, and how much of a low
        sun behind shines through each column; `look`, (9, 3): leaf, bark, sky, sun, glow of that
        low sun, haze; then the part that haze leaves, and 1 where snow lies on it."""
        ...

    def over(
        self,
        picture: Array,
        cover: Array,
        tone: Array,
        seen: Array | float,
        dim: Array | float,
        kept: Array | float,
        haze: Array,
    ) -> None:
        """Lay linear light (h, w, 3) over a display picture: `seen`, its cover; `dim`, a factor of
        it; `kept`, the part that `haze` leaves. Each for all, a row, a column or every point."""
        ...

    def crown(
        self, x: Array, y: Array, leaf: Array, boughs: Array, clumps: Array,
        form: tuple[float, float],
    ) -> tuple[Array, Array, Array, Array]:  # fmt: skip
        """As `pine`. `boughs`: as of `strokes`, then the box that they lie in; `clumps`, (n, 4):
        place, size, how far forward; `form`: the sun's side, pixels a height."""
        ...

    def strokes(
        self, x: Array, y: Array, leaf: Array, lines: Array, bend: float
    ) -> tuple[Array, Array]:
        """Distance to the nearest of some lines, below 0 inside, and which it is (−1: none).
        `lines`, (n, 7): both ends, half the width, how far around its middle it is looked at, and
        how much wider `leaf` makes it; `bend`: how far all bends with the square of y."""
        ...

    def blades(
        self, picture: Array, cover: Array, x: Array, y: Array, density: float, forms: Array
    ) -> None:
        """Lay blades of grass over a display picture. `forms`, (n, 11): foot, height, bend, half
        the width, colour, colour of the flower (below 0: none)."""
        ...

    def shaded(self, h: Array, mottle: Array, angle: Array, depth: Array, soil: Array) -> Array:
        """Linear light of each point of a table of heights over depths × angles, (3, h, w), with
        shadow and haze; `soil`: see `Soil`."""
        ...

    def cast(
        self, h: Array, colour: Array, grain: Array | None, depth: Array,
        view: tuple[float, float, float], sea: float | None, high: int,
    ) -> tuple[Array, Array]:  # fmt: skip
        """Such a table, each column one of the picture, as display RGB and cover, `high` rows.
        `grain`: a factor of each pixel; `view`: the horizon below the first row, pixels a view
        unit, height of the eye; `sea`: the height below which it is cut away."""
        ...

    def fractal_grid(self, tables: Array, xs: Array, ys: Array, gain: float) -> Array:
        """Sum of octaves of a smooth noise at the points of a grid, not turned, thinned where a
        pixel holds many cells."""
        ...

    def gathered(
        self, picture: Array, cover: Array, above: float, step: int
    ) -> tuple[Array, float]:
        """What of a display picture is brighter than `above`: means of `step` × `step` pixels, and
        the most."""
        ...

    def haloed(self, picture: Array, cover: Array, halo: Array, least: float, most: float) -> None:
        """Lay a coarse picture of light over a display picture and around it, where it becomes a
        thin paint: its cover lies between `least` and `most`."""
        ...

    def bathed(self, picture: Array, gain: Array) -> None:
        """Multiply a picture by a coarse one."""
        ...

    def ripples(self, across: Array, z: Array, waves: Array, thin: Array) -> Array:
        """Fields of waves on a plane that is seen at depths `z` (h,), at `across` (w,) times that:
        (2n, h, w), cosines and sines of n lengths. `waves`, (n, many, 3): turns a unit across and
        ahead, phase; `thin`, (n, h): how much of a length a row shows."""
        ...

    def cane(
        self, x: Array, y: Array, leaf: Array, sprays: Array, form: tuple[float, ...]
    ) -> tuple[Array, Array, Array]:
        """A bamboo's cover, how open to sky and to sun. `sprays`: as of `strokes`; `form`: joints
        a height, the first one, lean, the sun's side, pixels a height."""
        ...
