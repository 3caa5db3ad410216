"""Previews: the film in small, with each third frame alone, from a child of their own.

A film never waits for a preview, nor a preview for a film. The child is begun at the first one and
ends a minute after the last; it makes one at a time, and whoever waits for it is bounded elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from reelway.child import Child, ChildDied, ChildSlow
from reelway.engine import Failure, Film, Run
from reelway.errors import Overloaded
from reelway.request import VideoRequest

EVERY = 3  # frames
WITHIN = 30.0  # seconds
IDLE = 60.0  # seconds

Message = Callable[[VideoRequest, Run], dict[str, Any]]


class Glance:
    def __init__(
        self, new_child: Callable[[], Child], message: Message, idle: float = IDLE
    ) -> None:
        self._new_child, self._message, self._idle = new_child, message, idle
        self._child: Child | None = None
        self._open = 0
        self._timer: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None

    async def make(self, request: VideoRequest, run: Run) -> Film | Failure:
        """Raises Overloaded where the child cannot be begun, ends early, or takes too long."""
        child = self._child = self._child or self._new_child()
        self._open += 1
        if self._timer:
            self._timer.cancel()
        message = {**self._message(replace(request, sound=False), run), "every": EVERY}
        try:
            answer: Mapping[str, Any] = await child.call(message, within=WITHIN)
        except (ChildDied, ChildSlow, OSError) as fault:
            raise Overloaded("the preview could not be made; try again", retry_after=2) from fault
        finally:
            self._open -= 1
            if not self._open:
                self._timer = asyncio.get_running_loop().call_later(self._idle, self._end, child)
        if error := answer.get("error"):
            return Failure(code=str(error["code"]), message=str(error["message"]))
        return Film(path=run.out, report=answer["done"].get("report", {}))

    def _end(self, child: Child) -> None:
        self._ending = asyncio.get_running_loop().create_task(self._end_if_idle(child))

    async def _end_if_idle(self, child: Child) -> None:
        if not self._open:  # nobody came in the meantime
            await child.kill()

    def stop(self) -> None:
        """The child itself is ended by who ends all children."""
        if self._timer:
            self._timer.cancel()
