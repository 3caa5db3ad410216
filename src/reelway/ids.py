"""Names that leave the house: public task ids, asset names, request ids.

A task's internal id is an integer the database gives out in time order. Its public id is minted
by the accepting wire in that vendor's form; the forms that more than one wire uses are here.
"""

from __future__ import annotations

import itertools
import random
import re
import secrets
import uuid

from ulid import ULID

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")

_random = random.SystemRandom()


def ulid(prefix: str, now: int) -> str:
    """`prefix` and a ULID of the time `now` (UTC milliseconds), e.g. task_01J…"""
    return f"{prefix}_{ULID.from_timestamp(now / 1000)}"


def uuid4() -> str:
    """A UUID of version 4 (RFC 9562) as text."""
    return str(uuid.UUID(int=_random_bits(), version=4))


_POOL = 64  # ids that one call to the system's randomness is good for
_pool: list[bytes] = []


def _random_bits() -> int:
    """128 bits; the system is asked for many at once, as each call gives up the interpreter."""
    if not _pool:
        bits = secrets.token_bytes(16 * _POOL)
        _pool.extend(bits[n : n + 16] for n in range(0, len(bits), 16))
    return int.from_bytes(_pool.pop(), "big")


def letters(count: int, alphabet: str = ALPHANUMERIC) -> str:
    """`count` letters of `alphabet` from the system's randomness."""
    return "".join(_random.choices(alphabet, k=count))


_boot = secrets.token_hex(6)
_calls = itertools.count(1)


def request_id() -> str:
    """Unique, and no secret: this process's letters and a count."""
    return f"req_{_boot}{next(_calls):08x}"
