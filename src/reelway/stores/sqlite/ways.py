"""The two ways into an open database: the writer, and the connections that read."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from reelway.errors import Overloaded
from reelway.stores.sqlite.database import connect
from reelway.stores.sqlite.rows import Row
from reelway.stores.sqlite.statements import SQL, one
from reelway.stores.sqlite.writer import Operation, Writer

T = TypeVar("T")

MOST_READING = 1_000  # reads that wait for the reader thread


class Opened:
    """What is there from `open` to `close`."""

    def __init__(self, path: Path, writer: Writer) -> None:
        self.writer = writer
        self._points = connect(path, writing=False)
        self._lists = connect(path, writing=False)
        self._thread = ThreadPoolExecutor(1, "reelway-reader")
        self._reading = 0

    def row(self, name: str, values: Row) -> Row | None:
        return one(self._points, name, values)

    def all(self, name: str, values: Row) -> list[Row]:
        """A few rows, found by an index: on the loop's thread, as point reads are."""
        return self._points.execute(SQL[name], values).fetchall()

    async def rows(self, sql: str, values: Row) -> list[Row]:
        if self._reading >= MOST_READING:
            raise Overloaded("too many reads are waiting", retry_after=1)
        self._reading += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, self._read, sql, values)
        finally:
            self._reading -= 1

    def _read(self, sql: str, values: Row) -> list[Row]:
        return self._lists.execute(sql, values).fetchall()

    async def close(self) -> None:
        """The readers first: the writer, as the last one, then empties the log."""
        await asyncio.to_thread(self._thread.shutdown)
        self._points.close()
        self._lists.close()
        await self.writer.stop()


class Ways:
    """What the parts of the store share."""

    _opened: Opened | None
    _path: Path

    @property
    def _here(self) -> Opened:
        if not self._opened:
            raise RuntimeError("the store is not open")
        return self._opened

    async def _write(self, operation: Operation[T]) -> T:
        return await self._here.writer.run(operation)

    async def _rows(self, sql: str, values: Row = ()) -> list[Row]:
        return await self._here.rows(sql, values)
