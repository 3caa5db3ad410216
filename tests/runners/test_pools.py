"""One queue for several accounts: who takes what, when any of them has a slot."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from reelway.runner import Occupancy, Release, Work
from reelway.runners.local import LocalRunner
from staged import Stage, runner_of, turns, work

BOTH = "north south"
GIB = 1 << 30


@pytest.fixture
def stage() -> Stage:
    return Stage()


def by_account(stage: Stage) -> Counter[str]:
    """Runs that are under way."""
    over = {*stage.ended, *stage.cancelled}
    return Counter(w.account for w in stage.started if w.task_id not in over)


async def test_a_thousand_for_two_run_on_all_the_slots_of_both(stage: Stage) -> None:
    runner = await runner_of(stage.flow, north=2, south=3)
    await runner.hand(work(n, account=BOTH) for n in range(1000))
    for done in range(300):
        await turns()
        assert by_account(stage) == {"north": 2, "south": 3}
        assert len(stage.started) == done + 5
        stage.let_go(stage.ids[done])
    assert stage.ids == list(range(len(stage.ids)))  # in the order of coming
    assert runner.accounts()["north"].waiting == runner.queued()
    await runner.stop(0)


async def test_of_two_that_are_free_the_preferred_one_has_it(stage: Stage) -> None:
    runner = await runner_of(stage.flow, north=2, south=2)
    await runner.hand([work(1, account="south north"), work(2, account="north south")])
    await runner.hand([work(3, account="north south"), work(4, account="north south")])
    await turns()
    chosen = {w.task_id: w.account for w in stage.started}
    assert chosen == {1: "south", 2: "north", 3: "north", 4: "south"}
    assert all(w.accounts for w in stage.started)
    await runner.stop(0)


async def test_a_freed_one_takes_the_next_whatever_it_prefers(stage: Stage) -> None:
    runner = await runner_of(stage.flow, north=1, south=1)
    await runner.hand([work(n, account="north south") for n in range(4)])
    await turns()
    stage.let_go(1)  # that is on south
    await turns()
    assert [w.account for w in stage.started] == ["north", "south", "south"]
    await runner.stop(0)


async def test_who_is_paused_leaves_the_work_to_the_other(stage: Stage) -> None:
    runner = await runner_of(stage.flow, north=2, south=1)
    await runner.hand(work(n, account=BOTH) for n in range(10))
    await runner.hand([work(99, account="north")])
    await turns()
    runner.slots("north", 0)
    stage.let_go(*stage.ids)
    await turns()
    assert by_account(stage) == {"south": 1}
    for n in range(3, 9):
        stage.let_go(n)
        await turns()
    assert {w.account for w in stage.started[3:]} == {"south"}
    assert 99 not in stage.ids  # it has nowhere else to go
    runner.slots("north", 2)
    await turns()
    assert by_account(stage) == {"north": 1, "south": 1}
    await runner.stop(0)


async def test_two_owners_share_both_alike_however_much_they_order(stage: Stage) -> None:
    """Owner 1 has ordered a hundred for each one of owner 2."""
    runner = await runner_of(stage.flow, north=2, south=2)
    await runner.hand(work(n, owner=1, account=BOTH) for n in range(2000))
    await runner.hand(work(5000 + n, owner=2, account=BOTH) for n in range(20))
    await turns()
    for n in range(36):
        stage.let_go(stage.ids[n])
        await turns()
    begun = [w.owner_id for w in stage.started[4:40]]
    assert all(begun[n : n + 4].count(2) == 2 for n in range(0, 32, 4))
    await runner.stop(0)


async def test_queues_take_turns_at_an_account(stage: Stage) -> None:
    """Neither a long queue for any account, nor one for this one alone, keeps the other out."""
    runner = await runner_of(stage.flow, north=0, south=0)
    await runner.hand(work(n, account=BOTH) for n in range(50))
    await runner.hand(work(100 + n, account="north") for n in range(5))
    runner.slots("north", 1)
    for n in range(10):
        await turns()
        assert stage.on == 1
        stage.let_go(stage.ids[n])
    assert stage.ids[:10] == [0, 100, 1, 101, 2, 102, 3, 103, 4, 104]
    await runner.stop(0)


async def test_candidates_in_another_order_wait_in_the_same_queue(stage: Stage) -> None:
    runner = await runner_of(stage.flow, north=0, south=0)
    await runner.hand([work(1, account="north south"), work(2, account="south north"), work(3)])
    assert [runner.place(n) for n in (1, 2, 3)] == [0, 1, 0]
    assert runner.queued() == 3
    assert runner.accounts() == {
        "north": Occupancy(slots=0, busy=0, waiting=2),
        "south": Occupancy(slots=0, busy=0, waiting=2),
        "engine": Occupancy(slots=0, busy=0, waiting=1),
    }
    await runner.nudge(1)
    assert (runner.queued(), runner.accounts()["south"].waiting) == (2, 1)
    await runner.stop(0)


# Memory


async def test_the_bound_on_memory_holds_over_all_accounts(stage: Stage) -> None:
    runner = await runner_of(stage.flow, north=9, south=9, engine=9)
    runner.room(4 * GIB)
    await runner.hand(work(n, account=BOTH, memory=GIB) for n in range(8))
    await runner.hand([work(50, memory=3 * GIB), work(51, memory=GIB)])
    await runner.hand([work(60, account="south")])
    await turns()
    assert stage.ids == [0, 1, 2, 3, 60]  # who needs none does not wait for any
    for n in range(4):
        stage.let_go(n)
        await turns()
        held = sum(w.memory for w in stage.started if w.task_id not in stage.ended)
        assert held <= 4 * GIB
    assert 50 in stage.ids or runner.place(50) == 0
    stage.let_go(*range(8), 50, 51, 60)
    for _ in range(12):
        await turns()
    assert sorted(stage.ended) == [*range(8), 50, 51, 60]


async def test_a_queue_that_waits_for_memory_waits_on_no_account_without_slots(
    stage: Stage,
) -> None:
    runner = await runner_of(stage.flow, north=1, south=1, engine=1)
    runner.room(4 * GIB)
    await runner.hand([work(1, account="north", memory=3 * GIB)])
    await runner.hand([work(2, account=BOTH, memory=3 * GIB), work(3, memory=GIB)])
    await turns()
    assert stage.ids == [1]
    runner.slots("south", 0)
    await turns()
    assert stage.ids == [1, 3]
    assert runner.place(2) == 0
    await runner.stop(0)


# What changes while work waits


async def test_work_that_waits_can_be_given_other_accounts(stage: Stage) -> None:
    runner = await runner_of(stage.flow, north=1, south=0, east=0)
    await runner.hand(work(n, account=BOTH) for n in range(4))
    await turns()
    await runner.hand(work(n, account="east") for n in range(3))
    await runner.hand([work(3, account="south north")])  # the same ones, preferred otherwise
    assert stage.ids == [0]  # what has begun stays where it is
    assert runner.queued() == 3
    assert runner.accounts()["east"].waiting == 2
    runner.slots("east", 1)
    runner.slots("south", 1)
    await turns()
    assert {w.task_id: w.account for w in stage.started} == {0: "north", 1: "east", 3: "south"}
    stage.let_go(1)
    await turns()
    assert stage.started[-1].account == "east"
    assert set(runner.states(f"{n}:film:1" for n in range(4)).values()) == {"open", "over"}
    await runner.stop(0)


async def test_what_an_account_works_on_already_goes_on_at_once(stage: Stage) -> None:
    """It takes a slot, though none is free; nothing new is begun until one is."""
    runner = LocalRunner()
    runner.slots("north", 2)
    await runner.hand(work(n, account="north") for n in range(3))
    await runner.hand(work(10 + n, account="north", held=True) for n in range(3))
    assert runner.queued() == 3  # these do not wait
    assert [runner.place(n) for n in (0, 10)] == [0, None]
    await runner.start({"film": stage.flow})
    await turns()
    assert stage.ids == [10, 11, 12]
    assert runner.accounts()["north"] == Occupancy(slots=2, busy=3, waiting=3)
    await runner.hand([work(13, account="gone", held=True), work(13, account="gone", held=True)])
    await turns()
    assert stage.ids == [10, 11, 12, 13]  # whatever slots there are
    stage.let_go(10)
    await turns()
    assert len(stage.ids) == 4
    stage.let_go(11)
    await turns()
    assert stage.ids == [10, 11, 12, 13, 0]
    await runner.stop(0)


async def test_work_that_waits_can_turn_out_to_be_held(stage: Stage) -> None:
    """Its account was not known when it was handed over, and is now."""
    runner = await runner_of(stage.flow)
    await runner.hand([work(1, account="gone")])
    await turns()
    assert (stage.ids, runner.queued()) == ([], 1)
    await runner.hand([work(1, account="gone", held=True)])
    await turns()
    assert (stage.ids, runner.queued()) == ([1], 0)
    assert stage.started[0].account == "gone"
    await runner.stop(0)


# Speed


async def test_many_queues_and_much_work_are_gone_through_in_time() -> None:
    names = ["north", "south", "east", "west"]
    begun: Counter[str] = Counter()
    done = asyncio.Event()

    async def flow(work: Work, release: Release) -> None:
        begun[work.account] += 1
        if begun.total() == 20_000:
            done.set()

    def works() -> Iterator[Work]:
        for n in range(20_000):
            first = n % 4
            yield work(n, owner=n % 100, account=" ".join(names[first:] + names[: n % 3]))

    runner = await runner_of(flow, **dict.fromkeys(names, 5))
    began = time.process_time()
    async with asyncio.timeout(120):  # by the clock: this machine may have other things to do
        await runner.hand(works())
        await done.wait()
    assert time.process_time() - began < 20
    assert set(begun) == set(names)
    await turns()
    assert {a.busy for a in runner.accounts().values()} == {0}
