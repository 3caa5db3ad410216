from __future__ import annotations

import asyncio

import pytest

from reelway.runner import Occupancy, Release, Work
from reelway.runners import local
from reelway.runners.local import LocalRunner
from staged import Stage, runner_of, turns, work

GIB = 1 << 30


@pytest.fixture
def stage() -> Stage:
    return Stage()


# Slots


async def test_no_more_than_the_slots_run_and_each_end_starts_the_next(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=2)
    await runner.hand(work(n) for n in range(5))
    await turns()
    assert stage.ids == [0, 1]
    stage.let_go(1)
    await turns()
    assert stage.ids == [0, 1, 2]
    stage.let_go(0, 2, 3, 4)
    await turns()
    assert sorted(stage.ended) == [0, 1, 2, 3, 4]


async def test_accounts_have_slots_of_their_own(stage: Stage) -> None:
    runner = await runner_of(stage.flow, one=1, two=1)
    await runner.hand([work(1, account="one"), work(2, account="one"), work(3, account="two")])
    await turns()
    assert sorted(stage.ids) == [1, 3]
    await runner.hand([work(4, account="unknown")])
    await turns()
    assert sorted(stage.ids) == [1, 3]  # without slots nothing is begun
    await runner.stop(0)


async def test_nothing_runs_before_the_start(stage: Stage) -> None:
    runner = LocalRunner()
    runner.slots("engine", 2)
    await runner.hand([work(1)])
    await turns()
    assert stage.ids == []
    await runner.start({"film": stage.flow})
    await turns()
    assert stage.ids == [1]
    await runner.stop(0)


async def test_slots_may_change_at_any_time(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=0)
    await runner.hand(work(n) for n in range(6))
    await turns()
    assert stage.on == 0
    runner.slots("engine", 3)
    await turns()
    assert stage.on == 3
    runner.slots("engine", 1)
    stage.let_go(0, 1)
    await turns()
    assert (stage.on, len(stage.started)) == (1, 3)
    stage.let_go(2)
    await turns()
    assert (stage.on, len(stage.started)) == (1, 4)
    await runner.stop(0)


async def test_a_release_frees_the_slot_early_and_once(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=1)
    await runner.hand(work(n) for n in range(4))
    await turns()
    stage.releases[0]()
    stage.releases[0]()
    await turns()
    assert stage.ids == [0, 1]
    stage.let_go(0)  # its end does not free the slot again
    await turns()
    assert (stage.ids, stage.ended) == ([0, 1], [0])
    stage.releases[0]()
    await turns()
    assert stage.ids == [0, 1]
    await runner.stop(0)


# Runs and what is known of them


async def test_work_is_taken_once(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=9)
    await runner.hand([work(1), work(1)])
    await runner.hand([work(1)])
    await turns()
    assert stage.ids == [1]
    stage.let_go(1)
    await turns()
    await runner.hand([work(1)])
    await turns()
    assert stage.ids == [1]
    await runner.hand([work(1, attempt=2), work(1, flow="film", attempt=3)])
    await turns()
    assert [w.attempt for w in stage.started] == [1, 2, 3]


async def test_a_run_is_open_then_over(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=1)
    await runner.hand([work(1), work(2)])
    ids = ["1:film:1", "2:film:1", "3:film:1"]
    assert runner.states(ids) == {"1:film:1": "open", "2:film:1": "open"}
    stage.let_go(1)
    await turns()
    assert runner.states(ids) == {"1:film:1": "over", "2:film:1": "open"}
    await runner.stop(0)


async def test_what_is_over_is_remembered_only_so_long(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "MOST_REMEMBERED", 2)
    runner = await runner_of(stage.flow, engine=3)
    await runner.hand(work(n) for n in range(3))
    for n in range(3):
        stage.let_go(n)
        await turns()
    assert runner.states(f"{n}:film:1" for n in range(3)) == {
        "1:film:1": "over",
        "2:film:1": "over",
    }


async def test_what_is_over_and_forgotten_is_taken_again(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=1)
    await runner.hand([work(1), work(2)])
    stage.let_go(1)
    await turns()
    for run_id in ("1:film:1", "2:film:1", "3:film:1"):
        runner.forget(run_id)
    assert runner.states(["1:film:1", "2:film:1"]) == {"2:film:1": "open"}
    await runner.hand([work(1), work(2)])
    stage.let_go(2)
    await turns()
    assert stage.ids == [1, 2, 1]
    await runner.stop(0)


async def test_a_flow_that_raises_is_over_and_logged(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async def flow(work: Work, release: Release) -> None:
        if work.task_id == 1:
            raise ValueError("broken")
        await stage.flow(work, release)

    runner = await runner_of(flow, engine=1)
    await runner.hand([work(1), work(2), work(3, flow="unknown"), work(4)])
    stage.let_go(2)
    await turns()
    assert stage.ids == [2, 4]
    assert set(runner.states(["1:film:1", "3:unknown:1"]).values()) == {"over"}
    failed = [r for r in caplog.records if r.message == "run.failed"]
    assert [r.fields["run"] for r in failed] == ["1:film:1", "3:unknown:1"]  # type: ignore[attr-defined]
    assert failed[0].exc_info and str(failed[0].exc_info[1]) == "broken"
    await runner.stop(0)


# What waits


async def test_a_nudge_drops_what_waits(stage: Stage) -> None:
    """Its place is free at once, and it is over: handed over once more, it is not taken."""
    runner = await runner_of(stage.flow, engine=1)
    await runner.hand(work(n) for n in range(1, 5))
    await runner.nudge(2)
    assert [runner.place(n) for n in range(1, 5)] == [None, None, 0, 1]
    assert runner.states(["2:film:1"]) == {"2:film:1": "over"}
    await runner.hand([work(2)])
    stage.let_go(1, 3, 4)
    await turns()
    assert stage.ids == [1, 3, 4]
    assert runner.queued() == 0


async def test_a_nudge_leaves_what_runs_and_what_is_unknown(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=1)
    await runner.hand([work(1)])
    await turns()
    await runner.nudge(1)
    await runner.nudge(9)
    assert (stage.on, runner.states(["1:film:1"])) == (1, {"1:film:1": "open"})
    stage.let_go(1)
    await turns()
    await runner.nudge(1)
    assert stage.ended == [1]


async def test_a_nudge_drops_every_attempt_that_waits(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=0)
    await runner.hand([work(1), work(1, attempt=2), work(2), work(1, account="other", attempt=3)])
    await runner.nudge(1)
    assert (runner.queued(), runner.place(1), runner.place(2)) == (1, None, 0)
    runner.slots("engine", 9)
    await turns()
    assert stage.ids == [2]
    await runner.stop(0)


async def test_how_many_wait(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=1)
    assert (runner.queued(), runner.queued(1)) == (0, 0)
    await runner.hand([work(1), work(2), work(2), work(3, owner=2, account="unknown")])
    assert (runner.queued(), runner.queued(1), runner.queued(2), runner.queued(7)) == (2, 1, 1, 0)
    stage.let_go(1)
    await turns()
    assert (runner.queued(), runner.queued(1)) == (1, 0)
    await runner.nudge(3)
    assert (runner.queued(), runner.queued(2)) == (0, 0)
    await runner.stop(0)


async def test_a_place_is_that_of_ones_queue(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=1)
    await runner.hand(
        [work(1), work(2), work(3, account="other"), work(4), work(5, account="other")]
    )
    await turns()
    assert [runner.place(n) for n in range(1, 7)] == [None, 0, 0, 1, 1, None]
    await runner.stop(0)


# Fairness


async def test_a_lone_owner_uses_every_slot(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=4)
    await runner.hand(work(n) for n in range(10))
    await turns()
    assert stage.on == 4
    await runner.stop(0)


async def in_order(
    works: list[Work], *later: Work, after: int = 0, room: int | None = None
) -> list[Work]:
    """The order in which one slot begins `works`; `later` come once `after` have begun."""
    started: list[Work] = []
    done = asyncio.Event()
    runner = LocalRunner()

    async def flow(work: Work, release: Release) -> None:
        started.append(work)
        if later and len(started) == after:
            await runner.hand(later)
        if len(started) == len(works) + len(later):
            done.set()

    await runner.hand(works)
    runner.room(room)
    await runner.start({"film": flow})
    runner.slots("engine", 1)
    async with asyncio.timeout(20):
        await done.wait()
    await runner.stop(0)
    return started


@pytest.mark.parametrize("room", [None, 100])
async def test_20_small_owners_do_not_wait_behind_one_large(room: int | None) -> None:
    backlog = [work(n, owner=1, memory=100) for n in range(1500)]
    small = [work(2000 + n, owner=2 + n, memory=n) for n in range(20)]
    started = await in_order(backlog, *small, after=100, room=room)
    assert {w.task_id for w in small} <= {w.task_id for w in started[100:121]}
    assert [w.task_id for w in started if w.owner_id == 1] == [w.task_id for w in backlog]


async def test_owners_take_turns() -> None:
    works = [work(n, owner=1) for n in range(4)] + [work(10 + n, owner=2) for n in range(4)]
    assert [w.owner_id for w in await in_order(works)] == [1, 2, 1, 2, 1, 2, 1, 2]


async def test_a_newcomer_gets_no_more_than_its_turn() -> None:
    backlog = [work(n, owner=1) for n in range(20)]
    many = [work(100 + n, owner=2) for n in range(10)]
    started = await in_order(backlog, *many, after=10)
    assert [w.owner_id for w in started[10:30]] == [2, 1] * 10


async def test_an_owner_that_was_away_has_saved_nothing_up() -> None:
    """Who used the slots while they were free owes nothing; who did not is owed nothing."""
    early = [work(n, owner=1) for n in range(10)] + [work(100, owner=2)]
    late = [work(200 + n, owner=2) for n in range(5)]
    started = await in_order(early, *late, after=8)
    assert [w.owner_id for w in started[8:]] == [2, 1, 2, 1, 2, 1, 2, 2]


async def test_priority_counts_inside_an_owner_only() -> None:
    works = [
        work(1, owner=1),
        work(2, owner=1),
        work(3, owner=1, priority=9),
        work(4, owner=2),
        work(5, owner=2, priority=1),
        work(6, owner=1, priority=9),
    ]
    started = await in_order(works)
    assert [w.owner_id for w in started] == [1, 2, 1, 2, 1, 1]
    assert [w.task_id for w in started if w.owner_id == 1] == [3, 6, 1, 2]
    assert [w.task_id for w in started if w.owner_id == 2] == [5, 4]


@pytest.mark.parametrize("memory", [0, 10])
async def test_two_owners_share_alike_however_much_they_order(stage: Stage, memory: int) -> None:
    """Owner 1 orders a hundred for each one of owner 2; while both wait, each has half."""
    runner = await runner_of(stage.flow, engine=4)
    runner.room(4 * memory or None)
    await runner.hand(work(n, memory=memory) for n in range(400))
    await turns()
    assert [w.owner_id for w in stage.started] == [1] * 4  # a lone owner uses all
    await runner.hand(work(1000 + n, owner=2, memory=memory) for n in range(20))
    for n in range(4, 44):
        await runner.hand(work(n * 100 + 5000 + m, memory=memory) for m in range(100))
        stage.let_go(stage.ids[n - 4])
        await turns()
        assert stage.on == 4
    begun = [w.owner_id for w in stage.started[4:44]]
    assert all(begun[n : n + 4].count(2) == 2 for n in range(0, 40, 4))
    stage.let_go(*stage.ids[-4:])
    await turns()
    assert [w.owner_id for w in stage.started[44:]] == [1] * 4  # alone once more
    await runner.stop(0)


# Memory


async def test_no_more_runs_than_there_is_memory_for(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=9)
    runner.room(4 * GIB)
    await runner.hand(work(n, memory=GIB) for n in range(10))
    await turns()
    assert stage.on == 4
    stage.let_go(0, 1)
    await turns()
    assert (stage.on, len(stage.started)) == (4, 6)
    runner.room(6 * GIB)
    await turns()
    assert stage.on == 6
    runner.room(None)
    await turns()
    assert stage.on == 8  # all
    await runner.stop(0)


async def test_a_release_gives_memory_back_once(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=9)
    runner.room(2 * GIB)
    await runner.hand(work(n, memory=GIB) for n in range(6))
    await turns()
    stage.releases[0]()
    stage.releases[0]()
    await turns()
    assert stage.ids == [0, 1, 2]
    stage.let_go(0)  # its end gives nothing back again
    await turns()
    assert stage.ids == [0, 1, 2]
    await runner.stop(0)


async def test_a_flow_that_raises_gives_its_memory_back() -> None:
    begun: list[int] = []

    async def flow(work: Work, release: Release) -> None:
        begun.append(work.task_id)
        raise OSError

    runner = await runner_of(flow, engine=9)
    runner.room(GIB)
    await runner.hand(work(n, memory=GIB) for n in range(5))
    await turns()
    await turns()
    assert begun == [0, 1, 2, 3, 4]


async def test_small_runs_do_not_overtake_a_large_one(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=9)
    runner.room(4 * GIB)
    small = [work(n, memory=GIB) for n in range(3)]
    await runner.hand([*small, work(10, memory=4 * GIB), work(11, memory=GIB)])
    await runner.hand([work(12, owner=2, memory=GIB), work(13, priority=9, memory=GIB)])
    await turns()
    assert stage.ids == [0, 1, 2]
    assert [runner.place(n) for n in (10, 12, 13, 11)] == [0, 1, 2, 3]
    stage.let_go(0, 1)
    await turns()
    assert stage.ids == [0, 1, 2]
    stage.let_go(2)
    await turns()
    assert stage.ids == [0, 1, 2, 10]
    stage.let_go(10)
    await turns()
    assert stage.ids == [0, 1, 2, 10, 12, 13, 11]
    await runner.stop(0)


async def test_small_runs_of_another_account_do_not_either(stage: Stage) -> None:
    runner = await runner_of(stage.flow, one=9, two=9)
    runner.room(4 * GIB)
    await runner.hand([work(1, account="one", memory=3 * GIB)])
    await runner.hand([work(2, account="one", memory=3 * GIB)])
    await runner.hand([work(3, account="two", memory=GIB), work(4, account="three", memory=GIB)])
    await turns()
    assert stage.ids == [1]
    await runner.hand([work(5, account="voices")])
    runner.slots("voices", 1)
    await turns()
    assert stage.ids == [1, 5]  # who needs none does not wait for any
    stage.let_go(1)
    await turns()
    assert stage.ids == [1, 5, 2, 3]
    await runner.stop(0)


async def test_accounts_take_turns_at_the_memory(stage: Stage) -> None:
    runner = await runner_of(stage.flow, one=9, two=9)
    runner.room(GIB)
    await runner.hand(
        work(n, account=a, memory=GIB)
        for a, m in (("one", 0), ("two", 10))
        for n in range(m, m + 3)
    )
    for n in range(6):
        await turns()
        assert stage.on == 1
        stage.let_go(stage.ids[n])
    assert stage.ids == [0, 1, 10, 2, 11, 12]


async def test_one_larger_than_all_the_room_runs_alone(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=9)
    runner.room(GIB)
    await runner.hand([work(1, memory=GIB), work(2, memory=5 * GIB), work(3, memory=1), work(4)])
    await turns()
    assert stage.ids == [1]
    stage.let_go(1)
    await turns()
    assert stage.ids == [1, 2]
    stage.let_go(2)
    await turns()
    assert stage.ids == [1, 2, 3, 4]
    await runner.stop(0)


async def test_who_waits_for_memory_and_is_cancelled_stands_in_nobodys_way(stage: Stage) -> None:
    runner = await runner_of(stage.flow, one=9, two=9)
    runner.room(4 * GIB)
    await runner.hand([work(1, account="one", memory=3 * GIB)])
    await runner.hand([work(2, account="one", memory=4 * GIB)])
    await runner.hand([work(3, account="two", memory=GIB)])
    await turns()
    assert stage.ids == [1]
    await runner.nudge(2)
    await turns()
    assert stage.ids == [1, 3]
    await runner.stop(0)


async def test_the_turn_of_a_cancelled_one_is_its_owners(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=9)
    runner.room(4 * GIB)
    await runner.hand(work(n, memory=4 * GIB) for n in (1, 2, 3))
    await runner.hand([work(9, owner=2, memory=4 * GIB)])
    await runner.nudge(2)
    assert [runner.place(n) for n in (3, 9)] == [0, 1]
    stage.let_go(1, 3)
    await turns()
    assert stage.ids == [1, 3, 9]
    await runner.stop(0)


async def test_an_account_without_slots_keeps_no_memory_from_others(stage: Stage) -> None:
    runner = await runner_of(stage.flow, one=9, two=9)
    runner.room(4 * GIB)
    await runner.hand([work(1, account="one", memory=3 * GIB)])
    await runner.hand([work(2, account="one", memory=4 * GIB)])
    await runner.hand([work(3, account="two", memory=GIB)])
    runner.slots("one", 0)
    await turns()
    assert stage.ids == [1, 3]
    assert runner.place(2) == 0
    stage.let_go(1, 3)
    await turns()
    runner.slots("one", 1)
    await turns()
    assert stage.ids == [1, 3, 2]
    await runner.stop(0)


# Stopping


async def test_stopping_lets_what_runs_end(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=1)
    await runner.hand([work(1), work(2)])
    await turns()
    stopping = asyncio.create_task(runner.stop(60))
    await turns()
    assert not stopping.done()
    stage.let_go(1)
    await stopping
    assert (stage.ids, stage.ended) == ([1], [1])  # nothing new was begun meanwhile


async def test_how_the_accounts_stand(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=1, other=0)
    await runner.hand([work(1), work(2), work(3), work(4, account="other"), work(3)])
    await turns()
    assert runner.accounts() == {
        "engine": Occupancy(slots=1, busy=1, waiting=2),
        "other": Occupancy(slots=0, busy=0, waiting=1),
    }
    await runner.nudge(2)
    stage.let_go(1, 3)
    await turns()
    assert runner.accounts()["engine"] == Occupancy(slots=1, busy=0, waiting=0)
    await runner.stop(0)


async def test_stopping_cancels_what_takes_too_long(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=2)
    await runner.hand([work(1), work(2), work(3)])
    await turns()
    stage.let_go(1)
    await runner.stop(0.01)
    assert (stage.ended, stage.cancelled, stage.ids) == ([1], [2], [1, 2])


async def test_stopping_at_once(stage: Stage) -> None:
    runner = await runner_of(stage.flow, engine=1)
    await runner.hand([work(1), work(2)])
    await turns()
    await runner.stop(0)
    assert (stage.cancelled, stage.ids) == ([1], [1])
    await runner.hand([work(3)])
    runner.slots("engine", 9)
    await turns()
    assert stage.ids == [1]


async def test_stopping_what_never_started(stage: Stage) -> None:
    await LocalRunner().stop(60)
    runner = LocalRunner()
    await runner.hand([work(1)])
    await runner.stop(60)
    assert stage.ids == []
