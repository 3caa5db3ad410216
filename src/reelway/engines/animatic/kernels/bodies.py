"""The kernels in numpy, of solids: see `form`."""

from __future__ import annotations

import math

import numpy as np

from reelway.engines.animatic.kernels.form import CREASE, FLAT, FOLD, MELT, OVER, Array


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
