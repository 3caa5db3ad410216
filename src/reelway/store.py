"""The contract of a store: durable rows, as named operations.

A store is open to one process at a time. Writes are awaited: when they return, they are on the
disk. Every operation that names an owner answers for another owner's rows as for none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from reelway.ledger import Ledger
from reelway.money import NO_BUDGET, Budget
from reelway.resource import Resource, ResourceKind
from reelway.task import Draft, Event, Key, Owner, Role, Status, Task
from reelway.webhook import Delivery, DeliveryListing, Endpoint, Try


@dataclass(frozen=True, kw_only=True)
class Replay:
    """An earlier create under the same idempotency key: what it was and what was answered."""

    fingerprint: bytes  # SHA-256
    public_id: str
    status: int
    body: bytes
    created_at: int = field(default=0, compare=False)  # UTC milliseconds


@dataclass(frozen=True, kw_only=True)
class Once:
    """An idempotency key with the request's fingerprint and the answer to store under it."""

    key: str
    fingerprint: bytes
    status: int
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Asset:
    """A kept file. `kind` is a media type such as image/png or video/mp4."""

    sha256: str
    kind: str
    size: int  # bytes
    info: Mapping[str, Any]
    created_at: int


@dataclass(frozen=True, kw_only=True)
class Due:
    """What the clock asks for: unfinished tasks to cancel, queued ones whose deadline has passed,
    and queued ones whose rest is over."""

    cancel: Sequence[Task] = ()
    overdue: Sequence[Task] = ()
    rested: Sequence[Task] = ()


@dataclass(frozen=True, kw_only=True)
class Audit:
    """One act of somebody with power over others."""

    id: int
    at: int
    actor: str
    act: str
    subject: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What a look at a store from outside has found; nothing was changed by it."""

    schema: int
    newest: int  # schema that this program knows
    damage: tuple[str, ...] = ()  # in the store's own words
    files: int = 0  # kept ones, by the rows
    seen: int = 0  # of them, within the time
    missing: tuple[str, ...] = ()  # names of kept files that are not there
    odd: tuple[str, ...] = ()  # and of those of another size than their row's
    films: int = 0  # tasks whose film is among those
    sealed: tuple[bytes, ...] = ()  # what the database keeps sealed
    last_at: int | None = None  # of the newest row
    hurried: bool = False  # time was up before the rows were looked through


@dataclass(frozen=True, kw_only=True)
class Removed:
    """What went because it was old, or would go."""

    tasks: int = 0
    films: int = 0  # of tasks that stay
    deliveries: int = 0
    files: int = 0  # that nothing uses any more
    bytes: int = 0  # of them


@dataclass(frozen=True, kw_only=True)
class Load:
    """How much there is to do, and what writing has done since the store was opened."""

    queued: int
    running: int
    oldest_queued_at: int | None  # accepted then
    deliveries: int  # pending
    oldest_delivery_at: int | None  # made then
    writes_waiting: int
    writes: int
    commits: int  # each of one or more writes


class Hooks(Protocol):
    """Who is told of tasks, and what became of the telling. The deliveries themselves are written
    by `create` and `move`, in the transaction of the status."""

    async def add_endpoint(self, endpoint: Endpoint, sealed: bytes, most: int) -> Endpoint | None:
        """With its first signing secret. None: its owner has `most` already."""

    async def endpoint(self, owner_id: int, public_id: str) -> Endpoint | None: ...

    async def endpoints(self, owner_id: int) -> list[Endpoint]: ...

    async def change_endpoint(
        self, owner_id: int, public_id: str, changes: Mapping[str, Any]
    ) -> Endpoint | None:
        """Set url, wire, events, description, disabled_at or disabled_why. Pending deliveries go to
        the new address; there are none to one that is disabled."""

    async def delete_endpoint(self, owner_id: int, public_id: str) -> bool:
        """With its secrets and deliveries."""

    async def secrets(self, owner_id: int, endpoint_id: int | None, now: int) -> list[bytes]:
        """The sealed signing secrets that are good now, the newest first: of the endpoint, or of
        the owner (None), for addresses that requests name."""

    async def add_secret(
        self,
        owner_id: int,
        endpoint_id: int | None,
        sealed: bytes,
        now: int,
        until: int,
        first: bool = False,
    ) -> None:
        """A new secret; those before it are good `until` then at the latest, and two at most. With
        `first`, only where there is none yet."""

    async def pending_deliveries(self, *, after: int = 0, limit: int = 1000) -> list[Delivery]:
        """By internal id, which grows with every commit: what is new lies after what is known."""

    async def pending_delivery(self, id: int) -> Delivery | None:
        """By internal id, where it is pending still."""

    async def delivery(self, owner_id: int, public_id: str) -> Delivery | None: ...

    async def deliveries(self, owner_id: int, wanted: DeliveryListing) -> list[Delivery]:
        """Newest first. Raises UnknownTask where `after` is unknown."""

    async def tries(self, delivery_id: int) -> list[Try]: ...

    async def tried(
        self,
        delivery: Delivery,
        outcome: Try,
        status: str,
        next_at: int,
        disable: str | None = None,
    ) -> int:
        """Write the try down, and what becomes of the delivery: `status` delivered or failed is
        its end, pending is tried again at `next_at`. `disable` says why its endpoint gets no more,
        which ends the endpoint's other deliveries too; how many of those there were."""

    async def redeliver(self, owner_id: int, public_id: str, now: int) -> Delivery | None:
        """Pending again, from the first try and to the endpoint's present address; None:
        unknown."""

    async def tell_again(self, endpoint: Endpoint, since: int, now: int, most: int) -> int:
        """Of what the endpoint asks for and has happened since then: its failed deliveries are
        pending again, and tasks whose end it was not told of have one now; how many, `most` of
        each. The oldest first."""

    async def pending(self) -> tuple[int, int | None]:
        """How many deliveries are pending, and when the oldest was made."""

    async def forget_deliveries(self, before: int) -> int:
        """Those that ended, made before then, with their tries; how many."""


class Store(Hooks, Ledger, Protocol):
    async def open(self) -> None:
        """Migrate and be ready. Raises StoreRefused on a newer or unusable database."""

    async def close(self) -> None: ...

    # owners and keys
    async def ensure_owner(self, name: str, role: Role, now: int) -> Owner:
        """The owner of that name; made with `role` where there is none yet."""

    async def add_key(
        self,
        owner_id: int,
        name: str,
        digest: bytes,
        prefix: str,
        now: int,
        dedupe_seconds: int = 0,
        budget: Budget = NO_BUDGET,
    ) -> Key: ...

    async def key(self, digest: bytes) -> Key | None:
        """The key by the SHA-256 of its secret, revoked ones too."""

    async def keys(self) -> list[Key]: ...

    async def revoke_key(self, prefix: str, now: int) -> Key | None:
        """Revoke the one key of that prefix; None where there is none, or it is revoked already."""

    # tasks
    async def create(self, draft: Draft, once: Once | None = None) -> Task | Replay:
        """Insert the task, its first event, its assets' uses and its idempotency row in one
        transaction, and hold its price; or, where the owner's key is known, return what was
        answered before. Raises BudgetExhausted, and Overloaded when too many writes are waiting."""

    async def replay(self, owner_id: int, key: str) -> Replay | None: ...

    async def task(self, id: int) -> Task | None: ...

    async def find_task(self, owner_id: int | None, public_id: str) -> Task | None:
        """The owner's task of that id; of any owner where None, for signed links alone."""

    async def tasks(
        self,
        owner_id: int,
        *,
        limit: int,
        after: str | None = None,
        status: str | None = None,
        model: str | None = None,
    ) -> list[Task]:
        """Newest first; `after` is the public id of the last task of the page before (an unknown
        one raises UnknownTask). `model` is the family."""

    async def unfinished(self, *, after: int = 0, limit: int = 1000) -> list[Task]:
        """Tasks that are queued or running, by internal id, for the reconcile pass."""

    async def late(self, *, after: int = 0, limit: int = 1000) -> list[Task]:
        """Likewise those in the stage late: over, and looked after still."""

    async def move(
        self,
        task: Task,
        to: Status,
        now: int,
        changes: Mapping[str, Any] | None = None,
        assets: Sequence[tuple[str, str]] = (),
        *,
        hold: bool = False,
    ) -> Task | None:
        """Move `task` from its status and attempt to `to`, set `changes` (columns of Task), and
        write the event, in one transaction. None: the row is no longer in that status and
        attempt, and nothing was written. Raises ValueError for a move that is not allowed. An end
        lets go of what is held (see `ledger`); with `hold` failed and cancelled do not, for it is
        not known whether there is something to pay."""

    async def note(self, task: Task, changes: Mapping[str, Any]) -> Task | None:
        """Set columns without a change of status, where status and attempt still hold."""

    async def set_poster(self, task_id: int, sha256: str) -> None:
        """Name the kept poster of a task, and count the task among the asset's uses."""

    async def delete_task(self, owner_id: int, public_id: str) -> Sequence[str] | None:
        """Delete a task that is over; the assets that nothing uses any more (their rows are gone,
        the caller removes the files). None: unknown. Raises Conflict if it is not over."""

    async def events(self, task_id: int, after: int = 0) -> list[Event]: ...

    async def owner_events(self, owner_id: int, after: int, limit: int) -> list[Event]: ...

    async def events_after(self, after: int, limit: int) -> list[Event]:
        """Of every owner, in order of id, which is the order of the commits."""

    async def last_event(self) -> int:
        """The newest event's id; 0 where there is none."""

    # time
    async def due(self, now: int, limit: int = 500) -> Due: ...

    async def last_films(self, limit: int) -> list[Task]:
        """The tasks whose films came last."""

    # upkeep
    async def ended_before(self, before: int, limit: int) -> list[tuple[int, str]]:
        """(owner, public id) of tasks that ended before then."""

    async def films_before(self, before: int, limit: int) -> list[tuple[int, str]]:
        """(internal, public id) of tasks that ended before then and have their film still."""

    async def drop_film(self, task_id: int, now: int) -> Sequence[str] | None:
        """Forget film and poster of a task that is over, which stays; the assets that nothing uses
        any more. None: it has no film."""

    async def going(self, *, tasks: int, films: int, deliveries: int, unused: int) -> Removed:
        """What would go if all that is older than these times went."""

    async def audit(
        self, actor: str, act: str, subject: str, data: Mapping[str, Any], now: int
    ) -> None: ...

    async def audits(self, limit: int, before: int | None = None) -> list[Audit]:
        """Newest first."""

    async def backup(self, target: Path) -> Mapping[str, int]:
        """A consistent copy of the database as it is now; its schema's number, and how many tasks
        of each status are in it. Raises FileExistsError, OSError."""

    async def files_of(self, copy: Path, *, after: str, limit: int) -> list[tuple[str, int]]:
        """(SHA-256, bytes) of the files that a copy names, in order of the names."""

    async def counts(self) -> Mapping[Status, int]:
        """Of every task there is: it takes the longer the more there are."""

    async def load(self) -> Load:
        """However many tasks have ended, it takes no longer."""

    # assets
    async def add_asset(self, asset: Asset) -> None:
        """Idempotent."""

    async def asset(self, sha256: str) -> Asset | None: ...

    # resources
    async def add_resource(
        self, resource: Resource, assets: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Insert it with its uses of assets, (role, SHA-256); idempotent by public id."""

    async def resource(
        self, owner_id: int, kind: ResourceKind, public_id: str
    ) -> Resource | None: ...

    async def resources(
        self, owner_id: int, kind: ResourceKind, *, limit: int, after: str | None = None
    ) -> list[Resource]:
        """Newest first; `after` as in `tasks`."""

    async def delete_resource(
        self, owner_id: int, kind: ResourceKind, public_id: str
    ) -> Sequence[str] | None:
        """The assets that nothing uses any more, as `delete_task`. None: unknown."""

    async def sweep(self, *, once_before: int, assets_before: int) -> Sequence[str]:
        """Forget idempotency rows older than `once_before`, and assets older than `assets_before`
        that no task uses; the names of those, whose files the caller removes."""
