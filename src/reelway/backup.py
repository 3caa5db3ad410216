"""Backup: a consistent copy of a data folder, while the server goes on.

    the database     as it was at one moment
    the files        that this copy names: linked where the disk is the same, else copied
    keys, settings   local.key, secret.key, seal.key, reelway.toml, as far as they are there
    backup.json      what is in it, and of when

It is made under a name of its own and then renamed: it is complete, or it is not there. While it is
made no file is removed: what was to go meanwhile goes when it is done.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from reelway import __version__
from reelway.admit import least_free
from reelway.errors import Conflict, InvalidRequest, disk_full
from reelway.folder import Folder
from reelway.log import say
from reelway.means import Means

T = TypeVar("T")

VERSION = 1
ABOUT = "backup.json"
SETTINGS = "reelway.toml"
PAGE = 1000
MOST_TOLD = 100  # names of files that are not whole


@dataclass(kw_only=True)
class _Files:
    files: int = 0
    bytes: int = 0
    linked: int = 0
    damaged: list[str] = field(default_factory=list)


async def backup(
    target: Path, means: Means, folder: Folder, *, files: bool = True, settings: Path | None = None
) -> dict[str, Any]:
    """What `backup.json` says. `settings`: the file to keep as the folder's own; default: the one
    in the folder. Raises Conflict where `target` is there already, InvalidRequest where it cannot
    be made."""
    _check(target, folder)
    at = means.now()
    kept = _Files()
    with _part(target) as part:
        copy = Folder(part)
        _check_room(part, means, folder)
        async with _held(means):
            held = await _to_its_end(means.store.backup(copy.database))
            copy.database.chmod(0o600)
            if files:
                await _copy_files(copy, kept, means)
        schema = held["schema"]
        about = {
            "v": VERSION,
            "reelway": __version__,
            "schema": schema,
            "at": at,
            "tasks": {status: count for status, count in held.items() if status != "schema"},
            "with_files": files,
            "files": kept.files,
            "bytes": kept.bytes,
            "linked": kept.linked,
            "damaged": kept.damaged[:MOST_TOLD],
        }
        kept_settings = settings or folder.root / SETTINGS
        await _to_its_end(asyncio.to_thread(_finish, copy, folder, kept_settings, about))
        _sync(part)
        part.rename(target)
    _sync(target.parent)
    say("backup.made", files=kept.files, bytes=kept.bytes, damaged=len(kept.damaged))
    return about


async def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """A thread cannot be broken off: who is cancelled meanwhile lets it end before the folder goes
    that it writes to."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


def _check(target: Path, folder: Folder) -> None:
    if os.path.lexists(target):
        raise Conflict(f"{target} is there already; name a new folder", field="target")
    if not target.parent.is_dir():
        raise InvalidRequest(f"the folder {target.parent} does not exist", field="target")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise InvalidRequest(f"the folder {target.parent} cannot be written to", field="target")
    place = target.parent.resolve()
    for busy in (folder.assets.resolve(), folder.tmp.resolve()):
        if place == busy or busy in place.parents:
            raise InvalidRequest("a backup cannot lie among the kept files", field="target")


@contextmanager
def _part(target: Path) -> Iterator[Path]:
    """A folder beside `target`, gone again unless it was renamed. One that a process left which
    died is begun anew; Raises Conflict while another process makes it."""
    part = target.with_name(f".{target.name}.part")
    part.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(part, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(f"{target} is being made already", field="target") from None
        _clear(part)
        try:
            yield part
        finally:
            if part.exists() and os.path.samestat(part.stat(), os.fstat(handle)):
                shutil.rmtree(part, ignore_errors=True)
    finally:
        os.close(handle)


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _check_room(part: Path, means: Means, folder: Folder) -> None:
    """Not so much that the server's own disk would be too full. Raises Overloaded."""
    space = means.door.space(part, means.now())
    kept = least_free(means.settings, space) if _same_disk(part, folder.root) else 0
    if space.free < folder.database.stat().st_size + kept:
        raise disk_full()


def _same_disk(one: Path, other: Path) -> bool:
    return one.stat().st_dev == other.stat().st_dev


@asynccontextmanager
async def _held(means: Means) -> AsyncIterator[None]:
    """Nothing is removed inside; what was to be removed meanwhile, and is wanted by no row since,
    goes on the way out."""
    async with means.files.alone():  # whoever removes files is either done or waits
        try:
            means.assets.hold()
        except RuntimeError:
            raise Conflict("another backup is being made") from None
    try:
        yield
    finally:
        async with means.files.alone():
            for sha256 in means.assets.release():
                if await means.store.asset(sha256) is None:
                    await means.assets.remove(sha256)


async def _copy_files(copy: Folder, kept: _Files, means: Means) -> None:
    after = ""
    while page := await means.store.files_of(copy.database, after=after, limit=PAGE):
        after = page[-1][0]
        linked, damaged = await _to_its_end(means.assets.copy(page, copy.assets))
        kept.files += len(page) - len(damaged)
        kept.bytes += sum(size for name, size in page if name not in damaged)
        kept.linked += linked
        kept.damaged += damaged


def _finish(copy: Folder, folder: Folder, settings: Path, about: dict[str, Any]) -> None:
    names = ((folder.local_key, copy.local_key), (folder.secret, copy.secret))
    for source, place in (*names, (folder.seal, copy.seal), (settings, copy.root / SETTINGS)):
        with contextlib.suppress(FileNotFoundError), source.open("rb") as file:
            _put(place, file.read())
    _put(copy.root / ABOUT, json.dumps(about, indent=1).encode() + b"\n")


def _put(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
