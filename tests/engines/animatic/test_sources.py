"""A light in the picture: brightest where it is, one of a kind, and the same at every size."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from reelway.engines.animatic import flame, halo, lamps, living, scene, sources
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window
from reelway.engines.animatic.light import light
from reelway.engines.animatic.plan import plan
from reelway.engines.animatic.solid import shade
from reelway.request import VideoRequest

WINDOW = Window.of(-0.88, -0.5, 0.88, 0.5, 60.0)


def grey(level: float = 0.3) -> np.ndarray:
    return np.full((WINDOW.height, WINDOW.width, 3), level, np.float32)


class Nothing(Executor):
    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return Future()


def builder(prompt: str, size: tuple[int, int] = (640, 360), seed: int = 2) -> Builder:
    """A shot with its light, before anything is painted."""
    (shot,) = plan(VideoRequest(prompt=prompt, duration=3, model="animatic", seed=seed))
    lit = light(shot.time, shot.weather, shot.seed)
    made = scene._builder(shot, size, Nothing(), scene.Pictures(), lit, shot.moves)
    lamps.put(made)
    return made


def at(x: float, y: float) -> tuple[int, int]:
    return (int((y - WINDOW.top) * WINDOW.density), int((x - WINDOW.left) * WINDOW.density))


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("a campfire in a forest at night", "fire"),
        ("a woman reads in a room by candlelight", "candle"),
        ("a singer on a stage under a spotlight", "spot"),
        ("a knight backlit on a hill at sunset", "back"),
        ("a neon street at night", "neon"),
        ("a meadow in the morning", ""),
    ],
)
def test_what_gives_light(prompt: str, kind: str) -> None:
    made = builder(prompt)
    assert (made.source.kind if made.source else "") == kind


@pytest.mark.parametrize("seed", range(3))
def test_a_room_is_brightest_at_its_candle(seed: int) -> None:
    b = builder("a woman reads in a room by candlelight", seed=seed)
    s = b.source
    assert s is not None
    lit = sources.bathed(s, b.light, b.horizon, WINDOW, grey(), 3.0, None)
    assert lit[at(s.x, s.y)].mean() >= 0.97 * lit.mean(axis=2).max()
    assert lit[at(s.x, s.y)].mean() > 1.5 * lit[-1, -1 if s.x < 0 else 0].mean()
    red, _, blue = lit[at(s.x, s.y)]
    assert red > blue


def test_the_ground_is_brightest_at_its_fire() -> None:
    b = builder("a campfire in a desert at night")
    s = b.source
    assert s is not None
    lit = sources.bathed(s, b.light, b.horizon, WINDOW, grey(), 1.0, (0.4, 20.0)).mean(axis=2)
    row, _ = at(0.0, s.foot)
    near = int(np.argmax(lit[row]))
    assert abs(WINDOW.xs[near] - s.x) < 0.06
    assert lit[row, near] > lit[at(0.0, b.horizon + 0.02)[0]].max()


def test_signs_are_painted_as_they_are() -> None:
    """Neon lights people, and never whole walls once more."""
    b = builder("a neon street at night with a crowd")
    assert b.source is not None
    lit = sources.bathed(b.source, b.light, b.horizon, WINDOW, grey(), 0.9, None)
    assert np.array_equal(lit, grey())
    plain = shade(b.light, indoors=False, town=True)
    shone = sources.upon(b.source, plain, b.light, b.horizon, 0.0, 0.2, 1.0)
    assert shone.rim[0] > shone.rim[1] and shone.kick[2] > shone.kick[0]  # pink, and blue


def test_a_figure_is_brighter_near_the_fire() -> None:
    b = builder("a campfire in a desert at night")
    s, plain = b.source, shade(b.light, indoors=False, town=False)
    assert s is not None
    near, far = (
        sources.upon(s, plain, b.light, b.horizon, s.x + dx, s.y, s.depth) for dx in (0.15, 1.5)
    )
    assert near.key.mean() > 2 * far.key.mean()
    assert near.toward[0] < 0  # the fire is to its left


def test_a_candle_has_one_flame(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the thing, where a candle lies there; else one on the table."""
    flames: list[float] = []
    monkeypatch.setattr(flame, "candle", lambda b, x, *rest: flames.append(x))
    alone = builder("a candle in a room at night")
    lamps.shown(alone)
    assert flames == []
    assert alone.source is not None and abs(alone.source.y) < 0.4
    lamps.shown(builder("a woman reads in a room by candlelight"))
    assert len(flames) == 1


@pytest.mark.parametrize("seed", range(4))
def test_two_by_candlelight_have_it_between_them(seed: int) -> None:
    b = builder("two people talk in a cafe by candlelight, wide shot", seed=seed)
    assert b.source is not None
    left, right = sorted(living.across(b))
    assert left < b.source.x < right or abs(b.source.x) == 0.40


def test_lamps_in_fog_have_halos() -> None:
    picture, cover = grey(0.2), np.zeros(grey().shape[:2], np.float32)
    cover[20:40, 30:80] = 1
    picture[36:40, 50:56] = 1.0
    lit, over = halo.spread(WINDOW, picture.copy(), cover.copy(), above=0.5, amount=1.0)
    row = lit[38, :, 0]
    assert row[58] > row[61] > 0.2 and over[42, 53] > 0  # around it, also where nothing was
    assert over.max() <= 1 and lit.max() <= 1.5
    dull, same = halo.spread(WINDOW, grey(0.2), cover, above=0.5, amount=1.0)
    assert same is cover and float(dull.max()) == pytest.approx(0.2)


def test_the_same_light_at_two_sizes() -> None:
    for prompt in ("a campfire in a forest at night", "a girl sits in a room by candlelight"):
        small, large = (builder(prompt, size).source for size in ((320, 180), (1280, 720)))
        assert small is not None and large is not None
        assert replace(small, colour=0) == replace(large, colour=0)
