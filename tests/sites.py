"""Small HTTP servers on loopback that say exactly what a test wants, right or wrong; and a client
with its way out opened to one of them.

127.0.0.2 is opened and plays the public internet; 127.0.0.1 is not, and a canary there must hear
nothing. Sockets to any other address fail in the test itself. The fixtures are named
in each test file that wants them.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_address, ip_network
from shutil import which

import pytest

from reelway.errors import InvalidRequest
from reelway.outbound import Outbound
from requires import require

PUBLIC, PRIVATE = "127.0.0.2", "127.0.0.1"
OPEN = (ip_network("127.0.0.2/32"),)
OK = "HTTP/1.1 200 OK\r\n"


class Site:
    """Answers each path with bytes or a script that writes them; keeps what it heard."""

    def __init__(self):
        self.heard, self.paths, self.port, self.open, self.most_open = [], {}, 0, 0, 0
        self.greeting = b""  # said instead, before anything is asked
        self.news = asyncio.Condition()  # somebody connected

    async def serve(self, reader, writer):
        self.heard.append("connected")
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        async with self.news:
            self.news.notify_all()
        try:
            if self.greeting:
                writer.write(self.greeting)
                return await writer.drain()
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heard.append(head)
            answer = self.paths.get(head.split()[1], b"HTTP/1.1 404 No\r\n\r\n")
            if callable(answer):
                await answer(writer)
            else:
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()


@asynccontextmanager
async def listening(host, port=0, **more):
    site = Site()
    async with await asyncio.start_server(site.serve, host, port, **more) as server:
        site.port = server.sockets[0].getsockname()[1]
        yield site


@asynccontextmanager
async def two():
    """A public and a private site on one port; another process may have just that one."""
    for attempt in range(20):
        async with listening(PUBLIC) as site, AsyncExitStack() as stack:
            try:
                canary = await stack.enter_async_context(listening(PRIVATE, site.port))
            except OSError:
                assert attempt < 19
                continue
            yield site, canary
            return


def answer(body, *headers):
    lines = "".join(f"{line}\r\n" for line in (*headers, f"Content-Length: {len(body)}"))
    return f"{OK}{lines}\r\n".encode() + body


def redirect(where, status="302 Found"):
    return f"HTTP/1.1 {status}\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()


def names(*answers):
    """A lookup that gives one answer after the other, and the last one from then on."""
    left = list(answers)

    async def look(host):
        return (left.pop(0) if len(left) > 1 else left[0]).split()

    return look


async def refused(call, words, *, kind=InvalidRequest, code="fetch_failed"):
    with pytest.raises(kind, match=words) as error:
        await call
    assert (error.value.code, error.value.field, error.value.status) == (code, "last_frame", 400)
    assert error.value.message.startswith("last_frame ")
    return error.value.message


@pytest.fixture
def reached(monkeypatch):
    """The addresses that sockets tried to reach; all but loopback fail, and no name is looked
    up outside this machine."""
    tried, connect, look = [], socket.socket.connect, socket.getaddrinfo

    def guarded(self, address):
        tried.append(address[0])
        if not ip_address(address[0]).is_loopback:
            raise ConnectionRefusedError(111, "not in tests")
        return connect(self, address)

    def numbers(host, *args, **more):
        if host not in ("localhost", "localhost."):
            more["flags"] = socket.AI_NUMERICHOST
        return look(host, *args, **more)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket, "getaddrinfo", numbers)
    return tried


@pytest.fixture
async def pair():
    async with two() as pair:
        yield pair


@pytest.fixture
def site(pair):
    return pair[0]


@pytest.fixture
def canary(pair):
    """At the address that is not opened, on the same port."""
    return pair[1]


@pytest.fixture
async def outbound():
    async with Outbound(allow_private=OPEN) as outbound:
        yield outbound


@pytest.fixture
async def certificate(tmp_path):
    """The files of a certificate for PUBLIC that nobody trusts, and of its key."""
    require("openssl", which("openssl") is not None, "openssl is not installed")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    words = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN={PUBLIC}"
    more = ["-addext", f"subjectAltName=IP:{PUBLIC}", "-keyout", key, "-out", cert]
    made = await asyncio.create_subprocess_exec("openssl", *words.split(), *more, stderr=-3)
    assert await made.wait() == 0
    return cert, key


@pytest.fixture
def fetch(outbound, site, tmp_path):
    async def go(path="/a", *, via=outbound, seconds=5, most=2 << 20, owner=1, out="out"):
        ours = path.startswith("/") and not path.startswith("//")
        url = f"http://{PUBLIC}:{site.port}{path}" if ours else path
        where = tmp_path / out
        try:
            return await via.fetch(
                url, where, owner_id=owner, field="last_frame", most_bytes=most, seconds=seconds
            )
        except BaseException:
            assert not where.exists()
            raise

    return go
