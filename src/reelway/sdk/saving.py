"""A film to a file: beside its place under another name, checked, then put there.

    look → link → bytes … connection lost → pause → look → link → the rest → check → rename

Each try looks for the link anew, so that one that has expired meanwhile is no obstacle. A server
that does not know ranges begins again at the first byte, and so do we.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from reelway.sdk.errors import Damaged, Error, ServerUnavailable, refusal
from reelway.sdk.way import Ask, Lost, Reply, Stream, Way

RANGE = re.compile(r"bytes (\d+)-\d+/(?:\d+|\*)")
PASSING = (403, 404, 408, 416, 429)  # of a link: it has expired, or is refused for now
MOST_READ = 4096  # bytes of a refusal


@dataclass(frozen=True, kw_only=True)
class Link:
    """Where a file is, and what it has to be, as far as the server says."""

    url: str
    name: str
    size: int | None = None  # bytes
    sha256: str | None = None


class Part:
    """A file in the making, and the hash of what it holds."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        self._file = self._path.open("xb")
        self.restart()

    def restart(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._hash = hashlib.sha256()
        self.size = 0

    def add(self, data: bytes) -> None:
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)

    def sha256(self) -> str:
        return self._hash.hexdigest()

    def finish(self, path: Path) -> None:
        self._file.close()
        self._path.replace(path)

    def drop(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


async def save(
    look: Callable[[], Awaitable[Link]],
    path: Path,
    way: Way,
    *,
    retries: int,
    pause: Callable[[int, Error], float],
) -> Path:
    """Where it is now: `path`, or in it under the link's name where it is a folder. What stood
    there is replaced. `retries` count tries that got no further than those before.

    Raises what `look` raises, Damaged, ServerUnavailable, and OSError of the file."""
    link = await look()
    if path.is_dir():
        path /= link.name
    part = await way.do(partial(Part, path))
    try:
        tried = furthest = 0
        while error := await _try(link, part, way):
            tried = 0 if part.size > furthest else tried + 1
            furthest = max(furthest, part.size)
            if tried > retries:
                raise error
            if isinstance(error, Damaged) or link.size is None:
                part.restart()
            await way.sleep(pause(tried, error))
            link = await look()
        await way.do(partial(part.finish, path))
    finally:
        await way.do(part.drop)
    return path


async def _try(link: Link, part: Part, way: Way) -> Error | None:
    """What was wrong, where another try may mend it. Raises Error where none can."""
    headers = {"accept-encoding": "identity"}
    if part.size:
        headers["range"] = f"bytes={part.size}-"
    lost: Error | None = None
    try:
        stream = await way.open(Ask(method="GET", url=link.url, headers=headers))
        try:
            if refused := await _begin(stream, part):
                return refused
            while data := await stream.read():
                await way.do(partial(part.add, data))
                if link.size is not None and part.size > link.size:
                    break
        finally:
            await stream.close()
    except Lost as error:
        lost = ServerUnavailable(str(error), code="unreachable")
    return _check(link, part, lost)


async def _begin(stream: Stream, part: Part) -> Error | None:
    head = stream.head
    if head.status == 200:
        part.restart()
        return None
    if head.status == 206:
        if _start(head) == part.size:
            return None
        return Damaged("the server sent another part of the file than asked for", code="damaged")
    body = b""
    while len(body) < MOST_READ and (data := await stream.read()):
        body += data
    error = refusal(head.status, head.headers, body[:MOST_READ])
    if head.status == 416:
        part.restart()
    if head.status in PASSING or head.status >= 500:
        return error
    raise error


def _start(head: Reply) -> int | None:
    match = RANGE.fullmatch(head.headers.get("content-range", ""))
    return int(match[1]) if match else None


def _check(link: Link, part: Part, lost: Error | None) -> Error | None:
    if lost and (link.size is None or part.size < link.size):
        return lost
    if link.size is not None and part.size < link.size:
        return ServerUnavailable(f"the file ends after {part.size:,} bytes of {link.size:,}")
    if link.size is not None and part.size > link.size:
        return Damaged(f"the file has more than its {link.size:,} bytes", code="damaged")
    if link.sha256 and part.sha256() != link.sha256:
        return Damaged("the file is not what the server has: its SHA-256 differs", code="damaged")
    return None
