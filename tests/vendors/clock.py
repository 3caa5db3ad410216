"""A vendor's time: our own times `speed`, or, with speed 0, still until it is moved."""

from __future__ import annotations

import asyncio
import time


class Clock:
    def __init__(self, speed: float = 1.0, start: int | None = None) -> None:
        if speed < 0:
            raise ValueError("speed must be 0 or more")
        self.speed = speed
        self._start = int(time.time() * 1000) if start is None else start
        self._begun = time.monotonic()
        self._moved = asyncio.Condition()

    def now(self) -> int:
        """Milliseconds, UTC."""
        return self._start + int((time.monotonic() - self._begun) * self.speed * 1000)

    async def advance(self, seconds: float) -> None:
        self._start += int(seconds * 1000)
        async with self._moved:
            self._moved.notify_all()

    async def until(self, at: int) -> None:
        """Return once it is `at` here."""
        while (left := at - self.now()) > 0:
            within = left / 1000 / self.speed if self.speed else None
            try:
                async with asyncio.timeout(within), self._moved:
                    await self._moved.wait()
            except TimeoutError:
                continue
