"""Shelf: who puts files on it, and who clears it.

    async with shelf:            a file is kept, and then named by a row: many at a time
        …
    async with shelf.alone():    what no row names is removed: nobody else is there
        …

Equal files are one file, so a film that has just been kept and is not named yet must not go with
another task's equal one. Those who keep are in nobody's way, and share their fsyncs and commits;
who clears waits for those who are there, and who comes after him waits for him.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Shelf:
    def __init__(self) -> None:
        self._door = asyncio.Lock()
        self._users = 0
        self._empty = asyncio.Event()

    async def __aenter__(self) -> None:
        async with self._door:
            self._users += 1

    async def __aexit__(self, *_: object) -> None:
        self._users -= 1
        if not self._users:
            self._empty.set()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        async with self._door:
            while self._users:
                self._empty.clear()
                await self._empty.wait()
            yield
