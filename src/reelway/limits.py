"""What a field may hold: declared once, on the field of a body model.

    duration: Annotated[Whole, Limit(3, 15, mark="D")] | None = None

From that one line come the check, the refusal's words, the JSON schema (and so OpenAPI), and a
row of the limits table:

    Whole Number Switch Text Said Picture   kinds of value, with the tolerance of all wires
    Limit(low, high, words)                 bounds of a value, a length or a count; or `among`
    Maybe[…]                                optional; blank text and an empty list are absent
    Body                                    a model that keeps unknown fields
    read_body(model, data)                  the body, or InvalidRequest naming the first wrong field
    unknown_of(body)                        what the model does not know, by path
    limits_of(model)                        the rows

Tolerance: digits and decimals in a string are numbers, 10.0 is 10, "true" and "false" are
booleans. `null` is absent in an optional field and missing in a required one. Everything else
that is not of the kind is refused: 3.5 for a whole number, a boolean for a number, NaN, another
letter case. No refusal repeats what the caller sent.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sized
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
)
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, core_schema

from reelway.errors import InvalidBody, InvalidRequest
from reelway.request import Image

Mark = Literal["D", "C", "I", "A"]  # documented, client code, inferred, assumed

REQUIRED = "is required"
BIGGEST = 2**63 - 1  # what a database's integer holds
_DIGITS = re.compile(r"-?[0-9]{1,19}(\.[0-9]{1,40})?")
_LONGEST_NAME = 80  # characters of a field's name that a message repeats

T = TypeVar("T")
B = TypeVar("B", bound="Body")


# Kinds of value


@dataclass(frozen=True, eq=False)
class Value:
    """A kind of value: its reader, what it must be in words, and its JSON schema."""

    read: Callable[[Any], Any]
    must: str
    schema: Mapping[str, Any]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return dict(self.schema)


def _refuse(words: str) -> PydanticCustomError:
    return PydanticCustomError("refused", words)


def _whole(value: Any) -> int:
    kind, number = type(value), None
    if kind is int:  # not a boolean
        number = value
    elif kind is float and value.is_integer():
        number = int(value)
    elif kind is str and _DIGITS.fullmatch(value):
        head, _, tail = value.partition(".")
        number = int(head) if not tail.strip("0") else None
    if number is None or abs(number) > BIGGEST:
        raise _refuse("must be a whole number")
    return int(number)


def _number(value: Any) -> float:
    kind = type(value)
    if (kind is int and abs(value) <= BIGGEST) or (kind is float and math.isfinite(value)):
        return float(value)
    if kind is str and _DIGITS.fullmatch(value):
        return float(value)
    raise _refuse("must be a number")


def _switch(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    if type(value) is str and value in ("true", "false"):
        return value == "true"
    raise _refuse("must be true or false")


def _text(value: Any) -> str:
    if type(value) is not str:
        raise _refuse("must be a string")
    if "\0" in value:
        raise _refuse("must not contain NUL characters")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _refuse("must be valid Unicode") from None
    return value


def _said(value: Any) -> str:
    if is_blank(text := _text(value)):
        raise _refuse("must not be blank")
    return text


def _picture(value: Any) -> str:
    # A caller who could write asset:<sha256> would read another owner's pictures.
    if Image(source=(text := _said(value))).form in ("asset", "stored"):
        raise _refuse("must be an address, a data URL or base64")
    return text


def is_blank(value: Any) -> bool:
    """Whether it counts as absent: text of white space only, or an empty list."""
    return value == [] or (type(value) is str and (not value or value.isspace()))


_STRING = {"type": "string"}
Whole = Annotated[int, Value(_whole, "must be a whole number", {"type": "integer"})]
Number = Annotated[float, Value(_number, "must be a number", {"type": "number"})]
Switch = Annotated[bool, Value(_switch, "must be true or false", {"type": "boolean"})]
Text = Annotated[str, Value(_text, "must be a string", _STRING)]
Said = Annotated[str, Value(_said, "must be a string", {**_STRING, "minLength": 1})]
Picture = Annotated[str, Value(_picture, "must be a string", {**_STRING, "minLength": 1})]

Maybe = Annotated[T | None, BeforeValidator(lambda value: None if is_blank(value) else value)]


# Limits


@dataclass(frozen=True)
class Limit:
    """Bounds, both inclusive: of a number's value, a string's characters, a list's or an
    object's count. `among`: the values allowed, where not all between are; on a Literal they are
    its own. `words` are said of the field ("must be …"); left out, they follow from the bounds."""

    low: float | None = None
    high: float | None = None
    words: str = ""
    among: tuple[int, ...] = ()
    mark: Mark = "D"

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        inner, words = handler(source), self.say(source)
        if source in (int, float):
            checked = core_schema.no_info_after_validator_function(self._value(words), inner)
            return _worded(checked, words)
        if source is str:
            return core_schema.no_info_after_validator_function(self._count(words, str), inner)
        if get_origin(source) is Literal:
            return _worded(inner, words)
        # Counted before the entries are read, so that a million wrong ones cost nothing.
        kind: type[Sized] = dict if get_origin(source) is dict else list
        return core_schema.no_info_before_validator_function(self._count(words, kind), inner)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        out = handler(schema)
        names = _SCHEMA_NAMES.get(out.get("type", ""))
        for name, bound in zip(names or (), (self.low, self.high), strict=False):
            if bound is not None and (bound or name.endswith("imum")):
                out[name] = bound
        if self.among:
            out["enum"] = list(self.among)
        return out

    def say(self, source: Any) -> str:
        """What the field must be, in words."""
        if self.words:
            return self.words
        if among := self.among or (get_args(source) if get_origin(source) is Literal else ()):
            *most, last = map(str, among)
            return f"must be {', '.join(most)} or {last}" if most else f"must be {last}"
        low, high = self.low, self.high
        between = f"between {low} and {high}"
        if low is None or (low == 0 and source not in (int, float)):
            between = f"at most {high}"
        elif high is None:
            between = f"at least {low}"
        if source in (int, float):
            return f"must be a {'whole ' if source is int else ''}number {between}".replace(
                "number at", "number of at"
            )
        if source is str:
            return f"must have {between} characters"
        return f"must have {between} entries"

    def _value(self, words: str) -> Callable[[Any], Any]:
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        among = self.among

        def check(value: Any) -> Any:
            if not low <= value <= high or (among and value not in among):
                raise _refuse(words)
            return value

        return check

    def _count(self, words: str, kind: type[Sized]) -> Callable[[Any], Any]:
        low = self.low or 0
        high = math.inf if self.high is None else self.high

        def check(value: Any) -> Any:
            if isinstance(value, kind) and not low <= len(value) <= high:
                raise _refuse(words)
            return value

        return check


def _worded(schema: CoreSchema, words: str) -> CoreSchema:
    """The schema with `words` for whatever goes wrong in it."""
    return core_schema.custom_error_schema(
        schema, custom_error_type="refused", custom_error_message=words
    )


_SCHEMA_NAMES = {
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}


@dataclass(frozen=True)
class Row:
    """A row of the limits table; `multi_prompt[].duration` is that of every entry."""

    field: str
    low: float | None
    high: float | None
    words: str
    mark: Mark


def limits_of(model: type[BaseModel], prefix: str = "") -> list[Row]:
    """Every limit of the model and the models inside it, in the order of their fields."""
    rows: list[Row] = []
    for name, field in model.model_fields.items():
        path = prefix + (field.alias or name)
        rows += _rows(path, field.annotation, tuple(field.metadata))
    return rows


def _rows(path: str, hint: Any, notes: tuple[Any, ...] = ()) -> Iterator[Row]:
    for note in notes:
        if isinstance(note, Limit):
            yield Row(path, note.low, note.high, note.say(hint), note.mark)
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        yield from _rows(path, args[0], args[1:])
    elif origin in (Union, UnionType):
        for arg in args:
            if arg is not NoneType:
                yield from _rows(path, arg)
    elif origin is list:
        yield from _rows(f"{path}[]", args[0])
    elif origin is dict:
        yield from _rows(f"{path}.*", args[1])
    elif isinstance(hint, type) and issubclass(hint, BaseModel):
        yield from limits_of(hint, f"{path}.")


# Bodies


class Body(BaseModel):
    """A body, or an object inside one: unknown fields are kept, never refused."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())


def read_body(model: type[B], data: Any) -> B:
    """`data` as `model`. Raises InvalidBody where it is not an object, and InvalidRequest naming
    the first wrong field: in the order of the caller's body, after which come those missing."""
    if type(data) is not dict:
        raise InvalidBody("the body must be a JSON object")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
    order = {name: n for n, name in enumerate(data)}
    first = min(faults, key=lambda fault: order.get((*fault["loc"], "")[0], len(order)))
    field = _path(first["loc"])
    if not field:
        raise InvalidBody("the name of a field is not valid Unicode")
    raise InvalidRequest(f"{field} {_words(first)}", field=field)


def _words(fault: ErrorDetails) -> str:
    kind = fault["type"]
    if kind == "missing" or fault["input"] is None:
        return REQUIRED
    if kind == "refused":
        return fault["msg"]
    if kind == "literal_error":
        return fault["msg"].replace("Input should", "must", 1)
    return _MUST.get(kind, "is not valid")


_MUST = {
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}


def _path(steps: tuple[int | str, ...]) -> str:
    path = ""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        elif step != "[key]":
            path += f".{shown(step)}" if path else shown(step)
    return path


def shown(name: str) -> str:
    """A caller's field name, fit for a message: short and printable."""
    return "".join(c if c.isprintable() else "?" for c in str(name)[:_LONGEST_NAME])


def unknown_of(body: Body, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of every field that the model does not know; nulls are absent."""
    for name, value in body.__dict__.items():
        if isinstance(value, Body):
            yield from unknown_of(value, f"{prefix}{name}.")
        elif type(value) is list:
            for n, entry in enumerate(value):
                if isinstance(entry, Body):
                    yield from unknown_of(entry, f"{prefix}{name}[{n}].")
    for name, value in (body.model_extra or {}).items():
        if value is not None:
            yield prefix + name, value
