"""How soon a gateway notices that a vendor is done, and what it costs to have many tasks there.

    python benchmarks/notice.py [--folder DIR] [--tasks 1000] [--first 60] [--last 180] [--no-eta]
                                [--measure 120]

A real `reelway serve` on a fresh folder, with one provider: the tests' fake Novita in a process of
its own, which notes each look at each job. Jobs end spread over `--first` to `--last` seconds after
their create; the figures are of those that ended within `--measure` seconds once all were open.
When they are taken, the server is killed and started again.

    accepted    creates a second while looks go on, until the vendor has all of them; processor time
                of serve for each, with the looks at it meanwhile
    look        between the last two looks at a job that has ended: what the delay can be at most,
                as long as nothing waits for its turn
    noticed     from the job's end to the first look that saw it, both by the vendor's clock
    stored      from the job's end to the task's `finished_at`: looked at, fetched, probed, kept
    open        resident memory and processor time of serve while all are open and looked at
    restart     from exec until the last open job was looked at again

`--no-eta`: a vendor that does not say how long it will take, so that a job's age alone decides when
it is looked at again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from serve import memory, mib

from serving import Server, wait_until
from vendors.job import Job, View
from vendors.novita import Novita
from vendors.plain import Answer
from vendors.vendor import KEY

CLIENTS = 4
PATIENCE = 1800.0  # seconds for all to be open
SETTLED = 30.0  # seconds after the window in which the last ends may still be noticed
SETTINGS = """\
allow_private = ["127.0.0.0/8"]
log_level = "warning"
max_queued_per_owner = 100000
[[providers]]
name = "novita"
wire = "novita"
address = "{address}"
key = "{key}"
slots = 10000
"""
TICKS = os.sysconf("SC_CLK_TCK")


class Watched(Novita):
    """Notes when each job was looked at, in its own milliseconds."""

    eta = True
    looks: dict[str, list[int]]

    def show(self, job: Job, view: View) -> Answer:
        self.looks.setdefault(job.id, []).append(view.now)
        return super().show(job, view if self.eta else replace(view, eta=0.0))


async def vend(given: argparse.Namespace) -> None:
    """The vendor's process: its address on stdout, then for each line on stdin all it knows."""
    spread = (given.first, given.last)
    vendor = Watched(waits=0.0, runs=spread, scale=0.125, polls=False)
    vendor.looks, vendor.eta = {}, not given.no_eta
    async with vendor:
        print(vendor.address, flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            jobs = vendor.ledger.jobs.values()
            known = {job.id: [job.ends_at, *vendor.looks.get(job.id, ())] for job in jobs}
            print(json.dumps(known), flush=True)


@dataclass(frozen=True)
class Seen:
    """What the vendor knows of a job."""

    ends_at: int
    looks: Sequence[int]

    @property
    def noticed(self) -> int | None:
        return next((at for at in self.looks if at >= self.ends_at), None)

    @property
    def interval(self) -> int | None:
        """Between the look that saw the end and the one before."""
        before = [at for at in self.looks if at < self.ends_at]
        return self.noticed - before[-1] if before and self.noticed else None


class Vending:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.address = self._line().strip()

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()

    def seen(self) -> dict[str, Seen]:
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return {id: Seen(end, looks) for id, (end, *looks) in json.loads(self._line()).items()}


@contextmanager
def vending(given: argparse.Namespace) -> Iterator[Vending]:
    command = [sys.executable, __file__, "--vendor", f"--first={given.first}"]
    command += [f"--last={given.last}", *(["--no-eta"] if given.no_eta else [])]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield Vending(process)
        finally:
            process.kill()


def order(server: Server, count: int) -> None:
    """All of them, as fast as they are taken."""

    def some(first: int) -> None:
        with server.client() as http:
            for number in range(first, count, CLIENTS):
                body = {"prompt": f"film {number}", "model": "kling-v3", "duration": 3}
                reply = http.post("/api/v1/tasks", json=body)
                if reply.status_code != 201:
                    raise RuntimeError(reply.text)

    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(some, range(CLIENTS)))


def rows(server: Server, columns: str) -> list[tuple[Any, ...]]:
    where = f"file:{server.data / 'reelway.db'}?mode=ro"
    with closing(sqlite3.connect(where, uri=True, timeout=30)) as db:
        return db.execute(f"SELECT {columns} FROM tasks").fetchall()


def cpu(pid: int) -> float:
    """Seconds of processor time so far."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS


def milliseconds() -> int:
    return time.time_ns() // 1_000_000


def told(name: str, spans: Sequence[int]) -> str:
    """Median and p99 in seconds."""
    if not spans:
        return f"{name:9} –"
    sorted_ = sorted(spans)
    p99 = sorted_[math.ceil(0.99 * len(sorted_)) - 1]
    middle = sorted_[len(sorted_) // 2]
    return f"{name:9} median {middle / 1000:7.2f} s   p99 {p99 / 1000:7.2f} s"


def opened(server: Server, count: int) -> None:
    began, used = time.perf_counter(), cpu(server.pid)
    order(server, count)
    took = time.perf_counter() - began
    print(f"ordered   {count:,} in {took:.1f} s, {count / took:.0f}/s", flush=True)

    def all_there() -> bool:
        ((there,),) = rows(server, "count(*) FILTER (WHERE receipt IS NOT NULL)")
        return there == count

    wait_until(all_there, PATIENCE, every=0.5)
    took = time.perf_counter() - began
    each = 1000 * (cpu(server.pid) - used) / count
    print(
        f"accepted  all by the vendor after {took:.1f} s, {count / took:.0f}/s; "
        f"{each:.1f} ms of a processor each; {mib(memory(server.pid))}",
        flush=True,
    )


def measured(server: Server, vendor: Vending, seconds: float) -> None:
    """What happens to those that end within so many seconds from now."""
    idle = memory(server.pid)
    from_ms, used = milliseconds(), cpu(server.pid)
    before = vendor.seen()
    looked = sum(len(job.looks) for job in before.values())
    still = sum(job.ends_at > from_ms for job in before.values())
    most = idle
    while (left := from_ms + seconds * 1000 - milliseconds()) > 0:
        time.sleep(min(1.0, left / 1000))
        most = max(most, memory(server.pid))
    until, used = milliseconds(), cpu(server.pid) - used
    took = (until - from_ms) / 1000
    after = vendor.seen()
    looked = sum(len(job.looks) for job in after.values()) - looked
    left = sum(job.ends_at > until for job in after.values())
    print(
        f"open      {still:,} at first, {left:,} after {took:.0f} s: "
        f"{mib(idle)}, at most {mib(most)}; {used / took:.0%} of a processor, "
        f"{looked / took:.0f} looks/s",
        flush=True,
    )
    delays(server, vendor, from_ms, until)


def delays(server: Server, vendor: Vending, from_ms: int, until: int) -> None:
    time.sleep(SETTLED)
    columns = "json_extract(receipt, '$.id'), status, finished_at"
    ended = {id: at for id, status, at in rows(server, columns) if status == "succeeded"}
    jobs = {id: j for id, j in vendor.seen().items() if from_ms <= j.ends_at < until}
    seen = [(j.noticed - j.ends_at, j.interval) for j in jobs.values() if j.noticed]
    stored = [ended[id] - job.ends_at for id, job in jobs.items() if id in ended]
    print(f"ended     {len(jobs):,}; {len(seen):,} noticed, {len(stored):,} stored by now")
    print(told("look", [interval for _, interval in seen if interval]))
    print(told("noticed", [delay for delay, _ in seen]))
    print(told("stored", stored))
    shares = [delay / interval for delay, interval in seen if interval]
    if shares:
        print(f"          noticed after {sum(shares) / len(shares):.2f} of its interval (mean)")


def restarted(server: Server, vendor: Vending) -> None:
    server.kill()
    killed = milliseconds()
    waiting = {id for id, job in vendor.seen().items() if job.ends_at > killed}
    began = milliseconds()
    server.restart(within=120)
    ready = milliseconds()
    first: dict[str, int] = {}

    def all_seen() -> bool:
        for id, job in vendor.seen().items():
            if id in waiting and job.looks and job.looks[-1] > killed:
                first[id] = next(at for at in job.looks if at > killed)
        return len(first) == len(waiting)

    try:
        wait_until(all_seen, 600, every=1.0)
    except TimeoutError:
        print(f"restart   {len(waiting) - len(first):,} of {len(waiting):,} not looked at again")
        return
    spans = [at - began for at in first.values()]
    print(
        f"restart   {len(waiting):,} open: ready after {(ready - began) / 1000:.1f} s, "
        f"all looked at again after {max(spans, default=0) / 1000:.1f} s; {mib(memory(server.pid))}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, help="on the disk in question; not on tmpfs")
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--first", type=float, default=60.0, help="seconds of a job, at least")
    parser.add_argument("--last", type=float, default=180.0, help="at most")
    parser.add_argument("--measure", type=float, default=120.0, help="seconds")
    parser.add_argument("--no-eta", action="store_true")
    parser.add_argument("--vendor", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.vendor:
        asyncio.run(vend(given))
        return
    load = ", ".join(f"{one:.2f}" for one in os.getloadavg())
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, load before: {load}")
    with (
        tempfile.TemporaryDirectory(prefix="reelway-notice-", dir=given.folder) as name,
        vending(given) as vendor,
    ):
        config = Path(name) / "reelway.toml"
        config.write_text(SETTINGS.format(address=vendor.address, key=KEY))
        with Server.start(Path(name) / "data", "--config", str(config)) as server:
            print(f"idle      {mib(memory(server.pid))}")
            opened(server, given.tasks)
            measured(server, vendor, given.measure)
            restarted(server, vendor)


if __name__ == "__main__":
    main()
