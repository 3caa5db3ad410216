"""GET /api/v1/usage: the caller's own sums, and, for an admin, everybody's. See `reelway.usage`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reelway.errors import KeyRefused
from reelway.money import Usage
from reelway.server.asked import Asked
from reelway.server.http import Out, json_out
from reelway.usage import DEFAULT_BY, as_csv, document, query_of
from reelway.usage import usage as usage_of
from reelway.wire import Reply

CSV = "text/csv; charset=utf-8; header=present"


async def usage(asked: Asked) -> Out:
    query = query_of(asked.call.query)
    if query.everybody and asked.key.role != "admin":
        raise KeyRefused("owner=all is for an admin's key")
    owner_id = None if query.everybody else asked.key.owner_id
    report = await usage_of(query, owner_id, asked.means)
    if not query.csv:
        return json_out(200, report)
    name = f'attachment; filename="usage-{report["from"]}-{report["to"]}.csv"'
    headers = {"content-type": CSV, "content-disposition": name}
    return Out(status=200, body=as_csv(report).encode(), headers=headers)


# As documents tell it

SUMMARY = (
    "What you ordered for money, as sums over days. Amounts are millionths of the currency; "
    "what is free, and what was released again, is not in them."
)
QUERIES: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    (
        "by",
        "What the sums are told apart by: some of owner, key, provider, model, resolution and "
        f"day, with commas between. Absent: {DEFAULT_BY}.",
        {"type": "string"},
    ),
    (
        "from",
        "The first day, such as 2026-03-01, in the server's zone for budgets. Without it: the "
        "first of the month that `to` lies in.",
        {"type": "string", "format": "date"},
    ),
    (
        "to",
        "The last day, which counts too. Without it: today.",
        {"type": "string", "format": "date"},
    ),
    ("format", "json or csv. Absent: json.", {"type": "string", "enum": ["json", "csv"]}),
    ("owner", "`all`: of every owner; for an admin's key.", {"type": "string", "enum": ["all"]}),
)
SAMPLE = document(
    [
        Usage(
            by={"key": "rw_4fJ2kQ9x", "provider": "novita-eu", "model": "kling-v3"},
            tasks=12,
            seconds=60,
            reserved=840_000,
            settled=4_620_000,
        )
    ],
    ("key", "provider", "model"),
    "2026-03-01",
    "2026-03-29",
    "UTC",
)


def replies() -> list[tuple[str, Reply]]:
    return [("", Reply(status=200, data=SAMPLE))]


def csv_content() -> dict[str, Any]:
    """The same as a table, for OpenAPI."""
    examples = {"table": {"value": as_csv(SAMPLE)}}
    return {"text/csv": {"schema": {"type": "string"}, "examples": examples}}
