"""The cases of `reelway.store.Hooks` that every store must pass, over the fixture `store`."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from reelway.errors import UnknownTask
from reelway.request import VideoRequest
from reelway.store import Store
from reelway.task import Owner, Status, Task
from reelway.webhook import EVENTS, MOST_TRIES, OVER, Delivery, DeliveryListing, Endpoint, Try
from stores.examples import NOW, draft, moved, new

URL = "https://hooks.example.com/a?b=ü"
TRY = Try(at=NOW + 5, milliseconds=7, status=500, error="no", request="POST …", answer="ä\n")
ALL = DeliveryListing(limit=100)


async def add(store: Store, owner: Owner, id: str = "endpoint_1", **changes) -> Endpoint:
    fields = {"url": URL, "wire": "native", "events": OVER, "created_at": NOW}
    plain = Endpoint(public_id=id, owner_id=owner.id, **{**fields, **changes})
    made = await store.add_endpoint(plain, b"sealed " + id.encode(), 5)
    assert made == replace(plain, id=made.id)
    return made


async def ended(store: Store, owner: Owner, to: Status = "succeeded", **changes) -> Task:
    task = await moved(store, await new(store, owner, **changes), "running")
    return await moved(store, task, to)


async def only(store: Store) -> Delivery:
    (delivery,) = await store.pending_deliveries()
    return delivery


class HookCases:
    async def test_an_endpoint_is_its_owners(self, store, owner, other) -> None:
        made = await add(store, owner, description="für mich")
        assert await store.endpoint(owner.id, "endpoint_1") == made
        assert await store.endpoints(owner.id) == [made]
        assert await store.endpoint(other.id, "endpoint_1") is None
        assert await store.endpoints(other.id) == []
        assert await store.change_endpoint(other.id, "endpoint_1", {"url": "x"}) is None
        assert await store.delete_endpoint(other.id, "endpoint_1") is False
        assert await store.endpoint(owner.id, "endpoint_1") == made
        assert await store.secrets(other.id, made.id, NOW) == []
        assert await store.delete_endpoint(owner.id, "endpoint_1") is True
        assert await store.endpoints(owner.id) == []
        assert await store.secrets(owner.id, made.id, NOW) == []

    async def test_an_owner_has_no_more_than_so_many(self, store, owner, other) -> None:
        plain = Endpoint(public_id="", owner_id=owner.id, url=URL, wire="native", events=OVER)
        asked = [
            store.add_endpoint(replace(plain, public_id=f"endpoint_{n}"), b"s", 5) for n in range(9)
        ]
        made = await asyncio.gather(*asked)
        assert [endpoint is not None for endpoint in made] == [True] * 5 + [False] * 4
        assert len(await store.endpoints(owner.id)) == 5
        assert await add(store, other, "endpoint_x")

    async def test_an_endpoint_is_changed_in_part(self, store, owner) -> None:
        made = await add(store, owner)
        changes = {"events": ("task.failed",), "wire": "novita", "description": "d"}
        changed = await store.change_endpoint(owner.id, "endpoint_1", changes)
        assert changed == replace(made, **changes)
        assert await store.change_endpoint(owner.id, "endpoint_1", {}) == changed
        assert await store.change_endpoint(owner.id, "endpoint_9", {"url": "x"}) is None
        with pytest.raises(ValueError, match="owner_id"):
            await store.change_endpoint(owner.id, "endpoint_1", {"owner_id": 9})

    # secrets

    async def test_secrets_overlap(self, store, owner) -> None:
        made = await add(store, owner)

        async def good(at: int) -> list[bytes]:
            return await store.secrets(owner.id, made.id, at)

        assert await good(NOW) == [b"sealed endpoint_1"]
        await store.add_secret(owner.id, made.id, b"2", NOW, NOW + 100)
        assert await good(NOW + 99) == [b"2", b"sealed endpoint_1"]
        assert await good(NOW + 100) == [b"2"]
        await store.add_secret(owner.id, made.id, b"3", NOW + 10, NOW + 110)
        assert await good(NOW + 99) == [b"3", b"2", b"sealed endpoint_1"]
        assert await good(NOW + 109) == [b"3", b"2"]  # the oldest did not live longer by that
        await store.add_secret(owner.id, made.id, b"4", NOW + 20, NOW + 120)
        assert await good(NOW + 20) == [b"4", b"3", b"2"]
        await store.add_secret(owner.id, made.id, b"5", NOW + 30, NOW + 30)  # expire now
        assert await good(NOW + 30) == [b"5"]

    async def test_an_owners_secret_is_made_once(self, store, owner, other) -> None:
        made = await add(store, owner)
        asked = [store.add_secret(owner.id, None, b"%d" % n, NOW, NOW, True) for n in range(5)]
        await asyncio.gather(*asked)
        assert await store.secrets(owner.id, None, NOW) == [b"0"]
        assert await store.secrets(other.id, None, NOW) == []
        assert await store.secrets(owner.id, made.id, NOW) == [b"sealed endpoint_1"]

    # deliveries

    async def test_each_change_is_told_once(self, store, owner, other) -> None:
        every = await add(store, owner, events=EVENTS)
        await add(store, owner, "endpoint_2", wire="novita", events=("task.failed",))
        off = await add(store, owner, "endpoint_3")
        await store.change_endpoint(owner.id, off.public_id, {"disabled_at": NOW})
        await add(store, other, "endpoint_4", events=EVENTS)
        task = await ended(store, owner, "failed", accepted_at=NOW - 5)
        found = await store.pending_deliveries()
        assert [(d.endpoint, d.wire, d.event) for d in found] == [
            ("endpoint_1", "native", "task.created"),
            ("endpoint_1", "native", "task.running"),
            ("endpoint_1", "native", "task.failed"),
            ("endpoint_2", "novita", "task.failed"),
        ]
        assert [d.event_at for d in found] == [NOW - 5, NOW + 1000, NOW + 1000, NOW + 1000]
        first = found[0]
        assert (first.owner_id, first.task_id, first.task) == (owner.id, task.id, task.public_id)
        assert (first.endpoint_id, first.url, first.status) == (every.id, URL, "pending")
        assert (first.tries, first.next_at, first.ended_at) == (0, NOW - 5, None)
        assert len({d.public_id for d in found}) == 4
        assert all(d.public_id.startswith("msg_") for d in found)
        assert await store.pending_deliveries(after=found[1].id, limit=1) == [found[2]]
        assert await store.pending_delivery(first.id) == first
        assert (await store.pending())[0] == 4

    async def test_an_attempt_that_begins_again_is_no_new_task(self, store, owner) -> None:
        await add(store, owner, events=EVENTS)
        task = await moved(store, await new(store, owner), "running")
        task = await moved(store, await moved(store, task, "queued"), "running")
        told = [d.event for d in await store.pending_deliveries()]
        assert told == ["task.created", "task.running", "task.running"]
        assert await store.move(replace(task, attempt=1), "succeeded", NOW) is None
        assert len(await store.pending_deliveries()) == 3

    async def test_an_address_in_the_request_is_told_of_the_end(self, store, owner) -> None:
        request = VideoRequest(prompt="x", webhook=URL)
        task = await new(store, owner, request=request, wire="novita")
        await moved(store, task, "cancelled")
        delivery = await only(store)
        assert (delivery.event, delivery.wire, delivery.url) == ("task.cancelled", "novita", URL)
        assert (delivery.endpoint, delivery.endpoint_id) == (None, None)

    async def test_a_refused_move_tells_nobody(self, store, owner) -> None:
        await add(store, owner)
        task = await ended(store, owner)
        for stale in (replace(task, status="running"), replace(task, status="queued")):
            assert await store.move(stale, "failed", NOW) is None
        assert [d.event for d in await store.pending_deliveries()] == ["task.succeeded"]

    async def test_tries_are_written_down(self, store, owner, other) -> None:
        await add(store, owner)
        task = await ended(store, owner)
        delivery = await only(store)
        assert await store.tried(delivery, TRY, "pending", NOW + 99) == 0
        again = await only(store)
        assert again == replace(delivery, tries=1, next_at=NOW + 99)
        assert (await store.endpoint(owner.id, "endpoint_1")).failing_since == NOW + 5
        later = replace(TRY, at=NOW + 99)
        await store.tried(again, later, "pending", NOW + 200)
        assert (await store.endpoint(owner.id, "endpoint_1")).failing_since == NOW + 5
        good = Try(at=NOW + 200, milliseconds=3, status=204, request="POST …")
        await store.tried(again, good, "delivered", 0)
        assert await store.pending_deliveries() == []
        assert await store.pending_delivery(delivery.id) is None
        told = await store.delivery(owner.id, delivery.public_id)
        assert (told.status, told.tries, told.ended_at) == ("delivered", 3, NOW + 203)
        assert await store.delivery(other.id, delivery.public_id) is None
        assert await store.tries(delivery.id) == [TRY, later, good]
        assert (await store.endpoint(owner.id, "endpoint_1")).failing_since is None
        assert (await store.task(task.id)).notified_at == NOW + 203
        await store.tried(again, TRY, "failed", 0)  # it has ended: nothing changes
        assert await store.delivery(owner.id, delivery.public_id) == told

    async def test_the_log_of_a_delivery_has_an_end(self, store, owner) -> None:
        """However often it is asked for again."""
        await add(store, owner)
        await ended(store, owner)
        delivery = await only(store)
        for n in range(MOST_TRIES + 3):
            await store.tried(delivery, replace(TRY, at=NOW + n), "pending", NOW)
        kept = await store.tries(delivery.id)
        assert [one.at - NOW for one in kept] == list(range(3, MOST_TRIES + 3))
        assert (await only(store)).tries == MOST_TRIES + 3

    async def test_only_the_end_notifies(self, store, owner) -> None:
        await add(store, owner, events=EVENTS)
        task = await new(store, owner)
        await store.tried(await only(store), replace(TRY, error=None), "delivered", 0)
        assert (await store.task(task.id)).notified_at is None

    async def test_disabling_ends_what_waits(self, store, owner) -> None:
        await add(store, owner)
        await add(store, owner, "endpoint_2")
        for _ in range(3):
            await ended(store, owner)
        first, *_ = await store.pending_deliveries()
        assert await store.tried(first, TRY, "failed", 0, "it is gone") == 2
        left = await store.pending_deliveries()
        assert [d.endpoint for d in left] == ["endpoint_2"] * 3
        off = await store.endpoint(owner.id, "endpoint_1")
        assert (off.disabled_at, off.disabled_why) == (NOW + 12, "it is gone")
        await ended(store, owner)
        assert len(await store.pending_deliveries()) == 4
        await store.change_endpoint(owner.id, "endpoint_2", {"disabled_at": NOW + 9})
        assert await store.pending_deliveries() == []
        on = {"disabled_at": None, "disabled_why": None}
        back = await store.change_endpoint(owner.id, "endpoint_1", on)
        assert (back.disabled_at, back.disabled_why, back.failing_since) == (None, None, None)

    async def test_what_waits_goes_to_the_new_address(self, store, owner) -> None:
        await add(store, owner)
        await ended(store, owner)
        await store.change_endpoint(owner.id, "endpoint_1", {"url": "https://new.example.com"})
        assert (await only(store)).url == "https://new.example.com"

    async def test_deliveries_are_listed(self, store, owner, other) -> None:
        await add(store, owner)
        await add(store, owner, "endpoint_2", events=EVENTS)
        tasks = [await ended(store, owner) for _ in range(2)]
        found = await store.pending_deliveries()
        assert len(found) == 8
        await store.tried(found[0], TRY, "failed", 0)

        async def listed(**wanted) -> list[Delivery]:
            return await store.deliveries(owner.id, DeliveryListing(**wanted))

        every = await store.deliveries(owner.id, ALL)
        assert [d.id for d in every] == [d.id for d in reversed(found)]
        assert await listed(limit=2) == every[:2]
        assert await listed(limit=2, after=every[1].public_id) == every[2:4]
        assert [d.id for d in await listed(status="failed")] == [found[0].id]
        assert {d.task for d in await listed(task=tasks[0].public_id)} == {tasks[0].public_id}
        assert len(await listed(endpoint="endpoint_1")) == 2
        assert await listed(endpoint="endpoint_1", task="nobody") == []
        assert await store.deliveries(other.id, ALL) == []
        with pytest.raises(UnknownTask):
            await store.deliveries(other.id, DeliveryListing(after=every[0].public_id))

    async def test_delivered_again_on_demand(self, store, owner, other) -> None:
        await add(store, owner)
        await ended(store, owner)
        delivery = await only(store)
        await store.tried(delivery, TRY, "failed", 0)
        await store.change_endpoint(owner.id, "endpoint_1", {"url": "https://new.example.com"})
        assert await store.redeliver(other.id, delivery.public_id, NOW + 50) is None
        assert await store.pending_deliveries() == []
        again = await store.redeliver(owner.id, delivery.public_id, NOW + 50)
        assert again == replace(delivery, next_at=NOW + 50, url="https://new.example.com")
        assert again == await only(store)
        assert await store.tries(delivery.id) == [TRY]
        sooner = await store.redeliver(owner.id, delivery.public_id, NOW + 40)
        assert sooner.next_at == NOW + 40

    async def test_what_was_missed_is_told(self, store, owner, other) -> None:
        before = await ended(store, owner)
        await add(store, owner, events=("task.succeeded", "task.failed"))
        told = await ended(store, owner)
        await store.tried(await only(store), TRY, "failed", 0)
        await ended(store, owner, "cancelled")  # is not asked for
        await ended(store, other)
        await new(store, owner)
        endpoint = await store.endpoint(owner.id, "endpoint_1")
        assert await store.tell_again(endpoint, NOW + 1001, NOW + 2000, 100) == 0
        assert await store.tell_again(endpoint, NOW, NOW + 2000, 100) == 2
        found = await store.pending_deliveries()
        assert [(d.task, d.event, d.next_at) for d in found] == [
            (told.public_id, "task.succeeded", NOW + 2000),
            (before.public_id, "task.succeeded", NOW + 2000),
        ]
        assert await store.tell_again(endpoint, NOW, NOW + 2000, 100) == 0

    async def test_a_long_replay_goes_in_pieces(self, store, owner) -> None:
        made = await asyncio.gather(*(store.create(draft(owner)) for _ in range(1203)))
        for task in made:
            assert isinstance(task, Task)
        await asyncio.gather(*(store.move(task, "cancelled", NOW) for task in made))
        endpoint = await add(store, owner)
        assert await store.tell_again(endpoint, 0, NOW, 1100) == 1100
        first, second, *_ = await store.pending_deliveries()
        for one in (first, second):
            await store.tried(one, TRY, "failed", 0)
        assert await store.tell_again(endpoint, 0, NOW, 3) == 3  # the failed and the missed
        assert await store.tell_again(endpoint, 0, NOW, 1100) == 102
        assert len({d.task for d in await store.pending_deliveries(limit=9999)}) == 1203

    async def test_a_deleted_task_is_told_no_more(self, store, owner) -> None:
        await add(store, owner)
        task = await ended(store, owner)
        delivery = await only(store)
        await store.delete_task(owner.id, task.public_id)
        assert await store.tried(delivery, TRY, "pending", NOW) == 0
        assert await store.pending_deliveries() == []
        assert await store.deliveries(owner.id, ALL) == []

    async def test_old_deliveries_are_forgotten_unless_they_wait(self, store, owner) -> None:
        await add(store, owner, events=EVENTS)
        await ended(store, owner)
        first, second, third = await store.pending_deliveries()
        for one in (first, third):
            await store.tried(one, TRY, "failed", 0)
        assert await store.forget_deliveries(NOW + 1000) == 1
        assert await store.forget_deliveries(NOW + 1001) == 1
        assert await store.tries(first.id) == []
        assert await store.pending_deliveries() == [second]
