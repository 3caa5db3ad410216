from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest

from reelway.log import complain, fail, say, set_up


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root, ours = logging.getLogger(), logging.getLogger("reelway")
    before = root.handlers[:], root.level, ours.level
    stream = io.StringIO()
    yield stream
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])


@pytest.fixture
def text(stream: io.StringIO) -> io.StringIO:
    set_up("text", "info", stream)
    return stream


@pytest.fixture
def as_json(stream: io.StringIO) -> io.StringIO:
    set_up("json", "info", stream)
    return stream


def said(stream: io.StringIO, **fields: Any) -> str:
    """What stands behind the time in the line of text that these fields make."""
    say("test.said", **fields)
    (line,) = stream.getvalue().splitlines()  # every kind of line end that there is
    return line.split(" ", 1)[1]


# Text


def test_a_line_of_text(text: io.StringIO) -> None:
    say("task.accepted", task="0b6f", count=3, ratio=0.5, ready=True, empty=None)
    line = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info task.accepted "
    assert re.fullmatch(line + r"task=0b6f count=3 ratio=0\.5 ready=True\n", text.getvalue())


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain-1.2_x/狐", "plain-1.2_x/狐"),
        ("two words", '"two words"'),
        ("", '""'),
        ("a=b", '"a=b"'),
        ('say "x"', r'"say \"x\""'),
        ("狐 läuft", '"狐 läuft"'),
        ("a\nb", r'"a\nb"'),
        ("a\r\nb", r'"a\r\nb"'),
        ("a\tb", r'"a\tb"'),
        ("\x1b[31mred", r'"\u001b[31mred"'),
        ("a\x0bb\x0cc\x1cd", r'"a\u000bb\fc\u001cd"'),
        ("a\x85b\u2028c\u2029d", r'"a\u0085b\u2028c\u2029d"'),
        ("a\x7f\x9bb", r'"a\u007f\u009bb"'),
        ("a\u202eb", r'"a\u202eb"'),
        ("\ud800", r'"\ud800"'),
        ("a\x00b", r'"a\u0000b"'),
    ],
)
def test_a_field_is_quoted_where_it_could_be_mistaken(
    text: io.StringIO, value: str, shown: str
) -> None:
    assert said(text, field=value) == f"info test.said field={shown}"


def test_a_field_cannot_forge_another_line(text: io.StringIO) -> None:
    forged = "x\n2026-01-01T00:00:00.000Z info task.succeeded task=1"
    line = said(text, path=forged, last=1)
    assert line.startswith("info test.said path=") and line.endswith(" last=1")


# JSON


def test_a_line_of_json(as_json: io.StringIO) -> None:
    say("task.accepted", task="狐\n\u2028", count=3, ratio=0.5, ready=True, empty=None)
    assert as_json.getvalue().count("\n") == 1
    entry = json.loads(as_json.getvalue())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry.pop("at"))
    assert entry == {
        "level": "info",
        "action": "task.accepted",
        "task": "狐\n\u2028",
        "count": 3,
        "ratio": 0.5,
        "ready": True,
    }


def test_other_values_are_text_in_json(as_json: io.StringIO) -> None:
    say("x", path=("a", 1))
    assert json.loads(as_json.getvalue())["path"] == "('a', 1)"


def test_json_can_always_be_written(as_json: io.StringIO) -> None:
    say("x", path="a\ud800b")
    assert json.loads(as_json.getvalue().encode())["path"] == "a\ud800b"


# Levels and errors


def test_levels(stream: io.StringIO) -> None:
    set_up("text", "warning", stream)
    say("quiet")
    complain("loud", task="1")
    assert stream.getvalue().endswith(" warning loud task=1\n")
    assert "quiet" not in stream.getvalue()


def test_others_are_heard_from_warnings_on(text: io.StringIO) -> None:
    logging.getLogger("uvicorn").info("started")
    logging.getLogger("asyncio").warning("slow %s", "callback")
    assert text.getvalue().endswith(" warning slow callback\n")
    assert "started" not in text.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_error_comes_with_its_traceback(stream: io.StringIO, form: Any) -> None:
    set_up(form, "info", stream)
    try:
        raise ValueError("broken")
    except ValueError as error:
        fail("flow.failed", error, task="1")
    told = stream.getvalue()
    if form == "json":
        entry = json.loads(told)
        assert (entry["level"], entry["task"]) == ("error", "1")
        told = entry["traceback"]
    else:
        assert " error flow.failed task=1\nTraceback" in told
    assert "Traceback (most recent call last)" in told and "ValueError: broken" in told


def test_setting_up_twice_says_everything_once(stream: io.StringIO) -> None:
    set_up("text", "info", stream)
    set_up("text", "info", stream)
    say("once")
    assert stream.getvalue().count("once") == 1
