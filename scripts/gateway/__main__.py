"""The campaign of the gateway: whatever the vendors do and whenever it dies, nothing is paid twice,
and what was paid is brought home.

    python scripts/gateway [--server 30] [--media 8] [--seed 1] [--rate 5] [--calm 4]

Fake vendors of four wires are a process of their own, which remembers everything. A real server
with them as its providers, each by a line that goes wrong at times, two of them by TLS, is loaded
with creates in five wires, by keys of which some have budgets (`orders`); one of six is for one
provider only, one of four may be cancelled or abandoned. The vendors misbehave by the seed in every
way that they know, and forged messages come (`weather`), while the server is killed with SIGKILL at
moments of chance; every fourth time once more while it starts. Its settings change under it
(`house`): creates whose answer was lost fail at first, and are held later on; for a while what is
open for a minute is lost. Every ending is told to two endpoints and to the addresses that requests
name, all at a receiver that misbehaves.

Then all is calm, the server is killed once more, and what can end ends. What is in doubt is held
against what lost its answer (`doubts`), half of it is resolved by what its vendor says, the server
is killed again, and the other half is resolved.

The books at the end, each line a violation if it does not hold:

    every create that was answered is one row; it is over with one ending, among its events too
    no task has two jobs that are paid; none was sent again after a create that may have made one
    every job that was paid has its film here, byte for byte as the vendor made it, also where the
    task was over by then; what is in doubt had its answer lost
    each task cost what its vendor took; each vendor took what is settled here; nothing is held
    no key had more spent at the vendors' at any moment than its budget
    every ending was told to everybody who asked, under one webhook-id, and arrived
    the temporary folder is empty, and the assets on the disk are those in the database

Prints what happened, and a table of the faults, of whom they struck and what became of those
(`strikes`); exits 1 upon any violation, and then keeps data and log.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import sys
import tempfile
import time
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "campaign"))

from audit import deliveries
from books import Books
from doubts import Database, Doubts
from house import SECRET, House
from kills import Kills
from ledger import Ledger
from orders import Keys, Orders
from receiver import Receiver, all_delivered, register
from strikes import Strikes
from weather import Weather, vendors

from serving import Server, free_port

CLIENTS, READERS = 4, 2


class Deaths(Kills):
    """When they were, too."""

    at: list[tuple[int, int]]  # between which moments, UTC ms

    async def kill_and_watch(self) -> None:
        before = time.time_ns() // 1_000_000
        await super().kill_and_watch()
        self.at.append((before, time.time_ns() // 1_000_000))


class Campaign:
    def __init__(self, options: argparse.Namespace, house: House, server: Server) -> None:
        self.options, self.house, self.server = options, house, server
        self.ledger, self.weather = house.ledger, house.weather
        self.chance = random.Random(options.seed)

    async def run(self) -> None:
        async with (
            Receiver(self.ledger, random.Random(self.options.seed + 2)) as self.receiver,
            httpx.AsyncClient(
                base_url=self.server.address,
                headers={"authorization": f"Bearer {self.server.key}"},
                limits=httpx.Limits(max_connections=32),
                timeout=30,
                trust_env=False,
            ) as http,
        ):
            await register(http, self.receiver)
            self.orders = Orders(self.ledger, http, self.chance, self.options)
            self.orders.keys, self.orders.refused = Keys(), {}
            await asyncio.to_thread(self.orders.keys.make, self.house.order)
            self.orders.receiver = self.receiver.address
            self.kills = Deaths(self.ledger, self.orders, self.server, self.chance, self.options)
            self.kills.at = []
            self.doubts = Doubts(self.house, self.weather, self.ledger, self.kills.at)
            async with asyncio.TaskGroup() as group:
                for _ in range(CLIENTS):
                    group.create_task(self.orders.client(CLIENTS))
                for _ in range(READERS):
                    group.create_task(self.orders.reader())
                await self.bad_times(group)
                await self.calm()
                self.orders.reading = False
            await self.orders.read_all()
            await all_delivered(http, self.ledger, self.options.within)

    async def bad_times(self, group: asyncio.TaskGroup) -> None:
        seed = self.options.seed
        weather = [
            group.create_task(self.weather.storms(random.Random(seed + 1), self.house)),
            group.create_task(
                self.weather.forgers(random.Random(seed + 3), self.server.address)
            ),
        ]  # fmt: skip
        phases = group.create_task(self.house.phases(self.options.server))
        await self.kills.all()
        self.orders.loading = False
        await phases
        for task in weather:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await asyncio.to_thread(self.weather.calm)

    async def calm(self) -> None:
        within, self.receiver.behaves = self.options.within, True
        await self.kills.kill_and_watch()
        await asyncio.to_thread(self.server.restart)
        await self.orders.until(self.doubts.open, within)
        found = await asyncio.to_thread(self.doubts.found)
        await asyncio.to_thread(self.doubts.judge, found, self.server.log())
        await asyncio.to_thread(self.doubts.resolve, found[::2])
        await self.orders.until(self.doubts.open, within)
        await self.kills.kill_and_watch()
        await asyncio.to_thread(self.server.restart)
        await self.orders.until(self.doubts.open, within)
        left = await asyncio.to_thread(self.doubts.found)
        if left != found[1::2]:
            self.ledger.wrong(f"in doubt are {left}, and nobody has said anything of {found[1::2]}")
        await asyncio.to_thread(self.doubts.resolve, left)
        await self.orders.until(self.doubts.open, within)


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


async def whole(options: argparse.Namespace, ledger: Ledger, folder: Path) -> Strikes:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with vendors(options, address, SECRET) as addresses:
        weather = Weather(addresses, ledger, options, folder / "trusted.pem")
        await weather.begin()
        os.environ["SSL_CERT_FILE"] = str(folder / "trusted.pem")
        house = House(folder / "data", weather, ledger, options.slots)
        settings = {
            "allow_private": '["127.0.0.0/8"]',
            "public_url": address,
            "webhooks_pace": 0.005,
        }
        try:
            server = await asyncio.to_thread(Server.start, house.data, port=port, **settings)
            campaign = Campaign(options, house, server)
            with server:
                await campaign.run()
                if code := await asyncio.to_thread(server.stop):
                    ledger.wrong(f"the server ended with {code}")
            return await asyncio.to_thread(accounts, campaign)
        finally:
            weather.close()


def accounts(campaign: Campaign) -> Strikes:
    ledger, options, house = campaign.ledger, campaign.options, campaign.house
    weather, none = campaign.weather, campaign.doubts.none
    books = Books(
        ledger, weather, campaign.orders, house.data, options.seed, options.scale, none
    )  # fmt: skip
    strikes = Strikes(ledger, weather, books.check())
    strikes.read(campaign.server.log())
    with Database(house.data / "reelway.db") as db:
        deliveries(ledger, campaign.receiver, db)
    ledger.counts["vendors' messages that hurried a look"] = campaign.server.log().count(
        "provider.hint "
    )
    return strikes


def main() -> int:
    given, ledger = options(), Ledger()
    began = time.monotonic()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="reelway-gateway-"))
    folder.mkdir(parents=True, exist_ok=True)
    strikes = asyncio.run(whole(given, ledger, folder))
    code = ledger.close(time.monotonic() - began, folder, keep=bool(given.folder))
    print("", *strikes.table(), sep="\n")
    if missing := strikes.missing():
        print("never struck:", ", ".join(missing))
    return code


if __name__ == "__main__":
    sys.exit(main())
