"""The writer thread: groups, failures that stay with their caller, and its end."""

from __future__ import annotations

import asyncio
import os
import resource
import threading
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest

from reelway.errors import Conflict, Internal, Overloaded
from reelway.stores.sqlite import SqliteStore, writer
from reelway.task import Owner, Task
from stores.examples import HASHES, NOW, draft, moved, new


@pytest.fixture
def deaths() -> list[BaseException]:
    return []


@pytest.fixture
async def store(tmp_path: Path, deaths: list[BaseException]) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "reelway.db", on_death=deaths.append, most_waiting=50)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def owner(store: SqliteStore) -> Owner:
    return await store.ensure_owner("local", "admin", NOW)


@asynccontextmanager
async def held(store: SqliteStore) -> AsyncIterator[None]:
    """The writer is inside an operation, so that all that comes meanwhile is one group."""
    inside, go = threading.Event(), threading.Event()

    def operation(db: apsw.Connection) -> None:
        inside.set()
        go.wait()

    first = asyncio.create_task(store._write(operation))
    await asyncio.to_thread(inside.wait)
    try:
        yield
        await asyncio.sleep(0)  # the tasks that were made meanwhile reach the queue
    finally:
        go.set()
        await first


async def together(store: SqliteStore, *operations: Awaitable[Any]) -> list[Any]:
    async with held(store):
        tasks = [asyncio.ensure_future(one) for one in operations]
    return await asyncio.gather(*tasks, return_exceptions=True)


async def commits(store: SqliteStore) -> list[int]:
    """A list that grows by one with each commit from now on."""
    seen: list[int] = []

    def watch(db: apsw.Connection) -> None:
        db.set_commit_hook(lambda: seen.append(1) or False)

    await store._write(watch)
    seen.clear()  # its own
    return seen


async def test_what_gathers_is_committed_together(store: SqliteStore, owner: Owner) -> None:
    seen = await commits(store)
    made = await together(store, *(store.create(draft(owner)) for _ in range(40)))
    assert all(isinstance(one, Task) for one in made)
    assert len(seen) == 2  # of the operation that held the writer, and of the group
    assert len(await store.unfinished()) == 40


async def test_one_failure_spoils_no_other(store: SqliteStore, owner: Owner) -> None:
    seen = await commits(store)
    bad = draft(owner, assets=(("first_frame", HASHES[7]),))  # fails after the task's row
    drafts = [draft(owner), bad, draft(owner), bad, draft(owner)]
    made = await together(store, *(store.create(one) for one in drafts))
    assert [type(one) for one in made] == [Task, Conflict, Task, Conflict, Task]
    assert len(seen) == 2  # of the operation that held the writer, and of the group
    kept = [one.public_id for one in drafts if one is not bad]
    assert [task.public_id for task in await store.unfinished()] == kept
    assert [len(await store.events(task.id)) for task in await store.unfinished()] == [1, 1, 1]


async def test_a_failure_that_wrote_nothing_costs_nothing(
    store: SqliteStore, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_task = await new(store, owner)
    over = await moved(store, await new(store, owner), "cancelled")
    opened = store._here.writer
    monkeypatch.setattr(opened, "_apart", None)  # the group is not done again
    made = await together(
        store,
        store.delete_task(owner.id, open_task.public_id),
        store.delete_task(owner.id, over.public_id),
        store.create(draft(owner, public_id=open_task.public_id)),
        store.create(draft(owner)),
    )
    assert isinstance(made[0], Conflict) and isinstance(made[2], Conflict)
    assert made[1] == [] and isinstance(made[3], Task)


async def test_a_fault_of_the_code_goes_to_its_caller(store: SqliteStore, owner: Owner) -> None:
    def broken(db: apsw.Connection) -> None:
        db.execute("DELETE FROM owners")
        raise KeyError("x")

    made = await together(
        store,
        store._write(broken),
        store._write(lambda db: db.execute("SELECT nonsense")),
        store._write(lambda db: db.execute("SELECT ?", ())),
        store.create(draft(owner)),
    )
    assert [type(one) for one in made] == [KeyError, Internal, apsw.BindingsError, Task]
    assert "nonsense" in str(made[1].__cause__) and "nonsense" not in str(made[1])


async def test_too_many_waiting(store: SqliteStore, owner: Owner) -> None:
    made = await together(store, *(store.create(draft(owner)) for _ in range(53)))
    assert [isinstance(one, Overloaded) for one in made] == [False] * 50 + [True] * 3
    assert isinstance(await new(store, owner), Task)


async def test_a_caller_that_went_away(store: SqliteStore, owner: Owner) -> None:
    async with held(store):
        gone = asyncio.create_task(store.create(draft(owner)))
        stays = asyncio.create_task(store.create(draft(owner)))
        await asyncio.sleep(0)
        gone.cancel()
    assert isinstance(await stays, Task)
    assert gone.cancelled()
    assert len(await store.unfinished()) == 2  # it was asked for, and it is there


async def test_closing_does_what_waits(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "other.db")
    await store.open()
    owner = await store.ensure_owner("local", "admin", NOW)
    async with held(store):
        waiting = [asyncio.create_task(store.create(draft(owner))) for _ in range(20)]
        await asyncio.sleep(0)
        writing = store._here.writer
        stopping = asyncio.create_task(writing.stop())
    await stopping
    assert all(isinstance(task, Task) for task in await asyncio.gather(*waiting))
    with pytest.raises(Overloaded, match="stopping"):
        await writing.run(lambda db: None)
    await store.close()


async def test_a_full_disk_passes(
    store: SqliteStore, owner: Owner, deaths: list[BaseException]
) -> None:
    size = await store._write(lambda db: db.pragma("page_count"))
    await store._write(lambda db: db.pragma("max_page_count", size + 2))
    made = await together(
        store, store.create(draft(owner, body=bytes(1 << 20))), store.create(draft(owner))
    )
    assert [(type(one), one.code) for one in made] == [(Overloaded, "disk_full")] * 2
    assert made[0] is not made[1]
    assert await store.unfinished() == [] and not deaths
    await store._write(lambda db: db.pragma("max_page_count", 1 << 20))
    assert isinstance(await new(store, owner), Task)


async def test_a_full_disk_leaves_nothing_behind(store: SqliteStore, owner: Owner) -> None:
    def fail(db: apsw.Connection) -> None:  # where SQLite itself did not roll back
        raise apsw.exception_for(apsw.SQLITE_FULL)

    made = await together(store, store.create(draft(owner)), store._write(fail))
    assert [one.code for one in made] == ["disk_full"] * 2
    kept = await new(store, owner)
    assert await store.unfinished() == [kept]


async def test_a_lock_of_another_program_passes(
    store: SqliteStore, owner: Owner, tmp_path: Path, deaths: list[BaseException]
) -> None:
    await store._write(lambda db: db.set_busy_timeout(0))
    other = apsw.Connection(str(tmp_path / "reelway.db"))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Overloaded, match="locked"):
        await store.create(draft(owner))
    other.close()
    assert isinstance(await new(store, owner), Task) and not deaths


@pytest.mark.parametrize(
    "code", [apsw.SQLITE_IOERR_FSYNC, apsw.SQLITE_CORRUPT, apsw.SQLITE_NOMEM, None]
)
async def test_anything_else_is_the_end(
    store: SqliteStore, owner: Owner, deaths: list[BaseException], code: int | None
) -> None:
    error = apsw.exception_for(code) if code else SystemExit()

    def fail(db: apsw.Connection) -> None:
        raise error

    before = await new(store, owner)
    # A group that dies before its commit: nothing of it is there, and all are told.
    made = await together(store, store.create(draft(owner)), store._write(fail))
    assert [type(one) for one in made] == [Internal, Internal]
    assert deaths == [error]
    with pytest.raises(Internal, match="cannot be written"):
        await store.create(draft(owner))
    assert await store.unfinished() == [before]  # reading goes on


async def test_a_commit_that_cannot_be_written_is_the_end(
    store: SqliteStore, owner: Owner, deaths: list[BaseException], tmp_path: Path
) -> None:
    before = await new(store, owner)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = os.stat(tmp_path / "reelway.db-wal").st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 5000, hard))  # breaks off inside the commit
    try:
        made = await together(store, store.create(draft(owner)), store.create(draft(owner)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [type(one) for one in made] == [Internal, Internal]
    assert len(deaths) == 1 and isinstance(deaths[0], apsw.IOError)
    await store.close()
    await store.open()
    assert await store.unfinished() == [before]


async def test_those_who_wait_behind_a_death_are_told(
    store: SqliteStore, owner: Owner, deaths: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MOST_TOGETHER", 1)

    def fail(db: apsw.Connection) -> None:
        raise apsw.exception_for(apsw.SQLITE_IOERR_WRITE)

    made = await together(store, store._write(fail), *(store.create(draft(owner)) for _ in "abc"))
    assert [type(one) for one in made] == [Internal] * 4
    assert len(deaths) == 1
