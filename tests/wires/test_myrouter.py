"""MyRouter: Novita's format, golden bodies from its own pages, and where it differs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from reelway import errors
from reelway.errors import InvalidRequest, ReelwayError
from reelway.request import Image, Shot, VideoRequest
from reelway.server.dispatch import Table
from reelway.task import Fault, View
from reelway.wire import Call, Ignored, Reading, Reply, Wire, wires
from reelway.wires.myrouter import wire
from reelway.wires.novita import Novita
from wires.cases import UUID4, ask, call_of, loop, mutations

WIRE: Wire = wire
PNG = "data:image/png;base64,iVBORw0KGgo="
KITE, SKY = "https://files.example.com/kite.jpg", "https://files.example.com/sky.jpg"
SLUGS = ["std-t2v", "std-i2v", "pro-t2v", "pro-i2v", "4k-t2v", "4k-i2v"]
T2V, I2V = "pro-t2v", "std-i2v"


def path(slug: str) -> str:
    return f"/v3/async/kling-v3.0-{slug}"


# Golden requests. Pages: models/reference-kling-v3.0-{pro-t2v,pro-i2v,std-i2v}.
REQUESTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        T2V,
        {"prompt": "Two kites tangle over a beach"},
        {"resolution": "1080p", "prompt": "Two kites tangle over a beach"},
    ),
    (
        "4k-t2v",
        {
            "prompt": "Two kites tangle over a beach",
            "sound": True,
            "duration": 6,
            "cfg_scale": 0.4,
            "aspect_ratio": "1:1",
            "negative_prompt": "people",
        },
        {
            "resolution": "4k",
            "prompt": "Two kites tangle over a beach",
            "sound": True,
            "duration": 6,
            "cfg_scale": 0.4,
            "aspect_ratio": "1:1",
            "negative_prompt": "people",
        },
    ),
    (
        I2V,
        {"image": KITE, "prompt": "The string snaps", "end_image": SKY, "duration": 5},
        {
            "kind": "image",
            "first_frame": Image(source=KITE),
            "last_frame": Image(source=SKY),
            "prompt": "The string snaps",
        },
    ),
    # rules.md, calls that must work unchanged
    (
        T2V,
        {
            "sound": True,
            "prompt": "Waves roll onto a rocky coast at dawn, the camera slowly pans right",
            "duration": 5,
            "cfg_scale": 0.5,
            "aspect_ratio": "16:9",
            "negative_prompt": "people, music",
        },
        {
            "resolution": "1080p",
            "sound": True,
            "prompt": "Waves roll onto a rocky coast at dawn, the camera slowly pans right",
            "cfg_scale": 0.5,
            "aspect_ratio": "16:9",
            "negative_prompt": "people, music",
        },
    ),
    (
        T2V,
        {
            "sound": True,
            "duration": 7,
            "multi_prompt": [
                {"prompt": "A lighthouse in fog", "duration": 3},
                {"prompt": "The keeper climbs the stairs", "duration": 4},
            ],
        },
        {
            "resolution": "1080p",
            "sound": True,
            "duration": 7,
            "shot_mode": "customize",
            "shots": (
                Shot(prompt="A lighthouse in fog", duration=3),
                Shot(prompt="The keeper climbs the stairs", duration=4),
            ),
        },
    ),
    (
        "pro-i2v",
        {
            "image": PNG,
            "end_image": SKY,
            "prompt": "The boat reaches the sea",
            "sound": False,
            "duration": 5,
            "cfg_scale": 0.5,
        },
        {
            "kind": "image",
            "resolution": "1080p",
            "first_frame": Image(source=PNG),
            "last_frame": Image(source=SKY),
            "prompt": "The boat reaches the sea",
            "cfg_scale": 0.5,
        },
    ),
    # awkward: non-ASCII, a fraction, markers as plain text, an unknown field
    (
        "4k-i2v",
        {"image": KITE, "prompt": "凧が<<<element_1>>>を 🪁", "cfg_scale": 0.125, "style": "ink"},
        {
            "kind": "image",
            "resolution": "4k",
            "first_frame": Image(source=KITE),
            "prompt": "凧が<<<element_1>>>を 🪁",
            "cfg_scale": 0.125,
            "extra": {"style": "ink"},
        },
    ),
]


@pytest.mark.parametrize(("slug", "body", "fields"), REQUESTS)
def test_request(slug: str, body: dict[str, Any], fields: dict[str, Any]) -> None:
    reading = ask(WIRE, path(slug), body)
    assert isinstance(reading, Reading), reading
    assert reading.request == VideoRequest(**fields)
    assert reading.model_asked == f"kling-v3.0-{slug}"
    call = WIRE.write_request(VideoRequest(**fields))
    assert (call.method, call.path) == ("POST", path(slug))
    assert call.data == {"duration": 5, "sound": False, **body}
    assert loop(WIRE, reading) == reading


# What is refused: (slug, body, the field that is named, and how the message begins).
SHOT = {"prompt": "a", "duration": 3}
REFUSED: list[tuple[str, Any, str, str]] = [
    (T2V, {}, "prompt", "prompt is required"),
    (T2V, {"prompt": " "}, "prompt", "prompt is required"),
    (T2V, {"prompt": "ü" * 2501}, "prompt", "prompt must have at most 2500 characters"),
    (T2V, {"prompt": "x", "negative_prompt": "y" * 2501}, "negative_prompt", "negative_prompt"),
    (T2V, {"prompt": "x", "duration": 2}, "duration", "duration must be a whole number between 3"),
    (T2V, {"prompt": "x", "duration": 16}, "duration", "duration must be a whole number between"),
    (T2V, {"prompt": "x", "duration": 3.5}, "duration", "duration must be a whole number"),
    (T2V, {"prompt": "x", "sound": "on"}, "sound", "sound must be true or false"),
    (T2V, {"prompt": "x", "cfg_scale": 1.1}, "cfg_scale", "cfg_scale must be a number between 0"),
    (T2V, {"prompt": "x", "aspect_ratio": "4:3"}, "aspect_ratio", "aspect_ratio must be 16:9"),
    (T2V, {"prompt": "x", "multi_prompt": [SHOT]}, "multi_prompt", "multi_prompt cannot be used"),
    (T2V, {"multi_prompt": [{}]}, "multi_prompt[0].prompt", "multi_prompt[0].prompt is required"),
    (T2V, {"multi_prompt": [SHOT] * 7}, "multi_prompt", "multi_prompt must have between 1 and 6"),
    (T2V, {"multi_prompt": [SHOT], "duration": 4}, "duration", "duration must be 3, the sum of"),
    (T2V, {"multi_prompt": ["a"] * 6}, "multi_prompt", "multi_prompt leaves less than one of 5"),
    (I2V, {"prompt": "x"}, "image", "image is required"),
    (I2V, {"prompt": "x", "image": 5}, "image", "image must be a string"),
    (I2V, {"image": PNG, "prompt": "x", "multi_prompt": [SHOT]}, "multi_prompt", "multi_prompt"),
    (I2V, {"image": PNG, "end_image": PNG, "multi_prompt": [SHOT]}, "end_image",
     "end_image cannot be used together with multi_prompt"),
    # the placeholder call that the reference pages print
    (T2V, {"prompt": "<string>", "duration": 123, "cfg_scale": 123, "aspect_ratio": "<string>",
           "multi_prompt": [{}]}, "duration", "duration must be"),
]  # fmt: skip


@pytest.mark.parametrize(("slug", "body", "field", "words"), REFUSED)
def test_is_refused(slug: str, body: Any, field: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        WIRE.read_request(call_of(WIRE, path(slug), body))
    assert caught.value.field == field
    reply = ask(WIRE, path(slug), body)
    assert isinstance(reply, Reply)
    message = reply.data["message"]
    assert message.startswith(words)
    told = {"code": 400, "reason": "INVALID_REQUEST_BODY", "message": message, "metadata": {}}
    assert (reply.status, reply.data) == (400, told)


def test_shots_are_taken_on_every_slug() -> None:
    for slug in SLUGS:
        reading = ask(WIRE, path(slug), {"image": KITE, "multi_prompt": ["a", "b"]})
        assert isinstance(reading, Reading), reading
        assert [shot.duration for shot in reading.request.shots] == [3, 2]
    ratio = ask(WIRE, path(I2V), {"prompt": "x", "image": KITE, "aspect_ratio": "1:1"})
    assert isinstance(ratio, Reading)
    assert ratio.request.aspect_ratio is None
    told = Ignored(field="aspect_ratio", reason="not a field of this endpoint")
    assert ratio.ignored == (told,)


def test_the_root_is_novitas() -> None:
    table = Table(wires(), ["novita"])
    for slug in SLUGS:
        for prefix, name in (("", "novita"), ("/novita", "novita"), ("/myrouter", "myrouter")):
            target = table.find("POST", prefix + path(slug))
            assert target and (target.wire.name, target.path) == (name, path(slug))
    result = table.find("GET", "/myrouter/v3/async/task-result")
    assert result and result.wire is WIRE
    assert table.owner("/v3/async/unknown").name == "novita"
    assert table.owner("/myrouter/v3/async/unknown") is WIRE
    assert [r.path for r in WIRE.routes] == [r.path for r in Novita.routes]
    assert (wires()["myrouter"], WIRE.title, WIRE.owns) == (wire, "MyRouter", ())


def test_ids() -> None:
    assert re.fullmatch(UUID4, WIRE.mint_id(0))
    call = WIRE.write_lookup("a9f0", VideoRequest())
    assert (call.path, call.query) == ("/v3/async/task-result", {"task_id": "a9f0"})
    assert WIRE.read_lookup(call) == "a9f0"
    reply = WIRE.write_receipt(VIEW)
    assert (reply.status, reply.data) == (200, {"task_id": ID})
    assert WIRE.read_receipt(reply).id == ID


# Golden tasks. Page: reference-get-async-task-result. As on Novita, an unset seed or time is
# written "0" where the page has "", and links last a day; `extra` has two parts only.
ID = "a9f0f2a6-30a1-44f7-bd58-b45e4d1f2a90"
FILM = "https://files.example.com/out/a9f0.mp4"
BEGUN = "1771027202000"


def golden(
    status: str,
    *,
    seed: str = "0",
    execute: str = BEGUN,
    complete: str = "0",
    ttl: str = "86400",
    task_type: str = "KLING_V3_0_PRO_T2V",
    **task: Any,
) -> dict[str, Any]:
    film = {"video_url": FILM, "video_url_ttl": ttl, "video_type": "mp4"}
    return {
        "extra": {
            "seed": seed,
            "debug_info": {
                "request_info": "",
                "submit_time_ms": "1771027200000",
                "execute_time_ms": execute,
                "complete_time_ms": complete,
            },
        },
        "task": {
            "task_id": ID,
            "status": f"TASK_STATUS_{status}",
            "reason": "",
            "task_type": task_type,
            "eta": 0,
            "progress_percent": 0,
            **task,
        },
        "images": [],
        "videos": [film] if status == "SUCCEED" else [],
        "audios": [],
    }


VIEW = View(
    id=ID,
    status="queued",
    wire="myrouter",
    model="kling-v3",
    request=VideoRequest(resolution="1080p"),
    accepted_at=1771027200000,
)
RUNNING = replace(
    VIEW,
    status="running",
    request=VideoRequest(resolution="1080p", seed=9),
    started_at=1771027202000,
)
TASKS: list[tuple[dict[str, Any], View]] = [
    (golden("QUEUED", execute="0"), VIEW),
    (
        golden("PROCESSING", seed="9", eta=30, progress_percent=50),
        replace(RUNNING, eta=30, progress=50),
    ),
    (
        golden("SUCCEED", seed="9", complete="1771027262000", progress_percent=100),
        replace(
            RUNNING, status="succeeded", progress=100, film_url=FILM, finished_at=1771027262000
        ),
    ),
    (
        golden("FAILED", complete="1771027203000", reason="image could not be read – 画像"),
        replace(
            VIEW,
            status="failed",
            error=Fault(code="provider_failed", message="image could not be read – 画像"),
            started_at=1771027202000,
            finished_at=1771027203000,
        ),
    ),
    (
        golden("FAILED", complete="1771027203000", reason="cancelled"),
        replace(VIEW, status="cancelled", started_at=1771027202000, finished_at=1771027203000),
    ),
]


@pytest.mark.parametrize(("body", "view"), TASKS)
def test_task(body: dict[str, Any], view: View) -> None:
    reply = WIRE.write_task(view)
    assert (reply.status, reply.data) == (200, body)
    assert WIRE.read_task(Reply(status=200, data=body)) == view


@pytest.mark.parametrize(("body", "view"), TASKS)
def test_webhook(body: dict[str, Any], view: View) -> None:
    """No page: assumed to be Novita's."""
    hook = {"event_type": "ASYNC_TASK_RESULT", "payload": body}
    assert WIRE.write_webhook(view) == hook
    assert WIRE.read_webhook(Call(method="POST", path="/", data=hook)) == view


def test_the_samples_as_printed_are_read_too() -> None:
    body = golden("PROCESSING", seed="", complete="", task_type="", eta=30, progress_percent=50)
    view = WIRE.read_task(Reply(status=200, data=body))
    assert view == replace(RUNNING, request=VideoRequest(), model="", eta=30, progress=50)
    done = golden("SUCCEED", seed="9", ttl="3600", task_type="")
    assert WIRE.read_task(Reply(status=200, data=done)).film_url == FILM
    more = golden("QUEUED")
    more["extra"]["enable_nsfw_detection"] = True  # whoever adds it
    assert WIRE.read_task(Reply(status=200, data=more)).status == "queued"


def test_task_type_of_another_wires_task() -> None:
    view = replace(VIEW, wire="novita", model_asked="kling-v3.0-4k-t2v")
    assert WIRE.write_task(view).data["task"]["task_type"] == "KLING_V3_0_PRO_T2V"
    own = replace(VIEW, model="animatic", model_asked="kling-v3.0-4k-t2v")
    assert WIRE.write_task(own).data["task"]["task_type"] == "KLING_V3_0_4K_T2V"


# Errors: ours as written, HTTP status and reason. Page: docs.jiekou.ai, reference-error-code;
# the rest is Novita's.
WRITTEN: list[tuple[ReelwayError, int, str]] = [
    (errors.InvalidRequest("prompt is required", field="prompt"), 400, "INVALID_REQUEST_BODY"),
    (errors.BadImage("x", code="image_size"), 400, "INVALID_IMAGE_SIZE"),
    (errors.Unauthenticated("authentication failed"), 401, "FAILED_TO_AUTH"),
    (errors.KeyRefused("x"), 403, "INVALID_API_KEY"),
    (errors.LinkRefused("x"), 403, "ACCESS_DENY"),
    (errors.UnknownRoute("x"), 404, "API_NOT_FOUND"),
    (errors.UnknownTask("no such task"), 404, "TASK_NOT_FOUND"),
    (errors.BalanceExhausted("x"), 403, "NOT_ENOUGH_BALANCE"),
    (errors.BudgetExhausted("x"), 403, "NOT_ENOUGH_BALANCE"),
    (errors.QueueFull("RPM limit reached", retry_after=7), 429, "RATE_LIMIT_EXCEEDED"),
    (errors.Overloaded("model overloaded"), 503, "SERVICE_NOT_AVAILABLE"),
]


@pytest.mark.parametrize(("error", "status", "reason"), WRITTEN)
def test_error(error: ReelwayError, status: int, reason: str) -> None:
    reply = WIRE.write_error(error)
    told = {"code": status, "reason": reason, "message": error.message, "metadata": {}}
    assert (reply.status, reply.data) == (status, told)
    assert reply.headers == ({"Retry-After": "7"} if error.retry_after else {})


READ: list[tuple[int, str, type[ReelwayError], str]] = [
    (400, "INVALID_REQUEST_BODY", errors.InvalidRequest, "invalid_request"),
    (401, "FAILED_TO_AUTH", errors.ProviderError, "provider_error"),
    (403, "NOT_ENOUGH_BALANCE", errors.BalanceExhausted, "balance_exhausted"),
    (403, "ACCESS_DENY", errors.ProviderError, "provider_error"),
    (404, "MODEL_NOT_FOUND", errors.ProviderError, "provider_error"),
    (404, "TASK_NOT_FOUND", errors.UnknownTask, "unknown_task"),
    (429, "RATE_LIMIT_EXCEEDED", errors.QueueFull, "queue_full"),
    (429, "TOKEN_LIMIT_EXCEEDED", errors.QueueFull, "queue_full"),
    (503, "SERVICE_NOT_AVAILABLE", errors.Overloaded, "overloaded"),
]


@pytest.mark.parametrize(("status", "reason", "kind", "code"), READ)
def test_error_read(status: int, reason: str, kind: type[ReelwayError], code: str) -> None:
    body = {"code": status, "reason": reason, "message": "trace 4f0f", "metadata": {}}
    error = WIRE.read_error(Reply(status=status, data=body))
    assert (type(error), error.code, error.message) == (kind, code, "trace 4f0f")


def test_what_cannot_be_said_names_myrouter() -> None:
    with pytest.raises(errors.Unsupported, match="MyRouter has no word for this seed"):
        WIRE.write_request(VideoRequest(prompt="x", seed=1))


BODIES = [body for _, body, _ in REQUESTS]


@given(mutations(BODIES, ["prompt", "multi_prompt", "duration", "sound", "image", "end_image"]))
@settings(max_examples=100, deadline=None, derandomize=True, database=None)
def test_whatever_comes_is_read_or_refused(body: dict[str, Any]) -> None:
    for slug in (T2V, I2V):
        outcome = ask(WIRE, path(slug), body)
        if isinstance(outcome, Reply):
            assert outcome.status == 400
            assert outcome.body()
        else:
            assert 3 <= outcome.request.duration <= 15
