"""Write a data folder as the present schema leaves it after a crash, to be kept as a fixture.

    python scripts/keep_folder.py tests/folders/schema_1

Run once whenever a migration was added; `tests/test_folders.py` opens every folder ever kept. In
it: a film that succeeded (with sound), one from two images with its poster, one cancelled, one
that was running and one that was queued when the server was killed; an upload, an element and a
voice; a webhook and a delivery that nobody took, and a task with terms. `about.json` says which.
"""

from __future__ import annotations

import base64
import json
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from pictures import data_url, png
from serving import Server, wait_until
from sounds import hum

TINY = 0.0625
KEPT = ("reelway.db", "reelway.db-wal", "local.key", "secret.key", "seal.key", "assets")
NOBODY = "https://hooks.invalid/reelway"


def write(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / "data"
        server = Server.start(data, animatic_slots=1, animatic_scale=TINY)
        about = fill(server)
        server.kill()
        wait_until(lambda: not server.orphans(), 5)
        folder.mkdir(parents=True)
        for kept in KEPT:
            path = data / kept
            (shutil.copytree if path.is_dir() else shutil.copy)(path, folder / kept)
    (folder / "about.json").write_text(json.dumps(about, indent=1) + "\n")


def fill(server: Server) -> dict[str, str]:
    """The tasks, by what became of them, and the resources, by kind; the server is left in the
    middle of a task."""
    about = {"succeeded": server.make(prompt="a boat at dawn", duration=3, sound=True)["id"]}
    frames = {"first_frame": data_url((20, 60, 120)), "last_frame": data_url((160, 60, 20))}
    images = server.make(prompt="the boat reaches the sea", duration=3, **frames)
    assert server.http.get(images["poster_url"]).status_code == 200
    about["images"] = images["id"]
    upload = server.http.post("/api/v1/assets", files={"file": ("disc.png", png((9, 90, 9)))})
    about["asset"] = upload.json()["id"]
    element = {"name": "disc", "frontal": about["asset"]}
    about["element"] = server.http.post("/api/v1/elements", json=element).json()["id"]
    voice = {"name": "hum", "sample": base64.b64encode(hum()).decode()}
    about["voice"] = server.http.post("/api/v1/voices", json=voice).json()["id"]
    endpoint = {"url": NOBODY, "events": ["task.cancelled"]}
    made = server.http.post("/api/v1/webhooks", json=endpoint).json()
    about["endpoint"] = made["id"]
    running = server.create(prompt="a long storm", duration=15, resolution="4k", sound=True)["id"]
    cancelled = server.create(prompt="not this one", duration=3)["id"]
    assert server.http.post(f"/api/v1/tasks/{cancelled}/cancel").status_code == 200
    told = server.http.get("/api/v1/deliveries", params={"task": cancelled}).json()["data"]
    about["delivery"] = told[0]["id"]
    terms = {"priority": -7, "deadline": 2_592_000, "cancel_after": 2_592_000}
    about["terms"] = server.create(prompt="with terms", duration=3, **terms)["id"]
    # Over at once: its times will have passed by when the folder is opened.
    assert server.http.post(f"/api/v1/tasks/{about['terms']}/cancel").status_code == 200
    once = {"idempotency-key": "kept"}
    body = {"prompt": "a lighthouse in fog", "duration": 3}
    queued = server.http.post("/v3/async/kling-v3.0-std-t2v", json=body, headers=once)
    wait_until(lambda: server.task(running)["progress"] > 0, 60)
    return about | {
        "running": running, "cancelled": cancelled, "queued": queued.json()["task_id"]
    }  # fmt: skip


if __name__ == "__main__":
    write(Path(sys.argv[1]))
