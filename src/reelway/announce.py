"""Announce: tell whoever waits that a task is over."""

from __future__ import annotations

from reelway.means import Means
from reelway.task import Task


async def announce(task: Task, means: Means) -> None:
    """`task` is over and that is on the disk. What is only live is dropped."""
    means.live.forget(task.id)
