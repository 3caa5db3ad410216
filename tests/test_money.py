from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelway.money import Cost, cost_of, cost_read, day_of, shown, zone_of


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("UTC", 0, "1970-01-01"),
        ("UTC", 86_399_999, "1970-01-01"),
        ("UTC", 86_400_000, "1970-01-02"),
        ("America/New_York", 0, "1969-12-31"),
        ("UTC", 253_402_300_799_999, "9999-12-31"),
        ("UTC", 1_709_164_800_000, "2024-02-29"),
        ("Europe/Berlin", 1_767_222_000_000, "2026-01-01"),
        ("Europe/Berlin", 1_767_221_999_999, "2025-12-31"),
        ("Pacific/Apia", 1_325_239_200_000, "2011-12-31"),  # it left out the 30th
        ("Pacific/Apia", 1_325_239_199_999, "2011-12-29"),
    ],
)
def test_the_day_of_a_moment(zone: str, at: int, day: str) -> None:
    assert day_of(at, zone_of(zone)) == day


ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe")]


@given(
    at=st.integers(0, 4_102_444_800_000),
    zone=st.sampled_from([UTC, *ZONES]),
    more=st.integers(0, 90_000_000),
)
def test_days_follow_each_other(at: int, zone: tzinfo, more: int) -> None:
    day = day_of(at, zone)
    assert datetime.fromisoformat(day).strftime("%Y-%m-%d") == day
    assert day <= day_of(at + more, zone)


def test_utc_needs_no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "zoneinfo", None)
    assert day_of(0, zone_of("UTC")) == "1970-01-01"


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../UTC", "/etc/passwd", "Europe", "utc\0"])
def test_no_such_zone(name: str) -> None:
    with pytest.raises((KeyError, ValueError, OSError)):
        zone_of(name)


@pytest.mark.parametrize(
    ("micros", "text"),
    [(0, "0.00"), (1, "0.000001"), (420_000, "0.42"), (2_000_000, "2.00"), (1_500_000, "1.50"),
     (999_999_999_999_999, "999999999.999999")],
)  # fmt: skip
def test_shown(micros: int, text: str) -> None:
    assert shown(micros) == text


@pytest.mark.parametrize(
    ("reserved", "settled", "cost"),
    [
        (None, None, None),
        (5, None, Cost(amount=5, state="reserved")),
        (0, None, Cost(amount=0, state="released")),
        (0, 7, Cost(amount=7, state="settled")),
        (0, 0, Cost(amount=0, state="settled")),
        (None, 7, Cost(amount=7, state="settled")),
    ],
)
def test_what_a_task_costs(reserved: int | None, settled: int | None, cost: Cost | None) -> None:
    assert cost_of(reserved, settled, "USD" if cost else None) == cost


@pytest.mark.parametrize("said", [{}, {"amount": 5}, {"amount": 5, "currency": "USD"}])
def test_no_cost(said: dict[str, Any]) -> None:
    assert cost_read(said) is None
    assert cost_read({"currency": "EUR", "state": "settled", "amount": 5, **said}) is not None
