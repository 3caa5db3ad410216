"""The vendor's side: everything that reached it, in order, and what it took for it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from vendors.faults import says
from vendors.job import Job


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One call, or one message of ours. `status` None: the connection was lost instead."""

    kind: str  # create, poll, download, webhook, other
    at: int  # when it came, in the vendor's milliseconds
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any = None
    number: int | None = None  # of a create
    job: str | None = None
    made: bool = False  # a create that made a job
    charged: int = 0
    unknown: tuple[str, ...] = ()  # fields that the documents do not have
    status: int | None = None
    answer: Any = None
    faults: tuple[str, ...] = ()
    sent: int | None = None  # bytes of a film


class Ledger:
    """`polls` False keeps none of them: ten thousand jobs are asked for very often."""

    def __init__(self, now: Callable[[], int], *, polls: bool = True) -> None:
        self._now, self._polls = now, polls
        self._waiting: list[asyncio.Future[None]] = []
        self.entries: list[Entry] = []
        self.jobs: dict[str, Job] = {}

    def note(self, **what: Any) -> int:
        """Kept at once, so that a call whose answer never ends is seen; → its place."""
        if what["kind"] == "poll" and not self._polls:
            return -1
        self.entries.append(Entry(**what))
        self._news()
        return len(self.entries) - 1

    def complete(self, place: int, **what: Any) -> None:
        if place >= 0:
            self.entries[place] = replace(self.entries[place], **what)
            self._news()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return once it holds; asked again at every entry. In the vendor's loop."""
        while not holds():
            news = asyncio.get_running_loop().create_future()
            self._waiting.append(news)
            await news

    def _news(self) -> None:
        for news in self._waiting:
            if not news.done():
                news.set_result(None)
        self._waiting.clear()

    def of(self, kind: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.kind == kind]

    @property
    def creates(self) -> list[Entry]:
        return self.of("create")

    def jobs_of(self, text: str) -> list[Job]:
        """Jobs whose prompt or shots have these words, whole ones."""
        return [job for job in self.jobs.values() if says(job.order.text, text)]

    def jobs_made(self, text: str | None = None) -> int:
        return len(self.jobs if text is None else self.jobs_of(text))

    def charged_for(self, text: str) -> int:
        return self._taken(self.jobs_of(text))

    @property
    def charged(self) -> int:
        """Micro-dollars taken and not given back."""
        return self._taken(self.jobs.values())

    def _taken(self, jobs: Iterable[Job]) -> int:
        now = self._now()
        return sum(job.price for job in jobs if not job.refunded(now))

    def made_by_text(self) -> dict[str, int]:
        return dict(Counter(job.order.text for job in self.jobs.values()))

    def more_than_one(self) -> dict[str, int]:
        """Texts that were made more than once: paid twice, where each task has its own."""
        return {text: n for text, n in self.made_by_text().items() if n > 1}

    def plain(self, kind: str | None, after: int, *, full: bool) -> list[dict[str, Any]]:
        rows = [{"place": n, **asdict(entry)} for n, entry in enumerate(self.entries)][after:]
        rows = [row for row in rows if kind in (None, row["kind"])]
        return rows if full else [{k: short(v) for k, v in row.items()} for row in rows]


def short(value: Any) -> Any:
    """Inline pictures are long, and a campaign asks often."""
    if isinstance(value, str) and len(value) > 4000:
        return f"{value[:40]}… ({len(value)} characters)"
    if isinstance(value, dict):
        return {k: short(v) for k, v in value.items()}
    if isinstance(value, list):
        return [short(v) for v in value]
    return value
