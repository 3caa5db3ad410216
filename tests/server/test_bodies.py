"""The bodies of all requests have room together: a real server, real sockets."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from reelway import control
from serving import Server, wait_until

MEBIBYTE = 1 << 20
BODY = b'{"prompt": "a boat", "duration": 3}'
CREATES = {
    "/api/v1/tasks": lambda data: data["error"]["code"],
    "/v3/async/kling-v3.0-std-t2v": lambda data: data["code"],
    "/v1/videos/generations": lambda data: data["error"]["type"],
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("bodies") / "data"
    with Server.start(folder, "--paused", max_body=2 * MEBIBYTE, max_bodies=2 * MEBIBYTE) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    """With nothing left in its room of the test before."""
    wait_until(lambda: create(running, 2 * MEBIBYTE).status_code == 201, 20)
    return running


def create(server: Server, size: int, path: str = "/api/v1/tasks") -> httpx.Response:
    headers = {"content-type": "application/json"}
    return server.http.post(path, content=BODY.ljust(size), headers=headers)


def head(server: Server, length: str) -> bytes:
    return (
        f"POST /api/v1/tasks HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {server.key}\r\n"
        f"content-type: application/json\r\n{length}\r\n\r\n"
    ).encode()


@contextmanager
def reading(server: Server, length: str, body: bytes = b"") -> Iterator[socket.socket]:
    """A request of which there is more to come, once the server has begun to read it."""
    said = head(server, length) + body
    link = connect(server)

    def begun() -> bool:
        nonlocal link
        if create(server, MEBIBYTE).status_code == 503:
            return True
        if select.select([link], [], [], 0)[0]:  # refused: it met the body that was to find out
            link.close()
            link = connect(server)
            link.sendall(said)
        return False

    link.sendall(said)
    try:
        wait_until(begun, 20)
        yield link
    finally:
        link.close()


def connect(server: Server) -> socket.socket:
    url = httpx.URL(server.address)
    return socket.create_connection((url.host, url.port or 80), timeout=20)


@pytest.mark.parametrize("path", CREATES)
def test_no_more_bodies_than_there_is_room_for(server: Server, path: str) -> None:
    size = MEBIBYTE + MEBIBYTE // 2
    with reading(server, f"content-length: {size}") as link:
        refused = create(server, MEBIBYTE, path)
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "5"
        assert CREATES[path](refused.json())
        assert "large requests" in refused.text
        assert create(server, len(BODY)).status_code == 201  # small ones have room
        assert server.http.get("/api/v1/tasks").status_code == 200
        link.sendall(BODY.ljust(size))
        assert link.recv(4096).startswith(b"HTTP/1.1 201")
        assert create(server, MEBIBYTE).status_code == 201  # given back with the answer


def test_it_is_refused_before_it_is_read(server: Server) -> None:
    """Who asks whether to go on is told so without having sent a byte of it."""
    with reading(server, f"content-length: {2 * MEBIBYTE}"), connect(server) as asking:
        asking.sendall(head(server, f"expect: 100-continue\r\ncontent-length: {MEBIBYTE}"))
        assert asking.recv(4096).startswith(b"HTTP/1.1 503")


def test_chunks_are_counted_as_they_come(server: Server) -> None:
    chunk = b"180000\r\n" + BODY.ljust(0x180000) + b"\r\n"
    with (
        reading(server, "transfer-encoding: chunked", chunk) as link,
        reading(
            server, "transfer-encoding: chunked", b"60000\r\n" + b" " * 0x60000 + b"\r\n"
        ) as other,
    ):
        other.sendall(b"60000\r\n" + b" " * 0x60000 + b"\r\n")
        assert other.recv(4096).startswith(b"HTTP/1.1 503")
        link.sendall(b"0\r\n\r\n")
        assert link.recv(4096).startswith(b"HTTP/1.1 201")


@pytest.mark.parametrize(
    "length", [f"content-length: {2 * MEBIBYTE}", "transfer-encoding: chunked"]
)
def test_who_goes_away_gives_the_room_back(server: Server, length: str) -> None:
    chunk = b"180000\r\n" + b" " * 0x180000 + b"\r\n"
    with reading(server, length, chunk):
        pass
    wait_until(lambda: create(server, 2 * MEBIBYTE).status_code == 201, 20)


def test_what_is_refused_gives_the_room_back(server: Server) -> None:
    for _ in range(4):
        assert server.http.post("/api/v1/tasks", content=b"x" * MEBIBYTE).status_code == 400
        assert create(server, 3 * MEBIBYTE).status_code == 413
        wrong = {"authorization": "Bearer rw_wrong"}
        reply = server.http.post("/api/v1/tasks", content=b"x" * MEBIBYTE, headers=wrong)
        assert reply.status_code in (401, 403)
    assert create(server, 2 * MEBIBYTE).status_code == 201


def test_who_announces_much_keeps_nobody_else_out(server: Server) -> None:
    """However slowly it is sent then."""
    orders = server.data / "control.sock"
    key = control.ask(orders, {"do": "keys.create", "name": "other", "owner": "other"})
    other = server.client(headers={"authorization": f"Bearer {key}"})
    length = f"content-length: {MEBIBYTE - len(BODY)}"
    with reading(server, length), connect(server) as second:
        second.sendall(head(server, length))
        assert second.recv(4096).startswith(b"HTTP/1.1 503")
        headers = {"content-type": "application/json"}
        for size in (len(BODY), MEBIBYTE):
            reply = other.post("/api/v1/tasks", content=BODY.ljust(size), headers=headers)
            assert reply.status_code == 201
