from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reelway.children import ChildEngine
from reelway.engine import Cost, Film, Gone, Run
from reelway.errors import EngineMissing, Overloaded
from reelway.request import VideoRequest

FOX = VideoRequest(prompt="a fox")


class FakeChild:
    """Warm once `warm` is set; then does as `answer` says."""

    pid = 1

    def __init__(self) -> None:
        self.warm = asyncio.Event()
        self.answer: Mapping[str, Any] | Exception = {"done": {}}
        self.alive, self.starts, self.kills = False, 0, 0

    async def start(self) -> Mapping[str, Any]:
        self.starts += 1
        await self.warm.wait()
        self.alive = True
        return {}

    async def call(self, message: Mapping[str, Any], on_progress: Any) -> Mapping[str, Any]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def kill(self) -> None:
        self.kills += 1
        self.alive = False


class OneChild(ChildEngine):
    name, models, module = "one", ("one",), "nothing"

    def __init__(self) -> None:
        self.child = FakeChild()
        super().__init__()

    def offers(self, request: VideoRequest) -> str | None:
        return None

    def cost(self, request: VideoRequest) -> Cost:
        raise NotImplementedError

    def _new_child(self) -> Any:
        self._children.add(self.child)  # type: ignore[arg-type]
        return self.child


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(task_id=1, attempt=1, out=tmp_path / "a.mp4", size=(2, 2), images={}, progress=print)


@pytest.mark.parametrize(
    "answer",
    [OSError(24, "Too many open files"), {"error": {"code": "disk_full", "message": "full"}}],
)
async def test_what_passes_is_no_last_word(run: Run, answer: Any) -> None:
    engine = OneChild()
    engine.child.answer = answer
    engine.child.warm.set()
    with pytest.raises(Overloaded):
        await engine.follow(await engine.submit(FOX, run), run)
    await engine.stop()


async def test_a_look_at_a_child_that_cannot_be_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused() -> Mapping[str, Any]:
        raise PermissionError(13, "Permission denied")

    engine = OneChild()
    monkeypatch.setattr(engine.child, "start", refused)
    with pytest.raises(EngineMissing, match="does not start: Permission denied"):
        await engine.check()


async def test_a_stop_while_the_child_starts_begins_no_film(run: Run) -> None:
    engine = OneChild()
    await engine.start()
    await engine.submit(FOX, run)
    await asyncio.sleep(0)
    await asyncio.wait_for(engine.stop(), 5)
    assert not engine.child.alive and engine.child.kills == 1


async def test_a_cancel_after_the_film_leaves_the_child_to_the_next(run: Run) -> None:
    engine = OneChild()
    engine.child.warm.set()
    receipt = await engine.submit(FOX, run)
    await engine._jobs[run.job].answer
    await engine.cancel(receipt, run)
    assert engine.child.kills == 0
    await engine.stop()


async def test_a_cancel_while_the_child_starts_waits_for_nothing(run: Run) -> None:
    engine = OneChild()
    receipt = await engine.submit(FOX, run)
    following = asyncio.create_task(engine.follow(receipt, run))
    await asyncio.sleep(0)
    await asyncio.wait_for(engine.cancel(receipt, run), 5)
    assert await following == Gone(reason="cancelled")
    assert engine.child.kills == 0  # it may as well be warm for the next film
    engine.child.warm.set()
    assert isinstance(await engine.follow(await engine.submit(FOX, run), run), Film)
    await engine.stop()


async def test_a_stop_of_who_follows_is_no_word_of_the_engine(run: Run) -> None:
    engine = OneChild()
    following = asyncio.create_task(engine.follow(await engine.submit(FOX, run), run))
    await asyncio.sleep(0)
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following
    await engine.stop()
