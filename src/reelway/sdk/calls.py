"""Calls to the server: sent again where that can help, page by page where there are many.

    calls.call("POST", "/api/v1/tasks", body=…)      what the server answers, as a dict
    calls.pages("/api/v1/tasks", limit, query)       each entry of a list, newest first

A call is tried again when the connection fails and at 429, 502, 503 and 504, after a pause that
doubles, or as long as Retry-After says; where it must not arrive twice (`again=False`), only where
the server cannot have had it, or says that it did nothing.
"""

from __future__ import annotations

import json
import random
from collections.abc import AsyncGenerator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from reelway.sdk import errors
from reelway.sdk.errors import Error, refusal
from reelway.sdk.place import Place
from reelway.sdk.values import known
from reelway.sdk.way import Ask, Lost, Reply, Way

V = TypeVar("V")

PAGE = 100  # of a list, at most
FIRST_PAUSE, LAST_PAUSE = 0.5, 8.0  # seconds before a call is tried again
MOST_PATIENCE = 60.0  # seconds; a longer Retry-After is the caller's to wait for
WRONG = (AttributeError, LookupError, TypeError)  # of an answer that has another shape
HOPELESS = ("engine_missing",)  # 503, and still so in a minute


class Calls:
    def __init__(self, place: Place, way: Way, retries: int) -> None:
        self._place, self._way, self._retries = place, way, retries

    async def call(
        self, method: str, path: str, *, again: bool = True, **more: Any
    ) -> Mapping[str, Any]:
        """What the server answers. `again`: it may be sent again though it may have arrived.
        Raises Error."""
        headers = {"authorization": f"Bearer {self._place.key}", **more.pop("headers", {})}
        if more.get("body") is not None:
            headers["content-type"] = "application/json"
        ask = Ask(method=method, url=self._place.url + path, headers=headers, **more)
        tried = 0
        while True:
            try:
                reply = await self._way.send(ask)
            except Lost as lost:
                error: Error = errors.ServerUnavailable(str(lost), code="unreachable")
                error.__cause__ = lost
                hopeful = again or not lost.sent
            else:
                if reply.status < 300:
                    return _data(reply)
                if method == "DELETE" and reply.status == 404 and tried:
                    return {}  # an earlier try has done it, and its answer was lost
                error = refusal(reply.status, reply.headers, reply.body)
                hopeful = reply.status in (429, 503) or (again and reply.status in (502, 504))
            hopeful = hopeful and error.code not in HOPELESS
            if not hopeful or tried >= self._retries or (error.retry_after or 0) > MOST_PATIENCE:
                raise error
            await self._way.sleep(pause_of(tried, error))
            tried += 1

    async def pages(
        self, path: str, limit: int | None, query: Mapping[str, str | None]
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        left, after = limit, None
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            asked = {**query, "limit": str(size), "after": after}
            given = {name: value for name, value in asked.items() if value is not None}
            page = await self.call("GET", path, query=given)
            found = page.get("data")
            if not isinstance(found, list):
                raise strange()
            for data in found:
                yield data
            left = None if left is None else left - len(found)
            after = page.get("next")
            if not after:
                return


def pause_of(tried: int, error: Error) -> float:
    """Seconds before the next try."""
    least: float = min(LAST_PAUSE, FIRST_PAUSE * 2**tried) * random.uniform(0.5, 1)
    return max(least, (error.retry_after or 0) * random.uniform(1, 1.1))


def path_of(path: str, id: str) -> str:
    return f"{path}/{quote(id, safe='')}"


def body_of(body: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(body, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise errors.InvalidRequest(f"the request cannot be written as JSON: {error}") from None


def _data(reply: Reply) -> Mapping[str, Any]:
    try:
        data = json.loads(reply.body)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise strange()
    return data


def value_of(kind: type[V], data: Mapping[str, Any]) -> V:
    try:
        return kind(**known(kind, data))
    except WRONG as error:
        raise strange() from error


def strange() -> Error:
    words = "the answer is not that of a Reelway server; is the address right?"
    return Error(words, code="strange_answer")
