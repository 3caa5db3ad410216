"""The embedded runner: in this process, in memory over the rows.

Recovery is the reconcile pass reading the unfinished rows; nothing is kept here that the rows
do not hold. Fair by start-time fair queueing: each piece of work gets a ticket tagged
max(now's tag, the owner's last tag + 1), and the smallest tag goes first, so a newcomer starts at
once behind a backlog of one other owner, while a lone owner uses every slot. Priority counts
inside an owner only: the ticket says whose turn it is, the owner's own queue says which task.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reelway.log import fail
from reelway.runner import Flow, RunState, Work

MOST_REMEMBERED = 10_000  # runs that are over; one forgotten too early is merely handed over again


@dataclass
class _Account:
    """One engine's or provider's slots and the tickets that wait for them."""

    slots: int = 0
    busy: int = 0
    tag: int = 0  # of the ticket that went last
    tickets: list[tuple[int, int, int]] = field(default_factory=list)  # (tag, order, owner)
    last_tag: dict[int, int] = field(default_factory=dict)  # by owner
    queues: dict[int, list[tuple[int, int, Work]]] = field(default_factory=dict)  # by owner

    def add(self, order: int, work: Work) -> None:
        tag = max(self.tag, self.last_tag.get(work.owner_id, -1) + 1)
        self.last_tag[work.owner_id] = tag
        heapq.heappush(self.tickets, (tag, order, work.owner_id))
        queue = self.queues.setdefault(work.owner_id, [])
        heapq.heappush(queue, (-work.priority, order, work))

    def next(self) -> Work | None:
        if self.busy >= self.slots or not self.tickets:
            return None
        self.tag, _, owner = heapq.heappop(self.tickets)
        queue = self.queues[owner]
        work = heapq.heappop(queue)[2]
        if not queue:
            del self.queues[owner]
        if not self.tickets:
            self.tag = 0
            self.last_tag.clear()
        return work


class LocalRunner:
    def __init__(self) -> None:
        self._flows: Mapping[str, Flow] = {}
        self._accounts: dict[str, _Account] = {}
        self._open: set[str] = set()
        self._over: OrderedDict[str, None] = OrderedDict()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._order = 0
        self._stopping = False

    async def start(self, flows: Mapping[str, Flow]) -> None:
        self._flows = flows
        for account in list(self._accounts):
            self._fill(account)

    def slots(self, account: str, count: int) -> None:
        self._accounts.setdefault(account, _Account()).slots = count
        self._fill(account)

    async def hand(self, works: Iterable[Work]) -> None:
        touched = set()
        for work in works:
            if work.run_id in self._open or work.run_id in self._over:
                continue
            self._open.add(work.run_id)
            self._order += 1
            self._accounts.setdefault(work.account, _Account()).add(self._order, work)
            touched.add(work.account)
        for account in touched:
            self._fill(account)

    def states(self, run_ids: Iterable[str]) -> Mapping[str, RunState]:
        return {
            i: "open" if i in self._open else "over"
            for i in run_ids
            if i in self._open or i in self._over
        }

    async def nudge(self, task_id: int) -> None:
        """Nothing to hurry here: a queued run reads its row when its turn comes, and a running
        one is woken by its engine."""

    def forget(self, run_ids: Iterable[str]) -> None:
        for run_id in run_ids:
            self._over.pop(run_id, None)

    async def stop(self, drain: float) -> None:
        self._stopping = True
        if self._tasks and drain > 0:
            await asyncio.wait(self._tasks.values(), timeout=drain)
        left = list(self._tasks.values())
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _fill(self, name: str) -> None:
        account = self._accounts[name]
        while self._flows and not self._stopping and (work := account.next()):
            account.busy += 1
            self._tasks[work.run_id] = asyncio.create_task(self._run(work), name=work.run_id)

    async def _run(self, work: Work) -> None:
        held = True

        def release() -> None:
            nonlocal held
            if held:
                held = False
                self._accounts[work.account].busy -= 1
                self._fill(work.account)

        try:
            await self._flows[work.flow](work, release)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # a flow's own fault; the reconcile pass raises the attempt
            fail("run.failed", error, run=work.run_id)
        finally:
            self._open.discard(work.run_id)
            self._over[work.run_id] = None
            if len(self._over) > MOST_REMEMBERED:
                self._over.popitem(last=False)
            del self._tasks[work.run_id]
            release()
