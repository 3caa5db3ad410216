"""The contract of a store's money: what is held for tasks, what they cost, what keys may spend.

Holding and letting go come with a task's own moves: `Store.create` holds the draft's price,
`Store.move` settles it with the film (or at `changes["cost"]`, whatever the status), releases it
where the task came to nothing, and keeps it through another attempt, or with `hold`. What happens
to money otherwise is here. A task has at most one reservation at a time, and one cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from reelway.money import Usage, UsageBy
from reelway.task import Key, Task


class Ledger(Protocol):
    async def set_budget(self, prefix: str, changes: Mapping[str, int | None]) -> Key | None:
        """Set the budgets of `changes`, by their names in Budget. None: there is no such key. What
        is held or spent already stays so."""

    async def rereserve(
        self, task: Task, provider: str, price: int | None, now: int
    ) -> Task | None:
        """Hold `price` for another provider (None, 0: it is free there) in place of what is held.
        None, and nothing written: the key's budget does not allow it, or the row is no longer in
        the task's status and attempt."""

    async def settle_late(self, task: Task, cost: int, now: int) -> Task | None:
        """What a task that is over has cost after all; again and again, the last amount counts.
        None: there is no such task any more, or it is not over."""

    async def release_late(self, task: Task, now: int) -> Task | None:
        """Let go what a task that is over still holds: it was not charged. A cost that is settled
        stays. None as above."""

    async def usage(
        self, owner_id: int | None, first: str, last: str, by: Sequence[UsageBy], limit: int
    ) -> list[Usage]:
        """Sums over the days from `first` to `last`, of the owner or of all, one for each that
        differs in `by`, in the order of those."""
