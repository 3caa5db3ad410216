"""A call, with whose it is and what it works on: what every operation is given."""

from __future__ import annotations

from dataclasses import dataclass

from reelway.means import Means
from reelway.task import Key
from reelway.wire import Call, Wire


@dataclass(frozen=True, kw_only=True)
class Asked:
    wire: Wire
    call: Call
    raw: bytes
    key: Key
    base: str | None  # where the caller reached us, if that is a host we trust
    means: Means
