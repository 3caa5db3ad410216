from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from reelway.runner import Flow, Release, Work
from reelway.runners import local
from reelway.runners.local import LocalRunner

Act = Callable[[Work, Release], Awaitable[None]]


def work(task_id: int, owner: int = 1, **changes: Any) -> Work:
    return Work(
        **{"task_id": task_id, "attempt": 1, "account": "engine", "owner_id": owner, **changes}
    )


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


@pytest.fixture
def stage() -> Stage:
    return Stage()


# Slots


async def test_no_more_than_the_slots_run_and_each_end_starts_the_next(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=2)
    await runner.hand(work(n) for n in range(5))
    await turns()
    assert stage.ids == [0, 1]
    stage.let_go(1)
    await turns()
    assert stage.ids == [0, 1, 2]
    stage.let_go(0, 2, 3, 4)
    await turns()
    assert sorted(stage.ended) == [0, 1, 2, 3, 4]


async def test_accounts_have_slots_of_their_own(stage: Stage) -> None:
    runner = await runner_of(stage.flow, one=1, two=1)
    await runner.hand([work(1, account="one"), work(2, account="one"), work(3, account="two")])
    await turns()
    assert sorted(stage.ids) == [1, 3]
    await runner.hand([work(4, account="unknown")])
    await turns()
    assert sorted(stage.ids) == [1, 3]  # without slots nothing is begun
    await runner.stop(0)


async def test_nothing_runs_before_the_start(stage: Stage) -> None:
    runner = LocalRunner()
    runner.slots("engine", 2)
    await runner.hand([work(1)])
    await turns()
    assert stage.ids == []
    await runner.start({"film": stage.flow})
    await turns()
    assert stage.ids == [1]
    await runner.stop(0)


async def test_slots_may_change_at_any_time(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=0)
    await runner.hand(work(n) for n in range(6))
    await turns()
    assert stage.on == 0
    runner.slots("engine", 3)
    await turns()
    assert stage.on == 3
    runner.slots("engine", 1)
    stage.let_go(0, 1)
    await turns()
    assert (stage.on, len(stage.started)) == (1, 3)
    stage.let_go(2)
    await turns()
    assert (stage.on, len(stage.started)) == (1, 4)
    await runner.stop(0)


async def test_a_release_frees_the_slot_early_and_once(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=1)
    await runner.hand(work(n) for n in range(4))
    await turns()
    stage.releases[0]()
    stage.releases[0]()
    await turns()
    assert stage.ids == [0, 1]
    stage.let_go(0)  # its end does not free the slot again
    await turns()
    assert (stage.ids, stage.ended) == ([0, 1], [0])
    stage.releases[0]()
    await turns()
    assert stage.ids == [0, 1]
    await runner.stop(0)


# Runs and what is known of them


async def test_work_is_taken_once(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=9)
    await runner.hand([work(1), work(1)])
    await runner.hand([work(1)])
    await turns()
    assert stage.ids == [1]
    stage.let_go(1)
    await turns()
    await runner.hand([work(1)])
    await turns()
    assert stage.ids == [1]
    await runner.hand([work(1, attempt=2), work(1, flow="film", attempt=3)])
    await turns()
    assert [w.attempt for w in stage.started] == [1, 2, 3]


async def test_a_run_is_open_then_over_then_forgotten(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=1)
    await runner.hand([work(1), work(2)])
    ids = ["1:film:1", "2:film:1", "3:film:1"]
    assert runner.states(ids) == {"1:film:1": "open", "2:film:1": "open"}
    stage.let_go(1)
    await turns()
    assert runner.states(ids) == {"1:film:1": "over", "2:film:1": "open"}
    runner.forget(ids)
    assert runner.states(ids) == {"2:film:1": "open"}  # what is open cannot be forgotten
    await runner.hand([work(1)])
    assert runner.states(ids)["1:film:1"] == "open"
    await runner.stop(0)


async def test_what_is_over_is_remembered_only_so_long(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "MOST_REMEMBERED", 2)
    runner = await runner_of(stage.flow, engine=3)
    await runner.hand(work(n) for n in range(3))
    for n in range(3):
        stage.let_go(n)
        await turns()
    assert runner.states(f"{n}:film:1" for n in range(3)) == {
        "1:film:1": "over",
        "2:film:1": "over",
    }


async def test_a_flow_that_raises_is_over_and_logged(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async def flow(work: Work, release: Release) -> None:
        if work.task_id == 1:
            raise ValueError("broken")
        await stage.flow(work, release)

    runner = await runner_of(flow, engine=1)
    await runner.hand([work(1), work(2), work(3, flow="unknown"), work(4)])
    stage.let_go(2)
    await turns()
    assert stage.ids == [2, 4]
    assert set(runner.states(["1:film:1", "3:unknown:1"]).values()) == {"over"}
    failed = [r for r in caplog.records if r.message == "run.failed"]
    assert [r.fields["run"] for r in failed] == ["1:film:1", "3:unknown:1"]  # type: ignore[attr-defined]
    assert failed[0].exc_info and str(failed[0].exc_info[1]) == "broken"
    await runner.stop(0)


async def test_a_nudge_is_harmless(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=1)
    await runner.hand([work(1)])
    await runner.nudge(1)
    await runner.nudge(2)
    await turns()
    assert stage.ids == [1]
    await runner.stop(0)


# Fairness


async def test_a_lone_owner_uses_every_slot(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=4)
    await runner.hand(work(n) for n in range(10))
    await turns()
    assert stage.on == 4
    await runner.stop(0)


async def in_order(works: list[Work], *later: Work, after: int = 0) -> list[Work]:
    """The order in which one slot begins `works`; `later` come once `after` have begun."""
    started: list[Work] = []
    done = asyncio.Event()
    runner = LocalRunner()

    async def flow(work: Work, release: Release) -> None:
        started.append(work)
        if later and len(started) == after:
            await runner.hand(later)
        if len(started) == len(works) + len(later):
            done.set()

    await runner.hand(works)
    await runner.start({"film": flow})
    runner.slots("engine", 1)
    async with asyncio.timeout(20):
        await done.wait()
    await runner.stop(0)
    return started


async def test_20_small_owners_do_not_wait_behind_one_large() -> None:
    backlog = [work(n, owner=1) for n in range(1500)]
    small = [work(2000 + n, owner=2 + n) for n in range(20)]
    started = await in_order(backlog, *small, after=100)
    assert set(small) <= set(started[100:121])
    assert [w for w in started if w.owner_id == 1] == backlog


async def test_owners_take_turns() -> None:
    works = [work(n, owner=1) for n in range(4)] + [work(10 + n, owner=2) for n in range(4)]
    assert [w.owner_id for w in await in_order(works)] == [1, 2, 1, 2, 1, 2, 1, 2]


async def test_a_newcomer_gets_no_more_than_its_turn() -> None:
    backlog = [work(n, owner=1) for n in range(20)]
    many = [work(100 + n, owner=2) for n in range(10)]
    started = await in_order(backlog, *many, after=10)
    assert [w.owner_id for w in started[10:30]] == [2, 1] * 10


async def test_an_owner_that_was_away_has_saved_nothing_up() -> None:
    """Who used the slots while they were free owes nothing; who did not is owed nothing."""
    early = [work(n, owner=1) for n in range(10)] + [work(100, owner=2)]
    late = [work(200 + n, owner=2) for n in range(5)]
    started = await in_order(early, *late, after=8)
    assert [w.owner_id for w in started[8:]] == [2, 1, 2, 1, 2, 1, 2, 2]


async def test_priority_counts_inside_an_owner_only() -> None:
    works = [
        work(1, owner=1),
        work(2, owner=1),
        work(3, owner=1, priority=9),
        work(4, owner=2),
        work(5, owner=2, priority=1),
        work(6, owner=1, priority=9),
    ]
    started = await in_order(works)
    assert [w.owner_id for w in started] == [1, 2, 1, 2, 1, 1]
    assert [w.task_id for w in started if w.owner_id == 1] == [3, 6, 1, 2]
    assert [w.task_id for w in started if w.owner_id == 2] == [5, 4]


# Stopping


async def test_stopping_lets_what_runs_end(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=1)
    await runner.hand([work(1), work(2)])
    await turns()
    stopping = asyncio.create_task(runner.stop(60))
    await turns()
    assert not stopping.done()
    stage.let_go(1)
    await stopping
    assert (stage.ids, stage.ended) == ([1], [1])  # nothing new was begun meanwhile


async def test_stopping_cancels_what_takes_too_long(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=2)
    await runner.hand([work(1), work(2), work(3)])
    await turns()
    stage.let_go(1)
    await runner.stop(0.01)
    assert (stage.ended, stage.cancelled, stage.ids) == ([1], [2], [1, 2])


async def test_stopping_at_once(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=1)
    await runner.hand([work(1), work(2)])
    await turns()
    await runner.stop(0)
    assert (stage.cancelled, stage.ids) == ([1], [1])
    await runner.hand([work(3)])
    runner.slots("engine", 9)
    await turns()
    assert stage.ids == [1]


async def test_stopping_what_never_started(stage: Stage) -> None:
    await LocalRunner().stop(60)
    runner = LocalRunner()
    await runner.hand([work(1)])
    await runner.stop(60)
    assert stage.ids == []
