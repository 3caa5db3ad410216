"""`reelway task wait`: until tasks are over, several at a time.

A terminal gets a bar for each on standard error, anything else a line whenever there is news. What
came of it goes to standard output at the end, in the order of the ids.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from reelway.cli.about import progress_of
from reelway.cli.options import Place, about_server, refused
from reelway.cli.shown import complain, json_out
from reelway.client import AboutTask, AsyncClient, AsyncTask, Error, WaitTimeout

TIME_OVER = 4  # the exit code
STEP = 10  # per cent between two lines

Tell = Callable[[AsyncTask], None]


@dataclass(frozen=True, kw_only=True)
class End:
    """What came of one: what to print, or why not."""

    entry: Mapping[str, Any]
    said: str = ""
    code: int = 0
    complaint: str = ""
    lost: Error | None = None  # that is about the server, not about the task


async def wait_for(
    place: Place, ids: Sequence[str], seconds: float | None, output: Path | None, as_json: bool
) -> int:
    """The exit code. Raises Error where it is the server that is at fault."""
    ids = list(dict.fromkeys(ids))
    async with place.async_client() as client:
        with _bars(ids) if sys.stderr.isatty() else _lines() as tell:
            ends = await asyncio.gather(*(_end(client, id, seconds, output, tell) for id in ids))
        if as_json:
            json_out([end.entry for end in ends])
        for end in ends:
            if end.complaint:
                complain(end.complaint)
            elif end.said and not as_json:
                click.echo(f"{end.entry['id']}\t{end.said}" if len(ids) > 1 else end.said)
        if lost := next((end.lost for end in ends if end.lost), None):
            raise lost
    codes = {end.code for end in ends}
    return 1 if 1 in codes else max(codes)


async def _end(
    client: AsyncClient, id: str, seconds: float | None, output: Path | None, tell: Tell
) -> End:
    try:
        task = await client.wait(id, seconds, tell)
        if not output:
            return End(entry=task.data, said=task.film.url if task.film else "")
        path = str(await client.download(id, output))
        return End(entry={**task.data, "path": path}, said=path)
    except WaitTimeout as error:
        return End(
            entry=error.task.data, code=TIME_OVER, complaint=f"{id}: {error.message}; it goes on"
        )
    except AboutTask as error:
        why = f": {error.message}" if error.task.status == "failed" else ""
        complaint = f"{id}: {error.task.status}{why}"
        return End(entry=error.task.data, code=1, complaint=complaint)
    except Error as error:
        lost = error if about_server(error) else None
        complaint = "" if lost else f"{id}: {error.message}"
        return End(entry=refused(id, error), code=1, complaint=complaint, lost=lost)
    except OSError as error:
        words = f"{output} cannot be written: {error.strerror or error}"
        entry = {**task.data, "path": None}
        return End(entry=entry, code=1, complaint=f"{id}: {words}")


@contextmanager
def _bars(ids: Sequence[str]) -> Iterator[Tell]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    console = Console(stderr=True)
    name = [TextColumn("{task.fields[id]}", markup=False)] if len(ids) > 1 else []
    columns = *name, TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()
    with Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False) as bars:
        bar = {id: bars.add_task("", total=100, id=id) for id in ids}
        yield lambda task: bars.update(
            bar[task.id], description=progress_of(task, percent=False), completed=task.progress
        )


@contextmanager
def _lines() -> Iterator[Tell]:
    last: dict[str, tuple[Any, int]] = {}

    def tell(task: AsyncTask) -> None:
        stand, progress = last.get(task.id, (None, 0))
        if stand != (task.status, task.attempt) or task.progress >= progress + STEP:
            last[task.id] = (task.status, task.attempt), task.progress
            click.echo(f"{task.id} {progress_of(task)}", err=True)

    yield tell
