"""The operations that write, as the writer runs them: plain functions over its connection.

All that can be worked out beforehand comes in ready, so that the transaction is short. Each may be
run twice, and does nothing but through the connection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import apsw

from reelway.errors import Conflict
from reelway.stores.sqlite import money
from reelway.stores.sqlite.rows import RESERVED, Row
from reelway.stores.sqlite.statements import SQL, one
from reelway.task import TERMINAL
from reelway.webhook import MOST_TRIES, OVER, Delivery, Try, WebhookEvent

END_OF_TIME = 2**63 - 1


class Telling(NamedTuple):
    """A change of status that somebody may want to be told of; `url` where the request names it."""

    event: WebhookEvent
    at: int
    owner_id: int
    url: str | None
    wire: str


def ensure_owner(db: apsw.Connection, name: str, role: str, now: int) -> Row:
    db.execute(SQL["add_owner"], (name, role, now))
    row = one(db, "owner", (name,))
    assert row
    return row


def add_key(db: apsw.Connection, values: Row, prefix: str) -> Row:
    db.execute(SQL["add_key"], values)
    row = one(db, "key_by_prefix", (prefix,))
    assert row
    return row


def revoke_key(db: apsw.Connection, prefix: str, now: int) -> Row | None:
    db.execute(SQL["revoke_key"], (now, prefix))
    return one(db, "key_by_prefix", (prefix,)) if db.changes() else None


def create(
    db: apsw.Connection,
    task: Row,
    owner_id: int,
    now: int,
    assets: Sequence[tuple[str, str]],
    once: Row | None,
    price: money.Price | None,
) -> int | Row:
    """The id of the new task, or the row of `replay` where the owner's key is known."""
    if once and (known := one(db, "replay", once[:2])):
        return known
    if price:
        money.check(db, price.whose, price.amount)
    db.execute(SQL["add_task"], task)
    id = db.last_insert_rowid()
    db.execute(SQL["add_event"], (id, owner_id, now, "queued", 1, "{}"))
    _tell_endpoints(db, (id, "task.created", now, owner_id))
    _use(db, id, assets)
    if price:
        money.reserve(db, price.whose._replace(task_id=id), price, now)
    if once:
        db.execute(SQL["add_replay"], once)
    return id


def change(
    db: apsw.Connection,
    guard: tuple[int, str, int],
    columns: Mapping[str, Any],
    assets: Sequence[tuple[str, str]],
    event: Row | None,
    told: Telling | None,
    end: money.End | None,
) -> Row | None:
    """Set `columns` where id, status and attempt are still those of `guard`."""
    names = ", ".join(f"{name} = ?" for name in sorted(columns))
    sql = SQL["change_task"].replace("{changes}", names)
    values = [columns[name] for name in sorted(columns)]
    found = db.execute(sql, (*values, *guard)).fetchall()
    if not found:
        return None
    _use(db, guard[0], assets)
    if event:
        db.execute(SQL["add_event"], event)
    if told:
        _tell(db, guard[0], told)
    row: Row = found[0]
    if end and (row[RESERVED] or end.cost):
        return money.close(db, row[RESERVED] or 0, end)
    return row


def _tell(db: apsw.Connection, task_id: int, told: Telling) -> None:
    """Write the deliveries of a change."""
    values = (task_id, told.event, told.at, told.owner_id)
    _tell_endpoints(db, values)
    if told.url:
        db.execute(SQL["tell_address"], (*values, told.url, told.wire))


def _tell_endpoints(db: apsw.Connection, values: tuple[int, str, int, int]) -> None:
    """Asked first: to open the table of deliveries and its indexes for nothing takes half as long
    as the whole create."""
    if one(db, "has_endpoint", values[3:]):
        db.execute(SQL["tell_endpoints"], values)


def set_poster(db: apsw.Connection, id: int, sha256: str) -> None:
    db.execute(SQL["set_poster"], (sha256, id))
    if db.changes():  # else the task was deleted meanwhile
        _use(db, id, [("poster", sha256)])


def delete_task(db: apsw.Connection, owner_id: int, public_id: str) -> list[str] | None:
    """Its events and its uses of assets go with it."""
    row = one(db, "task_state", (public_id, owner_id))
    if not row:
        return None
    id, status = row
    if status not in TERMINAL:
        raise Conflict(f"the task is {status}; cancel it first")
    if one(db, "is_held", (id,)):
        raise Conflict("money is held for the task: its provider has not said what became of it")
    used = [str(row[0]) for row in db.execute(SQL["used_assets"], (id,)).fetchall()]
    db.execute(SQL["drop_task"], (id,))
    return drop_assets(db, used, END_OF_TIME)


def add_resource(db: apsw.Connection, values: Row, assets: Sequence[tuple[str, str]]) -> None:
    """Once: a second time, by a step that is done again, it changes nothing."""
    db.execute(SQL["add_resource"], values)
    if db.changes():
        id = db.last_insert_rowid()
        for role, sha256 in assets:
            db.execute(SQL["use_by_resource"], (id, role, sha256))


def delete_resource(
    db: apsw.Connection, owner_id: int, kind: str, public_id: str
) -> list[str] | None:
    row = one(db, "resource", (public_id, owner_id, kind))
    if not row:
        return None
    used = [str(found[0]) for found in db.execute(SQL["assets_of_resource"], row[:1]).fetchall()]
    db.execute(SQL["drop_resource"], row[:1])
    return drop_assets(db, used, END_OF_TIME)


def drop_assets(db: apsw.Connection, names: Sequence[str], before: int) -> list[str]:
    """Those of `names` that are older than `before` and that nothing uses: dropped."""
    dropped = []
    for name in names:
        db.execute(SQL["drop_asset"], (name, before))
        if db.changes():
            dropped.append(name)
    return dropped


def drop_replays(db: apsw.Connection, before: int, most: int) -> int:
    db.execute(SQL["drop_replays"], (before, most))
    return db.changes()


def add_asset(db: apsw.Connection, values: Row) -> None:
    db.execute(SQL["add_asset"], values)


def _use(db: apsw.Connection, id: int, assets: Sequence[tuple[str, str]]) -> None:
    for role, sha256 in assets:
        db.execute(SQL["use_asset"], (id, role, sha256))


# webhooks


def add_endpoint(db: apsw.Connection, values: Row, sealed: bytes, most: int) -> Row | None:
    public_id, owner_id, *_, created_at = values
    (count,) = one(db, "count_endpoints", (owner_id,)) or (0,)
    if count >= most:
        return None
    db.execute(SQL["add_endpoint"], values)
    db.execute(SQL["add_secret"], (owner_id, db.last_insert_rowid(), sealed, created_at))
    return one(db, "endpoint", (public_id, owner_id))


def change_endpoint(db: apsw.Connection, who: Row, columns: Mapping[str, Any]) -> Row | None:
    if columns:
        sql = SQL["change_endpoint"].replace("{changes}", ", ".join(f"{n} = ?" for n in columns))
        db.execute(sql, (*columns.values(), *who))
    row = one(db, "endpoint", who)
    if row and "url" in columns:
        db.execute(SQL["move_deliveries"], (columns["url"], row[0]))
    if row and columns.get("disabled_at") is not None:
        db.execute(SQL["end_deliveries"], (columns["disabled_at"], row[0]))
    if row and "disabled_at" in columns:  # a new beginning
        db.execute(SQL["not_failing"], row[:1])
    return one(db, "endpoint", who)


def drop_endpoint(db: apsw.Connection, who: Row) -> bool:
    db.execute(SQL["drop_endpoint"], who)
    return db.changes() > 0


def add_secret(
    db: apsw.Connection, whose: Row, sealed: bytes, now: int, until: int, first: bool
) -> None:
    if first and db.execute(SQL["secrets"], (*whose, now)).fetchall():
        return
    db.execute(SQL["drop_old_secrets"], (*whose, now))
    db.execute(SQL["retire_secrets"], (*whose, until))
    db.execute(SQL["add_secret"], (*whose, sealed, now))


def tried(
    db: apsw.Connection,
    delivery: Delivery,
    outcome: Try,
    status: str,
    next_at: int,
    disable: str | None,
) -> int:
    ended, endpoint = outcome.at + outcome.milliseconds, delivery.endpoint_id
    over = status != "pending"
    db.execute(SQL["tried"], (status, next_at, ended if over else None, delivery.id))
    if not db.changes():  # deleted or ended meanwhile, with its task or endpoint
        return 0
    said = (outcome.status, outcome.error, outcome.request, outcome.answer)
    db.execute(SQL["add_try"], (delivery.id, outcome.at, outcome.milliseconds, *said))
    db.execute(SQL["drop_old_tries"], (delivery.id, MOST_TRIES))
    if status == "delivered":
        if delivery.event in OVER:
            db.execute(SQL["notified"], (ended, delivery.task_id))
        db.execute(SQL["not_failing"], (endpoint,))
    else:
        db.execute(SQL["failing"], (outcome.at, endpoint))
    if not disable or endpoint is None:
        return 0
    db.execute(SQL["disable_endpoint"], (ended, disable, endpoint))
    db.execute(SQL["end_deliveries"], (ended, endpoint))
    return db.changes()


def redeliver(db: apsw.Connection, who: Row, now: int) -> Row | None:
    db.execute(SQL["redeliver"], (now, *who))
    return one(db, "delivery", who)


def change_deliveries(db: apsw.Connection, name: str, values: Row) -> int:
    db.execute(SQL[name], values)
    return db.changes()


def drop_deliveries(db: apsw.Connection, before: int, most: int) -> int:
    db.execute(SQL["deliveries_before"], (before, most))
    return db.changes()


# upkeep


def drop_film(db: apsw.Connection, id: int, now: int) -> list[str] | None:
    used = [str(row[0]) for row in db.execute(SQL["film_uses"], (id,)).fetchall()]
    db.execute(SQL["drop_film"], (now, id))
    if not db.changes():
        return None
    db.execute(SQL["drop_film_uses"], (id,))
    return drop_assets(db, used, END_OF_TIME)


def add_audit(db: apsw.Connection, values: Row) -> None:
    db.execute(SQL["add_audit"], values)
