"""How soon a job is looked at again, in seconds: often while it is young or about to be done, and
ever more seldom where looks come to nothing."""

from __future__ import annotations

EAGER, RELAXED = 2.0, 30.0  # between looks at a job: at first, and at most
SLOWEST = 300.0  # between looks at an old job, or at a provider that does not answer
SHARE = 0.1  # of a job's age, which is looked at again after as much more
SHARE_OF_OLD = 1 / 120  # likewise, of one that is older than an hour


def pause_at(age: float, eta: int) -> float:
    """`eta`: what the vendor says; 0 where it says nothing."""
    pause = max(EAGER, min(RELAXED, age * SHARE), min(SLOWEST, age * SHARE_OF_OLD))
    return max(EAGER, min(pause, eta / 2)) if eta else pause


def pause_after(failures: int, at_least: float | None) -> float:
    """After so many looks in a row that came to nothing; `at_least`: what the vendor asks for."""
    return max(at_least or 0.0, min(SLOWEST, EAGER * 2.0 ** min(failures, 10)))
