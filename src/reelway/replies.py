"""Reading a vendor's answer: parts that may be missing or of another kind, numbers in any form, and
what an error means.

    part(data, "task", dict)     that part, or an empty one
    count("7.2", up=True)        8; nonsense is 0
    error_of(reply, "no money")  by its status, unless the wire knows better
    retry_after(headers, now)    seconds, of a number or a date
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from reelway.errors import Overloaded, ProviderError, QueueFull, ReelwayError

if TYPE_CHECKING:
    from reelway.wire import Reply

T = TypeVar("T")

MOST_TOLD = 500  # characters of a vendor's message
RETRY_AFTER = "retry-after"


def part(data: Any, name: str, kind: type[T]) -> T:
    """That part of a vendor's answer, or an empty one where it is absent or of another kind."""
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, kind) else kind()


def count(value: Any, *, up: bool = False) -> int:
    """A whole number from a vendor's number or its text; "", null and nonsense are 0."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0
    if not 0 <= number < 2**53:
        return 0
    return math.ceil(number) if up else int(number)


def error_of(
    reply: Reply, message: str, kind: type[ReelwayError] | None = None, code: str | None = None
) -> ReelwayError:
    """A vendor's error: of `kind` where its words say so, else by its status. A bad key, an empty
    balance or a missing model is the account's fault, not the request's."""
    headers = {name.lower(): value for name, value in reply.headers.items()}
    after = count(headers.get("retry-after"), up=True) or None
    if kind is None:
        busy = Overloaded if reply.status >= 500 else ProviderError
        kind = QueueFull if reply.status == 429 else busy
    message = message[:MOST_TOLD] or f"HTTP {reply.status}"
    return kind(message, code=code, retry_after=after)


def retry_after(headers: Mapping[str, str], now: int) -> float:
    """Seconds, of a number or a date (RFC 9110, 10.2.3); 0 for anything else. `now` is in UTC
    milliseconds."""
    text = headers.get(RETRY_AFTER, "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # a day or zone of twenty digits is the latter
        return 0.0
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, date.timestamp() - now / 1000)
