"""What the local runner keeps of an account and of a queue: see `reelway.runners.local`."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from reelway.runner import Work
from reelway.runners.local.rests import Rests
from reelway.runners.local.turns import Turns

AT_ONCE = 100  # runs of an account that work after a rest, and before their first

Names = frozenset[str]  # of a queue: the accounts that take from it


@dataclass
class Queue:
    """Work that the same accounts can have."""

    turns: Turns = field(default_factory=Turns)
    waiting: int = 0
    first: Work | None = None  # its turn has come, its memory is not free yet

    def drop(self, work: Work) -> None:
        if self.first is work:
            self.first = self.turns.instead(work)
        else:
            self.turns.drop(work)

    def place(self, work: Work, now: float) -> int:
        if self.first is work:
            return 0
        return self.turns.place(work, now) + (self.first is not None)


@dataclass
class Account:
    """One engine's or provider's slots, and the queues that name it, whose turn it is first."""

    slots: int = 0
    busy: int = 0
    queues: OrderedDict[Names, None] = field(default_factory=OrderedDict)
    rests: Rests = field(default_factory=Rests)
    begins: int = 0  # runs that have a slot, work, and have not rested yet
    looks: int = 0  # runs that work after a rest
    went: int = 0  # the number of the last one that went on

    @property
    def free(self) -> bool:
        return self.busy < self.slots and self.begins < AT_ONCE

    def due(self, now: float) -> bool:
        return self.looks < AT_ONCE and self.rests.first <= now
