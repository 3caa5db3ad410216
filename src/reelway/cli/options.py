"""What several commands share: the form of their help, and where their server is.

    @click.command(context_settings=CONTEXT)
    @on_server                      # --url, --key, --data; handed on as `place`
    def show(place: Place, …):
        with place.client() as client: …

Everything that is slow to load is loaded when a command runs, so that `--help` is quick.
"""

from __future__ import annotations

import functools
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from reelway.client import AsyncClient, Client, Error

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
RETRIES = 1  # of a short call: somebody sits there and waits
Command = Callable[..., Any]
as_json_option = click.option("--json", "as_json", is_flag=True, help="For scripts.")


class InOrder(click.Group):
    """A group that lists its commands in the order in which they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the server is, as far as the command was told; the SDK finds the rest."""

    url: str | None
    key: str | None
    data: Path | None

    @contextmanager
    def client(self, retries: int = RETRIES, **more: Any) -> Iterator[Client]:
        from reelway.client import Client

        url, key = self._find()
        with _told(url), Client(url, key, retries=retries, **more) as client:
            yield client

    @asynccontextmanager
    async def async_client(self) -> AsyncIterator[AsyncClient]:
        from reelway.client import AsyncClient

        url, key = self._find()
        with _told(url):
            async with AsyncClient(url, key) as client:
                yield client

    def _find(self) -> tuple[str, str]:
        """Address and key. Raises BadParameter for what is no address."""
        from reelway.sdk.errors import InvalidRequest, Unauthenticated
        from reelway.sdk.place import find

        environ = dict(os.environ)
        if self.data:
            environ = {**environ, "REELWAY_DATA": str(self.data), "REELWAY_KEY": ""}
        try:
            found = find(self.url, self.key, environ)
        except InvalidRequest as error:
            raise click.BadParameter(error.message, param_hint="'--url'") from None
        except Unauthenticated as error:
            if error.code == "missing_key":
                error.message = (
                    "there is no key: give --key or --data, or set REELWAY_KEY; "
                    "`reelway keys create` makes one"
                )
            raise
        if not found.url.isprintable() or " " in found.url:
            raise click.BadParameter("must be printable, with no spaces", param_hint="'--url'")
        return found.url, found.key


@contextmanager
def _told(url: str) -> Iterator[None]:
    """Errors that are about the server as a whole say which one, without what may be secret."""
    from reelway.client import Error

    try:
        yield
    except Error as error:
        if about_server(error):
            parts = urlsplit(url)
            here = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
            error.message = f"{here}: {error.message}"
        raise


def about_server(error: Error) -> bool:
    """Whether any other call would meet it too."""
    from reelway.client import ServerUnavailable, Unauthenticated

    return isinstance(error, ServerUnavailable | Unauthenticated)


def refused(id: str, error: Error) -> dict[str, Any]:
    """What JSON says of a task that could not be had."""
    return {"id": id, "error": {"code": error.code, "message": error.message}}


def on_server(command: Command) -> Command:
    @functools.wraps(command)
    def called(url: str | None, key: str | None, data: Path | None, **rest: Any) -> Any:
        source = click.get_current_context().get_parameter_source("key")
        if data and source is ParameterSource.ENVIRONMENT:
            key = None  # a folder that was named here goes before a key that was not
        return command(Place(url=url, key=key, data=data), **rest)

    folder = click.Path(path_type=Path, file_okay=False)
    for option in (
        click.option("--data", type=folder, help="Data folder of a server here, for its key."),
        click.option(
            "--key", envvar="REELWAY_KEY", show_envvar=True, help="Default: this machine's own."
        ),
        click.option(
            "--url",
            envvar="REELWAY_URL",
            show_envvar=True,
            help="The server (default http://127.0.0.1:8080).",
        ),
    ):
        called = option(called)
    return called
