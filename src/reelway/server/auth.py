"""Who calls: API keys, made, told apart and looked up.

A key is `rw_` + 32 letters of 62 (190 random bits) + 6 letters of checksum, shown once and kept as
its SHA-256. Its first 11 characters are the prefix that people tell it by.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import OrderedDict

from reelway.errors import KeyRefused
from reelway.ids import ALPHANUMERIC, letters
from reelway.store import Store
from reelway.task import Key

HEAD = "rw_"
RANDOM_LETTERS = 32
CHECK_LETTERS = 6
PREFIX_LENGTH = len(HEAD) + 8
MOST_CACHED = 10_000


def mint_key() -> str:
    body = letters(RANDOM_LETTERS)
    return HEAD + body + _checksum(body)


def well_formed(key: str) -> bool:
    """Whether this can be one of our keys at all; no database is asked for one that cannot."""
    body = key[len(HEAD) : -CHECK_LETTERS]
    return (
        key.startswith(HEAD)
        and len(body) == RANDOM_LETTERS
        and body.isascii()
        and key.endswith(_checksum(body))
    )


def digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _checksum(body: str) -> str:
    value = zlib.crc32(body.encode())
    out = ""
    for _ in range(CHECK_LETTERS):
        value, letter = divmod(value, len(ALPHANUMERIC))
        out = ALPHANUMERIC[letter] + out
    return out


class Keys:
    """The keys in use, looked up once each; `forget` after a key was revoked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache: OrderedDict[str, Key] = OrderedDict()

    async def find(self, secret: str) -> Key:
        """Raises KeyRefused for an unknown or revoked key."""
        if (known := self._cache.get(secret)) is not None:
            return known
        key = await self._store.key(digest(secret)) if well_formed(secret) else None
        if key is None or key.revoked_at is not None:
            raise KeyRefused("the API key is not valid")
        self._cache[secret] = key
        if len(self._cache) > MOST_CACHED:
            self._cache.popitem(last=False)
        return key

    def forget(self) -> None:
        self._cache.clear()
