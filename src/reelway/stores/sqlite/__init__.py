"""The store on SQLite, for one process on one machine.

    database    the file: opening, refusing, migrations/ and their backups
    writer      the one thread that writes, and commits in groups
    writes      the operations that it runs
    rows        rows ⇄ values
    statements  statements.sql, by name
    ways        the two ways in: the writer and the readers
    hooks       endpoints, signing secrets, deliveries
    money       the ledger, its sums, budgets
    upkeep      what the clock asks for, retention, audit, backup

Point reads run on the event loop's thread (some microseconds each, on a plain connection of its
own); what may read many rows runs on one reader thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from functools import partial
from pathlib import Path
from typing import Any

import apsw

from reelway.errors import UnknownTask
from reelway.money import NO_BUDGET, SPANS, Budget
from reelway.resource import Resource, ResourceKind
from reelway.store import Asset, Once, Replay
from reelway.stores.sqlite import money, rows, writes
from reelway.stores.sqlite.database import MIGRATIONS, prepare
from reelway.stores.sqlite.hooks import HookRows
from reelway.stores.sqlite.money import MoneyRows
from reelway.stores.sqlite.rows import Row
from reelway.stores.sqlite.statements import SQL
from reelway.stores.sqlite.upkeep import UpkeepRows
from reelway.stores.sqlite.ways import Opened
from reelway.stores.sqlite.writer import MOST_WAITING, OnDeath, Writer
from reelway.task import MOVES, TERMINAL, Draft, Event, Key, Owner, Role, Status, Task
from reelway.webhook import OVER, event_of

__all__ = ["SqliteStore"]

SWEEP = 500  # rows that one operation of a sweep deletes, so that creates get in between


class SqliteStore(HookRows, MoneyRows, UpkeepRows):
    """See `reelway.store.Store`. `backups` is the folder for copies made before a migration
    (default: beside the file). `on_death` is called, on the loop's thread, if writing ends for a
    reason that does not pass; the process should then end. `zone` is that of a budget's days."""

    def __init__(
        self,
        path: Path,
        *,
        backups: Path | None = None,
        on_death: OnDeath | None = None,
        migrations: Path = MIGRATIONS,
        most_waiting: int = MOST_WAITING,
        zone: tzinfo = UTC,
    ) -> None:
        self._path = path
        self._zone = zone
        self._backups = backups or path.parent / "backups"
        self._on_death = on_death
        self._migrations = migrations
        self._most_waiting = most_waiting
        self._opened = None

    async def open(self) -> None:
        if self._opened:
            raise RuntimeError("the store is open already")
        db = await asyncio.to_thread(prepare, self._path, self._backups, self._migrations)
        writer = Writer(db, on_death=self._on_death, most_waiting=self._most_waiting)
        self._opened = Opened(self._path, writer)
        writer.start()

    async def close(self) -> None:
        opened, self._opened = self._opened, None
        if opened:
            await opened.close()

    async def describe(self) -> Mapping[str, Any]:
        """What durability rests on, as the writing connection has it."""
        names = ("journal_mode", "synchronous", "foreign_keys", "user_version")
        values = await self._write(lambda db: {name: db.pragma(name) for name in names})
        return {"sqlite_version": apsw.sqlite_lib_version(), **values}

    # owners and keys

    async def ensure_owner(self, name: str, role: Role, now: int) -> Owner:
        return rows.owner(
            await self._write(partial(writes.ensure_owner, name=name, role=role, now=now))
        )

    async def add_key(
        self,
        owner_id: int,
        name: str,
        digest: bytes,
        prefix: str,
        now: int,
        dedupe_seconds: int = 0,
        budget: Budget = NO_BUDGET,
    ) -> Key:
        budgets = (getattr(budget, span) for span in SPANS)
        values = (owner_id, name, digest, prefix, now, dedupe_seconds, *budgets)
        return rows.key(await self._write(partial(writes.add_key, values=values, prefix=prefix)))

    async def key(self, digest: bytes) -> Key | None:
        row = self._here.row("key", (digest,))
        return rows.key(row) if row else None

    async def keys(self) -> list[Key]:
        return [rows.key(row) for row in await self._rows(SQL["keys"])]

    async def revoke_key(self, prefix: str, now: int) -> Key | None:
        row = await self._write(partial(writes.revoke_key, prefix=prefix, now=now))
        return rows.key(row) if row else None

    # tasks

    async def create(self, draft: Draft, once: Once | None = None) -> Task | Replay:
        made = await self._write(
            partial(
                writes.create,
                task=rows.task_values(draft),
                owner_id=draft.owner_id,
                now=draft.accepted_at,
                assets=draft.assets,
                once=rows.replay_values(draft, once) if once else None,
                price=money.priced(draft, self._zone) if draft.price else None,
            )
        )
        return rows.accepted(draft, made) if isinstance(made, int) else rows.replay(made)

    async def replay(self, owner_id: int, key: str) -> Replay | None:
        row = self._here.row("replay", (owner_id, key))
        return rows.replay(row) if row else None

    async def task(self, id: int) -> Task | None:
        row = self._here.row("task", (id,))
        return rows.task(row) if row else None

    async def find_task(self, owner_id: int | None, public_id: str) -> Task | None:
        if owner_id is None:
            row = self._here.row("find_any_task", (public_id,))
        else:
            row = self._here.row("find_task", (public_id, owner_id))
        return rows.task(row) if row else None

    async def tasks(
        self,
        owner_id: int,
        *,
        limit: int,
        after: str | None = None,
        status: str | None = None,
        model: str | None = None,
    ) -> list[Task]:
        filters = {"status = ?": status, "model = ?": model}
        if after is not None:
            last = self._here.row("task_state", (after, owner_id))
            if not last:
                raise UnknownTask("no task has the id that the page should begin after")
            filters["id < ?"] = last[0]
        filters = {text: value for text, value in filters.items() if value is not None}
        sql = SQL["tasks"].replace("{filters}", "".join(f" AND {text}" for text in filters))
        found = await self._rows(sql, (owner_id, *filters.values(), limit))
        return [rows.task(row) for row in found]

    async def unfinished(self, *, after: int = 0, limit: int = 1000) -> list[Task]:
        return [rows.task(row) for row in await self._rows(SQL["unfinished"], (after, limit))]

    async def late(self, *, after: int = 0, limit: int = 1000) -> list[Task]:
        return [rows.task(row) for row in await self._rows(SQL["late"], (after, limit))]

    async def move(
        self,
        task: Task,
        to: Status,
        now: int,
        changes: Mapping[str, Any] | None = None,
        assets: Sequence[tuple[str, str]] = (),
        *,
        hold: bool = False,
    ) -> Task | None:
        if to not in MOVES[task.status]:
            raise ValueError(f"a task does not go from {task.status} to {to}")
        changes = {**_moving(task, to, now), **(changes or {})}
        end = self._end(task, to, now, changes, hold)
        attempt = task.attempt + 1 if to == "queued" else task.attempt
        columns = {**rows.columns(changes), "status": to, "attempt": attempt}
        event = (task.id, task.owner_id, now, to, attempt, rows.told(changes))
        told = _telling(task, to, attempt, now)
        uses = [*assets, *rows.uses(changes)]
        return await self._change(task, columns, uses, event, told, end)

    async def note(self, task: Task, changes: Mapping[str, Any]) -> Task | None:
        columns = {**rows.columns(changes), "attempt": task.attempt}  # so that it is never empty
        return await self._change(task, columns, rows.uses(changes), None, None)

    async def set_poster(self, task_id: int, sha256: str) -> None:
        await self._write(partial(writes.set_poster, id=task_id, sha256=sha256))

    async def delete_task(self, owner_id: int, public_id: str) -> Sequence[str] | None:
        return await self._write(
            partial(writes.delete_task, owner_id=owner_id, public_id=public_id)
        )

    async def events(self, task_id: int, after: int = 0) -> list[Event]:
        return [rows.event(row) for row in await self._rows(SQL["events"], (task_id, after))]

    async def owner_events(self, owner_id: int, after: int, limit: int) -> list[Event]:
        found = await self._rows(SQL["owner_events"], (owner_id, after, limit))
        return [rows.event(row) for row in found]

    async def events_after(self, after: int, limit: int) -> list[Event]:
        return [rows.event(row) for row in self._here.all("events_after", (after, limit))]

    async def last_event(self) -> int:
        row = self._here.row("last_event", ())
        return int(row[0]) if row else 0

    async def counts(self) -> Mapping[Status, int]:
        return dict.fromkeys(MOVES, 0) | dict(await self._rows(SQL["counts"]))

    # assets

    async def add_asset(self, asset: Asset) -> None:
        info = rows.json_text(asset.info)
        values = (asset.sha256, asset.kind, asset.size, info, asset.created_at)
        await self._write(partial(writes.add_asset, values=values))

    async def asset(self, sha256: str) -> Asset | None:
        row = self._here.row("asset", (sha256,))
        return rows.asset(row) if row else None

    # resources

    async def add_resource(
        self, resource: Resource, assets: Sequence[tuple[str, str]] = ()
    ) -> None:
        values = rows.resource_values(resource)
        await self._write(partial(writes.add_resource, values=values, assets=assets))

    async def resource(self, owner_id: int, kind: ResourceKind, public_id: str) -> Resource | None:
        row = self._here.row("resource", (public_id, owner_id, kind))
        return rows.resource(row) if row else None

    async def resources(
        self, owner_id: int, kind: ResourceKind, *, limit: int, after: str | None = None
    ) -> list[Resource]:
        before = writes.END_OF_TIME
        if after is not None:
            last = self._here.row("resource", (after, owner_id, kind))
            if not last:
                raise UnknownTask("nothing has the id that the page should begin after")
            before = last[0]
        found = await self._rows(SQL["resources"], (owner_id, kind, before, limit))
        return [rows.resource(row) for row in found]

    async def delete_resource(
        self, owner_id: int, kind: ResourceKind, public_id: str
    ) -> Sequence[str] | None:
        return await self._write(
            partial(writes.delete_resource, owner_id=owner_id, kind=kind, public_id=public_id)
        )

    async def sweep(self, *, once_before: int, assets_before: int) -> Sequence[str]:
        forget = partial(writes.drop_replays, before=once_before, most=SWEEP)
        while await self._write(forget) == SWEEP:
            pass
        # Found without holding up the writer, then dropped where nothing uses them still.
        unused = [row[0] for row in await self._rows(SQL["unused_assets"], (assets_before,))]
        dropped: list[str] = []
        for start in range(0, len(unused), SWEEP):
            names = unused[start : start + SWEEP]
            dropped += await self._write(
                partial(writes.drop_assets, names=names, before=assets_before)
            )
        return dropped

    async def _change(
        self,
        task: Task,
        columns: Mapping[str, Any],
        assets: Sequence[tuple[str, str]],
        event: Row | None,
        told: writes.Telling | None,
        end: money.End | None = None,
    ) -> Task | None:
        guard = (task.id, task.status, task.attempt)
        row = await self._write(
            partial(
                writes.change,
                guard=guard,
                columns=columns,
                assets=assets,
                event=event,
                told=told,
                end=end,
            )
        )
        return rows.task(row) if row else None

    def _end(
        self, task: Task, to: Status, now: int, changes: dict[str, Any], hold: bool
    ) -> money.End | None:
        """What becomes of the money that is held; takes the cost out of the changes."""
        if to not in TERMINAL:
            return None
        cost = changes.pop("cost", None)
        if cost is not None:
            money.amount(cost)
        if hold and cost is None and to != "succeeded":
            return None
        return money.End(task, to, cost, now, self._zone)


def _moving(task: Task, to: Status, now: int) -> dict[str, Any]:
    """What a move sets by itself, where the caller does not say otherwise."""
    if to in TERMINAL:
        return {"finished_at": now}
    if to == "running":
        return {"started_at": now}
    return {"stage": None, "receipt": None, "started_at": None, "next_at": None, "rests": 0}


def _telling(task: Task, to: Status, attempt: int, now: int) -> writes.Telling | None:
    """Whom the change is to be told: the owner's endpoints, and, at the end, the address that the
    request itself named."""
    event = event_of(to, attempt)
    if event is None:
        return None
    url = task.request.webhook if event in OVER else None
    return writes.Telling(event, now, task.owner_id, url, task.wire)
