"""Pace: how many calls a second an account may make, and when it may make none.

    bucket = Bucket(rate=2, burst=5)
    bucket.take(now)      0.0: taken, go; else nothing is taken, ask again in so many seconds
    bucket.hold(until)    what a Retry-After asks for
    bucket.at(rate=3)     another one that goes on from there at that rate

A token bucket, kept as one time (GCRA): each call moves `_next`, the time at which the bucket
would be full again, on by 1/rate; a call may go while that is less than a burst ahead. In any
span of s seconds no more than burst + rate·s calls go. Nothing here looks at a clock or
waits: times are monotonic seconds that the caller passes in. Let one at a time wait for a
bucket, in order: of several that ask again at once, only the first is let through.
"""

from __future__ import annotations

from math import inf, isfinite

SLACK = 1e-6  # seconds: who has waited as long as was said, goes, however the sums are rounded


class Bucket:
    def __init__(self, *, rate: float, burst: int = 1) -> None:
        if not (isfinite(rate) and rate > 0):
            raise ValueError("rate is to be a number of calls per second above 0")
        if burst < 1:
            raise ValueError("burst is to be at least 1")
        self._each = 1 / rate
        self._ahead = (burst - 1) / rate
        self._next = -inf
        self._held = -inf

    def at(self, *, rate: float, burst: int = 1) -> Bucket:
        """What was asked for by `hold` stays, and the next call may go when it might have gone."""
        other = Bucket(rate=rate, burst=burst)
        other._held = self._held
        other._next = self._next - self._ahead + other._ahead
        return other

    def take(self, now: float) -> float:
        """0.0 and a call may go, or the seconds until one may; then nothing is taken."""
        wait = self.wait(now)
        if not wait:
            self._next = max(self._next, now) + self._each
        return wait

    def wait(self, now: float) -> float:
        """What `take` would answer, without taking."""
        wait = max(self._next - self._ahead, self._held) - now
        return wait if wait > SLACK else 0.0

    def hold(self, until: float) -> None:
        """No call before then, and from then on one after the other, not a burst: the other side
        has just said that it was too much. A shorter hold does not end a longer one."""
        if not isfinite(until):
            raise ValueError("a hold has an end")
        if until > self._held:
            self._held = until
            self._next = max(self._next, until + self._ahead)
