"""What the clock asks for, while time is passed in; also over a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fakes import (
    NOW,
    FakeRunner,
    Gate,
    clock_of,
    engine_of,
    means_on,
    order,
    row,
    run_all,
    settle,
    start,
    story,
)
from reelway import due as module
from reelway.due import due, due_forever
from reelway.errors import Overloaded
from reelway.means import Means, work_of
from reelway.store import Due
from reelway.sweep import reconcile


@pytest.fixture
async def means(tmp_path: Path) -> AsyncIterator[Means]:
    async with means_on(tmp_path) as means:
        yield means


async def test_nothing_is_due(means: Means) -> None:
    task = await order(means, drafted={"cancel_at": NOW + 1, "start_by": NOW + 1})
    assert await due(means) == 0
    assert await row(means, task) == task


async def test_a_queued_task_is_cancelled_when_its_time_has_come(means: Means) -> None:
    task = await order(means, drafted={"cancel_at": NOW + 5000})
    clock_of(means).advance(4.9)
    assert await due(means) == 0
    clock_of(means).advance(0.1)
    assert await due(means) == 1
    fresh = await row(means, task)
    assert (fresh.status, fresh.finished_at) == ("cancelled", NOW + 5000)
    assert means.runner.queued() == 0
    assert await due(means) == 0


async def test_so_is_one_that_runs_and_its_engine_is_told(means: Means) -> None:
    gate = Gate()
    engine_of(means).script.append(gate)
    task = await order(means, drafted={"cancel_at": NOW + 1000})
    await start(means)
    await gate.reached.wait()
    clock_of(means).advance(1)
    assert await due(means) == 1
    await settle()
    assert (await row(means, task)).status == "cancelled"
    assert engine_of(means).cancelled == [f"{task.id}.1"]


async def test_one_that_was_in_time_is_left_alone(means: Means) -> None:
    task = await order(means, drafted={"cancel_at": NOW + 1000, "start_by": NOW + 1000})
    await run_all(means)
    clock_of(means).advance(3600)
    assert await due(means) == 0
    assert (await row(means, task)).status == "succeeded"


async def test_a_deadline(means: Means) -> None:
    late = await order(means, drafted={"start_by": NOW + 1000})
    other = await order(means)
    clock_of(means).advance(1)
    assert await due(means) == 1
    fresh = await row(means, late)
    assert fresh.status == "failed" and fresh.error and fresh.error.code == "deadline"
    assert await story(means, late) == [("queued", 1), ("failed", 1)]
    await run_all(means)
    assert [run.task_id for run in engine_of(means).runs] == [other.id]


async def test_a_deadline_that_passed_between_two_looks(means: Means) -> None:
    """As one does while no server runs: all that is open is handed over at a start."""
    late = await order(means, drafted={"start_by": NOW + 1000})
    clock_of(means).advance(1)
    await run_all(means)
    assert await story(means, late) == [("queued", 1), ("failed", 1)]
    assert not engine_of(means).runs


async def test_a_deadline_is_kept_by_having_begun(means: Means) -> None:
    gate = Gate()
    engine_of(means).script.append(gate)
    task = await order(means, drafted={"start_by": NOW + 1000})
    await start(means)
    await gate.reached.wait()
    clock_of(means).advance(60)
    assert await due(means) == 0
    running = await row(means, task)
    assert await means.store.move(running, "queued", means.now())  # its server was restarted
    assert await due(means) == 0
    gate.open.set()
    await settle()


async def test_a_rest(means: Means) -> None:
    task = await order(means)
    engine_of(means).submit_fails.append(Overloaded("no room", retry_after=10))
    await run_all(means)
    resting = await row(means, task)
    assert (resting.status, resting.attempt, resting.rests) == ("queued", 2, 1)
    assert resting.next_at and resting.next_at > NOW + 5000
    assert await reconcile(means) == 0  # it rests
    assert await due(means) == 0
    clock_of(means).advance(13)
    assert await due(means) == 1
    await settle()
    done = await row(means, task)
    assert (done.status, done.attempt, done.next_at) == ("succeeded", 2, None)


async def test_one_that_moved_on_meanwhile(means: Means, monkeypatch: pytest.MonkeyPatch) -> None:
    terms: dict[str, Any] = {"cancel_at": NOW, "start_by": NOW}
    ended, gone, begun = [await order(means, hand=False, drafted=terms) for _ in range(3)]
    found = Due(cancel=[ended, gone], overdue=[begun], rested=[begun])
    for task in (ended, gone):
        await means.store.move(task, "cancelled", NOW)
    await means.store.delete_task(gone.owner_id, gone.public_id)
    running = await means.store.move(begun, "running", NOW)
    again = running and await means.store.move(running, "queued", NOW)
    assert again
    await means.runner.hand([work_of(again, means.engines)])

    async def as_it_was(now: int, limit: int) -> Due:
        return found

    monkeypatch.setattr(means.store, "due", as_it_was)
    await due(means)
    assert (await row(means, begun)).attempt == 2
    assert means.runner.queued() == 1  # its next attempt waits still


async def test_many_at_once_do_not_wait_for_the_next_second(
    means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK", 2)
    tasks = [await order(means, drafted={"cancel_at": NOW}) for _ in range(5)]
    tasks += [await order(means, drafted={"start_by": NOW}) for _ in range(5)]
    nobody_waits = asyncio.Event()

    async def looked(means: Means) -> int:
        touched = await due(means)
        if not means.runner.queued():
            nobody_waits.set()
        return touched

    monkeypatch.setattr(module, "TICK", 3600)
    monkeypatch.setattr(module, "due", looked)
    looking = asyncio.create_task(due_forever(means))
    async with asyncio.timeout(10):
        await nobody_waits.wait()
    looking.cancel()
    assert [(await row(means, task)).status for task in tasks] == ["cancelled"] * 5 + ["failed"] * 5


async def test_over_a_restart(tmp_path: Path) -> None:
    async with means_on(tmp_path, runner=FakeRunner()) as before:
        cancelled = await order(before, hand=False, drafted={"cancel_at": NOW + 1000})
        late = await order(before, hand=False, drafted={"start_by": NOW + 1000})
        rests = await before.store.note(await order(before, hand=False), {"next_at": NOW + 1000})
        later = await before.store.note(await order(before, hand=False), {"next_at": NOW + 9000})
    assert rests and later
    async with means_on(tmp_path, runner=FakeRunner()) as after:
        clock_of(after).advance(2)
        assert await reconcile(after) == 3
        assert await due(after) == 3
        assert (await row(after, cancelled)).status == "cancelled"
        assert (await row(after, late)).status == "failed"
        fresh = await row(after, rests)
        assert fresh.next_at is None
        assert work_of(fresh, after.engines) in after.runner.works  # type: ignore[attr-defined]
        assert (await row(after, later)).next_at == NOW + 9000


async def test_a_look_that_fails_does_not_end_the_others(
    means: Means, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    third, looks = asyncio.Event(), []

    async def fails(means: Means) -> int:
        looks.append(means)
        if len(looks) == 3:
            third.set()
        raise OSError("the disk")

    monkeypatch.setattr(module, "TICK", 0)
    monkeypatch.setattr(module, "due", fails)
    looking = asyncio.create_task(due_forever(means))
    async with asyncio.timeout(10):
        await third.wait()
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    assert [r.message for r in caplog.records][:2] == ["due.failed"] * 2
