"""HTTP/1.1 by hand, so that an answer can be cut, dripped, begun late or said twice.

Call ── handler ──> Answer | Cut
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

MOST_HEAD = 64 << 10
MOST_BODY = 128 << 20


@dataclass(frozen=True, kw_only=True)
class Call:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    def json(self) -> Any:
        """Raises ValueError."""
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`cut` bytes of the body are sent and the connection is lost; `drip` is bytes a second."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    drip: float | None = None
    twice: bool = False

    def json(self) -> Any:
        return json.loads(self.body)


class Cut(Exception):
    """The connection ends here, with nothing said; `reset` by RST instead of FIN."""

    def __init__(self, *, reset: bool = False) -> None:
        super().__init__("cut")
        self.reset = reset


Handler = Callable[[Call], Awaitable[Answer]]


def answer(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
    """JSON as it is usually sent."""
    content = json.dumps(body, ensure_ascii=False).encode()
    return Answer(
        status=status,
        body=content,
        headers={"Content-Type": "application/json", **(headers or {})},
    )


class Listener:
    """One port. Closing it ends every connection, also those under way."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.broken: list[Exception] = []  # what the handler should not have raised

    async def open(self, host: str, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(
            self._take, host, port, ssl=tls, limit=MOST_HEAD, backlog=1024
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (call := await read(reader)) is not None:
                said = await self._handler(call)
                await write(writer, said, head_only=call.method == "HEAD")
                if said.cut is not None or call.headers.get("connection", "").lower() == "close":
                    break
        except Cut as cut:
            if cut.reset:
                reset(writer)
        except BadCall:
            await write(writer, Answer(status=400), head_only=False)
        except ConnectionError:
            pass  # the caller went away: that is its right
        except Exception as error:  # a fault of the fake itself must not pass for one it plays
            self.broken.append(error)
            said = Answer(status=500, body=f"the fake is broken: {error!r}".encode())
            await write(writer, said, head_only=False)
        finally:
            writer.transport.abort() if writer.is_closing() else writer.close()


class BadCall(Exception):
    """Not HTTP/1.1 as this understands it."""


async def read(reader: asyncio.StreamReader) -> Call | None:
    """The next call, or None where the connection ended before it."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise ConnectionResetError("the head was cut") from None
        return None
    except asyncio.LimitOverrunError:
        raise BadCall("head too long") from None
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    try:
        method, target, _ = first.split(" ")
        pairs = [line.split(":", 1) for line in lines]
        headers = {name.strip().lower(): value.strip() for name, value in pairs}
    except ValueError:
        raise BadCall(first) from None
    parts = urlsplit(target)
    return Call(
        method=method,
        path=unquote(parts.path),
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers=headers,
        body=await _body(reader, headers),
    )


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    try:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            chunks = []
            while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
                chunks.append(await reader.readexactly(size))
                await reader.readexactly(2)
            await reader.readuntil(b"\r\n")  # no trailers
            return b"".join(chunks)
        length = int(headers.get("content-length", "0"))
        if not 0 <= length <= MOST_BODY:
            raise BadCall("body too long")
        return await reader.readexactly(length)
    except ValueError:
        raise BadCall("length of the body") from None
    except asyncio.IncompleteReadError:
        raise ConnectionResetError("the body was cut") from None


async def write(writer: asyncio.StreamWriter, said: Answer, *, head_only: bool) -> None:
    headers = {"Content-Length": str(len(said.body)), **said.headers}
    phrase = HTTPStatus(said.status).phrase if said.status in set(HTTPStatus) else "Odd"
    lines = [f"HTTP/1.1 {said.status} {phrase}", *(f"{n}: {v}" for n, v in headers.items())]
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    body = b"" if head_only else said.body[: said.cut]
    for _ in range(2 if said.twice else 1):
        writer.write(head)
        if said.drip:
            await _drip(writer, body, said.drip)
        else:
            writer.write(body)
        await writer.drain()


async def _drip(writer: asyncio.StreamWriter, body: bytes, rate: float) -> None:
    step = max(1, int(rate / 20))
    for start in range(0, len(body), step):
        writer.write(body[start : start + step])
        await writer.drain()
        await asyncio.sleep(step / rate)


def reset(writer: asyncio.StreamWriter) -> None:
    """Let the close that follows be a RST."""
    held: socket.socket | None = writer.get_extra_info("socket")
    if held is not None:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
