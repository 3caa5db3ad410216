"""A reload of the providers, over a store and a runner."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from accounts import SECRET, account_of, live, provider, settings_of
from fakes import NOW, clock_of, key_of, means_on, order
from reelway.accept import accept
from reelway.errors import Conflict
from reelway.health import mind_slots
from reelway.means import FILM_FLOW, Means
from reelway.reload import BadSettings, reload, reloading
from reelway.settings import Settings, SettingsFault
from reelway.wire import Call, wires
from staged import Stage, turns

WHO = "command line (uid 1)"


class File:
    """The settings file: what reading it gives, or the fault that it has."""

    def __init__(self, *providers: Any) -> None:
        self.says: Settings | Exception = settings_of(providers)

    def read(self) -> Settings:
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


async def begin(means: Means, stage: Stage) -> None:
    mind_slots(means, 0.0)
    await means.runner.start({FILM_FLOW: stage.flow})


def by_account(stage: Stage) -> dict[int, str]:
    return {w.task_id: w.account for w in stage.started}


async def test_what_is_added_serves_what_waits_at_once(tmp_path: Path) -> None:
    file, stage = File(), Stage()
    engines = live([provider("north", slots=1)], file.read)
    async with means_on(tmp_path, engines=engines) as means:
        await begin(means, stage)
        tasks = [await order(means) for _ in range(4)]
        await turns()
        assert stage.ids == [tasks[0].id]
        file.says = settings_of([provider("north", slots=1), provider("south", slots=2)])
        told = await reload(means, WHO)
        await turns()
        assert told.added == ("south",)
        assert sorted(by_account(stage).values()) == ["north", "south", "south"]
        assert account_of(engines, "south").started == 1
        assert means.runner.queued() == 1


async def test_what_is_ordered_while_its_provider_goes_waits_for_who_comes(tmp_path: Path) -> None:
    """It was routed before the reload, and its row stands after it."""
    file, stage = File(provider("south")), Stage()
    async with means_on(tmp_path, engines=live([provider("north")], file.read)) as means:
        await begin(means, stage)
        create = means.store.create

        async def slow(*said: Any) -> Any:
            await reload(means, WHO)
            return await create(*said)

        means.store.create = slow  # type: ignore[method-assign]
        call = Call(
            method="POST", path="/api/v1/tasks", data={"prompt": "fox", "model": "kling-v3"}
        )
        await accept(wires()["native"], call, b"{}", await key_of(means), None, means)
        await turns()
        assert list(by_account(stage).values()) == ["south"]
        assert means.runner.queued() == 0


async def test_what_is_removed_gets_nothing_new_and_what_waited_goes_elsewhere(
    tmp_path: Path,
) -> None:
    file, stage = File(), Stage()
    engines = live([provider("north", slots=1), provider("south", slots=1, order=1)], file.read)
    async with means_on(tmp_path, engines=engines) as means:
        await begin(means, stage)
        tasks = [await order(means) for _ in range(5)]
        await turns()
        assert list(by_account(stage).values()) == ["north", "south"]
        file.says = settings_of([provider("south", slots=1, order=1)])
        told = await reload(means, WHO)
        assert told.removed == ("north",)
        stage.let_go(tasks[0].id)  # what it had goes on to its end
        await turns()
        assert tasks[0].id in stage.ended
        assert len(stage.started) == 2
        stage.let_go(*(task.id for task in tasks))
        for _ in range(5):
            await turns()
        assert list(by_account(stage).values()) == ["north", *["south"] * 4]


async def test_a_task_at_a_provider_that_was_removed_is_followed_after_its_run_ended(
    tmp_path: Path,
) -> None:
    """It needs no slot of one that has none any more."""
    file, stage = File(), Stage()
    async with means_on(tmp_path, engines=live([provider("north")], file.read)) as means:
        await begin(means, stage)
        await reload(means, WHO)
        task = await order(means, hand=False)
        running = await means.store.move(task, "running", NOW, {"engine": "north"})
        assert running
        await reload(means, WHO)
        await turns()
        assert by_account(stage) == {task.id: "north"}


async def test_what_rests_is_left_to_rest(tmp_path: Path) -> None:
    file, stage = File(provider("south")), Stage()
    async with means_on(tmp_path, engines=live([provider("north")], file.read)) as means:
        await begin(means, stage)
        await order(means, hand=False, drafted={"next_at": NOW + 9000})
        await reload(means, WHO)
        await turns()
        assert stage.ids == []
        clock_of(means).advance(9)
        await reload(means, WHO)
        await turns()
        assert [w.account for w in stage.started] == ["south"]


async def test_many_that_wait_are_routed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelway.reload.PAGE", 7)
    file, stage = File(provider("south", slots=2)), Stage()
    async with means_on(tmp_path, engines=live([provider("north")], file.read)) as means:
        await means.runner.start({FILM_FLOW: stage.flow})
        tasks = [await order(means) for _ in range(30)]
        assert means.runner.accounts()["north"].waiting == 30
        await reload(means, WHO)
        assert means.runner.queued() == 28
        assert means.runner.accounts()["north"].waiting == 0
        await turns()
        assert stage.ids == [tasks[0].id, tasks[1].id]


async def test_a_fault_is_told_and_the_old_ones_stay(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, stage = File(), Stage()
    file.says = SettingsFault(["providers[0].slots: too many", "hosted.policy: what?"])
    async with means_on(tmp_path, engines=live([provider("north")], file.read)) as means:
        await begin(means, stage)
        with pytest.raises(BadSettings) as told:
            await reload(means, WHO)
        assert told.value.message == "providers[0].slots: too many\nhosted.policy: what?"
        assert means.runner.accounts()["north"].slots == 5
        await order(means)
        await turns()
        assert [w.account for w in stage.started] == ["north"]
        assert await means.store.audits(9) == []
    assert [r.message for r in caplog.records if r.levelname == "WARNING"] == ["providers.refused"]


async def test_it_is_written_down_without_keys(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    file = File(provider("north", slots=2), provider("south"))
    async with means_on(tmp_path, engines=live([provider("north")], file.read)) as means:
        await reload(means, WHO)
        (entry,) = await means.store.audits(9)
    assert (entry.actor, entry.act) == (WHO, "providers.reload")
    assert entry.data["added"] == ["south"] and entry.data["changed"] == ["north"]
    said = [r for r in caplog.records if r.message == "providers.reloaded"]
    assert said[0].fields["added"] == ("south",)  # type: ignore[attr-defined]
    assert SECRET not in "".join(str(r.__dict__) for r in caplog.records) + str(entry)


async def test_two_at_a_time_go_one_after_the_other(tmp_path: Path) -> None:
    file = File(provider("south"))
    async with means_on(tmp_path, engines=live([provider("north")], file.read)) as means:
        told = await asyncio.gather(*(reload(means, WHO) for _ in range(3)))
    assert [one.added for one in told] == [("south",), (), ()]


async def test_where_there_is_nothing_to_read(tmp_path: Path) -> None:
    for engines in ({}, live([provider("north")])):
        async with means_on(tmp_path, engines=engines) as means:
            with pytest.raises(Conflict):
                await reload(means, WHO)


async def test_a_signal_reloads(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = File(provider("south"))
    engines = live([provider("north")], file.read)
    async with means_on(tmp_path, engines=engines) as means:
        with reloading(means):
            os.kill(os.getpid(), signal.SIGHUP)
            async with asyncio.timeout(10):
                while "south" not in engines:  # noqa: ASYNC110
                    await asyncio.sleep(0)
            file.says = OSError("the disk is gone")
            os.kill(os.getpid(), signal.SIGHUP)
            async with asyncio.timeout(10):
                while not any(r.message == "providers.failed" for r in caplog.records):  # noqa: ASYNC110
                    await asyncio.sleep(0)
    assert "south" in engines
