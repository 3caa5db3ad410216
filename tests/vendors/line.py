"""The line to a vendor, which passes every byte on, or has a fault that the vendor never sees.

async with Novita() as vendor, Line(vendor) as line:
    line.address                              what the customer calls; the scheme is the vendor's
    line.fault("mute")                        every connection from now on
    line.fault("cut", after=1, times=4)       the second to the fifth

Of several faults the first that was added counts. Over TLS nothing of a request passes such a line:
each of the faults is one of the handshake.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from vendors.plain import reset
from vendors.running import certificate
from vendors.vendor import Vendor

TROUBLES = {
    "mute": "it is accepted, and never a word is said",
    "hang_up": "it is accepted and closed",
    "reset": "it is accepted and reset",
    "noise": "what comes first is neither TLS nor HTTP",
    "cut": "it is closed in the middle of what the other side says first",
    "stranger": "TLS with a certificate that nobody has signed",
    "expired": "TLS with a certificate that was good once",
    "another's": "TLS with a certificate for another host",
    "no_cipher": "TLS, and no cipher in common: the handshake is refused",
}
NOISE = b"SSH-2.0-OpenSSH_9.2\r\n"
FEW = 40  # bytes of what is cut
PIECE = 65_536


@dataclass
class Fault:
    kind: str
    after: int = 0  # connections
    times: int | None = None


class Line:
    def __init__(self, vendor: Vendor, host: str = "127.0.0.1") -> None:
        self._vendor, self._host = vendor, host
        self._port = 0  # the vendor's own
        self._faults: list[Fault] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()
        self._front: asyncio.Server | None = None
        self._doors: dict[str, asyncio.Server] = {}  # with another certificate than the vendor's
        self.connections = 0
        self.address = ""
        self.trusted: list[str] = []  # certificates (PEM) that a customer is to trust beforehand

    async def open(self) -> None:
        self._port = int(self._vendor.address.rpartition(":")[2])
        self._front = await asyncio.start_server(self._take, self._host, 0)
        port = self._front.sockets[0].getsockname()[1]
        self.address = f"{'https' if self._vendor.terms.tls else 'http'}://{self._host}:{port}"

    async def close(self) -> None:
        self._over.set()
        for server in (self._front, *self._doors.values()):
            if server is not None:
                server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def fault(self, kind: str, *, after: int = 0, times: int | None = None) -> None:
        if kind not in TROUBLES:
            raise ValueError(f"unknown fault {kind!r}; known: {' '.join(TROUBLES)}")
        if kind not in self._doors and (context := self._context(kind)):
            self._doors[kind] = await asyncio.start_server(_nobody, self._host, 0, ssl=context)
        self._faults.append(Fault(kind, after + self.connections, times))

    def heal(self) -> None:
        self._faults.clear()

    def _context(self, kind: str) -> ssl.SSLContext | None:
        """All but the stranger's would be trusted, were nothing else wrong."""
        if kind == "stranger":
            return certificate(self._host)[0]
        if kind not in ("expired", "another's", "no_cipher"):
            return None
        host = "elsewhere.example" if kind == "another's" else self._host
        context, authority = certificate(host, days=-1 if kind == "expired" else 1)
        if kind == "no_cipher":  # its key is of another kind than these ask for
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
        self.trusted.append(authority)
        return context

    def _here(self) -> str | None:
        self.connections += 1
        number = self.connections
        for fault in self._faults:
            last = None if fault.times is None else fault.after + fault.times
            if fault.after < number and (last is None or number <= last):
                return fault.kind
        return None

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(self._here(), reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(
        self, kind: str | None, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(ConnectionError):
            try:
                if kind == "mute":
                    await self._over.wait()
                elif kind == "reset":
                    reset(writer)
                elif kind == "noise":
                    writer.write(NOISE)
                    await writer.drain()
                elif kind != "hang_up":
                    await self._pass(kind, reader, writer)
            finally:
                writer.close()

    async def _pass(
        self, kind: str | None, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        port = self._port
        if door := self._doors.get(kind or ""):
            port = door.sockets[0].getsockname()[1]
        back, out = await asyncio.open_connection(self._host, port)
        most = FEW if kind == "cut" else None
        ways = [asyncio.create_task(way) for way in (copy(reader, out), copy(back, writer, most))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            out.close()
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)


async def copy(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int | None = None
) -> None:
    """Until the end, or `most` bytes."""
    with suppress(ConnectionError):
        while most is None or most > 0:
            piece = (await reader.read(PIECE))[:most]
            if not piece:
                return
            writer.write(piece)
            await writer.drain()
            most = None if most is None else most - len(piece)


async def _nobody(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reached by whoever takes such a certificate."""
    writer.close()
    raise AssertionError("somebody has trusted a certificate that is not good")
