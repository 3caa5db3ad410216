from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from reelway.cli import main


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


Reelway = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def reelway(
    data: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Reelway:
    """Run the command line here, on the data folder `data`: `reelway("keys", "list")`."""
    for name in [n for n in os.environ if n.startswith("REELWAY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REELWAY_DATA", str(data))
    monkeypatch.setenv("REELWAY_ANIMATIC_SCALE", "0.125")
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str) -> Result:
        monkeypatch.setattr(sys, "argv", ["reelway", *arguments])
        capfd.readouterr()
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        said = capfd.readouterr()
        assert isinstance(code, int)
        assert "Traceback" not in said.err
        return Result(code, said.out, said.err)

    return run
