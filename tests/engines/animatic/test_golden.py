"""Films as they were when somebody last looked at them: see `golden`, and scripts/golden.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import golden
from engines.animatic.filming import psnr


def kept(name: str, ending: str) -> Path:
    path = golden.path(name, ending)
    if not path.exists():
        pytest.skip(f"no golden film for PyAV {golden.major()}: python scripts/golden.py")
    return path


def apart(a: np.ndarray, b: np.ndarray) -> float:
    """dB of the worst frame."""
    assert a.shape == b.shape
    return min(psnr(x * 1.0, y * 1.0) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("name", golden.FILMS)
def test_frames(tmp_path: Path, name: str) -> None:
    before = np.load(kept(name, "npz"))["frames"]
    assert apart(before, golden.made(name, tmp_path)) >= golden.RAW


def test_decoded(tmp_path: Path) -> None:
    before = golden.decoded(kept(golden.FILM, "mp4"))
    assert apart(before, golden.decoded(golden.encoded(tmp_path / "film.mp4"))) >= golden.DECODED


def test_there_are_some_and_they_are_small() -> None:
    files = list(golden.FOLDER.iterdir())
    assert {p.name.split(".")[0] for p in files} >= set(golden.FILMS)
    assert sum(p.stat().st_size for p in files) <= golden.MOST_BYTES
