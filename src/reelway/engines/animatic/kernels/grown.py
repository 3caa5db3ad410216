"""The kernels in numpy, of what grows: crowns, boughs and blades; see `form`."""

from __future__ import annotations

import numpy as np

from reelway.engines.animatic.kernels.bodies import display
from reelway.engines.animatic.kernels.form import Array


def strokes(x: Array, y: Array, leaf: Array, lines: Array, bend: float) -> tuple[Array, Array]:
    shape = y.size, x.size
    out, which = np.ones(shape, np.float32), np.full(shape, -1, np.int16)
    x = x - np.float32(bend) * y * y
    for k, line in enumerate(lines):
        cx, cy, half = (line[0] + line[2]) / 2, (line[1] + line[3]) / 2, line[5]
        low, high = np.searchsorted(-y.ravel(), (-cy - half, -cy + half))
        rows = slice(int(low), int(high))
        d = _line(x[rows], y[rows], line) - line[6] * leaf[rows]
        nearer = (d < out[rows]) & (x[rows] >= cx - half) & (x[rows] < cx + half)
        out[rows][nearer] = d[nearer]
        which[rows][nearer] = k
    return out, which


def crown(
    x: Array, y: Array, leaf: Array, boughs: Array, clumps: Array, form: tuple[float, float]
) -> tuple[Array, Array, Array, Array]:
    sun, pixels = np.float32(form[0]), np.float32(form[1])
    shape = y.size, x.size
    wood, near = np.zeros(shape, np.float32), np.full(shape, -1.0, np.float32)
    for line in boughs:
        wood = np.maximum(wood, np.clip(0.5 - _line(x, y, line) * pixels, 0, 1))
    cover, lit, open_ = (np.zeros(shape, np.float32) for _ in range(3))
    for cx, cy, size, forth in clumps:
        box = _box(x, y, cx, cy, size * np.float32(1.35))
        if box is None:
            continue
        u, v = (x[:, box[1]] - cx) / size, (y[box[0]] - cy) / size
        r2 = u * u + v * v * 1.15 - 0.62 * leaf[box]
        z = np.sqrt(np.clip(1 - r2, 0, 1))
        key = np.where(r2 < 1, z * size * 2 + forth * 0.3, np.float32(-1))
        front = key > near[box]
        a = np.clip((1 - r2) * size * 0.5 * pixels + 0.5, 0, 1)
        facing = np.clip(0.30 + 0.55 * (0.62 * sun * u + 0.62 * v + 0.35 * z), 0, 1)
        sky = np.clip(0.36 + 0.34 * v + 0.35 * z * (0.3 + cy), 0.08, 1)
        near[box] = np.where(front, key, near[box])
        lit[box] = np.where(front, facing * (0.75 + 0.6 * leaf[box]), lit[box])
        open_[box] = np.where(front, sky * (0.85 + 0.5 * leaf[box]), open_[box])
        cover[box] = np.maximum(cover[box], a)
    wood = wood * (1 - cover)
    bare = wood > cover
    open_ = np.where(bare, np.float32(0.5), open_)
    lit = np.where(bare, np.clip(0.5 + sun * x * 16, 0.1, 1), lit)
    return np.maximum(cover, wood), open_, np.clip(lit, 0, 1.2), wood


def cane(
    x: Array, y: Array, leaf: Array, sprays: Array, form: tuple[float, ...]
) -> tuple[Array, Array, Array]:
    joints, first, lean, sun, pixels = (np.float32(n) for n in form)
    d, _ = strokes(x, y, leaf, sprays, form[2])
    x = x - lean * y * y
    joint = np.abs((y * joints + first) % 1 - np.float32(0.5)) > 0.465
    across = x / np.float32(0.0105)
    stem = np.clip((0.0105 + 0.0022 * joint - np.abs(x)) * pixels + 0.5, 0, 1) * (y > 0)
    leaves = np.clip((-d - 0.004) * pixels + 0.5, 0, 1)
    shine = np.clip(0.35 + 0.5 * sun * across + 0.3 * (1 - across * across), 0.08, 1)
    lit = np.where(leaves > stem * 0.6, np.clip(0.5 + 0.6 * leaf, 0, 1), shine)
    bare = np.where(joint, np.float32(0.35), np.float32(0.7))
    open_ = np.where(leaves > 0.3, 0.6 + 0.4 * leaf, bare)
    return np.maximum(stem, leaves), np.clip(open_, 0, 1), lit


def _line(x: Array, y: Array, line: Array) -> Array:
    """Distance to a line with round ends, below 0 inside."""
    px, py, bx, by = x - line[0], y - line[1], line[2] - line[0], line[3] - line[1]
    along = np.clip((px * bx + py * by) / np.maximum(bx * bx + by * by, np.float32(1e-12)), 0, 1)
    return np.asarray(np.hypot(px - along * bx, py - along * by) - line[4], np.float32)


def _box(x: Array, y: Array, cx: float, cy: float, half: float) -> tuple[slice, slice] | None:
    """The part of a tree's grid (x rising, y falling) around a point."""
    across, up = x.ravel(), -y.ravel()
    cols = np.searchsorted(across, (cx - half, cx + half))
    rows = np.searchsorted(up, (-cy - half, -cy + half))
    if cols[1] - cols[0] < 1 or rows[1] - rows[0] < 1:
        return None
    return slice(int(rows[0]), int(rows[1])), slice(int(cols[0]), int(cols[1]))


def blades(picture: Array, cover: Array, x: Array, y: Array, density: float, forms: Array) -> None:
    left, top = x[0] - 0.5 / density, y[0] - 0.5 / density
    for form in forms:
        cx, base, high, bend, half = form[:5]
        room = abs(bend) * high + half * 2 + (0.006 if form[8] >= 0 else 0)
        c0, c1 = (int((e - left) * density) for e in (cx - room, cx + room))
        r0, r1 = (int((e - top) * density) for e in (base - high - 0.008, base))
        c0, c1, r0, r1 = max(c0, 0), min(c1 + 2, len(x)), max(r0, 0), min(r1 + 1, len(y))
        if c0 < c1 and r0 < r1:
            part = np.s_[r0:r1, c0:c1]
            _blade(picture[part], cover[part], x[None, c0:c1], y[r0:r1, None], density, form)


def _blade(picture: Array, cover: Array, x: Array, y: Array, density: float, form: Array) -> None:
    """One blade, and its flower if it has one."""
    cx, base, high, bend, half = form[:5]
    up = np.clip((base - y) / high, 0, 1.05)
    away = np.abs(x - cx - bend * high * up * up)
    wide = half * np.clip(1.02 - up, 0, 1) ** 0.7
    a = np.clip((wide - away) * density + 0.5, 0, 1) * (up < 1.02)
    _laid(picture, cover, display(form[5:8] * (0.30 + 0.70 * up[..., None])), a)
    if form[8] >= 0:
        far = np.hypot(x - cx - bend * high, y - base + high)
        _laid(picture, cover, display(form[8:11]), np.clip((0.0055 - far) * density + 0.5, 0, 1))


def _laid(picture: Array, cover: Array, tone: Array, a: Array) -> None:
    picture += (tone - picture) * a[..., None]
    np.maximum(cover, a, out=cover)
