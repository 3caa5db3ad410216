"""A film's threads and memory: neither is seen in its pictures, nor kept when it is done."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest

from reelway.engines.animatic import job
from reelway.engines.animatic.canvas import Texture
from reelway.request import VideoRequest, to_json

SIZE = (160, 90)
FILM = VideoRequest(prompt="A man walks on a street in the rain at night", duration=3, seed=5)


def frames(monkeypatch: pytest.MonkeyPatch, painting: int, drawing: int) -> list[bytes]:
    monkeypatch.setattr(job, "PAINTING", painting)
    monkeypatch.setattr(job, "DRAWING", drawing)
    return [
        b"".join(np.frombuffer(plane, np.uint8).tobytes() for plane in frame.planes)
        for frame in job.drawn(FILM, SIZE, {}, every=8)
    ]


def test_pictures_do_not_depend_on_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = frames(monkeypatch, 1, 1)
    assert len(set(alone)) == len(alone) == 9
    assert frames(monkeypatch, 3, 5) == alone


def rendered(out: Path) -> None:
    job.render(to_json(FILM), size=SIZE, images={}, out=out, progress=lambda f: None, every=4)


def test_encoded_frames_are_drawn_on_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made: list[job._Film] = []

    class Seen(job._Film):
        def __post_init__(self) -> None:
            super().__post_init__()
            made.append(self)

    monkeypatch.setattr(job, "_Film", Seen)
    rendered(tmp_path / "film.mp4")
    assert 1 <= len(made[0].finish.spare) <= 10 < FILM.frames // 4
    assert 1 <= len(made[0].spare) <= job.DRAWING


def textures() -> set[int]:
    return {id(thing) for thing in gc.get_objects() if isinstance(thing, Texture)}


def test_nothing_painted_outlives_its_film(tmp_path: Path) -> None:
    """Not even until the next search for garbage."""
    for n in range(2):
        gc.collect()
        before = textures()  # of other tests
        gc.disable()
        try:
            rendered(tmp_path / f"{n}.mp4")
            assert not textures() - before
        finally:
            gc.enable()
