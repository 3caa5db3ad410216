"""The line to a vendor: a port of ours before the vendor's, so that it can go wrong by itself.

    open      as it should be; with `tls`, https with a certificate that the gateway trusts
    close     gone: connections are refused, and those that were open are cut
    hush      mute: connections are taken and nothing is said, until it speaks again or is cut

The vendor itself lives on, and remembers everything.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PIECE = 1 << 16


@dataclass
class Line:
    vendor: str  # its own address
    tls: ssl.SSLContext | None = None
    port: int = 0
    cuts: list[int] = field(default_factory=list)  # UTC ms
    _held: int = 0
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _speaks: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def address(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    async def open(self, tls: ssl.SSLContext | None = None) -> None:
        """With another certificate than its own, where one is given."""
        self._speaks.set()
        self._server = await asyncio.start_server(
            self._join, "127.0.0.1", self.port, ssl=tls or self.tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    def hush(self) -> None:
        self._speaks.clear()

    def speak(self) -> int:
        """How many have said something, or come, while it was mute."""
        self._speaks.set()
        held, self._held = self._held, 0
        return held

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()

    def cut(self) -> None:
        """Every connection that is open."""
        self.cuts.append(time.time_ns() // 1_000_000)
        for writer in list(self._writers):
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await self._spoken()
            if not writer.is_closing():
                await self._carry_on(reader, writer)
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _spoken(self) -> None:
        self._held += not self._speaks.is_set()
        await self._speaks.wait()

    async def _carry_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = urlsplit(self.vendor)
        try:
            far_reader, far = await asyncio.open_connection(there.hostname, there.port)
        except OSError:
            writer.transport.abort()
            return
        self._writers.add(far)
        try:
            await asyncio.gather(self._carry(reader, far), self._carry(far_reader, writer))
        finally:
            self._writers.discard(far)
            far.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until that side has no more to say, which the other side is told."""
        with contextlib.suppress(OSError):  # cut: so is the other half, by its own reader
            while data := await reader.read(PIECE):
                await self._spoken()
                writer.write(data)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
            else:  # TLS has no half that is closed: who has nothing more to say ends it
                writer.close()
            return
        writer.transport.abort()
