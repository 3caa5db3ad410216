"""A section of the settings, and the forms that some values come in.

Environment variables and the command line give text, the file gives what TOML has: a form reads
both.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from reelway.money import MICROS, zone_of

LONGEST_SPAN = 3600  # seconds

_SPAN = re.compile(r"[0-9]+(\.[0-9]+)?(-[0-9]+(\.[0-9]+)?)?")
_MONEY = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _listed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


def _span(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("write seconds, such as 4")
    if isinstance(value, int | float):
        return [value, value]
    if isinstance(value, str):
        if not _SPAN.fullmatch(value.strip()):
            raise ValueError("write seconds, such as 4, or a range of them, such as 2-6")
        value = value.strip().split("-")
        return [value[0], value[-1]]
    return value


def _in_order(value: tuple[float, float]) -> tuple[float, float]:
    if not 0 <= value[0] <= value[1] <= LONGEST_SPAN:
        raise ValueError(f"write the smaller number first, and at most {LONGEST_SPAN} seconds")
    return value


def _micros(value: Any) -> Any:
    text = str(value).strip() if isinstance(value, int | float | str) else ""
    if isinstance(value, bool) or not _MONEY.fullmatch(text):
        raise ValueError("write US dollars, such as 2 or 0.84, with at most six decimals")
    whole, _, part = text.partition(".")
    return int(whole) * MICROS + int(part.ljust(6, "0"))


def _zone(value: str) -> str:
    try:
        zone_of(value)
    except (KeyError, ValueError, OSError):  # zoneinfo's own, for what is no name or no file
        raise ValueError(
            "write the name of a time zone, such as UTC or Europe/Berlin; "
            "where the machine knows none but UTC: pip install tzdata"
        ) from None
    return value


# One name, several with commas between, or a list.
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
# Seconds, or a range of them: 4, "2-6", [2, 6].
Span = Annotated[tuple[float, float], BeforeValidator(_span), AfterValidator(_in_order)]
# Decimal US dollars, kept as whole micro-units.
Money = Annotated[int, BeforeValidator(_micros)]
# The name of a time zone.
Zone = Annotated[str, AfterValidator(_zone)]
Share = Annotated[float, Field(ge=0, le=1)]
