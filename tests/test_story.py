"""The story over real HTTP: from a POST in a wire's words to a playable film, read back."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
import uuid

import av
import httpx
import pytest

from pictures import base64_png, data_url
from reelway.request import FRAME_RATE
from serving import Server, wait_until

PRO_T2V = "/v3/async/kling-v3.0-pro-t2v"
PRO_I2V = "/v3/async/kling-v3.0-pro-i2v"
RESULT = "/v3/async/task-result"
PLACEHOLDER = {
    "sound": True,
    "prompt": "<string>",
    "duration": 123,
    "cfg_scale": 123,
    "aspect_ratio": "<string>",
    "multi_prompt": [{}],
    "negative_prompt": "<string>",
}
# Novita's calls as its users send them, and (width, height) of the film at full size.
NOVITA_CALLS = [
    (
        PRO_T2V,
        {
            "sound": True,
            "prompt": "Waves roll onto a rocky coast at dawn, the camera slowly pans right",
            "duration": 5,
            "cfg_scale": 0.5,
            "aspect_ratio": "16:9",
            "negative_prompt": "people, music",
        },
        (1920, 1080),
    ),
    (
        PRO_T2V,
        {
            "sound": True,
            "duration": 7,
            "multi_prompt": [
                {"prompt": "A lighthouse in fog", "duration": 3},
                {"prompt": "The keeper climbs the stairs", "duration": 4},
            ],
        },
        (1920, 1080),
    ),
    (
        PRO_I2V,
        {
            "image": data_url((20, 60, 120), (600, 300)),
            "end_image": base64_png((160, 60, 20)),
            "prompt": "The boat reaches the sea",
            "sound": False,
            "duration": 5,
            "cfg_scale": 0.5,
        },
        (2036, 1018),  # √(1920·1080·2) × √(1920·1080/2), even
    ),
]


def novita_ended(server: Server, task_id: str, prefix: str = "") -> dict:
    def over() -> dict | None:
        reply = server.http.get(prefix + RESULT, params={"task_id": task_id})
        assert reply.status_code == 200, reply.text
        body = reply.json()
        return body if body["task"]["status"] not in WAITING else None

    return wait_until(over, 60, every=0.05)


STILL = {"model": "animatic-still"}  # at once, for tests of what is around a film
WAITING = ("TASK_STATUS_QUEUED", "TASK_STATUS_PROCESSING")


def frames_of(film: bytes) -> tuple[int, int, int, bool]:
    """(width, height, decoded frames, whether there is sound)."""
    with av.open(io.BytesIO(film)) as container:
        sound = bool(container.streams.audio)
        video = container.streams.video[0]
        count = sum(1 for _ in container.decode(video))
        return video.width, video.height, count, sound


@pytest.mark.parametrize("prefix", ["", "/novita"])
@pytest.mark.parametrize(("path", "body", "size"), NOVITA_CALLS, ids=["sound", "shots", "images"])
def test_novita_call_to_film(server: Server, prefix: str, path: str, body: dict, size) -> None:
    made = server.http.post(prefix + path, json=body)
    assert made.status_code == 200
    assert list(made.json()) == ["task_id"]
    assert made.headers["x-reelway-engine"] == "animatic"

    result = novita_ended(server, made.json()["task_id"], prefix)
    assert result["task"]["status"] == "TASK_STATUS_SUCCEED", result["task"]["reason"]
    assert result["task"]["progress_percent"] == 100

    film = httpx.get(result["videos"][0]["video_url"])  # no key: the link is enough
    assert film.headers["content-type"] == "video/mp4"
    assert film.headers["x-reelway-engine"] == "animatic"
    width, height, frames, sound = frames_of(film.content)
    assert frames == body["duration"] * FRAME_RATE
    assert sound == body["sound"]
    assert abs(width * 8 - size[0]) <= 8
    assert abs(height * 8 - size[1]) <= 8

    task = server.task(made.json()["task_id"])  # the same task in another wire's words
    assert task["film"]["sha256"] == hashlib.sha256(film.content).hexdigest()
    assert task["film"]["frames"] == frames


MULEROUTER_T2V = "/vendors/klingai/v1/kling-v3/text-to-video/generation"
GENERATIONS = "/v1/videos/generations"


@pytest.mark.parametrize("prefix", ["", "/mulerouter"])
def test_mulerouter_call_to_film(server: Server, prefix: str) -> None:
    body = {
        "prompt": "A harbour city at sunset, airships between the towers",
        "mode": "pro",
        "aspect_ratio": "16:9",
        "duration": 10,
        "sound": "on",
    }
    made = server.http.post(prefix + MULEROUTER_T2V, json=body)
    assert made.status_code == 202
    info = made.json()["task_info"]
    assert info["status"] == "pending"
    assert info["created_at"] == info["updated_at"]
    server.ended(info["id"])
    for path in (MULEROUTER_T2V, MULEROUTER_T2V.replace("text-to", "image-to")):
        done = server.http.get(f"{prefix}{path}/{info['id']}").json()
        assert done["task_info"]["status"] == "completed"
        width, height, frames, sound = frames_of(httpx.get(done["videos"][0]).content)
        assert (width, height, frames, sound) == (240, 136, 240, True)


def test_mulerouter_frames_on_the_text_endpoint(server: Server) -> None:
    body = {
        "prompt": "The boat reaches the sea",
        "first_frame": base64_png((20, 60, 120), (600, 400)),
        "last_frame": base64_png((160, 60, 20)),
        "duration": "3",
        "multi_shot": "false",
    }
    made = server.http.post(MULEROUTER_T2V, json=body)
    task = server.ended(made.json()["task_info"]["id"])
    assert task["status"] == "succeeded"
    assert 1.4 < task["film"]["width"] / task["film"]["height"] < 1.6


@pytest.mark.parametrize("prefix", ["", "/aihubmax"])
def test_aihubmax_call_to_film(server: Server, prefix: str) -> None:
    body = {
        "model": "kling-v3-text-to-video",
        "prompt": "Rain begins to fall in an old temple garden, <<<voice_1>>> says: it is time",
        "resolution": "720p",
        "generate_audio": True,
        "voice_ids": ["voice_123456"],
        "negative_prompt": "blurry, watermark, text overlay",
        "aspect_ratio": "16:9",
        "duration": 5,
    }
    made = server.http.post(prefix + GENERATIONS, json=body)
    assert made.status_code == 200
    told = made.json()
    assert re.fullmatch(rf"task-unified-{told['created']}-[a-z0-9]{{8}}", told["id"])
    assert told["model"] == body["model"]
    assert (told["object"], told["progress"]) == ("video.generation.task", 0)
    assert (told["status"], told["type"]) == ("pending", "video")
    server.ended(told["id"])
    done = server.http.get(f"{prefix}/v1/tasks/{told['id']}").json()
    assert done["status"] == "completed"
    width, height, frames, sound = frames_of(httpx.get(done["results"][0]["url"]).content)
    assert (width, height, frames, sound) == (160, 90, 120, True)


def test_myrouter_call_to_film(server: Server) -> None:
    path, body, _ = NOVITA_CALLS[1]
    made = server.http.post("/myrouter" + path, json={**body, "sound": False})
    done = novita_ended(server, made.json()["task_id"], "/myrouter")
    assert done["task"]["status"] == "TASK_STATUS_SUCCEED"
    assert "enable_nsfw_detection" not in done["extra"]
    assert len(done["videos"]) == 1


def test_native_call_to_film(server: Server) -> None:
    made = server.http.post(
        "/native/api/v1/tasks", json={"prompt": "雪山日出", "duration": 3, "aspect_ratio": "9:16"}
    )
    assert made.status_code == 201
    task = server.ended(made.json()["id"])
    assert task["status"] == "succeeded"
    assert (task["film"]["width"], task["film"]["height"]) == (90, 160)
    assert task["accepted_at"] <= task["started_at"] <= task["stored_at"] <= task["finished_at"]


def test_a_still_by_header(server: Server) -> None:
    made = server.http.post(
        PRO_T2V,
        json={"prompt": "a boat", "sound": True},
        headers={"x-reelway-model": "animatic-still"},
    )
    task = server.ended(made.json()["task_id"])
    assert task["status"] == "succeeded"
    assert task["model"] == "animatic-still"
    assert task["film"]["frames"] == 5 * FRAME_RATE
    assert task["film"]["audio"]


def test_an_unknown_family_in_the_header_is_refused(server: Server) -> None:
    made = server.http.post(PRO_T2V, json={"prompt": "a"}, headers={"x-reelway-model": "wan"})
    assert made.status_code == 400
    assert "model" in made.json()["message"]


def test_an_unknown_model_is_refused(lone) -> None:
    reply = lone.post("/api/v1/tasks", json={"prompt": "a", "model": "sora-2"})
    assert reply.status_code == 400
    assert reply.json()["error"]["field"] == "model"
    assert "kling-v3, kling-o3, animatic, animatic-still" in reply.json()["error"]["message"]
    assert tasks_of(lone) == []


def test_an_unknown_field_is_named(server: Server) -> None:
    made = server.http.post(
        PRO_T2V, json={"prompt": "a boat", "dur4tion": 9, "重": 1, "duration": 3}
    )
    assert made.headers["x-reelway-ignored"] == "dur4tion, \\u91cd"
    task = server.ended(made.json()["task_id"])
    assert {"dur4tion", "重"} <= {entry["field"] for entry in task["report"]["ignored"]}


def test_the_same_request_makes_the_same_film(server: Server) -> None:
    body = {"prompt": "a lighthouse in fog", "duration": 3, "sound": True}
    assert server.make(**body)["film"]["sha256"] == server.make(**body)["film"]["sha256"]


# Refused: nothing is stored


@pytest.fixture
def lone(server: Server):
    """A client with the key of an owner that nobody else uses."""
    name = f"owner-{uuid.uuid4().hex[:8]}"
    with httpx.Client(base_url=server.address, headers=bearer(server, name), timeout=30) as client:
        yield client


def bearer(server: Server, owner: str) -> dict[str, str]:
    from reelway import control

    key = control.ask(
        server.data / "control.sock", {"do": "keys.create", "name": "test", "owner": owner}
    )
    return {"authorization": f"Bearer {key}"}


def tasks_of(client: httpx.Client) -> list[dict]:
    reply = client.get("/api/v1/tasks?limit=100")
    assert reply.status_code == 200
    return reply.json()["data"]


NOT_A_PICTURE = "bm90IGEgcGljdHVyZQ=="
NARROW, LONG = base64_png((0, 0, 0), (299, 400)), base64_png((0, 0, 0), (300, 780))
WHOLE = base64_png((9, 9, 9))
BAD = [
    (PRO_T2V, PLACEHOLDER, 400, "INVALID_REQUEST_BODY", "duration"),
    (PRO_T2V, {"prompt": " "}, 400, "INVALID_REQUEST_BODY", "prompt"),
    (PRO_I2V, {"prompt": "a"}, 400, "INVALID_REQUEST_BODY", "image"),
    (PRO_I2V, {"prompt": "a", "image": "https://example.com/a.png"}, 400, None, "image"),
    (
        PRO_I2V,
        {"prompt": "a", "image": "bm90IGEgcGljdHVyZQ=="},
        400,
        "INVALID_IMAGE_FORMAT",
        "image",
    ),
    (
        PRO_I2V,
        {"prompt": "a", "image": base64_png((0, 0, 0), (299, 400))},
        400,
        "INVALID_IMAGE_SIZE",
        "image",
    ),
    (
        PRO_I2V,
        {
            "prompt": "a",
            "image": base64_png((9, 9, 9)),
            "end_image": base64_png((0, 0, 0), (300, 780)),
        },
        400,
        "INVALID_IMAGE_SIZE",
        "end_image",
    ),
    ("/v3/async/kling-v3.0-ultra-t2v", {"prompt": "a"}, 404, "API_NOT_FOUND", ""),
]


@pytest.mark.parametrize(("path", "body", "status", "reason", "field"), BAD)
def test_refused_in_the_wires_words(lone, path, body, status, reason, field) -> None:
    reply = lone.post(path, json=body)
    assert reply.status_code == status
    told = reply.json()
    assert told["code"] == status
    assert told["reason"] == reason or reason is None
    assert re.search(rf"\b{field}\b", told["message"])
    assert tasks_of(lone) == []


def test_a_large_body_is_refused_while_it_is_read(server: Server, lone) -> None:
    def endless():
        for _ in range(80):
            yield b" " * (1 << 20)

    reply = lone.post(PRO_T2V, content=endless(), headers={"content-type": "application/json"})
    assert reply.status_code == 413
    assert "addresses" in reply.json()["message"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'{"prompt": "a", "cfg_scale": NaN}', "application/json"),
        (b'{"prompt": "\xff"}', "application/json"),
        (b"prompt=a", "application/x-www-form-urlencoded"),
        (b'{"prompt": "a"}', "text/plain"),
    ],
)
def test_what_is_not_json_is_refused(lone, content: bytes, kind: str) -> None:
    for path, reason in ((PRO_T2V, ("reason", "INVALID_REQUEST_BODY")), ("/api/v1/tasks", None)):
        reply = lone.post(path, content=content, headers={"content-type": kind})
        assert reply.status_code == 400
        if reason:
            assert reply.json()[reason[0]] == reason[1]
        else:
            assert reply.json()["error"]["code"] == "invalid_body"
    assert tasks_of(lone) == []


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", None])
def test_json_with_parameters_and_without_a_type_is_taken(server: Server, kind) -> None:
    headers = {"content-type": kind} if kind else {}
    reply = server.http.post(
        "/api/v1/tasks?dry_run=true", content=b'{"prompt": "a"}', headers=headers
    )
    assert reply.status_code == 200
    assert reply.request.headers.get("content-type") == kind


def test_a_dry_run_creates_nothing(lone) -> None:
    reply = lone.post(
        "/api/v1/tasks?dry_run=true",
        json={"prompt": "a", "first_frame": data_url((1, 2, 3), (400, 800)), "resolution": "1080p"},
    )
    assert reply.status_code == 200
    assert reply.json()["size"] == {"width": 1018, "height": 2036}
    assert tasks_of(lone) == []


# Idempotency


async def test_32_equal_creates_make_one_task(server: Server, lone) -> None:
    headers = {**dict(lone.headers), "idempotency-key": uuid.uuid4().hex}
    body = {"prompt": "a boat", "duration": 3}
    async with httpx.AsyncClient(base_url=server.address, headers=headers, timeout=60) as client:
        replies = await asyncio.gather(*(client.post(PRO_T2V, json=body) for _ in range(32)))
        other = await client.post(PRO_T2V, json={**body, "duration": 4})
    assert {r.status_code for r in replies} == {200}
    assert len({r.text for r in replies}) == 1
    assert sum(r.headers.get("idempotency-replayed") == "true" for r in replies) == 31
    assert len(tasks_of(lone)) == 1
    assert other.status_code == 422
    assert other.json()["code"] == 422


def test_equal_images_in_another_spelling_are_the_same_request(lone) -> None:
    headers = {"idempotency-key": "spelling"}
    body = {"prompt": "a", "duration": 3}
    first = lone.post(PRO_I2V, json={**body, "image": base64_png((1, 2, 3))}, headers=headers)
    again = lone.post(PRO_I2V, json={**body, "image": data_url((1, 2, 3))}, headers=headers)
    other = lone.post(PRO_I2V, json={**body, "image": data_url((3, 2, 1))}, headers=headers)
    assert first.text == again.text
    assert again.headers["idempotency-replayed"] == "true"
    assert other.status_code == 422


def test_a_refused_request_does_not_use_up_the_key(lone) -> None:
    headers = {"idempotency-key": "refused-first"}
    assert lone.post(PRO_T2V, json={"prompt": ""}, headers=headers).status_code == 400
    assert (
        lone.post(PRO_T2V, json={"prompt": "a", "duration": 3}, headers=headers).status_code == 200
    )


def test_a_key_belongs_to_its_owner(server: Server, lone) -> None:
    headers = {"idempotency-key": "shared"}
    body = {"prompt": "a", "duration": 3}
    mine = lone.post(PRO_T2V, json=body, headers=headers)
    theirs = server.http.post(PRO_T2V, json=body, headers=headers)
    assert mine.json()["task_id"] != theirs.json()["task_id"]


# What an owner does to a task


def test_cancel_and_delete(server: Server, lone) -> None:
    made = lone.post("/api/v1/tasks", json={"prompt": "a boat", "duration": 15, "resolution": "4k"})
    task_id = made.json()["id"]
    wait_until(lambda: lone.get(f"/api/v1/tasks/{task_id}").json()["status"] == "running", 60)
    assert lone.delete(f"/api/v1/tasks/{task_id}").status_code == 409
    cancelled = lone.post(f"/api/v1/tasks/{task_id}/cancel")
    assert cancelled.json()["status"] == "cancelled"
    assert lone.post(f"/api/v1/tasks/{task_id}/cancel").status_code == 409
    told = lone.get(RESULT, params={"task_id": task_id}).json()["task"]
    assert (told["status"], told["reason"]) == ("TASK_STATUS_FAILED", "cancelled")
    assert lone.delete(f"/api/v1/tasks/{task_id}").json()["deleted"] is True
    assert lone.get(f"/api/v1/tasks/{task_id}").status_code == 404


def test_the_list_is_newest_first_and_pages(server: Server, lone) -> None:
    still = {"prompt": "a", "duration": 3, **STILL}
    ids = [lone.post("/api/v1/tasks", json=still).json()["id"] for _ in range(5)]
    seen, after = [], None
    while True:
        page = lone.get("/api/v1/tasks", params={"limit": 2} | ({"after": after} if after else {}))
        seen += [task["id"] for task in page.json()["data"]]
        after = page.json()["next"]
        if after is None:
            break
    assert seen == ids[::-1]
    done = "/api/v1/tasks?status=succeeded"
    wait_until(lambda: len(lone.get(done).json()["data"]) == 5, 60, every=0.05)
    assert lone.get("/api/v1/tasks?status=failed").json()["data"] == []
    assert lone.get("/api/v1/tasks?model=kling-v3").json()["data"] == []
    assert lone.get("/api/v1/tasks?limit=0").status_code == 400


# Files


def test_film_and_poster_links(server: Server) -> None:
    task = server.make(prompt="a forest in the rain", duration=3, **STILL)
    link = task["film"]["url"]
    assert server.task(task["id"])["film"]["url"] == link  # the same link within one clock hour
    whole = httpx.get(link)
    part = httpx.get(link, headers={"range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole.content)}"
    assert httpx.get(link, headers={"range": f"bytes={10**12}-"}).status_code == 416
    assert httpx.head(link).headers["content-length"] == str(len(whole.content))
    tag = whole.headers["etag"]
    same = httpx.get(link, headers={"if-none-match": f'"x", W/{tag}'})
    assert same.status_code == 304 and "content-length" not in same.headers
    assert httpx.get(link, headers={"if-none-match": '"x"'}).status_code == 200
    since = {"if-modified-since": whole.headers["last-modified"]}
    assert httpx.get(link, headers=since).status_code == 304
    stale = {"range": "bytes=0-9", "if-range": '"another"'}
    assert httpx.get(link, headers=stale).status_code == 200

    poster = httpx.get(task["poster_url"])
    assert poster.headers["content-type"] == "image/jpeg"
    assert poster.content[:2] == b"\xff\xd8"
    assert httpx.get(task["poster_url"]).content == poster.content
    assert httpx.get(task["poster_url"].replace("poster.jpg", "film.mp4")).status_code == 403


def test_deleting_a_task_leaves_its_twins_film(server: Server) -> None:
    body = {"prompt": "twin lighthouses that no other test asks for", "duration": 3}
    one, two = server.make(**body), server.make(**body)
    assert one["film"]["sha256"] == two["film"]["sha256"]
    assert server.http.delete(f"/api/v1/tasks/{one['id']}").status_code == 200
    assert httpx.get(one["film"]["url"]).status_code == 404
    assert httpx.get(two["film"]["url"]).status_code == 200
    assert server.http.delete(f"/api/v1/tasks/{two['id']}").status_code == 200
    sha256 = two["film"]["sha256"]
    kept = [p for p in (server.data / "assets").rglob("*") if sha256[2:] in p.name]
    assert kept == []
