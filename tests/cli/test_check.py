"""Each fault is planted, found, and told with what to do about it."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import apsw
import pytest

from cli.conftest import Reelway
from fakes import NOW, FakeEngine, means_on, order, owner_of, run_all
from reelway.cli import check
from reelway.errors import EngineMissing
from reelway.folder import Folder
from reelway.means import Means
from reelway.seal import Seal
from reelway.stores.sqlite import database
from serving import Server

Told = dict[str, tuple[str, str]]  # (level, say) by what


class BrokenEngine(FakeEngine):
    async def check(self) -> str:
        raise EngineMissing("it is not installed: pip install 'reelway[animatic]'")


@pytest.fixture(autouse=True)
def any_port(reelway: Reelway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others may be listening on the usual one."""
    monkeypatch.setenv("REELWAY_PORT", "0")


@pytest.fixture
def no_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real ones take a second to start."""

    async def helper(folder: Folder) -> check.Finding:
        return check.Finding("media helper", "ok", "")

    monkeypatch.setattr(check, "make_engines", lambda *_: {"animatic": FakeEngine()})
    monkeypatch.setattr(check, "_helper", helper)


def look(reelway: Reelway, *arguments: str) -> Told:
    result = reelway("check", "--json", *arguments)
    rows = json.loads(result.out)
    told = {row["what"]: (row["level"], row["say"]) for row in rows}
    assert len(told) == len(rows), "two findings of one name"
    assert result.code == (1 if "fail" in {level for level, _ in told.values()} else 0)
    assert all(row["say"] and row["level"] in ("ok", "warn", "fail") for row in rows if row["say"])
    return told


def faults(told: Told) -> set[str]:
    return {what for what, (level, _) in told.items() if level != "ok"}


def fill(
    data: Path, *, films: int = 3, more: Callable[[Means], Awaitable[Any]] | None = None
) -> None:
    """A folder as a server leaves it, with some films."""

    async def work() -> None:
        folder = Folder(data)
        folder.prepare()
        async with means_on(data) as means:
            for number in range(films):
                means.engines["animatic"].script.append(b"film %d" % number)  # type: ignore[attr-defined]
                await order(means)
            await run_all(means)
            if more:
                await more(means)
        (data / "reelway.db").chmod(0o600)

    asyncio.run(work())


def change(data: Path, *statements: str) -> None:
    db = apsw.Connection(str(data / "reelway.db"))
    for statement in statements:
        db.execute(statement)
    db.close()


def kept(data: Path) -> list[Path]:
    return sorted((data / "assets").glob("??/*"))


def test_everything_is_well_with_the_real_engine(reelway: Reelway, data: Path) -> None:
    result = reelway("check")
    assert result.code == 0, result.out
    lines = [line.split(": ")[0] for line in result.out.splitlines()]
    assert lines == [
        "ok    settings",
        "ok    address",
        "ok    clock",
        "ok    open files",
        "ok    data folder",
        "ok    disk",
        "ok    secrets",
        "ok    backups",
        "ok    database",
        "ok    port",
        "ok    media helper",
        "ok    engine animatic",
        "ok    speech",
    ]
    assert f"data folder {data}" in result.out
    assert not list((data / "tmp").iterdir()) and not (data / "reelway.db").exists()
    Folder(data).lock()  # it was given back


@pytest.mark.usefixtures("no_children")
class TestTheFolder:
    def test_one_that_a_server_left_is_well(self, reelway: Reelway, data: Path) -> None:
        fill(data)
        before = (data / "reelway.db").read_bytes()
        told = look(reelway)
        assert faults(told) == set()
        assert told["database"] == ("ok", "whole, and its schema is current")
        assert told["files"] == ("ok", "looked at 3: all there")
        assert (data / "reelway.db").read_bytes() == before

    def test_a_data_path_that_is_a_file(self, reelway: Reelway, data: Path) -> None:
        data.write_text("a file")
        told = look(reelway)
        level, say = told["data folder"]
        assert level == "fail" and "--data or REELWAY_DATA" in say
        assert told.keys() == {"settings", "address", "clock", "open files", "data folder"}
        assert data.read_text() == "a file"

    def test_one_that_cannot_be_written(
        self, reelway: Reelway, data: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Folder(data).prepare()
        monkeypatch.setattr(os, "access", lambda *args: False)
        assert look(reelway)["data folder"][0] == "fail"

    def test_one_of_another_user(
        self, reelway: Reelway, data: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Folder(data).prepare()
        owner = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: 4711)
        level, say = look(reelway)["data folder"]
        assert level == "warn" and f"user {owner}" in say and "sudo -u" in say

    @pytest.mark.parametrize("name", ["local.key", "secret.key", "seal.key", "reelway.db"])
    def test_a_secret_that_others_may_read(self, reelway: Reelway, data: Path, name: str) -> None:
        fill(data, films=0)
        (data / name).touch()
        (data / name).chmod(0o640)
        assert look(reelway)["secrets"] == ("fail", f"others may read {name}: chmod 600")
        (data / name).chmod(0o600)
        assert look(reelway)["secrets"][0] == "ok"

    @pytest.mark.parametrize(
        ("free", "level"), [(1 << 29, "fail"), (5 << 30, "warn"), (50 << 30, "ok")]
    )
    def test_little_disk(
        self,
        reelway: Reelway,
        data: Path,
        monkeypatch: pytest.MonkeyPatch,
        free: int,
        level: str,
    ) -> None:
        monkeypatch.setattr(
            check.shutil, "disk_usage", lambda path: SimpleNamespace(total=500 << 30, free=free)
        )
        told = look(reelway)
        assert told["disk"][0] == level
        assert told["disk"][1].startswith(f"{free / (1 << 30):.1f} GiB free")

    def test_backups_that_fill_the_disk(
        self, reelway: Reelway, data: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(data, films=0)
        for number in range(2):
            (data / "backups" / f"reelway-v{number}.db").touch()
            os.truncate(data / "backups" / f"reelway-v{number}.db", 1 << 30)
        room = SimpleNamespace(total=900 << 30, free=15 << 30)
        monkeypatch.setattr(check.shutil, "disk_usage", lambda path: room)
        level, say = look(reelway)["backups"]
        assert level == "warn" and say == (
            "2 copies of the database, 2.0 GiB: delete old ones from backups/"
        )
        room.free = 500 << 30  # nobody minds
        assert look(reelway)["backups"][0] == "ok"


@pytest.mark.usefixtures("no_children")
class TestTheDatabase:
    def test_one_that_is_none(self, reelway: Reelway, data: Path) -> None:
        Folder(data).prepare()
        (data / "reelway.db").write_bytes(b"not a database, but long enough to look like one" * 9)
        (data / "reelway.db").chmod(0o600)
        level, say = look(reelway)["database"]
        assert level == "fail" and "reelway.db" in say and "backups/" in say
        Folder(data).lock()  # it is given back

    def test_another_programs(self, reelway: Reelway, data: Path) -> None:
        Folder(data).prepare()
        change(data, "CREATE TABLE notes (text)")
        level, say = look(reelway)["database"]
        assert level == "fail" and "another program" in say

    def test_a_newer_one(self, reelway: Reelway, data: Path) -> None:
        fill(data, films=0)
        change(data, "PRAGMA user_version = 99")
        level, say = look(reelway)["database"]
        assert level == "fail" and "schema 99" in say and "pip install --upgrade" in say

    def test_an_older_one_is_left_as_it_is(
        self, reelway: Reelway, data: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Folder(data).prepare()
        first = sorted(database.MIGRATIONS.glob("*.sql"))[0]
        change(data, "PRAGMA journal_mode = wal", first.read_text(), "PRAGMA user_version = 1")
        (data / "reelway.db").chmod(0o600)
        told = look(reelway)
        assert faults(told) == set()
        assert "schema 1: the next start migrates it" in told["database"][1]
        assert told["files"][0] == "ok"
        db = apsw.Connection(str(data / "reelway.db"))
        assert db.pragma("user_version") == 1
        db.close()
        little = SimpleNamespace(total=1 << 40, free=(data / "reelway.db").stat().st_size)
        monkeypatch.setattr(check.shutil, "disk_usage", lambda path: little)
        level, say = look(reelway)["database"]
        assert level == "fail" and "no room" in say

    def test_a_damaged_one(self, reelway: Reelway, data: Path) -> None:
        fill(data, films=30)
        path = data / "reelway.db"
        db = apsw.Connection(str(path))
        page = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'events'").get
        db.close()
        with path.open("r+b") as file:
            file.seek((page - 1) * 4096)
            file.write(b"\xff" * 512)
        level, say = look(reelway)["database"]
        assert level == "fail" and say.startswith("damaged: ") and "backups/" in say
        assert len(say) < 2000

    def test_rows_that_lost_what_they_refer_to(self, reelway: Reelway, data: Path) -> None:
        fill(data)
        change(data, "PRAGMA foreign_keys = 0", "DELETE FROM owners")
        level, say = look(reelway)["database"]
        assert level == "fail" and "without the row they refer to" in say

    def test_an_sqlite_that_is_too_old(
        self, reelway: Reelway, data: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(data, films=0)
        monkeypatch.setattr(database, "OLDEST", (99, 0, 0))
        level, say = look(reelway)["database"]
        assert level == "fail" and "Reelway needs 99.0.0" in say and "apsw" in say

    def test_one_that_is_gone_while_its_files_are_there(self, reelway: Reelway, data: Path) -> None:
        fill(data)
        (data / "reelway.db").unlink()
        level, say = look(reelway)["database"]
        assert level == "fail" and "no database" in say
        assert len(kept(data)) == 3

    def test_a_film_that_is_gone(self, reelway: Reelway, data: Path) -> None:
        fill(data)
        gone = kept(data)[0]
        gone.unlink()
        level, say = look(reelway)["files"]
        assert level == "fail" and "looked at 3: 1 missing" in say and "films of 1 tasks" in say
        assert f"assets/{gone.parent.name}/{gone.name}" in say

    def test_files_of_another_size(self, reelway: Reelway, data: Path) -> None:
        fill(data)
        kept(data)[0].write_bytes(b"")
        kept(data)[1].unlink()
        level, say = look(reelway)["files"]
        assert level == "fail"
        assert "1 missing" in say and "1 of another size" in say and "films of 2 tasks" in say

    def test_no_more_time_is_taken_than_there_is(
        self, reelway: Reelway, data: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(data)
        monkeypatch.setattr(check, "PATIENCE", -1.0)
        told = look(reelway)
        assert told["files"] == ("ok", "looked at 0 of 3, in -1 s: all there")

    def test_a_seal_that_is_lost(self, reelway: Reelway, data: Path) -> None:
        async def secret(means: Means) -> None:
            sealed = Seal(data / "seal.key").seal("whsec_x")
            await means.store.add_secret(await owner_of(means), None, sealed, NOW, NOW)

        fill(data, more=secret)
        assert look(reelway)["sealed"][0] == "ok"
        (data / "seal.key").unlink()
        level, say = look(reelway)["sealed"]
        assert level == "fail" and "seal.key" in say and "missing" in say
        assert not (data / "seal.key").exists()

    def test_a_newest_row_that_is_after_now(
        self, reelway: Reelway, data: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(data)
        monkeypatch.setattr(check, "OLDEST_CLOCK", 0)
        monkeypatch.setattr(check, "now", lambda: NOW - 3_600_000)
        level, say = look(reelway)["newest row"]
        assert level == "warn" and "set back" in say

    def test_a_running_server_is_left_alone(self, reelway: Reelway, server: Server) -> None:
        told = look(reelway, "--data", str(server.data))
        assert told["database"][1].startswith("a server is running and has it")
        assert not told.keys() & {"files", "sealed", "port"}
        assert faults(told) == set()
        made = server.make(prompt="a boat", duration=3, model="animatic-still")
        assert made["status"] == "succeeded"


@pytest.mark.usefixtures("no_children")
class TestTheMachine:
    def test_a_port_that_somebody_else_has(
        self, reelway: Reelway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            monkeypatch.setenv("REELWAY_PORT", str(port))
            level, say = look(reelway)["port"]
        assert level == "fail" and f"port {port}" in say and "--port" in say

    def test_an_address_that_is_not_ours(
        self, reelway: Reelway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REELWAY_HOST", "192.0.2.1")
        assert look(reelway)["port"][0] == "fail"

    def test_a_clock_that_begins_anew(
        self, reelway: Reelway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(check, "now", lambda: 60_000)
        level, say = look(reelway)["clock"]
        assert level == "fail" and "1970-01-01" in say

    @pytest.mark.parametrize(
        ("settings", "level", "words"),
        [
            ({"HOST": "0.0.0.0"}, "warn", "set public_url"),
            ({"HOST": "0.0.0.0", "PUBLIC_URL": "http://a.example"}, "warn", "in the clear"),
            ({"PUBLIC_URL": "http://a.example"}, "warn", "in the clear"),
            ({"HOST": "0.0.0.0", "PUBLIC_URL": "https://a.example"}, "ok", "https://a.example"),
            ({"PUBLIC_URL": "http://localhost:8080"}, "ok", "localhost"),
            ({"PUBLIC_URL": "http://[::1]:8080"}, "ok", "[::1]"),
        ],
    )
    def test_an_address_without_tls_or_name(
        self,
        reelway: Reelway,
        monkeypatch: pytest.MonkeyPatch,
        settings: dict[str, str],
        level: str,
        words: str,
    ) -> None:
        for name, value in settings.items():
            monkeypatch.setenv(f"REELWAY_{name}", value)
        told = look(reelway)["address"]
        assert told[0] == level and words in told[1]

    @pytest.mark.parametrize(
        ("most", "level"), [(1024, "warn"), (65_536, "ok"), (resource.RLIM_INFINITY, "ok")]
    )
    def test_few_open_files(
        self, reelway: Reelway, monkeypatch: pytest.MonkeyPatch, most: int, level: str
    ) -> None:
        monkeypatch.setattr(resource, "getrlimit", lambda which: (256, most))
        assert look(reelway)["open files"][0] == level

    def test_speech_that_is_not_installed(
        self, reelway: Reelway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(check, "find_spec", lambda name: None)
        level, say = look(reelway)["speech"]
        assert level == "warn" and "reelway[speech]" in say

    def test_an_engine_that_is_not_installed(
        self, reelway: Reelway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(check, "make_engines", lambda *_: {"animatic": BrokenEngine()})
        result = reelway("check")
        assert result.code == 1
        assert "FAIL  engine animatic: it is not installed: pip install" in result.out


class TestChildren:
    def test_processes_that_do_not_start(
        self, reelway: Reelway, data: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.executable", "/bin/false")
        told = look(reelway)
        assert told["media helper"][0] == told["engine animatic"][0] == "fail"
        assert "pictures cannot be taken" in told["media helper"][1]
        assert not list((data / "tmp").iterdir())
