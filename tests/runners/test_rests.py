"""Runs that rest: when they go on, what they hold meanwhile, and how little that is."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from reelway.runner import Release, Work
from reelway.runners.local import LocalRunner
from reelway.runners.local.accounts import AT_ONCE
from reelway.runners.local.share import Share
from staged import turns, work


@dataclass
class Timer:
    at: float
    call: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class Time:
    """Passes when it is told to."""

    at: float = 1000.0
    timers: list[Timer] = field(default_factory=list)

    def __call__(self) -> float:
        return self.at

    def later(self, seconds: float, call: Callable[[], None]) -> Timer:
        self.timers.append(timer := Timer(self.at + seconds, call))
        return timer

    async def passes(self, seconds: float) -> None:
        end = self.at + seconds
        await turns()
        while due := [t for t in self.timers if not t.cancelled and t.at <= end]:
            first = min(due, key=lambda timer: timer.at)
            self.timers.remove(first)
            self.at = max(self.at, first.at)
            first.call()
            await turns()
        self.at = end


class Looks:
    """A flow that rests for so many seconds, so many times."""

    def __init__(self, rests: int = 1, seconds: float = 10.0) -> None:
        self.rests, self.seconds = rests, seconds
        self.seen: list[tuple[float, int]] = []  # when, and which task
        self.time = Time()
        self.working, self.most = 0, 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.release_first = False

    async def flow(self, work: Work, release: Release) -> float | None:
        self.seen.append((self.time.at - 1000, work.task_id))
        if self.release_first:
            release()
        self.working += 1
        self.most = max(self.most, self.working)
        try:
            await self.gate.wait()
        finally:
            self.working -= 1
        times = sum(task_id == work.task_id for _, task_id in self.seen)
        return self.seconds if times <= self.rests else None

    async def runner(self, *, start: bool = True, **slots: int) -> LocalRunner:
        runner = LocalRunner(self.time, self.time.later, Share(used=lambda: 0.0))
        for account, count in (slots or {"engine": 10_000}).items():
            runner.slots(account, count)
        if start:
            await runner.start({"film": self.flow})
        return runner

    def ids(self, since: int = 0) -> list[int]:
        return [task_id for _, task_id in self.seen[since:]]


async def test_who_rests_goes_on_after_its_seconds() -> None:
    looks = Looks(rests=2)
    runner = await looks.runner(engine=1)
    await runner.hand([work(1), work(2)])
    await looks.time.passes(9.9)
    assert looks.seen == [(0, 1)]
    assert runner.states(["1:film:1"]) == {"1:film:1": "open"}
    occupancy = runner.accounts()["engine"]
    assert (occupancy.busy, occupancy.waiting, runner.begun) == (1, 1, 1)  # it keeps its slot
    assert not [t for t in asyncio.all_tasks() if ":film:" in t.get_name()]
    await looks.time.passes(0.2)
    assert looks.seen == [(0, 1), (10, 1)]
    await looks.time.passes(10)
    assert looks.seen == [(0, 1), (10, 1), (20, 1), (20, 2)]
    assert runner.states(["1:film:1"]) == {"1:film:1": "over"}


async def test_a_run_that_has_released_its_slot_rests_without() -> None:
    looks = Looks()
    looks.release_first = True
    runner = await looks.runner(engine=1)
    await runner.hand([work(1), work(2)])
    await turns()
    assert looks.ids() == [1, 2]
    assert (runner.accounts()["engine"].busy, runner.begun) == (0, 2)
    await looks.time.passes(11)
    assert looks.ids() == [1, 2, 1, 2]
    assert (runner.accounts()["engine"].busy, runner.begun) == (0, 0)


async def test_the_earliest_goes_on_first() -> None:
    looks = Looks()
    runner = await looks.runner()
    for task_id, looks.seconds in ((1, 30.0), (2, 10.0), (3, 20.0), (4, 10.0)):
        await runner.hand([work(task_id)])
        await turns()
    await looks.time.passes(60)
    assert looks.ids(4) == [2, 4, 3, 1]


async def test_who_is_woken_goes_on_at_once() -> None:
    looks = Looks(rests=2, seconds=3600)
    runner = await looks.runner()
    await runner.hand([work(1), work(2)])
    await looks.time.passes(1)
    runner.wake(2)
    await turns()
    assert looks.seen[2:] == [(1, 2)]
    await looks.time.passes(3599)
    assert looks.seen[3:] == [(3600, 1)]  # 2 rests from when it went on, and only then
    await looks.time.passes(1)
    assert looks.seen[4:] == [(3601, 2)]


async def test_who_is_woken_at_work_goes_on_when_it_comes_to_rest() -> None:
    """What it was told of may have come after it looked."""
    looks = Looks(rests=1, seconds=3600)
    looks.gate.clear()
    runner = await looks.runner()
    await runner.hand([work(1)])
    await turns()
    runner.wake(1)
    await turns()
    assert looks.ids() == [1]
    looks.gate.set()
    await turns()
    assert looks.ids() == [1, 1]


async def test_who_waits_or_is_over_or_unknown_is_not_woken() -> None:
    looks = Looks(rests=0)
    runner = await looks.runner(engine=1, other=0)
    await runner.hand([work(1), work(2, account="other")])
    await turns()
    for task_id in (1, 2, 3):
        runner.wake(task_id)
    await looks.time.passes(10)
    assert looks.ids() == [1]


async def test_a_vendor_that_hangs_holds_up_only_so_many() -> None:
    """Of its own looks; another provider's go on, and its own new films begin."""
    looks = Looks(rests=1)
    runner = await looks.runner(slow=1000, quick=1000)
    await runner.hand([work(n, account="slow") for n in range(AT_ONCE * 2)])
    await runner.hand([work(1000, account="quick")])
    await turns()
    looks.gate.clear()
    await looks.time.passes(11)
    assert looks.working == AT_ONCE + 1
    assert 1000 in looks.ids(AT_ONCE * 2 + 1)
    await runner.hand([work(2000, account="slow")])
    await turns()
    assert looks.ids()[-1] == 2000
    looks.gate.set()
    await looks.time.passes(1)
    assert sorted(looks.ids(AT_ONCE * 2 + 1)) == [*range(AT_ONCE * 2), 1000, 2000]


async def test_only_so_many_begin_at_a_time() -> None:
    """More would be coroutines that wait for each other."""
    looks = Looks()
    looks.gate.clear()
    runner = await looks.runner()
    await runner.hand([work(n) for n in range(AT_ONCE * 3)])
    await turns()
    assert looks.working == AT_ONCE
    looks.gate.set()
    await looks.time.passes(1)
    assert looks.ids() == [*range(AT_ONCE * 3)]
    assert looks.most == AT_ONCE
    assert runner.accounts()["engine"].busy == AT_ONCE * 3


async def test_accounts_take_turns() -> None:
    looks = Looks()
    runner = await looks.runner(one=1000, two=1000)
    await runner.hand([work(n, account="one") for n in range(50)])
    await turns()
    await runner.hand([work(n, account="two") for n in range(50, 53)])
    await looks.time.passes(11)
    later = looks.ids(53)
    assert [later.index(n) for n in (50, 51, 52)] == [1, 3, 5]


async def test_what_is_held_goes_on_in_order_and_has_its_slots_before() -> None:
    looks = Looks(rests=0)
    runner = await looks.runner(start=False, vendor=2)
    await runner.hand([work(9, account="vendor")])
    await runner.hand([work(n, account="vendor", held=True) for n in (3, 1, 2)])
    assert runner.accounts()["vendor"].busy == 3
    assert runner.states(["1:film:1"]) == {"1:film:1": "open"}
    await looks.time.passes(5)
    assert looks.seen == []
    await runner.start({"film": looks.flow})
    await turns()
    assert looks.ids() == [3, 1, 2, 9]


async def test_what_is_woken_before_the_start_goes_on_first() -> None:
    looks = Looks(rests=0)
    runner = await looks.runner(start=False, vendor=2)
    await runner.hand([work(n, account="vendor", held=True) for n in (1, 2, 3)])
    runner.wake(3)
    await runner.start({"film": looks.flow})
    await turns()
    assert looks.ids() == [3, 1, 2]


async def test_what_came_in_while_rows_were_read_goes_after_what_was_there() -> None:
    looks = Looks(rests=0)
    runner = await looks.runner(start=False, engine=1)
    await runner.hand([work(7), work(8, owner=2)])
    await runner.hand([work(1), work(2), work(3, priority=1), work(4, attempt=2)])
    await runner.start({"film": looks.flow})
    await looks.time.passes(1)
    assert looks.ids() == [3, 8, 4, 1, 2, 7]


@pytest.mark.parametrize("drain", [0, 60])
async def test_a_stop_waits_for_nobody_who_rests(drain: float) -> None:
    looks = Looks()
    runner = await looks.runner()
    await runner.hand([work(1), work(2)])
    await turns()
    async with asyncio.timeout(5):
        await runner.stop(drain)
    await looks.time.passes(60)
    assert looks.ids() == [1, 2]


async def test_a_fault_after_a_rest_ends_the_run() -> None:
    looks = Looks()
    runner = await looks.runner(engine=1)

    async def flow(work: Work, release: Release) -> float | None:
        if await looks.flow(work, release) is None:
            raise RuntimeError("a bad day")
        return 10.0

    await runner.start({"film": flow})
    await runner.hand([work(1), work(2)])
    await looks.time.passes(11)
    assert looks.ids() == [1, 1, 2]
    assert runner.states(["1:film:1"]) == {"1:film:1": "over"}


async def test_what_rests_is_next_to_nothing() -> None:
    looks = Looks(seconds=3600)
    runner = await looks.runner()
    count = 5000
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for first in range(0, count, 50):
            await runner.hand([work(first + n) for n in range(50)])
            await turns()
        looks.seen.clear()
        each = (tracemalloc.get_traced_memory()[0] - before) / count
    finally:
        tracemalloc.stop()
    assert runner.begun == count
    assert each < 1024, f"{each:.0f} bytes"
