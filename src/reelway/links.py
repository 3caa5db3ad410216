"""Signed links: whoever holds one may read one file, without a key, until it expires.

    /files/9f…c2.mp4?expires=1757252400&signature=WmF…    expires in Unix seconds

The signature is over a versioned text of path and expiry; other parameters of the address are
not signed and mean nothing to the check. A link expires 24 hours after the answer that carries
it, rounded up to the next full hour: every read within one clock hour yields the same link, so
that caches and clients that compare answers see no change.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from reelway.errors import LinkRefused

LIFETIME = 24 * 3600  # seconds
SECRET_BYTES = 32

_HOUR = 3600  # seconds
_SIGNATURE_BYTES = 24  # 192 bits: 32 letters, no padding
# Letters that no client, proxy or server rewrites: the path that comes back is the path signed.
_PATH = re.compile(r"/[A-Za-z0-9._~/-]*")
_EXPIRES = re.compile(r"[1-9][0-9]{0,11}")


class Links:
    """Signs and checks. All times that come in and go out are UTC milliseconds."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < SECRET_BYTES:
            raise ValueError(f"the secret of signed links needs {SECRET_BYTES} bytes")
        self._secret = secret

    def sign(self, path: str, now: int, life: int | None = None) -> tuple[str, int]:
        """The link to `path` and when it expires (UTC milliseconds); `life` in seconds, exactly,
        in place of a day and what is missing of an hour.

        Raises ValueError if the path holds other letters than A–Z a–z 0–9 . _ ~ - and /.
        """
        if not _PATH.fullmatch(path):
            raise ValueError("only plain paths can be signed")
        if life is None:
            expires = ((now // 1000 + LIFETIME) // _HOUR + 1) * _HOUR
        else:
            expires = now // 1000 + life
        link = f"{path}?expires={expires}&signature={self._signature(path, str(expires))}"
        return link, expires * 1000

    def check(self, path: str, query: Mapping[str, str], now: int) -> None:
        """Raises LinkRefused, which says whether the link was cut, changed or is too old."""
        expires, signature = query.get("expires"), query.get("signature")
        if not expires or not signature:
            raise LinkRefused(
                "This link is not complete: its expires or signature is missing. "
                "Copy the whole address, or read the task again for a new link."
            )
        right = self._signature(path, expires)
        same = hmac.compare_digest(
            right.encode("ascii"), signature.encode("utf-8", "surrogatepass")
        )
        if not same or not _EXPIRES.fullmatch(expires):
            raise LinkRefused(
                "This link was changed: its signature does not fit its address. "
                "Read the task again for a new link."
            )
        if now >= int(expires) * 1000:  # told only to who holds a link that was right once
            raise LinkRefused("This link has expired. Read the task again for a new link.")

    def token(self, purpose: str, text: str) -> str:
        """What nobody else can make for `text`; no link's signature, and no other purpose's."""
        key = hmac.digest(self._secret, f"reelway {purpose} v1".encode(), hashlib.sha256)
        digest = hmac.digest(key, text.encode(), hashlib.sha256)[:_SIGNATURE_BYTES]
        return base64.urlsafe_b64encode(digest).decode("ascii")

    def _signature(self, path: str, expires: str) -> str:
        text = f"reelway link v1\n{path}\n{expires}".encode("utf-8", "surrogatepass")
        digest = hmac.digest(self._secret, text, hashlib.sha256)[:_SIGNATURE_BYTES]
        return base64.urlsafe_b64encode(digest).decode("ascii")


def load_secret(path: Path) -> bytes:
    """The 32 bytes in the file `path`, made on the first call (mode 0600).

    Safe against a crash in between and against two that begin at once: the file appears whole
    or not at all, and the first one wins. Raises ValueError if the file is not 32 bytes long.
    """
    with contextlib.suppress(FileNotFoundError):
        return _read(path)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(file, "wb") as out:
            out.write(secrets.token_bytes(SECRET_BYTES))
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):  # another was first: its secret counts
            os.link(fresh, path)
    finally:
        fresh.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return _read(path)


def _read(path: Path) -> bytes:
    secret = path.read_bytes()
    if len(secret) != SECRET_BYTES:
        raise ValueError(
            f"{path} should hold {SECRET_BYTES} bytes but holds {len(secret)}: restore it from a "
            "backup, or delete it for a new one (links that are out now will then stop working)"
        )
    return secret
