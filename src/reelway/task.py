"""What becomes of a request: the durable task, its allowed moves, and what is told of it.

    queued ──> running ──> succeeded
      │  ^        │ ├────> failed
      │  └────────┘ └────> cancelled        (running → queued raises the attempt)
      └──> failed | cancelled

Terminal is terminal. A status is written only "where it is still what I think it is".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from reelway.money import NO_BUDGET, Budget, Cost
from reelway.request import VideoRequest

Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]
# Inside running; "ambiguous" and "late" only at a vendor: nobody knows whether it has accepted, and
# it may have something still for a task that is over.
Stage = Literal["submitting", "submitted", "storing", "ambiguous", "late"]
Role = Literal["admin", "user"]

STATUSES: tuple[Status, ...] = ("queued", "running", "succeeded", "failed", "cancelled")
MOVES: Mapping[Status, frozenset[Status]] = {
    "queued": frozenset({"running", "failed", "cancelled"}),
    "running": frozenset({"succeeded", "failed", "cancelled", "queued"}),
    "succeeded": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}
TERMINAL: frozenset[Status] = frozenset(s for s, to in MOVES.items() if not to)
LEAST_PRIORITY, MOST_PRIORITY = -100, 100
LONGEST_TERM = 30 * 24 * 3600  # seconds
MOST_DEATHS = 3  # of the engine's child, without getting further than before


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Why a task failed, in words that may be told to its owner."""

    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Task:
    """A row of `tasks`. Times are UTC milliseconds."""

    id: int
    public_id: str
    owner_id: int
    key_id: int | None
    wire: str
    model_asked: str  # the name in the caller's words
    request: VideoRequest
    status: Status = "queued"
    stage: Stage | None = None
    attempt: int = 1
    engine: str | None = None
    receipt: Mapping[str, Any] | None = None
    report: Mapping[str, Any] = field(default_factory=dict)
    error: Fault | None = None
    deaths: int = 0  # of the engine's child since it last got further
    furthest: int = 0  # per cent
    film: str | None = None  # SHA-256 of the asset
    film_info: Mapping[str, Any] = field(default_factory=dict)  # as probed
    poster: str | None = None
    voice: str | None = None  # public id of the voice that it made
    base_url: str | None = None  # of the creating request's trusted host
    priority: int = 0  # greater goes first, inside one owner
    start_by: int | None = None  # queued, it fails after it
    cancel_at: int | None = None  # unfinished, it is cancelled then
    next_at: int | None = None  # queued, it is not begun before it
    rests: int = 0  # in a row, for reasons of the moment
    accepted_at: int = 0
    started_at: int | None = None
    stored_at: int | None = None
    finished_at: int | None = None
    notified_at: int | None = None
    film_dropped_at: int | None = None
    provider: str | None = None  # the account that makes it, or is to
    reserved: int | None = None  # held now, in micro-units; None: never any
    cost: int | None = None  # micro-units, once it is settled
    currency: str | None = None

    @property
    def over(self) -> bool:
        return self.status in TERMINAL

    def late(self, now: int) -> bool:
        """Whether it has not begun by its deadline, which one attempt is enough to keep; but at a
        provider none, as what is queued again is proven not to have begun there."""
        waits = self.status == "queued" and (self.attempt == 1 or self.provider is not None)
        return waits and self.start_by is not None and self.start_by <= now


@dataclass(frozen=True, kw_only=True)
class Terms:
    """When a task is wanted, beside what is wanted. Spans are seconds from its acceptance."""

    priority: int = 0  # LEAST_PRIORITY–MOST_PRIORITY; greater goes first, inside one owner
    deadline: int | None = None  # it must have begun by then, else it fails
    cancel_after: int | None = None  # unfinished by then, it is cancelled


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A task that is about to be accepted."""

    public_id: str
    owner_id: int
    key_id: int | None
    wire: str
    model_asked: str
    request: VideoRequest
    body: bytes  # the raw body, inline images replaced by asset references
    report: Mapping[str, Any]
    base_url: str | None
    accepted_at: int
    engine: str | None = None  # that will make it, as things stand
    assets: tuple[tuple[str, str], ...] = ()  # (role, SHA-256)
    priority: int = 0
    start_by: int | None = None
    cancel_at: int | None = None
    next_at: int | None = None  # it is not begun before it
    provider: str | None = None  # the account that is to make it
    price: int | None = None  # micro-units to be held; None, 0: it is free


@dataclass(frozen=True, kw_only=True)
class Event:
    """A row of `events`: one status change. `v` is the version of `data`."""

    id: int
    task_id: int
    owner_id: int
    at: int
    status: Status
    attempt: int
    v: int = 1
    data: Mapping[str, Any] = field(default_factory=dict)
    task: str = ""  # its public id


@dataclass(frozen=True, kw_only=True)
class Owner:
    id: int
    name: str
    role: Role
    created_at: int


@dataclass(frozen=True, kw_only=True)
class Key:
    """An API key; of its secret only the SHA-256 is kept. `prefix` is what people tell it by."""

    id: int
    owner_id: int
    owner: str
    role: Role
    name: str
    prefix: str
    created_at: int
    revoked_at: int | None = None
    dedupe_seconds: int = 0  # an equal request within them is the same request; 0: never
    budget: Budget = NO_BUDGET


@dataclass(frozen=True, kw_only=True)
class View:
    """What a wire tells of a task, and what it reads of one at a vendor.

    Links are absolute. `progress` is whole per cent, `eta` whole seconds left, times UTC
    milliseconds. Read from a vendor, what the vendor does not say is at its default.
    """

    id: str
    status: Status
    wire: str = ""
    model: str = ""  # family
    model_asked: str = ""
    request: VideoRequest = field(default_factory=VideoRequest)
    progress: int = 0
    eta: int = 0
    attempt: int = 1
    engine: str | None = None
    error: Fault | None = None
    report: Mapping[str, Any] = field(default_factory=dict)
    film: Mapping[str, Any] = field(default_factory=dict)  # width, height, duration, bytes, …
    film_url: str | None = None
    film_expires_at: int | None = None
    film_dropped_at: int | None = None  # kept for its time: there is no link any more
    poster_url: str | None = None
    caption_urls: Mapping[str, str] = field(default_factory=dict)  # "vtt" and "srt", of dialogue
    voice_id: str | None = None  # of a voice that was made
    position: int | None = None  # queued: how many go before it
    cost: Cost | None = None  # None: it is free
    priority: int = 0
    start_by: int | None = None
    cancel_at: int | None = None
    accepted_at: int = 0
    started_at: int | None = None
    stored_at: int | None = None
    finished_at: int | None = None
    notified_at: int | None = None
