"""Admission: whether there is room for one more, asked before anything is fetched or written.

    queues    so many tasks wait at most, of one owner and in all: 429, with an honest Retry-After
    disk      below `min_free` nothing new is taken: 503; below half of it no film is begun either,
              so that what is left is the database's, and a DELETE can make room
    memory    a film that would not fit if it were alone is refused: 503; that those which run fit
              together is the runner's business

Reads, cancel and DELETE ask for nothing here.
"""

from __future__ import annotations

import asyncio
from functools import cache

from reelway import machine
from reelway.door import GIBIBYTE, Space
from reelway.engine import Engine
from reelway.errors import EngineMissing, Overloaded
from reelway.health import mind_slots
from reelway.log import complain, fail, say
from reelway.means import Means
from reelway.request import VideoRequest
from reelway.settings import Settings

SHARE = 0.75  # of the memory that there is, for films
TICK = 1.0  # seconds between two looks at the disk


def take(owner_id: int, means: Means) -> None:
    """A place in the queues for a create, which hands its task over before it calls `leave`.
    Raises QueueFull, or Overloaded where the disk is nearly full."""
    check_disk(means)
    most = {
        owner_id: means.settings.max_queued_per_owner,
        None: means.settings.max_queued,
    }
    means.door.take(owner_id, most, means.runner.queued, means.now())


def leave(owner_id: int, means: Means) -> None:
    means.door.leave(owner_id)


def check_disk(means: Means) -> None:
    """Before anything is written. Raises Overloaded."""
    space = means.door.space(means.tmp, means.now())
    if space.free < least_free(means.settings, space):
        raise Overloaded(
            "the disk is nearly full: nothing new is taken until there is room",
            code="disk_full",
            retry_after=60,
        )


def check_memory(request: VideoRequest, engine: Engine, means: Means) -> None:
    """Raises EngineMissing for a film that can never be made here."""
    needed, most = engine.cost(request).memory, room(means.settings)
    if request.kind != "voice" and needed > most:
        raise EngineMissing(
            f"a film of {request.resolution} like this one takes {_mebibytes(needed)} of memory, "
            f"and this server has {_mebibytes(most)} for films",
            code="too_large_here",
        )


def least_free(settings: Settings, space: Space) -> int:
    """Bytes of the disk that are kept free."""
    if settings.min_free is not None:
        return settings.min_free
    return min(GIBIBYTE, space.total // 20)


def room(settings: Settings) -> int:
    """Bytes of memory for all films that are made at a time."""
    return settings.max_memory or _room()


@cache
def _room() -> int:
    return round(machine.memory() * SHARE)


def tell_limits(means: Means) -> None:
    space = means.door.space(means.tmp, means.now())
    say(
        "serve.limits",
        queued=means.settings.max_queued,
        queued_per_owner=means.settings.max_queued_per_owner,
        min_free=least_free(means.settings, space),
        free=space.free,
        memory=room(means.settings),
    )


def mind_disk(means: Means, low: bool) -> bool:
    """Whether no film is begun for want of room; `low`: whether it was so before."""
    space = means.door.space(means.tmp, means.now())
    least = least_free(means.settings, space)
    if low == (space.free < (least if low else least // 2)):
        return low
    means.door.low = not low
    mind_slots(means)
    if low:
        say("disk.room", free=space.free)
    else:
        complain("disk.low", free=space.free, least=least)
    return not low


async def mind_disk_forever(means: Means, low: bool) -> None:
    """A look each second, until cancelled; `low`: as the first look found it."""
    while True:
        try:
            low = mind_disk(means, low)
        except Exception as error:  # one look may fail, the next one must come all the same
            fail("disk.failed", error)
        await asyncio.sleep(TICK)


def _mebibytes(count: int) -> str:
    return f"{count // (1024 * 1024):,} MiB"
