"""The kill campaign: an accepted task is never lost, whatever process dies and when.

    python scripts/kills.py [--server 20] [--child 20] [--media 5] [--seed 1] [--rate 6]

A real server on a fresh folder is loaded with creates over HTTP, several a second, while it and
its children are killed with SIGKILL at moments drawn from the seed. A killed server is started
again at once, and every fourth of them is killed once more while it starts. All creates but every
fifth carry an Idempotency-Key; one whose connection broke is sent again with the same key, and
some more are sent at the very moment of a kill. Two of three films are stills, so that there is
always something to end. Meanwhile tasks are read at random, finished films downloaded and hashed.

The ledger at the end, each line a violation if it does not hold:

    every create that was answered is one row, succeeded, with exactly one ending among its events
    nobody's retry made a second task; nothing that was not asked for is there
    no kill from outside was held against a task
    a task that is over stays as it is
    every film is the one that its task tells of, whole, and as ordered, on the disk and over HTTP
    two seconds after a server's death none of its children is left
    the temporary folder is empty, and the assets on the disk are those in the database

Prints a table; exits 1 upon any violation, and then keeps data and log.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import random
import shutil
import struct
import sys
import tempfile
import time
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import apsw
import httpx

from reelway.deliver import verify
from reelway.media import Media
from reelway.request import frame_size, from_json

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from serving import OVER, Process, Server

CLIENTS, READERS = 4, 2
ORPHANS_GONE = 2.0  # seconds after the death of their server
KINDS = {"child": "reelway.engines.", "media": "reelway.media"}
SCENES = ("a paper boat in a gutter", "a lighthouse in fog", "a fox on snow", "rain on a temple")


def png(seed: int, side: int = 320) -> str:
    """A small picture of its own, as base64."""
    rows = b"".join(b"\0" + bytes([(seed * 37 + y) % 256, y % 256, 90]) * side for y in range(side))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).decode()


@dataclass
class Ledger:
    """What was asked, answered and seen."""

    asked: dict[str, bool] = field(default_factory=dict)  # our name for it → with a key
    accepted: dict[str, str] = field(default_factory=dict)  # our name for it → task id
    open: set[str] = field(default_factory=set)  # task ids
    over: dict[str, str] = field(default_factory=dict)  # task id → how it ended
    downloaded: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    ready_after: list[float] = field(default_factory=list)
    orphans_after: list[float] = field(default_factory=list)

    def wrong(self, what: str) -> None:
        self.violations.append(what)
        print(f"VIOLATION  {what}", flush=True)


class Campaign:
    def __init__(self, options: argparse.Namespace, server: Server) -> None:
        self.options = options
        self.server = server
        self.chance = random.Random(options.seed)
        self.ledger = Ledger()
        self.number = 0
        self.bursts: list[asyncio.Task[None]] = []
        self.loading = True
        self.reading = True

    async def run(self) -> None:
        limits = httpx.Limits(max_connections=32)
        async with httpx.AsyncClient(
            base_url=self.server.address,
            headers={"authorization": f"Bearer {self.server.key}"},
            limits=limits,
            timeout=30,
            trust_env=False,
        ) as self.http:
            async with asyncio.TaskGroup() as group:
                for _ in range(CLIENTS):
                    group.create_task(self.client())
                for _ in range(READERS):
                    group.create_task(self.reader())
                await self.kill_all()
                self.loading = False
                await asyncio.gather(*self.bursts)
                await self.wait_for_the_end()
                self.reading = False
            await self.read_all()

    # the load

    async def client(self) -> None:
        while self.loading:
            if len(self.ledger.open) < self.options.backlog:
                self.number += 1
                await self.create(self.number)
            await asyncio.sleep(self.chance.expovariate(self.options.rate / CLIENTS))

    async def create(self, number: int) -> None:
        name = f"kill-{number}"
        body: dict[str, Any] = {"prompt": self.chance.choice(SCENES), "duration": 3}
        body |= {"seed": number, "external_id": name, "sound": number % 4 == 1}
        if number % 3:
            body["model"] = "animatic-still"
        keyed = number % 5 != 0
        if keyed and number % 7 == 0:
            body["first_frame"] = png(number)
        headers = {"idempotency-key": name} if keyed else {}
        self.ledger.asked[name] = keyed
        while (reply := await self.post(body, headers)) is None:
            if not keyed:
                self.ledger.counts["given up: broken, and without a key"] += 1
                return
            self.ledger.counts["sent again with the same key"] += 1
            await asyncio.sleep(0.02)
        if reply.status_code != 201:
            self.ledger.wrong(f"{name} was answered {reply.status_code}: {reply.text[:200]}")
            return
        if reply.headers.get("idempotency-replayed"):
            self.ledger.counts["answered by replay"] += 1
        self.ledger.accepted[name] = reply.json()["id"]
        self.ledger.open.add(reply.json()["id"])

    async def post(self, body: dict[str, Any], headers: dict[str, str]) -> httpx.Response | None:
        """None when the connection broke, and whether it was accepted is not known."""
        self.ledger.counts["creates sent"] += 1
        try:
            return await self.http.post("/api/v1/tasks", json=body, headers=headers)
        except httpx.TransportError:
            return None

    # reading what has become of it

    async def reader(self) -> None:
        while self.reading:
            ids = list(self.ledger.open) if self.chance.random() < 0.8 else list(self.ledger.over)
            if ids:
                await self.look(self.chance.choice(ids))
            await asyncio.sleep(0.02)

    async def look(self, id: str) -> None:
        ledger = self.ledger
        try:
            reply = await self.http.get(f"/api/v1/tasks/{id}")
            if reply.status_code != 200:
                ledger.wrong(f"reading {id} was answered {reply.status_code}: {reply.text[:200]}")
                ledger.open.discard(id)
                return
            ledger.counts["reads"] += 1
            task = reply.json()
            before = ledger.over.get(id)
            if before and before != task["status"]:
                ledger.wrong(f"{id} was {before} and is {task['status']}")
            if task["status"] in OVER:
                ledger.open.discard(id)
                ledger.over[id] = task["status"]
            if task["status"] == "succeeded":
                await self.download(task)
        except httpx.TransportError:
            ledger.counts["reads broken by a kill"] += 1
            await asyncio.sleep(0.02)

    async def download(self, task: dict[str, Any]) -> None:
        film = task["film"]
        digest, size = hashlib.sha256(), 0
        async with self.http.stream("GET", film["url"]) as reply:
            async for part in reply.aiter_raw():
                digest.update(part)
                size += len(part)
        if (reply.status_code, size, digest.hexdigest()) != (200, film["bytes"], film["sha256"]):
            self.ledger.wrong(f"{task['id']}: the link gave {reply.status_code}, {size} bytes")
        self.ledger.counts["downloads"] += 1
        self.ledger.downloaded.add(task["id"])

    async def wait_for_the_end(self) -> None:
        end = time.monotonic() + self.options.within
        while self.ledger.open or await self.some_unfinished():
            if time.monotonic() > end:
                self.ledger.wrong(f"not over after {self.options.within} s: {self.ledger.open}")
                return
            await asyncio.sleep(0.2)

    async def some_unfinished(self) -> bool:
        """Also of those whose answer was lost."""
        for status in ("queued", "running"):
            reply = await self.http.get("/api/v1/tasks", params={"status": status, "limit": 1})
            if reply.json()["data"]:
                return True
        return False

    async def read_all(self) -> None:
        for id in self.ledger.accepted.values():
            if id not in self.ledger.downloaded:
                await self.look(id)

    # the kills

    async def kill_all(self) -> None:
        kinds = [kind for kind in ("server", "child", "media") for _ in range(self.count(kind))]
        self.chance.shuffle(kinds)
        for kind in kinds:
            await asyncio.sleep(self.chance.uniform(0.1, 1.6))
            while len(self.ledger.open) < 2:  # noqa: ASYNC110 - always under load
                await asyncio.sleep(0.05)
            if kind == "server":
                await self.kill_server()
            else:
                await self.kill_child(kind)
            self.ledger.counts[f"{kind} kills"] += 1

    def count(self, kind: str) -> int:
        return int(getattr(self.options, kind))

    async def kill_child(self, kind: str) -> None:
        mine: list[Process] = []
        while not mine:
            await asyncio.sleep(0.02)
            mine = [p for p in await self.children() if KINDS[kind] in p.command]
        self.chance.choice(sorted(mine, key=lambda p: p.pid)).kill()

    async def kill_server(self) -> None:
        """In the midst of some creates, a moment after they were sent."""
        for _ in range(self.options.burst):
            self.number += 1
            self.bursts.append(asyncio.create_task(self.create(self.number)))
        await asyncio.sleep(self.chance.uniform(0, 0.03))
        await self.kill_and_watch()
        if self.ledger.counts["server kills"] % 4 == 3:
            self.server.spawn()
            await asyncio.sleep(self.chance.uniform(0, 0.4))
            self.ledger.counts["server kills while it started, besides"] += 1
            await self.kill_and_watch()
        began = time.monotonic()
        await asyncio.to_thread(self.server.restart)
        self.ledger.ready_after.append(time.monotonic() - began)

    async def kill_and_watch(self) -> None:
        children = await self.children()
        self.server.kill()
        began = time.monotonic()
        while left := [p for p in children + self.server.orphans() if p.alive]:
            if time.monotonic() - began > ORPHANS_GONE:
                self.ledger.wrong(f"children outlived their server: {left}")
                break
            await asyncio.sleep(0.005)
        self.ledger.orphans_after.append(time.monotonic() - began)

    async def children(self) -> list[Process]:
        return await asyncio.to_thread(self.server.children)


# the ledger, once the server is stopped


async def audit(ledger: Ledger, data: Path, scale: float) -> None:
    db = apsw.Connection(str(data / "reelway.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        for pragma in ("integrity_check", "foreign_key_check"):
            said = db.execute(f"PRAGMA {pragma}").fetchall()
            if said not in ([("ok",)], []):
                ledger.wrong(f"{pragma}: {said[:5]}")
        audit_tasks(ledger, db)
        await audit_assets(ledger, db, data, scale)
    finally:
        db.close()
    if left := sorted(path.name for path in (data / "tmp").iterdir()):
        ledger.wrong(f"left in tmp: {left}")


def audit_tasks(ledger: Ledger, db: apsw.Connection) -> None:
    rows: dict[str, list[tuple[Any, ...]]] = {}
    query = "SELECT id, public_id, status, attempt, deaths, error, request FROM tasks"
    for id, public_id, status, attempt, deaths, error, request in db.execute(query):
        name = json.loads(request)["external_id"]
        rows.setdefault(name, []).append((public_id, status))
        if status != "succeeded":
            ledger.wrong(f"{public_id} ended {status}: {error}")
        if deaths:
            ledger.wrong(f"{public_id}: {deaths} kills were held against it")
        ledger.counts["attempts beyond the first"] += attempt - 1
        ledger.counts["most attempts of a task"] = max(
            ledger.counts["most attempts of a task"], attempt
        )
        audit_events(ledger, db, id, public_id, status)
    for name, keyed in ledger.asked.items():
        here, id = rows.pop(name, []), ledger.accepted.get(name)
        if id and [(id, "succeeded")] != here:
            ledger.wrong(f"{name} was answered {id}, and the rows are {here}")
        if not id and (keyed or len(here) > 1):
            ledger.wrong(f"{name} was not answered, and the rows are {here}")
        ledger.counts["made though their answer was lost"] += not id and len(here)
    if rows:
        ledger.wrong(f"nobody asked for {rows}")


def audit_events(ledger: Ledger, db: apsw.Connection, id: int, public_id: str, status: str) -> None:
    query = "SELECT status, attempt FROM events WHERE task_id = ? ORDER BY id"
    events = db.execute(query, (id,)).fetchall()
    endings = [event for event, _ in events if event in OVER]
    if endings != [status] or events[-1][0] != status:
        ledger.wrong(f"{public_id} is {status}, and its events are {events}")
    attempts = [attempt for _, attempt in events]
    if attempts != sorted(attempts):
        ledger.wrong(f"{public_id}: attempts go back: {events}")


async def audit_assets(ledger: Ledger, db: apsw.Connection, data: Path, scale: float) -> None:
    """Every file is its name, every row has its file, and each film is what its task ordered."""
    rows = dict(db.execute("SELECT sha256, size FROM assets").fetchall())
    files = {path.parent.name + path.name: path for path in (data / "assets").glob("*/*")}
    if gone := rows.keys() - files.keys():
        ledger.wrong(f"assets without their file: {gone}")
    if extra := files.keys() - rows.keys():
        ledger.wrong(f"files that no row knows: {extra}")
    for sha256, path in files.items():
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256 or len(content) != rows.get(sha256):
            ledger.wrong(f"{path} is not what its name says")
    query = "SELECT public_id, film, film_info, request FROM tasks WHERE status = 'succeeded'"
    media = Media(data / "tmp")
    try:
        for public_id, film, info, text in db.execute(query).fetchall():
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
    ledger.counts["assets on the disk"] = len(files)


def report(ledger: Ledger, seconds: float) -> None:
    counts = ledger.counts
    ended = Counter(ledger.over.values())
    lines: list[tuple[str, Any]] = [
        ("tasks accepted", len(ledger.accepted)),
        *((f"… {status}", count) for status, count in sorted(ended.items())),
        *sorted(counts.items()),
    ]
    for name, times in (
        ("from start to ready", ledger.ready_after),
        ("from a server's death to its last child's", ledger.orphans_after),
    ):
        if times:
            lines.append((name, f"median {median(times):.3f} s, most {max(times):.3f} s"))
    lines += [("whole campaign", f"{seconds:.0f} s"), ("violations", len(ledger.violations))]
    for name, value in lines:
        print(f"{name:44} {value}")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--server", type=int, default=20, help="times that the server is killed")
    parser.add_argument("--child", type=int, default=20, help="times that an engine child is")
    parser.add_argument("--media", type=int, default=5, help="times that a media helper is")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=6, help="creates a second")
    parser.add_argument("--burst", type=int, default=6, help="creates sent as a server is killed")
    parser.add_argument("--backlog", type=int, default=120, help="most open tasks")
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--scale", type=float, default=0.125, help="of the frame; 1 is full size")
    parser.add_argument("--within", type=float, default=600, help="seconds to end what is open")
    parser.add_argument("--folder", type=Path, help="keep data and log here")
    return parser.parse_args()


def main() -> int:
    given = options()
    began = time.monotonic()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="reelway-kills-"))
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "data"
    settings = {"animatic_slots": given.slots, "animatic_scale": given.scale}
    with Server.start(data, **settings) as server:
        campaign = Campaign(given, server)
        asyncio.run(campaign.run())
        children = server.children()
        if code := server.stop():
            campaign.ledger.wrong(f"the server ended with {code}")
        if left := [child for child in children if child.alive]:
            campaign.ledger.wrong(f"children outlived a stop: {left}")
    asyncio.run(audit(campaign.ledger, data, given.scale))
    report(campaign.ledger, time.monotonic() - began)
    if campaign.ledger.violations:
        print(f"data and log are kept in {folder}")
        return 1
    if not given.folder:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
