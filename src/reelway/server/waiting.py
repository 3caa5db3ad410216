"""`?wait=seconds` where a task is shown: the answer comes once it is over, or after that time.

Ours, on every wire, whatever its vendor has. `Prefer: wait=seconds` (RFC 7240) is the same as a
wish: what cannot be granted is not refused.
"""

from __future__ import annotations

import asyncio
import re

from reelway.errors import InvalidRequest, UnknownTask
from reelway.server.asked import Asked
from reelway.server.http import left
from reelway.task import Task
from reelway.wire import Call

LONGEST = 60  # seconds
NAME = "wait"
SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)
PREFERRED = re.compile(r"""(?:^|[,;])\s*wait\s*=\s*"?([0-9]{1,6})"?\s*(?:$|[,;])""", re.I | re.A)


def wait_of(call: Call) -> float:
    """Seconds. Raises InvalidRequest."""
    if (text := call.query.get(NAME)) is not None:
        if not SECONDS.fullmatch(text) or float(text) > LONGEST:
            raise InvalidRequest(
                f"{NAME} must be a number of seconds between 0 and {LONGEST}", field=NAME
            )
        return float(text)
    if preferred := PREFERRED.search(call.headers.get("prefer", "")):
        return float(min(int(preferred[1]), LONGEST))
    return 0.0


async def until_over(task: Task, seconds: float, asked: Asked) -> Task:
    """The task once it is over; else as it stands after so many seconds, or when the caller goes
    away or the server stops. Raises UnknownTask where it is deleted meanwhile."""
    news, loop = asked.means.news, asyncio.get_running_loop()
    end = loop.time() + seconds
    with news.watch(task.id) as watch:
        gone = asyncio.create_task(left(asked.receive))
        gone.add_done_callback(lambda _: watch.stir())
        try:
            while True:
                row = await asked.means.store.task(task.id)
                if row is None:
                    raise UnknownTask("no such task")
                if row.over or news.released or gone.done():
                    return row
                if not await watch.changed(end - loop.time()):
                    return row
        finally:
            gone.cancel()
