"""Orders: what the command line asks of a running server, or does itself where none runs.

    keys.create  keys.list  keys.revoke  audit.list     see `keyring`
    sweep        {"dry_run"}                            what is old goes at once
    backup       {"target", "files", "settings"}        a copy of the data folder

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
from reelway.retain import retain, would_retain

ON_FOLDER = frozenset({"sweep", "backup"})  # they need more than the database


async def act(order: Mapping[str, Any], actor: str, means: Means, folder: Folder) -> Any:
    """Raises ReelwayError, in words for who gave the order."""
    match order.get("do"):
        case "sweep":
            return await _sweep(order, actor, means)
        case "backup":
            return await _backup(order, actor, means, folder)
        case _:
            return await keyring.act(means.store, order, actor)


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
