from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fakes import (
    NOW,
    FakeEngine,
    FakeRunner,
    draft,
    engine_of,
    means_on,
    order,
    owner_of,
    row,
    run_all,
    story,
)
from reelway import sweep
from reelway.means import Means, work_of
from reelway.request import VideoRequest
from reelway.store import Asset, Once
from reelway.sweep import forget_old, forget_strays, reconcile, sweep_forever
from reelway.task import Task

HOUR = 3600 * 1000


@pytest.fixture
def runner() -> FakeRunner:
    return FakeRunner()


@pytest.fixture
async def means(tmp_path: Path, runner: FakeRunner) -> AsyncIterator[Means]:
    async with means_on(tmp_path, runner=runner) as means:
        yield means


async def begun(means: Means, **columns: Any) -> Task:
    task = await order(means, hand=False)
    running = await means.store.move(task, "running", NOW, {"engine": "animatic", **columns})
    assert running
    return running


# Reconcile


async def test_what_the_runner_does_not_know_is_handed_over(
    means: Means, runner: FakeRunner
) -> None:
    queued, running = await order(means, hand=False), await begun(means)
    for status in ("cancelled", "failed"):
        await means.store.move(await order(means, hand=False), status, NOW)  # type: ignore[arg-type]
    assert await reconcile(means) == 2
    assert runner.works == [work_of(queued, means.engines), work_of(running, means.engines)]
    assert await row(means, running) == running


async def test_what_is_open_is_left_alone(means: Means, runner: FakeRunner) -> None:
    queued, running = await order(means, hand=False), await begun(means)
    runner.known = {f"{t.id}:film:1": "open" for t in (queued, running)}
    assert await reconcile(means) == 0
    assert runner.works == []


async def test_a_run_that_is_over_while_its_row_is_not_begins_again(
    means: Means, runner: FakeRunner
) -> None:
    queued, running = await order(means, hand=False), await begun(means, receipt={"job": "x"})
    means.live.report(running.id, 80, 1.0)
    runner.known = {f"{t.id}:film:1": "over" for t in (queued, running)}
    assert await reconcile(means) == 2
    assert [w.run_id for w in runner.works] == [f"{queued.id}:film:2", f"{running.id}:film:2"]
    for task in (queued, running):
        fresh = await row(means, task)
        assert (fresh.status, fresh.attempt, fresh.receipt) == ("queued", 2, None)
        assert (await story(means, task))[-2:] == [("running", 1), ("queued", 2)]
    assert means.live.progress(running.id).percent == 0


async def test_a_row_that_moved_on_since_it_was_read_is_left_alone(
    means: Means, runner: FakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended, requeued, gone = [await begun(means) for _ in range(3)]
    runner.known = {f"{t.id}:film:1": "over" for t in (ended, requeued, gone)}
    unfinished = means.store.unfinished

    async def then_they_move(**where: int) -> list[Task]:
        found = await unfinished(**where)
        if found:
            await means.store.move(ended, "failed", NOW)
            await means.store.move(requeued, "queued", NOW)
            await means.store.move(gone, "cancelled", NOW)
            await means.store.delete_task(gone.owner_id, gone.public_id)
        return found

    monkeypatch.setattr(means.store, "unfinished", then_they_move)
    assert await reconcile(means) == 0
    assert runner.works == []
    assert (await row(means, ended)).status == "failed"
    assert (await row(means, requeued)).attempt == 2


async def test_more_rows_than_a_page(
    means: Means, runner: FakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "PAGE", 3)
    tasks = [await order(means, hand=False) for _ in range(7)]
    runner.known = {f"{tasks[1].id}:film:1": "over", f"{tasks[6].id}:film:1": "over"}
    assert await reconcile(means) == 7
    assert sorted(w.task_id for w in runner.works) == [t.id for t in tasks]


async def test_more_rows_than_the_real_page(means: Means, runner: FakeRunner) -> None:
    owner, request = await owner_of(means), VideoRequest()
    many = [means.store.create(draft(owner, request)) for _ in range(sweep.PAGE + 1)]
    await asyncio.gather(*many)
    assert await reconcile(means) == sweep.PAGE + 1
    assert len({w.task_id for w in runner.works}) == sweep.PAGE + 1


async def test_nothing_to_do(means: Means) -> None:
    assert await reconcile(means) == 0


async def test_whose_slot_a_task_waits_for(tmp_path: Path, runner: FakeRunner) -> None:
    engines = {e.name: e for e in (FakeEngine(), FakeEngine("other", ("mine",)))}
    async with means_on(tmp_path, engines=engines, runner=runner) as means:
        await order(means, hand=False, model="mine")
        await begun(means, engine="other")
        await begun(means, engine="gone")
        await order(means, hand=False, model="unknown")
        await reconcile(means)
    other, gone = (("other",), False), (("gone",), True)  # who is not there any more was a provider
    waits = [(w.accounts, w.held) for w in runner.works]
    assert waits == [other, other, gone, (("animatic",), False)]


# A restart


async def test_after_a_restart_everything_ends_once(tmp_path: Path) -> None:
    async with means_on(tmp_path, runner=FakeRunner()) as before:
        waiting = [await order(before, hand=False) for _ in range(3)]
        submitting = await begun(before, stage="submitting")
        receipt = {"job": f"{submitting.id + 1}.1"}
        submitted = await begun(before, stage="submitted", receipt=receipt)
        receipt = {"job": f"{submitted.id + 1}.1"}
        storing = await begun(before, stage="storing", receipt=receipt)
        cancelled = await order(before, hand=False)
        await before.store.move(cancelled, "cancelled", NOW)
    async with means_on(tmp_path) as after:
        assert await reconcile(after) == 6
        await run_all(after, slots=2)
        for task in waiting:
            assert (await row(after, task)).attempt == 1
        for task in (submitting, submitted, storing):
            fresh = await row(after, task)
            assert (fresh.attempt, fresh.deaths) == (2, 0)
        for task in (*waiting, submitting, submitted, storing):
            ends = [s for s, _ in await story(after, task) if s not in ("queued", "running")]
            assert ends == ["succeeded"]
        assert len(engine_of(after).runs) == 6
        assert await story(after, cancelled) == [("queued", 1), ("cancelled", 1)]
        assert await reconcile(after) == 0


async def test_many_restarts_count_for_nothing(tmp_path: Path) -> None:
    task = None
    for _ in range(5):  # each dies as soon as the attempt has begun
        async with means_on(tmp_path, runner=FakeRunner()) as means:
            task = task or await order(means, hand=False)
            fresh = await row(means, task)
            receipt = {"job": f"{task.id}.{fresh.attempt}"}
            begin = {"engine": "animatic", "receipt": receipt, "stage": "submitted"}
            running = await means.store.move(fresh, "running", NOW, begin)
            assert running
            await means.store.move(running, "queued", NOW)
    async with means_on(tmp_path) as means:
        await reconcile(means)
        await run_all(means)
        assert task
        fresh = await row(means, task)
        assert (fresh.status, fresh.attempt, fresh.deaths) == ("succeeded", 6, 0)


# What is old


async def kept(means: Means, content: bytes, at: int) -> Asset:
    path = means.tmp / "in"
    path.write_bytes(content)
    sha256, size = await means.assets.keep(path)
    asset = Asset(sha256=sha256, kind="image/png", size=size, info={}, created_at=at)
    await means.store.add_asset(asset)
    return asset


async def test_files_that_nothing_uses_go_after_an_hour(means: Means) -> None:
    old = await kept(means, b"old", NOW - HOUR - 1)
    young = await kept(means, b"young", NOW - HOUR + 1)
    used = await kept(means, b"used", NOW - 1000 * HOUR)
    drafted = {"assets": (("first_frame", used.sha256),)}
    await order(means, hand=False, drafted=drafted)
    await forget_old(means)
    there = [means.assets.path(a.sha256).exists() for a in (old, young, used)]
    assert there == [False, True, True]
    assert await means.store.asset(old.sha256) is None
    await forget_old(means)


async def test_idempotency_keys_go_after_two_days(means: Means) -> None:
    owner = await owner_of(means)
    for name, at in (("old", NOW - 48 * HOUR - 1), ("young", NOW - 48 * HOUR + 1)):
        once = Once(key=name, fingerprint=b"f" * 32, status=201, body=b"{}")
        await means.store.create(draft(owner, VideoRequest(), accepted_at=at), once)
    await forget_old(means)
    assert await means.store.replay(owner, "old") is None
    assert await means.store.replay(owner, "young")


async def test_files_wait_for_who_is_about_to_use_them(means: Means) -> None:
    old = await kept(means, b"old", NOW - 2 * HOUR)
    async with means.files:
        forgetting = asyncio.create_task(forget_old(means))
        for _ in range(5):
            await means.store.ensure_owner("ann", "user", NOW)
        drafted = {"assets": (("first_frame", old.sha256),)}
        await order(means, hand=False, drafted=drafted)
    await forgetting
    assert means.assets.path(old.sha256).exists()


# Each minute


async def test_a_pass_that_fails_does_not_end_the_sweep(
    means: Means, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    passes, third = [], asyncio.Event()

    async def unfinished(**where: int) -> list[Task]:
        passes.append(where)
        if len(passes) == 3:
            third.set()
        raise OSError("the disk")

    monkeypatch.setattr(sweep, "MINUTE", 0)
    monkeypatch.setattr(means.store, "unfinished", unfinished)
    sweeping = asyncio.create_task(sweep_forever(means))
    async with asyncio.timeout(10):
        await third.wait()
    sweeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sweeping
    assert [r.message for r in caplog.records][:2] == ["sweep.failed"] * 2


async def test_each_pass_hands_over_and_forgets(
    means: Means, runner: FakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await kept(means, b"old", NOW - 2 * HOUR)
    task = await order(means, hand=False)
    removed, remove = asyncio.Event(), means.assets.remove

    async def and_tell(sha256: str) -> None:
        await remove(sha256)
        removed.set()

    monkeypatch.setattr(sweep, "MINUTE", 0)
    monkeypatch.setattr(means.assets, "remove", and_tell)
    sweeping = asyncio.create_task(sweep_forever(means))
    async with asyncio.timeout(10):
        await removed.wait()
    sweeping.cancel()
    assert work_of(task, means.engines) in runner.works
    assert not means.assets.path(old.sha256).exists()


async def test_a_file_that_no_row_knows_is_removed_at_start(tmp_path: Path) -> None:
    async with means_on(tmp_path) as means:
        task = await order(means)
        await run_all(means)
        film = (await row(means, task)).film
        stray = means.tmp / "stray"
        stray.write_bytes(b"kept, and then the process died")
        name, _ = await means.assets.keep(stray)
        assert sorted(await means.assets.names()) == sorted([film, name])
        await forget_strays(means)
        assert await means.assets.names() == [film]
