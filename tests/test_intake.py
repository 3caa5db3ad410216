from __future__ import annotations

import base64
import gc
from dataclasses import replace
from typing import Any

import pytest

from reelway.errors import BadImage
from reelway.intake import Inline, decode_inline, fingerprint, with_references
from reelway.media import MOST_BYTES
from reelway.request import Element, Image, Shot, VideoRequest

DATA = bytes(range(256))  # in base64 with +, / and padding
RAW = base64.b64encode(DATA).decode()
LINES = base64.encodebytes(DATA).decode()  # broken after 76 letters
SHA256 = "40aff2e9d2d8922e47afd4648e6967497158785fbd1da870e7110266bf944880"


async def decoded(*sources: str) -> list[Inline]:
    images = tuple(Image(source=s) for s in sources)
    return await decode_inline(VideoRequest(references=images), lambda field: f"body.{field}")


async def refused(source: str) -> BadImage:
    with pytest.raises(BadImage) as told:
        await decoded(source)
    assert told.value.field == "body.references[0]"
    assert "body.references[0]" in told.value.message
    return told.value


# What an inline image may look like


@pytest.mark.parametrize(
    "source",
    [
        RAW,
        RAW.rstrip("="),
        f"  {RAW}\n",
        LINES,
        LINES.replace("\n", "\r\n"),
        LINES.replace("\n", " \t"),
        f"data:image/png;base64,{RAW}",
        f"data:image/png;base64,{RAW.rstrip('=')}",
        f"data:image/png;base64,\n{LINES}",
        f"\n data:image/png;base64,{RAW} ",
        f"DATA:Image/PNG;BASE64,{RAW}",
        f"data:;base64,{RAW}",
        f"data:image/svg+xml;base64,{RAW}",
        f"data:image/png;charset=utf-8;base64,{RAW}",
        f"data:image/png;name=a.png;charset=utf-8;base64,{RAW}",
    ],
    ids=range(15),
)
async def test_one_image_in_many_spellings(source: str) -> None:
    (image,) = await decoded(source)
    assert image == Inline(field="body.references[0]", source=source, data=DATA, sha256=SHA256)


@pytest.mark.parametrize(
    "source",
    [
        f"data:image/png,{RAW}",
        f"data:image/png;charset=utf-8,{RAW}",
        "data:image/png;base64",
        "data:,",
        "data:",
        f"data:image/png;base64;{RAW}",
        "data:text/html,<script>",
    ],
)
async def test_a_data_url_that_is_not_base64(source: str) -> None:
    assert "';base64,'" in (await refused(source)).message


@pytest.mark.parametrize(
    "source",
    [
        RAW.replace("+", "-").replace("/", "_"),  # the alphabet for addresses
        f"data:image/png;base64,{RAW}".replace("+", "%2B"),
        RAW + "====",
        "AA==AAAA",
        "=AAA",
        "A",
        "AAAAA",
        "!!!!",
        "狐狐狐狐",
        "ftp://example.org/a.png",
        "/etc/passwd.png",
        "a picture, of a fox",
        "AAAA\0",
    ],
)
async def test_what_is_no_base64(source: str) -> None:
    assert "no address, no data URL and no base64" in (await refused(source)).message


@pytest.mark.parametrize("source", ["data:image/png;base64,", "data:;base64,  \n"])
async def test_nothing(source: str) -> None:
    assert "is empty" in (await refused(source)).message


async def test_the_largest_image_may_be_broken_into_lines() -> None:
    text = base64.b64encode(bytes(MOST_BYTES)).decode()
    lines = "\n".join(text[i : i + 76] for i in range(0, len(text), 76))
    for source in (text, lines, "data:image/png;base64," + lines):
        (image,) = await decoded(source)
        assert len(image.data) == MOST_BYTES


async def test_a_larger_one_is_refused() -> None:
    error = await refused(base64.b64encode(bytes(MOST_BYTES + 4)).decode())
    assert error.code == "image_too_large" and "10,485,760 bytes" in error.message


async def test_what_does_not_come_inline_is_brought_in_later() -> None:
    found = await decoded("https://example.org/a.png", RAW, "stored:asset_1")
    assert [i.field for i in found] == ["body.references[1]"]


async def test_a_callers_asset_is_refused() -> None:
    error = await refused("asset:" + SHA256)
    assert "must be an address, a data URL or base64" in error.message


async def test_every_image_of_a_request_in_order() -> None:
    one = Image(source=RAW)
    request = VideoRequest(first_frame=one, elements=(Element(frontal=one, references=(one,)),))
    found = await decode_inline(request, str.upper)
    assert [i.field for i in found] == [
        "FIRST_FRAME",
        "ELEMENTS[0].FRONTAL",
        "ELEMENTS[0].REFERENCES[0]",
    ]
    assert await decode_inline(VideoRequest(), str.upper) == []


# The fingerprint

PLAIN = VideoRequest(
    prompt="a fox",
    first_frame=Image(source=RAW),
    labels={"a": "1", "b": "2"},
    extra={"x": {"p": 1, "q": [1, {"r": 2, "s": 3}]}, "y": 1},
)


async def finger(request: VideoRequest, wire: str = "native", route: str = "POST /tasks") -> bytes:
    return fingerprint(wire, route, request, await decode_inline(request, str))


async def test_the_spelling_of_an_image_does_not_matter() -> None:
    expected = await finger(PLAIN)
    assert len(expected) == 32
    for source in (LINES, RAW.rstrip("="), f"data:image/jpeg;base64,{RAW}"):
        assert await finger(replace(PLAIN, first_frame=Image(source=source))) == expected


async def test_the_order_of_names_does_not_matter() -> None:
    other = replace(
        PLAIN,
        labels={"b": "2", "a": "1"},
        extra={"y": 1, "x": {"q": [1, {"s": 3, "r": 2}], "p": 1}},
    )
    assert await finger(other) == await finger(PLAIN)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "image"},
        {"model": "kling-o3"},
        {"resolution": "1080p"},
        {"prompt": "a  fox"},
        {"negative_prompt": "x"},
        {"cfg_scale": 0.5},
        {"duration": 6},
        {"aspect_ratio": "16:9"},
        {"sound": True},
        {"first_frame": None},
        {"first_frame": Image(source="AAAA")},
        {"last_frame": Image(source=RAW)},
        {"first_frame": None, "last_frame": Image(source=RAW)},
        {"references": (Image(source=RAW),)},
        {"shot_mode": "intelligence"},
        {"shots": (Shot(prompt="x", duration=3),)},
        {"elements": (Element(frontal=Image(source=RAW)),)},
        {"voices": ("v",)},
        {"seed": 0},
        {"webhook": "https://example.org"},
        {"external_id": "x"},
        {"labels": {"a": "1", "b": "3"}},
        {"labels": {"a": "1"}},
        {"extra": {**PLAIN.extra, "y": 2}},
        {"extra": {**PLAIN.extra, "y": "1"}},
        {"extra": {**PLAIN.extra, "y": True}},
        {"extra": {**PLAIN.extra, "x": {"p": 1, "q": [{"r": 2, "s": 3}, 1]}}},
        {"extra": {**PLAIN.extra, "x": [["p", 1], ["q", [1, [["r", 2], ["s", 3]]]]]}},
    ],
)
async def test_every_field_matters(changes: dict[str, Any]) -> None:
    assert await finger(replace(PLAIN, **changes)) != await finger(PLAIN)


async def test_wire_and_route_matter() -> None:
    expected = await finger(PLAIN)
    assert await finger(PLAIN, wire="novita") != expected
    assert await finger(PLAIN, route="POST /films") != expected


async def test_images_that_change_places_matter() -> None:
    one, two = Image(source=RAW), Image(source="AAAA")
    first = await finger(VideoRequest(first_frame=one, last_frame=two))
    assert first != await finger(VideoRequest(first_frame=two, last_frame=one))


# The kept body


async def test_the_body_is_kept_with_references_in_the_images_place() -> None:
    inline = await decoded(RAW, LINES)
    body = {"a": RAW, "b": [LINES, {"c": RAW}], "prompt": "x", "n": 1, "none": None}
    assert with_references(body, inline) == {
        "a": f"asset:{SHA256}",
        "b": [f"asset:{SHA256}", {"c": f"asset:{SHA256}"}],
        "prompt": "x",
        "n": 1,
        "none": None,
    }
    assert body["a"] == RAW


def test_nothing_holds_the_pictures_of_a_body_that_was_rewritten() -> None:
    inline = [Inline(field="image", source=RAW, data=DATA, sha256=SHA256)]
    gc.collect()
    gc.disable()
    try:
        assert with_references({"a": [RAW, 1]}, inline) == {"a": [f"asset:{SHA256}", 1]}
        assert gc.collect() == 0  # no circle that would keep tens of megabytes until gc comes
    finally:
        gc.enable()
