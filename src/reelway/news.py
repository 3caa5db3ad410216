"""Who wants to know that a task has changed: called back at once, in this process.

    news.listen(listener)      at every change of any task, until told to stop
    with news.watch(id) as w:  one task: `await w.changed(seconds)`
    news.release()             the server stops: nobody is to wait any more

Nothing is told here but "look": what is true stands in the rows. What is true only for now, and
in no row, are `Progressed` and `Placed`. A wire says a `Notice` in its words as a `Frame`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from reelway.task import Event

Listener = Callable[[int], None]  # gets the task's internal id; must not wait


@dataclass(frozen=True, kw_only=True)
class Progressed:
    task: str  # its public id
    progress: int  # per cent
    eta: int  # seconds left; 0: not known


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A queued task's place: how many go before it, and the seconds until its film is done."""

    task: str
    position: int
    eta: int


Notice = Event | Progressed | Placed


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One event of a stream (server-sent events) as plain data. Who reads on later begins after
    its `id`, where it has one."""

    event: str
    data: Any
    id: int | None = None

    def body(self) -> bytes:
        head = f"id: {self.id}\n" if self.id is not None else ""
        return f"{head}event: {self.event}\ndata: ".encode() + to_json(self.data) + b"\n\n"


class Watch:
    """One wait for one task. What happens between two calls of `changed` is not missed."""

    __slots__ = ("_future", "_loop")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._future: asyncio.Future[bool] = self._loop.create_future()

    def stir(self) -> None:
        self._end(True)

    async def changed(self, seconds: float) -> bool:
        """True as soon as there is news; False after so many seconds."""
        timer = self._loop.call_later(max(0.0, seconds), self._end, False)
        try:
            return await self._future
        finally:
            timer.cancel()
            self._future = self._loop.create_future()

    def _end(self, stirred: bool) -> None:
        if not self._future.done():
            self._future.set_result(stirred)


class News:
    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._watches: dict[int, set[Watch]] = {}
        self.released = False

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` at every change, until what this returns is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @contextmanager
    def watch(self, task_id: int) -> Iterator[Watch]:
        watch = Watch()
        self._watches.setdefault(task_id, set()).add(watch)
        try:
            yield watch
        finally:
            left = self._watches[task_id]
            left.discard(watch)
            if not left:
                del self._watches[task_id]

    def stir(self, task_id: int) -> None:
        for listener in tuple(self._listeners):
            listener(task_id)
        for watch in self._watches.get(task_id, ()):
            watch.stir()

    def release(self) -> None:
        """From here on nobody waits."""
        self.released = True
        for watches in self._watches.values():
            for watch in watches:
                watch.stir()
