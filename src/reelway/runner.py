"""Who runs a step now: the contract of a runner.

`tasks` rows are the only truth; steps are plain functions over a row, restartable at any point;
a flow is their chain for one attempt. A run is known by `task:flow:attempt`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, kw_only=True)
class Work:
    """One attempt of one task on one account (an engine or a provider)."""

    task_id: int
    attempt: int
    account: str
    owner_id: int
    priority: int = 0
    flow: str = "film"

    @property
    def run_id(self) -> str:
        return f"{self.task_id}:{self.flow}:{self.attempt}"


Release = Callable[[], None]  # frees the account's slot; harmless when called again
Flow = Callable[[Work, Release], Awaitable[None]]
RunState = Literal["open", "over"]


class Runner(Protocol):
    async def start(self, flows: Mapping[str, Flow]) -> None: ...

    async def hand(self, works: Iterable[Work]) -> None:
        """Take over work; idempotent by run id."""

    def states(self, run_ids: Iterable[str]) -> Mapping[str, RunState]:
        """Which of these runs are known, and whether they are open or over."""

    def slots(self, account: str, count: int) -> None: ...

    async def nudge(self, task_id: int) -> None:
        """The row changed (cancel, callback): its run should look at once."""

    def forget(self, run_ids: Iterable[str]) -> None:
        """Runs of rows that are over for good."""

    async def stop(self, drain: float) -> None:
        """Let open runs end for `drain` seconds, then stop them where they are."""
