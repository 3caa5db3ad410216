"""Runs under a test's hand: a flow that waits, and a local runner that begins it.

stage = Stage()
runner = await runner_of(stage.flow, engine=2)
await runner.hand(work(n) for n in range(5))
await turns()
stage.let_go(0)
"""

from __future__ import annotations

import asyncio
from typing import Any

from reelway.runner import Flow, Release, Work
from reelway.runners.local import LocalRunner


def work(task_id: int, owner: int = 1, account: str = "engine", **changes: Any) -> Work:
    """`account` names its candidates, with spaces between, the preferred one first."""
    accounts = tuple(account.split())
    return Work(task_id=task_id, owner_id=owner, **{"attempt": 1, "accounts": accounts, **changes})


class Stage:
    """A flow whose runs wait until the test lets them go; `started` in order, `ended` likewise."""

    def __init__(self) -> None:
        self.started: list[Work] = []
        self.ended: list[int] = []
        self.cancelled: list[int] = []
        self.releases: dict[int, Release] = {}
        self._gates: dict[int, asyncio.Event] = {}

    async def flow(self, work: Work, release: Release) -> None:
        self.started.append(work)
        self.releases[work.task_id] = release
        gate = self._gates.setdefault(work.task_id, asyncio.Event())
        try:
            await gate.wait()
        except asyncio.CancelledError:
            self.cancelled.append(work.task_id)
            raise
        self.ended.append(work.task_id)

    def let_go(self, *task_ids: int) -> None:
        for task_id in task_ids:
            self._gates.setdefault(task_id, asyncio.Event()).set()

    @property
    def ids(self) -> list[int]:
        return [w.task_id for w in self.started]

    @property
    def on(self) -> int:
        return len(self.started) - len(self.ended) - len(self.cancelled)


async def turns() -> None:
    """Let everything run that can run without waiting."""
    for _ in range(10):
        await asyncio.sleep(0)


async def runner_of(flow: Flow, **slots: int) -> LocalRunner:
    runner = LocalRunner()
    for account, count in slots.items():
        runner.slots(account, count)
    await runner.start({"film": flow})
    return runner
