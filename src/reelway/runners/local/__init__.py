"""The embedded runner: in this process, in memory over the rows.

    work ──> the queue of its candidates ──> whichever account of them has a slot first
             {a}     x x x                   a: {a} {a, b} {a} {a, b} …   queues take turns
             {a, b}  y y y y                 b: {a, b} {a, b} …
                                                   │
                     goes on after so many seconds v  ──> rests (`rests`), as often as it wants

Recovery is the reconcile pass reading the unfinished rows; nothing is kept here that the rows
do not hold. There is one queue for each set of candidates; who is next in it is for `turns` to
say, and here are the slots, the memory and the runs. An account that has a slot takes the next of
the queues that name it, one queue after the other; of several accounts that have one, a piece of
work takes the one that it prefers. A queue whose next run lacks memory stands in `_short`, in the
order in which they came to want it, and no run that needs memory is begun before the first of them.

What rests is no coroutine. Who goes on when his time has come is bounded twice: `share` leaves the
process time for all the rest, and of one account no more than `AT_ONCE` work at a time that have
rested, and as many that have not. Accounts take turns, so that no provider's backlog delays
another's looks.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from math import inf
from typing import Literal, Protocol

from reelway.log import fail
from reelway.runner import Flow, Occupancy, RunState, Work
from reelway.runners.local import rests
from reelway.runners.local.accounts import AT_ONCE, Account, Names, Queue
from reelway.runners.local.rests import Run
from reelway.runners.local.share import Share

MOST_REMEMBERED = 10_000  # runs that are over; one forgotten too early is merely handed over again
SOON = 0.001  # seconds: no timer is shorter


class Timer(Protocol):
    def cancel(self) -> None: ...


Later = Callable[[float, Callable[[], None]], Timer]  # seconds, and what is called after them


def later(seconds: float, call: Callable[[], None]) -> Timer:
    return asyncio.get_running_loop().call_later(seconds, call)


class LocalRunner:
    """`clock` is in seconds, and `later` calls somebody after some of them; `share` says how many
    of those that have rested go on."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        later: Later = later,
        share: Share | None = None,
    ) -> None:
        self._clock = clock
        self._later = later
        self._share = share or Share()
        self._flows: Mapping[str, Flow] = {}
        self._accounts: dict[str, Account] = {}
        self._queues: dict[Names, Queue] = {}
        self._open: dict[str, Run | None] = {}  # None: it waits
        self._over: OrderedDict[str, None] = OrderedDict()
        self._waiting: dict[int, tuple[Work, ...]] = {}  # by task; of one attempt as a rule
        self._begun: dict[int, Run] = {}  # by task: the attempt that began last
        self._queued: Counter[int | None] = Counter()  # by owner; None: all
        self._room: int | None = None
        self._held = 0  # bytes
        self._short: dict[Names, None] = {}  # queues that wait for memory, in order
        self._went = 0  # how many have gone on after a rest
        self._timer: Timer | None = None
        self._stopping = False

    async def start(self, flows: Mapping[str, Flow]) -> None:
        self._flows = flows
        for queue in self._queues.values():
            queue.turns.sort()
        self._fill(*self._accounts)
        self._go_on()

    def slots(self, account: str, count: int) -> None:
        self._account(account).slots = count
        self._fill(account)

    def room(self, bytes: int | None) -> None:
        self._room = bytes
        self._fill()

    async def hand(self, works: Iterable[Work]) -> None:
        touched: dict[str, None] = {}
        for work in works:
            run_id = work.run_id
            if run_id in self._over:
                continue
            if run_id in self._open and not self._takes_back(work):
                continue
            self._open[run_id] = None
            if work.held:  # as if it had rested until now
                self._account(work.accounts[0]).rests.add(
                    self._took(work, work.accounts[0]), self._clock()
                )
            else:
                self._wait(work)
            touched |= dict.fromkeys(work.accounts)
        self._fill(*touched)
        self._go_on()

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

    @property
    def begun(self) -> int:
        """Runs that work or rest."""
        return len(self._begun)

    async def nudge(self, task_id: int) -> None:
        dropped = self._waiting.get(task_id, ())
        for work in dropped:
            self._drop(work)
            self._is_over(work)
        self._fill(*(name for work in dropped for name in work.accounts))

    def wake(self, task_id: int) -> None:
        run = self._begun.get(task_id)
        if run is None:
            return
        if run.ticket:
            self._account(run.work.account).rests.add(run, rests.AHEAD)
            self._go_on()
        else:
            run.woken = True

    async def stop(self, drain: float) -> None:
        self._stopping = True
        if self._timer:
            self._timer.cancel()
        if drain > 0 and (working := self._working()):
            await asyncio.wait(working, timeout=drain)
        left = self._working()
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    # who waits

    def _account(self, name: str) -> Account:
        return self._accounts.setdefault(name, Account())

    def _queue(self, work: Work) -> Queue:
        return self._queues[frozenset(work.accounts)]

    def _wait(self, work: Work) -> None:
        names = frozenset(work.accounts)
        if names not in self._queues:
            self._queues[names] = Queue()
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
        """Begin what may begin: the queues that have waited for memory, then what these accounts
        have slots for."""
        if not self._flows or self._stopping:
            return
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
                self._work(self._took(work, name), "begins")
                return True
        self._short.pop(names, None)
        return False

    def _fits(self, work: Work, names: Names) -> bool:
        if self._room is None or work.memory == 0:
            return True
        if next(iter(self._short), names) != names:  # another queue's turn
            return False
        return self._held == 0 or self._held + work.memory <= self._room

    def _took(self, work: Work, account: str) -> Run:
        """Its run, which has a slot there from now on."""
        run = Run(work=replace(work, account=account))
        self._open[work.run_id] = self._begun[work.task_id] = run
        self._account(account).busy += 1
        self._held += work.memory
        return run

    # who works

    def _work(self, run: Run, lane: Literal["begins", "looks"]) -> None:
        self._count(run, lane)
        run.task = asyncio.create_task(self._run(run), name=run.work.run_id)

    async def _run(self, run: Run) -> None:
        rest = None
        try:
            rest = await self._flows[run.work.flow](run.work, partial(self._release, run))
        except asyncio.CancelledError:
            raise
        except Exception as error:  # a flow's own fault; the reconcile pass raises the attempt
            fail("run.failed", error, run=run.work.run_id)
        finally:
            run.task = None
            if rest is None:
                self._is_over(run.work)
                self._release(run)
            else:
                self._rest(run, rest)

    def _working(self) -> list[asyncio.Task[None]]:
        return [run.task for run in self._open.values() if run and run.task]

    def _count(self, run: Run, lane: Literal["begins", "looks"] | None) -> None:
        account, before, run.lane = self._accounts[run.work.account], run.lane, lane
        account.begins += (lane == "begins") - (before == "begins")
        account.looks += (lane == "looks") - (before == "looks")

    def _release(self, run: Run) -> None:
        if not run.holds and not run.lane:
            return
        self._count(run, None)
        if run.holds:
            run.holds = False
            self._accounts[run.work.account].busy -= 1
            self._held -= run.work.memory
        self._fill(run.work.account)
        self._go_on()

    # who rests

    def _rest(self, run: Run, seconds: float) -> None:
        at = rests.AHEAD if run.woken else self._clock() + seconds
        self._count(run, None)
        run.woken = False
        self._accounts[run.work.account].rests.add(run, at)
        self._fill(run.work.account)
        self._go_on()

    def _go_on(self) -> None:
        """Let those go on whose time has come, as many as may; then come back when there will be
        others."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if not self._flows or self._stopping:
            return
        wait = 0.0
        while not wait:
            now = self._clock()
            due = [account for account in self._accounts.values() if account.due(now)]
            if not due:
                wait = self._next() - now
            elif not (wait := self._share.take(now)):
                account = min(due, key=lambda account: account.went)
                self._went += 1
                account.went = self._went
                self._work(account.rests.take(), "looks")
        if wait < inf:
            self._timer = self._later(max(SOON, wait), self._go_on)

    def _next(self) -> float:
        """When the first rest is over, of those that may go on then."""
        accounts = self._accounts.values()
        return min((a.rests.first for a in accounts if a.looks < AT_ONCE), default=inf)

    def _is_over(self, work: Work) -> None:
        run_id = work.run_id
        if (run := self._open.pop(run_id, None)) and self._begun.get(work.task_id) is run:
            del self._begun[work.task_id]
        self._over[run_id] = None
        if len(self._over) > MOST_REMEMBERED:
            self._over.popitem(last=False)
