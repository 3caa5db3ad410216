"""Hints: a vendor says that a job is over, so whoever looks at it next does so now.

    hints.expect(provider, job, task_id)    a task's look begins: its vendor's word would be news
    hints.whose(provider, job) → task_id     a message came: whose job it is, if anybody's
    hints.hurry(provider, job, now)         whether it is to be looked at now
    hints.heard(provider, job)              it came while that look was under way: look once more
    hints.forget(provider, job, task_id)    nobody looks any more

A hint is never believed. It says no more than a look would, and only hurries that look; what is
lost, forged, doubled or early changes nothing, since every job is looked at anyway. So all of it
is kept in memory alone: after a restart the looks that begin anew expect it again.
"""

from __future__ import annotations

from dataclasses import dataclass

from reelway.pace import Bucket

RATE, BURST = 100.0, 1000  # messages a second from one provider; the burst is a full house's
SPACING = 2000  # milliseconds between two looks at a job that hints may hurry


@dataclass
class _Expected:
    task_id: int
    hurried_at: int = 0  # UTC milliseconds
    heard: bool = False


class Hints:
    def __init__(self) -> None:
        self._jobs: dict[tuple[str, str], _Expected] = {}
        self._buckets: dict[str, Bucket] = {}

    def expect(self, provider: str, job: str, task_id: int) -> None:
        self._jobs[provider, job] = _Expected(task_id)

    def forget(self, provider: str, job: str, task_id: int) -> None:
        if self.whose(provider, job) == task_id:
            del self._jobs[provider, job]

    def wait(self, provider: str, now: int) -> float:
        """0.0 and a message may be read, or the seconds until one may. `provider` is one of the
        settings': who makes up names fills no memory."""
        bucket = self._buckets.setdefault(provider, Bucket(rate=RATE, burst=BURST))
        return bucket.take(now / 1000)

    def whose(self, provider: str, job: str) -> int | None:
        """The task whose job it is; None where nobody looks at it."""
        found = self._jobs.get((provider, job))
        return found.task_id if found else None

    def hurry(self, provider: str, job: str, now: int) -> bool:
        """Whether that is to be looked at now: not where it was hurried a moment ago."""
        found = self._jobs.get((provider, job))
        if found is None or now - found.hurried_at < SPACING:
            return False
        found.hurried_at, found.heard = now, True
        return True

    def heard(self, provider: str, job: str) -> bool:
        """Whether something came since this was asked last."""
        found = self._jobs.get((provider, job))
        if found is None or not found.heard:
            return False
        found.heard = False
        return True
