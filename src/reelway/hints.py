"""Hints: a vendor says that a job is over, so whoever looks at it next does so now.

    hints.expect(provider, job, task_id)    a task is looked after: its vendor's word would be news
    hints.whose(provider, job) → task_id     a message came: whose job it is, if anybody's
    hints.hurry(provider, job, now)         whether it is to be looked at now
    hints.forget(task_id)                   nobody looks any more

A hint is never believed. It says no more than a look would, and only hurries that look; what is
lost, forged, doubled or early changes nothing, since every job is looked at anyway. So all of it
is kept in memory alone: after a restart the looks that begin anew expect it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from sys import intern

from reelway.pace import Bucket

RATE, BURST = 100.0, 1000  # messages a second from one provider; the burst is a full house's
SPACING = 2000  # milliseconds between two looks at a job that hints may hurry


@dataclass(slots=True)
class _Expected:
    provider: str
    job: str
    task_id: int
    hurried_at: int = 0  # UTC milliseconds


class Hints:
    def __init__(self) -> None:
        self._jobs: dict[str, dict[str, _Expected]] = {}  # by provider and job
        self._tasks: dict[int, _Expected] = {}
        self._buckets: dict[str, Bucket] = {}

    def expect(self, provider: str, job: str, task_id: int) -> None:
        """Again and again as well: that changes nothing."""
        known = self._tasks.get(task_id)
        if known and (known.provider, known.job) == (provider, job):
            return
        self.forget(task_id)
        self._tasks[task_id] = expected = _Expected(intern(provider), job, task_id)
        self._jobs.setdefault(provider, {})[job] = expected

    def forget(self, task_id: int) -> None:
        known = self._tasks.pop(task_id, None)
        if known and self._jobs[known.provider].get(known.job) is known:
            del self._jobs[known.provider][known.job]

    def wait(self, provider: str, now: int) -> float:
        """0.0 and a message may be read, or the seconds until one may. `provider` is one of the
        settings': who makes up names fills no memory."""
        bucket = self._buckets.setdefault(provider, Bucket(rate=RATE, burst=BURST))
        return bucket.take(now / 1000)

    def whose(self, provider: str, job: str) -> int | None:
        """The task whose job it is; None where nobody looks at it."""
        found = self._find(provider, job)
        return found.task_id if found else None

    def hurry(self, provider: str, job: str, now: int) -> bool:
        """Whether that is to be looked at now: not where it was hurried a moment ago."""
        found = self._find(provider, job)
        if found is None or now - found.hurried_at < SPACING:
            return False
        found.hurried_at = now
        return True

    def _find(self, provider: str, job: str) -> _Expected | None:
        return self._jobs.get(provider, {}).get(job)
