"""AIHubMax: golden bodies from its pages and Fox's, both ways; its limits; its answers."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from reelway import errors
from reelway.errors import InvalidRequest, ProviderError, ReelwayError, Unsupported
from reelway.limits import Row, limits_of
from reelway.request import Element, Image, Shot, VideoRequest, from_json, to_json
from reelway.task import Fault, View
from reelway.wire import Call, Ignored, Reading, Reply, Wire, wires
from reelway.wires.aihubmax import TYPES, wire
from reelway.wires.aihubmax.bodies import (
    BODIES,
    MODELS,
    CreateBody,
    O3Reference,
    V3Image,
    V3Text,
    VoiceBody,
)
from wires.cases import ask, call_of, loop, mutations

WIRE: Wire = wire
CREATE = "/v1/videos/generations"
PNG = "data:image/png;base64,iVBORw0KGgo="
A, B = "https://files.example.com/a.jpg", "https://files.example.com/b.jpg"
PICTURE = Image(source=PNG)
V3T, V3I = "kling-v3-text-to-video", "kling-v3-image-to-video"
O3T, O3I, O3R = "kling-o3-text-to-video", "kling-o3-image-to-video", "kling-o3-reference-to-video"
VOICE = "kling-video-create-voice"


def customize(*shots: tuple[str, int]) -> dict[str, Any]:
    return {
        "shots": tuple(Shot(prompt=p, duration=d) for p, d in shots),
        "shot_mode": "customize",
        "duration": sum(d for _, d in shots),
    }


def shots(*lengths: int) -> list[dict[str, Any]]:
    return [{"prompt": "a", "duration": length} for length in lengths]


def element(references: int = 1) -> dict[str, Any]:
    return {"frontal_image_url": PNG, "reference_image_urls": [PNG] * references}


# Golden requests: (model, body, request). Page: kling-v3-text-to-video and siblings.
REQUESTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (V3T, {"prompt": "A lighthouse in fog"}, {"prompt": "A lighthouse in fog"}),
    (
        V3T,
        {
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
        },
        {
            "prompt": "<<<voice_1>>> says: the tide is late",
            "resolution": "1080p",
            "sound": True,
            "negative_prompt": "text",
            "aspect_ratio": "9:16",
            "voices": ("voice_81",),
            **customize(("Lamp room", 4), ("Rocks below", 6)),
        },
    ),
    (
        V3I,
        {
            "prompt": "Fog lifts",
            "image_url": A,
            "image_tail_url": B,
            "resolution": "720p",
            "generate_audio": False,
            "duration": 5,
        },
        {
            "kind": "image",
            "prompt": "Fog lifts",
            "first_frame": Image(source=A),
            "last_frame": Image(source=B),
        },
    ),
    # rules.md, the call that must work unchanged
    (
        V3T,
        {
            "prompt": "Rain begins to fall in an old temple garden, <<<voice_1>>> says: it is time",
            "resolution": "720p",
            "generate_audio": True,
            "voice_ids": ["voice_123456"],
            "negative_prompt": "blurry, watermark, text overlay",
            "aspect_ratio": "16:9",
            "duration": 5,
        },
        {
            "prompt": "Rain begins to fall in an old temple garden, <<<voice_1>>> says: it is time",
            "sound": True,
            "voices": ("voice_123456",),
            "negative_prompt": "blurry, watermark, text overlay",
            "aspect_ratio": "16:9",
        },
    ),
    # awkward: o3 with every field, at signs, non-ASCII, a digit after a marker, unknown fields
    (
        O3R,
        {
            "prompt": "@Element1 和 @Image2 在雨中, <<<voice_2>>>: 走吧 🌧",
            "start_image_url": A,
            "end_image_url": B,
            "image_urls": [A, PNG],
            "elements": [element(1), element(3)],
            "resolution": "4k",
            "generate_audio": True,
            "voice_ids": ["v", "ü"],
            "aspect_ratio": "1:1",
            "duration": 3,
            "shot_type": "customize",
            "multi_prompt": [{"prompt": "@Element2 waves; <<<image_1>>>0 cats", "duration": 3}],
            "style": {"ink": 0.5},
        },
        {
            "kind": "reference",
            "model": "kling-o3",
            "prompt": "<<<element_1>>> 和 <<<image_2>>> 在雨中, <<<voice_2>>>: 走吧 🌧",
            "first_frame": Image(source=A),
            "last_frame": Image(source=B),
            "references": (Image(source=A), PICTURE),
            "elements": (
                Element(frontal=PICTURE, references=(PICTURE,)),
                Element(frontal=PICTURE, references=(PICTURE,) * 3),
            ),
            "resolution": "4k",
            "sound": True,
            "voices": ("v", "ü"),
            "aspect_ratio": "1:1",
            **customize(("<<<element_2>>> waves; <<<image_1>>>0 cats", 3)),
            "extra": {"style": {"ink": 0.5}},
        },
    ),
    (
        O3I,
        {"image_url": "iVBORw0KGgo=", "end_image_url": A, "prompt": "@Element1", "duration": 15,
         "elements": [element()]},
        {
            "kind": "image",
            "model": "kling-o3",
            "prompt": "<<<element_1>>>",
            "first_frame": Image(source="iVBORw0KGgo="),
            "last_frame": Image(source=A),
            "duration": 15,
            "elements": (Element(frontal=PICTURE, references=(PICTURE,)),),
        },
    ),
    (
        O3T,
        {"prompt": "Zwölf Boxkämpfer", "duration": 7, "aspect_ratio": "9:16"},
        {"model": "kling-o3", "prompt": "Zwölf Boxkämpfer", "duration": 7, "aspect_ratio": "9:16"},
    ),
    (
        VOICE,
        {"voice_url": "https://files.example.com/v.mp3"},
        {"kind": "voice", "sample": "https://files.example.com/v.mp3"},
    ),
]  # fmt: skip
DEFAULTS = {"resolution": "720p", "generate_audio": False, "duration": 5}


@pytest.mark.parametrize(("model", "body", "fields"), REQUESTS)
def test_request(model: str, body: dict[str, Any], fields: dict[str, Any]) -> None:
    reading = ask(WIRE, CREATE, {"model": model, **body})
    assert isinstance(reading, Reading), reading
    assert reading.request == VideoRequest(**fields)
    assert reading.model_asked == model
    assert from_json(to_json(reading.request)) == reading.request
    call = WIRE.write_request(VideoRequest(**fields))
    assert (call.method, call.path) == ("POST", CREATE)
    defaults = {} if model == VOICE else DEFAULTS
    assert call.data == {"model": model, **defaults, **body}
    assert loop(WIRE, reading) == reading


# What is taken: (model, body, what the request then has).
LONG = "ü" * 2500
AT = {"prompt": "x", "generate_audio": True, "voice_ids": ["v"]}
TAKEN: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (V3T, {"prompt": LONG}, {"prompt": LONG}),
    (V3T, {"prompt": "x"}, {"duration": 5, "sound": False, "resolution": "720p",
                            "aspect_ratio": None, "model": "kling-v3", "cfg_scale": None}),
    (V3T, {"prompt": "x", "negative_prompt": "y" * 9000}, {"negative_prompt": "y" * 9000}),
    (V3T, {"prompt": "x", "negative_prompt": None}, {"negative_prompt": ""}),
    (V3T, {"prompt": "x", "resolution": None, "aspect_ratio": None}, {"resolution": "720p"}),
    (V3T, {"prompt": "x", "resolution": "4k"}, {"resolution": "4k"}),
    (V3T, {"prompt": "x", "duration": "10"}, {"duration": 10}),
    (V3T, {"prompt": "x", "duration": "10.0"}, {"duration": 10}),
    (V3T, {"prompt": "x", "duration": 5.0}, {"duration": 5}),
    (V3T, {"prompt": "x", "duration": None}, {"duration": 5}),
    (V3T, {"prompt": "x", "generate_audio": "true"}, {"sound": True}),
    (V3T, {"prompt": "x", "generate_audio": "false"}, {"sound": False}),
    (V3T, {"prompt": "x", "generate_audio": None}, {"sound": False}),
    (V3T, {"prompt": "x", "voice_ids": []}, {"voices": ()}),
    (V3T, {"prompt": "x", "voice_ids": None, "multi_prompt": []}, {"voices": (), "shots": ()}),
    (V3T, AT, {"voices": ("v",)}),
    (V3T, {**AT, "voice_ids": ["v", "w"]}, {"voices": ("v", "w")}),
    (V3T, {**AT, "prompt": "<<<voice_01>>>"}, {"prompt": "<<<voice_1>>>"}),
    (V3T, {"prompt": "@Element1, @Image2, <<<image_3>>>, <<<voice>>>, <<<Voice_1>>>"},
     {"prompt": "@Element1, @Image2, <<<image_3>>>, <<<voice>>>, <<<Voice_1>>>"}),
    (V3T, {"prompt": "ink", "multi_prompt": shots(5)}, {"prompt": "ink", **customize(("a", 5))}),
    (V3T, {"multi_prompt": shots(4, 6)}, {"prompt": "", **customize(("a", 4), ("a", 6))}),
    (V3T, {"prompt": " \n", "multi_prompt": shots(5), "duration": 5}, customize(("a", 5))),
    (V3T, {"multi_prompt": [{"prompt": "é" * 512, "duration": "5.0"}]}, customize(("é" * 512, 5))),
    (V3T, {"multi_prompt": shots(1, 1, 1, 1, 1, 5)}, {"duration": 10}),
    (V3T, {**AT, "multi_prompt": [{"prompt": "<<<voice_1>>>!", "duration": 5}]},
     customize(("<<<voice_1>>>!", 5))),
    (V3T, {"prompt": "x", "elements": [5], "image_urls": "x"}, {"elements": (), "references": ()}),
    (V3T, {"prompt": "x", "image_url": 5, "image_tail_url": PNG}, {"first_frame": None}),
    (V3T, {"prompt": "x", "cfg_scale": 5, "seed": 4}, {"cfg_scale": None, "seed": None}),
    (V3T, {"prompt": "x", "first": PNG, "last": PNG}, {"first_frame": None, "last_frame": None}),
    (V3I, {"prompt": "x", "image_url": PNG, "first": A, "last": A},
     {"first_frame": PICTURE, "last_frame": None}),
    (V3I, {"prompt": "x", "image_url": PNG, "aspect_ratio": "1:1"}, {"aspect_ratio": None}),
    (V3I, {"prompt": "x", "image_url": PNG, "aspect_ratio": 5}, {"aspect_ratio": None}),
    (V3I, {"prompt": "x", "image_url": PNG, "image_tail_url": " "}, {"last_frame": None}),
    (V3I, {"prompt": "x", "image_url": PNG, "end_image_url": A}, {"last_frame": None}),
    (V3I, {"prompt": "x", "image_url": PNG, "multi_prompt": shots(10)}, customize(("a", 10))),
    (O3T, {"prompt": "x", "duration": 3}, {"duration": 3, "model": "kling-o3"}),
    (O3T, {"prompt": "x", "duration": 15, "shot_type": "odd"}, {"duration": 15}),
    (O3T, {"prompt": "x", "multi_prompt": shots(3)}, {"prompt": "x", **customize(("a", 3))}),
    (O3T, {"prompt": "@Element1", "elements": [element()]}, {"prompt": "<<<element_1>>>"}),
    (O3T, AT, {"voices": ("v",)}),
    (O3I, {"image_url": PNG, "prompt": None, "multi_prompt": shots(15)}, customize(("a", 15))),
    (O3I, {"image_url": PNG, "prompt": "x", "aspect_ratio": "1:1"}, {"aspect_ratio": None}),
    (O3I, {"image_url": PNG, "prompt": "x", "elements": [element()] * 3}, {"duration": 5}),
    (O3R, {"prompt": "x"}, {"kind": "reference", "first_frame": None}),
    (O3R, {"prompt": "x", "image_urls": [A] * 4}, {"references": (Image(source=A),) * 4}),
    (O3R, {"prompt": "@Image1@Element3!", "image_urls": [A], "elements": [element()] * 3},
     {"prompt": "<<<image_1>>><<<element_3>>>!"}),
    (O3R, {"prompt": "x", "image_urls": [], "elements": None}, {"references": (), "elements": ()}),
    (O3R, {"prompt": "x", "end_image_url": A, "multi_prompt": shots(4), "shot_type": "customize"},
     {"last_frame": Image(source=A), **customize(("a", 4))}),
    (O3R, {"prompt": "x", "shot_type": None, "aspect_ratio": "9:16"}, {"aspect_ratio": "9:16"}),
    (VOICE, {"voice_url": "data:audio/mp3;base64,AAAA"}, {"sample": "data:audio/mp3;base64,AAAA"}),
    (VOICE, {"voice_url": "AAAA", "prompt": 5, "duration": 99}, {"sample": "AAAA", "prompt": ""}),
]  # fmt: skip


@pytest.mark.parametrize(("model", "body", "fields"), TAKEN)
def test_is_taken(model: str, body: dict[str, Any], fields: dict[str, Any]) -> None:
    reading = ask(WIRE, CREATE, {**body, "model": model})
    assert isinstance(reading, Reading), reading
    assert {name: getattr(reading.request, name) for name in fields} == fields
    assert loop(WIRE, reading).request == reading.request


# What is refused: (model, body, the field that is named, and how the message begins).
WHOLE = "must be a whole number between 3 and 15"
FIRST = {"image_url": PNG, "prompt": "x"}
REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    (V3T, {}, "prompt", "prompt is required, unless multi_prompt has shots"),
    (V3T, {"prompt": " \n\t　"}, "prompt", "prompt is required"),
    (V3T, {"prompt": None, "multi_prompt": []}, "prompt", "prompt is required"),
    (V3T, {"prompt": "ü" * 2501}, "prompt", "prompt must have at most 2500 characters"),
    (V3T, {"prompt": 5}, "prompt", "prompt must be a string"),
    (V3T, {"prompt": "a\0"}, "prompt", "prompt must not contain NUL"),
    (V3T, {"prompt": "a\ud800"}, "prompt", "prompt must be valid Unicode"),
    (V3T, {"prompt": "x", "negative_prompt": 5}, "negative_prompt", "negative_prompt must be a"),
    (V3T, {"prompt": "x", "duration": 3}, "duration", "duration must be 5 or 10"),
    (V3T, {"prompt": "x", "duration": 7}, "duration", "duration must be 5 or 10"),
    (V3T, {"prompt": "x", "duration": 15}, "duration", "duration must be 5 or 10"),
    (V3T, {"prompt": "x", "duration": 5.5}, "duration", "duration must be 5 or 10"),
    (V3T, {"prompt": "x", "duration": "five"}, "duration", "duration must be 5 or 10"),
    (V3T, {"prompt": "x", "duration": True}, "duration", "duration must be 5 or 10"),
    (V3T, {"prompt": "x", "duration": float("nan")}, "duration", "duration must be 5 or 10"),
    (V3I, {**FIRST, "duration": 8}, "duration", "duration must be 5 or 10"),
    (O3T, {"prompt": "x", "duration": 2}, "duration", f"duration {WHOLE}"),
    (O3T, {"prompt": "x", "duration": 16}, "duration", f"duration {WHOLE}"),
    (O3I, {**FIRST, "duration": 3.5}, "duration", f"duration {WHOLE}"),
    (O3R, {"prompt": "x", "duration": "NaN"}, "duration", f"duration {WHOLE}"),
    (V3T, {"prompt": "x", "resolution": "2k"}, "resolution", "resolution must be 720p, 1080p or"),
    (V3T, {"prompt": "x", "resolution": "4K"}, "resolution", "resolution must be 720p"),
    (V3T, {"prompt": "x", "aspect_ratio": "4:3"}, "aspect_ratio",
     "aspect_ratio must be 16:9, 9:16 or 1:1"),
    (O3R, {"prompt": "x", "aspect_ratio": 1}, "aspect_ratio", "aspect_ratio must be 16:9"),
    (V3T, {"prompt": "x", "generate_audio": "on"}, "generate_audio",
     "generate_audio must be true or false"),
    (V3T, {"prompt": "x", "generate_audio": 1}, "generate_audio", "generate_audio must be"),
    (V3T, {**AT, "voice_ids": ["a", "b", "c"]}, "voice_ids",
     "voice_ids must have between 1 and 2 entries"),
    (V3T, {**AT, "voice_ids": [" "]}, "voice_ids[0]", "voice_ids[0] must not be blank"),
    (V3T, {**AT, "voice_ids": [5]}, "voice_ids[0]", "voice_ids[0] must be a string"),
    (V3T, {**AT, "voice_ids": "v"}, "voice_ids", "voice_ids must be a list"),
    (V3T, {**AT, "generate_audio": False}, "voice_ids", "voice_ids cannot be used unless"),
    (O3R, {"prompt": "x", "voice_ids": ["v"]}, "voice_ids", "voice_ids cannot be used unless"),
    (V3T, {"prompt": "<<<voice_1>>>"}, "prompt", "prompt names a voice that is not given"),
    (V3T, {**AT, "prompt": "<<<voice_2>>>"}, "prompt", "prompt names a voice that is not given"),
    (V3T, {**AT, "prompt": "<<<voice_0>>>"}, "prompt", "prompt names a voice"),
    (V3T, {"prompt": f"<<<voice_{'9' * 2000}>>>"}, "prompt", "prompt names a voice"),
    (V3T, {"prompt": "<<<element_1>>>", "elements": [element()]}, "prompt",
     "prompt names an element that is not given"),
    (V3T, {"multi_prompt": [{"prompt": "<<<voice_1>>>", "duration": 5}]},
     "multi_prompt[0].prompt", "multi_prompt[0].prompt names a voice"),
    (V3T, {"prompt": "<<<voice_1>>>", "multi_prompt": shots(5)}, "prompt", "prompt names a voice"),
    (O3T, {"prompt": "@Element1"}, "prompt", "prompt names an element that is not given"),
    (O3T, {"prompt": "@Image1"}, "prompt", "prompt names an image that is not given"),
    (O3R, {"prompt": "@Image12", "image_urls": [A]}, "prompt", "prompt names an image"),
    (O3R, {"prompt": "<<<image_2>>>", "image_urls": [A]}, "prompt", "prompt names an image"),
    (O3R, {"prompt": "x", "elements": [element()], "multi_prompt":
           [{"prompt": "b", "duration": 3}, {"prompt": "@Element2", "duration": 3}]},
     "multi_prompt[1].prompt", "multi_prompt[1].prompt names an element"),
    (V3T, {"multi_prompt": "a"}, "multi_prompt", "multi_prompt must be a list"),
    (V3T, {"multi_prompt": shots(*[1] * 7)}, "multi_prompt",
     "multi_prompt must have between 1 and 6 entries"),
    (V3T, {"multi_prompt": ["a"]}, "multi_prompt[0]", "multi_prompt[0] must be an object"),
    (V3T, {"multi_prompt": [None]}, "multi_prompt[0]", "multi_prompt[0] is required"),
    (V3T, {"multi_prompt": [{}]}, "multi_prompt[0].prompt", "multi_prompt[0].prompt is required"),
    (V3T, {"multi_prompt": [{"prompt": " ", "duration": 5}]}, "multi_prompt[0].prompt",
     "multi_prompt[0].prompt must not be blank"),
    (V3T, {"multi_prompt": [{"prompt": "é" * 513, "duration": 5}]}, "multi_prompt[0].prompt",
     "multi_prompt[0].prompt must have between 1 and 512 characters"),
    (V3T, {"multi_prompt": [{"prompt": "a"}]}, "multi_prompt[0].duration",
     "multi_prompt[0].duration is required"),
    (V3T, {"multi_prompt": shots(0, 5)}, "multi_prompt[0].duration",
     "multi_prompt[0].duration must be a whole number between 1 and 15"),
    (V3T, {"multi_prompt": shots(4, 3)}, "multi_prompt",
     "multi_prompt must last 5 or 10 seconds in all"),
    (V3T, {"multi_prompt": shots(4, 3), "duration": 10}, "multi_prompt", "multi_prompt must last"),
    (V3T, {"multi_prompt": shots(5), "duration": 10}, "duration",
     "duration must be 5, the sum of the multi_prompt durations"),
    (O3T, {"multi_prompt": shots(2)}, "multi_prompt",
     "multi_prompt must last between 3 and 15 seconds in all"),
    (O3T, {"multi_prompt": shots(8, 8)}, "multi_prompt", "multi_prompt must last between 3 and"),
    (O3T, {"multi_prompt": shots(4), "duration": 5}, "duration", "duration must be 4, the sum"),
    (V3I, {"prompt": "x"}, "image_url", "image_url is required"),
    (V3I, {"prompt": "x", "image_url": None}, "image_url", "image_url is required"),
    (V3I, {"prompt": "x", "image_url": ""}, "image_url", "image_url must not be blank"),
    (V3I, {"prompt": "x", "image_url": {"url": A}}, "image_url", "image_url must be a string"),
    (V3I, {"prompt": "x", "image_url": "asset:" + "0" * 64}, "image_url", "image_url must be an"),
    (V3I, {**FIRST, "image_tail_url": 5}, "image_tail_url", "image_tail_url must be a string"),
    (V3I, {"image_url": PNG, "image_tail_url": PNG, "multi_prompt": shots(5)}, "image_tail_url",
     "image_tail_url cannot be used together with multi_prompt"),
    (V3I, {"image_url": PNG}, "prompt", "prompt is required"),
    (O3I, {"prompt": "x", "image_urls": [PNG]}, "image_url", "image_url is required"),
    (O3I, {"image_url": PNG, "end_image_url": PNG, "multi_prompt": shots(5)}, "end_image_url",
     "end_image_url cannot be used together with multi_prompt"),
    (O3I, {**FIRST, "multi_prompt": shots(5)}, "multi_prompt",
     "multi_prompt cannot be used together with prompt"),
    (O3R, {"prompt": "x", "elements": [element()] * 4}, "elements",
     "elements must have between 1 and 3 entries"),
    (O3R, {"prompt": "x", "elements": [{}]}, "elements[0].frontal_image_url",
     "elements[0].frontal_image_url is required"),
    (O3R, {"prompt": "x", "elements": [{"frontal_image_url": PNG}]},
     "elements[0].reference_image_urls", "elements[0].reference_image_urls is required"),
    (O3R, {"prompt": "x", "elements": [element(4)]}, "elements[0].reference_image_urls",
     "elements[0].reference_image_urls must have between 1 and 3 entries"),
    (O3R, {"prompt": "x", "elements": [element(0)]}, "elements[0].reference_image_urls",
     "elements[0].reference_image_urls must have"),
    (O3R, {"prompt": "x", "image_urls": [A] * 5}, "image_urls", "image_urls must have between"),
    (O3R, {"prompt": "x", "image_urls": ["asset:0"]}, "image_urls[0]", "image_urls[0] must be an"),
    (O3R, {"prompt": "x", "image_urls": [A, B], "elements": [element()] * 3}, "image_urls",
     "image_urls and elements must be at most 4 together"),
    (O3R, {"prompt": "x", "shot_type": "intelligence"}, "shot_type", "shot_type must be customize"),
    (O3R, {"prompt": "x", "start_image_url": 5}, "start_image_url", "start_image_url must be a"),
    (VOICE, {}, "voice_url", "voice_url is required"),
    (VOICE, {"voice_url": " "}, "voice_url", "voice_url must not be blank"),
    (VOICE, {"voice_url": "asset:" + "0" * 64}, "voice_url", "voice_url must be an address"),
]  # fmt: skip
MODEL_WORDS = "model must be kling-v3-text-to-video, kling-v3-image-to-video, kling-o3-text-to-vid"
WRONG_MODELS: list[tuple[dict[str, Any], str]] = [
    ({"prompt": "x", "duration": 99}, "model is required"),
    ({"prompt": "x", "model": None}, "model is required"),
    *(
        ({"prompt": "x", "model": model}, MODEL_WORDS)
        for model in ("", "kling-v3", "Kling-v3-text-to-video", "kling-v3-turbo-text-to-video", [])
    ),
]


def refusal(body: Any) -> str:
    reply = ask(WIRE, CREATE, body)
    assert isinstance(reply, Reply), reply
    assert reply.status == 400 and reply.body()
    message = reply.data["error"]["message"]
    assert reply.data == {"error": {"message": message, "type": "invalid_request_error"}}
    return str(message)


@pytest.mark.parametrize(("model", "body", "field", "words"), REFUSED)
def test_is_refused(model: str, body: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        WIRE.read_request(call_of(WIRE, CREATE, {"model": model, **body}))
    assert caught.value.field == field
    message = refusal({"model": model, **body})
    assert message.startswith(words) and field in message and len(message) < 300


@pytest.mark.parametrize(("body", "words"), WRONG_MODELS)
def test_a_model_that_is_not_there(body: dict[str, Any], words: str) -> None:
    assert refusal(body).startswith(words)


@pytest.mark.parametrize("data", [None, [], "x", 5, {}])
def test_a_body_that_is_no_request(data: Any) -> None:
    refusal(data)


def test_what_has_no_effect_is_reported() -> None:
    body = {
        "model": V3T,
        "multi_prompt": [{"index": 1, "prompt": "a", "duration": 5}],
        "elements": [element()],
        "image_tail_url": A,
        "sede": 5,
        "nothing": None,
        "callback_url": "https://client.example.com/hook",
    }
    reading = ask(WIRE, CREATE, body)
    assert isinstance(reading, Reading)
    sibling = "not a field of this model"
    assert reading.ignored == (
        Ignored(field="multi_prompt[0].index", reason="not a known field"),
        Ignored(field="elements", reason=sibling),
        Ignored(field="image_tail_url", reason=sibling),
        Ignored(field="sede", reason="not a known field"),
    )
    assert set(reading.request.extra) == {"elements", "image_tail_url", "sede"}
    assert reading.request.webhook == "https://client.example.com/hook"
    assert WIRE.name_field("webhook") == "callback_url"
    assert "callback_url" not in WIRE.write_request(ORDERED).data
    ratio = ask(WIRE, CREATE, {"model": V3I, **FIRST, "aspect_ratio": "1:1"})
    assert isinstance(ratio, Reading)
    assert ratio.ignored == (Ignored(field="aspect_ratio", reason=sibling),)


ORDERED = VideoRequest(prompt="x", webhook="https://client.example.com/hook")


def test_limits() -> None:
    called = Row("callback_url", 0, 2048, "must have at most 2048 characters", "A")
    film = [
        called,
        Row("prompt", 0, 2500, "must have at most 2500 characters", "D"),
        Row("multi_prompt", 1, 6, "must have between 1 and 6 entries", "I"),
        Row("multi_prompt[].prompt", 1, 512, "must have between 1 and 512 characters", "I"),
        Row("multi_prompt[].duration", 1, 15, "must be a whole number between 1 and 15", "I"),
        Row("resolution", None, None, "must be 720p, 1080p or 4k", "D"),
        Row("voice_ids", 1, 2, "must have between 1 and 2 entries", "D"),
    ]
    ratio = Row("aspect_ratio", None, None, "must be 16:9, 9:16 or 1:1", "D")
    three = Row("elements", 1, 3, "must have between 1 and 3 entries", "I")
    v3 = [*film, Row("duration", None, None, "must be 5 or 10", "D")]
    o3 = [
        *film,
        Row("duration", 3, 15, WHOLE, "D"),
        three,
        replace(three, field="elements[].reference_image_urls"),
        Row("image_urls", 1, 4, "must have between 1 and 4 entries", "D"),
        Row("shot_type", None, None, "must be customize", "D"),
    ]
    assert limits_of(V3Text) == [*v3, ratio]
    assert limits_of(V3Image) == v3
    assert limits_of(O3Reference) == [*o3, ratio]
    assert limits_of(VoiceBody) == [called]


def test_one_schema_for_all_bodies() -> None:
    schema = CreateBody.model_json_schema()
    assert set(schema["discriminator"]["mapping"]) == set(MODELS) == set(BODIES)
    assert set(schema["$defs"]["V3Image"]["required"]) == {"model", "image_url"}
    assert schema["$defs"]["O3Reference"]["properties"]["end_image_url"]


def test_routes() -> None:
    assert [(r.method, r.path, r.operation, r.body) for r in WIRE.routes] == [
        ("POST", "/v1/videos/generations", "create", CreateBody),
        ("GET", "/v1/tasks/{id}", "show", None),
    ]
    assert wires()["aihubmax"] is wire


def test_field_names() -> None:
    o3 = VideoRequest(model="kling-o3", kind="reference")
    v3 = VideoRequest(model="kling-v3", kind="image")
    named = {
        "references[0]": "image_urls[0]",
        "elements[1].frontal": "elements[1].frontal_image_url",
        "elements[0].references[2]": "elements[0].reference_image_urls[2]",
        "shots[0].prompt": "multi_prompt[0].prompt",
        "sound": "generate_audio",
        "voices": "voice_ids",
        "sample": "voice_url",
        "duration": "duration",
        # the names of every model, for whoever does not know which
        "first_frame": "image_url or start_image_url",
        "last_frame": "image_tail_url or end_image_url",
    }
    assert {name: wire.name_field(name) for name in named} == named
    assert [wire.name_field("last_frame", r) for r in (v3, o3)] == [
        "image_tail_url",
        "end_image_url",
    ]
    assert [wire.name_field("first_frame", r) for r in (v3, o3)] == ["image_url", "start_image_url"]


def test_id_and_created_agree() -> None:
    now = 1757165031999
    minted = WIRE.mint_id(now)
    assert re.fullmatch(r"task-unified-1757165031-[a-z0-9]{8}", minted)
    assert WIRE.mint_id(now) != minted
    for accepted_at in (now, now + 2):  # the clock went on between the two
        view = View(id=minted, status="queued", wire="aihubmax", accepted_at=accepted_at)
        for reply in (WIRE.write_receipt(view), WIRE.write_task(view)):
            assert reply.data["created"] == 1757165031
    other = View(id="0b6f1d9e", status="queued", accepted_at=now)
    assert WIRE.write_task(other).data["created"] == 1757165031


def test_the_call_of_the_rules_and_its_answer() -> None:
    model, body, _ = REQUESTS[3]
    reading = ask(WIRE, CREATE, {"model": model, **body})
    assert isinstance(reading, Reading) and reading.ignored == ()
    view = View(
        id="task-unified-1757165031-uyujaw3d",
        status="queued",
        wire="aihubmax",
        model_asked=reading.model_asked,
        request=replace(reading.request, model="animatic"),
        accepted_at=1757165031042,
    )
    reply = WIRE.write_receipt(view)
    assert reply.status == 200
    assert reply.data == {
        "created": 1757165031,
        "id": "task-unified-1757165031-uyujaw3d",
        "model": "kling-v3-text-to-video",
        "object": "video.generation.task",
        "progress": 0,
        "status": "pending",
        "task_info": {"can_cancel": True, "estimated_time": 45},
        "type": "video",
    }
    assert WIRE.read_receipt(reply).id == view.id


def test_what_a_receipt_tells_later() -> None:
    """As the body of a task that is under way, or over: the estimate and whether it can end."""
    running = WIRE.write_receipt(replace(VIEW, status="running", eta=7)).data["task_info"]
    over = WIRE.write_receipt(replace(VIEW, status="succeeded")).data["task_info"]
    assert running == {"can_cancel": True, "estimated_time": 7}
    assert over == {"can_cancel": False, "estimated_time": 0}


@pytest.mark.parametrize("data", [None, [], {}, {"id": 5}, {"id": ""}])
def test_an_answer_that_is_no_receipt(data: Any) -> None:
    with pytest.raises(ProviderError):
        WIRE.read_receipt(Reply(status=200, data=data))


def test_lookup() -> None:
    def lookup(id: str) -> str:
        path, query = f"/v1/tasks/{id}", {"sync_upstream": "true"}
        return WIRE.read_lookup(Call(method="GET", path=path, query=query, path_args={"id": id}))

    assert lookup("task-unified-1771027200-k3v9q2xa") == "task-unified-1771027200-k3v9q2xa"
    assert lookup("0b6f1d9e-5a3a-4a52-9f1c-7f0f4a1f6b2e").startswith("0b6f")
    for none in ("", "a b", "\0", "é", "x" * 81, ".."):
        with pytest.raises(errors.UnknownTask):
            lookup(none)
    call = WIRE.write_lookup("task-1", VideoRequest())
    assert (call.method, call.path, call.path_args) == ("GET", "/v1/tasks/task-1", {"id": "task-1"})
    with pytest.raises(errors.UnknownRoute):
        WIRE.read_listing(call)


# Golden tasks. Page: Fox, query a task; what is charged is always nothing here.
ID = "task-unified-1771027200-k3v9q2xa"
FILM = "https://files.example.com/out/k3v9.mp4?a=1&b=ü"


def golden(status: str, **more: Any) -> dict[str, Any]:
    return {
        "id": ID,
        "object": "video.generation.task",
        "type": "video",
        "model": V3T,
        "status": status,
        "progress": 0,
        "created": 1771027200,
        "results": None,
        "error": None,
        "usage": {"credits_reserved": 0, "user_group": "default"},
        **more,
    }


def task_error(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message, "type": "task_error"}


VIEW = View(
    id=ID,
    status="queued",
    wire="aihubmax",
    model="kling-v3",
    model_asked=V3T,
    accepted_at=1771027200000,
)
TASKS: list[tuple[dict[str, Any], View]] = [
    (golden("pending"), VIEW),
    (golden("processing", progress=40), replace(VIEW, status="running", progress=40)),
    (
        golden("completed", progress=100, results=[{"url": FILM}]),
        replace(VIEW, status="succeeded", progress=100, film_url=FILM),
    ),
    (
        golden("failed", error=task_error("content_policy_violation", "input refused – 内容")),
        replace(
            VIEW,
            status="failed",
            error=Fault(code="content_policy", message="input refused – 内容"),
        ),
    ),
    (
        golden("failed", error=task_error("request_cancelled", "the task was cancelled")),
        replace(VIEW, status="cancelled"),
    ),
    (
        golden("pending", model=O3R),
        replace(
            VIEW,
            model="kling-o3",
            model_asked=O3R,
            request=VideoRequest(model="kling-o3", kind="reference"),
        ),
    ),
    (
        golden(
            "completed",
            id="task-unified-1771027300-v0ice111",
            created=1771027300,
            object="audio.generation.task",
            type="audio",
            model=VOICE,
            progress=100,
            results=[{"voice_id": "voice_81"}],
        ),
        replace(
            VIEW,
            id="task-unified-1771027300-v0ice111",
            status="succeeded",
            progress=100,
            model_asked=VOICE,
            request=VideoRequest(kind="voice"),
            voice_id="voice_81",
            accepted_at=1771027300000,
        ),
    ),
]


@pytest.mark.parametrize(("body", "view"), TASKS)
def test_task(body: dict[str, Any], view: View) -> None:
    reply = WIRE.write_task(view)
    assert (reply.status, reply.data) == (200, body)
    assert WIRE.read_task(Reply(status=200, data=body)) == view
    assert WIRE.write_webhook(view) == body
    assert WIRE.read_webhook(Call(method="POST", path="/", data=body)) == view


def test_the_samples_as_printed_are_read_too() -> None:
    """Credits that were charged; the sibling dialect's parts; absent ones; fractions."""
    paid = golden("processing", progress=40.9, usage={"credits_reserved": 5.5, "user_group": "x"})
    assert WIRE.read_task(Reply(status=200, data=paid)) == replace(
        VIEW, status="running", progress=40
    )
    told = golden("processing", task_info={"can_cancel": False, "estimated_time": 79.5})
    assert WIRE.read_task(Reply(status=200, data=told)).eta == 80
    assert WIRE.read_task(Reply(status=200, data=golden("completed", results=[FILM]))).film_url
    assert WIRE.read_task(Reply(status=200, data=golden("cancelled"))).status == "cancelled"
    bare = {"id": ID, "status": "pending"}
    assert WIRE.read_task(Reply(status=200, data=bare)) == View(
        id=ID, status="queued", wire="aihubmax"
    )


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        ("invalid_parameters", "invalid_request"),
        ("image_dimension_mismatch", "image_size"),
        ("image_processing_error", "image_format"),
        ("generation_timeout", "timeout"),
        ("service_error", "provider_failed"),
        ("quota_exceeded", "provider_failed"),
        ("a_new_word", "provider_failed"),
        (None, "provider_failed"),
    ],
)
def test_why_a_task_failed(code: str | None, ours: str) -> None:
    error = {"code": code, "message": "y" * 900, "type": "task_error"}
    view = WIRE.read_task(Reply(status=200, data=golden("failed", error=error)))
    assert view.error == Fault(code=ours, message="y" * 500)
    bare = WIRE.read_task(Reply(status=200, data=golden("failed")))
    assert bare.error == Fault(code="provider_failed", message="the vendor gives no reason")


@pytest.mark.parametrize(
    ("ours", "code"),
    [
        ("content_policy", "content_policy_violation"),
        ("image_too_large", "image_processing_error"),
        ("audio_length", "invalid_parameters"),
        ("engine_missing", "service_unavailable"),
        ("engine_died", "service_error"),
        ("engine_error", "service_error"),
        ("not_as_ordered", "service_error"),
        ("provider_failed", "service_error"),
        ("timeout", "generation_timeout"),
        ("internal", "unknown_error"),
        ("a_new_code", "unknown_error"),
    ],
)
def test_how_a_failure_is_told(ours: str, code: str) -> None:
    view = replace(VIEW, status="failed", error=Fault(code=ours, message="y"))
    assert WIRE.write_task(view).data["error"] == task_error(code, "y")
    bare = WIRE.write_task(replace(view, error=None)).data["error"]
    assert bare == task_error("unknown_error", "the task failed")


def test_a_film_that_is_not_there_is_no_result() -> None:
    assert WIRE.write_task(replace(VIEW, status="succeeded")).data["results"] is None
    early = replace(VIEW, status="running", film_url=FILM)
    assert WIRE.write_task(early).data["results"] is None


def test_an_unknown_word_keeps_a_task_open() -> None:
    view = WIRE.read_task(Reply(status=200, data=golden("pondering", model="kling-v9")))
    assert (view.status, view.error, view.model, view.model_asked) == (
        "running",
        None,
        "",
        "kling-v9",
    )


@pytest.mark.parametrize(
    "data", [None, [], "", {}, {"id": ID}, {"id": 5, "status": "x"}, {"id": ID, "status": 5}]
)
def test_an_answer_that_is_no_task(data: Any) -> None:
    with pytest.raises(ProviderError):
        WIRE.read_task(Reply(status=200, data=data))


@pytest.mark.parametrize(
    ("wire_name", "asked", "request_", "model"),
    [
        ("aihubmax", V3I, VideoRequest(model="animatic"), V3I),
        ("novita", "kling-v3.0-pro-t2v", VideoRequest(), V3T),
        ("native", "kling-v3", VideoRequest(kind="image"), V3I),
        ("native", "kling-o3", VideoRequest(model="kling-o3"), O3T),
        ("native", "kling-o3", VideoRequest(model="kling-o3", kind="image"), O3I),
        ("native", "kling-o3", VideoRequest(model="kling-o3", kind="reference"), O3R),
        ("native", "kling-v3", VideoRequest(kind="reference"), "kling-v3"),
        ("native", "animatic", VideoRequest(model="animatic"), "animatic"),
    ],
)
def test_model(wire_name: str, asked: str, request_: VideoRequest, model: str) -> None:
    view = View(id="x", status="queued", wire=wire_name, model_asked=asked, request=request_)
    assert WIRE.write_task(view).data["model"] == model
    assert WIRE.write_receipt(view).data["model"] == model


# Errors: ours as written, HTTP status and type from Fox's page on errors.
BAD = "invalid_request_error"
WRITTEN: list[tuple[ReelwayError, int, str]] = [
    (errors.InvalidRequest("duration is odd", field="duration"), 400, BAD),
    (errors.InvalidBody("x"), 400, BAD),
    (errors.BadImage("x", code="image_too_large"), 400, BAD),
    (errors.Unauthenticated("x"), 401, "authentication_error"),
    (errors.KeyRefused("x"), 401, "authentication_error"),
    (errors.LinkRefused("x"), 403, "authentication_error"),
    (errors.UnknownRoute("x"), 404, "not_found"),
    (errors.UnknownTask("x"), 404, "not_found"),
    (errors.MethodNotAllowed("x"), 405, BAD),
    (errors.Conflict("x"), 409, BAD),
    (errors.BodyTooLarge("x"), 413, BAD),
    (errors.KeyReused("x"), 422, BAD),
    (errors.BalanceExhausted("x"), 402, "insufficient_quota"),
    (errors.BudgetExhausted("x"), 402, "insufficient_quota"),
    (errors.QueueFull("x", retry_after=7), 429, "rate_limit_error"),
    (errors.Internal("x"), 500, "server_error"),
    (errors.ProviderError("x"), 500, "server_error"),
    (errors.EngineMissing("x"), 503, "service_unavailable_error"),
    (errors.Overloaded("x", code="disk_full"), 503, "service_unavailable_error"),
    (errors.Unsupported("x"), 400, BAD),
]


@pytest.mark.parametrize(("error", "status", "kind"), WRITTEN)
def test_error(error: ReelwayError, status: int, kind: str) -> None:
    reply = WIRE.write_error(error)
    assert (reply.status, reply.data) == (
        status,
        {"error": {"message": error.message, "type": kind}},
    )
    assert reply.headers == ({"Retry-After": "7"} if error.retry_after else {})


def test_every_error_has_a_word() -> None:
    def below(kind: type[ReelwayError]) -> list[type[ReelwayError]]:
        return [kind, *(k for child in kind.__subclasses__() for k in below(child))]

    for kind in below(ReelwayError):
        reply = WIRE.write_error(kind("x", field="duration"))
        said = {"message": "duration: x", "type": TYPES[reply.status]}
        assert reply.data == {"error": said}


# Errors as the vendor writes them. Page: Fox, errors.
READ: list[tuple[int, dict[str, Any], type[ReelwayError], str]] = [
    (400, {"type": BAD}, errors.InvalidRequest, "invalid_request"),
    (422, {"type": BAD}, errors.InvalidRequest, "invalid_request"),
    (422, {"type": BAD, "code": "unsupported_advanced_options"}, Unsupported, "unsupported"),
    (400, {"type": BAD, "code": "content_policy_violation"}, InvalidRequest, "content_policy"),
    (401, {"type": "authentication_error"}, errors.ProviderError, "provider_error"),
    (402, {"type": "insufficient_quota"}, errors.BalanceExhausted, "balance_exhausted"),
    (429, {"type": "rate_limit_error"}, errors.QueueFull, "queue_full"),
    (500, {"type": "server_error"}, errors.Overloaded, "overloaded"),
    (422, {"type": "service_unavailable_error"}, errors.Overloaded, "overloaded"),
    (503, {"type": "service_unavailable_error"}, errors.Overloaded, "overloaded"),
    (502, {"type": "a_new_word", "code": 502}, errors.Overloaded, "overloaded"),
    (403, {}, errors.ProviderError, "provider_error"),
    (404, {"type": "not_found"}, errors.ProviderError, "provider_error"),
]


@pytest.mark.parametrize(("status", "said", "kind", "code"), READ)
def test_error_read(status: int, said: dict[str, Any], kind: type[Any], code: str) -> None:
    body = {"error": {"message": "zu wenig Guthaben", **said}}
    error = WIRE.read_error(Reply(status=status, data=body, headers={"Retry-After": "3"}))
    assert (type(error), error.code, error.message) == (kind, code, "zu wenig Guthaben")
    assert error.retry_after == 3


def test_what_was_not_found_is_in_the_message() -> None:
    def found(message: str) -> type[ReelwayError]:
        body = {"error": {"message": message, "type": "not_found"}}
        return type(WIRE.read_error(Reply(status=404, data=body)))

    assert found("task not found") is errors.UnknownTask
    assert found("Model kling-v9 not found") is ProviderError


@pytest.mark.parametrize("data", [None, [], "<html>", {"error": "x"}, {"error": {"type": ["x"]}}])
def test_an_error_without_words(data: Any) -> None:
    error = WIRE.read_error(Reply(status=502, data=data))
    assert (type(error), error.message) == (errors.Overloaded, "HTTP 502")


O3 = {"model": "kling-o3"}
IMAGE = {"kind": "image", "first_frame": PICTURE}
UNSAID: list[tuple[str, dict[str, Any]]] = [
    ("model", {"model": "animatic"}),
    ("kind", {"kind": "reference"}),
    ("sample", {"sample": A}),
    ("sample", {"kind": "voice"}),
    ("prompt", {"kind": "voice", "sample": A}),
    ("first_frame", {"kind": "image"}),
    ("first_frame", {"first_frame": PICTURE}),
    ("last_frame", {"last_frame": PICTURE}),
    ("last_frame", {**IMAGE, "last_frame": PICTURE, **customize(("a", 5))}),
    ("references", {**O3, "references": (PICTURE,)}),
    ("elements", {"elements": (Element(frontal=PICTURE),)}),
    ("voices", {"voices": ("v",)}),
    ("aspect_ratio", {**IMAGE, "aspect_ratio": "1:1"}),
    ("cfg_scale", {"cfg_scale": 0.5}),
    ("shot_mode", {"shot_mode": "intelligence"}),
    ("prompt", {**O3, **IMAGE, **customize(("a", 5))}),
    ("seed", {"seed": 0}),
]


@pytest.mark.parametrize(("field", "fields"), UNSAID)
def test_what_cannot_be_said(field: str, fields: dict[str, Any]) -> None:
    with pytest.raises(Unsupported) as caught:
        WIRE.write_request(VideoRequest(**{"prompt": "x", **fields}))
    assert caught.value.field == field


def test_what_only_the_vendor_refuses() -> None:
    """Its v3 pages list 5 and 10 seconds; whether it takes others, it may say itself."""
    request = VideoRequest(prompt="x", duration=7, labels={"a": "b"}, external_id="c")
    data = WIRE.write_request(request).data
    assert data == {"model": V3T, "prompt": "x", **DEFAULTS, "duration": 7}
    bare = VideoRequest(model="kling-o3", prompt="x", elements=(Element(frontal=PICTURE),))
    assert WIRE.write_request(bare).data["elements"] == [{"frontal_image_url": PNG}]
    placed = WIRE.write_request(replace(bare, kind="reference", elements=())).data
    assert placed == {"model": O3R, "prompt": "x", **DEFAULTS}


def test_no_key() -> None:
    for headers in ({}, {"authorization": "Basic a2V5"}, {"authorization": "Bearer "}):
        with pytest.raises(errors.Unauthenticated) as caught:
            WIRE.read_key(Call(method="GET", path="/", headers=headers))
        assert WIRE.write_error(caught.value).status == 401
    headers = {"authorization": "Bearer rw_abc"}
    assert WIRE.read_key(Call(method="GET", path="/", headers=headers)) == "rw_abc"


NAMES = sorted({field.alias or n for b in BODIES.values() for n, field in b.model_fields.items()})
BODIES_OF = [{"model": model, **body} for model, body, _ in REQUESTS]


@given(mutations(BODIES_OF, [*NAMES, "callback_url", "frontal_image_url"]))
@settings(max_examples=600, deadline=None, derandomize=True, database=None)
def test_whatever_comes_is_read_or_refused(body: dict[str, Any]) -> None:
    outcome = ask(WIRE, CREATE, body)
    if isinstance(outcome, Reply):
        assert outcome.status == 400
        assert outcome.body()
    else:
        lengths = range(3, 16) if "o3" in outcome.model_asked else (5, 10)
        assert outcome.request.duration in lengths
        call = WIRE.write_request(outcome.request)
        assert Reply(status=200, data=call.data).body()
        assert loop(WIRE, outcome).request == replace(outcome.request, webhook=None)
