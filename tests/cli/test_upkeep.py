from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cli.conftest import Reelway
from serving import Server

ME = f"command line (uid {os.getuid()})"


@pytest.mark.parametrize("command", ["backup", "sweep", "audit"])
def test_help(reelway: Reelway, command: str) -> None:
    assert reelway(command, "-h").out.startswith(f"Usage: reelway {command}")


@pytest.mark.parametrize("arguments", [("backup", "copy"), ("sweep",)])
def test_where_there_is_no_data(reelway: Reelway, data: Path, arguments: tuple[str, ...]) -> None:
    result = reelway(*arguments)
    assert (result.code, result.out) == (1, "")
    assert "there is no data in" in result.err and not (data / "reelway.db").exists()


def test_with_no_server(reelway: Reelway, data: Path, tmp_path: Path) -> None:
    reelway("keys", "create", "--name", "k")
    result = reelway("backup", str(tmp_path / "copy"))
    assert (result.code, result.err) == (0, "")
    assert result.out == f"{tmp_path / 'copy'}: 0 tasks, 0 files (0 B)\n"
    about = json.loads((tmp_path / "copy" / "backup.json").read_text())
    assert about["tasks"] == {}
    again = reelway("backup", str(tmp_path / "copy"))
    assert again.code == 1 and "is there already" in again.err
    assert reelway("sweep", "--dry-run").out.startswith("would remove 0 tasks, 0 films")
    swept = json.loads(reelway("sweep", "--json").out)
    assert swept == {"tasks": 0, "films": 0, "deliveries": 0, "files": 0, "bytes": 0}
    rows = json.loads(reelway("audit", "--json").out)
    assert [(r["actor"], r["act"]) for r in rows] == [
        (ME, "sweep"),
        (ME, "backup"),
        (ME, "key.create"),
    ]
    lines = reelway("audit", "--limit", "1").out.splitlines()
    assert len(lines) == 1 and "sweep" in lines[0]


def test_a_settings_file_elsewhere(reelway: Reelway, data: Path, tmp_path: Path) -> None:
    reelway("keys", "create", "--name", "k")
    named = tmp_path / "etc.toml"
    named.write_text("drain = 1\n")
    assert reelway("backup", str(tmp_path / "copy"), "--config", str(named)).code == 0
    assert (tmp_path / "copy" / "reelway.toml").read_text() == "drain = 1\n"


def test_a_damaged_file_is_told(reelway: Reelway, server: Server, tmp_path: Path) -> None:
    task = server.make(prompt="a boat", model="animatic-still", duration=3)
    name = task["film"]["sha256"]
    path = server.data / "assets" / name[:2] / name[2:]
    whole = path.read_bytes()
    path.write_bytes(b"half")
    try:
        here = ("--data", str(server.data))
        result = reelway("backup", str(tmp_path / "copy"), *here)
        assert result.code == 1 and "1 kept files are missing or damaged" in result.err
        assert json.loads((tmp_path / "copy" / "backup.json").read_text())["damaged"] == [name]
    finally:
        path.write_bytes(whole)


def test_a_running_server_does_it(reelway: Reelway, server: Server, tmp_path: Path) -> None:
    here = ("--data", str(server.data))
    assert reelway("backup", str(tmp_path / "copy"), "--no-assets", *here).code == 0
    assert not (tmp_path / "copy" / "assets").exists()
    assert reelway("sweep", *here).out.startswith("removed 0 tasks")
    rows = json.loads(reelway("audit", "--json", "--limit", "2", *here).out)
    assert [(r["actor"], r["act"]) for r in rows] == [(ME, "sweep"), (ME, "backup")]
