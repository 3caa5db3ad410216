"""Whose call goes next to an account, by its rate and by the rests that its vendor has asked for.

    turns.at(rate)                  so many calls a second, from now on
    turns.hold(seconds)             what a Retry-After asks for
    await turns.take("look")        until it may go
    await turns.take("create", 5)   QueueFull, where it would be longer: another may have it

Creates and looks have every other turn, while both wait.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping

from reelway.errors import QueueFull
from reelway.pace import Bucket
from reelway.tally import CallKind

NO_RATE = 100_000  # calls a second, where none is set: a bucket can be held all the same
SHORT = 5.0  # seconds of a pause in which nobody else is let past
NAP = 30.0  # seconds, after which it is asked again: by then it may be another account


class Turns:
    def __init__(
        self, name: str, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._name = name
        self._clock = clock
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._lines: Mapping[CallKind, asyncio.Lock] = {
            "create": asyncio.Lock(), "look": asyncio.Lock()
        }  # fmt: skip
        self.forget()

    def forget(self) -> None:
        """It is another account now: nothing was asked for."""
        self._bucket = Bucket(rate=NO_RATE, burst=NO_RATE)

    def at(self, rate: float | None) -> None:
        self._bucket = self._bucket.at(rate=rate or NO_RATE, burst=1 if rate else NO_RATE)

    def hold(self, seconds: float) -> None:
        self._bucket.hold(self._clock() + seconds)

    async def take(self, kind: CallKind, patience: float = math.inf) -> None:
        """Raises QueueFull for a pause that is longer than its patience, also one that is asked for
        only when it is in line already."""
        self._check(self._bucket.wait(self._clock()), patience)
        async with self._lines[kind]:
            while pause := await self._try(patience):
                await self._sleep(min(pause, NAP))

    async def _try(self, patience: float) -> float:
        """0.0 and it may go, or the seconds until it may."""
        async with self._turn:
            while pause := self._bucket.take(self._clock()):
                self._check(pause, patience)
                if pause > SHORT:
                    return pause
                await self._sleep(pause)
            return 0.0

    def _check(self, pause: float, patience: float) -> None:
        if pause > patience:
            raise QueueFull(f"{self._name} wants a rest", retry_after=math.ceil(pause))
