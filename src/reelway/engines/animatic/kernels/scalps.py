"""The kernels in numpy, of heads: a skull grown together from ellipsoids, its hair; see `form`."""

from __future__ import annotations

from types import SimpleNamespace as Told  # the numbers of `rows.Head` by their names
from typing import Any

import numpy as np

from reelway.engines.animatic.kernels.faces import Marks, paint_face, relief
from reelway.engines.animatic.kernels.form import AROUND, SLOPE, SMALL, Array
from reelway.engines.animatic.kernels.rows import HEAD

Part = tuple[float, float, float, float, float, float, float]  # x y z, radii, melting
LONG = {"skin": 3, "hair": 3, "iris": 3, "gaze": 2, "line": 9}  # what is more than one number


def head(who: Array, turn: Array, x: Array, y: Array, k: float) -> Array:
    f = told(who)
    marks_x, marks_y = float(x[0]), float(y[0])
    x, y = x[None, :], y[:, None]
    cover, deep = _grown(_parts(f, k > SMALL), turn, x, y, k)
    spot = [turn[0, i] * x + turn[1, i] * y + turn[2, i] * deep for i in range(3)]
    marks = Marks(spot, turn, marks_x, marks_y, k)
    deep = deep + relief(f, f, marks) * np.float32(max(0.30, float(turn[2, 0])))
    nx, ny = _slope(deep, k)
    albedo, shine, dark = paint_face(f, f, marks)
    if not f.styled:
        return np.stack([cover, *albedo, nx, ny, dark, shine])
    hx, hy, grown, tint, gloss, shade = _cap(f, turn, x, y, deep, cover, k)
    bare = 1 - grown
    return np.stack([
        np.maximum(cover, grown), *(albedo * bare + tint * grown), nx * bare + hx * grown,
        ny * bare + hy * grown, dark * bare * (1 - shade) + grown, shine * bare + gloss * grown,
    ])  # fmt: skip


def told(who: Array) -> Told:
    made: dict[str, Any] = {}
    for name, at in HEAD._asdict().items():
        if name != "columns":
            made[name] = who[at : at + LONG[name]] if name in LONG else float(who[at])
    return Told(**made)


def _parts(f: Told, fine: bool) -> list[Part]:
    """Centres and radii of what a head is grown from, and how softly."""
    drop, wide, jaw, long = f.drop, f.width, f.jaw, f.nose
    out: list[Part] = [
        (-0.14, 0.27, 0.0, 0.84, 0.73, 0.66 * wide, 0.0),
        (0.17, -0.10, 0.0, 0.50, 0.72, 0.555 * wide, 0.20),
        (0.13, -0.46 - 0.5 * drop, 0.0, 0.49, 0.45, 0.49 * jaw, 0.24),
        (0.24, -0.74 - drop, 0.0, 0.40, 0.25, 0.335 * jaw, 0.30),
        (0.27, -0.58 - 0.5 * drop, 0.0, 0.365, 0.30, 0.37, 0.30),
        (0.57, 0.00, 0.0, 0.12, 0.30, 0.100, 0.17),
        (0.62, -0.20, 0.0, 0.11 + 0.04 * long, 0.22, 0.085, 0.13),
        (0.70 + 0.05 * long, -0.335, 0.0, 0.120, 0.092, 0.095 + 0.02 * long, 0.09),
    ]
    if fine and f.ears:
        for side in (1, -1):
            out.append((-0.08, -0.09, side * 0.655 * wide, 0.14, 0.235, 0.075, 0.03))
    return out


def _grown(parts: list[Part], turn: Array, x: Array, y: Array, k: float) -> tuple[Array, Array]:
    """Cover and depth of ellipsoids that melt into each other; x is (1, w), y is (h, 1)."""
    deep = np.full((y.shape[0], x.shape[1]), -9.0, np.float32)
    best = np.full_like(deep, -1.0)
    for n, (px, py, pz, rx, ry, rz, soft) in enumerate(parts):
        m = turn @ np.array([px, py, pz], np.float32)
        radii = np.array([rx, ry, rz], np.float32)
        a = (turn * radii**-2) @ turn.T
        wide, tall = (float(np.sqrt(((turn[i] * radii) ** 2).sum())) * 1.15 + 0.05 for i in (0, 1))
        part = _within(x[0], m[0] - wide, m[0] + wide), _within(y[:, 0], m[1] - tall, m[1] + tall)
        cols, rows = part
        if n == 0:
            cols, rows = slice(None), slice(None)
        a33 = float(a[2, 2])
        b0, b1 = float(a[0, 2]) / a33, float(a[1, 2]) / a33
        m00 = float(a[0, 0]) - b0 * b0 * a33
        m01 = float(a[0, 1]) - b0 * b1 * a33
        m11 = float(a[1, 1]) - b1 * b1 * a33
        dx, dy = x[:, cols] - m[0], y[rows] - m[1]
        left = (1 - dx * (m00 * dx)) - dy * (m11 * dy) - (2 * m01 * dx) * dy
        front = np.sqrt(np.abs(left))
        front *= np.where(left > 0, np.float32(a33**-0.5), np.float32(-2.5 * a33**-0.5))
        front += m[2] - (b0 * dx + b1 * dy)
        left *= np.float32(0.5 * max(m00 * m11 - m01 * m01, 1e-6) ** -0.25)
        np.maximum(best[rows, cols], left, out=best[rows, cols])
        if n == 0:
            deep[:] = front
            continue
        at = deep[rows, cols]
        front -= at
        part_ = np.clip(front * np.float32(0.5 / soft) + 0.5, 0, 1)
        front *= part_
        front += np.float32(soft) * part_ * (1 - part_)
        at += front
    return np.clip(best * k + 0.5, 0, 1), deep


def _within(line: Array, low: float, high: float) -> slice:
    """The part of evenly spaced numbers, rising or falling, that lies between two."""
    there = np.flatnonzero((line >= low) & (line <= high))
    return slice(int(there[0]), int(there[-1]) + 1) if len(there) else slice(0, 0)


def _slope(deep: Array, k: float) -> tuple[Array, Array]:
    """The normal's x and y of a depth that is known for each pixel."""
    dy, dx = np.gradient(deep)
    nx, ny = -dx * np.float32(k), dy * np.float32(k)
    np.clip(nx, -SLOPE, SLOPE, out=nx)
    np.clip(ny, -SLOPE, SLOPE, out=ny)
    norm = 1 / np.sqrt(1 + nx * nx + ny * ny)
    return nx * norm, ny * norm


def _cap(
    f: Told, turn: Array, x: Array, y: Array, deep: Array, cover: Array, k: float
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Normal x and y, cover, albedo, shine, and the shade on the skin along the hairline."""
    middle = max(0.70 - f.deep, -0.34), 0.32, 0.0
    m = turn @ np.array(middle, np.float32)
    radii = np.array([f.deep, f.high, f.wide], np.float32)
    a = (turn * radii**-2) @ turn.T
    a33 = float(a[2, 2])
    b0, b1 = float(a[0, 2]) / a33, float(a[1, 2]) / a33
    m00, m01 = float(a[0, 0]) - b0 * b0 * a33, float(a[0, 1]) - b0 * b1 * a33
    m11 = float(a[1, 1]) - b1 * b1 * a33
    dx, dy = x - m[0], y - m[1]
    dy = np.where(dy < 0, dy * np.float32(1 / f.lower), dy)
    left = (1 - dx * (m00 * dx)) - dy * (m11 * dy) - (2 * m01 * dx) * dy
    size = np.float32(0.5 * max(m00 * m11 - m01 * m01, 1e-6) ** -0.25)
    front = np.sqrt(np.maximum(left, 0)) * np.float32(a33**-0.5)
    base = m[2] - (b0 * dx + b1 * dy)
    strand, lump, px, py, pz = _strands(f, turn, x, y, base + front)
    if f.curl:
        left = left + f.curl * 0.10 * lump
    thin = np.array([0.87, 0.75, 0.68], np.float32) / radii
    above = (_over(f, middle[0], thin, px, py, pz)
             - f.rough * (strand + 0.8 * np.sin(py * 7 + f.seed * 6.28))) * k  # fmt: skip
    outer = np.clip(left * size * k + 0.5, 0, 1)
    # The face stands out of the cap where it is nearer to us.
    behind = np.clip((deep - base - front - 0.10) * 12, 0, 1) * cover
    grown = outer * np.clip(above * 0.7 + 0.5, 0, 1) * (1 - behind)
    nx, ny = _normals(turn, a, dx, dy, front - (b0 * dx + b1 * dy))
    bend = np.float32(0.16 + 0.25 * f.curl) * strand
    nx = np.clip(nx + bend * 0.8, -0.97, 0.97)
    ny = np.clip(ny + bend * 0.25, -0.97, 0.97)
    rise = (py - 0.32) / f.high + 0.05 * strand
    gleam = np.exp(-(((rise - 0.60) / 0.13) ** 2)) * (1 - 0.7 * f.curl)
    level = 1 + 0.30 * strand + 0.25 * (rise - 0.4)
    lighter = gleam * (0.5 + 0.5 * strand)
    # Where the near side is cut away and there is no skin, the far side shows from within.
    gap = np.flatnonzero((outer > 0) & (cover < 1) & (grown < 1))
    if len(gap):
        wide = x.shape[1]
        gx, gy, gz = x[0][gap % wide], y[:, 0][gap // wide], (base - front).ravel()[gap]
        qx, qy, qz = (turn[0, i] * gx + turn[1, i] * gy + turn[2, i] * gz for i in range(3))
        far = np.clip(_over(f, middle[0], thin, qx, qy, qz) * k * 0.7 + 0.5, 0, 1)
        far *= outer.ravel()[gap] * (1 - cover.ravel()[gap]) * np.clip((qy + 0.62) * 8, 0, 1)
        flat, dim = grown.ravel(), level.ravel()
        dim[gap] = np.where(far > flat[gap], 0.60, dim[gap])
        flat[gap] = np.maximum(flat[gap], far)
        grown, level = flat.reshape(grown.shape), dim.reshape(level.shape)
    tint = np.stack([np.maximum(c * level + (c * 1.1 + 0.035) * lighter, 0) for c in f.hair])
    near = np.exp(-np.maximum(-above / k, 0) / 0.10) * outer * 0.45
    return nx, ny, grown, tint, 0.35 * gleam, near * (1 - behind)


def _strands(
    f: Told, turn: Array, x: Array, y: Array, z: Array
) -> tuple[Array, Array, Array, Array, Array]:
    """How light each strand is, lumps of curls, and where on the head a pixel is."""
    px, py, pz = (turn[0, i] * x + turn[1, i] * y + turn[2, i] * z for i in range(3))
    phase = f.seed * 6.28
    side = pz - f.part * (1 if f.seed < 0.5 else -1)
    spin = np.arctan2(side, px + 0.2)
    strand = np.sin(spin * 31 + 2.5 * np.sin(spin * 7 + phase) + 3 * py)
    strand = 0.6 * strand + 0.4 * np.sin(spin * 67 + 4 * np.sin(spin * 5) + phase)
    lump: Array = np.zeros((), np.float32)
    if f.curl:
        lump = np.sin(px * 13 + phase) * np.sin(py * 14 + 1.7 * np.sin(pz * 9)) * np.sin(pz * 13)
        strand = 0.35 * strand + 1.1 * lump
    return strand, lump, px, py, pz


def _over(f: Told, middle: float, thin: Array, px: Array, py: Array, pz: Array) -> Array:
    """How far above the hairline. A thick head of hair begins where a thin one would: its line is
    measured on the skull."""
    around = np.arctan2(np.abs(pz) * thin[2], (px - middle) * thin[0] - 0.17)
    low = (py - 0.32) * np.where(py > 0.32, thin[1], 1) + 0.32
    return np.asarray(low - np.interp(around, AROUND, f.line), np.float32)


def _normals(turn: Array, a: Array, dx: Array, dy: Array, dz: Array) -> tuple[Array, Array]:
    gx = a[0, 0] * dx + a[0, 1] * dy + a[0, 2] * dz
    gy = a[1, 0] * dx + a[1, 1] * dy + a[1, 2] * dz
    gz = a[2, 0] * dx + a[2, 1] * dy + a[2, 2] * dz
    norm = 1 / np.sqrt(gx * gx + gy * gy + gz * gz + 1e-6)
    return gx * norm, gy * norm
