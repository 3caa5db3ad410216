"""`reelway task`: the tasks of a server, over HTTP."""

from __future__ import annotations

import functools
import math
import re
import sys
from collections.abc import Callable, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reelway.cli.options import (
    CONTEXT,
    InOrder,
    Place,
    about_server,
    as_json_option,
    on_server,
    refused,
)
from reelway.cli.orders import order, where
from reelway.cli.shown import (
    Head,
    complain,
    json_out,
    moment,
    one_line,
    pairs,
    table,
)

if TYPE_CHECKING:
    from reelway.client import Client, Error, Task

    ParamType = click.ParamType[str]
else:
    ParamType = click.ParamType  # has no type of its own before click 8.2

STATUSES = ("queued", "running", "succeeded", "failed", "cancelled")
HEADS = (
    Head(name="id"),
    Head(name="status"),
    Head(name="done", rank=1),
    Head(name="model", rank=4),
    Head(name="engine", rank=5),
    Head(name="accepted", rank=3),
    Head(name="prompt", rank=2, text=True),
)
ID = re.compile(r"[A-Za-z0-9_-]{1,80}")  # as ids.PUBLIC_ID, which is slow to load
OFFERED = 20  # ids that a shell is offered
PATIENCE = 1.0  # seconds that a shell may wait for them


class TaskId(ParamType):
    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not ID.fullmatch(value):
            self.fail(f"{value!r} is not the id of a task", param, ctx)
        if re.match("(asset|voice|element)_", value):
            self.fail(f"{value} is an upload, a voice or an element, not a task", param, ctx)
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[Any]:
        """The newest ones, where the server answers soon; a shell is told no more than that."""
        from click.shell_completion import CompletionItem

        from reelway.client import Error

        given = {name: ctx.params.get(name) for name in ("url", "key", "data")}
        try:
            with Place(**given).client(retries=0, timeout=PATIENCE) as client:
                tasks = list(client.tasks(OFFERED))
        except (Error, click.BadParameter, OSError):
            return []
        return [
            CompletionItem(t.id, help=f"{t.status} {one_line(t.prompt)[:50]}".strip())
            for t in tasks
            if t.id.startswith(incomplete)
        ]


class Seconds(click.FloatRange):
    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"{value} is no number", param, ctx)
        return found


id_argument = click.argument("id", type=TaskId())
ids_argument = click.argument("ids", type=TaskId(), nargs=-1, required=True, metavar="ID...")
output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="A file, or a folder."
)


@click.group(cls=InOrder, context_settings=CONTEXT)
def task() -> None:
    """List, follow and fetch the tasks of a server.

    \b
    reelway task list --status running
    reelway task wait task_01K… -o film.mp4
    """


def _printable(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.isprintable():
        raise click.BadParameter("must be printable")
    return value


@task.command("list", context_settings=CONTEXT)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@click.option("--status", type=click.Choice(STATUSES), help="Only those in it.")
@click.option("--model", callback=_printable, help="Only those of this family of models.")
@as_json_option
@on_server
def list_tasks(place: Place, limit: int, status: Any, model: str | None, as_json: bool) -> None:
    """The newest tasks.

    \b
    reelway task list --limit 5
    reelway task list --status failed | cut -f1      ids alone: behind a pipe, tabs are between
    reelway task list --json | jq -r '.[].film.url'
    """
    with place.client() as client:
        found = client.tasks(limit, status=status, model=model)
        if as_json:
            return json_out([dict(task.data) for task in found])
        first = next(found, None)
        if first is None:
            return click.echo("no tasks", err=True)
        table(HEADS, map(_row, chain([first], found)))


def _row(task: Task) -> tuple[str, ...]:
    shots = task.data.get("shots") or [{}]
    return (
        task.id,
        task.status,
        f"{task.progress} %",
        task.model,
        task.engine or "",
        moment(task.accepted_at),
        task.prompt or str(shots[0].get("prompt", "")),
    )


@task.command(context_settings=CONTEXT)
@id_argument
@as_json_option
@on_server
def show(place: Place, id: str, as_json: bool) -> None:
    """All about one task.

    How far it is, what was understood of it and what was not used, where its film is.

    \b
    reelway task show task_01K…
    """
    from reelway.cli.about import about

    with place.client() as client:
        found = client.task(id)
    if as_json:
        json_out(dict(found.data))
    else:
        pairs(about(found))


@task.command(context_settings=CONTEXT)
@ids_argument
@click.option("--timeout", type=Seconds(0), help="Seconds; after them, exit code 4.")
@output_option
@as_json_option
@on_server
def wait(
    place: Place,
    ids: tuple[str, ...],
    timeout: float | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Wait until tasks are over, and fetch their films.

    Prints each film's link, or with -o the file that it was put in.

    How far they are is told on standard error. Exit code 0 when all have succeeded, 1 when one has
    not, 4 when the time was over before.

    \b
    reelway task wait task_01K… -o film.mp4 --timeout 600
    reelway task wait task_01K… task_01L… -o films/
    """
    import asyncio

    from reelway.cli.output import check_kept
    from reelway.cli.wait import wait_for

    if output:
        if len(set(ids)) > 1 and not output.is_dir():
            raise click.BadParameter("for several tasks, it must be a folder", param_hint="'-o'")
        check_kept(output)
    sys.exit(asyncio.run(wait_for(place, ids, timeout, output, as_json)))


@task.command(context_settings=CONTEXT)
@ids_argument
@click.option(
    "--abandon", is_flag=True, help="Also what a vendor works on: it costs what it costs."
)
@as_json_option
@on_server
def cancel(place: Place, ids: tuple[str, ...], abandon: bool, as_json: bool) -> None:
    """Stop tasks that are not over.

    No vendor can be told to stop. A task that one works on is refused here, unless it is abandoned:
    then it ends as cancelled, costs what it costs, and its film is kept (`task download --late`).

    \b
    reelway task cancel task_01K…
    reelway task cancel task_01K… --abandon
    """
    from reelway.cli.about import held_after_its_end

    def one(client: Client, id: str) -> tuple[Mapping[str, Any], str]:
        found = client.cancel(id, abandon=abandon)
        on = held_after_its_end(found)
        more = f"; {found.engine} goes on with it, and {found.cost} are held" if on else ""
        return found.data, f"cancelled {id}{more}"

    _each(place, ids, one, as_json)


@task.command(context_settings=CONTEXT)
@id_argument
@output_option
@click.option("--poster", is_flag=True, help="The poster, a JPEG, in place of the film.")
@click.option(
    "--captions",
    type=click.Choice(("vtt", "srt")),
    help="The dialogue's captions, WebVTT or SubRip, in place of the film.",
)
@click.option("--late", is_flag=True, help="Also a film that came after its task had ended.")
@as_json_option
@on_server
def download(
    place: Place,
    id: str,
    output: Path | None,
    poster: bool,
    captions: str | None,
    late: bool,
    as_json: bool,
) -> None:
    """Fetch a film, its poster or its captions.

    It is checked by size and SHA-256, and where it was put is printed. Without -o it is named by
    its task, here. A file that is there is replaced.

    \b
    reelway task download task_01K… -o coast.mp4
    reelway task download task_01K… --poster
    reelway task download task_01K… --captions srt
    reelway task download task_01K… --late           of a task that was abandoned or lost
    """
    from reelway.cli.output import check_kept

    output = output or Path()
    if captions and output.suffix != f".{captions}":
        output = output / f"{id}.{captions}" if output.is_dir() else Path(f"{output}.{captions}")
    check_kept(output)
    with place.client(retries=4) as client:
        film = functools.partial(client.download, late=late)
        fetch = client.captions if captions else client.poster if poster else film
        path = _fetched(fetch, id, output)
    if as_json:
        json_out({"id": id, "path": str(path)})
    else:
        click.echo(path)


def _fetched(fetch: Callable[[str, Path], Path], id: str, output: Path) -> Path:
    from reelway.client import Conflict
    from reelway.errors import Internal

    try:
        return fetch(id, output)
    except Conflict as error:
        raise _here(error) from None
    except OSError as error:
        raise Internal(f"{output} cannot be written: {error.strerror or error}") from None


@task.command(context_settings=CONTEXT)
@ids_argument
@as_json_option
@on_server
def delete(place: Place, ids: tuple[str, ...], as_json: bool) -> None:
    """Forget tasks that are over, with their films.

    \b
    reelway task delete task_01K…
    reelway task list --status failed | cut -f1 | xargs reelway task delete
    """

    def one(client: Client, id: str) -> tuple[Mapping[str, Any], str]:
        client.delete(id)
        return {"id": id, "deleted": True}, f"deleted {id}"

    _each(place, ids, one, as_json)


@task.command(context_settings=CONTEXT)
@id_argument
@click.option("--receipt", metavar="ID", help="The vendor has it, by this id of its own.")
@click.option("--none", "nothing", is_flag=True, help="The vendor has nothing of it.")
@where
def resolve(
    id: str, receipt: str | None, nothing: bool, data: Path | None, config: Path | None
) -> None:
    """Say what became of a create whose answer was lost.

    It is held, and never sent again by itself, as that may be paid twice; `task show` has a line
    "in doubt". Look at the vendor's own list of tasks; with --none it is sent again.

    \b
    reelway task list --status running --json | jq -r '.[] | select(.report.ambiguous) | .id'
    reelway task resolve task_01K… --receipt 8e1e315e-b50d-4334-a231-be7d19a372f4
    reelway task resolve task_01K… --none
    """
    if (receipt is None) != nothing:
        raise click.UsageError("say --receipt ID or --none, one of them")
    told = order(data, config, {"do": "task.resolve", "id": id, "receipt": receipt})
    click.echo(f"{told['id']} is {told['status']}")


def _here(error: Error) -> Error:
    """What the SDK would have to be called with, as options of ours."""
    for said, option in (("cancel(abandon=True)", "--abandon"), ("download(late=True)", "--late")):
        error.message = error.message.replace(said, option)
    return error


def _each(
    place: Place,
    ids: tuple[str, ...],
    one: Callable[[Client, str], tuple[Mapping[str, Any], str]],
    as_json: bool,
) -> None:
    """One after the other, also after one that could not be; but a server that is away, or does
    not know the key, is asked no further. `one` answers what JSON says, and what people read."""
    from reelway.client import Error

    out: list[Mapping[str, Any]] = []
    lost: Error | None = None
    with place.client() as client:
        for id in dict.fromkeys(ids):
            try:
                if lost:
                    raise lost
                entry, said = one(client, id)
                if not as_json:
                    click.echo(said)
            except Error as error:
                error = _here(error)
                entry = refused(id, error)
                if about_server(error):
                    lost = error
                else:
                    complain(f"{id}: {error.message}")
            out.append(entry)
        if as_json:
            json_out(out)
        if lost:
            raise lost
    sys.exit(any("error" in entry and "status" not in entry for entry in out))
