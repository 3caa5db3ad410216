"""The hub on a real store, over a clock that stands still and a runner that runs nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from fakes import FakeRunner, means_on, order, owner_of
from reelway import hub as module
from reelway.errors import Overloaded
from reelway.hub import BEAT_EVERY, PLACES_EVERY, PROGRESS_EVERY, Hub
from reelway.listener import Listener
from reelway.means import Means
from reelway.move import move
from reelway.task import Task
from reelway.wires.native import wire


class Clock:
    """A loop's clock that passes when it is told to."""

    def __init__(self) -> None:
        self.at = 100.0
        self.calls: list[tuple[float, Callable[[], object], asyncio.Event]] = []

    def time(self) -> float:
        return self.at

    def call_at(self, when: float, callback: Callable[[], object], /) -> Any:
        cancelled = asyncio.Event()
        self.calls.append((when, callback, cancelled))
        return type("Handle", (), {"cancel": lambda _: cancelled.set()})()

    async def pass_(self, seconds: float) -> None:
        self.at += seconds
        due = [call for call in self.calls if call[0] <= self.at]
        self.calls = [call for call in self.calls if call[0] > self.at]
        for _, callback, cancelled in due:
            if not cancelled.is_set():
                callback()
        await settle()


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


class Heard:
    """A listener with what it took so far."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.text = ""
        self.ended = False

    async def listen(self) -> None:
        while data := await self.listener.next():
            self.text += data.decode()
        self.ended = True

    def frames(self) -> list[tuple[str, dict[str, Any]]]:
        """And forget them."""
        found = []
        for block in self.text.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
            if "event" in fields:
                found.append((fields["event"], json.loads(fields["data"])))
        self.text = ""
        return found


@pytest.fixture
async def means(tmp_path: Path) -> AsyncIterator[Means]:
    async with means_on(tmp_path, runner=FakeRunner()) as means:
        await means.store.add_key(await owner_of(means), "k", b"d" * 32, "rw_1", 1)
        yield means


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(means: Means, clock: Clock) -> Hub:
    return Hub(means, clock)


@asynccontextmanager
async def ear(hub: Hub, owner_id: int, task: Task | None = None) -> AsyncIterator[Heard]:
    listener = Listener(
        wire, owner_id=owner_id, task_id=task.id if task else None, digest=b"d" * 32, after=0
    )
    async with hub.join(listener):
        listener.caught_up([], False)
        await hub.greet(listener)
        heard = Heard(listener)
        going = asyncio.create_task(heard.listen())
        await settle()
        try:
            yield heard
        finally:
            going.cancel()
            await asyncio.gather(going, return_exceptions=True)


async def run(task: Task, means: Means) -> Task:
    moved = await move(task, "running", means, {"engine": "animatic"})
    assert moved
    return moved


async def test_a_status_reaches_those_whom_it_concerns(hub: Hub, means: Means) -> None:
    task, other = await order(means), await order(means)
    ann, bob = await owner_of(means, "ann"), await owner_of(means, "bob")
    async with ear(hub, ann, task) as own, ear(hub, ann) as all_, ear(hub, bob) as stranger:
        async with ear(hub, ann, other) as elsewhere:
            await run(task, means)
            await settle()
            (kind, data), *more = own.frames()
            assert (kind, data["status"], data["engine"], more) == (
                "status",
                "running",
                "animatic",
                [],
            )
            assert all_.frames() == [(kind, data)]
            assert stranger.frames() == elsewhere.frames() == []
    assert means.tally.listeners == 0


async def test_an_event_is_said_once(
    hub: Hub, means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = await order(means)
    said: list[Any] = []
    write = wire.write_event
    monkeypatch.setattr(
        type(wire), "write_event", lambda _, notice: said.append(notice) or write(notice)
    )
    async with ear(hub, task.owner_id, task) as one, ear(hub, task.owner_id) as two:
        await run(task, means)
        await settle()
        assert one.text == two.text != ""
    assert len(said) == 1


async def test_the_end_ends_a_tasks_stream_alone(hub: Hub, means: Means) -> None:
    task = await order(means)
    async with ear(hub, task.owner_id, task) as own, ear(hub, task.owner_id) as all_:
        await move(task, "cancelled", means)
        await settle()
        assert own.ended and not all_.ended
        assert own.frames() == all_.frames()


async def test_many_events_at_once_cut_nobody_off(
    hub: Hub, means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    task = await order(means)
    async with ear(hub, task.owner_id) as heard:
        for _ in range(10):
            made = await order(means)
        means.news.stir(made.id)
        await settle()
        await settle()
        assert len(heard.frames()) == 10


async def test_nothing_runs_while_nobody_listens(hub: Hub, means: Means, clock: Clock) -> None:
    task = await order(means)
    assert not means.news._listeners
    for _ in range(2):
        async with ear(hub, task.owner_id):
            assert len(means.news._listeners) == 1
        assert not means.news._listeners
        await settle()
        assert "hub" not in {job.get_name() for job in asyncio.all_tasks()}


# Progress


async def test_progress_is_told_on_change_and_at_a_pace(
    hub: Hub, means: Means, clock: Clock
) -> None:
    task = await order(means)
    async with ear(hub, task.owner_id, task) as own, ear(hub, task.owner_id) as all_:
        await run(task, means)
        await settle()
        own.frames(), all_.frames()
        means.live.report(task.id, 5, 9.5)
        await settle()
        first = ("progress", {"task": task.public_id, "progress": 5, "eta": 10})
        assert own.frames() == all_.frames() == [first]
        for percent in (6, 7, 8):
            means.live.report(task.id, percent, 9.0)
            await settle()
        assert own.frames() == []
        await clock.pass_(PROGRESS_EVERY)
        assert [data["progress"] for _, data in own.frames()] == [8]
        means.live.report(task.id, 8, 8.7)  # nine whole seconds, as before
        await clock.pass_(PROGRESS_EVERY)
        assert own.frames() == []


async def test_no_progress_comes_after_the_end_or_before_the_start(
    hub: Hub, means: Means, clock: Clock
) -> None:
    task = await order(means)
    async with ear(hub, task.owner_id) as heard:
        means.live.report(task.id, 5, 9.0)
        await clock.pass_(PROGRESS_EVERY)
        assert heard.frames() == []
        running = await run(task, means)
        await settle()
        means.live.report(task.id, 50, 4.0)
        await move(running, "failed", means)
        means.live.report(task.id, 60, 3.0)
        await clock.pass_(PROGRESS_EVERY)
        await clock.pass_(PROGRESS_EVERY)
        assert [kind for kind, _ in heard.frames()] == ["status", "status"]


async def test_who_comes_late_hears_how_things_stand(hub: Hub, means: Means, clock: Clock) -> None:
    task = await order(means)
    cast(FakeRunner, means.runner).places[task.id] = 2
    async with ear(hub, task.owner_id, task) as heard:
        assert heard.frames() == [
            ("queue", {"task": task.public_id, "position": 2, "eta": 0}),
        ]
    await run(task, means)
    means.live.report(task.id, 70, 2.0)
    async with ear(hub, task.owner_id, task) as heard:
        assert heard.frames() == [
            ("progress", {"task": task.public_id, "progress": 70, "eta": 2}),
        ]


# Places


async def test_places_are_told_when_they_change(hub: Hub, means: Means, clock: Clock) -> None:
    places = cast(FakeRunner, means.runner).places
    first, second = await order(means), await order(means)
    places |= {first.id: 0, second.id: 1}
    async with ear(hub, first.owner_id, second) as own, ear(hub, first.owner_id) as all_:
        own.frames()
        places.pop(first.id)
        await run(first, means)  # the runner's order is a second old
        await settle()
        assert own.frames() == []
        places[second.id] = 0
        await clock.pass_(PLACES_EVERY)
        moved = ("queue", {"task": second.public_id, "position": 0, "eta": 0})
        assert own.frames() == [moved]
        assert moved in all_.frames()
        await clock.pass_(PLACES_EVERY)
        await clock.pass_(PLACES_EVERY)
        assert own.frames() == []


async def test_a_place_that_was_old_when_somebody_came(
    hub: Hub, means: Means, clock: Clock
) -> None:
    task, places = await order(means), cast(FakeRunner, means.runner).places
    places[task.id] = 1
    async with ear(hub, task.owner_id, task) as heard:
        assert [data["position"] for _, data in heard.frames()] == [1]
        places[task.id] = 2
        await clock.pass_(PLACES_EVERY)
        assert [data["position"] for _, data in heard.frames()] == [2]


async def test_an_owners_stream_is_told_of_the_first_places_alone(
    hub: Hub, means: Means, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_PLACES", 2)
    runner = cast(FakeRunner, means.runner)
    async with ear(hub, await owner_of(means)) as heard:
        tasks = [await order(means) for _ in range(5)]
        means.news.stir(tasks[0].id)
        await settle()
        heard.frames()
        runner.places |= {task.id: place for place, task in enumerate(tasks)}
        means.news.stir(tasks[0].id)
        await clock.pass_(PLACES_EVERY)
        told = [data["position"] for kind, data in heard.frames() if kind == "queue"]
        assert told == [0, 1]


# Beats, keys, the end


async def test_beats_come_while_there_is_nothing_else(hub: Hub, means: Means, clock: Clock) -> None:
    async with ear(hub, await owner_of(means)) as heard:
        await clock.pass_(BEAT_EVERY / 2)
        assert heard.text == ""
        await clock.pass_(BEAT_EVERY / 2)
        assert heard.text == ":\n\n"
        await clock.pass_(BEAT_EVERY)
        assert heard.text == ":\n\n" * 2


async def test_a_beat_finds_what_nobody_stirred_for(hub: Hub, means: Means, clock: Clock) -> None:
    async with ear(hub, await owner_of(means)) as heard:
        await order(means)
        await clock.pass_(BEAT_EVERY)
        assert [data["status"] for _, data in heard.frames()] == ["queued"]


async def test_a_revoked_key_hears_no_more(hub: Hub, means: Means, clock: Clock) -> None:
    async with ear(hub, await owner_of(means)) as heard:
        await means.store.revoke_key("rw_1", 2)
        await clock.pass_(BEAT_EVERY)
        assert heard.ended


async def test_the_stop_ends_everything_and_says_when_to_come_back(
    hub: Hub, means: Means, clock: Clock
) -> None:
    task = await order(means)
    async with ear(hub, task.owner_id) as one, ear(hub, task.owner_id, task) as two:
        hub.stop()
        await settle()
        assert one.ended and two.ended
        assert one.text.startswith("retry: ") and one.text.endswith("\n\n")
        with pytest.raises(Overloaded, match="stopping"):
            hub.admit(task.owner_id)


async def test_a_fault_of_the_reader_cuts_everybody_off(
    hub: Hub, means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> Any:
        raise OSError("the disk")

    task = await order(means)
    async with ear(hub, task.owner_id, task) as heard:
        with monkeypatch.context() as patch:
            patch.setattr(means.store, "events_after", broken)
            means.news.stir(task.id)
            await settle()
        assert heard.ended
        async with ear(hub, task.owner_id, task) as again:  # who comes back is heard
            await run(task, means)
            await settle()
            assert [data["status"] for _, data in again.frames()] == ["running"]


async def test_there_is_room_for_so_many(
    hub: Hub, means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_OF_AN_OWNER", 1)
    monkeypatch.setattr(module, "MOST_LISTENERS", 2)
    ann, bob, eve = [await owner_of(means, name) for name in ("ann", "bob", "eve")]
    async with ear(hub, ann):
        with pytest.raises(Overloaded):
            hub.admit(ann)
        hub.admit(bob)
        async with ear(hub, bob):
            with pytest.raises(Overloaded):
                hub.admit(eve)
    hub.admit(ann)


async def test_little_is_remembered(
    hub: Hub, means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_KNOWN", 3)
    async with ear(hub, await owner_of(means)):
        for _ in range(6):
            made = await order(means)
        means.news.stir(made.id)
        await settle()
        assert len(hub._known) == 3
        await move(replace(made), "cancelled", means)
        await settle()
        assert len(hub._known) == 2
    assert not hub._known
