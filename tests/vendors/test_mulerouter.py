"""Against the bodies of mulerouter.ai/docs: api-reference/endpoint/klingai/kling-v3,
get-started/async-tasks, get-started/error-codes."""

from __future__ import annotations

import base64
import io
import re
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from vendors.asking import LINK, STILL, asking, seen
from vendors.mulerouter import MuleRouter

TEXT = "/vendors/klingai/v1/kling-v3/text-to-video/generation"
IMAGE = "/vendors/klingai/v1/kling-v3/image-to-video/generation"
PLAIN = {"prompt": "A tram climbs a steep street at dawn"}
ELEMENT = {"type": "image", "frontal_image": LINK, "reference_images": [LINK]}
FULL = {
    "prompt": "A tram climbs a steep street at dawn, <<<element_1>>> waves",
    "negative_prompt": "snow",
    "first_frame": LINK,
    "last_frame": LINK,
    "multi_shot": False,
    "sound": "on",
    "mode": "pro",
    "aspect_ratio": "16:9",
    "duration": 8,
    "elements": [ELEMENT],
}
SHOTS = {
    "multi_shot": True,
    "shot_type": "customize",
    "duration": 7,
    "mode": "std",
    "sound": "off",
    "multi_prompt": [
        {"index": 1, "prompt": "Tram bell, close", "duration": 3},
        {"index": 2, "prompt": "Wide of the hill", "duration": 4},
    ],
}
CREATED = "2026-02-14T00:00:00.000Z"


def info(id: str, status: str, updated: str = CREATED) -> dict[str, Any]:
    return {"id": id, "status": status, "created_at": CREATED, "updated_at": updated}


@pytest.mark.parametrize(
    ("words", "spoken"),
    [
        ("endpoint", ["pending", "pending", "processing", "completed"]),
        ("general", ["queued", "queued", "running", "succeeded"]),
        ("both", ["pending", "queued", "processing", "succeeded"]),
    ],
)
async def test_from_a_request_to_a_film(words: str, spoken: list[str]) -> None:
    vendor = MuleRouter(**STILL, words=words)
    async with asking(vendor) as http:
        made = await http.post(TEXT, json=SHOTS)
        assert made.status_code == 202
        id = made.json()["task_info"]["id"]
        assert UUID(id).version == 4
        assert made.json() == {"task_info": info(id, spoken[0])}
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", made.headers["traceparent"])

        where = f"{TEXT}/{id}"
        assert (await http.get(where)).json() == {"task_info": info(id, spoken[1])}
        await vendor.advance(4)
        running = (await http.get(where)).json()
        assert running == {"task_info": info(id, spoken[2], "2026-02-14T00:00:04.000Z")}
        await vendor.advance(200)
        ended = await http.get(where)
        done = ended.json()
        assert ended.status_code == 200
        assert done["task_info"] == info(id, spoken[3], "2026-02-14T00:01:30.400Z")
        assert done.keys() == {"task_info", "videos"}
        [link] = done["videos"]
        assert f"/public/{id}/result_000.mp4" in link
        film = await http.get(link, headers={"authorization": ""})
        assert seen(film.content) == (160, 90, 7 * 24, False)

        elsewhere = await http.get(f"{IMAGE}/{id}")
        assert elsewhere.status_code == 404
    assert vendor.ledger.jobs_made("Tram bell, close") == 1
    assert vendor.ledger.charged == 84_000 * 7


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (TEXT, PLAIN),
        (TEXT, FULL),
        (IMAGE, FULL),
        (IMAGE, {"last_frame": LINK} | PLAIN),
        (IMAGE, SHOTS | {"first_frame": LINK, "last_frame": LINK}),
        (TEXT, PLAIN | {"first_frame": None, "multi_prompt": None, "elements": None}),
        (TEXT, PLAIN | {"multi_shot": True, "shot_type": "intelligence"}),
        (TEXT, SHOTS | {"prompt": "ignored <<<element_3>>>"}),
    ],
)
async def test_what_the_documents_allow(path: str, body: dict[str, Any]) -> None:
    vendor = MuleRouter(**STILL)
    async with asking(vendor) as http:
        said = await http.post(path, json=body)
    assert said.status_code == 202, said.text
    assert vendor.ledger.creates[0].unknown == ()


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        (TEXT, {}, "prompt"),
        (TEXT, PLAIN | {"prompt": None}, "prompt"),
        (TEXT, PLAIN | {"sound": True}, "sound"),
        (TEXT, PLAIN | {"sound": "ON"}, "sound"),
        (TEXT, PLAIN | {"mode": "4k"}, "mode"),
        (TEXT, PLAIN | {"duration": "5"}, "duration"),
        (TEXT, PLAIN | {"multi_shot": True}, "shot_type"),
        (TEXT, PLAIN | {"multi_shot": True, "shot_type": "customize"}, "multi_prompt"),
        (TEXT, {"multi_shot": True, "shot_type": "intelligence"}, "prompt"),
        (TEXT, {k: v for k, v in SHOTS.items() if k != "duration"}, "multi_prompt"),
        (TEXT, PLAIN | {"multi_prompt": []}, "multi_prompt"),
        (TEXT, PLAIN | {"elements": []}, "elements"),
        (TEXT, PLAIN | {"elements": [ELEMENT] * 4}, "elements"),
        (TEXT, PLAIN | {"elements": [ELEMENT | {"reference_images": []}]}, "reference_images"),
        (TEXT, PLAIN | {"elements": [{"reference_images": [LINK]}]}, "frontal_image"),
        (TEXT, FULL | {"prompt": "<<<element_2>>> waves"}, "element 2"),
        (IMAGE, PLAIN, "first_frame"),
        (IMAGE, FULL | {"camera_control": {"type": "simple"}}, "camera_control"),
        (IMAGE, PLAIN | {"first_frame": "data:image/png;base64,AAAA"}, "first_frame"),
    ],
)
async def test_what_they_do_not(path: str, body: dict[str, Any], words: str) -> None:
    vendor = MuleRouter(**STILL)
    async with asking(vendor) as http:
        said = await http.post(path, json=body)
    assert said.status_code == 400
    detail = said.json()["detail"]
    assert said.json() == {"code": 400, "title": "Bad Request", "detail": detail}
    assert words in detail
    assert vendor.ledger.jobs_made() == 0


async def test_raw_base64_is_a_picture_and_gives_the_film_its_shape() -> None:
    out = io.BytesIO()
    Image.new("RGB", (600, 400)).save(out, "JPEG")
    body = PLAIN | {"first_frame": base64.b64encode(out.getvalue()).decode()}
    vendor = MuleRouter(**STILL)
    async with asking(vendor) as http:
        assert (await http.post(IMAGE, json=body)).status_code == 202
        assert (await http.post(IMAGE, json=body | {"aspect_ratio": "1:1"})).status_code == 202
    sizes = [job.order.size for job in vendor.ledger.jobs.values()]
    assert sizes == [(1176, 784), (960, 960)]


@pytest.mark.parametrize("short", [False, True])
async def test_errors(short: bool) -> None:
    vendor = MuleRouter(**STILL, funds=0, short_errors=short)
    async with asking(vendor) as http:
        poor = await http.post(TEXT, json=PLAIN)
        vendor.keys.clear()
        barred = await http.post(TEXT, json=PLAIN)
        nowhere = await http.get(f"{TEXT}/{'0' * 8}-1111-4111-8111-{'0' * 12}")
    assert [said.status_code for said in (poor, barred, nowhere)] == [402, 401, 401]
    long = {"code": 402, "title": "Payment Required", "detail": "balance too low"}
    assert poor.json() == ({"detail": "balance too low"} if short else long)


@pytest.mark.parametrize(("kind", "code"), [("refused", 4002), ("failed", 3001)])
async def test_a_failure_stands_in_the_task(kind: str, code: int) -> None:
    vendor = MuleRouter(**STILL)
    vendor.fault(kind)
    async with asking(vendor) as http:
        id = (await http.post(TEXT, json=PLAIN)).json()["task_info"]["id"]
        await vendor.advance(100)
        said = await http.get(f"{TEXT}/{id}")
    assert (said.status_code, said.json().keys()) == (200, {"task_info"})
    task = said.json()["task_info"]
    error = task.pop("error")
    assert task == info(id, "failed", "2026-02-14T00:01:30.400Z")
    assert (error["code"], error.keys()) == (code, {"code", "title", "detail"})
