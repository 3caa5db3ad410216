"""A queued task whose provider is taken out of the settings: it waits, for a while."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accounts import live, provider, settings_of
from fakes import NOW, clock_of, means_on, order, row, settle, story
from reelway.due import due
from reelway.flow import film_flow
from reelway.health import mind_slots
from reelway.means import FILM_FLOW, Means
from reelway.provider import Provider
from reelway.reload import reload
from reelway.settings import Settings
from reelway.sweep import reconcile
from reelway.task import Task
from staged import Stage, turns

WHO = "somebody"
NORTH = {"engine": "north", "provider": "north"}


class File:
    """The settings file."""

    def __init__(self, *providers: Provider, **hosted: Any) -> None:
        self.hosted = hosted
        self.write(*providers)

    def write(self, *providers: Provider) -> None:
        self.says = settings_of(providers, self.hosted)

    def read(self) -> Settings:
        return self.says


async def begin(means: Means) -> None:
    mind_slots(means, 0.0)
    await means.runner.start({FILM_FLOW: film_flow(means)})
    await settle()


async def passes(means: Means, seconds: float) -> None:
    """So much time, with its looks of a second and of a minute."""
    clock_of(means).advance(seconds)
    await due(means)
    await reconcile(means)
    await settle()


async def test_a_slip_of_the_pen_kills_nothing(tmp_path: Path) -> None:
    file, stage = File(), Stage()
    engines = live([provider("north", slots=0)], file.read)
    async with means_on(tmp_path, engines=engines) as means:
        await means.runner.start({FILM_FLOW: stage.flow})
        tasks = [await order(means, drafted=NORTH) for _ in range(2)]
        await reload(means, WHO)
        for _ in range(3):
            await passes(means, 3600)
        for task in tasks:
            fresh = await row(means, task)
            assert (fresh.status, fresh.attempt) == ("queued", 1)
            assert fresh.report["no_provider_since"] == NOW
            assert "north, which was to make it, is not" in fresh.report["no_provider_why"]
        assert stage.started == []
        file.write(provider("south", slots=2))
        await reload(means, WHO)
        await turns()
        assert [w.account for w in stage.started] == ["south", "south"]
        for task in tasks:
            fresh = await row(means, task)
            assert not {"no_provider_since", "no_provider_why"} & fresh.report.keys()
            assert await story(means, task) == [("queued", 1)]


async def failed(means: Means, task: Task) -> str:
    fresh = await row(means, task)
    assert (fresh.status, fresh.attempt) == ("failed", 1) and fresh.error
    assert means.runner.place(task.id) is None
    return f"{fresh.error.code}: {fresh.error.message}"


async def test_it_waits_until_it_is_given_up(tmp_path: Path) -> None:
    file = File(give_up_after=7200)
    engines = live([provider("north")], file.read, give_up_after=7200)
    async with means_on(tmp_path, engines=engines) as means:
        task = await order(means, drafted=NORTH)  # it waits: nothing runs yet
        await reload(means, WHO)
        await begin(means)
        await passes(means, 7199)
        assert (await row(means, task)).status == "queued"
        await passes(means, 1)
        told = await failed(means, task)
        assert told.startswith("engine_missing: no provider that can make it has been configured")


async def test_or_until_its_deadline(tmp_path: Path) -> None:
    file = File()
    async with means_on(tmp_path, engines=live([provider("north")], file.read)) as means:
        task = await order(means, drafted={**NORTH, "start_by": NOW + 60_000})
        await reload(means, WHO)
        await begin(means)
        await passes(means, 59)
        assert (await row(means, task)).status == "queued"
        await passes(means, 1)
        assert (await failed(means, task)).startswith("deadline: ")


CASES: list[tuple[dict[str, Any], list[Provider]]] = [
    ({"provider": "north"}, [provider("south")]),  # no other was to make it
    ({"model": "veo-9"}, [provider("south")]),  # nobody knows the model any more
    ({}, [provider("south", models=["kling-o3"])]),  # others cannot
    ({}, [provider("north", models=["kling-o3"])]),  # it makes other films now
]


@pytest.mark.parametrize(("request_", "left"), CASES)
async def test_whatever_the_slip_was(
    request_: dict[str, Any], left: list[Provider], tmp_path: Path
) -> None:
    before, file = provider("north", models=["kling-v3", "veo-9"]), File(*left)
    async with means_on(tmp_path, engines=live([before], file.read)) as means:
        task = await order(means, drafted=NORTH, **request_)
        await reload(means, WHO)
        await begin(means)
        await passes(means, 60)
        fresh = await row(means, task)
        assert (fresh.status, fresh.attempt) == ("queued", 1)
        assert fresh.report["no_provider_since"] == NOW


async def test_after_a_restart_too(tmp_path: Path) -> None:
    async with means_on(tmp_path, engines=live([provider("north")])) as means:
        task = await order(means, hand=False, drafted=NORTH)
    file = File(provider("north"))
    async with means_on(tmp_path, engines=live(read=file.read)) as means:
        stage = Stage()
        await reconcile(means)
        await means.runner.start({FILM_FLOW: stage.flow})
        await turns()
        assert (await row(means, task)).report["no_provider_since"] == NOW
        assert stage.started == []
        await reload(means, WHO)
        await turns()
        assert [w.account for w in stage.started] == ["north"]


async def test_one_that_rested_meanwhile_is_noticed(tmp_path: Path) -> None:
    file = File()
    async with means_on(tmp_path, engines=live([provider("north")], file.read)) as means:
        task = await order(means, hand=False, drafted={**NORTH, "next_at": NOW + 5000})
        await begin(means)
        await reload(means, WHO)
        assert "no_provider_since" not in (await row(means, task)).report
        await passes(means, 6)
        assert (await row(means, task)).report["no_provider_since"] == NOW + 6000


async def test_what_an_engine_of_ours_was_to_make_does_not_wait(tmp_path: Path) -> None:
    engines = live()
    async with means_on(tmp_path, engines=engines) as means:
        engines["animatic"].refuses = "it is not installed"  # type: ignore[attr-defined]
        task = await order(means, drafted={"engine": "animatic"})
        await begin(means)
        assert await failed(means, task) == "engine_missing: it is not installed"
