from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from fakes import NOW, Gate, clock_of, engine_of, means_on, order, row, run_all, settle, start
from reelway import retain as module
from reelway.means import Means
from reelway.retain import HOUR, retain, retain_forever, would_retain
from reelway.store import Removed
from reelway.task import Task
from reelway.view import view

DAY = 24 * 3600
BYTES = len(b"a film")


@pytest.fixture
async def means(tmp_path: Path) -> AsyncIterator[Means]:
    settings = {"retention": {"films": 2, "tasks": 10}}
    async with means_on(tmp_path, settings=settings) as means:
        yield means


async def made(means: Means, film: bytes = b"a film", **more: Any) -> Task:
    engine_of(means).script.append(film)
    task = await order(means, drafted={"accepted_at": means.now()}, **more)
    await run_all(means)
    task = await row(means, task)
    assert task.status == "succeeded"
    return task


def there(means: Means, *tasks: Task) -> list[bool]:
    return [means.assets.path(task.film or "").exists() for task in tasks]


async def test_nothing_is_old_where_nothing_is_said(tmp_path: Path) -> None:
    async with means_on(tmp_path) as means:
        task = await made(means)
        clock_of(means).advance(3000 * DAY)
        assert await retain(means) == Removed()
        assert await row(means, task) == task and there(means, task) == [True]


async def test_what_money_is_held_for_stays_and_is_not_said_to_go(tmp_path: Path) -> None:
    """Its vendor has not said what became of it."""
    async with means_on(tmp_path, settings={"retention": {"tasks": 1}}) as means:
        drafted = {"provider": "north", "engine": "north", "price": 420_000}
        task = await order(means, drafted=drafted, hand=False)
        running = await means.store.move(task, "running", NOW, {"engine": "north"})
        assert running
        assert await means.store.move(running, "cancelled", NOW, {"stage": "late"}, hold=True)
        clock_of(means).advance(9 * DAY)
        assert await would_retain(means) == await retain(means) == Removed()
        await means.store.release_late(await row(means, task), NOW)
        assert await would_retain(means) == await retain(means) == Removed(tasks=1)


async def test_a_film_goes_and_its_task_says_so(means: Means) -> None:
    task = await made(means)
    clock_of(means).advance(2 * DAY)
    assert await retain(means) == Removed()
    clock_of(means).advance(1)
    found = await would_retain(means)
    assert found == await retain(means) == Removed(films=1, files=1, bytes=BYTES)
    fresh = await row(means, task)
    assert (fresh.status, fresh.film, fresh.film_dropped_at) == ("succeeded", None, means.now())
    assert there(means, task) == [False]
    shown = view(fresh, means)
    assert (shown.film_url, shown.poster_url, shown.film_dropped_at) == (None, None, means.now())
    assert await retain(means) == Removed()


async def test_a_film_of_two_tasks_stays_until_the_last(means: Means) -> None:
    first = await made(means)
    clock_of(means).advance(DAY)
    second = await made(means)
    assert first.film == second.film
    clock_of(means).advance(DAY + 1)
    assert await would_retain(means) == Removed(films=1)
    assert await retain(means) == Removed(films=1)
    assert there(means, first) == [True]
    clock_of(means).advance(DAY)
    assert await retain(means) == Removed(films=1, files=1, bytes=BYTES)
    assert there(means, first) == [False]


async def test_a_task_goes_with_everything(means: Means) -> None:
    task = await made(means)
    failed = await order(means, hand=False)
    assert await means.store.move(failed, "failed", means.now())
    queued = await order(means, hand=False)
    clock_of(means).advance(10 * DAY + 1)
    found = await would_retain(means)
    assert found == await retain(means) == Removed(tasks=2, files=1, bytes=BYTES)
    assert await means.store.task(task.id) is None and await means.store.task(failed.id) is None
    assert await row(means, queued) == queued and there(means, task) == [False]


async def test_more_than_a_page(means: Means, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    for n in range(8):
        await made(means, film=b"film %d" % n)
    clock_of(means).advance(3 * DAY)
    assert (await retain(means)).films == 8
    clock_of(means).advance(8 * DAY)
    assert await retain(means) == Removed(tasks=8)
    assert await means.assets.names() == []


async def test_a_delete_that_comes_in_between(
    means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = [await made(means, film=b"film %d" % n) for n in range(3)]
    clock_of(means).advance(3 * DAY)
    found = means.store.films_before

    async def and_delete(before: int, limit: int) -> list[tuple[int, str]]:
        rows = await found(before, limit)
        if rows:
            await means.store.delete_task(tasks[1].owner_id, tasks[1].public_id)
        return rows

    monkeypatch.setattr(means.store, "films_before", and_delete)
    assert (await retain(means)).films == 2


async def test_a_film_delivered_meanwhile_is_not_taken_away(
    means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal films share one file: the old one's end must not be the new one's."""
    old = await made(means)
    clock_of(means).advance(3 * DAY)
    gate = Gate()
    engine_of(means).script.append(gate)
    task = await order(means, drafted={"accepted_at": means.now()})
    await start(means)
    await gate.reached.wait()
    gate.open.set()
    await asyncio.gather(retain(means), settle())
    fresh = await row(means, task)
    assert fresh.film == old.film and fresh.film
    assert means.assets.path(fresh.film).read_bytes() == b"a film"
    assert await means.store.asset(fresh.film)


async def test_creates_get_in_between(means: Means) -> None:
    for n in range(5):
        await made(means, film=b"film %d" % n)
    clock_of(means).advance(3 * DAY)
    passing = asyncio.create_task(retain(means))
    turns = 0
    while not passing.done():
        async with means.files:
            turns += 1
            await asyncio.sleep(0)
    assert turns > 4


async def test_what_runs_have_left_behind(means: Means) -> None:
    names = ("7.1.mp4", "up-abc", "poster-abc.jpg", "young", "8.2.mp4")
    for name in names:
        (means.tmp / name).write_bytes(b"x")
    (means.tmp / "7.1.in").mkdir()
    (means.tmp / "7.1.in" / "a.png").write_bytes(b"x")
    gate = Gate()
    engine_of(means).script.append(gate)
    task = await order(means)
    await start(means)
    await gate.reached.wait()
    own = means.tmp / f"{task.id}.1.mp4"
    own.write_bytes(b"half")
    for path in means.tmp.iterdir():
        if path.name != "young":
            seconds = means.now() / 1000 - DAY - 5
            os.utime(path, (seconds, seconds))
    os.utime(means.tmp / "young", (means.now() / 1000, means.now() / 1000))
    await retain(means)
    assert sorted(p.name for p in means.tmp.iterdir()) == sorted([own.name, "young"])
    gate.open.set()
    await settle()


async def test_what_went_is_told(means: Means, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "reelway")
    await made(means)
    clock_of(means).advance(3 * DAY)
    removed = await retain(means)
    await retain(means)
    (record,) = [r for r in caplog.records if r.message == "retain.removed"]
    assert record.__dict__["fields"] == asdict(removed)


async def test_a_pass_that_fails_does_not_end_the_others(
    means: Means, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    third, passes = asyncio.Event(), []

    async def fails(means: Means) -> Removed:
        passes.append(means)
        if len(passes) == 3:
            third.set()
        raise OSError("the disk")

    assert HOUR == 3600
    monkeypatch.setattr(module, "HOUR", 0)
    monkeypatch.setattr(module, "retain", fails)
    passing = asyncio.create_task(retain_forever(means))
    async with asyncio.timeout(10):
        await third.wait()
    passing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await passing
    assert [r.message for r in caplog.records][:2] == ["retain.failed"] * 2


async def test_half_days(tmp_path: Path) -> None:
    async with means_on(tmp_path, settings={"retention": {"films": 0.5}}) as means:
        await made(means)
        clock_of(means).advance(DAY / 2 + 1)
        assert (await retain(means)).films == 1
