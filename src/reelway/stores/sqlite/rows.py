"""Rows and values: what a row of each table becomes, and what becomes of a value in a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json, to_json

from reelway import request as requests
from reelway.money import CURRENCY, Budget
from reelway.resource import Resource
from reelway.store import Asset, Audit, Once, Replay
from reelway.task import Draft, Event, Fault, Key, Owner, Task
from reelway.webhook import Delivery, Endpoint, Try

Row = tuple[Any, ...]
RESERVED, COST = 33, 34  # of `task_columns`

# The columns that may be set once a task is accepted; True: kept as JSON. Status and attempt are
# changed by a move alone, and what was accepted stays as it was accepted.
CHANGEABLE: Mapping[str, bool] = {
    "stage": False,
    "engine": False,
    "receipt": True,
    "report": True,
    "error": True,
    "deaths": False,
    "furthest": False,
    "film": False,
    "film_info": True,
    "poster": False,
    "voice": False,
    "started_at": False,
    "stored_at": False,
    "finished_at": False,
    "next_at": False,
    "cancel_at": False,
    "rests": False,
}


def json_text(value: Any) -> str:
    return to_json(value).decode()


def columns(changes: Mapping[str, Any]) -> dict[str, Any]:
    """`changes` as they lie in the table. Raises ValueError for what cannot be set."""
    if unknown := changes.keys() - CHANGEABLE.keys():
        raise ValueError(f"not a column of a task that can be set: {', '.join(sorted(unknown))}")
    return {
        name: json_text(value) if CHANGEABLE[name] and value is not None else value
        for name, value in changes.items()
    }


def uses(changes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The assets that `changes` name, as (role, SHA-256): a film in use is never swept."""
    return [(role, changes[role]) for role in ("film", "poster") if changes.get(role)]


def told(changes: Mapping[str, Any]) -> str:
    """The data of the event that comes with `changes`, in version 1."""
    return json_text({name: changes[name] for name in ("engine", "error") if changes.get(name)})


def task_values(draft: Draft) -> Row:
    """The values of the statement `add_task`."""
    return (
        draft.public_id,
        draft.owner_id,
        draft.key_id,
        draft.wire,
        draft.request.model,
        draft.model_asked,
        json_text(draft.report),
        draft.base_url,
        draft.accepted_at,
        draft.engine,
        draft.priority,
        draft.start_by,
        draft.cancel_at,
        draft.next_at,
        draft.provider,
        draft.price or None,
        CURRENCY if draft.price else None,
        json_text(requests.to_json(draft.request)),
        draft.body,
    )


def replay_values(draft: Draft, once: Once) -> Row:
    """The values of the statement `add_replay`."""
    return (
        draft.owner_id,
        once.key,
        once.fingerprint,
        draft.public_id,
        once.status,
        once.body,
        draft.accepted_at,
    )


def accepted(draft: Draft, id: int) -> Task:
    """The task that `draft` became."""
    return Task(
        id=id,
        public_id=draft.public_id,
        owner_id=draft.owner_id,
        key_id=draft.key_id,
        wire=draft.wire,
        model_asked=draft.model_asked,
        request=draft.request,
        report=draft.report,
        base_url=draft.base_url,
        accepted_at=draft.accepted_at,
        engine=draft.engine,
        priority=draft.priority,
        start_by=draft.start_by,
        cancel_at=draft.cancel_at,
        next_at=draft.next_at,
        provider=draft.provider,
        reserved=draft.price or None,
        currency=CURRENCY if draft.price else None,
    )


def task(row: Row) -> Task:
    """A row of `task_columns`."""
    return Task(
        id=row[0],
        public_id=row[1],
        owner_id=row[2],
        key_id=row[3],
        wire=row[4],
        model_asked=row[5],
        request=requests.from_json(from_json(row[6])),
        status=row[7],
        stage=row[8],
        attempt=row[9],
        engine=row[10],
        receipt=None if row[11] is None else from_json(row[11]),
        report=from_json(row[12]),
        error=None if row[13] is None else Fault(**from_json(row[13])),
        deaths=row[14],
        furthest=row[15],
        film=row[16],
        film_info=from_json(row[17]),
        poster=row[18],
        base_url=row[19],
        accepted_at=row[20],
        started_at=row[21],
        stored_at=row[22],
        finished_at=row[23],
        voice=row[24],
        priority=row[25],
        start_by=row[26],
        cancel_at=row[27],
        next_at=row[28],
        rests=row[29],
        notified_at=row[30],
        film_dropped_at=row[31],
        provider=row[32],
        reserved=row[RESERVED],
        cost=row[COST],
        currency=row[35],
    )


def owner(row: Row) -> Owner:
    return Owner(id=row[0], name=row[1], role=row[2], created_at=row[3])


def key(row: Row) -> Key:
    """A row of `key_columns`."""
    return Key(
        id=row[0],
        owner_id=row[1],
        owner=row[2],
        role=row[3],
        name=row[4],
        prefix=row[5],
        created_at=row[6],
        revoked_at=row[7],
        dedupe_seconds=row[8],
        budget=Budget(day=row[9], month=row[10], total=row[11]),
    )


def replay(row: Row) -> Replay:
    return Replay(
        fingerprint=row[0], public_id=row[1], status=row[2], body=row[3], created_at=row[4]
    )


def event(row: Row) -> Event:
    return Event(
        id=row[0],
        task_id=row[1],
        owner_id=row[2],
        at=row[3],
        status=row[4],
        attempt=row[5],
        v=row[6],
        data=from_json(row[7]),
        task=row[8],
    )


def resource_values(resource: Resource) -> Row:
    """The values of the statement `add_resource`."""
    return (
        resource.public_id,
        resource.owner_id,
        resource.kind,
        resource.name,
        json_text(resource.data),
        resource.created_at,
    )


def resource(row: Row) -> Resource:
    """A row of `resource_columns`."""
    return Resource(
        public_id=row[1],
        owner_id=row[2],
        kind=row[3],
        name=row[4],
        data=from_json(row[5]),
        created_at=row[6],
    )


def asset(row: Row) -> Asset:
    return Asset(sha256=row[0], kind=row[1], size=row[2], info=from_json(row[3]), created_at=row[4])


def endpoint(row: Row) -> Endpoint:
    """A row of `endpoint_columns`."""
    return Endpoint(
        id=row[0],
        public_id=row[1],
        owner_id=row[2],
        url=row[3],
        wire=row[4],
        events=tuple(from_json(row[5])),
        description=row[6],
        disabled_at=row[7],
        disabled_why=row[8],
        failing_since=row[9],
        created_at=row[10],
    )


def delivery(row: Row) -> Delivery:
    """A row of `delivery_columns`."""
    return Delivery(
        id=row[0],
        public_id=row[1],
        owner_id=row[2],
        task_id=row[3],
        task=row[4],
        endpoint_id=row[5],
        endpoint=row[6],
        url=row[7],
        wire=row[8],
        event=row[9],
        event_at=row[10],
        status=row[11],
        tries=row[12],
        next_at=row[13],
        created_at=row[14],
        ended_at=row[15],
    )


def try_(row: Row) -> Try:
    return Try(
        at=row[0],
        milliseconds=row[1],
        status=row[2],
        error=row[3],
        request=row[4],
        answer=row[5],
    )


def audit(row: Row) -> Audit:
    return Audit(
        id=row[0], at=row[1], actor=row[2], act=row[3], subject=row[4], data=from_json(row[5])
    )
