"""Addresses: which are well formed, and which may be connected to.

    parse("https://Bücher.example/a b")   a web address in one strict form, or BadAddress
    follow(url, "/elsewhere")             where a redirect leads, by the same rules
    refusal(ip, allowed)                  why an IP address may not be connected to, or None
    Guard(allowed)                        asks `refusal` at every socket

The strict form is what goes out on the wire: nothing else parses the text again, so no two
parsers can disagree about which host is meant. Names say nothing about where they lead, so IP
addresses are judged at the socket and nowhere else.
"""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Any
from urllib.parse import quote, urljoin

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MOST_CHARACTERS = 8192  # presigned addresses run to about 2,000
PORTS = {"http": 80, "https": 443}
# RFC 3986, appendix B; no authority where "//" is missing.
FORM = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):"
    r"(?://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?:#.*)?|.*)"
)
AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]{1,5}))?")
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
NAME = re.compile(rf"(?:{LABEL}\.)*{LABEL}\.?")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Kept as they stand: escapes that are there, and all that RFC 3986 lets stand in path and query.
# Signed addresses count every byte, so nothing is put into a "normal" form.
SAFE = "%/?:@!$&'()*+,;=-._~[]"


class BadAddress(ValueError):
    """Not a web address that is fetched; the text says why, in words for the caller."""


@dataclass(frozen=True, kw_only=True)
class Url:
    """An http or https address without user, password or fragment, in ASCII."""

    scheme: str
    host: str  # lower case; an IPv6 address without brackets
    port: int
    target: str  # path and query
    written: str  # the host as the caller wrote it
    ip: Address | None  # when the host is an IP address

    @property
    def text(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.target}"


def parse(text: str) -> Url:
    """The address in its strict form. Raises BadAddress."""
    match = FORM.fullmatch(_clean(text))
    scheme = match["scheme"].lower() if match else ""
    if not match or scheme not in PORTS:
        raise BadAddress("only http:// and https:// addresses are fetched")
    if match["authority"] is None:
        raise BadAddress("it has no host")
    if "@" in match["authority"]:
        raise BadAddress("it must not carry a user name or password")
    parts = AUTHORITY.fullmatch(match["authority"])
    if not parts:
        raise BadAddress("its host or port is malformed")
    port = int(parts["port"] or PORTS[scheme])
    if not 0 < port < 65536:
        raise BadAddress("its port is not between 1 and 65535")
    host, ip = _host(parts["host"])
    target = quote((match["path"] or "/") + (match["query"] or ""), safe=SAFE)
    return Url(scheme=scheme, host=host, port=port, target=target, written=parts["host"], ip=ip)


def follow(url: Url, location: str) -> Url:
    """Where a redirect leads: `location` is relative to `url` or stands alone (RFC 9110, 10.2.2).

    Raises BadAddress; also for https → http, since whoever wrote https asked that nobody on the
    way can read or change what comes.
    """
    if not location:
        raise BadAddress("it redirects without saying where to")
    # Looked at before joining: urljoin drops control characters and blanks in silence.
    try:
        target = parse(urljoin(url.text, _clean(location)))
    except ValueError as error:
        why = error if isinstance(error, BadAddress) else "it is malformed"
        raise BadAddress(f"it redirects to an address that is not fetched: {why}") from None
    if url.scheme == "https" and target.scheme == "http":
        raise BadAddress("it redirects from https to http")
    return target


def _clean(text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise BadAddress(f"it is longer than {MOST_CHARACTERS:,} characters")
    # Not printable: control and format characters, blanks but the space, lone surrogates.
    if not text.isprintable() or " " in text or "\\" in text:
        raise BadAddress("it holds a space, a backslash or a character that cannot be printed")
    return text


def _host(written: str) -> tuple[str, Address | None]:
    """The host in lower-case ASCII, and its value when it is an IP address."""
    if written.startswith("["):
        try:
            if "%" in written:  # a zone (RFC 6874) means something on one machine only
                raise ValueError
            v6 = IPv6Address(written[1:-1])
        except ValueError:
            raise BadAddress("its host is not an IPv6 address") from None
        return str(v6), v6
    host = (written if written.isascii() else _idna(written)).lower()
    if not NAME.fullmatch(host) or len(host) > 254:
        raise BadAddress("its host is not a host name" if host else "it has no host")
    if not NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        return host, None
    # No top-level domain is a number, so an IPv4 address is meant (WHATWG URL, "ends in a
    # number"). 127.1, 0177.0.0.1, 0x7f000001 and 2130706433 mean different hosts to different
    # readers; only the form that all read alike is taken.
    try:
        v4 = IPv4Address(host)
    except ValueError:
        raise BadAddress(
            "its host is no IPv4 address in the plain form of four decimal numbers"
        ) from None
    return host, v4


def _idna(written: str) -> str:
    import idna  # comes with the HTTP client; its tables are wanted for such hosts only

    try:
        if len(written) > 253:
            raise UnicodeError
        return idna.encode(written, uts46=True, std3_rules=True).decode("ascii")
    except UnicodeError:
        raise BadAddress("its host is not a host name") from None


# What is not the public internet: IANA's registries of special-purpose addresses for IPv4 and
# IPv6 (RFC 6890 and later), and what is left of older plans. Written out, since what the
# `ipaddress` module calls global has changed between Python's patch releases.
NOT_PUBLIC: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network; 0.0.0.0 reaches this machine
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a provider's customers; a cloud's metadata
        "127.0.0.0/8",  # this machine
        "168.63.129.16/32",  # Azure's host agent: public by number, private by meaning
        "169.254.0.0/16",  # link-local; 169.254.169.254 is the clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; 192.0.0.192 is a cloud's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, withdrawn by RFC 7526
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved; 255.255.255.255 is broadcast
        "::1/128",  # this machine
        "::/96",  # IPv4-compatible (RFC 4291), and :: itself
        "::ffff:0.0.0.0/96",  # IPv4-mapped: the same as the IPv4 address
        "::ffff:0:0:0/96",  # IPv4-translated (RFC 2765)
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64 of a site's own (RFC 8215)
        "100::/64",  # discard
        "2001::/32",  # Teredo
        "2001::/23",  # protocol assignments
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation (RFC 9637)
        "5f00::/16",  # segment routing (RFC 9602)
        "fc00::/7",  # private: unique local
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local, withdrawn by RFC 3879
        "ff00::/8",  # multicast
    )
)
UNICAST = IPv6Network("2000::/3")  # all of IPv6 that IANA has given out as global so far
LOW_IPV4 = tuple(  # ranges whose last 32 bits are an IPv4 address
    IPv6Network(t) for t in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")
)
TEREDO = IPv6Network("2001::/32")
SIX_TO_FOUR = IPv6Network("2002::/16")


def refusal(address: Address, allowed: Sequence[Network] = ()) -> str | None:
    """The range, as CIDR, for which an address may not be connected to; None: it may.

    `allowed` opens ranges. An IPv6 address that carries an IPv4 address needs both to be good:
    opening NAT64 opens what is public behind it, not 10.0.0.0/8.
    """
    if not any(address in network for network in allowed):
        for network in NOT_PUBLIC:
            if address in network:
                return str(network)
        unassigned = isinstance(address, IPv6Address) and address not in UNICAST
        if unassigned or not address.is_global:
            return str(ip_network(int(address).to_bytes(address.max_prefixlen // 8, "big")))
    if isinstance(address, IPv4Address):
        return None
    return next((why for inner in _carried(address) if (why := refusal(inner, allowed))), None)


def _carried(address: IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses inside an IPv6 address."""
    bits = int(address)
    if address == IPv6Address("::1"):
        return  # in ::/96 by its number only
    if any(address in network for network in LOW_IPV4):
        yield IPv4Address(bits & 0xFFFF_FFFF)
    elif address in SIX_TO_FOUR:  # RFC 3056: after the first 16 bits
        yield IPv4Address(bits >> 80 & 0xFFFF_FFFF)
    elif address in TEREDO:  # RFC 4380: the server, and the client with its bits turned over
        yield IPv4Address(bits >> 64 & 0xFFFF_FFFF)
        yield IPv4Address(~bits & 0xFFFF_FFFF)


class Refused(OSError):
    """A socket was about to reach an address that is not public."""


class GuardedSocket(socket.socket):
    """Connects only where its guard lets it."""

    guard: Guard | None = None

    def connect(self, address: Any, /) -> None:
        self._ask(address)
        super().connect(address)

    def connect_ex(self, address: Any, /) -> int:
        self._ask(address)
        return super().connect_ex(address)

    def _ask(self, address: Any) -> None:
        if self.guard is None:
            raise Refused(errno.EACCES, "no guard")
        self.guard.check(address)


class Guard:
    """Stands at the sockets of one hop."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self.allowed = allowed
        self.refused: str | None = None  # the range
        self.sockets: list[GuardedSocket] = []

    def check(self, address: tuple[Any, ...]) -> None:
        """Raises Refused. `address` is a sockaddr; its host must be in numbers, since anything
        else (127.1, a name) would be looked up again on the way to the kernel."""
        try:
            why = refusal(ipaddress.ip_address(str(address[0])), self.allowed)
        except ValueError:
            why = "unknown"
        if why:
            self.refused = why
            raise Refused(errno.EACCES, "not public")

    def open(self, info: tuple[Any, ...]) -> socket.socket:
        """For `TCPConnector(socket_factory=…)`: called for every address before it is tried."""
        family, kind, protocol, _, address = info
        self.check(address)
        made = GuardedSocket(family, kind, protocol)
        made.guard = self
        self.sockets.append(made)
        return made

    async def confirm(self, *_: Any) -> None:
        """For `TraceConfig.on_connection_create_end`: the connection stands (TLS as well), the
        request has not been written. Raises Refused."""
        for made in self.sockets:
            try:
                peer = made.getpeername()
            except OSError:
                continue  # closed: another address answered first
            try:
                self.check(peer)
            except Refused:
                made.shutdown(socket.SHUT_RDWR)  # its transport closes by that
                raise
