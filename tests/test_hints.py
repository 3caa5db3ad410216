"""Hints, without a server: whose they are, and how often they may hurry anything."""

from __future__ import annotations

from reelway.hints import BURST, RATE, SPACING, Hints

NOW = 1_767_225_600_000


def test_whose_a_hint_is() -> None:
    hints = Hints()
    hints.expect("novita-1", "a", 7)
    assert hints.whose("novita-1", "a") == 7
    assert hints.hurry("novita-1", "a", NOW)


def test_what_is_expected_again_is_hurried_no_sooner() -> None:
    """As each look does."""
    hints = Hints()
    hints.expect("novita-1", "a", 7)
    assert hints.hurry("novita-1", "a", NOW)
    hints.expect("novita-1", "a", 7)
    assert not hints.hurry("novita-1", "a", NOW + SPACING - 1)


def test_the_job_of_another_attempt_takes_its_place() -> None:
    hints = Hints()
    hints.expect("novita-1", "a", 7)
    hints.expect("novita-2", "b", 7)
    assert hints.whose("novita-1", "a") is None
    assert hints.whose("novita-2", "b") == 7


def test_nobody_s_hint_hurries_nothing() -> None:
    hints = Hints()
    hints.expect("novita-1", "a", 7)
    for provider, job in (("novita-1", "b"), ("novita-2", "a"), ("", "")):
        assert hints.whose(provider, job) is None
        assert not hints.hurry(provider, job, NOW)
    assert hints.hurry("novita-1", "a", NOW)


def test_a_doubled_hint_hurries_once() -> None:
    hints = Hints()
    hints.expect("novita-1", "a", 7)
    assert hints.hurry("novita-1", "a", NOW)
    assert not hints.hurry("novita-1", "a", NOW + SPACING - 1)
    assert hints.hurry("novita-1", "a", NOW + SPACING)


def test_what_is_forgotten_is_nobody_s() -> None:
    """And a task that ends late does not forget what another one expects by then."""
    hints = Hints()
    hints.expect("novita-1", "a", 7)
    hints.expect("novita-1", "a", 8)
    hints.forget(7)
    assert hints.whose("novita-1", "a") == 8
    hints.forget(8)
    hints.forget(8)
    assert hints.whose("novita-1", "a") is None


def test_messages_are_bounded_by_provider() -> None:
    hints = Hints()
    taken = [hints.wait("novita-1", NOW) for _ in range(BURST + 1)]
    assert taken[:BURST] == [0.0] * BURST
    assert 0 < taken[BURST] <= 1 / RATE + 1e-9
    assert hints.wait("novita-2", NOW) == 0.0
    assert hints.wait("novita-1", NOW + 1000) == 0.0
