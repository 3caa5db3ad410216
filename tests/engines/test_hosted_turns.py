"""Who waits for a provider's `rate`: creates and looks, and neither behind all of the other."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

from fakes import NOW, Clock
from reelway.engine import Run
from reelway.engines.hosted import Hosted
from reelway.errors import QueueFull
from reelway.outbound import Answered, Outbound
from reelway.provider import Provider
from reelway.request import VideoRequest
from reelway.wire import wires

FOX = VideoRequest(prompt="a fox")
WORKING = b'{"task": {"task_id": "x", "status": "TASK_STATUS_PROCESSING"}}'


SAID = {
    "name": "novita-1", "wire": "novita", "address": "https://example.com", "key": "k", "rate": 1,
}  # fmt: skip


class Line:
    """One provider of one call a second, and who was let through, when."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.seen: list[tuple[str, float]] = []
        self.engine = Hosted(
            Provider.model_validate(SAID),
            wires()["novita"],
            cast(Outbound, self),
            clock=lambda: self.clock.at / 1000,
            sleep=self._sleep,
            now=self.clock,
        )

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.clock.advance(seconds)

    async def call(self, *_: object, **__: object) -> Answered:
        self._note("look")
        return Answered(status=200, headers={}, body=WORKING)

    def _note(self, kind: str) -> None:
        self.seen.append((kind, (self.clock.at - NOW) / 1000))

    async def create(self) -> None:
        await self.engine.prepare(FOX, self._run())
        self._note("create")

    async def look(self) -> None:
        await self.engine.follow({"id": "x", "at": NOW}, self._run())

    def _run(self) -> Run:
        nothing: Any = lambda *_: None  # noqa: E731
        return Run(
            task_id=1, attempt=1, out=Path("film.mp4"), size=(1280, 720), images={},
            progress=nothing, request=FOX,
        )  # fmt: skip


async def test_creates_do_not_wait_behind_a_hundred_looks() -> None:
    line = Line()
    looks = [asyncio.create_task(line.look()) for _ in range(100)]
    await asyncio.sleep(0)
    await asyncio.gather(*(line.create() for _ in range(5)))
    kinds = [kind for kind, _ in line.seen]
    assert kinds.count("create") == 5
    assert kinds.count("look") <= 7
    await asyncio.gather(*looks)
    times = [at for _, at in line.seen]
    assert times == [float(n) for n in range(105)]  # by the rate, whoever it was


async def test_a_create_in_line_does_not_wait_for_a_rest_that_is_asked_for_meanwhile() -> None:
    """Another may have it, and its slot is free again."""
    line = Line()
    for _ in range(2):
        await line.create()
    tried = [asyncio.create_task(line.create()) for _ in range(5)]
    look = asyncio.create_task(line.look())
    await asyncio.sleep(0)
    line.engine._turns.hold(600)
    began = line.clock.at
    told = await asyncio.gather(*tried, return_exceptions=True)
    assert {type(error) for error in told} == {QueueFull}
    assert line.clock.at - began < 300_000
    await look
    assert line.seen[-1] == ("look", 601.0)


async def test_a_look_does_not_wait_for_what_another_account_was_asked_for() -> None:
    line = Line()
    line.engine._turns.hold(100_000)
    look = asyncio.create_task(line.look())
    for _ in range(4):
        await asyncio.sleep(0)
    line.engine.change(Provider.model_validate({**SAID, "key": "another"}))
    await look
    assert line.seen[0][1] < 1000


async def test_looks_do_not_wait_behind_a_hundred_creates() -> None:
    line = Line()
    creates = [asyncio.create_task(line.create()) for _ in range(100)]
    await asyncio.sleep(0)
    await asyncio.gather(*(line.look() for _ in range(5)))
    kinds = [kind for kind, _ in line.seen]
    assert kinds.count("look") == 5
    assert kinds.count("create") <= 7
    await asyncio.gather(*creates)
    assert len(line.seen) == 105
