"""`reelway providers [reload]`: how the accounts at vendors stand; also while the server runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reelway.cli.options import CONTEXT, as_json_option
from reelway.cli.orders import order, where
from reelway.cli.shown import Head, complain, json_out, moment, table

HEADS = (
    Head(name="provider"),
    Head(name="health"),
    Head(name="slots"),
    Head(name="waiting"),
    Head(name="usd today"),
    Head(name="this month", rank=1),
    Head(name="wire", rank=3),
    Head(name="models", rank=4),
    Head(name="last error", rank=2, text=True),
)
HEALTH = {"closed": "well", "open": "left alone", "half_open": "on trial"}


@click.group(
    context_settings=CONTEXT,
    invoke_without_command=True,
    short_help="How the accounts at vendors stand.",
)
@as_json_option
@where
@click.pass_context
def providers(
    context: click.Context, as_json: bool, data: Path | None, config: Path | None
) -> None:
    """How the accounts at vendors stand: health, free slots, spend in US dollars, last errors.

    Of health: well; left alone, as it failed again and again; on trial, with one task; removed from
    the settings, and followed to the end; missing there, with tasks that are open.

    \b
    reelway providers
    reelway providers --json | jq -r '.[] | select(.breaker != "closed") | .name'
    reelway providers reload
    """
    if context.invoked_subcommand:
        return None
    rows: list[dict[str, Any]] = order(data, config, {"do": "providers.list"})
    if as_json:
        return json_out(rows)
    if not rows:
        return complain("no provider is configured; docs/providers.md tells how")
    return table(HEADS, [_row(row) for row in rows])


@providers.command(
    "reload", context_settings=CONTEXT, short_help="Take over the settings file's providers."
)
@as_json_option
@where
def read_again(as_json: bool, data: Path | None, config: Path | None) -> None:
    """Have the server take over [[providers]] and [hosted] of its settings file as it is now.

    Every fault in the file is told, and the old ones stay.

    \b
    reelway providers reload
    """
    told: dict[str, Any] = order(data, config, {"do": "providers.reload"}, 60)
    if as_json:
        return json_out(told)
    for what in ("added", "changed", "removed"):
        for name in told[what]:
            click.echo(f"{what} {name}")
    if told["hosted"]:
        click.echo("changed [hosted]")
    if not any(told[what] for what in ("added", "changed", "removed", "hosted")):
        click.echo("nothing has changed")
    if told["restart"]:
        complain(f"these wait for a restart of the server: {', '.join(told['restart'])}")
    return None


def _row(row: dict[str, Any]) -> tuple[str, ...]:
    from reelway.money import shown

    health = row["state"] if row["state"] != "serving" else HEALTH[row["breaker"]]
    if row["probe_in"]:
        health += f" for {row['probe_in']:.0f} s"
    slots = f"{row['open']} of {row['slots']} free"
    if row["state"] == "missing":
        slots = f"{row['busy']} at work"
    error = row["errors"][0] if row["errors"] else None
    return (
        row["name"],
        health,
        slots,
        str(row["waiting"]),
        shown(row["spent_today"]),
        shown(row["spent_month"]),
        row["wire"],
        ", ".join(row["models"]),
        f"{moment(error['at'])} {error['message']}" if error else "",
    )
