"""The file that what comes in is written to, and what is told of it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aiohttp

BATCH = 512 * 1024  # bytes handed to the disk at a time
MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)


class File:
    """New, 0600, and gone again if the fetch fails. Blocks: for threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fd: int | None = None
        self.made = False
        self.size = 0
        self.digest = hashlib.sha256()

    def open(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        self.fd = os.open(self.path, flags, 0o600)
        self.made = True

    def reopen(self, size: int) -> None:
        """The file that an earlier try left: its first `size` bytes count, and are read for the
        digest. OSError if it is not there or shorter."""
        self.fd = os.open(self.path, os.O_RDWR | os.O_NOFOLLOW)
        self.made = True
        if os.fstat(self.fd).st_size < size:
            raise FileNotFoundError(f"{self.path.name} is shorter than it was")
        os.ftruncate(self.fd, size)
        while data := os.read(self.fd, BATCH):
            self.digest.update(data)
            self.size += len(data)

    def restart(self) -> None:
        """What was written is not part of what comes now."""
        assert self.fd is not None
        os.ftruncate(self.fd, 0)
        os.lseek(self.fd, 0, os.SEEK_SET)
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        assert self.fd is not None
        with memoryview(data) as view:
            done = 0
            while done < len(view):
                done += os.write(self.fd, view[done:])
        self.digest.update(data)
        self.size += len(data)

    def close(self) -> None:
        if self.fd is not None:
            fd, self.fd = self.fd, None
            os.close(fd)

    def drop(self) -> None:
        """Removes the file, if it is ours."""
        with suppress(OSError):
            self.close()
        if self.made:
            self.path.unlink(missing_ok=True)


async def to_the_end(work: Callable[..., None], *args: Any) -> None:
    """In a thread, waited for even when cancelled: no file is closed under a write."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *args))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([running])
        running.exception()  # seen; the caller is being cancelled
        raise


def media_type(reply: aiohttp.ClientResponse) -> str:
    """As the other side says, lower case, "" if it does not; not to be believed."""
    said = MEDIA_TYPE.match(reply.headers.get("Content-Type", "").strip())
    return said[0].lower() if said else ""


def packed(reply: aiohttp.ClientResponse) -> str:
    """The body's coding, lower case; "" when it comes as it is."""
    coding = reply.headers.get("Content-Encoding", "").strip().lower()
    return "" if coding == "identity" else coding
