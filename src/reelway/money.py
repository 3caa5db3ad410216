"""Money, in whole micro-units of a US dollar, and the days that it counts for.

    Cost            what a task costs, as it is told
    Budget          what a key may spend and hold, by day, month and in all
    Usage           sums of the ledger; `USAGE_BY` are what they can be told apart by
    day_of, shown   UTC milliseconds → a day in a zone; micro-units → "0.84"

A task counts for the day on which it was accepted, whenever it ends: so what is held on a day
becomes what is spent on that day, and a budget that held once is never exceeded later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal, TypeGuard

MICROS = 1_000_000  # of a dollar
CURRENCY = "USD"
MOST_AMOUNT = 10**9 * MICROS  # what is more is a mistake

CostState = Literal["reserved", "settled", "released"]
UsageBy = Literal["owner", "key", "provider", "model", "resolution", "day"]
COST_STATES: Mapping[str, CostState] = {
    "reserved": "reserved",
    "settled": "settled",
    "released": "released",
}
USAGE_BY: tuple[UsageBy, ...] = ("owner", "key", "provider", "model", "resolution", "day")
SPANS = ("day", "month", "total")  # of budgets

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """`amount` is in micro-units of `currency`: held, paid, or, once it was released, 0."""

    amount: int
    currency: str = CURRENCY
    state: CostState


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Micro-units that may be spent and held together; None: as many as one likes."""

    day: int | None = None
    month: int | None = None
    total: int | None = None


NO_BUDGET = Budget()


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What was ordered for money: sums over all that have `by` in common."""

    by: Mapping[UsageBy, str]
    tasks: int
    seconds: int  # of film
    reserved: int
    settled: int
    currency: str = CURRENCY


def cost_of(reserved: int | None, settled: int | None, currency: str | None) -> Cost | None:
    """None where nothing was ever held or paid."""
    if settled is None and reserved is None:
        return None
    state: CostState = "reserved" if reserved else "released"
    if settled is not None:
        state = "settled"
    amount = (reserved or 0) if settled is None else settled
    return Cost(amount=amount, currency=currency or CURRENCY, state=state)


def cost_read(said: Mapping[str, object]) -> Cost | None:
    """As `Cost` is told over HTTP; None for what is none."""
    amount, currency, state = said.get("amount"), said.get("currency"), said.get("state")
    known = COST_STATES.get(state) if isinstance(state, str) else None
    if not known or not isinstance(currency, str) or not is_amount(amount):
        return None
    return Cost(amount=amount, currency=currency, state=known)


def is_amount(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_AMOUNT


def zone_of(name: str) -> tzinfo:
    """Raises KeyError, ValueError or OSError where there is no such zone. UTC needs no data about
    zones, which small images lack."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def day_of(at: int, zone: tzinfo) -> str:
    """The day, as 2026-03-29, of UTC milliseconds."""
    moment = _EPOCH + timedelta(milliseconds=at)
    return moment.astimezone(zone).date().isoformat()


def shown(micros: int) -> str:
    """At least two decimals: 0.84, 2.00, 0.000001."""
    whole, part = divmod(micros, MICROS)
    return f"{whole}.{part:06}".rstrip("0").ljust(len(str(whole)) + 3, "0")
