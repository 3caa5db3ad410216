"""A market: stalls stand along the walk and leave it free."""

from __future__ import annotations

import numpy as np
import pytest

from reelway.engines.animatic import stalls
from reelway.engines.animatic.canvas import Window
from reelway.engines.animatic.light import light
from reelway.engines.animatic.stalls import Stalls
from reelway.engines.animatic.terrain import EYE

HORIZON = 0.06
OF = Stalls(near=0.9, far=5.2, outer=0.94, inner=0.55, horizon=HORIZON, seed=5)


def row(
    density: float, time: str = "day", of: Stalls = OF
) -> tuple[Window, np.ndarray, np.ndarray]:
    window = Window.of(-0.88, -0.5, 0.88, 0.5, density)
    return window, *stalls._row(window, light(time, "clear", 1), of)


def test_the_walk_stays_free() -> None:
    """On the ground between the counters nothing stands."""
    window, _, cover = row(120.0)
    z = EYE / np.maximum(window.ys - HORIZON, 1e-3)[:, None]
    x = np.abs(window.xs[None, :] * z)
    walk = (x < OF.inner - stalls.JUT - 0.02) & (z > OF.near) & (z < OF.far)
    assert walk.sum() > 500 and cover[walk].max() == 0
    assert cover[:, :40].max() == 1 and cover[:, -40:].max() == 1  # and both sides are lined


def test_both_sides_are_not_alike() -> None:
    _, picture, cover = row(90.0)
    half = picture.shape[1] // 2
    left, right = picture[:, :half], picture[:, ::-1][:, :half]
    assert np.abs(left - right)[cover[:, :half] > 0].mean() > 0.03


@pytest.mark.parametrize("time", ["day", "night"])
def test_stalls_are_seen_and_not_clipped(time: str) -> None:
    _, picture, cover = row(90.0, time)
    seen = picture[cover > 0.5]
    assert np.isfinite(picture).all() and cover.min() >= 0 and cover.max() <= 1
    assert seen.mean() > 0.08 and (seen.min(axis=1) > 0.97).mean() < 0.01


def test_the_same_stalls_at_two_sizes() -> None:
    _, small, cover = row(60.0)
    _, large, _ = row(120.0)
    h, w = small.shape[:2]
    halved = large[: 2 * h, : 2 * w].reshape(h, 2, w, 2, 3).mean(axis=(1, 3))
    assert np.abs(halved - small)[cover > 0.5].mean() < 0.05
    _, other, _ = row(60.0, of=Stalls(**{**vars(OF), "seed": 6}))
    assert np.abs(other - small)[cover > 0.5].mean() > 0.05
