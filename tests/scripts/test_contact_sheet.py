"""The contact sheet: every two traits meet, in 64 cells at most, and its cells are real films."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image

SCRIPT = Path(__file__).parents[2] / "scripts" / "contact_sheet"
TRAITS = ("place", "weather", "camera", "time", "style", "language", "ratio")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.syspath_prepend(str(SCRIPT))
    import cells

    yield cells
    del sys.modules["cells"]


def test_every_two_traits_meet(made) -> None:  # type: ignore[no-untyped-def]
    for sheet in range(4):
        all_ = made.cells(sheet)
        assert len(all_) == len(set(all_)) <= 64
        for one, other in combinations(TRAITS, 2):
            levels = [{getattr(c, trait) for c in all_} for trait in (one, other)]
            pairs = {(getattr(c, one), getattr(c, other)) for c in all_}
            assert len(pairs) == len(levels[0]) * len(levels[1]), (sheet, one, other)


def test_four_sheets_show_everything(made) -> None:  # type: ignore[no-untyped-def]
    all_ = [cell for sheet in range(4) for cell in made.cells(sheet)]
    known = {"place": made.PLACES, "weather": made.WEATHERS, "camera": made.CAMERAS,
             "time": made.TIMES, "style": made.STYLES, "ratio": made.RATIOS}  # fmt: skip
    for trait, levels in known.items():
        assert {getattr(cell, trait) for cell in all_} == set(levels)


def test_what_a_cell_says_is_understood(made) -> None:  # type: ignore[no-untyped-def]
    """In both languages a cell's prompt names its place, time and weather, and one camera move."""
    from reelway.engines.animatic.grammar import read

    places = {name: [read(words) for words in both] for name, both in made.PLACES.items()}
    for name, (english, chinese) in places.items():
        assert english.place or english.subjects, name
        assert (english.place, english.site) == (chinese.place, chinese.site), name
    for cell in (c for sheet in range(4) for c in made.cells(sheet)):
        reading = read(cell.prompt())
        assert reading.place == places[cell.place][0].place, cell.prompt()
        assert reading.time == cell.time, cell.prompt()
        assert reading.weather == (cell.weather or None), cell.prompt()
        assert len(reading.moves) == 1 and reading.moves[0].kind == cell.camera.split()[0]


def test_two_cells_are_rendered(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", SCRIPT, "--only", "9,30", "--height", "54"]
    done = subprocess.run(
        [*command, "--folder", tmp_path], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 cells" in done.stdout
    with Image.open(tmp_path / "sheet0-0.png") as page:
        assert page.convert("L").getextrema()[1] > 120
