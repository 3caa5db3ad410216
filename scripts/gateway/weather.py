"""The vendors, as a process of their own, and their weather: what goes wrong there, by the seed.

always   every kind of fault with a small chance, drawn from who is asking
storms   for a moment one vendor answers 429 to every create, or 500 to everything, or is gone
calm     nothing goes wrong any more; films that were made wrong stay so (LASTING)
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from ledger import Ledger
from line import Line

from vendors.faults import LASTING

NAMES = ("novita", "myrouter", "mulerouter", "aihubmax")
TESTS = Path(__file__).resolve().parents[2] / "tests"

CHANCES: dict[str, tuple[float, dict[str, Any]]] = {
    "cut_before": (0.02, {}),
    "error_before": (0.02, {}),
    "slow_before": (0.05, {"seconds": 0.7}),
    "throttled": (0.05, {"retry_after": 1}),
    "balance": (0.02, {}),
    "key_refused": (0.01, {}),
    "cut_after": (0.03, {}),
    "error_after": (0.02, {}),
    "slow_after": (0.05, {"seconds": 0.7}),
    "half": (0.01, {}),
    "twice": (0.02, {}),
    "not_json": (0.01, {}),
    "no_id": (0.01, {}),
    "refused": (0.03, {}),
    "failed": (0.03, {}),
    "unknown_job": (0.05, {"at": [1]}),
    "poll_error": (0.05, {"status": 504}),
    "poll_cut": (0.04, {}),
    "poll_slow": (0.05, {"seconds": 0.5}),
    "poll_throttled": (0.03, {"retry_after": 1}),
    "poll_not_json": (0.03, {}),
    "unknown_word": (0.06, {}),
    "backwards": (0.1, {}),
    "no_file": (0.06, {}),
    "wrong_length": (0.05, {}),
    "wrong_size": (0.03, {}),
    "mute": (0.1, {}),
    "loud": (0.05, {}),
    "truncated": (0.03, {}),
    "not_a_film": (0.02, {}),
    "expired": (0.06, {}),
    "download_error": (0.06, {}),
    "drip": (0.03, {}),
    "cut_download": (0.1, {}),
    "no_ranges": (0.1, {}),
}
STAYS = LASTING - {"truncated", "not_a_film"}  # else their films would never come
STORMS: tuple[tuple[str, tuple[dict[str, Any], ...]], ...] = (
    ("429 to every create", ({"kind": "throttled", "retry_after": 2},)),
    (
        "503 to every look and download",
        ({"kind": "poll_error", "status": 503}, {"kind": "download_error", "status": 503}),
    ),
    ("500 to every create", ({"kind": "error_before", "times": 2},)),
    ("the key is refused", ({"kind": "key_refused"},)),
)


def rules(seed: int, vendor: str, kinds: Collection[str] = CHANCES) -> list[dict[str, Any]]:
    """As that vendor is told them: each draws for itself."""
    own = seed * len(NAMES) + NAMES.index(vendor)
    return [
        {"kind": kind, "chance": chance, "seed": own, **rule}
        for kind, (chance, rule) in CHANCES.items()
        if kind in kinds
    ]


class Weather:
    """Each vendor's control, and the line to it."""

    def __init__(self, addresses: dict[str, str], ledger: Ledger, options: Any) -> None:
        self.ledger, self.options = ledger, options
        self.http = {n: httpx.Client(base_url=a, trust_env=False) for n, a in addresses.items()}
        self.lines = {name: Line(address) for name, address in addresses.items()}
        self.hits: Counter[str] = Counter()
        self.cuts: dict[str, list[int]] = {name: [] for name in addresses}  # UTC ms, by line

    async def begin(self) -> None:
        for name, line in self.lines.items():
            await line.open()
            self.tell(name, rules(self.options.seed, name))

    def tell(self, name: str, said: list[dict[str, Any]]) -> None:
        self.http[name].post("/_faults", json=said).raise_for_status()

    async def storms(self, chance: random.Random) -> None:
        """One after another, until cancelled; a line that was closed is open again then."""
        while True:
            await asyncio.sleep(chance.uniform(0.5, 1.5) * self.options.calm)
            name, seconds = chance.choice(NAMES), chance.uniform(0.5, 3)
            what, said = chance.choice((*STORMS, ("gone", ()), ("gone", ())))
            self.ledger.counts[f"storm: {what}"] += 1
            if said:
                lasts = {"lasts": seconds * self.options.speed}
                self.tell(name, [{**rule, **lasts} for rule in said])
                await asyncio.sleep(seconds)
                continue
            self.lines[name].close()
            self.cuts[name].append(round(time.time() * 1000))
            try:
                await asyncio.sleep(seconds)
            finally:
                await self.lines[name].open()

    def calm(self) -> None:
        for name, http in self.http.items():
            for rule in http.get("/_faults").json()["rules"]:
                self.hits[rule["kind"]] += rule["hits"]
            http.delete("/_faults").raise_for_status()
            http.post("/_release").raise_for_status()
            self.tell(name, rules(self.options.seed, name, STAYS))

    def asked(self, name: str, path: str, **query: str) -> Any:
        return self.http[name].get(path, params=query, timeout=60).raise_for_status().json()

    def close(self) -> None:
        for http in self.http.values():
            http.close()
        for line in self.lines.values():
            line.close()


@contextmanager
def vendors(speed: float, scale: float, seed: int) -> Iterator[dict[str, str]]:
    """Name → address."""
    command = [sys.executable, "-m", "vendors", *NAMES, "--with-stdin", "--inline"]
    terms = {"speed": speed, "scale": scale, "seed": seed}
    command += [word for name, value in terms.items() for word in (f"--{name}", str(value))]
    process = subprocess.Popen(
        [*command, "--waits", "0", "2", "--runs", "1", "20"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )
    assert process.stdin and process.stdout
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)
        process.stdin.close()
        process.stdout.close()
