"""The gateway's books against the vendors', once the gateway is stopped.

    by what stands in the prompt: a task of ours ── its creates and its jobs there

A create that a vendor answered with a refusal, or that never reached it, made nothing. Of every
other one the gateway may send no second, unless somebody said that nothing came of it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import apsw
from audit import NAME, events, files, whole
from ledger import Ledger
from weather import NAMES, STAYS, Weather, rules

from vendors.faults import Case, Fault, Faults
from vendors.films import film
from vendors.job import even

REFUSED = set(range(400, 500)) - {408, 409, 425}  # nothing was made
LOSING = {
    *("cut_before", "error_before", "cut_after", "error_after"),
    *("half", "not_json", "no_id", "slow_before", "slow_after"),
}
IN_FLIGHT = 2_000  # ms that a create may be on its way, where no fault held it up
COLUMNS = (
    "id, public_id, request, status, stage, attempt, engine, receipt, report, error, film, "
    "reserved, cost, provider, started_at"
)


@dataclass
class Row:
    """A task of the gateway's, by name of column."""

    of: Mapping[str, Any]
    creates: list[dict[str, Any]] = field(default_factory=list)  # in the order of their coming
    jobs: list[dict[str, Any]] = field(default_factory=list)

    def __getitem__(self, name: str) -> Any:
        return self.of[name]

    @cached_property
    def report(self) -> dict[str, Any]:
        return dict(json.loads(self["report"]))

    @property
    def ambiguous(self) -> bool:
        return self["status"] == "running" and "ambiguous" in self.report


@dataclass
class Books:
    ledger: Ledger
    weather: Weather
    data: Path
    seed: int
    scale: float
    kills: list[tuple[int, int]]  # between which moments each was, UTC ms
    none: set[str]  # public ids of which somebody said that the vendor has nothing

    def check(self) -> None:
        db = apsw.Connection(str(self.data / "reelway.db"), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            whole(self.ledger, db)
            rows = self.read(db)
            for row in rows.values():
                events_of(self.ledger, db, row)
                self.once(row)
                self.at_home(row)
                self.doubted(row)
                self.paid(row)
            self.sums(db, rows)
            known = files(self.ledger, db, self.data)
            self.ledger.counts["assets on the disk"] = len(known)
        finally:
            db.close()
        if left := sorted(path.name for path in (self.data / "tmp").iterdir()):
            self.ledger.wrong(f"left in tmp: {left}")

    def read(self, db: apsw.Connection) -> dict[str, Row]:
        rows: dict[str, Row] = {}
        names = [name.strip() for name in COLUMNS.split(",")]
        for values in db.execute(f"SELECT {COLUMNS} FROM tasks"):
            row = Row(dict(zip(names, values, strict=True)))
            name = named(json.loads(row["request"]).get("prompt", ""))
            if name in rows or name not in self.ledger.asked:
                self.ledger.wrong(f"{row['public_id']} ({name}): nobody asked for it, or not twice")
            elif self.ledger.accepted.get(name) != row["public_id"]:
                self.ledger.wrong(f"{name} was answered {self.ledger.accepted.get(name)}: {row.of}")
            rows[name] = row
        if lost := self.ledger.accepted.keys() - rows.keys():
            self.ledger.wrong(f"accepted, and there is no row of {lost}")
        for vendor in NAMES:
            for job in self.weather.asked(vendor, "/_jobs"):
                self.row_of(rows, vendor, job["text"]).jobs.append({**job, "vendor": vendor})
            for entry in self.weather.asked(vendor, "/_ledger", kind="create"):
                text = (entry["body"] or {}).get("prompt") or json.dumps(entry["body"])
                self.row_of(rows, vendor, text).creates.append({**entry, "vendor": vendor})
        return rows

    def row_of(self, rows: dict[str, Row], vendor: str, text: str) -> Row:
        if (row := rows.get(named(text))) is None:
            self.ledger.wrong(f"{vendor} was told what nobody asked for: {text[:200]}")
            return Row({})
        return row

    def once(self, row: Row) -> None:
        """No second job, and no second create but after one that is known to have made nothing."""
        if len(row.jobs) > 1:
            self.ledger.wrong(f"{row['public_id']} was made {len(row.jobs)} times: {row.jobs}")
        creates = sorted(row.creates, key=lambda entry: entry["at"])
        self.ledger.counts["creates at the vendors"] += len(creates)
        unsure = [e for e in creates[:-1] if e["made"] or e["status"] not in REFUSED]
        if len(unsure) > (row["public_id"] in self.none):
            told = [(e["vendor"], e["status"], e["made"], e["faults"]) for e in creates]
            self.ledger.wrong(f"{row['public_id']} was sent again: {told}")

    def at_home(self, row: Row) -> None:
        """What was paid is here, byte for byte; or it is known to be in doubt."""
        paid = [job for job in row.jobs if not job["refunded"]]
        if row["status"] == "succeeded":
            if [job["id"] for job in paid] != [json.loads(row["receipt"] or "{}").get("id")]:
                self.ledger.wrong(f"{row['public_id']} succeeded with {row['receipt']}: {row.jobs}")
            elif row["film"] != hashlib.sha256(self.film(paid[0])).hexdigest():
                self.ledger.wrong(f"the film of {row['public_id']} is not its vendor's: {paid}")
            else:
                self.ledger.counts["films as their vendor made them"] += 1
        elif paid and not row.ambiguous:
            self.ledger.wrong(f"{row['public_id']} is {row['status']}, and was paid: {paid}")
        elif row["status"] == "failed":
            if not (row.jobs and all(job["refunded"] for job in row.jobs)):
                self.ledger.wrong(f"{row['public_id']} failed ({row['error']}): {row.jobs}")
        elif row["status"] == "cancelled" and row.creates and row.creates[-1]["status"] is None:
            self.ledger.wrong(f"{row['public_id']} was cancelled, and its create went unanswered")

    def film(self, job: Mapping[str, Any]) -> bytes:
        """As its vendor made it, with what it made wrong."""
        faults = Faults()
        faults.add(*(Fault.read(rule) for rule in rules(self.seed, job["vendor"], STAYS)))
        case = Case(number=job["number"], text=job["text"])
        wide, high = (even(side * self.scale) for side in job["size"])
        seconds, sound = float(job["seconds"]), bool(job["sound"])
        if fault := faults.find("wrong_length", case, 0):
            seconds += 3 if fault.seconds is None else fault.seconds
        if faults.find("wrong_size", case, 0):
            wide = even(wide / 2)
        sound = not faults.find("mute", case, 0) and sound
        sound = bool(faults.find("loud", case, 0)) or sound
        return film(wide, high, seconds, sound)

    def doubted(self, row: Row) -> None:
        """Only what is in doubt is held: its answer was lost, or the gateway died meanwhile."""
        if not row.ambiguous:
            return
        self.ledger.counts["held in doubt"] += 1
        self.ledger.counts["held in doubt, and there is a job"] += bool(row.jobs)
        last = max(row.creates, key=lambda entry: entry["at"], default=None)
        if last and (LOSING & set(last["faults"]) or (last["status"] or 500) >= 500):
            return
        began = row["started_at"]
        if any(began <= after and before - began < IN_FLIGHT for before, after in self.kills):
            self.ledger.counts["held in doubt by a kill"] += 1
            return
        if row.report["ambiguous"]["since"] - began < IN_FLIGHT and cut(self.weather, row):
            self.ledger.counts["held in doubt by a line that was cut"] += 1
            return
        self.ledger.wrong(f"{row['public_id']} is held, and its answer was not lost: {last}")

    def paid(self, row: Row) -> None:
        """Micro-unit for micro-unit."""
        price = sum(job["price"] for job in row.jobs if not job["refunded"])
        if row["status"] == "succeeded" and (row["cost"], row["reserved"]) != (price, 0):
            self.ledger.wrong(f"{row['public_id']} cost {price}, and its row says {row.of}")
        if row["status"] in ("failed", "cancelled") and (row["cost"] or row["reserved"]):
            self.ledger.wrong(f"{row['public_id']} cost nothing, and its row says {row.of}")
        if row.ambiguous and (not row["reserved"] or row["reserved"] < price):
            self.ledger.wrong(f"{row['public_id']} may cost {price}, and holds {row['reserved']}")

    def sums(self, db: apsw.Connection, rows: Mapping[str, Row]) -> None:
        """For each account: what it charged is what is settled here and what is in doubt."""
        settled: Counter[str] = Counter()
        reserved: Counter[str] = Counter()
        for provider, held, cost in db.execute("SELECT provider, reserved, settled FROM usage"):
            settled[provider] += cost
            reserved[provider] += held
        lines = db.execute("SELECT provider, sum(reserved), sum(settled) FROM money GROUP BY 1")
        for provider, held, cost in lines:
            if (held, cost) != (reserved[provider], settled[provider]):
                self.ledger.wrong(f"{provider}: the lines say {held}, {cost}, the sums otherwise")
        doubt: defaultdict[str, int] = defaultdict(int)
        held_for: Counter[str] = Counter()
        for row in rows.values():
            if row.ambiguous:
                held_for[row["provider"]] += row["reserved"] or 0
                for job in row.jobs:
                    doubt[job["vendor"]] += 0 if job["refunded"] else job["price"]
        for vendor in NAMES:
            name, charged = f"{vendor}-1", self.weather.asked(vendor, "/_sums")["charged"]
            if charged != settled[name] + doubt[vendor]:
                told = f"{settled[name]} are settled here, {doubt[vendor]} in doubt"
                self.ledger.wrong(f"{vendor} charged {charged}; {told}")
            if reserved[name] != held_for[name]:
                self.ledger.wrong(f"{name}: {reserved[name]} held, for tasks {held_for[name]}")
            self.ledger.counts["micro-dollars charged"] += charged
            self.ledger.counts["micro-dollars settled"] += settled[name]
            self.ledger.counts["micro-dollars charged, in doubt"] += doubt[vendor]


def cut(weather: Weather, row: Row) -> bool:
    """Whether the line to its vendor was closed at about that time."""
    since = row.report["ambiguous"]["since"]
    return any(abs(since - at) < IN_FLIGHT for at in weather.cuts[row["engine"].removesuffix("-1")])


def named(text: str) -> str:
    found = NAME.search(text)
    return found[0] if found else ""


def events_of(ledger: Ledger, db: apsw.Connection, row: Row) -> None:
    """One ending, and it is the last; none for what is held."""
    if not row.ambiguous:
        events(ledger, db, row["id"], row["public_id"], row["status"])
        return
    query = "SELECT status FROM events WHERE task_id = ? ORDER BY id"
    if (last := db.execute(query, (row["id"],)).fetchall()[-1]) != ("running",):
        ledger.wrong(f"{row['public_id']} is held, and its last event is {last}")
