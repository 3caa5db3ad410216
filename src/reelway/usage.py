"""Usage: what was ordered for money, as sums over days; the same over HTTP and on the command line.

    query_of(given)      what is asked for, from the words of a query or an order
    usage(…)             the report, as a document
    as_csv(report)       its lines, as RFC 4180 has them

Amounts are micro-units. Days are those of the zone that budgets have, and both ends count.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from reelway.errors import InvalidRequest
from reelway.means import Means
from reelway.money import CURRENCY, USAGE_BY, Usage, UsageBy, day_of, zone_of

DEFAULT_BY = "key,provider,model"
FORMATS = ("json", "csv")
EVERYBODY = "all"
SUMS = ("tasks", "seconds", "reserved", "settled")
MOST_ROWS = 10_000
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class UsageQuery:
    """Days as 2026-03-29; None: the month up to now."""

    by: tuple[UsageBy, ...]
    first: str | None = None
    last: str | None = None
    everybody: bool = False
    csv: bool = False


def query_of(given: Mapping[str, Any]) -> UsageQuery:
    """Raises InvalidRequest."""
    owner, form = given.get("owner"), given.get("format") or FORMATS[0]
    if owner not in (None, "", EVERYBODY):
        raise InvalidRequest(f"owner must be {EVERYBODY}, or absent", field="owner")
    if form not in FORMATS:
        raise InvalidRequest(f"format must be one of {', '.join(FORMATS)}", field="format")
    first, last = _day(given, "from"), _day(given, "to")
    if first and last and first > last:
        raise InvalidRequest("from must not be after to", field="from")
    return UsageQuery(
        by=_by(given.get("by")),
        first=first,
        last=last,
        everybody=owner == EVERYBODY,
        csv=form == "csv",
    )


def _by(text: object) -> tuple[UsageBy, ...]:
    """In the order asked for, each once; empty: one sum of all."""
    known: Mapping[str, UsageBy] = {name: name for name in USAGE_BY}
    names = [name.strip() for name in str(DEFAULT_BY if text is None else text).split(",")]
    names = [name for name in names if name]
    if any(name not in known for name in names):
        raise InvalidRequest(f"by must be some of {', '.join(USAGE_BY)}", field="by")
    return tuple(dict.fromkeys(known[name] for name in names))


def _day(given: Mapping[str, Any], name: str) -> str | None:
    text = given.get(name)
    if text in (None, ""):
        return None
    try:
        if not isinstance(text, str) or not DAY.fullmatch(text):
            raise ValueError(text)
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise InvalidRequest(f"{name} must be a day, such as 2026-03-29", field=name) from None


async def usage(query: UsageQuery, owner_id: int | None, means: Means) -> dict[str, Any]:
    """Of the owner, or of all where None. Raises InvalidRequest where it would be too long."""
    zone = means.settings.budget_zone
    last = query.last or max(day_of(means.now(), zone_of(zone)), query.first or "")
    first = query.first or f"{last[:7]}-01"
    found = await means.store.usage(owner_id, first, last, query.by, MOST_ROWS + 1)
    if len(found) > MOST_ROWS:
        words = f"these are more than {MOST_ROWS:,} lines; ask for fewer days, or by less"
        raise InvalidRequest(words, field="by")
    return document(found, query.by, first, last, zone)


def document(
    found: Sequence[Usage], by: Sequence[UsageBy], first: str, last: str, zone: str
) -> dict[str, Any]:
    lines = [{**entry.by, **_sums(entry)} for entry in found]
    total = {name: sum(line[name] for line in lines) for name in SUMS}
    return {
        "object": "usage",
        "from": first,
        "to": last,
        "zone": zone,
        "by": list(by),
        "data": lines,
        "total": {**total, "currency": CURRENCY},
    }


def _sums(entry: Usage) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if name != "by"}


def as_csv(report: Mapping[str, Any]) -> str:
    text = io.StringIO(newline="")
    names = [*report["by"], *SUMS, "currency"]
    writer = csv.DictWriter(text, names, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(report["data"])
    return text.getvalue()
