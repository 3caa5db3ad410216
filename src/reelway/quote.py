"""Quote: what an order would meet, were it made now. Nothing is fetched, held or written.

every candidate ──> cannot? ──> by the policy ──> healthy and free first ──> chosen
                                                  unhealthy? full? dearer? later?

By weight an order is drawn for one of them, by an id that it does not have yet: the most probable
one is named as chosen, and each is told its share.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence

from reelway.engine import Engine
from reelway.means import Means
from reelway.money import shown
from reelway.provider import Policy
from reelway.providers import accounts_of
from reelway.request import VideoRequest
from reelway.route import arranged, candidates, objections, policy_of
from reelway.runner import Work
from reelway.supply import Bid, Objection, Quote


def quote(
    request: VideoRequest, owner_id: int, priority: int, means: Means, now: float | None = None
) -> Quote:
    """`now` is that of the breakers, in seconds. Raises InvalidRequest for an unknown model."""
    now = time.monotonic() if now is None else now
    policy = policy_of(request.model, means.engines)
    asked = candidates(request.model, means.engines)
    cannot = objections(request, asked)
    able = arranged([e for e in asked if e.name not in cannot], request, policy, "")
    against = {e.name: _hindrances(e, means, now) for e in able}
    # Who has a slot, then who is full, then who has to be left alone; each by the policy.
    preferred = sorted(able, key=lambda e: ("unhealthy" in against[e.name], len(against[e.name])))
    unable = [
        _bid(e, request, means, {"cannot": cannot[e.name]}) for e in asked if e.name in cannot
    ]
    if not preferred:
        return Quote(bids=unable, chosen=None)
    chosen, bids = preferred[0], list[Bid]()
    equals = [e for e in able if against[e.name].keys() == against[chosen.name].keys()]
    shares = _shares(equals) if policy == "weight" else {}
    for n, engine in enumerate(able):
        share = shares.get(engine.name, 0.0) if shares else None
        behind: Mapping[Objection, str] = {}
        if chosen in able[:n]:
            behind = _passed_over(engine, chosen, request, policy, share)
        bids.append(_bid(engine, request, means, {**against[engine.name], **behind}, share))
    best = bids[able.index(chosen)]
    bids += unable
    return _timed(bids, best, chosen, able, request, owner_id, priority, means)


def _timed(
    bids: Sequence[Bid],
    best: Bid,
    engine: Engine,
    able: Sequence[Engine],
    request: VideoRequest,
    owner_id: int,
    priority: int,
    means: Means,
) -> Quote:
    names = tuple(e.name for e in able)
    work = Work(task_id=0, attempt=1, accounts=names, owner_id=owner_id, priority=priority)
    position, free, wait = means.runner.foretell(work), not best.reasons, 0
    if not free:
        slots = sum(e.slots for e in able)
        wait = means.estimate.waits(engine, position, slots)
    takes = means.estimate.takes(engine, request)
    return Quote(
        bids=bids,
        chosen=best,
        position=position,
        wait=wait if free or wait else None,
        eta=wait + takes if takes else None,
    )


def _hindrances(engine: Engine, means: Means, now: float) -> dict[Objection, str]:
    account = accounts_of({engine.name: engine}).get(engine.name)
    if account and (left := account.breaker.wait(now)):
        return {"unhealthy": f"it failed again and again; tried again in {math.ceil(left)} s"}
    taken = means.runner.accounts().get(engine.name)
    if taken and taken.busy >= taken.slots:
        return {"full": f"{taken.busy} of {engine.slots} slots are taken"}
    return {}


def _shares(engines: Sequence[Engine]) -> dict[str, float]:
    """With what chance each is drawn of these, which an order may meet alike, the first of which is
    preferred; none where there is nothing to draw."""
    accounts = accounts_of({engine.name: engine for engine in engines})
    weights = {name: account.provider.weight for name, account in accounts.items()}
    total = sum(weights.values())
    if len(engines) < 2 or not total:
        return {engine.name: float(n == 0) for n, engine in enumerate(engines)}
    return {name: round(weight / total, 3) for name, weight in weights.items()}


def _passed_over(
    engine: Engine, chosen: Engine, request: VideoRequest, policy: Policy, share: float | None
) -> Mapping[Objection, str]:
    """Why the chosen one goes before it."""
    if share is not None:
        return {"later": f"drawn by weight, {100 * share:.3g} %"}
    if policy != "cheapest":
        return {"later": f"{chosen.name} goes first by {policy}"}
    mine, other = price_of(engine, request), price_of(chosen, request)
    if mine is None:
        return {"dearer": "its price is not known"}
    if mine == other:
        return {"later": f"{chosen.name} costs the same, and goes first by order"}
    return {"dearer": f"{shown(mine)} USD, and {chosen.name} {shown(other or 0)} USD"}


def price_of(engine: Engine, request: VideoRequest) -> int | None:
    """Micro-units; what we make ourselves costs nothing. None: not known."""
    account = accounts_of({engine.name: engine}).get(engine.name)
    return account.price(request) if account else 0


def _bid(
    engine: Engine,
    request: VideoRequest,
    means: Means,
    reasons: Mapping[Objection, str],
    share: float | None = None,
) -> Bid:
    return Bid(
        name=engine.name,
        provider=engine.remote,
        price=None if "cannot" in reasons else price_of(engine, request),
        reasons=reasons,
        share=share,
    )
