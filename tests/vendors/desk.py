"""Where calls come in: who is asked in which order.

create ── faults before · key · rate · body · money · JOB · faults after
poll ──── key · faults · job · what its vendor says of it
"""

from __future__ import annotations

import asyncio
import heapq
import random
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vendors.checks import Bad, Body
from vendors.faults import Case, Fault
from vendors.job import NEVER, Job, Order, Span
from vendors.plain import Answer, Call, Cut
from vendors.store import HTML, PAGE, Found

if TYPE_CHECKING:
    from vendors.vendor import Vendor

MINUTE = 60_000


class Refused(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Desk:
    def __init__(self, vendor: Vendor) -> None:
        self._vendor, self._terms = vendor, vendor.terms
        self.creates = 0
        self._slots = [0] * (self._terms.slots or 0)  # when each is free
        self._recent: deque[int] = deque()  # when creates of the last minute came
        self._known: dict[str, Answer] = {}  # by Idempotency-Key
        self._held = asyncio.Event()

    def release(self) -> None:
        held, self._held = self._held, asyncio.Event()
        held.set()

    async def answer(self, call: Call) -> Answer:
        vendor = self._vendor
        kind, id = vendor.route(call) or ("other", "")
        place = vendor.ledger.note(
            kind=kind,
            at=vendor.clock.now(),
            method=call.method,
            path=call.path,
            headers=call.headers,
        )
        try:
            if kind == "create":
                said = await self._create(call, place)
            elif kind == "poll":
                said = await self._poll(call, id, place)
            else:
                said = vendor.refusal("no_route", "no such path")
        except Refused as refused:
            said = refused.answer
        status = None if said.cut is not None else said.status
        vendor.ledger.complete(place, status=status, answer=plain(said))
        return said

    def _enter(self, call: Call, found: Found, now: int) -> None:
        scheme, _, key = call.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not key:
            raise Refused(self._vendor.refusal("no_key", "authentication failed"))
        if key not in self._vendor.keys or found.here("key_refused", now):
            raise Refused(self._vendor.refusal("bad_key", "the api key is not valid"))

    # Create

    async def _create(self, call: Call, place: int) -> Answer:
        self.creates += 1
        vendor, now, number = self._vendor, self._vendor.clock.now(), self.creates
        try:
            body = call.json()
        except ValueError:
            body = None
        found = Found(vendor.faults, Case(number=number, text=text_of(body)))
        shown = body if body is not None else repr(call.body[:2000])
        vendor.ledger.complete(place, number=number, body=shown)
        try:
            await self._before(found, now)
            self._enter(call, found, now)
            self._throttle(found, now)
            key = call.headers.get("idempotency-key", "") if self._terms.idempotent else ""
            if key in self._known:
                return self._known[key]
            order, unknown = await self._read(call, body)
            short = vendor.balance is not None and vendor.balance < order.price
            if short or found.here("balance", now):
                raise Refused(vendor.refusal("balance", "balance too low"))
            job = self._make(order, number, found)
            vendor.ledger.complete(place, job=job.id, made=True, charged=job.price, unknown=unknown)
            said = vendor.accepted(job)
            if key:
                self._known[key] = said
            return await self._after(job, said, found, now)
        finally:
            vendor.ledger.complete(place, faults=tuple(found.names))

    async def _before(self, found: Found, now: int) -> None:
        if fault := found.here("slow_before", now):
            await self._wait(fault)
        if fault := found.here("cut_before", now):
            raise Cut(reset=fault.reset)
        if fault := found.here("error_before", now):
            raise Refused(self._error(fault, "create_failed", 500))

    def _throttle(self, found: Found, now: int) -> None:
        if fault := found.here("throttled", now):
            raise Refused(self._throttled(fault.retry_after))
        while self._recent and self._recent[0] <= now - MINUTE:
            self._recent.popleft()
        if self._terms.rate is not None and len(self._recent) >= self._terms.rate:
            left = (self._recent[0] + MINUTE - now) / 1000
            raise Refused(self._throttled(max(1, round(left))))
        self._recent.append(now)
        if self._terms.backlog is not None:
            jobs = self._vendor.ledger.jobs.values()
            if sum(job.ends_at > now for job in jobs) >= self._terms.backlog:
                raise Refused(self._throttled(1))

    async def _read(self, call: Call, plain: Any) -> tuple[Order, tuple[str, ...]]:
        """The order, and the fields that the documents do not have."""
        vendor = self._vendor
        kind = call.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind != "application/json":
            raise Refused(vendor.refusal("body", "Content-Type must be application/json"))
        try:
            body = Body(plain, nullable=vendor.nullable)
            order = replace(await vendor.read(call, body), text=text_of(plain))
        except Bad as bad:
            kind = "body" if bad.kind == "field" else bad.kind
            raise Refused(vendor.refusal(kind, str(bad))) from None
        return order, body.unknown()

    def _make(self, order: Order, number: int, found: Found) -> Job:
        vendor, now = self._vendor, self._vendor.clock.now()
        draw = random.Random(f"{self._terms.seed} {number}")
        starts = now + drawn(self._terms.waits, draw)
        if self._slots:
            starts = max(starts, heapq.heappop(self._slots))
        ends = starts + drawn(self._terms.runs, draw)
        if found.here("stuck", now):
            ends = NEVER
        if self._terms.slots:
            heapq.heappush(self._slots, ends)
        failing = next((kind for kind in ("refused", "failed") if found.here(kind, now)), None)
        job = Job(
            id=vendor.id(),
            number=number,
            order=order,
            price=order.price,
            created_at=now,
            starts_at=starts,
            ends_at=ends,
            failure=vendor.failure(failing) if failing else None,
        )
        vendor.ledger.jobs[job.id] = job
        return job

    async def _after(self, job: Job, said: Answer, found: Found, now: int) -> Answer:
        if found.here("webhook_early", now):
            job.starts_at = job.ends_at = self._vendor.clock.now()
            await self._vendor.hooks.tell(job)
        self._vendor.hooks.follow(job)
        if fault := found.here("slow_after", now):
            await self._wait(fault)
        if fault := found.here("cut_after", now):
            raise Cut(reset=fault.reset)
        if fault := found.here("error_after", now):
            return self._error(fault, "create_failed", 500)
        if found.here("half", now):
            return replace(said, cut=len(said.body) // 2)
        if found.here("not_json", now):
            return Answer(status=200, body=PAGE, headers=HTML)
        if found.here("no_id", now):
            return replace(said, body=b'{"result": "ok"}')
        return replace(said, twice=found.here("twice", now) is not None)

    # Poll

    async def _poll(self, call: Call, id: str, place: int) -> Answer:
        vendor, now = self._vendor, self._vendor.clock.now()
        job = vendor.ledger.jobs.get(id)
        vendor.ledger.complete(place, job=id)
        if job is None:
            self._enter(call, Found(vendor.faults, Case(number=0, text="")), now)
            return vendor.refusal("no_task", "no such task")
        job.polls += 1
        found = Found(vendor.faults, Case(number=job.number, text=job.order.text, at=job.polls))
        try:
            self._enter(call, found, now)
            return await self._told(job, found, now)
        finally:
            vendor.ledger.complete(place, faults=tuple(found.names))

    async def _told(self, job: Job, found: Found, now: int) -> Answer:
        if fault := found.here("poll_throttled", now):
            return self._throttled(fault.retry_after)
        if fault := found.here("poll_slow", now):
            await self._wait(fault)
        if fault := found.here("poll_cut", now):
            raise Cut(reset=fault.reset)
        if fault := found.here("poll_error", now):
            return self._error(fault, "poll_failed", 504)
        if found.here("poll_not_json", now):
            return Answer(status=200, body=PAGE, headers=HTML)
        if found.here("unknown_job", now, since=job.created_at):
            return self._vendor.refusal("no_task", "no such task")
        view = self._vendor.view(job)
        if found.here("backwards", now):
            view = replace(view, progress=float(job.shown // 2))
        if fault := found.here("unknown_word", now):
            word = fault.word or self._vendor.strange_word
            view = replace(view, word=word, link=None)
        if found.here("no_file", now):
            view = replace(view, link=None)
        job.shown = max(job.shown, int(view.progress))
        return self._vendor.show(job, view)

    # Answers that go wrong

    def _throttled(self, after: int | str) -> Answer:
        said = self._vendor.refusal("throttled", "too many requests")
        return replace(said, headers={**said.headers, "Retry-After": str(after)})

    def _error(self, fault: Fault, kind: str, otherwise: int) -> Answer:
        status = fault.status or otherwise
        if fault.body == "html":
            return Answer(status=status, body=PAGE, headers=HTML)
        if fault.body == "empty":
            return Answer(status=status)
        return self._vendor.refusal(kind, "unexpected error", status)

    async def _wait(self, fault: Fault) -> None:
        """In our own seconds: they are the connection's."""
        if fault.seconds is None:
            await self._held.wait()
        else:
            await asyncio.sleep(fault.seconds)


def text_of(body: Any) -> str:
    """Every prompt in it, as lines, however wrong the rest is."""
    if not isinstance(body, dict):
        return ""
    shots = body.get("multi_prompt")
    parts = [body, *(shots if isinstance(shots, list) else [])]
    prompts = [part.get("prompt") for part in parts if isinstance(part, dict)]
    return "\n".join(p for p in prompts if isinstance(p, str) and p.strip())


def plain(said: Answer) -> Any:
    """For the ledger."""
    try:
        return said.json()
    except ValueError:
        return said.body[:200].decode("latin-1")


def drawn(span: Span, draw: random.Random) -> int:
    """Milliseconds."""
    return int(1000 * (draw.uniform(*span) if isinstance(span, tuple) else span))
