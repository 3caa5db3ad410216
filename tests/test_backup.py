from __future__ import annotations

import asyncio
import errno
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from fakes import NOW, engine_of, means_on, order, row, run_all, settle
from reelway import backup as module
from reelway.backup import backup
from reelway.cancel import delete
from reelway.errors import Conflict, InvalidRequest, Overloaded
from reelway.folder import Folder, write_secret
from reelway.means import Means
from reelway.task import Task
from serving import PLAIN, Server, wait_until


@pytest.fixture
async def means(tmp_path: Path) -> AsyncIterator[Means]:
    async with means_on(tmp_path / "data") as means:
        yield means


def folder_of(means: Means) -> Folder:
    return Folder(means.settings.data)


async def made(means: Means, film: bytes = b"a film") -> Task:
    engine_of(means).script.append(film)
    task = await order(means)
    await run_all(means)
    return await row(means, task)


async def test_a_copy_is_a_data_folder(means: Means, tmp_path: Path) -> None:
    tasks = [await made(means, b"film %d" % n) for n in range(3)]
    waiting = await order(means, hand=False)
    for name in ("local.key", "secret.key", "seal.key", "reelway.toml"):
        write_secret(means.settings.data / name, f"# {name}\n")
    (means.settings.data / "secret.key").write_bytes(b"\xff\x00not text")
    target = tmp_path / "copy"
    about = await backup(target, means, folder_of(means))
    assert about == json.loads((target / "backup.json").read_text())
    assert (about["at"], about["tasks"]) == (NOW, {"queued": 1, "succeeded": 3})
    assert (about["files"], about["bytes"], about["linked"]) == (3, 18, 3)
    assert (about["v"], about["with_files"], about["damaged"]) == (1, True, [])
    for path in target.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert (target / "seal.key").read_text() == "# seal.key\n"
    assert (target / "secret.key").read_bytes() == b"\xff\x00not text"
    assert {p.name for p in target.iterdir()} == {
        "assets", "backup.json", "local.key", "reelway.db", "reelway.toml", "seal.key",
        "secret.key",
    }  # fmt: skip
    assert {p.name for p in tmp_path.iterdir()} == {"data", "copy"}
    async with means_on(target) as copy:
        for task in tasks:
            assert await copy.store.task(task.id) == task
            path = copy.assets.path(task.film or "")
            assert path.read_bytes() == means.assets.path(task.film or "").read_bytes()
        await delete(tasks[0].owner_id, tasks[0].public_id, copy)
        assert await row(copy, waiting)
    assert means.assets.path(tasks[0].film or "").exists()


async def test_without_files(means: Means, tmp_path: Path) -> None:
    await made(means)
    about = await backup(tmp_path / "copy", means, folder_of(means), files=False)
    assert (about["files"], about["with_files"]) == (0, False)
    assert not (tmp_path / "copy" / "assets").exists()


async def test_another_disk_gets_copies(
    means: Means, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = await made(means)

    def link(source: Path, place: Path) -> None:
        raise OSError(errno.EXDEV, "another device")

    with monkeypatch.context() as patch:
        patch.setattr("reelway.assets.disk.os.link", _only_assets(link, os.link))
        about = await backup(tmp_path / "copy", means, folder_of(means))
    assert (about["files"], about["linked"]) == (1, 0)
    name = (task.film or "")[:2], (task.film or "")[2:]
    copied = tmp_path / "copy" / "assets" / name[0] / name[1]
    assert copied.read_bytes() == b"a film"
    assert copied.stat().st_ino != means.assets.path(task.film or "").stat().st_ino


def _only_assets(fails: Any, real: Any) -> Any:
    def link(source: Any, place: Any) -> None:
        (fails if "assets" in str(place) else real)(source, place)

    return link


async def test_the_settings_file_that_was_named(means: Means, tmp_path: Path) -> None:
    named = tmp_path / "etc.toml"
    named.write_text("drain = 1\n")
    write_secret(means.settings.data / "reelway.toml", "drain = 2\n")
    await backup(tmp_path / "copy", means, folder_of(means), settings=named)
    assert (tmp_path / "copy" / "reelway.toml").read_text() == "drain = 1\n"


async def test_a_file_that_is_not_whole_is_told_and_left_out(means: Means, tmp_path: Path) -> None:
    good, gone, short = [await made(means, b"film %d" % n) for n in range(3)]
    means.assets.path(gone.film or "").unlink()
    means.assets.path(short.film or "").write_bytes(b"fi")
    about = await backup(tmp_path / "copy", means, folder_of(means))
    assert sorted(about["damaged"]) == sorted([gone.film, short.film])
    assert (about["files"], about["bytes"]) == (1, 6)
    kept = [p for p in (tmp_path / "copy" / "assets").rglob("*") if p.is_file()]
    assert [p.read_bytes() for p in kept] == [b"film 0"]
    assert good.film


# Refused


async def test_nothing_is_written_over(means: Means, tmp_path: Path) -> None:
    for name in ("file", "folder", "link"):
        target = tmp_path / name
        match name:
            case "file":
                target.write_text("x")
            case "folder":
                target.mkdir()
            case _:
                target.symlink_to("nowhere")
        with pytest.raises(Conflict, match="is there already"):
            await backup(target, means, folder_of(means))
    assert (tmp_path / "file").read_text() == "x" and not list((tmp_path / "folder").iterdir())


@pytest.mark.parametrize("place", ["no/such/copy", "data/assets/copy", "data/tmp/copy"])
async def test_where_it_cannot_lie(means: Means, tmp_path: Path, place: str) -> None:
    (tmp_path / "data" / "assets").mkdir(exist_ok=True)
    with pytest.raises(InvalidRequest) as told:
        await backup(tmp_path / place, means, folder_of(means))
    assert told.value.field == "target"


async def test_one_at_a_time(means: Means, tmp_path: Path) -> None:
    await made(means)
    results = await asyncio.gather(
        *(backup(tmp_path / name, means, folder_of(means)) for name in ("a", "b", "a")),
        return_exceptions=True,
    )
    assert sum(isinstance(r, dict) for r in results) == 1
    assert sum(isinstance(r, Conflict) for r in results) == 2
    await backup(tmp_path / "c", means, folder_of(means))  # and then another


async def test_a_full_disk_leaves_nothing(
    means: Means, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await made(means)

    async def full(*args: Any) -> Any:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(means.assets, "copy", full)
        with pytest.raises(OSError, match="full"):
            await backup(tmp_path / "copy", means, folder_of(means))
    assert {p.name for p in tmp_path.iterdir()} == {"data"}
    with monkeypatch.context() as patch:
        patch.setattr(module, "least_free", lambda *_: 2**62)
        with pytest.raises(Overloaded, match="disk is full"):
            await backup(tmp_path / "copy", means, folder_of(means))
    await backup(tmp_path / "copy", means, folder_of(means))


async def test_one_that_is_broken_off_leaves_nothing(
    means: Means, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its thread still writes does not bring the folder back."""
    await made(means)
    begun, go_on, copied = threading.Event(), threading.Event(), threading.Event()
    whole = means.assets._copy  # type: ignore[attr-defined]

    def slow(*args: Any) -> Any:
        begun.set()
        go_on.wait(10)
        try:
            return whole(*args)
        finally:
            copied.set()

    monkeypatch.setattr(means.assets, "_copy", slow)
    copying = asyncio.create_task(backup(tmp_path / "copy", means, folder_of(means)))
    await asyncio.to_thread(begun.wait, 10)
    copying.cancel()
    await settle()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await copying
    await asyncio.to_thread(copied.wait, 10)
    assert {p.name for p in tmp_path.iterdir()} == {"data"}
    monkeypatch.undo()
    await backup(tmp_path / "copy", means, folder_of(means))  # nothing is held any more


async def test_what_a_process_that_died_left_is_begun_anew(means: Means, tmp_path: Path) -> None:
    part = tmp_path / ".copy.part"
    (part / "assets" / "ab").mkdir(parents=True)
    (part / "reelway.db").write_bytes(b"half")
    await backup(tmp_path / "copy", means, folder_of(means))
    assert not part.exists() and not (tmp_path / "copy" / "assets").exists()


# Meanwhile


async def test_what_is_deleted_meanwhile_is_in_the_copy(
    means: Means, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """…and goes when the copy is done, but for what is made anew of equal content."""
    gone, again = await made(means, b"gone"), await made(means, b"again")
    store_backup = means.store.backup

    async def and_delete(target: Path) -> Any:
        held = await store_backup(target)
        for task in (gone, again):
            await delete(task.owner_id, task.public_id, means)
        assert means.assets.path(gone.film or "").exists()
        await made(means, b"again")
        return held

    monkeypatch.setattr(means.store, "backup", and_delete)
    about = await backup(tmp_path / "copy", means, folder_of(means))
    assert (about["files"], about["damaged"]) == (2, [])
    assert not means.assets.path(gone.film or "").exists()
    assert means.assets.path(again.film or "").read_bytes() == b"again"
    assert await means.store.asset(again.film or "")


# A running server


def test_a_server_under_load_and_its_copy(tmp_path: Path) -> None:
    quick = {"model": "animatic-still", "prompt": "a boat", "duration": 3}
    with Server.start(tmp_path / "data", animatic_slots=2) as server:
        done = [server.make(**quick, seed=n)["id"] for n in range(3)]
        stop, made = threading.Event(), []

        def load(http: httpx.Client) -> None:
            """Eight wait at any time; as many come as are made."""
            while not stop.is_set():
                reply = http.post("/api/v1/tasks", json={**quick, "seed": len(made)})
                made.append(reply.json()["id"])
                if len(made) > 8:
                    wait_until(partial(begun, made[-8], http), 60, every=0.1)

        def begun(id: str, http: httpx.Client) -> bool:
            return stop.is_set() or http.get(f"/api/v1/tasks/{id}").json()["status"] != "queued"

        threads = [threading.Thread(target=load, args=(server.client(),)) for _ in range(2)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(made) > 8, 30)
        try:
            copied = _reelway("backup", str(tmp_path / "copy"), "--json", data=server.data)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        about = json.loads(copied)
        assert about["damaged"] == [] and sum(about["tasks"].values()) >= 8
        assert server.task(done[0])["status"] == "succeeded"
        for id in made:  # else it goes on for a while
            server.http.post(f"/api/v1/tasks/{id}/cancel")
    shutil.rmtree(tmp_path / "data")
    nobody = httpx.Client(trust_env=False, verify=PLAIN)  # without a key: the link is enough
    with nobody, Server.start(tmp_path / "copy", animatic_slots=2) as server:
        page, listed = "", []
        while page is not None:
            query = {"limit": 100, **({"after": page} if page else {})}
            reply = server.http.get("/api/v1/tasks", params=query).json()
            listed += reply["data"]
            page = reply["next"]
        assert len(listed) == sum(about["tasks"].values())
        for task in listed:
            task = server.ended(task["id"])
            assert task["status"] == "succeeded", task
            film = nobody.get(task["film"]["url"])
            assert film.status_code == 200 and len(film.content) == task["film"]["bytes"]
        again = json.loads(_reelway("audit", "--json", data=server.data))
        assert again == []  # it was written down where the copy was made, after it


def _reelway(*arguments: str, data: Path) -> str:
    command = [sys.executable, "-c", "from reelway.cli import main; main()", *arguments]
    done = subprocess.run(
        [*command, "--data", str(data)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
