"""Accept a request: everything is checked, then one durable row stands, then it is answered.

The order is fixed: the body's own checks came first (the wire), then the idempotency key, then
whether there is room, then the images, then the insert. A refused request stores nothing and uses
no key up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

from pydantic_core import to_json

from reelway import admit, sandbox
from reelway.announce import check_webhook
from reelway.emulate import Seat, sandboxed
from reelway.engine import Engine, Remote
from reelway.errors import InvalidRequest, KeyReused
from reelway.intake import (
    Incoming,
    bring_in,
    decode_inline,
    drop,
    fingerprint,
    keep,
    resolve,
    sources_of,
    uses_of,
    with_references,
)
from reelway.log import say
from reelway.means import Means, work_of
from reelway.request import VideoRequest
from reelway.route import PIN, able_now, pinned
from reelway.store import Once, Replay
from reelway.task import (
    LEAST_PRIORITY,
    LONGEST_TERM,
    MOST_PRIORITY,
    Draft,
    Key,
    Task,
    Terms,
)
from reelway.view import draft_view
from reelway.wire import Call, Reading, Reply, Wire

LONGEST_IDEMPOTENCY_KEY = 255  # characters


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a create is answered with: bytes as stored, so that a replay is the same."""

    status: int
    body: bytes
    engine: str | None = None
    ignored: tuple[str, ...] = ()
    replayed: bool = False


async def accept(
    wire: Wire, call: Call, raw: bytes, key: Key, base: str | None, means: Means
) -> Answer:
    """Raises the ReelwayError that the wire then says in its vendor's words."""
    reading = understood(wire, call, means)
    request = reading.request
    found = able_now(request, means.engines)
    engine = found[0]
    name_field = partial(wire.name_field, request=request)
    request = directed(request, call.headers, engine, name_field, means)
    if request.webhook:
        check_webhook(request.webhook, wire, name_field("webhook"), means)
    pictured = next(sources_of(request), None) is not None
    inline = await decode_inline(request, name_field) if pictured else []
    once_key, finger = _once_key(call.headers), b""
    if reading.dry_run:
        once_key = None
    elif once_key or key.dedupe_seconds:
        finger = fingerprint(wire.name, f"{call.method} {call.path}", request, inline)
        if once_key:
            earlier = await means.store.replay(key.owner_id, once_key)
        else:
            once_key, earlier = await _dedupe(finger, key, means)
        if earlier:
            return await _replayed(earlier, finger, key, means)
    admit.check_memory(request, engine, means)
    async with _Place(wire, request, key, means, not reading.dry_run) as seat:
        request, incoming = seat.request, list[Incoming]()
        try:
            if pictured:
                request = await resolve(request, key.owner_id, name_field, means)
                request, incoming = await bring_in(
                    request, inline, key.owner_id, name_field, means, fetch=not reading.dry_run
                )
            if request is not reading.request:
                reading = replace(reading, request=request)
            draft = _draft(wire, reading, raw, key, base, engine, means, seat.queued)
            shown = draft_view(draft)
            if reading.dry_run:
                return _answer(wire.write_dry_run(reading, shown), reading, engine)
            reply = wire.write_receipt(shown)
            once = _once(once_key, finger, reply)
            if inline:
                draft = replace(draft, body=to_json(with_references(call.data, inline)))
            if pictured:
                made = await _create(draft, once, incoming, means)
            else:
                made = await means.store.create(draft, once)
        finally:
            drop(incoming)
        if isinstance(made, Replay):
            return await _replayed(made, finger, key, means)
        seat.task_id = made.id
        means.news.stir(made.id)
        if made.next_at is None:  # else `due` does
            alone = found if len(found) == 1 else None  # else they are drawn by the task's id
            await means.runner.hand([work_of(made, means.engines, alone)])
        means.door.came(made.owner_id)
    say("task.accepted", task=made.public_id, owner=made.owner_id, wire=made.wire)
    return _answer(reply, reading, engine)


def understood(wire: Wire, call: Call, means: Means) -> Reading:
    """A create as it is read, with what our own headers and settings make of it."""
    reading = wire.read_request(call)
    changes: dict[str, Any] = {}
    if family := _family(call.headers, reading, means):
        changes["model"] = family
    if provider := pinned(call.headers.get(PIN), means.engines):
        changes["provider"] = provider
    request = replace(reading.request, **changes) if changes else reading.request
    terms = terms_of(call.headers, reading.terms)
    if request is reading.request and terms is reading.terms:
        return reading
    return replace(reading, request=request, terms=terms)


class _Place:
    """Room for one more, at the vendor that is emulated, and here; not for a dry run. Entering
    raises what either of them refuses with."""

    __slots__ = ("_here", "_key", "_means", "_seat", "_wire")

    def __init__(self, wire: Wire, request: VideoRequest, key: Key, means: Means, here: bool):
        self._wire, self._key, self._means, self._here = wire, key, means, here
        self._seat = Seat(request=request)

    async def __aenter__(self) -> Seat:
        if self._here:
            means, key = self._means, self._key
            if means.emulator.emulates(self._wire.name):
                request = self._seat.request
                self._seat = await means.emulator.take(request, key, means.store, means.now())
            try:
                admit.take(key.owner_id, means)
            except BaseException:
                means.emulator.leave(self._seat, key)
                raise
        return self._seat

    async def __aexit__(self, *error: object) -> None:
        if self._here:
            admit.leave(self._key.owner_id, self._means)
            self._means.emulator.leave(self._seat, self._key)


def directed(
    request: VideoRequest,
    headers: Mapping[str, str],
    engine: Engine,
    name_field: Callable[[str], str],
    means: Means,
) -> VideoRequest:
    """The request with the directives of header and prompts. Raises what they ask for, and
    InvalidRequest where there are some and none are obeyed: they never reach a vendor."""
    header = headers.get(sandbox.HEADER)
    if not sandbox.asks(request, header):
        return request
    if not sandboxed(engine.name, means.engines):
        raise InvalidRequest(
            f"{sandbox.SHOWN} works only where no provider is configured", field=sandbox.SHOWN
        )
    return sandbox.directed(request, header, name_field)


def _once(key: str | None, finger: bytes, reply: Reply) -> Once | None:
    if key is None:
        return None
    return Once(key=key, fingerprint=finger, status=reply.status, body=reply.body())


async def _create(
    draft: Draft, once: Once | None, incoming: list[Incoming], means: Means
) -> Task | Replay:
    admit.check_disk(means)  # again: fetching took its time
    async with means.files:
        await keep(incoming, means)
        return await means.store.create(replace(draft, assets=uses_of(draft.request)), once)


def _answer(reply: Reply, reading: Reading, engine: Engine) -> Answer:
    return Answer(
        status=reply.status,
        body=reply.body(),
        engine=engine.name,
        ignored=tuple(i.field for i in reading.ignored),
    )


def _draft(
    wire: Wire,
    reading: Reading,
    raw: bytes,
    key: Key,
    base: str | None,
    engine: Engine,
    means: Means,
    queued: float = 0.0,
) -> Draft:
    """`queued`: seconds before it may begin."""
    now, terms = means.now(), reading.terms
    ignored = [{"field": i.field, "reason": i.reason} for i in reading.ignored]
    report = {"ignored": ignored, "sandbox": dict(reading.request.sandbox)}
    return Draft(
        public_id=wire.mint_id(now),
        owner_id=key.owner_id,
        key_id=key.id,
        wire=wire.name,
        model_asked=reading.model_asked,
        request=reading.request,
        body=raw,
        report={name: told for name, told in report.items() if told},
        base_url=base,
        accepted_at=now,
        engine=engine.name,
        provider=engine.name if engine.remote else None,
        price=cast(Remote, engine).price(reading.request) if engine.remote else None,
        priority=terms.priority,
        start_by=now + terms.deadline * 1000 if terms.deadline else None,
        cancel_at=now + terms.cancel_after * 1000 if terms.cancel_after else None,
        next_at=now + round(queued * 1000) if queued else None,
    )


# Terms by header, for wires whose vendors have no such fields: name, least and most.
TERMS: Mapping[str, tuple[str, int, int]] = {
    "x-reelway-priority": ("priority", LEAST_PRIORITY, MOST_PRIORITY),
    "x-reelway-deadline": ("deadline", 1, LONGEST_TERM),
    "x-reelway-cancel-after": ("cancel_after", 1, LONGEST_TERM),
}


def terms_of(headers: Mapping[str, str], said: Terms) -> Terms:
    """The body's terms, those of the headers over them. Raises InvalidRequest."""
    given = {}
    for header, (name, least, most) in TERMS.items():
        if (text := headers.get(header)) is None:
            continue
        shown = "-".join(part.capitalize() for part in header.split("-"))
        if not re.fullmatch(r"-?[0-9]{1,9}", text.strip()) or not least <= int(text) <= most:
            raise InvalidRequest(
                f"{shown} must be a whole number between {least} and {most}", field=shown
            )
        given[name] = int(text)
    return replace(said, **given) if given else said


def _family(headers: Mapping[str, str], reading: Reading, means: Means) -> str | None:
    """The model family to use instead: by header, else by the server's map."""
    return headers.get("x-reelway-model") or means.settings.model_map.get(reading.request.model)


def _once_key(headers: Mapping[str, str]) -> str | None:
    value = headers.get("idempotency-key")
    if value is None:
        return None
    value = value.strip()
    if not 1 <= len(value) <= LONGEST_IDEMPOTENCY_KEY:
        raise InvalidRequest(
            f"Idempotency-Key must have 1 to {LONGEST_IDEMPOTENCY_KEY} characters",
            field="Idempotency-Key",
        )
    return value


async def _dedupe(finger: bytes, key: Key, means: Means) -> tuple[str, Replay | None]:
    """For a caller that sends no idempotency key: one made of the request and the time, and the
    answer to an equal request of the last `dedupe_seconds`, where there was one. Times are cut into
    spans of that length, so such a request lies in this span or in the one before."""
    span, now = key.dedupe_seconds * 1000, means.now()
    names = [f"dedupe {key.id} {finger.hex()} {now // span - back}" for back in (0, 1)]
    for name in names:
        earlier = await means.store.replay(key.owner_id, name)
        if earlier and now - earlier.created_at <= span:
            return names[0], earlier
    return names[0], None


async def _replayed(earlier: Replay, finger: bytes, key: Key, means: Means) -> Answer:
    if earlier.fingerprint != finger:
        raise KeyReused(
            "this Idempotency-Key came with another request before", field="Idempotency-Key"
        )
    task = await means.store.find_task(key.owner_id, earlier.public_id)
    return Answer(
        status=earlier.status,
        body=earlier.body,
        engine=task.engine if task else None,
        ignored=tuple(i["field"] for i in task.report.get("ignored", ())) if task else (),
        replayed=True,
    )
