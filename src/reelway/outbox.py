"""The outbox: which deliveries are to be sent when, and whose turn it is. In memory, over the rows.

    put(delivery)    it waits until its `next_at`; once more: at its new time
    take(now)        the id of one that is due, or None; it is under way until `done(id)`
    next_at()        when to take again

Every destination (an endpoint of an owner, or the host of an address that a request named) has a
queue of its own, and of each, as of each owner, only so many are under way. Those that have
something due take turns, and the last places are never all taken by those that have some already:
a receiver that is slow holds up what goes to itself, and nobody else's, however much there is.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter
from typing import TypeVar
from urllib.parse import urlsplit

from reelway.webhook import Delivery

MOST = 64  # under way at once
TO_ONE = 4  # to one destination
OF_AN_OWNER = 16
SPARE = 64  # places among the heads that may be out of date before they are cleared

Destination = tuple[int, str]  # the owner, and the endpoint or host
K = TypeVar("K")


def destination_of(delivery: Delivery) -> Destination:
    where = delivery.endpoint or urlsplit(delivery.url).netloc.lower()
    return delivery.owner_id, where


class Outbox:
    def __init__(self) -> None:
        self.seen = 0  # every pending row up to this id was put here
        self.stirred = asyncio.Event()  # there may be something to read, take or put
        self.trials: set[int] = set()  # endpoints that a sample is under way to
        self._times: dict[int, int] = {}  # of those that wait
        # Ways to them: entries that are not as in `_times` are out of date and passed over.
        self._queues: dict[Destination, list[tuple[int, int]]] = {}
        self._heads: list[tuple[int, int, Destination]] = []
        self._due: dict[Destination, None] = {}  # in turn
        self._held: dict[int, dict[Destination, None]] = {}  # due; their owner has enough under way
        self._flying: dict[int, Destination] = {}
        self._busy: Counter[Destination] = Counter()
        self._owners: Counter[int] = Counter()

    def __len__(self) -> int:
        return len(self._times) + len(self._flying)

    @property
    def flying(self) -> int:
        return len(self._flying)

    def stir(self) -> None:
        self.stirred.set()

    def look_again(self) -> None:
        """Rows that were put here before have changed."""
        self.seen = 0
        self.stir()

    def put(self, delivery: Delivery) -> None:
        id, at = delivery.id, delivery.next_at
        if id in self._flying or self._times.get(id) == at:
            return
        self._times[id] = at
        where = destination_of(delivery)
        queue = self._queues.setdefault(where, [])
        heapq.heappush(queue, (at, id))
        if queue[0] == (at, id):
            self._show(where)

    def take(self, now: int) -> int | None:
        while len(self._flying) < MOST:
            self._ripen(now)
            if not self._due:
                return None
            where = next(iter(self._due))
            del self._due[where]
            owner = where[0]
            spare = OF_AN_OWNER - self._owners[owner]
            if self._owners[owner] >= min(OF_AN_OWNER, MOST - len(self._flying)):
                self._held.setdefault(owner, {})[where] = None
            elif self._busy[where] >= min(TO_ONE, spare):
                self._show_held(owner)  # `done` shows this one again
            elif (id := self._next(where, now)) is not None:
                self._flying[id] = where
                self._busy[where] += 1
                self._owners[owner] += 1
                return id
            else:
                self._show_held(owner)
        return None

    def done(self, id: int) -> None:
        where = self._flying.pop(id)
        _less(self._busy, where)
        _less(self._owners, where[0])
        self._show(where)
        self._show_held(where[0])
        self.stir()

    def next_at(self) -> int | None:
        return self._heads[0][0] if self._heads else None

    def _ripen(self, now: int) -> None:
        """Let those of which something is due wait for their turn."""
        while self._heads and self._heads[0][0] <= now:
            at, id, where = heapq.heappop(self._heads)
            queue = self._queues.get(where)
            if queue and queue[0] == (at, id):
                self._due.setdefault(where)

    def _next(self, where: Destination, now: int) -> int | None:
        """The first of a queue, if it is due; those out of date are cleared on the way."""
        queue, found = self._queues.get(where, []), None
        while queue and found is None and queue[0][0] <= now:
            at, id = heapq.heappop(queue)
            if self._times.get(id) == at:
                del self._times[id]
                found = id
        self._show(where)
        return found

    def _show(self, where: Destination) -> None:
        """Let the first of a queue be seen."""
        queue = self._queues.get(where)
        if not queue:
            self._queues.pop(where, None)
            return
        heapq.heappush(self._heads, (*queue[0], where))
        if len(self._heads) > 2 * len(self._queues) + SPARE:
            self._heads = list({(*queue[0], where) for where, queue in self._queues.items()})
            heapq.heapify(self._heads)

    def _show_held(self, owner_id: int) -> None:
        if held := self._held.get(owner_id):
            first = next(iter(held))
            del held[first]
            self._due.setdefault(first)  # before the one that had the place
        if not held:
            self._held.pop(owner_id, None)


def _less(counts: Counter[K], key: K) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
