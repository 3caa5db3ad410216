"""The cases about money that every store must pass. A subclass gives the fixture `store`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from reelway.errors import BudgetExhausted, Conflict
from reelway.money import NO_BUDGET, USAGE_BY, Budget, Usage, UsageBy, cost_of
from reelway.request import VideoRequest
from reelway.store import Replay, Store
from reelway.task import Key, Owner, Status, Task
from stores.examples import HASHES, NOW, draft, film, moved, new, once

DAY = 24 * 3600 * 1000
TODAY = "2025-10-09"  # of NOW, in UTC
ALWAYS = ("0000-00-00", "9999-99-99")
PRICE = 420_000


async def key_of(store: Store, owner: Owner, number: int = 1, **budget: int) -> Key:
    prefix = f"rw_{number:08}"
    digest = number.to_bytes(32, "big")
    return await store.add_key(owner.id, "k", digest, prefix, NOW, budget=Budget(**budget))


async def bought(store: Store, key: Key, price: int | None = PRICE, **changes: Any) -> Task:
    owner = Owner(id=key.owner_id, name="", role="user", created_at=0)
    changes = {"provider": "novita", **changes}
    return await new(store, owner, key_id=key.id, price=price, **changes)


async def sums(store: Store, *by: UsageBy, owner: Owner | None = None) -> list[Usage]:
    return await store.usage(owner.id if owner else None, *ALWAYS, by, 1000)


async def total(store: Store) -> tuple[int, int, int, int]:
    """Tasks, seconds, reserved, settled."""
    found = await sums(store)
    return (
        (found[0].tasks, found[0].seconds, found[0].reserved, found[0].settled)
        if found
        else (0, 0, 0, 0)
    )


def money(task: Task | None) -> tuple[int | None, int | None]:
    assert task
    return task.reserved, task.cost


class MoneyCases:
    @pytest.fixture
    async def key(self, store: Store, owner: Owner) -> Key:
        return await key_of(store, owner)

    # what a task holds

    @pytest.mark.parametrize("price", [None, 0])
    async def test_what_is_free_leaves_no_trace(
        self, store: Store, key: Key, price: int | None
    ) -> None:
        task = await bought(store, key, price)
        assert (task.provider, task.currency, *money(task)) == ("novita", None, None, None)
        task = await moved(store, await moved(store, task, "running"), "succeeded")
        assert cost_of(task.reserved, task.cost, task.currency) is None
        assert await sums(store, *USAGE_BY) == []

    async def test_the_price_is_held_and_then_settled(self, store: Store, key: Key) -> None:
        task = await bought(store, key)
        assert task == await store.task(task.id)
        assert (task.provider, task.currency, *money(task)) == ("novita", "USD", PRICE, None)
        assert await total(store) == (1, 5, PRICE, 0)
        task = await moved(store, task, "running")
        done = await moved(store, task, "succeeded")
        assert (done.provider, done.currency, *money(done)) == ("novita", "USD", 0, PRICE)
        assert done == await store.task(task.id)
        assert await total(store) == (1, 5, 0, PRICE)

    @pytest.mark.parametrize("cost", [0, 1, PRICE, PRICE + 80_001])
    async def test_settled_at_what_the_provider_said(
        self, store: Store, key: Key, cost: int
    ) -> None:
        task = await moved(store, await bought(store, key), "running")
        assert money(await moved(store, task, "succeeded", cost=cost)) == (0, cost)
        assert await total(store) == (1, 5, 0, cost)

    async def test_a_cost_where_no_price_was_known(self, store: Store, key: Key) -> None:
        task = await moved(store, await bought(store, key, None), "running")
        done = await moved(store, task, "succeeded", cost=7)
        assert (*money(done), done.currency) == (0, 7, "USD")
        assert await total(store) == (1, 5, 0, 7)

    async def test_a_failure_that_is_charged(self, store: Store, key: Key) -> None:
        task = await moved(store, await bought(store, key), "running")
        assert money(await moved(store, task, "failed", cost=9)) == (0, 9)
        assert await total(store) == (1, 5, 0, 9)

    @pytest.mark.parametrize("end", ["failed", "cancelled"])
    @pytest.mark.parametrize("begun", [False, True])
    @pytest.mark.parametrize("cost", [{}, {"cost": 0}])
    async def test_what_came_to_nothing_is_released(
        self, store: Store, key: Key, end: Status, begun: bool, cost: dict[str, int]
    ) -> None:
        task = await bought(store, key)
        task = await moved(store, task, "running") if begun else task
        assert money(await moved(store, task, end, **cost)) == (0, None)
        assert await total(store) == (0, 0, 0, 0)
        assert await sums(store, "day") == []

    async def test_another_attempt_keeps_what_is_held(self, store: Store, key: Key) -> None:
        task = await bought(store, key)
        for _ in range(3):
            task = await moved(store, await moved(store, task, "running"), "queued")
            assert money(task) == (PRICE, None)
        assert await total(store) == (1, 5, PRICE, 0)

    async def test_a_move_that_comes_late_moves_no_money(self, store: Store, key: Key) -> None:
        task = await moved(store, await bought(store, key), "running")
        await moved(store, task, "succeeded")
        for to, more in (("succeeded", {"cost": 5}), ("failed", {}), ("cancelled", {})):
            assert await store.move(task, to, NOW, more) is None
        assert await total(store) == (1, 5, 0, PRICE)

    async def test_ends_at_once_move_the_money_once(self, store: Store, key: Key) -> None:
        task = await moved(store, await bought(store, key), "running")
        ends: list[Status] = ["succeeded", "failed", "cancelled"] * 10
        ended = [one for one in await asyncio.gather(
            *(store.move(task, to, NOW) for to in ends)) if one]  # fmt: skip
        assert [one.status for one in ended] == ["succeeded"]
        assert await total(store) == (1, 5, 0, PRICE)

    async def test_a_cost_is_not_set_otherwise(self, store: Store, key: Key) -> None:
        task = await bought(store, key)
        for name in ("cost", "reserved", "provider", "currency"):
            with pytest.raises(ValueError, match="not a column"):
                await store.note(task, {name: 1})
            with pytest.raises(ValueError, match="not a column"):
                await store.move(task, "running", NOW, {name: 1})
        for wrong in (-1, 2**63, 0.5, True):
            with pytest.raises(ValueError, match="micro-units"):
                await store.move(task, "failed", NOW, {"cost": wrong})
            with pytest.raises(ValueError, match="micro-units"):
                await store.rereserve(task, "fox", wrong, NOW)  # type: ignore[arg-type]
        assert await store.task(task.id) == task

    # after the end

    @pytest.mark.parametrize("end", ["failed", "cancelled"])
    async def test_held_beyond_the_end(self, store: Store, key: Key, end: Status) -> None:
        task = await moved(store, await bought(store, key), "running")
        ended = await store.move(task, end, NOW, hold=True)
        assert ended and (ended.status, *money(ended)) == (end, PRICE, None)
        assert await total(store) == (1, 5, PRICE, 0)
        with pytest.raises(Conflict, match="money is held"):
            await store.delete_task(key.owner_id, task.public_id)
        assert await store.ended_before(NOW + DAY, 9) == []
        released = await store.release_late(ended, NOW + 1)
        assert released == await store.release_late(ended, NOW + 2) and money(released) == (0, None)
        assert await total(store) == (0, 0, 0, 0)
        assert await store.ended_before(NOW + DAY, 9) == [(key.owner_id, task.public_id)]
        assert await store.delete_task(key.owner_id, task.public_id) == []

    async def test_settled_late(self, store: Store, key: Key) -> None:
        task = await moved(store, await bought(store, key), "running")
        held = await store.move(task, "failed", NOW, hold=True)
        assert held
        assert money(await store.settle_late(held, 5, NOW)) == (0, 5)
        assert money(await store.settle_late(held, 5, NOW)) == (0, 5)  # once
        assert await total(store) == (1, 5, 0, 5)
        assert money(await store.settle_late(held, 9, NOW)) == (0, 9)
        assert money(await store.settle_late(held, 2, NOW)) == (0, 2)
        assert money(await store.release_late(held, NOW)) == (0, 2)
        assert await total(store) == (1, 5, 0, 2)

    async def test_settled_after_it_was_released(self, store: Store, key: Key) -> None:
        task = await moved(store, await bought(store, key), "failed")
        for _ in range(2):
            assert money(await store.settle_late(task, PRICE, NOW)) == (0, PRICE)
            assert await total(store) == (1, 5, 0, PRICE)

    async def test_a_free_one_that_was_charged_late(self, store: Store, key: Key) -> None:
        task = await moved(store, await bought(store, key, None), "failed")
        assert money(await store.settle_late(task, 3, NOW)) == (0, 3)
        assert await total(store) == (1, 5, 0, 3)

    async def test_late_is_after_the_end(self, store: Store, key: Key) -> None:
        task = await bought(store, key)
        assert await store.settle_late(task, 1, NOW) is None
        assert await store.release_late(task, NOW) is None
        gone = await moved(store, task, "cancelled")
        await store.delete_task(key.owner_id, task.public_id)
        assert await store.settle_late(gone, 1, NOW) is None
        assert await total(store) == (0, 0, 0, 0)
        with pytest.raises(ValueError, match="micro-units"):
            await store.settle_late(gone, -1, NOW)

    async def test_what_was_settled_outlives_the_task(self, store: Store, key: Key) -> None:
        task = await moved(store, await moved(store, await bought(store, key), "running"), "failed")
        await store.settle_late(task, 4, NOW)
        await store.delete_task(key.owner_id, task.public_id)
        assert await total(store) == (1, 5, 0, 4)

    # another provider

    @pytest.mark.parametrize(
        ("first", "second"), [(5, 9), (9, 5), (7, 7), (None, 7), (0, 7), (7, None), (7, 0), (0, 0)]
    )
    async def test_held_for_another_provider(
        self, store: Store, key: Key, first: int | None, second: int | None
    ) -> None:
        task = await moved(store, await bought(store, key, first), "running")
        for _ in range(2):  # the second time it changes nothing
            other = await store.rereserve(task, "fox", second, NOW)
            assert other and (other.provider, other.reserved) == ("fox", second or None)
            assert other == await store.task(task.id)
        there = [entry for entry in await sums(store, "provider") if entry.tasks]
        expected = [({"provider": "fox"}, 1, 5, second)] if second else []
        assert [(e.by, e.tasks, e.seconds, e.reserved) for e in there] == expected
        done = await moved(store, other, "succeeded")
        assert money(done) == ((0, second) if second else (None, None))
        assert await total(store) == ((1, 5, 0, second) if second else (0, 0, 0, 0))

    async def test_a_task_that_moved_on_is_not_given_to_another(
        self, store: Store, key: Key
    ) -> None:
        first = await moved(store, await bought(store, key), "running")
        again = await moved(store, await moved(store, first, "queued"), "running")
        assert await store.rereserve(first, "fox", 9, NOW) is None
        over = await moved(store, again, "succeeded")
        assert await store.rereserve(again, "fox", 9, NOW) is None
        assert await store.rereserve(over, "fox", 9, NOW) is None
        assert await total(store) == (1, 5, 0, PRICE)

    async def test_another_provider_may_be_too_dear(self, store: Store, owner: Owner) -> None:
        key = await key_of(store, owner, day=10)
        task, _ = await bought(store, key, 4), await bought(store, key, 3)
        assert await store.rereserve(task, "fox", 8, NOW) is None
        assert await store.task(task.id) == task
        assert await total(store) == (2, 10, 7, 0)
        assert money(await store.rereserve(task, "fox", 7, NOW)) == (7, None)  # its own goes
        await store.set_budget(key.prefix, {"day": 1})
        assert money(await store.rereserve(task, "mule", 6, NOW)) == (6, None)  # never refused less

    # budgets

    @pytest.mark.parametrize("span", ["day", "month", "total"])
    async def test_a_budget(self, store: Store, owner: Owner, span: str) -> None:
        key = await key_of(store, owner, **{span: 10})
        first = await bought(store, key, 6)
        with pytest.raises(BudgetExhausted) as told:
            await bought(store, key, 5)
        assert told.value.status == 402 and "0.00001 USD" in told.value.message
        second = await bought(store, key, 4)  # to the last millionth
        assert isinstance(await bought(store, key, None), Task)
        await moved(store, await moved(store, first, "running"), "succeeded")
        with pytest.raises(BudgetExhausted):
            await bought(store, key, 1)
        await moved(store, second, "cancelled")
        assert (await bought(store, key, 4)).reserved == 4

    async def test_a_budget_of_nothing(self, store: Store, owner: Owner) -> None:
        key = await key_of(store, owner, total=0)
        with pytest.raises(BudgetExhausted):
            await bought(store, key, 1)
        assert (await bought(store, key, 0)).reserved is None

    async def test_a_refused_create_stores_nothing(self, store: Store, owner: Owner) -> None:
        key = await key_of(store, owner, day=10)
        await store.add_asset(film())
        dear = draft(owner, key_id=key.id, price=11, assets=(("first_frame", HASHES[0]),))
        with pytest.raises(BudgetExhausted):
            await store.create(dear, once())
        assert await store.unfinished() == [] and await sums(store, "day") == []
        assert await store.replay(owner.id, "k") is None
        assert isinstance(await store.create(replace(dear, price=10), once()), Task)

    async def test_a_known_create_is_answered_though_the_budget_is_used_up(
        self, store: Store, owner: Owner
    ) -> None:
        key = await key_of(store, owner, day=10)
        first = draft(owner, key_id=key.id, price=10)
        await store.create(first, once())
        again = await store.create(draft(owner, key_id=key.id, price=10), once())
        assert isinstance(again, Replay) and again.public_id == first.public_id
        assert await total(store) == (1, 5, 10, 0)

    async def test_spans_begin_anew(self, store: Store, owner: Owner) -> None:
        key = await key_of(store, owner, day=10, month=25, total=40)
        midnight = NOW - NOW % DAY + DAY  # 10 October

        async def buy(days: int, less: int = 0) -> bool:
            try:
                await bought(store, key, 10, accepted_at=midnight + days * DAY - less)
            except BudgetExhausted:
                return False
            return True

        assert await buy(0, less=1) and not await buy(0, less=DAY)  # both of the ninth
        assert await buy(0) and not await buy(1, less=1)
        assert not await buy(1)  # 20 of 25 in October
        assert not await buy(22, less=1)  # its last millisecond
        assert await buy(22)  # November
        assert await buy(22 + 30, less=1)  # the end of November; 40 in all
        assert not await buy(22 + 30) and not await buy(400)
        await store.set_budget(key.prefix, {"total": None})
        assert not await buy(22 + 29, less=1)  # 20 of 25 in November
        assert await buy(22 + 30) and await buy(400)

    async def test_budgets_are_set_and_taken_off(self, store: Store, owner: Owner) -> None:
        key = await key_of(store, owner)
        assert key.budget == NO_BUDGET
        changed = await store.set_budget(key.prefix, {"day": 5, "total": 0})
        assert changed == replace(key, budget=Budget(day=5, total=0)) == (await store.keys())[0]
        changed = await store.set_budget(key.prefix, {"total": None, "month": 10**15})
        assert changed and changed.budget == Budget(day=5, month=10**15)
        assert await store.set_budget(key.prefix, {}) == changed
        assert await store.set_budget("rw_none", {"day": 1}) is None
        with pytest.raises(ValueError, match="no budget by week"):
            await store.set_budget(key.prefix, {"week": 1})

    async def test_a_budget_is_its_keys(self, store: Store, owner: Owner) -> None:
        mine, other = await key_of(store, owner, 1, day=10), await key_of(store, owner, 2, day=10)
        await bought(store, mine, 10)
        await bought(store, other, 10)
        assert (await new(store, owner, price=10**9)).reserved == 10**9  # of no key

    async def test_a_budget_that_was_overrun_by_a_bill(self, store: Store, owner: Owner) -> None:
        key = await key_of(store, owner, day=10)
        task = await moved(store, await bought(store, key, 5), "running")
        assert money(await moved(store, task, "succeeded", cost=50)) == (0, 50)
        with pytest.raises(BudgetExhausted, match=r"0\.00005 USD are spent"):
            await bought(store, key, 1)

    @pytest.mark.parametrize("span", ["day", "month", "total"])
    async def test_as_many_as_the_budget_allows_at_once(
        self, store: Store, owner: Owner, span: str
    ) -> None:
        key = await key_of(store, owner, **{span: 17 * PRICE + PRICE - 1})
        drafts = [draft(owner, key_id=key.id, price=PRICE, provider="p") for _ in range(200)]
        free = [draft(owner, key_id=key.id) for _ in range(50)]
        made = await asyncio.gather(
            *(store.create(one) for one in [*drafts, *free]), return_exceptions=True
        )
        taken = [one for one in made[:200] if isinstance(one, Task)]
        assert len(taken) == 17 == len([t for t in await store.unfinished(limit=999) if t.reserved])
        assert {type(one) for one in made[:200]} == {Task, BudgetExhausted}
        assert {type(one) for one in made[200:]} == {Task}
        assert await total(store) == (17, 85, 17 * PRICE, 0)

    async def test_creates_and_other_providers_at_once(self, store: Store, owner: Owner) -> None:
        key = await key_of(store, owner, total=100)
        tasks = [await moved(store, await bought(store, key, 5), "running") for _ in range(10)]
        done = await asyncio.gather(
            *(store.rereserve(task, "fox", 11, NOW) for task in tasks),
            *(store.create(draft(owner, key_id=key.id, price=7)) for _ in range(10)),
            return_exceptions=True,
        )
        changed = [one for one in done[:10] if isinstance(one, Task)]
        made = [one for one in done[10:] if isinstance(one, Task)]
        held = 50 + 6 * len(changed) + 7 * len(made)
        assert 93 < held <= 100 and held == (await total(store))[2]

    # usage

    async def test_usage_by_everything(self, store: Store, owner: Owner, other: Owner) -> None:
        mine, theirs = await key_of(store, owner, 1), await key_of(store, other, 2)
        large = VideoRequest(prompt="a", model="kling-o3", resolution="4k", duration=15)
        await bought(store, mine, 1)
        await bought(store, mine, 2, request=large)
        await bought(store, mine, 4, provider="fox")
        await bought(store, mine, 8, accepted_at=NOW + DAY)
        task = await moved(store, await bought(store, theirs, 16), "running")
        await moved(store, task, "succeeded")

        async def by(*names: UsageBy, of: Owner | None = None) -> dict[tuple[str, ...], int]:
            found = await sums(store, *names, owner=of)
            assert [tuple(e.by) for e in found] == [names] * len(found)
            return {tuple(e.by.values()): e.reserved + e.settled for e in found}

        assert await by() == {(): 31} and await by(of=other) == {(): 16}
        assert await by("owner") == {("local",): 15, ("other",): 16}
        assert await by("key") == {(mine.prefix,): 15, (theirs.prefix,): 16}
        assert await by("provider") == {("novita",): 27, ("fox",): 4}
        assert await by("model") == {("kling-v3",): 29, ("kling-o3",): 2}
        assert await by("resolution") == {("720p",): 29, ("4k",): 2}
        assert await by("day") == {(TODAY,): 23, ("2025-10-10",): 8}
        assert await by("day", "provider", of=owner) == {
            (TODAY, "fox"): 4,
            (TODAY, "novita"): 3,
            ("2025-10-10", "novita"): 8,
        }
        assert len(await by(*USAGE_BY)) == 5
        assert [e.seconds for e in await sums(store, "model", owner=owner)] == [15, 15]

    async def test_usage_of_some_days(self, store: Store, key: Key) -> None:
        for day in range(5):
            await bought(store, key, 10**day, accepted_at=NOW + day * DAY)
        for first, last, expected in (
            (TODAY, TODAY, 1),
            ("2025-10-10", "2025-10-12", 1110),
            ("2025-10-13", "2026-01-01", 10000),
            ("2025-01-01", "2025-10-08", None),
        ):
            found = await store.usage(key.owner_id, first, last, (), 9)
            assert [e.reserved for e in found] == ([] if expected is None else [expected])
        assert len(await store.usage(None, *ALWAYS, ("day",), 3)) == 3
