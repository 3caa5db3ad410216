"""The kernels in numpy, of solids: see `form`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from reelway.engines.animatic.kernels.form import (
    CREASE,
    FLAT,
    FOLD,
    GAMMA,
    KNEE,
    MELT,
    OVER,
    UNSEEN,
    WRAP,
    Array,
)
from reelway.engines.animatic.kernels.rows import DRAWN, LIMB, LOFT, PLANE, RING, ROW, SHEET
from reelway.engines.animatic.resample import between, box_blur

Lines = tuple[Array, Array, Array, Array]  # depth inside, normal x and y, place along


def figure(
    size: tuple[int, int], rows: Array, own: Array, drawn: Array, places: Array,
    at: tuple[float, float, float],
) -> Array:  # fmt: skip
    left, top, k = (np.float32(v) for v in at)
    planes = np.zeros((counted(rows), *size), np.float32)
    xs = left + np.arange(size[1], dtype=np.float32) / k
    ys = top - np.arange(size[0], dtype=np.float32) / k
    for row in rows:
        kind, first = int(row[ROW.kind]), int(row[ROW.first])
        if kind == DRAWN:
            _drawn(planes, drawn, places[first])
            continue
        x0, x1, y0, y1 = _reach(kind, int(row[ROW.points]), own[first:])
        near = max(row[ROW.over], 0.75 / k)
        a, b = int((x0 - near - left) * k) - 1, int((x1 + near - left) * k) + 3
        c, d = int((top - y1 - near) * k) - 1, int((top - y0 + near) * k) + 3
        part = slice(max(c, 0), max(d, 0)), slice(max(a, 0), max(b, 0))
        x, y = xs[None, part[1]], ys[part[0], None]
        if x.size and y.size:
            made = SOLIDS[kind](own[first:], row, x, y)
            _lay(planes[:, part[0], part[1]], made, row, k)
    return planes


def counted(rows: Array) -> int:
    """Of planes."""
    if rows[:, ROW.glow].any():
        return PLANE.glow + 1
    shines = rows[:, ROW.shine].any() or (rows[:, ROW.kind] == DRAWN).any()
    return PLANE.shine + int(shines)


def _reach(kind: int, count: int, own: Array) -> tuple[float, float, float, float]:
    """left, right, low, high of a solid."""
    wide: Any = 0.0
    if kind == RING:
        xs, ys, wide = own[:1], own[1:2], own[2] + own[3]
    elif kind == LIMB:
        points = own[: 3 * count].reshape(-1, 3)
        xs, ys, wide = points[:, 0], points[:, 1], points[:, 2].max()
    elif kind == LOFT:
        xs, ys, wide = own[0:4:2], own[1:4:2], own[4 : 4 + 2 * count].max()
    else:
        xs, ys = own[2 : 2 + 2 * count : 2], own[3 : 3 + 2 * count : 2]
    return xs.min() - wide, xs.max() + wide, ys.min() - wide, ys.max() + wide


def _lay(planes: Array, made: Lines, row: Array, k: Any) -> None:
    inside, nx, ny, along = made
    seen = np.clip(inside * k + np.float32(0.5), 0, 1)
    over = row[ROW.over]
    if row[ROW.fades]:
        t = np.clip(along / row[ROW.fades], 0, 1)
        seen = seen * (t * t * (3 - 2 * t))
        inside = inside - (1 - t) * over * 2
    if row[ROW.stain]:
        on = seen * planes[PLANE.cover]
        for i in range(3):
            planes[i] = planes[i] * (1 - seen) + on * row[ROW.colour + i]
        return
    if row[ROW.veil]:
        t = np.clip(inside / row[ROW.soft], 0, 1)
        planes[PLANE.dark] *= 1 - row[ROW.veil] * t * t * (3 - 2 * t)
        return
    if over:
        near = np.clip(1 + inside / over, 0, 1)
        planes[PLANE.dark] *= 1 - np.float32(OVER) * near * near
    colours = _coloured(row, nx, ny, along)
    planes *= 1 - seen
    for i, value in enumerate(
        (*colours, nx, ny, 1, 1, row[ROW.shine], row[ROW.glow])[: len(planes)]
    ):
        planes[i] += seen * value


def _drawn(planes: Array, drawn: Array, place: Array) -> None:
    begin, top, left, high, wide = (int(v) for v in place)
    seen, *others = drawn[begin : begin + 8 * high * wide].reshape(8, high, wide)
    values = *others[: PLANE.cover], 1, others[PLANE.cover], 0
    part = planes[:, top : top + high, left : left + wide]
    part *= 1 - seen
    for i, value in enumerate(values[: len(planes)]):
        part[i] += seen * value


def _coloured(row: Array, nx: Array, ny: Array, along: Array) -> Sequence[Any]:
    """One colour, or one for each pixel."""
    colour: list[Any] = list(row[ROW.colour : ROW.colour + 3])

    def mixed(part: Array, column: int) -> None:
        for i in range(3):
            colour[i] = colour[i] + (row[column + 1 + i] - colour[i]) * part

    if row[ROW.under]:
        mixed(np.clip(-ny * np.float32(2.6) - np.float32(0.55), 0, 1), ROW.under)
    if row[ROW.bands]:  # they taper, bend, and no two are alike
        at = along * (row[ROW.bands] * np.float32(6.283))
        wave = np.sin(at + 1.1 * np.sin(at * 0.37 + ny * 2.3) + nx * 1.6)
        wave = wave - 0.30 + 0.42 * ny + 0.25 * np.sin(at * 0.31 + 2)
        mixed(np.clip(wave * 3, 0, 1), ROW.bands)
    if row[ROW.spots]:
        at = along * (row[ROW.spots] * np.float32(6.283))
        across = (nx + ny) * (row[ROW.spots] * np.float32(0.75))
        cell = np.sin(at + 0.9 * np.sin(across * 1.7)) * np.sin(across * 2.1 + 0.8 * np.sin(at))
        mixed(np.clip((cell - 0.22) * 5, 0, 1) * np.float32(0.9), ROW.spots)
    return colour


def _limb(own: Array, row: Array, x: Array, y: Array) -> Lines:
    count = int(row[ROW.points])
    points = own[: 3 * count].reshape(-1, 3)
    out: list[Array] = []
    for i in range(count - 1):
        part = _part(points[i], points[i + 1], row, x, y)
        part[3] = (part[3] + i) / (count - 1)
        if not out:
            out = part
            continue
        soft = max(points[i, 2] * np.float32(MELT), np.float32(1e-6))
        mix = np.clip(0.5 + 0.5 * (part[0] - out[0]) / soft, 0, 1)
        out = [o + (v - o) * mix for o, v in zip(out, part, strict=True)]
        out[0] = out[0] + soft * mix * (1 - mix) * 0.5
    return out[0], out[1], out[2], out[3]


def _part(a: Array, b: Array, row: Array, x: Array, y: Array) -> list[Array]:
    """How deep inside a cone, its normal, and how far along."""
    bx, by, more = b - a
    px, py = x - a[0], y - a[1]
    long2 = max(bx * bx + by * by, np.float32(1e-9))
    along = np.clip((px * bx + py * by) * (1 / long2), 0, 1)
    radius = a[2] + more * along
    qx, qy = px - along * bx, py - along * by
    inside = radius - np.sqrt(qx * qx + qy * qy)
    safe = 1 / np.maximum(radius, np.float32(1e-4))
    if row[ROW.round]:
        return [inside, qx * safe, qy * safe, along]
    long = np.sqrt(long2)
    bx, by = bx / long, by / long
    u = np.clip((px * by - py * bx) * safe, -1, 1)
    if not row[ROW.crease]:
        return [inside, u * by, -u * bx, along]
    turn = np.sin(along * 17 + u * 2.6 + 1.3) * np.sin(along * 6.1 - u * 3.4 + 0.4)
    turn *= row[ROW.crease] * np.float32(CREASE)
    u, tip = np.clip(u + turn, -0.99, 0.99), turn * np.float32(0.9)
    return [inside, u * by + tip * bx, -u * bx + tip * by, along]


def _loft(own: Array, row: Array, x: Array, y: Array) -> Lines:
    bx, by = own[2:4] - own[:2]
    long = np.float32(max(math.hypot(bx, by), 1e-6))
    bx, by = bx / long, by / long
    px, py = x - own[0], y - own[1]
    t = (px * bx + py * by) / long
    lat = px * by - py * bx  # to the right of a→b when it points up
    count = int(row[ROW.points])
    steps = np.linspace(0, 1, count)
    sides = own[4 : 4 + count], own[4 + count : 4 + 2 * count]
    less, more = (np.interp(t, steps, side).astype(np.float32) for side in sides)
    inside = np.minimum(np.minimum(more - lat, lat + less), np.minimum(t, 1 - t) * long)
    u = np.clip(lat / np.maximum(np.where(lat > 0, more, less), np.float32(1e-4)), -1, 1)
    u = u * (FLAT + (0.96 - FLAT) * u * u)
    if folds := row[ROW.folds]:
        hang = np.clip(t, 0, 1) ** np.float32(0.8)
        wave = np.sin(u * folds + 1.3 * np.sin(u * folds * 0.43 + 0.7) + 0.8 * t + 1.0)
        deep = 0.75 + 0.25 * np.sin(u * folds * 0.31)
        u = np.clip(u + FOLD * hang * wave * deep, -0.98, 0.98)
    nx, ny = u * by, -u * bx
    if row[ROW.crease]:
        turn = np.sin(t * 21 + u * 4.2) * np.sin(t * 8.3 - u * 6.1 + 1.1)
        turn = turn * (row[ROW.crease] * np.float32(CREASE))
        nx, ny = nx + turn * np.float32(0.6), ny + turn
    return inside, nx, ny, t


def _ring(own: Array, row: Array, x: Array, y: Array) -> Lines:
    px, py = x - own[0], y - own[1]
    away = np.hypot(px, py)
    off = np.abs(away - own[2])
    safe = np.float32(0.6) / np.maximum(away, np.float32(1e-4))
    return own[3] - off, px * safe, py * safe, off


def _sheet(own: Array, row: Array, x: Array, y: Array) -> Lines:
    count = int(row[ROW.points])
    points = own[2 : 2 + 2 * count].reshape(-1, 2)
    inside = _outline(points, x, y)
    root, (bx, by) = points[0], points[count // 2] - points[0]
    along = ((x - root[0]) * bx + (y - root[1]) * by) / max(bx * bx + by * by, np.float32(1e-6))
    flat = np.ones_like(inside)
    return inside, flat * own[0], flat * own[1], np.clip(along, 0, 1)


def _outline(points: Array, x: Array, y: Array) -> Array:
    """How deep inside a closed outline."""
    nearest = np.full((len(y), x.shape[1]), 1e9, np.float32)
    odd = np.zeros(nearest.shape, bool)
    for (ax, ay), (bx, by) in zip(points, np.roll(points, -1, axis=0), strict=True):
        ex, ey, px, py = bx - ax, by - ay, x - ax, y - ay
        t = np.clip((px * ex + py * ey) / max(ex * ex + ey * ey, np.float32(1e-9)), 0, 1)
        nearest = np.minimum(nearest, (px - t * ex) ** 2 + (py - t * ey) ** 2)
        if ay != by:
            odd ^= ((ay > y) != (by > y)) & (x < py / ey * ex + ax)
    return np.asarray(np.where(odd, 1, -1) * np.sqrt(nearest), np.float32)


SOLIDS: dict[int, Callable[[Array, Array, Array, Array], Lines]] = {
    LIMB: _limb, LOFT: _loft, RING: _ring, SHEET: _sheet
}  # fmt: skip


def lit(
    planes: Array, cover: Array, shine: Array | None, glow: Array | None, by: int, light: Array
) -> Array:
    there = np.flatnonzero(cover > UNSEEN)
    out = np.zeros((cover.size, 3), np.float32)
    if not len(there):
        return out.reshape(*cover.shape, 3)
    soft = box_blur(box_blur(cover, by), by)
    ey, ex = np.gradient(soft)
    ex, ey = -ex.ravel()[there], ey.ravel()[there]
    long = np.hypot(ex, ey) + np.float32(1e-6)
    seen = cover.ravel()[there]
    red, green, blue, nx, ny, dark = planes.reshape(6, -1)[:, there] / seen
    near = np.clip(2 * (1 - soft.ravel()[there]), 0, 1)
    edge, dark = near * np.sqrt(near), np.clip(dark, 0, 1)
    fill, key_, rim, kick, bounce, (lx, ly, lz), haze, (part, *_) = light
    nz = np.sqrt(1 - np.minimum(nx * nx + ny * ny, 1))
    toward = nx * lx + ny * ly + nz * lz
    sky = (0.70 + 0.30 * ny) * (0.66 + 0.34 * nz) * dark
    open_, up = 0.45 + 0.55 * dark, np.maximum(-ny, 0) * dark
    # Behind the outline: on the light's own side and on top warm, on the other side cool.
    ahead, ey = ex / long * np.copysign(np.float32(1), lx), ey / long
    warm = edge * np.clip(0.55 * ahead + 0.45 * ey + 0.18, 0, 1) * np.float32(1.35)
    cool = edge * np.clip(-0.75 * ahead + 0.15 * ey + 0.10, 0, 1)
    if shine is not None:
        glint = np.maximum(toward * 0.92 + 0.10 * nz, 0) ** 14 * (shine.ravel()[there] / seen)
    for i, own in enumerate((red, green, blue)):
        wrap = np.float32(WRAP[i])
        key = np.maximum((toward + wrap) * (1 / (1 + wrap)), 0) * open_
        made = sky * fill[i] + key * key_[i] + up * bounce[i]
        made *= own
        made += (warm * rim[i] + cool * kick[i]) * (0.30 + 0.70 * np.minimum(own * 2, 1))
        if shine is not None:
            made += glint * (key_[i] * np.float32(0.9) + fill[i] * np.float32(0.25))
        if glow is not None:
            own_glow = glow.ravel()[there] / seen
            held = np.minimum(own_glow, 1)
            made = made * (1 - held) + own * (own_glow * (0.75 + 0.25 * nz))
        out[there, i] = made * part + haze[i]
    out[there] = display(out[there])
    return out.reshape(*cover.shape, 3)


def display(light: Array) -> Array:
    light = np.maximum(light, 0)
    over = np.maximum(light - KNEE, 0)
    light = np.minimum(light, KNEE) + over / (1 + over / (1 - KNEE))
    return np.asarray(np.power(light, 1 / GAMMA), np.float32)


def gathered(picture: Array, cover: Array, above: float, step: int) -> tuple[Array, float]:
    rows, cols = cover.shape[0] // step, cover.shape[1] // step
    part = np.s_[: rows * step, : cols * step]
    bright = np.maximum(picture[part] - np.float32(above), 0) * cover[part][..., None]
    return bright.reshape(rows, step, cols, step, 3).mean(axis=(1, 3)), float(bright.max())


def haloed(picture: Array, cover: Array, halo: Array, least: float, most: float) -> None:
    wide = _widened(halo, cover.shape)
    level = np.clip(wide.max(axis=-1), np.float32(least), np.float32(most))
    there, over = cover[..., None], wide / level[..., None]
    inside = picture + wide * (1 - np.clip(picture, 0, 1))
    picture[:] = inside * there + over * (1 - there)
    np.maximum(cover, level * (1 - cover) * (level > np.float32(3 * least)), out=cover)


def bathed(picture: Array, gain: Array) -> None:
    picture *= _widened(gain, picture.shape[:2])


def _widened(coarse: Array, shape: tuple[int, ...]) -> Array:
    """A coarse picture, straight between its pixels."""
    (top, down), (left, along) = (between(n, m) for n, m in zip(shape, coarse.shape, strict=False))
    low, right = np.minimum(top + 1, len(coarse) - 1), np.minimum(left + 1, coarse.shape[1] - 1)
    wide = coarse[top] + (coarse[low] - coarse[top]) * down[:, None, None]
    return np.asarray(wide[:, left] + (wide[:, right] - wide[:, left]) * along[:, None])
