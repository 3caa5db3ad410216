"""Where the server is, and the key for it: as given, from the environment, or this machine's own.

    url   given, REELWAY_URL, http://127.0.0.1:8080
    key   given, REELWAY_KEY, local.key in the data folder (REELWAY_DATA, else the user's own)

The local key opens everything, so it is read for a server on loopback only.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from reelway.sdk.errors import InvalidRequest, Unauthenticated

URL = "http://127.0.0.1:8080"
LOCAL_KEY = "local.key"


@dataclass(frozen=True, kw_only=True)
class Place:
    url: str  # without a slash at its end
    key: str = field(repr=False)
    loopback: bool


def find(url: str | None, key: str | None, environ: Mapping[str, str] = os.environ) -> Place:
    """Raises InvalidRequest for what is no address, Unauthenticated where there is no key."""
    url = (url or environ.get("REELWAY_URL") or URL).strip().rstrip("/")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise InvalidRequest("url must be such as https://video.example.com", field="url")
    loopback = _is_loopback(host)
    key = (key or environ.get("REELWAY_KEY") or "").strip()
    if not key and loopback:
        key = _local(environ)
    if not key:
        raise Unauthenticated(
            "there is no key: give key=…, or set REELWAY_KEY; `reelway keys create` makes one",
            code="missing_key",
        )
    if not (key.isascii() and key.isprintable()):
        raise Unauthenticated("the key must be ASCII letters and digits", code="invalid_key")
    return Place(url=url, key=key, loopback=loopback)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _local(environ: Mapping[str, str]) -> str:
    if data := environ.get("REELWAY_DATA"):
        folder = Path(data).expanduser()
    else:
        import platformdirs

        folder = Path(platformdirs.user_data_path("reelway"))
    try:
        return (folder / LOCAL_KEY).read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""
