"""Hair on a head: a cap around the skull, cut by a hairline, with strands and a gleam.

    cap      what of a head is hair, and how it looks
    STYLES   how each is cut: hairline from the brow around to the nape, volume, strands
    ball     how far the cap reaches

What hangs down free (long hair, a braid, a ponytail) is made of solids in `locks`, because it lags
behind when its head moves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.features import Face

Array = npt.NDArray[Any]
# From the middle of the brow (0) over the temple and the ear to the nape (π).
AROUND = (0.0, 0.45, 0.80, 1.15, 1.40, 1.62, 1.85, 2.4, math.pi)


@dataclass(frozen=True, kw_only=True)
class Style:
    line: tuple[float, ...]  # heights of the hairline at AROUND
    high: float = 0.80  # radii of the cap
    wide: float = 0.79
    deep: float = 0.95
    rough: float = 0.030  # of its edge
    curl: float = 0.0  # how lumpy it is
    part: float = 0.18  # where the strands begin, to its right
    drop: float = 1.0  # how much further down it reaches than up


_MAN = (0.66, 0.63, 0.56, 0.30, -0.12, 0.12, -0.25, -0.50, -0.58)
_OVER = (0.70, 0.65, 0.46, -0.10, -0.75, -0.90, -0.95, -1.0, -1.0)  # covers the ears
STYLES: dict[str, Style] = {
    "short": Style(line=_MAN, high=0.80, wide=0.725, deep=0.92),
    "crop": Style(line=_MAN, high=0.755, wide=0.69, deep=0.875, rough=0.012),
    "side": Style(line=(0.54, 0.48, 0.46, 0.28, -0.10, 0.10, -0.28, -0.52, -0.60), high=0.88,
                  part=0.42),
    "fringe": Style(line=(0.30, 0.30, 0.30, 0.20, -0.16, 0.02, -0.40, -0.62, -0.70), high=0.83,
                    wide=0.77, deep=0.93, rough=0.05),
    "receding": Style(line=(0.72, 0.76, 0.80, 0.40, -0.05, 0.12, -0.28, -0.52, -0.60), high=0.76,
                      wide=0.765, deep=0.92),
    "wreath": Style(line=(2.0, 1.9, 1.2, 0.48, -0.02, 0.15, -0.25, -0.50, -0.58), high=0.74,
                    wide=0.78, deep=0.92),
    "long": Style(line=_OVER, high=0.82, wide=0.80, deep=0.96, drop=1.9, rough=0.016,
                  part=0.10),
    "bangs": Style(line=(0.27, 0.28, 0.28, 0.05, -0.6, -0.8, -0.9, -1.0, -1.0), high=0.83,
                   wide=0.80, deep=0.96, rough=0.04, drop=1.9),
    "bob": Style(line=(0.30, 0.31, 0.32, 0.02, -0.72, -0.80, -0.82, -0.84, -0.84), high=0.85,
                 wide=0.84, deep=0.98, rough=0.03, drop=1.75),
    "up": Style(line=(0.62, 0.58, 0.50, 0.32, 0.05, 0.15, -0.18, -0.42, -0.50), high=0.79,
                wide=0.76, deep=0.93, rough=0.018, part=0.0),
    "curly": Style(line=(0.52, 0.46, 0.40, 0.18, -0.20, -0.15, -0.40, -0.62, -0.66), high=0.98,
                   wide=0.98, deep=1.10, rough=0.09, curl=1.0),
    "afro": Style(line=(0.50, 0.44, 0.34, 0.10, -0.20, -0.25, -0.45, -0.60, -0.66), high=1.10,
                  wide=1.12, deep=1.10, rough=0.05, curl=0.55),
}  # fmt: skip


def ball(f: Face) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Middle and radii of the cap, in the head's space; below its middle it reaches further."""
    s = STYLES[f.style]
    rough = 1.0 + 0.08 * s.curl
    high = max(s.high * rough, 0.95 * s.high * s.drop)
    return (max(0.70 - s.deep, -0.34), 0.32, 0.0), (s.deep * rough, high, s.wide * rough)


def cap(
    f: Face, turn: Array, x: Array, y: Array, deep: Array, cover: Array, k: float
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Normal x and y, cover, albedo, shine, and the shade on the skin along the hairline."""
    s = STYLES[f.style]
    middle, _ = ball(f)
    m = turn @ np.array(middle, np.float32)
    radii = np.array([s.deep, s.high, s.wide], np.float32)
    a = (turn * radii**-2) @ turn.T
    a33 = float(a[2, 2])
    b0, b1 = float(a[0, 2]) / a33, float(a[1, 2]) / a33
    m00, m01 = float(a[0, 0]) - b0 * b0 * a33, float(a[0, 1]) - b0 * b1 * a33
    m11 = float(a[1, 1]) - b1 * b1 * a33
    dx, dy = x - m[0], y - m[1]
    dy = np.where(dy < 0, dy * np.float32(1 / s.drop), dy)
    left = (1 - dx * (m00 * dx)) - dy * (m11 * dy) - (2 * m01 * dx) * dy
    size = np.float32(0.5 * max(m00 * m11 - m01 * m01, 1e-6) ** -0.25)
    front = np.sqrt(np.maximum(left, 0)) * np.float32(a33**-0.5)
    base = m[2] - (b0 * dx + b1 * dy)
    strand, lump, px, py, pz = _strands(f, s, turn, x, y, base + front)
    if s.curl:
        left = left + s.curl * 0.10 * lump
    thin = np.array([0.87, 0.75, 0.68], np.float32) / radii
    above = (_over(s, middle[0], thin, px, py, pz)
             - s.rough * (strand + 0.8 * np.sin(py * 7 + f.seed * 6.28))) * k  # fmt: skip
    outer = np.clip(left * size * k + 0.5, 0, 1)
    # The face stands out of the cap where it is nearer to us.
    behind = np.clip((deep - base - front - 0.10) * 12, 0, 1) * cover
    grown = outer * np.clip(above * 0.7 + 0.5, 0, 1) * (1 - behind)
    nx, ny = _normals(turn, a, dx, dy, front - (b0 * dx + b1 * dy))
    bend = np.float32(0.16 + 0.25 * s.curl) * strand
    nx = np.clip(nx + bend * 0.8, -0.97, 0.97)
    ny = np.clip(ny + bend * 0.25, -0.97, 0.97)
    rise = (py - 0.32) / s.high + 0.05 * strand
    gleam = np.exp(-(((rise - 0.60) / 0.13) ** 2)) * (1 - 0.7 * s.curl)
    level = 1 + 0.30 * strand + 0.25 * (rise - 0.4)
    lighter = gleam * (0.5 + 0.5 * strand)
    # Where the near side is cut away and there is no skin, the far side shows from within.
    gap = np.flatnonzero((outer > 0) & (cover < 1) & (grown < 1))
    if len(gap):
        wide = x.shape[1]
        gx, gy, gz = x[0][gap % wide], y[:, 0][gap // wide], (base - front).ravel()[gap]
        qx, qy, qz = (turn[0, i] * gx + turn[1, i] * gy + turn[2, i] * gz for i in range(3))
        far = np.clip(_over(s, middle[0], thin, qx, qy, qz) * k * 0.7 + 0.5, 0, 1)
        far *= outer.ravel()[gap] * (1 - cover.ravel()[gap]) * np.clip((qy + 0.62) * 8, 0, 1)
        flat, dim = grown.ravel(), level.ravel()
        dim[gap] = np.where(far > flat[gap], 0.60, dim[gap])
        flat[gap] = np.maximum(flat[gap], far)
        grown, level = flat.reshape(grown.shape), dim.reshape(level.shape)
    tint = np.stack([np.maximum(c * level + (c * 1.1 + 0.035) * lighter, 0) for c in f.hair])
    near = np.exp(-np.maximum(-above / k, 0) / 0.10) * outer * 0.45
    return nx, ny, grown, tint, 0.35 * gleam, near * (1 - behind)


def _strands(
    f: Face, s: Style, turn: Array, x: Array, y: Array, z: Array
) -> tuple[Array, Array, Array, Array, Array]:
    """How light each strand is, lumps of curls, and where on the head a pixel is."""
    px, py, pz = (turn[0, i] * x + turn[1, i] * y + turn[2, i] * z for i in range(3))
    phase = f.seed * 6.28
    side = pz - s.part * (1 if f.seed < 0.5 else -1)
    spin = np.arctan2(side, px + 0.2)
    strand = np.sin(spin * 31 + 2.5 * np.sin(spin * 7 + phase) + 3 * py)
    strand = 0.6 * strand + 0.4 * np.sin(spin * 67 + 4 * np.sin(spin * 5) + phase)
    lump: Array = np.zeros((), np.float32)
    if s.curl:
        lump = np.sin(px * 13 + phase) * np.sin(py * 14 + 1.7 * np.sin(pz * 9)) * np.sin(pz * 13)
        strand = 0.35 * strand + 1.1 * lump
    return strand, lump, px, py, pz


def _over(s: Style, middle: float, thin: Array, px: Array, py: Array, pz: Array) -> Array:
    """How far above the hairline. A thick head of hair begins where a thin one would: its line is
    measured on the skull."""
    around = np.arctan2(np.abs(pz) * thin[2], (px - middle) * thin[0] - 0.17)
    low = (py - 0.32) * np.where(py > 0.32, thin[1], 1) + 0.32
    return np.asarray(low - np.interp(around, AROUND, s.line), np.float32)


def _normals(turn: Array, a: Array, dx: Array, dy: Array, dz: Array) -> tuple[Array, Array]:
    gx = a[0, 0] * dx + a[0, 1] * dy + a[0, 2] * dz
    gy = a[1, 0] * dx + a[1, 1] * dy + a[1, 2] * dz
    gz = a[2, 0] * dx + a[2, 1] * dy + a[2, 2] * dz
    norm = 1 / np.sqrt(gx * gx + gy * gy + gz * gz + 1e-6)
    return gx * norm, gy * norm
