"""Against the bodies of novita.ai/docs/api-reference: model-apis-kling-v3.0-*,
model-apis-task-result, basic-error-code."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

from vendors.asking import LINK, STILL, asking, seen
from vendors.novita import Novita

T2V, I2V = "/v3/async/kling-v3.0-pro-t2v", "/v3/async/kling-v3.0-pro-i2v"
RESULT = "/v3/async/task-result"
PLAIN = {"prompt": "A paper boat drifts down a rainy gutter"}
FULL = {
    "prompt": "A paper boat drifts down a rainy gutter",
    "negative_prompt": "text, watermark",
    "duration": 8,
    "sound": True,
    "cfg_scale": 0.6,
    "aspect_ratio": "9:16",
}
SHOTS = {
    "image": LINK,
    "duration": 9,
    "sound": True,
    "multi_prompt": [
        {"prompt": "Close on the folded bow", "duration": 4},
        {"prompt": "Wide, the drain opens", "duration": 5},
    ],
}


def result(id: str, word: str, times: tuple[str, str, str], **task: Any) -> dict[str, Any]:
    submit, execute, complete = times
    return {
        "extra": {
            "seed": "",
            "enable_nsfw_detection": False,
            "debug_info": {
                "request_info": "",
                "submit_time_ms": submit,
                "execute_time_ms": execute,
                "complete_time_ms": complete,
            },
        },
        "task": {
            "task_id": id,
            "task_type": "KLING_V3_0_PRO_T2V",
            "status": f"TASK_STATUS_{word}",
            "reason": "",
            "eta": 0,
            "progress_percent": 0,
            **task,
        },
        "images": [],
        "videos": [],
        "audios": [],
    }


async def test_from_a_request_to_a_film() -> None:
    vendor = Novita(**STILL)
    async with asking(vendor) as http:
        made = await http.post(T2V, json=FULL)
        assert (made.status_code, list(made.json())) == (200, ["task_id"])
        id = made.json()["task_id"]
        asked = {"task_id": id}

        queued = await http.get(RESULT, params=asked)
        assert queued.status_code == 200
        assert queued.json() == result(id, "QUEUED", ("1771027200000", "", ""))

        await vendor.advance(3.1 + 40)
        running = await http.get(RESULT, params=asked)
        times = ("1771027200000", "1771027203100", "")
        assert running.json() == result(id, "PROCESSING", times, eta=47.3, progress_percent=45)

        await vendor.advance(60)
        done = (await http.get(RESULT, params=asked)).json()
        [video] = done.pop("videos")
        golden = result(id, "SUCCEED", (*times[:2], "1771027290400"), progress_percent=100)
        golden["extra"]["seed"] = "7"
        assert done | {"videos": []} == golden
        assert video.keys() == {"video_url", "video_url_ttl", "video_type"}
        assert (video["video_url_ttl"], video["video_type"]) == ("3600", "mp4")

        film = await http.get(video["video_url"], headers={"authorization": ""})
        assert (film.status_code, film.headers["content-type"]) == (200, "video/mp4")
        assert seen(film.content) == (136, 240, 8 * 24, True)
    assert vendor.ledger.jobs_made("boat drifts") == 1
    assert vendor.ledger.charged == 168_000 * 8
    [create] = vendor.ledger.creates
    assert (create.made, create.body, create.unknown) == (True, FULL, ())
    assert create.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("path", "body", "size", "price"),
    [
        (T2V, PLAIN, (1920, 1080), 112_000 * 5),
        ("/v3/async/kling-v3.0-std-t2v", PLAIN | {"aspect_ratio": "1:1"}, (960, 960), 84_000 * 5),
        ("/v3/async/kling-v3.0-4k-t2v", PLAIN | {"duration": 15}, (3840, 2160), 420_000 * 15),
        (I2V, SHOTS, (1920, 1080), 168_000 * 9),
        (I2V, PLAIN | {"image": LINK, "end_image": LINK, "cfg_scale": 1}, (1920, 1080), 560_000),
        (T2V, {"prompt": "", "multi_prompt": SHOTS["multi_prompt"]}, (1920, 1080), 112_000 * 9),
        (T2V, {"multi_prompt": [{"prompt": "雨" * 512, "duration": 3}]}, (1920, 1080), 336_000),
        (T2V, PLAIN | {"extra": {"webhook": {"url": LINK}}}, (1920, 1080), 560_000),
    ],
)
async def test_what_the_documents_allow(
    path: str, body: dict[str, Any], size: tuple[int, int], price: int
) -> None:
    vendor = Novita(**STILL)
    async with asking(vendor) as http:
        assert (await http.post(path, json=body)).status_code == 200
    [job] = vendor.ledger.jobs.values()
    assert (job.order.size, job.price) == (size, price)
    assert vendor.ledger.creates[0].unknown == ()


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        (T2V, {}, "prompt"),
        (T2V, [PLAIN], "body"),
        (T2V, {"prompt": "   "}, "prompt"),
        (T2V, {"prompt": "x" * 2501}, "prompt"),
        (T2V, PLAIN | {"negative_prompt": "x" * 2501}, "negative_prompt"),
        (T2V, PLAIN | {"duration": "5"}, "duration"),
        (T2V, PLAIN | {"duration": 5.0}, "duration"),
        (T2V, PLAIN | {"duration": True}, "duration"),
        (T2V, PLAIN | {"duration": 2}, "duration"),
        (T2V, PLAIN | {"duration": 16}, "duration"),
        (T2V, PLAIN | {"duration": None}, "duration"),
        (T2V, PLAIN | {"sound": "on"}, "sound"),
        (T2V, PLAIN | {"cfg_scale": 1.01}, "cfg_scale"),
        (T2V, PLAIN | {"aspect_ratio": "4:3"}, "aspect_ratio"),
        (T2V, PLAIN | {"multi_prompt": SHOTS["multi_prompt"]}, "multi_prompt"),
        (T2V, {"multi_prompt": []}, "multi_prompt"),
        (T2V, {"multi_prompt": ["a", "b"]}, "multi_prompt"),
        (T2V, {"multi_prompt": [{"prompt": "x" * 513, "duration": 3}]}, "multi_prompt"),
        (T2V, {"multi_prompt": [{"prompt": "x", "duration": "3"}]}, "multi_prompt"),
        (T2V, {"multi_prompt": [{"prompt": "x", "duration": 0}]}, "multi_prompt"),
        (T2V, {"multi_prompt": [{"prompt": "x", "duration": 2}]}, "multi_prompt"),
        (T2V, {"multi_prompt": [{"prompt": "x", "duration": 2}] * 7}, "multi_prompt"),
        (I2V, SHOTS | {"duration": 8}, "multi_prompt"),
        (I2V, SHOTS | {"end_image": LINK}, "end_image"),
        (I2V, PLAIN, "image"),
        (T2V, PLAIN | {"extra": {"webhook": "https://a.example"}}, "extra.webhook"),
    ],
)
async def test_what_they_do_not(path: str, body: Any, words: str) -> None:
    vendor = Novita(**STILL)
    async with asking(vendor) as http:
        said = await http.post(path, json=body)
    assert said.status_code == 400
    assert said.json() == {
        "code": 400,
        "reason": "INVALID_REQUEST_BODY",
        "message": said.json()["message"],
        "metadata": {},
    }
    assert words in said.json()["message"]
    assert (vendor.ledger.jobs_made(), vendor.ledger.charged) == (0, 0)
    assert [entry.status for entry in vendor.ledger.creates] == [400]


async def test_a_field_that_it_does_not_know_is_ignored_and_noted() -> None:
    vendor = Novita(**STILL)
    async with asking(vendor) as http:
        body = PLAIN | {"image": LINK, "mode": "pro"}
        assert (await http.post(T2V, json=body)).status_code == 200
    assert vendor.ledger.creates[0].unknown == ("image", "mode")


def base64_of(size: tuple[int, int], form: str = "PNG") -> str:
    out = io.BytesIO()
    Image.new("RGB", size).save(out, form)
    return base64.b64encode(out.getvalue()).decode()


@pytest.mark.parametrize(
    ("picture", "inline", "reason"),
    [
        (base64_of((750, 300)), True, None),
        (base64_of((750, 300)), False, "INVALID_IMAGE_FORMAT"),
        ("data:image/png;base64," + base64_of((640, 360)), True, "INVALID_IMAGE_FORMAT"),
        (base64_of((752, 300)), True, "INVALID_IMAGE_SIZE"),
        (base64_of((640, 299), "JPEG"), True, "INVALID_IMAGE_SIZE"),
        (base64_of((640, 360), "GIF"), True, "INVALID_IMAGE_FORMAT"),
        (base64.b64encode(bytes((10 << 20) + 1)).decode(), True, "IMAGE_FILE_EXCEEDS_MAX_SIZE"),
    ],
)
async def test_pictures(picture: str, inline: bool, reason: str | None) -> None:
    vendor = Novita(**STILL, inline=inline)
    async with asking(vendor) as http:
        said = await http.post(I2V, json=PLAIN | {"image": picture})
    assert said.json().get("reason") == reason
    if reason is None:  # 2.5:1 of 1920×1080's area
        [job] = vendor.ledger.jobs.values()
        assert job.order.size == (2276, 910)


@pytest.mark.parametrize(
    ("key", "path", "status", "reason"),
    [
        ("", T2V, 401, "FAILED_TO_AUTH"),
        ("another", T2V, 403, "INVALID_API_KEY"),
        ("vendor-key-1", "/v3/async/kling-v3.0-ultra-t2v", 404, "API_NOT_FOUND"),
    ],
)
async def test_keys_and_paths(key: str, path: str, status: int, reason: str) -> None:
    vendor = Novita(**STILL)
    async with asking(vendor, key) as http:
        said = await http.post(path, json=PLAIN)
        assert (said.status_code, said.json()["reason"]) == (status, reason)
        assert said.json()["code"] == status
    assert vendor.ledger.jobs_made() == 0


async def test_other_refusals() -> None:
    vendor = Novita(**STILL, funds=600_000)
    async with asking(vendor) as http:
        form = await http.post(T2V, data={"prompt": "x"})
        assert (form.status_code, form.json()["reason"]) == (400, "INVALID_REQUEST_BODY")
        lost = await http.get(RESULT, params={"task_id": "no such"})
        assert (lost.status_code, lost.json()["reason"]) == (404, "TASK_NOT_FOUND")
        assert (await http.post(T2V, json=PLAIN)).status_code == 200
        poor = await http.post(T2V, json=PLAIN)
        assert (poor.status_code, poor.json()["reason"]) == (400, "BILLING_BALANCE_NOT_ENOUGH")
    assert (vendor.balance, vendor.ledger.charged) == (40_000, 560_000)


async def test_a_refused_prompt_ends_the_task_and_costs_nothing() -> None:
    vendor = Novita(**STILL, funds=1_000_000)
    vendor.fault("refused", prompt="boat")
    async with asking(vendor) as http:
        id = (await http.post(T2V, json=PLAIN)).json()["task_id"]
        assert vendor.balance == 440_000
        await vendor.advance(91)
        said = await http.get(RESULT, params={"task_id": id})
    times = ("1771027200000", "1771027203100", "1771027290400")
    reason = "prompt refused by content policy"
    assert said.status_code == 200
    assert said.json() == result(id, "FAILED", times, reason=reason)
    assert (vendor.balance, vendor.ledger.charged) == (1_000_000, 0)
