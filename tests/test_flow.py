"""The flow of an attempt, with what `follow` makes of an engine's last word."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes import (
    AS_ORDERED,
    FILM,
    NOW,
    FakeEngine,
    FakeMedia,
    Gate,
    Step,
    clock_of,
    engine_of,
    left_over,
    means_on,
    media_of,
    order,
    row,
    run_all,
    settle,
    start,
    story,
)
from reelway import flow, follow
from reelway.cancel import cancel
from reelway.due import due
from reelway.engine import Again, Failure, Gone
from reelway.errors import BadImage, Overloaded
from reelway.means import Means, work_of
from reelway.media import FilmInfo
from reelway.runner import Work
from reelway.sweep import reconcile
from reelway.task import Fault, Task

GONE = Gone(reason="its process was killed")


def died(at: int) -> Failure:
    return Failure(code="engine_died", message="it ended", died=True, progress=at)


@pytest.fixture
async def means(tmp_path: Path) -> AsyncIterator[Means]:
    async with means_on(tmp_path) as means:
        yield means


async def ended(means: Means, *script: Step, **request: Any) -> Task:
    """The row of a task whose engine says this, one word an attempt or a look."""
    engine_of(means).script += script
    task = await order(means, **request)
    await run_all(means)
    clock_of(means).advance(follow.LONGEST_REST * 1.2)
    while await due(means):  # it rested for a reason of the moment
        await settle()
        clock_of(means).advance(follow.LONGEST_REST * 1.2)
    assert left_over(means) == []
    assert engine_of(means).script == [], "not every word was asked for"
    return await row(means, task)


# Success


async def test_success(means: Means) -> None:
    task = await ended(means, b"the film")
    assert (task.status, task.attempt, task.engine, task.error) == (
        "succeeded",
        1,
        "animatic",
        None,
    )
    assert task.film and means.assets.path(task.film).read_bytes() == b"the film"
    assert task.report == {"understood": {"place": "coast"}, "ignored": []}
    assert (task.started_at, task.stored_at, task.finished_at) == (NOW, NOW, NOW)
    assert await story(means, task) == [("queued", 1), ("running", 1), ("succeeded", 1)]
    assert means.live.progress(task.id).percent == 0  # what was only live is dropped


async def test_many_tasks_each_end_once(means: Means) -> None:
    tasks = [await order(means, prompt=f"fox {n}") for n in range(30)]
    await run_all(means, slots=4)
    for task in tasks:
        assert [s for s, _ in await story(means, task)] == ["queued", "running", "succeeded"]
    assert len(engine_of(means).runs) == 30


async def test_an_engine_that_is_asked_again(means: Means) -> None:
    task = await ended(means, Again(at=NOW), Again(at=NOW - 5000), FILM)
    assert (task.status, task.attempt) == ("succeeded", 1)
    assert len(engine_of(means).runs) == 1


async def test_an_attempt_that_only_waits_lends_its_slot(means: Means) -> None:
    gates = [Gate(), Gate()]
    engine_of(means).script += [Again(at=NOW, idle=True), *gates]
    tasks = [await order(means, prompt=f"fox {n}") for n in range(2)]
    await start(means, slots=1)
    async with asyncio.timeout(30):
        for gate in gates:
            await gate.reached.wait()
        assert [(await row(means, task)).status for task in tasks] == ["running"] * 2
        for gate in gates:
            gate.open.set()
        await settle()
    assert [(await row(means, task)).status for task in tasks] == ["succeeded"] * 2


async def test_the_slot_is_free_while_a_film_is_stored(
    means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    probing, go = asyncio.Event(), asyncio.Event()

    class SlowMedia(FakeMedia):
        async def probe(self, path: Path) -> FilmInfo:
            probing.set()
            await go.wait()
            return await super().probe(path)

    monkeypatch.setattr(means.media, "probe", SlowMedia().probe)
    gate = Gate()
    engine_of(means).script += [FILM, gate]
    await order(means)
    second = await order(means)
    await start(means, slots=1)
    async with asyncio.timeout(10):
        await probing.wait()
        await gate.reached.wait()
    assert (await row(means, second)).stage == "submitted"
    gate.open.set()
    go.set()
    await settle()
    assert (await row(means, second)).status == "succeeded"


# Failure


async def test_an_engines_last_word(means: Means) -> None:
    task = await ended(means, Failure(code="content_policy", message="not this one"))
    assert (task.status, task.attempt) == ("failed", 1)
    assert task.error == Fault(code="content_policy", message="not this one")
    assert task.finished_at == NOW and task.film is None
    assert await story(means, task) == [("queued", 1), ("running", 1), ("failed", 1)]


async def test_another_film_than_was_ordered(means: Means) -> None:
    media_of(means).film = replace(AS_ORDERED, frames=119)
    task = await ended(means, FILM)
    assert task.status == "failed" and task.error and task.error.code == "not_as_ordered"


async def test_an_engine_that_is_not_there_any_more(means: Means) -> None:
    engine_of(means).refuses = "it is not installed"
    task = await ended(means)
    assert task.status == "failed" and task.error and task.error.code == "engine_missing"
    assert task.error.message == "it is not installed" and engine_of(means).runs == []


# A child that dies


async def test_a_child_that_dies_once(means: Means) -> None:
    task = await ended(means, died(30), FILM)
    assert (task.status, task.attempt, task.deaths, task.furthest) == ("succeeded", 2, 1, 30)


@pytest.mark.parametrize("at", [0, 40])
async def test_a_child_that_dies_three_times_at_the_same_place(means: Means, at: int) -> None:
    task = await ended(means, died(at), died(at), died(at))
    assert (task.status, task.attempt, task.deaths) == ("failed", 3, 3)
    assert task.error and task.error.code == "engine_died"
    assert [s for s, _ in await story(means, task)] == [
        "queued",
        "running",
        "queued",
        "running",
        "queued",
        "running",
        "failed",
    ]


async def test_getting_further_counts_anew(means: Means) -> None:
    deaths = [died(at) for at in (10, 10, 20, 20, 30, 5)]
    task = await ended(means, *deaths, FILM)
    assert (task.status, task.attempt, task.deaths, task.furthest) == ("succeeded", 7, 2, 30)


async def test_getting_less_far_does_not(means: Means) -> None:
    task = await ended(means, died(30), died(20), died(29))
    assert task.status == "failed" and task.furthest == 30


async def test_what_is_nobodys_fault_counts_for_nothing_between_deaths(means: Means) -> None:
    task = await ended(means, died(5), GONE, died(5), GONE, died(5))
    assert (task.status, task.attempt) == ("failed", 5)


# An attempt that is gone


async def test_a_lost_attempt_is_tried_again_however_often(means: Means) -> None:
    task = await ended(means, *[GONE] * 20, FILM)
    assert (task.status, task.attempt, task.deaths) == ("succeeded", 21, 0)
    events = await story(means, task)
    assert events[-3:] == [("queued", 21), ("running", 21), ("succeeded", 21)]
    assert [r.attempt for r in engine_of(means).runs] == list(range(1, 22))


async def test_progress_begins_anew_with_the_next_attempt(means: Means) -> None:
    gate = Gate()
    engine_of(means).script += [GONE, gate]
    task = await order(means)
    means.live.report(task.id, 80, 1.0)
    await start(means)
    async with asyncio.timeout(10):
        await gate.reached.wait()
    assert means.live.progress(task.id).percent == 0
    gate.open.set()
    await settle()


async def test_an_engine_that_is_not_configured_any_more(tmp_path: Path) -> None:
    """It was a provider, for all that is known, and may be at work: nobody else begins it."""
    other = FakeEngine("other", ("mine",))
    async with means_on(tmp_path, engines={"animatic": FakeEngine(), "other": other}) as means:
        task = await order(means, hand=False)
        begun = {"engine": "other", "stage": "submitted", "receipt": {"job": "x"}}
        await means.store.move(task, "running", NOW, begun)
    async with means_on(tmp_path) as means:
        assert await reconcile(means) == 1
        await start(means)
        async with asyncio.timeout(10):
            while "upstream_unreachable_since" not in (await row(means, task)).report:  # noqa: ASYNC110
                await asyncio.sleep(0)
        fresh = await row(means, task)
        assert (fresh.status, fresh.attempt, fresh.engine) == ("running", 1, "other")
        assert fresh.report["upstream_unreachable_why"] == "other is not configured any more"
        assert engine_of(means).runs == [] and await reconcile(means) == 0


async def test_an_attempt_that_was_stopped_before_its_receipt(means: Means) -> None:
    task = await order(means, hand=False)
    running = await means.store.move(task, "running", NOW, {"engine": "animatic"})
    assert running
    await means.runner.hand([work_of(running, means.engines)])
    await run_all(means)
    assert await story(means, task) == [
        ("queued", 1),
        ("running", 1),
        ("queued", 2),
        ("running", 2),
        ("succeeded", 2),
    ]


# Exceptions


async def test_a_fault_of_ours_is_tried_again(
    means: Means, caplog: pytest.LogCaptureFixture
) -> None:
    task = await ended(means, ValueError("a bug"), OSError("disk"), FILM)
    assert (task.status, task.attempt, task.deaths) == ("succeeded", 3, 2)
    assert [r.message for r in caplog.records].count("flow.failed") == 2


async def test_but_not_for_ever(means: Means) -> None:
    task = await ended(means, *[ValueError("secret path /root")] * 3)
    assert (task.status, task.attempt) == ("failed", 3)
    assert task.error == Fault(code="internal", message="the film could not be made")


async def test_a_fault_at_the_beginning(means: Means) -> None:
    engine_of(means).submit_fails = [ValueError("a bug")] * 2
    task = await ended(means, FILM)
    assert (task.status, task.attempt) == ("succeeded", 3)


async def test_a_fault_while_storing(means: Means, monkeypatch: pytest.MonkeyPatch) -> None:
    keep, faults = means.assets.keep, [OSError(28, "No space left on device")]

    async def full_once(path: Path) -> tuple[str, int]:
        if faults:
            raise faults.pop()
        return await keep(path)

    monkeypatch.setattr(means.assets, "keep", full_once)
    task = await ended(means, FILM, FILM)
    assert (task.status, task.attempt) == ("succeeded", 2)


async def test_a_moments_fault_counts_for_nothing(means: Means) -> None:
    task = await ended(means, *[Overloaded("try again")] * 5, FILM)
    assert (task.status, task.attempt, task.deaths) == ("succeeded", 6, 0)


async def test_a_full_disk_or_too_few_handles_count_for_nothing(means: Means) -> None:
    task = await ended(means, *[OSError(errno.ENOSPC, "full"), OSError(errno.EMFILE, "")] * 3, FILM)
    assert (task.status, task.attempt, task.deaths) == ("succeeded", 7, 0)


async def test_the_requests_own_fault_ends_it_at_once(means: Means) -> None:
    task = await ended(means, BadImage("the image is broken", field="first_frame"))
    assert (task.status, task.attempt) == ("failed", 1)
    assert task.error == Fault(code="image_format", message="the image is broken")


async def test_an_attempt_that_goes_wrong_frees_its_slot(
    means: Means,
) -> None:
    second = Gate()  # the first rests for the whole test: the clock stands still
    engine_of(means).script += [Overloaded("try again"), second]
    await order(means)
    await order(means)
    await start(means, slots=1)
    async with asyncio.timeout(10):
        await second.reached.wait()
    await means.runner.stop(0)


# Runs that have nothing to do


@pytest.mark.parametrize("attempt", [0, 2])
async def test_the_run_of_another_attempt_does_nothing(means: Means, attempt: int) -> None:
    task = await order(means, hand=False)
    work = Work(task_id=task.id, attempt=attempt, accounts=("animatic",), owner_id=task.owner_id)
    await means.runner.hand([work])
    await run_all(means)
    assert await story(means, task) == [("queued", 1)]
    assert engine_of(means).runs == []


async def test_the_run_of_a_task_that_is_over_or_gone_does_nothing(means: Means) -> None:
    over, gone = await order(means), await order(means)
    for task in (over, gone):
        await cancel(task, means)
    await means.store.delete_task(gone.owner_id, gone.public_id)
    await run_all(means)
    assert engine_of(means).runs == []
    assert await story(means, over) == [("queued", 1), ("cancelled", 1)]


async def test_two_runs_of_one_attempt_make_one_film(means: Means) -> None:
    """No runner does that on purpose, but one that is told twice must not buy twice."""
    task = await order(means, hand=False)
    work = work_of(task, means.engines)
    run = flow.film_flow(means)
    await asyncio.gather(run(work, lambda: None), run(work, lambda: None))
    assert len(engine_of(means).runs) == 1
    assert [s for s, _ in await story(means, task)].count("succeeded") == 1
