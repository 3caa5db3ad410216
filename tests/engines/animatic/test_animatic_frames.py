"""The caller's first and last frames: exactly there, whatever they show, at every shape."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.animatic.filming import Make, colours, fitted, image, plain, psnr, save
from reelway.request import Element, Image

SHAPES = [(160, 90), (90, 160), (120, 120)]


def noise() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 255, (180, 320, 3)).astype(np.uint8)


def text() -> np.ndarray:
    """Lines of dark strokes on paper."""
    random = np.random.default_rng(2)
    page = np.full((360, 640, 3), 250, np.uint8)
    for top in range(20, 340, 22):
        left = 20
        while left < 600:
            wide = int(random.integers(4, 14))
            page[top : top + 12, left : left + wide] = 20
            left += wide + int(random.integers(3, 16))
    return page


def gradient() -> np.ndarray:
    y, x = np.mgrid[0:240, 0:420]
    return np.stack([x * 255 / 420, y * 255 / 240, (x + y) * 255 / 660], axis=-1).astype(np.uint8)


def portrait() -> np.ndarray:
    """Upright: a head before a soft background, in a film that lies."""
    y, x = np.mgrid[0:480, 0:270]
    page = np.stack([90 + y / 6, 120 + x / 5, 100 + y / 9], axis=-1)
    page[np.hypot(x - 135, (y - 230) * 0.8) < 70] = (220, 170, 140)
    page[(np.abs(x - 135) < 95) & (y > 320)] = (40, 50, 120)
    return page.astype(np.uint8)


def tiny() -> np.ndarray:
    y, x = np.mgrid[0:169, 0:300]
    waves = [128 + 90 * np.sin(x / (7 + k) + y / 11) for k in range(3)]
    return np.stack(waves, axis=-1).astype(np.uint8)


def red() -> np.ndarray:
    return np.full((300, 400, 3), (255, 0, 0), np.uint8)


def black() -> np.ndarray:
    return np.zeros((300, 533, 3), np.uint8)


ODD = [noise, text, gradient, portrait, tiny, red, black]


@pytest.fixture
def given(tmp_path: Path) -> Callable[..., tuple[Image, Path]]:
    def make(rgb: np.ndarray, name: str) -> tuple[Image, Path]:
        high, wide = rgb.shape[:2]
        return Image(source=f"asset:{name}", width=wide, height=high), save(tmp_path, name, rgb)

    return make


@pytest.mark.parametrize("size", SHAPES)
@pytest.mark.parametrize("paint", ODD, ids=lambda p: p.__name__)
def test_alone_at_either_end(make: Make, given: Any, paint: Any, size: tuple[int, int]) -> None:
    rgb = paint()
    picture, path = given(rgb, "odd")
    images = {picture.source: path}
    first = make("pan right, rain", first_frame=picture, images=images, size=size, duration=1)
    assert psnr(first.luma()[0], fitted(rgb, size)) >= 38
    last = make("dolly in, fog", last_frame=picture, images=images, size=size, duration=1)
    assert psnr(last.luma()[-1], fitted(rgb, size)) >= 38


@pytest.mark.parametrize("size", SHAPES)
@pytest.mark.parametrize("n", range(len(ODD)), ids=lambda n: ODD[n].__name__)
def test_between_two(make: Make, given: Any, n: int, size: tuple[int, int]) -> None:
    """All in a ring: each once the first and once the last, with a picture that has nothing in
    common with it."""
    one, other = ODD[n](), ODD[n - 1]()[:, ::-1].copy()
    (a, path_a), (b, path_b) = given(one, "one"), given(other, "other")
    images = {a.source: path_a, b.source: path_b}
    film = make("", first_frame=a, last_frame=b, images=images, size=size, duration=1).luma()
    assert psnr(film[0], fitted(one, size)) >= 38
    assert psnr(film[-1], fitted(other, size)) >= 38


@pytest.mark.parametrize("move", ["pan left", "tilt up", "dolly out", "zoom in", "orbit",
    "crane up", "handheld", "aerial", "track right fast"])  # fmt: skip
def test_nothing_jumps(make: Make, tmp_path: Path, move: str) -> None:
    """From frame to frame the picture changes little, and it does change."""
    picture, path, _ = image(tmp_path, "first", (320, 180))
    images = {picture.source: path}
    luma = make(move, first_frame=picture, images=images, negative_prompt="grain").luma()
    steps = np.abs(np.diff(luma, axis=0)).mean(axis=(1, 2))
    assert 0.2 < steps.mean() < 12
    assert steps.max() < 3.5 * np.median(steps) + 3


def test_static_keeps_the_picture(make: Make, tmp_path: Path) -> None:
    picture, path, rgb = image(tmp_path, "first", (320, 180))
    images = {picture.source: path}
    keep = "grain, vignette"
    film = make("static", first_frame=picture, images=images, negative_prompt=keep, every=40)
    assert psnr(film.luma()[1], fitted(rgb, (160, 90))) >= 36


@pytest.mark.parametrize(
    ("weather", "brighter", "restless"),
    [("fog", None, False), ("storm", None, True), ("rain", False, True), ("snowfall", None, True)],
)
def test_weather_comes_over_it(
    make: Make, given: Any, weather: str, brighter: bool | None, restless: bool
) -> None:
    y, x = np.mgrid[0:180, 0:320]
    view = np.stack([120 + x / 8, 150 - y / 3, 190 - y / 2], axis=-1).astype(np.uint8)
    picture, path = given(view, "view")
    shown = {"first_frame": picture, "images": {picture.source: path}}
    keep = "grain, vignette"
    dry = make("static", negative_prompt=keep, **shown).luma()
    wet = make(f"static, {weather}", negative_prompt=keep, **shown).luma()
    assert np.abs(wet[0] - dry[0]).mean() < 0.5  # from nothing
    assert np.abs(wet[60] - dry[60]).mean() > 1.5
    if brighter is not None:
        assert (wet[60].mean() > dry[60].mean()) == brighter
    unrest = np.abs(np.diff(wet[50:60], axis=0)).max(axis=0).mean()
    assert (unrest > 0.8) == restless


def test_the_same_twice(make: Make, tmp_path: Path) -> None:
    (a, path_a, _), (b, path_b, _) = (image(tmp_path, n, (320, 180)) for n in ("a", "b"))
    shown = {"first_frame": a, "last_frame": b}
    films = [make("", images={a.source: path_a, b.source: path_b}, **shown) for _ in range(2)]
    assert films[0].data == films[1].data


def test_the_same_picture_at_every_size(make: Make, tmp_path: Path) -> None:
    picture, path, _ = image(tmp_path, "first", (640, 360))
    shown = {"first_frame": picture, "images": {picture.source: path}, "duration": 1}
    small, large = (
        make("orbit left", size=size, negative_prompt="grain", every=23, **shown).luma()[-1]
        for size in ((160, 90), (320, 180))
    )
    halves = large.reshape(90, 2, 160, 2).mean(axis=(1, 3))
    assert psnr(small, halves) > 27


def test_elements_go_with_the_camera(make: Make, tmp_path: Path) -> None:
    """Over the caller's own picture they pass as what is near does."""
    ground = np.full((180, 320, 3), (120, 150, 200), np.uint8)
    ground[95:] = (90, 120, 70)
    view = Image(source="asset:view", width=320, height=180)
    element, cut = plain(tmp_path, "m", "magenta")
    frames = colours(
        make(
            "<<<element_1>>> stands in the middle, track right fast",
            first_frame=view,
            elements=(Element(frontal=element),),
            images={view.source: save(tmp_path, "view", ground), element.source: cut},
        )
    )

    def across(frame: np.ndarray) -> float:
        r, g, b = (frame[..., i] for i in range(3))
        x = np.nonzero((r > g + 40) & (b > g + 20))[1]
        return float(x.mean())

    assert across(frames[-1]) < across(frames[24]) - 4
