"""The embedded runner: in this process, in memory over the rows.

Recovery is the reconcile pass reading the unfinished rows; nothing is kept here that the rows
do not hold. Who is next on an account is for `turns` to say; here are the slots, the memory and
the runs. An account whose next run lacks memory stands in `_short`, in the order in which they
came to want it, and no run that needs memory is begun before the first of them.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from reelway.log import fail
from reelway.runner import Flow, Occupancy, RunState, Work
from reelway.runners.local.turns import Turns

MOST_REMEMBERED = 10_000  # runs that are over; one forgotten too early is merely handed over again


@dataclass
class _Account:
    """One engine's or provider's slots, and who waits for them."""

    turns: Turns
    slots: int = 0
    busy: int = 0
    waiting: int = 0
    first: Work | None = None  # its turn has come, its memory is not free yet

    def next(self) -> Work | None:
        """Whose turn it is, if there is a slot; it stays first until it has begun."""
        if self.busy >= self.slots:
            return None
        self.first = self.first or self.turns.next()
        return self.first


class LocalRunner:
    """`clock` is in seconds; it says how old the order may be that `place` answers from."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._flows: Mapping[str, Flow] = {}
        self._accounts: dict[str, _Account] = {}
        self._open: set[str] = set()
        self._over: OrderedDict[str, None] = OrderedDict()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._waiting: dict[int, tuple[Work, ...]] = {}  # by task; of one attempt as a rule
        self._queued: Counter[int | None] = Counter()  # by owner; None: all
        self._room: int | None = None
        self._held = 0  # bytes
        self._short: dict[str, None] = {}  # accounts that wait for memory, in order
        self._stopping = False

    async def start(self, flows: Mapping[str, Flow]) -> None:
        self._flows = flows
        self._fill(*self._accounts)

    def slots(self, account: str, count: int) -> None:
        self._account(account).slots = count
        self._fill(account)

    def room(self, bytes: int | None) -> None:
        self._room = bytes
        self._fill()

    async def hand(self, works: Iterable[Work]) -> None:
        touched: dict[str, None] = {}
        for work in works:
            if work.run_id in self._open or work.run_id in self._over:
                continue
            self._open.add(work.run_id)
            self._waiting[work.task_id] = (*self._waiting.get(work.task_id, ()), work)
            self._queued[work.owner_id] += 1
            self._queued[None] += 1
            account = self._account(work.account)
            account.turns.add(work)
            account.waiting += 1
            touched[work.account] = None
        self._fill(*touched)

    def states(self, run_ids: Iterable[str]) -> Mapping[str, RunState]:
        return {
            i: "open" if i in self._open else "over"
            for i in run_ids
            if i in self._open or i in self._over
        }

    def place(self, task_id: int) -> int | None:
        works = self._waiting.get(task_id)
        if not works:
            return None
        account = self._accounts[works[0].account]
        if account.first is works[0]:
            return 0
        return account.turns.place(works[0], self._clock()) + (account.first is not None)

    def accounts(self) -> Mapping[str, Occupancy]:
        return {
            name: Occupancy(slots=a.slots, busy=a.busy, waiting=a.waiting)
            for name, a in self._accounts.items()
        }

    def queued(self, owner_id: int | None = None) -> int:
        return self._queued[owner_id]

    async def nudge(self, task_id: int) -> None:
        dropped = self._waiting.get(task_id, ())
        for work in dropped:
            account = self._accounts[work.account]
            if account.first is work:
                account.first = account.turns.instead(work)
            else:
                account.turns.drop(work)
            self._waits_no_more(work)
            self._is_over(work)
        self._fill(*(work.account for work in dropped))

    async def stop(self, drain: float) -> None:
        self._stopping = True
        if self._tasks and drain > 0:
            await asyncio.wait(self._tasks.values(), timeout=drain)
        left = list(self._tasks.values())
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _account(self, name: str) -> _Account:
        return self._accounts.setdefault(name, _Account(Turns()))

    def _fill(self, *names: str) -> None:
        """Begin what may begin: those that have waited for memory first, then these accounts."""
        for name in dict.fromkeys([*self._short, *names]):
            self._fill_account(name)

    def _fill_account(self, name: str) -> None:
        account = self._accounts[name]
        while self._flows and not self._stopping and (work := account.next()):
            if not self._fits(work):
                self._short.setdefault(name)
                return
            self._short.pop(name, None)
            account.first = None
            account.busy += 1
            self._held += work.memory
            self._waits_no_more(work)
            self._tasks[work.run_id] = asyncio.create_task(self._run(work), name=work.run_id)
        self._short.pop(name, None)

    def _fits(self, work: Work) -> bool:
        if self._room is None or work.memory == 0:
            return True
        if next(iter(self._short), work.account) != work.account:  # another account's turn
            return False
        return self._held == 0 or self._held + work.memory <= self._room

    async def _run(self, work: Work) -> None:
        held = True

        def release() -> None:
            nonlocal held
            if held:
                held = False
                self._accounts[work.account].busy -= 1
                self._held -= work.memory
                self._fill(work.account)

        try:
            await self._flows[work.flow](work, release)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # a flow's own fault; the reconcile pass raises the attempt
            fail("run.failed", error, run=work.run_id)
        finally:
            self._is_over(work)
            del self._tasks[work.run_id]
            release()

    def _waits_no_more(self, work: Work) -> None:
        left = tuple(w for w in self._waiting[work.task_id] if w is not work)
        if left:
            self._waiting[work.task_id] = left
        else:
            del self._waiting[work.task_id]
        self._accounts[work.account].waiting -= 1
        self._queued[None] -= 1
        self._queued[work.owner_id] -= 1
        if not self._queued[work.owner_id]:
            del self._queued[work.owner_id]

    def _is_over(self, work: Work) -> None:
        self._open.discard(work.run_id)
        self._over[work.run_id] = None
        if len(self._over) > MOST_REMEMBERED:
            self._over.popitem(last=False)
