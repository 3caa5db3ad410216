"""Notify: send deliveries until each has arrived, or has been tried often enough.

    rows, pending ──gather──> outbox ──due, and its turn──> attempt ──> judge ──> the row: tried
                                 ^                                                    │
                                 └───────────── pending still: at its next time ──────┘

The rows are the truth: what is pending when a process dies is found again by the next one. So a
delivery may arrive twice, with the same id, and is never lost.

Looked for are new rows whenever a task changes, at start, and each minute.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, replace

from reelway import signing
from reelway.announce import Message, message, told
from reelway.errors import InvalidRequest
from reelway.log import complain, fail, say
from reelway.means import Means
from reelway.outbound import Posted, PostFailed, check_address
from reelway.outbox import MOST
from reelway.replies import retry_after
from reelway.seal import SealBroken
from reelway.webhook import Delivery, DeliveryStatus, Endpoint, Try
from reelway.wire import wires

SECONDS = 10.0  # for an answer
# Between one try and the next: eleven tries in 29 hours, each pause up to a fifth longer.
PAUSES = (5, 30, 120, 600, 1800, 3600, 7200, 18_000, 36_000, 36_000)
LONGEST_WAIT = 6 * 3600  # seconds that a receiver's Retry-After is obeyed for
FAILING = 5 * 24 * 3600  # seconds without one success, after which an endpoint is disabled
LOOK = 60.0  # seconds between looks at the rows, however quiet it is
FARTHEST = 12 * 3600_000  # milliseconds; what is to come later was written by another clock
AGAIN = 60_000  # milliseconds until what could not be written down is tried again
ANEW = 600_000  # milliseconds until all rows are read again, should one have slipped through
PAGE = 500
MOST_REQUEST, MOST_ANSWER = 2048, 1024  # bytes of bodies that are kept
GONE, BUSY = 410, (429, 503)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What becomes of a delivery; `disable` says why its endpoint gets no more."""

    status: DeliveryStatus
    next_at: int = 0
    disable: str | None = None


class Sender:
    """Sends while it is started. One of a process."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._outbox = means.outbox
        self._sending: set[asyncio.Task[None]] = set()
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._deaf = self._means.news.listen(lambda _: self._outbox.stir())
        self._running = asyncio.create_task(self._run())

    async def stop(self, seconds: float = 0) -> None:
        """Begin nothing more; what is under way has so long. The rest is pending in the rows."""
        if self._running is None:
            return
        self._deaf()
        self._running.cancel()
        await asyncio.wait({self._running})
        if self._sending:
            await asyncio.wait(self._sending, timeout=seconds)
        for task in self._sending:
            task.cancel()
        if self._sending:
            await asyncio.wait(self._sending)

    async def _run(self) -> None:
        looked = self._means.now()
        while True:
            self._outbox.stirred.clear()
            if not 0 <= self._means.now() - looked < ANEW:  # below 0: the clock was put back
                looked, self._outbox.seen = self._means.now(), 0
            try:
                await self._gather()
            except Exception as error:  # one look may fail, the next one must come all the same
                fail("notify.failed", error)
            self._begin()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._outbox.stirred.wait()

    def _pause(self) -> float:
        next_at = self._outbox.next_at()
        if next_at is None or self._outbox.flying >= MOST:  # whatever ends stirs
            return LOOK
        return min(LOOK, max(0.0, (next_at - self._means.now()) / 1000))

    async def _gather(self) -> None:
        """What is pending and was not seen yet."""
        while True:
            seen = self._outbox.seen
            found = await self._means.store.pending_deliveries(after=seen, limit=PAGE)
            now = self._means.now()
            for delivery in found:
                late = delivery.next_at > now + FARTHEST
                self._outbox.put(replace(delivery, next_at=now) if late else delivery)
            if found:
                self._outbox.seen = max(seen, found[-1].id)
            if len(found) < PAGE:
                return
            await asyncio.sleep(0)

    def _begin(self) -> None:
        while (id := self._outbox.take(self._means.now())) is not None:
            task = asyncio.create_task(self._send(id))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _send(self, id: int) -> None:
        left: Delivery | None = None
        try:
            delivery = await self._means.store.pending_delivery(id)
            if delivery is not None:  # else it was deleted or ended meanwhile
                left = replace(delivery, next_at=self._means.now() + AGAIN)
                left = await send(delivery, self._means)
        except Exception as error:  # of ours: the row stands, and is tried again later on
            fail("notify.failed", error, delivery=left.public_id if left else None)
        finally:
            self._outbox.done(id)
        if left is not None:
            self._outbox.put(left)


async def send(delivery: Delivery, means: Means) -> Delivery | None:
    """One try, written down; the delivery as it stands where it is to be tried again."""
    outcome, answer, for_good = await attempt(delivery, means)
    endpoint = None
    if delivery.endpoint and outcome.error:
        endpoint = await means.store.endpoint(delivery.owner_id, delivery.endpoint)
    verdict = judge(
        delivery,
        outcome,
        answer,
        endpoint,
        for_good=for_good,
        pace=means.settings.webhooks.pace,
    )
    others = await means.store.tried(
        delivery, outcome, verdict.status, verdict.next_at, verdict.disable
    )
    means.tally.tried("failed" if outcome.error else "delivered")
    if verdict.status == "failed":
        means.tally.gave_up(1 + others)
    level = say if verdict.status != "failed" else complain
    level(
        "webhook.tried",
        delivery=delivery.public_id,
        task=delivery.task,
        tries=delivery.tries + 1,
        http=outcome.status,
        status=verdict.status,
    )
    if verdict.disable:
        complain("webhook.disabled", endpoint=delivery.endpoint, deliveries=1 + others)
    if verdict.status != "pending":
        return None
    return replace(delivery, next_at=verdict.next_at, tries=delivery.tries + 1)


async def attempt(delivery: Delivery, means: Means) -> tuple[Try, Posted | None, bool]:
    """Send it once: what became of that, the answer, and whether a failure is for good."""
    at = means.now()
    task = await means.store.task(delivery.task_id)
    if task is None or delivery.wire not in wires():
        return Try(at=at, milliseconds=0, error="there is nothing to tell any more"), None, True
    try:
        check_address(delivery.url, field="the address", allowed=means.outbound.allowed)
        out = await message(delivery, await told(delivery, task, means), at, means)
    except InvalidRequest as error:  # it was good when it was registered: the settings changed
        return Try(at=at, milliseconds=0, error=error.message), None, True
    except SealBroken as error:
        complain("webhook.unsealed", error=str(error))  # of all that is pending, each time
        words = "the server cannot read its signing secret; its log says more"
        return Try(at=at, milliseconds=0, error=words), None, False
    outcome, answer = await post(delivery.url, out, at, means)
    return outcome, answer, False


async def post(url: str, out: Message, at: int, means: Means) -> tuple[Try, Posted | None]:
    """One POST, and what of it is kept for a log."""
    request = _written(url, out)
    try:
        answer = await means.outbound.post(url, out.body, headers=out.headers, seconds=SECONDS)
    except PostFailed as error:
        took = error.milliseconds
        return Try(at=at, milliseconds=took, error=error.message, request=request), None
    error_words = None if answer.status // 100 == 2 else _refused(answer.status)
    return Try(
        at=at,
        milliseconds=answer.milliseconds,
        status=answer.status,
        error=error_words,
        request=request,
        answer=_cut(answer.body, MOST_ANSWER),
    ), answer


def judge(
    delivery: Delivery,
    outcome: Try,
    answer: Posted | None,
    endpoint: Endpoint | None,
    *,
    for_good: bool = False,
    pace: float = 1.0,
) -> Verdict:
    """What a try makes of its delivery."""
    if outcome.error is None:
        return Verdict(status="delivered")
    now = outcome.at + outcome.milliseconds
    if outcome.status == GONE:
        disable = "the receiver answered 410 Gone" if endpoint else None
        return Verdict(status="failed", disable=disable)
    if for_good or delivery.tries >= len(PAUSES):
        since = endpoint.failing_since if endpoint else None
        disable = None
        if since is not None and now - since >= FAILING * 1000:
            days = FAILING // (24 * 3600)
            disable = f"nothing arrived for {days} days; the last try: {outcome.error}"
        return Verdict(status="failed", disable=disable)
    pause = PAUSES[delivery.tries] * random.uniform(1, 1.2) * pace
    if answer and answer.status in BUSY:
        asked = retry_after(answer.headers, now)
        pause = max(pause, min(asked, LONGEST_WAIT))
    return Verdict(status="pending", next_at=now + round(pause * 1000))


def _refused(status: int) -> str:
    where = "; redirects are not followed" if status // 100 == 3 else ""
    return f"the receiver answered {status}{where}"


def _written(url: str, out: Message) -> str:
    """As it is sent, but for the signatures."""
    headers = {**out.headers, signing.SIGNATURE: "v1,…"}
    lines = [f"POST {url}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\n".join([*lines, "", _cut(out.body, MOST_REQUEST)])


def _cut(body: bytes, most: int) -> str:
    text = body[:most].decode("utf-8", "ignore" if len(body) > most else "replace")
    return text.replace("\0", "\ufffd") + ("…" if len(body) > most else "")
