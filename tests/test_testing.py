"""`reelway.testing` and the plugin, with real servers: a story at each vendor, and no orphans."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from reelway.testing import NotStarted, Vendor, emulator
from serving import Process, Server, _stat, wait_until

MULE = "/vendors/klingai/v1/kling-v3/text-to-video/generation"
BODY = {"prompt": "a fox", "duration": 5}
STALL = {"X-Reelway-Sandbox": "stall"}


@pytest.fixture(scope="module")
def vendor() -> Iterator[Vendor]:
    with emulator("novita", "mulerouter", "aihubmax", slots_per_key=1, balance="0.84") as vendor:
        yield vendor


def client(vendor: Vendor, name: str) -> httpx.Client:
    """Of an account of its own: the balance is by key, over all vendors."""
    headers = {"authorization": f"Bearer {vendor.fresh_key(name)}"}
    return httpx.Client(base_url=vendor.url, headers=headers, trust_env=False, timeout=30)


def novita(data: Any) -> tuple[str, str, str]:
    """Status, reason, link."""
    film = data["videos"][0]["video_url"] if data["videos"] else ""
    return data["task"]["status"], data["task"]["reason"], film


def mulerouter(data: Any) -> tuple[str, str, str]:
    info = data["task_info"]
    return info["status"], info.get("error", {}).get("detail", ""), data.get("videos", [""])[0]


def aihubmax(data: Any) -> tuple[str, str, str]:
    error = data["error"] or {"message": ""}
    return data["status"], error["message"], (data["results"] or [{"url": ""}])[0]["url"]


# path, body beside the prompt, where the id is, where the task is, how it reads, its two last words
STORIES: dict[str, Any] = {
    "novita": (
        "/v3/async/kling-v3.0-std-t2v",
        {},
        lambda data: data["task_id"],
        "/v3/async/task-result?task_id={}",
        novita,
        ("TASK_STATUS_SUCCEED", "TASK_STATUS_FAILED"),
        (400, 403, "/v3/async/nothing"),
    ),
    "mulerouter": (
        MULE,
        {},
        lambda data: data["task_info"]["id"],
        MULE + "/{}",
        mulerouter,
        ("completed", "failed"),
        (402, 401, "/vendors/nothing"),
    ),
    "aihubmax": (
        "/v1/videos/generations",
        {"model": "kling-v3-text-to-video"},
        lambda data: data["id"],
        "/v1/tasks/{}",
        aihubmax,
        ("completed", "failed"),
        (402, 401, "/v1/tasks/a/b"),
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_a_story_at_each_vendor(vendor: Vendor, name: str) -> None:
    path, more, id_of, where, read, (done, failed), (no_money, bad_key, nowhere) = STORIES[name]
    with client(vendor, name) as http, client(vendor, f"not {name}") as other:

        def order(seconds: int = 5, **headers: str) -> httpx.Response:
            body = {**BODY, **more, "duration": seconds}
            return http.post(path, json=body, headers=headers)

        def ended(id: str) -> tuple[str, str, str]:
            def look() -> tuple[str, str, str] | None:
                said: tuple[str, str, str] = read(http.get(where.format(id)).json())
                return said if said[0] in (done, failed) else None

            return wait_until(look, 20)

        refused = order(**{"X-Reelway-Sandbox": "explode"})
        assert refused.status_code == 400 and "explode" in refused.text
        first = order(**{"X-Reelway-Sandbox": "expire=0"})
        id = id_of(first.json())
        status, reason, link = ended(id)
        assert (status, reason) == (done, "")
        assert httpx.get(link, trust_env=False).status_code == 403
        assert other.get(where.format(id)).status_code == 404

        second = id_of(order(**{"X-Reelway-Sandbox": "fail=content_policy"}).json())
        status, reason, link = ended(second)
        assert (status, link) == (failed, "")
        assert "content policy" in reason

        poor = order(10)  # 0.42 of 0.84 is spent, the failed one gave its own back
        assert poor.status_code == no_money
        assert "0.42 USD is left, this film costs 0.84 USD" in poor.text
        bad = http.get(where.format(id), headers={"authorization": "Bearer invalid"})
        assert bad.status_code == bad_key
        lost = http.get(nowhere)
        assert lost.status_code == 404 and set(lost.json()) == set(bad.json())


@pytest.mark.parametrize("name", STORIES)
def test_slots_and_a_cancel_of_a_stall(vendor: Vendor, name: str) -> None:
    path, more, id_of, where, read, (_, failed), _ = STORIES[name]
    with client(vendor, f"slots {name}") as http:
        id = id_of(http.post(path, json={**BODY, **more}, headers=STALL).json())
        full = http.post(path, json={**BODY, **more})
        assert (full.status_code, full.headers["retry-after"]) == (429, "1")
        native = f"/api/v1/tasks/{id}"
        wait_until(lambda: http.get(native).json()["status"] == "running", 10)
        cancelled = http.post(f"{native}/cancel")
        assert cancelled.json()["status"] == "cancelled"
        assert read(http.get(where.format(id)).json())[0] == failed
        assert http.post(path, json={**BODY, **more}).is_success


def test_tasks_that_wait_take_no_slot_of_the_engine() -> None:
    with emulator("novita", latency="60") as vendor, client(vendor, "many") as http:
        head = {"X-Reelway-Sandbox": "stall"}
        path = STORIES["novita"][0]
        for _ in range(5):
            http.post(path, json=BODY, headers=head).raise_for_status()
        task = http.post("/api/v1/tasks", json={"prompt": "a fox", "duration": 3}).json()
        over = "succeeded"
        wait_until(lambda: http.get(f"/api/v1/tasks/{task['id']}").json()["status"] == over, 20)


def test_a_setting_that_cannot_be() -> None:
    with pytest.raises(NotStarted, match=r"emulate\.wires: no wire is named kling"):
        with emulator("kling"):
            pass
    with pytest.raises(NotStarted, match=r"emulate\.failure_rate \(from the command line\)"):
        with emulator(failure_rate=2):
            pass


def test_it_ends_with_its_block_and_leaves_nothing() -> None:
    with emulator() as vendor:
        folder = vendor.folder
        assert vendor.environ("NOVITA") == {"NOVITA_URL": vendor.url, "NOVITA_KEY": vendor.key}
        assert folder.exists() and "serve.limits" in vendor.log()
    assert vendor.process.returncode == 0
    assert not folder.exists()
    vendor.stop()


def process(pid: int) -> Process:
    stat = _stat(pid)
    assert stat is not None
    return Process(pid, stat[2], "")


def test_it_ends_when_its_starter_is_killed() -> None:
    code = (
        "from reelway.testing import start\n"
        "v = start(); print(v.process.pid, v.folder, flush=True); input()"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout and starter.stdin
    with starter:
        pid, folder = starter.stdout.readline().split()
        server = process(int(pid))
        os.kill(starter.pid, signal.SIGKILL)
    wait_until(lambda: not server.alive, 10)
    assert re.match(r".*/reelway-\w+$", folder)
    for path in sorted(Path(folder).rglob("*"), reverse=True):  # nobody was left to remove it
        path.rmdir() if path.is_dir() else path.unlink()
    Path(folder).rmdir()


PLUGGED = """
def test_one(reelway_emulator, reelway_emulators, capsys):
    assert reelway_emulators("novita") is reelway_emulator
    with capsys.disabled():
        print("\\nVENDOR", reelway_emulator.process.pid, reelway_emulator.url)

def test_two(reelway_emulator, capsys):
    with capsys.disabled():
        print("\\nVENDOR", reelway_emulator.process.pid, reelway_emulator.url)
"""


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("REELWAY_", "PYTEST_"))}
    environ = {**plain, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "reelway.pytest_plugin", "-W", "error"]
    return subprocess.run(
        [*command, "--strict-markers", *arguments],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_plugin_has_one_for_the_run_and_ends_it(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(PLUGGED)
    done = pytest_in(tmp_path, "-q")
    assert done.returncode == 0, done.stdout + done.stderr
    first, second = re.findall(r"VENDOR (\d+) (\S+)", done.stdout)
    assert first == second
    assert _stat(int(first[0])) is None


def test_the_plugin_loads_nothing_until_it_is_asked(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import sys, json\n"
        "def test_it(capsys):\n"
        "    with capsys.disabled():\n"
        "        print('\\nLOADED', json.dumps([m for m in sys.modules if 'reelway' in m]))\n"
    )
    done = pytest_in(tmp_path, "-q")
    [loaded] = re.findall(r"LOADED (.*)", done.stdout)
    assert sorted(json.loads(loaded)) == ["reelway", "reelway.pytest_plugin"]


def test_the_package_names_the_plugin() -> None:
    text = (Path(__file__).parent.parent / "pyproject.toml").read_text()
    assert '[project.entry-points.pytest11]\nreelway = "reelway.pytest_plugin"\n' in text


def test_a_delay_goes_on_over_a_restart(tmp_path: Path) -> None:
    with Server.start(tmp_path / "data", drain=0) as server:
        reply = server.http.post(
            "/api/v1/tasks",
            json={"model": "animatic-still", "prompt": "a fox [[reelway delay=3]]", "duration": 3},
        )
        task = reply.json()
        assert task["report"]["sandbox"] == {"delay": 3.0}
        wait_until(lambda: server.task(task["id"])["status"] == "running", 10)
        server.kill()
        server.restart()
        ended = server.ended(task["id"])
        assert (ended["status"], ended["attempt"]) == ("succeeded", 2)
        assert ended["stored_at"] >= task["accepted_at"] + 3000
        assert ended["report"]["sandbox"] == {"delay": 3.0}


def test_a_webhook_reaches_a_receiver_on_this_machine(vendor: Vendor) -> None:
    heard: list[Any] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *told: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Receiver) as receiver:
        serving = threading.Thread(target=receiver.serve_forever, args=(0.05,))
        serving.start()
        try:
            with client(vendor, "webhook") as http:
                url = f"http://127.0.0.1:{receiver.server_port}/hook"
                body = {**BODY, "extra": {"webhook": {"url": url}}}
                made = http.post(STORIES["novita"][0], json=body).raise_for_status()
                wait_until(lambda: heard, 20)
        finally:
            receiver.shutdown()
            serving.join()
    assert heard[0]["event_type"] == "ASYNC_TASK_RESULT"
    assert heard[0]["payload"]["task"]["task_id"] == made.json()["task_id"]
    assert heard[0]["payload"]["task"]["status"] == "TASK_STATUS_SUCCEED"
