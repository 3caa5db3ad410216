"""The clear things in a picture, told from what is around them by colours and place.

    grabbed    a small picture → the one thing that it shows, if it shows one
    things     all that stand out from what is right around them, the surest first

Guesses (what is unlike the border, and towards the middle; patches of one colour with a sharp rim)
are made better in turns: the colours of either side as a few clouds, each pixel asked which side
it is more like, the answer smoothed along the edges of the picture. What ends as a mask that hangs
together within a sharp rim is a thing; a glow in the sky has no rim.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import LUMA
from reelway.engines.animatic.regions import (
    Mixture,
    apart,
    box,
    centres,
    flooded,
    guided,
    parts,
    slope,
)

Array = npt.NDArray[Any]
BORDER = 0.05  # of the shorter side
ROUNDS = 4
SIDES = 6  # clouds of colours of a side
LEAST, MOST = 0.0035, 0.55  # of the picture that a thing covers
PATCHES = 14  # colours and places that the picture is parted into
GUESSES = 4  # patches that are tried
SURE = 0.42  # from which the one thing of a picture is worth cutting out
STEEP = 0.035  # change a pixel that the eye reads as a rim


@dataclass(frozen=True, kw_only=True)
class Grabbed:
    part: Array  # 0…1
    sure: float  # 0…1


def grabbed(picture: Array) -> Grabbed | None:
    """The thing in a display picture (h, w, 3) of at most about 200 pixels a side."""
    space, border = _spaced(picture), edge(picture.shape)
    guess = _unlike_border(space, border)
    if guess is None:
        return None
    prior = _place(border.shape) * 2.2 - 1.3
    found = _turned(space, picture @ LUMA, guess, prior, border, np.ones_like(border))
    if found is None:
        return None
    # A thing that is to be cut out needs a rim nearly all around.
    rim = rimmed(found.part > 0.5, _steep_of(space))
    return Grabbed(part=found.part, sure=found.sure * float(np.clip((rim - 0.62) / 0.2, 0, 1)))


def things(picture: Array) -> list[Grabbed]:
    """What stands out from its surroundings; none covers another."""
    space, border, luma = _spaced(picture), edge(picture.shape), picture @ LUMA
    steep = _steep_of(space)
    found: list[Grabbed] = []
    for patch in _patches(space, steep, border):
        if any(float(g.part[patch].mean()) > 0.3 for g in found):
            continue
        within = box(patch.astype(np.float32), max(4, min(patch.shape) // 10)) > 0.001
        near = box(patch.astype(np.float32), 2)
        prior = np.where(within, 1.6 * near - 0.8, -6.0)
        thing = _turned(space, luma, near, prior, border, within)
        if thing is not None and not any((g.part * thing.part).max() > 0.5 for g in found):
            found.append(thing)
    return sorted(found, key=lambda g: -g.sure)


def edge(shape: tuple[int, ...]) -> Array:
    """True along the edges; not below, where a thing often leaves the picture."""
    high, wide = shape[:2]
    wideness = max(2, round(BORDER * min(high, wide)))
    mask = np.zeros((high, wide), bool)
    mask[:wideness] = mask[:, :wideness] = mask[:, -wideness:] = True
    return mask


def _spaced(picture: Array) -> Array:
    """Colours so that distances are about as they look: less light, more hue."""
    luma = picture @ LUMA
    return np.asarray(
        np.stack([0.75 * luma, picture[..., 0] - luma, 0.7 * (picture[..., 2] - luma)], axis=-1),
        np.float32,
    )


def steepness(picture: Array) -> Array:
    """How sharply a display picture changes at each place, for `rimmed`."""
    return _steep_of(_spaced(picture))


def _steep_of(space: Array) -> Array:
    """The steepest change around each pixel."""
    here = np.sqrt(sum(slope(space[..., i]) ** 2 for i in range(3)))
    out = here.copy()
    for axis in (0, 1):
        out = np.maximum.reduce([out, np.roll(out, 1, axis), np.roll(out, -1, axis)])
    return np.asarray(out, np.float32)


def _place(shape: tuple[int, ...]) -> Array:
    """How likely the thing is at each place, if one knew no colours."""
    high, wide = shape[:2]
    y = (np.linspace(-1, 1, high)[:, None] - 0.08) / 0.85
    x = np.linspace(-1, 1, wide)[None, :] / 0.70
    return np.asarray(np.exp(-(x * x + y * y)), np.float32)


def _unlike_border(space: Array, border: Array) -> Array | None:
    """What is unlike the border next to its own height, and towards the middle."""
    high, wide = border.shape
    rows = np.repeat(np.arange(high)[:, None] / high, wide, axis=1)
    # A border's colour counts the less the further up or down it stands: sky is no ground.
    points = np.concatenate([space, 0.35 * rows[..., None]], axis=-1).astype(np.float32)
    inks = centres(points[border], 12)
    far = np.sqrt(apart(points.reshape(-1, 4), inks).min(axis=1)).reshape(high, wide)
    score = box(far, 2) * _place(border.shape)
    if score.max() < 0.045:
        return None
    level = otsu(score)
    return np.asarray(np.clip((score - level) / (0.5 * level + 1e-6) + 0.5, 0, 1), np.float32)


def _patches(space: Array, steep: Array, border: Array) -> list[Array]:
    """Patches of one colour that differ from what is around them, the clearest first."""
    high, wide = border.shape
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32) / max(high, wide)
    points = np.concatenate([space, 0.25 * y[..., None], 0.25 * x[..., None]], axis=-1)
    points = points.reshape(-1, 5)
    label = apart(points, centres(points[::3], PATCHES)).argmin(axis=1).reshape(high, wide)
    scored: list[tuple[float, Array]] = []
    for k in range(PATCHES):
        for piece in parts(label == k)[:6]:
            share = float(piece.mean())
            if not LEAST < share < 0.30 or (piece & border).any():
                continue
            ring = (box(piece.astype(np.float32), 4) > 0.001) & ~piece
            gap = space[piece].mean(axis=0) - space[ring].mean(axis=0)
            gap = float(np.sqrt((gap**2).sum())) / (float(space[ring].std(axis=0).sum()) + 0.04)
            scored.append((gap * rimmed(piece, steep) * min(1.0, share / 0.012), piece))
    scored.sort(key=lambda pair: -pair[0])
    return [piece for score, piece in scored[:GUESSES] if score > 0.25]


def rimmed(mask: Array, steep: Array) -> float:
    """How much of a mask's rim lies where the picture changes sharply."""
    rim = slope(mask.astype(np.float32)) > 0.2
    return float((steep[rim] > STEEP).mean()) if rim.any() else 0.0


def otsu(score: Array) -> float:
    """The level that parts a plane best into two."""
    counts, edges = np.histogram(score, 64)
    middle = (edges[1:] + edges[:-1]) / 2
    low = np.cumsum(counts)
    high = low[-1] - low
    total = np.cumsum(counts * middle)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = low * high * (total / low - (total[-1] - total) / high) ** 2
    return float(middle[int(np.nanargmax(np.where(high > 0, gap, -1)))])


def _turned(
    space: Array, luma: Array, part: Array, prior: Array, border: Array, within: Array
) -> Grabbed | None:
    """The guess made better, turn by turn."""
    flat = space[within]
    reach = max(2, round(min(luma.shape) / 40))
    unlike = np.full(luma.shape, -5.0, np.float32)
    for _ in range(ROUNDS):
        inner = within & (part > 0.55)
        outer = within & ((part < 0.35) | (border & (part < 0.8)))
        if inner.mean() < LEAST / 3 or outer.sum() < 40 or inner.sum() < 24:
            return None
        thing, rest = Mixture.of(space[inner], SIDES), Mixture.of(space[outer], SIDES)
        unlike[within] = np.clip(thing.likely(flat) - rest.likely(flat), -5, 5)
        held = unlike + prior - 2.0 * border
        near = guided(luma, np.tanh(held / 2), reach, 4e-4)
        part = 1 / (1 + np.exp(-np.clip(0.35 * held + 3.2 * near, -12, 12)))
    mask = _whole((part > 0.5) & within, border, unlike)
    sure = _sureness(mask, unlike, within, border, rimmed(mask, _steep_of(space)))
    if sure <= 0:
        return None
    soft = np.clip(box(mask.astype(np.float32), 1), 0, 1)
    part = np.where(mask, np.maximum(part, soft), np.minimum(part, soft))
    return Grabbed(part=part.astype(np.float32), sure=sure)


def _whole(mask: Array, border: Array, unlike: Array) -> Array:
    """The main pieces without specks; holes are closed unless the background shows in them."""
    pieces = parts(box(mask.astype(np.float32), 1) > 0.5)
    if not pieces:
        return mask
    most = int(pieces[0].sum())
    near = box(pieces[0].astype(np.float32), max(2, min(mask.shape) // 8)) > 0
    main = np.logical_or.reduce([p for p in pieces if p.sum() * 9 >= most and (p & near).any()])
    outer = border.copy()
    outer[-1] = True
    outside = flooded(outer & ~main, ~main)
    for hole in parts(~main & ~outside):
        if hole.mean() > LEAST and unlike[hole].mean() < -2:
            outside |= hole
    return np.asarray(~outside)


def _sureness(mask: Array, unlike: Array, within: Array, border: Array, rim: float) -> float:
    share = float(mask.mean())
    if not LEAST < share < MOST:
        return 0.0
    rest = within & ~mask
    touching = float((mask & border).sum() / border.sum())
    rows, cols = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    solid = float(mask.sum()) / ((rows[-1] - rows[0] + 1) * (cols[-1] - cols[0] + 1))
    own = float((unlike[mask] > 0.5).mean())
    alike = float((unlike[rest] > 0.5).mean()) if rest.any() else 0.0
    sure = min(1.0, own * 1.2) * max(0.0, 1 - 3.0 * alike) * min(1.0, max(0.0, rim - 0.35) / 0.4)
    return float(sure * max(0.0, 1 - 3 * touching) * min(1.0, solid / 0.40))
