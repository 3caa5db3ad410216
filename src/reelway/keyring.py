"""Making, listing and revoking API keys, and their budgets: the same acts from the command line
and the server. Who did what is written down: `actor` is "command line (uid 1000)", or "key rw_…"
(its prefix).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from reelway.errors import InvalidRequest, UnknownTask
from reelway.folder import Folder, foreign, write_secret
from reelway.keys import PREFIX_LENGTH, digest, mint_key
from reelway.means import now
from reelway.money import MOST_AMOUNT, NO_BUDGET, SPANS, Budget, is_amount
from reelway.store import Store

LOCAL_OWNER = "local"  # the first owner, an admin
LONGEST_DEDUPE = 24 * 3600  # seconds; idempotency rows are kept for two days
LONGEST_NAME = 100  # characters
MOST_AUDITS = 1000


async def create_key(
    store: Store, name: str, owner: str, dedupe_seconds: int = 0, budget: Budget = NO_BUDGET
) -> str:
    """A new key for `owner`, who is made with role user where there is none; `local` is the admin.
    The key is returned this once. Raises InvalidRequest for a bad name or span."""
    if not 0 <= dedupe_seconds <= LONGEST_DEDUPE:
        raise InvalidRequest(
            f"dedupe_seconds must be between 0 and {LONGEST_DEDUPE}", field="dedupe_seconds"
        )
    for field, value in (("name", name), ("owner", owner)):
        if not value.strip() or len(value) > LONGEST_NAME or not value.isprintable():
            raise InvalidRequest(f"{field} must have 1 to {LONGEST_NAME} letters", field=field)
    at = now()
    row = await store.ensure_owner(owner, "admin" if owner == LOCAL_OWNER else "user", at)
    secret = mint_key()
    prefix = secret[:PREFIX_LENGTH]
    await store.add_key(row.id, name, digest(secret), prefix, at, dedupe_seconds, budget)
    return secret


async def list_keys(store: Store) -> list[dict[str, Any]]:
    return [
        {
            "prefix": k.prefix,
            "name": k.name,
            "owner": k.owner,
            "role": k.role,
            "created_at": k.created_at,
            "revoked_at": k.revoked_at,
            "dedupe_seconds": k.dedupe_seconds,
            "budget": asdict(k.budget),
        }
        for k in await store.keys()
    ]


async def revoke_key(store: Store, prefix: str) -> str:
    """Revoke the key of that prefix (or the whole key). Raises UnknownTask where there is none."""
    key = await store.revoke_key(prefix[:PREFIX_LENGTH], now())
    if key is None:
        raise UnknownTask(f"no key in use starts with {prefix[:PREFIX_LENGTH]}", field="prefix")
    return key.prefix


async def set_budget(
    store: Store, prefix: str, changes: Mapping[str, int | None]
) -> dict[str, Any]:
    """Raises UnknownTask where there is no key of that prefix."""
    key = await store.set_budget(prefix[:PREFIX_LENGTH], changes)
    if key is None:
        raise UnknownTask(f"no key starts with {prefix[:PREFIX_LENGTH]}", field="prefix")
    return {"prefix": key.prefix, "budget": asdict(key.budget)}


def _budget(given: object) -> dict[str, int | None]:
    """Amounts by the names in Budget. Raises InvalidRequest."""
    if not isinstance(given, Mapping) or given.keys() - set(SPANS):
        raise InvalidRequest(f"budget must have some of {', '.join(SPANS)}", field="budget")
    for span, amount in given.items():
        if amount is not None and not is_amount(amount):
            raise InvalidRequest(
                f"budget.{span} must be whole micro-units, at most {MOST_AMOUNT}, or null",
                field=f"budget.{span}",
            )
    return dict(given)


async def ensure_local_key(store: Store, folder: Folder) -> None:
    """The first start's owner and key; the local command line reads the key from the folder. One
    that this database has never seen opens nothing (a backup was put back), and is made anew.
    Raises FolderUnusable for one that cannot be read or written."""
    await store.ensure_owner(LOCAL_OWNER, "admin", now())
    file = folder.local_key
    try:
        if not file.exists() or await store.key(digest(file.read_text().strip())) is None:
            write_secret(file, await create_key(store, "local", LOCAL_OWNER) + "\n")
    except (PermissionError, IsADirectoryError) as error:
        raise foreign(error, folder.root) from None


async def act(store: Store, order: Mapping[str, Any], actor: str) -> Any:
    """Carry out an order from the control socket or the command line, and write down what changed.
    Raises ReelwayError as the acts above do, InvalidRequest for an unknown one."""
    match order.get("do"):
        case "keys.create":
            span = order.get("dedupe_seconds", 0)
            if not isinstance(span, int):
                raise InvalidRequest("dedupe_seconds must be whole", field="dedupe_seconds")
            name, owner = str(order.get("name", "")), str(order.get("owner", ""))
            limits = _budget(order.get("budget", {}))
            secret = await create_key(store, name, owner, span, Budget(**limits))
            told = {"name": name, "owner": owner, "dedupe_seconds": span}
            told |= {"budget": limits} if limits else {}
            await store.audit(actor, "key.create", secret[:PREFIX_LENGTH], told, now())
            return secret
        case "keys.list":
            return await list_keys(store)
        case "keys.budget":
            changes = _budget(order.get("budget"))
            result = await set_budget(store, str(order.get("prefix", "")), changes)
            await store.audit(actor, "key.budget", result["prefix"], changes, now())
            return result
        case "keys.revoke":
            prefix = await revoke_key(store, str(order.get("prefix", "")))
            await store.audit(actor, "key.revoke", prefix, {}, now())
            return prefix
        case "audit.list":
            return await _audits(store, order)
        case other:
            raise InvalidRequest(f"unknown order {other!r}", field="do")


async def _audits(store: Store, order: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Newest first."""
    limit, before = order.get("limit", 50), order.get("before")
    if not isinstance(limit, int) or not 1 <= limit <= MOST_AUDITS:
        raise InvalidRequest(f"limit must be between 1 and {MOST_AUDITS}", field="limit")
    if before is not None and not isinstance(before, int):
        raise InvalidRequest("before must be the id of an entry", field="before")
    return [asdict(entry) for entry in await store.audits(limit, before)]
