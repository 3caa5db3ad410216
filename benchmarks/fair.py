"""Fairness and cancel: who gets the slots when two owners order 100 : 1, and how soon a film stops.

    python benchmarks/fair.py [--many 200] [--few 20] [--slots 2] [--cancels 20]

One owner orders `many` films; when some of them are made, another orders `few`. Told from the rows:
how much of the slots the first one used while it was alone, and what share of the films begun went
to each while both waited. Then films are cancelled in the middle: the time from the call to its
answer, and to the moment when the process that made it is gone.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import apsw
import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from reelway import control
from serving import Server, wait_until

FILM = {"prompt": "a lighthouse in fog", "duration": 3, "model": "animatic"}


def stranger(server: Server) -> httpx.Client:
    order = {"do": "keys.create", "name": "few", "owner": "few"}
    key = control.ask(server.data / "control.sock", order)
    return server.client(headers={"authorization": f"Bearer {key}"})


def fairness(server: Server, many: int, few: int, slots: int) -> None:
    for n in range(many):
        server.create(**FILM, seed=n)
    made = max(10, many // 10)
    wait_until(lambda: len(of(server, "succeeded")) >= made, 600, every=0.2)
    other, came = stranger(server), time.time_ns() // 1_000_000
    for n in range(few):
        assert other.post("/api/v1/tasks", json={**FILM, "seed": n}).status_code == 201
    db = apsw.Connection(str(server.data / "reelway.db"), flags=apsw.SQLITE_OPEN_READONLY)
    query = "SELECT owner_id, started_at, finished_at FROM tasks WHERE status = 'succeeded'"
    wait_until(lambda: _ended(db) >= few, 600, every=0.5)
    rows = db.execute(query).fetchall()
    db.close()
    alone = [(s, f) for _, s, f in rows if f <= came]
    span = max(f for _, f in alone) - min(s for s, _ in alone)
    busy = sum(f - s for s, f in alone) / (span * slots)
    last = max(s for owner, s, _ in rows if owner != 1)
    both = [owner for owner, s, _ in rows if came <= s <= last]
    share = sum(owner != 1 for owner in both) / len(both)
    print(f"alone: {len(alone)} films, {busy:.0%} of {slots} slots used")
    print(f"both waiting: {len(both)} films begun, {share:.0%} of them of the newcomer, who had")
    print(f"ordered {few} films behind {many - len(alone)} that waited")


def _ended(db: apsw.Connection) -> int:
    query = "SELECT count(*) FROM tasks WHERE status = 'succeeded' AND owner_id <> 1"
    return int(db.execute(query).fetchall()[0][0])


def of(server: Server, status: str) -> list[dict[str, object]]:
    query = {"status": status, "limit": 100}
    return list(server.http.get("/api/v1/tasks", params=query).json()["data"])


def cancels(server: Server, count: int) -> None:
    answers, ends = [], []
    for n in range(count):
        id = server.create(prompt="a long storm", duration=15, model="animatic", seed=n)["id"]
        wait_until(lambda id=id: server.task(id)["progress"] > 5, 60)
        engines = [p for p in server.children() if "reelway.engines." in p.command]
        began = time.monotonic()
        assert server.http.post(f"/api/v1/tasks/{id}/cancel").status_code == 200
        answers.append(time.monotonic() - began)
        wait_until(lambda e=engines: not all(p.alive for p in e), 10, every=0.001)
        ends.append(time.monotonic() - began)
    for what, times in (("its answer", answers), ("the process gone", ends)):
        middle, most = statistics.median(times) * 1000, max(times) * 1000
        print(f"from cancel to {what}: median {middle:.0f} ms, most {most:.0f} ms ({count})")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--many", type=int, default=200)
    parser.add_argument("--few", type=int, default=20)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--cancels", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with Server.start(Path(folder) / "fair", animatic_slots=given.slots) as server:
            fairness(server, given.many, given.few, given.slots)
        with Server.start(Path(folder) / "cancel", animatic_scale=1) as server:
            cancels(server, given.cancels)


if __name__ == "__main__":
    main()
