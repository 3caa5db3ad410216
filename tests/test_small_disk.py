"""A real disk that fills up: what is refused, what goes on, and that a DELETE makes room."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving import Server, wait_until

SIZE = 64  # MiB
MIN_FREE = 16 * 1024 * 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(command, capture_output=True, timeout=30)
    except FileNotFoundError:
        pytest.skip("there is no mount here")
    if mounted.returncode:
        pytest.skip(f"this user may not mount: {mounted.stderr.decode().strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True, timeout=30)


def test_a_disk_that_fills_up(disk: Path) -> None:
    data = disk / "data"
    with Server.start(data, min_free=MIN_FREE) as server:
        task = server.make(prompt="a boat", model="animatic-still", duration=3)
        film = task["film"]["sha256"]
        path = data / "assets" / film[:2] / film[2:]
        with path.open("ab") as file:  # as if it were a long one
            file.write(bytes(50 * 1024 * 1024))

        def refused() -> bool:
            reply = server.http.post("/api/v1/tasks", json={"prompt": "x"})
            if reply.status_code == 201:  # the look at the disk may be a second old
                server.http.post(f"/api/v1/tasks/{reply.json()['id']}/cancel")
                return False
            assert (reply.status_code, reply.json()["error"]["code"]) == (503, "disk_full")
            assert reply.headers["retry-after"] == "60"
            return True

        wait_until(refused, 5, every=0.1)
        upload = server.http.post("/api/v1/assets", files={"file": ("a.png", b"x")})
        assert upload.status_code == 503
        assert server.task(task["id"])["status"] == "succeeded"
        assert server.http.delete(f"/api/v1/tasks/{task['id']}").status_code == 200
        wait_until(lambda: not refused(), 5, every=0.1)
