"""Retention: each hour, and by hand, what is older than the settings say is removed.

    retention.tasks         a task that is over goes, with its film
    retention.films         its film goes, the task stays and says when that was
    retention.deliveries    what became of a webhook goes
    an hour, always         files that nothing uses
    a day, always           what no run has in the temporary folder

Ages count from the end of the task. One task at a time, so that creates get in between; a file goes
with the last task that uses it.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from reelway.cancel import remove
from reelway.log import fail, say
from reelway.means import FILM_FLOW, Means
from reelway.store import Removed
from reelway.sweep import KEEP_UNUSED_ASSETS, forget_unused

HOUR = 3600  # seconds between passes
DAY = 24 * 3600 * 1000  # milliseconds
PAGE = 200
RUN = re.compile(r"([0-9]+)\.([0-9]+)\.(?:mp4|in)")  # what an attempt has in the temporary folder


def cuts(means: Means) -> dict[str, int]:
    """Before when what goes; 0: never."""
    now, kept = means.now(), means.settings.retention

    def before(days: float | None) -> int:
        return 0 if days is None else max(0, now - round(days * DAY))

    return {
        "tasks": before(kept.tasks),
        "films": before(kept.films),
        "deliveries": before(kept.deliveries),
        "unused": now - KEEP_UNUSED_ASSETS,
    }


async def would_retain(means: Means) -> Removed:
    """What a pass would remove now."""
    return await means.store.going(**cuts(means))


async def retain(means: Means) -> Removed:
    """One pass."""
    before, removed = cuts(means), Counter[str]()
    await _tasks(before["tasks"], removed, means)
    await _films(before["films"], removed, means)
    removed["deliveries"] = await means.store.forget_deliveries(before["deliveries"])
    _count(await forget_unused(means), removed)
    await asyncio.to_thread(_leftovers, means)
    found = Removed(**removed)
    if found != Removed():
        say("retain.removed", **asdict(found))
    return found


async def _tasks(before: int, removed: Counter[str], means: Means) -> None:
    went = 1
    while went and (found := await means.store.ended_before(before, PAGE)):
        went = 0
        for owner_id, public_id in found:
            if (gone := await remove(owner_id, public_id, means)) is not None:
                _count(gone, removed)
                went += 1
        removed["tasks"] += went


async def _films(before: int, removed: Counter[str], means: Means) -> None:
    went = 1
    while went and (found := await means.store.films_before(before, PAGE)):
        went = 0
        for task_id, _ in found:
            async with means.files.alone():
                unused = await means.store.drop_film(task_id, means.now())
                sizes = [await means.assets.remove(sha256) for sha256 in unused or ()]
            _count((len(sizes), sum(sizes)), removed)
            went += unused is not None
        removed["films"] += went


def _count(gone: tuple[int, int], removed: Counter[str]) -> None:
    removed["files"] += gone[0]
    removed["bytes"] += gone[1]


def _leftovers(means: Means) -> None:
    """Of attempts that ended without clearing up behind them."""
    for path in means.tmp.iterdir():
        try:
            age = means.now() - path.lstat().st_mtime_ns // 1_000_000
        except FileNotFoundError:  # its run has ended this moment
            continue
        if age > DAY and not _open(path, means):
            _remove(path)
            say("retain.leftover", name=path.name)


def _open(path: Path, means: Means) -> bool:
    """Whether a run that is not over has it."""
    match = RUN.fullmatch(path.name)
    if not match:
        return False
    run_id = f"{match[1]}:{FILM_FLOW}:{match[2]}"
    return means.runner.states([run_id]).get(run_id) == "open"


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


async def retain_forever(means: Means) -> None:
    """A pass each hour, until cancelled."""
    while True:
        await asyncio.sleep(HOUR)
        try:
            await retain(means)
        except Exception as error:  # a pass may fail, the next one must come all the same
            fail("retain.failed", error)
