"""Vendors in a process of their own, told and asked over their ports (see control).

    PYTHONPATH=tests python -m vendors novita:8101 mulerouter --speed 20 --runs 4 12 --slots 50

Prints one line of JSON when they listen: {"novita": "http://127.0.0.1:8101", …}. Ends at SIGTERM
or when its stdin ends, if --with-stdin: a killed campaign leaves nothing behind.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import ssl
import sys
from contextlib import AsyncExitStack
from typing import Any

from vendors.aihubmax import AIHubMax
from vendors.mulerouter import MuleRouter
from vendors.myrouter import MyRouter
from vendors.novita import Novita
from vendors.running import certificate
from vendors.vendor import KEY, Vendor

TLS = {  # of which host, and good for how many days
    "untrusted": (None, 1),
    "expired": (None, -1),
    "other-name": ("elsewhere.example", 1),
}
VENDORS: dict[str, type[Vendor]] = {v.name: v for v in (Novita, MyRouter, MuleRouter, AIHubMax)}


def options(words: list[str]) -> argparse.Namespace:
    read = argparse.ArgumentParser(prog="vendors", description="Fake vendors of films.")
    read.add_argument("vendors", nargs="+", metavar="NAME[:PORT]")
    read.add_argument("--host", default="127.0.0.1")
    read.add_argument("--speed", type=float, default=1.0)
    read.add_argument("--key", action="append", dest="keys")
    read.add_argument("--funds", type=int, help="micro-dollars")
    for name, what in (("slots", "run at once"), ("backlog", "open"), ("rate", "creates a minute")):
        read.add_argument(f"--{name}", type=int, help=what)
    for name in ("waits", "runs"):
        read.add_argument(f"--{name}", type=float, nargs=2, metavar=("LOW", "HIGH"))
    read.add_argument("--seed", type=int, default=0)
    read.add_argument("--scale", type=float, default=1.0)
    read.add_argument("--hook", help="where the accounts' messages go")
    read.add_argument("--secret", help="whsec_…")
    read.add_argument("--tls", choices=TLS, help="speak https with a certificate nobody trusts")
    for name in ("inline", "fetches", "idempotent", "no-polls", "with-stdin"):
        read.add_argument(f"--{name}", action="store_true")
    return read.parse_args(words)


def terms(said: argparse.Namespace) -> dict[str, Any]:
    plain = {
        name: getattr(said, name)
        for name in ("host", "speed", "funds", "slots", "backlog", "rate", "seed", "scale", "hook")
    }
    spans = {name: tuple(value) for name in ("waits", "runs") if (value := getattr(said, name))}
    return (
        plain
        | spans
        | {
            "keys": said.keys or [KEY],
            "secret": said.secret,
            "tls": tls(said),
            "inline": said.inline or None,
            "fetches": said.fetches,
            "idempotent": said.idempotent,
            "polls": not said.no_polls,
        }
    )


def tls(said: argparse.Namespace) -> ssl.SSLContext | None:
    if said.tls is None:
        return None
    host, days = TLS[said.tls]
    return certificate(host or said.host, days=days)[0]


def made(said: argparse.Namespace) -> list[Vendor]:
    found = []
    for word in said.vendors:
        name, _, port = word.partition(":")
        if name not in VENDORS:
            raise SystemExit(f"vendors: {name!r} is not known; known: {' '.join(VENDORS)}")
        found.append(VENDORS[name](port=int(port or 0), **terms(said)))
    return found


async def serve(said: argparse.Namespace) -> None:
    over, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    if said.with_stdin:
        loop.add_reader(sys.stdin, lambda: over.set() if not sys.stdin.read(1) else None)
    async with AsyncExitStack() as stack:
        vendors = [await stack.enter_async_context(vendor) for vendor in made(said)]
        print(json.dumps({vendor.name: vendor.address for vendor in vendors}), flush=True)
        await over.wait()


if __name__ == "__main__":
    asyncio.run(serve(options(sys.argv[1:])))
