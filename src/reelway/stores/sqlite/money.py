"""Money, as the writer keeps it: a ledger that is only added to, and its sums, which budgets read.

              reserved    settled    tasks
    reserve   +price                 +1       accepted, or given to another provider
    release   −price                 −1       known to have cost nothing
    settle    −price      +cost      0        its film is kept, or its provider named what it took
    settle               +cost       +1       the same, after it was released
    adjust                ±          0        what it took turned out to be another amount

Each line changes its row of `usage` by the same, in the same transaction. Checks stand before
anything is written, so that a refusal costs the group that it is in nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from functools import partial
from typing import Literal, NamedTuple

import apsw

from reelway.errors import BudgetExhausted
from reelway.money import CURRENCY, MOST_AMOUNT, SPANS, Usage, UsageBy, day_of, is_amount, shown
from reelway.stores.sqlite import rows
from reelway.stores.sqlite.rows import Row
from reelway.stores.sqlite.statements import SQL, one
from reelway.stores.sqlite.ways import Ways
from reelway.task import Draft, Key, Status, Task

Kind = Literal["reserve", "settle", "release", "adjust"]

WHEN = {"day": "for a day", "month": "for a month", "total": "in all"}
COLUMNS: Mapping[UsageBy, str] = {
    "owner": "owners.name",
    "key": "keys.prefix",
    "provider": "usage.provider",
    "model": "usage.model",
    "resolution": "usage.resolution",
    "day": "usage.day",
}


class Whose(NamedTuple):
    """What a line is about; the columns of `last_line`."""

    owner_id: int
    key_id: int  # 0: none
    task_id: int
    task: str
    provider: str
    model: str
    resolution: str
    day: str
    currency: str


class Price(NamedTuple):
    """What is to be held for a task."""

    whose: Whose
    amount: int
    seconds: int  # of film


class End(NamedTuple):
    """A move that closes what is held; `cost` where it is known to be other than that."""

    task: Task
    to: Status
    cost: int | None
    at: int
    zone: tzinfo


def priced(draft: Draft, zone: tzinfo) -> Price | None:
    """None: it is free."""
    if not draft.price:
        return None
    request = draft.request
    whose = Whose(
        draft.owner_id,
        draft.key_id or 0,
        0,
        draft.public_id,
        draft.provider or draft.engine or "",
        request.model,
        request.resolution,
        day_of(draft.accepted_at, zone),
        CURRENCY,
    )
    return Price(whose, draft.price, request.duration)


def check(db: apsw.Connection, whose: Whose, more: int) -> None:
    """Raises BudgetExhausted where the key may not hold so much more on that day."""
    budgets = one(db, "budgets", (whose.key_id,))
    for span, most in zip(SPANS, budgets or (), strict=False):
        if most is None:
            continue
        (used,) = one(db, "used", (whose.key_id, *_days(span, whose.day), whose.currency)) or (0,)
        if used + more > most:
            raise BudgetExhausted(
                f"the key's budget is {shown(most)} USD {WHEN[span]}, of which {shown(used)} USD "
                f"are spent or held; this takes {shown(more)} USD"
            )


def _days(span: str, day: str) -> tuple[str, str]:
    """The first and the last day of the span that `day` lies in."""
    if span == "total":
        return "", "9999-99-99"
    return (day, day) if span == "day" else (f"{day[:7]}-01", f"{day[:7]}-31")


def reserve(db: apsw.Connection, whose: Whose, price: Price, at: int) -> None:
    _add(db, whose, at, "reserve", 1, price.seconds, price.amount, 0)


def close(db: apsw.Connection, held: int, end: End) -> Row:
    """Settle or release what is held; settle even where nothing is, as far as it cost anything.
    The task's row then."""
    task, whose, seconds = end.task, _whose(db, end.task, end.zone), end.task.request.duration
    cost = held if end.cost is None and end.to == "succeeded" else end.cost
    if cost or end.to == "succeeded":
        return _settle(db, whose, end.at, held, cost or 0, seconds)
    _add(db, whose, end.at, "release", -1, -seconds, -held, 0)
    return _set(db, task.id, 0, None)


def rereserve(
    db: apsw.Connection, guard: Row, to: Whose, price: int, seconds: int, at: int
) -> Row | None:
    """Hold `price` for another provider in place of what is held. None, and nothing written,
    where the task has moved on. Raises BudgetExhausted."""
    found = one(db, "held", guard)
    if not found:
        return None
    held, last = found[0] or 0, _last(db, to.task_id)
    to = to._replace(day=last.day) if last else to
    if price > held:
        check(db, to, price - held)
    if last is None or (last.provider, held) != (to.provider, price):
        if held and last:
            _add(db, last, at, "release", -1, -seconds, -held, 0)
        if price:
            _add(db, to, at, "reserve", 1, seconds, price, 0)
    currency = CURRENCY if price else None
    return one(db, "set_provider", (to.provider, price or None, currency, to.task_id))


def settle_late(
    db: apsw.Connection, id: int, cost: int | None, at: int, zone: tzinfo
) -> Row | None:
    """What a task that is over has cost after all; `cost` None: nothing, as it was not charged.
    None: there is no such task, or it is not over."""
    row = one(db, "task", (id,))
    task = rows.task(row) if row else None
    if task is None or not task.over:
        return None
    whose, held, seconds = _whose(db, task, zone), task.reserved or 0, task.request.duration
    if cost is None:
        if not held:
            return row
        _add(db, whose, at, "release", -1, -seconds, -held, 0)
        return _set(db, id, 0, None)
    if task.cost is None:
        return _settle(db, whose, at, held, cost, seconds)
    if cost == task.cost:
        return row
    _add(db, whose, at, "adjust", 0, 0, 0, cost - task.cost)
    return _set(db, id, 0, cost)


def set_budget(db: apsw.Connection, prefix: str, columns: Mapping[str, int | None]) -> Row | None:
    if columns:
        changes = ", ".join(f"{name} = ?" for name in columns)
        sql = SQL["set_budget"].replace("{changes}", changes)
        db.execute(sql, (*columns.values(), prefix))
    return one(db, "key_by_prefix", (prefix,))


def _settle(db: apsw.Connection, whose: Whose, at: int, held: int, cost: int, seconds: int) -> Row:
    """A task whose price was held is counted already."""
    again = (0, 0) if held else (1, seconds)
    _add(db, whose, at, "settle", *again, -held, cost)
    return _set(db, whose.task_id, 0, cost)


def _set(db: apsw.Connection, id: int, reserved: int, cost: int | None) -> Row:
    row = one(db, "set_money", (reserved, cost, CURRENCY, id))
    assert row
    return row


def _add(
    db: apsw.Connection,
    whose: Whose,
    at: int,
    kind: Kind,
    tasks: int,
    seconds: int,
    reserved: int,
    settled: int,
) -> None:
    """A line, and the same in the sums."""
    change = (tasks, seconds, reserved, settled)
    db.execute(SQL["add_line"], (*whose, at, kind, *change))
    values = (
        *change,
        whose.key_id,
        whose.day,
        whose.provider,
        whose.model,
        whose.resolution,
        whose.currency,
        whose.owner_id,
    )
    db.execute(SQL["change_usage"], values)
    if not db.changes():
        db.execute(SQL["begin_usage"], values)


def _last(db: apsw.Connection, task_id: int) -> Whose | None:
    row = one(db, "last_line", (task_id,))
    return Whose(*row) if row else None


def _whose(db: apsw.Connection, task: Task, zone: tzinfo) -> Whose:
    """As the task's last line has it, so that what was held there is let go there: the zone, and
    with it the day, may be another one by now."""
    return _last(db, task.id) or whose_of(task, task.provider or task.engine or "", zone)


def whose_of(task: Task, provider: str, zone: tzinfo) -> Whose:
    return Whose(
        task.owner_id,
        task.key_id or 0,
        task.id,
        task.public_id,
        provider,
        task.request.model,
        task.request.resolution,
        day_of(task.accepted_at, zone),
        CURRENCY,
    )


class MoneyRows(Ways):
    """Part of `reelway.store.Store`: see `reelway.ledger`."""

    _zone: tzinfo

    async def set_budget(self, prefix: str, changes: Mapping[str, int | None]) -> Key | None:
        if unknown := changes.keys() - set(SPANS):
            raise ValueError(f"there is no budget by {', '.join(sorted(unknown))}")
        columns = {f"budget_{span}": amount for span, amount in changes.items()}
        row = await self._write(partial(set_budget, prefix=prefix, columns=columns))
        return rows.key(row) if row else None

    async def rereserve(
        self, task: Task, provider: str, price: int | None, now: int
    ) -> Task | None:
        if task.over:
            return None
        operation = partial(
            rereserve,
            guard=(task.id, task.status, task.attempt),
            to=whose_of(task, provider, self._zone),
            price=amount(price or 0),
            seconds=task.request.duration,
            at=now,
        )
        try:
            row = await self._write(operation)
        except BudgetExhausted:
            return None
        return rows.task(row) if row else None

    async def settle_late(self, task: Task, cost: int, now: int) -> Task | None:
        return await self._late(task, amount(cost), now)

    async def release_late(self, task: Task, now: int) -> Task | None:
        return await self._late(task, None, now)

    async def _late(self, task: Task, cost: int | None, now: int) -> Task | None:
        row = await self._write(
            partial(settle_late, id=task.id, cost=cost, at=now, zone=self._zone)
        )
        return rows.task(row) if row else None

    async def usage(
        self, owner_id: int | None, first: str, last: str, by: Sequence[UsageBy], limit: int
    ) -> list[Usage]:
        names = "".join(f"{COLUMNS[name]}, " for name in by)
        filters = "" if owner_id is None else " AND usage.owner_id = ?"
        sql = SQL["usage"].replace("{by}", names).replace("{filters}", filters)
        values = (first, last, limit) if owner_id is None else (first, last, owner_id, limit)
        found = await self._rows(sql, values)
        return [_usage(row, by) for row in found]


def _usage(row: Row, by: Sequence[UsageBy]) -> Usage:
    currency, tasks, seconds, reserved, settled = row[len(by) :]
    return Usage(
        by={name: value or "" for name, value in zip(by, row, strict=False)},
        tasks=tasks,
        seconds=seconds,
        reserved=reserved,
        settled=settled,
        currency=currency,
    )


def amount(micros: int) -> int:
    if not is_amount(micros):
        raise ValueError(f"an amount is whole micro-units from 0 to {MOST_AMOUNT}, not {micros}")
    return micros
