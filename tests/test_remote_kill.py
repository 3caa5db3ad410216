"""kill -9 of a real gateway at each stage of a task at a vendor, which is a process of its own and
remembers everything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving import Server, wait_until
from vendors.vendor import KEY

TESTS = Path(__file__).parent


class Away:
    """A vendor's control, over its port."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._http = httpx.Client(base_url=address, trust_env=False)

    def fault(self, kind: str, **rule: Any) -> None:
        self._http.post("/_faults", json={"kind": kind, **rule}).raise_for_status()

    def calm(self) -> None:
        self._http.delete("/_faults").raise_for_status()
        self._http.post("/_release").raise_for_status()

    def sums(self) -> dict[str, Any]:
        return dict(self._http.get("/_sums").json())

    def count(self, kind: str) -> int:
        return len(self._http.get("/_ledger", params={"kind": kind}).json())

    def close(self) -> None:
        self._http.close()


@contextmanager
def away(name: str) -> Iterator[Away]:
    command = [sys.executable, "-m", "vendors", name, "--speed", "20", "--scale", "0.125"]
    process = subprocess.Popen(
        [*command, "--with-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )
    try:
        assert process.stdout
        with closing(Away(json.loads(process.stdout.readline())[name])) as vendor:
            yield vendor
    finally:
        process.terminate()
        process.wait(10)
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()


def serving(folder: Path, vendor: Away, name: str) -> Server:
    said = f'[{{name="vendor-1", wire="{name}", address="{vendor.address}", key="{KEY}"}}]'
    return Server.start(folder / "data", providers=said, allow_private='["127.0.0.0/8"]', drain=0)


FILM = {"prompt": "fox 1", "duration": 5}


@pytest.mark.parametrize(
    ("name", "fault", "rule", "reached", "jobs"),
    [
        ("novita", "slow_before", {}, "create", 1),
        ("mulerouter", "slow_after", {}, "create", 1),
        ("aihubmax", "poll_slow", {}, "poll", 1),
        ("novita", "drip", {"rate": 10.0}, "download", 1),
    ],
)
def test_killed(
    name: str, fault: str, rule: dict[str, Any], reached: str, jobs: int, tmp_path: Path
) -> None:
    with away(name) as vendor:
        vendor.fault(fault, **rule)
        with serving(tmp_path, vendor, name) as server:
            id = server.create(**FILM)["id"]
            wait_until(lambda: vendor.count(reached), 20)
            server.kill()
            vendor.calm()
            server.restart()
            if reached == "create":
                wait_until(lambda: "ambiguous" in server.task(id)["report"], 20)
                assert server.task(id)["status"] == "running"
            else:
                ended = server.ended(id)
                assert (ended["status"], ended["attempt"]) == ("succeeded", 1)
                film = server.http.get(ended["film"]["url"])
                assert len(film.content) == ended["film"]["bytes"]
        assert vendor.sums()["jobs"] == jobs
        assert vendor.count("create") == 1


def test_killed_again_and_again(tmp_path: Path) -> None:
    """Whenever it comes: no job twice, each film that is known to be paid brought home."""
    with away("novita") as vendor, serving(tmp_path, vendor, "novita") as server:
        ids = [server.create(prompt=f"fox {n}", duration=3)["id"] for n in range(12)]
        for pause in (0.05, 0.3, 0.8, 1.5):
            with pytest.raises(TimeoutError):
                wait_until(lambda: False, pause)
            server.kill()
            server.restart()

        def settled() -> bool:
            tasks = [server.task(id) for id in ids]
            return all(t["status"] == "succeeded" or "ambiguous" in t["report"] for t in tasks)

        wait_until(settled, 60, every=0.2)
        told = vendor.sums()
        assert told["more_than_one"] == {}
        done = [id for id in ids if server.task(id)["status"] == "succeeded"]
        assert len(done) <= told["jobs"] <= len(ids)


def test_abandoned_over_http_and_resolved_by_command(tmp_path: Path) -> None:
    with away("novita") as vendor, serving(tmp_path, vendor, "novita") as server:
        vendor.fault("unknown_word", create=1)
        first = server.create(**FILM)["id"]
        wait_until(lambda: vendor.count("poll"), 20)
        cancel = f"/api/v1/tasks/{first}/cancel"
        refused = server.http.post(cancel)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "needs_abandon")
        odd = server.http.post(cancel, params={"abandon": "yes"})
        assert (odd.status_code, odd.json()["error"]["field"]) == (400, "abandon")
        gone = server.http.post(cancel, params={"abandon": "true"})
        assert (gone.status_code, gone.json()["status"]) == (200, "cancelled")
        vendor.calm()
        late = wait_until(lambda: server.task(first)["late_result"], 40)
        assert server.task(first)["status"] == "cancelled" and server.task(first)["film"] is None
        assert len(server.http.get(late["url"]).content) == late["bytes"]

        vendor.fault("cut_before", create=2)
        second = server.create(**FILM)["id"]
        wait_until(lambda: "ambiguous" in server.task(second)["report"], 20)
        command = [sys.executable, "-c", "from reelway.cli import main; main()", "task", "resolve"]
        told = subprocess.run(
            [*command, second, "--none", "--data", str(server.data)],
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert (told.returncode, told.stderr) == (0, "") and second in told.stdout
        assert server.ended(second)["attempt"] == 2
        assert vendor.sums()["jobs"] == 2
