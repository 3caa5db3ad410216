"""Where the films lie: a port of its own, as vendors' files are on another host. Nobody sends a
key there; the ledger keeps the headers, so that a test can see that nobody did.

    https://files…/out/<id>.mp4?expires=<ms>&sig=…      403 when it expired or was changed
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from vendors.clock import Clock
from vendors.faults import Case, Fault, Faults
from vendors.films import film
from vendors.job import DONE, Job, even
from vendors.ledger import Ledger
from vendors.plain import Answer, Call

PAGE = b"<!doctype html><title>Not here</title><p>Something else than you wanted."
HTML = {"Content-Type": "text/html"}
RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


class Store:
    def __init__(
        self, clock: Clock, faults: Faults, ledger: Ledger, path: Callable[[Job], str], scale: float
    ) -> None:
        self._clock, self._faults, self._ledger = clock, faults, ledger
        self._path, self._scale = path, scale
        self._jobs: dict[str, Job] = {}  # by path, once their address was told
        self._making = asyncio.Lock()  # one film at a time: the processors are others' too
        self.address = ""

    def link(self, job: Job, seconds: float | None) -> str:
        """Good for `seconds` from now; forever without."""
        expires = int(self._clock.now() + seconds * 1000) if seconds is not None else 0
        path = self._path(job)
        self._jobs[path] = job
        return f"{self.address}{path}?expires={expires}&sig={signed(path, str(expires))}"

    async def answer(self, call: Call) -> Answer:
        now = self._clock.now()
        job = self._jobs.get(call.path)
        place = self._ledger.note(
            kind="download", at=now, method=call.method, path=call.path, headers=call.headers
        )
        if job is None or job.state(now) != DONE or call.method not in ("GET", "HEAD"):
            self._ledger.complete(place, status=404)
            return Answer(status=404)
        job.downloads += 1
        found = Found(self._faults, Case(number=job.number, text=job.order.text, at=job.downloads))
        said = await self._said(job, call, found, now)
        sent = len(said.body) if said.cut is None else said.cut
        self._ledger.complete(
            place, job=job.id, status=said.status, sent=sent, faults=tuple(found.names)
        )
        return said

    async def _said(self, job: Job, call: Call, found: Found, now: int) -> Answer:
        if fault := found.here("download_error", now):
            return Answer(status=fault.status or 500)
        expires = call.query.get("expires", "")
        good = hmac.compare_digest(call.query.get("sig", ""), signed(call.path, expires))
        late = good and expires != "0" and now > int(expires)
        if not good or late or found.here("expired", now):
            return Answer(status=403, body=b"<Error><Code>AccessDenied</Code></Error>")
        if found.here("not_a_film", now):
            return Answer(status=200, body=PAGE, headers=HTML)
        content = await self._film(job, found, now)
        said = part(content, call.headers, ranges=found.here("no_ranges", now) is None)
        if fault := found.here("cut_download", now):
            return replace(said, cut=int(len(said.body) * fault.fraction))
        if fault := found.here("drip", now):
            return replace(said, drip=fault.rate)
        return said

    async def _film(self, job: Job, found: Found, now: int) -> bytes:
        width, height = (even(side * self._scale) for side in job.order.size)
        seconds, sound = float(job.order.seconds), job.order.sound
        if fault := found.here("wrong_length", now):
            seconds += 3 if fault.seconds is None else fault.seconds
        if found.here("wrong_size", now):
            width = even(width / 2)
        if found.here("mute", now):
            sound = False
        if found.here("loud", now):
            sound = True
        async with self._making:
            content = await asyncio.to_thread(film, width, height, seconds, sound)
        if fault := found.here("truncated", now):
            content = content[: int(len(content) * fault.fraction)]
        return content


@dataclass
class Found:
    """Which rules hold for one call, and which were followed."""

    faults: Faults
    case: Case

    def __post_init__(self) -> None:
        self.names: list[str] = []

    def here(self, kind: str, now: int, *, since: int | None = None) -> Fault | None:
        fault = self.faults.find(kind, self.case, now, since=since)
        if fault is not None:
            self.names.append(kind)
        return fault


def part(content: bytes, headers: Mapping[str, str], *, ranges: bool) -> Answer:
    """All of it, or the one range that was asked for."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    about = {"Content-Type": "video/mp4", "ETag": tag}
    if not ranges:
        return Answer(status=200, body=content, headers=about)
    about["Accept-Ranges"] = "bytes"
    asked = RANGE.match(headers.get("range", ""))
    if not asked or headers.get("if-range", tag) != tag or asked.group() == "bytes=-":
        return Answer(status=200, body=content, headers=about)
    first, last, size = asked[1], asked[2], len(content)
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        about["Content-Range"] = f"bytes */{size}"
        return Answer(status=416, headers=about)
    about["Content-Range"] = f"bytes {start}-{end}/{size}"
    return Answer(status=206, body=content[start : end + 1], headers=about)


def signed(path: str, expires: str) -> str:
    return hmac.new(b"the vendor's own", f"{path} {expires}".encode(), "sha256").hexdigest()[:32]
