"""A receiver of webhooks on a real socket, which answers as it is told to.

async with receiving() as receiver:
    receiver.answers += [status(500), hang, status(204)]     then 200 for ever
    receiver.url("/hook"), receiver.got → [Received], await receiver.have(3)
    received.verified(secret) → the body's JSON, once the standardwebhooks package agrees
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import standardwebhooks.webhooks
from standardwebhooks import Webhook

HOST = "127.0.0.1"
OPEN = "127.0.0.0/8"  # for --allow-private

Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


def status(code: int, *headers: str, body: bytes = b"") -> bytes:
    lines = "".join(f"{line}\r\n" for line in (*headers, f"Content-Length: {len(body)}"))
    return f"HTTP/1.1 {code} x\r\n{lines}\r\n".encode() + body


async def hang(writer: asyncio.StreamWriter) -> None:
    """Say nothing until the other side goes away."""
    await asyncio.Event().wait()


async def close(writer: asyncio.StreamWriter) -> None:
    writer.close()


@dataclass(frozen=True, kw_only=True)
class Received:
    path: str
    headers: dict[str, str]  # lower case
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """As another's implementation verifies it, which knows the time of the try alone."""
        at = datetime.fromtimestamp(int(self.headers["webhook-timestamp"]), UTC)

        class Then(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return at

        kept = standardwebhooks.webhooks.datetime
        standardwebhooks.webhooks.datetime = Then
        try:
            return Webhook(secret).verify(self.body, self.headers)
        finally:
            standardwebhooks.webhooks.datetime = kept


@dataclass
class Receiver:
    port: int = 0
    answers: list[Answer] = field(default_factory=list)
    got: list[Received] = field(default_factory=list)
    most_open: int = 0
    opened: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str = "/hook") -> str:
        return f"http://{HOST}:{self.port}{path}"

    async def have(self, count: int, seconds: float = 10) -> list[Received]:
        async with asyncio.timeout(seconds):
            while len(self.got) < count:
                self._news.clear()
                await self._news.wait()
        return self.got

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        self.most_open = max(self.most_open, self.opened)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            pairs = (line.split(": ", 1) for line in lines)
            headers = {name.lower(): value for name, value in pairs}
            body = await reader.readexactly(int(headers["content-length"]))
            self.got.append(Received(path=first.split()[1], headers=headers, body=body))
            self._news.set()
            answer = self.answers.pop(0) if self.answers else status(200)
            if callable(answer):
                gone = asyncio.create_task(reader.read())
                said = asyncio.create_task(answer(writer))  # type: ignore[arg-type]
                await asyncio.wait({gone, said}, return_when=asyncio.FIRST_COMPLETED)
                for task in (gone, said):
                    task.cancel()
            else:
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.opened -= 1
            writer.close()


@asynccontextmanager
async def receiving(host: str = HOST) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, host, 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
