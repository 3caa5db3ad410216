"""The orders: creates in every wire's words, some for one provider only, some cancelled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from ledger import Asked
from load import Load, request_of
from weather import NAMES

from reelway.request import VideoRequest
from reelway.wire import wires
from serving import OVER

WIRES = ("native", *NAMES)
SECONDS = (5, 5, 10)  # what all of them make


class Orders(Load):
    """Each carries an Idempotency-Key, so that every one of them is answered in the end."""

    async def create(self) -> None:
        self.number += 1
        number, name = self.number, f"campaign-{self.number}"
        wire = wires()[WIRES[number % len(WIRES)]]
        asked = Asked(name=name, wire=wire.name, keyed=True, may_be_cancelled=number % 8 == 0)
        headers = {"x-reelway-provider": provider} if (provider := self.pinned(number)) else {}
        await self.send(asked, wire, wire.write_request(self.request(number, name)), headers)

    def request(self, number: int, name: str) -> VideoRequest:
        said = request_of(number, name, self.chance)
        resolution = "1080p" if number % 3 == 0 else "720p"
        return replace(said, duration=SECONDS[number % 3], resolution=resolution)

    def pinned(self, number: int) -> str | None:
        return f"{NAMES[number // 6 % len(NAMES)]}-1" if number % 6 == 1 else None

    async def wait_for_the_end(self, within: float) -> None:
        """Until each is over, or held because nobody knows whether its vendor has it."""
        end = time.monotonic() + within
        while left := [task async for task in self.unfinished() if not held(task)]:
            if time.monotonic() > end:
                for task in left:
                    self.ledger.wrong(f"not over after {within} s: {task}")
                break
            await asyncio.sleep(0.3)
        for id in list(self.ledger.open):
            await self.look(id)

    async def unfinished(self) -> AsyncIterator[dict[str, Any]]:
        for status in ("queued", "running"):
            after: str | None = None
            while True:
                query = {"status": status, "limit": 100, **({"after": after} if after else {})}
                page = (await self.http.get("/api/v1/tasks", params=query)).json()
                for task in page["data"]:
                    if task["status"] not in OVER:
                        yield task
                if (after := page["next"]) is None:
                    break


def held(task: dict[str, Any]) -> bool:
    return task["status"] == "running" and "ambiguous" in task["report"]
