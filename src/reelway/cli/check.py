"""`reelway check`: what a server needs, looked at one after the other; each finding with a hint.

    settings  address  clock  open files          of this machine, as it is set up
    data folder  disk  secrets  backups           of the folder
    database  files  sealed  port                 only while no server has the folder
    media helper  engine …  speech                begun once, for a moment

ok; warn: it runs, and something should be looked after; FAIL: it does not, or loses something.
Nothing is changed: no database is made or migrated, and a running server is left alone.
"""

from __future__ import annotations

import base64
import os
import resource
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal
from urllib.parse import urlsplit

from reelway.admit import least_free
from reelway.app import CannotListen, bind, examine_store, make_engines
from reelway.door import Space
from reelway.engine import Engine
from reelway.errors import ReelwayError
from reelway.folder import Folder, FolderTaken, FolderUnusable
from reelway.means import now
from reelway.media import Media
from reelway.outbound import Outbound
from reelway.seal import Seal
from reelway.settings import LOOPBACK, Settings
from reelway.store import Examination

GIBIBYTE = 1024**3
LITTLE_SPACE = 10 * GIBIBYTE
FEW_FILES = 4096  # each connection is one
MANY_BACKUPS = GIBIBYTE
PATIENCE = 15.0  # seconds for each half of the look at the database
OLDEST_CLOCK = 1_767_225_600_000  # 2026-01-01: no Reelway is older
SLACK = 60_000  # milliseconds that clocks are set back in good order
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC"
)

Level = Literal["ok", "warn", "FAIL"]


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    level: Level
    say: str  # what to know, or what to do about it


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    """One after the other, as they are found."""
    folder = Folder(settings.data)
    yield Finding("settings", "ok", f"data folder {settings.data}")
    yield _address(settings)
    yield _clock()
    yield _open_files()
    try:
        folder.prepare()
    except ReelwayError as error:
        yield Finding("data folder", "FAIL", error.message)
        return
    yield _folder(folder)
    yield _disk(folder, settings)
    yield _secrets(folder)
    yield _backups(folder)
    for finding in _locked(folder, settings):
        yield finding
    yield await _helper(folder)
    async with Outbound() as outbound:
        for engine in make_engines(settings, outbound).values():
            yield await _engine(engine)
    yield _speech()


def _address(settings: Settings) -> Finding:
    where = f"{settings.host} port {settings.port}"
    url = settings.public_url
    if url is None:
        if not settings.exposed:
            return Finding("address", "ok", where)
        return Finding(
            "address",
            "warn",
            f"{where} can be reached by others, and links carry the host of each request: "
            "set public_url (REELWAY_PUBLIC_URL)",
        )
    if urlsplit(url).scheme == "http" and urlsplit(url).hostname not in LOOPBACK:
        return Finding(
            "address",
            "warn",
            f"public_url is {url}: keys and films pass in the clear; put a proxy with TLS in front "
            "and write https://",
        )
    return Finding("address", "ok", f"{where}, {url} in links")


def _clock() -> Finding:
    if now() < OLDEST_CLOCK:
        return Finding(
            "clock", "FAIL", f"it is {_day(now())} by this machine: set its clock (timedatectl)"
        )
    return Finding("clock", "ok", f"{_day(now())} UTC")


def _day(at: int) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M}"


def _open_files() -> Finding:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most == resource.RLIM_INFINITY or most >= FEW_FILES:
        return Finding("open files", "ok", "no limit" if most < 0 else f"up to {most}")
    return Finding(
        "open files",
        "warn",
        f"no more than {most}, and each connection is one: raise it (LimitNOFILE=, ulimit -Hn)",
    )


def _folder(folder: Folder) -> Finding:
    owner = folder.root.stat().st_uid
    if owner != os.geteuid():
        return Finding(
            "data folder",
            "warn",
            f"it belongs to user {owner}, and this is user {os.geteuid()}: serve and check as its "
            f"owner (sudo -u '#{owner}' …), or what one writes the other cannot read",
        )
    return Finding("data folder", "ok", "yours")


def _disk(folder: Folder, settings: Settings) -> Finding:
    usage = shutil.disk_usage(folder.root)
    least = least_free(settings, Space(total=usage.total, free=usage.free))
    said = f"{_size(usage.free)} free"
    if usage.free < least:
        return Finding(
            "disk",
            "FAIL",
            f"{said}, and below {_size(least)} (min_free) nothing new is taken: make room",
        )
    if usage.free < LITTLE_SPACE:
        return Finding("disk", "warn", f"{said}: an hour of 1080p takes about 3 GiB")
    return Finding("disk", "ok", said)


def _secrets(folder: Folder) -> Finding:
    loose = [
        path.name
        for path in (folder.local_key, folder.secret, folder.seal, folder.database)
        if path.exists() and path.stat().st_mode & 0o077
    ]
    if loose:
        return Finding("secrets", "FAIL", f"others may read {', '.join(loose)}: chmod 600")
    return Finding("secrets", "ok", "readable by you alone")


def _backups(folder: Folder) -> Finding:
    copies = [path for path in folder.backups.iterdir() if path.is_file()]
    held = sum(path.stat().st_size for path in copies)
    said = f"{len(copies)} copies of the database, {_size(held)}"
    if held > max(MANY_BACKUPS, shutil.disk_usage(folder.root).free / 10):
        return Finding("backups", "warn", f"{said}: delete old ones from backups/")
    return Finding("backups", "ok", said)


def _locked(folder: Folder, settings: Settings) -> Iterator[Finding]:
    """What is looked at with the folder's lock: while a server has it, nothing of this."""
    try:
        folder.lock()
    except FolderTaken:
        yield Finding("database", "ok", "a server is running and has it; stop it for a closer look")
        return
    except FolderUnusable as error:
        yield Finding("data folder", "FAIL", error.message)
        return
    try:
        yield from _database(folder)
        yield _port(settings)
    finally:
        folder.unlock()


def _database(folder: Folder) -> Iterator[Finding]:
    if not folder.database.exists():
        if any(folder.assets.glob("??/*")):
            yield Finding(
                "database",
                "FAIL",
                "there are files and no database: put back a copy from backups/, or serve would "
                "begin anew and remove the files",
            )
        else:
            yield Finding("database", "ok", "none yet: the first start makes it")
        return
    try:
        found = examine_store(folder, PATIENCE)
    except ReelwayError as error:
        yield Finding("database", "FAIL", error.message)
        return
    yield _whole(found, folder)
    if not found.damage and found.schema:
        yield _files(found)
        yield from _sealed(found, folder)
        if found.last_at and found.last_at > now() + SLACK:
            yield Finding(
                "newest row",
                "warn",
                f"it is of {_day(found.last_at)}, after now: was it set back?",
            )


def _whole(found: Examination, folder: Folder) -> Finding:
    if found.damage:
        return Finding(
            "database",
            "FAIL",
            f"damaged: {'; '.join(found.damage)}. Keep a copy of the folder, then put back a copy "
            "from backups/, or save what can be read (sqlite3 reelway.db .recover)",
        )
    if found.schema < found.newest:
        need, free = folder.database.stat().st_size, shutil.disk_usage(folder.root).free
        said = f"schema {found.schema}: the next start migrates it to {found.newest}"
        if need * 2 > free:
            return Finding(
                "database",
                "FAIL",
                f"{said}, with a copy before, which takes {_size(need)} of {_size(free)}: no room",
            )
        return Finding("database", "ok", f"{said}, with a copy into backups/ before")
    if found.hurried:
        return Finding("database", "ok", f"its schema is current; not all of it in {PATIENCE:g} s")
    return Finding("database", "ok", "whole, and its schema is current")


def _files(found: Examination) -> Finding:
    partly = "" if found.seen == found.files else f" of {found.files}, in {PATIENCE:g} s"
    said = f"looked at {found.seen}{partly}"
    if not found.missing and not found.odd:
        return Finding("files", "ok", f"{said}: all there")
    faults = [
        f"{len(names)} {what} (such as assets/{names[0][:2]}/{names[0][2:]})"
        for names, what in ((found.missing, "missing"), (found.odd, "of another size"))
        if names
    ]
    return Finding(
        "files",
        "FAIL",
        f"{said}: {', '.join(faults)}; films of {found.films} tasks are among them. "
        "Put back assets/ from the backup that the database is from",
    )


def _sealed(found: Examination, folder: Folder) -> Iterator[Finding]:
    seal = Seal(folder.seal)
    for sealed in found.sealed:
        try:
            seal.open(sealed)
        except ReelwayError as error:
            yield Finding("sealed", "FAIL", error.message)
            return
    if found.sealed:
        yield Finding("sealed", "ok", "seal.key opens the webhook secrets")


def _port(settings: Settings) -> Finding:
    try:
        with closing(bind(settings)):
            return Finding("port", "ok", f"{settings.port or 'any'} is free")
    except CannotListen as error:
        return Finding("port", "FAIL", error.message)


async def _helper(folder: Folder) -> Finding:
    media, picture = Media(folder.tmp), folder.tmp / f"check.{os.getpid()}.png"
    try:
        picture.write_bytes(PIXEL)
        await media.check_image(picture, "check", shortest_side=1)
    except (OSError, ReelwayError) as error:
        why = error.message if isinstance(error, ReelwayError) else error.strerror
        return Finding(
            "media helper", "FAIL", f"{why}: pictures cannot be taken; install Reelway anew"
        )
    finally:
        await media.stop()
        picture.unlink(missing_ok=True)
    return Finding("media helper", "ok", "reads a picture")


async def _engine(engine: Engine) -> Finding:
    what = f"engine {engine.name}"
    try:
        return Finding(what, "ok", f"starts (version {await engine.check()})")
    except ReelwayError as error:
        return Finding(what, "FAIL", error.message)


def _speech() -> Finding:
    if find_spec("espeakng_loader") is None:
        return Finding(
            "speech", "warn", "lines are murmured, not spoken: pip install 'reelway[speech]'"
        )
    return Finding("speech", "ok", "espeak-ng is installed")


def _size(count: float) -> str:
    mebi = 1024**2
    return f"{count / GIBIBYTE:.1f} GiB" if count >= GIBIBYTE / 10 else f"{count / mebi:.0f} MiB"
