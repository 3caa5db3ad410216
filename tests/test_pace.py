"""The token bucket: what may go when, and that it never lets through more than it says."""

from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelway.pace import SLACK, Bucket


def taken(bucket: Bucket, now: float) -> int:
    """How many go at once."""
    count = 0
    while not bucket.take(now):
        count += 1
        assert count < 10_000
    return count


def test_a_burst_and_then_one_at_a_time():
    bucket = Bucket(rate=2, burst=3)
    assert taken(bucket, 100.0) == 3
    assert bucket.take(100.0) == pytest.approx(0.5)
    assert bucket.take(100.2) == pytest.approx(0.3)
    assert taken(bucket, 100.5) == 1
    assert taken(bucket, 101.5) == 2
    assert taken(bucket, 1000.0) == 3  # no more is saved up than a burst


def test_without_a_burst_calls_are_evenly_apart():
    bucket = Bucket(rate=0.1)
    assert not bucket.take(0)
    assert bucket.take(0) == 10
    assert bucket.take(9) == 1
    assert not bucket.take(10)


def test_to_ask_takes_nothing():
    bucket = Bucket(rate=1, burst=1)
    assert bucket.wait(5) == bucket.wait(5) == 0
    assert not bucket.take(5)
    assert bucket.wait(5) == bucket.wait(5) == 1


def test_a_hold_stops_everything_and_ends_without_a_burst():
    bucket = Bucket(rate=2, burst=4)
    assert not bucket.take(10)
    bucket.hold(70)
    assert bucket.take(10) == 60 and bucket.take(69) == 1
    assert taken(bucket, 70) == 1
    assert taken(bucket, 70.5) == 1
    assert taken(bucket, 80) == 4


@pytest.mark.parametrize("rate", [0.5, 3, 100_000])
def test_at_another_rate_a_hold_stays(rate):
    bucket = Bucket(rate=2, burst=4)
    bucket.hold(70)
    other = bucket.at(rate=rate, burst=4)
    assert other.wait(10) == 60 and taken(other, 70) == 1
    assert other.take(70) == pytest.approx(1 / rate)
    assert bucket.wait(10) == 60, "the first is as it was"


def test_at_another_rate_the_next_call_goes_when_it_would_have_gone():
    bucket = Bucket(rate=0.5)
    assert not bucket.take(100)
    other = bucket.at(rate=10, burst=3)
    assert other.take(100) == pytest.approx(2)
    assert taken(other, 102) == 1
    assert taken(Bucket(rate=0.5).at(rate=10, burst=3), 100) == 3


def test_a_shorter_hold_does_not_end_a_longer_one():
    bucket = Bucket(rate=1)
    bucket.hold(50)
    bucket.hold(20)
    assert bucket.wait(30) == 20
    bucket.hold(10)  # that is over
    assert not bucket.take(50)


def test_a_hold_never_lets_more_through_than_was_due():
    bucket = Bucket(rate=0.01, burst=2)
    assert taken(bucket, 0) == 2
    bucket.hold(5)
    assert bucket.wait(5) == pytest.approx(100 - 5)


@pytest.mark.parametrize("rate", [0, -1, nan, inf])
def test_a_rate_is_above_nothing(rate):
    with pytest.raises(ValueError, match="rate"):
        Bucket(rate=rate)


@pytest.mark.parametrize("burst", [0, -3])
def test_a_burst_is_one_at_least(burst):
    with pytest.raises(ValueError, match="burst"):
        Bucket(rate=1, burst=burst)


@pytest.mark.parametrize("until", [inf, nan])
def test_a_hold_has_an_end(until):
    with pytest.raises(ValueError, match="hold"):
        Bucket(rate=1).hold(until)


rates = st.floats(0.01, 1000)
bursts = st.integers(1, 50)
starts = st.sampled_from([0.0, 1e-3, 12345.678, 1.7e9])  # uptimes, and seconds since 1970


@given(rates, bursts, starts, st.lists(st.floats(0, 30), max_size=60))
def test_no_span_sees_more_than_a_burst_and_its_rate(rate, burst, start, gaps):
    bucket, now, went = Bucket(rate=rate, burst=burst), start, []
    for gap in gaps:
        now += gap
        for _ in range(burst + 1):
            if bucket.take(now):
                break
            went.append(now)
    for first in range(len(went)):
        for last in range(first, len(went)):
            span = went[last] - went[first]
            # SLACK is a gift once, not with each call.
            assert last - first + 1 <= burst + rate * (span + 2 * SLACK) + 1e-6


@given(rates, bursts, starts, st.integers(1, 100))
def test_who_waits_as_long_as_was_said_goes(rate, burst, start, calls):
    bucket, now = Bucket(rate=rate, burst=burst), start
    for _ in range(calls):
        if wait := bucket.take(now):
            now += wait
            assert not bucket.take(now)
    # ... and nobody waits longer than the rate asks for.
    assert now - start <= max(0, calls - burst) / rate + calls * 1e-6


@given(rates, bursts, starts, st.floats(0, 1e5), st.lists(st.floats(0, 100), max_size=30))
def test_nothing_goes_during_a_hold(rate, burst, start, length, gaps):
    bucket = Bucket(rate=rate, burst=burst)
    bucket.take(start)
    bucket.hold(start + length)
    now = start
    for gap in gaps:
        now += gap
        assert bucket.take(now) or now >= start + length - 2 * SLACK
