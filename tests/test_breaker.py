"""The breaker: when it opens, when it asks again, and that it always asks again."""

from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelway.breaker import Breaker, Trip

TRIP = Trip(in_a_row=3, share=0.5, least=10, window=100, pause=5, longest=30)


@pytest.fixture
def breaker():
    return Breaker(TRIP)


def trip(breaker: Breaker, now: float) -> None:
    for _ in range(TRIP.in_a_row):
        breaker.failed(now)
    assert breaker.state == "open"


def test_it_opens_after_failures_in_a_row(breaker):
    for now in (0, 1):
        breaker.failed(now)
    assert breaker.state == "closed" and breaker.allows(1) and breaker.wait(1) == 0
    breaker.failed(2)
    assert breaker.state == "open"
    assert not breaker.allows(2) and breaker.wait(3) == 4


def test_a_success_ends_the_row(breaker):
    for _ in range(3):
        breaker.failed(0)
        breaker.failed(0)
        breaker.succeeded(0)
    assert breaker.state == "closed"


def test_it_opens_at_a_share_of_enough_calls(breaker):
    for now in range(0, 40, 10):
        breaker.succeeded(now)
        breaker.failed(now)
    assert breaker.state == "closed"  # eight calls are too few
    breaker.succeeded(41)
    breaker.failed(42)
    assert breaker.state == "open"


def test_less_than_the_share_is_borne(breaker):
    for now in range(200):
        breaker.succeeded(now)
        breaker.succeeded(now)
        breaker.failed(now)
    assert breaker.state == "closed"


@pytest.mark.parametrize(("later", "state"), [(85, "open"), (115, "closed")])
def test_what_is_older_than_the_window_is_forgotten(breaker, later, state):
    for _ in range(4):
        breaker.succeeded(1)
        breaker.failed(1)
    breaker.succeeded(later)
    breaker.failed(later)  # five of ten, or one of two
    assert breaker.state == state


def test_one_probe_at_a_time_and_its_success_closes(breaker):
    trip(breaker, 0)
    assert not breaker.allows(4.9)
    assert breaker.allows(5) and breaker.state == "half_open"
    assert not breaker.allows(5) and not breaker.allows(9)
    breaker.succeeded(6)
    assert breaker.state == "closed" and breaker.allows(6) and breaker.allows(6)
    breaker.failed(7)
    breaker.failed(7)
    assert breaker.state == "closed"  # nothing of before counts


def test_a_probe_that_fails_doubles_the_pause_to_a_limit(breaker):
    trip(breaker, 0)
    now, pauses = 0.0, []
    for _ in range(5):
        pauses.append(breaker.wait(now))
        now += breaker.wait(now)
        assert breaker.allows(now)
        breaker.failed(now)
    assert pauses == [5, 10, 20, 30, 30]
    now += 30
    assert breaker.allows(now)
    breaker.succeeded(now)
    trip(breaker, now)
    assert breaker.wait(now) == 5  # it begins small again


def test_a_probe_that_nobody_reports_on_is_followed_by_another(breaker):
    trip(breaker, 0)
    assert breaker.allows(5) and not breaker.allows(9.9)
    assert breaker.allows(10) and breaker.state == "half_open"
    assert not breaker.allows(10)


def test_calls_from_before_change_nothing_while_it_is_open(breaker):
    trip(breaker, 0)
    breaker.failed(3)
    breaker.succeeded(4)
    assert breaker.state == "open" and breaker.wait(4) == 1


def test_a_look_ends_what_looks_and_lost_connections_have_begun(breaker):
    for half in (False, True):
        trip(breaker, 0)
        if half:
            assert breaker.allows(5)
        breaker.reached(6)
        assert (breaker.state, breaker.since) == ("closed", None)
        assert breaker.allows(6)
    trip(breaker, 7)
    assert breaker.wait(7) == TRIP.pause  # it begins small again


def test_what_a_create_has_begun_a_create_ends(breaker):
    breaker.failed(0)
    breaker.failed(0)
    breaker.failed(0, create=True)
    assert breaker.state == "open"
    breaker.reached(1)
    assert breaker.state == "open" and breaker.wait(1) == 4
    assert breaker.allows(5)
    breaker.reached(6)
    assert breaker.state == "half_open"
    breaker.succeeded(7)
    assert breaker.state == "closed"
    trip(breaker, 8)
    breaker.reached(9)
    assert breaker.state == "closed", "that it was a create once is forgotten"


def test_looks_that_go_well_do_not_hide_creates_that_do_not(breaker):
    """Else a vendor whose creates are all lost would be given one after the other."""
    for n in range(TRIP.in_a_row):
        assert breaker.state == "closed"
        breaker.failed(n, create=True)
        breaker.reached(n)
    assert breaker.state == "open"


def test_a_create_that_goes_well_ends_every_row(breaker):
    for n in range(9):
        breaker.failed(n, create=True)
        breaker.failed(n)
        for _ in range(6):
            breaker.succeeded(n)
    assert breaker.state == "closed"


def test_asking_how_long_takes_no_probe(breaker):
    trip(breaker, 0)
    assert breaker.wait(5) == breaker.wait(6) == 0 and breaker.state == "open"
    assert breaker.allows(6)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"in_a_row": 0}, "in_a_row"),
        ({"least": 0}, "least"),
        ({"share": 0}, "share"),
        ({"share": 1.1}, "share"),
        ({"share": nan}, "share"),
        ({"window": 0}, "window"),
        ({"window": inf}, "window"),
        ({"pause": -1}, "pause"),
        ({"pause": nan}, "pause"),
        ({"pause": 10, "longest": 9}, "longest"),
    ],
)
def test_what_it_cannot_be_told(wrong, word):
    with pytest.raises(ValueError, match=word):
        Trip(**wrong)


events = st.lists(
    st.tuples(
        st.floats(0, 60), st.sampled_from(["allows", "succeeded", "failed", "reached", "declined"])
    ),
    max_size=200,
)


@given(events, st.sampled_from([0.0, 1.7e9]))
def test_whatever_happens_it_asks_again(events, now):
    breaker = Breaker(TRIP)
    for gap, event in events:
        now += gap
        before = breaker.state
        if event == "declined":
            breaker.failed(now, create=True)
            continue
        answer = getattr(breaker, event)(now)
        assert 0 <= breaker.wait(now) <= TRIP.longest
        if event == "allows":
            assert answer or before != "closed"
        if before == "open" and event != "reached":
            assert breaker.state == ("half_open" if answer else "open")
        assert len(breaker._slices) <= 11
    assert breaker.allows(now + TRIP.longest + 1e-3)


@given(st.integers(0, 2000), st.floats(0.001, 5))
def test_what_always_succeeds_is_never_stopped(calls, gap):
    breaker = Breaker()
    for n in range(calls):
        assert breaker.allows(n * gap)
        breaker.succeeded(n * gap)
    assert breaker.state == "closed"


def test_since_when_it_is_open():
    breaker = Breaker(TRIP)
    assert breaker.since is None
    while breaker.state == "closed":
        breaker.failed(7.0)
    assert breaker.since == 7.0
    later = 7.0 + TRIP.longest
    assert breaker.allows(later)
    breaker.failed(later)  # the probe: it was open all the while
    assert (breaker.state, breaker.since) == ("open", 7.0)
    assert breaker.allows(later + TRIP.longest)
    breaker.succeeded(later + TRIP.longest)
    assert (breaker.state, breaker.since) == ("closed", None)
