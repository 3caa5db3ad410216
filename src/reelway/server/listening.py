"""uvicorn's server: told by us when to stop, and stopping without cutting anybody off.

    stop()      from here each answer says `Connection: close`; the listener still accepts
    ≤ 0.5 s     so that who keeps a connection has heard it, and a balancer has seen /readyz
                refuse; not waited for where no connection is open
    listener    whoever is in its queue is taken in first, then it closes
    0.1 s       what is under way on connections that are open arrives
    idle ones   close, then what is still being answered has `drain` seconds, as uvicorn does it

uvicorn alone closes listener and idle connections at once: a request that was already on its way
on a connection that was idle for us, or whose connection was in the queue, got no answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Any, cast

import uvicorn
from uvicorn.server import ServerState

GRACE = 0.5  # seconds that answers say `Connection: close` before the listener closes
ARRIVING = 0.1  # seconds that a request may be under way when it does
STEP = 0.02


class State(ServerState):
    """What the server shares with its connections; `closing`: each answer is their last."""

    closing = False


class Server(uvicorn.Server):
    server_state: State

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.server_state = State()
        self.listens = asyncio.Event()

    def capture_signals(self) -> Any:  # signals are for `app` to hear
        return contextlib.nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()

    def stop(self) -> None:
        """Begin to stop; asked twice: at once."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self.server_state.closing = True
        for connection in self.server_state.connections:
            cycle = getattr(connection, "cycle", None)
            if cycle is not None and not cycle.response_started:
                cycle.keep_alive = False

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._while_connected(GRACE)
        for listener in sockets or ():
            await self._close(listener)
        for server in self.servers:
            server.close()
        await self._while_connected(ARRIVING)
        await super().shutdown(sockets)

    async def _while_connected(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP)):
            if not self.server_state.connections or self.force_exit:
                break
            await asyncio.sleep(STEP)

    async def _close(self, listener: socket.socket) -> None:
        """Stop listening, once everybody is taken in who has connected: closing a listener
        resets those in its queue."""
        loop = asyncio.get_running_loop()
        if isinstance(loop, asyncio.SelectorEventLoop):  # it takes a connection in over some turns,
            loop.remove_reader(listener)  # and must not be in the middle of that
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        listener.setblocking(False)
        taken = []
        with contextlib.suppress(OSError):  # as a rule that there is nobody more
            while True:
                taken.append(listener.accept()[0])
        with contextlib.suppress(OSError):  # not every system can; then `close` does it
            listener.shutdown(socket.SHUT_RDWR)
        for one in taken:
            await loop.connect_accepted_socket(self._protocol, one)

    def _protocol(self) -> asyncio.Protocol:
        make = cast("Callable[..., asyncio.Protocol]", self.config.http_protocol_class)
        return make(
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
