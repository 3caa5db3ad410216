from __future__ import annotations

import json

import pytest

from cli.conftest import OnServer, Terminal
from reelway.cli.models import spans


def test_models_behind_a_pipe(on_server: OnServer) -> None:
    result = on_server("models")
    rows = [line.split("\t") for line in result.out.splitlines()]
    assert (result.code, result.err) == (0, "")
    assert [row[0] for row in rows] == ["kling-v3", "kling-o3", "animatic", "animatic-still"]
    assert rows[0][1:5] == ["animatic", "text, image, reference", "720p, 1080p, 4k", "3–15"]
    assert "sound" in rows[0][5].split(", ") and rows[0][6] == ""


def test_models_as_json(on_server: OnServer) -> None:
    first, *_ = json.loads(on_server("models", "--json").out)
    assert (first["id"], first["available"], first["engine"]) == ("kling-v3", True, "animatic")


@pytest.mark.parametrize("columns", [20, 50, 100, 200])
def test_models_on_a_terminal(terminal: Terminal, columns: int) -> None:
    lines = terminal(columns, "models").out.splitlines()
    assert lines[0].startswith("MODEL") and "WHY NOT" not in lines[0]
    assert max(map(len, lines)) <= columns
    assert ("TAKES" in lines[0]) == (columns >= 100)


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([], ""), ([5], "5"), ([3, 4, 5], "3–5"), ([5, 10], "5, 10"), ([3, 5, 6, 10], "3, 5–6, 10")],
)
def test_spans(numbers: list[int], text: str) -> None:
    assert spans(numbers) == text
