"""Orders: what the command line asks of a running server, or does itself where none runs.

    keys.create  keys.list  keys.budget  keys.revoke  audit.list     see `keyring`
    sweep        {"dry_run"}                            what is old goes at once
    usage        see `usage.query_of`                   of all owners
    task.resolve {"id", "receipt"}                      what a vendor has of it; null: nothing
    backup       {"target", "files", "settings"}        a copy of the data folder
    providers.list   providers.reload                   how they stand; the settings read again

Acts of power are written down with who did them: "command line (uid 1000)".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from reelway import keyring
from reelway.backup import backup
from reelway.errors import Internal, InvalidRequest, shortage
from reelway.folder import Folder
from reelway.means import Means
from reelway.reload import reload
from reelway.resolve import resolve
from reelway.retain import retain, would_retain
from reelway.standing import standings
from reelway.supply import Standing
from reelway.usage import query_of, usage

# They need more than the database.
ON_FOLDER = frozenset(
    {"task.resolve", "sweep", "backup", "usage", "providers.list", "providers.reload"}
)


async def act(order: Mapping[str, Any], actor: str, means: Means, folder: Folder) -> Any:
    """Raises ReelwayError, in words for who gave the order."""
    match order.get("do"):
        case "task.resolve":
            return await _resolve(order, actor, means)
        case "sweep":
            return await _sweep(order, actor, means)
        case "backup":
            return await _backup(order, actor, means, folder)
        case "usage":
            return await usage(query_of(order), None, means)
        case "providers.list":
            return [_told(one) for one in await standings(means)]
        case "providers.reload":
            return asdict(await reload(means, actor))
        case _:
            return await keyring.act(means.store, order, actor)


def _told(one: Standing) -> dict[str, Any]:
    return {**asdict(one), "errors": [{"at": at, "message": words} for at, words in one.errors]}


async def _resolve(order: Mapping[str, Any], actor: str, means: Means) -> dict[str, Any]:
    receipt = order.get("receipt")
    if receipt is not None and not isinstance(receipt, str):
        raise InvalidRequest("receipt must be a text", field="receipt")
    task = await resolve(str(order.get("id", "")), receipt, actor, means)
    return {"id": task.public_id, "status": task.status, "stage": task.stage}


async def _sweep(order: Mapping[str, Any], actor: str, means: Means) -> dict[str, int]:
    if order.get("dry_run"):
        return asdict(await would_retain(means))
    removed = asdict(await retain(means))
    await means.store.audit(actor, "sweep", "", removed, means.now())
    return removed


async def _backup(
    order: Mapping[str, Any], actor: str, means: Means, folder: Folder
) -> dict[str, Any]:
    target, settings = Path(str(order.get("target", ""))), order.get("settings")
    if not target.is_absolute() or not target.name:
        raise InvalidRequest("target must be the whole path of a new folder", field="target")
    try:
        about = await backup(
            target,
            means,
            folder,
            files=bool(order.get("files", True)),
            settings=Path(settings) if isinstance(settings, str) else None,
        )
    except OSError as error:
        raise shortage(error) or Internal(
            f"the copy could not be made: {error.strerror}: {error.filename or target}"
        ) from error
    told = {name: about[name] for name in ("files", "bytes", "with_files")}
    told["damaged"] = len(about["damaged"])
    await means.store.audit(actor, "backup", str(target), told, means.now())
    return about
