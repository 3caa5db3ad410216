"""Which engine makes this film.

With no provider configured every known model goes to the animatic engine; an engine's own model
names go to it alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from reelway.engine import Engine
from reelway.errors import EngineMissing, InvalidRequest, ReelwayError
from reelway.request import VideoRequest
from reelway.task import Task

FAMILIES = ("kling-v3", "kling-o3")  # models of hosted vendors
DEFAULT_ENGINE = "animatic"
NO_ENGINE = "no engine is configured for this model"
VOICES = "voices"  # the account of voices, which no engine makes: measuring is all there is to it
VOICE_SLOTS = 2


def families(engines: Mapping[str, Engine]) -> list[str]:
    return [*FAMILIES, *(m for e in engines.values() for m in e.models)]


def candidates(model: str, engines: Mapping[str, Engine]) -> list[Engine]:
    """In the order in which they are asked. Raises InvalidRequest for an unknown model."""
    named = [e for e in engines.values() if model in e.models]
    if not named and model not in FAMILIES:
        raise InvalidRequest(f"model must be one of {', '.join(families(engines))}", field="model")
    return named or [e for e in engines.values() if e.name == DEFAULT_ENGINE]


def route(request: VideoRequest, engines: Mapping[str, Engine]) -> Engine:
    """Raises InvalidRequest for an unknown model, EngineMissing when nothing can make it."""
    reasons = []
    for engine in candidates(request.model, engines):
        reason = engine.offers(request)
        if reason is None:
            return engine
        reasons.append(reason)
    raise EngineMissing("; ".join(reasons) or NO_ENGINE)


def account(task: Task, engines: Mapping[str, Engine]) -> str:
    """Whose slot the task's present attempt takes: the engine's that has it, else the one's that
    will get it. Never one that is not configured, which has no slots: nobody would ever begin."""
    if task.request.kind == "voice":
        return VOICES
    if task.status == "running" and task.engine and task.engine in engines:
        return task.engine
    try:
        return route(task.request, engines).name
    except ReelwayError:  # the flow says why it cannot be made, and ends it
        return DEFAULT_ENGINE
