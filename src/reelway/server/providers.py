"""GET /api/v1/providers and POST /api/v1/providers/reload, for an admin's key."""

from __future__ import annotations

import re

from reelway.errors import KeyRefused
from reelway.reload import BadSettings, reload
from reelway.server.asked import Asked
from reelway.server.estimate import supply_of
from reelway.server.http import Out, out
from reelway.standing import standings

PATH = re.compile(r"(?<![\w.:/])/[^\s'\":;,()]+")


async def list_all(asked: Asked) -> Out:
    _check_admin(asked)
    return out(supply_of(asked.wire).write_standings(await standings(asked.means)))


async def read_again(asked: Asked) -> Out:
    _check_admin(asked)
    try:
        changes = await reload(asked.means, f"key {asked.key.prefix}")
    except BadSettings as error:  # a path of this machine is for the log and the command line
        raise BadSettings(PATH.sub("the file", error.message)) from None
    return out(supply_of(asked.wire).write_changes(changes))


def _check_admin(asked: Asked) -> None:
    if asked.key.role != "admin":
        raise KeyRefused("providers are for an admin's key")
