"""What the clock and the metrics ask for, retention, audit and backup: parts of `reelway.store.Store`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from reelway.store import Audit, Due, Load
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

    async def drop_film(self, task_id: int, now: int) -> Sequence[str]:
        return await self._write(partial(writes.drop_film, id=task_id, now=now))

    async def audit(
        self, actor: str, act: str, subject: str, data: Mapping[str, Any], now: int
    ) -> None:
        values = (now, actor, act, subject, rows.json_text(data))
        await self._write(partial(writes.add_audit, values=values))

    async def audits(self, limit: int, before: int | None = None) -> list[Audit]:
        start = writes.END_OF_TIME if before is None else before
        return [rows.audit(row) for row in await self._rows(SQL["audit"], (start, limit))]

    async def backup(self, target: Path) -> None:
        """On a connection of its own: readers and the writer go on meanwhile."""
        await asyncio.to_thread(self._copy, target)

    def _copy(self, target: Path) -> None:
        db = connect(self._path, writing=False)
        try:
            db.pragma("query_only", 0)  # the copy is another file
            backup(db, target)
        finally:
            db.close()
