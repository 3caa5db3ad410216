"""Server-sent events over a `Way`: read, and taken up again where the connection breaks.

    listen ─> open ─> frames ─> event_of ─> yield
       └── broken: a pause, and once more with Last-Event-ID

What has an id comes once and in order, however often the connection broke.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace

from reelway.sdk import errors
from reelway.sdk.errors import Error, refusal
from reelway.sdk.place import Place
from reelway.sdk.values import Event, known
from reelway.sdk.way import Ask, Lost, Stream, Way
from reelway.task import Fault

KINDS = ("status", "progress", "queue")
SILENCE = 45.0  # seconds without even a heart-beat, which comes every 15, after which it is broken
OUTAGE = 120.0  # seconds without a connection after which it is given up
LONGEST = 8 * 1024 * 1024  # bytes of one frame
LINE = re.compile(rb"\r\n|\r|\n")
FOR_NOW = (429, 502, 503, 504)


@dataclass(frozen=True, kw_only=True)
class Frame:
    event: str = "message"
    data: str = ""
    id: str | None = None


async def listen(
    place: Place,
    path: str,
    way: Way,
    *,
    ends: bool,
    retries: int,
    pause: Callable[[int, Error], float],
) -> AsyncGenerator[Event, None]:
    """The events of a stream; `ends`: after the first that says that its task is over. Raises
    ServerUnavailable where it cannot be reached, or not again for two minutes; other Errors."""
    headers = {"authorization": f"Bearer {place.key}", "accept": "text/event-stream"}
    ask = Ask(method="GET", url=place.url + path, headers=headers, patience=SILENCE)
    last, tried, seen = "", 0, None
    while True:
        try:
            stream = await _open(ask, last, way)
            if stream is None:
                return
            try:
                async for frame in frames(stream):
                    tried, seen = 0, way.now()
                    last = last if frame.id is None else frame.id
                    if (event := event_of(frame)) is not None:
                        yield event
                        if ends and event.over:
                            return
            finally:
                await stream.close()
            error: Error = errors.ServerUnavailable("the stream ended", code="unreachable")
        except Lost as lost:
            error = errors.ServerUnavailable(str(lost), code="unreachable")
            error.__cause__ = lost
        except (errors.ServerUnavailable, errors.RateLimited) as refused:
            if refused.status not in FOR_NOW:
                raise
            error = refused
        if tried >= retries if seen is None else way.now() - seen > OUTAGE:
            raise error
        await way.sleep(pause(tried, error))
        tried += 1


async def _open(ask: Ask, last: str, way: Way) -> Stream | None:
    """None: there is nothing more to come. Raises Lost, Error."""
    if last:
        ask = replace(ask, headers={**ask.headers, "last-event-id": last})
    stream = await way.open(ask)
    head = stream.head
    if head.status == 200 and head.headers.get("content-type", "").startswith("text/event-stream"):
        return stream
    try:
        if head.status == 204:
            return None
        if head.status < 300:
            words = "the answer is not that of a Reelway server; is the address right?"
            raise Error(words, code="strange_answer")
        raise refusal(head.status, head.headers, await stream.read())
    finally:
        await stream.close()


async def frames(stream: Stream) -> AsyncIterator[Frame]:
    """As they are dispatched, those without data too: they may have an id. Raises Lost."""
    fields: dict[str, str] = {}
    async for line in _lines(stream):
        if not line:
            if fields:
                data = fields.get("data", "").removesuffix("\n")
                yield Frame(event=fields.get("event", "message"), data=data, id=fields.get("id"))
            fields = {}
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            fields["data"] = fields.get("data", "") + value + "\n"
        elif name:  # else a comment
            fields[name] = value
        else:
            yield Frame(event="")  # a heart-beat


async def _lines(stream: Stream) -> AsyncIterator[str]:
    rest = b""
    while data := await stream.read():
        rest += data
        # A carriage return at the very end may be half of a line's end.
        *lines, rest = LINE.split(rest[:-1]) if rest.endswith(b"\r") else LINE.split(rest)
        if data.endswith(b"\r"):
            rest += b"\r"
        if len(rest) > LONGEST:
            raise Lost("the stream has a line without an end", sent=True)
        for line in lines:
            yield line.decode("utf-8", "replace")


def event_of(frame: Frame) -> Event | None:
    """None for what a newer server may send, and for what is none."""
    if frame.event not in KINDS:
        return None
    try:
        data = json.loads(frame.data)
        if not isinstance(data, Mapping) or not isinstance(data.get("task"), str):
            return None
        found = known(Event, data)
        if error := data.get("error"):
            found["error"] = Fault(code=error["code"], message=error["message"])
        id = int(frame.id) if frame.id and frame.id.isdecimal() else None
        return Event(**{**found, "kind": frame.event, "id": id})
    except (ValueError, TypeError, LookupError, AttributeError):
        return None
