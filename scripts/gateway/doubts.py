"""What is in doubt: creates whose answer was lost. Each is held against what lost it, and resolved
as whoever looks into the vendor's own list would.

    why, as the gateway says                  what must have been between its intent and its doubt
    it was stopped before the answer came     a kill
    its answer was lost, or no receipt        a fault of the vendor's at this very create,
                                              or a line that was cut

No span of time excuses anything: what is true of a moment is held against that moment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import apsw
from audit import NAME
from house import House
from ledger import Ledger
from weather import NAMES, Weather

LOSING = {"cut_before", "error_before", "cut_after", "error_after", "half", "not_json", "no_id"}
STOPPED = "the server was stopped"
WRITTEN = 5.0  # seconds in which an answer that was read is on the disk
ACCEPTED = re.compile(r"^(\S+)Z info provider\.accepted .*receipt=(\S+)", re.M)
QUERY = "SELECT id, public_id, request, status, stage, report, started_at, engine FROM tasks"
OPEN = "status IN ('queued', 'running') AND stage IS NOT 'ambiguous' OR stage = 'late'"


@dataclass(frozen=True, kw_only=True)
class Doubt:
    task: str
    name: str
    vendor: str
    status: str
    why: str
    began: int  # when its intent was written down, UTC ms
    since: int  # when it was doubted


@dataclass
class Doubts:
    house: House
    weather: Weather
    ledger: Ledger
    kills: list[tuple[int, int]]  # between which moments each was, UTC ms
    none: set[str] = field(default_factory=set)  # tasks of which we said that there is nothing

    def open(self) -> list[Any]:
        """What has not ended, nor is in doubt; and what is over here and not at its vendor's."""
        with self._database() as db:
            return db.execute(f"SELECT public_id, status, stage FROM tasks WHERE {OPEN}").fetchall()

    def found(self) -> list[Doubt]:
        with self._database() as db:
            rows = db.execute(f"{QUERY} WHERE reserved > 0 ORDER BY id").fetchall()
        return [doubt for row in rows if (doubt := self._read(*row))]

    def _read(
        self, _: int, task: str, request: str, status: str, stage: str, report: str, *more: Any
    ) -> Doubt | None:
        began, engine = more
        told = json.loads(report).get("ambiguous")
        if stage != "ambiguous" or not told:
            self.ledger.wrong(f"{task} is {status}, {stage}, and money is held for it: {report}")
            return None
        found = NAME.search(json.loads(request)["prompt"])
        return Doubt(
            task=task,
            name=found[0] if found else "",
            vendor=engine.removesuffix("-1"),
            status=status,
            why=told["why"],
            began=began,
            since=told["since"],
        )

    def _database(self) -> Database:
        return Database(self.house.data / "reelway.db")

    # what lost it

    def judge(self, doubts: Sequence[Doubt], log: str) -> None:
        creates = {vendor: self._creates(vendor) for vendor in NAMES}
        read = {receipt: milliseconds(at) for at, receipt in ACCEPTED.findall(log)}
        jobs = self._jobs()
        for doubt in doubts:
            job = jobs.get((doubt.vendor, doubt.name))
            here = [c for c in creates[doubt.vendor].get(doubt.name, ()) if c["at"] >= doubt.began]
            cause = self._cause(doubt, here, read.get(job or ""))
            if cause is None:
                told = f"{doubt}; its creates {creates[doubt.vendor].get(doubt.name)}"
                self.ledger.wrong(f"{doubt.task} is in doubt, and its answer was not lost: {told}")
            self.ledger.counts[f"in doubt by {cause}"] += 1
            self.ledger.counts[f"in doubt, and {'a' if job else 'no'} job is there"] += 1
            self.ledger.counts[f"in doubt, and {doubt.status}"] += 1
            self.ledger.took("from intent to doubt", (doubt.since - doubt.began) / 1000)

    def _cause(self, doubt: Doubt, creates: list[dict[str, Any]], read: int | None) -> str | None:
        if doubt.why.startswith(STOPPED):
            found = [at for at, end in self.kills if doubt.began <= end and at <= doubt.since]
            if found:
                self.ledger.took("from intent to kill", max(0, found[0] - doubt.began) / 1000)
                self.ledger.took("from kill to doubt", (doubt.since - found[0]) / 1000)
            if read and found:
                late = max(0, found[0] - read) / 1000
                self.ledger.took("from an answer that was read to the kill before its row", late)
                if late > WRITTEN:
                    return None
            return "a kill" if found else None
        if creates and (
            LOSING & set(creates[-1]["faults"]) or (creates[-1]["status"] or 500) >= 500
        ):
            return "its vendor's fault"
        cuts = self.weather.lines[doubt.vendor].cuts
        return "a line that was cut" if any(doubt.began <= c <= doubt.since for c in cuts) else None

    def _creates(self, vendor: str) -> dict[str, list[dict[str, Any]]]:
        """By name, in the order of their coming; `at` by our clock, and never earlier than it
        was: no answer to an earlier attempt must pass for that to a later one by more."""
        now, clock = self.weather.now(vendor)
        found: dict[str, list[dict[str, Any]]] = {}
        for entry in self.weather.asked(vendor, "/_ledger", kind="create"):
            named = NAME.search(json.dumps(entry["body"]))
            at = now - (clock - entry["at"]) / self.weather.options.speed
            found.setdefault(named[0] if named else "", []).append({**entry, "at": at})
        return found

    # what becomes of it

    def resolve(self, doubts: Sequence[Doubt]) -> None:
        jobs = self._jobs()
        for doubt in doubts:
            receipt = jobs.get((doubt.vendor, doubt.name))
            self.house.order(do="task.resolve", id=doubt.task, receipt=receipt)
            if receipt is None:
                self.none.add(doubt.task)
            told = "by its receipt" if receipt else "none is there"
            self.ledger.counts[f"resolved: {told}"] += 1

    def _jobs(self) -> dict[tuple[str, str], str]:
        return {
            (vendor, found[0]): job["id"]
            for vendor in NAMES
            for job in self.weather.asked(vendor, "/_jobs")
            if (found := NAME.search(job["text"]))
        }


class Database:
    """The gateway's, while it runs."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> apsw.Connection:
        self._db = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READONLY)
        self._db.set_busy_timeout(5000)
        return self._db

    def __exit__(self, *_: object) -> None:
        self._db.close()


def milliseconds(at: str) -> int:
    """Of a line of the log."""
    return round(datetime.fromisoformat(at + "+00:00").timestamp() * 1000)
