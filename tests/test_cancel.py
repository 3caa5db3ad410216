from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes import (
    NOW,
    FakeRunner,
    Gate,
    engine_of,
    left_over,
    means_on,
    order,
    row,
    run_all,
    settle,
    start,
    story,
)
from reelway.cancel import cancel, delete
from reelway.engine import Film, Run
from reelway.errors import Conflict, UnknownTask
from reelway.means import Means
from reelway.request import Image
from reelway.store import Asset
from reelway.task import Task


@pytest.fixture
async def means(tmp_path: Path) -> AsyncIterator[Means]:
    async with means_on(tmp_path) as means:
        yield means


async def made(means: Means, content: bytes = b"a film", **request: Any) -> Task:
    """A task with its film."""
    engine_of(means).script.append(content)
    task = await order(means, **request)
    await run_all(means)
    done = await row(means, task)
    assert done.status == "succeeded"
    return done


# Cancel


async def test_a_queued_task(means: Means) -> None:
    task = await order(means)
    cancelled = await cancel(task, means)
    assert cancelled == await row(means, task)
    assert (cancelled.status, cancelled.finished_at) == ("cancelled", NOW)
    await run_all(means)
    assert engine_of(means).runs == [] and engine_of(means).cancelled == []
    assert await story(means, task) == [("queued", 1), ("cancelled", 1)]


async def test_a_running_task(means: Means) -> None:
    gate = Gate()
    engine_of(means).script.append(gate)
    task = await order(means)
    await start(means)
    async with asyncio.timeout(10):
        await gate.reached.wait()
    means.live.report(task.id, 50, 2.0)
    engine_of(means).runs[0].out.write_bytes(b"half a film")
    cancelled = await cancel(await row(means, task), means)
    assert cancelled.status == "cancelled"
    assert engine_of(means).cancelled == [f"{task.id}.1"]
    await settle()
    assert await story(means, task) == [("queued", 1), ("running", 1), ("cancelled", 1)]
    assert means.live.progress(task.id).percent == 0
    assert left_over(means) == []


async def test_the_slot_of_a_cancelled_task_is_free(means: Means) -> None:
    gate = Gate()
    engine_of(means).script.append(gate)
    first, second = await order(means), await order(means)
    await start(means, slots=1)
    async with asyncio.timeout(10):
        await gate.reached.wait()
    await cancel(first, means)
    await settle()
    assert (await row(means, second)).status == "succeeded"


async def test_between_the_move_and_the_receipt(means: Means) -> None:
    submitting, go = asyncio.Event(), asyncio.Event()

    async def wait(run: Run) -> None:
        submitting.set()
        await go.wait()

    engine_of(means).on_submit = wait
    task = await order(means)
    await start(means)
    async with asyncio.timeout(10):
        await submitting.wait()
    cancelled = await cancel(await row(means, task), means)
    assert cancelled.status == "cancelled"
    assert engine_of(means).cancelled == []  # there is no receipt to cancel by yet ...
    go.set()
    await settle()
    assert engine_of(means).cancelled == [f"{task.id}.1"]  # ... and when it comes, it is used
    assert (await row(means, task)).status == "cancelled"


async def test_a_receipt_that_came_since_the_row_was_read(means: Means) -> None:
    gate = Gate()
    engine_of(means).script.append(gate)
    task = await order(means)
    await start(means)
    async with asyncio.timeout(10):
        await gate.reached.wait()
    read_before = replace(await row(means, task), stage="submitting", receipt=None)
    await cancel(read_before, means)
    assert engine_of(means).cancelled == [f"{task.id}.1"]
    await settle()


async def test_a_task_that_began_since_its_row_was_read(means: Means) -> None:
    gate = Gate()
    engine_of(means).script.append(gate)
    queued = await order(means)
    await start(means)
    async with asyncio.timeout(10):
        await gate.reached.wait()
    assert (await cancel(queued, means)).status == "cancelled"
    assert engine_of(means).cancelled == [f"{queued.id}.1"]
    await settle()


async def test_a_task_in_its_second_attempt(means: Means) -> None:
    first = await order(means, hand=False)
    begun = {"engine": "animatic", "receipt": {"job": "x"}}
    running = await means.store.move(first, "running", NOW, begun)
    assert running
    await means.store.move(running, "queued", NOW)
    assert (await cancel(first, means)).status == "cancelled"
    assert engine_of(means).cancelled == []  # the first attempt is gone already


async def test_a_task_that_is_over(means: Means) -> None:
    done = await made(means)
    cancelled = await order(means, hand=False)
    await cancel(cancelled, means)
    failed = await order(means, hand=False)
    await means.store.move(failed, "failed", NOW)
    for task, status in ((done, "succeeded"), (cancelled, "cancelled"), (failed, "failed")):
        with pytest.raises(Conflict, match=f"the task is {status} already"):
            await cancel(await row(means, task), means)
        with pytest.raises(Conflict):
            await cancel(task, means)  # as it was read before it ended
        assert (await row(means, task)).status == status
    assert engine_of(means).cancelled == []


async def test_a_task_that_was_deleted_since(means: Means) -> None:
    task = await order(means, hand=False)
    await cancel(task, means)
    await delete(task.owner_id, task.public_id, means)
    with pytest.raises(UnknownTask):
        await cancel(task, means)


async def test_an_engine_that_is_not_configured_any_more(means: Means) -> None:
    task = await order(means, hand=False)
    begun = {"engine": "gone", "receipt": {"job": "x"}}
    running = await means.store.move(task, "running", NOW, begun)
    assert running
    with pytest.raises(Conflict, match="gone works on the task"):
        await cancel(running, means)
    assert (await cancel(running, means, abandon=True)).status == "cancelled"


async def test_the_runner_is_told(tmp_path: Path) -> None:
    runner = FakeRunner()
    async with means_on(tmp_path, runner=runner) as means:
        task = await order(means)
        await cancel(task, means)
    assert runner.nudged == [task.id]


async def test_cancelled_twice_at_once(means: Means) -> None:
    task = await order(means, hand=False)
    results = await asyncio.gather(*(cancel(task, means) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(r, Task) for r in results) == 1
    assert sum(isinstance(r, Conflict) for r in results) == 4
    assert await story(means, task) == [("queued", 1), ("cancelled", 1)]


# Delete


async def test_a_task_goes_with_its_files(means: Means) -> None:
    path = means.tmp / "in"
    path.write_bytes(b"red")
    sha256, size = await means.assets.keep(path)
    await means.store.add_asset(
        Asset(sha256=sha256, kind="image/png", size=size, info={}, created_at=NOW)
    )
    image = Image(source=f"asset:{sha256}", width=640, height=480)
    used = {"assets": (("first_frame", sha256),)}
    task = await made(means, first_frame=image, aspect_ratio="16:9", drafted=used)
    assert task.film
    await delete(task.owner_id, task.public_id, means)
    assert await means.store.task(task.id) is None
    for name in (task.film, sha256):
        assert await means.store.asset(name) is None
        assert not means.assets.path(name).exists()


async def test_a_file_that_another_task_uses_stays(means: Means) -> None:
    one, two = await made(means), await made(means)
    assert one.film and one.film == two.film
    await delete(one.owner_id, one.public_id, means)
    assert means.assets.path(one.film).exists() and await means.store.asset(one.film)
    await delete(two.owner_id, two.public_id, means)
    assert not means.assets.path(one.film).exists()


async def test_a_file_of_another_owners_task_stays(means: Means) -> None:
    one, two = await made(means), await made(means, owner="bob")
    await delete(one.owner_id, one.public_id, means)
    assert two.film and means.assets.path(two.film).exists()


async def test_a_delete_while_an_equal_film_is_delivered(
    means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the file's getting its name and the row's naming it, nothing may take it away."""
    first = await made(means)
    assert first.film
    add_asset = means.store.add_asset
    deleting: list[asyncio.Task[None]] = []

    async def and_delete(asset: Asset) -> None:
        await add_asset(asset)
        deleting.append(asyncio.create_task(delete(first.owner_id, first.public_id, means)))
        for _ in range(5):  # time enough for the delete, were it not held up
            await means.store.ensure_owner("ann", "user", NOW)
            await asyncio.to_thread(lambda: None)
        assert not deleting[0].done()

    monkeypatch.setattr(means.store, "add_asset", and_delete)
    second = await made(means)
    (task,) = deleting
    await task
    assert second.film == first.film
    assert await means.store.task(first.id) is None
    assert means.assets.path(first.film).read_bytes() == b"a film"
    assert await means.store.asset(first.film)


async def test_what_cannot_be_deleted(means: Means) -> None:
    queued = await order(means, hand=False)
    running = await order(means, hand=False)
    await means.store.move(running, "running", NOW)
    for task in (queued, running):
        with pytest.raises(Conflict, match="cancel it first"):
            await delete(task.owner_id, task.public_id, means)
        assert await means.store.task(task.id)


async def test_what_is_not_there_or_anothers(means: Means) -> None:
    task = await made(means)
    assert task.film
    for owner_id, public_id in ((task.owner_id, "nothing"), (task.owner_id + 1, task.public_id)):
        with pytest.raises(UnknownTask):
            await delete(owner_id, public_id, means)
    assert means.assets.path(task.film).exists()
    await delete(task.owner_id, task.public_id, means)
    with pytest.raises(UnknownTask):
        await delete(task.owner_id, task.public_id, means)


async def test_a_film_that_comes_after_the_cancel_is_not_kept(means: Means) -> None:
    """An engine that cannot be stopped in time: what it made is thrown away."""
    gate = Gate()
    engine = engine_of(means)
    engine.script.append(gate)
    task = await order(means)
    await start(means)
    async with asyncio.timeout(10):
        await gate.reached.wait()
    engine.runs[0].out.write_bytes(b"late")
    await means.store.move(await row(means, task), "cancelled", NOW)
    gate.outcome = Film(path=engine.runs[0].out)
    gate.open.set()
    await settle()
    ended = await row(means, task)
    assert (ended.status, ended.film) == ("cancelled", None)
    assert left_over(means) == []
