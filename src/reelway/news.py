"""Who wants to know that a task has changed: called back at once, in this process.

Nothing is told here but "look": what is true stands in the rows.
"""

from __future__ import annotations

from collections.abc import Callable

Listener = Callable[[int], None]  # gets the task's internal id; must not wait


class News:
    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` at every change, until what this returns is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def stir(self, task_id: int) -> None:
        for listener in tuple(self._listeners):
            listener(task_id)
