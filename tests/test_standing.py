"""How providers stand, as it is told to who keeps the server."""

from __future__ import annotations

from pathlib import Path

from accounts import SECRET, account_of, live, provider
from fakes import NOW, means_on, order, start
from reelway.health import mind_slots
from reelway.means import FILM_FLOW
from reelway.route import VOICES
from reelway.standing import standings
from reelway.sweep import reconcile
from staged import Stage, turns


async def test_health_slots_and_errors(tmp_path: Path) -> None:
    engines, stage = (
        live([provider("north", slots=2, models=["kling-v3"]), provider("south")]),
        Stage(),
    )
    north = account_of(engines, "north")
    async with means_on(tmp_path, engines=engines) as means:
        means.runner.slots(VOICES, 2)
        mind_slots(means, 0.0)
        await means.runner.start({FILM_FLOW: stage.flow})
        for _ in range(4):
            await order(means, provider="north")
        await turns()
        north.errors += [(NOW - 9000, "HTTP 500"), (NOW - 10, f"bad key {SECRET}")]
        north.breaker.failed(95.0)
        first, second = await standings(means, 100.0)
        assert (first.name, first.wire, first.address) == (
            "north", "novita", "https://north.example.com",
        )  # fmt: skip
        assert (first.slots, first.open, first.busy, first.waiting) == (2, 0, 2, 2)
        assert (first.breaker, first.breaker_since, first.probe_in) == ("open", NOW - 5000, 25.0)
        assert list(first.errors) == [(NOW - 10, "bad key …"), (NOW - 9000, "HTTP 500")]
        assert (first.spent_today, first.spent_month) == (0, 0)
        assert (second.name, second.breaker, second.breaker_since) == ("south", "closed", None)
        assert (second.open, second.waiting) == (5, 0)
        assert SECRET not in repr([first, second])


async def test_those_that_were_removed_and_those_that_are_missing(tmp_path: Path) -> None:
    engines, stage = live([provider("north"), provider("south")]), Stage()
    account_of(engines, "south").retired = True
    async with means_on(tmp_path, engines=engines) as means:
        await means.runner.start({FILM_FLOW: stage.flow})
        task = await order(means, hand=False)
        running = await means.store.move(task, "running", NOW, {"engine": "gone"})
        assert running
        await reconcile(means)
        await turns()
        found = {one.name: one.state for one in await standings(means, 0.0)}
        assert found == {"north": "serving", "south": "removed", "gone": "missing"}


async def test_those_that_are_missing_have_their_tasks_counted(tmp_path: Path) -> None:
    async with means_on(tmp_path, engines=live([provider("north")])) as means:
        await start(means, slots=5)
        for n in range(4):
            task = await order(means, hand=False)
            held = {"engine": "gone", "stage": "submitted", "receipt": {"id": f"x{n}"}}
            running = await means.store.move(task, "running", NOW, held)
            assert running
            if n == 0:
                over = {"stage": "late"}
                assert await means.store.move(running, "cancelled", NOW, over, hold=True)
        meant = {"engine": "lost", "provider": "lost"}
        for _ in range(2):
            await order(means, hand=False, drafted=meant, model="kling-v9")
        await order(means, hand=False, drafted=meant, model="kling-v3")  # north has it instead
        await reconcile(means)
        await turns()
        found = {one.name: one for one in await standings(means, 0.0)}
        assert list(found) == ["north", "gone", "lost"]
        assert (found["gone"].state, found["gone"].busy, found["gone"].waiting) == ("missing", 4, 0)
        assert (found["lost"].state, found["lost"].busy, found["lost"].waiting) == ("missing", 0, 2)


async def test_what_was_spent(tmp_path: Path) -> None:
    engines = live([provider("north", price="0.1"), provider("south")])
    async with means_on(tmp_path, engines=engines) as means:
        task = await order(
            means, hand=False, drafted={"provider": "north", "price": 500_000, "engine": "north"}
        )
        first, second = await standings(means, 0.0)
        assert first.spent_today == 0  # it is held, and not spent
        running = await means.store.move(task, "running", NOW)
        assert running
        await means.store.move(running, "succeeded", NOW)
        first, second = await standings(means, 0.0)
        assert (first.spent_today, first.spent_month) == (500_000, 500_000)
        assert (second.spent_today, second.spent_month) == (0, 0)
