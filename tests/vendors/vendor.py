"""One vendor: its documents, its port, its store of films.

A subclass is one vendor's documents: `route`, `read`, `accepted`, `show`, `refusal`, `failure`,
`path`, and `event` for what it tells its customers. Jobs live in memory: in a campaign the process
is another one than the customer's, and they outlive whatever happens to that.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from vendors import control, pictures
from vendors.checks import Body
from vendors.clock import Clock
from vendors.desk import Desk
from vendors.faults import Fault, Faults
from vendors.hooks import Hooks
from vendors.job import DONE, NEVER, Job, Order, Span, View
from vendors.ledger import Ledger
from vendors.plain import Answer, Call, Listener
from vendors.store import Store

KEY = "vendor-key-1"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """`speed` 0: its time stands still until `advance`. Spans are its seconds, (low, high) drawn
    for each create. Money is micro-dollars; None is endless."""

    host: str = "127.0.0.1"
    port: int = 0
    speed: float = 1.0
    start: int | None = None  # its time at first, in ms
    keys: Collection[str] = (KEY,)
    funds: int | None = None
    slots: int | None = None  # jobs that run at once
    backlog: int | None = None  # jobs that may be open; more are 429
    rate: int | None = None  # creates a minute; more are 429
    waits: Span = 1.0
    runs: Span = 8.0
    seed: int = 0
    scale: float = 1.0  # of the films' sides
    inline: bool | None = None  # raw base64 for pictures, where the documents do not say so
    fetches: bool = False  # bring pictures in by their URL, as it really does
    idempotent: bool = False  # honour Idempotency-Key, which none of them documents
    hook: str | None = None  # where this account's messages go
    secret: str | None = None  # whsec_…; what they are signed with
    tls: ssl.SSLContext | None = None
    polls: bool = True  # keep every poll in the ledger


class Vendor:
    """`Vendor(**terms)`: the words of `Terms`."""

    name: ClassVar[str]
    nullable: ClassVar[Sequence[str]] = ()  # fields for which null is documented
    link_seconds: ClassVar[float | None] = None
    link_renewed: ClassVar[bool] = False  # every poll gives a link that is good for as long again
    inline: ClassVar[bool] = False  # documented: raw base64 in place of a URL
    rests: ClassVar[Sequence[float]] = ()  # between tries of a webhook
    patience: ClassVar[float] = 10.0  # seconds for an answer to a webhook
    strange_word: ClassVar[str] = "hibernating"

    def __init__(self, **terms: Any) -> None:
        self.terms = Terms(**terms)
        self.clock = Clock(self.terms.speed, self.terms.start)
        self.faults = Faults()
        self.ledger = Ledger(self.clock.now, polls=self.terms.polls)
        self.keys, self.funds, self.hook = set(self.terms.keys), self.terms.funds, self.terms.hook
        self.store = Store(self.clock, self.faults, self.ledger, self.path, self.terms.scale)
        self.hooks = Hooks(self)
        self.desk = Desk(self)
        self._port = self.terms.port
        self._listener, self._files = Listener(self._answer), Listener(self.store.answer)
        self.address = ""
        self.loop: asyncio.AbstractEventLoop | None = None

    # Its documents

    def route(self, call: Call) -> tuple[str, str] | None:
        """("create", "") or ("poll", id)."""
        raise NotImplementedError

    async def read(self, call: Call, body: Body) -> Order:
        """Raises Bad."""
        raise NotImplementedError

    def id(self) -> str:
        raise NotImplementedError

    def path(self, job: Job) -> str:
        """Of its film."""
        return f"/out/{job.id}.mp4"

    def accepted(self, job: Job) -> Answer:
        raise NotImplementedError

    def show(self, job: Job, view: View) -> Answer:
        raise NotImplementedError

    def event(self, job: Job, view: View) -> dict[str, Any] | None:
        """What is sent about it in this state; None: nothing."""
        raise NotImplementedError

    def refusal(self, kind: str, words: str = "", status: int = 500) -> Answer:
        """`kind`: no_key bad_key body large format size no_route no_task balance throttled; or
        create_failed, poll_failed with their `status`."""
        raise NotImplementedError

    def failure(self, kind: str) -> tuple[str, str]:
        """Code and words of a job's end: refused, failed."""
        words = {
            "refused": "prompt refused by content policy",
            "failed": "the model could not make it",
        }
        return kind, words[kind]

    # Life

    async def open(self) -> None:
        """Again after `close`, it has the port that it had."""
        self.loop = asyncio.get_running_loop()
        await self._listener.open(self.terms.host, self._port, self.terms.tls)
        await self._files.open(self.terms.host, self._files.port)
        self._port = self._listener.port
        scheme = "https" if self.terms.tls else "http"
        self.address = f"{scheme}://{self.terms.host}:{self._port}"
        self.store.address = f"http://{self.terms.host}:{self._files.port}"

    async def close(self) -> None:
        """Its jobs stay as they are; nobody is told of them any more. Raises what went wrong in
        the fake itself."""
        await self.hooks.close()
        await self._listener.close()
        await self._files.close()
        for error in (*self._listener.broken, *self._files.broken, *self.hooks.broken):
            raise error

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _answer(self, call: Call) -> Answer:
        if call.path.startswith("/_"):
            return await control.answer(self, call)
        return await self.desk.answer(call)

    # What tests ask and tell it

    def fault(self, kind: str, **rule: Any) -> None:
        """From now on."""
        self.faults.add(Fault(kind, **rule), now=self.clock.now())

    async def advance(self, seconds: float) -> None:
        await self.clock.advance(seconds)

    def release(self) -> None:
        """Let the answers go that wait without an end."""
        self.desk.release()

    @property
    def creates(self) -> int:
        return self.desk.creates

    @property
    def balance(self) -> int | None:
        return None if self.funds is None else self.funds - self.ledger.charged

    async def lie(self, lie: str, *, job: str | None = None, url: str | None = None) -> int | None:
        """Send a message that is not to be believed: see hooks.LIES."""
        return await self.hooks.lie(self.ledger.jobs[job] if job else None, lie, url)

    # What is seen of a job

    def view(self, job: Job) -> View:
        now = self.clock.now()
        state = job.state(now)
        eta = max(0, job.ends_at - now) / 1000 if job.ends_at < NEVER else 3600.5
        link = self._link(job) if state == DONE else None
        return View(now=now, state=state, progress=job.progress(now), eta=eta, link=link)

    def ending(self, job: Job) -> View:
        """As if it were done."""
        return View(now=self.clock.now(), state=DONE, progress=100.0, link=self._link(job))

    def _link(self, job: Job) -> str:
        if self.link_seconds is None or self.link_renewed:
            return self.store.link(job, self.link_seconds)
        return self.store.link(job, self.link_seconds + (job.ends_at - self.clock.now()) / 1000)

    async def look(self, name: str, value: str) -> float | None:
        """The ratio of a picture, where it can be seen. Raises Bad."""
        inline = self.inline if self.terms.inline is None else self.terms.inline
        return await pictures.look(name, value, inline=inline, fetches=self.terms.fetches)
