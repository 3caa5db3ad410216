"""Remote: one attempt at a vendor, who is paid for what it has accepted, and never paid twice.

    queued ── prepare ── submitting ── POST ──┬── receipt ──> submitted ── looks ─> storing ─> over
                         (committed)          ├── declined ─> queued: the next candidate
                                              ├── refused ──> failed, in the vendor's words
                                              └── no word ──> ambiguous: held for somebody to say

What is at a vendor is looked after until the vendor has said its last word and the film is home;
no error of a look ends that. Its slot is given back at the vendor's last word. A task that is
over here while its vendor works on ("late": abandoned, or lost and found again) is looked after
likewise, and its film kept beside it.

Between two looks the run rests: each of these steps answers with the seconds until it is to go on,
and begins with the row as it is by then. Nothing is kept of it meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from reelway.deliver import NotWhole, bring_home
from reelway.engine import Again, Engine, Failure, Film, Gone, Remote, Run
from reelway.errors import (
    Ambiguous,
    Declined,
    MomentError,
    ReelwayError,
    Refused,
    RequestError,
    shortage,
)
from reelway.follow import LONGEST_REST, REST, end_failed, pause_of, requeue, rest
from reelway.health import mind_breaker
from reelway.log import complain, fail, say
from reelway.means import Means
from reelway.media import NotAFilm
from reelway.move import move
from reelway.route import takers
from reelway.runner import Release
from reelway.submit import hook_of, links_of, run_of
from reelway.task import Stage, Task

HOUR, MINUTE = 3600.0, 60.0
FIRST = 0.5  # seconds until the first look: some do not know at once what they have accepted
SPOILT = 5.0  # seconds until another look for a film that could not be kept, doubling
STOPPED = "the server was stopped before the answer came"
UNFORESEEN = "it went wrong here before the answer was read"
LOST = "its provider has told nothing final of it for too long"


# Beginning


async def begin(task: Task, engine: Engine, release: Release, means: Means) -> float | None:
    """From queued; the seconds until the first look. What may take long comes before the intent is
    written, so that a stop meanwhile leaves no doubt."""
    remote = cast(Remote, engine)
    links, hook = await links_of(task, means), hook_of(task, engine, means)
    run = replace(run_of(task, engine, means), links=links, hook=hook)
    try:
        said = await remote.prepare(task.request, run)
    except (Declined, MomentError) as error:
        # A queued row gets another attempt by way of running; no stage: nothing was sent.
        if moved := await move(task, "running", means, {"engine": engine.name}):
            await decline(moved, error, means)
        return None
    if not await _held(task, remote, means):
        return None
    begun = {"engine": engine.name, "stage": "submitting", "started_at": means.now()}
    moved = await move(task, "running", means, begun)
    if moved is None:
        return None
    try:
        receipt = await remote.submit(said, run)
    except (Declined, MomentError) as error:
        await decline(moved, error, means)
    except RequestError as error:
        await _end(moved, error.code, error.message, means)
    except asyncio.CancelledError:
        await doubt(moved, STOPPED, means)
        raise
    except Exception as error:
        if not isinstance(error, Ambiguous):
            fail("provider.unforeseen", error, task=task.public_id, provider=engine.name)
        why = error.message if isinstance(error, Ambiguous) else UNFORESEEN
        if noted := await doubt(moved, why, means):
            return await hold(noted, release, means)
    else:
        if noted := await _keep_receipt(moved, receipt, means):
            say("task.started", task=task.public_id, attempt=task.attempt, engine=engine.name)
            _expect(noted, means)
            return FIRST
    return None


async def _held(task: Task, engine: Remote, means: Means) -> bool:
    """Whether its price is held for it; else the row has moved on, or another is asked."""
    price = engine.price(task.request)
    if (task.provider, task.reserved or 0) == (engine.name, price or 0):
        return True
    if await means.store.rereserve(task, engine.name, price, means.now()):
        return True
    if moved := await move(task, "running", means, {"engine": engine.name}):
        told = f"the key's budget does not reach for {engine.name}"
        await decline(moved, Declined(told, code="budget_exhausted"), means)
    return False


async def carry_on(task: Task, release: Release, means: Means) -> float | None:
    """From wherever the row of an attempt stands that may exist at a vendor; the seconds until the
    next time."""
    if task.receipt is not None:
        return await look(task, release, means)
    if task.over:  # abandoned, and the answer was lost with us: somebody may say what it was
        await doubt(task, STOPPED, means)
    elif task.stage is None:  # nothing was sent: the stage is written before that
        await requeue(task, means, "it was not handed over", proven=True)
    elif task.stage == "ambiguous":
        return await hold(task, release, means)
    elif noted := await doubt(task, STOPPED, means):
        return await hold(noted, release, means)
    return None


async def _keep_receipt(task: Task, receipt: Mapping[str, Any], means: Means) -> Task | None:
    """The row with it. It is the only proof of what was bought: it is written whatever happens."""
    noted = await _written(task, {"stage": "submitted", "receipt": receipt}, means)
    if noted is not None:
        return noted
    row = await means.store.task(task.id)  # abandoned meanwhile
    if row is None or row.attempt != task.attempt:
        complain("provider.orphan", task=task.public_id, receipt=receipt.get("id"))
        return None
    return await _written(row, {"receipt": receipt}, means)


async def _written(task: Task, changes: Mapping[str, Any], means: Means) -> Task | None:
    """As `Store.note`, again and again until the disk takes it."""
    pause = REST
    while True:
        try:
            return await means.store.note(task, changes)
        except Exception as error:
            _log("task.unwritten", error, task)
            await asyncio.sleep(pause)
            pause = min(LONGEST_REST, 2 * pause)


async def decline(task: Task, error: ReelwayError, means: Means) -> None:
    """Nothing was made there; whoever has abandoned it meanwhile owes nothing."""
    await _ask_on(task, error, means)
    row = await means.store.task(task.id)
    if row is not None and row.stage == "late" and row.attempt == task.attempt:
        await _end(row, error.code, error.message, means)


async def _ask_on(task: Task, error: ReelwayError, means: Means) -> None:
    """Another candidate is asked at once; all again after a rest, once each has declined, but for
    those that have refused it; and in the end it fails."""
    now, name = means.now(), task.engine
    told = {"provider": name, "code": error.code, "message": error.message, "at": now}
    complain("provider.declined", task=task.public_id, provider=name, code=error.code)
    mind_breaker(name, means)
    if isinstance(error, Refused):
        refused = [*task.report.get("refused", ()), told]
        await _elsewhere(replace(task, report={**task.report, "refused": refused}), error, means)
        return
    busy = isinstance(error, MomentError)  # that is no refusal: the time to give up begins anew
    since = now if busy else task.report.get("declined_since", now)
    queue = replace(task, status="queued")
    declined = list(task.report.get("declined", ()))
    if _all_declined(queue, means):  # before this one: a new round
        declined = []
    queue = replace(queue, report={**task.report, "declined": [*declined, told]})
    report = {**queue.report, "declined_since": since}
    if not _all_declined(queue, means):
        await requeue(
            task, means, error.message, "declined", {"report": report, "rests": task.rests},
            proven=True,
        )  # fmt: skip
    elif not busy and now - since >= means.hosted.give_up_after * 1000:
        await _end(task, error.code, error.message, means)
    else:
        pause = pause_of(task.rests, error.retry_after)
        await rest(task, means, error.message, pause, {"report": report}, proven=True)


async def _elsewhere(task: Task, error: Refused, means: Means) -> None:
    """By the report, who was asked last has refused it: to one who has not, or failed in the words
    of the first who has."""
    queue = replace(task, status="queued")
    report: dict[str, Any] = {"report": task.report}
    try:
        takers(queue, means.engines)
    except Refused as first:
        await means.store.note(task, report)
        await _end(task, first.code, first.message, means)
    except ReelwayError:  # whoever is left went just now: see `strand`
        await requeue(task, means, error.message, "declined", report, proven=True)
    else:
        if _all_declined(queue, means):
            await rest(task, means, error.message, pause_of(task.rests, None), report, proven=True)
        else:
            report |= {"rests": task.rests}
            await requeue(task, means, error.message, "declined", report, proven=True)


def _all_declined(task: Task, means: Means) -> bool:
    """Whether none of those who can make it is left to be asked in this round."""
    declined = {told["provider"] for told in task.report.get("declined", ())}
    try:
        return all(engine.name in declined for engine in takers(task, means.engines))
    except ReelwayError:
        return True


# Doubt


async def doubt(task: Task, why: str, means: Means) -> Task | None:
    """Nobody knows whether there is a job. None: the row has moved on meanwhile (abandoned)."""
    ambiguous = {"provider": task.engine, "since": means.now(), "why": why}
    complain("provider.ambiguous", task=task.public_id, provider=task.engine, why=why)
    report = {**task.report, "ambiguous": ambiguous}
    noted = await _written(task, {"stage": "ambiguous", "report": report}, means)
    if noted is None and (row := await means.store.task(task.id)) and row.stage == "late":
        report = {**row.report, "ambiguous": ambiguous}
        await _written(row, {"stage": "ambiguous", "report": report}, means)
    return noted


async def hold(task: Task, release: Release, means: Means) -> float | None:
    """Until somebody has said what became of it (`reelway task resolve`), or, by the policy, for so
    long. Never sent again."""
    release()
    if means.hosted.on_ambiguous != "fail":
        return HOUR
    since: int = task.report.get("ambiguous", {}).get("since", task.accepted_at)
    seconds = since / 1000 + means.hosted.ambiguous_after - means.now() / 1000
    if seconds > 0:
        return min(seconds, HOUR)
    message = "its provider's answer was lost: nobody knows whether it was accepted"
    await _end(task, "ambiguous", message, means, hold=True)
    return None


# Looking


async def look(task: Task, release: Release, means: Means) -> float | None:
    """Once; the seconds until the next look, or nothing once the vendor's last word has been acted
    on."""
    _expect(task, means)
    outcome = await _one_look(task, release, means)
    try:
        if await _act(task, outcome, release, means):
            return None
    except Exception as error:  # the film is not whole, the disk is full, …: it stays there
        task, outcome = _not_kept(task, error, means)
        if await _act(task, outcome, release, means):
            return None
    at = outcome.at if isinstance(outcome, Again) else means.now()
    return max(0.0, (at - means.now()) / 1000)


def _expect(task: Task, means: Means) -> None:
    """Its vendor's word would be news from now on."""
    means.hints.expect(task.engine or "", str((task.receipt or {}).get("id", "")), task.id)


def _later(task: Task, why: str, seconds: float, means: Means) -> Again:
    since = task.report.get("upstream_unreachable_since", means.now())
    at = means.now() + round(seconds * 1000)
    return Again(at=at, unreachable_since=since, why=why)


def _not_kept(task: Task, error: Exception, means: Means) -> tuple[Task, Again]:
    """When to look again for a film that could not be kept: soon, and after as long again as that
    has been so, by the report. Another reason than before begins anew."""
    _log("film.not_kept", error, task)
    known = shortage(error) or error
    why = known.message if isinstance(known, ReelwayError) else "it cannot be kept here"
    if task.report.get("upstream_unreachable_why") != why:
        task = replace(task, report=_reached(task.report))
    since = task.report.get("upstream_unreachable_since", means.now())
    seconds = min(HOUR, max(SPOILT, (means.now() - since) / 1000))
    return task, _later(task, why, seconds, means)


def _log(action: str, error: Exception, task: Task) -> None:
    """With a traceback where it is ours, and neither its vendor's nor of the moment."""
    known = shortage(error) or error
    if isinstance(known, NotWhole | NotAFilm | MomentError):
        complain(action, task=task.public_id, provider=task.engine, why=known.message)
    else:
        fail(action, error, task=task.public_id, provider=task.engine)


async def _one_look(task: Task, release: Release, means: Means) -> Film | Failure | Again:
    engine = means.engines.get(task.engine or "")
    if engine is None or not engine.remote or task.receipt is None:
        release()
        return _later(task, f"{task.engine} is not configured any more", MINUTE, means)

    async def storing() -> None:
        release()
        if task.status == "running" and task.stage != "storing":
            await means.store.note(task, {"stage": "storing"})

    run: Run = replace(run_of(task, engine, means), storing=storing)
    try:
        outcome = await engine.follow(task.receipt, run)
    except Exception as error:
        fail("provider.look_failed", error, task=task.public_id, provider=task.engine)
        return _later(task, "it went wrong here", MINUTE, means)
    if isinstance(outcome, Gone):  # none of a vendor's words says so
        return Again(at=means.now() + round(MINUTE * 1000), why=outcome.reason)
    return outcome


async def _act(task: Task, outcome: Film | Failure | Again, release: Release, means: Means) -> bool:
    """Whether that was the last of it. Raises whatever keeps the film from being kept."""
    if isinstance(outcome, Film):
        release()
        try:
            await bring_home(task, outcome, means)
        except BaseException:
            outcome.path.unlink(missing_ok=True)  # the next look brings another
            raise
        return True
    if isinstance(outcome, Failure):
        release()
        await _end(task, outcome.code, outcome.message, means)
        return True
    await _tell_reach(task, outcome, means)
    return await _lost(task, release, means)


async def _tell_reach(task: Task, outcome: Again, means: Means) -> None:
    """Since when looks have come to nothing, where that is news."""
    since = outcome.unreachable_since
    if (since is None) == ("upstream_unreachable_since" not in task.report):
        return
    report = _reached(task.report)
    if since is not None:
        report["upstream_unreachable_since"] = since
        report["upstream_unreachable_why"] = outcome.why
        complain("provider.unreachable", task=task.public_id, provider=task.engine, why=outcome.why)
    await means.store.note(task, {"report": report})


def _reached(report: Mapping[str, Any]) -> dict[str, Any]:
    """Without a word on looks that have come to nothing."""
    return {n: v for n, v in report.items() if not n.startswith("upstream_unreachable")}


async def _lost(task: Task, release: Release, means: Means) -> bool:
    """Whether it is given up: at first for its owner, who is told so, and as long again after that
    for good."""
    begun = (task.receipt or {}).get("at") or task.started_at or task.accepted_at
    age = (means.now() - begun) / 1000
    if task.over and age > 2 * means.hosted.lost_after:
        complain("provider.lost", task=task.public_id, provider=task.engine)
        if task.reserved:  # somebody must say what became of it, or its money is held for ever
            await doubt(task, LOST, means)
        else:
            await means.store.note(task, {"stage": None})
        return True
    if not task.over and age > means.hosted.lost_after:
        release()
        await _end(task, "lost", LOST, means, stage="late", hold=True)
    return False


async def _end(
    task: Task,
    code: str,
    message: str,
    means: Means,
    *,
    stage: Stage | None = None,
    hold: bool = False,
) -> None:
    """Running → failed. Where it is over already, only the looking ends, and nothing was paid."""
    row: Task | None = task
    while row is not None:
        if row.over:
            report = {**row.report, "late_error": {"code": code, "message": message}}
            if not hold:  # before the stage goes: whoever dies between the two comes back
                await means.store.release_late(row, means.now())
            await means.store.note(row, {"stage": stage, "report": report})
            return
        if await end_failed(row, means, code, message, stage, hold=hold):
            return
        row = await means.store.task(task.id)
