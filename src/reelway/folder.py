"""The data folder: what lies where, and the lock that says who has it.

reelway.toml   settings            lock           held by the process that has the folder
reelway.db     tasks, keys, …      control.sock   where a running server takes commands
local.key      the first key       assets/ tmp/   kept files, files in the making
secret.key     signs links         backups/       the database before each migration
seal.key       opens what the database keeps sealed: webhook secrets
"""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

from reelway.errors import ReelwayError


class FolderTaken(ReelwayError):
    """Another process has the data folder."""

    code = "folder_taken"


class FolderUnusable(ReelwayError):
    code = "folder_unusable"


class Folder:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.database = root / "reelway.db"
        self.local_key = root / "local.key"
        self.secret = root / "secret.key"
        self.seal = root / "seal.key"
        self.control = root / "control.sock"
        self.assets = root / "assets"
        self.tmp = root / "tmp"
        self.backups = root / "backups"
        self._lock: int | None = None

    def prepare(self) -> None:
        """Make the folders, and all that this process makes from now on, for the owner alone.
        Raises FolderUnusable."""
        os.umask(0o077)
        try:
            for path in (self.root, self.assets, self.tmp, self.backups):
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
                if not os.access(path, os.W_OK | os.X_OK):
                    raise PermissionError(13, "not writable", str(path))
        except OSError as error:
            raise FolderUnusable(
                f"the data folder {self.root} cannot be used: {_why(error, self.root)}; "
                "choose another with --data or REELWAY_DATA"
            ) from None

    def lock(self) -> None:
        """Take the folder; it is given back when the process ends, however it ends.
        Raises FolderTaken, naming the process that has it, and FolderUnusable."""
        try:
            handle = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise foreign(error, self.root) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 32).decode("ascii", "replace").strip()
            os.close(handle)
            who = f" (process {holder})" if holder else ""
            raise FolderTaken(f"another Reelway{who} has the data folder {self.root}") from None
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        self._lock = handle

    def unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def clear_tmp(self) -> None:
        """Remove what an earlier process left half made. Only with the lock held.
        Raises FolderUnusable for what is another user's."""
        try:
            for path in self.tmp.iterdir():
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
        except PermissionError as error:
            raise foreign(error, self.root) from None


def foreign(error: OSError, root: Path) -> FolderUnusable:
    """What to do about a file there that another user has made."""
    return FolderUnusable(
        f"the data folder {root} cannot be used: {_why(error, root)}; "
        "give all that is in it to the user that serves (chown -R)"
    )


def _why(error: OSError, root: Path) -> str:
    path = Path(error.filename or root)
    name = f"{path.relative_to(root)}: " if root in path.parents else ""
    return f"{name}{error.strerror}"


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner may read; never seen half written."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
