"""Uploads, elements, voices and fetched images, over real HTTP to a film."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pictures import base64_png, png
from serving import Server
from sounds import hum

FILES = {
    "/a.png": ("image/png", png((20, 60, 120))),
    "/b.png": ("text/plain", png((160, 60, 20))),  # the content decides, not the name
    "/small.png": ("image/png", png((0, 0, 0), (299, 400))),
    "/voice.wav": ("audio/wav", hum()),
}


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """A web site on loopback with pictures and a voice."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, data = FILES.get(self.path, ("text/plain", b""))
            self.send_response(200 if data else 404)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
        httpd.shutdown()


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that may fetch from loopback."""
    data = tmp_path_factory.mktemp("open") / "data"
    with Server.start(data, "--allow-private", "127.0.0.0/8", animatic_scale=0.0625) as server:
        yield server


def kept(server: Server) -> int:
    """Files that the server keeps, and what lies in its temporary folder."""
    return sum(p.is_file() for f in ("assets", "tmp") for p in (server.data / f).rglob("*"))


def uploaded(server: Server, data: bytes, name: str = "a.png") -> dict:
    reply = server.http.post("/api/v1/assets", files={"file": (name, data)})
    assert reply.status_code == 201, reply.text
    return reply.json()


def test_addresses_are_fetched(open_server: Server, site: str) -> None:
    made = open_server.http.post(
        "/v3/async/kling-v3.0-std-i2v",
        json={"image": site + "/a.png", "end_image": site + "/b.png", "prompt": "a", "duration": 3},
    )
    assert made.status_code == 200, made.text
    task = open_server.ended(made.json()["task_id"])
    assert task["status"] == "succeeded"
    assert task["first_frame"].startswith("sha256:")


@pytest.mark.parametrize(
    ("path", "words"),
    [("/none.png", "HTTP 404"), ("/small.png", "299"), ("/voice.wav", "JPEG and PNG")],
)
def test_what_cannot_be_fetched_or_used_is_refused(open_server, site, path, words) -> None:
    before = kept(open_server)
    body = {"image": site + path, "prompt": "a"}
    reply = open_server.http.post("/v3/async/kling-v3.0-std-i2v", json=body)
    assert reply.status_code == 400
    assert words in reply.json()["message"]
    assert "image" in reply.json()["message"]
    assert kept(open_server) == before


def test_a_private_address_is_refused_and_says_how_to_open_it(server: Server, site: str) -> None:
    body = {"image": site + "/a.png", "prompt": "a"}
    reply = server.http.post("/v3/async/kling-v3.0-std-i2v", json=body)
    assert reply.status_code == 400
    assert "--allow-private" in reply.json()["message"]


def test_an_upload_is_a_frame(server: Server) -> None:
    asset = uploaded(server, png((20, 60, 120), (600, 300)))
    assert (asset["object"], asset["media_type"], asset["name"]) == ("asset", "image/png", "a.png")
    assert (asset["width"], asset["height"]) == (600, 300)
    task = server.make(prompt="a", duration=3, first_frame=asset["id"])
    assert task["status"] == "succeeded"
    assert 1.9 < task["film"]["width"] / task["film"]["height"] < 2.1
    # The task keeps its frame when the upload is gone.
    assert server.http.delete(f"/api/v1/assets/{asset['id']}").json()["deleted"] is True
    assert server.http.get(f"/api/v1/assets/{asset['id']}").status_code == 404
    reply = server.http.post("/api/v1/tasks", json={"prompt": "a", "first_frame": asset["id"]})
    assert reply.status_code == 400
    assert reply.json()["error"]["field"] == "first_frame"


@pytest.mark.parametrize("data", [b"", b"hello", png((0, 0, 0), (299, 400))], ids=range(3))
def test_a_bad_upload_is_refused(server: Server, data: bytes) -> None:
    before = kept(server)
    reply = server.http.post("/api/v1/assets", files={"file": ("a.png", data)})
    assert reply.status_code == 400
    assert reply.json()["error"]["field"] == "file"
    assert kept(server) == before


def test_an_upload_that_is_none(server: Server) -> None:
    for request in (
        {"json": {"file": "a"}},
        {"files": {"picture": ("a.png", png((1, 2, 3)))}},
        {"data": {"file": "a"}, "files": {"b": ("b", b"b")}},
        {"content": b"--x\r\nnonsense", "headers": {"content-type": "multipart/form-data"}},
        {
            "content": b'--x\r\ncontent-disposition: form-data; name="file"\r\n\r\n1\r\n--x--\r\n',
            "headers": {"content-type": "multipart/form-data; boundary=x; charset=undefined"},
        },
        {
            "content": b"--x\r\nnonsense",
            "headers": {"content-type": "multipart/form-data; boundary=x"},
        },
    ):
        reply = server.http.post("/api/v1/assets", **request)
        assert reply.status_code == 400, request
        assert reply.json()["error"]["code"] in ("invalid_body", "invalid_request")


def test_an_element_is_kept_and_used(server: Server) -> None:
    asset = uploaded(server, png((250, 10, 10)))
    made = server.http.post(
        "/api/v1/elements",
        json={"name": "disc", "frontal": asset["id"], "references": [base64_png((9, 9, 9))]},
    )
    assert made.status_code == 201, made.text
    element = made.json()
    body = {"prompt": "<<<element_1>>> on a beach", "elements": [{"id": element["id"]}]}
    by_id = server.make(**body, duration=3)
    assert by_id["status"] == "succeeded"
    assert len(by_id["elements"][0]["references"]) == 1
    listed = server.http.get("/api/v1/elements").json()["data"]
    assert element["id"] in [entry["id"] for entry in listed]
    both = {"id": element["id"], "frontal": asset["id"]}
    reply = server.http.post("/api/v1/tasks", json={"prompt": "a", "elements": [both]})
    assert reply.json()["error"]["field"] == "elements[0].id"


def test_a_voice_is_made_from_a_sample(server: Server) -> None:
    sample = base64.b64encode(hum(pitch=140)).decode()
    made = server.http.post("/api/v1/voices", json={"name": "keeper", "sample": sample})
    assert made.status_code == 201, made.text
    voice = made.json()
    assert voice["object"] == "voice"
    assert abs(voice["pitch"] - 140) < 7
    task = server.make(
        prompt='<<<voice_1>>> says: "It is time."', voices=[voice["id"]], sound=True, duration=3
    )
    assert task["status"] == "succeeded"
    assert task["report"]["understood"]["voices"] == {voice["id"]: "made from a sample"}
    other = server.make(
        prompt='<<<voice_1>>> says: "It is time."', voices=["voice_9"], sound=True, duration=3
    )
    assert other["report"]["understood"]["voices"]["voice_9"].startswith("unknown")


@pytest.mark.parametrize("data", [hum(2.0), b"not a sound", png((1, 2, 3))], ids=range(3))
def test_a_bad_sample_is_refused(server: Server, data: bytes) -> None:
    before = kept(server)
    body = {"name": "a", "sample": base64.b64encode(data).decode()}
    reply = server.http.post("/api/v1/voices", json=body)
    assert reply.status_code == 400
    assert reply.json()["error"]["field"] == "sample"
    assert kept(server) == before


def test_aihubmax_makes_a_voice_as_a_task(open_server: Server, site: str) -> None:
    http = open_server.http
    body = {"model": "kling-video-create-voice", "voice_url": site + "/voice.wav"}
    made = http.post("/v1/videos/generations", json=body)
    assert made.status_code == 200, made.text
    task_id = made.json()["id"]
    assert open_server.ended(task_id)["status"] == "succeeded"
    done = http.get(f"/v1/tasks/{task_id}").json()
    voice_id = done["results"][0]["voice_id"]
    assert http.get(f"/api/v1/voices/{voice_id}").status_code == 200
    film = {
        "model": "kling-v3-text-to-video",
        "prompt": "<<<voice_1>>> says: it is time",
        "generate_audio": True,
        "voice_ids": [voice_id],
    }
    made = http.post("/v1/videos/generations", json=film)
    assert open_server.ended(made.json()["id"])["status"] == "succeeded"


def test_a_folder_keeps_its_resources(tmp_path: Path) -> None:
    with Server.start(tmp_path / "data", animatic_scale=0.0625) as server:
        asset = uploaded(server, png((20, 60, 120)))
        server.stop()
        server.restart()
        assert server.http.get(f"/api/v1/assets/{asset['id']}").json() == asset
