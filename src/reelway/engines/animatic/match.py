"""What in one picture is what in another.

    match    two small pictures → Match: where each place went, how sure that is, what moved alone

The whole is laid over each other first (shift and size, by correlation of details), then bent from
coarse to fine (Lucas and Kanade 1981), smoothed most where the pictures say least. Where they
still differ, something moved by itself: each such patch is looked for elsewhere by its colours,
and it is a thing if its rim is a rim in the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import LUMA
from reelway.engines.animatic.grab import rimmed, steepness, things
from reelway.engines.animatic.regions import box, parts, sampled

Array = npt.NDArray[Any]
SIZES = (0.7, 0.8, 0.9, 1.0, 1.11, 1.25, 1.43)
LEVELS = ((6, 9), (3, 7), (1, 5))  # blur of the picture, reach of what is looked at together
TURNS = 4
ALIKE = 0.16  # correlation from which two pictures are laid over each other
APART = 0.11  # colours that differ by more are something else
SAME = 0.12  # colours that are the same thing
LEAST, MOST = 0.0025, 0.22  # of the picture that moves by itself
THINGS = 7
FOUND = 0.42  # of a patch that must be found again
POINTS = 160


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One thing, where it was and where it is then."""

    before: Array  # its mask in the first picture
    after: Array  # in the second


@dataclass(frozen=True, kw_only=True)
class Match:
    y: Array  # pixels that each place of the first picture goes down, and right
    x: Array
    sure: Array  # 0…1, of each place of the first picture
    firm: float  # of the whole
    moved: tuple[Moved, ...]


def match(first: Array, second: Array) -> Match:
    """Of two display pictures of one small size."""
    a, b = _detailed(first), _detailed(second)
    y, x = _laid_over(a[..., 0], b[..., 0])
    everywhere = np.ones(y.shape, np.float32)
    for blur, reach in LEVELS:
        y, x = _bent(a, b, y, x, blur, reach, everywhere)
    # What moves by itself is looked for against one plain move of the whole.
    plain_y, plain_x = _plain(y, a, b, y, x)
    plain = _seen(second, plain_y, plain_x)
    moved = _moved(first, plain, _inside_of(plain_y, plain_x), plain_y, plain_x)
    rest = everywhere.copy()
    for before, after, _ in moved:
        rest[box((before | after).astype(np.float32), 4) > 0] = 0
    if moved:
        y, x = plain_y, plain_x
        for blur, reach in LEVELS[1:]:
            y, x = _bent(a, b, y, x, blur, reach, rest)
    y, x = _simplest(a, b, ((np.zeros_like(y), np.zeros_like(x)), (plain_y, plain_x), (y, x)), rest)
    sure, firm = _sureness(first, a, _seen(second, y, x), y, x)
    if firm == 0:
        nothing = np.zeros_like(y)
        return Match(y=nothing, x=nothing, sure=sure * 0.3, firm=0.0, moved=())
    for before, after, _ in moved:
        sure = np.maximum(sure, box((before | after).astype(np.float32), 4))
    pairs = tuple(Moved(before=before, after=after) for before, _, after in moved)
    return Match(y=y, x=x, sure=np.minimum(sure, 1), firm=firm, moved=pairs)


def _simplest(
    a: Array, b: Array, ways: tuple[tuple[Array, Array], ...], only: Array
) -> tuple[Array, Array]:
    """The first of several ways that explains the second picture as well as the last does."""
    misses = []
    for y, x in ways:
        ok = only * _inside_of(y, x)
        miss = np.abs(_seen(b, y, x) - a).sum(axis=-1)
        misses.append(float((miss * ok).sum() / max(float(ok.sum()), 1.0)))
    return next(w for w, m in zip(ways, misses, strict=True) if m <= 1.08 * misses[-1] + 0.01)


def _sureness(first: Array, a: Array, there: Array, y: Array, x: Array) -> tuple[Array, float]:
    """How likely each place was found again, and how likely the pictures have a scene in common."""
    detail, inside = _detailed(there)[..., 0], _inside_of(y, x)
    drab = 1 / (1 + box(np.abs(a[..., 0]), 4))  # nothing to see is nothing to doubt
    miss = box(np.abs(detail - a[..., 0]), 3) * (1 - 0.5 * drab)
    hue = box(np.abs(there - first).mean(axis=-1), 3)
    sure = np.exp(-((miss / 0.75) ** 2) - (hue / 0.34) ** 2)
    ok = inside > 0
    if ok.mean() < 0.35:
        return sure, 0.0
    alike = _correlation(detail[ok], a[..., 0][ok])
    firm = min((float(np.quantile(sure[ok], 0.4)) - 0.2) / 0.4, (alike - 0.40) / 0.25)
    return np.where(ok, sure, 1.0), float(np.clip(firm, 0, 1))


def _correlation(a: Array, b: Array) -> float:
    """0 where one of them is all alike."""
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).mean() / (a.std() * b.std() + 1e-3))


def _seen(picture: Array, y: Array, x: Array) -> Array:
    rows, cols = _places(y.shape)
    return sampled(picture, rows + y, cols + x)


def _inside_of(y: Array, x: Array) -> Array:
    rows, cols = _places(y.shape)
    return _inside((rows + y, cols + x), y.shape)


def _plain(shape: Array, a: Array, b: Array, y: Array, x: Array) -> tuple[Array, Array]:
    """The one shift, size and slant that most of the ways agree with."""
    rows, cols = _places(shape.shape)
    miss = box(np.abs(_seen(b, y, x) - a).sum(axis=-1), 2)
    told = box(np.abs(a[..., 0]), 3) * _inside_of(y, x) / (0.2 + miss) + 1e-3
    base = np.stack([np.ones(rows.size), rows.ravel(), cols.ravel()], axis=1)
    weight = told.ravel().copy()
    for _ in range(8):
        laid = base * weight[:, None]
        way = np.linalg.solve(
            laid.T @ base + 1e-6 * np.eye(3), laid.T @ np.stack([y.ravel(), x.ravel()], axis=1)
        )
        off = np.hypot(*(base @ way - np.stack([y.ravel(), x.ravel()], axis=1)).T)
        weight = told.ravel() / (1 + (off / 0.7) ** 2)
    out = (base @ way).astype(np.float32)
    return out[:, 0].reshape(rows.shape), out[:, 1].reshape(rows.shape)


def _places(shape: tuple[int, ...]) -> tuple[Array, Array]:
    rows, cols = np.mgrid[0 : shape[0], 0 : shape[1]]
    return rows.astype(np.float32), cols.astype(np.float32)


def _detailed(picture: Array) -> Array:
    """Luma by its details, whatever the light, and two planes of hue."""
    luma = picture @ LUMA
    mean = box(luma, 9)
    spread = np.sqrt(np.maximum(box(luma * luma, 9) - mean * mean, 0))
    hue = np.stack([picture[..., 0] - luma, picture[..., 2] - luma], axis=-1)
    detail = (luma - mean) / (spread + 0.03)
    return np.concatenate([detail[..., None], 2.0 * hue], axis=-1).astype(np.float32)


def _laid_over(a: Array, b: Array) -> tuple[Array, Array]:
    """One shift and one size for all, or none where the pictures have nothing in common."""
    rows, cols = _places(a.shape)
    middle = (a.shape[0] - 1) / 2, (a.shape[1] - 1) / 2
    pad = a.shape[0] * 2, a.shape[1] * 2
    spectrum = np.conj(np.fft.rfft2(a, pad))
    ones = np.conj(np.fft.rfft2(np.ones_like(a), pad))
    best = (ALIKE, 1.0, 0, 0)
    for size in SIZES:
        at = (rows - middle[0]) * size + middle[0], (cols - middle[1]) * size + middle[1]
        inside = _inside(at, a.shape)
        seen = sampled(b, *at) * inside
        likeness = np.fft.irfft2(spectrum * np.fft.rfft2(seen, pad), pad)
        common = np.fft.irfft2(ones * np.fft.rfft2(inside, pad), pad)
        score = likeness / np.maximum(common, 1) / max(float(a.std() * b.std()), 1e-3)
        score = np.where(
            common > 0.45 * a.size, score * np.sqrt(np.maximum(common, 0) / a.size), -1
        )
        k = int(score.argmax())
        if score.flat[k] > best[0]:
            dy, dx = (int(v) for v in np.unravel_index(k, score.shape))
            dy, dx = (d - n if d > n / 2 else d for d, n in zip((dy, dx), pad, strict=True))
            best = (float(score.flat[k]), size, dy, dx)
    _, size, dy, dx = best
    y = (rows + dy - middle[0]) * size + middle[0] - rows
    x = (cols + dx - middle[1]) * size + middle[1] - cols
    return y.astype(np.float32), x.astype(np.float32)


def _inside(at: tuple[Array, Array], shape: tuple[int, ...]) -> Array:
    y, x = at
    return ((y >= 0) & (y <= shape[0] - 1) & (x >= 0) & (x <= shape[1] - 1)).astype(np.float32)


def _bent(
    a: Array, b: Array, y: Array, x: Array, blur: int, reach: int, only: Array
) -> tuple[Array, Array]:
    rows, cols = _places(y.shape)
    a, b = (box(box(p, blur), blur) for p in (a, b))
    slopes_y, slopes_x = np.gradient(a, axis=0), np.gradient(a, axis=1)
    yy, xx, xy = (
        box((p * q).sum(axis=-1), reach)
        for p, q in ((slopes_y, slopes_y), (slopes_x, slopes_x), (slopes_y, slopes_x))
    )
    soft = 0.10 * float((yy + xx).mean()) + 1e-5
    solid = (yy + soft) * (xx + soft) - xy * xy
    told = yy * xx - xy * xy
    told = (told / (told + 0.05 * float(told.mean()) + 1e-12) + 0.02) * (only + 1e-4)
    for _ in range(TURNS):
        at = rows + y, cols + x
        miss = (sampled(b, *at) - a) * (_inside(at, y.shape) * only)[..., None]
        miss = np.clip(miss, -1, 1)
        by, bx = (box((p * miss).sum(axis=-1), reach) for p in (slopes_y, slopes_x))
        dy = -((xx + soft) * by - xy * bx) / solid
        dx = -((yy + soft) * bx - xy * by) / solid
        y = y + np.clip(dy, -2.0, 2.0)
        x = x + np.clip(dx, -2.0, 2.0)
        weight = box(told, reach)
        y, x = (box(box(f * told, reach) / weight, max(2, reach // 2)) for f in (y, x))
    return y, x


def _moved(
    first: Array, there: Array, inside: Array, y: Array, x: Array
) -> list[tuple[Array, Array, Array]]:
    """Patches that differ although the rest fits, with where they are found again: masks of the
    thing before, of it then as the first picture lies, and as the second one lies."""
    gap = there - first
    gap = gap - box(gap, max(12, min(y.shape) // 3)) * 0.5  # the light may have changed
    differs = box(np.sqrt((gap * gap).sum(axis=-1)), 1)
    level = max(APART, 4 * float(np.median(differs)))
    differs_ = (differs > level) & (box(inside, 2) > 0.99)
    if not LEAST < differs_.mean() < 2 * MOST:
        return []
    steep = steepness(first), steepness(there)
    taken = np.zeros(y.shape, bool)
    out: list[tuple[Array, Array, Array]] = []
    pieces = [p for p in parts(differs_) if LEAST < p.mean() < MOST]
    for piece in pieces[: 2 * THINGS]:
        if (piece & taken).sum() > 0.3 * piece.sum() or len(out) == THINGS:
            continue
        pair = _found_again(first, there, piece, pieces, differs_ & ~taken, steep)
        if pair is None:
            continue
        taken |= pair[0] | pair[1]
        out.append((pair[0], pair[1], _shifted_by(pair[1], y, x)))
    left = differs_ & ~(box(taken.astype(np.float32), 2) > 0)
    if left.mean() > LEAST and len(out) < THINGS:
        out += [
            (before, after, _shifted_by(after, y, x))
            for before, after in _glided(first, there, left, steep[1])
            if not ((before | after) & taken).any()
        ]
    return out


def _glided(first: Array, there: Array, left: Array, steep: Array) -> list[tuple[Array, Array]]:
    """Things that went less far than they are wide: only their rims differ."""
    out: list[tuple[Array, Array]] = []
    for thing in things(first):
        mask = thing.part > 0.5
        if thing.sure < 0.6 or not (box(mask.astype(np.float32), 2) * left).any():
            continue
        rows, cols = np.nonzero(mask)
        pick = np.linspace(0, len(rows) - 1, min(POINTS, len(rows))).astype(int)
        ink = first[rows[pick], cols[pick]]
        anywhere = np.ones_like(mask)
        for dy, dx in _shifts(there, anywhere, rows[pick], cols[pick], ink)[:1]:
            after = _rolled(mask, dy, dx)
            if (after & left).any() and rimmed(after, steep) > 0.7:
                out.append((mask, after))
    return out


def _found_again(
    first: Array,
    there: Array,
    piece: Array,
    pieces: list[Array],
    differs: Array,
    steep: tuple[Array, Array],
) -> tuple[Array, Array] | None:
    """The thing's mask where it was, and where it is then, both as the first picture lies."""
    rows, cols = np.nonzero(piece)
    pick = np.linspace(0, len(rows) - 1, min(POINTS, len(rows))).astype(int)
    py, px, ink = rows[pick], cols[pick], first[rows[pick], cols[pick]]
    high, wide = piece.shape
    best: tuple[float, Array, Array] | None = None
    for dy, dx in _shifts(there, differs, py, px, ink):
        ty, tx = rows + dy, cols + dx
        ok = (ty >= 0) & (ty < high) & (tx >= 0) & (tx < wide)
        cy, cx = np.clip(ty, 0, high - 1), np.clip(tx, 0, wide - 1)
        near = ((there[cy, cx] - first[rows, cols]) ** 2).sum(axis=1) < (1.5 * SAME) ** 2
        before = np.zeros_like(piece)
        before[rows[ok & near], cols[ok & near]] = True
        before = box(before.astype(np.float32), 1) > 0.45
        after = _rolled(before, dy, dx)
        own = [p for p in pieces if p is not piece and (p & after).sum() > 0.5 * after.sum()]
        if own and 0.35 < own[0].sum() / piece.sum() < 2.8:
            before, after = piece, own[0]
        share = float((before & piece).sum() / piece.sum())
        score = share**0.5 * rimmed(before, steep[0]) * rimmed(after, steep[1])
        if share > 0.3 and score > (best[0] if best else FOUND):
            best = (score, before, after)
    return None if best is None else (best[1], best[2])


def _shifts(
    there: Array, differs: Array, py: Array, px: Array, ink: Array
) -> list[tuple[int, int]]:
    """The best ways to go from a patch's points to points of their colours that differ too."""
    high, wide = differs.shape
    dy = np.arange(-(high * 2 // 5), high * 2 // 5 + 1, 2)
    dx = np.arange(-(wide * 4 // 5), wide * 4 // 5 + 1, 2)
    score = np.zeros((len(dy), len(dx)), np.float32)
    for y, x, colour in zip(py, px, ink, strict=True):
        like = differs & (((there - colour) ** 2).sum(axis=-1) < SAME**2)
        at_y, at_x = y + dy, x + dx
        rows, cols = (at_y >= 0) & (at_y < high), (at_x >= 0) & (at_x < wide)
        score[np.ix_(rows, cols)] += like[np.ix_(at_y[rows], at_x[cols])]
    score /= len(py)
    out: list[tuple[int, int]] = []
    for _ in range(5):
        k, j = (int(v) for v in np.unravel_index(int(score.argmax()), score.shape))
        if score[k, j] < 0.3:
            break
        if abs(dy[k]) + abs(dx[j]) > 2:
            out.append((int(dy[k]), int(dx[j])))
        score[max(0, k - 3) : k + 4, max(0, j - 3) : j + 4] = 0
    return out


def _rolled(mask: Array, dy: int, dx: int) -> Array:
    """Moved; what leaves the picture is gone."""
    out = np.zeros_like(mask)
    rows, cols = np.nonzero(mask)
    rows, cols = rows + dy, cols + dx
    ok = (rows >= 0) & (rows < mask.shape[0]) & (cols >= 0) & (cols < mask.shape[1])
    out[rows[ok], cols[ok]] = True
    return out


def _shifted_by(mask: Array, y: Array, x: Array) -> Array:
    """A mask that lies as the first picture does, as the second one lies."""
    if not mask.any():
        return mask
    dy, dx = float(y[mask].mean()), float(x[mask].mean())
    if abs(dy) + abs(dx) < 0.5:
        return mask
    return _rolled(mask, round(dy), round(dx))
