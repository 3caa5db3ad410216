"""A request's head has bounds, and its body a pace: over real sockets, in the same uvicorn as the
server's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn

from reelway.server import protocol
from reelway.server.http import Out
from reelway.server.protocol import MOST_HEAD, BoundedProtocol

GET = b"GET / HTTP/1.1\r\nhost: a\r\n"


async def app(scope, receive, send) -> None:
    """Reads the body, and answers with its length."""
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    await Out(status=200, body=str(size).encode()).send(send)


@asynccontextmanager
async def link() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to such a server."""
    config = uvicorn.Config(app, port=0, http=BoundedProtocol, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await server.shutdown()


async def answer(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(10):
        return await reader.read(4096)


async def test_a_head_of_any_usual_size_is_taken() -> None:
    async with link() as (reader, writer):
        for _ in range(3):  # one connection, kept alive
            writer.write(GET + b"x: " + b"a" * 30_000 + b"\r\n\r\n")
            assert (await answer(reader)).startswith(b"HTTP/1.1 200")


async def test_a_large_body_is_no_large_head() -> None:
    async with link() as (reader, writer):
        body = b"a" * (4 * MOST_HEAD)
        head = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % len(body)
        for _ in range(2):
            writer.write(head + body)
            assert (await answer(reader)).endswith(str(len(body)).encode())


@pytest.mark.parametrize(
    "begin",
    [GET + b"x: ", b"GET /", GET + b"x: 1\r\n" * 100 + b"y: "],
    ids=["header", "path", "many"],
)
async def test_a_head_without_end_is_refused(begin: bytes) -> None:
    async with link() as (reader, writer):
        writer.write(begin)
        sent = 0
        try:
            while not writer.is_closing() and sent < 200 * MOST_HEAD:
                writer.write(b"a" * 8192)
                await writer.drain()
                sent += 8192
                if reader.at_eof():
                    break
        except ConnectionError:
            return  # the server closed while more was under way, which may drop its words
        assert sent < 200 * MOST_HEAD
        assert (await answer(reader)).startswith(b"HTTP/1.1 431")


@pytest.mark.parametrize("said", [b"", b"GET / HT", GET], ids=["nothing", "a word", "headers"])
async def test_a_head_that_does_not_come_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.05)
    async with link() as (reader, writer):
        writer.write(said)
        assert (await answer(reader)).startswith(b"HTTP/1.1 408")
        assert await answer(reader) == b""


async def test_the_second_head_is_not_waited_for_either(monkeypatch: pytest.MonkeyPatch) -> None:
    async with link() as (reader, writer):
        writer.write(GET + b"\r\n")
        assert (await answer(reader)).startswith(b"HTTP/1.1 200")
        monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.05)
        writer.write(b"GET /")
        assert (await answer(reader)).startswith(b"HTTP/1.1 408")


async def test_a_whole_head_stops_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)
    async with link() as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\n")
        await writer.drain()
        async with link() as (other, _):  # begun later: when its time is over, so is the first's
            assert (await answer(other)).startswith(b"HTTP/1.1 408")
        writer.write(b"a")
        assert (await answer(reader)).startswith(b"HTTP/1.1 200")


POST = b"POST / HTTP/1.1\r\nhost: a\r\n"


@pytest.mark.parametrize(
    "said",
    [
        POST + b"content-length: 100\r\n\r\n",
        POST + b"content-length: 100\r\n\r\n" + b"a" * 99,
        POST + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ],
    ids=["nothing", "not all", "chunks"],
)
async def test_a_body_that_does_not_come_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(protocol, "BODY_SECONDS", 0.05)
    async with link() as (reader, writer):
        writer.write(said)
        assert (await answer(reader)).startswith(b"HTTP/1.1 408")
        assert await answer(reader) == b""


async def test_nor_is_one_that_comes_a_byte_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "BODY_SECONDS", 0.05)
    async with link() as (reader, writer):
        writer.write(POST + b"content-length: 1000000\r\n\r\n")
        waiting = asyncio.create_task(answer(reader))
        while not waiting.done():
            writer.write(b"a")
            await asyncio.sleep(0.005)
        assert (await waiting).startswith(b"HTTP/1.1 408")


async def test_a_body_that_keeps_its_pace_may_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "BODY_SECONDS", 0.05)
    monkeypatch.setattr(protocol, "LEAST_BODY", 2)
    looks = 0
    look = BoundedProtocol._look_at_body

    def counted(self: BoundedProtocol) -> None:
        nonlocal looks
        looks += 1
        look(self)

    monkeypatch.setattr(BoundedProtocol, "_look_at_body", counted)
    async with link() as (reader, writer):
        for _ in range(2):
            size, looks = 0, 0
            writer.write(POST + b"transfer-encoding: chunked\r\n\r\n")
            while looks < 3:
                writer.write(b"4\r\nabcd\r\n")
                size += 4
                await asyncio.sleep(0.002)
            writer.write(b"0\r\n\r\n")
            assert (await answer(reader)).endswith(b"\r\n\r\n" + str(size).encode())
