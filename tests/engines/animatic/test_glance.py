"""The child that previews are made by: begun late, ended early, told what a film's child is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from reelway.child import Child, ChildDied, ChildSlow
from reelway.engine import Failure, Film, Run
from reelway.engines.animatic import Animatic
from reelway.engines.animatic.glance import Glance
from reelway.errors import Overloaded
from reelway.request import VideoRequest

REQUEST = VideoRequest(prompt="a boat", sound=True)
DONE = {"job": "0.1", "done": {"report": {"understood": {"seed": 7}}}}


class FakeChild:
    def __init__(self) -> None:
        self.asked: list[Mapping[str, Any]] = []
        self.answer: Mapping[str, Any] | Exception = DONE
        self.killed = asyncio.Event()

    async def call(self, message: Mapping[str, Any], within: float) -> Mapping[str, Any]:
        self.asked.append(message)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def kill(self) -> None:
        self.killed.set()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(task_id=0, attempt=1, out=tmp_path / "film.mp4", size=(320, 180), images={},
               progress=lambda percent, eta: None)  # fmt: skip


def glance(child: FakeChild, idle: float = 60.0, slate: bool = True) -> tuple[Glance, list[int]]:
    begun: list[int] = []

    def new() -> Child:
        begun.append(1)
        return cast(Child, child)

    return Glance(new, Animatic(slate=slate).message, idle), begun


async def test_what_it_is_told(run: Run) -> None:
    child = FakeChild()
    made, begun = glance(child, slate=False)
    assert not begun
    film = await made.make(REQUEST, run)
    assert film == Film(path=run.out, report={"understood": {"seed": 7}})
    told = child.asked[0]
    assert (told["every"], told["size"], told["settings"]) == (3, [320, 180], {"slate": False})
    assert "sound" not in told["request"]
    await made.make(REQUEST, run)
    assert begun == [1]
    made.stop()


@pytest.mark.parametrize(
    "fault",
    [
        ChildDied(-9, True, killed=False, why="killed"),
        ChildSlow("not done within 30 s"),
        OSError("no process"),
    ],
)
async def test_a_child_that_fails(run: Run, fault: Exception) -> None:
    child = FakeChild()
    child.answer = fault
    made, _ = glance(child)
    with pytest.raises(Overloaded) as refused:
        await made.make(REQUEST, run)
    assert refused.value.retry_after == 2
    child.answer = {"error": {"code": "engine_error", "message": "KeyError in the job"}}
    assert isinstance(await made.make(REQUEST, run), Failure)
    made.stop()


async def test_it_ends_when_nobody_asks(run: Run) -> None:
    child = FakeChild()
    made, _ = glance(child, idle=0.0)
    await made.make(REQUEST, run)
    await child.killed.wait()


async def test_it_stays_while_somebody_waits(run: Run) -> None:
    child = FakeChild()
    made, _ = glance(child, idle=0.0)
    await made.make(REQUEST, run)
    made._open += 1  # one came as its time was over
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not child.killed.is_set()
