"""The store on SQLite: the shared cases, and what is its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest

from reelway.errors import StoreRefused
from reelway.store import Store
from reelway.stores.sqlite import SqliteStore, database
from reelway.stores.sqlite.statements import SQL, load
from reelway.task import STATUSES, Owner
from stores.cases import StoreCases
from stores.examples import NOW, draft, film, new, once
from stores.hook_cases import HookCases

UNTIL_KILLED = Path(__file__).parent / "until_killed.py"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "reelway.db")
    await store.open()
    yield store
    await store.close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class TestSqlite(StoreCases):
    """Every shared case, on a real file."""


class TestSqliteHooks(HookCases):
    """Those about webhooks."""


# durability


async def test_what_durability_rests_on(store: SqliteStore) -> None:
    found = await store.describe()
    assert found["journal_mode"] == "wal"
    assert found["synchronous"] == 2  # FULL
    assert found["foreign_keys"] == 1
    assert tuple(map(int, found["sqlite_version"].split("."))) >= (3, 51, 3)


def test_sigkill_takes_no_answered_create(tmp_path: Path) -> None:
    path = tmp_path / "reelway.db"
    child = subprocess.Popen(
        [sys.executable, str(UNTIL_KILLED), str(path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout
    answered = [child.stdout.readline().strip() for _ in range(500)]
    child.kill()
    answered += [line.strip() for line in child.stdout if line.endswith("\n")]
    child.stdout.close()
    assert child.wait() == -9
    db = apsw.Connection(str(path))
    kept = {row[0] for row in db.execute("SELECT public_id FROM tasks")}
    assert db.pragma("integrity_check") == "ok"
    assert db.execute("SELECT count(*) FROM events").get == len(kept)
    db.close()
    assert len(answered) >= 500 and set(answered) <= kept


async def test_everything_is_there_after_close_and_open(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "reelway.db")
    await store.open()
    owner = await store.ensure_owner("local", "admin", NOW)
    task = await new(store, owner)
    await store.create(draft(owner), once())
    await store.close()
    await store.close()  # harmless
    assert names(tmp_path) == ["reelway.db"]  # the log is emptied
    with pytest.raises(RuntimeError, match="not open"):
        await store.task(task.id)
    await store.open()
    assert await store.task(task.id) == task
    assert await store.replay(owner.id, "k")
    with pytest.raises(RuntimeError, match="open already"):
        await store.open()
    await store.close()


async def test_the_log_is_checkpointed_while_running(store: SqliteStore, tmp_path: Path) -> None:
    owner = await store.ensure_owner("local", "admin", NOW)
    await new(store, owner, body=bytes(20 << 20))
    await new(store, owner)  # begins the log anew
    await new(store, owner)
    assert (tmp_path / "reelway.db").stat().st_size > 20 << 20


# what is refused


async def refusal(path: Path, migrations: Path = database.MIGRATIONS) -> str:
    with pytest.raises(StoreRefused) as caught:
        await SqliteStore(path, migrations=migrations).open()
    return caught.value.message


@pytest.mark.parametrize(("version", "good"), [("3.51.2", 0), ("3.50.7", 0), ("3.51.3", 1)])
async def test_sqlite_with_the_wal_reset_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, good: bool
) -> None:
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: version)
    if good:
        store = SqliteStore(tmp_path / "reelway.db")
        await store.open()
        await store.close()
    else:
        assert "pip install --upgrade 'apsw" in await refusal(tmp_path / "reelway.db")
        assert names(tmp_path) == []


async def test_a_newer_database(tmp_path: Path) -> None:
    path = tmp_path / "reelway.db"
    await make(path)
    db = apsw.Connection(str(path))
    db.pragma("user_version", NEWEST + 1)
    db.close()
    before = path.read_bytes()
    assert f"newer Reelway (schema {NEWEST + 1}, this one knows {NEWEST})" in await refusal(path)
    assert path.read_bytes() == before


async def test_what_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "reelway.db"
    path.write_bytes(b"not a database at all" * 500)
    assert "is not a database" in await refusal(path)
    assert path.read_bytes() == b"not a database at all" * 500


async def test_another_programs_database(tmp_path: Path) -> None:
    path = tmp_path / "reelway.db"
    db = apsw.Connection(str(path))
    db.execute("CREATE TABLE t (x)")
    db.close()
    assert "another program's" in await refusal(path)


async def test_no_folder(tmp_path: Path) -> None:
    assert "cannot be written" in await refusal(tmp_path / "none" / "reelway.db")


async def test_a_database_that_is_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY", 0)
    path = tmp_path / "reelway.db"
    other = apsw.Connection(str(path))
    other.execute("BEGIN EXCLUSIVE")
    assert "in use by another program" in await refusal(path)
    other.close()


# migrations


NEWEST = len(list(database.MIGRATIONS.glob("*.sql")))


async def make(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    owner = await store.ensure_owner("local", "admin", NOW)
    await store.create(draft(owner, public_id="task_old"))
    await store.close()


def migrations(tmp_path: Path, *more: str) -> Path:
    folder = tmp_path / "migrations"
    shutil.copytree(database.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for number, text in enumerate(more, NEWEST + 1):
        (folder / f"{number:04}_more.sql").write_text(text)
    return folder


async def test_a_backup_before_each_migration(tmp_path: Path) -> None:
    path = tmp_path / "reelway.db"
    await make(path)
    folder = migrations(
        tmp_path, "ALTER TABLE owners ADD COLUMN colour TEXT", "CREATE TABLE more (x ANY) STRICT;"
    )
    store = SqliteStore(path, migrations=folder)
    await store.open()
    assert (await store.describe())["user_version"] == NEWEST + 2
    owner = await store.ensure_owner("local", "user", NOW)
    assert await store.find_task(owner.id, "task_old")
    await store.close()
    copies = [tmp_path / "backups" / name for name in names(tmp_path / "backups")]
    began = [copy.name.rpartition("-")[0] for copy in copies]
    assert began == [f"reelway-v{NEWEST}", f"reelway-v{NEWEST + 1}"]
    for version, copy in enumerate(copies, NEWEST):
        db = apsw.Connection(str(copy))
        assert db.pragma("user_version") == version
        assert db.execute("SELECT public_id FROM tasks").get == "task_old"
        db.close()
    assert "newer Reelway" in await refusal(path)
    await reopen(copies[0], tmp_path)  # a copy is a database like any other


async def reopen(copy: Path, folder: Path) -> None:
    store = SqliteStore(copy, backups=folder / "elsewhere")
    await store.open()
    assert len(await store.unfinished()) == 1
    await store.close()
    assert not (folder / "elsewhere").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CREATE TABLE half (x ANY) STRICT; SELECT nonsense;", "nonsense"),
        ("DELETE FROM owners;", "without the row they refer to"),
    ],
)
async def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "reelway.db"
    await make(path)
    assert message in await refusal(path, migrations(tmp_path, text))
    store = SqliteStore(path)
    await store.open()
    assert len(await store.unfinished()) == 1
    await store.close()


async def test_migrations_are_numbered_without_gaps(tmp_path: Path) -> None:
    folder = migrations(tmp_path, "SELECT 1;")
    last = folder / f"{NEWEST + 1:04}_more.sql"
    last.rename(folder / f"{NEWEST + 2:04}_more.sql")
    with pytest.raises(ValueError, match="not numbered"):
        await SqliteStore(tmp_path / "reelway.db", migrations=folder).open()


async def test_a_backup_is_never_written_over(tmp_path: Path) -> None:
    await make(tmp_path / "reelway.db")
    db = apsw.Connection(str(tmp_path / "reelway.db"))
    target = tmp_path / "copy.db"
    target.with_name("copy.db.part").write_bytes(b"of a copy that was broken off")
    database.backup(db, target)
    first = target.read_bytes()
    with pytest.raises(FileExistsError):
        database.backup(db, target)
    db.close()
    assert target.read_bytes() == first
    assert not database._free_name(tmp_path, "copy").exists()


# the file itself


async def test_every_status_and_time_is_checked_by_the_database(store: SqliteStore) -> None:
    owner = await store.ensure_owner("local", "admin", NOW)
    task = await new(store, owner)
    for change in ("status = 'done'", "status = 'failed'", "finished_at = 1", "attempt = 0"):
        with pytest.raises(Exception, match="could not do this"):
            await store._write(lambda db, change=change: db.execute(f"UPDATE tasks SET {change}"))
    assert await store.task(task.id) == task


@pytest.mark.parametrize("name", ["UPPER" + "0" * 59, "../" + "0" * 61, "0" * 63])
async def test_an_asset_has_a_hash_for_a_name(store: SqliteStore, name: str) -> None:
    with pytest.raises(Exception, match="could not do this"):
        await store.add_asset(film(name))


@pytest.mark.parametrize(
    ("name", "filters", "index"),
    [
        ("find_task", "", "sqlite_autoindex_tasks_1"),
        ("unfinished", "", "tasks_open"),
        ("tasks", "", "tasks_by_owner"),
        ("tasks", " AND status = ? AND id < ?", "tasks_by_status"),
        ("tasks", " AND model = ?", "tasks_by_model"),
        ("events", "", "events_by_task"),
        ("drop_asset", "", "task_assets_by_sha256"),
        ("drop_replays", "", "idempotency_by_age"),
    ],
)
async def test_reads_use_their_index(
    store: SqliteStore, name: str, filters: str, index: str
) -> None:
    sql = SQL[name].replace("{filters}", filters)
    values = (1,) * sql.count("?")
    plan = " ".join(row[3] for row in await store._rows("EXPLAIN QUERY PLAN " + sql, values))
    assert index in plan and "TEMP B-TREE" not in plan and "SCAN" not in plan.split("CORRELATED")[0]


async def test_readers_cannot_write(store: SqliteStore) -> None:
    with pytest.raises(apsw.ReadOnlyError):
        await store._rows("DELETE FROM tasks")


def test_statements_are_put_together(tmp_path: Path) -> None:
    path = tmp_path / "x.sql"
    path.write_text("-- words\n\n-- name: a\nSELECT {b}\n-- words\nFROM {c}\n\n-- name: b\n1\n")
    assert load(path) == {"a": "SELECT 1\nFROM {c}", "b": "1"}
    path.write_text("-- name: a\n1\n-- name: a\n2\n")
    with pytest.raises(ValueError, match="two statements"):
        load(path)


def test_the_schema_knows_every_status() -> None:
    schema = (database.MIGRATIONS / "0001_first.sql").read_text()
    assert ", ".join(f"'{status}'" for status in STATUSES) in schema


def test_it_is_a_store(tmp_path: Path) -> None:
    store: Store = SqliteStore(tmp_path / "reelway.db")
    assert store


async def test_any_file_name(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "a b'ü?.db")  # no URI would survive it
    await store.open()
    assert isinstance(await store.ensure_owner("local", "admin", NOW), Owner)
    await store.close()
