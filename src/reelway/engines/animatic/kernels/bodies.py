"""The kernels in numpy, of solids: see `form`."""

from __future__ import annotations

import math

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


def limb(
    points: Array, radii: Array, x: Array, y: Array, k: float, crease: float, round: bool
) -> Array:
    x, y = x[None, :], y[:, None]
    out: list[Array] = []
    count = len(points) - 1
    for i in range(count):
        part = _part(points[i : i + 2], radii[i : i + 2], x, y, crease, round)
        part[3] = (part[3] + i) / count
        if not out:
            out = part
            continue
        soft = radii[i] * np.float32(MELT)
        mix = np.clip(0.5 + 0.5 * (part[0] - out[0]) / soft, 0, 1)
        out = [o + (v - o) * mix for o, v in zip(out, part, strict=True)]
        out[0] = out[0] + soft * mix * (1 - mix) * 0.5
    inside, nx, ny, along = out
    return np.stack([np.clip(inside * np.float32(k) + 0.5, 0, 1), nx, ny, along, inside])


def _part(
    points: Array, radii: Array, x: Array, y: Array, crease: float, round: bool
) -> list[Array]:
    """How deep inside a cone, its normal, and how far along."""
    bx, by = points[1] - points[0]
    px, py = x - points[0, 0], y - points[0, 1]
    long2 = max(bx * bx + by * by, np.float32(1e-9))
    along = np.clip((px * bx + py * by) * (1 / long2), 0, 1)
    radius = radii[0] + (radii[1] - radii[0]) * along
    qx, qy = px - along * bx, py - along * by
    inside = radius - np.sqrt(qx * qx + qy * qy)
    safe = 1 / np.maximum(radius, np.float32(1e-4))
    if round:
        return [inside, qx * safe, qy * safe, along]
    long = np.sqrt(long2)
    bx, by = bx / long, by / long
    u = np.clip((px * by - py * bx) * safe, -1, 1)
    if not crease:
        return [inside, u * by, -u * bx, along]
    turn = np.sin(along * 17 + u * 2.6 + 1.3) * np.sin(along * 6.1 - u * 3.4 + 0.4)
    turn *= np.float32(crease * CREASE)
    u, tip = np.clip(u + turn, -0.99, 0.99), turn * np.float32(0.9)
    return [inside, u * by + tip * bx, -u * bx + tip * by, along]


def loft(
    a: tuple[float, float], b: tuple[float, float], left: Array, right: Array,
    x: Array, y: Array, k: float, folds: float, crease: float,
) -> Array:  # fmt: skip
    bx, by = np.float32(b[0] - a[0]), np.float32(b[1] - a[1])
    long = np.float32(max(math.hypot(bx, by), 1e-6))
    bx, by = bx / long, by / long
    px, py = x[None, :] - np.float32(a[0]), y[:, None] - np.float32(a[1])
    t = (px * bx + py * by) / long
    lat = px * by - py * bx  # to the right of a→b when it points up
    steps = np.linspace(0, 1, len(left))
    less, more = (np.interp(t, steps, side).astype(np.float32) for side in (left, right))
    inside = np.minimum(np.minimum(more - lat, lat + less), np.minimum(t, 1 - t) * long)
    seen = np.clip(inside * np.float32(k) + 0.5, 0, 1)
    u = np.clip(lat / np.maximum(np.where(lat > 0, more, less), np.float32(1e-4)), -1, 1)
    u = u * (FLAT + (0.96 - FLAT) * u * u)
    if folds:
        hang = np.clip(t, 0, 1) ** np.float32(0.8)
        wave = np.sin(u * folds + 1.3 * np.sin(u * folds * 0.43 + 0.7) + 0.8 * t + 1.0)
        deep = 0.75 + 0.25 * np.sin(u * folds * 0.31)
        u = np.clip(u + FOLD * hang * wave * deep, -0.98, 0.98)
    nx, ny = u * by, -u * bx
    if crease:
        turn = np.sin(t * 21 + u * 4.2) * np.sin(t * 8.3 - u * 6.1 + 1.1)
        nx, ny = nx + crease * CREASE * turn * 0.6, ny + crease * CREASE * turn
    return np.stack([seen, nx, ny, np.broadcast_to(t, seen.shape), inside]).astype(np.float32)


def put(
    planes: Array, cover: Array, at: tuple[int, int], made: Array, colour: Array, over: float
) -> None:
    high, wide = made.shape[1:]
    there = np.s_[at[0] : at[0] + high, at[1] : at[1] + wide]
    seen, nx, ny, _, inside = made
    target, under = planes[:, there[0], there[1]], cover[there]
    if over:
        near = np.clip(1 + inside / np.float32(over), 0, 1)
        target[5] *= 1 - np.float32(OVER) * near * near
    kept = 1 - seen
    target *= kept
    under *= kept
    under += seen
    for i, value in enumerate((*colour, nx, ny)):
        target[i] += seen * value
    target[5] += seen


def lit(
    planes: Array, cover: Array, shine: Array | None, glow: Array | None, by: int, light: Array
) -> Array:
    there = np.flatnonzero(cover > UNSEEN)
    out = np.zeros((cover.size, 3), np.float32)
    if not len(there):
        return out.reshape(*cover.shape, 3)
    soft = _box(_box(cover, by), by)
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


def _box(plane: Array, by: int) -> Array:
    """The mean of the neighbours up to `by` pixels away, beyond the border nothing."""
    for axis in (0, 1):
        pad = [(0, 0), (0, 0)]
        pad[axis] = (by + 1, by)
        sums = np.cumsum(np.pad(plane, pad), axis=axis, dtype=np.float32)
        n, wide = plane.shape[axis], 2 * by + 1
        high, low = (sums[wide:], sums[:n]) if axis == 0 else (sums[:, wide:], sums[:, :n])
        plane = (high - low) / np.float32(wide)
    return plane
