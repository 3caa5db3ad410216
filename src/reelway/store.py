"""The contract of a store: durable rows, as named operations.

A store is open to one process at a time. Writes are awaited: when they return, they are on the
disk. Every operation that names an owner answers for another owner's rows as for none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from reelway.resource import Resource, ResourceKind
from reelway.task import Draft, Event, Key, Owner, Role, Status, Task


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


class Store(Protocol):
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
    ) -> Key: ...

    async def key(self, digest: bytes) -> Key | None:
        """The key by the SHA-256 of its secret, revoked ones too."""

    async def keys(self) -> list[Key]: ...

    async def revoke_key(self, prefix: str, now: int) -> Key | None:
        """Revoke the one key of that prefix; None where there is none, or it is revoked already."""

    # tasks
    async def create(self, draft: Draft, once: Once | None = None) -> Task | Replay:
        """Insert the task, its first event, its assets' uses and its idempotency row in one
        transaction; or, where the owner's key is known, return what was answered before.
        Raises Overloaded when too many writes are waiting."""

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

    async def move(
        self,
        task: Task,
        to: Status,
        now: int,
        changes: Mapping[str, Any] | None = None,
        assets: Sequence[tuple[str, str]] = (),
    ) -> Task | None:
        """Move `task` from its status and attempt to `to`, set `changes` (columns of Task), and
        write the event, in one transaction. None: the row is no longer in that status and
        attempt, and nothing was written. Raises ValueError for a move that is not allowed."""

    async def note(self, task: Task, changes: Mapping[str, Any]) -> Task | None:
        """Set columns without a change of status, where status and attempt still hold."""

    async def set_poster(self, task_id: int, sha256: str) -> None:
        """Name the kept poster of a task, and count the task among the asset's uses."""

    async def delete_task(self, owner_id: int, public_id: str) -> Sequence[str] | None:
        """Delete a task that is over; the assets that nothing uses any more (their rows are gone,
        the caller removes the files). None: unknown. Raises Conflict if it is not over."""

    async def events(self, task_id: int, after: int = 0) -> list[Event]: ...

    async def counts(self) -> Mapping[Status, int]: ...

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
