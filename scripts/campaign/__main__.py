"""The campaign: whatever dies and when, every accepted task ends once, and everybody is told.

    python scripts/campaign [--server 25] [--child 25] [--media 8] [--seed 1] [--rate 6]

A real server on a fresh folder is loaded over HTTP with creates in the words of five wires, while
it and its children are killed with SIGKILL at moments drawn from the seed. A killed server is
started again at once, and every fourth of them is killed once more while it starts. Five of six
creates carry an Idempotency-Key; one whose connection broke is sent again with the same key, and
some more are sent at the very moment of a kill. Two of three films are stills, so that there is
always something to end. Some tasks are cancelled, by a call or by the clock. Every ending is told
to two endpoints and to the addresses that requests name, all at a receiver that misbehaves.

The ledger at the end, each line a violation if it does not hold:

    every create that was answered is one row with exactly one ending, among its events too
    nobody's retry made a second task; nothing that was not asked for is there
    no kill from outside was held against a task; nothing failed; only what was to be cancelled was
    a task that is over stays as it is, and every wire tells the same of it
    every ending was told to everybody who asked, under one webhook-id, and arrived at least once
    every signature holds
    every film is the one that its task tells of, whole, and as ordered, on the disk and over HTTP
    two seconds after a server's death none of its children is left
    the temporary folder is empty, and the assets on the disk are those in the database
    what the server counts is what is there

Prints a table; exits 1 upon any violation, and then keeps data and log.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from audit import audit
from kills import Kills
from ledger import Ledger
from load import Load
from receiver import Receiver, all_delivered, register

from serving import Server

CLIENTS, READERS = 4, 2


async def campaign(
    options: argparse.Namespace, server: Server, ledger: Ledger, folder: Path
) -> Receiver:
    chance = random.Random(options.seed)
    async with (
        Receiver(ledger, random.Random(options.seed + 1)) as receiver,
        httpx.AsyncClient(
            base_url=server.address,
            headers={"authorization": f"Bearer {server.key}"},
            limits=httpx.Limits(max_connections=32),
            timeout=30,
            trust_env=False,
        ) as http,
    ):
        await register(http, receiver)
        load = Load(ledger, http, chance, options)
        load.receiver = receiver.address
        async with asyncio.TaskGroup() as group:
            for _ in range(CLIENTS):
                group.create_task(load.client(CLIENTS))
            for _ in range(READERS):
                group.create_task(load.reader())
            await Kills(ledger, load, server, chance, options).all()
            load.loading = False
            await load.wait_for_the_end(options.within)
            load.reading = False
        await load.read_all()
        receiver.behaves = True
        await all_delivered(http, ledger, options.within)
        await compare_counts(http, ledger)
    return receiver


async def compare_counts(http: httpx.AsyncClient, ledger: Ledger) -> None:
    """What a list holds, page by page, and what the metrics say."""
    listed: Counter[str] = Counter()
    after = None
    while True:
        query = {"limit": 100, **({"after": after} if after else {})}
        page = (await http.get("/api/v1/tasks", params=query)).json()
        listed.update(task["status"] for task in page["data"])
        if (after := page["next"]) is None:
            break
    if missing := set(ledger.over.values()) - set(listed):
        ledger.wrong(f"nothing in the list is {missing}")
    text = (await http.get("/metrics")).text
    for status in ("queued", "running"):
        found = re.search(rf'^reelway_tasks{{status="{status}"}} (\S+)$', text, re.M)
        if not found or float(found[1]) != listed[status]:
            ledger.wrong(f"{listed[status]} tasks are {status}, and the metrics say {found}")
    ledger.counts["tasks in the lists"] = sum(listed.values())


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--server", type=int, default=25, help="times that the server is killed")
    parser.add_argument("--child", type=int, default=25, help="times that an engine child is")
    parser.add_argument("--media", type=int, default=8, help="times that a media helper is")
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
    given, ledger = options(), Ledger()
    began = time.monotonic()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="reelway-campaign-"))
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "data"
    settings = {
        "animatic_slots": given.slots,
        "animatic_scale": given.scale,
        "allow_private": '["127.0.0.0/8"]',
        "webhooks_pace": 0.02,
    }
    with Server.start(data, **settings) as server:
        receiver = asyncio.run(campaign(given, server, ledger, folder))
        children = server.children()
        if code := server.stop():
            ledger.wrong(f"the server ended with {code}")
        if left := [child for child in children if child.alive]:
            ledger.wrong(f"children outlived a stop: {left}")
    asyncio.run(audit(ledger, receiver, data, given.scale))
    return ledger.close(time.monotonic() - began, folder, keep=bool(given.folder))


if __name__ == "__main__":
    sys.exit(main())
