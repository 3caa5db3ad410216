"""`reelway models`: what can be ordered at a server."""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import click

from reelway.cli.options import CONTEXT, Place, as_json_option, on_server
from reelway.cli.shown import Head, json_out, table

if TYPE_CHECKING:
    from reelway.client import Model

HEADS = (
    Head(name="model"),
    Head(name="engine", rank=1),
    Head(name="kinds", rank=2),
    Head(name="resolutions", rank=3),
    Head(name="seconds", rank=4),
    Head(name="takes", rank=5, text=True),
    Head(name="why not", text=True),
)


@click.command(context_settings=CONTEXT)
@as_json_option
@on_server
def models(place: Place, as_json: bool) -> None:
    """What can be ordered at a server, and with what.

    \b
    reelway models
    reelway models --json | jq -r '.[] | select(.available) | .id'
    """
    with place.client() as client:
        found = client.models()
    if as_json:
        return json_out([dict(model.data) for model in found])
    # On a terminal there is a column for reasons only where one has some.
    bare = sys.stdout.isatty() and all(model.available for model in found)
    heads = HEADS[:-1] if bare else HEADS
    table(heads, [_row(model)[: len(heads)] for model in found])


def _row(model: Model) -> tuple[str, ...]:
    made = f" as {model.replaced_by}" if model.replaced_by else ""
    return (
        model.id,
        (model.engine or "none") + made,
        ", ".join(model.kinds),
        ", ".join(model.resolutions),
        spans(sorted(model.durations)),
        ", ".join(model.takes),
        model.reason or "",
    )


def spans(numbers: list[int]) -> str:
    """3, 4, 5, 10 as "3–5, 10"."""
    out: list[list[int]] = [numbers[:1]] if numbers else []
    for before, number in pairwise(numbers):
        if number == before + 1:
            out[-1].append(number)
        else:
            out.append([number])
    return ", ".join(f"{s[0]}–{s[-1]}" if len(s) > 1 else str(s[0]) for s in out)
