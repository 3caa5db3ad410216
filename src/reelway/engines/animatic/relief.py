"""How far away things are in a single picture, as a painter would guess it.

    relief    a small picture → Relief: horizon, nearness of each place, things that stand in it
    open_sky  the same, and where there is nothing but sky

Sky is what hangs together with the top and is smooth; the horizon lies where it ends, where lines
meet, or along the longest level edge. Below it lies ground, the nearer the lower; what rises above
it stands where its foot is; what is sharp, contrasty and colourful is nearer than what is pale.
Nothing of this is measured: it is made smooth, so that wherever it is wrong it is gently wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import LUMA
from reelway.engines.animatic.grab import Grabbed, grabbed, rimmed, steepness, things
from reelway.engines.animatic.regions import (
    Mixture,
    apart,
    box,
    centres,
    filled,
    flooded,
    guided,
    parts,
    slope,
)

Array = npt.NDArray[Any]
SIDE = 160  # pixels of the longer side, where a picture is looked at
SKY, FAR = 0.0, 0.09  # nearness; the ground at the lower edge has 1
SEGMENTS = 8
SURE = 0.45  # of a thing that stands in the picture
RIM = 0.84  # of its rim that must be one: half a tree would come off the other half
STEEPEST = 2.6  # nearness that a height of the picture may change by
LARGE = 0.06  # of the picture
UPRIGHT = 0.35  # its height over its width at least: what is flatter lies on the ground
MOST = 3
VAGUE = 0.3  # how much relief a picture gets in which no space was found


@dataclass(frozen=True, kw_only=True)
class Standing:
    part: Array  # 0…1, of the small picture
    near: float


@dataclass(frozen=True, kw_only=True)
class Relief:
    horizon: float  # −0.5 top … 0.5 bottom
    near: Array  # 0 endlessly far … 1 the ground at the lower edge; without what stands on it
    standing: tuple[Standing, ...]  # far to near
    sky: float  # share of the picture
    firm: float  # 0…1: how sure it is that this is a space at all


def relief(picture: Array) -> Relief:
    """Of a display picture (h, w, 3) of `SIDE` pixels."""
    high, wide = picture.shape[:2]
    luma = picture @ LUMA
    sky = _sky(picture, luma)
    row, firm = _horizon(luma, sky)
    row = min(max(row, 0.12 * high), 0.86 * high)
    patches = [g for g in things(picture) if g.sure > 0.3]
    standing = _standing(_found(picture, sky, patches), row, sky)
    near = _nearness(picture, luma, sky, row, firm)
    for patch in patches:  # whatever it is, it does not lean
        rows = np.nonzero((patch.part > 0.5).any(axis=1))[0]
        foot = patch.part[rows[-1]] > 0.5
        near[patch.part > 0.5] = float(near[rows[-1]][foot].mean())
    for thing in standing:  # what is behind it is as far as what is around it
        near = filled(near[..., None], (thing.part < 0.05).astype(np.float32))[..., 0]
    near = box(box(near, max(2, wide // 50)), max(2, wide // 50))
    near = _gentle(_upright(near, row))
    return Relief(
        horizon=row / high - 0.5,
        near=np.clip(near, 0, 1.1) * (VAGUE + (1 - VAGUE) * firm),
        standing=tuple(standing),
        sky=float(sky.mean()),
        firm=firm,
    )


def open_sky(small: Array, space: Relief) -> Array:
    """0…1: the sky of a picture's relief, and what has its colour beside it."""
    rows = (np.arange(len(small)) + 0.5) / len(small) - 0.5
    above = rows[:, None] < space.horizon + 0.03
    sure = (space.near < 0.035) & above
    if not space.sky or sure.mean() < 0.03:
        return np.zeros(space.near.shape, np.float32)
    count = sure.sum(axis=1)
    lines = np.nonzero(count > 4)[0]
    if not len(lines):
        return np.zeros(space.near.shape, np.float32)
    means = [(small[r] * sure[r][:, None]).sum(axis=0) / count[r] for r in lines]
    at = np.arange(len(rows))
    usual = np.stack([np.interp(at, lines, [m[k] for m in means]) for k in range(3)], axis=-1)
    like = np.abs(small - usual[:, None]).max(axis=-1) < 0.115
    return box(flooded(sure, (sure | like) & above).astype(np.float32), 1)


def _sky(picture: Array, luma: Array) -> Array:
    """True where there is sky."""
    high = len(luma)
    top, low = max(2, high // 12), high * 2 // 3
    above, below = picture[:top].reshape(-1, 3), picture[low:].reshape(-1, 3)
    flat = picture.reshape(-1, 3)
    lead = Mixture.of(above, 4, 0.05).likely(flat) - Mixture.of(below, 6, 0.03).likely(flat)
    # Further down the same colour is less likely to be sky.
    down = np.linspace(0, 3.0, high)[:, None]
    like = box(np.clip(lead.reshape(luma.shape), -6, 6), 1) - down > -1.0
    calm = box(slope(luma), 1) < 0.045
    seeds = np.zeros_like(like)
    seeds[:2] = True
    sky = flooded(seeds, like & calm)
    share = float(sky.mean())
    if not 0.04 < share < 0.80 or sky[:2].mean() < 0.3 or sky[-high // 8 :].mean() > 0.15:
        return np.zeros_like(sky)
    inside, rest = picture[sky].mean(axis=0), picture[~sky].mean(axis=0)
    level = float(inside @ LUMA)
    if level < max(0.30, 0.8 * float(rest @ LUMA)) and inside[2] < inside[0] + 0.01:
        return np.zeros_like(sky)  # a dark wall
    pieces = parts(~sky)  # birds, stars and the sun are in the sky
    for piece in pieces[1:]:
        if piece.mean() < 0.02 and not piece[-1].any():
            sky |= piece
    return np.asarray(sky)


def _horizon(luma: Array, sky: Array) -> tuple[float, float]:
    """Its row, and how sure that is."""
    high, _ = luma.shape
    level = np.abs(np.gradient(box(luma, 1), axis=0).mean(axis=1))
    away = (np.arange(high) / high - 0.52) / 0.26
    level = level * np.exp(-away * away)
    if sky.any():
        ends = np.where(sky.any(axis=0), high - np.argmax(sky[::-1], axis=0), 0)
        end = min(float(np.quantile(ends, 0.8)), 0.7 * high)
        below = np.where(np.arange(high) > end + 2, level, 0)
        if (peak := int(below.argmax())) and below.max() > max(0.006, 2.5 * float(level.mean())):
            return max(end, float(peak)), 1.0
        return max(end, 0.36 * high), 1.0
    row, share = _vanishing(luma)
    if share > 0.42 and 0.2 * high < row < 0.8 * high:
        return row, 0.8
    if level.max() > 0.012 and level.max() > 4.5 * float(np.median(level)):
        return float(level.argmax()), 0.7
    return 0.42 * high, 0.0


def _vanishing(luma: Array) -> tuple[float, float]:
    """Row where the slanting lines meet, and the share of lines that go there."""
    dy, dx = np.gradient(box(luma, 1))
    size = np.hypot(dx, dy)
    slant = (np.abs(dx) > 0.3 * size) & (np.abs(dy) > 0.3 * size)
    strong = slant & (size > max(0.03, float(np.quantile(size, 0.85))))
    y, x = np.nonzero(strong)
    if len(y) < 60:
        return 0.0, 0.0
    normal = np.stack([dx[strong], dy[strong]], axis=1) / size[strong][:, None]
    offset = normal[:, 0] * x + normal[:, 1] * y
    weight = np.ones(len(y))
    point = np.zeros(2)
    for _ in range(8):
        laid = normal * weight[:, None]
        point = np.linalg.solve(laid.T @ normal + 1e-3 * np.eye(2), laid.T @ offset)
        miss = np.abs(normal @ point - offset)
        weight = 1 / (1 + (miss / 3.0) ** 2)
    return float(point[1]), float((miss < 4.0).mean())


def _found(picture: Array, sky: Array, patches: list[Grabbed]) -> list[Array]:
    """What stands out as a whole: the one thing of a portrait, and small ones beside it. A large
    patch that nothing else speaks for may be the coat without its head: it stays where it is."""
    steep = steepness(picture)
    one = grabbed(picture)
    out = []
    if one is not None and one.sure > SURE and not _goes_on(one.part > 0.5, picture):
        out.append(one.part)
    for thing in patches:
        mask = thing.part > 0.5
        if thing.sure < SURE or mask.mean() > LARGE or rimmed(mask, steep) < RIM:
            continue
        if any((p[mask] > 0.5).any() for p in out):
            continue
        if _goes_on(mask, picture) or _gap(mask, picture, sky):
            continue
        if _ends(mask, picture):
            out.append(thing.part)
    return out


def _ends(mask: Array, picture: Array) -> bool:
    """Whether what is right above and below a thing looks other than its own ends: a piece of a
    trunk goes on in the rest of it."""
    rows = np.nonzero(mask.any(axis=1))[0]
    step = max(2, len(rows) // 10)
    for end, beyond in ((rows[:step], -step), (rows[-step:], step)):
        own, next_ = np.zeros_like(mask), np.zeros_like(mask)
        own[end] = mask[end]
        if not 0 <= end[0] + beyond <= end[-1] + beyond < len(mask):
            continue  # it leaves the picture
        next_[end + beyond] = own[end]
        next_ &= ~mask
        if next_.sum() < 3:
            continue
        gap = picture[own].mean(axis=0) - picture[next_].mean(axis=0)
        if float(np.abs(gap).max()) < 0.07:
            return False
    return True


def _goes_on(mask: Array, picture: Array) -> bool:
    """Whether what is above it looks other than what is above it to either side: a head."""
    rows, cols = (np.nonzero(mask.any(axis=k))[0] for k in (1, 0))
    step = max(2, len(mask) // 40)
    end = rows[0] - 1
    if end < 2 * step:
        return False
    top = np.nonzero(mask[rows[0] : rows[0] + step].any(axis=0))[0]
    above = picture[end - step : end, top[0] : top[-1] + 1].mean(axis=(0, 1))
    away = max(4, len(cols) // 3)
    sides = [
        picture[end - step : end, max(0, x - 2) : x + 3].mean(axis=(0, 1))
        for x in (top[0] - away, top[-1] + away)
        if 0 <= x < mask.shape[1]
    ]
    return bool(sides) and min(float(np.abs(above - s).max()) for s in sides) > 0.14


def _gap(mask: Array, picture: Array, sky: Array) -> bool:
    """Whether it is sky, seen between the trees."""
    rows = np.nonzero(mask.any(axis=1))[0]
    beside = np.zeros_like(sky)
    beside[: rows[-1] + 1] = sky[: rows[-1] + 1]
    beside[: max(0, rows[0] - 4)] = False
    if beside.sum() < 20:
        return False
    off = np.abs(picture[mask].mean(axis=0) - picture[beside].mean(axis=0))
    return float(off.max()) < 0.16


def _standing(masks: list[Array], horizon: float, sky: Array) -> list[Standing]:
    out = []
    for part in masks:
        rows = np.nonzero((part > 0.5).any(axis=1))[0]
        cols = np.nonzero((part > 0.5).any(axis=0))[0]
        if not len(rows) or (sky & (part > 0.5)).mean() > 0.5 * (part > 0.5).mean():
            continue
        foot, tall, wide = float(rows[-1] + 1), np.ptp(rows) + 1, np.ptp(cols) + 1
        low = foot > len(part) - 2  # it goes on below: of what lies there only what is tall
        if tall < (2 if low else 1) * UPRIGHT * wide or foot < horizon + 0.05 * len(part):
            continue
        if low and rows[0] > horizon - 2:
            continue  # a light mirrored in the water
        near = (foot - horizon) / (len(part) - horizon)
        out.append(Standing(part=part, near=float(np.clip(near + 0.04, FAR + 0.05, 1.0))))
    out.sort(key=lambda thing: thing.near)
    return out[-MOST:]


def _nearness(picture: Array, luma: Array, sky: Array, horizon: float, firm: float) -> Array:
    high, wide = luma.shape
    y = np.arange(high, dtype=np.float32)[:, None]
    ground = np.clip((y - horizon) / (high - horizon), 0, 1)
    near = np.broadcast_to(np.maximum(ground, FAR), luma.shape).copy()
    if not sky.any():  # a ceiling, leaves, a wall: above us as the ground is below
        near = np.maximum(near, 0.5 * np.clip((horizon - y) / max(horizon, 1), 0, 1))
    for segment in _segments(picture, sky):
        rows = np.nonzero(segment.any(axis=1))[0]
        if rows[0] < horizon - 0.04 * high:  # it rises: as near as its foot is
            counts = np.cumsum(segment.sum(axis=1))
            foot = int(np.searchsorted(counts, 0.92 * counts[-1]))
            stands = max(FAR, 0.85 * float(ground[foot, 0]))
            above = segment & (y < horizon + 0.02 * high)
            near[above] = np.maximum(stands, near[above])
        cols = np.nonzero(segment.any(axis=0))[0]
        tall, across = np.ptp(rows) + 1, np.ptp(cols) + 1
        if rows[-1] < high - 2 and tall > 0.8 * across and across < 0.3 * wide:
            near[segment] = np.maximum(FAR, ground[rows[-1], 0])  # upright, not lying there
    crisp = box(slope(luma), 3) / (luma + 0.15)
    vivid = np.ptp(picture, axis=-1)
    cue = crisp / (crisp.mean() + 1e-4) + vivid / (vivid.mean() + 0.02)
    near *= np.clip(0.85 + 0.08 * cue, 0.85, 1.12)
    near[sky] = SKY
    return guided(luma, near.astype(np.float32), max(3, wide // 20), 2e-3)


def _upright(near: Array, horizon: float) -> Array:
    """Above the horizon much the same all the way up: what stands there stays straight."""
    high = len(near)
    reach = max(2, high // 9)
    padded = np.pad(near, [(reach + 1, reach), (0, 0)], mode="edge")
    total = np.cumsum(padded, axis=0, dtype=np.float64)
    level = (total[2 * reach + 1 :] - total[: -2 * reach - 1]) / (2 * reach + 1)
    y = np.arange(high)[:, None]
    part = np.clip((horizon - y) / reach, 0, 1)
    return np.asarray(near * (1 - part) + level * part, np.float32)


def _gentle(near: Array) -> Array:
    """Smoothed until no move can bring one place before its neighbour."""
    for _ in range(16):
        steep = max(float(np.abs(np.diff(near, axis=k)).max()) for k in (0, 1))
        if steep * len(near) < STEEPEST:
            break
        near = box(near, 3)
    return near


def _segments(picture: Array, sky: Array) -> list[Array]:
    """Pieces of one colour and place."""
    high, wide = sky.shape
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32) / max(high, wide)
    points = np.concatenate([picture, 0.7 * x[..., None], 0.35 * y[..., None]], axis=-1)
    points = points.reshape(-1, 5)
    label = apart(points, centres(points[::5], SEGMENTS)).argmin(axis=1).reshape(high, wide)
    label[sky] = -1
    return [p for k in range(SEGMENTS) for p in parts(label == k)[:4] if p.mean() > 0.004]
