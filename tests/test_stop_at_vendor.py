"""A real server that is told to stop while a create is under way at a vendor."""

from __future__ import annotations

import signal
from pathlib import Path

from serving import Server, wait_until
from vendors.novita import Novita
from vendors.running import running, told
from vendors.vendor import KEY

SETTINGS = """
allow_private = ["127.0.0.0/8"]
[[providers]]
name = "north"
wire = "novita"
address = "{address}"
key = "{key}"
"""


def begun(data: Path, vendor: Novita) -> tuple[Server, str]:
    """A server that waits for the answer to its one create, and the task."""
    data.mkdir()
    text = SETTINGS.format(address=vendor.address, key=KEY)
    (data / "reelway.toml").write_text(text)
    (data / "reelway.toml").chmod(0o600)
    server = Server.start(data, drain=0)
    task = server.create(prompt="fox 1", duration=3)
    wait_until(lambda: vendor.creates == 1, 20)
    return server, task["id"]


def test_the_answer_is_waited_for_beyond_the_drain(tmp_path: Path) -> None:
    with running(Novita(speed=1000, waits=0, runs=1, scale=0.125)) as vendor:
        vendor.fault("slow_after", seconds=1.5)
        server, task = begun(tmp_path / "data", vendor)
        with server:
            assert server.stop() == 0
            assert vendor.ledger.jobs_made("fox 1") == 1
            server.restart()
            assert server.ended(task)["status"] == "succeeded"
        assert vendor.creates == 1


def test_told_again_it_is_not(tmp_path: Path) -> None:
    with running(Novita(speed=0, scale=0.125)) as vendor:
        vendor.fault("slow_before")
        server, task = begun(tmp_path / "data", vendor)
        with server:
            server.process.terminate()
            wait_until(lambda: "serve.stopping" in server.log(), 10)
            assert server.process.poll() is None
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(10) == 0
            vendor.loop.call_soon_threadsafe(vendor.release)  # type: ignore[union-attr]
            server.restart()
            fresh = server.task(task)
            assert fresh["status"] == "running" and fresh["report"]["ambiguous"]
        assert told(vendor, _creates(vendor)) == 1


async def _creates(vendor: Novita) -> int:
    return vendor.creates
