"""Against the bodies of docs.aihubmax.com and docs.foxapi.cc: create, query, errors."""

from __future__ import annotations

import re
from typing import Any

import pytest

from vendors.aihubmax import AIHubMax
from vendors.asking import LINK, STILL, asking, seen

CREATE = "/v1/videos/generations"
PLAIN = {"model": "kling-v3-text-to-video", "prompt": "A lighthouse in fog"}
FULL = {
    "model": "kling-v3-text-to-video",
    "prompt": "<<<voice_1>>> says: the tide is late",
    "resolution": "1080p",
    "generate_audio": True,
    "negative_prompt": "text",
    "aspect_ratio": "9:16",
    "duration": 10,
    "voice_ids": ["voice_81"],
    "multi_prompt": [
        {"prompt": "Lamp room", "duration": 4},
        {"prompt": "Rocks below", "duration": 6},
    ],
}
IMAGE = {
    "model": "kling-v3-image-to-video",
    "prompt": "Fog lifts",
    "image_url": LINK,
    "image_tail_url": LINK,
    "resolution": "720p",
    "generate_audio": False,
    "duration": 5,
}
O3 = {"model": "kling-o3-image-to-video", "image_url": LINK}


def task(id: str, status: str, progress: int, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "object": "video.generation.task",
        "type": "video",
        "model": "kling-v3-text-to-video",
        "status": status,
        "progress": progress,
        "created": 1771027200,
        "results": None,
        "error": None,
        "usage": {"credits_reserved": 16.8, "user_group": "default"},
        **more,
    }


async def test_from_a_request_to_a_film() -> None:
    vendor = AIHubMax(**STILL)
    async with asking(vendor) as http:
        made = await http.post(CREATE, json=FULL)
        id = made.json()["id"]
        assert re.fullmatch(r"task-unified-1771027200-[a-z0-9]{8}", id)
        assert made.status_code == 200
        assert made.json() == {
            "created": 1771027200,
            "id": id,
            "model": "kling-v3-text-to-video",
            "object": "video.generation.task",
            "progress": 0,
            "status": "pending",
            "task_info": {"can_cancel": True, "estimated_time": 90},
            "type": "video",
        }
        where = f"/v1/tasks/{id}"
        assert (await http.get(where)).json() == task(id, "pending", 0)
        await vendor.advance(3.1 + 40)
        refreshed = await http.get(where, params={"sync_upstream": "true"})
        assert refreshed.json() == task(id, "processing", 45)
        await vendor.advance(100)
        done = (await http.get(where)).json()
        [link] = done["results"]
        assert done == task(id, "completed", 100, results=[link])
        assert link.keys() == {"url"}
        film = await http.get(link["url"], headers={"authorization": ""})
        assert seen(film.content) == (136, 240, 240, True)
        # 24 h from its end, however often it was asked for
        await vendor.advance(86_340)
        late = (await http.get(where)).json()["results"]
        assert (await http.get(late[0]["url"])).status_code == 200
        await vendor.advance(60)
        later = (await http.get(where)).json()["results"]
        assert (await http.get(later[0]["url"])).status_code == 403
    assert vendor.ledger.charged == 168_000 * 10


async def test_evolinks_results_are_strings() -> None:
    vendor = AIHubMax(**STILL, strings=True)
    async with asking(vendor) as http:
        id = (await http.post(CREATE, json=PLAIN)).json()["id"]
        await vendor.advance(100)
        [link] = (await http.get(f"/v1/tasks/{id}")).json()["results"]
        assert (await http.get(link)).status_code == 200


async def test_a_voice_is_a_task_too() -> None:
    vendor = AIHubMax(**STILL)
    async with asking(vendor) as http:
        body = {"model": "kling-video-create-voice", "voice_url": "https://files.example.com/v.mp3"}
        id = (await http.post(CREATE, json=body)).json()["id"]
        await vendor.advance(100)
        assert (await http.get(f"/v1/tasks/{id}")).json() == task(
            id,
            "completed",
            100,
            object="audio.generation.task",
            type="audio",
            model="kling-video-create-voice",
            results=[{"voice_id": "voice_1"}],
            usage={"credits_reserved": 1.0, "user_group": "default"},
        )


@pytest.mark.parametrize(
    "body",
    [
        PLAIN,
        IMAGE,
        O3 | {"prompt": "x", "duration": 3, "end_image_url": LINK},
        O3 | {"prompt": None, "multi_prompt": [{"prompt": "x", "duration": 3}]},
        {"model": "kling-o3-text-to-video", "prompt": "x", "duration": 15, "resolution": "4k"},
        PLAIN | {"multi_prompt": FULL["multi_prompt"]},
        PLAIN | {"callback_url": "https://client.example.com/hook"},
    ],
)
async def test_what_the_documents_allow(body: dict[str, Any]) -> None:
    vendor = AIHubMax(**STILL)
    async with asking(vendor) as http:
        said = await http.post(CREATE, json=body)
    assert said.status_code == 200, said.text
    assert vendor.ledger.creates[0].unknown == ()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"prompt": "x"}, "model"),
        (PLAIN | {"model": "kling-v9"}, "model"),
        ({"model": PLAIN["model"]}, "prompt"),
        (PLAIN | {"prompt": "x" * 2501}, "prompt"),
        (PLAIN | {"duration": 6}, "duration"),
        (PLAIN | {"duration": "5"}, "duration"),
        (PLAIN | {"multi_prompt": [{"prompt": "x", "duration": 4}]}, "duration"),
        (PLAIN | {"duration": 5, "multi_prompt": FULL["multi_prompt"]}, "multi_prompt"),
        (PLAIN | {"resolution": "pro"}, "resolution"),
        (PLAIN | {"generate_audio": "on"}, "generate_audio"),
        (PLAIN | {"generate_audio": None}, "generate_audio"),
        (PLAIN | {"voice_ids": ["voice_81"]}, "voice_ids"),
        (FULL | {"voice_ids": ["a", "b", "c"]}, "voice_ids"),
        (FULL | {"prompt": "<<<voice_2>>> speaks"}, "voice 2"),
        (IMAGE | {"image_url": None}, "image_url"),
        (IMAGE | {"multi_prompt": [{"prompt": "x", "duration": 5}]}, "image_tail_url"),
        (O3 | {"prompt": "x", "multi_prompt": [{"prompt": "x", "duration": 5}]}, "prompt"),
        (IMAGE | {"image_url": "iVBORw0KGgo="}, "image_url"),
        ({"model": "kling-video-create-voice", "voice_url": "v.mp3"}, "voice_url"),
    ],
)
async def test_what_they_do_not(body: dict[str, Any], words: str) -> None:
    vendor = AIHubMax(**STILL)
    async with asking(vendor) as http:
        said = await http.post(CREATE, json=body)
    message = said.json()["error"]["message"]
    assert said.status_code == 400
    assert said.json() == {"error": {"message": message, "type": "invalid_request_error"}}
    assert words in message
    assert vendor.ledger.jobs_made() == 0


@pytest.mark.parametrize(
    ("fault", "status", "type"),
    [
        ({"kind": "key_refused"}, 401, "authentication_error"),
        ({"kind": "balance"}, 402, "insufficient_quota"),
        ({"kind": "throttled"}, 429, "rate_limit_error"),
        ({"kind": "error_before"}, 500, "server_error"),
        ({"kind": "error_before", "status": 503}, 503, "service_unavailable_error"),
    ],
)
async def test_errors(fault: dict[str, Any], status: int, type: str) -> None:
    vendor = AIHubMax(**STILL)
    vendor.fault(**fault)
    async with asking(vendor) as http:
        said = await http.post(CREATE, json=PLAIN)
    assert (said.status_code, said.json()["error"]["type"]) == (status, type)
    assert said.json()["error"].keys() == {"message", "type"}
    assert vendor.ledger.jobs_made() == 0


async def test_a_failure_stands_in_the_task() -> None:
    vendor = AIHubMax(**STILL)
    vendor.fault("refused")
    async with asking(vendor) as http:
        id = (await http.post(CREATE, json=PLAIN)).json()["id"]
        await vendor.advance(100)
        said = await http.get(f"/v1/tasks/{id}")
    assert said.status_code == 200
    error = {
        "code": "content_policy_violation",
        "message": "prompt refused by content policy",
        "type": "task_error",
    }
    usage = {"credits_reserved": 0, "user_group": "default"}
    assert said.json() == task(id, "failed", 0, error=error, usage=usage)
