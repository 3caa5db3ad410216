from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes import NOW, FakeRunner, engine_of, left_over, means_on, order, row, story
from reelway.cancel import cancel
from reelway.engine import Run
from reelway.errors import Overloaded
from reelway.means import Means
from reelway.request import Element, Image
from reelway.submit import clear, run_of, submit


@pytest.fixture
async def means(tmp_path: Path) -> AsyncIterator[Means]:
    settings = {"animatic": {"scale": 0.125}}
    async with means_on(tmp_path, runner=FakeRunner(), settings=settings) as means:
        yield means


async def kept(means: Means, data: bytes) -> Image:
    path = means.tmp / "in"
    path.write_bytes(data)
    sha256, _ = await means.assets.keep(path)
    return Image(source=f"asset:{sha256}", width=640, height=480)


async def test_the_attempt_is_begun_and_its_receipt_written(means: Means) -> None:
    task = await order(means, resolution="1080p", aspect_ratio="9:16")
    begun = await submit(task, engine_of(means), means)
    assert begun and begun == await row(means, task)
    assert (begun.status, begun.stage, begun.attempt) == ("running", "submitted", 1)
    assert (begun.engine, begun.started_at) == ("animatic", NOW)
    assert begun.receipt == {"job": f"{task.id}.1"}
    assert await story(means, task) == [("queued", 1), ("running", 1)]
    (run,) = engine_of(means).runs
    assert (run.task_id, run.attempt, run.size) == (task.id, 1, (136, 240))
    assert run.out == means.tmp / f"{task.id}.1.mp4"
    later = run_of(begun, engine_of(means), means)
    assert replace(later, progress=run.progress) == run  # whenever it is asked
    assert engine_of(means).requests == [task.request]


async def test_the_intent_is_written_before_the_engine_hears_of_it(means: Means) -> None:
    seen: list[Any] = []

    async def look(run: Run) -> None:
        seen.append(await means.store.task(run.task_id))

    engine_of(means).on_submit = look
    await submit(await order(means), engine_of(means), means)
    (then,) = seen
    assert (then.status, then.stage, then.engine) == ("running", "submitting", "animatic")
    assert then.receipt is None


async def test_progress_is_live(means: Means) -> None:
    task = await order(means)
    await submit(task, engine_of(means), means)
    engine_of(means).runs[0].progress(37, 2.1)
    assert means.live.progress(task.id).percent == 37


async def test_an_engine_gets_plain_pictures(means: Means) -> None:
    red, blue = await kept(means, b"red"), await kept(means, b"blue")
    task = await order(means, first_frame=red, elements=(Element(frontal=blue, references=(red,)),))
    begun = await submit(task, engine_of(means), means)
    (run,) = engine_of(means).runs
    assert {source: path.read_bytes() for source, path in run.images.items()} == {
        red.source: b"plain red",
        blue.source: b"plain blue",
    }
    (folder,) = {path.parent for path in run.images.values()}
    assert folder.stat().st_mode & 0o777 == 0o700
    run.out.write_bytes(b"film")
    assert begun
    clear(begun, means)
    assert left_over(means) == []
    clear(begun, means)


async def test_clearing_leaves_other_attempts_alone(means: Means) -> None:
    task = await order(means)
    (means.tmp / f"{task.id}.2.mp4").write_bytes(b"film")
    (means.tmp / f"{task.id}1.1.mp4").write_bytes(b"film")
    clear(task, means)
    assert len(left_over(means)) == 2


async def test_a_cancelled_task_is_not_begun(means: Means) -> None:
    task = await order(means)
    await cancel(task, means)
    assert await submit(task, engine_of(means), means) is None
    assert engine_of(means).runs == []
    assert (await row(means, task)).status == "cancelled"


async def test_a_task_that_is_cancelled_before_its_receipt_is_written(means: Means) -> None:
    task = await order(means)

    async def meanwhile(run: Run) -> None:
        await cancel(await row(means, task), means)

    engine_of(means).on_submit = meanwhile
    assert await submit(task, engine_of(means), means) is None
    assert engine_of(means).cancelled == [f"{task.id}.1"]
    assert (await row(means, task)).status == "cancelled"


async def test_a_receipt_that_cannot_be_written_ends_the_attempt(
    means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*args: Any) -> None:
        raise Overloaded("too many writes are waiting")

    task = await order(means)
    monkeypatch.setattr(means.store, "note", busy)
    with pytest.raises(Overloaded):
        await submit(task, engine_of(means), means)
    assert engine_of(means).cancelled == [f"{task.id}.1"]  # else it would work for nobody
