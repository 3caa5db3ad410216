"""The campaign of the gateway: whatever the vendors do and whenever it dies, nothing is paid twice,
and what was paid is brought home.

    python scripts/gateway [--server 30] [--media 8] [--seed 1] [--rate 5] [--calm 4]

Fake vendors of four wires are a process of their own, which remembers everything. A real server
with them as its providers, each by a line that is closed at times, is loaded with creates in five
wires; one of six is for one provider only, one of eight is cancelled. The vendors misbehave by the
seed in every way that they know (`weather`), and the server is killed with SIGKILL at moments of
chance; every fourth time once more while it starts.

Then all is calm, the server is killed once more, and what can end ends. Of the creates that are
held in doubt every other one is resolved, by what its vendor says: its receipt, or none.

The books at the end, each line a violation if it does not hold:

    every create that was answered is one row; what is over has one ending, among its events too
    no task has two jobs, and none was sent again after a create that may have made one
    every job that was paid has its film here, byte for byte as the vendor made it, or is held in
    doubt; what is held in doubt had its answer lost
    each task cost what its vendor took; each vendor took what is settled here and what is in doubt
    the temporary folder is empty, and the assets on the disk are those in the database

Prints a table; exits 1 upon any violation, and then keeps data and log.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sys
import tempfile
import time
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "campaign"))

from books import Books
from kills import Kills
from ledger import Ledger
from orders import Orders, held
from weather import NAMES, Weather, vendors

from reelway import control
from reelway.folder import Folder
from serving import Server
from vendors.job import PRICES
from vendors.vendor import KEY

CLIENTS, READERS = 4, 2


class Deaths(Kills):
    """When they were, too."""

    at: list[tuple[int, int]]  # between which moments, UTC ms

    async def kill_and_watch(self) -> None:
        before = round(time.time() * 1000)
        await super().kill_and_watch()
        self.at.append((before, round(time.time() * 1000)))


async def campaign(
    options: argparse.Namespace, server: Server, ledger: Ledger, weather: Weather
) -> tuple[list[tuple[int, int]], set[str]]:
    """→ when the server was killed, and of which tasks it was told that no vendor has them."""
    chance = random.Random(options.seed)
    async with httpx.AsyncClient(
        base_url=server.address,
        headers={"authorization": f"Bearer {server.key}"},
        limits=httpx.Limits(max_connections=32),
        timeout=30,
        trust_env=False,
    ) as http:
        orders = Orders(ledger, http, chance, options)
        kills = Deaths(ledger, orders, server, chance, options)
        kills.at = []
        async with asyncio.TaskGroup() as group:
            for _ in range(CLIENTS):
                group.create_task(orders.client(CLIENTS))
            for _ in range(READERS):
                group.create_task(orders.reader())
            storms = group.create_task(weather.storms(random.Random(options.seed + 1)))
            await kills.all()
            orders.loading = False
            storms.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await storms
            await asyncio.to_thread(weather.calm)
            await kills.kill_and_watch()
            await asyncio.to_thread(server.restart)
            await orders.wait_for_the_end(options.within)
            none = await resolve(orders, server, weather)
            await orders.wait_for_the_end(options.within)
            orders.reading = False
        await orders.read_all()
    return kills.at, none


async def resolve(orders: Orders, server: Server, weather: Weather) -> set[str]:
    """Every other one that is in doubt, as whoever looks into the vendor's own list would."""
    none: set[str] = set()
    names = {id: name for name, id in orders.ledger.accepted.items()}
    jobs = {
        vendor: {job["text"].rstrip("."): job["id"] for job in weather.asked(vendor, "/_jobs")}
        for vendor in NAMES
    }
    doubted = [task async for task in orders.unfinished() if held(task)]
    for task in doubted[::2]:
        vendor = task["report"]["ambiguous"]["provider"].removesuffix("-1")
        name = names[task["id"]]
        found = [id for text, id in jobs[vendor].items() if text.split()[-1] == name]
        receipt = found[0] if found else None
        what = {"do": "task.resolve", "id": task["id"], "receipt": receipt}
        folder = Folder(server.data).control
        await asyncio.to_thread(control.ask, folder, what, within=10)
        none |= set() if found else {task["id"]}
        orders.ledger.counts["resolved: " + ("by its receipt" if found else "none is there")] += 1
    return none


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--server", type=int, default=30, help="times that the server is killed")
    parser.add_argument("--media", type=int, default=8, help="times that a media helper is")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=5, help="creates a second")
    parser.add_argument("--burst", type=int, default=4, help="creates sent as a server is killed")
    parser.add_argument("--backlog", type=int, default=120, help="most open tasks")
    parser.add_argument("--slots", type=int, default=4, help="of each provider")
    parser.add_argument("--calm", type=float, default=4, help="seconds between two storms")
    parser.add_argument("--speed", type=float, default=10, help="of the vendors' time")
    parser.add_argument("--scale", type=float, default=0.125, help="of the frame; 1 is full size")
    parser.add_argument("--within", type=float, default=300, help="seconds to end what is open")
    parser.add_argument("--folder", type=Path, help="keep data and log here")
    return parser.parse_args(namespace=argparse.Namespace(child=0))


def providers(weather: Weather, slots: int) -> str:
    """At the vendors' own prices."""
    prices = {
        f"{resolution}{sound}": micros / 1_000_000
        for resolution, both in PRICES.items()
        for sound, micros in zip(("", " sound"), both, strict=True)
    }
    told = ", ".join(f'"{what}" = {price}' for what, price in prices.items())
    each = (
        f'{{name = "{name}-1", wire = "{name}", address = "{line.address}", key = "{KEY}", '
        f'slots = {slots}, images = "inline", prices = {{{told}}}}}'
        for name, line in weather.lines.items()
    )
    return f"[{', '.join(each)}]"


async def whole(options: argparse.Namespace, ledger: Ledger, folder: Path) -> Weather:
    data = folder / "data"
    with vendors(options.speed, options.scale, options.seed) as addresses:
        weather = Weather(addresses, ledger, options)
        await weather.begin()
        settings = {
            "providers": providers(weather, options.slots),
            "allow_private": '["127.0.0.0/8"]',
            "hosted_policy": "weight",
        }
        try:
            server = await asyncio.to_thread(Server.start, data, **settings)
            with server:
                kills, none = await campaign(options, server, ledger, weather)
                if code := await asyncio.to_thread(server.stop):
                    ledger.wrong(f"the server ended with {code}")
            seed, scale = options.seed, options.scale
            books = Books(ledger, weather, data, seed, scale, kills, none)
            await asyncio.to_thread(books.check)
        finally:
            weather.close()
    return weather


def main() -> int:
    given, ledger = options(), Ledger()
    began = time.monotonic()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="reelway-gateway-"))
    folder.mkdir(parents=True, exist_ok=True)
    weather = asyncio.run(whole(given, ledger, folder))
    ledger.counts.update({f"fault: {kind}": n for kind, n in weather.hits.items()})
    return ledger.close(time.monotonic() - began, folder, keep=bool(given.folder))


if __name__ == "__main__":
    sys.exit(main())
