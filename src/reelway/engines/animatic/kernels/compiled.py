"""The kernels by numba: see `form`. Here the plain data is taken apart for them.

bake            pictures as planes
hidden          what is seen of a pile of textures
axes, across    the columns and rows of a texture; lanes, sixteen numbers at a time
layers          piles of textures on the canvas
screen, waves   the whole canvas: finish, weather, bent pictures; water (ripple: its waves)
chance          noise
figure, skull   figures and their heads; lights: on them
points, growth  fronts, trees and what grows
ground          land
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from reelway.engines.animatic.kernels import bake as baking
from reelway.engines.animatic.kernels import (
    bodies,
    chance,
    ground,
    growth,
    hidden,
    layers,
    lights,
    points,
    ripple,
    screen,
    skull,
    waves,
)
from reelway.engines.animatic.kernels import figure as figures
from reelway.engines.animatic.kernels.form import (
    DISPLAY,
    GAUSS,
    NOTHING,
    OCTAVE,
    Array,
    Laid,
    Mirror,
    Planes,
)
from reelway.engines.animatic.resample import between, bspline, scratch, spread

_NO_COVER = {np.dtype(t): np.zeros((1, 1), t) for t in (np.uint8, np.float32)}
SOLID = 0.9995  # a cover that nothing is seen through
FAINTEST = 1e-4  # of a wave's height, which nobody would miss
_NO_ROW = np.zeros(1, np.float32)


def pile(onto: Planes, pile: Sequence[Laid]) -> None:
    told = [_told(laid) for laid in pile]
    ints = np.array([row for row, _ in told], np.int64)
    reals = np.array([row for _, row in told], np.float64)
    layers.pile(onto.y, onto.u, onto.v, ints, reals, True)


def _told(laid: Laid) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """A texture in numbers, as `layers` takes it."""
    piece, (x0, x1, y0, y1), look, soft, unit, kept, cells = laid
    in_floats, covered = piece.y.dtype == np.float32, piece.cover is not None
    places = cells.places if cells else _places(piece, None)
    whole = unit == (1.0 if in_floats else 1 / 255)
    return (in_floats, soft, covered, whole, *places, x0, x1, y0, y1), (*look, unit, kept)


class Cells(NamedTuple):
    """What a texture holds here and there, and where it is in memory: its planes, which are held
    by this, these cells, and how large it is."""

    piece: Planes
    cells: Array
    places: tuple[int, ...]


def _places(piece: Planes, cells: Array | None) -> tuple[int, ...]:
    starts = (0 if p is None else p.ctypes.data for p in (*piece, cells))
    return (*starts, *piece.y.shape, *piece.u.shape)


def cells(piece: Planes, faint: float) -> Cells:
    plane = piece.y if piece.cover is None else piece.cover
    high, wide = plane.shape
    out = np.empty((-(-high // hidden.SIDE), -(-wide // hidden.SIDE)), np.uint8)
    floats = plane.dtype == np.float32
    hidden.cells(out, plane, *((faint, SOLID) if floats else (int(255 * faint), 255)))
    return Cells(piece, out, _places(piece, out))


def finish(
    onto: Array, luma: Array, grain: Array, at: tuple[int, int], dark: float, rough: float
) -> None:
    screen.finish(onto, luma, grain, *at, dark, rough)


finish_chroma = screen.finish_chroma
streaks = screen.streaks
spots = screen.spots


def mirror(onto: Planes, water: Mirror) -> None:
    road = water.road
    lit: tuple[Any, ...] = (
        (True, road.x, road.narrow, road.front, road.near, road.sheen, road.strength)
        if road
        else (False, 0.0, _NO_ROW, _NO_ROW, _NO_ROW, _NO_ROW, 0.0)
    )
    high, wide = onto.y.shape
    surface, wave = scratch("surface", water.fields.shape[1:]), scratch("wave", (high + 1, wide))
    waves.surface(surface, water.fields, water.weights)
    plane = Planes(surface, NOTHING, NOTHING)
    told = _told(Laid(plane, (0, wide, 0, high - water.top), water.look, False, 1.0, 0.0))
    ints, reals = np.array([told[0]], np.int64), np.array([told[1]])
    layers.pile(wave, NOTHING, NOTHING, ints, reals, False)
    given = (
        onto.y, onto.u, onto.v, water.top, wave, water.rows, water.rows2, water.fresnel,
        water.steep, water.least, water.facing, *water.body, *lit, GAUSS,
    )  # fmt: skip
    waves.mirror(*given)


def warp(
    onto: tuple[Array, ...],
    planes: tuple[Array, ...],
    rows: Array,
    columns: Array,
    weight: Array | None,
) -> None:
    nets = rows, columns, NOTHING if weight is None else weight, weight is not None
    if len(planes) == 1:
        screen.warp(onto[0], planes[0], *nets)
    else:
        screen.warp_chroma(onto[0], onto[1], planes[0], planes[1], *nets)


def fractal(tables: Array, x: Array, y: Array, gain: float) -> Array:
    total, across, down = _points(x, y)
    chance.octaves(total.reshape(-1), tables, across, down, gain)
    return total


def eroded(tables: Array, x: Array, y: Array, folded: int, steep: float) -> Array:
    total, across, down = _points(x, y)
    chance.eroded(total.reshape(-1), tables, across, down, folded, steep)
    return total


def fractal_grid(tables: Array, xs: Array, ys: Array, gain: float) -> Array:
    total = np.zeros((len(ys), len(xs)), np.float32)
    weight, scale = 1.0, 1.0
    for table in tables:
        top, down = spread(np.asarray(ys) * scale, bspline)
        at, along = spread(np.asarray(xs) * scale, bspline)
        left = int(at[0])
        chance.lattice(
            total, table, top, down, (at - left).astype(np.uint32),
            np.ascontiguousarray(along.T), left, weight,
        )  # fmt: skip
        weight *= gain
        scale *= OCTAVE
    return total


def _points(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Room for a number at each point, and their places in rows."""
    shape = np.broadcast_shapes(x.shape, y.shape)
    u, v = (np.array(np.broadcast_to(p, shape), np.float32, order="C").reshape(-1) for p in (x, y))
    return np.empty(shape, np.float32), u, v


def figure(
    size: tuple[int, int], rows: Array, own: Array, drawn: Array, places: Array,
    at: tuple[float, float, float],
) -> Array:  # fmt: skip
    planes = np.zeros((bodies.counted(rows), *size), np.float32)
    figures.figure(planes, rows, own, drawn, places, *at)
    return planes


def head(who: Array, turn: Array, x: Array, y: Array, k: float) -> Array:
    out = np.empty((8, len(y), len(x)), np.float32)
    skull.head(out, who, np.require(turn, np.float32, "C"), x, y, k)
    return out


def lit(
    planes: Array, cover: Array, shine: Array | None, glow: Array | None, by: int, light: Array
) -> Array:
    out = np.empty((*cover.shape, 3), np.float32)
    more = (NOTHING if shine is None else shine), (NOTHING if glow is None else glow)
    there = shine is not None, glow is not None
    lights.lit(out, planes, cover, *more, *there, by, light, DISPLAY)
    return out


def toned(picture: Array, tone: Array) -> Array:
    picture = np.require(picture, np.float32, ("C", "W"))
    out = np.empty_like(picture)
    lights.toned(out.reshape(-1, 3), picture.reshape(-1, 3), tone)
    return out


def front(at: tuple[Array, ...], chance: Array, wall: Array) -> Array:
    shape = np.broadcast_shapes(*(np.shape(a) for a in at), (1, 1))
    out = np.empty((*shape, 3), np.float32)
    given: tuple[Any, ...] = (out, *(_spread(a, shape) for a in at), chance, wall)
    points.front(*given)
    return out


def sign(u: Array, v: Array, colour: Array, form: tuple[float, ...]) -> Array:
    shape = np.broadcast_shapes(u.shape, v.shape)
    out = np.empty((*shape, 3), np.float32)
    points.sign(out, _spread(u, shape), _spread(v, shape), colour, *form)
    return out


def pine(
    x: Array, y: Array, leaf: Array, own: Array, form: tuple[float, ...]
) -> tuple[Array, Array, Array, Array]:
    out = np.empty((4, y.size, x.size), np.float32)
    points.pine(out, x.reshape(-1), y.reshape(-1), leaf, own, *form)
    return out[0], out[1], out[2], out[3]


def foliage(
    picture: Array, cover: Array, seen: tuple[Array, ...], leaf: Array, look: Array
) -> None:
    planes = (_spread(s, cover.shape) for s in seen)
    given: tuple[Any, ...] = (picture, cover, *planes, leaf, look, DISPLAY)
    points.foliage(*given)


def over(
    picture: Array, cover: Array, tone: Array, seen: Array | float, dim: Array | float,
    kept: Array | float, haze: Array,
) -> None:  # fmt: skip
    planes = (_spread(p, cover.shape) for p in (seen, dim, kept))
    tone, haze = np.require(tone, np.float32, "W"), np.require(haze, np.float32, ("C", "W"))
    given: tuple[Any, ...] = (picture, cover, tone, *planes, haze, DISPLAY)
    points.over(*given)


def crown(
    x: Array, y: Array, leaf: Array, boughs: Array, clumps: Array, form: tuple[float, float]
) -> tuple[Array, Array, Array, Array]:
    out = np.empty((4, y.size, x.size), np.float32)
    growth.crown(out, x.reshape(-1), y.reshape(-1), leaf, boughs, clumps, *form)
    return out[0], out[1], out[2], out[3]


def strokes(x: Array, y: Array, leaf: Array, lines: Array, bend: float) -> tuple[Array, Array]:
    out, which = np.empty((y.size, x.size), np.float32), np.empty((y.size, x.size), np.int16)
    growth.strokes(out, which, x.reshape(-1), y.reshape(-1), leaf, lines, bend)
    return out, which


def blades(picture: Array, cover: Array, x: Array, y: Array, density: float, forms: Array) -> None:
    growth.blades(picture, cover, x, y, density, forms, DISPLAY)


def cane(
    x: Array, y: Array, leaf: Array, sprays: Array, form: tuple[float, ...]
) -> tuple[Array, Array, Array]:
    d, _ = strokes(x, y, leaf, sprays, form[2])
    out = np.empty((3, y.size, x.size), np.float32)
    growth.cane(out, d, x.reshape(-1), y.reshape(-1), leaf, *form)
    return out[0], out[1], out[2]


def ripples(across: Array, z: Array, waves_: Array, thin: Array) -> Array:
    fields = np.empty((2 * len(waves_), len(z), len(across)), np.float32)
    ripple.ripples(fields, across, z, waves_, thin, FAINTEST)
    return fields


def gathered(picture: Array, cover: Array, above: float, step: int) -> tuple[Array, float]:
    cells = np.empty((cover.shape[0] // step, cover.shape[1] // step, 3), np.float32)
    return cells, float(lights.gathered(cells, picture, cover, above, step))


def bathed(picture: Array, gain: Array) -> None:
    rows, cols = (between(n, m) for n, m in zip(picture.shape[:2], gain.shape, strict=False))
    lights.bathed(picture, gain, *rows, *cols)


def haloed(picture: Array, cover: Array, halo: Array, least: float, most: float) -> None:
    rows, cols = (between(n, m) for n, m in zip(cover.shape, halo.shape, strict=False))
    lights.haloed(picture, cover, halo, *rows, *cols, least, most)


def shaded(h: Array, mottle: Array, angle: Array, depth: Array, soil: Array) -> Array:
    out = np.empty((3, *h.shape), np.float32)
    ground.shaded(out, h, mottle, angle, depth, soil)
    return out


def cast(
    h: Array, colour: Array, grain: Array | None, depth: Array, view: tuple[float, float, float],
    sea: float | None, high: int,
) -> tuple[Array, Array]:  # fmt: skip
    picture = np.empty((high, h.shape[1], 3), np.float32)
    cover, more = np.empty(picture.shape[:2], np.float32), grain is not None
    grained = NOTHING if grain is None else np.require(grain, np.float32, ("C", "W"))
    ground.cast(
        picture, cover, h, colour, grained, more, depth, *view, 0.0 if sea is None else sea,
        sea is not None, DISPLAY,
    )  # fmt: skip
    return picture, cover


def _spread(plane: Array | float, shape: tuple[int, ...]) -> Array:
    """The plane as one of that shape; where it has one row or column that stands for all."""
    two = np.require(np.atleast_2d(plane), np.float32, "W")
    by = (0 if n == 1 else step for n, step in zip(two.shape, two.strides, strict=True))
    return np.lib.stride_tricks.as_strided(two, shape, tuple(by))


def display(light: Array) -> Array:
    light = np.require(light, np.float32, ("C", "W"))
    out = np.empty_like(light)
    baking.display(out.reshape(-1), light.reshape(-1), DISPLAY)
    return out


def bake(rgb: Array, cover: Array | None, floats: bool) -> Planes:
    rgb = np.require(rgb, np.float32, ("C", "W"))
    high, wide = rgb.shape[:2]
    types = (np.float32,) * 3 if floats else (np.uint8, np.int8, np.uint8)
    y = np.empty((high, wide), types[0])
    u, v = (np.empty((high // 2, wide // 2), types[1]) for _ in range(2))
    make = baking.to_floats if floats else baking.to_bytes
    if cover is None:
        none = _NO_COVER[y.dtype]
        make(rgb, NOTHING, False, y, u, v, none, none)
        return Planes(y, u, v)
    c, c2 = np.empty_like(y), np.empty((high // 2, wide // 2), types[2])
    make(rgb, np.require(cover, np.float32, ("C", "W")), True, y, u, v, c, c2)
    return Planes(y, u, v, c, c2)
