"""Whose turn it is on one account: start-time fair queueing over owners.

Each owner who waits has one turn in the heap, tagged max(now's tag, the tag of its last turn + 1),
and the smallest tag goes first. So a newcomer goes at once behind a backlog of one other owner,
who has the tags up to the end of its backlog before it; a lone owner has every turn; and who was
away has saved nothing up. Turns are counted, not their length: a long film is one turn as well.

Inside an owner the higher priority goes first, then what had begun before (its attempt was ended
by a restart, say, and it should not go behind all that its owner ordered since), then what came
first. Priority never reaches beyond its owner.

    owner 1   tag 7   [a b c d]           order  a  x  b  y  c  d
    owner 2   tag 7   [x y]               tag    7  7  8  8  9 10
"""

from __future__ import annotations

import heapq
from bisect import bisect
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from reelway.runner import Work

FRESH = 1.0  # seconds that a computed order serves, though there were changes

# (tag, -tag of the owner's next turn, order of coming): sorts works as they will go. Among equal
# tags, who begins there stands in the heap already, and who comes there from an earlier tag is
# put in behind.
Rank = tuple[int, int, int]


@dataclass
class _Owner:
    """What one owner has waiting; `tag` and `order` are those of its one turn in the heap."""

    tag: int
    order: int
    levels: dict[tuple[int, bool], OrderedDict[str, Work]] = field(default_factory=dict)

    def add(self, work: Work) -> None:
        self.levels.setdefault(_level(work), OrderedDict())[work.run_id] = work

    def take(self, work: Work) -> None:
        level = self.levels[_level(work)]
        del level[work.run_id]
        if not level:
            del self.levels[_level(work)]

    def first(self) -> Work | None:
        return next(iter(self.levels[max(self.levels)].values())) if self.levels else None

    def in_order(self) -> Iterator[Work]:
        for level in sorted(self.levels, reverse=True):
            yield from self.levels[level].values()

    def rank(self, index: int) -> Rank:
        return self.tag + index, -self.tag, self.order

    def __len__(self) -> int:
        return sum(map(len, self.levels.values()))


def _level(work: Work) -> tuple[int, bool]:
    return work.priority, work.attempt > 1


class Turns:
    def __init__(self) -> None:
        self._tag = 0  # of the turn that was taken last
        self._orders = 0
        self._heap: list[tuple[int, int, int]] = []  # (tag, order, owner), one an owner
        self._owners: dict[int, _Owner] = {}  # those in the heap
        self._last: dict[int, int] = {}  # the tag of each owner's last turn
        self._changes = 0
        # The order as it was computed last: from how many changes, when, and what it was.
        self._seen = -1
        self._seen_at = 0.0
        self._ranks: list[Rank] = []
        self._places: dict[str, int] = {}  # by run

    def add(self, work: Work) -> None:
        self._changes += 1
        owner = self._owners.get(work.owner_id)
        if owner is None:
            tag = max(self._tag, self._last.get(work.owner_id, -1) + 1)
            owner = self._put(work.owner_id, _Owner(tag, 0))
        owner.add(work)

    def sort(self) -> None:
        """What its owner ordered first goes first, in whichever order it was handed over: while
        rows are read at a start, new ones come in between."""
        self._changes += 1
        for owner in self._owners.values():
            for level, works in owner.levels.items():
                by_id = sorted(works.items(), key=lambda item: item[1].task_id)
                owner.levels[level] = OrderedDict(by_id)

    def next(self) -> Work | None:
        """Take the turn of who is next."""
        while self._heap:
            tag, _, owner_id = heapq.heappop(self._heap)
            owner = self._owners.pop(owner_id)
            work = owner.first()
            if work is None:  # all that it had was dropped
                continue
            self._changes += 1
            owner.take(work)
            self._tag = self._last[owner_id] = tag
            if owner.levels:
                owner.tag = tag + 1
                self._put(owner_id, owner)
            elif not self._heap:  # nobody waits: nobody owes
                self._tag = 0
                self._last.clear()
            return work
        return None

    def drop(self, work: Work) -> None:
        """Its owner keeps the turn for what else it has, or for what it orders next."""
        self._changes += 1
        self._owners[work.owner_id].take(work)

    def instead(self, work: Work) -> Work | None:
        """Who has the turn that `work` took and does not use: its owner's next."""
        self._changes += 1
        owner = self._owners.get(work.owner_id)
        other = owner.first() if owner else None
        if owner and other:
            owner.take(other)
        elif work.owner_id in self._last:
            self._last[work.owner_id] -= 1
        return other

    def place(self, work: Work, now: float) -> int:
        """How many of those that wait here go before it: from an order that is computed anew
        after a change, yet once a second at most. What came since then counts as its owner's
        last."""
        self._see(now)
        place = self._places.get(work.run_id)
        if place is None:
            owner = self._owners[work.owner_id]
            place = bisect(self._ranks, owner.rank(len(owner) - 1))
        return place

    def foretell(self, owner_id: int, now: float) -> int:
        """How many would go before what that owner brought now."""
        self._see(now)
        owner = self._owners.get(owner_id)
        if owner is None:
            tag = max(self._tag, self._last.get(owner_id, -1) + 1)
            owner = _Owner(tag, self._orders + 1)
        return bisect(self._ranks, owner.rank(len(owner)))

    def _see(self, now: float) -> None:
        if self._seen != self._changes and (self._seen < 0 or now - self._seen_at >= FRESH):
            self._look(now)

    def _look(self, now: float) -> None:
        self._seen, self._seen_at = self._changes, now
        order = sorted(
            (owner.rank(index), work.run_id)
            for owner in self._owners.values()
            for index, work in enumerate(owner.in_order())
        )
        self._ranks = [rank for rank, _ in order]
        self._places = {run_id: place for place, (_, run_id) in enumerate(order)}

    def _put(self, owner_id: int, owner: _Owner) -> _Owner:
        self._orders += 1
        owner.order = self._orders
        self._owners[owner_id] = owner
        heapq.heappush(self._heap, (owner.tag, owner.order, owner_id))
        return owner
