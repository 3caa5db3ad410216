"""`reelway backup | sweep | audit`: for who keeps the server; also while it runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from reelway.cli.options import CONTEXT, as_json_option
from reelway.cli.orders import order, where
from reelway.cli.shown import Head, amount, complain, json_out, moment, table, words_of

HEADS = (
    Head(name="when"),
    Head(name="who", rank=2),
    Head(name="did"),
    Head(name="to what", text=True),
    Head(name="more", rank=1, text=True),
)


@click.command(context_settings=CONTEXT, short_help="Copy the data folder to a new one.")
@click.argument("target", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--no-assets", is_flag=True, help="Database, keys and settings alone.")
@as_json_option
@where
def backup(
    target: Path, no_assets: bool, as_json: bool, data: Path | None, config: Path | None
) -> None:
    """Copy the data folder to DIR, a new folder; also while the server runs.

    Exit code 1 where a kept file is missing or damaged: the copy is without it, and says so.

    \b
    reelway backup /backups/$(date +%F)
    reelway serve --data /backups/2026-03-01     the copy goes on where it was made
    """
    named = config or os.environ.get("REELWAY_CONFIG")
    what = {
        "do": "backup",
        "target": str(target.absolute()),
        "files": not no_assets,
        "settings": str(Path(named).absolute()) if named else None,
    }
    about = order(data, config, what, None)
    if as_json:
        json_out(about)
    else:
        tasks = sum(about["tasks"].values())
        files = f"{about['files']:,} files ({amount(about['bytes'])})"
        click.echo(f"{target}: {tasks:,} tasks, {files if about['with_files'] else 'no files'}")
    if about["damaged"]:
        complain(
            f"{len(about['damaged'])} kept files are missing or damaged in the data folder, and "
            f"are not in the copy: {', '.join(about['damaged'][:3])} …"
        )
        sys.exit(1)


@click.command(context_settings=CONTEXT, short_help="Remove what is older than the settings keep.")
@click.option("--dry-run", is_flag=True, help="Only tell what would go.")
@as_json_option
@where
def sweep(dry_run: bool, as_json: bool, data: Path | None, config: Path | None) -> None:
    """Remove at once what is older than the settings say ([retention]).

    A server does the same each hour.
    """
    removed = order(data, config, {"do": "sweep", "dry_run": dry_run}, None)
    if as_json:
        json_out(removed)
        return
    told = ", ".join(f"{removed[name]:,} {name}" for name in ("tasks", "films", "deliveries"))
    freed = f"{removed['files']:,} files ({amount(removed['bytes'])})"
    click.echo(f"{'would remove' if dry_run else 'removed'} {told}, {freed}")


@click.command(context_settings=CONTEXT, short_help="Who did what; newest first.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@as_json_option
@where
def audit(limit: int, as_json: bool, data: Path | None, config: Path | None) -> None:
    """Who did what to keys, webhooks, providers and data; newest first.

    \b
    reelway audit --limit 20
    reelway audit --json | jq -r '.[] | select(.act == "webhook.delete")'
    """
    rows: list[dict[str, Any]] = order(data, config, {"do": "audit.list", "limit": limit})
    if as_json:
        json_out(rows)
        return
    table(
        HEADS,
        [
            (moment(r["at"]), r["actor"], r["act"], r["subject"], _more(r["act"], r["data"]))
            for r in rows
        ],
    )


def _more(act: str, data: Mapping[str, Any]) -> str:
    """What there is to say: no lists with nothing in them, nothing that is not so; and dollars."""
    limits = data if act == "key.budget" else data.get("budget", {})
    rest = {} if act == "key.budget" else {n: v for n, v in data.items() if n != "budget"}
    said = {n: v for n, v in rest.items() if not (v is False or v in (None, "", [], {}))}
    return words_of(said | {f"budget {span}": _dollars(v) for span, v in limits.items()})


def _dollars(amount: int | None) -> str:
    from reelway.money import shown

    return "none" if amount is None else f"{shown(amount)} USD"
