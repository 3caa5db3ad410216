"""The contract of calls about who could make a film, and for what.

    Quote        what an order would meet: price, who gets it, how long it waits
    Bid          one candidate in it, with every reason against it
    Preview      what it would look like, small
    Standing     how a provider stands
    Changes      what a reload came to
    SupplyWords  the calls in a wire's words ⇄ ours

Most vendors have no such calls: their wires have None for `Wire.supply`, and no route with one of
these operations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from reelway.wire import Reading, Reply

SupplyOperation = Literal["estimate", "preview", "provider_list", "provider_reload"]

# cannot: it is not able to make this film, or another provider was asked for; unhealthy: it failed
# again and again, and is left alone for now; full: none of its slots is free; dearer, later:
# another one goes before it by price, or by order or weight.
Objection = Literal["cannot", "unhealthy", "full", "dearer", "later"]


# removed: from the settings, and its open tasks are followed still; missing: tasks of a provider by
# that name are open, and the settings had none since the last start.
StandingState = Literal["serving", "removed", "missing"]


@dataclass(frozen=True, kw_only=True)
class Bid:
    """A candidate. `price` in micro-units for the whole film; None: not known."""

    name: str
    provider: bool  # else it is an engine of our own
    price: int | None
    reasons: Mapping[Objection, str] = field(default_factory=dict)  # in words for the caller
    share: float | None = None  # of such orders that are drawn for it; None: nothing is drawn


@dataclass(frozen=True, kw_only=True)
class Quote:
    """`position`, `wait` and `eta` as those of a task; None where nobody can make it, or where it
    is not known."""

    bids: Sequence[Bid]
    chosen: Bid | None
    position: int | None = None  # how many go before it; 0: it is next
    wait: int | None = None  # seconds until it begins
    eta: int | None = None  # seconds until it is done


@dataclass(frozen=True, kw_only=True)
class Preview:
    """`film`: an MP4 without sound."""

    engine: str
    film: bytes
    size: tuple[int, int]  # pixels
    report: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """No key, and nothing of an address but scheme, host and port."""

    name: str
    state: StandingState
    wire: str = ""
    address: str = ""
    models: Sequence[str] = ()
    breaker: Literal["closed", "open", "half_open"] = "closed"
    breaker_since: int | None = None  # when it opened, UTC milliseconds
    probe_in: float = 0.0  # seconds until it is tried again
    slots: int = 0  # by the settings
    open: int = 0  # of them, just now
    busy: int = 0  # tasks that it works on
    waiting: int = 0  # tasks that it may get
    spent_today: int = 0  # micro-units, settled
    spent_month: int = 0
    errors: Sequence[tuple[int, str]] = ()  # UTC milliseconds, words; the newest first


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What a reload came to, by names: of providers, and of settings that wait for a restart."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    hosted: bool = False  # whether [hosted] is another one
    restart: tuple[str, ...] = ()


class SupplyWords(Protocol):
    def write_quote(self, reading: Reading, quote: Quote) -> Reply: ...

    def write_preview(self, reading: Reading, preview: Preview) -> Reply: ...

    def write_standings(self, standings: Sequence[Standing]) -> Reply: ...

    def write_changes(self, changes: Changes) -> Reply: ...
