"""Standing: how each provider stands, for who keeps the server. No key, no address that holds one.

From the engines as they are now, the runner's slots, and what was settled; and of those that are
missing, whose runs hold no slots, from the rows.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping

from reelway.means import Means
from reelway.money import day_of, zone_of
from reelway.providers import Account, accounts_of
from reelway.route import NOBODY, VOICES
from reelway.runner import Occupancy
from reelway.supply import Standing, StandingState

MOST_PROVIDERS = 10_000
IDLE = Occupancy(slots=0, busy=0, waiting=0)
PAGE = 250


async def standings(means: Means, clock: float | None = None) -> list[Standing]:
    """In the order of the settings; then those that are missing. `clock` is that of the breakers,
    in seconds."""
    clock = time.monotonic() if clock is None else clock
    taken, spent = means.runner.accounts(), await _spent(means)
    found = [
        _standing(account, taken.get(name, IDLE), spent, means, clock)
        for name, account in accounts_of(means.engines).items()
    ]
    if missing := sorted(taken.keys() - means.engines.keys() - {VOICES, NOBODY}):
        busy = await _at_vendors(means)
        found += [
            Standing(name=name, state="missing", busy=busy[name], waiting=taken[name].waiting)
            for name in missing
        ]
    return [one for one in found if one.state != "missing" or one.busy or one.waiting]


async def _at_vendors(means: Means) -> Counter[str]:
    """By provider, the tasks that it may have something of."""
    found: Counter[str] = Counter()
    for read in (means.store.unfinished, means.store.late):
        after = 0
        while tasks := await read(after=after, limit=PAGE):
            after = tasks[-1].id
            found.update(task.engine for task in tasks if task.engine and task.status != "queued")
    return found


async def _spent(means: Means) -> Mapping[tuple[str, str], int]:
    """Micro-units, by provider and span."""
    today = day_of(means.now(), zone_of(means.settings.budget_zone))
    sums = {}
    for span, first in (("day", today), ("month", f"{today[:7]}-01")):
        for entry in await means.store.usage(None, first, today, ("provider",), MOST_PROVIDERS):
            sums[entry.by["provider"], span] = entry.settled
    return sums


def _standing(
    account: Account,
    taken: Occupancy,
    spent: Mapping[tuple[str, str], int],
    means: Means,
    clock: float,
) -> Standing:
    state: StandingState = "removed" if account.retired else "serving"
    breaker, provider = account.breaker, account.provider
    since = None
    if breaker.since is not None:
        since = means.now() - round((clock - breaker.since) * 1000)
    return Standing(
        name=account.name,
        state=state,
        wire=provider.wire,
        address=provider.address,
        models=tuple(account.families),
        breaker=breaker.state,
        breaker_since=since,
        probe_in=round(breaker.wait(clock), 1),
        slots=account.slots,
        open=max(0, taken.slots - taken.busy),
        busy=taken.busy,
        waiting=taken.waiting,
        spent_today=spent.get((account.name, "day"), 0),
        spent_month=spent.get((account.name, "month"), 0),
        errors=[(at, _without(provider.secret, words)) for at, words in reversed(account.errors)],
    )


def _without(secret: str, words: str) -> str:
    """Some vendors repeat the key that they refuse."""
    return words.replace(secret, "…")
