"""Regions of a picture: smoothing that keeps edges, what hangs together, colours that stand for
many, and filling of holes.

    box, guided          a mean around each pixel; the same, but never across an edge of a guide
    flooded, parts       what hangs together with a seed; a mask's pieces, largest first
    centres              a few colours for many (k-means)
    Mixture              the colours of a region as a few round clouds
    filled               holes from what is around them, smoothly
    mirrored             holes from their rows' neighbours, with their texture
    sampled              a plane at any places, linearly
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.resample import resample, taps

Array = npt.NDArray[Any]
MOST_PARTS = 24


def box(plane: Array, reach: int) -> Array:
    """Mean over (2 reach + 1)² pixels; beyond an edge its pixels go on."""
    n = 2 * reach + 1
    for axis in (0, 1):
        around = [(reach + 1, reach) if a == axis else (0, 0) for a in range(plane.ndim)]
        total = np.cumsum(np.pad(plane, around, mode="edge"), axis=axis, dtype=np.float64)
        high = np.take(total, range(n, total.shape[axis]), axis=axis)
        low = np.take(total, range(total.shape[axis] - n), axis=axis)
        plane = ((high - low) / n).astype(np.float32)
    return plane


def guided(guide: Array, plane: Array, reach: int, eps: float) -> Array:
    """The plane smoothed, with the edges of the guide (guided filter, He et al. 2010)."""
    mean_g, mean_p = box(guide, reach), box(plane, reach)
    spread = box(guide * guide, reach) - mean_g * mean_g
    slope = (box(guide * plane, reach) - mean_g * mean_p) / (spread + eps)
    return np.asarray(box(slope, reach) * guide + box(mean_p - slope * mean_g, reach))


def resized(plane: Array, shape: tuple[int, ...]) -> Array:
    """A plane, or a picture of planes, at another size; shrinking takes means."""
    at = [(np.arange(n) + 0.5) * m / n - 0.5 for n, m in zip(shape, plane.shape, strict=False)]
    at = [np.clip(a, 0, m - 1) for a, m in zip(at, plane.shape, strict=False)]
    rows, cols = taps(at[0], plane.shape[0]), taps(at[1], plane.shape[1])
    inside = resample(np.ones(plane.shape[:2], np.float32), rows, cols)  # less at the edges
    planes = plane[..., None] if plane.ndim == 2 else plane
    out = [resample(planes[..., i], rows, cols) / inside for i in range(planes.shape[2])]
    return out[0] if plane.ndim == 2 else np.stack(out, axis=-1)


def slope(plane: Array) -> Array:
    """How steep a plane is, a pixel."""
    dy, dx = np.gradient(plane)
    return np.asarray(np.hypot(dx, dy), np.float32)


def flooded(seeds: Array, open_: Array) -> Array:
    """All of `open_` that hangs together with a seed."""
    piece, count = _pieces(open_)
    found = np.zeros(count + 1, bool)
    found[piece[seeds & open_]] = True
    return np.asarray(open_ & found[piece])


def parts(mask: Array) -> list[Array]:
    """The pieces of a mask, the largest first; of very many those that begin highest."""
    piece, _ = _pieces(mask)
    found = [mask & (piece == n) for n in np.unique(piece[mask])[:MOST_PARTS]]
    return sorted(found, key=lambda part: -int(part.sum()))


def _pieces(mask: Array) -> tuple[Array, int]:
    """For each pixel of a mask the number of its piece (that of its highest, leftmost pixel is the
    lowest), and one that is above all. Rows' runs are joined where they touch."""
    begins = mask.copy()
    begins[:, 1:] &= ~mask[:, :-1]
    run = (np.cumsum(begins) - 1).reshape(mask.shape)  # outside the mask: of no meaning
    touch = mask[1:] & mask[:-1]
    touch[:, 1:] &= ~touch[:, :-1]  # once for two runs
    above, below = run[:-1][touch], run[1:][touch]
    count = int(begins.sum())
    piece = np.arange(count + 1)
    while (apart := piece[above] != piece[below]).any():
        one, other = piece[above[apart]], piece[below[apart]]
        np.minimum.at(piece, np.maximum(one, other), np.minimum(one, other))
        while not np.array_equal(shorter := piece[piece], piece):
            piece = shorter
    return piece[run], count


def centres(colours: Array, count: int, rounds: int = 6) -> Array:
    """A few colours that stand for many: k-means from evenly spread starts."""
    order = np.argsort(colours.sum(axis=1), kind="stable")
    found = colours[order[np.linspace(0, len(order) - 1, count).astype(int)]]
    for _ in range(rounds):
        nearest = apart(colours, found).argmin(axis=1)
        for k in range(count):
            if (nearest == k).any():
                found[k] = colours[nearest == k].mean(axis=0)
    return np.asarray(found)


def apart(a: Array, b: Array) -> Array:
    """Squared distances of points (n, c) and (m, c), (n, m)."""
    squares = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1)[None, :]
    return np.asarray(np.maximum(squares - 2 * a @ b.T, 0))


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """Round clouds of colours, each with its share and spread."""

    middles: Array
    spreads: Array
    shares: Array

    @staticmethod
    def of(colours: Array, count: int = 6, least: float = 0.035) -> Mixture:
        middles = centres(colours, count)
        away = apart(colours, middles)
        nearest = away.argmin(axis=1)
        near = away[np.arange(len(away)), nearest]
        number = np.bincount(nearest, minlength=count)
        total = np.bincount(nearest, weights=near, minlength=count)
        spreads = np.sqrt(total / np.maximum(number, 1) / 3 + least * least)
        shares = np.maximum(number / len(colours), 1e-4)
        return Mixture(middles=middles, spreads=spreads, shares=shares)

    def likely(self, colours: Array) -> Array:
        """Log of the density at colours (n, 3)."""
        scaled = apart(colours, self.middles) / (2 * self.spreads**2)
        each = np.log(self.shares) - 3 * np.log(self.spreads) - scaled
        top = each.max(axis=1)
        return np.asarray(top + np.log(np.exp(each - top[:, None]).sum(axis=1)))


def filled(picture: Array, known: Array) -> Array:
    """(h, w, c) with what is not known (0…1) filled in from around, the coarser the deeper."""
    high, wide = known.shape
    if min(high, wide) <= 2:
        total = (picture * known[..., None]).sum(axis=(0, 1)) / max(float(known.sum()), 1e-6)
        rest = np.broadcast_to(total, picture.shape)
    else:
        odd = [(0, high % 2), (0, wide % 2)]
        weight = np.pad(known, odd)
        laid = np.pad(picture, [*odd, (0, 0)]) * weight[..., None]
        both = np.concatenate([laid, weight[..., None]], axis=-1)
        both = both[::2, ::2] + both[1::2, ::2] + both[::2, 1::2] + both[1::2, 1::2]
        sums = both[..., -1]
        half = both[..., :-1] / np.maximum(sums, 1e-6)[..., None]
        coarse = filled(half, np.minimum(sums, 1))
        rest = resized(coarse, (high, wide))
    return np.asarray(picture * known[..., None] + rest * (1 - known[..., None]), np.float32)


def mirrored(planes: Array, hole: Array) -> Array:
    """(h, w, c) with a hole filled by its rows, turned over at its left and at its right edge:
    what lies behind goes on as sky, as wall or as ground does."""
    wide = hole.shape[1]
    at = np.arange(wide)
    left = np.maximum.accumulate(np.where(hole, -1, at), axis=1)
    right = np.minimum.accumulate(np.where(hole, wide, at)[:, ::-1], axis=1)[:, ::-1]
    out = planes.copy()
    rows, cols = np.nonzero(hole)
    total = np.zeros(len(rows), np.float32)
    laid = np.zeros((len(rows), planes.shape[2]), np.float32)
    for edge, way in ((left[rows, cols], -1), (right[rows, cols], 1)):
        far = np.abs(cols - edge)
        source = np.clip(edge + way * far, 0, wide - 1)
        source = np.where(hole[rows, source], np.clip(edge, 0, wide - 1), source)
        weight = (((edge >= 0) & (edge < wide)) / np.maximum(far, 1.0) ** 2).astype(np.float32)
        laid += planes[rows, source] * weight[:, None]
        total += weight
    out[rows, cols] = laid / np.maximum(total, 1e-12)[:, None]
    rowless = np.zeros_like(hole)
    rowless[rows, cols] = total == 0
    if rowless.any():
        out = filled(out, (~rowless).astype(np.float32))
    return np.asarray(out, np.float32)


def sampled(plane: Array, y: Array, x: Array) -> Array:
    """A plane (h, w[, c]) at pixel places, linearly; beyond an edge its pixels go on."""
    high, wide = plane.shape[:2]
    y, x = np.clip(y, 0, high - 1.001), np.clip(x, 0, wide - 1.001)
    iy, ix = y.astype(np.intp), x.astype(np.intp)
    fy, fx = (y - iy).astype(np.float32), (x - ix).astype(np.float32)
    if plane.ndim == 3:
        fy, fx = fy[..., None], fx[..., None]
    top = plane[iy, ix] * (1 - fx) + plane[iy, ix + 1] * fx
    low = plane[iy + 1, ix] * (1 - fx) + plane[iy + 1, ix + 1] * fx
    return np.asarray(top * (1 - fy) + low * fy)
