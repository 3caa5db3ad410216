"""`reelway openapi`: a wire's document as a server would give it, without one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reelway.cli.options import CONTEXT
from reelway.cli.output import check_output

URL = "http://127.0.0.1:8080"


def _names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
    from click.shell_completion import CompletionItem

    from reelway.wire import wires

    return [
        CompletionItem(name, help=wire.title)
        for name, wire in wires().items()
        if name.startswith(incomplete)
    ]


@click.command(context_settings=CONTEXT)
@click.argument("wire", default="native", shell_complete=_names)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file, in place of standard output.",
)
@click.option(
    "--url", default=URL, show_default=True, help="The server that the document is to name."
)
def openapi(wire: str, output: Path | None, url: str) -> None:
    """Print the OpenAPI document of WIRE (default native).

    \b
    reelway openapi novita -o novita.json
    """
    import asyncio

    from reelway.errors import Internal
    from reelway.server.dispatch import Table
    from reelway.server.docs import Docs
    from reelway.settings import Settings
    from reelway.wire import wires

    if wire not in wires():
        words = f"{wire!r} is none of {', '.join(wires())}"
        raise click.BadParameter(words, param_hint="'WIRE'")
    if output:
        check_output(output)
    docs = Docs(Table(wires(), Settings().root))
    page = asyncio.run(docs.answer(f"/{wire}/openapi.json", url.rstrip("/")))
    assert page, "every wire has a document"
    text = page.body.decode()
    if output is None:
        return click.echo(text)
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise Internal(f"{output} cannot be written: {error.strerror or error}") from None
    click.echo(output)
