"""What commands share that work on a data folder: which one, its settings, and who does it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reelway.cli.options import Command

if TYPE_CHECKING:
    from reelway.settings import Settings


def where(command: Command) -> Command:
    """The options that say which folder and settings file to use."""
    folder = click.Path(path_type=Path, file_okay=False)
    file = click.Path(path_type=Path, dir_okay=False)
    command = click.option("--data", type=folder, help="Data folder.")(command)
    return click.option("--config", type=file, help="Settings file (TOML).")(command)


def settings_of(config: Path | None, **overrides: Any) -> Settings:
    from reelway.settings import load

    settings, warnings = load(config=config, overrides=overrides)
    for warning in warnings:
        click.echo(f"reelway: warning: {warning}", err=True)
    return settings


def order(
    data: Path | None, config: Path | None, what: Mapping[str, Any], within: float | None = 10
) -> Any:
    """Have the running server do it, or do it here where none has the data folder. A server may
    take so many seconds (None: as long as it lives)."""
    import asyncio

    from reelway import app, control
    from reelway.folder import Folder, FolderTaken

    settings = settings_of(config, data=data)
    folder = Folder(settings.data)
    try:
        return asyncio.run(app.alone(settings, folder, what))
    except FolderTaken:
        return control.ask(folder.control, what, within=within)
