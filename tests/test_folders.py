"""Yesterday's data folders: every one ever kept opens, and what it held goes on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import httpx
import pytest

from serving import Server

KINDS = ("asset_", "element_", "voice_")
FOLDERS = sorted((Path(__file__).parent / "folders").iterdir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_kept_folder_goes_on(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(folder, data)
    about = json.loads((folder / "about.json").read_text())
    with Server.start(data, animatic_scale=0.0625) as server:
        assert server.key == (folder / "local.key").read_text().strip()

        for name in ("succeeded", "images"):
            task = server.task(about[name])
            assert task["status"] == "succeeded"
            film = httpx.get(task["film"]["url"])
            assert film.status_code == 200
            assert len(film.content) == task["film"]["bytes"]
            assert httpx.get(task["poster_url"]).status_code == 200
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
        tasks = {id for id in about.values() if not id.startswith(KINDS)}
        assert {task["id"] for task in listed} == tasks
        for kind in ("asset", "element", "voice"):
            if kind in about:
                kept = server.http.get(f"/api/v1/{kind}s/{about[kind]}").json()
                assert (kept["id"], kept["object"]) == (about[kind], kind)
        assert server.make(prompt="a new one", duration=3)["status"] == "succeeded"


def test_there_is_a_folder_for_every_schema() -> None:
    migrations = Path(__file__).parent.parent / "src/reelway/stores/sqlite/migrations"
    assert len(FOLDERS) == len(list(migrations.glob("*.sql")))
