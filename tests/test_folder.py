from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reelway.folder import Folder, FolderTaken, FolderUnusable, write_secret

HOLD = """
import sys
from pathlib import Path
from reelway.folder import Folder
Folder(Path(sys.argv[1])).lock()
print("held", flush=True)
sys.stdin.read()
"""


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    folder = Folder(tmp_path / "data")
    folder.prepare()
    yield folder
    folder.unlock()


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


# The folder


def test_everything_is_the_owners_alone(tmp_path: Path, open_umask: None) -> None:
    folder = Folder(tmp_path / "deep" / "data")
    folder.prepare()
    folder.lock()
    folder.unlock()
    for path in (folder.root, folder.assets, folder.tmp, folder.backups):
        assert mode(path) == 0o700
    assert mode(folder.root / "lock") == 0o600


def test_preparing_twice_keeps_what_is_there(folder: Folder) -> None:
    (folder.assets / "film").write_text("x")
    folder.prepare()
    assert (folder.assets / "film").read_text() == "x"


@pytest.mark.parametrize("below", [False, True])
def test_a_file_in_its_place(tmp_path: Path, below: bool) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    root = file / "data" if below else file
    with pytest.raises(FolderUnusable, match="--data or REELWAY_DATA") as told:
        Folder(root).prepare()
    assert str(root) in told.value.message
    assert file.read_text() == "x"


def test_a_folder_that_cannot_be_written(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # for root every folder can be
    with pytest.raises(FolderUnusable, match="not writable"):
        folder.prepare()


def test_one_below_that_cannot_be_written(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: path != folder.assets)
    with pytest.raises(FolderUnusable, match=r"assets: not writable"):
        folder.prepare()


@pytest.mark.parametrize("what", ["lock", "tmp/81.1.mp4"])
def test_what_another_user_made(folder: Folder, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Root, say, with one command before the first start."""
    path = folder.root / what
    path.write_text("")

    def refused(name: object, *args: object, **more: object) -> int:
        raise PermissionError(13, "Permission denied", str(name))

    monkeypatch.setattr(os, "open", refused)
    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(FolderUnusable, match=rf"{what}: Permission denied; .*chown") as told:
        folder.lock() if what == "lock" else folder.clear_tmp()
    assert str(folder.root) in told.value.message


# The lock


def test_a_folder_is_taken_once(folder: Folder) -> None:
    folder.lock()
    with pytest.raises(FolderTaken) as told:
        Folder(folder.root).lock()
    assert f"(process {os.getpid()})" in told.value.message
    assert str(folder.root) in told.value.message
    folder.unlock()
    other = Folder(folder.root)
    other.lock()
    other.unlock()


def test_unlocking_what_is_not_locked_is_harmless(folder: Folder) -> None:
    folder.unlock()
    folder.lock()
    folder.unlock()
    folder.unlock()


def test_another_process_has_it_until_it_dies(folder: Folder) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        with pytest.raises(FolderTaken, match=rf"\(process {holder.pid}\)"):
            folder.lock()
        holder.kill()
        holder.wait()
    folder.lock()
    assert (folder.root / "lock").read_text() == f"{os.getpid()}\n"


def test_a_child_does_not_inherit_the_lock(folder: Folder) -> None:
    folder.lock()
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; print('up', flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        close_fds=False,
    )
    with child:
        assert child.stdout and child.stdout.readline() == b"up\n"
        folder.unlock()
        folder.lock()


# The temporary folder


def test_clearing_removes_everything_and_follows_nothing(folder: Folder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    (folder.tmp / "1.1.mp4").write_text("x")
    (folder.tmp / "1.1.in" / "deep").mkdir(parents=True)
    (folder.tmp / "1.1.in" / "deep" / "a.png").write_text("x")
    (folder.tmp / "link").symlink_to(outside)
    (folder.tmp / "broken").symlink_to(tmp_path / "missing")
    folder.clear_tmp()
    assert list(folder.tmp.iterdir()) == []
    assert (outside / "kept").exists()


# Secrets


def test_a_secret_is_its_owners_alone(tmp_path: Path, open_umask: None) -> None:
    path = tmp_path / "local.key"
    write_secret(path, "rw_x\n")
    assert path.read_text() == "rw_x\n"
    assert mode(path) == 0o600


def test_a_secret_replaces_whatever_was_there(tmp_path: Path, open_umask: None) -> None:
    path = tmp_path / "local.key"
    path.write_text("old")
    path.with_name("local.key.new").write_text("left by a crash")
    assert mode(path) == 0o666
    write_secret(path, "new")
    assert (path.read_text(), mode(path)) == ("new", 0o600)
    assert [p.name for p in tmp_path.iterdir()] == ["local.key"]
