from __future__ import annotations

from dataclasses import replace

import pytest

from reelway.request import VideoRequest
from reelway.tally import (
    CALLS,
    CAUSES,
    OUTCOMES,
    QUEUE_BOUNDS,
    RUN_BOUNDS,
    CallOutcome,
    Spread,
    Tally,
    outcome_of,
)
from reelway.task import Task

AT = 1_760_000_000_000
DONE = Task(
    id=1,
    public_id="task_1",
    owner_id=1,
    key_id=None,
    wire="native",
    model_asked="kling-v3",
    request=VideoRequest(prompt="a fox"),
    status="succeeded",
    engine="animatic",
    accepted_at=AT,
    started_at=AT + 1_500,
    finished_at=AT + 9_000,
)


@pytest.mark.parametrize("bounds", [QUEUE_BOUNDS, RUN_BOUNDS])
def test_bounds_rise(bounds: tuple[float, ...]) -> None:
    assert list(bounds) == sorted(set(bounds)) and bounds[0] > 0


def test_a_bound_belongs_to_its_bucket() -> None:
    spread = Spread((1, 5))
    for seconds in (0, 1, 1.001, 5, 5.001, 1e9):
        spread.add(seconds)
    assert spread.up_to() == [2, 4, 6]
    assert spread.sum == pytest.approx(0 + 1 + 1.001 + 5 + 5.001 + 1e9)


def test_a_clock_that_was_set_back_takes_nothing_away() -> None:
    tally = Tally()
    tally.ended(replace(DONE, started_at=AT - 60_000, finished_at=AT - 120_000))
    assert tally.queue["animatic"].up_to()[0] == 1
    assert tally.queue["animatic"].sum == tally.run["animatic"].sum == 0


def test_a_task_counts_by_engine_and_status_with_its_spans() -> None:
    tally = Tally()
    tally.ended(DONE)
    tally.ended(replace(DONE, engine="hosted", status="failed"))
    tally.ended(DONE)
    assert tally.ends == {("animatic", "succeeded"): 2, ("hosted", "failed"): 1}
    assert tally.queue["animatic"].sum == 3.0
    assert tally.run["animatic"].sum == 15.0
    assert tally.run["hosted"].up_to()[-1] == 1


def test_a_task_that_never_began_has_waited_all_its_life() -> None:
    tally = Tally()
    tally.ended(replace(DONE, status="cancelled", engine=None, started_at=None))
    assert tally.ends == {("none", "cancelled"): 1}
    assert tally.queue["none"].sum == 9.0
    assert tally.run == {}


def test_requeues_and_deliveries() -> None:
    tally = Tally()
    for cause in CAUSES:
        tally.requeued(cause)
    tally.requeued("died")
    for outcome in OUTCOMES:
        tally.tried(outcome)
    tally.gave_up()
    tally.gave_up(3)
    assert tally.requeues == {"gone": 1, "died": 2, "moment": 1, "fault": 1, "declined": 1}
    assert tally.tries == {"delivered": 1, "failed": 1}
    assert tally.given_up == 4


def test_a_listener_counts_while_it_listens() -> None:
    tally = Tally()
    with pytest.raises(ConnectionError), tally.listening():
        with tally.listening():
            assert tally.listeners == 2
        raise ConnectionError
    assert tally.listeners == 0


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "answered"),
        (302, "answered"),
        (400, "refused"),
        (429, "limited"),
        (499, "refused"),
        (500, "failed"),
        (599, "failed"),
    ],
)
def test_what_a_call_came_to(status: int, outcome: CallOutcome) -> None:
    assert outcome_of(status) == outcome
    assert {("create", outcome), ("look", outcome)} <= set(CALLS)
