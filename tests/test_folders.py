"""Yesterday's data folders: every one ever kept opens, and what it held goes on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import httpx
import pytest

from serving import PLAIN, Server

TASKS = ("succeeded", "images", "cancelled", "running", "queued", "terms")
FOLDERS = sorted((Path(__file__).parent / "folders").iterdir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_kept_folder_goes_on(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(folder, data)
    about = json.loads((folder / "about.json").read_text())
    nobody = httpx.Client(trust_env=False, verify=PLAIN)  # without a key: the link is enough
    with nobody, Server.start(data, animatic_scale=0.0625) as server:
        assert server.key == (folder / "local.key").read_text().strip()

        for name in ("succeeded", "images"):
            task = server.task(about[name])
            assert task["status"] == "succeeded"
            film = nobody.get(task["film"]["url"])
            assert film.status_code == 200
            assert len(film.content) == task["film"]["bytes"]
            assert nobody.get(task["poster_url"]).status_code == 200
        assert server.task(about["images"])["first_frame"].startswith("sha256:")
        assert server.task(about["cancelled"])["status"] == "cancelled"

        running = server.ended(about["running"])  # it was killed in the middle of this one
        assert (running["status"], running["attempt"]) == ("succeeded", 2)
        queued = server.ended(about["queued"])
        assert (queued["status"], queued["attempt"]) == ("succeeded", 1)

        again = server.http.post(
            "/v3/async/kling-v3.0-std-t2v",
            json={"prompt": "a lighthouse in fog", "duration": 3},
            headers={"idempotency-key": "kept"},
        )
        assert again.json() == {"task_id": about["queued"]}
        listed = server.http.get("/api/v1/tasks").json()["data"]
        tasks = {about[name] for name in TASKS if name in about}
        assert {task["id"] for task in listed} == tasks
        for kind in ("asset", "element", "voice"):
            if kind in about:
                kept = server.http.get(f"/api/v1/{kind}s/{about[kind]}").json()
                assert (kept["id"], kept["object"]) == (about[kind], kind)
        if "terms" in about:
            wanted = server.task(about["terms"])
            assert (wanted["status"], wanted["priority"]) == ("cancelled", -7)
            assert wanted["start_by"] == wanted["accepted_at"] + 2_592_000_000
            assert wanted["cancel_at"] == wanted["start_by"]
        if "endpoint" in about:
            told_of(server, about)
        new = server.make(prompt="a new one", duration=3, model="animatic-still")
        assert new["status"] == "succeeded"


def told_of(server: Server, about: dict[str, str]) -> None:
    """The webhook and its delivery, whose secret opens with the folder's own key."""
    endpoint = server.http.get(f"/api/v1/webhooks/{about['endpoint']}").json()
    assert (endpoint["id"], endpoint["events"]) == (about["endpoint"], ["task.cancelled"])
    delivery = server.http.get(f"/api/v1/deliveries/{about['delivery']}").json()
    assert (delivery["task"], delivery["endpoint"]) == (about["cancelled"], about["endpoint"])
    again = server.http.post(f"/api/v1/webhooks/{about['endpoint']}/rotate", json={})
    assert again.json()["secret"].startswith("whsec_")


def test_there_is_a_folder_for_every_schema() -> None:
    migrations = Path(__file__).parent.parent / "src/reelway/stores/sqlite/migrations"
    assert len(FOLDERS) == len(list(migrations.glob("*.sql")))
