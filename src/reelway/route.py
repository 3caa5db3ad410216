"""Who makes this film: which engines can, and in which order they are asked.

    model ──> candidates ──> pinned? ──> offers, doubts ──> order | weight | cheapest ──> slots
              who serves it   X-Reelway-  can it, will it     the policy                   of whom
                              Provider

What a vendor's documents say that it refuses (`doubts`) keeps a film from it as long as somebody
else can make it; where nobody can, the vendor itself is to say so.

Whose slot is free first, of those that are healthy, is for the runner to say. With no provider
configured every known model goes to the animatic engine; with one, that engine makes only what
names it. An engine's own model names go to it alone.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import cast

from reelway.engine import Engine
from reelway.errors import EngineMissing, InvalidRequest, ReelwayError, Refused
from reelway.provider import Policy
from reelway.providers import Account, Providers, accounts_of
from reelway.request import VideoRequest
from reelway.task import Task

FAMILIES = ("kling-v3", "kling-o3")  # models of hosted vendors
DEFAULT_ENGINE = "animatic"
NO_ENGINE = "no engine is configured for this model"
VOICES = "voices"  # the account of voices, which no engine makes: measuring is all there is to it
VOICE_SLOTS = 2
PIN = "x-reelway-provider"  # the header
NOBODY = "(nobody)"  # the account, without slots, of what none of those that are there can make


def accounts(engines: Mapping[str, Engine]) -> list[Account]:
    """Those at vendors, that take something new."""
    return [account for account in accounts_of(engines).values() if not account.retired]


def families(engines: Mapping[str, Engine]) -> list[str]:
    served = [family for account in accounts(engines) for family in account.families]
    own = [model for engine in engines.values() for model in engine.models]
    return list(dict.fromkeys([*FAMILIES, *served, *own]))


def candidates(model: str, engines: Mapping[str, Engine]) -> list[Engine]:
    """In the order of the settings. Raises InvalidRequest for an unknown model."""
    vendors = accounts(engines)
    serving = [account for account in vendors if model in account.families]
    named: list[Engine] = [*serving, *(e for e in engines.values() if model in e.models)]
    if named:
        return named
    if model not in FAMILIES:
        raise InvalidRequest(f"model must be one of {', '.join(families(engines))}", field="model")
    if vendors:
        return []
    return [e for e in engines.values() if e.name == DEFAULT_ENGINE]


def pinned(name: str | None, engines: Mapping[str, Engine]) -> str | None:
    """The provider that a header names. Raises InvalidRequest where there is none of that name."""
    if name is None:
        return None
    known = [account.name for account in accounts(engines)]
    if name.strip() not in known:
        told = f"must be one of {', '.join(known)}" if known else "has no effect: there is none"
        raise InvalidRequest(f"X-Reelway-Provider {told}", field="X-Reelway-Provider")
    return name.strip()


def reason(request: VideoRequest, engine: Engine) -> str | None:
    """Why it cannot have this film; None if it can."""
    if request.provider not in (None, engine.name):
        return f"{engine.name} is not {request.provider}, which was asked for"
    return engine.offers(request)


def objections(request: VideoRequest, asked: Sequence[Engine]) -> dict[str, str]:
    """By name, why these cannot have it; who can is not in it."""
    cannot = {engine.name: why for engine in asked if (why := reason(request, engine))}
    left = [engine for engine in asked if engine.name not in cannot]
    if len(left) > 1:
        doubts = {engine.name: why for engine in left if (why := _doubt(request, engine))}
        if len(doubts) < len(left):
            cannot |= doubts
    return cannot


def _doubt(request: VideoRequest, engine: Engine) -> str | None:
    return cast(Account, engine).doubts(request) if engine.remote else None


def able(
    request: VideoRequest,
    engines: Mapping[str, Engine],
    draw: str = "",
    without: Collection[str] = (),
) -> list[Engine]:
    """Who can make it, the preferred one first; `draw` is what a choice by weight is drawn from.
    Raises InvalidRequest for an unknown model, EngineMissing when nothing can make it."""
    asked = [e for e in candidates(request.model, engines) if e.name not in without]
    if request.kind == "voice" and DEFAULT_ENGINE in engines:  # kept here, whoever makes films
        return [engines[DEFAULT_ENGINE]]
    cannot = objections(request, asked)
    found = [engine for engine in asked if engine.name not in cannot]
    if not found:
        raise EngineMissing("; ".join(cannot.values()) or NO_ENGINE)
    if len(found) == 1:
        return found
    return arranged(found, request, policy_of(request.model, engines), draw)


def able_now(request: VideoRequest, engines: Mapping[str, Engine]) -> list[Engine]:
    """As `able`, of an order that comes in: what the provider that it names can never make is a
    fault of the order, not a lack of ours."""
    try:
        return able(request, engines)
    except EngineMissing:
        if request.provider is None:
            raise
        why = objections(request, [engines[request.provider]])
        told = why.get(request.provider, f"{request.provider} does not serve {request.model}")
        raise InvalidRequest(told, field="X-Reelway-Provider") from None


def policy_of(model: str, engines: Mapping[str, Engine]) -> Policy:
    return engines.policy(model) if isinstance(engines, Providers) else "order"


def arranged(
    engines: Sequence[Engine], request: VideoRequest, policy: Policy, draw: str
) -> list[Engine]:
    """By the policy, and among equals by the settings' `order`. One of our own costs nothing, and
    comes last where providers are drawn or put in order."""

    def rank(engine: Engine) -> tuple[float, float]:
        if not getattr(engine, "remote", False):
            return (0, 0) if policy == "cheapest" else (math.inf, 0)
        account = cast(Account, engine)
        order = account.provider.order
        if policy == "cheapest":
            price = account.price(request)
            return math.inf if price is None else price, order
        if policy == "weight":
            return _drawn(draw, account.name, account.provider.weight), order
        return order, 0

    return sorted(engines, key=rank)


def _drawn(draw: str, name: str, weight: float) -> float:
    """The smallest of such numbers is drawn with the chance of its weight among all; the next
    smallest likewise among the rest. One text gives one number, in every process; and who is added
    or taken away changes nothing about the others. With no text, the greatest weight is drawn."""
    if weight <= 0:
        return math.inf
    if not draw:
        return -weight
    digest = hashlib.sha256(f"{draw}\0{name}".encode()).digest()
    chance = (int.from_bytes(digest[:8], "big") + 1) / (2**64 + 1)
    return -math.log(chance) / weight


def route(request: VideoRequest, engines: Mapping[str, Engine], draw: str = "") -> Engine:
    """The preferred one. Raises as `able`."""
    return able(request, engines, draw)[0]


def takers(task: Task, engines: Mapping[str, Engine]) -> list[Engine]:
    """Who may have a queued task, the preferred one first. Raises as `able`. What was accepted for
    an engine that is not configured any more never becomes an animatic instead; who has declined it
    is asked again once all the others have, too; who has refused it is not. Raises Refused, in the
    words of the first, where all have."""
    refused = task.report.get("refused", ())
    try:
        found = able(task.request, engines, task.public_id, [told["provider"] for told in refused])
    except EngineMissing:
        if not refused:
            raise
        raise Refused(refused[0]["message"], code=refused[0]["code"]) from None
    unnamed = [e.name for e in found if task.request.model not in e.models] == [DEFAULT_ENGINE]
    meant = engines.get(task.engine) if task.engine else found[0]
    if unnamed and (meant is None or getattr(meant, "retired", False)):
        raise EngineMissing(f"{task.engine}, which was to make it, is not configured any more")
    declined = Counter(told.get("provider") for told in task.report.get("declined", ()))
    least = min(declined[engine.name] for engine in found)
    return [engine for engine in found if declined[engine.name] == least]


def waits_for(task: Task, engines: Mapping[str, Engine]) -> tuple[str, ...]:
    """Whose slots the task's present attempt can take: the engine's that has it, else those of all
    that may get it."""
    if task.request.kind == "voice":
        return (VOICES,)
    if task.engine and (task.status == "running" or task.stage == "late"):
        return (task.engine,)
    try:
        return tuple(engine.name for engine in takers(task, engines))
    except Refused:  # the flow ends it
        return (DEFAULT_ENGINE,)
    except ReelwayError:  # by an engine of ours: the flow says why it cannot be made, and ends it
        return (absent(task, engines) or DEFAULT_ENGINE,)


def absent(task: Task, engines: Mapping[str, Engine]) -> str | None:
    """The provider that was to make a queued task which nobody can make as things stand: it waits
    for its slots, of which there are none until it is back. See `strand`."""
    name = task.request.provider or task.provider or task.engine
    engine = engines.get(name or "")
    if name is None or (engine is not None and not engine.remote):
        return None
    there = engine is not None and not getattr(engine, "retired", False)
    return NOBODY if there else name


def in_vain(accounts: Collection[str], engines: Mapping[str, Engine]) -> bool:
    """Whether who waits for these waits for somebody who is absent."""
    names = set(accounts) - {VOICES}
    return bool(names) and all(
        name not in engines or getattr(engines[name], "retired", False) for name in names
    )


def held(task: Task, engines: Mapping[str, Engine]) -> bool:
    """Whether a vendor may work on it already: then it needs no free slot to be looked after. An
    engine that is not configured any more was a provider."""
    if task.engine is None or task.request.kind == "voice":
        return False
    engine = engines.get(task.engine)
    at_work = task.status == "running" or task.stage == "late"
    return at_work and (engine is None or engine.remote)
