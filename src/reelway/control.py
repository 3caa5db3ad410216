"""How the command line talks to a running server: a socket in the data folder, one JSON line
asked, one answered. Who may open the folder may give orders; nobody else can reach it.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from reelway.errors import Internal, ReelwayError
from reelway.log import fail

VERSION = 1
LONGEST_PATH = 100  # bytes that surely fit into sockaddr_un
PATIENCE = 5.0  # seconds that a server may take from its lock to its socket
LAST_WORDS = 1.0  # seconds that who gave an order has to read that the server stops
STOPPING = "the server is stopping: nothing was done, or not all of it; ask again"

Act = Callable[[Mapping[str, Any], str], Awaitable[Any]]  # the order, and whose it is


@contextmanager
def _reachable(path: Path) -> Iterator[str]:
    """The socket's name, short enough for the kernel however deep the data folder lies."""
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield str(path)
    elif sys.platform == "linux":
        folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
        try:
            yield f"/proc/self/fd/{folder}/{path.name}"
        finally:
            os.close(folder)
    else:
        raise Internal(f"the data folder's path is too long for a socket: {path}")


@asynccontextmanager
async def listen(path: Path, act: Act) -> AsyncIterator[None]:
    """Take orders at `path` inside. Only with the folder's lock held: an old socket is removed.
    At the end an order that is being carried out is broken off, and whoever gave it is told."""
    open_ones: dict[asyncio.Task[Any], asyncio.Task[Any]] = {}  # conversations, and their answers

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here = asyncio.current_task()
        assert here
        work = open_ones[here] = asyncio.create_task(_answer(reader, act, _peer(writer)))
        try:
            await asyncio.wait({work})
            answer = {"v": VERSION, "error": STOPPING} if work.cancelled() else work.result()
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        except ConnectionError as error:
            fail("control.gone", error)
        finally:
            del open_ones[here]
            writer.close()

    listener = _bound(path)
    server = await asyncio.start_unix_server(serve, sock=listener)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)
        talks, works = [*open_ones], [*open_ones.values()]
        for work in works:
            work.cancel()
        if works:
            await asyncio.wait(works)
            await asyncio.wait(talks, timeout=LAST_WORDS)


def _bound(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with _reachable(path) as name:
        listener.bind(name)
    path.chmod(0o600)
    return listener


def command_line(uid: int | None = None) -> str:
    """Who gives orders there, as the audit names them; default: this process."""
    return f"command line (uid {os.getuid() if uid is None else uid})"


def _peer(writer: asyncio.StreamWriter) -> int | None:
    """The user at the other end, where the kernel says so; nobody but us and root can be there."""
    if sys.platform != "linux":
        return None
    link = writer.get_extra_info("socket")
    _, uid, _ = struct.unpack("3i", link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(uid)


async def _answer(reader: asyncio.StreamReader, act: Act, uid: int | None) -> dict[str, Any]:
    try:
        order = json.loads(await reader.readline())
        if not isinstance(order, dict):
            raise ValueError("not an object")
    except (ValueError, RecursionError):
        return {"v": VERSION, "error": "the order could not be read"}
    try:
        return {"v": VERSION, "result": await act(order, command_line(uid))}
    except ReelwayError as error:
        return {"v": VERSION, "error": error.message}
    except Exception as error:  # the last border: told in the log
        fail("control.failed", error)
        return {"v": VERSION, "error": "an internal error; the server's log has the details"}


def ask(path: Path, order: Mapping[str, Any], *, within: float | None = PATIENCE * 2) -> Any:
    """Give an order to the running server, which may take so many seconds (None: as long as it
    lives). Raises Internal when it does not answer, and with its own words when it refuses."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(within)
            _connect(link, path)
            link.sendall(json.dumps({"v": VERSION, **order}).encode() + b"\n")
            with link.makefile("rb") as lines:
                line = lines.readline()
    except OSError as error:
        raise Internal(f"the server that has the data folder does not answer: {error}") from None
    if not line.endswith(b"\n"):
        raise Internal("the server ended without an answer")
    answer = json.loads(line)
    if "error" in answer:
        raise Internal(answer["error"])
    return answer["result"]


def _connect(link: socket.socket, path: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with _reachable(path) as name:
                return link.connect(name)
        except (FileNotFoundError, ConnectionRefusedError):
            if time.monotonic() > until:
                raise Internal("the server that has the data folder does not answer") from None
            time.sleep(0.05)
