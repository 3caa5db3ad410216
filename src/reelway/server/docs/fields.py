"""A body's schema as rows of a table: name, type, whether it is required, default, range, text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reelway.server.openapi import ABSENT, REF, Json


@dataclass(frozen=True, kw_only=True)
class Field:
    """`values`: those that are allowed, where not all of a range are."""

    name: str
    type: str
    required: bool = False
    default: str = ""
    range: str = ""
    values: tuple[str, ...] = ()
    text: str = ""


def fields_of(schema: Json, inside: Mapping[str, Json], above: str = "") -> Iterator[Field]:
    """The fields of an object, and after each those inside it; required ones first."""
    required = schema.get("required", ())
    properties = schema.get("properties", {})
    for name in sorted(properties, key=lambda name: name not in required):
        field = properties[name]
        yield _field(above + name, field, name in required, inside)
        inner = field.get("items", field)
        if ref := inner.get("$ref"):
            mark = "[]." if inner is not field else "."
            yield from fields_of(inside[ref.removeprefix(REF)], inside, above + name + mark)


def told_of(schema: Json, above: str = "") -> Iterator[Field]:
    """The fields of an answer of which something is said, and after each those inside it."""
    for name, field in schema.get("properties", {}).items():
        if "description" in field:
            yield _field(above + name, field, False, {})
        mark = "[]." if "items" in field else "."
        yield from told_of(field.get("items", field), above + name + mark)


def _field(name: str, schema: Json, required: bool, inside: Mapping[str, Json]) -> Field:
    text = schema.get("description", "")
    absent = ABSENT.search(text)
    return Field(
        name=name,
        type=_type(schema),
        required=required,
        default=absent["value"] if absent else "",
        range=_range(schema),
        values=tuple(map(str, schema.get("enum", [schema["const"]] if "const" in schema else []))),
        text=ABSENT.sub("", text).strip(),
    )


def _type(schema: Json) -> str:
    if schema.get("not") == {}:
        return "refused"  # known, and not supported here
    if "$ref" in schema:
        return "object"
    kinds = schema.get("type", "any")
    several = [kinds] if isinstance(kinds, str) else [kind for kind in kinds if kind != "null"]
    return " or ".join(_plain(kind, schema) for kind in several)


def _plain(kind: str, schema: Json) -> str:
    if kind == "array" and schema.get("items"):
        return f"list of {_type(schema['items'])}s"
    return {"integer": "whole number", "array": "list"}.get(kind, kind)


NAMES = (
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", "characters"),
    ("minItems", "maxItems", "entries"),
    ("minProperties", "maxProperties", "entries"),
)


def _range(schema: Json) -> str:
    for low_name, high_name, unit in NAMES:
        low, high = schema.get(low_name), schema.get(high_name)
        if high is not None:
            text = f"{low:,} – {high:,}" if low is not None else f"at most {high:,}"
            if low == 0 and unit:
                text = f"at most {high:,}"
            return f"{text} {unit}".strip()
        if low is not None and unit != "characters":
            return f"at least {low:,} {unit}".strip()
    return ""


def query_field(parameter: Mapping[str, Any]) -> Field:
    """A parameter of the path or the query."""
    schema = {**parameter["schema"], "description": parameter["description"]}
    return _field(parameter["name"], schema, parameter.get("required", False), {})
