"""`reelway check`: settings, disk, codecs, engines, database; each finding with a hint."""

from __future__ import annotations

import os
import shutil

from reelway.app import make_engines, open_store
from reelway.engine import Engine
from reelway.errors import ReelwayError
from reelway.folder import Folder, FolderTaken
from reelway.settings import Settings

LITTLE_SPACE = 2 * 1024**3  # bytes

Finding = tuple[str, bool, str]


async def findings(settings: Settings) -> list[Finding]:
    """(what, whether it is well, what to know or do) for everything that a server needs."""
    folder = Folder(settings.data)
    out: list[Finding] = [("settings", True, f"data folder {settings.data}")]
    try:
        folder.prepare()
    except ReelwayError as error:
        return [*out, ("data folder", False, error.message)]
    out.append(_disk(folder))
    out.append(_modes(folder))
    out.append(await _database(folder))
    for engine in make_engines(settings).values():
        out.append(await _engine(engine))
    return out


def _disk(folder: Folder) -> Finding:
    free = shutil.disk_usage(folder.root).free
    said = f"{free / 1024**3:.1f} GiB free"
    if free < LITTLE_SPACE:
        return "disk", False, f"{said}: films need room; free some or move --data"
    return "disk", True, said


def _modes(folder: Folder) -> Finding:
    loose = [
        p.name for p in (folder.local_key, folder.secret) if p.exists() and p.stat().st_mode & 0o077
    ]
    if loose:
        return "secrets", False, f"others may read {', '.join(loose)}: chmod 600"
    if not os.access(folder.root, os.W_OK):
        return "secrets", False, "the data folder is not writable"
    return "secrets", True, "readable by you alone"


async def _database(folder: Folder) -> Finding:
    try:
        folder.lock()
    except FolderTaken:
        return "database", True, "a server is running and has it"
    store = open_store(folder)
    try:
        await store.open()
        await store.close()
    except ReelwayError as error:
        return "database", False, error.message
    finally:
        folder.unlock()
    return "database", True, "opens, and its schema is current"


async def _engine(engine: Engine) -> Finding:
    what = f"engine {engine.name}"
    try:
        return what, True, f"starts (version {await engine.check()})"
    except ReelwayError as error:
        return what, False, error.message
