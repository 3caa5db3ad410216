"""Health: how many runs each engine may have at a time just now.

    all its slots     as a rule
    none              the disk is nearly full; it was removed; its breaker is open
    one more          its breaker's pause is over: that run is the probe

A run that its vendor works on already (`Work.held`) needs none of them.
"""

from __future__ import annotations

import asyncio
import time

from reelway.engine import Engine
from reelway.log import complain, fail, say
from reelway.means import Means
from reelway.providers import accounts_of

TICK = 1.0  # seconds between two looks at the breakers


def open_slots(engine: Engine, means: Means, now: float) -> int:
    """`now` is that of the breakers, in seconds."""
    if means.door.low or getattr(engine, "retired", False):
        return 0
    breaker = getattr(engine, "breaker", None)
    if breaker is None or breaker.state == "closed":
        return engine.slots
    if breaker.wait(now):
        return 0
    taken = means.runner.accounts().get(engine.name)
    return min(engine.slots, taken.busy + 1 if taken else 1)


def mind_slots(means: Means, now: float | None = None) -> None:
    now = time.monotonic() if now is None else now
    for engine in means.engines.values():
        means.runner.slots(engine.name, open_slots(engine, means, now))


def mind_breaker(name: str | None, means: Means, now: float | None = None) -> None:
    """Right after a failure: what waits is not tried on it until the next look at them all."""
    engine = means.engines.get(name or "")
    if engine is not None and getattr(engine, "breaker", None) is not None:
        now = time.monotonic() if now is None else now
        if open_slots(engine, means, now) == 0:
            means.runner.slots(engine.name, 0)


def tell_breakers(means: Means, before: dict[str, str]) -> None:
    """Log those that have opened or closed; `before`: their states at the last look."""
    for name, account in accounts_of(means.engines).items():
        state, was = account.breaker.state, before.get(name, "closed")
        before[name] = state
        if state == "open" and was == "closed":
            complain("provider.unhealthy", provider=name, why=list(account.errors)[-1:])
        elif state == "closed" and was != "closed":
            say("provider.healthy", provider=name)


async def mind_slots_forever(means: Means) -> None:
    """A look each second, until cancelled."""
    before: dict[str, str] = {}
    while True:
        try:
            mind_slots(means)
            tell_breakers(means, before)
        except Exception as error:  # one look may fail, the next one must come all the same
            fail("health.failed", error)
        await asyncio.sleep(TICK)
