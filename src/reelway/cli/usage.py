"""`reelway usage`: what was ordered for money; also while the server runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from reelway.cli.options import CONTEXT, as_json_option
from reelway.cli.orders import order, where
from reelway.cli.shown import Head, complain, json_out, table

NUMBERS = ("tasks", "seconds", "usd held", "spent")


@click.command(context_settings=CONTEXT, short_help="What was ordered for money.")
@click.option(
    "--by",
    metavar="NAMES",
    help="Some of owner, key, provider, model, resolution, day, with commas between "
    "(default key,provider,model).",
)
@click.option("--from", "first", metavar="DAY", help="Such as 2026-03-01 (default: of this month).")
@click.option("--to", "last", metavar="DAY", help="The last day, which counts too (default today).")
@as_json_option
@click.option("--csv", "as_csv", is_flag=True, help="A table with a head, as RFC 4180 has it.")
@where
def usage(
    by: str | None,
    first: str | None,
    last: str | None,
    as_json: bool,
    as_csv: bool,
    data: Path | None,
    config: Path | None,
) -> None:
    """What was ordered for money, of all owners, as sums over days.

    Held is what tasks may still take, spent what they took, both in US dollars; in JSON and CSV as
    whole millionths, reserved and settled. What is free is not in it.

    \b
    reelway usage
    reelway usage --by day,model --from 2026-03-01 --to 2026-03-31 --csv > march.csv
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv cannot be used together")
    report: dict[str, Any] = order(
        data, config, {"do": "usage", "by": by, "from": first, "to": last}, 60
    )
    if as_json:
        return json_out(report)
    if as_csv:
        from reelway.usage import as_csv as text_of

        return click.echo(text_of(report).encode(), nl=False)
    names = report["by"]
    heads = [Head(name=name) for name in (*names, *NUMBERS)]
    if not report["data"]:
        return complain(f"nothing was ordered for money from {report['from']} to {report['to']}")
    rows = [(*(str(line[name]) for name in names), *_numbers(line)) for line in report["data"]]
    if sys.stdout.isatty() and names:
        rows.append(("total", *[""] * (len(names) - 1), *_numbers(report["total"])))
    table(heads, rows)


def _numbers(line: dict[str, Any]) -> tuple[str, ...]:
    from reelway.money import shown

    return (
        str(line["tasks"]),
        str(line["seconds"]),
        shown(line["reserved"]),
        shown(line["settled"]),
    )
