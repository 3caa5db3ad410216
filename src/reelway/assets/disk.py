"""Assets as files in one folder, named by what they hold.

    root/9f/86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08

is the content whose SHA-256 is 9f86d0…: two letters of folder, the rest is the name, no suffix
(what kind of file it is stands in the database). Folders are 0700, files 0600. A file is flushed
before it gets its name, and the folder after: what `keep` returned for survives a power cut.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path

_NAME = re.compile(r"[0-9a-f]{64}")
# Another file system, or one without links, or with too many of this file.
NO_LINK = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


class DiskAssets:
    """The contract `reelway.asset.Assets` on a local disk. `root` is made when first needed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._durable: set[Path] = set()  # folders whose own entry is known to be on the disk
        self._held: set[str] | None = None  # what is to be removed, while nothing may be

    async def keep(self, path: Path) -> tuple[str, int]:
        """See `Assets.keep`. Raises OSError if `path` is no plain file or the disk is full."""
        return await asyncio.to_thread(self._keep, path)

    def path(self, sha256: str) -> Path:
        if not _NAME.fullmatch(sha256):
            raise ValueError("an asset's name is 64 hexadecimal digits, in small letters")
        return self._root / sha256[:2] / sha256[2:]

    async def remove(self, sha256: str) -> int:
        path = self.path(sha256)
        if self._held is not None:
            self._held.add(sha256)
            return 0
        return await asyncio.to_thread(_unlink, path)

    async def copy(self, files: Sequence[tuple[str, int]], root: Path) -> tuple[int, list[str]]:
        """See `Assets.copy`. Raises OSError if the disk is full."""
        return await asyncio.to_thread(self._copy, files, DiskAssets(root))

    def _copy(self, files: Sequence[tuple[str, int]], to: DiskAssets) -> tuple[int, list[str]]:
        linked, damaged, folders = 0, [], set()
        for name, size in files:
            source, place = self.path(name), to.path(name)
            to._folder(place.parent)
            folders.add(place.parent)
            try:
                linked += _link_or_copy(source, place)
                whole = place.stat().st_size == size
            except FileNotFoundError:
                whole = False
            if not whole:
                damaged.append(name)
                place.unlink(missing_ok=True)
        for folder in folders:
            _flush_folder(folder)
        return linked, damaged

    def hold(self) -> None:
        if self._held is not None:
            raise RuntimeError("the files are held already")
        self._held = set()

    def release(self) -> Sequence[str]:
        held, self._held = self._held, None
        return sorted(held or ())

    async def names(self) -> list[str]:
        return await asyncio.to_thread(self._names)

    def _names(self) -> list[str]:
        found = (
            folder.name + file.name for folder in self._root.glob("??") for file in folder.iterdir()
        )
        return [name for name in found if _NAME.fullmatch(name)]

    def _keep(self, path: Path) -> tuple[str, int]:
        sha256, size = _settle(path)
        place = self.path(sha256)
        self._folder(place.parent)
        try:
            # Over an older file of the same name as well: whoever reads that one goes on, and
            # should a disk have damaged it, it is whole again.
            path.replace(place)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _move_across(path, place)
        _flush_folder(place.parent)
        return sha256, size

    def _folder(self, folder: Path) -> None:
        """Make it, its entry on the disk when this returns.

        Flushed even where it is there already: another thread, or a run that ended in between,
        may have made it a moment ago.
        """
        if folder in self._durable:
            return
        if self._root not in self._durable:
            _make(self._root)
            self._durable.add(self._root)
        folder.mkdir(mode=0o700, exist_ok=True)
        _flush_folder(self._root)
        self._durable.add(folder)


def _unlink(path: Path) -> int:
    try:
        size = path.stat().st_size
        path.unlink()
    except FileNotFoundError:
        return 0
    return size


def _link_or_copy(source: Path, place: Path) -> bool:
    """Whether it is a link: what was kept is never written to again."""
    try:
        os.link(source, place)
        return True
    except OSError as error:
        if error.errno not in NO_LINK:
            raise
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as out, source.open("rb") as file:
        shutil.copyfileobj(file, out, 1 << 20)
        out.flush()
        _flush(out.fileno())
    return False


def _make(folder: Path) -> None:
    """With all its parents, each one's entry on the disk."""
    if not folder.parent.is_dir():
        _make(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _flush_folder(folder.parent)


def _settle(path: Path) -> tuple[str, int]:
    """Hash the file and flush it to the disk: (SHA-256 in hex, bytes)."""
    # Not through a link, and not waiting for whoever writes into a pipe.
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a plain file", str(path))
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        os.fchmod(file.fileno(), 0o600)
        _flush(file.fileno())
    return sha256, status.st_size


def _move_across(path: Path, place: Path) -> None:
    """A rename between two file systems, whole or not at all as well."""
    fresh = place.with_name(f".{secrets.token_hex(8)}.tmp")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as out, path.open("rb") as file:
            shutil.copyfileobj(file, out, 1 << 20)
            out.flush()
            _flush(out.fileno())
        fresh.replace(place)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    path.unlink()


def _flush(handle: int) -> None:
    if hasattr(fcntl, "F_FULLFSYNC"):  # macOS: fsync leaves it in the disk's own cache
        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
    else:
        os.fsync(handle)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
