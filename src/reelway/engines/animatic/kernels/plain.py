"""The kernels in numpy: see `form`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from reelway.engines.animatic.kernels.bodies import bathed, display, figure, gathered, haloed, lit
from reelway.engines.animatic.kernels.drawn import foliage, front, over, pine, sign, toned
from reelway.engines.animatic.kernels.earth import cast, shaded
from reelway.engines.animatic.kernels.form import (
    BLUE,
    CHROMA,
    FAINT,
    FOLD_EDGE,
    GREEN,
    LUMA,
    OCTAVE,
    RED,
    TO_U,
    TO_V,
    TURN,
    Array,
    Box,
    Laid,
    Look,
    Mirror,
    Planes,
    Road,
)
from reelway.engines.animatic.kernels.grown import blades, cane, crown, strokes
from reelway.engines.animatic.kernels.scalps import head
from reelway.engines.animatic.resample import Kernel, Taps, bspline, resample, scratch, taps, tent

__all__ = [
    "bake", "bathed", "blades", "cane", "cast", "cells", "crown", "display", "eroded", "figure",
    "finish", "finish_chroma", "foliage", "fractal", "fractal_grid", "front", "gathered", "haloed",
    "head", "lit", "mirror", "over", "pile", "pine", "ripples", "shaded", "sign", "spots",
    "streaks", "strokes", "toned", "warp",
]  # fmt: skip

BAND = 24  # rows that are gathered at a time, so that they stay in the processor's cache
LEVELS = np.float32(1 / 255)


# Pictures


def bake(rgb: Array, cover: Array | None, floats: bool) -> Planes:
    rgb = np.clip(rgb, 0, 1).astype(np.float32, copy=False)
    if cover is not None:
        cover = np.clip(cover, 0, 1).astype(np.float32, copy=False)
        rgb = rgb * cover[..., None]
    weights = np.array([RED, GREEN, BLUE], np.float32)
    half = halved(rgb)
    luma, luma2 = rgb @ weights, half @ weights
    u, v = (half[..., 2] - luma2) * np.float32(TO_U), (half[..., 0] - luma2) * np.float32(TO_V)
    covers = () if cover is None else (cover, halved(cover))
    if floats:
        return Planes(luma, u, v, *covers)
    u, v = (np.rint(plane * 255).astype(np.int8) for plane in (u, v))
    y, *others = (np.asarray(plane * 255 + 0.5, np.uint8) for plane in (luma, *covers))
    return Planes(y, u, v, *others)


def halved(plane: Array) -> Array:
    """Mean of each 2×2, at half size."""
    return np.asarray(
        (plane[::2, ::2] + plane[1::2, ::2] + plane[::2, 1::2] + plane[1::2, 1::2]) * 0.25
    )


# Textures


def pile(onto: Planes, pile: Sequence[Laid]) -> None:
    for laid in pile:
        _lay(onto, *laid[:6])


def cells(piece: Planes, faint: float) -> None:
    return None


def _lay(
    onto: Planes, piece: Planes, box: Box, look: Look, soft: bool, unit: float, kept: float
) -> None:
    half = box[0] // 2, box[1] // 2, box[2] // 2, box[3] // 2
    at = _taps(piece.y, box, look, soft)
    _blend(onto.y, piece.y, box, at, _keep(piece.cover, at, unit, kept), unit)
    at = _taps(piece.u, half, look.halved(), soft)
    keep = _keep(piece.cover2, at, unit, kept)
    _blend(onto.u, piece.u, half, at, keep, unit)
    _blend(onto.v, piece.v, half, at, keep, unit)


def _taps(plane: Array, box: Box, look: Look, soft: bool) -> tuple[Taps, Taps]:
    x0, x1, y0, y1 = box
    kernel: Kernel = bspline if soft else tent
    high, wide = plane.shape
    return (
        taps(look.y + look.dy * np.arange(y0, y1), high, kernel),
        taps(look.x + look.dx * np.arange(x0, x1), wide, kernel),
    )


def _keep(
    cover: Array | None, at: tuple[Taps, Taps], unit: float, otherwise: float
) -> Array | float:
    """What is left of the picture below, 0…1."""
    if cover is None:
        return otherwise
    keep = resample(cover, *at)
    keep *= np.float32(-unit)
    keep += 1
    return keep


def _blend(
    onto: Array,
    plane: Array,
    box: Box,
    at: tuple[Taps, Taps],
    keep: Array | float,
    unit: float,
) -> None:
    part = onto[box[2] : box[3], box[0] : box[1]]
    light = resample(plane, *at)
    if isinstance(keep, float) and keep == 0.0:
        np.multiply(light, np.float32(unit), out=part)
        return
    if not isinstance(keep, float) or keep != 1.0:
        part *= np.float32(keep) if isinstance(keep, float) else keep
    light *= np.float32(unit)
    part += light


# The finish


def finish(
    onto: Array, luma: Array, grain: Array, at: tuple[int, int], dark: float, rough: float
) -> None:
    high, wide = luma.shape
    if dark or rough:
        x = np.linspace(-1, 1, wide, dtype=np.float32)[None, :]
        y = np.linspace(-1, 1, high, dtype=np.float32)[:, None]
        far = (x * x + y * y) * np.float32(0.5)
        luma = luma * (1 - far * np.sqrt(far) * np.float32(dark))
        side = len(grain)
        rows, cols = (np.arange(n) + start for n, start in zip((high, wide), at, strict=True))
        luma += grain[np.ix_(rows % side, cols % side)] * np.float32(rough)
    _bytes(onto, luma, LUMA)


def finish_chroma(onto: Array, chroma: Array) -> None:
    _bytes(onto, chroma, CHROMA)


def _bytes(onto: Array, values: Array, form: tuple[float, float, float, float]) -> None:
    scale, offset, least, most = (np.float32(v) for v in form)
    scaled = values * scale
    scaled += offset
    np.clip(scaled, least, most, out=scaled)
    onto[:, : values.shape[1]] = scaled


# Water


def mirror(onto: Planes, water: Mirror) -> None:
    top, half = water.top, water.top // 2
    wave = _waves(water, onto.y.shape[0] - top, onto.y.shape[1])
    luma, slope = _mirrored(onto.y[:top], water.rows)
    slope = np.clip(slope, -water.steep, water.steep)
    light = np.maximum(luma + slope * wave, np.float32(water.least) * luma)
    fresnel = water.fresnel[:, None]
    # A slope that faces the eye mirrors less and shows the water's own colour.
    facing = fresnel * (1 - np.float32(water.facing) * wave)
    light = light * facing + np.float32(water.body[0]) * (1 - facing)
    if water.road is not None:
        light += _glints(water.road, wave)
    onto.y[top:] = light
    small, pale = wave[::2, ::2], fresnel[::2]
    for plane, own in ((onto.u, water.body[1]), (onto.v, water.body[2])):
        seen, slope = _mirrored(plane[:half], water.rows2)
        plane[half:] = (seen + slope * small) * pale + np.float32(own) * (1 - pale)


def _waves(water: Mirror, high: int, wide: int) -> Array:
    """Heights of the surface, about ±1, at each pixel."""
    count, h, w = water.fields.shape
    surface = (water.weights @ water.fields.reshape(count, -1)).reshape(h, w)
    look = water.look
    rows = taps(look.y + look.dy * np.arange(high), h)
    return resample(surface, rows, taps(look.x + look.dx * np.arange(wide), w))


def _mirrored(above: Array, rows: Array) -> tuple[Array, Array]:
    """The part above turned over and blurred, and its slope over the blur."""
    flipped = above[::-1]
    seen = []
    for at in np.clip(rows, 0, len(flipped) - 1.001):
        row = np.floor(at).astype(np.int64)
        part = (at - row)[:, None].astype(np.float32)
        below = np.minimum(row + 1, len(flipped) - 1)
        seen.append(flipped[row] * (1 - part) + flipped[below] * part)
    total = seen[0] + seen[1] + seen[2] + seen[3]
    return total * np.float32(0.25), (seen[3] - seen[0]) * np.float32(0.5)


def _glints(road: Road, wave: Array) -> Array:
    """Wave fronts that happen to face the light."""
    off = (np.arange(wave.shape[1], dtype=np.float32) - np.float32(road.x)) * road.narrow[:, None]
    lane = np.exp(-off * off)
    facing = np.clip(wave + 0.9 * lane - road.front[:, None], 0, 0.7) * road.near[:, None]
    light = facing * (lane + 0.10) * 1.1 + road.sheen[:, None] * lane
    return np.asarray(light * np.float32(road.strength), np.float32)


def ripples(across: Array, z: Array, waves: Array, thin: Array) -> Array:
    z, fields = z[:, None], np.zeros((2 * len(waves), len(z), len(across)), np.float32)
    x = across * z
    for n, some in enumerate(waves):
        for turn, ahead, begin in some.tolist():
            phase = x * turn + z * ahead + begin
            fields[2 * n] += np.cos(phase)
            fields[2 * n + 1] += np.sin(phase)
        fields[2 * n : 2 * n + 2] *= thin[n, :, None]
    return fields


# Weather


def streaks(
    luma: Array, y: Array, x: Array, rows: int, slant: float, wide: float, bright: float
) -> None:
    steps = np.arange(rows)
    py, px = y[:, None] + steps, x[:, None] - slant * steps
    body = np.sin(np.pi * (steps + 0.5) / rows)[None, :] * bright * min(1.0, wide)
    left = np.floor(px - wide / 2).astype(np.int64)
    iy = np.floor(py).astype(np.int64)
    reach = max(wide, 1.0)  # narrower than a pixel: fainter
    for k in range(math.ceil(wide) + 2):
        part = np.clip(1 - np.maximum(np.abs(left + k + 0.5 - px) - (reach - 1) / 2, 0), 0, 1)
        _add(luma, iy, left + k, part * body)


def spots(luma: Array, y: Array, x: Array, size: float, bright: float) -> None:
    reach = math.ceil(size * 1.6) + 1
    high, wide = luma.shape
    ok = (x > -reach) & (x < wide + reach) & (y > -reach) & (y < high + reach)
    px, py = x[ok], y[ok]
    ix, iy = np.floor(px).astype(np.int64), np.floor(py).astype(np.int64)
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            d2 = (ix + dx + 0.5 - px) ** 2 + (iy + dy + 0.5 - py) ** 2
            _add(luma, iy + dy, ix + dx, np.exp(-d2 / (size * size)) * bright)


def _add(luma: Array, iy: Array, ix: Array, value: Array) -> None:
    high, wide = luma.shape
    ok = (ix >= 0) & (ix < wide) & (iy >= 0) & (iy < high) & (value > FAINT)
    np.add.at(luma.reshape(-1), (iy * wide + ix)[ok], value[ok].astype(np.float32))


# Bent pictures


def warp(
    onto: tuple[Array, ...],
    planes: tuple[Array, ...],
    rows: Array,
    columns: Array,
    weight: Array | None,
) -> None:
    shape = onto[0].shape
    stride = planes[0].shape[1]
    down, along = (
        taps((np.arange(n) + 0.5) / n * (m - 1), m) for n, m in zip(shape, rows.shape, strict=True)
    )

    def spread(net: Array, name: str) -> Array:
        return resample(net, down, along, out=scratch(f"warp {name}", shape))

    places = spread(rows, "rows"), spread(columns, "columns")
    part = None if weight is None else spread(weight, "weight")
    flats = [plane.reshape(-1) for plane in planes]
    for k in range(0, shape[0], BAND):
        row = np.floor(places[0][k : k + BAND], out=places[0][k : k + BAND])
        base = int(row.min())  # near it, 32 bits count exactly
        row -= base
        row *= stride
        row += places[1][k : k + BAND]
        index = row.astype(np.intp)
        for flat, plane in zip(flats, onto, strict=True):
            # Every index lies inside; "clip" only spares the looking for one that does not.
            taken = flat[base * stride :].take(index, mode="clip")
            _put(taken, plane[k : k + BAND], None if part is None else part[k : k + BAND])


def _put(taken: Array, onto: Array, part: Array | None) -> None:
    light = np.multiply(taken, LEVELS, out=onto if part is None else None)
    if part is not None:
        light -= onto
        light *= part
        onto += light


# Noise


def fractal(tables: Array, x: Array, y: Array, gain: float) -> Array:
    total, weight = np.zeros(np.broadcast(x, y).shape, np.float32), 1.0
    for octave, table in enumerate(tables):
        total += weight * _smooth(table, *_turned(x, y, octave))
        weight *= gain
    return total


def fractal_grid(tables: Array, xs: Array, ys: Array, gain: float) -> Array:
    total = np.zeros((len(ys), len(xs)), np.float32)
    weight, scale, side = 1.0, 1.0, tables.shape[1]
    for table in tables:
        px, py = np.asarray(xs) * scale, np.asarray(ys) * scale
        (left, cols), (top, rows) = (_lattice(p, side) for p in (px, py))
        part = table[np.ix_(rows, cols)]
        down, along = taps(py - top, len(rows), bspline), taps(px - left, len(cols), bspline)
        total += weight * resample(part, down, along)
        weight *= gain
        scale *= OCTAVE
    return total


def _lattice(at: Array, side: int) -> tuple[int, Array]:
    """The first number of a lattice that positions (rising) need, and all of them."""
    edge = 2 * max(1.0, (at[-1] - at[0]) / max(len(at) - 1, 1))
    first = math.floor(at[0] - edge)
    return first, np.arange(first, math.ceil(at[-1] + edge) + 2) % side


def eroded(tables: Array, x: Array, y: Array, folded: int, steep: float) -> Array:
    total, along, across = (np.zeros(np.broadcast(x, y).shape, np.float32) for _ in range(3))
    weight = 0.5
    for octave, table in enumerate(tables):
        c, s = math.cos(octave * TURN), math.sin(octave * TURN)
        n, dx, dy = _with_slope(table, *_turned(x, y, octave))
        if octave < folded:
            fold = np.sqrt(n * n + FOLD_EDGE)
            dx, dy, n = -2 * dx * n / fold, -2 * dy * n / fold, 0.75 - 1.9 * fold
        along += (dx * c + dy * s) * 0.5
        across += (-dx * s + dy * c) * 0.5
        total += weight * n / (1 + steep * (along * along + across * across))
        weight *= 0.5
    return total


def _turned(x: Any, y: Any, octave: int) -> tuple[Array, Array]:
    scale = OCTAVE**octave
    c, s = math.cos(octave * TURN), math.sin(octave * TURN)
    return (x * c - y * s) * scale, (x * s + y * c) * scale


def _smooth(table: Array, x: Array, y: Array) -> Array:
    """One lattice, which wraps, between its points."""
    (a, b, c, d), u, v = _corners(table, x, y)
    u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
    top, low = a + (b - a) * u, c + (d - c) * u
    return np.asarray(top + (low - top) * v, np.float32)


def _with_slope(table: Array, x: Array, y: Array) -> tuple[Array, Array, Array]:
    """The same, and its slopes along both axes."""
    (a, b, c, d), u, v = _corners(table, x, y)
    du, dv = 6 * u * (1 - u), 6 * v * (1 - v)
    u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
    ab, ac, abcd = b - a, c - a, a - b - c + d
    return a + ab * u + ac * v + abcd * u * v, du * (ab + abcd * v), dv * (ac + abcd * u)


def _corners(table: Array, x: Array, y: Array) -> tuple[list[Array], Array, Array]:
    """The lattice's numbers around each point, row by row, and where between them it lies."""
    fx, fy = np.floor(x), np.floor(y)
    i, j = fx.astype(np.int32), fy.astype(np.int32)
    wrap, flat = len(table) - 1, table.ravel()
    i0, i1 = i & wrap, (i + 1) & wrap
    j0, j1 = (j & wrap) * len(table), ((j + 1) & wrap) * len(table)
    return [flat.take(k) for k in (j0 + i0, j0 + i1, j1 + i0, j1 + i1)], x - fx, y - fy
