"""Origins: whom the operator has named, to the port.

    Origin.of("https://api.novita.ai")            from the settings, or BadAddress
    Origin.at(parse(url))                         where an address leads
    origin.url("/v3/async/task-result", query)    an address at it, or BadAddress

Scheme, host and port, all three: `https` is not `http`, a subdomain is another host, and what
listens on the next port is another program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from reelway.addresses import BadAddress, Url, parse


@dataclass(frozen=True, kw_only=True)
class Origin:
    scheme: str
    host: str  # lower case, ASCII; an IPv6 address without brackets
    port: int

    @staticmethod
    def of(text: str) -> Origin:
        """Of an address that has nothing after its host and port. Raises BadAddress."""
        url = parse(text)
        if url.target != "/" or "#" in text:
            raise BadAddress("it has a path, a query or a fragment")
        return Origin.at(url)

    @staticmethod
    def at(url: Url) -> Origin:
        return Origin(scheme=url.scheme, host=url.host, port=url.port)

    @property
    def text(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def url(self, path: str, query: Mapping[str, str] | None = None) -> Url:
        """`path` may hold what a vendor answered (an id): whatever it is, the address stays at
        this origin, and nothing of it becomes a query. Raises BadAddress."""
        if not path.startswith("/") or "?" in path or "#" in path:
            raise BadAddress("its path does not begin with / or holds ? or #")
        asked = f"?{urlencode(query, quote_via=quote)}" if query else ""
        url = parse(f"{self.text}{path}{asked}")
        if Origin.at(url) != self:
            raise BadAddress("it leads somewhere else")
        return url
