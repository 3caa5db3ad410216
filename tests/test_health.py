"""How many slots an engine has just now."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts import account_of, live, provider
from fakes import means_on, order
from reelway.health import mind_breaker, mind_slots, tell_breakers
from reelway.means import FILM_FLOW, Means
from staged import Stage, turns


def slots(means: Means) -> dict[str, int]:
    return {name: account.slots for name, account in means.runner.accounts().items()}


async def test_the_settings_slots_as_a_rule(tmp_path: Path) -> None:
    engines = live([provider("north", slots=3), provider("south", slots=0)])
    async with means_on(tmp_path, engines=engines) as means:
        mind_slots(means, 0.0)
        assert slots(means) == {"animatic": 1, "north": 3, "south": 0}
        means.door.low = True  # hardly any disk is left
        mind_slots(means, 0.0)
        assert set(slots(means).values()) == {0}
        means.door.low = False
        account_of(engines, "north").retired = True
        mind_slots(means, 0.0)
        assert slots(means) == {"animatic": 1, "north": 0, "south": 0}


async def test_an_open_breaker_takes_them_until_its_probe(tmp_path: Path) -> None:
    engines = live([provider("north", slots=3)])
    breaker, stage = account_of(engines, "north").breaker, Stage()
    async with means_on(tmp_path, engines=engines) as means:
        mind_slots(means, 0.0)
        await means.runner.start({FILM_FLOW: stage.flow})
        tasks = [await order(means) for _ in range(9)]
        await turns()
        assert stage.on == 3
        breaker.failed(100.0)  # for 30 seconds
        mind_slots(means, 100.5)
        stage.let_go(tasks[0].id)
        await turns()
        assert (stage.on, len(stage.started)) == (2, 3)  # nothing new is begun
        mind_slots(means, 129.9)
        await turns()
        assert len(stage.started) == 3
        mind_slots(means, 130.0)
        await turns()
        assert len(stage.started) == 4  # the probe, beside what runs
        assert breaker.allows(130.1)
        mind_slots(means, 131.0)
        stage.let_go(tasks[1].id)
        await turns()
        assert len(stage.started) == 4  # one only, until it has said
        breaker.succeeded(132.0)
        mind_slots(means, 132.5)
        await turns()
        assert stage.on == 3


async def test_right_after_a_failure_nothing_more_is_tried(tmp_path: Path) -> None:
    engines = live([provider("north", slots=2), provider("south", slots=2)])
    async with means_on(tmp_path, engines=engines) as means:
        mind_slots(means, 0.0)
        for name in ("north", "animatic", "gone", None):
            mind_breaker(name, means, 1.0)
        assert slots(means) == {"animatic": 1, "north": 2, "south": 2}
        account_of(engines, "north").breaker.failed(1.0)
        mind_breaker("south", means, 1.0)
        assert slots(means)["north"] == 2
        mind_breaker("north", means, 1.0)
        assert slots(means) == {"animatic": 1, "north": 0, "south": 2}


async def test_another_provider_takes_over(tmp_path: Path) -> None:
    engines = live([provider("north", slots=1), provider("south", slots=1, order=1)])
    stage = Stage()
    async with means_on(tmp_path, engines=engines) as means:
        account_of(engines, "north").breaker.failed(0.0)
        mind_slots(means, 1.0)
        await means.runner.start({FILM_FLOW: stage.flow})
        for _ in range(4):
            await order(means)
        for _ in range(3):
            await turns()
            stage.let_go(stage.ids[-1])
        await turns()
        assert [w.account for w in stage.started] == ["south"] * 4


async def test_the_log_tells_who_has_opened_and_closed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "reelway")
    engines = live([provider("north"), provider("south")])
    north, before = account_of(engines, "north"), dict[str, str]()
    async with means_on(tmp_path, engines=engines) as means:
        tell_breakers(means, before)
        north.errors.append((1, "HTTP 503"))
        north.breaker.failed(0.0)
        for _ in range(2):
            tell_breakers(means, before)
        assert north.breaker.allows(30.0)
        tell_breakers(means, before)
        north.breaker.succeeded(31.0)
        for _ in range(2):
            tell_breakers(means, before)
    told = [(r.message, getattr(r, "fields", {})) for r in caplog.records]
    told = [(message, fields["provider"]) for message, fields in told if "provider" in fields]
    assert told == [("provider.unhealthy", "north"), ("provider.healthy", "north")]
