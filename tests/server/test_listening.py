"""A stop cuts nobody off: a real server, real sockets, SIGTERM in the middle."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sqlite3
import threading
import time
from pathlib import Path

import httpx
import pytest

from serving import Server, wait_until

BODY = json.dumps({"prompt": "a boat in the rain", "duration": 3})


class Clients:
    """Threads that create tasks without pause, each on a connection that it keeps."""

    def __init__(self, server: Server, count: int) -> None:
        url = httpx.URL(server.address)
        self._address = (url.host, url.port)
        self._headers = {
            "authorization": f"Bearer {server.key}",
            "content-type": "application/json",
        }
        self.made: list[str] = []
        self.refused: list[int] = []  # statuses
        self.closes = 0  # answers that said so
        self.unanswered: list[str] = []
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def _run(self) -> None:
        """Until the listener is closed, and no longer than a stop may ever take."""
        connection = http.client.HTTPConnection(*self._address, timeout=20)
        end = time.monotonic() + 40
        while time.monotonic() < end:
            try:
                if connection.sock is None:
                    connection.connect()
            except OSError:
                return
            try:
                connection.request("POST", "/api/v1/tasks", BODY, self._headers)
                reply = connection.getresponse()
                read = reply.read()
            except (OSError, http.client.HTTPException) as error:
                self.unanswered.append(repr(error))
                connection.close()
                continue
            if reply.status == 201:
                self.made.append(json.loads(read)["id"])
            else:
                self.refused.append(reply.status)
            self.closes += reply.getheader("connection") == "close"

    def join(self) -> None:
        for thread in self._threads:
            thread.join(30)
        assert not [thread for thread in self._threads if thread.is_alive()]


def tasks_in(data: Path) -> set[str]:
    with sqlite3.connect(f"file:{data}/reelway.db?mode=ro", uri=True) as database:
        rows = {id for (id,) in database.execute("SELECT public_id FROM tasks")}
    database.close()
    return rows


@pytest.mark.parametrize("uvloop", [True, False], ids=["uvloop", "asyncio"])
def test_who_has_asked_before_a_stop_is_answered(
    tmp_path: Path, uvloop: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not uvloop:  # a module of that name that cannot be imported
        (tmp_path / "none").mkdir()
        (tmp_path / "none" / "uvloop.py").write_text("raise ImportError")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path / "none"), prepend=os.pathsep)
    with Server.start(tmp_path / "data", "--paused") as server:
        clients = Clients(server, 16)
        wait_until(lambda: len(clients.made) > 100, 20)
        before = len(clients.made)
        server.process.send_signal(signal.SIGTERM)
        clients.join()
        assert server.process.wait(10) == 0
    assert clients.unanswered == []
    assert clients.refused == []
    assert clients.closes >= 16
    assert len(clients.made) > before  # accepted until the listener closed
    assert len(set(clients.made)) == len(clients.made)
    assert set(clients.made) <= tasks_in(tmp_path / "data")
    assert "Traceback" not in server.log()


def raw(server: Server) -> socket.socket:
    url = httpx.URL(server.address)
    made = socket.create_connection((url.host, url.port or 80), timeout=20)
    return made


def post(server: Server) -> bytes:
    head = (
        f"POST /api/v1/tasks HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {server.key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(BODY)}\r\n\r\n"
    )
    return (head + BODY).encode()


def said(link: socket.socket) -> bytes:
    """All that comes until the end."""
    parts = []
    while part := link.recv(65536):
        parts.append(part)
    return b"".join(parts)


def ready(server: Server) -> int:
    return httpx.get(f"{server.address}/readyz", trust_env=False).status_code


def test_what_comes_while_it_stops(tmp_path: Path) -> None:
    """Not ready, yet still there for a moment, for old connections and new ones; a request that
    has begun to come, or that waits behind another, is answered; idle ones are closed."""
    with Server.start(tmp_path / "data", "--paused") as server:
        words = post(server)
        with raw(server) as idle, raw(server) as half, raw(server) as two, raw(server) as late:
            half.sendall(words[:20])
            wait_until(lambda: ready(server) == 200, 10)
            server.process.send_signal(signal.SIGTERM)
            wait_until(lambda: "serve.stopping" in server.log(), 10)
            assert ready(server) == 503
            two.sendall(words + words)
            late.sendall(words)
            with raw(server) as new:
                new.sendall(words)
                answer = said(new)
            assert answer.startswith(b"HTTP/1.1 201")
            assert b"connection: close" in answer
            assert said(late).startswith(b"HTTP/1.1 201")
            assert said(two).count(b"HTTP/1.1 201") == 2
            assert said(idle) == b""
            half.sendall(words[20:])
            assert said(half).startswith(b"HTTP/1.1 201")
        assert server.process.wait(10) == 0
        assert len(tasks_in(tmp_path / "data")) == 5


@pytest.mark.parametrize("connections", [0, 3])
def test_a_stop_of_who_has_nothing_to_do_is_quick(tmp_path: Path, connections: int) -> None:
    with Server.start(tmp_path / "data", "--paused") as server:
        open_ones = [raw(server) for _ in range(connections)]
        assert ready(server) == 200
        began = time.monotonic()
        server.process.terminate()
        assert server.process.wait(10) == 0
        took = time.monotonic() - began
        for one in open_ones:
            one.close()
    assert took < (2 if connections else 1)  # of which a second for a machine that is busy


def test_asked_twice_it_waits_for_nobody(tmp_path: Path) -> None:
    with Server.start(tmp_path / "data", "--paused", drain=60) as server, raw(server) as half:
        half.sendall(post(server)[:-1])
        assert ready(server) == 200
        server.process.terminate()
        wait_until(lambda: "serve.stopping" in server.log(), 10)
        server.process.terminate()
        assert server.process.wait(10) == 0
