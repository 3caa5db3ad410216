"""Hosted: a provider's films, called in its wire's words. One engine for each of the settings'
`[[providers]]`; every wire can be called.

    prepare  words ── pictures ── bucket ── breaker                           nothing is sent yet
    submit   a fresh connection ── create ── answer ── receipt
                   │                 │          └ 4xx: refused, nothing was made
                   └ NotSent         └ 5xx, no answer, no receipt in it: Ambiguous
    follow   bucket ── a poll ── the vendor's word ── Again | Failure | Film, once brought home

Only the vendor's own terminal word ends a task. A poll that fails, a status that nobody knows, a
success without a file: all are looked at again, with growing pauses.
"""

from __future__ import annotations

import asyncio
import base64
import math
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic_core import from_json, to_json

from reelway.breaker import Breaker
from reelway.engine import Again, Cost, Failure, Film, Outcome, Run
from reelway.errors import (
    Ambiguous,
    Conflict,
    Declined,
    EngineMissing,
    MomentError,
    ProviderError,
    QueueFull,
    ReelwayError,
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
from reelway.pace import Bucket
from reelway.provider import Provider
from reelway.request import Image, VideoRequest
from reelway.tally import CallKind, CallOutcome, outcome_of
from reelway.task import View
from reelway.wire import JSON, Call, Reply, Wire, wires

RECEIPT = 1  # version
CREATE, POLL = 60.0, 20.0  # seconds for an answer
DOWNLOAD, IDLE = 1800.0, 30.0
LARGEST_FILM = 4 << 30  # bytes
EAGER, RELAXED = 2.0, 30.0  # seconds between looks at a job: at first, and at most
LAST_ERRORS = 10
SHARE = 0.1  # of a job's age, which is looked at again after as much more
SHARE_OF_OLD = 1 / 120  # likewise, of one that is older than an hour
SLOWEST = 300.0  # seconds between looks at a provider that does not answer
PATIENCE = 5.0  # seconds that a create waits here for its turn; more, and another may have it
NO_RATE = 100_000  # calls a second, where none is set: a bucket can be held all the same
REFUSED = range(400, 500)
UNSURE = frozenset({408, 409, 425})  # of these, a create may have been taken


@dataclass
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
        self.change(provider)
        self._clock = clock
        self._sleep = sleep
        self._now = now
        self._jobs: dict[str, _Job] = {}
        self._turn = asyncio.Lock()

    def change(self, provider: Provider) -> None:
        self.provider = provider
        self.families = provider.models
        self.slots = provider.slots
        self._origin = Origin.of(provider.address)
        burst = 1 if provider.rate else NO_RATE
        self._bucket = Bucket(rate=provider.rate or NO_RATE, burst=burst)

    # what it can do

    def offers(self, request: VideoRequest) -> str | None:
        if request.model not in self.families:
            return f"{self.name} does not serve {request.model}"
        if request.kind == "voice":
            return "voices are kept here, and made by no provider"
        try:
            self._wire.write_request(self._said(request, ""))
        except Unsupported as error:
            return error.message
        return None

    def cost(self, request: VideoRequest) -> Cost:
        return Cost(cpu_seconds=0, memory=0)

    def price(self, request: VideoRequest) -> int | None:
        return self.provider.price(request)

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

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
            said = await self._with_pictures(self._said(request, run.wire), run)
            self._wire.write_request(said)
        except Unsupported as error:
            raise Declined(error.message, code=error.code) from None
        if (wait := self._bucket.wait(self._clock())) > PATIENCE:
            raise QueueFull(f"{self.name} wants a rest", retry_after=math.ceil(wait))
        await self._wait_for_a_turn()
        if not self.breaker.allows(self._clock()):
            wait = math.ceil(self.breaker.wait(self._clock()))
            raise Declined(f"{self.name} is left alone for now", code="resting", retry_after=wait)
        return said

    async def submit(self, request: VideoRequest, run: Run) -> Mapping[str, Any]:
        """The request as `prepare` left it."""
        call = self._with_hook(self._wire.write_request(request), run.hook)
        try:
            answer = await self._ask(call, seconds=CREATE, fresh=True)
        except NotSent as error:
            self._failed(error.message)
            raise Declined(error.message, code=error.code) from None
        except CallFailed as error:
            self._failed(error.message)
            raise Ambiguous(f"{self.name}: the answer to the create was lost") from error
        reply = _reply(answer)
        if answer.status >= 500 or answer.status in UNSURE or answer.status < 200:
            self._failed(f"HTTP {answer.status}")
            raise Ambiguous(f"{self.name} answered the create with {answer.status}")
        if answer.status in REFUSED:
            raise self._refusal(reply)
        self.breaker.succeeded(self._clock())
        if answer.status >= 300:
            raise Declined(f"{self.name} answered with a redirect", code="redirected")
        try:
            receipt = self._wire.read_receipt(reply)
        except ReelwayError as error:
            raise Ambiguous(f"{self.name} took the create and gave no receipt") from error
        say("provider.accepted", provider=self.name, job=run.job, receipt=receipt.id)
        return {"v": RECEIPT, "provider": self.name, "id": receipt.id, "at": self._now()}

    async def follow(self, receipt: Mapping[str, Any], run: Run) -> Outcome:
        """One look."""
        job = self._jobs.setdefault(run.job, _Job())
        call = self._wire.write_lookup(str(receipt["id"]), self._said(run.request, run.wire))
        try:
            view = self._read(await self._look(call))
        except CallFailed as error:
            self._failed(error.message)
            return self._later(job, error.message)
        except ReelwayError as error:
            return self._later(job, error.message, error.retry_after)
        job.failures, job.since = 0, None
        if view.status in ("failed", "cancelled"):
            self._jobs.pop(run.job, None)
            fault = view.error
            code = fault.code if fault else view.status
            return Failure(code=code, message=fault.message if fault else f"{view.status} there")
        if view.status == "succeeded":
            return await self._bring(view, job, run)
        job.progress = max(job.progress, view.progress)
        run.progress(job.progress, view.eta or None)
        return Again(at=self._now() + round(1000 * self._pause(receipt, view)))

    async def cancel(self, receipt: Mapping[str, Any], run: Run) -> None:
        raise Conflict(f"{self._wire.title} has no way to cancel a task")

    # its parts

    def _said(self, request: VideoRequest, wire: str) -> VideoRequest:
        """As it is told there: without what only another wire knows, and what is ours alone."""
        extra = request.extra if wire == self._wire.name else {}
        name = self.provider.names.get(request.model, request.model)
        return replace(
            request, model=name, extra=extra, webhook=None, external_id=None, labels={}, sandbox={}
        )

    def _with_hook(self, call: Call, hook: str) -> Call:
        """Naming an address of ours, where the vendor takes one; never the caller's own."""
        takes = self._wire.hints == "request" and self.provider.webhooks
        if not (hook and takes and (hook.startswith("https:") or not self._wire.secure_hooks)):
            return call
        path = self._wire.name_field("webhook").split(".")
        return replace(call, data=_with(call.data, path, hook))

    async def _with_pictures(self, request: VideoRequest, run: Run) -> VideoRequest:
        """With links of ours where the vendor can reach us, else with the pictures themselves, as
        base64 without a head: who takes pictures in a body takes that."""
        known: dict[str, Image] = {}
        for _, image in request.images():
            link = run.links.get(image.source)
            if self.provider.images == "link" and not link:
                raise Unsupported("pictures go by link only, and public_url is not set")
            if link and self.provider.images != "inline":
                known[image.source] = replace(image, source=link)
            elif image.source not in known:
                text = await asyncio.to_thread(_base64, run.images[image.source])
                known[image.source] = replace(image, source=text)
        return request.with_images(known)

    async def _look(self, call: Call) -> Answered:
        await self._wait_for_a_turn()
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
        # Some vendors repeat the key that they refuse: nobody is to read it, in whatever words.
        body = answer.body.replace(self.provider.secret.encode(), b"***")
        return replace(answer, body=body)

    async def _wait_for_a_turn(self) -> None:
        """By the provider's rate; creates and looks alike."""
        async with self._turn:
            while (pause := self._bucket.take(self._clock())) > 0:
                await self._sleep(pause)

    def _refusal(self, reply: Reply) -> ReelwayError:
        """What a 4xx to a create means: nothing was made."""
        error = self._wire.read_error(reply)
        self._note(error.message)
        if isinstance(error, RequestError):
            self.breaker.succeeded(self._clock())
            return error
        if isinstance(error, MomentError):
            self._hold(error.retry_after)
            return error
        if isinstance(error, ProviderError):  # a bad key, an empty balance
            self._failed(error.message)
        return Declined(error.message, code=error.code)

    def _hold(self, seconds: float | None) -> None:
        self._bucket.hold(self._clock() + (seconds or EAGER))

    def _read(self, answer: Answered) -> View:
        """Raises ReelwayError for whatever is no word of the vendor's on this task."""
        reply = _reply(answer)
        if not 200 <= answer.status < 300:
            error = self._wire.read_error(reply)
            if answer.status == 429:
                self._hold(error.retry_after)
            elif answer.status >= 500:
                self._failed(error.message)
            raise error
        self.breaker.succeeded(self._clock())
        return self._wire.read_task(reply)

    def _later(self, job: _Job, why: str, seconds: float | None = None) -> Again:
        """The look came to nothing: that says nothing of the job."""
        job.failures += 1
        job.since = job.since or self._now()
        self._note(why)
        pause = max(seconds or 0.0, min(SLOWEST, EAGER * 2.0 ** min(job.failures, 10)))
        at = self._now() + round(1000 * pause)
        return Again(at=at, unreachable_since=job.since, why=why)

    def _pause(self, receipt: Mapping[str, Any], view: View) -> float:
        """Until the next look: sooner for a young job, and when the vendor says it is about to be
        done."""
        age = (self._now() - int(receipt.get("at", 0))) / 1000
        pause = max(EAGER, min(RELAXED, age * SHARE), min(SLOWEST, age * SHARE_OF_OLD))
        return max(EAGER, min(pause, view.eta / 2)) if view.eta else pause

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

    def _failed(self, why: str) -> None:
        self.breaker.failed(self._clock())
        self._note(why)

    def _note(self, why: str) -> None:
        self.errors.append((self._now(), why))


def _reply(answer: Answered) -> Reply:
    """Its JSON; nothing where it is none."""
    try:
        data = from_json(answer.body, allow_inf_nan=False)
    except ValueError:
        data = None
    return Reply(status=answer.status, data=data, headers=answer.headers)


def _with(data: Any, path: Sequence[str], value: str) -> Any:
    """The same, with the value at that path."""
    if not path:
        return value
    inside = data if isinstance(data, dict) else {}
    return {**inside, path[0]: _with(inside.get(path[0]), path[1:], value)}


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def account(provider: Provider, outbound: Outbound) -> Hosted:
    return Hosted(provider, wires()[provider.wire], outbound)
