"""The ledger against the database, the files and the receiver, once the server is stopped."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import apsw
from ledger import Asked, Ledger
from receiver import Receiver

from reelway.deliver import verify
from reelway.media import Media
from reelway.request import frame_size, from_json
from serving import OVER

NAME = re.compile(r"campaign-\d+")


async def audit(ledger: Ledger, receiver: Receiver, data: Path, scale: float) -> None:
    db = apsw.Connection(str(data / "reelway.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        whole(ledger, db)
        tasks(ledger, db)
        deliveries(ledger, receiver, db)
        await assets(ledger, db, data, scale)
    finally:
        db.close()
    if left := sorted(path.name for path in (data / "tmp").iterdir()):
        ledger.wrong(f"left in tmp: {left}")


def whole(ledger: Ledger, db: apsw.Connection) -> None:
    for pragma in ("integrity_check", "foreign_key_check"):
        said = db.execute(f"PRAGMA {pragma}").fetchall()
        if said not in ([("ok",)], []):
            ledger.wrong(f"{pragma}: {said[:5]}")


def tasks(ledger: Ledger, db: apsw.Connection) -> None:
    rows: dict[str, list[tuple[str, str]]] = {}
    query = "SELECT id, public_id, status, attempt, deaths, error, request FROM tasks"
    for id, public_id, status, attempt, deaths, error, request in db.execute(query):
        found = NAME.search(json.loads(request).get("prompt", ""))
        name = found[0] if found else public_id
        rows.setdefault(name, []).append((public_id, status))
        asked = ledger.asked.get(name)
        if status != "succeeded" and not (status == "cancelled" and asked and may_end(asked)):
            ledger.wrong(f"{public_id} ended {status}: {error}")
        if public_id in ledger.cancelled and status != "cancelled":
            ledger.wrong(f"{public_id} was answered as cancelled, and is {status}")
        if deaths:
            ledger.wrong(f"{public_id}: {deaths} kills were held against it")
        ledger.counts["attempts beyond the first"] += attempt - 1
        most = ledger.counts["most attempts of a task"]
        ledger.counts["most attempts of a task"] = max(most, attempt)
        events(ledger, db, id, public_id, status)
    for name, asked in ledger.asked.items():
        here, id = rows.pop(name, []), ledger.accepted.get(name)
        if id and [id] != [public_id for public_id, _ in here]:
            ledger.wrong(f"{name} was answered {id}, and the rows are {here}")
        if not id and (asked.keyed or len(here) > 1):
            ledger.wrong(f"{name} was not answered, and the rows are {here}")
        ledger.counts["made though their answer was lost"] += not id and len(here)
    if rows:
        ledger.wrong(f"nobody asked for {rows}")


def may_end(asked: Asked) -> bool:
    return asked.may_be_cancelled


def events(ledger: Ledger, db: apsw.Connection, id: int, public_id: str, status: str) -> None:
    query = "SELECT status, attempt FROM events WHERE task_id = ? ORDER BY id"
    found = db.execute(query, (id,)).fetchall()
    endings = [event for event, _ in found if event in OVER]
    if endings != [status] or found[-1][0] != status:
        ledger.wrong(f"{public_id} is {status}, and its events are {found}")
    attempts = [attempt for _, attempt in found]
    if attempts != sorted(attempts):
        ledger.wrong(f"{public_id}: attempts go back: {found}")


def deliveries(ledger: Ledger, receiver: Receiver, db: apsw.Connection) -> None:
    """Every ending was told to each endpoint, and to the address that its request named, once:
    under one id, which arrived at least once."""
    query = """SELECT deliveries.public_id, tasks.public_id, tasks.request, deliveries.event,
        deliveries.status, deliveries.url FROM deliveries JOIN tasks ON tasks.id = task_id"""
    told: Counter[tuple[str, str, str]] = Counter()  # (task, path, event)
    wanted: Counter[tuple[str, str, str]] = Counter()
    for id, task, _request, event, status, url in db.execute(query):
        path = "/" + url.split("/", 3)[3]
        told[task, path, event] += 1
        message = receiver.messages.get(id)
        if status != "delivered" or message is None or not message.answered:
            ledger.wrong(f"{event} of {task} to {path} is {status}, and came {message}")
        ledger.counts["deliveries made"] += 1
    endpoints = db.execute("SELECT url, events FROM endpoints").fetchall()
    for task, request, status in db.execute("SELECT public_id, request, status FROM tasks"):
        found = NAME.search(json.loads(request).get("prompt", ""))
        asked = ledger.asked.get(found[0]) if found else None
        if asked and asked.hook:
            wanted[task, asked.hook, f"task.{status}"] += 1
        for url, names in endpoints:
            for event in ("task.created", f"task.{status}"):
                if event in json.loads(names):
                    wanted[task, "/" + url.split("/", 3)[3], event] += 1
    told = Counter({key: n for key, n in told.items() if key[2] != "task.running"})
    if told != wanted:
        ledger.wrong(f"not told: {list((wanted - told).items())[:5]}")
        ledger.wrong(f"told though nobody asked: {list((told - wanted).items())[:5]}")
    known = {row[0] for row in db.execute("SELECT public_id FROM deliveries")}
    if strange := receiver.messages.keys() - known:
        ledger.wrong(f"messages that no row knows: {sorted(strange)[:5]}")
    ledger.counts["messages that came"] = sum(m.came for m in receiver.messages.values())
    ledger.counts["messages taken more than once, by the same id"] = sum(
        m.taken > 1 for m in receiver.messages.values()
    )
    tries = db.execute("SELECT count(*) FROM delivery_tries").fetchone()
    ledger.counts["tries written down"] = tries[0] if tries else 0
    ledger.counts.update(receiver.counts)


async def assets(ledger: Ledger, db: apsw.Connection, data: Path, scale: float) -> None:
    """Each film is what its task ordered."""
    known = files(ledger, db, data)
    query = "SELECT public_id, film, film_info, request FROM tasks WHERE status = 'succeeded'"
    await films(ledger, db.execute(query).fetchall(), known, data, scale)
    ledger.counts["assets on the disk"] = len(known)


def files(ledger: Ledger, db: apsw.Connection, data: Path) -> dict[str, Path]:
    """Every file is its name, and every row has its file; the files by that name."""
    rows = dict(db.execute("SELECT sha256, size FROM assets").fetchall())
    found = {path.parent.name + path.name: path for path in (data / "assets").glob("*/*")}
    if gone := rows.keys() - found.keys():
        ledger.wrong(f"assets without their file: {gone}")
    if extra := found.keys() - rows.keys():
        ledger.wrong(f"files that no row knows: {extra}")
    for sha256, path in found.items():
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256 or len(content) != rows.get(sha256):
            ledger.wrong(f"{path} is not what its name says")
    return found


async def films(
    ledger: Ledger, rows: list[Any], files: dict[str, Path], data: Path, scale: float
) -> None:
    media = Media(data / "tmp")
    try:
        for public_id, film, info, text in rows:
            request = from_json(json.loads(text))
            if film not in files or json.loads(info)["sha256"] != film:
                ledger.wrong(f"{public_id} has no film")
                continue
            verify(await media.probe(files[film]), request, frame_size(request, scale))
            ledger.counts["films probed on the disk"] += 1
    except Exception as error:
        ledger.wrong(f"{public_id}: {error}")
    finally:
        await media.stop()
