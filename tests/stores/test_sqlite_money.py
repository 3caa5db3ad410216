"""Money on SQLite: the shared cases, the ledger itself, and random histories against a model."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelway.errors import BudgetExhausted, ReelwayError
from reelway.request import VideoRequest
from reelway.stores.sqlite import SqliteStore
from reelway.stores.sqlite.database import MIGRATIONS
from reelway.stores.sqlite.statements import SQL
from reelway.task import Key, Owner, Status, Task
from stores.examples import NOW, draft, moved
from stores.money_cases import DAY, MoneyCases, bought, key_of, sums, total

LINES = """SELECT key_id, day, provider, model, resolution, currency, owner_id,
sum(tasks), sum(seconds), sum(reserved), sum(settled) FROM money GROUP BY 1, 2, 3, 4, 5, 6, 7"""
USAGE = """SELECT key_id, day, provider, model, resolution, currency, owner_id,
tasks, seconds, reserved, settled FROM usage ORDER BY 1, 2, 3, 4, 5, 6, 7"""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "reelway.db")
    await store.open()
    yield store
    await store.close()


class TestSqliteMoney(MoneyCases):
    """Every shared case, on a real file."""


async def check_books(store: SqliteStore) -> None:
    """What holds at any time: the sums are those of the ledger and of the tasks; a task has one
    reservation at most, and one settlement."""
    assert await store._rows(LINES) == await store._rows(USAGE)
    held = "SELECT coalesce(sum(reserved), 0), coalesce(sum(cost), 0) FROM tasks"
    sums = "SELECT coalesce(sum(reserved), 0), coalesce(sum(settled), 0) FROM usage"
    gone = "SELECT coalesce(sum(settled), 0) FROM money WHERE task_id NOT IN (SELECT id FROM tasks)"
    ((reserved, cost),), ((lost,),) = await store._rows(held), await store._rows(gone)
    assert await store._rows(sums) == [(reserved, cost + lost)]
    of_tasks = """SELECT task_id, group_concat(kind, ' ' ORDER BY id) FROM money GROUP BY task_id"""
    for _, kinds in await store._rows(of_tasks):
        open_ = settled = 0
        for kind in kinds.split():
            open_ += {"reserve": 1, "release": -1, "settle": -open_}.get(kind, 0)
            settled += kind == "settle"
            assert open_ in (0, 1) and settled <= 1
            assert kind != "adjust" or settled == 1


# the ledger


async def test_the_ledger_is_only_added_to(store: SqliteStore, owner: Owner) -> None:
    await bought(store, await key_of(store, owner))
    for sql in ("UPDATE money SET reserved = 1", "DELETE FROM money", "UPDATE money SET v = v"):
        with pytest.raises(ReelwayError):
            await store._write(lambda db, sql=sql: db.execute(sql))
    await check_books(store)


async def test_what_a_line_says(store: SqliteStore, owner: Owner) -> None:
    key = await key_of(store, owner)
    task = await moved(store, await bought(store, key, 5), "running")
    await moved(store, task, "succeeded", cost=7)
    await store.settle_late(task, 6, NOW + 3)
    rows = await store._rows("SELECT * FROM money ORDER BY id")
    who = (owner.id, key.id, task.id, task.public_id, "novita", "kling-v3", "720p")
    what = [row[8:] for row in rows]
    assert {row[2:9] for row in rows} == {who}
    assert [row[1] for row in rows] == [NOW, NOW + 1000, NOW + 3]
    assert [(row[11], *row[12:]) for row in rows] == [
        ("reserve", 1, 5, 5, 0, 1),
        ("settle", 0, 0, -5, 7, 1),
        ("adjust", 0, 0, 0, -1, 1),
    ]
    assert {entry[1:3] for entry in what} == {("2025-10-09", "USD")}


@pytest.mark.parametrize("days", [("a", "a"), ("2025-01-01", "2025-12-31")])
async def test_budgets_read_a_range_of_one_index(store: SqliteStore, days: tuple[str, str]) -> None:
    plan = await store._rows("EXPLAIN QUERY PLAN " + SQL["used"], (1, *days, "USD"))
    assert [row[3] for row in plan] == [
        "SEARCH usage USING PRIMARY KEY (key_id=? AND day>? AND day<?)"
    ]
    plan = await store._rows("EXPLAIN QUERY PLAN " + SQL["last_line"], (1,))
    assert "money_by_task" in plan[0][3] and len(plan) == 1


# the zone


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("Europe/Berlin", "2026-03-28T22:59:59.999+00:00", "2026-03-28"),
        ("Europe/Berlin", "2026-03-28T23:00:00+00:00", "2026-03-29"),
        ("Europe/Berlin", "2026-03-29T21:59:59.999+00:00", "2026-03-29"),  # a day of 23 hours
        ("Europe/Berlin", "2026-03-29T22:00:00+00:00", "2026-03-30"),
        ("America/New_York", "2026-11-01T04:00:00+00:00", "2026-11-01"),  # one of 25
        ("America/New_York", "2026-11-02T04:59:59.999+00:00", "2026-11-01"),
        ("Asia/Kathmandu", "2026-02-28T18:15:00+00:00", "2026-03-01"),  # +05:45
    ],
)
async def test_a_task_counts_for_its_day_in_the_zone(
    tmp_path: Path, zone: str, at: str, day: str
) -> None:
    store = SqliteStore(tmp_path / "reelway.db", zone=ZoneInfo(zone))
    await store.open()
    key = await key_of(store, await store.ensure_owner("local", "admin", NOW))
    accepted = round(datetime.fromisoformat(at).timestamp() * 1000)
    task = await moved(store, await bought(store, key, accepted_at=accepted), "running")
    await store.move(task, "succeeded", accepted + 40 * DAY)  # however long it takes
    assert [entry.by for entry in await sums(store, "day")] == [{"day": day}]
    await check_books(store)
    await store.close()


async def test_what_is_held_is_let_go_on_the_day_that_it_was_held_for(tmp_path: Path) -> None:
    async def opened(zone: str) -> SqliteStore:
        store = SqliteStore(tmp_path / "reelway.db", zone=ZoneInfo(zone))
        await store.open()
        return store

    store = await opened("Pacific/Kiritimati")  # +14
    key = await key_of(store, await store.ensure_owner("local", "admin", NOW), day=30)
    late = NOW - NOW % DAY + 23 * 3_600_000
    tasks = [await bought(store, key, 10, accepted_at=late) for _ in range(3)]
    await store.close()
    store = await opened("Pacific/Pago_Pago")  # -11: the same moment is two days before
    released = await moved(store, tasks[0], "cancelled")
    assert released.reserved == 0
    other = await store.rereserve(tasks[1], "fox", 12, NOW)
    assert other and other.reserved == 12  # it counts for that other day still
    assert await store.rereserve(tasks[2], "fox", 19, NOW) is None
    assert [(e.by["day"], e.reserved) for e in await sums(store, "day")] == [("2025-10-10", 22)]
    await check_books(store)
    await store.close()


# histories

PROVIDERS = ("novita", "fox", "mule")
ENDS: tuple[Status, ...] = ("succeeded", "failed", "cancelled")
ACTS = ("create", "run", "requeue", "end", "hold", "rereserve", "settle", "release", "delete")

Step = tuple[str, int, int]


@dataclass
class Book:
    """One task as it should be."""

    task: Task
    held: int = 0
    cost: int | None = None
    deleted: bool = False


@dataclass
class Model:
    store: SqliteStore
    owner: Owner
    key: Key
    budget: int
    books: list[Book] = field(default_factory=list)

    def used(self) -> int:
        return sum(book.held + (book.cost or 0) for book in self.books)

    async def step(self, act: str, which: int, amount: int) -> None:
        if act == "create":
            return await self.create(amount)
        if self.books:
            book = self.books[which % len(self.books)]
            if not book.deleted:
                await getattr(self, act)(book, which, amount)

    async def create(self, amount: int) -> None:
        request = VideoRequest(prompt="a", duration=3 + amount % 13)
        wanted = draft(self.owner, key_id=self.key.id, price=amount, provider="novita",
                       request=request, accepted_at=NOW + amount * 3_600_000)  # fmt: skip
        if amount and self.used() + amount > self.budget:
            with pytest.raises(BudgetExhausted):
                await self.store.create(wanted)
            return
        made = await self.store.create(wanted)
        assert isinstance(made, Task)
        self.books.append(Book(made, held=amount))

    async def _move(self, book: Book, to: Status, **more: Any) -> bool:
        allowed = {"queued": ("running", "failed", "cancelled"), "running": ("queued", *ENDS)}
        if to not in allowed.get(book.task.status, ()):
            return False
        cost = {"cost": more.pop("cost")} if more.get("cost") is not None else {}
        more.pop("cost", None)
        after = await self.store.move(book.task, to, NOW, cost, **more)
        assert after
        book.task = after
        return True

    async def run(self, book: Book, which: int, amount: int) -> None:
        await self._move(book, "running")

    async def requeue(self, book: Book, which: int, amount: int) -> None:
        await self._move(book, "queued")

    async def end(self, book: Book, which: int, amount: int) -> None:
        to, cost = ENDS[which % 3], amount if amount % 2 else None
        if await self._move(book, to, cost=cost):
            if cost or (to == "succeeded" and book.held):
                book.cost = book.held if cost is None else cost
            book.held = 0

    async def hold(self, book: Book, which: int, amount: int) -> None:
        await self._move(book, ENDS[1 + which % 2], hold=True)

    async def rereserve(self, book: Book, which: int, amount: int) -> None:
        if book.task.over:
            return
        more = amount - book.held
        found = await self.store.rereserve(book.task, PROVIDERS[which % 3], amount, NOW)
        assert (found is None) == (more > 0 and self.used() + more > self.budget)
        if found:
            book.task, book.held = found, amount

    async def settle(self, book: Book, which: int, amount: int) -> None:
        found = await self.store.settle_late(book.task, amount, NOW)
        assert (found is not None) == book.task.over
        if found:
            book.task, book.held, book.cost = found, 0, amount

    async def release(self, book: Book, which: int, amount: int) -> None:
        if found := await self.store.release_late(book.task, NOW):
            book.task, book.held = found, 0

    async def delete(self, book: Book, which: int, amount: int) -> None:
        if book.task.over and not book.held:
            assert await self.store.delete_task(self.owner.id, book.task.public_id) == []
            book.deleted = True

    async def check(self) -> None:
        await check_books(self.store)
        for book in self.books:
            if not book.deleted:
                task = await self.store.task(book.task.id)
                assert task == book.task
                assert (task.reserved or 0, task.cost) == (book.held, book.cost)
        _, _, reserved, settled = await total(self.store)
        assert reserved == sum(book.held for book in self.books)
        assert settled == sum(book.cost or 0 for book in self.books)


async def live_through(folder: Path, steps: list[Step], budget: int) -> None:
    store = SqliteStore(folder / "reelway.db")
    await store.open()
    try:
        owner = await store.ensure_owner("local", "admin", NOW)
        key = await key_of(store, owner, total=budget)
        model = Model(store, owner, key, budget)
        for step in steps:
            await model.step(*step)
        await model.check()
    finally:
        await store.close()


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(ACTS), st.integers(0, 11), st.integers(0, 40)), max_size=40
    ),
    budget=st.integers(0, 200),
)
def test_any_history_adds_up(steps: list[Step], budget: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(live_through(Path(folder), steps, budget))


@pytest.mark.parametrize("seed", range(4))
async def test_a_long_history_adds_up(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    weights = (6, 6, 1, 3, 2, 3, 2, 1, 1)
    steps = [
        (act, draw.randrange(10**6), draw.randrange(60))
        for act in draw.choices(ACTS, weights, k=600)
    ]
    await live_through(tmp_path, steps, 5_000)


async def test_many_lives_at_once_add_up(store: SqliteStore, owner: Owner) -> None:
    """Creates, moves, failovers and late ends of many tasks, each in the group commits of the
    others; some are refused, so that groups are rolled back and done again."""
    draw = random.Random(7)
    key = await key_of(store, owner, day=3_000)

    async def live(number: int) -> None:
        try:
            made = await store.create(draft(owner, key_id=key.id, price=draw.randrange(1, 60)))
        except BudgetExhausted:
            return
        assert isinstance(made, Task)
        task: Task | None = await store.move(made, "running", NOW)
        assert task
        both = [store.rereserve(task, name, draw.randrange(60), NOW) for name in PROVIDERS]
        await asyncio.gather(*both)
        ends = [store.move(task, to, NOW, hold=bool(number % 2)) for to in ENDS[number % 3 :]]
        await asyncio.gather(*ends)
        over = await store.task(task.id)
        assert over and over.over
        if number % 5 == 0:
            await asyncio.gather(*(store.settle_late(over, 9, NOW) for _ in range(3)))

    async def stumble() -> None:
        with pytest.raises(ReelwayError):  # after it has written something
            await store.create(draft(owner, key_id=key.id, price=1, assets=(("film", "0" * 64),)))

    await asyncio.gather(*(live(n) for n in range(150)), *(stumble() for _ in range(20)))
    await check_books(store)
    _, _, reserved, settled = await total(store)
    assert 0 < reserved + settled <= 3_000


def test_a_database_of_before_gets_money(tmp_path: Path) -> None:
    """What was accepted before there was money is free, and its keys have no budget."""
    db = apsw.Connection(":memory:")
    steps = sorted(MIGRATIONS.glob("*.sql"))
    for step in steps[:4]:
        db.execute(step.read_text())
    db.execute("INSERT INTO owners VALUES (1, 'o', 'user', 1)")
    db.execute("INSERT INTO keys VALUES (1, 1, 'k', zeroblob(32), 'p', 1, NULL, 0)")
    db.execute(steps[4].read_text())
    row = db.execute("SELECT budget_day, budget_month, budget_total FROM keys").fetchall()
    assert row == [(None, None, None)]
    assert db.execute("SELECT count(*) FROM money").get == 0


async def test_what_is_free_takes_no_statement_more(store: SqliteStore, owner: Owner) -> None:
    key = await key_of(store, owner, day=5)
    said: list[str] = []

    def trace(_: object, sql: str, __: object) -> bool:
        said.append(" ".join(sql.split()[:3]))
        return True

    await store._write(lambda db: setattr(db, "exec_trace", trace))
    said.clear()
    task = await bought(store, key, None)
    assert said == ["BEGIN IMMEDIATE", "INSERT INTO tasks", "INSERT INTO events",
                    "SELECT 1 FROM", "COMMIT"]  # fmt: skip
    task = await moved(store, task, "running")
    said.clear()
    await moved(store, task, "succeeded")
    assert not {"money", "usage", "keys"} & {word for text in said for word in text.split()}
    assert len(said) == 5
