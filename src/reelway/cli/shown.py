"""How things are told: to people on a terminal, to programs behind a pipe.

    table(heads, rows)       fitted to the terminal; behind a pipe, cells with tabs between
    pairs(rows)              a name and what there is to say, one below the other
    json_out(data)           one document
    complain(words)          one line on standard error

What users wrote cannot steer the terminal: control characters are made harmless here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import click

# Control characters, and those that turn the direction of writing.
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
BETWEEN = 2  # spaces between columns
NARROWEST = 16  # of a text that may be cut
COLOURS = {"succeeded": "green", "failed": "red", "cancelled": "yellow", "running": "cyan"}


@dataclass(frozen=True, kw_only=True)
class Head:
    """A column. Where there is no room, that with the highest `rank` goes first; 0 stays."""

    name: str
    rank: int = 0
    text: bool = False  # may be cut at its end


def safe(text: str) -> str:
    """Printable lines."""
    return UNSAFE.sub(" ", text.replace("\r\n", "\n").replace("\t", " "))


def one_line(text: str) -> str:
    return " ".join(safe(text).split())


def table(heads: Sequence[Head], rows: Iterable[Sequence[str]]) -> None:
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(map(one_line, row)))
        return
    from rich.cells import cell_len

    cells = [[one_line(cell) for cell in row] for row in rows]
    wanted = [
        max([cell_len(head.name), *(cell_len(row[n]) for row in cells)])
        for n, head in enumerate(heads)
    ]
    widths = fitted(heads, wanted, _room())
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    for row in ([head.name.upper() for head in heads], *cells):
        parts = [_coloured(_cut(row[n], width), row[n]) for n, width in widths.items()]
        click.echo((" " * BETWEEN).join(parts).rstrip(), color=not plain)


def _coloured(text: str, word: str) -> str:
    return click.style(text, fg=COLOURS[word]) if word in COLOURS else text


def fitted(heads: Sequence[Head], wanted: Sequence[int], room: int) -> dict[int, int]:
    """The columns, by number, that have room beside each other, and how wide each is."""
    widths = {
        n: min(wide, NARROWEST) if head.text else wide
        for n, (head, wide) in enumerate(zip(heads, wanted, strict=True))
    }
    while (left := room - sum(widths.values()) - BETWEEN * (len(widths) - 1)) < 0:
        last = max(widths, key=lambda n: heads[n].rank)
        if not heads[last].rank:
            break
        del widths[last]
    for n in widths:
        more = max(0, min(left, wanted[n] - widths[n]))
        widths[n] += more
        left -= more
    return widths


def _cut(text: str, width: int) -> str:
    """Exactly so many columns of a terminal."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) > width:
        return set_cell_size(text, width - 1) + "…"
    return set_cell_size(text, width)


def _room() -> int:
    return shutil.get_terminal_size().columns


def pairs(rows: Iterable[tuple[str, str]]) -> None:
    """Long texts are wrapped for a terminal; what has no spaces, such as a link, stays whole."""
    told = [(name, safe(text)) for name, text in rows if text]
    indent = max((len(name) for name, _ in told), default=0) + BETWEEN
    for name, text in told:
        for n, line in enumerate(_lines(text, indent)):
            click.echo(f"{name if n == 0 else '':{indent}}{line}".rstrip())


def _lines(text: str, indent: int) -> list[str]:
    lines = text.split("\n")
    if not sys.stdout.isatty():
        return lines
    from rich.console import Console
    from rich.text import Text

    console, room = Console(), max(_room() - indent, NARROWEST)
    out: list[str] = []
    for line in lines:
        whole = " " not in line.strip()
        out += [line] if whole else [part.plain.rstrip() for part in Text(line).wrap(console, room)]
    return out


def json_out(data: Any) -> None:
    """Characters as they are where standard output can have them."""
    plain = "utf" in (sys.stdout.encoding or "").lower()
    indent = 2 if sys.stdout.isatty() else None
    click.echo(json.dumps(data, ensure_ascii=not plain, indent=indent))


def complain(words: str) -> None:
    click.echo(f"reelway: {one_line(words)}", err=True)


def moment(at: int | None) -> str:
    """Of UTC milliseconds, this machine's time."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at / 1000)) if at else ""


def amount(size: int) -> str:
    """Of bytes."""
    if size < 1000:
        return f"{size} B"
    for unit, of in (("kB", 10**3), ("MB", 10**6)):
        if size < of * 1000:
            return f"{size / of:.1f} {unit}"
    return f"{size / 10**9:.1f} GB"


def words_of(value: Any) -> str:
    """Plain data as text: lists with commas, tables as "name value", one line a table."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "; ".join(f"{name} {words_of(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        between = "\n" if any(isinstance(entry, dict) for entry in value) else ", "
        return between.join(map(words_of, value))
    return "" if value is None else str(value)
