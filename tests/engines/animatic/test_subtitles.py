"""Captions that are burned in: when they are asked for, and how they stand in the picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.animatic.filming import Make, fitted, image, psnr
from reelway.engines.animatic import scene
from reelway.engines.animatic.canvas import Canvas
from reelway.engines.animatic.captioning import Caption
from reelway.engines.animatic.lettering import missing
from reelway.engines.animatic.subtitles import Subtitles, wanted
from reelway.request import Shot, VideoRequest

SIZES = [(640, 360), (360, 640), (480, 480)]
LINES = [
    ("We sail at first light,", "and if the wind holds"),
    ("今天的雨下得真大，", "我们还是明天再出发吧！"),
    ("W" * 42, "i"),
]


@pytest.mark.parametrize(
    ("prompt", "negative", "asked"),
    [
        ("A man speaks, with subtitles.", "", True),
        ("A man speaks, with English subtitles", "", True),
        ("A talk with burned-in captions", "", True),
        ("A subtitled film about the sea", "", True),
        ("带字幕的访谈", "", True),
        ("访谈，中文字幕", "", True),
        ("A man speaks. No subtitles.", "", False),
        ("Never show captions, please", "", False),
        ("without any captions", "", False),
        ("无字幕，老人说话", "", False),
        ("A man reads a caption on the wall", "", False),
        ("A man speaks", "", False),
        ("A man speaks, with subtitles.", "blur, subtitles", False),
        ("A man speaks, with subtitles.", "text", False),
        ("带字幕的访谈", "模糊，字幕", False),
        ("A man speaks, with subtitles.", "blurry text on signs", True),
    ],
)
def test_who_asks_for_them(prompt: str, negative: str, asked: bool) -> None:
    assert wanted(VideoRequest(prompt=prompt, negative_prompt=negative)) is asked
    shots = (Shot(prompt=prompt, duration=3),)
    assert (
        wanted(VideoRequest(shots=shots, shot_mode="customize", negative_prompt=negative)) is asked
    )


def test_the_field_has_the_last_word() -> None:
    assert wanted(VideoRequest(prompt="no subtitles", negative_prompt="text", captions=True))
    assert not wanted(VideoRequest(prompt="with subtitles", captions=False))


def drawn(
    lines: tuple[str, ...], size: tuple[int, int], at: float, strength: float = 1.0
) -> np.ndarray:
    canvas = Canvas(size, scene.span_of(size))
    canvas.y[:] = 0.5
    caption = Caption(start=1.0, end=2.0, lines=lines)
    Subtitles([caption], size, scene.span_of(size)).draw(canvas, at, strength)
    return canvas.y.copy()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lines", LINES)
def test_white_on_a_dark_rim_at_the_foot(lines: tuple[str, ...], size: tuple[int, int]) -> None:
    if missing("".join(lines)):
        pytest.skip("the font of the [animatic] extra is not installed")
    luma = drawn(lines, size, 1.5)
    touched = np.abs(luma - 0.5) > 0.02
    rows, columns = np.flatnonzero(touched.any(axis=1)), np.flatnonzero(touched.any(axis=0))
    height, width = luma.shape
    assert rows[0] > 0.6 * height and 0.03 * height < height - rows[-1] < 0.12 * height
    assert columns[0] > 0 and columns[-1] < width - 1  # whole
    assert abs(columns[0] + columns[-1] - width) < 0.06 * width  # in the middle
    assert luma.max() > 0.85 and luma.min() < 0.15


def test_only_in_its_time_and_only_as_strong_as_the_film_is_ours() -> None:
    for at, strength in ((0.9, 1.0), (2.0, 1.0), (1.5, 0.0)):
        assert (drawn(LINES[0], SIZES[0], at, strength) == 0.5).all()
    full, half = (np.abs(drawn(LINES[0], SIZES[0], 1.0, s) - 0.5).max() for s in (1.0, 0.5))
    assert half == pytest.approx(full / 2, rel=0.1)


def test_too_small_to_be_read_is_not_drawn() -> None:
    assert (drawn(LINES[0], (96, 54), 1.5) == 0.5).all()


def test_letters_that_no_font_here_has() -> None:
    assert missing("สวัสดี") and missing("مرحبا") and not missing("Où est l’été ?")


def test_burned_into_a_film_or_beside_it(make: Make) -> None:
    prompt = 'A quiet field, static camera. Ann says: "Good morning, everybody."'
    plain, burned = (
        make(prompt, size=(320, 180), sound=True, seed=3, captions=wish) for wish in (None, True)
    )
    (told,) = burned.report["captions"]
    assert plain.report["captions"] == [told]
    assert plain.report["understood"]["captions"] == "beside the film"
    changed = np.abs(burned.luma().astype(float) - plain.luma()).max(axis=2) > 40  # frames, rows
    frames = np.flatnonzero(changed.any(axis=1))
    assert abs(frames[0] - told["start"] * 24) < 1 and abs(frames[-1] + 1 - told["end"] * 24) < 1
    assert np.flatnonzero(changed.any(axis=0))[0] > 0.7 * 180


def test_boxes_are_not_drawn_for_letters_that_no_font_here_has(make: Make) -> None:
    assert (drawn(("สวัสดี",), SIZES[0], 1.5) == 0.5).all()
    film = make('A quiet field. Ann says: "مرحبا يا صديقي"', sound=True, captions=True, seed=3)
    (told,) = film.report["captions"]
    assert told["text"] == "مرحبا يا صديقي"
    (reason,) = [i["reason"] for i in film.report["ignored"] if i["field"] == "captions"]
    assert "no font here" in reason


def test_never_over_the_callers_own_last_frame(make: Make, tmp_path: Path) -> None:
    """A line that goes on to the end is taken away before the picture must be exact."""
    frame, path, rgb = image(tmp_path, "end", (320, 180))
    said = 'Ann says: "' + "We sail at first light if the wind holds. " * 3 + '"'
    fields: dict[str, Any] = {
        "size": (320, 180), "sound": True, "seed": 3, "last_frame": frame,
        "images": {frame.source: str(path)},
    }  # fmt: skip
    plain, burned = (make(said, captions=wish, **fields) for wish in (False, True))
    assert burned.report["captions"][-1]["end"] > 2.4
    before, after = plain.luma(), burned.luma()
    assert psnr(after[-1], fitted(rgb, (320, 180))) > psnr(before[-1], fitted(rgb, (320, 180))) - 1
    assert np.abs(after[36] - before[36]).max() > 60  # but there in the middle of the film


def test_readable_on_snow_and_at_night() -> None:
    """The rim is dark enough on white, the letters light enough on black: 4.5 to 1 (WCAG)."""
    for ground in (0.98, 0.02):
        canvas = Canvas((640, 360), scene.span_of((640, 360)))
        canvas.y[:] = ground
        caption = Caption(start=1.0, end=2.0, lines=("We sail at first light",))
        Subtitles([caption], (640, 360), scene.span_of((640, 360))).draw(canvas, 1.5, 1.0)
        letters, rim = float(canvas.y.max()) if ground < 0.5 else 0.97, float(canvas.y.min())
        light = [((v + 0.055) / 1.055) ** 2.4 for v in (letters, max(rim, 0.02))]
        assert (light[0] + 0.05) / (light[1] + 0.05) > 4.5
