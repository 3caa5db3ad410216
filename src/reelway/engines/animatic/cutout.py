"""The subject of a caller's picture, cut out of its background.

    cut    an image file → Cutout: colours and a soft cover

Images come without alpha. A background of one colour (or of one soft run of colours) is flooded
away from the border; otherwise what differs in colour from the border, and lies towards the
middle, is the subject. Where neither finds one clear thing, the whole picture stands in the scene
as a card with round corners.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import Interpolation

from reelway.engines.animatic.resample import resample, taps

Array = npt.NDArray[Any]
How = Literal["flat", "contrast", "card"]
LONGEST = 720  # pixels of a cut-out's longer side
ROUGH = 160  # pixels of the mask's longer side, where it is searched
BORDER = 0.04  # of the shorter side
FLAT = 0.85  # of the border that must lie near its model for a flat background
NEAR = 0.075  # distance of colours that are still background
LEAST, MOST = 0.01, 0.70  # of the picture that a subject covers
CLEAR = 2.2  # how much further than the rest a subject's colours are from the border's
CLUSTERS = 6  # colours of a busy border


@dataclass(frozen=True, kw_only=True)
class Cutout:
    """`colour` is display RGB (h, w, 3), not premultiplied; `cover` (h, w), 0…1."""

    colour: Array
    cover: Array
    how: How

    @property
    def aspect(self) -> float:
        high, wide = self.cover.shape
        return float(wide / high)


def load(path: Path, longest: int) -> Array:
    """The image as display RGB 0…1, at most `longest` pixels long."""
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
    part = min(1.0, longest / max(frame.width, frame.height))
    width, height = (max(8, round(side * part)) for side in (frame.width, frame.height))
    small = frame.reformat(
        width=width, height=height, format="rgb24", interpolation=Interpolation.AREA
    )
    return small.to_ndarray().astype(np.float32) / 255


def cut(path: Path) -> Cutout:
    picture = load(path, LONGEST)
    small = _shrunk(picture)
    mask, background = _flat(small)
    how: How = "flat"
    if mask is None:
        mask, how = _contrast(small), "contrast"
    if mask is None:
        return _card(picture)
    cover = _enlarged(mask.astype(np.float32), picture.shape[:2])
    if background is not None:
        cover, picture = _matted(picture, cover, _enlarged3(background, picture.shape[:2]))
    else:
        cover = np.clip((cover - 0.35) / 0.5, 0, 1)
    return _trimmed(picture, cover, how)


def _shrunk(picture: Array) -> Array:
    part = ROUGH / max(picture.shape[:2])
    if part >= 1:
        return picture
    high, wide = (max(8, round(side * part)) for side in picture.shape[:2])
    rows = taps((np.arange(high) + 0.5) / part - 0.5, picture.shape[0])
    cols = taps((np.arange(wide) + 0.5) / part - 0.5, picture.shape[1])
    planes = [resample(picture[..., i], rows, cols) for i in range(3)]
    inside = resample(np.ones(picture.shape[:2], np.float32), rows, cols)  # less at the edges
    return np.clip(np.stack(planes, axis=-1) / inside[..., None], 0, 1)


def _enlarged(plane: Array, shape: tuple[int, int]) -> Array:
    at = [(np.arange(n) + 0.5) * m / n - 0.5 for n, m in zip(shape, plane.shape, strict=True)]
    rows, cols = (taps(np.clip(a, 0, m - 1), m) for a, m in zip(at, plane.shape, strict=True))
    return resample(plane, rows, cols)


def _enlarged3(picture: Array, shape: tuple[int, int]) -> Array:
    return np.stack([_enlarged(picture[..., i], shape) for i in range(3)], axis=-1)


def _border(shape: tuple[int, ...]) -> Array:
    """True along the edges; not below, where a subject often leaves the picture."""
    high, wide = shape[:2]
    wideness = max(2, round(BORDER * min(high, wide)))
    mask = np.zeros((high, wide), bool)
    mask[:wideness] = mask[:, :wideness] = mask[:, -wideness:] = True
    return mask


def _flat(picture: Array) -> tuple[Array | None, Array | None]:
    """The subject before a background that is one plane of colours, and that plane."""
    high, wide = picture.shape[:2]
    y, x = np.mgrid[0:high, 0:wide]
    base = np.stack([np.ones_like(x), x / wide, y / high], axis=-1).astype(np.float32)
    border = _border(picture.shape)
    at, colours = base[border], picture[border]
    good = np.abs(colours - np.median(colours, axis=0)).max(axis=1) < 0.35
    if good.mean() < FLAT:
        return None, None
    for _ in range(3):  # what does not fit is somebody who touches the edge
        model, *_ = np.linalg.lstsq(at[good], colours[good], rcond=None)
        off = np.sqrt(((colours - at @ model) ** 2).sum(axis=1))
        good = off < NEAR
        if good.sum() < 12:
            return None, None
    if good.mean() < FLAT:
        return None, None
    background = np.asarray(base @ model, np.float32)
    like = np.sqrt(((picture - background) ** 2).sum(axis=-1)) < NEAR
    outside = _flooded(border & like, like)
    mask = _largest(~outside)
    return (mask, background) if _is_subject(mask, strict=False) else (None, None)


def _flooded(seeds: Array, open_: Array) -> Array:
    """All of `open_` that hangs together with a seed."""
    filled = seeds & open_
    while True:
        grown = filled.copy()
        grown[1:] |= filled[:-1]
        grown[:-1] |= filled[1:]
        grown[:, 1:] |= filled[:, :-1]
        grown[:, :-1] |= filled[:, 1:]
        grown &= open_
        if (grown == filled).all():
            return filled
        filled = grown


def _largest(mask: Array) -> Array:
    """The parts of a mask that are at least a quarter of its largest one."""
    left = mask.copy()
    parts: list[Array] = []
    while left.any() and len(parts) < 24:
        seed = np.zeros_like(left)
        seed.flat[int(np.argmax(left))] = True
        part = _flooded(seed, left)
        parts.append(part)
        left &= ~part
    if not parts:
        return mask
    most = max(int(p.sum()) for p in parts)
    return np.asarray(np.logical_or.reduce([p for p in parts if p.sum() * 4 >= most]))


def _is_subject(mask: Array, *, strict: bool) -> bool:
    share = float(mask.mean())
    if not LEAST < share < (0.45 if strict else MOST):
        return False
    touching = float((mask & _border(mask.shape)).sum()) / float(_border(mask.shape).sum())
    rows, cols = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    box = (rows[-1] - rows[0] + 1) * (cols[-1] - cols[0] + 1)
    solid = float(mask.sum()) / box  # scattered spots are no subject
    return touching < (0.12 if strict else 0.30) and solid > (0.38 if strict else 0.12)


def _contrast(picture: Array) -> Array | None:
    """The subject by its colours, which the border does not have, and by its place."""
    border = _border(picture.shape)
    centres = _centres(picture[border])
    far = np.sqrt(((picture[:, :, None] - centres) ** 2).sum(axis=-1)).min(axis=-1)
    high, wide = far.shape
    y = (np.linspace(-1, 1, high)[:, None] - 0.05) / 0.75
    x = np.linspace(-1, 1, wide)[None, :] / 0.65
    score = _blurred(far) * np.exp(-(x * x + y * y))
    if score.max() < 0.10:
        return None
    mask = score > _otsu(score)
    mask = _largest(mask)
    mask = ~_flooded(border & ~mask, ~mask)  # holes belong to it
    if mask.any() and far[mask].mean() < CLEAR * far[~mask].mean():
        return None  # only its place speaks for it
    return mask if _is_subject(mask, strict=True) else None


def _centres(colours: Array) -> Array:
    """A few colours that stand for many: k-means from evenly spread starts."""
    order = np.argsort(colours.sum(axis=1), kind="stable")
    centres = colours[order[np.linspace(0, len(order) - 1, CLUSTERS).astype(int)]]
    for _ in range(6):
        nearest = ((colours[:, None] - centres) ** 2).sum(axis=-1).argmin(axis=1)
        for k in range(CLUSTERS):
            if (nearest == k).any():
                centres[k] = colours[nearest == k].mean(axis=0)
    return np.asarray(centres)


def _blurred(plane: Array) -> Array:
    for axis in (0, 1):
        padded = np.pad(plane, [(2, 2) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        n = plane.shape[axis]
        shifted = [np.take(padded, np.arange(k, k + n), axis=axis) for k in range(5)]
        plane = np.asarray(np.mean(shifted, axis=0), np.float32)
    return plane


def _otsu(score: Array) -> float:
    """The level that parts a plane best into two."""
    counts, edges = np.histogram(score, 64)
    middle = (edges[1:] + edges[:-1]) / 2
    low = np.cumsum(counts)
    high = low[-1] - low
    total = np.cumsum(counts * middle)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = low * high * (total / low - (total[-1] - total) / high) ** 2
    return float(middle[int(np.nanargmax(np.where(high > 0, gap, -1)))])


def _matted(picture: Array, cover: Array, background: Array) -> tuple[Array, Array]:
    """Cover at full size from the distance to the background, and colours without it: no pale
    hem around what stood before white."""
    off = np.sqrt(((picture - background) ** 2).sum(axis=-1))
    near = np.clip(cover * 1.6, 0, 1)  # within the rough mask or right beside it
    inner = np.clip((_blurred(_blurred(cover)) - 0.80) / 0.15, 0, 1)
    fine = np.maximum(np.clip((off - 0.4 * NEAR) / (2.2 * NEAR), 0, 1) * near, inner)
    alpha = fine[..., None]
    clean = np.clip((picture - (1 - alpha) * background) / np.maximum(alpha, 0.15), 0, 1)
    return fine, np.where(alpha > 0.97, picture, clean)


def _trimmed(picture: Array, cover: Array, how: How) -> Cutout:
    rows = np.nonzero((cover > 0.3).any(axis=1))[0]
    cols = np.nonzero((cover > 0.3).any(axis=0))[0]
    top, bottom = max(rows[0] - 2, 0), rows[-1] + 3
    left, right = max(cols[0] - 2, 0), cols[-1] + 3
    part = np.s_[top:bottom, left:right]
    return Cutout(colour=picture[part], cover=cover[part], how=how)


def _card(picture: Array) -> Cutout:
    """The whole picture in a pale frame with round corners."""
    high, wide = picture.shape[:2]
    unit = min(high, wide)
    soft = 0.06 * unit
    x = (np.abs(np.arange(wide) + 0.5 - wide / 2) - wide / 2 + soft)[None, :]
    y = (np.abs(np.arange(high) + 0.5 - high / 2) - high / 2 + soft)[:, None]
    edge = soft - np.hypot(np.maximum(x, 0), np.maximum(y, 0)) - np.minimum(np.maximum(x, y), 0)
    frame = np.clip((0.025 * unit - edge) + 0.5, 0, 1)[..., None]
    return Cutout(
        colour=picture * (1 - frame) + 0.93 * frame,
        cover=np.clip(edge + 0.5, 0, 1).astype(np.float32),
        how="card",
    )
