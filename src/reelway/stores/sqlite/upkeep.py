"""For the clock, the metrics, retention, audit and backup: parts of `reelway.store.Store`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from reelway.store import Audit, Due, Load, Removed
from reelway.stores.sqlite import rows, writes
from reelway.stores.sqlite.database import backup, connect
from reelway.stores.sqlite.statements import SQL
from reelway.stores.sqlite.ways import Ways
from reelway.task import Task


class UpkeepRows(Ways):
    async def due(self, now: int, limit: int = 500) -> Due:
        def found(name: str) -> list[Task]:
            return [rows.task(row) for row in self._here.all(name, (now, limit))]

        return Due(cancel=found("to_cancel"), overdue=found("overdue"), rested=found("rested"))

    async def last_films(self, limit: int) -> list[Task]:
        return [rows.task(row) for row in self._here.all("last_films", (limit,))]

    async def ended_before(self, before: int, limit: int) -> list[tuple[int, str]]:
        found = await self._rows(SQL["ended_before"], (before, limit))
        return [(row[0], row[1]) for row in found]

    async def films_before(self, before: int, limit: int) -> list[tuple[int, str]]:
        found = await self._rows(SQL["films_before"], (before, limit))
        return [(row[0], row[1]) for row in found]

    async def load(self) -> Load:
        row = (await self._rows(SQL["load"]))[0]
        writer = self._here.writer
        return Load(
            queued=row[0],
            running=row[1],
            oldest_queued_at=row[2],
            deliveries=row[3],
            oldest_delivery_at=row[4],
            writes_waiting=writer.waiting,
            writes=writer.writes,
            commits=writer.commits,
        )

    async def drop_film(self, task_id: int, now: int) -> Sequence[str] | None:
        return await self._write(partial(writes.drop_film, id=task_id, now=now))

    async def going(self, *, tasks: int, films: int, deliveries: int, unused: int) -> Removed:
        row = (await self._rows(SQL["going"], (tasks, films, deliveries, unused)))[0]
        names = ("tasks", "films", "deliveries", "files", "bytes")
        return Removed(**dict(zip(names, row, strict=True)))

    async def audit(
        self, actor: str, act: str, subject: str, data: Mapping[str, Any], now: int
    ) -> None:
        values = (now, actor, act, subject, rows.json_text(data))
        await self._write(partial(writes.add_audit, values=values))

    async def audits(self, limit: int, before: int | None = None) -> list[Audit]:
        start = writes.END_OF_TIME if before is None else before
        return [rows.audit(row) for row in await self._rows(SQL["audit"], (start, limit))]

    async def backup(self, target: Path) -> Mapping[str, int]:
        """On a connection of its own: readers and the writer go on meanwhile."""
        return await asyncio.to_thread(self._copy, target)

    async def files_of(self, copy: Path, *, after: str, limit: int) -> list[tuple[str, int]]:
        return await asyncio.to_thread(_files, copy, (after, limit))

    def _copy(self, target: Path) -> Mapping[str, int]:
        db = connect(self._path, writing=False)
        try:
            db.pragma("query_only", 0)  # the copy is another file
            backup(db, target)
        finally:
            db.close()
        db = connect(target, writing=False)
        try:
            return {"schema": db.pragma("user_version"), **dict(db.execute(SQL["counts"]))}
        finally:
            db.close()


def _files(copy: Path, page: tuple[str, int]) -> list[tuple[str, int]]:
    db = connect(copy, writing=False)
    try:
        return [(name, size) for name, size in db.execute(SQL["files_after"], page)]
    finally:
        db.close()
