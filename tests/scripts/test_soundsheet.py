"""The sheet of sounds: its films are real ones, and its plots show when something is heard."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SCRIPT = Path(__file__).parents[2] / "scripts" / "soundsheet"


@pytest.fixture
def sheet(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.syspath_prepend(str(SCRIPT))
    import sheet

    yield sheet
    for name in ("sheet", "prompts"):
        sys.modules.pop(name, None)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_a_film_is_drawn(tmp_path: Path) -> None:
    done = run("--only", "library", "--seconds", "1", "--folder", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "LUFS" in done.stdout and "dBTP" in done.stdout
    (path,) = tmp_path.iterdir()
    picture = np.asarray(Image.open(path).convert("L"))
    assert path.name == "library.png" and picture.std() > 5


def test_any_prompt_may_be_heard(tmp_path: Path) -> None:
    done = run(
        "--prompt", "Waves!", "--prompt", "海边", "--seconds", "1", "--folder", str(tmp_path)
    )
    assert done.returncode == 0, done.stderr
    assert {p.name for p in tmp_path.iterdir()} == {"waves.png", "海边.png"}


def test_a_film_that_is_not_there() -> None:
    done = run("--only", "opera")
    assert done.returncode == 2 and "opera" in done.stderr


def test_there_are_twenty(sheet) -> None:  # type: ignore[no-untyped-def]
    from prompts import PROMPTS

    assert len(PROMPTS) == 20 == len(dict(PROMPTS))


def test_a_tone_is_drawn_at_its_pitch(sheet) -> None:  # type: ignore[no-untyped-def]
    t = np.arange(48_000) / 48_000
    rows = sheet.spectrogram(0.5 * np.sin(2 * np.pi * 1000 * t)).mean(axis=1)
    share = np.log(1000 / sheet.LOW) / np.log(sheet.HIGH / sheet.LOW)
    assert abs((sheet.ROWS - 1 - rows.argmax()) / (sheet.ROWS - 1) - share) < 0.02


def test_marks_are_of_the_picture(sheet) -> None:  # type: ignore[no-untyped-def]
    one = sheet.heard(("A man walks through a hall", "A storm at sea"), seed=1, seconds=4)
    kinds = {kind for kind, _ in one.marks}
    assert {"cut", "step", "flash", "thunder"} <= kinds
    assert dict(one.marks)["cut"] == 2.0
    assert len(one.samples) == 4 * 48_000
