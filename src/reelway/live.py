"""What is known only while a film is being made: progress and time left.

Status changes are rows; progress is live only and is gone with the process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Progress:
    percent: int = 0
    eta: float | None = None  # seconds left


class Live:
    def __init__(self) -> None:
        self._progress: dict[int, Progress] = {}
        self._listeners: list[Callable[[int], None]] = []

    def listen(self, listener: Callable[[int], None]) -> Callable[[], None]:
        """Call `listener` with the task's id at every report, until what this returns is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def report(self, task_id: int, percent: int, eta: float | None) -> None:
        """Progress never falls within an attempt."""
        seen = self._progress.setdefault(task_id, Progress())
        seen.percent = max(seen.percent, min(99, percent))
        seen.eta = eta
        for listener in tuple(self._listeners):
            listener(task_id)

    def progress(self, task_id: int) -> Progress:
        return self._progress.get(task_id) or Progress()

    def __contains__(self, task_id: int) -> bool:
        return task_id in self._progress

    def forget(self, task_id: int) -> None:
        self._progress.pop(task_id, None)
