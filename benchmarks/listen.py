"""What listeners cost: memory of each, and how long until the last one has heard.

    python benchmarks/listen.py [--folder DIR] [--listeners 1000] [--rounds 50]

Against a real `reelway serve --paused` on a fresh folder; the listeners are plain sockets of one
process of their own, which notes when each of them received the event.

    one owner   all listen to `/api/v1/events` of one owner; each round one task is ordered
    one task    all listen to the same task; it is cancelled, which ends their streams
    a task each every listener listens to a task of its own; all are cancelled one after another

Memory is what the server's resident memory grew by, divided by the listeners. Fan-out is the time
from the first listener's receipt to the last one's (`first`), and from the order or cancel being
sent, so with its commit, to the last (`sent`).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from serve import memory

from serving import Server

BODY = {"prompt": "Waves roll onto a rocky coast at dawn", "duration": 5}

# The listening process: paths on stdin, one line; then one line for every "mark" line: how many
# received something with that mark, and when the first and the last of them did.
CLIENT = '''
import json, selectors, socket, sys, time

host, port, key, paths = json.loads(sys.stdin.readline())
selector = selectors.DefaultSelector()
for path in paths:
    one = socket.create_connection((host, port))
    head = f"GET {path} HTTP/1.1\\r\\nHost: {host}\\r\\nAuthorization: Bearer {key}\\r\\n\\r\\n"
    one.sendall(head.encode())
    one.setblocking(False)
    selector.register(one, selectors.EVENT_READ)

def hear(until, mark, quiet):
    """Read until so many have the mark, or for so long nothing comes."""
    found, times = set(), []
    while len(found) < until:
        ready = selector.select(quiet)
        if not ready:
            break
        for entry, _ in ready:
            data = entry.fileobj.recv(65536)
            now = time.monotonic()
            if not data:
                selector.unregister(entry.fileobj)
            elif mark in data and entry.fd not in found:
                found.add(entry.fd)
                times.append(now)
    return times

times = hear(len(paths), b"200 OK", 10)
hear(len(paths), b"nothing has this", 0.5)
print(json.dumps([len(times)]), flush=True)
for line in sys.stdin:
    until, mark = json.loads(line)
    times = hear(until, mark.encode(), 5)
    print(json.dumps([len(times), min(times, default=0), max(times, default=0)]), flush=True)
'''


class Ears:
    """The listening process."""

    def __init__(self, server: Server, paths: Sequence[str]) -> None:
        host, _, port = server.address.removeprefix("http://").partition(":")
        self._process = subprocess.Popen(
            [sys.executable, "-c", CLIENT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        (self.count,) = self._ask([host, int(port), server.key, list(paths)])

    def expect(self, listeners: int, mark: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps([listeners, mark]) + "\n")
        self._process.stdin.flush()

    def heard(self) -> Any:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _ask(self, words: Any) -> Any:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return self.heard()


def spread(spans: Sequence[float]) -> str:
    spans = sorted(spans)
    last = spans[math.ceil(0.99 * len(spans)) - 1]
    return f"p50 {spans[len(spans) // 2] * 1000:5.1f} ms, p99 {last * 1000:5.1f} ms"


def opened(server: Server, paths: Sequence[str]) -> tuple[Ears, float]:
    """The listeners, and KiB that each costs the server."""
    before = memory(server.pid)
    ears = Ears(server, paths)
    if ears.count != len(paths):
        raise RuntimeError(f"only {ears.count} of {len(paths)} listen")
    return ears, (memory(server.pid) - before) / len(paths) / 1024


def one_owner(server: Server, listeners: int, rounds: int) -> None:
    ears, cost = opened(server, ["/api/v1/events"] * listeners)
    first, sent = [], []
    for _ in range(rounds):
        ears.expect(listeners, '"status":"queued"')
        time.sleep(0.05)
        began = time.monotonic()
        server.create(**BODY)
        count, start, end = ears.heard()
        if count != listeners:
            raise RuntimeError(f"only {count} of {listeners} heard of a task")
        first.append(end - start)
        sent.append(end - began)
    ears.close()
    print(f"one owner    {cost:5.1f} KiB each; first: {spread(first)}; sent: {spread(sent)}")


def one_task(server: Server, listeners: int, rounds: int) -> None:
    first, sent, costs = [], [], []
    for _ in range(rounds):
        id = server.create(**BODY)["id"]
        ears, cost = opened(server, [f"/api/v1/tasks/{id}/events"] * listeners)
        ears.expect(listeners, '"status":"cancelled"')
        time.sleep(0.05)
        began = time.monotonic()
        server.http.post(f"/api/v1/tasks/{id}/cancel").raise_for_status()
        count, start, end = ears.heard()
        if count != listeners:
            raise RuntimeError(f"only {count} of {listeners} heard of the end")
        ears.close()
        first.append(end - start)
        sent.append(end - began)
        costs.append(cost)
    print(f"one task     {costs[0]:5.1f} KiB each; first: {spread(first)}; sent: {spread(sent)}")


def task_each(server: Server, listeners: int) -> None:
    ids = [server.create(**BODY)["id"] for _ in range(listeners)]
    ears, cost = opened(server, [f"/api/v1/tasks/{id}/events" for id in ids])
    sent = []
    for id in ids:
        ears.expect(1, '"status":"cancelled"')
        began = time.monotonic()
        server.http.post(f"/api/v1/tasks/{id}/cancel").raise_for_status()
        count, _, end = ears.heard()
        if count != 1:
            raise RuntimeError("nobody heard of the end")
        sent.append(end - began)
    ears.close()
    print(f"a task each  {cost:5.1f} KiB each; sent: {spread(sent)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, help="on the disk in question; not on tmpfs")
    parser.add_argument("--listeners", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=50)
    given = parser.parse_args()
    load = ", ".join(f"{one:.2f}" for one in os.getloadavg())
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, load before: {load}")
    with tempfile.TemporaryDirectory(prefix="reelway-listen-", dir=given.folder) as name:
        for number, measure in enumerate((one_owner, one_task)):
            with Server.start(Path(name) / str(number), "--paused") as server:
                server.create(**BODY)  # what is loaded once is loaded now
                measure(server, given.listeners, given.rounds if number == 0 else 5)
        with Server.start(Path(name) / "each", "--paused") as server:
            task_each(server, given.listeners)


if __name__ == "__main__":
    main()
