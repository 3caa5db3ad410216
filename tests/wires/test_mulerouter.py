"""MuleRouter: golden bodies from its pages and its client, both ways; its limits; its answers."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from reelway import errors
from reelway.errors import InvalidRequest, ProviderError, ReelwayError, Unsupported
from reelway.limits import Row, limits_of
from reelway.request import Element, Image, Shot, VideoRequest
from reelway.task import STATUSES, Fault, View
from reelway.wire import Call, Ignored, Reading, Reply, Wire, wires
from reelway.wires.mulerouter import CANCELLED, read_stamp, wire
from reelway.wires.mulerouter.bodies import ImageBody, OmniBody, TextBody
from wires.cases import UUID4, ask, call_of, loop, mutations

WIRE: Wire = wire
RAW = "iVBORw0KGgo="
PNG = f"data:image/png;base64,{RAW}"
A, B = "https://files.example.com/a.png", "https://files.example.com/b.png"
E0, E1 = "https://files.example.com/e0.png", "https://files.example.com/e1.png"
V1 = "/vendors/klingai/v1"
T2V = f"{V1}/kling-v3/text-to-video/generation"
I2V = f"{V1}/kling-v3/image-to-video/generation"
OMNI_T2V = f"{V1}/kling-v3-omni/text-to-video/generation"
OMNI_I2V = f"{V1}/kling-v3-omni/image-to-video/generation"
OMNI_REF = f"{V1}/kling-v3-omni/reference-image-to-video/generation"
OMNI_REF_DOCS = f"{V1}/kling-v3-omni/reference-to-video/generation"
OMNI_V2V = f"{V1}/kling-v3-omni/reference-video-to-video/generation"
OMNI_EDIT = f"{V1}/kling-v3-omni/video-to-video/edit"
PATHS = [T2V, I2V, OMNI_T2V, OMNI_I2V, OMNI_REF, OMNI_REF_DOCS, OMNI_V2V, OMNI_EDIT]

ELEMENT = {"type": "image", "frontal_image": E0, "reference_images": [E1]}
OURS = Element(frontal=Image(source=E0), references=(Image(source=E1),))


def customize(*shots: tuple[str, int]) -> dict[str, Any]:
    return {
        "shots": tuple(Shot(prompt=p, duration=d) for p, d in shots),
        "shot_mode": "customize",
        "duration": sum(d for _, d in shots),
    }


def shots(*given: tuple[str, int], **body: Any) -> dict[str, Any]:
    """A body with shots that last as long as the film."""
    return {
        "multi_shot": True,
        "shot_type": "customize",
        "multi_prompt": [{"prompt": p, "duration": d} for p, d in given],
        "duration": sum(d for _, d in given),
        **body,
    }


# Golden requests: (path, body, request). Pages: …/klingai/kling-v3/{text,image}-to-video,
# …/klingai/kling-v3-omni/{text-to-video,image-to-video,reference-to-video}.
REQUESTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        T2V,
        {"prompt": "A tram climbs a steep street at dawn"},
        {"prompt": "A tram climbs a steep street at dawn"},
    ),
    (
        I2V,
        {
            "prompt": "A tram climbs a steep street at dawn, <<<element_1>>> waves",
            "negative_prompt": "snow",
            "first_frame": A,
            "last_frame": B,
            "multi_shot": False,
            "sound": "on",
            "mode": "pro",
            "aspect_ratio": "16:9",
            "duration": 8,
            "elements": [ELEMENT],
        },
        {
            "kind": "image",
            "resolution": "1080p",
            "prompt": "A tram climbs a steep street at dawn, <<<element_1>>> waves",
            "negative_prompt": "snow",
            "first_frame": Image(source=A),
            "last_frame": Image(source=B),
            "sound": True,
            "aspect_ratio": "16:9",
            "duration": 8,
            "elements": (OURS,),
        },
    ),
    (
        T2V,
        {
            "multi_shot": True,
            "shot_type": "customize",
            "duration": 7,
            "mode": "std",
            "sound": "off",
            "multi_prompt": [
                {"index": 1, "prompt": "Tram bell, close", "duration": 3},
                {"index": 2, "prompt": "Wide of the hill", "duration": 4},
            ],
        },
        customize(("Tram bell, close", 3), ("Wide of the hill", 4)),
    ),
    # rules.md, a call that must work unchanged
    (
        T2V,
        {
            "prompt": "A harbour city at sunset, airships between the towers",
            "mode": "pro",
            "aspect_ratio": "16:9",
            "duration": 10,
            "sound": "on",
        },
        {
            "prompt": "A harbour city at sunset, airships between the towers",
            "resolution": "1080p",
            "aspect_ratio": "16:9",
            "duration": 10,
            "sound": True,
        },
    ),
    (
        T2V,
        {"prompt": "A day in Lisbon", "multi_shot": True, "shot_type": "intelligence"},
        {"prompt": "A day in Lisbon", "shot_mode": "intelligence"},
    ),
    (
        T2V,
        {"prompt": "<<<element_1>>> sings", "elements": [ELEMENT]},
        {"kind": "reference", "prompt": "<<<element_1>>> sings", "elements": (OURS,)},
    ),
    (
        OMNI_T2V,
        {
            "prompt": "A futuristic cityscape with flying cars at sunset",
            "mode": "pro",
            "aspect_ratio": "16:9",
            "duration": 5,
            "sound": "on",
        },
        {
            "model": "kling-o3",
            "resolution": "1080p",
            "prompt": "A futuristic cityscape with flying cars at sunset",
            "aspect_ratio": "16:9",
            "sound": True,
        },
    ),
    (
        OMNI_I2V,
        {
            "first_frame": A,
            "prompt": "A gentle breeze blows through the scene, camera slowly zooms in",
            "mode": "pro",
            "duration": 5,
        },
        {
            "kind": "image",
            "model": "kling-o3",
            "resolution": "1080p",
            "first_frame": Image(source=A),
            "prompt": "A gentle breeze blows through the scene, camera slowly zooms in",
        },
    ),
    (
        OMNI_REF,
        {
            "prompt": "A person like <<<image_1>>> walking through a beautiful garden",
            "images": [A, RAW],
            "elements": [ELEMENT],
            "mode": "std",
            "aspect_ratio": "9:16",
            "duration": 5,
        },
        {
            "kind": "reference",
            "model": "kling-o3",
            "prompt": "A person like <<<image_1>>> walking through a beautiful garden",
            "references": (Image(source=A), Image(source=RAW)),
            "elements": (OURS,),
            "aspect_ratio": "9:16",
        },
    ),
    # awkward: non-ASCII, raw base64, the last frame alone and after shots, an unknown field
    (
        I2V,
        {
            **shots(("雨の路地を歩く <<<element_2>>> 🌧", 1), ("Zwölf Boxkämpfer", 14)),
            "multi_prompt": [
                {"index": 1, "prompt": "雨の路地を歩く <<<element_2>>> 🌧", "duration": 1},
                {"index": 2, "prompt": "Zwölf Boxkämpfer", "duration": 14},
            ],
            "last_frame": RAW,
            "elements": [ELEMENT, ELEMENT],
            "style": "ink",
        },
        {
            "kind": "image",
            "last_frame": Image(source=RAW),
            "elements": (OURS, OURS),
            "extra": {"style": "ink"},
            **customize(("雨の路地を歩く <<<element_2>>> 🌧", 1), ("Zwölf Boxkämpfer", 14)),
        },
    ),
]


@pytest.mark.parametrize(("path", "body", "fields"), REQUESTS)
def test_request(path: str, body: dict[str, Any], fields: dict[str, Any]) -> None:
    reading = ask(WIRE, path, body)
    assert isinstance(reading, Reading), reading
    assert reading.request == VideoRequest(**fields)
    assert reading.model_asked == path.split("/")[4]
    call = WIRE.write_request(VideoRequest(**fields))
    assert (call.method, call.path) == ("POST", path)
    unset = {"multi_shot": False, "sound": "off", "mode": "std", "duration": 5}
    assert call.data == {**unset, **body}
    assert loop(WIRE, reading) == reading


# What is taken: (path, body, what the request then has).
LONG = "ü" * 2500
BARE = {"prompt": "x"}
TAKEN: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (T2V, {"prompt": LONG, "negative_prompt": LONG}, {"prompt": LONG, "negative_prompt": LONG}),
    (T2V, BARE, {"duration": 5, "sound": False, "resolution": "720p", "aspect_ratio": None,
                 "kind": "text", "model": "kling-v3", "shot_mode": "none"}),
    (T2V, {**BARE, **dict.fromkeys([*TextBody.model_fields][1:])}, {"prompt": "x", "duration": 5}),
    (T2V, {**BARE, "negative_prompt": " "}, {"negative_prompt": ""}),
    (T2V, {**BARE, "duration": 3}, {"duration": 3}),
    (T2V, {**BARE, "duration": 15}, {"duration": 15}),
    (T2V, {**BARE, "duration": "10"}, {"duration": 10}),
    (T2V, {**BARE, "duration": "10.0"}, {"duration": 10}),
    (T2V, {**BARE, "duration": 10.0}, {"duration": 10}),
    (T2V, {**BARE, "multi_shot": "false"}, {"shot_mode": "none"}),
    (T2V, {**BARE, "multi_shot": "true", "shot_type": "intelligence"},
     {"shot_mode": "intelligence"}),
    (T2V, {**BARE, "sound": "off", "mode": "std"}, {"sound": False, "resolution": "720p"}),
    (T2V, {**BARE, "cfg_scale": 0.5}, {"cfg_scale": None}),
    # what the client's defaults are
    (T2V, {**BARE, "multi_shot": "false", "shot_type": "customize"}, {"shot_mode": "none"}),
    # frames on the text endpoint
    (T2V, {**BARE, "first_frame": A}, {"kind": "image", "first_frame": Image(source=A)}),
    (T2V, {**BARE, "last_frame": RAW}, {"kind": "image", "last_frame": Image(source=RAW)}),
    (T2V, {**BARE, "first_frame": "", "last_frame": None}, {"kind": "text", "first_frame": None}),
    (I2V, {**BARE, "first_frame": A}, {"first_frame": Image(source=A), "last_frame": None}),
    (I2V, {**BARE, "last_frame": A, "first_frame": " "}, {"last_frame": Image(source=A)}),
    (I2V, {**BARE, "first_frame": A, "aspect_ratio": "1:1"}, {"aspect_ratio": "1:1"}),
    (I2V, {**BARE, "first_frame": A, "dynamic_masks": [], "static_mask": "",
           "camera_control": None}, {"prompt": "x", "extra": {}}),
    # shots
    (T2V, shots(("a", 5), duration=None), customize(("a", 5))),
    (T2V, shots(("a", 2), ("b", 3), duration=None), customize(("a", 2), ("b", 3))),
    (T2V, shots(("a", 15), prompt=""), {"prompt": "", **customize(("a", 15))}),
    (T2V, shots(("a", 4), prompt="x"), {"prompt": "", **customize(("a", 4))}),
    (T2V, shots(("é" * 512, 3)), customize(("é" * 512, 3))),
    (T2V, shots(*((p, 1) for p in "abcdef")), customize(*((p, 1) for p in "abcdef"))),
    (T2V, shots(("a", 3), last_frame=A), {"last_frame": Image(source=A), **customize(("a", 3))}),
    (T2V, shots(duration="4.0", multi_prompt=[{"prompt": "a", "duration": "4"}]),
     customize(("a", 4))),
    (T2V, shots(duration=5, multi_prompt=[{"index": 2, "prompt": "b", "duration": 2},
                                          {"index": 1, "prompt": "a", "duration": 3}]),
     customize(("a", 3), ("b", 2))),
    (T2V, shots(duration=6, multi_prompt=[{"index": "3", "prompt": "c", "duration": 1},
                                          {"index": 1, "prompt": "a", "duration": 2},
                                          {"index": 1, "prompt": "b", "duration": 3}]),
     customize(("a", 2), ("b", 3), ("c", 1))),
    (T2V, shots(duration=6, multi_prompt=[{"prompt": "a", "duration": 2},
                                          {"index": 0, "prompt": "0", "duration": 1},
                                          {"index": None, "prompt": "b", "duration": 3}]),
     customize(("0", 1), ("a", 2), ("b", 3))),
    # shots that have no effect
    (T2V, {**BARE, "multi_prompt": [{"prompt": "a", "duration": 5}]}, {"shots": ()}),
    (T2V, {**BARE, "multi_prompt": [{"prompt": "<<<voice_1>>>", "duration": 1}]}, {"shots": ()}),
    (T2V, {**BARE, "multi_shot": True, "shot_type": "intelligence", "duration": 9,
           "multi_prompt": [{"prompt": "a", "duration": 9}, {"prompt": "b", "duration": 9}]},
     {"shots": (), "shot_mode": "intelligence", "duration": 9}),
    # elements and markers
    (T2V, {"prompt": "<<<element_1>>>, <<<element_3>>>", "elements": [ELEMENT] * 3},
     {"elements": (OURS,) * 3}),
    (T2V, {**BARE, "elements": [{"frontal_image": E0, "reference_images": [E1, E1, E1]}]},
     {"elements": (Element(frontal=Image(source=E0), references=(Image(source=E1),) * 3),)}),
    (T2V, {"prompt": "<<<image_1>>> @Element1 <<<element>>>"},
     {"prompt": "<<<image_1>>> @Element1 <<<element>>>"}),
    (T2V, shots(("a", 3), prompt="<<<element_9>>>"), customize(("a", 3))),
    # omni
    (OMNI_T2V, {**BARE, "model_name": "kling-v3-omni"}, {"resolution": "1080p",
                                                          "model": "kling-o3", "extra": {}}),
    (OMNI_T2V, {**BARE, "mode": "std", "keep_audio": False, "images": []},
     {"resolution": "720p", "references": ()}),
    (OMNI_T2V, shots(("@Element1 runs", 3), elements=[ELEMENT]),
     customize(("<<<element_1>>> runs", 3))),
    (OMNI_REF, {"prompt": "@Element2 meets @Image1さん; a@Image1, @Image1b, @image1",
                "images": [A], "elements": [ELEMENT] * 2},
     {"prompt": "<<<element_2>>> meets <<<image_1>>>さん; a@Image1, @Image1b, @image1"}),
    (OMNI_REF_DOCS, {**BARE, "images": [A] * 7}, {"references": (Image(source=A),) * 7}),
    (OMNI_I2V, {**BARE, "last_frame": A, "images": [B], "elements": [ELEMENT]},
     {"kind": "image", "references": (Image(source=B),)}),
    (OMNI_REF, {**BARE, "first_frame": A, "images": [A] * 2}, {"kind": "image"}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "fields"), TAKEN)
def test_is_taken(path: str, body: dict[str, Any], fields: dict[str, Any]) -> None:
    reading = ask(WIRE, path, body)
    assert isinstance(reading, Reading), reading
    assert {name: getattr(reading.request, name) for name in fields} == fields
    assert loop(WIRE, reading).request == reading.request


def test_data_urls_are_taken_and_given_to_the_vendor_without_their_head() -> None:
    """The image-to-video page: "do not add any prefixes such as data:image/png;base64,"."""
    element = {"frontal_image": PNG, "reference_images": [PNG.upper()]}
    body = {**BARE, "first_frame": PNG, "last_frame": f" {PNG}", "elements": [element]}
    reading = ask(WIRE, I2V, body)
    assert isinstance(reading, Reading), reading
    assert reading.request.first_frame == Image(source=PNG)
    said = WIRE.write_request(reading.request).data
    assert (said["first_frame"], said["last_frame"]) == (RAW, RAW)
    assert said["elements"] == [
        {"type": "image", "frontal_image": RAW, "reference_images": [RAW.upper()]}
    ]
    plain = VideoRequest(kind="image", first_frame=Image(source="data:,x"), prompt="x")
    assert WIRE.write_request(plain).data["first_frame"] == "data:,x"


# What is refused: (path, body, the field that is named, and how the message begins).
SHOT = {"prompt": "a", "duration": 3}
FRAME = {**BARE, "first_frame": A}
REFUSED: list[tuple[str, Any, str, str]] = [
    (T2V, {}, "prompt", "prompt is required"),
    (T2V, {"prompt": ""}, "prompt", "prompt is required"),
    (T2V, {"prompt": " \n\t　"}, "prompt", "prompt is required"),
    (T2V, {"prompt": "ü" * 2501}, "prompt", "prompt must have at most 2500 characters"),
    (T2V, {"prompt": 5}, "prompt", "prompt must be a string"),
    (T2V, {"prompt": "a\0"}, "prompt", "prompt must not contain NUL"),
    (T2V, {"prompt": "a\ud800"}, "prompt", "prompt must be valid Unicode"),
    (T2V, {**BARE, "negative_prompt": "y" * 2501}, "negative_prompt", "negative_prompt must have"),
    (T2V, {**BARE, "duration": 2}, "duration", "duration must be a whole number between 3 and 15"),
    (T2V, {**BARE, "duration": 16}, "duration", "duration must be a whole number between 3 and 15"),
    (T2V, {**BARE, "duration": 3.5}, "duration", "duration must be a whole number"),
    (T2V, {**BARE, "duration": "five"}, "duration", "duration must be a whole number"),
    (T2V, {**BARE, "duration": True}, "duration", "duration must be a whole number"),
    (T2V, {**BARE, "duration": float("nan")}, "duration", "duration must be a whole number"),
    (T2V, {**BARE, "sound": True}, "sound", "sound must be on or off"),
    (T2V, {**BARE, "sound": False}, "sound", "sound must be on or off"),
    (T2V, {**BARE, "sound": "true"}, "sound", "sound must be on or off"),
    (T2V, {**BARE, "sound": "On"}, "sound", "sound must be on or off"),
    (T2V, {**BARE, "sound": ""}, "sound", "sound must be on or off"),
    (T2V, {**BARE, "mode": "4k"}, "mode", "mode must be std or pro"),
    (T2V, {**BARE, "mode": "PRO"}, "mode", "mode must be std or pro"),
    (T2V, {**BARE, "aspect_ratio": "4:3"}, "aspect_ratio", "aspect_ratio must be 16:9, 9:16 or 1:"),
    (T2V, {**BARE, "multi_shot": "yes"}, "multi_shot", "multi_shot must be true or false"),
    (T2V, {**BARE, "multi_shot": 1}, "multi_shot", "multi_shot must be true or false"),
    (T2V, {**BARE, "shot_type": "intelligent"}, "shot_type",
     "shot_type must be customize or intelligence"),
    (T2V, {**BARE, "shot_type": ""}, "shot_type", "shot_type must be customize or intelligence"),
    (T2V, {**BARE, "multi_shot": True}, "shot_type", "shot_type is required"),
    (T2V, {**BARE, "multi_shot": "true", "multi_prompt": [SHOT]}, "shot_type", "shot_type is requ"),
    (T2V, {**BARE, "multi_shot": True, "shot_type": "customize"}, "multi_prompt",
     "multi_prompt is required"),
    (T2V, {"multi_shot": True, "shot_type": "intelligence"}, "prompt", "prompt is required"),
    (T2V, {"multi_shot": True, "shot_type": "intelligence", "prompt": " ",
           "multi_prompt": [SHOT]}, "prompt", "prompt is required"),
    (T2V, {"multi_prompt": [SHOT], "duration": 3}, "prompt", "prompt is required"),
    (T2V, {"multi_shot": False, "shot_type": "customize", "multi_prompt": [SHOT]}, "prompt",
     "prompt is required"),
    # the shots' bounds hold whenever they are there
    (T2V, {**BARE, "multi_prompt": []}, "multi_prompt", "multi_prompt must have between 1 and 6"),
    (T2V, {**BARE, "multi_prompt": [SHOT] * 7}, "multi_prompt", "multi_prompt must have between 1"),
    (T2V, {**BARE, "multi_prompt": "a"}, "multi_prompt", "multi_prompt must be a list"),
    (T2V, {**BARE, "multi_prompt": ["a"]}, "multi_prompt[0]", "multi_prompt[0] must be an object"),
    (T2V, {**BARE, "multi_prompt": [{}]}, "multi_prompt[0].prompt",
     "multi_prompt[0].prompt is required"),
    (T2V, {**BARE, "multi_prompt": [{**SHOT, "prompt": "é" * 513}]}, "multi_prompt[0].prompt",
     "multi_prompt[0].prompt must have between 1 and 512 characters"),
    (T2V, {**BARE, "multi_prompt": [{**SHOT, "duration": 0}]}, "multi_prompt[0].duration",
     "multi_prompt[0].duration must be a whole number between 1 and 15"),
    (T2V, {**BARE, "multi_prompt": [SHOT, {**SHOT, "duration": 6}]}, "multi_prompt[1].duration",
     "multi_prompt[1].duration must not be longer than the film, 5"),
    (T2V, {**BARE, "multi_shot": True, "shot_type": "intelligence", "duration": 3,
           "multi_prompt": [{**SHOT, "duration": 4}]}, "multi_prompt[0].duration",
     "multi_prompt[0].duration must not be longer than the film, 3"),
    (T2V, shots(("a", 3), multi_prompt=[]), "multi_prompt", "multi_prompt must have between 1 and"),
    (T2V, shots(multi_prompt=None, duration=5), "multi_prompt", "multi_prompt is required"),
    (T2V, shots((" ", 3)), "multi_prompt[0].prompt", "multi_prompt[0].prompt must not be blank"),
    (T2V, shots(duration=3, multi_prompt=[{"prompt": "a"}]), "multi_prompt[0].duration",
     "multi_prompt[0].duration is required"),
    (T2V, shots(duration=3, multi_prompt=[{**SHOT, "duration": 2.5}]), "multi_prompt[0].duration",
     "multi_prompt[0].duration must be a whole number"),
    (T2V, shots(duration=3, multi_prompt=[{**SHOT, "index": "one"}]), "multi_prompt[0].index",
     "multi_prompt[0].index must be a whole number between 0 and 6"),
    (T2V, shots(duration=3, multi_prompt=[{**SHOT, "index": 7}]), "multi_prompt[0].index",
     "multi_prompt[0].index must be a whole number between 0 and 6"),
    # their sum is the film's length, which is 5 where it is not given
    (T2V, shots(("a", 3), ("b", 4), duration=8), "duration", "duration must be 7, the sum of the"),
    (T2V, shots(("a", 3), ("b", 4), duration=5), "duration", "duration must be 7, the sum of the"),
    (T2V, shots(("a", 3), ("b", 4), duration=None), "duration", "duration must be 7, the sum of"),
    (T2V, shots(("a", 4), duration=None), "duration", "duration must be 4, the sum of the multi"),
    (T2V, shots(("a", 8), ("b", 8), duration=15), "duration", "duration must be 16, the sum of"),
    # elements
    (T2V, {**BARE, "elements": []}, "elements", "elements must have between 1 and 3 entries"),
    (T2V, {**BARE, "elements": [ELEMENT] * 4}, "elements", "elements must have between 1 and 3"),
    (T2V, {**BARE, "elements": ELEMENT}, "elements", "elements must be a list"),
    (T2V, {**BARE, "elements": [{**ELEMENT, "frontal_image": None}]}, "elements[0].frontal_image",
     "elements[0].frontal_image is required"),
    (T2V, {**BARE, "elements": [ELEMENT, {"frontal_image": E0}]}, "elements[1].reference_images",
     "elements[1].reference_images is required"),
    (T2V, {**BARE, "elements": [{**ELEMENT, "reference_images": []}]},
     "elements[0].reference_images",
     "elements[0].reference_images must have between 1 and 3 entries"),
    (T2V, {**BARE, "elements": [{**ELEMENT, "reference_images": [E1] * 4}]},
     "elements[0].reference_images", "elements[0].reference_images must have between 1 and 3"),
    (T2V, {**BARE, "elements": [{**ELEMENT, "reference_images": [E1, " "]}]},
     "elements[0].reference_images[1]", "elements[0].reference_images[1] must not be blank"),
    (T2V, {**BARE, "elements": [{"type": "video", "reference_videos": [A]}]}, "elements[0].type",
     "elements[0].type must be image: elements from a video are not supported"),
    (T2V, {**BARE, "elements": [{"reference_videos": [A]}]}, "elements[0].reference_videos",
     "elements[0].reference_videos is not supported"),
    (T2V, {**BARE, "elements": [{**ELEMENT, "type": "person"}]}, "elements[0].type",
     "elements[0].type must be image"),
    # markers
    (T2V, {"prompt": "<<<element_1>>>"}, "prompt", "prompt has a <<<element_n>>> for which there"),
    (T2V, {"prompt": "<<<element_2>>>", "elements": [ELEMENT]}, "prompt", "prompt has a <<<elem"),
    (T2V, {"prompt": "<<<element_0>>>", "elements": [ELEMENT]}, "prompt", "prompt has a <<<elem"),
    (T2V, {"prompt": f"<<<element_{'9' * 2000}>>>"}, "prompt", "prompt has a <<<element_n>>>"),
    (T2V, {"prompt": "<<<voice_1>>> says: hello"}, "prompt", "prompt has a <<<voice_n>>>"),
    (T2V, shots(("a", 3), ("<<<element_1>>>", 3)), "multi_prompt[1].prompt",
     "multi_prompt[1].prompt has a <<<element_n>>>"),
    (T2V, shots(("<<<voice_1>>> sings", 3), elements=[ELEMENT]), "multi_prompt[0].prompt",
     "multi_prompt[0].prompt has a <<<voice_n>>>"),
    # frames
    (T2V, {**BARE, "first_frame": 5}, "first_frame", "first_frame must be a string"),
    (T2V, {**BARE, "first_frame": "asset:" + "0" * 64}, "first_frame", "first_frame must be an"),
    (T2V, {**BARE, "last_frame": {"url": A}}, "last_frame", "last_frame must be a string"),
    (I2V, BARE, "first_frame", "first_frame is required, unless there is a last_frame"),
    (I2V, {**BARE, "first_frame": "", "last_frame": None}, "first_frame", "first_frame is req"),
    (I2V, shots(("a", 3)), "first_frame", "first_frame is required"),
    (I2V, {"first_frame": A}, "prompt", "prompt is required"),
    (I2V, {**FRAME, "sound": True}, "sound", "sound must be on or off"),
    (I2V, {**FRAME, "elements": []}, "elements", "elements must have between 1 and 3 entries"),
    (I2V, {**FRAME, "dynamic_masks": [{"mask": A}]}, "dynamic_masks",
     "dynamic_masks is not supported"),
    (I2V, {**FRAME, "static_mask": A}, "static_mask", "static_mask is not supported"),
    (I2V, {**FRAME, "camera_control": {"type": "simple"}}, "camera_control",
     "camera_control is not supported"),
    # omni
    (OMNI_T2V, {}, "prompt", "prompt is required"),
    (OMNI_T2V, {**BARE, "video": A}, "video", "video is not supported"),
    (OMNI_T2V, {**BARE, "keep_audio": True}, "keep_audio", "keep_audio is not supported"),
    (OMNI_T2V, {**BARE, "keep_audio": "yes"}, "keep_audio", "keep_audio must be true or false"),
    (OMNI_T2V, {**BARE, "model_name": "kling-v1"}, "model_name", "model_name must be"),
    (OMNI_T2V, {"prompt": "like @Video1"}, "prompt", "prompt has a <<<video_n>>>"),
    (OMNI_REF, {"prompt": "@Image2", "images": [A]}, "prompt", "prompt has a <<<image_n>>>"),
    (OMNI_REF, {"prompt": "<<<image_1>>>", "first_frame": A}, "prompt", "prompt has a <<<image_n"),
    (OMNI_REF, {"prompt": "@Element1", "images": [A]}, "prompt", "prompt has a <<<element_n>>>"),
    (OMNI_REF, {**BARE, "images": [A] * 8}, "images", "images must have between 1 and 7 entries"),
    (OMNI_REF, {**BARE, "images": [A] * 5, "first_frame": A, "last_frame": A,
                "elements": [ELEMENT]}, "images", "images must be at most 7 together with frames"),
    (OMNI_REF, {**BARE, "images": [A, 5]}, "images[1]", "images[1] must be a string"),
    (OMNI_REF_DOCS, {**BARE, "elements": [{"type": "video"}]}, "elements[0].type", "elements[0]"),
    (OMNI_I2V, {**BARE, "images": [A]}, "first_frame", "first_frame is required"),
    (OMNI_V2V, {**BARE, "video": A, "keep_audio": True}, "video", "video is not supported"),
    (OMNI_V2V, BARE, "video", "video is not supported by this server: films are made from"),
    (OMNI_EDIT, {"prompt": "@Video1 at night", "video": [{"video_url": A}]}, "video",
     "video is not supported"),
    (OMNI_EDIT, {}, "video", "video is not supported"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "field", "words"), REFUSED)
def test_is_refused(path: str, body: Any, field: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        WIRE.read_request(call_of(WIRE, path, body))
    assert caught.value.field == field
    reply = ask(WIRE, path, body)
    assert isinstance(reply, Reply)
    detail = reply.data["detail"]
    assert detail.startswith(words) and field in detail
    told = {"code": 400, "title": "Bad Request", "detail": detail}
    assert (reply.status, reply.data) == (400, told)
    assert reply.body()


@pytest.mark.parametrize("data", [None, [], "x", 5])
def test_a_body_that_is_no_object(data: Any) -> None:
    reply = ask(WIRE, T2V, data)
    assert isinstance(reply, Reply)
    assert (reply.status, reply.data["detail"]) == (400, "the body must be a JSON object")


# What has no effect: (path, body, the fields and reasons that are reported).
SIBLING, UNKNOWN = "not a field of this endpoint", "not a known field"
IGNORED: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    (T2V, BARE, []),
    (T2V, {**BARE, "multi_shot": False, "sede": 5, "nothing": None, "cfg_scale": 0.5},
     [("sede", UNKNOWN), ("cfg_scale", UNKNOWN)]),
    (T2V, {**BARE, "camera_control": {"type": "simple"}, "images": [A], "keep_audio": True},
     [("camera_control", SIBLING), ("images", SIBLING), ("keep_audio", SIBLING)]),
    (OMNI_T2V, {**BARE, "static_mask": A}, [("static_mask", SIBLING)]),
    (T2V, shots(("a", 3), prompt="x"),
     [("prompt", "shot_type is customize: the shots are made")]),
    (T2V, shots(("a", 3), prompt=" "), []),
    (T2V, {**BARE, "multi_prompt": [SHOT], "shot_type": "customize"},
     [("multi_prompt", "multi_shot is not true: the prompt is made"),
      ("shot_type", "multi_shot is not true")]),
    (T2V, {**BARE, "multi_shot": True, "shot_type": "intelligence", "multi_prompt": [SHOT]},
     [("multi_prompt", "shot_type is intelligence: the prompt is made")]),
    (T2V, {**BARE, "multi_prompt": None}, []),
    (T2V, {**BARE, "elements": [{**ELEMENT, "name": "Ana"}]}, [("elements[0].name", UNKNOWN)]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "told"), IGNORED)
def test_what_has_no_effect_is_reported(
    path: str, body: dict[str, Any], told: list[tuple[str, str]]
) -> None:
    reading = ask(WIRE, path, body)
    assert isinstance(reading, Reading), reading
    assert reading.ignored == tuple(Ignored(field=f, reason=r) for f, r in told)


def test_a_siblings_field_is_not_given_back_to_an_endpoint_that_knows_it() -> None:
    """The text endpoint ignores camera_control; with a frame the request goes to the other."""
    reading = ask(WIRE, T2V, {**FRAME, "camera_control": {"type": "simple"}, "style": "ink"})
    assert isinstance(reading, Reading), reading
    assert reading.request.extra == {"style": "ink"}
    assert WIRE.write_request(reading.request).path == I2V
    assert loop(WIRE, reading).request == reading.request


def test_limits() -> None:
    between = "must be a whole number between {} and {}".format
    rows = [
        Row("prompt", 0, 2500, "must have at most 2500 characters", "D"),
        Row("negative_prompt", 0, 2500, "must have at most 2500 characters", "D"),
        Row("shot_type", None, None, "must be customize or intelligence", "D"),
        Row("multi_prompt", 1, 6, "must have between 1 and 6 entries", "D"),
        Row("multi_prompt[].index", 0, 6, between(0, 6), "I"),
        Row("multi_prompt[].prompt", 1, 512, "must have between 1 and 512 characters", "D"),
        Row("multi_prompt[].duration", 1, 15, between(1, 15), "D"),
        Row("sound", None, None, "must be on or off", "D"),
        Row("mode", None, None, "must be std or pro", "D"),
        Row("aspect_ratio", None, None, "must be 16:9, 9:16 or 1:1", "D"),
        Row("duration", 3, 15, between(3, 15), "D"),
        Row("elements", 1, 3, "must have between 1 and 3 entries", "D"),
        Row("elements[].type", None, None,
            "must be image: elements from a video are not supported", "D"),
        Row("elements[].reference_images", 1, 3, "must have between 1 and 3 entries", "D"),
    ]  # fmt: skip
    omni = [
        Row("model_name", None, None, "must be kling-v3-omni", "C"),
        Row("images", 1, 7, "must have between 1 and 7 entries", "D"),
    ]
    assert limits_of(TextBody) == limits_of(ImageBody) == rows
    few = replace(next(row for row in rows if row.field == "elements"), mark="A")
    assert limits_of(OmniBody) == [few if r.field == "elements" else r for r in rows + omni]


def test_routes() -> None:
    creates = [(r.method, r.path, r.operation) for r in WIRE.routes if r.body]
    shows = [(r.method, r.path, r.operation) for r in WIRE.routes if not r.body]
    assert creates == [("POST", path, "create") for path in PATHS]
    assert shows == [("GET", f"{path}/{{id}}", "show") for path in PATHS]
    assert [r.model for r in WIRE.routes[:3]] == ["kling-v3", "kling-v3", "kling-v3-omni"]
    assert WIRE.owns == ("/vendors/",)
    assert wires()["mulerouter"] is wire
    assert all(route.body.model_json_schema() for route in WIRE.routes if route.body)


def test_ids() -> None:
    assert re.fullmatch(UUID4, WIRE.mint_id(0))
    assert WIRE.mint_id(0) != WIRE.mint_id(0)


def test_field_names() -> None:
    names = {
        "first_frame": "first_frame",
        "last_frame": "last_frame",
        "references[2]": "images[2]",
        "shots[0].prompt": "multi_prompt[0].prompt",
        "elements[0].frontal": "elements[0].frontal_image",
        "elements[2].references[1]": "elements[2].reference_images[1]",
        "duration": "duration",
    }
    assert {name: WIRE.name_field(name) for name in names} == names


def test_lookup() -> None:
    """Under any of the paths, and whatever wire the id came from."""
    for id in (ID, "task-unified-1771027200-k3v9q2xa", "task_01J"):
        for path in PATHS:
            call = Call(method="GET", path=f"{path}/{id}", path_args={"id": id})
            assert WIRE.read_lookup(call) == id
    for none in ("", "a b", "\0", "é", "x" * 81, "../x"):
        with pytest.raises(errors.UnknownTask):
            WIRE.read_lookup(Call(method="GET", path="/", path_args={"id": none}))
    call = WIRE.write_lookup(ID, VideoRequest(kind="image", model="kling-o3"))
    assert (call.method, call.path) == ("GET", f"{OMNI_I2V}/{ID}")
    assert WIRE.read_lookup(call) == ID
    other = WIRE.write_lookup(ID, VideoRequest(kind="voice", model="animatic"))
    assert other.path == f"{T2V}/{ID}"
    with pytest.raises(errors.UnknownRoute):
        WIRE.read_listing(call)
    with pytest.raises(errors.UnknownRoute):
        WIRE.read_request(Call(method="POST", path=f"{V1}/kling-v9", data=BARE))


# Golden tasks. Pages: get-started/async-tasks and the endpoints' own.
ID = "4f0f8f0e-26d5-4f0b-a9d3-91d1f4d3c7aa"
FILM = "https://files.example.com/public/4f0f/result_000.mp4"
BEGUN = 1771056000000  # 2026-02-14T08:00:00.000Z


def golden(status: str, updated: str = "08:00:00.000", **info: Any) -> dict[str, Any]:
    times = {"created_at": "2026-02-14T08:00:00.000Z", "updated_at": f"2026-02-14T{updated}Z"}
    return {"task_info": {"id": ID, "status": status, **times, **info}}


VIEW = View(id=ID, status="queued", wire="mulerouter", accepted_at=BEGUN)
TASKS: list[tuple[dict[str, Any], View]] = [
    (golden("pending"), VIEW),
    (
        golden("processing", "08:00:04.000"),
        replace(VIEW, status="running", started_at=BEGUN + 4000),
    ),
    (
        {**golden("completed", "08:01:40.007"), "videos": [FILM]},
        replace(VIEW, status="succeeded", progress=100, film_url=FILM, finished_at=BEGUN + 100_007),
    ),
    (
        golden(
            "failed",
            "08:00:09.000",
            error={"code": 3001, "title": "Provider error", "detail": "das Modell – 拒绝"},
        ),
        replace(
            VIEW,
            status="failed",
            error=Fault(code="provider_failed", message="das Modell – 拒绝"),
            finished_at=BEGUN + 9000,
        ),
    ),
    (
        golden(
            "failed",
            error={"code": 451, "title": "Unavailable For Legal Reasons", "detail": "refused"},
        ),
        replace(
            VIEW,
            status="failed",
            error=Fault(code="content_policy", message="refused"),
            finished_at=BEGUN,
        ),
    ),
    (
        golden(
            "failed",
            "08:00:01.000",
            error={"code": 499, "title": "Cancelled", "detail": "the task was cancelled"},
        ),
        replace(VIEW, status="cancelled", finished_at=BEGUN + 1000),
    ),
]


@pytest.mark.parametrize(("body", "view"), TASKS)
def test_task(body: dict[str, Any], view: View) -> None:
    reply = WIRE.write_task(view)
    assert (reply.status, reply.data) == (200, body)
    assert WIRE.read_task(Reply(status=200, data=body)) == view


def test_receipt() -> None:
    """rules.md: 202, and the task as it stands."""
    reply = WIRE.write_receipt(VIEW)
    assert (reply.status, reply.data) == (202, golden("pending"))
    assert WIRE.read_receipt(reply).id == ID
    for data in (None, {}, {"task_info": []}, {"task_info": {"id": 5}}, {"task_info": {"id": ""}}):
        with pytest.raises(ProviderError):
            WIRE.read_receipt(Reply(status=202, data=data))


def test_a_task_of_another_wire() -> None:
    view = replace(VIEW, id="task_01J", wire="native", model="animatic", status="running")
    assert WIRE.write_task(view).data["task_info"]["id"] == "task_01J"


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("pending", "queued"),
        ("queued", "queued"),
        ("processing", "running"),
        ("running", "running"),
        ("completed", "succeeded"),
        ("succeeded", "succeeded"),
        ("failed", "failed"),
        ("pondering", "queued"),
        ("COMPLETED", "queued"),
    ],
)
def test_all_seven_words_are_read_and_another_keeps_a_task_open(word: str, status: str) -> None:
    view = WIRE.read_task(Reply(status=200, data={**golden(word), "videos": [FILM]}))
    assert view.status == status
    assert view.film_url == (FILM if status == "succeeded" else None)


def test_updated_at_is_the_latest_change() -> None:
    times = {"started_at": BEGUN + 1, "stored_at": BEGUN + 30, "finished_at": BEGUN + 20}
    info = WIRE.write_task(replace(VIEW, status="succeeded", **times)).data["task_info"]
    assert info["created_at"] == "2026-02-14T08:00:00.000Z"
    assert info["updated_at"] == "2026-02-14T08:00:00.030Z"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-02-14T08:00:00.000Z", BEGUN),
        ("2026-02-14T08:00:00Z", BEGUN),  # the omni pages
        ("2026-02-14T09:00:00.25+01:00", BEGUN + 250),
        ("2026-02-14T08:00:00", BEGUN),
        ("2026-02-14T08:00:00.123456Z", BEGUN + 123),
        ("0001-01-01T00:00:00+23:59", 0),
        ("yesterday", 0),
        ("", 0),
    ],
)
def test_times(text: str, at: int) -> None:
    assert read_stamp(text) == at


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ({"code": 4002, "title": "Internal"}, "Internal"),
        ({"code": "x", "detail": "drei"}, "drei"),
        ("just words", "just words"),
        ({**CANCELLED, "detail": "another"}, "another"),
        (None, "the vendor gives no reason"),
        ([], "the vendor gives no reason"),
    ],
)
def test_why_a_task_failed(error: Any, message: str) -> None:
    view = WIRE.read_task(Reply(status=200, data=golden("failed", error=error)))
    assert view.error == Fault(code="provider_failed", message=message)


def test_films_that_are_no_text_are_left_out() -> None:
    for videos, url in (([FILM, "x"], FILM), ([None, "", FILM], FILM), ([], None), ("x", None)):
        body = {**golden("completed"), "videos": videos}
        assert WIRE.read_task(Reply(status=200, data=body)).film_url == url


@pytest.mark.parametrize(
    "data", [None, [], "", {}, {"task_info": []}, {"task_info": {"id": ID}}, golden("")]
)
def test_an_answer_that_is_no_task(data: Any) -> None:
    with pytest.raises(ProviderError):
        WIRE.read_task(Reply(status=200, data=data))


def test_webhook_as_printed() -> None:
    """Page: get-started/webhooks."""
    hook = {
        "id": "evt_5c1c8f",
        "type": "task.succeeded",
        "created_at": "2026-02-14T08:01:40.100Z",
        "data": {
            "vendor": "klingai",
            "model_name": "kling-v3",
            "payload": {**golden("completed", "08:01:40.007"), "videos": [FILM]},
        },
    }
    read = WIRE.read_webhook(Call(method="POST", path="/", data=hook))
    assert read == replace(TASKS[2][1], model="kling-v3")


@pytest.mark.parametrize(("body", "view"), TASKS)
def test_webhook(body: dict[str, Any], view: View) -> None:
    view = replace(view, model="kling-o3")
    hook = WIRE.write_webhook(view)
    events = {"pending": "created", "completed": "succeeded", "failed": "failed"}
    kind = f"task.{events.get(body['task_info']['status'], 'processing')}"
    assert hook == {
        "id": hook["id"],
        "type": kind,
        "created_at": body["task_info"]["updated_at"],
        "data": {"vendor": "klingai", "model_name": "kling-v3-omni", "payload": body},
    }
    assert re.fullmatch(r"evt_[0-9a-f]{24}", hook["id"])
    assert WIRE.write_webhook(view) == hook
    assert WIRE.read_webhook(Call(method="POST", path="/", data=hook)) == view


def test_webhook_ids_and_names() -> None:
    seen = {WIRE.write_webhook(replace(VIEW, status=s))["id"] for s in STATUSES}
    assert len(seen) == 4  # failed and cancelled are one word

    def name(**fields: Any) -> str:
        return WIRE.write_webhook(replace(VIEW, **fields))["data"]["model_name"]

    assert name(model="animatic", model_asked="kling-v3") == "kling-v3"
    assert name(model="animatic", model_asked="kling-v3", wire="native") == "animatic"
    assert name(model="kling-v3", model_asked="kling-v3.0-pro-t2v", wire="novita") == "kling-v3"


@pytest.mark.parametrize("data", [None, [], {}, {"type": "balance.low", "data": {}}])
def test_a_webhook_of_another_kind(data: Any) -> None:
    with pytest.raises(ProviderError):
        WIRE.read_webhook(Call(method="POST", path="/", data=data))


# Errors: ours as written. Page: get-started/error-codes.
WRITTEN: list[tuple[ReelwayError, int, str]] = [
    (errors.InvalidRequest("duration is odd", field="duration"), 400, "Bad Request"),
    (errors.InvalidRequest("x", code="content_policy"), 451, "Unavailable For Legal Reasons"),
    (errors.InvalidBody("not JSON"), 400, "Bad Request"),
    (errors.BadImage("x", code="image_too_large"), 400, "Bad Request"),
    (errors.Unauthenticated("x"), 401, "Unauthorized"),
    (errors.KeyRefused("x"), 401, "Unauthorized"),
    (errors.LinkRefused("x"), 403, "Forbidden"),
    (errors.UnknownRoute("x"), 404, "Not Found"),
    (errors.UnknownTask("x"), 404, "Not Found"),
    (errors.MethodNotAllowed("x"), 405, "Method Not Allowed"),
    (errors.Conflict("x"), 409, "Conflict"),
    (errors.BodyTooLarge("x"), 413, "Content Too Large"),
    (errors.KeyReused("x"), 422, "Unprocessable Content"),
    (errors.BalanceExhausted("x"), 402, "Payment Required"),
    (errors.BudgetExhausted("x"), 402, "Payment Required"),
    (errors.QueueFull("x", retry_after=7), 429, "Too Many Requests"),
    (errors.Overloaded("x"), 503, "Service Unavailable"),
    (errors.EngineMissing("x"), 503, "Service Unavailable"),
    (errors.ProviderError("x"), 502, "Bad Gateway"),
    (errors.Internal("x"), 500, "Internal Server Error"),
    (errors.Unsupported("x"), 400, "Bad Request"),
]


@pytest.mark.parametrize(("error", "status", "title"), WRITTEN)
def test_error(error: ReelwayError, status: int, title: str) -> None:
    reply = WIRE.write_error(error)
    told = {"code": status, "title": title, "detail": error.message}
    assert (reply.status, reply.data) == (status, told)
    assert reply.headers == ({"Retry-After": "7"} if error.retry_after else {})


def test_every_error_has_a_title_and_names_its_field() -> None:
    def below(kind: type[ReelwayError]) -> list[type[ReelwayError]]:
        return [kind, *(k for child in kind.__subclasses__() for k in below(child))]

    for kind in below(ReelwayError):
        data = WIRE.write_error(kind("x", field="elements[0].frontal_image")).data
        assert data["title"] != "Error"
        assert data["detail"] == "elements[0].frontal_image: x"


# Errors as MuleRouter writes them. Page: get-started/error-codes; bodies from the client.
READ: list[tuple[int, str, type[ReelwayError], str]] = [
    (400, "sum of multi_prompt durations must equal duration", InvalidRequest, "invalid_request"),
    (401, "missing or invalid token", ProviderError, "provider_error"),
    (402, "balance too low", errors.BalanceExhausted, "balance_exhausted"),
    (403, "not yours", ProviderError, "provider_error"),
    (404, "task not found", errors.UnknownTask, "unknown_task"),
    (404, "Task Not Found", errors.UnknownTask, "unknown_task"),
    (404, "no such path", ProviderError, "provider_error"),
    (413, "too large", errors.BodyTooLarge, "body_too_large"),
    (423, "locked", ProviderError, "provider_error"),
    (429, "slow down", errors.QueueFull, "queue_full"),
    (451, "content refused", InvalidRequest, "content_policy"),
    (500, "unexpected error", errors.Overloaded, "overloaded"),
    (502, "bad gateway", errors.Overloaded, "overloaded"),
]


@pytest.mark.parametrize(("status", "detail", "kind", "code"), READ)
def test_error_read(status: int, detail: str, kind: type[ReelwayError], code: str) -> None:
    for body in ({"code": status, "title": "x", "detail": detail}, {"detail": detail}):
        error = WIRE.read_error(Reply(status=status, data=body, headers={"Retry-After": "3"}))
        assert (type(error), error.code, error.message) == (kind, code, detail)
        assert error.retry_after == 3


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"error": "b", "message": "c"}, "b"),
        ({"message": "c"}, "c"),
        ({"detail": [{"loc": ["body"]}], "title": "Bad"}, "Bad"),
        ({"task_info": {"error": {"detail": "d"}}}, "d"),
        (None, "HTTP 502"),
        ([], "HTTP 502"),
        ("<html>", "HTTP 502"),
        ({"detail": 5, "task_info": []}, "HTTP 502"),
    ],
)
def test_an_error_in_other_words(data: Any, message: str) -> None:
    error = WIRE.read_error(Reply(status=502, data=data))
    assert (type(error), error.message) == (errors.Overloaded, message)


PICTURE = Image(source=RAW)
UNSAID: list[tuple[str, dict[str, Any]]] = [
    ("model", {"model": "animatic"}),
    ("kind", {"kind": "voice"}),
    ("resolution", {"resolution": "4k"}),
    ("references", {"kind": "reference", "references": (PICTURE,)}),
    ("voices", {"voices": ("v",)}),
    ("cfg_scale", {"cfg_scale": 0.5}),
    ("prompt", customize(("a", 3))),
    ("seed", {"seed": 0}),
]


@pytest.mark.parametrize(("field", "fields"), UNSAID)
def test_what_cannot_be_said(field: str, fields: dict[str, Any]) -> None:
    with pytest.raises(Unsupported) as caught:
        WIRE.write_request(VideoRequest(**{"prompt": "x", **fields}))
    assert caught.value.field == field


def test_key() -> None:
    call = Call(method="GET", path="/", headers={"authorization": "Bearer rw_abc"})
    assert WIRE.read_key(call) == "rw_abc"
    with pytest.raises(errors.Unauthenticated):
        WIRE.read_key(Call(method="GET", path="/", headers={"authorization": "Key rw_abc"}))


BODIES = [body for _, body, _ in REQUESTS]


@given(mutations(BODIES, [*OmniBody.model_fields, "index", "frontal_image", "camera_control"]))
@settings(max_examples=300, deadline=None, derandomize=True, database=None)
def test_whatever_comes_is_read_or_refused(body: dict[str, Any]) -> None:
    for path in (T2V, I2V, OMNI_REF):
        outcome = ask(WIRE, path, body)
        if isinstance(outcome, Reply):
            assert outcome.status == 400
            assert outcome.body()
            continue
        request = outcome.request
        assert 3 <= request.duration <= 15
        again = loop(WIRE, outcome).request
        assert (again.shots, again.kind, again.model) == (
            request.shots,
            request.kind,
            request.model,
        )
        assert Reply(status=200, data=WIRE.write_request(request).data).body()
