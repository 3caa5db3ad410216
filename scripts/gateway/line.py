"""The line to a vendor: a port of ours before the vendor's, so that it can be gone for a while.

While it is closed, connections are refused and those that were open are cut. The vendor itself
lives on, and remembers everything.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PIECE = 1 << 16


@dataclass
class Line:
    vendor: str  # its own address
    port: int = 0
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = urlsplit(self.vendor)
        try:
            far_reader, far = await asyncio.open_connection(there.hostname, there.port)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, far}
        self._writers |= both
        try:
            await asyncio.gather(_carry(reader, far), _carry(far_reader, writer))
        finally:
            self._writers -= both
            for end in both:
                end.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until that side has no more to say, which the other side is told."""
    with contextlib.suppress(OSError):  # cut: so is the other half, by its own reader
        while data := await reader.read(PIECE):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
        return
    writer.transport.abort()
