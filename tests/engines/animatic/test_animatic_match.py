"""From one picture to another: what is in both moves, and does not fade twice."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from engines.animatic.filming import psnr
from engines.animatic.test_animatic_relief import whole
from reelway.engines.animatic.canvas import Canvas, Texture
from reelway.engines.animatic.match import match
from reelway.engines.animatic.morph import Morph
from reelway.engines.animatic.noise import fbm
from reelway.engines.animatic.regions import resized

SMALL = (160, 90)


def scene(
    x: float = 0.0, y: float = 0.0, size: float = 1.0, seed: int = 3, to: tuple[int, int] = SMALL
) -> np.ndarray:
    """A view with detail at many scales, seen from (x, y) pixels of 160, `size` as near."""
    at = [
        ((np.arange(n) + 0.5) / n - 0.5) * m / size + 200 + by
        for n, m, by in ((to[0], 160, x), (to[1], 90, y))
    ]
    planes = [fbm(seed + k, "view", at[0] / 30, at[1] / 30, octaves=5) for k in range(3)]
    return np.clip(0.5 + 0.35 * np.stack(planes, axis=-1), 0, 1).astype(np.float32)


def ball(view: np.ndarray, x: float, y: float, radius: float) -> np.ndarray:
    rows, cols = np.mgrid[0 : view.shape[0], 0 : view.shape[1]]
    unit = view.shape[1] / 160
    cover = np.clip(radius * unit - np.hypot(cols - x * unit, rows - y * unit) + 0.5, 0, 1)
    ink = np.array([0.9, 0.1, 0.15], np.float32)
    return (view * (1 - cover[..., None]) + ink * cover[..., None]).astype(np.float32)


@dataclass
class Shown:
    texture: Texture
    small: np.ndarray


def shown(small: np.ndarray, large: np.ndarray | None = None) -> Shown:
    large = small if large is None else large
    return Shown(whole((large.shape[1], large.shape[0]), large), small)


@pytest.mark.parametrize(("x", "y"), [(0, 0), (6, 0), (-18, 4), (30, -8), (3, 12)])
def test_a_shift_is_found(x: int, y: int) -> None:
    found = match(scene(), scene(x, y))
    assert found.firm > 0.7
    inner = np.s_[20:-20, 40:-40]
    assert abs(np.median(found.x[inner]) + x) < 0.6
    assert abs(np.median(found.y[inner]) + y) < 0.6
    assert not found.moved


@pytest.mark.parametrize("size", [0.8, 1.11, 1.3])
def test_a_change_of_size_is_found(size: float) -> None:
    found = match(scene(), scene(size=size))
    rows, cols = np.mgrid[0:90, 0:160]
    inner = np.s_[25:-25, 45:-45]
    assert np.abs(found.x - (cols - 79.5) * (size - 1))[inner].mean() < 1.2
    assert np.abs(found.y - (rows - 44.5) * (size - 1))[inner].mean() < 1.2


def test_the_same_in_other_light_is_still_the_same() -> None:
    view = scene()
    dusk = view * np.array([0.6, 0.55, 0.8], np.float32)
    found = match(view, dusk)
    assert found.firm > 0.5
    assert max(np.abs(found.x).max(), np.abs(found.y).max()) < 1.5


def test_different_views_have_nothing_in_common() -> None:
    found = match(scene(seed=3), scene(seed=40))
    assert found.firm == 0 and not found.moved
    assert (found.x == 0).all() and (found.y == 0).all()


@pytest.mark.parametrize("picture", [0.0, 0.5, 1.0])
def test_a_flat_picture_gives_no_way(picture: float) -> None:
    flat = np.full((90, 160, 3), picture, np.float32)
    for pair in ((flat, scene()), (scene(), flat), (flat, flat), (flat, 1 - flat)):
        found = match(*pair)
        assert np.isfinite(found.x).all() and np.isfinite(found.sure).all()


@pytest.mark.parametrize(
    ("before", "after"), [((30, 60, 10), (125, 55, 10)), ((120, 30, 9), (40, 60, 12))]
)
def test_what_moved_by_itself_is_found(before: tuple[int, ...], after: tuple[int, ...]) -> None:
    view = scene()
    found = match(ball(view, *before), ball(view, *after))
    (moved,) = found.moved
    for mask, (x, y, radius) in ((moved.before, before), (moved.after, after)):
        rows, cols = np.nonzero(mask)
        assert np.hypot(cols.mean() - x, rows.mean() - y) < 2
        assert 0.7 < len(rows) / (np.pi * radius**2) < 1.5
    assert np.abs(found.x).max() < 1


def test_it_goes_its_way_and_is_there_once() -> None:
    """Half way it is half way, whole, and neither where it was nor where it will be."""
    view, large = scene(), scene(to=(480, 270))
    places = (30, 60, 10), (125, 55, 10)
    first, last = (shown(ball(view, *p), ball(large, *p)) for p in places)
    morph = Morph(first, last)
    canvas = Canvas((480, 270), 1.0)
    morph.draw(canvas, 0.5)
    wanted = whole((480, 270), ball(large, 77.5, 57.5, 10)).y
    assert psnr(canvas.y * 255, wanted * 255) > 32
    plain = (first.texture.y + last.texture.y) / 2
    assert psnr(canvas.y * 255, wanted * 255) > psnr(plain * 255, wanted * 255) + 6


def test_a_pan_between_two_pictures_is_a_pan() -> None:
    to = (480, 270)
    first, last = (shown(scene(x), scene(x, to=to)) for x in (0, 24))
    canvas = Canvas(to, 1.0)
    Morph(first, last).draw(canvas, 0.5)
    wanted = whole(to, scene(12, to=to)).y
    plain = (first.texture.y + last.texture.y) / 2
    assert psnr(canvas.y * 255, wanted * 255) > psnr(plain * 255, wanted * 255) + 3


@pytest.mark.parametrize("pair", ["pan", "ball", "different", "light", "flat"])
@pytest.mark.parametrize("to", [(160, 90), (90, 160), (120, 120)])
def test_no_holes_no_jumps_and_exact_ends(pair: str, to: tuple[int, int]) -> None:
    part = 160 / max(to)
    small = round(to[0] * part), round(to[1] * part)
    view = scene(to=small)
    other = {
        "pan": scene(20, to=small),
        "ball": ball(view, 100, 60, 12),
        "different": scene(seed=50, to=small),
        "light": view * 0.6,
        "flat": np.full_like(view, 0.3),
    }[pair]
    one = ball(view, 40, 50, 12) if pair == "ball" else view
    morph = Morph(*(shown(p, resized(p, (to[1], to[0]))) for p in (one, other)))
    canvas = Canvas(to, 1.0)
    frames = []
    for t in np.linspace(0, 1, 25):
        canvas.y[...] = np.nan
        morph.draw(canvas, float(t))
        assert np.isfinite(canvas.y).all() and np.isfinite(canvas.u).all()
        frames.append(canvas.y.copy())
    assert np.array_equal(frames[0], morph.first.y) and np.array_equal(frames[-1], morph.last.y)
    steps = [float(np.abs(b - a).mean()) for a, b in pairwise(frames)]
    assert max(steps) < 0.07
    for gone in np.linspace(0, 1, 9):
        (ay, ax), (by, bx), _ = morph.maps(float(gone))
        assert (np.diff(ay, axis=0) > 0).all() and (np.diff(ax, axis=1) > 0).all()
        assert (np.diff(by, axis=0) > 0).all() and (np.diff(bx, axis=1) > 0).all()
