from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from fakes import means_on, order, run_all
from reelway.assets.disk import DiskAssets
from reelway.errors import StoreRefused
from reelway.store import Examination
from reelway.stores.sqlite.database import MIGRATIONS
from reelway.stores.sqlite.examine import examine

NEWEST = len(list(MIGRATIONS.glob("*.sql")))


def look(folder: Path, seconds: float = 60) -> Examination:
    return examine(folder / "reelway.db", DiskAssets(folder / "assets").path, seconds)


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """With two films, one of them of two tasks."""
    async with means_on(tmp_path) as means:
        means.engines["animatic"].script += [b"one", b"two", b"two"]  # type: ignore[attr-defined]
        for _ in range(3):
            await order(means)
        await run_all(means)
    return tmp_path


def test_a_whole_one(folder: Path) -> None:
    found = look(folder)
    assert (found.schema, found.newest) == (NEWEST, NEWEST)
    assert (found.files, found.seen, found.missing, found.odd, found.films) == (2, 2, (), (), 0)
    assert not found.damage and not found.hurried and found.last_at


def test_a_file_of_two_tasks_that_is_gone(folder: Path) -> None:
    names = {p.read_bytes(): p for p in (folder / "assets").glob("??/*")}
    names[b"two"].unlink()
    names[b"one"].write_bytes(b"longer")
    found = look(folder)
    two = names[b"two"]
    assert found.missing == (two.parent.name + two.name,)
    assert len(found.odd) == 1 and found.films == 3


def test_a_hurry_is_told(folder: Path) -> None:
    db = apsw.Connection(str(folder / "reelway.db"))
    db.execute("CREATE TABLE many (x)")
    db.execute(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 20000) "
        "INSERT INTO many SELECT x FROM n"
    )
    db.close()
    found = look(folder, seconds=-1)
    assert found.hurried and not found.damage
    assert (found.files, found.seen) == (2, 0)


def test_nothing_is_changed(folder: Path) -> None:
    before = {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}
    look(folder)
    assert {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()} == before


@pytest.mark.parametrize("schema", range(1, NEWEST))
def test_every_older_schema_is_understood(tmp_path: Path, schema: int) -> None:
    db = apsw.Connection(str(tmp_path / "reelway.db"))
    for step in sorted(MIGRATIONS.glob("*.sql"))[:schema]:
        db.execute(step.read_text())
    db.pragma("user_version", schema)
    db.close()
    found = look(tmp_path)
    assert (found.schema, found.newest, found.damage) == (schema, NEWEST, ())
    assert (found.files, found.last_at) == (0, None)


def test_an_empty_one_has_no_schema(tmp_path: Path) -> None:
    (tmp_path / "reelway.db").touch()
    assert look(tmp_path) == Examination(schema=0, newest=NEWEST)


def test_one_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreRefused):
        look(tmp_path)
    assert not list(tmp_path.iterdir())
