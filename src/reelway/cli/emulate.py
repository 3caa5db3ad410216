"""`serve --emulate VENDOR`: the options of an emulation, which are its settings by their names."""

from __future__ import annotations

import functools
from typing import Any

import click

from reelway.cli.options import Command

HEAD = "emulate_"
OPTIONS = (
    click.option(
        "--emulate",
        "emulate_wires",
        multiple=True,
        metavar="VENDOR",
        help="Behave as novita, myrouter, mulerouter or aihubmax does; may come several times.",
    ),
    click.option("--emulate-model", help="What makes the films (default animatic-still)."),
    click.option(
        "--emulate-latency", metavar="SECONDS", help='Until a task ends: 4, or a range, "2-6".'
    ),
    click.option("--emulate-failure-rate", metavar="SHARE", help="Of tasks that fail, 0 to 1."),
    click.option(
        "--emulate-error-rate", metavar="SHARE", help="Of creates answered with 429, 500 or 503."
    ),
    click.option("--emulate-seed", metavar="NUMBER", help="What failures are drawn from."),
    click.option("--emulate-link-seconds", metavar="SECONDS", help="That a film's link lives."),
    click.option("--emulate-slots-per-key", metavar="NUMBER", help="Of open tasks; more: 429."),
    click.option("--emulate-requests-per-minute", metavar="NUMBER", help="Of creates; more: 429."),
    click.option("--emulate-balance", metavar="DOLLARS", help="That a key begins with."),
)


def emulate_options(command: Command) -> Command:
    """Hands them on as `emulate`, ready to be settings."""

    @functools.wraps(command)
    def called(**given: Any) -> Any:
        emulate = {name.removeprefix(HEAD): given.pop(name) for name in list(given) if _ours(name)}
        emulate["wires"] = list(emulate["wires"])
        return command(emulate={k: v for k, v in emulate.items() if v not in (None, [])}, **given)

    for option in reversed(OPTIONS):
        called = option(called)
    return called


def _ours(name: str) -> bool:
    return name.startswith(HEAD)
