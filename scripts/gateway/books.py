"""The gateway's books against the vendors', once the gateway is stopped.

    by what stands in the prompt: a task of ours ── its creates and its jobs there

A create that a vendor answered with a refusal, or that never reached it, made nothing. After any
other one the gateway may send no second, unless its job has failed, or somebody said that nothing
came of it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import apsw
from audit import NAME, events, files, whole
from ledger import Ledger
from orders import FITTING, Orders
from weather import NAMES, STAYS, Weather, rules

from vendors.faults import Case, Fault, Faults
from vendors.films import film
from vendors.job import NEVER, even

REFUSED = set(range(400, 500)) - {408, 409, 425}  # nothing was made
COLUMNS = (
    "id, public_id, request, status, stage, attempt, engine, receipt, report, error, film, "
    "reserved, cost, provider, started_at, key_id"
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

    @cached_property
    def fault(self) -> dict[str, Any]:
        return dict(json.loads(self["error"] or "{}"))

    @property
    def paid(self) -> list[dict[str, Any]]:
        return [job for job in self.jobs if not job["refunded"]]

    @property
    def fate(self) -> str:
        """What became of it, in the words of the table."""
        if self.paid:
            return "delivered" if self["status"] == "succeeded" else "late"
        return "unpaid"


@dataclass
class Books:
    ledger: Ledger
    weather: Weather
    orders: Orders
    data: Path
    seed: int
    scale: float
    none: set[str]  # public ids of which somebody said that the vendor has nothing

    def check(self) -> dict[str, Row]:
        db = apsw.Connection(str(self.data / "reelway.db"), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            whole(self.ledger, db)
            rows = self.read(db)
            for row in rows.values():
                events(self.ledger, db, row["id"], row["public_id"], row["status"])
                self.once(row)
                self.at_home(row)
                self.paid(row)
            self.sums(db)
            self.budgets(db, rows)
            known = files(self.ledger, db, self.data)
            self.ledger.counts["assets on the disk"] = len(known)
        finally:
            db.close()
        if left := sorted(path.name for path in (self.data / "tmp").iterdir()):
            self.ledger.wrong(f"left in tmp: {left}")
        return rows

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
        """No second job that is paid, and no second create but after one that is known to have made
        nothing, or whose job has failed."""
        if len(row.paid) > 1:
            self.ledger.wrong(f"{row['public_id']} was made {len(row.paid)} times: {row.jobs}")
        creates = sorted(row.creates, key=lambda entry: entry["at"])
        self.ledger.counts["creates at the vendors"] += len(creates)
        self.ledger.counts["second jobs, after one that failed"] += len(row.jobs) > 1
        failed = {job["id"]: job["ends_at"] for job in row.jobs if job["refunded"]}
        unsure = [
            entry
            for entry, after in pairwise(creates)
            if failed.get(entry["job"], NEVER) > after["at"]
            and (entry["made"] or entry["status"] not in REFUSED)
        ]
        if len(unsure) > (row["public_id"] in self.none):
            told = [(e["vendor"], e["status"], e["made"], e["faults"]) for e in creates]
            self.ledger.wrong(f"{row['public_id']} was sent again: {told}")

    def at_home(self, row: Row) -> None:
        """What was paid is here, byte for byte: as the task's film, or beside a task that was over
        by then. What was not paid for has no film, and ended for a reason."""
        ended = row["status"]
        if ended not in ("succeeded", "failed", "cancelled") or row["stage"] == "late":
            self.ledger.wrong(f"{row['public_id']} is {ended}, {row['stage']}: {row.of}")
        if not row.paid:
            told = row.jobs or row.fault.get("code") == "ambiguous" or ended == "cancelled"
            if ended == "succeeded" or row["film"] or not told:
                self.ledger.wrong(f"{row['public_id']} is {ended} and was not paid for: {row.of}")
            return
        (job, *_) = row.paid
        if json.loads(row["receipt"] or "{}").get("id") != job["id"]:
            self.ledger.wrong(f"{row['public_id']} is {ended} with {row['receipt']}: {row.jobs}")
        elif row["film"] != hashlib.sha256(self.film(job)).hexdigest():
            self.ledger.wrong(f"the film of {row['public_id']} is not its vendor's: {job}")
        elif not job["downloads"]:
            self.ledger.wrong(f"the film of {row['public_id']} was not fetched from there: {job}")
        elif (ended != "succeeded") != ("late_result" in row.report):
            self.ledger.wrong(f"{row['public_id']} is {ended}, and its report is {row.report}")
        else:
            self.ledger.counts["films as their vendor made them"] += 1
        if ended != "succeeded":
            why = row.fault.get("code", "abandoned")
            self.ledger.counts[f"late results of tasks that were over: {why}"] += 1

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

    # money

    def paid(self, row: Row) -> None:
        """Micro-unit for micro-unit."""
        price = sum(job["price"] for job in row.paid)
        if (row["cost"] or 0) != price or row["reserved"]:
            self.ledger.wrong(f"{row['public_id']} cost {price}, and its row says {row.of}")

    def sums(self, db: apsw.Connection) -> None:
        """For each account: what it charged is what is settled here, and nothing is held."""
        settled: Counter[str] = Counter()
        for provider, held, cost in db.execute("SELECT provider, reserved, settled FROM usage"):
            settled[provider] += cost
            if held:
                self.ledger.wrong(f"{provider}: {held} are held still")
        lines = db.execute("SELECT provider, sum(reserved), sum(settled) FROM money GROUP BY 1")
        for provider, held, cost in lines:
            if (held, cost) != (0, settled[provider]):
                self.ledger.wrong(f"{provider}: the lines say {held}, {cost}, the sums otherwise")
        for vendor in NAMES:
            charged = self.weather.asked(vendor, "/_sums")["charged"]
            if charged != settled[f"{vendor}-1"]:
                told = f"{settled[f'{vendor}-1']} are settled here"
                self.ledger.wrong(f"{vendor} charged {charged}; {told}")
            self.ledger.counts["micro-dollars charged"] += charged
            self.ledger.counts["micro-dollars settled"] += settled[f"{vendor}-1"]

    def budgets(self, db: apsw.Connection, rows: Mapping[str, Row]) -> None:
        """At no moment had the vendors taken more than a key may spend; and where ten asked at
        once, what fits was taken."""
        prefixes = {id: prefix for id, prefix in db.execute("SELECT id, prefix FROM keys")}
        for key, budget in self.orders.keys.budgets.items():
            own = [row for row in rows.values() if key.startswith(prefixes[row["key_id"]])]
            if (most := most_spent(own)) > budget:
                self.ledger.wrong(f"a key of {budget} had {most} spent at the vendors'")
            refused = sum(1 for by in self.orders.refused.values() if by == key)
            if key in self.orders.keys.rush and refused:
                self.ledger.counts["orders of a rush that were taken"] += len(own)
                if len(own) < FITTING:
                    self.ledger.wrong(f"{len(own)} of {FITTING} that fit were taken")
            self.ledger.counts["micro-dollars of budgets"] += budget
            self.ledger.counts["micro-dollars of budgets, at most spent"] += most


def most_spent(rows: list[Row]) -> int:
    """At any moment, as the vendors know it: taken at the create, given back at a failure."""
    changes = [(job["created_at"], job["price"]) for row in rows for job in row.jobs]
    changes += [(j["ends_at"], -j["price"]) for row in rows for j in row.jobs if j["refunded"]]
    spent = most = 0
    for _, change in sorted(changes):
        spent += change
        most = max(most, spent)
    return most


def named(text: str) -> str:
    found = NAME.search(text)
    return found[0] if found else ""
