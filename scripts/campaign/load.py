"""The load: creates in every wire's words, readers, cancels, downloads."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import random
import struct
import time
import zlib
from typing import Any

import httpx
from ledger import Asked, Ledger

from reelway.request import Image, VideoRequest
from reelway.wire import Call, Reply, Wire, wires
from serving import OVER

WIRES = ("native", "novita", "myrouter", "mulerouter", "aihubmax")
SCENES = ("a paper boat in a gutter", "a lighthouse in fog", "a fox on snow", "rain on a temple")
STILL = {"x-reelway-model": "animatic-still"}


def png(seed: int, side: int = 320) -> str:
    """A small picture of its own, as base64."""
    rows = b"".join(b"\0" + bytes([(seed * 37 + y) % 256, y % 256, 90]) * side for y in range(side))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).decode()


def request_of(number: int, name: str, chance: random.Random) -> VideoRequest:
    """A film of three or five seconds; the name stands in its prompt, which every wire has."""
    image = Image(source=png(number)) if number % 7 == 0 else None
    return VideoRequest(
        kind="image" if image else "text",
        prompt=f"{chance.choice(SCENES)}, {name}.",
        duration=5,
        sound=number % 4 == 1,
        first_frame=image,
    )


def with_hook(call: Call, wire: Wire, url: str) -> None:
    """Name the address in that wire's own field; MuleRouter has none."""
    if wire.name in ("novita", "myrouter"):
        call.data["extra"] = {"webhook": {"url": url}}
    elif wire.name == "aihubmax":
        call.data["callback_url"] = url
    elif wire.name == "native":
        call.data["webhook"] = url


class Load:
    def __init__(
        self, ledger: Ledger, http: httpx.AsyncClient, chance: random.Random, options: Any
    ) -> None:
        self.ledger = ledger
        self.http = http
        self.chance = chance
        self.options = options
        self.receiver = ""  # its address
        self.number = 0
        self.loading = self.reading = True

    async def client(self, clients: int) -> None:
        while self.loading:
            if len(self.ledger.open) < self.options.backlog:
                await self.create()
            await asyncio.sleep(self.chance.expovariate(self.options.rate / clients))

    async def create(self) -> None:
        self.number += 1
        number, name = self.number, f"campaign-{self.number}"
        wire = wires()[WIRES[number % len(WIRES)]]
        hook = f"/own/{name}" if number % 3 == 0 and wire.name != "mulerouter" else None
        late = number % 11 == 0  # cancelled by the clock
        asked = Asked(
            name=name,
            wire=wire.name,
            keyed=number % 6 != 0,
            hook=hook,
            may_be_cancelled=late or number % 8 == 0,
        )
        call = wire.write_request(request_of(number, name, self.chance))
        if hook:
            with_hook(call, wire, self.receiver + hook)
        headers = dict(STILL) if number % 3 or late else {"x-reelway-model": "animatic"}
        if late:
            headers |= {"x-reelway-cancel-after": "1"}
        await self.send(asked, wire, call, headers)

    async def send(self, asked: Asked, wire: Wire, call: Call, headers: dict[str, str]) -> None:
        """Until there is an answer; without a key, once."""
        if asked.keyed:
            headers = {**headers, "idempotency-key": asked.name}
        self.ledger.asked[asked.name] = asked
        path = f"/{wire.name}{call.path}"
        while (
            reply := await self.post(path, call.data, headers)
        ) is None or reply.status_code == 503:
            if reply is not None:  # refused for the moment: nothing was made
                self.ledger.counts["answered 503, and sent again"] += 1
            elif not asked.keyed:
                self.ledger.counts["given up: broken, and without a key"] += 1
                return
            else:
                self.ledger.counts["sent again with the same key"] += 1
            await asyncio.sleep(0.02)
        await self.accepted(asked, wire, reply)

    async def accepted(self, asked: Asked, wire: Wire, reply: httpx.Response) -> None:
        if reply.status_code not in (200, 201, 202):
            self.ledger.wrong(f"{asked.name} was answered {reply.status_code}: {reply.text[:200]}")
            return
        if reply.headers.get("idempotency-replayed"):
            self.ledger.counts["answered by replay"] += 1
        id = wire.read_receipt(Reply(status=reply.status_code, data=reply.json())).id
        self.ledger.accepted[asked.name] = id
        self.ledger.open.add(id)
        if asked.may_be_cancelled and self.chance.random() < 0.7:
            await asyncio.sleep(self.chance.uniform(0, 0.6))
            await self.cancel(id)

    async def post(self, path: str, body: Any, headers: dict[str, str]) -> httpx.Response | None:
        """None when the connection broke, and whether it was accepted is not known."""
        self.ledger.counts["creates sent"] += 1
        try:
            return await self.http.post(path, json=body, headers=headers)
        except httpx.TransportError:
            return None

    async def cancel(self, id: str) -> None:
        began = time.monotonic()
        try:
            reply = await self.http.post(f"/api/v1/tasks/{id}/cancel")
        except httpx.TransportError:
            self.ledger.counts["cancels broken by a kill"] += 1
            return
        if reply.status_code == 200:
            self.ledger.cancelled.add(id)
            self.ledger.took("from cancel to its answer", time.monotonic() - began)
        elif reply.status_code != 409:
            self.ledger.wrong(f"cancelling {id} was answered {reply.status_code}: {reply.text}")
        self.ledger.counts[f"cancels answered with {reply.status_code}"] += 1

    # reading what has become of it

    async def reader(self) -> None:
        while self.reading:
            ids = list(self.ledger.open) if self.chance.random() < 0.8 else list(self.ledger.over)
            if ids:
                await self.look(self.chance.choice(ids))
            await asyncio.sleep(0.02)

    async def look(self, id: str) -> None:
        ledger = self.ledger
        try:
            reply = await self.http.get(f"/api/v1/tasks/{id}")
            if reply.status_code != 200:
                ledger.wrong(f"reading {id} was answered {reply.status_code}: {reply.text[:200]}")
                ledger.open.discard(id)
                return
            ledger.counts["reads"] += 1
            task = reply.json()
            before = ledger.over.get(id)
            if before and before != task["status"]:
                ledger.wrong(f"{id} was {before} and is {task['status']}")
            if task["status"] in OVER:
                ledger.open.discard(id)
                ledger.over[id] = task["status"]
                await self.look_through_each_wire(id, task["status"])
            if task["status"] == "succeeded":
                await self.download(task)
        except httpx.TransportError:
            ledger.counts["reads broken by a kill"] += 1
            await asyncio.sleep(0.02)

    async def look_through_each_wire(self, id: str, status: str) -> None:
        """Whatever wire it came in, each tells the same; those without a word for cancelled say
        that it failed."""
        wire = wires()[self.chance.choice(WIRES[1:])]
        lookup = wire.write_lookup(id, VideoRequest())
        path = f"/{wire.name}{lookup.path}"
        reply = await self.http.get(path, params=dict(lookup.query))
        view = wire.read_task(Reply(status=reply.status_code, data=reply.json()))
        same = {status, "failed"} if status == "cancelled" else {status}
        if (view.id, view.status in same) != (id, True):
            self.ledger.wrong(f"{id} is {status}, and {wire.name} tells {view.status}")

    async def download(self, task: dict[str, Any]) -> None:
        film = task["film"]
        digest, size = hashlib.sha256(), 0
        async with self.http.stream("GET", film["url"]) as reply:
            async for part in reply.aiter_raw():
                digest.update(part)
                size += len(part)
        if (reply.status_code, size, digest.hexdigest()) != (200, film["bytes"], film["sha256"]):
            self.ledger.wrong(f"{task['id']}: the link gave {reply.status_code}, {size} bytes")
        self.ledger.counts["downloads"] += 1
        self.ledger.downloaded.add(task["id"])

    async def wait_for_the_end(self, within: float) -> None:
        end = time.monotonic() + within
        while self.ledger.open or await self.some_unfinished():
            if time.monotonic() > end:
                self.ledger.wrong(f"not over after {within} s: {self.ledger.open}")
                return
            await asyncio.sleep(0.2)

    async def some_unfinished(self) -> bool:
        """Also of those whose answer was lost."""
        for status in ("queued", "running"):
            reply = await self.http.get("/api/v1/tasks", params={"status": status, "limit": 1})
            if reply.json()["data"]:
                return True
        return False

    async def read_all(self) -> None:
        for id in self.ledger.accepted.values():
            if id not in self.ledger.downloaded:
                await self.look(id)
