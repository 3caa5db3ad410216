"""Hosted: a provider's films, called in its wire's words. One engine for each of the settings'
`[[providers]]`; every wire can be called.

    prepare  words ── pictures ── bucket ── breaker                           nothing is sent yet
    submit   a fresh connection ── create ── answer ── receipt
                   │                 │          └ 4xx: nothing was made; see `answers`
                   └ NotSent         └ 5xx, no answer, no receipt in it: Ambiguous
    follow   bucket ── a poll ── the vendor's word ── Again | Failure | Film, once brought home

Only the vendor's own terminal word ends a task. A poll that fails, a status that nobody knows, a
success without a file: all are looked at again, with growing pauses.

    turns.py     whose call goes next
    saying.py    what a request is told as
    answers.py   what an answer to a create means
    looks.py     how soon a job is looked at again
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from reelway.breaker import Breaker
from reelway.engine import Again, Cost, Failure, Film, Outcome, Run
from reelway.engines.hosted import saying
from reelway.engines.hosted.answers import (
    REFUSALS,
    fault_of,
    hushed,
    is_unsure,
    may_be_ours,
    reply_of,
)
from reelway.engines.hosted.looks import EAGER, pause_after, pause_at
from reelway.engines.hosted.turns import Turns
from reelway.errors import (
    Ambiguous,
    Conflict,
    Declined,
    EngineMissing,
    MomentError,
    ReelwayError,
    Refused,
    RequestError,
    Unsupported,
)
from reelway.log import complain, say
from reelway.outbound import (
    Answered,
    CallFailed,
    DownloadFailed,
    LinkUnfit,
    NotSent,
    Origin,
    Outbound,
    Part,
)
from reelway.provider import Provider
from reelway.request import VideoRequest
from reelway.tally import CallKind, CallOutcome, outcome_of
from reelway.task import View
from reelway.wire import JSON, Call, Reply, Wire, wires

RECEIPT = 1  # version
CREATE, POLL = 60.0, 20.0  # seconds for an answer
DOWNLOAD, IDLE = 1800.0, 30.0
LARGEST_FILM = 4 << 30  # bytes
LAST_ERRORS = 10
PATIENCE = 5.0  # seconds that a create waits here for its turn; more, and another may have it
LAST_ANSWER = 30.0  # seconds that an answer to a create is waited for at a stop: it may be money


@dataclass(slots=True)
class _Job:
    """What is known of a job beside its receipt; lost with the process, and found again."""

    failures: int = 0  # of looks, in a row
    since: int | None = None  # when they began, UTC ms
    part: Part | None = None  # of its film
    progress: int = 0


class Hosted:
    """`clock` is in seconds, for pace and breaker, and `sleep` lets it pass; `now` is in UTC
    milliseconds."""

    remote = True
    models: tuple[str, ...] = ()

    def __init__(
        self,
        provider: Provider,
        wire: Wire,
        outbound: Outbound,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self.name = provider.name
        self.breaker = Breaker()
        self.retired = False
        self.errors: deque[tuple[int, str]] = deque(maxlen=LAST_ERRORS)  # when, and what
        self.calls: Counter[tuple[CallKind, CallOutcome]] = Counter()
        self._wire = wire
        self._outbound = outbound
        self._clock = clock
        self._now = now
        self._jobs: dict[str, _Job] = {}
        self._turns = Turns(provider.name, clock, sleep)
        self._stopped = False
        self._posting: set[asyncio.Task[Mapping[str, Any]]] = set()
        self._take(provider)

    def change(self, provider: Provider) -> None:
        """What was learnt holds for the same account: a reload ends no rest that a vendor has asked
        for. Another address or key is another one, of which nothing is known."""
        mine = self.provider
        if (mine.address, mine.secret) != (provider.address, provider.secret):
            self.breaker = Breaker(self.breaker.trip)
            self._turns.forget()
        self._take(provider)

    def _take(self, provider: Provider) -> None:
        self.provider = provider
        self.families = provider.models
        self.slots = provider.slots
        self._origin = Origin.of(provider.address)
        self._turns.at(provider.rate)
        self._hinted = provider.webhooks  # until it refuses an address of ours

    # what it can do

    def offers(self, request: VideoRequest) -> str | None:
        if request.model not in self.families:
            return f"{self.name} does not serve {request.model}"
        if request.kind == "voice":
            return "voices are kept here, and made by no provider"
        if why := self.provider.lacks(request):
            return f"{self.name} {why}"
        try:
            self._wire.write_request(saying.said(request, "", self.provider))
        except Unsupported as error:
            return error.message
        return None

    def doubts(self, request: VideoRequest) -> str | None:
        return saying.doubts(request, self._wire, self.provider)

    def cost(self, request: VideoRequest) -> Cost:
        return Cost(cpu_seconds=0, memory=0)

    def price(self, request: VideoRequest) -> int | None:
        return self.provider.price(request)

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """No answer is waited for any more."""
        self._stopped = True
        for posting in self._posting:
            posting.cancel()

    async def check(self) -> str:
        """Look for a task that is not there: whoever answers so knows the key."""
        call = self._wire.write_lookup("00000000-0000-4000-8000-000000000000", VideoRequest())
        try:
            answer = await self._look(call)
        except CallFailed as error:
            raise EngineMissing(f"{self.provider.address}: {error.message}") from None
        if answer.status in (401, 403):
            raise EngineMissing(f"its key is refused ({answer.status})")
        return f"{self._wire.title} at {self.provider.address}"

    # one attempt

    async def prepare(self, request: VideoRequest, run: Run) -> VideoRequest:
        """Raises Declined, or QueueFull where the vendor has asked for a longer rest than is worth
        a slot."""
        try:
            said = saying.said(request, run.wire, self.provider)
            said = await saying.with_pictures(said, run, self.provider)
            self._wire.write_request(said)
        except Unsupported as error:
            raise Declined(error.message, code=error.code) from None
        await self._turns.take("create", PATIENCE)
        if not self.breaker.allows(self._clock()):
            wait = math.ceil(self.breaker.wait(self._clock()))
            raise Declined(f"{self.name} is left alone for now", code="resting", retry_after=wait)
        return said

    async def submit(self, request: VideoRequest, run: Run) -> Mapping[str, Any]:
        """The request as `prepare` left it. A create that is under way when we are to stop has its
        answer waited for, for a while: without it nobody would know whether it was taken."""
        posting = asyncio.create_task(self._create(request, run))
        self._posting.add(posting)
        posting.add_done_callback(self._posting.discard)
        try:
            return await asyncio.shield(posting)
        except asyncio.CancelledError:
            if not self._stopped:
                await asyncio.wait({posting}, timeout=LAST_ANSWER)
            if not posting.done():
                raise
            return posting.result()
        finally:
            posting.cancel()

    async def _create(self, request: VideoRequest, run: Run) -> Mapping[str, Any]:
        call = self._wire.write_request(request)
        hinted = saying.with_hook(call, run.hook if self._hinted else "", self._wire)
        answer = await self._post(hinted)
        if hinted is not call and answer.status in REFUSALS:
            answer = await self._without(call, answer)
        if answer.status in REFUSALS:
            raise self._refusal(answer)
        if answer.status >= 300:
            self._failed("a redirect", create=True)
            raise Declined(f"{self.name} answered with a redirect", code="redirected")
        try:
            receipt = self._wire.read_receipt(self._reply(answer))
        except ReelwayError as error:
            self._failed(error.message, create=True)
            raise Ambiguous(f"{self.name} took the create and gave no receipt") from error
        self.breaker.succeeded(self._clock())
        say("provider.accepted", provider=self.name, job=run.job, receipt=receipt.id)
        return {"v": RECEIPT, "provider": self.name, "id": receipt.id, "at": self._now()}

    async def _post(self, call: Call) -> Answered:
        """An answer that says whether it was taken; else it raises."""
        try:
            answer = await self._ask(call, seconds=CREATE, fresh=True)
        except NotSent as error:
            self._failed(error.message)
            raise Declined(error.message, code=error.code) from None
        except CallFailed as error:
            self._failed(error.message, create=True)
            raise Ambiguous(f"{self.name}: the answer to the create was lost") from error
        if is_unsure(answer.status):
            self._failed(f"HTTP {answer.status}", create=True)
            raise Ambiguous(f"{self.name} answered the create with {answer.status}")
        return answer

    async def _without(self, call: Call, refused: Answered) -> Answered:
        """The answer to the same create without what we have added, where that may be what was
        `refused`, which made nothing. Nobody ordered the addition: no task is to fail of it."""
        error = fault_of(self._wire.read_error(self._reply(refused)), refused.status)
        if not may_be_ours(error, refused.status):
            return refused
        await self._turns.take("create")
        answer = await self._post(call)
        if answer.status < 300:
            self._hinted = False
            complain("provider.hints_refused", provider=self.name, why=error.message)
        return answer

    async def follow(self, receipt: Mapping[str, Any], run: Run) -> Outcome:
        """One look."""
        job = self._jobs.setdefault(run.job, _Job())
        said = saying.said(run.request, run.wire, self.provider)
        call = self._wire.write_lookup(str(receipt["id"]), said)
        try:
            view = self._read(await self._look(call))
        except CallFailed as error:
            self._failed(error.message)
            return self._later(job, error.message)
        except ReelwayError as error:
            return self._later(job, error.message, error.retry_after)
        if view.status in ("failed", "cancelled"):
            self._jobs.pop(run.job, None)
            fault = view.error
            code = fault.code if fault else view.status
            message = hushed(fault.message, self.provider.secret) if fault else ""
            return Failure(code=code, message=message or f"{view.status} there")
        if view.status == "succeeded":
            return await self._bring(view, job, run)
        job.failures, job.since = 0, None
        job.progress = max(job.progress, view.progress)
        run.progress(job.progress, view.eta or None)
        now = self._now()
        return Again(at=now + round(1000 * pause_at((now - receipt.get("at", 0)) / 1000, view.eta)))

    async def cancel(self, receipt: Mapping[str, Any], run: Run) -> None:
        raise Conflict(f"{self._wire.title} has no way to cancel a task")

    # its parts

    async def _look(self, call: Call) -> Answered:
        await self._turns.take("look")
        return await self._ask(call, seconds=POLL, fresh=False)

    async def _ask(self, call: Call, *, seconds: float, fresh: bool) -> Answered:
        body = b"" if call.data is None else to_json(call.data)
        kind: CallKind = "create" if fresh else "look"
        try:
            answer = await self._outbound.call(
                self._origin,
                call.method,
                call.path,
                query=call.query,
                headers={**JSON, **call.headers, **self._wire.write_key(self.provider.secret)},
                body=body,
                seconds=seconds,
                fresh=fresh,
            )
        except CallFailed:
            self.calls[kind, "lost"] += 1
            raise
        self.calls[kind, outcome_of(answer.status)] += 1
        return answer

    def _reply(self, answer: Answered) -> Reply:
        return reply_of(answer, self.provider.secret, self._now())

    def _refusal(self, answer: Answered) -> ReelwayError:
        """What a 4xx to a create means: nothing was made."""
        error = fault_of(self._wire.read_error(self._reply(answer)), answer.status)
        self._note(error.message)
        if isinstance(error, RequestError | Refused):  # a vendor that does so is well
            self.breaker.succeeded(self._clock())
        elif isinstance(error, MomentError):
            self._turns.hold(error.retry_after or EAGER)
        else:
            self.breaker.failed(self._clock(), create=True)
        return error

    def _read(self, answer: Answered) -> View:
        """Raises ReelwayError for whatever is no word of the vendor's on this task."""
        reply = self._reply(answer)
        if not 200 <= answer.status < 300:
            error = self._wire.read_error(reply)
            if answer.status == 429:
                self._turns.hold(error.retry_after or EAGER)
            elif answer.status >= 500:
                self._failed(error.message)
            raise error
        self.breaker.reached(self._clock())
        return self._wire.read_task(reply)

    def _later(self, job: _Job, why: str, seconds: float | None = None) -> Again:
        """The look came to nothing: that says nothing of the job."""
        job.failures += 1
        job.since = job.since or self._now()
        why = hushed(why, self.provider.secret)
        self._note(why)
        at = self._now() + round(1000 * pause_after(job.failures, seconds))
        return Again(at=at, unreachable_since=job.since, why=why)

    async def _bring(self, view: View, job: _Job, run: Run) -> Outcome:
        if not view.film_url:
            return self._later(job, "it has succeeded, and there is no file")
        await run.storing()
        try:
            found = await self._outbound.download(
                view.film_url,
                run.out,
                trusted=(self._origin,),
                most_bytes=LARGEST_FILM,
                seconds=DOWNLOAD,
                idle=IDLE,
                part=job.part,
                keep_part=True,
            )
        except LinkUnfit as error:
            job.part = None
            run.out.unlink(missing_ok=True)
            complain("provider.link_unfit", provider=self.name, job=run.job, why=error.message)
            return self._later(job, error.message)
        except DownloadFailed as error:  # the next look brings a fresh link
            job.part = error.part
            return self._later(job, error.message, error.retry_after)
        self._jobs.pop(run.job, None)
        return Film(path=run.out, report={"provider": self.name, "bytes": found.size})

    def _failed(self, why: str, *, create: bool = False) -> None:
        self.breaker.failed(self._clock(), create=create)
        self._note(why)

    def _note(self, why: str) -> None:
        self.errors.append((self._now(), hushed(why, self.provider.secret)))


def account(provider: Provider, outbound: Outbound) -> Hosted:
    return Hosted(provider, wires()[provider.wire], outbound)
