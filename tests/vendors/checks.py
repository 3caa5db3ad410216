"""Reading a body as strictly as its vendor's documents say: types as they are written there, no
strings for numbers, no null where none is mentioned. A real vendor may be milder; whoever is
understood here is understood there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

MARKER = re.compile(r"<<<(element|voice)_(\d+)>>>")


class Bad(Exception):
    """`kind`: field, or what is wrong with a picture: large, format, size."""

    def __init__(self, name: str, words: str, kind: str = "field") -> None:
        super().__init__(f"{name} {words}")
        self.kind = kind


class Body:
    """One JSON object. `null` may be sent for names in `nullable` only. It keeps which names were
    asked for: the rest are unknown to the documents."""

    def __init__(self, plain: Any, *, nullable: Sequence[str] = (), within: str = "") -> None:
        if not isinstance(plain, dict):
            raise Bad(within or "the body", "must be an object")
        self.plain: Mapping[str, Any] = plain
        self.nullable = nullable
        self._within = within
        self._asked: set[str] = set()

    def get(self, name: str, kind: type, *, required: bool = False) -> Any:
        self._asked.add(name)
        value = self.plain.get(name)
        if value is None:
            if name in self.plain and name not in self.nullable:
                raise Bad(self._name(name), "must not be null")
            if required:
                raise Bad(self._name(name), "is required")
            return None
        good = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        if kind is float:
            good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good:
            raise Bad(self._name(name), f"must be of type {kind.__name__}")
        return value

    def text(self, name: str, longest: int | None = None, *, required: bool = False) -> str:
        """White space alone is no text."""
        value: str = self.get(name, str) or ""
        if required and not value.strip():
            raise Bad(self._name(name), "is required")
        if longest is not None and len(value) > longest:
            raise Bad(self._name(name), f"must have at most {longest} characters")
        return value if value.strip() else ""

    def whole(self, name: str, low: int, high: int, *, required: bool = False) -> int | None:
        value: int | None = self.get(name, int, required=required)
        if value is not None and not low <= value <= high:
            raise Bad(self._name(name), f"must be between {low} and {high}")
        return value

    def number(self, name: str, low: float, high: float) -> float | None:
        value: float | None = self.get(name, float)
        if value is not None and not low <= value <= high:
            raise Bad(self._name(name), f"must be between {low:g} and {high:g}")
        return value

    def flag(self, name: str) -> bool:
        return bool(self.get(name, bool))

    def word(self, name: str, words: Sequence[str], otherwise: str) -> str:
        value = self.get(name, str)
        if value is not None and value not in words:
            raise Bad(self._name(name), f"must be one of {', '.join(words)}")
        return otherwise if value is None else str(value)

    def items(self, name: str, low: int, high: int) -> list[Any]:
        value: list[Any] | None = self.get(name, list)
        if value is not None and not low <= len(value) <= high:
            raise Bad(self._name(name), f"must have {low} to {high} items")
        return value or []

    def parts(self, name: str, low: int, high: int) -> list[Body]:
        items = self.items(name, low, high)
        return [Body(item, within=self._name(f"{name}[{n}]")) for n, item in enumerate(items)]

    def unknown(self) -> tuple[str, ...]:
        return tuple(sorted(self.plain.keys() - self._asked))

    def _name(self, name: str) -> str:
        return f"{self._within}.{name}" if self._within else name


def shots(body: Body, seconds: int | None, *, index: bool = False) -> list[tuple[str, int]]:
    """`multi_prompt`: 1–6 of {prompt ≤ 512, whole duration ≥ 1}, as long together as the film."""
    found = []
    for n, part in enumerate(body.parts("multi_prompt", 1, 6)):
        if index and part.whole("index", 1, 6) not in (None, n + 1):
            raise Bad(f"multi_prompt[{n}].index", "must count from 1")
        length = part.whole("duration", 1, 15, required=True) or 0
        found.append((part.text("prompt", 512, required=True), length))
        if strange := part.unknown():
            raise Bad(f"multi_prompt[{n}]", f"has no {strange[0]}")
    total = sum(length for _, length in found)
    if found and seconds is not None and total != seconds:
        raise Bad("multi_prompt", f"durations sum to {total}, duration is {seconds}")
    return found


def markers(texts: Sequence[str], kind: str, count: int) -> None:
    """Every `<<<element_2>>>` has its entry."""
    for what, number in MARKER.findall("\n".join(texts)):
        if what == kind and not 1 <= int(number) <= count:
            raise Bad("prompt", f"speaks of {kind} {number}, of which there are {count}")
