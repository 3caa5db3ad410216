"""The slate: what it says, where it stands, when it comes and goes, and what keeps it away."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from engines.animatic.filming import Film, fitted, image, psnr
from reelway.engines.animatic import Animatic, job
from reelway.engines.animatic.plan import plan
from reelway.engines.animatic.scene import span_of
from reelway.engines.animatic.slate import Slate, slate
from reelway.request import Shot, VideoRequest, to_json

SIZE = (720, 406)
PROMPT = "A lake at dusk in the rain, slow dolly in"


def of(size: tuple[int, int] = (1280, 720), frames: str = "", **fields: object) -> list[str]:
    request = VideoRequest(**{"prompt": PROMPT, **fields})  # type: ignore[arg-type]
    shots = plan(request)
    made = [slate(s, (n + 1, len(shots)), size, span_of(size), frames) for n, s in enumerate(shots)]
    return [one.text for one in made if one]


def test_text() -> None:
    assert of() == ["SHOT 1/1  LAKE · DUSK · RAIN  SLOW DOLLY IN  5s"]
    shots = (Shot(prompt="a desert at noon, static", duration=2), Shot(prompt="", duration=3))
    told = of(shots=shots, shot_mode="customize", prompt="")
    assert told[0] == "SHOT 1/2  DESERT · DAY  STATIC  2s"
    assert told[1].startswith("SHOT 2/2  DESERT · DAY  ")
    assert of(frames="first frame") == ["SHOT 1/1  FIRST FRAME  SLOW DOLLY IN  5s"]
    assert of(frames="first to last frame") == ["SHOT 1/1  FIRST TO LAST FRAME  5s"]


@pytest.mark.parametrize(
    "negative",
    ["text", "subtitles, blur", "watermark", "captions", "letters", "字幕", "水印，文字"],
)
def test_no_text_asked_for(negative: str) -> None:
    assert of(negative_prompt=negative) == []


def test_none_where_it_cannot_be_read() -> None:
    assert of(size=(320, 180)) == []
    assert of(size=(240, 426)) == []
    assert len(of(size=(720, 1280))) == 1


@pytest.fixture
def film(tmp_path: Path):  # type: ignore[no-untyped-def]
    def made(images: dict[str, Path] | None = None, slates: bool = True, **fields: object) -> Film:
        request = VideoRequest(**{"prompt": PROMPT, "duration": 3, "seed": 2, **fields})  # type: ignore[arg-type]
        out = tmp_path / "film.mp4"
        report = job.render(to_json(request), size=SIZE, images=images or {}, out=out, every=12,
                            progress=lambda part: None, slates=slates)  # fmt: skip
        return Film(out.read_bytes(), report)

    return made


def test_it_comes_and_goes(film) -> None:  # type: ignore[no-untyped-def]
    """At 0, ½, 1, 1½ … seconds; nothing of it at first, and nothing outside its corner."""
    calm = {"negative_prompt": "grain"}
    with_it, without = film(**calm).luma(), film(slates=False, **calm).luma()
    change = np.abs(with_it - without)
    left, foot = change[:, 360:, :360], np.delete(change, np.s_[360:], axis=1)
    assert change[0].max() < 3
    assert left[2].max() > 60
    assert (foot[2] > 12).mean() < 0.01
    assert (left[2] > 12).mean() < 0.30


def test_the_callers_frames_stay_as_they_are(film, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    source, path, rgb = image(tmp_path, "first", (720, 406))
    luma = film({source.source: path}, first_frame=source, prompt="static").luma()
    assert psnr(luma[0], fitted(rgb, SIZE)) >= 38
    assert np.abs(luma[2] - luma[0])[370:396, 24:120].max() > 60


def test_a_child_is_told_by_the_settings() -> None:
    assert Animatic(slate=False).settings == {"slate": False}
    assert Animatic().settings == {}


def test_letters_are_drawn_in_any_thread() -> None:
    shot = plan(VideoRequest(prompt=PROMPT))[0]
    gate = threading.Barrier(4)

    def draw() -> Slate | None:
        gate.wait()
        return slate(shot, (1, 1), (1280, 720), 1.0)

    with ThreadPoolExecutor(4) as pool:
        made = [f.result() for f in [pool.submit(draw) for _ in range(4)]]
    first = made[0]
    assert first is not None
    for other in made[1:]:
        assert other is not None
        np.testing.assert_array_equal(first.texture.y, other.texture.y)
