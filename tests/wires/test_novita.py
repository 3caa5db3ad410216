"""Novita: golden bodies from its pages, both ways; its limits; its answers; its own client."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from novita_client.proto import V3TaskResponse

from reelway import errors
from reelway.errors import InvalidRequest, ProviderError, ReelwayError, Unsupported
from reelway.limits import Row, limits_of
from reelway.request import Element, Image, Shot, VideoRequest
from reelway.task import Fault, View
from reelway.wire import Call, Ignored, Reading, Reply, Wire, wires
from reelway.wires.novita import ERRORS, SLUGS, ImageBody, TextBody, wire
from wires.cases import UUID4, ask, call_of, loop, mutations

WIRE: Wire = wire
PNG = "data:image/png;base64,iVBORw0KGgo="
BOAT, SEA = "https://files.example.com/boat.png", "https://files.example.com/sea.png"
T2V, I2V = "pro-t2v", "std-i2v"


def path(slug: str) -> str:
    return f"/v3/async/kling-v3.0-{slug}"


def customize(*shots: tuple[str, int]) -> dict[str, Any]:
    return {
        "shots": tuple(Shot(prompt=p, duration=d) for p, d in shots),
        "shot_mode": "customize",
        "duration": sum(d for _, d in shots),
    }


# Golden requests. Pages: model-apis-kling-v3.0-{pro,std,4k}-t2v, …-{pro,std}-i2v.
REQUESTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        T2V,
        {"prompt": "A paper boat drifts down a rainy gutter"},
        {"resolution": "1080p", "prompt": "A paper boat drifts down a rainy gutter"},
    ),
    (
        "std-t2v",
        {
            "prompt": "A paper boat drifts down a rainy gutter",
            "negative_prompt": "text, watermark",
            "duration": 8,
            "sound": True,
            "cfg_scale": 0.6,
            "aspect_ratio": "9:16",
        },
        {
            "resolution": "720p",
            "prompt": "A paper boat drifts down a rainy gutter",
            "negative_prompt": "text, watermark",
            "duration": 8,
            "sound": True,
            "cfg_scale": 0.6,
            "aspect_ratio": "9:16",
        },
    ),
    (
        "pro-i2v",
        {
            "image": BOAT,
            "end_image": SEA,
            "prompt": "The boat reaches the sea",
            "duration": 10,
            "sound": False,
            "cfg_scale": 0.5,
            "negative_prompt": "blur",
        },
        {
            "kind": "image",
            "resolution": "1080p",
            "first_frame": Image(source=BOAT),
            "last_frame": Image(source=SEA),
            "prompt": "The boat reaches the sea",
            "duration": 10,
            "cfg_scale": 0.5,
            "negative_prompt": "blur",
        },
    ),
    (
        I2V,
        {
            "image": BOAT,
            "duration": 9,
            "sound": True,
            "multi_prompt": [
                {"prompt": "Close on the folded bow", "duration": 4},
                {"prompt": "Wide, the drain opens", "duration": 5},
            ],
        },
        {
            "kind": "image",
            "resolution": "720p",
            "first_frame": Image(source=BOAT),
            "sound": True,
            **customize(("Close on the folded bow", 4), ("Wide, the drain opens", 5)),
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
            **customize(("A lighthouse in fog", 3), ("The keeper climbs the stairs", 4)),
        },
    ),
    # awkward: non-ASCII, a fraction, an inline image, markers as plain text, a 4k slug
    (
        "4k-i2v",
        {"image": PNG, "prompt": "雨の路地を<<<element_1>>>が歩く 🌧", "cfg_scale": 0.125},
        {
            "kind": "image",
            "resolution": "4k",
            "first_frame": Image(source=PNG),
            "prompt": "雨の路地を<<<element_1>>>が歩く 🌧",
            "cfg_scale": 0.125,
        },
    ),
    (
        "4k-t2v",
        {"prompt": "Zwölf Boxkämpfer", "duration": 15, "cfg_scale": 0.0, "style": "ink"},
        {
            "resolution": "4k",
            "prompt": "Zwölf Boxkämpfer",
            "duration": 15,
            "cfg_scale": 0.0,
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


# What is taken: (slug, body, what the request then has).
LONG = "ü" * 2500
TAKEN: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (T2V, {"prompt": LONG}, {"prompt": LONG}),
    (T2V, {"prompt": "x", "negative_prompt": LONG}, {"negative_prompt": LONG}),
    (T2V, {"prompt": "x", "negative_prompt": " "}, {"negative_prompt": ""}),
    (T2V, {"prompt": "x", "negative_prompt": None}, {"negative_prompt": ""}),
    (T2V, {"prompt": "x"}, {"duration": 5, "sound": False, "cfg_scale": None}),
    (T2V, {"prompt": "x", "duration": 3}, {"duration": 3}),
    (T2V, {"prompt": "x", "duration": 15}, {"duration": 15}),
    (T2V, {"prompt": "x", "duration": "10"}, {"duration": 10}),
    (T2V, {"prompt": "x", "duration": "10.0"}, {"duration": 10}),
    (T2V, {"prompt": "x", "duration": 10.0}, {"duration": 10}),
    (T2V, {"prompt": "x", "duration": None}, {"duration": 5}),
    (T2V, {"prompt": "x", "cfg_scale": 0}, {"cfg_scale": 0.0}),
    (T2V, {"prompt": "x", "cfg_scale": 1}, {"cfg_scale": 1.0}),
    (T2V, {"prompt": "x", "cfg_scale": "0.5"}, {"cfg_scale": 0.5}),
    (T2V, {"prompt": "x", "sound": "true"}, {"sound": True}),
    (T2V, {"prompt": "x", "sound": "false"}, {"sound": False}),
    (T2V, {"prompt": "x", "sound": None}, {"sound": False}),
    (T2V, {"prompt": "x", "aspect_ratio": "1:1"}, {"aspect_ratio": "1:1"}),
    (T2V, {"prompt": "x", "aspect_ratio": None}, {"aspect_ratio": None}),
    (T2V, {"prompt": "x", "multi_prompt": None}, {"prompt": "x", "shots": ()}),
    (T2V, {"prompt": "x", "multi_prompt": []}, {"prompt": "x", "shots": ()}),
    (T2V, {"prompt": "<<<voice_1>>> sings"}, {"prompt": "<<<voice_1>>> sings", "voices": ()}),
    (T2V, {"prompt": "", "multi_prompt": [{"prompt": "a", "duration": 4}]}, customize(("a", 4))),
    (T2V, {"prompt": "\n", "multi_prompt": [{"prompt": "a", "duration": 4}]}, customize(("a", 4))),
    (T2V, {"multi_prompt": [{"prompt": "a", "duration": "3.0"}]}, customize(("a", 3))),
    (T2V, {"multi_prompt": [{"prompt": "é" * 512, "duration": 3}]}, customize(("é" * 512, 3))),
    (T2V, {"multi_prompt": [{"prompt": "a", "duration": 15}]}, customize(("a", 15))),
    (T2V, {"multi_prompt": ["a", "b"]}, customize(("a", 3), ("b", 2))),
    (T2V, {"multi_prompt": ["a", "b", "c"], "duration": 11},
     customize(("a", 4), ("b", 4), ("c", 3))),
    (T2V, {"multi_prompt": ["a", {"prompt": "b", "duration": 2}, "c"], "duration": 7},
     customize(("a", 3), ("b", 2), ("c", 2))),
    (T2V, {"multi_prompt": [{"prompt": "a", "duration": 4}, "b"]}, customize(("a", 4), ("b", 1))),
    *((slug.removeprefix("kling-v3.0-"),
       {"image": PNG, "duration": 6,
        "multi_prompt": [{"prompt": p, "duration": 1} for p in "abcdef"]},
       customize(*((p, 1) for p in "abcdef"))) for slug in SLUGS),
    (I2V, {"image": "iVBORw0KGgo=", "prompt": "x"}, {"first_frame": Image(source="iVBORw0KGgo=")}),
    (I2V, {"image": PNG, "prompt": "x", "end_image": None}, {"last_frame": None}),
    (I2V, {"image": PNG, "prompt": "x", "end_image": " "}, {"last_frame": None}),
    (I2V, {"image": PNG, "prompt": "x", "aspect_ratio": "1:1"}, {"aspect_ratio": None}),
    (I2V, {"image": PNG, "prompt": "x", "aspect_ratio": 5}, {"aspect_ratio": None}),
    (T2V, {"image": PNG, "end_image": 5, "prompt": "x"}, {"first_frame": None, "kind": "text"}),
    (T2V, {"prompt": "x", "seed": 4, "elements": []}, {"seed": None, "elements": ()}),
]  # fmt: skip


@pytest.mark.parametrize(("slug", "body", "fields"), TAKEN)
def test_is_taken(slug: str, body: dict[str, Any], fields: dict[str, Any]) -> None:
    reading = ask(WIRE, path(slug), body)
    assert isinstance(reading, Reading), reading
    assert {name: getattr(reading.request, name) for name in fields} == fields
    assert loop(WIRE, reading).request == reading.request


# What is refused: (slug, body, the field that is named, and how the message begins).
SHOT = {"prompt": "a", "duration": 3}
REFUSED: list[tuple[str, Any, str, str]] = [
    (T2V, {}, "prompt", "prompt is required"),
    (T2V, {"prompt": ""}, "prompt", "prompt is required"),
    (T2V, {"prompt": " \n\t　"}, "prompt", "prompt is required"),
    (T2V, {"prompt": None, "multi_prompt": []}, "prompt", "prompt is required"),
    (T2V, {"prompt": "ü" * 2501}, "prompt", "prompt must have at most 2500 characters"),
    (T2V, {"prompt": 5}, "prompt", "prompt must be a string"),
    (T2V, {"prompt": ["x"]}, "prompt", "prompt must be a string"),
    (T2V, {"prompt": "a\0"}, "prompt", "prompt must not contain NUL"),
    (T2V, {"prompt": "a\ud800"}, "prompt", "prompt must be valid Unicode"),
    (T2V, {"prompt": "x", "negative_prompt": "y" * 2501}, "negative_prompt", "negative_prompt"),
    (T2V, {"prompt": "x", "duration": 2}, "duration",
     "duration must be a whole number between 3 and 15"),
    (T2V, {"prompt": "x", "duration": 16}, "duration", "duration must be a whole number between"),
    (T2V, {"prompt": "x", "duration": 3.5}, "duration", "duration must be a whole number"),
    (T2V, {"prompt": "x", "duration": "3.5"}, "duration", "duration must be a whole number"),
    (T2V, {"prompt": "x", "duration": "five"}, "duration", "duration must be a whole number"),
    (T2V, {"prompt": "x", "duration": ""}, "duration", "duration must be a whole number"),
    (T2V, {"prompt": "x", "duration": True}, "duration", "duration must be a whole number"),
    (T2V, {"prompt": "x", "duration": float("nan")}, "duration", "duration must be a whole"),
    (T2V, {"prompt": "x", "duration": 10**40}, "duration", "duration must be a whole number"),
    (T2V, {"prompt": "x", "duration": [5]}, "duration", "duration must be a whole number"),
    (T2V, {"prompt": "x", "cfg_scale": 1.01}, "cfg_scale",
     "cfg_scale must be a number between 0 and 1"),
    (T2V, {"prompt": "x", "cfg_scale": -0.1}, "cfg_scale", "cfg_scale must be a number"),
    (T2V, {"prompt": "x", "cfg_scale": True}, "cfg_scale", "cfg_scale must be a number"),
    (T2V, {"prompt": "x", "cfg_scale": float("nan")}, "cfg_scale", "cfg_scale must be a number"),
    (T2V, {"prompt": "x", "cfg_scale": "NaN"}, "cfg_scale", "cfg_scale must be a number"),
    (T2V, {"prompt": "x", "sound": "yes"}, "sound", "sound must be true or false"),
    (T2V, {"prompt": "x", "sound": "True"}, "sound", "sound must be true or false"),
    (T2V, {"prompt": "x", "sound": 1}, "sound", "sound must be true or false"),
    (T2V, {"prompt": "x", "sound": "on"}, "sound", "sound must be true or false"),
    (T2V, {"prompt": "x", "aspect_ratio": "4:3"}, "aspect_ratio",
     "aspect_ratio must be 16:9, 9:16 or 1:1"),
    (T2V, {"prompt": "x", "aspect_ratio": ""}, "aspect_ratio", "aspect_ratio must be 16:9"),
    (T2V, {"prompt": "x", "multi_prompt": [SHOT]}, "multi_prompt",
     "multi_prompt cannot be used together with prompt"),
    (I2V, {"image": PNG, "prompt": "x", "multi_prompt": [SHOT]}, "multi_prompt", "multi_prompt"),
    (T2V, {"multi_prompt": "a"}, "multi_prompt", "multi_prompt must be a list"),
    (T2V, {"multi_prompt": {"prompt": "a"}}, "multi_prompt", "multi_prompt must be a list"),
    (T2V, {"multi_prompt": [SHOT] * 7}, "multi_prompt",
     "multi_prompt must have between 1 and 6 entries"),
    (T2V, {"multi_prompt": [{}]}, "multi_prompt[0].prompt", "multi_prompt[0].prompt is required"),
    (T2V, {"multi_prompt": [None]}, "multi_prompt[0]", "multi_prompt[0] is required"),
    (T2V, {"multi_prompt": [5]}, "multi_prompt[0]", "multi_prompt[0] must be an object"),
    (T2V, {"multi_prompt": [SHOT, {"prompt": " ", "duration": 3}]}, "multi_prompt[1].prompt",
     "multi_prompt[1].prompt must not be blank"),
    (T2V, {"multi_prompt": [{"prompt": "é" * 513, "duration": 3}]}, "multi_prompt[0].prompt",
     "multi_prompt[0].prompt must have between 1 and 512 characters"),
    (T2V, {"multi_prompt": [{"prompt": "a"}]}, "multi_prompt[0].duration",
     "multi_prompt[0].duration is required"),
    (T2V, {"multi_prompt": [{"prompt": "a", "duration": None}]}, "multi_prompt[0].duration",
     "multi_prompt[0].duration is required"),
    (T2V, {"multi_prompt": [{"prompt": "a", "duration": 0}]}, "multi_prompt[0].duration",
     "multi_prompt[0].duration must be a whole number between 1 and 15"),
    (T2V, {"multi_prompt": [{"prompt": "a", "duration": 2.5}]}, "multi_prompt[0].duration",
     "multi_prompt[0].duration must be a whole number"),
    (T2V, {"multi_prompt": ["a", " "]}, "multi_prompt[1].prompt", "multi_prompt[1].prompt"),
    (T2V, {"multi_prompt": ["x" * 513]}, "multi_prompt[0].prompt", "multi_prompt[0].prompt"),
    (T2V, {"multi_prompt": ["a", "b", "c", "d", "e", "f"]}, "multi_prompt",
     "multi_prompt leaves less than one of 5 seconds"),
    (T2V, {"multi_prompt": [{"prompt": "a", "duration": 5}, "b"]}, "multi_prompt",
     "multi_prompt leaves less than one"),
    (T2V, {"multi_prompt": [SHOT], "duration": 4}, "duration",
     "duration must be 3, the sum of the multi_prompt durations"),
    (T2V, {"multi_prompt": [SHOT, SHOT], "duration": 5}, "duration", "duration must be 6"),
    (T2V, {"multi_prompt": [{"prompt": "a", "duration": 2}]}, "multi_prompt",
     "multi_prompt must last between 3 and 15 seconds"),
    (T2V, {"multi_prompt": [{"prompt": "a", "duration": 8}] * 2}, "multi_prompt",
     "multi_prompt must last between 3 and 15 seconds"),
    (I2V, {"prompt": "x"}, "image", "image is required"),
    (I2V, {"prompt": "x", "image": None}, "image", "image is required"),
    (I2V, {"prompt": "x", "image": ""}, "image", "image must not be blank"),
    (I2V, {"prompt": "x", "image": 5}, "image", "image must be a string"),
    (I2V, {"prompt": "x", "image": {"url": BOAT}}, "image", "image must be a string"),
    (I2V, {"prompt": "x", "image": "asset:" + "0" * 64}, "image", "image must be an address"),
    (I2V, {"prompt": "x", "image": "ASSET:" + "0" * 64}, "image", "image must be an address"),
    (I2V, {"prompt": "x", "image": PNG, "end_image": 5}, "end_image", "end_image must be a string"),
    (I2V, {"prompt": "x", "image": PNG, "end_image": "asset:0"}, "end_image", "end_image must be"),
    (I2V, {"image": PNG, "end_image": PNG, "multi_prompt": [SHOT]}, "end_image",
     "end_image cannot be used together with multi_prompt"),
    # the placeholder call that the reference pages print
    (T2V, {"prompt": "<string>", "duration": 123, "cfg_scale": 123, "aspect_ratio": "<string>",
           "multi_prompt": [{}]}, "duration", "duration must be"),
    (T2V, {"multi_prompt": [{}], "cfg_scale": 123, "duration": 123, "prompt": "<string>"},
     "multi_prompt[0].prompt", "multi_prompt[0].prompt is required"),
    (I2V, {"sound": True, "cfg_scale": 123, "duration": 123}, "cfg_scale", "cfg_scale must be"),
]  # fmt: skip


@pytest.mark.parametrize(("slug", "body", "field", "words"), REFUSED)
def test_is_refused(slug: str, body: Any, field: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        WIRE.read_request(call_of(WIRE, path(slug), body))
    assert caught.value.field == field
    reply = ask(WIRE, path(slug), body)
    assert isinstance(reply, Reply)
    assert reply.status == 400
    message = reply.data["message"]
    assert message.startswith(words) and field in message
    assert reply.data == {
        "code": 400,
        "reason": "INVALID_REQUEST_BODY",
        "message": message,
        "metadata": {},
    }
    assert reply.body()


@pytest.mark.parametrize("data", [None, [], "x", 5])
def test_a_body_that_is_no_object(data: Any) -> None:
    reply = ask(WIRE, path(T2V), data)
    assert isinstance(reply, Reply)
    assert (reply.status, reply.data["reason"]) == (400, "INVALID_REQUEST_BODY")


def test_what_has_no_effect_is_reported() -> None:
    body = {
        "prompt": "x",
        "image": PNG,
        "end_image": "",
        "sede": 5,
        "nothing": None,
        "extra": {
            "webhook": {"url": "https://client.example.com/hook", "secret": 1},
            "plan": {"enabled": True},
        },
    }
    reading = ask(WIRE, path(T2V), body)
    assert isinstance(reading, Reading)
    sibling = "not a field of this endpoint"
    assert reading.ignored == (
        Ignored(field="extra.webhook.secret", reason="not a known field"),
        Ignored(field="extra.plan", reason="not a known field"),
        Ignored(field="image", reason=sibling),
        Ignored(field="end_image", reason=sibling),
        Ignored(field="sede", reason="not a known field"),
    )
    assert {*reading.request.extra} == {"image", "end_image", "sede", "extra"}
    assert reading.request.extra["extra"] == {"plan": {"enabled": True}}
    assert reading.request.webhook == "https://client.example.com/hook"
    ratio = ask(WIRE, path(I2V), {"prompt": "x", "image": PNG, "aspect_ratio": "1:1"})
    assert isinstance(ratio, Reading)
    assert ratio.ignored == (Ignored(field="aspect_ratio", reason=sibling),)


WEBHOOK = "https://client.example.com/hook"


def test_a_webhook_is_ours_to_call_and_never_the_next_vendors() -> None:
    request = VideoRequest(prompt="x", webhook=WEBHOOK)
    assert "extra" not in WIRE.write_request(request).data
    assert WIRE.name_field("webhook") == "extra.webhook.url"


@pytest.mark.parametrize(
    ("extra", "webhook"),
    [
        (None, None),
        ({}, None),
        ({"webhook": None}, None),
        ({"webhook": {"url": " "}}, None),
        ({"webhook": {"url": WEBHOOK, "test_mode": {"enabled": False}}}, WEBHOOK),
        ({"webhook": {"url": WEBHOOK, "test_mode": {"enabled": "false"}}}, WEBHOOK),
    ],
)
def test_webhooks_that_are_taken(extra: Any, webhook: str | None) -> None:
    reading = ask(WIRE, path(T2V), {"prompt": "x", "extra": extra})
    assert isinstance(reading, Reading)
    assert reading.request.webhook == webhook


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("x", "extra must be an object"),
        ({"webhook": WEBHOOK}, "extra.webhook must be an object"),
        ({"webhook": {"url": 5}}, "extra.webhook.url must be a string"),
        ({"webhook": {"url": "x" * 2049}}, "extra.webhook.url must have at most 2048 characters"),
        (
            {"webhook": {"url": WEBHOOK, "test_mode": {"enabled": True}}},
            "extra.webhook.test_mode is not available here",
        ),
    ],
)
def test_webhooks_that_are_refused(extra: Any, words: str) -> None:
    reply = ask(WIRE, path(T2V), {"prompt": "x", "extra": extra})
    assert isinstance(reply, Reply)
    assert (reply.status, reply.data["reason"]) == (400, "INVALID_REQUEST_BODY")
    assert reply.data["message"].startswith(words)


def test_limits() -> None:
    shots = [
        Row("prompt", 0, 2500, "must have at most 2500 characters", "D"),
        Row("multi_prompt", 1, 6, "must have between 1 and 6 entries", "I"),
        Row("multi_prompt[].prompt", 1, 512, "must have between 1 and 512 characters", "I"),
        Row("multi_prompt[].duration", 1, 15, "must be a whole number between 1 and 15", "D"),
        Row("negative_prompt", 0, 2500, "must have at most 2500 characters", "D"),
        Row("duration", 3, 15, "must be a whole number between 3 and 15", "D"),
        Row("cfg_scale", 0, 1, "must be a number between 0 and 1", "D"),
        Row("extra.webhook.url", 0, 2048, "must have at most 2048 characters", "A"),
    ]
    ratio = Row("aspect_ratio", None, None, "must be 16:9, 9:16 or 1:1", "D")
    assert limits_of(TextBody) == [*shots, ratio]
    assert limits_of(ImageBody) == shots


def test_routes() -> None:
    assert [(r.method, r.path, r.operation, r.model) for r in WIRE.routes] == [
        ("POST", "/v3/async/kling-v3.0-std-t2v", "create", "kling-v3.0-std-t2v"),
        ("POST", "/v3/async/kling-v3.0-std-i2v", "create", "kling-v3.0-std-i2v"),
        ("POST", "/v3/async/kling-v3.0-pro-t2v", "create", "kling-v3.0-pro-t2v"),
        ("POST", "/v3/async/kling-v3.0-pro-i2v", "create", "kling-v3.0-pro-i2v"),
        ("POST", "/v3/async/kling-v3.0-4k-t2v", "create", "kling-v3.0-4k-t2v"),
        ("POST", "/v3/async/kling-v3.0-4k-i2v", "create", "kling-v3.0-4k-i2v"),
        ("GET", "/v3/async/task-result", "show", None),
    ]
    assert wires()["novita"] is wire
    assert re.fullmatch(UUID4, WIRE.mint_id(0))
    assert WIRE.mint_id(0) != WIRE.mint_id(0)


def test_field_names() -> None:
    names = ["first_frame", "last_frame", "shots[0].prompt", "elements[0].frontal", "duration"]
    assert [WIRE.name_field(name) for name in names] == [
        "image",
        "end_image",
        "multi_prompt[0].prompt",
        "elements[0].frontal",
        "duration",
    ]


def test_lookup() -> None:
    def lookup(**query: str) -> str:
        return WIRE.read_lookup(call_of(WIRE, "/v3/async/task-result", method="GET", **query))

    assert lookup(task_id="0b6f1d9e-5a3a-4a52-9f1c-7f0f4a1f6b2e").startswith("0b6f")
    assert lookup(task_id="task-unified-1771027200-k3v9q2xa") == "task-unified-1771027200-k3v9q2xa"
    with pytest.raises(InvalidRequest, match="task_id is required"):
        lookup()
    for none in ("a b", "\0", "é", "x" * 81, "../x"):
        with pytest.raises(errors.UnknownTask):
            lookup(task_id=none)
    call = WIRE.write_lookup("0b6f", VideoRequest())
    assert (call.method, call.path, call.query) == (
        "GET",
        "/v3/async/task-result",
        {"task_id": "0b6f"},
    )
    with pytest.raises(errors.UnknownRoute):
        WIRE.read_listing(call)
    with pytest.raises(errors.UnknownRoute):
        WIRE.read_request(Call(method="POST", path="/v3/async/kling-v9", data={"prompt": "x"}))


# Golden tasks. Page: model-apis-task-result; links last a day here (rules.md), an hour there.
ID = "0b6f1d9e-5a3a-4a52-9f1c-7f0f4a1f6b2e"


def golden(
    status: str,
    *,
    seed: str = "0",
    execute: str = "1771027203100",
    complete: str = "0",
    task_type: str = "KLING_V3_0_PRO_T2V",
    videos: tuple[str, ...] = (),
    **task: Any,
) -> dict[str, Any]:
    return {
        "extra": {
            "seed": seed,
            "enable_nsfw_detection": False,
            "debug_info": {
                "request_info": "",
                "submit_time_ms": "1771027200000",
                "execute_time_ms": execute,
                "complete_time_ms": complete,
            },
        },
        "task": {
            "task_id": ID,
            "task_type": task_type,
            "status": status,
            "reason": "",
            "eta": 0,
            "progress_percent": 0,
            **task,
        },
        "images": [],
        "videos": [
            {"video_url": url, "video_url_ttl": "86400", "video_type": "mp4"} for url in videos
        ],
        "audios": [],
    }


VIEW = View(
    id=ID,
    status="queued",
    wire="novita",
    model="kling-v3",
    request=VideoRequest(resolution="1080p"),
    accepted_at=1771027200000,
)
SEEDED = VideoRequest(resolution="1080p", seed=714)
FILM = "https://files.example.com/out/0b6f.mp4?a=1&b=ü"
TASKS: list[tuple[dict[str, Any], View]] = [
    (golden("TASK_STATUS_QUEUED", execute="0"), VIEW),
    (
        golden("TASK_STATUS_PROCESSING", seed="714", eta=41, progress_percent=35),
        replace(
            VIEW,
            status="running",
            request=SEEDED,
            eta=41,
            progress=35,
            started_at=1771027203100,
        ),
    ),
    (
        golden(
            "TASK_STATUS_SUCCEED",
            seed="714",
            complete="1771027290400",
            progress_percent=100,
            videos=(FILM,),
        ),
        replace(
            VIEW,
            status="succeeded",
            request=SEEDED,
            progress=100,
            film_url=FILM,
            started_at=1771027203100,
            finished_at=1771027290400,
        ),
    ),
    (
        golden(
            "TASK_STATUS_FAILED",
            complete="1771027205000",
            reason="prompt refused by content policy – 内容",
            task_type="KLING_V3_0_4K_I2V",
        ),
        replace(
            VIEW,
            status="failed",
            request=VideoRequest(kind="image", resolution="4k"),
            error=Fault(code="provider_failed", message="prompt refused by content policy – 内容"),
            started_at=1771027203100,
            finished_at=1771027205000,
        ),
    ),
    (
        golden("TASK_STATUS_FAILED", complete="1771027205000", reason="cancelled"),
        replace(
            VIEW, status="cancelled", started_at=1771027203100, finished_at=1771027205000
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("body", "view"), TASKS)
def test_task(body: dict[str, Any], view: View) -> None:
    reply = WIRE.write_task(view)
    assert (reply.status, reply.data) == (200, body)
    assert WIRE.read_task(Reply(status=200, data=body)) == view


@pytest.mark.parametrize(("body", "view"), TASKS)
def test_webhook(body: dict[str, Any], view: View) -> None:
    """Page: model-apis-webhook."""
    view = replace(view, request=replace(view.request, webhook="https://client.example.com/hook"))
    payload = {
        **body,
        "extra": {**body["extra"], "webhook": {"url": "https://client.example.com/hook"}},
    }
    hook = {"event_type": "ASYNC_TASK_RESULT", "payload": payload}
    assert WIRE.write_webhook(view) == hook
    assert WIRE.read_webhook(Call(method="POST", path="/", data=hook)) == view


@pytest.mark.parametrize("data", [None, [], {}, {"event_type": "OTHER", "payload": {}}])
def test_a_webhook_of_another_kind(data: Any) -> None:
    with pytest.raises(ProviderError):
        WIRE.read_webhook(Call(method="POST", path="/", data=data))


@pytest.mark.parametrize(("body", "view"), TASKS)
def test_novitas_own_client_reads_our_tasks(body: dict[str, Any], view: View) -> None:
    theirs = V3TaskResponse.from_dict(WIRE.write_task(view).data)
    assert theirs.finished() == (view.status in ("succeeded", "failed", "cancelled"))
    assert theirs.task.eta == view.eta
    assert theirs.extra.debug_info.submit_time_ms == view.accepted_at
    assert theirs.get_video_urls() == ([view.film_url] if view.film_url else [])


def test_the_samples_as_printed_are_read_too() -> None:
    """The page's own samples: empty seed and times, a fractional ETA; and absent parts."""
    body = golden("TASK_STATUS_PROCESSING", seed="", execute="", complete="", eta=40.2)
    body["task"]["progress_percent"] = 35.9
    view = WIRE.read_task(Reply(status=200, data=body))
    assert view == replace(VIEW, status="running", eta=41, progress=35)
    bare = {"task": {"task_id": ID, "status": "TASK_STATUS_QUEUED"}}
    assert WIRE.read_task(Reply(status=200, data=bare)) == View(
        id=ID, status="queued", wire="novita"
    )


def test_an_unknown_word_keeps_a_task_open() -> None:
    view = WIRE.read_task(Reply(status=200, data=golden("TASK_STATUS_PONDERING")))
    assert (view.status, view.error) == ("running", None)


@pytest.mark.parametrize("data", [None, [], "", {}, {"task": []}, {"task": {"task_id": ID}}])
def test_an_answer_that_is_no_task(data: Any) -> None:
    with pytest.raises(ProviderError):
        WIRE.read_task(Reply(status=200, data=data))


@pytest.mark.parametrize(
    ("wire_name", "asked", "request_", "task_type"),
    [
        ("novita", "kling-v3.0-std-i2v", VideoRequest(model="animatic"), "KLING_V3_0_STD_I2V"),
        ("native", "kling-v3", VideoRequest(resolution="4k"), "KLING_V3_0_4K_T2V"),
        ("native", "kling-v3", VideoRequest(kind="image"), "KLING_V3_0_STD_I2V"),
        ("native", "kling-v3", VideoRequest(kind="reference"), "KLING_V3"),
        ("native", "animatic-still", VideoRequest(model="animatic-still"), "ANIMATIC_STILL"),
    ],
)
def test_task_type(wire_name: str, asked: str, request_: VideoRequest, task_type: str) -> None:
    view = View(id="x", status="queued", wire=wire_name, model_asked=asked, request=request_)
    assert WIRE.write_task(view).data["task"]["task_type"] == task_type


def test_the_seed_as_used_is_told_once_there_is_one() -> None:
    request = VideoRequest(prompt="a")
    seeds = {
        status: WIRE.write_task(View(id="x", status=status, request=request)).data["extra"]["seed"]
        for status in ("queued", "running", "succeeded", "failed", "cancelled")
    }
    used = str(request.picture_seed)
    assert seeds == {
        "queued": "0", "running": used, "succeeded": used, "failed": "0", "cancelled": "0",
    }  # fmt: skip


def test_receipt() -> None:
    reply = WIRE.write_receipt(VIEW)
    assert (reply.status, reply.data) == (200, {"task_id": ID})
    assert WIRE.read_receipt(reply).id == ID
    for data in (None, {}, {"task_id": 5}, {"task_id": ""}):
        with pytest.raises(ProviderError):
            WIRE.read_receipt(Reply(status=200, data=data))


# Errors: ours as written, HTTP status and reason from the page basic-error-code.
WRITTEN: list[tuple[ReelwayError, int, str]] = [
    (errors.InvalidRequest("duration is odd", field="duration"), 400, "INVALID_REQUEST_BODY"),
    (errors.InvalidBody("not JSON"), 400, "INVALID_REQUEST_BODY"),
    (errors.BadImage("x", code="image_too_large"), 400, "IMAGE_FILE_EXCEEDS_MAX_SIZE"),
    (errors.BadImage("x", code="image_format"), 400, "INVALID_IMAGE_FORMAT"),
    (errors.BadImage("x", code="image_size"), 400, "INVALID_IMAGE_SIZE"),
    (errors.Unauthenticated("x"), 401, "FAILED_TO_AUTH"),
    (errors.KeyRefused("x"), 403, "INVALID_API_KEY"),
    (errors.LinkRefused("x"), 403, "API_NOT_ALLOWED"),
    (errors.UnknownRoute("x"), 404, "API_NOT_FOUND"),
    (errors.UnknownTask("x"), 404, "TASK_NOT_FOUND"),
    (errors.MethodNotAllowed("x"), 405, "METHOD_NOT_ALLOWED"),
    (errors.Conflict("x"), 409, "CONFLICT"),
    (errors.BodyTooLarge("x"), 413, "REQUEST_BODY_TOO_LARGE"),
    (errors.KeyReused("x"), 422, "IDEMPOTENCY_KEY_REUSED"),
    (errors.BalanceExhausted("x"), 400, "BILLING_BALANCE_NOT_ENOUGH"),
    (errors.BudgetExhausted("x"), 400, "BILLING_BALANCE_NOT_ENOUGH"),
    (errors.QueueFull("x", retry_after=7), 429, "RATE_LIMIT_EXCEEDED"),
    (errors.Overloaded("x"), 503, "SERVICE_NOT_AVAILABLE"),
    (errors.EngineMissing("x"), 503, "SERVICE_NOT_AVAILABLE"),
    (errors.Internal("x"), 500, "CREATE_TASK_FAILED"),
    (errors.ProviderError("x"), 500, "CREATE_TASK_FAILED"),
    (errors.Unsupported("x"), 400, "INVALID_REQUEST_BODY"),
]


@pytest.mark.parametrize(("error", "status", "reason"), WRITTEN)
def test_error(error: ReelwayError, status: int, reason: str) -> None:
    reply = WIRE.write_error(error)
    assert reply.status == status
    assert reply.data == {
        "code": status,
        "reason": reason,
        "message": error.message,
        "metadata": {},
    }
    retry = {"Retry-After": "7"} if error.retry_after else {}
    assert reply.headers == retry


def test_every_error_has_a_word() -> None:
    def below(kind: type[ReelwayError]) -> list[type[ReelwayError]]:
        return [kind, *(k for child in kind.__subclasses__() for k in below(child))]

    for kind in below(ReelwayError):
        reply = WIRE.write_error(kind("x", field="duration"))
        assert reply.status == ERRORS.get(kind.code, (reply.status, ""))[0] == reply.data["code"]
        assert reply.data["message"] == "duration: x"


# Errors as Novita writes them. Page: basic-error-code.
READ: list[tuple[int, str, type[ReelwayError], str]] = [
    (400, "INVALID_REQUEST_BODY", errors.InvalidRequest, "invalid_request"),
    (400, "IMAGE_FILE_EXCEEDS_MAX_SIZE", errors.BadImage, "image_too_large"),
    (400, "INVALID_IMAGE_FORMAT", errors.BadImage, "image_format"),
    (400, "IMAGE_EXCEEDS_MAX_RESOLUTION", errors.BadImage, "image_size"),
    (400, "ILLEGAL_PROMPT", errors.InvalidRequest, "content_policy"),
    (400, "BILLING_BALANCE_NOT_ENOUGH", errors.BalanceExhausted, "balance_exhausted"),
    (403, "INVALID_API_KEY", errors.ProviderError, "provider_error"),
    (403, "NOT_ENOUGH_BALANCE", errors.BalanceExhausted, "balance_exhausted"),
    (404, "API_NOT_FOUND", errors.ProviderError, "provider_error"),
    (404, "TASK_NOT_FOUND", errors.UnknownTask, "unknown_task"),
    (429, "RATE_LIMIT_EXCEEDED", errors.QueueFull, "queue_full"),
    (500, "CREATE_TASK_FAILED", errors.Overloaded, "overloaded"),
    (503, "SERVICE_NOT_AVAILABLE", errors.Overloaded, "overloaded"),
    (502, "", errors.Overloaded, "overloaded"),
]


@pytest.mark.parametrize(("status", "reason", "kind", "code"), READ)
def test_error_read(status: int, reason: str, kind: type[ReelwayError], code: str) -> None:
    body = {"code": status, "reason": reason, "message": "zu wenig Guthaben", "metadata": {}}
    error = WIRE.read_error(Reply(status=status, data=body, headers={"Retry-After": "3"}))
    assert (type(error), error.code, error.message) == (kind, code, "zu wenig Guthaben")
    assert error.retry_after == 3


@pytest.mark.parametrize("data", [None, [], "<html>", {"message": 5}, {"reason": ["x"]}])
def test_an_error_without_words(data: Any) -> None:
    error = WIRE.read_error(Reply(status=502, data=data))
    assert (type(error), error.message) == (errors.Overloaded, "HTTP 502")


PICTURE = Image(source=PNG)
UNSAID: list[tuple[str, dict[str, Any]]] = [
    ("model", {"model": "kling-o3"}),
    ("kind", {"kind": "reference"}),
    ("kind", {"kind": "voice"}),
    ("first_frame", {"kind": "image"}),
    ("first_frame", {"kind": "image", "last_frame": PICTURE}),
    ("aspect_ratio", {"kind": "image", "first_frame": PICTURE, "aspect_ratio": "1:1"}),
    ("last_frame", {"kind": "image", "first_frame": PICTURE, "last_frame": PICTURE,
                    "prompt": "", **customize(("a", 3))}),
    ("references", {"references": (PICTURE,)}),
    ("elements", {"elements": (Element(frontal=PICTURE),)}),
    ("voices", {"voices": ("v",)}),
    ("shot_mode", {"shot_mode": "intelligence"}),
    ("prompt", customize(("a", 3))),
    ("seed", {"seed": 0}),
]  # fmt: skip


@pytest.mark.parametrize(("field", "fields"), UNSAID)
def test_what_cannot_be_said(field: str, fields: dict[str, Any]) -> None:
    with pytest.raises(Unsupported) as caught:
        WIRE.write_request(VideoRequest(**{"prompt": "x", **fields}))
    assert caught.value.field == field


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic a2V5", "key", "Bearer a b", "Bearer kéy"]
)
def test_no_key(header: str | None) -> None:
    headers = {} if header is None else {"authorization": header}
    with pytest.raises(errors.Unauthenticated):
        WIRE.read_key(Call(method="GET", path="/", headers=headers))


@pytest.mark.parametrize("header", ["Bearer rw_abc", "bearer rw_abc", "Bearer  rw_abc "])
def test_key(header: str) -> None:
    assert (
        WIRE.read_key(Call(method="GET", path="/", headers={"authorization": header})) == "rw_abc"
    )


BODIES = [body for _, body, _ in REQUESTS]
NAMES = ["prompt", "multi_prompt", "negative_prompt", "duration", "sound", "cfg_scale"]


@given(mutations(BODIES, [*NAMES, "aspect_ratio", "image", "end_image", "extra"]))
@settings(max_examples=300, deadline=None, derandomize=True, database=None)
def test_whatever_comes_is_read_or_refused(body: dict[str, Any]) -> None:
    for slug in (T2V, I2V):
        outcome = ask(WIRE, path(slug), body)
        if isinstance(outcome, Reply):
            assert outcome.status == 400
            assert outcome.body()
        else:
            assert 3 <= outcome.request.duration <= 15
            call = WIRE.write_request(outcome.request)
            assert Reply(status=200, data=call.data).body()
