from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import TypeAdapter, ValidationError

from reelway.errors import InvalidBody, InvalidRequest
from reelway.limits import (
    Body,
    Limit,
    Maybe,
    Number,
    Picture,
    Row,
    Said,
    Switch,
    Text,
    Whole,
    limits_of,
    read_body,
    unknown_of,
)
from reelway.wire import MOST_KEPT, Ignored, leftovers


class Part(Body):
    words: Annotated[Said, Limit(1, 5, mark="I")]
    seconds: Annotated[Whole, Limit(1)]


class Sample(Body):
    need: Said
    length: Annotated[Whole, Limit(3, 15)] | None = None
    few: Annotated[Whole, Limit(among=(5, 10), mark="A")] | None = None
    scale: Annotated[Number, Limit(0, 1, "must lie between nothing and all")] | None = None
    on: Switch | None = None
    shape: Annotated[Literal["wide", "high"], Limit(mark="C")] | None = None
    text: Maybe[Annotated[Text, Limit(0, 4)]] = None
    parts: Maybe[Annotated[list[Part], Limit(1, 2)]] = None
    labels: Annotated[dict[str, Annotated[Text, Limit(0, 3)]], Limit(0, 2)] | None = None


def read(**fields: Any) -> Sample:
    return read_body(Sample, {"need": "x", **fields})


TAKEN = [
    (Whole, 5, 5),
    (Whole, "5", 5),
    (Whole, 10.0, 10),
    (Whole, "10.0", 10),
    (Whole, "10", 10),
    (Whole, "007", 7),
    (Whole, "-3", -3),
    (Whole, 2**63 - 1, 2**63 - 1),
    (Number, 1, 1.0),
    (Number, 0.25, 0.25),
    (Number, "0.25", 0.25),
    (Number, "3", 3.0),
    (Switch, True, True),
    (Switch, False, False),
    (Switch, "true", True),
    (Switch, "false", False),
    (Text, "", ""),
    (Text, "  \n", "  \n"),
    (Text, "雨の路地 🌧", "雨の路地 🌧"),
    (Said, " a ", " a "),
    (Picture, "https://x.example/a.png", "https://x.example/a.png"),
    (Picture, "iVBORw0KGgo=", "iVBORw0KGgo="),
]
REFUSED: list[tuple[Any, Any]] = [
    *(
        (Whole, bad)
        for bad in (3.5, "3.5", "10.01", True, False, "", " 5", "5 ", "+5", "5.", "1e3")
    ),
    *((Whole, bad) for bad in (float("nan"), float("inf"), 1e300, 2**63, "9" * 400, "٥", "1_0")),
    *((Whole, bad) for bad in ([5], {"a": 5}, None, "0x5", "NaN")),
    *((Number, bad) for bad in (True, False, float("nan"), float("-inf"), "NaN", "inf", "", "1e3")),
    *((Number, bad) for bad in (10**400, ".5", "0,5", [0.5], None)),
    *((Switch, bad) for bad in (1, 0, 1.0, "yes", "on", "True", "FALSE", "", "1", [], None)),
    *((Text, bad) for bad in (5, True, ["a"], {"a": "b"}, None, "a\0b", "a\ud800")),
    *((Said, bad) for bad in ("", " ", "\n\t", "　", 5, None, "\0")),
    *((Picture, bad) for bad in ("", " ", "asset:" + "0" * 64, "ASSET:00", 5, "https://x/\0")),
]


@pytest.mark.parametrize(("kind", "given", "value"), TAKEN)
def test_a_value_is_taken(kind: Any, given: Any, value: Any) -> None:
    taken = TypeAdapter(kind).validate_python(given)
    assert taken == value
    assert type(taken) is type(value)


@pytest.mark.parametrize(("kind", "given"), REFUSED)
def test_a_value_is_refused(kind: Any, given: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(given)


WRONG = [
    ({"length": 2}, "length must be a whole number between 3 and 15"),
    ({"length": 16}, "length must be a whole number between 3 and 15"),
    ({"length": "long"}, "length must be a whole number between 3 and 15"),
    ({"few": 7}, "few must be 5 or 10"),
    ({"few": True}, "few must be 5 or 10"),
    ({"scale": 1.01}, "scale must lie between nothing and all"),
    ({"on": "yes"}, "on must be true or false"),
    ({"shape": "Wide"}, "shape must be wide or high"),
    ({"shape": 5}, "shape must be wide or high"),
    ({"shape": ["wide"]}, "shape must be wide or high"),
    ({"text": "fünf5"}, "text must have at most 4 characters"),
    ({"text": 5}, "text must be a string"),
    ({"text": "a\0"}, "text must not contain NUL characters"),
    ({"text": "\udfff"}, "text must be valid Unicode"),
    ({"parts": {}}, "parts must be a list"),
    ({"parts": [{}] * 3}, "parts must have between 1 and 2 entries"),
    ({"parts": ["x"]}, "parts[0] must be an object"),
    ({"parts": [None]}, "parts[0] is required"),
    ({"parts": [{"seconds": 1}]}, "parts[0].words is required"),
    ({"parts": [{"words": "a", "seconds": None}]}, "parts[0].seconds is required"),
    ({"parts": [{"words": "a", "seconds": 1}, {"words": " ", "seconds": 1}]},
     "parts[1].words must not be blank"),
    ({"parts": [{"words": "sechs6", "seconds": 1}]}, "parts[0].words must have between 1 and 5"),
    ({"parts": [{"words": "a", "seconds": 0}]},
     "parts[0].seconds must be a whole number of at least 1"),
    ({"labels": {"a": "long"}}, "labels.a must have at most 3 characters"),
    ({"labels": {"a": "", "b": "", "c": ""}}, "labels must have at most 2 entries"),
    ({"labels": []}, "labels must be an object"),
    ({"need": None}, "need is required"),
    ({"need": ""}, "need must not be blank"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "words"), WRONG)
def test_the_wrong_field_is_named(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(**fields)
    assert caught.value.message.startswith(words)
    assert words.startswith(str(caught.value.field))


def test_a_missing_field_is_named_after_the_wrong_ones() -> None:
    with pytest.raises(InvalidRequest, match="need is required"):
        read_body(Sample, {})
    with pytest.raises(InvalidRequest, match=r"^on must"):
        read_body(Sample, {"on": 5, "length": 1})
    with pytest.raises(InvalidRequest, match=r"^length must"):
        read_body(Sample, {"length": 1, "on": 5})


def test_absent() -> None:
    sample = read(length=None, on=None, text=" \n", parts=[], labels=None)
    assert (sample.length, sample.on, sample.text, sample.parts, sample.labels) == (None,) * 5


def test_length_is_counted_in_characters() -> None:
    assert read(text="🌧🌧🌧🌧").text == "🌧🌧🌧🌧"


@pytest.mark.parametrize("data", [None, [], "text", 5, True])
def test_a_body_is_an_object(data: Any) -> None:
    with pytest.raises(InvalidBody, match="JSON object"):
        read_body(Sample, data)


def test_no_refusal_repeats_what_was_sent_nor_breaks_out_of_its_line() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(length="secret", labels={"a": "b"})
    assert "secret" not in caught.value.message
    with pytest.raises(InvalidRequest) as caught:
        read(labels={"\r\nX-Evil: 1" + "y" * 200: "too long"})
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 200
    caught.value.message.encode()


def test_unknown_fields_are_told_by_path() -> None:
    sample = read(more=5, nothing=None, parts=[{"words": "a", "seconds": 1, "index": 1}])
    assert dict(unknown_of(sample)) == {"more": 5, "parts[0].index": 1}


def test_leftovers_are_kept_and_reported() -> None:
    sample = read(more={"a": 1}, big="x" * (MOST_KEPT + 1), parts=[
        {"words": "a", "seconds": 1, "index": 1}
    ])  # fmt: skip
    extra, ignored = leftovers(sample, {"big": "too big for us"})
    assert extra == {"more": {"a": 1}}
    assert set(ignored) == {
        Ignored(field="more", reason="not a known field"),
        Ignored(field="big", reason="too big for us"),
        Ignored(field="parts[0].index", reason="not a known field"),
    }


def test_names_that_cannot_be_written_are_refused() -> None:
    with pytest.raises(InvalidBody) as caught:
        read(**{"a\ud800": 1})
    caught.value.message.encode()


@pytest.mark.parametrize("more", [{"a": "\ud800"}, {"a": [{"b": "\udfff"}]}])
def test_leftovers_that_cannot_be_written_are_refused(more: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        leftovers(read(**more), {})
    caught.value.message.encode()


def test_limits_of() -> None:
    assert limits_of(Sample) == [
        Row("length", 3, 15, "must be a whole number between 3 and 15", "D"),
        Row("few", None, None, "must be 5 or 10", "A"),
        Row("scale", 0, 1, "must lie between nothing and all", "D"),
        Row("shape", None, None, "must be wide or high", "C"),
        Row("text", 0, 4, "must have at most 4 characters", "D"),
        Row("parts", 1, 2, "must have between 1 and 2 entries", "D"),
        Row("parts[].words", 1, 5, "must have between 1 and 5 characters", "I"),
        Row("parts[].seconds", 1, None, "must be a whole number of at least 1", "D"),
        Row("labels", 0, 2, "must have at most 2 entries", "D"),
        Row("labels.*", 0, 3, "must have at most 3 characters", "D"),
    ]


def test_the_json_schema_has_the_same_limits() -> None:
    schema = Sample.model_json_schema()
    fields = {
        name: {k: v for k, v in field.get("anyOf", [field])[0].items() if k != "title"}
        for name, field in schema["properties"].items()
    }
    assert fields == {
        "need": {"type": "string", "minLength": 1},
        "length": {"type": "integer", "minimum": 3, "maximum": 15},
        "few": {"type": "integer", "enum": [5, 10]},
        "scale": {"type": "number", "minimum": 0, "maximum": 1},
        "on": {"type": "boolean"},
        "shape": {"type": "string", "enum": ["wide", "high"]},
        "text": {"type": "string", "maxLength": 4},
        "parts": {
            "type": "array",
            "items": {"$ref": "#/$defs/Part"},
            "minItems": 1,
            "maxItems": 2,
        },
        "labels": {
            "type": "object",
            "additionalProperties": {"type": "string", "maxLength": 3},
            "maxProperties": 2,
        },
    }
    assert schema["required"] == ["need"]
    assert schema["$defs"]["Part"]["required"] == ["words", "seconds"]
