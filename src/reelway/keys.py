"""API keys as text: how one is made, told apart from other text, and kept.

A key is `rw_` + 32 letters of 62 (190 random bits) + 6 letters of checksum, shown once and kept as
its SHA-256. Its first 11 characters are the prefix that people tell it by.
"""

from __future__ import annotations

import hashlib
import zlib

from reelway.ids import ALPHANUMERIC, letters

HEAD = "rw_"
RANDOM_LETTERS = 32
CHECK_LETTERS = 6
PREFIX_LENGTH = len(HEAD) + 8


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
