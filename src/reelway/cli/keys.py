"""`reelway keys …`: API keys and their budgets; also while the server runs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from reelway.cli.options import CONTEXT, Command, InOrder, as_json_option
from reelway.cli.orders import order, where
from reelway.cli.shown import Head, json_out, pairs, table

NO_LIMIT = "none"
HEADS = (
    Head(name="key"),
    Head(name="state"),
    Head(name="made", rank=3),
    Head(name="owner"),
    Head(name="role", rank=4),
    Head(name="name", rank=1),
    Head(name="budget", rank=2, text=True),
)
SPANS = ("day", "month", "total")  # see `reelway.money`, which is slow to load


def dollars(_: click.Context, option: click.Parameter, value: str | None) -> int | str | None:
    """Decimal US dollars, as settings have them, as whole micro-units; or NO_LIMIT."""
    if value in (None, NO_LIMIT):
        return value
    from pydantic import TypeAdapter, ValidationError

    from reelway.section import Money

    try:
        return TypeAdapter[int](Money).validate_python(value)
    except ValidationError as error:
        words = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise click.BadParameter(f"{words}; or {NO_LIMIT}") from None


def budgets(head: str) -> Command:
    """The options --day, --month and --total, each with `head` before its name."""

    def decorate(command: Command) -> Command:
        for span in reversed(SPANS):
            when = "in all" if span == "total" else f"a {span}"
            command = click.option(
                f"--{head}{span}",
                span,
                callback=dollars,
                metavar="DOLLARS",
                help=f"That it may spend and hold {when}, such as 5 or 0.84.",
            )(command)
        return command

    return decorate


def _given(amounts: Mapping[str, int | str | None]) -> dict[str, int | None]:
    return {
        span: None if isinstance(amount, str) else amount
        for span, amount in amounts.items()
        if amount is not None
    }


@click.group(cls=InOrder, context_settings=CONTEXT, short_help="API keys, and what they may spend.")
def keys() -> None:
    """Make, list and revoke API keys, and set their budgets; also while the server runs.

    \b
    reelway keys create --name ci --owner ann
    reelway keys budget rw_4fJ2kQ9x --day 5
    """


@keys.command(context_settings=CONTEXT)
@click.option("--name", required=True, help="What you will tell the key by.")
@click.option("--owner", default="local", show_default=True, help="Made where there is none yet.")
@click.option(
    "--dedupe-seconds",
    type=click.IntRange(0),
    default=0,
    help="For clients without Idempotency-Key: an equal request within this time is the same one.",
)
@budgets("budget-")
@where
def create(
    name: str,
    owner: str,
    dedupe_seconds: int,
    data: Path | None,
    config: Path | None,
    **amounts: int | str | None,
) -> None:
    """Make a key and print it; it is shown this once.

    \b
    reelway keys create --name ci --owner ann --budget-day 5 --budget-month 50
    """
    what = {"name": name, "owner": owner, "dedupe_seconds": dedupe_seconds}
    if budget := _given(amounts):
        what["budget"] = budget
    click.echo(order(data, config, {"do": "keys.create", **what}))


@keys.command("list", context_settings=CONTEXT)
@as_json_option
@where
def list_keys(as_json: bool, data: Path | None, config: Path | None) -> None:
    """List the keys, without their secrets."""
    rows: list[dict[str, Any]] = order(data, config, {"do": "keys.list"})
    if as_json:
        return json_out(rows)
    table(HEADS, [_row(row) for row in rows])


def _row(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        row["prefix"],
        "revoked" if row["revoked_at"] else "in use",
        time.strftime("%Y-%m-%d", time.gmtime(row["created_at"] / 1000)),
        row["owner"],
        row["role"],
        row["name"],
        _limits(row["budget"]),
    )


@keys.command(context_settings=CONTEXT, short_help="What a key may spend: show it, or set it.")
@click.argument("prefix")
@budgets("")
@click.option("--none", "no_limits", is_flag=True, help="Take every limit off.")
@where
def budget(
    prefix: str,
    no_limits: bool,
    data: Path | None,
    config: Path | None,
    **amounts: int | str | None,
) -> None:
    """Set what the key with PREFIX may spend, or, with no option, show it and what is used of it.

    Limits that are not named stay as they are. A limit is checked when a task is ordered: what is
    held for tasks that are not over counts as much as what is spent. Days and months are those of
    the setting budget_zone. PREFIX is the beginning of the key, as `keys list` has it.

    \b
    reelway keys budget rw_4fJ2kQ9x
    reelway keys budget rw_4fJ2kQ9x --day 5 --month 50
    reelway keys budget rw_4fJ2kQ9x --day none
    """
    changes = _given(amounts)
    if no_limits and changes:
        raise click.UsageError("--none takes every limit off: give no others with it")
    if no_limits:
        changes = dict.fromkeys(SPANS)
    if not changes:
        return pairs(_used(prefix, data, config))
    told = order(data, config, {"do": "keys.budget", "prefix": prefix, "budget": changes})
    return click.echo(f"{told['prefix']}  {_limits(told['budget']) or 'no limit'}")


def _used(prefix: str, data: Path | None, config: Path | None) -> Iterator[tuple[str, str]]:
    """What the key has spent and holds, beside what it may."""
    from reelway.errors import UnknownTask
    from reelway.money import shown

    rows: list[dict[str, Any]] = order(data, config, {"do": "keys.list"})
    row = next((r for r in rows if prefix.startswith(r["prefix"])), None)
    if row is None:
        raise UnknownTask(f"no key starts with {prefix}", field="prefix")
    ask = {"do": "usage", "by": "key"}
    month = order(data, config, ask)
    firsts = {"day": month["to"], "month": month["from"], "total": "2000-01-01"}
    yield "key", f"{row['prefix']}, {row['name']}, of {row['owner']}"
    for span, first in firsts.items():
        lines = order(data, config, {**ask, "from": first, "to": month["to"]})["data"]
        used = sum(x["reserved"] + x["settled"] for x in lines if x["key"] == row["prefix"])
        limit = row["budget"][span]
        spent = f"{shown(used)} USD"
        yield span, f"{spent}, no limit" if limit is None else f"{spent} of {shown(limit)}"


@keys.command(context_settings=CONTEXT, short_help="Refuse a key from now on.")
@click.argument("prefix")
@where
def revoke(prefix: str, data: Path | None, config: Path | None) -> None:
    """Revoke the key with PREFIX (or the whole key); it is refused from now on."""
    click.echo(f"revoked {order(data, config, {'do': 'keys.revoke', 'prefix': prefix})}…")


def _limits(amounts: Mapping[str, int | None]) -> str:
    from reelway.money import shown

    told = {"day": "{} a day", "month": "{} a month", "total": "{} in all"}
    set_ = [told[s].format(f"{shown(a)} USD") for s in SPANS if (a := amounts[s]) is not None]
    return ", ".join(set_)
