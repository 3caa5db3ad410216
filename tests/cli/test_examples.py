"""Every command that the docs and the help texts print is one, with its options and values."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from reelway.cli.main import cli

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("cli.md", "money.md", "providers.md")
BLOCK = re.compile(r"^```(?:sh)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ENDS = {"|", ">", ">>", "&&", ";"}  # of a command in a shell


def in_docs() -> Iterator[str]:
    for page in PAGES:
        for block in BLOCK.findall((DOCS / page).read_text()):
            yield from block.replace("\\\n", " ").splitlines()


def in_help(command: click.Command = cli) -> Iterator[str]:
    # Beside a command there may stand what it does, after some spaces.
    yield from (line.strip().split("   ")[0] for line in (command.help or "").splitlines())
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        yield from in_help(inner)


def lines(found: Iterator[str]) -> list[str]:
    return sorted({line.strip() for line in found if line.strip().startswith("reelway ")})


def parse(line: str) -> None:
    """As the shell and click would; nothing is run. Raises UsageError."""
    plain = re.sub(r"<[^>]*>", "x", line).replace("…", "x").replace("$(date +%F)", "x")
    words = shlex.split(plain, comments=True)[1:]
    words = words[: next((n for n, word in enumerate(words) if word in ENDS), None)]
    command: click.Command = cli
    while isinstance(command, click.Group) and words and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    if words == ["--help"]:
        return
    assert not isinstance(command, click.Group) or command.invoke_without_command, line
    command.make_context(command.name, words)


@pytest.mark.parametrize("line", lines(in_docs()))
def test_a_command_of_the_docs(line: str) -> None:
    parse(line)


@pytest.mark.parametrize("line", lines(in_help()))
def test_a_command_of_the_help(line: str) -> None:
    parse(line)


def test_they_were_found() -> None:
    assert len(lines(in_docs())) > 40 and len(lines(in_help())) > 30


@pytest.mark.parametrize(
    "line", ["reelway task cancel x --abandoned", "reelway films", "reelway keys"]
)
def test_what_is_none_is_seen(line: str) -> None:
    with pytest.raises((click.UsageError, AssertionError)):
        parse(line)
