"""Alarm: sleep until a time, or until somebody rings because a task's row has changed.

rung = await alarm.sleep(task.id, seconds)
alarm.ring(task.id)            whoever sleeps there looks now
alarm.close()                  nobody sleeps any more: their flows end where they are
"""

from __future__ import annotations

import asyncio


class Alarm:
    def __init__(self) -> None:
        self._sleepers: dict[int, asyncio.Future[None]] = {}  # by task
        self._closed = False

    async def sleep(self, task_id: int, seconds: float) -> bool:
        """Whether somebody rang. Raises CancelledError once it is closed."""
        if self._closed:
            raise asyncio.CancelledError
        woken = asyncio.get_running_loop().create_future()
        self._sleepers[task_id] = woken
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await woken
            return True
        except TimeoutError:
            return False
        finally:
            if self._sleepers.get(task_id) is woken:
                del self._sleepers[task_id]

    def ring(self, task_id: int) -> None:
        sleeper = self._sleepers.get(task_id)
        if sleeper is not None and not sleeper.done():
            sleeper.set_result(None)

    def close(self) -> None:
        self._closed = True
        for sleeper in self._sleepers.values():
            sleeper.cancel()
