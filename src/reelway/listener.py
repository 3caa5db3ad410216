"""A listener: what is held for one open stream of events until it is sent.

    hear ─> held ─> next ─> sent by the stream        `busy` from there to the next `next`

While it reads the rows of the past, what comes in is held; what the rows had told already is left
out when it is taken. One for which too much is held, or that takes nothing for two beats, is cut
off: it comes back and reads on from the rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reelway.task import TERMINAL, Event
from reelway.wire import Wire

MOST_HELD = 1000  # things said
MOST_BEATS = 2  # that may pass while one is being sent to


@dataclass(frozen=True, slots=True)
class Said:
    """A notice as it goes to everybody. `last`: nothing comes after it of that task."""

    data: bytes
    id: int | None = None
    last: bool = False


class Listener:
    """To one task, or to all of an owner; `after` is the id of the last event it had. `abort`
    closes its connection though it may be in the middle of a send."""

    __slots__ = (
        "_beats", "_busy", "_held", "_missed", "_over", "_reading", "_wait",
        "abort", "after", "digest", "owner_id", "task_id", "wire",
    )  # fmt: skip

    def __init__(
        self,
        wire: Wire,
        *,
        owner_id: int,
        task_id: int | None,
        digest: bytes,
        after: int,
        abort: Callable[[], object] | None = None,
    ) -> None:
        self.wire, self.owner_id, self.task_id = wire, owner_id, task_id
        self.digest, self.after, self.abort = digest, after, abort
        self._held: list[Said] = []
        self._wait: asyncio.Future[None] | None = None
        self._busy = self._reading = True
        self._missed = self._over = False
        self._beats = 0

    # From the hub

    def hear(self, said: Said) -> None:
        if self._over:
            return
        if len(self._held) < MOST_HELD:
            self._held.append(said)
            self._rouse()
        elif self._reading:  # the rows have it
            self._missed = True
        else:
            self.cut()

    def beat(self, said: Said) -> None:
        if not self._busy:
            self.hear(said)
            return
        self._beats += 1
        if self._beats > MOST_BEATS:
            self.cut()

    def end(self, said: Said | None = None) -> None:
        """Once all that is held is sent, and `said` after it."""
        if self._over:
            return
        if said is not None:
            self._held.append(said)
        self._over = True
        self._rouse()

    def cut(self) -> None:
        """At once."""
        self._over = True
        self._held.clear()
        self._rouse()
        if self._busy and self.abort is not None:
            self.abort()

    def _rouse(self) -> None:
        if self._wait is not None and not self._wait.done():
            self._wait.set_result(None)

    # From the stream

    def read(self) -> None:
        """Rows are read now: what is held until here they will have."""
        self._beats, self._missed = 0, False
        if not self._over:
            self._held.clear()

    def caught_up(self, events: Sequence[Event], more: bool) -> bool:
        """Take note of rows that were read and are about to be sent, with `more` to come; whether
        they reach the present."""
        if events:
            self.after = events[-1].id
        if self.task_id is not None and any(event.status in TERMINAL for event in events):
            self._held.clear()
            self._over = True
        self._reading = not self._over and (more or self._missed)
        return not self._reading

    async def next(self) -> bytes:
        """What is to be sent now; nothing at the end."""
        self._busy, self._beats = False, 0
        while True:
            if self._held:
                held, self._held = self._held, []
                if data := self._fresh(held):
                    self._busy = True
                    return data
            elif self._over:
                await asyncio.sleep(0)  # the others hear first, then this one is cleared away
                return b""
            else:
                self._wait = asyncio.get_running_loop().create_future()
                await self._wait
                self._wait = None

    def _fresh(self, held: Sequence[Said]) -> bytes:
        parts = []
        for said in held:
            if said.id is not None:
                if said.id <= self.after:
                    continue
                self.after = said.id
            parts.append(said.data)
            if said.last and self.task_id is not None:
                self._over = True
                break
        return b"".join(parts)
