"""Reelway's own wire: one set of cases, read and written."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from reelway import errors
from reelway.errors import InvalidRequest, ProviderError, ReelwayError, Unsupported
from reelway.limits import Row, limits_of
from reelway.money import Cost
from reelway.request import Element, Image, Shot, VideoRequest
from reelway.task import STATUSES, Fault, View
from reelway.wire import Call, Ignored, Listing, Reading, Receipt, Reply, Wire, wires
from reelway.wires.native import wire
from reelway.wires.native.bodies import TaskBody
from wires.cases import ask, call_of, loop, mutations

WIRE: Wire = wire
TASKS = "/api/v1/tasks"
PNG = "data:image/png;base64,iVBORw0KGgo="
PICTURE = Image(source=PNG)
SHOTS = [{"prompt": "雨の路地", "duration": 3}, {"prompt": "The keeper climbs", "duration": 4}]
SHOT = {"prompt": "a", "duration": 3}

# Every field once, in the form that the writer uses too.
WHOLE: dict[str, Any] = {
    "model": "kling-o3",
    "resolution": "1080p",
    "prompt": "Zwölf Boxkämpfer 🥊 <<<element_1>>>",
    "negative_prompt": "people, music",
    "cfg_scale": 0.125,
    "duration": 7,
    "aspect_ratio": "9:16",
    "sound": True,
    "captions": True,
    "first_frame": PNG,
    "last_frame": "https://files.example.com/sea.png",
    "references": ["iVBORw0KGgo="],
    "shot_mode": "customize",
    "shots": SHOTS,
    "elements": [{"frontal": PNG, "references": [PNG, PNG]}, {"frontal": PNG}],
    "voices": ["voice_81"],
    "seed": 2**31 - 1,
    "external_id": "order 7 – ü",
    "labels": {"team": "café", "empty": ""},
}
WHOLE_REQUEST = VideoRequest(
    kind="image",
    model="kling-o3",
    resolution="1080p",
    prompt="Zwölf Boxkämpfer 🥊 <<<element_1>>>",
    negative_prompt="people, music",
    cfg_scale=0.125,
    duration=7,
    aspect_ratio="9:16",
    sound=True,
    captions=True,
    first_frame=PICTURE,
    last_frame=Image(source="https://files.example.com/sea.png"),
    references=(Image(source="iVBORw0KGgo="),),
    shot_mode="customize",
    shots=(Shot(prompt="雨の路地", duration=3), Shot(prompt="The keeper climbs", duration=4)),
    elements=(
        Element(frontal=PICTURE, references=(PICTURE, PICTURE)),
        Element(frontal=PICTURE),
    ),
    voices=("voice_81",),
    seed=2**31 - 1,
    external_id="order 7 – ü",
    labels={"team": "café", "empty": ""},
)
LEAST: dict[str, Any] = {
    "model": "kling-v3",
    "resolution": "720p",
    "prompt": "A paper boat",
    "duration": 5,
    "sound": False,
    "shot_mode": "none",
}
REQUESTS: list[tuple[dict[str, Any], VideoRequest]] = [
    (WHOLE, WHOLE_REQUEST),
    (LEAST, VideoRequest(prompt="A paper boat")),
    (
        {**LEAST, "elements": [{"frontal": PNG}], "seed": 0, "cfg_scale": 0.0},
        VideoRequest(
            prompt="A paper boat",
            kind="reference",
            elements=(Element(frontal=PICTURE),),
            seed=0,
            cfg_scale=0.0,
        ),
    ),
    (
        {**LEAST, "last_frame": PNG, "shot_mode": "intelligence"},
        VideoRequest(
            prompt="A paper boat", kind="image", last_frame=PICTURE, shot_mode="intelligence"
        ),
    ),
    ({**LEAST, "style": ["ink"]}, VideoRequest(prompt="A paper boat", extra={"style": ["ink"]})),
]


@pytest.mark.parametrize(("body", "request_"), REQUESTS)
def test_request(body: dict[str, Any], request_: VideoRequest) -> None:
    reading = ask(WIRE, TASKS, body)
    assert isinstance(reading, Reading), reading
    assert reading.request == request_
    assert (reading.model_asked, reading.dry_run) == (request_.model, False)
    call = WIRE.write_request(request_)
    assert (call.method, call.path, call.data) == ("POST", TASKS, body)
    assert loop(WIRE, reading) == reading


# What is taken: (body, what the request then has).
TAKEN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"prompt": "x"}, {"model": "kling-v3", "resolution": "720p", "duration": 5, "kind": "text"}),
    ({"prompt": "x", "model": None, "resolution": None}, {"model": "kling-v3"}),
    ({"prompt": "x", "model": "animatic-still"}, {"model": "animatic-still"}),
    ({"prompt": "ü" * 2500}, {"prompt": "ü" * 2500}),
    ({"prompt": "x", "duration": "10.0"}, {"duration": 10}),
    ({"prompt": "x", "sound": "true"}, {"sound": True}),
    ({"prompt": "x", "resolution": "4k"}, {"resolution": "4k"}),
    ({"prompt": "x", "first_frame": " "}, {"first_frame": None, "kind": "text"}),
    ({"prompt": "x", "references": [PNG]}, {"kind": "reference", "references": (PICTURE,)}),
    ({"prompt": "x", "references": [PNG], "first_frame": PNG}, {"kind": "image"}),
    ({"prompt": "x", "elements": [], "voices": [], "shots": []}, {"kind": "text", "shots": ()}),
    ({"shots": SHOTS}, {"duration": 7, "shot_mode": "customize", "prompt": ""}),
    ({"shots": SHOTS, "prompt": "in ink"}, {"duration": 7, "prompt": "in ink"}),
    ({"shots": SHOTS, "last_frame": PNG}, {"kind": "image", "shot_mode": "customize"}),
    ({"prompt": "x", "shot_mode": "none"}, {"shot_mode": "none"}),
    ({"prompt": "x", "seed": "7"}, {"seed": 7}),
    ({"prompt": "x", "labels": {}}, {"labels": {}}),
    ({"prompt": "x", "webhook": ""}, {"webhook": None}),
]


def test_a_webhook_is_ours_to_call_and_never_the_next_servers() -> None:
    reading = ask(WIRE, TASKS, {"prompt": "x", "webhook": "https://client.example.com/hook"})
    assert isinstance(reading, Reading)
    assert reading.request.webhook == "https://client.example.com/hook"
    assert "webhook" not in WIRE.write_request(reading.request).data


@pytest.mark.parametrize(("body", "fields"), TAKEN)
def test_is_taken(body: dict[str, Any], fields: dict[str, Any]) -> None:
    reading = ask(WIRE, TASKS, body)
    assert isinstance(reading, Reading), reading
    assert {name: getattr(reading.request, name) for name in fields} == fields
    assert loop(WIRE, reading).request == reading.request


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({}, "prompt", "prompt is required, unless there are shots"),
    ({"prompt": " "}, "prompt", "prompt is required"),
    ({"prompt": "x" * 2501}, "prompt", "prompt must have at most 2500 characters"),
    ({"prompt": "x", "negative_prompt": "x" * 2501}, "negative_prompt", "negative_prompt must"),
    ({"prompt": "x", "model": "m" * 129}, "model", "model must have between 1 and 128 characters"),
    ({"prompt": "x", "model": " "}, "model", "model must not be blank"),
    ({"prompt": "x", "duration": 2}, "duration",
     "duration must be a whole number between 3 and 15"),
    ({"prompt": "x", "duration": 16}, "duration", "duration must be"),
    ({"prompt": "x", "cfg_scale": 2}, "cfg_scale", "cfg_scale must be a number between 0 and 1"),
    ({"prompt": "x", "resolution": "4K"}, "resolution", "resolution must be 720p, 1080p or 4k"),
    ({"prompt": "x", "aspect_ratio": "4:3"}, "aspect_ratio", "aspect_ratio must be 16:9, 9:16"),
    ({"prompt": "x", "sound": "on"}, "sound", "sound must be true or false"),
    ({"prompt": "x", "seed": -1}, "seed", "seed must be a whole number between 0 and 2147483647"),
    ({"prompt": "x", "seed": 2**31}, "seed", "seed must be"),
    ({"prompt": "x", "seed": True}, "seed", "seed must be"),
    ({"prompt": "x", "first_frame": 5}, "first_frame", "first_frame must be a string"),
    ({"prompt": "x", "last_frame": "asset:" + "0" * 64}, "last_frame", "last_frame must be an"),
    ({"prompt": "x", "references": ["asset:0"]}, "references[0]", "references[0] must be an"),
    ({"prompt": "x", "references": [PNG] * 8}, "references", "references must have between 1 and"),
    ({"prompt": "x", "elements": [{}]}, "elements[0].frontal", "elements[0].frontal is required"),
    ({"prompt": "x", "elements": [{"frontal": "asset:0"}]}, "elements[0].frontal", "elements[0]"),
    ({"prompt": "x", "elements": [{"frontal": PNG, "references": [PNG] * 4}]},
     "elements[0].references", "elements[0].references must have between 1 and 3 entries"),
    ({"prompt": "x", "elements": [{"frontal": PNG}] * 4}, "elements", "elements must have between"),
    ({"prompt": "x", "voices": ["a", "b", "c"]}, "voices", "voices must have between 1 and 2"),
    ({"prompt": "x", "voices": [""]}, "voices[0]", "voices[0] must not be blank"),
    ({"prompt": "x", "external_id": "x" * 129}, "external_id", "external_id must have"),
    ({"prompt": "x", "labels": {"a": 5}}, "labels.a", "labels.a must be a string"),
    ({"prompt": "x", "labels": {"a" * 65: "b"}}, "labels." + "a" * 65, "labels.aaa"),
    ({"prompt": "x", "labels": {str(n): "" for n in range(17)}}, "labels",
     "labels must have at most 16 entries"),
    ({"prompt": "x", "shot_mode": "intelligent"}, "shot_mode",
     "shot_mode must be none, customize or intelligence"),
    ({"prompt": "x", "shot_mode": "customize"}, "shots", "shots is required with shot_mode"),
    ({"shot_mode": "intelligence"}, "prompt", "prompt is required"),
    ({"prompt": "x", "shots": SHOTS, "shot_mode": "none"}, "shots", "shots cannot be used with"),
    ({"prompt": "x", "shots": SHOTS, "shot_mode": "intelligence"}, "shots", "shots cannot be"),
    ({"shots": SHOTS, "duration": 8}, "duration", "duration must be 7, the sum of the shots"),
    ({"shots": [{"prompt": "a", "duration": 2}]}, "shots", "shots must last between 3 and 15"),
    ({"shots": [{"prompt": "a", "duration": 8}] * 2}, "shots", "shots must last between 3 and 15"),
    ({"shots": [SHOT] * 7}, "shots", "shots must have between 1 and 6 entries"),
    ({"shots": ["a"]}, "shots[0]", "shots[0] must be an object"),
    ({"shots": [{"prompt": "é" * 513, "duration": 3}]}, "shots[0].prompt", "shots[0].prompt must"),
    ({"shots": [{"prompt": "a"}]}, "shots[0].duration", "shots[0].duration is required"),
    ({"prompt": "x", "webhook": "https://client.example.com/" + "a" * 2048}, "webhook",
     "webhook must have at most 2048 characters"),
    ({"prompt": "x", "webhook": {"url": "https://client.example.com"}}, "webhook",
     "webhook must be a string"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "field", "words"), REFUSED)
def test_is_refused(body: dict[str, Any], field: str, words: str) -> None:
    reply = ask(WIRE, TASKS, body)
    assert isinstance(reply, Reply)
    message = reply.data["error"]["message"]
    assert message.startswith(words)
    told = {"code": "invalid_request", "message": message, "field": field}
    assert (reply.status, reply.data) == (400, {"error": told})


def test_what_has_no_effect_is_reported() -> None:
    body = {"prompt": "x", "sede": 5, "shots": [{**SHOT, "index": 1}]}
    reading = WIRE.read_request(call_of(WIRE, TASKS, body, dryrun="true"))
    assert reading.ignored == (
        Ignored(field="shots[0].index", reason="not a known field"),
        Ignored(field="sede", reason="not a known field"),
        Ignored(field="?dryrun", reason="not a known field"),
    )
    assert reading.request.extra == {"sede": 5}
    assert not reading.dry_run


@pytest.mark.parametrize(("value", "dry"), [("true", True), ("false", False)])
def test_dry_run_is_asked(value: str, dry: bool) -> None:
    reading = WIRE.read_request(call_of(WIRE, TASKS, {"prompt": "x"}, dry_run=value))
    assert reading.dry_run is dry


@pytest.mark.parametrize("value", ["", "1", "True", "yes"])
def test_dry_run_is_misspelt(value: str) -> None:
    with pytest.raises(InvalidRequest, match="dry_run must be true or false"):
        WIRE.read_request(call_of(WIRE, TASKS, {"prompt": "x"}, dry_run=value))


def test_dry_run() -> None:
    body = {"prompt": "x", "first_frame": PNG, "resolution": "4k", "sede": 1}
    reading = WIRE.read_request(call_of(WIRE, TASKS, body, dry_run="true"))
    checked = replace(reading.request, first_frame=replace(PICTURE, width=300, height=300))
    view = View(id="", status="queued", engine="animatic", request=checked)
    reply = WIRE.write_dry_run(reading, view)
    assert reply.status == 200
    said = reply.data
    assert said["object"] == "dry_run"
    assert (said["kind"], said["model"], said["engine"]) == ("image", "kling-v3", "animatic")
    assert said["size"] == {"width": 2880, "height": 2880}
    assert (said["frames"], said["frame_rate"], said["duration"]) == (120, 24, 5)
    assert said["ignored"] == [{"field": "sede", "reason": "not a known field"}]
    assert said["first_frame"] == "inline"  # its data is not sent back


def cancelling(data: Any = None, **query: str) -> bool:
    return WIRE.read_cancel(call_of(WIRE, TASKS + "/{id}/cancel", data, **query))


@pytest.mark.parametrize(
    ("data", "query", "abandon"),
    [
        (None, {}, False),
        ({}, {}, False),
        ({"abandon": None}, {}, False),
        ({"abandon": False}, {}, False),
        ({"abandon": True}, {}, True),
        ({"abandon": "true"}, {}, True),
        (None, {"abandon": "true"}, True),
        (None, {"abandon": "false"}, False),
        ({"abandon": True}, {"abandon": "true"}, True),
        ({"abandond": True}, {"abandon_": "true"}, False),
    ],
)
def test_abandon_is_asked_in_body_or_query(data: Any, query: dict[str, str], abandon: bool) -> None:
    assert cancelling(data, **query) is abandon


@pytest.mark.parametrize(
    ("data", "query"),
    [
        ({"abandon": 1}, {}),
        ({"abandon": "yes"}, {}),
        ({"abandon": []}, {}),
        ({}, {"abandon": ""}),
        ({}, {"abandon": "1"}),
        ({"abandon": False}, {"abandon": "true"}),  # it costs money: no guess is made
        ({"abandon": True}, {"abandon": "false"}),
    ],
)
def test_abandon_is_asked_wrongly(data: Any, query: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest, match="abandon") as refused:
        cancelling(data, **query)
    assert refused.value.field == "abandon"


def listing(**query: str) -> Listing:
    return WIRE.read_listing(call_of(WIRE, TASKS, method="GET", **query))


def test_listing() -> None:
    assert listing() == Listing(limit=20)
    assert listing(limit="100", after="task_01J", status="failed", model="animatic") == Listing(
        limit=100, after="task_01J", status="failed", model="animatic"
    )
    assert listing(unknown="x") == Listing()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "ten"),
        ("limit", ""),
        ("after", ""),
        ("after", "x" * 81),
        ("status", "done"),
        ("model", "m" * 129),
    ],
)
def test_listing_gone_wrong(name: str, value: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        listing(**{name: value})
    assert caught.value.field == name


def test_routes() -> None:
    assert [(r.method, r.path, r.operation) for r in WIRE.routes] == [
        ("POST", "/api/v1/tasks", "create"),
        ("GET", "/api/v1/tasks", "list"),
        ("GET", "/api/v1/tasks/{id}", "show"),
        ("DELETE", "/api/v1/tasks/{id}", "delete"),
        ("POST", "/api/v1/tasks/{id}/cancel", "cancel"),
        ("GET", "/api/v1/tasks/{id}/events", "task_events"),
        ("GET", "/api/v1/events", "events"),
        ("GET", "/api/v1/models", "models"),
        ("GET", "/api/v1/usage", "usage"),
        ("POST", "/api/v1/assets", "upload"),
        ("GET", "/api/v1/assets", "resource_list"),
        ("GET", "/api/v1/assets/{id}", "resource_show"),
        ("DELETE", "/api/v1/assets/{id}", "resource_delete"),
        ("POST", "/api/v1/voices", "resource_create"),
        ("GET", "/api/v1/voices", "resource_list"),
        ("GET", "/api/v1/voices/{id}", "resource_show"),
        ("DELETE", "/api/v1/voices/{id}", "resource_delete"),
        ("POST", "/api/v1/elements", "resource_create"),
        ("GET", "/api/v1/elements", "resource_list"),
        ("GET", "/api/v1/elements/{id}", "resource_show"),
        ("DELETE", "/api/v1/elements/{id}", "resource_delete"),
        ("POST", "/api/v1/webhooks", "webhook_create"),
        ("GET", "/api/v1/webhooks", "webhook_list"),
        ("GET", "/api/v1/webhooks/{id}", "webhook_show"),
        ("POST", "/api/v1/webhooks/{id}", "webhook_change"),
        ("DELETE", "/api/v1/webhooks/{id}", "webhook_delete"),
        ("POST", "/api/v1/webhooks/{id}/rotate", "webhook_rotate"),
        ("POST", "/api/v1/webhooks/{id}/test", "webhook_test"),
        ("POST", "/api/v1/webhooks/{id}/replay", "webhook_replay"),
        ("GET", "/api/v1/webhook-secret", "secret_show"),
        ("POST", "/api/v1/webhook-secret/rotate", "secret_rotate"),
        ("GET", "/api/v1/deliveries", "delivery_list"),
        ("GET", "/api/v1/deliveries/{id}", "delivery_show"),
        ("POST", "/api/v1/deliveries/{id}/redeliver", "delivery_redeliver"),
        ("POST", "/api/v1/estimate", "estimate"),
        ("POST", "/api/v1/preview", "preview"),
        ("GET", "/api/v1/providers", "provider_list"),
        ("POST", "/api/v1/providers/reload", "provider_reload"),
    ]
    assert wires()["native"] is wire
    assert WIRE.name_field("elements[0].frontal") == "elements[0].frontal"


def test_ids() -> None:
    minted = [WIRE.mint_id(now) for now in (1771027200000, 1771027200000, 1771027201000)]
    assert all(re.fullmatch(r"task_[0-9A-HJKMNP-TV-Z]{26}", id) for id in minted)
    assert len(set(minted)) == 3
    assert max(minted[:2]) < minted[2]


def test_lookup() -> None:
    call = WIRE.write_lookup("task_01J", VideoRequest())
    assert (call.method, call.path) == ("GET", "/api/v1/tasks/task_01J")
    assert WIRE.read_lookup(call) == "task_01J"
    for none in ("", "a b", "\0", "é", "x" * 81):
        with pytest.raises(errors.UnknownTask):
            WIRE.read_lookup(Call(method="GET", path="/", path_args={"id": none}))


# Tasks, as told and as read.
QUEUED = View(id="task_01J", status="queued", wire="native", model="kling-v3")
KEPT, KEPT_TOLD = Image(source="asset:" + "0" * 64), Image(source="sha256:" + "0" * 64)
TOLD = replace(WHOLE_REQUEST, first_frame=KEPT, elements=(), references=())
VIEWS = [
    QUEUED,
    replace(QUEUED, request=TOLD, model="kling-o3", model_asked="kling-o3", accepted_at=1),
    replace(
        QUEUED,
        status="running",
        engine="animatic",
        attempt=3,
        progress=37,
        eta=4,
        started_at=2,
        cost=Cost(amount=840_000, state="reserved"),
        request=VideoRequest(kind="reference", references=(KEPT,)),
    ),
    replace(
        QUEUED,
        status="succeeded",
        wire="novita",
        model_asked="kling-v3.0-pro-t2v",
        progress=100,
        report={"understood": {"weather": "rain"}, "ignored": [{"field": "a", "reason": "b"}]},
        film={"width": 1280, "height": 720, "duration": 5.0, "bytes": 9, "sound": False},
        film_url="https://reelway.example/files/x/film.mp4?e=1&s=ü",
        film_expires_at=1771113600000,
        poster_url="https://reelway.example/files/x/poster.jpg",
        caption_urls={"vtt": "https://reelway.example/files/x/captions.vtt"},
        accepted_at=1,
        started_at=2,
        stored_at=3,
        finished_at=4,
    ),
    replace(
        QUEUED,
        status="failed",
        error=Fault(code="engine_died", message="drei Mal – 三"),
        cost=Cost(amount=0, state="released"),
    ),
    replace(
        QUEUED,
        status="cancelled",
        finished_at=9,
        cost=Cost(amount=10**15, currency="EUR", state="settled"),
    ),
]


def read_back(view: View) -> View:
    return WIRE.read_task(WIRE.write_task(view))


@pytest.mark.parametrize("view", VIEWS)
def test_task_both_ways(view: View) -> None:
    told = replace(view, request=replace(view.request, prompt="x"))
    read = replace(told, request=told.request.with_images({KEPT.source: KEPT_TOLD}))
    assert read_back(told) == read
    hook = WIRE.write_webhook(told)
    assert hook["type"] == ("task.created" if view.status == "queued" else f"task.{view.status}")
    assert WIRE.read_webhook(Call(method="POST", path="/", data=hook)) == read


@pytest.mark.parametrize(
    "change",
    [{"amount": -1}, {"amount": 10**15 + 1},
     {"amount": 0.5}, {"amount": True}, {"amount": "1"}, {"amount": None},
     {"currency": 1}, {"state": "paid"}, {"state": None}, {"state": []}],
)  # fmt: skip
def test_a_cost_that_is_none(change: dict[str, Any]) -> None:
    said = WIRE.write_task(VIEWS[2]).data
    reply = Reply(status=200, data={**said, "cost": {**said["cost"], **change}})
    assert WIRE.read_task(reply).cost is None


@pytest.mark.parametrize("view", VIEWS)
def test_a_task_whose_request_cannot_be_read_is_followed_all_the_same(view: View) -> None:
    """What a newer server may say: the request is left out, the rest is read."""
    newer = replace(view, request=replace(view.request, duration=90))
    assert read_back(newer) == replace(newer, request=VideoRequest())


def test_pictures_are_told_without_their_data_and_cannot_be_sent_back() -> None:
    said = WIRE.write_task(replace(QUEUED, request=WHOLE_REQUEST)).data
    assert said["first_frame"] == "inline"
    assert said["last_frame"] == "https://files.example.com/sea.png"
    assert said["elements"][0] == {"frontal": "inline", "references": ["inline", "inline"]}
    kept = WIRE.write_task(replace(QUEUED, request=VideoRequest(first_frame=KEPT))).data
    assert kept["first_frame"] == "sha256:" + "0" * 64


def test_task_as_told() -> None:
    reply = WIRE.write_task(VIEWS[3])
    assert reply.status == 200
    assert reply.data == {
        "id": "task_01J",
        "object": "task",
        "status": "succeeded",
        "kind": "text",
        "wire": "novita",
        "model_asked": "kling-v3.0-pro-t2v",
        "model": "kling-v3",
        "resolution": "720p",
        "prompt": "",
        "negative_prompt": "",
        "cfg_scale": None,
        "duration": 5,
        "aspect_ratio": None,
        "sound": False,
        "captions": None,
        "first_frame": None,
        "last_frame": None,
        "references": [],
        "shot_mode": "none",
        "shots": [],
        "elements": [],
        "voices": [],
        "seed": None,
        "webhook": None,
        "external_id": None,
        "labels": {},
        "progress": 100,
        "eta": 0,
        "attempt": 1,
        "engine": None,
        "error": None,
        "report": {
            "understood": {"weather": "rain"},
            "ignored": [{"field": "a", "reason": "b"}],
        },
        "late_result": None,
        "film": {
            "url": "https://reelway.example/files/x/film.mp4?e=1&s=ü",
            "expires_at": 1771113600000,
            "width": 1280,
            "height": 720,
            "duration": 5.0,
            "bytes": 9,
            "sound": False,
        },
        "film_dropped_at": None,
        "poster_url": "https://reelway.example/files/x/poster.jpg",
        "caption_urls": {"vtt": "https://reelway.example/files/x/captions.vtt"},
        "cost": None,
        "priority": 0,
        "start_by": None,
        "cancel_at": None,
        "position": None,
        "accepted_at": 1,
        "started_at": 2,
        "stored_at": 3,
        "finished_at": 4,
        "notified_at": None,
    }
    assert WIRE.write_task(VIEWS[4]).data["error"] == {
        "code": "engine_died",
        "message": "drei Mal – 三",
    }
    assert WIRE.write_task(VIEWS[0]).data["film"] is None


def test_receipt_list_and_deleted() -> None:
    reply = WIRE.write_receipt(QUEUED)
    assert (reply.status, reply.data) == (201, WIRE.write_task(QUEUED).data)
    assert WIRE.read_receipt(reply) == Receipt(id="task_01J")
    page = WIRE.write_list([QUEUED, VIEWS[4]], "task_01J")
    assert page.status == 200
    assert page.data == {
        "data": [WIRE.write_task(QUEUED).data, WIRE.write_task(VIEWS[4]).data],
        "next": "task_01J",
    }
    assert WIRE.write_list([], None).data == {"data": [], "next": None}
    gone = WIRE.write_deleted("task_01J")
    assert (gone.status, gone.data) == (
        200,
        {"id": "task_01J", "object": "task", "deleted": True},
    )


@pytest.mark.parametrize(
    "data", [None, [], "", {}, {"id": "x"}, {"id": "x", "status": "done"}, {"status": "queued"}]
)
def test_an_answer_that_is_no_task(data: Any) -> None:
    with pytest.raises(ProviderError):
        WIRE.read_task(Reply(status=200, data=data))


def test_nonsense_inside_an_answer_is_left_out() -> None:
    data: dict[str, Any] = {name: ["nonsense"] for name in WIRE.write_task(QUEUED).data}
    data = {**data, "id": "x", "status": STATUSES[0], "eta": "4.2", "progress": 300}
    assert WIRE.read_task(Reply(status=200, data=data)) == View(
        id="x", status="queued", eta=5, progress=100
    )


ERRORS: list[tuple[ReelwayError, int, type[ReelwayError]]] = [
    (errors.InvalidRequest("duration is odd", field="duration"), 400, errors.InvalidRequest),
    (errors.BadImage("first_frame: x", field="first_frame", code="image_size"), 400,
     errors.InvalidRequest),
    (errors.Unauthenticated("x"), 401, errors.ProviderError),
    (errors.KeyRefused("x"), 403, errors.ProviderError),
    (errors.UnknownTask("x"), 404, errors.UnknownTask),
    (errors.Conflict("vorbei"), 409, errors.Conflict),
    (errors.BodyTooLarge("x"), 413, errors.BodyTooLarge),
    (errors.KeyReused("x"), 422, errors.KeyReused),
    (errors.BalanceExhausted("x"), 402, errors.BalanceExhausted),
    (errors.BudgetExhausted("x"), 402, errors.BalanceExhausted),
    (errors.QueueFull("x", retry_after=7), 429, errors.QueueFull),
    (errors.EngineMissing("x"), 503, errors.Overloaded),
    (errors.Internal("x"), 500, errors.Overloaded),
]  # fmt: skip


@pytest.mark.parametrize(("error", "status", "kind"), ERRORS)
def test_error(error: ReelwayError, status: int, kind: type[ReelwayError]) -> None:
    reply = WIRE.write_error(error)
    told = {"code": error.code, "message": error.message, "field": error.field}
    assert (reply.status, reply.data) == (status, {"error": told})
    assert reply.headers == ({"Retry-After": "7"} if error.retry_after else {})
    read = WIRE.read_error(reply)
    assert type(read) is kind
    assert (read.code, read.message, read.field) == (error.code, error.message, error.field)
    assert read.retry_after == error.retry_after


@pytest.mark.parametrize("data", [None, [], "<html>", {"error": "x"}, {"error": {"code": 5}}])
def test_an_error_without_words(data: Any) -> None:
    error = WIRE.read_error(Reply(status=502, data=data))
    assert (type(error), error.message) == (errors.Overloaded, "HTTP 502")


def test_what_cannot_be_said() -> None:
    with pytest.raises(Unsupported) as caught:
        WIRE.write_request(VideoRequest(kind="voice"))
    assert caught.value.field == "kind"


def test_key() -> None:
    call = Call(method="GET", path="/", headers={"authorization": "Bearer rw_abc"})
    assert WIRE.read_key(call) == "rw_abc"
    with pytest.raises(errors.Unauthenticated):
        WIRE.read_key(Call(method="GET", path="/"))


def test_limits() -> None:
    between = "must have between {} and {} entries".format
    assert limits_of(TaskBody) == [
        Row("model", 1, 128, "must have between 1 and 128 characters", "D"),
        Row("prompt", 0, 2500, "must have at most 2500 characters", "D"),
        Row("negative_prompt", 0, 2500, "must have at most 2500 characters", "D"),
        Row("cfg_scale", 0, 1, "must be a number between 0 and 1", "D"),
        Row("duration", 3, 15, "must be a whole number between 3 and 15", "D"),
        Row("aspect_ratio", None, None, "must be 16:9, 9:16 or 1:1", "D"),
        Row("resolution", None, None, "must be 720p, 1080p or 4k", "D"),
        Row("references", 1, 7, between(1, 7), "D"),
        Row("shot_mode", None, None, "must be none, customize or intelligence", "D"),
        Row("shots", 1, 6, between(1, 6), "D"),
        Row("shots[].prompt", 1, 512, "must have between 1 and 512 characters", "D"),
        Row("shots[].duration", 1, 15, "must be a whole number between 1 and 15", "D"),
        Row("elements", 1, 3, between(1, 3), "D"),
        Row("elements[].id", 1, 128, "must have between 1 and 128 characters", "D"),
        Row("elements[].references", 1, 3, between(1, 3), "D"),
        Row("voices", 1, 2, between(1, 2), "D"),
        Row("voices[]", 1, 128, "must have between 1 and 128 characters", "D"),
        Row("seed", 0, 2**31 - 1, "must be a whole number between 0 and 2147483647", "D"),
        Row("webhook", 0, 2048, "must have at most 2048 characters", "D"),
        Row("external_id", 1, 128, "must have between 1 and 128 characters", "D"),
        Row("labels", 0, 16, "must have at most 16 entries", "D"),
        Row("labels.*", 0, 256, "must have at most 256 characters", "D"),
        Row("priority", -100, 100, "must be a whole number between -100 and 100", "D"),
        Row("deadline", 1, 2592000, "must be a whole number between 1 and 2592000", "D"),
        Row("cancel_after", 1, 2592000, "must be a whole number between 1 and 2592000", "D"),
    ]  # fmt: skip


BODIES = [body for body, _ in REQUESTS]


@given(mutations(BODIES, list(WHOLE)))
@settings(max_examples=400, deadline=None, derandomize=True, database=None)
def test_whatever_comes_is_read_or_refused(body: dict[str, Any]) -> None:
    outcome = ask(WIRE, TASKS, body)
    if isinstance(outcome, Reply):
        assert outcome.status == 400
        assert outcome.body()
    else:
        assert 3 <= outcome.request.duration <= 15
        assert loop(WIRE, outcome).request.shots == outcome.request.shots
        view = View(id="x", status="queued", request=outcome.request)
        assert WIRE.write_task(view).body()
