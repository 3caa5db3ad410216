"""The vendors, as a process of their own, and their weather: what goes wrong there, by the seed.

always   every kind of fault with a small chance, drawn from who is asking
storms   for a moment all vendors answer 429 to every create, or 500, or 503 to everything else; or
         one's line is gone, mute, without a name or with a certificate that nobody trusts; each
         kind in turn
forgers  messages come to the gateway that no vendor has sent
calm     nothing goes wrong any more; films that were made wrong stay so (LASTING)
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from ledger import Ledger
from line import Line

from vendors.faults import LASTING
from vendors.hooks import LIES
from vendors.running import certificate

if TYPE_CHECKING:
    from house import House

NAMES = ("novita", "myrouter", "mulerouter", "aihubmax")
SAFE = ("mulerouter", "aihubmax")  # their lines speak TLS
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
    "half": (0.02, {}),
    "twice": (0.04, {}),
    "not_json": (0.02, {}),
    "no_id": (0.02, {}),
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
    "drip": (0.05, {}),
    "cut_download": (0.1, {}),
    "no_ranges": (0.1, {}),
    "webhook_never": (0.1, {}),
    "webhook_twice": (0.1, {}),
    "webhook_early": (0.05, {}),
}
STAYS = LASTING - {"truncated", "not_a_film"}  # else their films would never come
RULES: dict[str, tuple[dict[str, Any], ...]] = {
    "429 to every create": ({"kind": "throttled", "retry_after": 2},),
    "503 to every look and download": (
        {"kind": "poll_error", "status": 503},
        {"kind": "download_error", "status": 503},
    ),
    "500 to every create": ({"kind": "error_before", "times": 4},),
    "the key is refused": ({"kind": "key_refused"},),
}
STORM_OF = {rule["kind"]: what for what, some in RULES.items() for rule in some}
GONE, NAMELESS = "the line is cut and gone", "the host has no name"
LATE, NEVER = "the line is mute, then late", "the line is mute, then cut"
CERTIFICATES = {  # whose, and for how many days
    "a certificate that nobody trusts": ("127.0.0.1", 1),
    "a certificate that is over": ("127.0.0.1", -1),
    "another host's certificate": ("elsewhere.example", 1),
}
STORMS = (*RULES, GONE, NAMELESS, LATE, NEVER, *CERTIFICATES)


def rules(seed: int, vendor: str, kinds: Collection[str] = CHANCES) -> list[dict[str, Any]]:
    """As that vendor is told them: each draws for itself."""
    own = seed * len(NAMES) + NAMES.index(vendor)
    return [
        {"kind": kind, "chance": chance, "seed": own, **rule}
        for kind, (chance, rule) in CHANCES.items()
        if kind in kinds
    ]


class Weather:
    """Each vendor's control, and the line to it. `trusted` is a file for what to trust."""

    def __init__(
        self, addresses: dict[str, str], ledger: Ledger, options: Any, trusted: Path
    ) -> None:
        self.ledger, self.options = ledger, options
        self.http = {n: httpx.Client(base_url=a, trust_env=False) for n, a in addresses.items()}
        good, authority = certificate()
        self._bad: dict[str, ssl.SSLContext] = {}
        for what, (host, days) in CERTIFICATES.items():
            self._bad[what], also = certificate(host, days=days)
            authority += "" if "nobody" in what else also  # so each is refused for its own reason
        trusted.write_text(authority)
        self.lines = {
            name: Line(address, tls=good if name in SAFE else None)
            for name, address in addresses.items()
        }
        self.hits: Counter[str] = Counter()  # by fault or storm
        self.lies: Counter[tuple[str, int | None]] = Counter()  # by what the gateway answered

    async def begin(self) -> None:
        for name, line in self.lines.items():
            await line.open()
            self.tell(name, rules(self.options.seed, name))

    def tell(self, name: str, said: list[dict[str, Any]]) -> None:
        self.http[name].post("/_faults", json=said).raise_for_status()

    # storms

    async def storms(self, chance: random.Random, house: House) -> None:
        """One after another, until cancelled; a line that was closed is open again then."""
        while True:
            for what in chance.sample(STORMS, len(STORMS)):
                await asyncio.sleep(chance.uniform(0.5, 1.5) * self.options.calm)
                name = chance.choice(SAFE if what in CERTIFICATES else NAMES)
                await self._storm(what, name, chance.uniform(0.5, 1) * self.options.calm, house)
                self.ledger.counts[f"storm: {what}"] += 1

    async def _storm(self, what: str, name: str, seconds: float, house: House) -> None:
        line = self.lines[name]
        if said := RULES.get(what):
            lasts = {"lasts": seconds * self.options.speed}
            for each in NAMES:
                self.tell(each, [{**rule, **lasts} for rule in said])
            await asyncio.sleep(seconds)
            return
        if what == NAMELESS:
            await house.name(name, known=False)
        elif what in (LATE, NEVER):
            line.hush()
        else:
            line.close()
        if what in CERTIFICATES:
            await line.open(self._bad[what])
        try:
            await asyncio.sleep(seconds)
        finally:
            if what == NAMELESS:
                await house.name(name, known=True)
            elif what in (LATE, NEVER):
                if what == NEVER:
                    line.cut()
                self.hits[what] += line.speak()
            else:
                line.close()
                await line.open()

    async def forgers(self, chance: random.Random, gateway: str) -> None:
        """Until cancelled. Where the gateway is dead nobody hears it."""
        while True:
            await asyncio.sleep(chance.uniform(0.2, 0.8))
            name, lie = chance.choice(NAMES[:3]), chance.choice((*LIES, "token"))
            jobs = await asyncio.to_thread(self.asked, name, "/_jobs")
            if not jobs:
                continue
            said: dict[str, Any] = {"lie": lie, "job": chance.choice(jobs[-20:])["id"]}
            if lie == "token":
                said |= {"lie": "unsigned", "url": f"{gateway}/hooks/{name}-1/guessed"}
            where = self.http[name]
            reply = await asyncio.to_thread(where.post, "/_webhooks", json=said, timeout=30)
            self.heard(name, lie, reply.raise_for_status().json()["status"])

    def heard(self, name: str, lie: str, status: int | None) -> None:
        """Who signs is believed by the signature alone; the others' addresses cannot be guessed,
        and whoever guesses learns nothing."""
        self.lies[lie, status] += 1
        signs = name == "mulerouter" and lie in ("signature", "unsigned", "stale")
        wanted = {403} if signs else {404} if (name, lie) == ("mulerouter", "token") else {204}
        if status not in (None, 503, *wanted):
            self.ledger.wrong(f"a forged message ({lie}) of {name} was answered {status}")

    def calm(self) -> None:
        for name, http in self.http.items():
            for rule in http.get("/_faults").json()["rules"]:
                kind = rule["kind"]
                self.hits[kind if rule["lasts"] is None else STORM_OF[kind]] += rule["hits"]
            http.delete("/_faults").raise_for_status()
            http.post("/_release").raise_for_status()
            self.tell(name, rules(self.options.seed, name, STAYS))

    def asked(self, name: str, path: str, **query: str) -> Any:
        return self.http[name].get(path, params=query, timeout=60).raise_for_status().json()

    def now(self, name: str) -> tuple[int, int]:
        """Our time and that vendor's, of the same moment or a little earlier, UTC ms."""
        clock = self.asked(name, "/_sums")["now"]
        return time.time_ns() // 1_000_000, clock

    def close(self) -> None:
        for http in self.http.values():
            http.close()
        for line in self.lines.values():
            line.close()


@contextmanager
def vendors(options: Any, hook: str, secret: str) -> Iterator[dict[str, str]]:
    """Name → address. `hook` is where an account's messages go, where a vendor has no other."""
    command = [sys.executable, "-m", "vendors", *NAMES, "--with-stdin", "--inline"]
    terms = {"speed": options.speed, "scale": options.scale, "seed": options.seed}
    terms |= {"secret": secret}
    command += [word for name, value in terms.items() for word in (f"--{name}", str(value))]
    process = subprocess.Popen(
        [*command, "--waits", "0", "2", "--runs", "1", "20"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )
    assert process.stdin and process.stdout
    try:
        addresses = json.loads(process.stdout.readline())
        told = {"hook": f"{hook}/hooks/mulerouter-1"}
        httpx.post(addresses["mulerouter"] + "/_state", json=told).raise_for_status()
        yield addresses
    finally:
        process.terminate()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.wait(10)
        process.stdout.close()
