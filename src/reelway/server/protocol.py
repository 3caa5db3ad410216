"""HTTP/1.1 as uvicorn speaks it over httptools, with bounds on a request's head and on the pace of
its body, and with a last answer that says so when the server stops (see `listening`).

Neither of them has bounds: without these, a caller without a key could fill the memory with one
endless header, or hold a connection for ever with a head that comes a byte at a time; and one with
a key could hold room for a body (`http.Bodies`) that never comes.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from reelway.server.http import Scope
from reelway.server.listening import State

MOST_HEAD = 64 * 1024  # bytes of request line and headers, up to one read more
HEAD_SECONDS = 30.0  # from its first byte, or the connection's beginning, to its end
# Of a body, or else its end, this much comes in this time: some 1 KiB a second.
LEAST_BODY, BODY_SECONDS = 32 * 1024, 30.0

TOO_LARGE = b"431 Request Header Fields Too Large"
TOO_SLOW = b"408 Request Timeout"


class BoundedProtocol(HttpToolsProtocol):
    """What is too large or too slow is answered so, and its connection closed."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head_bytes = 0
        self._in_head = True
        self._in_body = False
        self._body_bytes = 0  # since the clock of `_late` was set
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_body = False
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:  # still: what came in one read with a body's beginning is let pass
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD:
                self._refuse(TOO_LARGE)
        elif self._in_body:  # not all of it came with its head
            self._body_bytes += len(data)
            if self._late is None:
                self._await_body()

    def on_message_begin(self) -> None:
        self._in_head, self._head_bytes = True, 0
        if self._late is None:  # not the connection's first
            self._await_head()
        super().on_message_begin()
        # For `events`: a send waits for as long as nobody reads, and must be cut off then.
        cast("Scope", self.scope)["reelway.transport"] = self.transport

    def on_headers_complete(self) -> None:
        self._stop_clock()
        self._in_head, self._in_body = False, True
        before = self.cycle
        super().on_headers_complete()
        if isinstance(self.server_state, State) and self.server_state.closing:
            self.cycle.keep_alive = False
            if self.pipeline and not before.response_started:  # not the connection's last, then
                before.keep_alive = True

    def on_message_complete(self) -> None:
        self._in_body = False
        self._stop_clock()
        super().on_message_complete()

    def shutdown(self) -> None:
        """Close if idle; the request whose head is being read is answered first."""
        if not (self._in_head and self._head_bytes):
            super().shutdown()

    def _await_head(self) -> None:
        self._late = self.loop.call_later(HEAD_SECONDS, self._refuse, TOO_SLOW)

    def _await_body(self) -> None:
        self._body_bytes = 0
        self._late = self.loop.call_later(BODY_SECONDS, self._look_at_body)

    def _look_at_body(self) -> None:
        if self._body_bytes >= LEAST_BODY or self.flow.read_paused:  # paused: it is we who wait
            self._await_body()
        else:
            self._refuse(TOO_SLOW)

    def _stop_clock(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _refuse(self, status: bytes) -> None:
        self._in_head = self._in_body = False
        self._stop_clock()
        if not self.transport.is_closing():
            if (
                self.cycle is None
                or self.cycle.response_complete
                or not self.cycle.response_started
            ):
                self.transport.write(b"HTTP/1.1 " + status + b"\r\nconnection: close\r\n\r\n")
            self.transport.close()
