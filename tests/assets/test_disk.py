"""Assets on a disk: named by content, durable in the right order, private."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import stat

import pytest

from reelway.assets import disk
from reelway.assets.disk import DiskAssets

FILM = b"a film" * 1000
NAME = hashlib.sha256(FILM).hexdigest()


@pytest.fixture
def assets(tmp_path):
    return DiskAssets(tmp_path / "data" / "assets")


@pytest.fixture
def made(tmp_path):
    """Makes a file to be kept."""
    (tmp_path / "tmp").mkdir()

    def make(content=FILM, name="1.1.mp4"):
        file = tmp_path / "tmp" / name
        file.write_bytes(content)
        return file

    return make


async def test_keep(assets, made, tmp_path):
    file = made()
    assert await assets.keep(file) == (NAME, len(FILM))
    place = assets.path(NAME)
    assert place == tmp_path / "data" / "assets" / NAME[:2] / NAME[2:]
    assert place.read_bytes() == FILM and not file.exists()
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    for folder in (place.parent, place.parent.parent, tmp_path / "data"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_keep_an_empty_file(assets, made):
    assert await assets.keep(made(b"")) == (hashlib.sha256(b"").hexdigest(), 0)


async def test_keep_twice(assets, made):
    first, second = await assets.keep(made()), await assets.keep(made())
    assert first == second and assets.path(NAME).read_bytes() == FILM


async def test_who_reads_goes_on_when_it_is_kept_again(assets, made):
    await assets.keep(made())
    with assets.path(NAME).open("rb") as reader:
        await assets.keep(made())
        await assets.remove(NAME)
        assert reader.read() == FILM


async def test_keeping_again_repairs(assets, made):
    await assets.keep(made())
    assets.path(NAME).write_bytes(b"rotten")
    await assets.keep(made())
    assert assets.path(NAME).read_bytes() == FILM


async def test_many_at_once(assets, made):
    files = [made(b"%d" % n, f"{n}.mp4") for n in range(300)]
    names = {name for name, _ in await asyncio.gather(*(assets.keep(f) for f in files))}
    assert len(names) == 300 and all(assets.path(n).exists() for n in names)


async def test_remove_is_idempotent(assets, made):
    await assets.remove(NAME)
    await assets.keep(made())
    await assets.remove(NAME)
    assert not assets.path(NAME).exists()
    await assets.remove(NAME)


@pytest.mark.parametrize(
    "name",
    ["", "../../etc/passwd", NAME[:-1], NAME + "0", NAME.upper(), NAME + "\n", "/" * 64, "٣" * 64],
)
async def test_bad_names(assets, name):
    with pytest.raises(ValueError):
        assets.path(name)
    with pytest.raises(ValueError):
        await assets.remove(name)


async def test_what_is_no_plain_file(assets, made, tmp_path):
    file, link, pipe = made(), tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(file)
    os.mkfifo(pipe)
    for path in (link, pipe, tmp_path, tmp_path / "nothing"):
        with pytest.raises(OSError):
            await assets.keep(path)
    assert file.read_bytes() == FILM


class Calls:
    """The order of what reaches the disk."""

    def __init__(self, monkeypatch):
        self.seen = []
        fsync, replace, mkdir = os.fsync, disk.Path.replace, disk.Path.mkdir

        def note_fsync(handle):
            self.seen.append(("fsync", os.readlink(f"/proc/self/fd/{handle}")))
            fsync(handle)

        def note_replace(path, target):
            self.seen.append(("rename", str(target)))
            return replace(path, target)

        def note_mkdir(path, *args, **kwargs):
            self.seen.append(("mkdir", str(path)))
            mkdir(path, *args, **kwargs)

        monkeypatch.setattr(os, "fsync", note_fsync)
        monkeypatch.setattr(disk.Path, "replace", note_replace)
        monkeypatch.setattr(disk.Path, "mkdir", note_mkdir)


async def test_the_order_that_survives_a_power_cut(assets, made, monkeypatch, tmp_path):
    first, second = made(), made(name="2.1.mp4")
    calls = Calls(monkeypatch)
    await assets.keep(first)
    data, root, place = tmp_path / "data", tmp_path / "data" / "assets", assets.path(NAME)
    made_and_flushed = [
        ("fsync", str(first)),
        ("mkdir", str(data)),
        ("fsync", str(tmp_path)),
        ("mkdir", str(root)),
        ("fsync", str(data)),
        ("mkdir", str(place.parent)),
        ("fsync", str(root)),
    ]
    named = [("rename", str(place)), ("fsync", str(place.parent))]
    assert calls.seen == made_and_flushed + named
    calls.seen.clear()
    await assets.keep(second)
    assert calls.seen == [("fsync", str(second)), *named]


async def test_a_folder_that_another_made_is_flushed_too(assets, made, monkeypatch):
    assets.path(NAME).parent.mkdir(parents=True)
    file = made()
    calls = Calls(monkeypatch)
    await assets.keep(file)
    assert ("fsync", str(assets.path(NAME).parent.parent)) in calls.seen


async def test_across_file_systems(assets, made, monkeypatch):
    file = made()
    replace = disk.Path.replace

    def elsewhere(path, target):
        if path == file:
            raise OSError(errno.EXDEV, "another file system")
        return replace(path, target)

    monkeypatch.setattr(disk.Path, "replace", elsewhere)
    assert await assets.keep(file) == (NAME, len(FILM))
    place = assets.path(NAME)
    assert not file.exists() and [f.name for f in place.parent.iterdir()] == [place.name]
    assert place.read_bytes() == FILM and stat.S_IMODE(place.stat().st_mode) == 0o600


async def test_a_full_disk_leaves_the_file_where_it_was(assets, made, monkeypatch):
    file = made()

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        await assets.keep(file)
    assert file.read_bytes() == FILM and not assets.path(NAME).exists()
