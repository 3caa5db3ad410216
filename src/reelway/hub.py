"""The hub: one reader of the events, however many listen; each thing is said once for all of them.

    News.stir ──┐                        ┌─> listener ─> its stream
    Live.report ┼─ wake ─> reader ─ tell ┼─> listener
    timer ──────┘            │           └─> listener  the same bytes
                             └ events after the last one, by id

A status is a row with an id, so who comes back asks for what came after the last one it had, and
misses nothing. Progress and places in the queue are only true for now: they have no id and are not
told again. Nothing runs here while nobody listens.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

from reelway.errors import Overloaded
from reelway.listener import Listener, Said
from reelway.log import fail
from reelway.means import Means
from reelway.news import Notice, Placed, Progressed
from reelway.task import TERMINAL, Event, Status, Task
from reelway.view import eta

BEAT_EVERY, PROGRESS_EVERY, PLACES_EVERY = 15.0, 0.25, 1.0  # seconds
STOPPING = 0.5  # seconds that streams have to end by themselves
BEAT = Said(b":\n\n")
PAGE = 200  # events that are read at a time
MOST_LISTENERS, MOST_OF_AN_OWNER = 10_000, 5_000
MOST_KNOWN = 10_000  # tasks whose progress and places are followed
MOST_PLACES = 100  # that an owner's stream is told at a time, the first in the queue
RETRY = (1000, 3000)  # milliseconds, so that not all come back at once


class Timer(Protocol):
    """The part of an event loop that tells the time."""

    def time(self) -> float: ...

    def call_at(self, when: float, callback: Callable[[], object], /) -> asyncio.TimerHandle: ...


@dataclass(slots=True)
class _Known:
    """A task that somebody listens to, and what was told of it last."""

    task: str  # public id
    owner_id: int
    status: Status
    progress: tuple[int, int] | None = None  # per cent, seconds left
    place: int | None = None


class Hub:
    def __init__(self, means: Means, timer: Timer | None = None) -> None:
        self._means, self._given = means, timer
        self._by_task: dict[int, set[Listener]] = {}
        self._by_owner: dict[int, set[Listener]] = {}
        self._counts: Counter[int] = Counter()  # listeners by owner
        self._known: dict[int, _Known] = {}
        self._after = 0  # the last event that was told
        self._job: asyncio.Task[None] | None = None
        self._leave: list[Callable[[], None]] = []
        self._wake = asyncio.Event()
        self._armed: asyncio.TimerHandle | None = None
        self._stirred = self._moved = self._behind = False
        self._reports: set[int] = set()  # tasks with progress that was not told
        self._beat_at = self._progress_at = self._places_at = 0.0
        self._stopped = False

    # Listeners

    def admit(self, owner_id: int) -> None:
        """Raises Overloaded where one more listener is too many."""
        if self._stopped:
            raise Overloaded("the server is stopping", retry_after=1)
        if self._counts.total() >= MOST_LISTENERS or self._counts[owner_id] >= MOST_OF_AN_OWNER:
            raise Overloaded("too many streams of events are open", retry_after=30)

    @asynccontextmanager
    async def join(self, listener: Listener) -> AsyncIterator[None]:
        """From here on `listener` hears what happens; it is ended where the hub has stopped."""
        if self._job is None:
            after = await self._means.store.last_event()
            if self._job is None:
                self._begin(after)
        group = self._group(listener)
        group.add(listener)
        self._counts[listener.owner_id] += 1
        if self._stopped:
            listener.end()
        try:
            with self._means.tally.listening():
                yield
        finally:
            self._part(listener, group)

    def _group(self, listener: Listener) -> set[Listener]:
        if listener.task_id is None:
            return self._by_owner.setdefault(listener.owner_id, set())
        return self._by_task.setdefault(listener.task_id, set())

    def _part(self, listener: Listener, group: set[Listener]) -> None:
        group.discard(listener)
        if not group:
            if listener.task_id is None:
                self._by_owner.pop(listener.owner_id, None)
            else:
                self._by_task.pop(listener.task_id, None)
        self._counts[listener.owner_id] -= 1
        if not self._counts[listener.owner_id]:
            del self._counts[listener.owner_id]
        if not self._counts:
            self._end()

    async def greet(self, listener: Listener) -> None:
        """Tell `listener`, which has read its rows, what is true for now of its task; for an
        owner's, begin to follow what waits."""
        store = self._means.store
        if listener.task_id is None:
            for one in await store.tasks(listener.owner_id, limit=MOST_PLACES, status="queued"):
                if one.id not in self._known:
                    self._follow(one).place = self._means.runner.place(one.id)
            return
        task = await store.task(listener.task_id)
        if task is None or task.over:
            return
        known = self._known.get(task.id) or self._follow(task)
        place = self._means.runner.place(task.id)
        notice: Notice
        if task.status == "queued" and place is not None:
            known.place = place
            notice = self._placed(task, place)
            self._moved = True  # it may be a second old: looked at again then
            self._wake.set()
        elif task.status == "running" and task.id in self._means.live:
            known.progress = self._progress(task)
            notice = Progressed(
                task=task.public_id, progress=known.progress[0], eta=known.progress[1]
            )
        else:
            return
        listener.hear(Said(listener.wire.write_event(notice).body()))

    def stop(self) -> None:
        """End every stream at once; who listened is told when to come back."""
        self._stopped = True
        for listener in self._all():
            listener.end(Said(f"retry: {random.randint(*RETRY)}\n\n".encode()))
        self._timer.call_at(self._timer.time() + STOPPING, self._cut_all)

    def _cut_all(self) -> None:
        for listener in self._all():
            listener.cut()

    def _all(self) -> list[Listener]:
        return [*chain(*self._by_task.values(), *self._by_owner.values())]

    # The reader

    @property
    def _timer(self) -> Timer:
        return self._given or asyncio.get_running_loop()

    def _begin(self, after: int) -> None:
        self._after = after
        self._beat_at = self._timer.time() + BEAT_EVERY
        self._leave = [
            self._means.news.listen(self._on_stir),
            self._means.live.listen(self._on_report),
        ]
        self._job = asyncio.create_task(self._run(), name="hub")
        self._wake.set()

    def _end(self) -> None:
        for leave in self._leave:
            leave()
        if self._job is not None:
            self._job.cancel()
        if self._armed is not None:
            self._armed.cancel()
        self._job, self._armed, self._leave = None, None, []
        self._known.clear()
        self._reports.clear()
        self._stirred = self._moved = self._behind = False

    def _on_stir(self, _: int) -> None:
        self._stirred = self._moved = True
        self._wake.set()

    def _on_report(self, task_id: int) -> None:
        if task_id in self._by_task or self._by_owner:
            self._reports.add(task_id)
            self._wake.set()

    async def _run(self) -> None:
        """Until nobody listens. A fault cuts everybody off: they come back, and read the rows."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._look()
        except Exception as error:
            fail("hub.failed", error)
            self._end()
            self._cut_all()

    async def _look(self) -> None:
        now = self._timer.time()
        if now >= self._beat_at:
            self._beat_at = now + BEAT_EVERY
            self._stirred = True  # nobody stirs for what another process has written
            await self._beat()
        if self._stirred:
            self._stirred = False
            await self._tail()
        if self._reports and now >= self._progress_at:
            self._progress_at = now + PROGRESS_EVERY
            await self._tell_progress()
        if (self._moved or self._behind) and now >= self._places_at:
            self._places_at = now + PLACES_EVERY
            # Once more after the last change: places may be a second old.
            self._behind, self._moved = self._moved, False
            await self._tell_places()
        self._arm()

    def _arm(self) -> None:
        """Wake at the next time that something is due."""
        due = [self._beat_at]
        due += [self._progress_at] if self._reports else []
        due += [self._places_at] if self._moved or self._behind else []
        if self._armed is not None:
            self._armed.cancel()
        self._armed = self._timer.call_at(min(due), self._wake.set)

    async def _tail(self) -> None:
        while True:
            events = await self._means.store.events_after(self._after, PAGE)
            for event in events:
                self._after = event.id
                if event.task_id in self._by_task or event.owner_id in self._by_owner:
                    self._note(event)
                    over = event.status in TERMINAL
                    said: dict[str, Any] = {"id": event.id, "last": over}
                    self._tell(event, event.task_id, event.owner_id, **said)
            if len(events) < PAGE:
                return
            await asyncio.sleep(0)  # so that what was told is sent before there is more

    async def _beat(self) -> None:
        """Show every listener that we are there; end those whose key is revoked."""
        listeners = self._all()
        good = {}
        for digest in {listener.digest for listener in listeners}:
            key = await self._means.store.key(digest)
            good[digest] = key is not None and key.revoked_at is None
        for listener in listeners:
            if good[listener.digest]:
                listener.beat(BEAT)
            else:
                listener.end()

    # What is told

    def _tell(
        self, notice: Notice, task_id: int, owner_id: int, id: int | None = None, last: bool = False
    ) -> None:
        said: dict[str, Said] = {}  # by wire
        for listener in chain(self._by_task.get(task_id, ()), self._by_owner.get(owner_id, ())):
            one = said.get(listener.wire.name)
            if one is None:
                body = listener.wire.write_event(notice).body()
                one = said[listener.wire.name] = Said(body, id, last)
            listener.hear(one)

    def _note(self, event: Event) -> None:
        if event.status in TERMINAL:
            self._known.pop(event.task_id, None)
        else:
            known = _Known(event.task, event.owner_id, event.status)
            self._remember(event.task_id, known)

    def _follow(self, task: Task) -> _Known:
        return self._remember(task.id, _Known(task.public_id, task.owner_id, task.status))

    def _remember(self, task_id: int, known: _Known) -> _Known:
        self._known[task_id] = known
        if len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]
        return known

    async def _tell_progress(self) -> None:
        reports, self._reports = self._reports, set()
        for task_id in reports:
            known = self._known.get(task_id)
            if known is None:
                task = await self._means.store.task(task_id)
                if task is None or task.status != "running":
                    continue
                if task_id not in self._by_task and task.owner_id not in self._by_owner:
                    continue
                known = self._follow(task)
            if known.status != "running" or task_id not in self._means.live:
                continue
            seen = self._means.live.progress(task_id)
            now = seen.percent, math.ceil(seen.eta or 0)
            if seen.eta is None and (row := await self._means.store.task(task_id)):
                now = self._progress(row)
            if now != known.progress:
                known.progress = now
                notice = Progressed(task=known.task, progress=now[0], eta=now[1])
                self._tell(notice, task_id, known.owner_id)

    async def _tell_places(self) -> None:
        moved = []
        for task_id, known in self._known.items():
            place = self._means.runner.place(task_id) if known.status == "queued" else None
            if place is not None and place != known.place:
                moved.append((place, task_id))
        told = Counter[int]()
        for place, task_id in sorted(moved):
            known = self._known[task_id]
            told[known.owner_id] += 1
            if task_id not in self._by_task and told[known.owner_id] > MOST_PLACES:
                continue
            task = await self._means.store.task(task_id)
            if task is not None and task.status == "queued":
                known.place = place
                self._tell(self._placed(task, place), task_id, task.owner_id)

    def _placed(self, task: Task, place: int) -> Placed:
        return Placed(task=task.public_id, position=place, eta=eta(task, place, self._means))

    def _progress(self, task: Task) -> tuple[int, int]:
        return self._means.live.progress(task.id).percent, eta(task, None, self._means)
