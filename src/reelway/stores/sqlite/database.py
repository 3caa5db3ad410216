"""The file: how it is opened, what is refused, and how it comes up to date.

connect      a connection with the settings that every connection has
look         a reading connection to whatever schema there is: nothing is migrated
prepare      the writing connection: checks, migrations with their backups, settings read back
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import apsw

from reelway.errors import StoreRefused
from reelway.stores.sqlite.statements import HERE

MIGRATIONS = HERE / "migrations"
APPLICATION = int.from_bytes(b"Reel", "big")
OLDEST = (3, 51, 3)  # before it, two connections that write and checkpoint can lose commits
BUSY = 5_000  # ms
CACHE = {True: 16_384, False: 4_096}  # KiB of the writing and of each reading connection
LARGEST_LOG = 64 << 20  # bytes that the log keeps once it is empty
FULL = 2  # PRAGMA synchronous


def sqlite_version() -> tuple[int, ...]:
    return tuple(int(part) for part in apsw.sqlite_lib_version().split("."))


def connect(path: Path, *, writing: bool) -> apsw.Connection:
    """Open `path`, which a reading connection must find there. It waits at most a while for
    another program's lock; checkpoints are the writer's alone."""
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if writing else 0)
    db = apsw.Connection(str(path), flags=flags)
    db.set_busy_timeout(BUSY)
    for pragma, value in (
        ("wal_autocheckpoint", 0),
        ("synchronous", FULL),
        ("fullfsync", int(sys.platform == "darwin")),
        ("checkpoint_fullfsync", int(sys.platform == "darwin")),
        ("cache_size", -CACHE[writing]),
        ("temp_store", "MEMORY"),
        ("trusted_schema", 0),
        ("query_only", int(not writing)),
    ):
        db.pragma(pragma, value)
    return db


def prepare(path: Path, backups: Path, migrations: Path) -> apsw.Connection:
    """The writing connection to an up-to-date database. Raises StoreRefused."""
    _check_version()
    db = None
    try:
        db = connect(path, writing=True)
        _check(db, path, migrations)
        db.pragma("journal_mode", "wal")
        _migrate(db, backups, migrations)
        db.pragma("foreign_keys", 1)
        db.pragma("journal_size_limit", LARGEST_LOG)
        _verify(db, path)
        sync_folder(path.parent)
    except Exception as error:
        if db:
            db.close()
        if isinstance(error, apsw.Error):
            raise StoreRefused(_advice(error, path)) from error
        raise
    return db


def look(path: Path, migrations: Path = MIGRATIONS) -> tuple[apsw.Connection, int, int]:
    """A connection that only reads, the schema there is, and the newest one that is known.
    Raises StoreRefused."""
    _check_version()
    db = None
    try:
        db = connect(path, writing=False)
        _check(db, path, migrations)
        return db, db.pragma("user_version"), len(_steps(migrations))
    except Exception as error:
        if db:
            db.close()
        if isinstance(error, apsw.Error):
            raise StoreRefused(_advice(error, path)) from error
        raise


def backup(db: apsw.Connection, target: Path) -> None:
    """A consistent copy, on the disk when this returns. Raises FileExistsError."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)  # of a copy that was broken off
    try:
        db.execute("VACUUM INTO ?", (str(part),))
        with part.open("rb") as file:
            os.fsync(file.fileno())
        os.link(part, target)  # never over another file, as a rename would
    finally:
        part.unlink(missing_ok=True)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check_version() -> None:
    if sqlite_version() < OLDEST:
        raise StoreRefused(
            f"SQLite {apsw.sqlite_lib_version()} can lose committed rows; Reelway needs "
            f"{'.'.join(map(str, OLDEST))} or newer. Run: pip install --upgrade 'apsw>=3.54'"
        )


def _check(db: apsw.Connection, path: Path, migrations: Path) -> None:
    """Before anything is written: whether this is a database of ours, and not a newer one."""
    version, newest = db.pragma("user_version"), len(_steps(migrations))
    ours = db.pragma("application_id") == APPLICATION
    if not ours and db.execute("SELECT count(*) FROM sqlite_schema").get:
        raise StoreRefused(
            f"{path.name} is another program's database. "
            "Move it away, or choose another data folder."
        )
    if version > newest:
        raise StoreRefused(
            f"{path.name} was written by a newer Reelway (schema {version}, this one knows "
            f"{newest}). Run: pip install --upgrade reelway; or put back a copy from backups/."
        )


def _steps(migrations: Path) -> list[Path]:
    steps = sorted(migrations.glob("[0-9]*.sql"))
    if [int(step.name[:4]) for step in steps] != list(range(1, len(steps) + 1)):
        raise ValueError(f"the migrations in {migrations} are not numbered 1, 2, 3, …")
    return steps


def _migrate(db: apsw.Connection, backups: Path, migrations: Path) -> None:
    """Foreign keys are not enforced meanwhile (a table may be rebuilt), but checked before each
    commit."""
    began = db.pragma("user_version")
    for number, step in enumerate(_steps(migrations)[began:], began + 1):
        if began:  # what is only being made holds nothing to lose
            backups.mkdir(parents=True, exist_ok=True)
            backup(db, _free_name(backups, f"reelway-v{number - 1}"))
        with db:
            db.execute(step.read_text("utf-8"))
            if broken := db.execute("PRAGMA foreign_key_check").fetchall():
                raise StoreRefused(
                    f"{step.name} would leave {len(broken)} rows without the row they refer to; "
                    "nothing was changed. Please report this, and run the older Reelway meanwhile."
                )
            db.pragma("user_version", number)


def _free_name(folder: Path, stem: str) -> Path:
    stem = f"{stem}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    name, count = folder / f"{stem}.db", 1
    while name.exists():
        count += 1
        name = folder / f"{stem}-{count}.db"
    return name


def _verify(db: apsw.Connection, path: Path) -> None:
    """The settings that durability rests on, read back: a file system may not allow them."""
    mode, synchronous = db.pragma("journal_mode"), db.pragma("synchronous")
    if (mode, synchronous) != ("wal", FULL):
        raise StoreRefused(
            f"{path.name} cannot be kept durably here (journal_mode {mode}, synchronous "
            f"{synchronous}). Put the data folder on a local disk, not on a network share."
        )


def _advice(error: apsw.Error, path: Path) -> str:
    match error:
        case apsw.NotADBError() | apsw.CorruptError():
            return (
                f"{path.name} is not a database, or it is damaged ({error}). "
                "Move it away, or put back a copy from backups/."
            )
        case apsw.CantOpenError() | apsw.ReadOnlyError() | apsw.PermissionsError():
            return f"{path.name} cannot be written ({error}). Is the data folder there, and yours?"
        case apsw.BusyError() | apsw.LockedError():
            return f"{path.name} is in use by another program. Stop that one first."
        case apsw.FullError():
            return f"The disk is full: {path.name} cannot be opened. Make room and start again."
    return f"{path.name} cannot be opened ({error}). Run: reelway check"
