"""The orders: creates in every wire's words, some for one provider only, some cancelled, some
abandoned, some by keys whose budgets do not reach.

    tight    keys of odd budgets, each for one order in sixteen, until nothing more fits
    rush     now and then ten orders at once by a key that has money for three
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from ledger import Asked
from load import Load, request_of, with_hook
from weather import NAMES

from reelway.errors import BudgetExhausted
from reelway.request import VideoRequest
from reelway.wire import Wire, wires

WIRES = ("native", *NAMES)
SECONDS = (5, 5, 10)  # what all of them make
TIGHT = (840_000, 3_333_333, 7_000_001, 15_999_999)  # micro-dollars in all
CHEAPEST, AT_ONCE, FITTING = 420_000, 10, 3
RUSHES, FIRST_RUSH, APART = 8, 12, 60  # so many; the first at that order, and then each sixty


@dataclass
class Keys:
    """Made before anybody dies; by what they may spend in all."""

    tight: list[str] = field(default_factory=list)
    rush: list[str] = field(default_factory=list)

    @property
    def budgets(self) -> dict[str, int]:
        rush = dict.fromkeys(self.rush, FITTING * CHEAPEST)
        return dict(zip(self.tight, TIGHT, strict=True)) | rush

    def make(self, order: Callable[..., Any]) -> None:
        for budget in TIGHT:
            self.tight.append(made(order, budget))
        for _ in range(RUSHES):
            self.rush.append(made(order, FITTING * CHEAPEST))


def made(order: Callable[..., Any], budget: int) -> str:
    what = {"do": "keys.create", "name": "tight", "owner": "local", "budget": {"total": budget}}
    return str(order(**what))


class Orders(Load):
    """Each carries an Idempotency-Key, so that every one of them is answered in the end."""

    keys: Keys
    rushes = 0
    refused: dict[str, str]  # our name for it → the key whose budget did not reach

    async def client(self, clients: int) -> None:
        while self.loading:
            if len(self.ledger.open) < self.options.backlog:
                await self.create()
                if self.rushes < RUSHES and self.number >= FIRST_RUSH + APART * self.rushes:
                    key = self.keys.rush[self.rushes]
                    self.rushes += 1
                    await asyncio.gather(*(self.rush(key) for _ in range(AT_ONCE)))
            await asyncio.sleep(self.chance.expovariate(self.options.rate / clients))

    async def create(self) -> None:
        self.number += 1
        number, name = self.number, f"campaign-{self.number}"
        wire = wires()[WIRES[number % len(WIRES)]]
        hook = f"/own/{name}" if number % 3 == 0 and wire.name != "mulerouter" else None
        asked = Asked(
            name=name, wire=wire.name, keyed=True, hook=hook, may_be_cancelled=number % 4 == 0
        )
        headers = {"x-reelway-provider": provider} if (provider := self.pinned(number)) else {}
        if number % 4 == 2:
            headers |= bearer(self.keys.tight[number // 4 % len(TIGHT)])
        call = wire.write_request(self.request(number, name))
        if hook:
            with_hook(call, wire, self.receiver + hook)
        await self.send(asked, wire, call, headers)

    async def rush(self, key: str) -> None:
        self.number += 1
        name = f"campaign-{self.number}"
        wire = wires()[WIRES[self.number % len(WIRES)]]
        asked = Asked(name=name, wire=wire.name, keyed=True)
        request = VideoRequest(prompt=f"a rush, {name}.", duration=5)
        await self.send(asked, wire, wire.write_request(request), bearer(key))

    async def post(self, path: str, body: Any, headers: dict[str, str]) -> httpx.Response | None:
        reply = await super().post(path, body, headers)
        if (
            reply is not None
            and "authorization" in headers
            and reply.status_code in (400, 402, 403)
        ):
            wire = wires()[path.split("/")[1]]
            if no_money(wire, reply):
                key = headers["authorization"].removeprefix("Bearer ")
                self.refused[headers["idempotency-key"]] = key
        return reply

    async def accepted(self, asked: Asked, wire: Wire, reply: httpx.Response) -> None:
        if asked.name in self.refused:
            self.ledger.counts["refused: the key's budget did not reach"] += 1
            return
        await super().accepted(asked, wire, reply)

    def request(self, number: int, name: str) -> VideoRequest:
        said = request_of(number, name, self.chance)
        resolution = "1080p" if number % 3 == 0 else "720p"
        return replace(said, duration=SECONDS[number % 3], resolution=resolution)

    def pinned(self, number: int) -> str | None:
        return f"{NAMES[number // 6 % len(NAMES)]}-1" if number % 6 == 1 else None

    async def cancel(self, id: str) -> None:
        """Half of them are abandoned, also where a vendor works on them, some time later."""
        if self.chance.random() < 0.5:
            await super().cancel(id)
            return
        await asyncio.sleep(self.chance.uniform(0, 2))
        while True:
            try:
                path = f"/api/v1/tasks/{id}/cancel"
                reply = await self.http.post(path, params={"abandon": "true"})
                break
            except httpx.TransportError:
                self.ledger.counts["abandons broken by a kill, and sent again"] += 1
                await asyncio.sleep(0.05)
        if reply.status_code == 200:
            self.ledger.cancelled.add(id)
        elif reply.status_code != 409:
            self.ledger.wrong(f"abandoning {id} was answered {reply.status_code}: {reply.text}")
        self.ledger.counts[f"abandons answered with {reply.status_code}"] += 1

    # the end

    async def until(self, true: Callable[[], list[Any]], within: float) -> None:
        """Until nothing of that is left."""
        end = time.monotonic() + within
        while left := await asyncio.to_thread(true):
            if time.monotonic() > end:
                self.ledger.wrong(f"not over after {within} s: {left}")
                break
            await asyncio.sleep(0.3)
        for id in list(self.ledger.open):
            await self.look(id)

    async def read_all(self) -> None:
        """And the films that came when their tasks were over."""
        await super().read_all()
        for id in self.ledger.accepted.values():
            task = (await self.http.get(f"/api/v1/tasks/{id}")).json()
            if task["late_result"]:
                await self.download({**task, "film": task["late_result"]})
                self.ledger.counts["late results downloaded"] += 1


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def no_money(wire: Wire, reply: httpx.Response) -> bool:
    """In that wire's own words."""
    wanted = wire.write_error(BudgetExhausted("budget"))
    return reply.status_code == wanted.status and "budget" in reply.text
