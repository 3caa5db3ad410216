"""A vendor in a thread with a loop of its own; addresses where nothing good is.

with running(Novita(speed=0)) as vendor:
    told(vendor, vendor.advance(30))
with refused() as address: …                    TCP connections are refused there
Outbound(lookup=unresolved)                     no name resolves
context, authority = certificate()              trusted by nobody who is not given `authority`
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import tempfile
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from vendors.vendor import Vendor

T = TypeVar("T")
V = TypeVar("V", bound=Vendor)
SECONDS = 10.0  # for it to begin, to end, and to do what it is told


@contextmanager
def running(vendor: V) -> Iterator[V]:
    """Raises whatever its loop raises when it begins."""
    begun, failed = threading.Event(), []
    over: asyncio.Event | None = None

    async def live() -> None:
        nonlocal over
        over = asyncio.Event()
        try:
            async with vendor:
                begun.set()
                await over.wait()
        except OSError as error:
            failed.append(error)
            begun.set()

    thread = threading.Thread(target=asyncio.run, args=(live(),), name=f"vendor-{vendor.name}")
    thread.start()
    try:
        assert begun.wait(SECONDS), f"{vendor.name} did not begin"
        if failed:
            raise failed[0]
        yield vendor
    finally:
        if over is not None and vendor.loop is not None and thread.is_alive():
            vendor.loop.call_soon_threadsafe(over.set)
        thread.join(SECONDS)
        assert not thread.is_alive(), f"{vendor.name} did not end"


def told(vendor: Vendor, what: Coroutine[Any, Any, T]) -> T:
    """Done in the vendor's own loop."""
    assert vendor.loop is not None
    return asyncio.run_coroutine_threadsafe(what, vendor.loop).result(SECONDS)


@contextmanager
def refused(host: str = "127.0.0.1") -> Iterator[str]:
    """A port that is ours and at which nobody listens."""
    with socket.socket() as held:
        held.bind((host, 0))
        yield f"http://{host}:{held.getsockname()[1]}"


async def unresolved(host: str) -> Sequence[str]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def certificate(host: str = "127.0.0.1", *, days: int = 1) -> tuple[ssl.SSLContext, str]:
    """For `host`, signed by itself, good for `days` from now (or since then over); as PEM, too."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    first, last = sorted((now - timedelta(hours=1), now + timedelta(days=days)))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
        .add_extension(x509.SubjectAlternativeName([_said(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "both.pem")
        path.write_bytes(pem + secret)
        context.load_cert_chain(path)
    return context, pem.decode()


def _said(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
