"""The child as its parent sees it: lines in, lines out, and its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engines.animatic.filming import Child
from reelway.engine import PROTOCOL
from reelway.engines.animatic import still


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
        "request": {
            "v": 1,
            "model": "animatic",
            "prompt": "a lake at dawn",
            "duration": 3,
            **request,
        },
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
    child.tell(order(tmp_path / "d.mp4", job="4.1"))
    _, last = child.answer()
    assert last["job"] == "4.1" and "done" in last
    # The same request is the same file, whatever was made in between.
    assert (tmp_path / "d.mp4").read_bytes() == (tmp_path / "a.mp4").read_bytes()


def test_usual_stills_are_drawn_while_there_is_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still, "_pictures", {})
    warming = still.Warming()
    with warming.paused(), pytest.raises(still.Abandoned):
        warming._warm((64, 36))
    assert not still._pictures
    warming._warm((64, 36))
    assert (64, 36) in still._pictures and still._sounds


def test_end_of_stdin_in_mid_render(child: Child, tmp_path: Path) -> None:
    child.hear()
    child.tell({**order(tmp_path / "long.mp4", duration=15), "size": [480, 270]})
    child.hear()  # it is at work
    assert child.process.stdin
    child.process.stdin.close()
    assert child.process.wait(timeout=10) == 0
    child.process.stdin = None


def test_how_it_draws_is_said(studio: Child, tmp_path: Path) -> None:
    assert studio.ready["ready"]["slow"] == ""
    studio.tell(order(tmp_path / "a.mp4"))
    assert studio.answer()[1]["done"]["report"]["drawn_by"] == "compiled"


def test_without_a_compiler_it_draws_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    slow = Child()
    try:
        assert slow.hear()["ready"]["slow"] == "NUMBA_DISABLE_JIT is set"
        slow.tell(order(tmp_path / "a.mp4"))
        report = slow.answer()[1]["done"]["report"]
        assert report["drawn_by"] == "numpy (NUMBA_DISABLE_JIT is set)"
    finally:
        slow.process.kill()
        slow.process.communicate()
