"""What is known only while a film is being made: progress and time left.

Status changes are rows; progress is live only and is gone with the process.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Progress:
    percent: int = 0
    eta: float | None = None  # seconds left


class Live:
    def __init__(self) -> None:
        self._progress: dict[int, Progress] = {}

    def report(self, task_id: int, percent: int, eta: float | None) -> None:
        """Progress never falls within an attempt."""
        seen = self._progress.setdefault(task_id, Progress())
        seen.percent = max(seen.percent, min(99, percent))
        seen.eta = eta

    def progress(self, task_id: int) -> Progress:
        return self._progress.get(task_id) or Progress()

    def forget(self, task_id: int) -> None:
        self._progress.pop(task_id, None)
