"""Share: how many runs may go on a second, so that looks leave the process time for all the rest.

    share = Share()
    share.take(now)      0.0: one may go on; else nothing is taken, ask again in so many seconds

Each second the rate follows what the process has used since: above its share of a processor fewer
go on, below it more. So creates and films come first, looks take what is left, and a machine of any
speed finds its own number. What does not get its turn waits, and all intervals grow by the same few
seconds. Ten thousand jobs that want to be looked at each other second are looked at each tenth,
say; nobody is forgotten, as the first whose time has come goes first, and never do fewer than
`LEAST` go on.

What is used is the time of all threads: whatever they do in Python keeps the loop from running.
`now` is in seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

PART = 0.5  # of one processor
LEAST, MOST = 100.0, 1000.0  # a second
BEGIN = 400.0
SPAN = 1.0  # seconds between two changes of the rate
SLOWER, FASTER = 0.5, 1.25  # at most, by one change
TICK = 0.02  # seconds: what may go on in it goes at once, so that not each needs a timer


class Share:
    def __init__(self, used: Callable[[], float] = time.process_time) -> None:
        self.rate = BEGIN
        self._used = used
        self._then: tuple[float, float] | None = None  # at the last change: now, and what was used
        self._next = 0.0  # when the next one is due, were they evenly spread

    def take(self, now: float) -> float:
        self._tune(now)
        if self._next > now:
            return max(TICK, self._next - now)
        self._next = max(self._next, now - TICK) + 1 / self.rate
        return 0.0

    def _tune(self, now: float) -> None:
        if self._then is None:
            self._then = now, self._used()
            return
        span = now - self._then[0]
        if span < SPAN:
            return
        used = self._used()
        part = max((used - self._then[1]) / span, 1e-6)
        self.rate *= min(FASTER, max(SLOWER, PART / part))
        self.rate = min(MOST, max(LEAST, self.rate))
        self._then = now, used
