"""Who runs a step now: the contract of a runner.

`tasks` rows are the only truth; steps are plain functions over a row, restartable at any point;
a flow is their chain for one attempt. A run is known by `task:flow:attempt`.

    hand ──> waits ──> begins ──> works ──> over
             for a slot            │  ^
                                   v  │ after so many seconds, or woken
                                   rests: it keeps its slot, unless the flow has released it
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """One attempt of one task, and the accounts (engines, providers) that can have it, in the
    order in which they are preferred. The flow is told which one it got: `account`."""

    task_id: int
    attempt: int
    accounts: tuple[str, ...]
    owner_id: int
    account: str = ""  # that has it, once it is begun
    priority: int = 0
    memory: int = 0  # bytes that the run needs while it holds its slot
    held: bool = False  # its first account works on it already: it waits for no slot
    flow: str = "film"

    @property
    def run_id(self) -> str:
        return run_id(self.task_id, self.attempt, self.flow)


def run_id(task_id: int, attempt: int, flow: str = "film") -> str:
    return f"{task_id}:{flow}:{attempt}"


Release = Callable[[], None]  # gives slot and memory back; harmless when called again
# The seconds for which the run rests: it stays open, and the flow is called again after them. None:
# the run is over.
Flow = Callable[[Work, Release], Awaitable[float | None]]
RunState = Literal["open", "over"]


@dataclass(frozen=True, kw_only=True)
class Occupancy:
    """How an account stands: slots in all, slots taken, work that waits for one (of this account
    or another: each of its candidates counts it)."""

    slots: int
    busy: int
    waiting: int


class Runner(Protocol):
    async def start(self, flows: Mapping[str, Flow]) -> None: ...

    async def hand(self, works: Iterable[Work]) -> None:
        """Take over work; idempotent by run id. What waits already and is handed over with other
        accounts now waits for those."""

    def states(self, run_ids: Iterable[str]) -> Mapping[str, RunState]:
        """Which of these runs are known, and whether they are open or over."""

    def forget(self, run_id: str) -> None:
        """A run that is over may be handed over again: its attempt is not."""

    def slots(self, account: str, count: int) -> None:
        """How many runs of this account there may be at a time."""

    def room(self, bytes: int | None) -> None:
        """Memory for all runs of this process together; None: no bound.

        A run begins when it has a slot and its memory. One whose turn it is waits until its
        memory is free, and none that needs memory overtakes it: were smaller ones let past, they
        would take each byte as it comes free, and a large render would wait for as long as small
        ones keep coming. One that is larger than all the room runs when it is alone."""

    def place(self, task_id: int) -> int | None:
        """How many pieces of work with the same candidates go before it (0: it is next); None if
        it does not wait here. May be a second old."""

    def foretell(self, work: Work) -> int:
        """The place that it would have, were it handed over now."""

    def accounts(self) -> Mapping[str, Occupancy]: ...

    def queued(self, owner_id: int | None = None) -> int:
        """How many pieces of work wait: this owner's, or all."""

    async def nudge(self, task_id: int) -> None:
        """The task is over by its row (cancelled): a run that waits is dropped, so that it holds
        no place, and counts as over. A run that has begun is left to its engine."""

    def wake(self, task_id: int) -> None:
        """The task's row has changed, or there is news of it: a run of it that rests goes on now,
        and one that works goes on at once when it comes to rest. One that waits is left alone."""

    async def stop(self, drain: float) -> None:
        """Let runs that work end or rest for `drain` seconds, then stop them where they are."""
