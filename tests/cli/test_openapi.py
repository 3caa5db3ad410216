from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Reelway
from reelway.wire import wires
from serving import Server


@pytest.mark.parametrize("wire", ["native", "novita"])
def test_the_document_is_the_servers_own(reelway: Reelway, server: Server, wire: str) -> None:
    result = reelway("openapi", wire, "--url", server.address)
    assert (result.code, result.err) == (0, "")
    assert json.loads(result.out) == server.http.get(f"/{wire}/openapi.json").json()


def test_without_a_name_or_a_server(reelway: Reelway, data: Path) -> None:
    document = json.loads(reelway("openapi").out)
    assert document["info"]["title"] == "Reelway"
    assert document["servers"] == [{"url": "/native"}, {"url": "/"}]
    assert not data.exists()


def test_to_a_file(reelway: Reelway, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    result = reelway("openapi", "aihubmax", "-o", str(path))
    assert (result.code, result.out) == (0, f"{path}\n")
    assert json.loads(path.read_text("utf-8"))["openapi"] == "3.1.0"
    result = reelway("openapi", "-o", str(tmp_path / "no" / "a.json"))
    assert result.code == 1 and result.err.endswith("no does not exist\n")


def test_a_wire_that_is_none(reelway: Reelway) -> None:
    result = reelway("openapi", "kling")
    assert result.code == 2 and result.out == ""
    assert f"'kling' is none of {', '.join(wires())}" in result.err
