"""A webhook receiver that misbehaves: of ten messages it takes some seven as it should.

The others are answered with 500, with 429 and Retry-After, with a redirect, late, with nothing at
all, or taken and then answered by a cut connection, which is the case in which a sender must
repeat what has arrived already. Every message is checked by the `standardwebhooks` package.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
from ledger import Ledger
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

SLOW = (0.2, 2.0)  # seconds
LOST = "taken, and the connection cut"


@dataclass
class Message:
    """All that came under one webhook-id."""

    path: str
    body: dict[str, Any]
    came: int = 0
    taken: int = 0  # answered with 2xx, or taken and cut off
    answered: int = 0  # with 2xx


@dataclass
class Receiver:
    ledger: Ledger
    chance: random.Random
    behaves: bool = False
    secrets: dict[str, str] = field(default_factory=dict)  # first part of the path → secret
    messages: dict[str, Message] = field(default_factory=dict)  # by webhook-id
    counts: Counter[str] = field(default_factory=Counter)
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Receiver:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()

    @property
    def address(self) -> str:
        assert self._server
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            path = head[0].split(" ")[1]
            writer.write(await self._answer(path, headers, body))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            self.counts["messages that broke off"] += 1
        finally:
            writer.close()

    async def _answer(self, path: str, headers: dict[str, str], body: bytes) -> bytes:
        message = self._read(path, headers, body)
        if message is None:
            return _http(400)
        mood = "well" if self.behaves else self._mood()
        self.counts[f"webhooks answered: {mood}"] += 1
        if mood in ("well", "late", LOST):
            message.taken += 1
        if mood == "late":
            await asyncio.sleep(self.chance.uniform(*SLOW))
        if mood in ("well", "late"):
            message.answered += 1
            return _http(204)
        answers = {"429": _http(429, "retry-after: 1"), "301": _http(301, "location: /elsewhere")}
        return b"" if mood in ("nothing", LOST) else answers.get(mood, _http(500))

    def _mood(self) -> str:
        moods = ("well", "late", "500", "429", "301", "nothing", LOST)
        return self.chance.choices(moods, (62, 8, 8, 6, 4, 6, 6))[0]

    def _read(self, path: str, headers: dict[str, str], body: bytes) -> Message | None:
        """Check the signature, and count it under its id."""
        secret = self.secrets.get(path.split("/")[1])
        if secret is None:
            self.ledger.wrong(f"a message came to {path}, which nobody named")
            return None
        try:
            data = Webhook(secret).verify(body, headers)
        except (WebhookVerificationError, ValueError) as error:
            self.ledger.wrong(f"the signature of a message to {path}: {error}")
            return None
        known = self.messages.setdefault(headers["webhook-id"], Message(path, json.loads(body)))
        known.came += 1
        if known.path != path:
            self.ledger.wrong(f"{headers['webhook-id']} came to {known.path} and to {path}")
        if not isinstance(data, dict):
            self.ledger.wrong(f"a message to {path} is no object")
        return known


async def register(http: httpx.AsyncClient, receiver: Receiver) -> None:
    """Two endpoints, each in other words, and the owner's secret for addresses in requests."""
    for name, wire in (("all", "native"), ("mule", "mulerouter")):
        body = {"url": f"{receiver.address}/{name}", "wire": wire}
        reply = await http.post("/api/v1/webhooks", json=body)
        reply.raise_for_status()
        receiver.secrets[name] = reply.json()["secret"]
    reply = await http.get("/api/v1/webhook-secret")
    reply.raise_for_status()
    receiver.secrets["own"] = reply.json()["secret"]


async def all_delivered(http: httpx.AsyncClient, ledger: Ledger, within: float) -> None:
    """Until none is pending; those that wait for a later try are sent now, by hand."""
    end = time.monotonic() + within
    while True:
        reply = await http.get("/api/v1/deliveries", params={"status": "pending", "limit": 100})
        if not (pending := reply.json()["data"]):
            return
        if time.monotonic() > end:
            ledger.wrong(f"deliveries pending after {within} s: {pending[:3]}")
            return
        await asyncio.sleep(0.5)


def _http(status: int, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Said", "content-length: 0", "connection: close", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
