"""How fast the SQLite store is, beside what its disk and its database allow.

    python benchmarks/store.py [--folder DIR] [--count 20000] [--clients 64] [--rows 0]

Creates are whole: a canonical request, a first event, every fourth with an idempotency key, and
an answer only after the fsync. Reads are `find_task` (a row into a Task with its request) and
`key` (what every HTTP request does). The floors come from the same run and the same disk:

    disk      write 4 KiB and fdatasync, one after another: what a store that commits each
              create by itself could reach at best
    database  a constant two-column insert, 64 to a transaction, without fsync, on one thread:
              what SQLite itself could reach with nothing around it

`--rows` puts that many finished tasks in the store beforehand, to compare 1,000 with 1,000,000.
Take a folder on the disk in question; on tmpfs an fsync costs nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import apsw

from reelway.request import VideoRequest
from reelway.store import Once
from reelway.stores.sqlite import SqliteStore
from reelway.task import Draft, Key, Task

PROMPT = "A red fox runs over fresh snow at dawn, the camera follows low beside it. " * 3
DIGEST = b"d" * 32
NOW = 1_760_000_000_000


def draft(key: Key, number: int) -> Draft:
    return Draft(
        public_id=f"task_{number:026}",
        owner_id=key.owner_id,
        key_id=key.id,
        wire="native",
        model_asked="kling-v3.0-std",
        request=VideoRequest(prompt=PROMPT, duration=7, aspect_ratio="16:9", seed=number),
        body=b'{"prompt":"%s","duration":7,"aspect_ratio":"16:9"}' % PROMPT.encode(),
        report={"ignored": []},
        base_url="http://localhost:8400",
        accepted_at=NOW + number,
    )


def once(number: int) -> Once | None:
    if number % 4:
        return None
    return Once(key=f"key-{number}", fingerprint=b"f" * 32, status=200, body=b'{"id":"task"}')


async def fill(store: SqliteStore, key: Key, rows: int) -> None:
    """Finished tasks, ended by the thousand, as doing it one by one would take long."""
    for numbers in groups(rows, 1_000):
        made = await asyncio.gather(*(store.create(draft(key, n)) for n in numbers))
        first = min(task.id for task in made if isinstance(task, Task))
        await store._write(partial(finish, first=first))


def finish(db: apsw.Connection, first: int) -> None:
    db.execute(
        "UPDATE tasks SET status = 'failed', finished_at = accepted_at WHERE id >= ?", (first,)
    )


async def creates(store: SqliteStore, key: Key, first: int, count: int, clients: int) -> None:
    numbers = iter(range(first, first + count))
    waits: list[float] = []

    async def client() -> None:
        for n in numbers:
            start = time.perf_counter()
            await store.create(draft(key, n), once(n))
            waits.append(time.perf_counter() - start)

    start = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    rate = count / (time.perf_counter() - start)
    waits.sort()
    middle, slow = waits[count // 2], waits[count * 99 // 100]
    tell(f"creates, {clients} clients", rate, f"median {middle * 1e3:.1f}, p99 {slow * 1e3:.1f} ms")


async def reads(store: SqliteStore, key: Key, total: int, count: int) -> None:
    ids = [f"task_{random.randrange(total):026}" for _ in range(count)]
    start = time.perf_counter()
    for public_id in ids:
        assert await store.find_task(key.owner_id, public_id)
    tell("find_task", count / (time.perf_counter() - start))
    start = time.perf_counter()
    for _ in range(count):
        assert await store.key(DIGEST)
    tell("key", count / (time.perf_counter() - start))


async def lists(store: SqliteStore, key: Key) -> None:
    for name, read in (
        ("tasks, a page of 20", lambda: store.tasks(key.owner_id, limit=20)),
        ("counts", store.counts),
    ):
        start, times = time.perf_counter(), 20
        for _ in range(times):
            await read()
        tell(name, times / (time.perf_counter() - start))


def disk_floor(folder: Path, seconds: float = 1.0) -> float:
    block, count = os.urandom(4096), 0
    with (folder / "floor").open("wb") as file:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            file.write(block)
            file.flush()
            os.fdatasync(file.fileno())
            count += 1
    return count / seconds


def database_floor(folder: Path, together: int, count: int = 100_000) -> float:
    db = apsw.Connection(str(folder / "floor.db"))
    db.pragma("journal_mode", "wal")
    db.pragma("synchronous", 0)
    db.execute("CREATE TABLE floor (id INTEGER PRIMARY KEY, text TEXT) STRICT")
    start = time.perf_counter()
    for numbers in groups(count, together):
        with db:
            for _ in numbers:
                db.execute("INSERT INTO floor (text) VALUES (?)", (PROMPT,))
    rate = count / (time.perf_counter() - start)
    db.close()
    return rate


def groups(count: int, size: int) -> Iterator[range]:
    for start in range(0, count, size):
        yield range(start, min(start + size, count))


def tell(name: str, rate: float, more: str = "") -> None:
    print(f"{name:32} {rate:10,.0f}/s   {more}".rstrip())


async def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--folder", type=Path, default=None)
    options.add_argument("--count", type=int, default=20_000)
    options.add_argument("--clients", type=int, default=64)
    options.add_argument("--rows", type=int, default=0)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        tell("floor, disk: fdatasync", disk_floor(folder))
        tell("floor, database: no fsync", database_floor(folder, given.clients))
        store = SqliteStore(folder / "reelway.db")
        await store.open()
        owner = await store.ensure_owner("local", "admin", NOW)
        key = await store.add_key(owner.id, "benchmark", DIGEST, "rw_bench", NOW)
        await fill(store, key, given.rows)
        await creates(store, key, given.rows, given.count, given.clients)
        await creates(store, key, given.rows + given.count, given.count // 20, 1)
        await reads(store, key, given.rows + given.count, 50_000)
        await lists(store, key)
        await store.close()


if __name__ == "__main__":
    asyncio.run(main())
