"""The commands and their options; what they do is in the modules beside this one and in `app`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reelway import __version__
from reelway.cli.completion import completion
from reelway.cli.emulate import emulate_options
from reelway.cli.estimate import estimate
from reelway.cli.film import film_options
from reelway.cli.keys import keys
from reelway.cli.models import models
from reelway.cli.openapi import openapi
from reelway.cli.options import CONTEXT, InOrder
from reelway.cli.orders import settings_of, where
from reelway.cli.providers import providers
from reelway.cli.task import task
from reelway.cli.upkeep import audit, backup, sweep
from reelway.cli.usage import usage

if TYPE_CHECKING:
    from reelway.settings import Settings

GUIDE = """
  key      {key}

  The call that you send to Novita today, with only the host changed:

    curl {address}/v3/async/kling-v3.0-std-t2v \\
      -H "Authorization: Bearer {key}" -H "Content-Type: application/json" \\
      -d '{{"prompt": "Waves roll onto a rocky coast at dawn, slow pan right", "sound": true}}'

  Then, with the task_id of its answer, until there is a video_url:

    curl -H "Authorization: Bearer {key}" "{address}/v3/async/task-result?task_id=TASK_ID"

  Every field, and the same in MyRouter's, MuleRouter's and AIHubMax's words: {address}/docs

  Ctrl-C stops the server; an accepted task goes on at the next start."""


@click.group(cls=InOrder, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="reelway")
def cli() -> None:
    """The open, self-hosted server for AI video generation.

    \b
    reelway serve                                 one task API in the formats of many vendors
    reelway generate "a coast at dawn" -o a.mp4   one film, with no server and no key
    reelway estimate "a coast at dawn"            what it would cost at a server, and who makes it
    reelway task list                             what a server makes, and has made
    """


@cli.command(context_settings=CONTEXT)
@click.option("--host", help="Address to listen on (default 127.0.0.1).")
@click.option("--port", type=int, help="Port to listen on (default 8080; 0: any free one).")
@click.option("--paused", is_flag=True, help="Accept tasks, run none.")
@click.option("--allow-private", multiple=True, metavar="CIDR", help="Fetch images from there too.")
@click.option("--guide", is_flag=True, help="Print the key and a call to paste, once ready.")
@emulate_options
@where
def serve(
    host: str | None,
    port: int | None,
    paused: bool,
    allow_private: tuple[str, ...],
    guide: bool,
    emulate: dict[str, Any],
    data: Path | None,
    config: Path | None,
) -> None:
    """Serve until stopped. Ready when GET /readyz answers 200.

    The key of the first start is in <data>/local.key; `reelway keys create` makes more.
    """
    from reelway import app, log
    from reelway.emulate import arranged, told
    from reelway.folder import Folder
    from reelway.wire import wires

    given = {
        "host": host,
        "port": port,
        "data": data,
        "allow_private": allow_private or None,
        "emulate": emulate or None,
    }

    def read() -> Settings:
        return arranged(settings_of(config, **given), wires())

    settings = read()
    log.set_up(settings.log_format, settings.log_level)

    def on_ready(address: str, folder: Folder) -> None:
        for line in told(settings, wires()):
            click.echo(line)
        click.echo(f"Reelway {__version__} listens on {address}; key in {folder.local_key}")
        if guide:
            key = folder.local_key.read_text().strip()
            click.echo(GUIDE.format(address=address, key=key))
        sys.stdout.flush()

    run(app.serve(settings, paused=paused, on_ready=on_ready, read=read))


def run(main: Any) -> Any:
    """On uvloop where it is installed."""
    import asyncio

    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    return uvloop.run(main)


@cli.command(
    context_settings=CONTEXT, short_help="Make one film here, with no server and no database."
)
@click.argument("prompt")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True)
@film_options
@click.option(
    "--captions-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Put the dialogue's captions there: WebVTT, or SubRip for a name that ends in .srt.",
)
@where
def generate(
    prompt: str,
    output: Path,
    captions_file: Path | None,
    data: Path | None,
    config: Path | None,
    **fields: Any,
) -> None:
    """Make one film from PROMPT, here, with no server and no database.

    \b
    reelway generate "Waves roll onto a rocky coast at dawn, slow pan right" -o coast.mp4 --sound
    reelway generate "" -o film.mp4 --shot "3: a lighthouse in fog" --shot "4: the keeper climbs"
    """
    import asyncio

    from reelway.cli.generate import make_film, request_of

    settings = settings_of(config, data=data)
    request = request_of(prompt, **fields)
    frames = {"first_frame": fields["first_frame"], "last_frame": fields["last_frame"]}
    asyncio.run(make_film(request, frames, output, settings, captions_file))


@cli.command(context_settings=CONTEXT)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@where
def check(as_json: bool, data: Path | None, config: Path | None) -> None:
    """Look whether everything is there that is needed.

    Each finding is ok, warn or FAIL, with a hint; exit code 1 where one is FAIL.
    """
    import asyncio

    from reelway.cli.check import findings

    async def look() -> bool:
        rows = []
        async for found in findings(settings):
            rows.append({"what": found.what, "level": found.level.lower(), "say": found.say})
            if not as_json:  # as they come: some take a second
                click.echo(f"{found.level:5} {found.what}: {found.say}")
        if as_json:
            click.echo(json.dumps(rows, ensure_ascii=False))
        return all(row["level"] != "fail" for row in rows)

    settings = settings_of(config, data=data)
    if not asyncio.run(look()):
        sys.exit(1)


for command in (
    estimate, keys, task, models, providers, usage, backup, sweep, audit, openapi, completion,
):  # fmt: skip
    cli.add_command(command)
# As the help lists them: what one begins with first, what is seldom wanted last.
FIRST = ("serve", "generate", "estimate", "task", "models", "keys", "providers", "usage")
LAST = ("check", "openapi", "completion")
others = [name for name in cli.commands if name not in (*FIRST, *LAST)]
cli.commands = {name: cli.commands[name] for name in (*FIRST, *others, *LAST)}
