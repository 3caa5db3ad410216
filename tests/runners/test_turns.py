"""Whose turn it is, and which place it has in the order, held against each other."""

from __future__ import annotations

import random

import pytest

from reelway.runner import Work
from reelway.runners.local.turns import Turns


def work(task_id: int, owner: int = 1, attempt: int = 1, priority: int = 0) -> Work:
    return Work(
        task_id=task_id, attempt=attempt, accounts=("a",), owner_id=owner, priority=priority
    )


def turns_of(*works: Work) -> Turns:
    turns = Turns()
    for one in works:
        turns.add(one)
    return turns


def drain(turns: Turns) -> list[Work]:
    order = []
    while one := turns.next():
        order.append(one)
    return order


def ids(works: list[Work]) -> list[int]:
    return [one.task_id for one in works]


@pytest.mark.parametrize("seed", range(60))
def test_the_places_are_those_in_which_they_go(seed: int) -> None:
    """Any mixture of coming, going and dropping; then the order as told and as it happens."""
    chance = random.Random(seed)
    turns = Turns()
    waiting: list[Work] = []
    for n in range(chance.randrange(200)):
        what = chance.random()
        if what < 0.6:
            waiting.append(
                work(n, chance.choice((1, 1, 1, 2, 3, 4)), *chance.choice(((1, 0), (2, 0), (1, 5))))
            )
            turns.add(waiting[-1])
        elif what < 0.85:
            if taken := turns.next():
                waiting.remove(taken)
        elif waiting:
            turns.drop(waiting.pop(chance.randrange(len(waiting))))
    told = sorted(waiting, key=lambda one: turns.place(one, now=n))
    assert sorted(turns.place(one, now=n) for one in waiting) == list(range(len(waiting)))
    assert drain(turns) == told


def test_a_place_may_be_a_second_old(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = turns_of(*(work(n) for n in range(5)))
    looked: list[float] = []
    look = Turns._look
    monkeypatch.setattr(Turns, "_look", lambda self, now: (looked.append(now), look(self, now))[1])
    assert [turns.place(work(n), 10.0) for n in range(5)] == [0, 1, 2, 3, 4]
    assert turns.place(work(4), 99.0) == 4  # nothing changed
    turns.next()
    assert turns.place(work(4), 99.1) == 3  # the last look is long ago
    turns.next()
    assert turns.place(work(4), 100.0) == 3
    assert turns.place(work(4), 100.2) == 2
    assert looked == [10.0, 99.1, 100.2]


def test_who_came_since_is_its_owners_last() -> None:
    turns = turns_of(*(work(n) for n in range(100)))
    assert turns.place(work(99), 0.0) == 99
    turns.add(work(200))
    turns.add(work(300, owner=2))
    turns.add(work(301, owner=2))
    told = [
        turns.place(work(200), 0.5),
        turns.place(work(300, 2), 0.5),
        turns.place(work(301, 2), 0.5),
    ]
    assert told[0] == 100
    assert told[1:] == [2, 2]  # both as the second of its owner; exact at the next look
    assert [turns.place(work(n, o), 1.0) for n, o in ((200, 1), (300, 2), (301, 2))] == [102, 1, 3]


def test_who_was_dropped_leaves_no_debt_and_no_credit() -> None:
    turns = turns_of(work(1), work(2), work(10, owner=2), work(11, owner=2))
    for _ in range(1000):
        turns.add(work(5, owner=2))
        turns.drop(work(5, owner=2))
    for n in range(20, 23):
        turns.add(work(n, owner=3))
        turns.drop(work(n, owner=3))
    turns.add(work(30, owner=3))
    assert ids(drain(turns)) == [1, 10, 30, 2, 11]
    assert turns.next() is None


def test_orders_that_are_dropped_again_take_no_memory() -> None:
    turns = turns_of(work(1))
    for n in range(1000):
        turns.add(work(n, owner=2))
        turns.drop(work(n, owner=2))
    assert len(turns._heap) == 2
    assert ids(drain(turns)) == [1]
    assert not turns._owners


def test_what_had_begun_goes_first_inside_its_priority() -> None:
    turns = turns_of(
        work(1), work(2), work(3, attempt=2), work(4, attempt=3), work(5, priority=1), work(6, 2)
    )
    assert ids(drain(turns)) == [5, 6, 3, 4, 1, 2]


def test_the_turn_of_one_that_was_dropped() -> None:
    turns = turns_of(work(1), work(2), work(10, owner=2), work(11, owner=2))
    first = turns.next()
    assert first == work(1)
    assert turns.instead(first) == work(2)
    assert turns.instead(work(2)) is None  # owner 1 has no more, and its turn back
    turns.add(work(3))
    assert ids(drain(turns)) in ([10, 3, 11], [3, 10, 11])


@pytest.mark.parametrize("owner", [1, 2, 3, 4])
def test_a_place_that_is_foretold_is_the_place_it_gets(owner: int) -> None:
    turns = turns_of(*(work(n) for n in range(5)), *(work(10 + n, owner=2) for n in range(2)))
    assert turns.next() and turns.next() and turns.next()
    turns.add(work(20, owner=3))
    foretold = turns.foretell(owner, 0.0)
    turns.add(work(99, owner=owner))
    assert turns.place(work(99, owner=owner), 9.0) == foretold
    assert ids(drain(turns)).index(99) == foretold


def test_where_nobody_waits_one_would_be_next() -> None:
    assert Turns().foretell(1, 0.0) == 0
