"""The one ASGI application: path → wire and route → key → body → operation → the wire's words.

/readyz /healthz /metrics   for operators
/files/…                    films and posters by signed link
/hooks/…                    vendors' word that a job is over
/docs /openapi.json         and one of each under /<wire>
everything else             a wire's route, or that wire's "no such path"
"""

from __future__ import annotations

import time

from starlette.responses import Response

from reelway import __version__, ids
from reelway.errors import Internal, MethodNotAllowed, ReelwayError, UnknownRoute, shortage
from reelway.hub import Hub
from reelway.log import complain, fail, say
from reelway.means import Means
from reelway.server import files, hints
from reelway.server.asked import Asked
from reelway.server.auth import Keys
from reelway.server.dispatch import Table, Target
from reelway.server.docs import Docs
from reelway.server.http import (
    Base,
    Bodies,
    Body,
    Out,
    Receive,
    Scope,
    Send,
    Stream,
    call_of,
    headers_of,
    json_out,
    out,
    plain,
    read_body,
)
from reelway.server.metrics import Metrics
from reelway.server.operations import OPERATIONS
from reelway.wire import Wire


class Edge:
    def __init__(self, table: Table, keys: Keys, means: Means) -> None:
        self._table = table
        self._keys = keys
        self._means = means
        self._base = Base(means.settings)
        self._bodies = Bodies(means.settings.max_bodies)
        self._metrics = Metrics()
        self._docs = Docs(table)
        self._hub = Hub(means)
        self.ready = False

    def stop(self) -> None:
        """No more work from here on; whoever waits or listens is answered, and goes."""
        self.ready = False
        self._means.news.release()
        self._hub.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"{scope['type']} is not served")
        began = time.perf_counter()
        path: str = scope["path"]
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        request_id = ids.request_id()
        target = self._table.find(method, path)
        body = Body(self._bodies)
        try:
            answer = await self._answer(target, method, path, scope, receive, body)
            answer.headers["x-request-id"] = request_id
            if isinstance(answer, Stream):
                self._count(target, answer.status, time.perf_counter() - began)
            if isinstance(answer, Response):
                await answer(scope, receive, send)
                status = answer.status_code
            else:
                await answer.send(send, head=scope["method"] == "HEAD")
                status = answer.status
        finally:
            body.free()
        took = time.perf_counter() - began
        if not isinstance(answer, Stream):
            self._count(target, status, took - getattr(answer, "waited", 0.0))
        milliseconds = round(took * 1000, 1)
        say(
            "http",
            method=scope["method"],
            path=hints.HIDDEN if path.startswith(hints.PREFIX) else path,
            status=status,
            milliseconds=milliseconds,
            request=request_id,
        )

    def _count(self, target: Target | None, status: int, seconds: float) -> None:
        wire, operation = (target.wire.name, target.route.operation) if target else ("", "other")
        self._metrics.count(wire, operation, status, seconds)

    async def _answer(
        self,
        target: Target | None,
        method: str,
        path: str,
        scope: Scope,
        receive: Receive,
        body: Body,
    ) -> Out | Stream | Response:
        try:
            if target:
                return await self._serve(target, scope, receive, body)
            if path.startswith(hints.PREFIX) and method == "POST":
                return await hints.answer(scope, receive, body, self._means)
            return await self._other(method, path, scope)
        except Exception as error:
            return refusal(target.wire if target else self._table.owner(path), _told(error, path))

    async def _serve(
        self, target: Target, scope: Scope, receive: Receive, body: Body
    ) -> Out | Stream:
        wire = target.wire
        headers = headers_of(scope)
        call = call_of(scope, headers, target)
        key = await self._keys.find(wire.read_key(call))
        raw = b""
        if scope["method"] == "POST":
            body.is_of(key.owner_id)
            raw = await read_body(receive, headers, self._means.settings.max_body, body)
        base = self._base.of(scope, headers)
        asked = Asked(
            wire=wire,
            call=call,
            raw=raw,
            key=key,
            base=base,
            means=self._means,
            hub=self._hub,
            scope=scope,
            receive=receive,
        )
        return await OPERATIONS[target.route.operation](asked)

    async def _other(self, method: str, path: str, scope: Scope) -> Out | Response:
        if path.startswith("/files/") and method == "GET":
            return await files.answer(scope, path, self._means)
        if method == "GET" and path in ("/healthz", "/readyz"):
            up = self.ready or path == "/healthz"
            return plain(200 if up else 503, "ok\n" if up else "not ready\n")
        if method == "GET" and path == "/metrics" and self._means.settings.measured_by != "off":
            return await self._metrics.answer(headers_of(scope), self._keys, self._means)
        if method == "GET" and path == "/":
            return json_out(200, {"name": "reelway", "version": __version__})
        if method == "GET" and path.endswith(("/docs", "/openapi.json")):
            settings, base = self._means.settings, self._base.of(scope, headers_of(scope))
            here = settings.public_url or base or self._means.base_url
            if page := await self._docs.answer(path, here):
                return page
        wire = self._table.owner(path)
        if allowed := self._table.allowed(path):
            refused = refusal(wire, MethodNotAllowed(f"this path answers to {', '.join(allowed)}"))
            refused.headers["allow"] = ", ".join(allowed)
            return refused
        near = self._table.near(method, path)
        return refusal(
            wire, UnknownRoute(f"no such path; is {near} meant?" if near else "no such path")
        )


def _told(error: Exception, path: str) -> ReelwayError:
    """The last border: what is not ours to tell is told in the log, never to the caller."""
    if isinstance(error, ReelwayError):
        return error
    if short := shortage(error):
        complain("http.later", code=short.code, path=path)
        return short
    fail("http.failed", error, path=path)
    return Internal("an internal error; the server's log has the details")


def refusal(wire: Wire, error: ReelwayError) -> Out:
    """The error in the caller's own wire format."""
    return out(wire.write_error(error))
