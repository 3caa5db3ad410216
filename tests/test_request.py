from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json as parse
from pydantic_core import to_json as dump

from reelway.request import (
    ASPECT_RATIOS,
    RESOLUTIONS,
    AspectRatio,
    Element,
    Image,
    Resolution,
    Shot,
    VideoRequest,
    frame_size,
    from_json,
    to_json,
)

PICTURE = Image(source="asset:" + "ab" * 32, width=640, height=480)

# One value other than the default for every field: a field that is added must be added here.
SET: dict[str, Any] = {
    "kind": "reference",
    "model": "kling-o3",
    "resolution": "4k",
    "prompt": "a fox",
    "negative_prompt": "grain",
    "cfg_scale": 0.0,
    "duration": 15,
    "aspect_ratio": "9:16",
    "sound": True,
    "captions": False,
    "first_frame": PICTURE,
    "last_frame": Image(source="asset:" + "cd" * 32),
    "references": (PICTURE, PICTURE),
    "shot_mode": "customize",
    "shots": (Shot(prompt="", duration=1), Shot(prompt="two", duration=2)),
    "elements": (Element(frontal=PICTURE, references=(PICTURE,)), Element(frontal=PICTURE)),
    "voices": ("v1", "v2"),
    "sample": "asset:" + "ef" * 32,
    "seed": 0,
    "webhook": "https://example.org/?a=ü",
    "external_id": "null",
    "provider": "novita-eu",
    "labels": {"": ""},
    "extra": {"nested": {"list": [1, 2.5, None, True]}},
    "sandbox": {"fail": "timeout", "delay": 1.5, "stall": True, "expire": 0},
}

texts = st.text(max_size=20)
images = st.builds(
    Image,
    source=texts,
    width=st.none() | st.integers(1, 10_000),
    height=st.none() | st.integers(1, 10_000),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def tuples(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(values, max_size=3).map(tuple)


requests = st.builds(
    VideoRequest,
    kind=st.sampled_from(["text", "image", "reference", "voice"]),
    model=texts,
    resolution=st.sampled_from(RESOLUTIONS),
    prompt=texts,
    negative_prompt=texts,
    cfg_scale=st.none() | st.floats(0, 1),
    duration=st.integers(3, 15),
    aspect_ratio=st.none() | st.sampled_from(ASPECT_RATIOS),
    sound=st.booleans(),
    captions=st.none() | st.booleans(),
    first_frame=st.none() | images,
    last_frame=st.none() | images,
    references=tuples(images),
    shot_mode=st.sampled_from(["none", "customize", "intelligence"]),
    shots=tuples(st.builds(Shot, prompt=texts, duration=st.integers(1, 15))),
    elements=tuples(st.builds(Element, frontal=images, references=tuples(images))),
    voices=tuples(texts),
    sample=st.none() | texts,
    seed=st.none() | st.integers(0, 2**31 - 1),
    webhook=st.none() | texts,
    external_id=st.none() | texts,
    provider=st.none() | texts,
    labels=st.dictionaries(texts, texts, max_size=3),
    extra=st.dictionaries(texts, json_values, max_size=3),
    sandbox=st.dictionaries(texts, json_values, max_size=3),
)


# The durable form


def test_every_field_has_a_case() -> None:
    assert SET.keys() | {"v"} == {f.name for f in fields(VideoRequest)}


@given(requests)
def test_what_is_written_is_read(request: VideoRequest) -> None:
    assert from_json(parse(dump(to_json(request)))) == request


@pytest.mark.parametrize("name", SET)
def test_a_field_that_is_set_is_written_and_the_others_are_not(name: str) -> None:
    request = replace(VideoRequest(), **{name: SET[name]})
    written = parse(dump(to_json(request)))
    assert written.keys() == {"v", name}
    assert from_json(written) == request


def test_defaults_are_left_out() -> None:
    assert to_json(VideoRequest()) == {"v": 1}
    assert from_json({"v": 1}) == VideoRequest()


def test_an_image_is_written_without_what_is_not_known_of_it() -> None:
    written = to_json(VideoRequest(elements=(Element(frontal=Image(source="x")),)))
    assert written["elements"] == [{"frontal": {"source": "x"}}]


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_version_is_refused(version: Any) -> None:
    with pytest.raises(ValueError, match="version"):
        from_json({"v": version, "prompt": "a fox"})


def test_a_missing_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version"):
        from_json({"prompt": "a fox"})


# As version 1 lies in databases out there: never to be edited.
FIRST_VERSION = """{"v":1,"kind":"reference","model":"kling-o3","resolution":"1080p","prompt":
"<<<element_1>>> läuft 狐","negative_prompt":"grain","cfg_scale":0.25,"duration":7,"aspect_ratio":
"1:1","sound":true,"first_frame":{"source":"asset:00","width":640,"height":481},"last_frame":
{"source":"asset:01"},"references":[{"source":"asset:02"}],"shot_mode":"customize","shots":[{"prompt"
:"one","duration":3},{"prompt":"zwei","duration":4}],"elements":[{"frontal":{"source":"asset:03"},
"references":[{"source":"asset:04","width":3,"height":4}]},{"frontal":{"source":"asset:05"}}],
"voices":["v1"],"seed":0,"webhook":"https://example.org","external_id":"x","labels":{"a":"b"},
"extra":{"camera":{"pan":[1,2.5,null]}}}"""


def test_yesterdays_version_1_is_read() -> None:
    assert from_json(json.loads(FIRST_VERSION)) == VideoRequest(
        kind="reference",
        model="kling-o3",
        resolution="1080p",
        prompt="<<<element_1>>> läuft 狐",
        negative_prompt="grain",
        cfg_scale=0.25,
        duration=7,
        aspect_ratio="1:1",
        sound=True,
        first_frame=Image(source="asset:00", width=640, height=481),
        last_frame=Image(source="asset:01"),
        references=(Image(source="asset:02"),),
        shot_mode="customize",
        shots=(Shot(prompt="one", duration=3), Shot(prompt="zwei", duration=4)),
        elements=(
            Element(
                frontal=Image(source="asset:03"),
                references=(Image(source="asset:04", width=3, height=4),),
            ),
            Element(frontal=Image(source="asset:05")),
        ),
        voices=("v1",),
        seed=0,
        webhook="https://example.org",
        external_id="x",
        labels={"a": "b"},
        extra={"camera": {"pan": [1, 2.5, None]}},
    )


# The frame


@pytest.mark.parametrize(
    ("resolution", "ratio", "size"),
    [
        ("720p", "16:9", (1280, 720)),
        ("720p", "9:16", (720, 1280)),
        ("720p", "1:1", (960, 960)),
        ("1080p", "16:9", (1920, 1080)),
        ("1080p", "9:16", (1080, 1920)),
        ("1080p", "1:1", (1440, 1440)),
        ("4k", "16:9", (3840, 2160)),
        ("4k", "9:16", (2160, 3840)),
        ("4k", "1:1", (2880, 2880)),
    ],
)
def test_a_ratio_that_was_asked_for(
    resolution: Resolution, ratio: AspectRatio, size: tuple[int, int]
) -> None:
    request = VideoRequest(resolution=resolution, aspect_ratio=ratio, first_frame=PICTURE)
    assert frame_size(request) == size


def test_without_ratio_and_image_it_is_16_9() -> None:
    assert frame_size(VideoRequest(resolution="1080p")) == (1920, 1080)


@pytest.mark.parametrize(
    ("resolution", "image", "size"),
    [
        # sqrt(1280 * 720 * ratio) by sqrt(1280 * 720 / ratio), each to the nearest even number
        ("720p", (500, 500), (960, 960)),
        ("720p", (1920, 1080), (1280, 720)),
        ("720p", (800, 600), (1108, 832)),  # 1108.5 by 831.4
        ("720p", (400, 1000), (608, 1518)),  # 607.2 by 1517.9
        ("720p", (1000, 400), (1518, 608)),
        ("1080p", (301, 300), (1442, 1438)),  # 1442.4 by 1437.6
        ("4k", (1000, 400), (4554, 1822)),  # 4553.7 by 1821.5
    ],
)
def test_an_images_own_ratio(
    resolution: Resolution, image: tuple[int, int], size: tuple[int, int]
) -> None:
    picture = Image(source="asset:x", width=image[0], height=image[1])
    assert frame_size(VideoRequest(resolution=resolution, first_frame=picture)) == size
    assert frame_size(VideoRequest(resolution=resolution, last_frame=picture)) == size


def test_the_first_frame_counts_before_the_last() -> None:
    square = Image(source="asset:x", width=500, height=500)
    assert frame_size(VideoRequest(first_frame=square, last_frame=PICTURE)) == (960, 960)


def test_references_and_elements_do_not_shape_the_frame() -> None:
    square = Image(source="asset:x", width=500, height=500)
    request = VideoRequest(references=(square,), elements=(Element(frontal=square),))
    assert frame_size(request) == (1280, 720)


@given(
    st.sampled_from(RESOLUTIONS),
    st.integers(300, 9000),
    st.integers(300, 9000),
    st.floats(0.001, 1),
)
def test_both_sides_are_even_and_never_0(
    resolution: Resolution, width: int, height: int, scale: float
) -> None:
    picture = Image(source="asset:x", width=width, height=height)
    sides = frame_size(VideoRequest(resolution=resolution, first_frame=picture), scale)
    assert all(side >= 2 and side % 2 == 0 for side in sides)


@pytest.mark.parametrize(
    ("scale", "size"), [(0.125, (160, 90)), (0.5, (640, 360)), (0.09, (116, 64)), (0.001, (2, 2))]
)
def test_scale(scale: float, size: tuple[int, int]) -> None:
    assert frame_size(VideoRequest(), scale) == size


def test_frames() -> None:
    assert VideoRequest(duration=7).frames == 168


# The seed


def test_the_derived_seed_never_changes() -> None:
    assert VideoRequest().picture_seed == 1_910_006_305
    assert VideoRequest(prompt="a fox 狐").picture_seed == 1_190_129_291
    shots = (Shot(prompt="one", duration=3), Shot(prompt="two", duration=4))
    assert VideoRequest(prompt="a fox 狐", shots=shots).picture_seed == 1_193_333_593


def test_a_seed_that_was_asked_for_counts() -> None:
    assert VideoRequest(prompt="a fox", seed=0).picture_seed == 0


@pytest.mark.parametrize("name", [n for n in SET if n not in ("prompt", "shots", "seed")])
def test_the_derived_seed_comes_from_prompt_and_shots_alone(name: str) -> None:
    plain = VideoRequest(prompt="x")
    assert replace(plain, **{name: SET[name]}).picture_seed == plain.picture_seed


@pytest.mark.parametrize(
    "other",
    [
        VideoRequest(prompt="y"),
        VideoRequest(prompt="x", shots=(Shot(prompt="one", duration=3),)),
        VideoRequest(prompt="x", shots=(Shot(prompt="one", duration=4),)),
        VideoRequest(prompt="x", shots=(Shot(prompt="two", duration=3),)),
    ],
)
def test_another_prompt_or_shot_is_another_seed(other: VideoRequest) -> None:
    others = [VideoRequest(prompt="x"), VideoRequest(shots=(Shot(prompt="x", duration=3),))]
    assert other.picture_seed not in [o.picture_seed for o in others]


@given(requests)
def test_the_derived_seed_has_31_bits(request: VideoRequest) -> None:
    assert 0 <= replace(request, seed=None).picture_seed < 2**31


def test_a_prompt_that_is_no_unicode_has_a_seed() -> None:
    assert VideoRequest(prompt="\ud800").picture_seed >= 0


# Images


def test_the_form_of_an_image() -> None:
    forms = {
        "asset:" + "0" * 64: "asset",
        "ASSET:x": "asset",
        "stored:asset_1": "stored",
        "https://example.org/a.png": "address",
        "HTTP://example.org": "address",
        "data:image/png;base64,AAAA": "inline",
        "httpsAAAA": "inline",
        "": "inline",
    }
    assert {source: Image(source=source).form for source in forms} == forms


def test_only_an_asset_has_a_name() -> None:
    assert Image(source="asset:abc").sha256 == "abc"
    with pytest.raises(ValueError, match="asset"):
        _ = Image(source="https://example.org").sha256


def image(source: str) -> Image:
    return Image(source=source)


EVERYWHERE = VideoRequest(
    prompt="kept",
    first_frame=image("a"),
    last_frame=image("b"),
    references=(image("c"), image("d")),
    elements=(
        Element(frontal=image("e"), references=(image("f"), image("a"))),
        Element(frontal=image("g")),
    ),
)


def test_every_image_comes_with_the_name_of_its_field() -> None:
    assert [(field, i.source) for field, i in EVERYWHERE.images()] == [
        ("first_frame", "a"),
        ("last_frame", "b"),
        ("references[0]", "c"),
        ("references[1]", "d"),
        ("elements[0].frontal", "e"),
        ("elements[0].references[0]", "f"),
        ("elements[0].references[1]", "a"),
        ("elements[1].frontal", "g"),
    ]
    assert list(VideoRequest().images()) == []


def test_images_are_replaced_wherever_they_stand() -> None:
    known = {s: Image(source=s.upper(), width=1, height=2) for s in "abcdefg"}
    swapped = EVERYWHERE.with_images(known)
    assert [i for _, i in swapped.images()] == [known[i.source] for _, i in EVERYWHERE.images()]
    assert swapped.prompt == "kept"


def test_an_image_that_is_not_known_stays() -> None:
    swapped = EVERYWHERE.with_images({"a": image("z")})
    assert [i.source for _, i in swapped.images()] == ["z", "b", "c", "d", "e", "f", "z", "g"]
    assert EVERYWHERE.with_images({}) == EVERYWHERE
    assert VideoRequest().with_images({"a": image("z")}) == VideoRequest()
