"""The embedded runner: in this process, in memory over the rows.

    work ──> the queue of its candidates ──> whichever account of them has a slot first
             {a}     x x x                   a: {a} {a, b} {a} {a, b} …   queues take turns
             {a, b}  y y y y                 b: {a, b} {a, b} …

Recovery is the reconcile pass reading the unfinished rows; nothing is kept here that the rows
do not hold. There is one queue for each set of candidates; who is next in it is for `turns` to
say, and here are the slots, the memory and the runs. An account that has a slot takes the next of
the queues that name it, one queue after the other; of several accounts that have one, a piece of
work takes the one that it prefers. A queue whose next run lacks memory stands in `_short`, in the
order in which they came to want it, and no run that needs memory is begun before the first of them.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from reelway.log import fail
from reelway.runner import Flow, Occupancy, RunState, Work
from reelway.runners.local.turns import Turns

MOST_REMEMBERED = 10_000  # runs that are over; one forgotten too early is merely handed over again

Names = frozenset[str]  # of a queue: the accounts that take from it


@dataclass
class _Queue:
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
class _Account:
    """One engine's or provider's slots, and the queues that name it, whose turn it is first."""

    slots: int = 0
    busy: int = 0
    queues: OrderedDict[Names, None] = field(default_factory=OrderedDict)

    @property
    def free(self) -> bool:
        return self.busy < self.slots


class LocalRunner:
    """`clock` is in seconds; it says how old the order may be that `place` answers from."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._flows: Mapping[str, Flow] = {}
        self._accounts: dict[str, _Account] = {}
        self._queues: dict[Names, _Queue] = {}
        self._open: set[str] = set()
        self._over: OrderedDict[str, None] = OrderedDict()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._waiting: dict[int, tuple[Work, ...]] = {}  # by task; of one attempt as a rule
        self._going: dict[str, Work] = {}  # held by their account, and not gone on with yet
        self._queued: Counter[int | None] = Counter()  # by owner; None: all
        self._room: int | None = None
        self._held = 0  # bytes
        self._short: dict[Names, None] = {}  # queues that wait for memory, in order
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
            if work.run_id in self._over:
                continue
            if work.run_id in self._open and not self._takes_back(work):
                continue
            self._open.add(work.run_id)
            if work.held:
                self._going[work.run_id] = work
            else:
                self._wait(work)
            touched |= dict.fromkeys(work.accounts)
        self._fill(*touched)

    def states(self, run_ids: Iterable[str]) -> Mapping[str, RunState]:
        return {
            i: "open" if i in self._open else "over"
            for i in run_ids
            if i in self._open or i in self._over
        }

    def forget(self, run_id: str) -> None:
        self._over.pop(run_id, None)

    def place(self, task_id: int) -> int | None:
        works = self._waiting.get(task_id)
        return self._queue(works[0]).place(works[0], self._clock()) if works else None

    def foretell(self, work: Work) -> int:
        if any(self._account(name).free for name in work.accounts):
            return 0
        queue = self._queues.get(frozenset(work.accounts))
        if queue is None:
            return 0
        return queue.turns.foretell(work.owner_id, self._clock()) + (queue.first is not None)

    def accounts(self) -> Mapping[str, Occupancy]:
        return {
            name: Occupancy(
                slots=account.slots,
                busy=account.busy,
                waiting=sum(self._queues[names].waiting for names in account.queues),
            )
            for name, account in self._accounts.items()
        }

    def queued(self, owner_id: int | None = None) -> int:
        return self._queued[owner_id]

    async def nudge(self, task_id: int) -> None:
        dropped = self._waiting.get(task_id, ())
        for work in dropped:
            self._drop(work)
            self._is_over(work)
        self._fill(*(name for work in dropped for name in work.accounts))

    async def stop(self, drain: float) -> None:
        self._stopping = True
        if self._tasks and drain > 0:
            await asyncio.wait(self._tasks.values(), timeout=drain)
        left = list(self._tasks.values())
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    # who waits

    def _account(self, name: str) -> _Account:
        return self._accounts.setdefault(name, _Account())

    def _queue(self, work: Work) -> _Queue:
        return self._queues[frozenset(work.accounts)]

    def _wait(self, work: Work) -> None:
        names = frozenset(work.accounts)
        if names not in self._queues:
            self._queues[names] = _Queue()
            for name in work.accounts:
                self._account(name).queues[names] = None
        queue = self._queues[names]
        queue.turns.add(work)
        queue.waiting += 1
        self._waiting[work.task_id] = (*self._waiting.get(work.task_id, ()), work)
        self._queued[work.owner_id] += 1
        self._queued[None] += 1

    def _waits_no_more(self, work: Work) -> None:
        left = tuple(w for w in self._waiting[work.task_id] if w is not work)
        if left:
            self._waiting[work.task_id] = left
        else:
            del self._waiting[work.task_id]
        self._queue(work).waiting -= 1
        self._queued[None] -= 1
        self._queued[work.owner_id] -= 1
        if not self._queued[work.owner_id]:
            del self._queued[work.owner_id]

    def _drop(self, work: Work) -> None:
        self._queue(work).drop(work)
        self._waits_no_more(work)

    def _takes_back(self, work: Work) -> bool:
        """Whether that run waits, for other accounts than `work` names; then it does no more."""
        waiting = self._waiting.get(work.task_id, ())
        same = next((w for w in waiting if w.run_id == work.run_id), None)
        if same is None or (same.accounts == work.accounts and same.held == work.held):
            return False
        self._drop(same)
        return True

    # who begins

    def _fill(self, *names: str) -> None:
        """Begin what may begin: what its account works on already, then the queues that have
        waited for memory, then what these accounts have slots for."""
        if not self._flows or self._stopping:
            return
        for work in self._going.values():
            self._begin(work, work.accounts[0])
        self._going.clear()
        touched = dict.fromkeys(names)
        for queue in [*self._short]:
            if self._begin_of(queue):
                touched |= dict.fromkeys(queue)
        for name in touched:
            account = self._account(name)
            while account.free and any(map(self._begin_of, [*account.queues])):
                pass

    def _begin_of(self, names: Names) -> bool:
        """Begin the next of that queue, where there is one, a slot and the memory."""
        queue = self._queues[names]
        if any(self._accounts[name].free for name in names):
            queue.first = queue.first or queue.turns.next()
            if queue.first and not self._fits(queue.first, names):
                self._short.setdefault(names)
                return False
            self._short.pop(names, None)
            if work := queue.first:
                queue.first = None
                self._waits_no_more(work)
                name = next(name for name in work.accounts if self._accounts[name].free)
                self._accounts[name].queues.move_to_end(names)
                self._begin(work, name)
                return True
        self._short.pop(names, None)
        return False

    def _fits(self, work: Work, names: Names) -> bool:
        if self._room is None or work.memory == 0:
            return True
        if next(iter(self._short), names) != names:  # another queue's turn
            return False
        return self._held == 0 or self._held + work.memory <= self._room

    def _begin(self, work: Work, account: str) -> None:
        work = replace(work, account=account)
        self._account(account).busy += 1
        self._held += work.memory
        self._tasks[work.run_id] = asyncio.create_task(self._run(work), name=work.run_id)

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

    def _is_over(self, work: Work) -> None:
        self._open.discard(work.run_id)
        self._over[work.run_id] = None
        if len(self._over) > MOST_REMEMBERED:
            self._over.popitem(last=False)
