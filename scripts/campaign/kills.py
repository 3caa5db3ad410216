"""The kills: the server, its engine's children and its media helpers, at moments of chance."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

from ledger import Ledger
from load import Load

from serving import Process, Server

ORPHANS_GONE = 2.0  # seconds after the death of their server
KINDS = {"child": "reelway.engines.", "media": "reelway.media"}


class Kills:
    def __init__(
        self, ledger: Ledger, load: Load, server: Server, chance: random.Random, options: Any
    ) -> None:
        self.ledger = ledger
        self.load = load
        self.server = server
        self.chance = chance
        self.options = options
        self.bursts: list[asyncio.Task[None]] = []

    async def all(self) -> None:
        kinds = [k for k in ("server", "child", "media") for _ in range(getattr(self.options, k))]
        self.chance.shuffle(kinds)
        for kind in kinds:
            await asyncio.sleep(self.chance.uniform(0.1, 1.6))
            while len(self.ledger.open) < 2:  # noqa: ASYNC110 - always under load
                await asyncio.sleep(0.05)
            if kind == "server":
                await self.kill_server()
            else:
                await self.kill_child(kind)
            self.ledger.counts[f"{kind} kills"] += 1
        await asyncio.gather(*self.bursts)

    async def kill_child(self, kind: str) -> None:
        mine: list[Process] = []
        while not mine:
            await asyncio.sleep(0.02)
            mine = [p for p in await self.children() if KINDS[kind] in p.command]
        self.chance.choice(sorted(mine, key=lambda p: p.pid)).kill()

    async def kill_server(self) -> None:
        """In the midst of some creates, a moment after they were sent."""
        self.bursts += [asyncio.create_task(self.load.create()) for _ in range(self.options.burst)]
        await asyncio.sleep(self.chance.uniform(0, 0.03))
        await self.kill_and_watch()
        if self.ledger.counts["server kills"] % 4 == 3:
            self.server.spawn()
            await asyncio.sleep(self.chance.uniform(0, 0.4))
            self.ledger.counts["server kills while it started, besides"] += 1
            await self.kill_and_watch()
        began = time.monotonic()
        await asyncio.to_thread(self.server.restart)
        self.ledger.took("from start to ready", time.monotonic() - began)

    async def kill_and_watch(self) -> None:
        children = await self.children()
        self.server.kill()
        began = time.monotonic()
        while left := [p for p in children + self.server.orphans() if p.alive]:
            if time.monotonic() - began > ORPHANS_GONE:
                self.ledger.wrong(f"children outlived their server: {left}")
                break
            await asyncio.sleep(0.005)
        self.ledger.took("from a server's death to its last child's", time.monotonic() - began)

    async def children(self) -> list[Process]:
        return await asyncio.to_thread(self.server.children)
