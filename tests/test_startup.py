"""What `serve` loads, when it is ready, and that a stop leaves nothing behind."""

import asyncio
import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import httpx
import pytest

from fakes import FakeRunner, means_on, order
from reelway.app import recover
from reelway.runner import Flow, Work
from reelway.sweep import reconcile
from reelway.task import Task
from serving import Server, wait_until

HEAVY = {"numpy", "av", "cv2", "PIL", "numba"}
IMPORTED = re.compile(r"^import time:\s+\d+ \|\s+\d+ \|\s+(\S+)$", re.MULTILINE)


def test_serve_loads_nothing_that_decodes_or_draws(tmp_path: Path) -> None:
    with Server.start(tmp_path / "data", python=["-X", "importtime"]) as server:
        task = server.make(prompt="a boat", duration=3)
        assert task["status"] == "succeeded"
    loaded = {name.partition(".")[0] for name in IMPORTED.findall(server.log())}
    assert {"reelway", "uvicorn", "apsw"} <= loaded
    assert not loaded & HEAVY


def test_ready_is_said_once_it_is_true(tmp_path: Path) -> None:
    with Server.start(tmp_path / "data", "--paused") as server:
        assert httpx.get(f"{server.address}/readyz", trust_env=False).status_code == 200


class Noting(FakeRunner):
    """Notes in which order it was told what."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    async def start(self, flows: Mapping[str, Flow]) -> None:
        self.told.append(f"start {', '.join(flows)}")

    async def hand(self, works: Iterable[Work]) -> None:
        self.told += [f"hand {work.task_id}" for work in works]


@pytest.mark.parametrize("paused", [False, True])
async def test_nothing_is_read_before_the_server_listens(paused: bool, tmp_path: Path) -> None:
    listens, runner = asyncio.Event(), Noting()
    async with means_on(tmp_path, runner=runner) as means:
        first, second = [await order(means, hand=False) for _ in range(2)]
        recovering = asyncio.create_task(recover(means, listens, paused=paused))
        for _ in range(10):
            await asyncio.sleep(0)
        assert runner.told == []
        listens.set()
        await recovering
    begun = [] if paused else ["start film"]
    assert runner.told == [f"hand {first.id}", f"hand {second.id}", *begun]


async def test_what_cannot_be_read_at_a_start_holds_up_nothing_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is read again by the sweep."""
    listens, runner = asyncio.Event(), Noting()
    listens.set()
    async with means_on(tmp_path, runner=runner) as means:

        async def unfinished(**where: int) -> list[Task]:
            raise OSError("the disk has a bad day")

        with monkeypatch.context() as patch:
            patch.setattr(means.store, "unfinished", unfinished)
            await recover(means, listens, paused=False)
        assert runner.told == ["start film"]
        assert [record.message for record in caplog.records] == ["start.not_recovered"]
        task = await order(means, hand=False)
        assert await reconcile(means) == 1
        assert runner.told[1:] == [f"hand {task.id}"]


def test_sigterm_ends_everything_with_0(tmp_path: Path) -> None:
    with Server.start(tmp_path / "data", animatic_slots=2) as server:
        assert server.make(prompt="a boat", duration=3)["status"] == "succeeded"
        children = server.children()
        assert len(children) == 3  # two engine children and the prober of films
        assert server.stop() == 0
    assert not [child for child in children if child.alive]
    assert not server.orphans()
    assert not list((tmp_path / "data" / "tmp").iterdir())
    assert not (tmp_path / "data" / "control.sock").exists()


def test_a_stop_lets_a_film_end_within_the_drain(tmp_path: Path) -> None:
    with Server.start(tmp_path / "data", drain=30) as server:
        id = server.create(prompt="a boat", duration=3)["id"]
        wait_until(lambda: server.task(id)["status"] == "running", 10)
        assert server.stop() == 0
        server.restart()
        task = server.task(id)
        assert (task["status"], task["attempt"]) == ("succeeded", 1)


def test_a_stop_does_not_wait_longer_than_the_drain(tmp_path: Path) -> None:
    """What was being made is made again at the next start, as the same task."""
    with Server.start(tmp_path / "data", drain=0.5, animatic_scale=0.5) as server:
        id = server.create(prompt="a boat", duration=15)["id"]
        wait_until(lambda: server.task(id)["progress"] > 0, 20)
        children = server.children()
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 5
        assert not [child for child in children if child.alive]
        assert not list((tmp_path / "data" / "tmp").iterdir())
        server.restart()
        # It is ready before it has read what was open.
        wait_until(lambda: server.task(id)["attempt"] == 2, 20)
        assert server.http.post(f"/api/v1/tasks/{id}/cancel").json()["status"] == "cancelled"


def test_a_stop_that_is_asked_for_twice_waits_for_no_film(tmp_path: Path) -> None:
    with Server.start(tmp_path / "data", drain=60, animatic_scale=0.5) as server:
        id = server.create(prompt="a boat", duration=15)["id"]
        wait_until(lambda: server.task(id)["status"] == "running", 20)
        children = server.children()
        server.process.terminate()
        wait_until(lambda: "serve.stopping" in server.log(), 10)
        assert server.stop(within=10) == 0
        assert not [child for child in children if child.alive]


def test_a_disk_that_was_full_before_the_start(tmp_path: Path) -> None:
    """Not one film is begun before that is seen."""
    with Server.start(tmp_path / "data", "--paused") as server:
        id = server.create(prompt="a boat", duration=3)["id"]
        server.stop()
    with Server.start(tmp_path / "data", min_free=10**15) as server:
        assert server.task(id)["status"] == "queued"
        wait_until(lambda: "start.recovered" in server.log(), 10)
        assert server.log().index("disk.low") < server.log().index("start.recovered")
        assert "task.started" not in server.log()


@pytest.mark.parametrize("second", ["--paused", ""])
def test_two_servers_do_not_share_a_folder(tmp_path: Path, second: str) -> None:
    with (
        Server.start(tmp_path / "data", "--paused") as server,
        pytest.raises(RuntimeError, match=f"process {server.pid}"),
    ):
        Server.start(tmp_path / "data", *([second] if second else []))
