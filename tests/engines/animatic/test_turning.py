"""Light and clouds that change in a caller's picture: which words tell of it, what is seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pictures
from engines.animatic.filming import Film, Make, colours, fitted, psnr, save
from reelway.engines.animatic.hours import drift, turn
from reelway.request import Image

CALM = "grain, vignette"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("night falls over the city", "night"),
        ("it gets dark", "night"),
        ("夜幕降临", "night"),
        ("天黑了，灯亮起", "night"),
        ("dusk falls", "dusk"),
        ("the sun is slowly setting", "sunset"),
        ("太阳慢慢落山", "sunset"),
        ("dawn breaks", "sunrise"),
        ("morning comes", "sunrise"),
        ("太阳升起", "sunrise"),
        ("the street lights all come on", "lit"),
        ("the windows light up", "lit"),
        ("灯光亮起", "lit"),
        ("she turns off the lights", "unlit"),
        ("熄灯", "unlit"),
        ("at night, in the rain", ""),
        ("a sunset", ""),
        ("leaves fall at night", ""),
        ("the boat sinks", ""),
        ("light rain falls", ""),
        ("the moon rises", ""),
    ],
)
def test_words(text: str, kind: str) -> None:
    assert turn(text) == kind


@pytest.fixture
def over(make: Make, tmp_path: Path) -> Any:
    def film(
        kind: str, prompt: str, size: tuple[int, int] = (160, 90), **fields: Any
    ) -> tuple[Film, np.ndarray]:
        rgb = np.asarray(pictures.KINDS[kind]().convert("RGB"))
        picture = Image(source="asset:seen", width=rgb.shape[1], height=rgb.shape[0])
        images = {picture.source: save(tmp_path, "seen", rgb)}
        made = make(prompt, first_frame=picture, images=images, size=size, seed=4,
                    negative_prompt=CALM, duration=1, **fields)  # fmt: skip
        return made, rgb

    return film


def test_night_falls_upon_a_town(over: Any) -> None:
    """The first frame is the picture; then it darkens, the sky most, and windows are lit."""
    film, rgb = over("town", "static, night falls", (320, 180))
    seen, luma = colours(film), film.luma()
    assert psnr(luma[0], fitted(rgb, (320, 180))) >= 38
    assert film.report["understood"]["shots"][0]["light"] == "night"
    assert not film.report["ignored"]
    dark = luma[-1] / luma[0]
    assert np.median(dark[:40]) < 0.45 < 2.2 * np.median(dark[150:])
    warm = (seen[-1][..., 0] > seen[-1][..., 2] + 60) & (seen[-1].max(axis=-1) > 130)
    assert 0.005 < warm.mean() < 0.15  # windows
    assert (seen[0][..., 0] > seen[0][..., 2] + 60).mean() < 0.001
    steps = np.abs(np.diff(luma, axis=0)).mean(axis=(1, 2))
    assert steps.max() < 14


def test_the_sun_sets(over: Any) -> None:
    film, _ = over("landscape", "static, the sun sets")
    seen = colours(film)
    glow = seen[-1][35:42] - seen[0][35:42]
    assert glow[..., 0].mean() > glow[..., 2].mean() + 60  # red comes, blue goes
    assert seen[-1].mean() < seen[0].mean()


def test_the_sun_rises_over_a_dark_picture(over: Any) -> None:
    night, _ = over("landscape", "static, night falls")
    assert night.luma()[-1].mean() < 80
    film, _ = over("drawing", "static, the lights go out")
    assert film.luma()[-1].mean() < 0.5 * film.luma()[0].mean()
    rises, _ = over("portrait", "static, the sun rises")
    assert rises.luma()[-1].mean() > rises.luma()[0].mean() + 5


def test_a_word_for_the_hour_changes_nothing(over: Any) -> None:
    plain, _ = over("town", "static")
    night, _ = over("town", "static, at night")
    np.testing.assert_array_equal(plain.luma(), night.luma())
    assert "light" not in night.report["understood"]["shots"][0]


@pytest.mark.parametrize("kind", pictures.KINDS)
def test_every_kind_of_picture(over: Any, kind: str) -> None:
    """Exact at its frame, smooth from there on, whatever is in it."""
    film, rgb = over(kind, "night falls, rain, dolly in")
    luma = film.luma()
    assert psnr(luma[0], fitted(rgb, (160, 90))) >= 38
    assert luma[-1].mean() < 0.75 * luma[0].mean()
    steps = np.abs(np.diff(luma, axis=0)).mean(axis=(1, 2))
    assert steps.max() < 30


@pytest.mark.parametrize(
    ("text", "pace"),
    [
        ("clouds drift by", 0.007),
        ("the clouds are slowly moving", 0.007),
        ("白云飘过", 0.007),
        ("a windy day", 0.007),
        ("time-lapse of a city", 0.02),
        ("clouds race over the hills", 0.02),
        ("clouds", 0),
        ("a cloudy day", 0),
    ],
)
def test_words_for_a_sky_that_goes_by(text: str, pace: float) -> None:
    assert drift(text) == pace


def test_clouds_go_by_and_the_land_stays(over: Any) -> None:
    """The first frame is the picture; then what is in the sky goes to the right, nothing else."""
    film, rgb = over("clouds", "static, clouds race by")
    seen = film.luma()
    assert psnr(seen[0], fitted(rgb, (160, 90))) >= 38

    def across(frame: np.ndarray) -> float:
        top = frame[:30, 20:140] > 200
        return float(np.nonzero(top)[1].mean())

    assert across(seen[-1]) - across(seen[0]) > 0.8
    ground = seen[:, 50:] - seen[:, 50:].mean(axis=(1, 2), keepdims=True)
    assert np.abs(ground[-1] - ground[0]).mean() < 1.5
