"""The child as its parent sees it: lines in, lines out, and its end."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reelway.engine import PROTOCOL


class Child:
    def __init__(self) -> None:
        command = [sys.executable, "-m", "reelway.engines.animatic"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def tell(self, message: dict[str, Any]) -> None:
        self.write(json.dumps(message).encode() + b"\n")

    def write(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())

    def answer(self) -> tuple[list[int], dict[str, Any]]:
        """The percents of a job, and its last word."""
        percents = []
        while "progress" in (message := self.hear()):
            percents.append(message["progress"])
        return percents, message


@pytest.fixture
def child() -> Iterator[Child]:
    one = Child()
    yield one
    one.process.kill()
    one.process.communicate()


def order(out: Path, job: str = "1.1", **request: Any) -> dict[str, Any]:
    return {
        "v": PROTOCOL,
        "job": job,
        "request": {"v": 1, "model": "animatic", "prompt": "a lake at dawn", "duration": 3, **request},
        "size": [160, 90],
        "images": {},
        "out": str(out),
    }


def test_jobs_one_after_the_other(child: Child, tmp_path: Path) -> None:
    ready = child.hear()
    assert ready["v"] == PROTOCOL
    assert ready["ready"]["engine"] == "animatic"

    child.tell(order(tmp_path / "a.mp4"))
    percents, last = child.answer()
    assert percents == sorted(set(percents))
    assert percents and 0 <= percents[0] and percents[-1] <= 99
    assert last["job"] == "1.1"
    assert {"understood", "ignored"} <= last["done"]["report"].keys()
    assert (tmp_path / "a.mp4").stat().st_size > 1000

    broken = order(tmp_path / "nowhere" / "b.mp4", job="2.1")
    child.tell(broken)
    _, last = child.answer()
    assert last["job"] == "2.1"
    assert last["error"]["code"] == "engine_error"
    assert str(tmp_path) not in last["error"]["message"]
    assert "Traceback" not in last["error"]["message"]

    child.tell({**order(tmp_path / "c.mp4", job="3.1"), "v": 99})
    assert "error" in child.answer()[1]
    child.write(b"this is not json\n")
    child.tell(order(tmp_path / "d.mp4", job="4.1"))
    _, last = child.answer()
    assert last["job"] == "4.1" and "done" in last
    # The same request is the same file, whatever was made in between.
    assert (tmp_path / "d.mp4").read_bytes() == (tmp_path / "a.mp4").read_bytes()


def test_end_of_stdin_in_mid_render(child: Child, tmp_path: Path) -> None:
    child.hear()
    child.tell({**order(tmp_path / "long.mp4", duration=15), "size": [1280, 720]})
    child.hear()  # it is at work
    assert child.process.stdin
    child.process.stdin.close()
    assert child.process.wait(timeout=10) == 0
    child.process.stdin = None
