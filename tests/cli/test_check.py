from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Reelway
from fakes import FakeEngine
from reelway.cli import check
from reelway.errors import EngineMissing
from reelway.folder import Folder
from serving import Server


class BrokenEngine(FakeEngine):
    async def check(self) -> str:
        raise EngineMissing("it is not installed: pip install 'reelway[animatic]'")


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real one takes a second to start."""
    monkeypatch.setattr(check, "make_engines", lambda settings: {"animatic": FakeEngine()})


def findings(reelway: Reelway, *arguments: str) -> dict[str, tuple[bool, str]]:
    result = reelway("check", "--json", *arguments)
    told = {row["what"]: (row["ok"], row["say"]) for row in json.loads(result.out)}
    assert result.code == (0 if all(ok for ok, _ in told.values()) else 1)
    return told


def test_everything_is_well_with_the_real_engine(reelway: Reelway, data: Path) -> None:
    result = reelway("check")
    assert result.code == 0, result.out
    lines = [line.split(": ")[0] for line in result.out.splitlines()]
    assert lines == [
        "ok    settings",
        "ok    disk",
        "ok    secrets",
        "ok    database",
        "ok    engine animatic",
    ]
    assert f"data folder {data}" in result.out


@pytest.mark.usefixtures("no_engine")
class TestFindings:
    def test_a_data_path_that_is_a_file(self, reelway: Reelway, data: Path) -> None:
        data.write_text("a file")
        told = findings(reelway)
        ok, say = told["data folder"]
        assert not ok and "--data or REELWAY_DATA" in say
        assert told.keys() == {"settings", "data folder"}
        assert data.read_text() == "a file"

    @pytest.mark.parametrize("name", ["local.key", "secret.key"])
    def test_a_secret_that_others_may_read(self, reelway: Reelway, data: Path, name: str) -> None:
        Folder(data).prepare()
        (data / name).write_text("x" * 32)
        (data / name).chmod(0o640)
        assert findings(reelway)["secrets"] == (False, f"others may read {name}: chmod 600")
        (data / name).chmod(0o600)
        assert findings(reelway)["secrets"][0]

    def test_a_database_that_is_none(self, reelway: Reelway, data: Path) -> None:
        Folder(data).prepare()
        (data / "reelway.db").write_bytes(b"not a database, but long enough to look like one" * 9)
        ok, say = findings(reelway)["database"]
        assert not ok and "reelway.db" in say and "backups/" in say
        Folder(data).lock()  # it is given back

    def test_a_full_disk(
        self, reelway: Reelway, data: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Little:
            free = 1024**3

        monkeypatch.setattr(check.shutil, "disk_usage", lambda path: Little)
        ok, say = findings(reelway)["disk"]
        assert not ok and say.startswith("1.0 GiB free: ")

    def test_a_folder_that_cannot_be_written(
        self, reelway: Reelway, data: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Folder(data).prepare()
        monkeypatch.setattr(os, "access", lambda *args: False)
        assert not findings(reelway)["data folder"][0]

    def test_a_running_server(self, reelway: Reelway, server: Server) -> None:
        told = findings(reelway, "--data", str(server.data))
        assert told["database"] == (True, "a server is running and has it")
        assert all(ok for ok, _ in told.values())


def test_an_engine_that_does_not_start(reelway: Reelway, monkeypatch: pytest.MonkeyPatch) -> None:
    engines: dict[str, Any] = {"animatic": BrokenEngine()}
    monkeypatch.setattr(check, "make_engines", lambda settings: engines)
    result = reelway("check")
    assert result.code == 1
    assert "FAIL  engine animatic: it is not installed: pip install" in result.out
