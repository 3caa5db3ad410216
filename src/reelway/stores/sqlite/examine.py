"""A look at the database from outside, for `reelway check`: is it whole, and are its files there?

Nothing is written and nothing migrated; any schema that this program can migrate is understood.
Two halves, each within its time: what SQLite itself says, and the files against their rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw

from reelway.store import Examination
from reelway.stores.sqlite.database import look
from reelway.stores.sqlite.statements import SQL

MOST_SEALED = 1_000
STEPS = 10_000  # of SQLite's machine between two looks at the clock
BETWEEN = 256  # files between two looks at the clock
WITH_SEALED = 4  # the first schema that has sealed rows


def examine(path: Path, file_of: Callable[[str], Path], seconds: float) -> Examination:
    """`seconds` for each half. Raises StoreRefused for what is no database of ours."""
    db, schema, newest = look(path)
    try:
        if schema == 0:
            return Examination(schema=schema, newest=newest)
        damage, hurried = _integrity(db, seconds)
        if damage:  # what it says of files would not be worth much
            return Examination(schema=schema, newest=newest, damage=damage, hurried=hurried)
        files, seen, missing, odd = _files(db, file_of, seconds)
        bad = (*missing, *odd)
        films = {row for name in bad for row in db.execute(SQL["films_of"], (name,))}
        return Examination(
            schema=schema,
            newest=newest,
            hurried=hurried,
            files=files,
            seen=seen,
            missing=tuple(missing),
            odd=tuple(odd),
            films=len(films),
            sealed=_sealed(db) if schema >= WITH_SEALED else (),
            last_at=db.execute(SQL["last_at"]).get,
        )
    except apsw.CorruptError as error:
        return Examination(schema=schema, newest=newest, damage=(str(error),))
    finally:
        db.close()


def _integrity(db: apsw.Connection, seconds: float) -> tuple[tuple[str, ...], bool]:
    """What is damaged, and whether time was up before the end."""
    end = time.monotonic() + seconds
    damage: list[str] = []
    db.set_progress_handler(lambda: time.monotonic() > end, STEPS)
    try:
        said = [str(row[0]) for row in db.execute(SQL["quick_check"])]
        damage += [" ".join(words.split()) for words in said if words != "ok"]
        if orphans := len(db.execute(SQL["foreign_key_check"]).fetchall()):
            damage.append(f"{orphans} rows without the row they refer to")
    except apsw.InterruptError:
        return tuple(damage), True
    finally:
        db.set_progress_handler(None)
    return tuple(damage), False


def _files(
    db: apsw.Connection, file_of: Callable[[str], Path], seconds: float
) -> tuple[int, int, list[str], list[str]]:
    """(files by the rows, seen, missing, of another size), by name: as good as at random."""
    end = time.monotonic() + seconds
    missing: list[str] = []
    odd: list[str] = []
    seen = 0
    rows: Iterator[tuple[str, int]] = db.execute(SQL["kept_files"])
    for name, size in rows:
        if seen % BETWEEN == 0 and time.monotonic() > end:
            break
        seen += 1
        try:
            if file_of(name).stat().st_size != size:
                odd.append(name)
        except FileNotFoundError:
            missing.append(name)
    return db.execute(SQL["count_kept_files"]).get, seen, missing, odd


def _sealed(db: apsw.Connection) -> tuple[bytes, ...]:
    return tuple(row[0] for row in db.execute(SQL["some_sealed"], (MOST_SEALED,)))
