"""Reload: the providers of the settings file as it is now, without a restart.

    read ──> faults? the old ones stay, and every fault is told
      └────> change ──> slots ──> all that waits is routed anew ──> audit, log

What a removed provider works on is followed to its end; what waited for it goes to others, and
where there are none it waits for one: see `strand`.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict

from reelway.errors import Conflict, RequestError
from reelway.health import mind_slots
from reelway.log import complain, fail, say
from reelway.means import Means, work_of
from reelway.providers import Providers
from reelway.settings import SettingsFault
from reelway.strand import strand, unstrand
from reelway.supply import Changes

PAGE = 1000
ACT = "providers.reload"


class BadSettings(RequestError):
    """Everything that is wrong with them, one line each, with a hint."""

    code = "bad_settings"


async def reload(means: Means, actor: str) -> Changes:
    """Raises BadSettings, and then nothing has changed; Conflict where there is nothing to read."""
    live = means.engines
    if not isinstance(live, Providers):
        raise Conflict("no server runs here that could read its settings again")
    async with live.changing:
        try:
            settings = await asyncio.to_thread(live.read)
            told = live.change(settings)
        except SettingsFault as error:
            complain("providers.refused", actor=actor, faults=error.faults)
            raise BadSettings("\n".join(error.faults)) from None
        for name in told.added:
            await live[name].start()
        mind_slots(means)
        await route_anew(means)
    await means.store.audit(actor, ACT, "", asdict(told), means.now())
    say("providers.reloaded", actor=actor, **asdict(told))
    return told


async def route_anew(means: Means) -> None:
    """What waits may have other candidates now, and what was missing its provider may go on."""
    after = 0
    while tasks := await means.store.unfinished(after=after, limit=PAGE):
        after, now = tasks[-1].id, means.now()
        due = [task for task in tasks if (task.next_at or 0) <= now]
        await unstrand(due, means)
        await means.runner.hand([work_of(task, means.engines) for task in due])
        await strand(due, means)


@contextmanager
def reloading(means: Means) -> Iterator[None]:
    """Inside, SIGHUP reloads; but where it tells that our terminal is gone, it ends us as ever."""
    loop, tasks, before = asyncio.get_running_loop(), set[asyncio.Task[None]](), _has_terminal()

    def hang_up() -> None:
        if before and not _has_terminal():
            signal.raise_signal(signal.SIGTERM)
            return
        tasks.add(task := loop.create_task(_reload(means)))
        task.add_done_callback(tasks.discard)

    loop.add_signal_handler(signal.SIGHUP, hang_up)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


async def _reload(means: Means) -> None:
    """Whoever sent the signal is told in the log alone."""
    try:
        with suppress(BadSettings):  # each fault is in the log already
            await reload(means, "signal SIGHUP")
    except Exception as error:  # a reload may fail, the server must go on
        fail("providers.failed", error)


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
