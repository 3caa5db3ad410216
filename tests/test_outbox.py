"""The outbox: who is next, so many at a time, and nobody held up by somebody else."""

from __future__ import annotations

import random

from reelway import outbox as module
from reelway.outbox import MOST, OF_AN_OWNER, TO_ONE, Outbox, destination_of
from reelway.webhook import Delivery


def delivery(
    id: int, at: int = 0, *, owner: int = 1, endpoint: str | None = "e", **more
) -> Delivery:
    fields = {"url": "https://hooks.example.com/a", "wire": "native", "event": "task.failed"}
    return Delivery(
        id=id, public_id=f"msg_{id}", owner_id=owner, task_id=id, task=f"task_{id}",
        endpoint_id=1 if endpoint else None, endpoint=endpoint, event_at=0, status="pending",
        next_at=at, **{**fields, **more},
    )  # fmt: skip


def all_of(box: Outbox, now: int = 0) -> list[int]:
    found = []
    while (id := box.take(now)) is not None:
        found.append(id)
    return found


def test_what_is_due_first_goes_first() -> None:
    box = Outbox()
    for id, at in ((1, 30), (2, 10), (3, 20), (4, 40)):
        box.put(delivery(id, at, endpoint=f"e{id}"))
    assert box.next_at() == 10
    assert all_of(box, 9) == []
    assert all_of(box, 30) == [2, 3, 1]
    assert box.next_at() == 40
    assert len(box) == 4 and box.flying == 3


def test_one_destination_holds_up_nobody_else() -> None:
    box = Outbox()
    for id in range(10):
        box.put(delivery(id))
    box.put(delivery(99, 5, endpoint="other"))
    assert all_of(box, 5) == [0, 99, *range(1, TO_ONE)]
    box.done(2)
    assert box.stirred.is_set()
    assert all_of(box, 5) == [TO_ONE]
    for id in (0, 1, 3, TO_ONE):
        box.done(id)
    assert all_of(box, 5) == [5, 6, 7, 8]


def test_one_owner_holds_up_nobody_else() -> None:
    box = Outbox()
    for id in range(40):
        box.put(delivery(id, endpoint=None, url=f"https://h{id}.example.com/"))
    box.put(delivery(99, owner=2))
    assert all_of(box) == [*range(OF_AN_OWNER), 99]
    done = 0
    while done < 40:
        box.done(done)
        taken = all_of(box)
        assert taken == ([done + OF_AN_OWNER] if done + OF_AN_OWNER < 40 else [])
        done += 1
    assert len(box) == 1


def test_no_more_than_so_many_in_all() -> None:
    box = Outbox()
    for id in range(MOST + 9):
        box.put(delivery(id, owner=id))
    assert all_of(box) == list(range(MOST))
    box.done(0)
    assert all_of(box) == [MOST]


def healthy_waits(owners: int, dests: int, backlog: int, healthy: Delivery) -> int:
    """Seconds that a new delivery to a receiver that answers waits behind so many destinations
    that never do, each with so much to be sent already."""
    box = Outbox()
    for id in range(owners * dests * backlog):
        box.put(delivery(id, owner=id % owners, endpoint=f"dead{id // owners % dests}"))
    flying = all_of(box)
    box.put(healthy)
    for turn in range(100):
        taken = all_of(box, healthy.next_at)
        if healthy.id in taken:
            return turn * 10
        for id in flying:  # each has hung for ten seconds
            box.done(id)
        flying = taken
    raise AssertionError("it waits for ever")


def test_dead_receivers_hold_up_none_that_answers() -> None:
    """However long their backlogs are: four of the five endpoints of an owner, four owners that
    together could have every place, hosts by the dozen."""
    assert healthy_waits(1, 4, 900, delivery(99_999, 5, owner=0, endpoint="well")) == 0
    assert healthy_waits(4, 4, 300, delivery(99_999, 5, owner=9, endpoint="well")) == 0
    assert healthy_waits(1, 30, 100, delivery(99_999, 5, owner=0, endpoint="well")) <= 30
    assert healthy_waits(40, 4, 50, delivery(99_999, 5, owner=99, endpoint="well")) <= 30


def test_one_that_is_held_waits_for_no_other_that_is_not_due_any_more() -> None:
    box = Outbox()
    for id in range(MOST - 2):
        box.put(delivery(id, owner=100 + id))
    all_of(box)
    for id in (900, 901, 902):
        box.put(delivery(id, endpoint=f"e{id}"))
    assert all_of(box) == [900]  # of the last places one is kept for who has none
    box.put(delivery(901, 99, endpoint="e901"))
    box.done(900)
    assert all_of(box) == [902]


def test_put_again_it_has_its_new_time() -> None:
    box = Outbox()
    box.put(delivery(1, 100))
    box.put(delivery(1, 50))
    box.put(delivery(1, 50))
    assert all_of(box, 50) == [1]
    box.put(delivery(1, 10))  # under way: what becomes of it is put when it is done
    box.done(1)
    assert all_of(box, 999) == []
    box.put(delivery(1, 10))
    box.put(delivery(1, 2000))
    assert all_of(box, 999) == []
    assert all_of(box, 2000) == [1]


def test_destinations() -> None:
    hosts = (
        "https://Hooks.example.com/a",
        "http://hooks.example.com/b?c",
        "https://x.example:8443",
    )
    found = [destination_of(delivery(1, endpoint=None, url=url)) for url in hosts]
    assert found == [(1, "hooks.example.com"), (1, "hooks.example.com"), (1, "x.example:8443")]
    assert destination_of(delivery(1, owner=2)) == (2, "e")
    assert destination_of(delivery(1, endpoint="e", url=hosts[2])) == (1, "e")


def test_a_long_life_leaves_nothing_behind(monkeypatch) -> None:
    """Every delivery goes out once, by its time, within the bounds, and memory does not grow."""
    luck = random.Random(5)
    box, now, flying, sent, times = Outbox(), 0, [], [], {}
    for id in range(3000):
        now += 1
        one = delivery(id, now + luck.choice((0, 0, 0, 500)), owner=id % 3, endpoint=f"e{id % 7}")
        times[id] = one.next_at
        box.put(one)
        while (taken := box.take(now)) is not None:
            assert times[taken] <= now
            flying.append(taken)
        sent += flying[:3]
        for ended in flying[:3]:
            box.done(ended)
        del flying[:3]
        assert len(box._heads) <= 2 * len(box._queues) + module.SPARE + 1
    now += 1000
    while flying or box.next_at() is not None or len(box):
        while (taken := box.take(now)) is not None:
            flying.append(taken)
        sent.append(flying.pop(0))
        box.done(sent[-1])
    assert sorted(sent) == list(range(3000))
    assert len(box) == box.flying == 0
    assert not (box._queues or box._held or box._busy or box._owners or box._times)
