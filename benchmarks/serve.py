"""How fast the whole server is over HTTP, beside what the same machine allows.

    python benchmarks/serve.py [--folder DIR] [--seconds 4] [--rounds 3] [--wire native]

Load by `wrk` (Debian: apt-get install wrk), against a real `reelway serve --paused` on a fresh
folder: it accepts everything durably and makes nothing.

    creates   POST: key, validation, one durable row with its event, every fourth with an
              Idempotency-Key of its own; answered after the fsync
    reads     GET of one of a thousand tasks: key, one indexed read, the task in the wire's words
    floor     the same requests to an application that answers a constant of the same size, under
              the very uvicorn settings of the server: what HTTP alone costs here

Server and floor take turns, round by round; each figure is the median of the rounds. The ratio to
the floor is what can be compared between machines and days, the plain figures cannot. Then, of a
server that has nothing to do: its memory, and the time from its start to its first 200 on /readyz.
"""

from __future__ import annotations

import argparse
import http.client
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from serving import REELWAY, Server, wait_until

CLIENTS = (16, 64)
TASKS = 1000  # that reads are spread over
PATHS = {
    "native": ("/api/v1/tasks", "/api/v1/tasks/{id}", "id"),
    "novita": ("/v3/async/kling-v3.0-std-t2v", "/v3/async/task-result?task_id={id}", "task_id"),
}
BODY = '{"prompt": "Waves roll onto a rocky coast at dawn, the camera pans right", "duration": 5}'

SCRIPT = """
local head = {["authorization"] = "Bearer %(key)s", ["content-type"] = "application/json"}
local keyed = {["authorization"] = "Bearer %(key)s", ["content-type"] = "application/json"}
local paths, count = {%(paths)s}, 0
function request()
  count = count + 1
  if #paths > 0 then return wrk.format("GET", paths[count %% #paths + 1], head) end
  if count %% 4 ~= 0 then return wrk.format("POST", "%(create)s", head, '%(body)s') end
  keyed["idempotency-key"] = "%(run)s-" .. count
  return wrk.format("POST", "%(create)s", keyed, '%(body)s')
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    e.status + e.connect + e.read + e.write + e.timeout))
end
"""

FLOOR = """
import asyncio, socket, sys
from reelway.app import _server, address_of
from reelway.cli.main import run
from reelway.settings import Settings

async def app(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    start = {"type": "http.response.start", "status": 200, "headers": HEAD}
    await send(start)
    await send({"type": "http.response.body", "body": BODY})

BODY = b"x" * int(sys.argv[1])
HEAD = [(b"content-type", b"application/json"), (b"content-length", sys.argv[1].encode())]
listener = socket.create_server(("127.0.0.1", 0))
print(address_of(listener), flush=True)
run(_server(Settings(), app).serve([listener]))
"""


@dataclass(frozen=True)
class Result:
    rate: float  # a second
    median: float  # milliseconds
    p99: float


@dataclass(frozen=True)
class Target:
    """What wrk is let loose on."""

    address: str
    key: str
    ids: Sequence[str]
    wire: str

    def load(self, kind: str, clients: int, seconds: float, folder: Path) -> Result:
        create, show, _ = PATHS[self.wire]
        reads = kind == "reads"
        paths = ", ".join(f'"{show.format(id=id)}"' for id in self.ids) if reads else ""
        words = {"key": self.key, "paths": paths, "create": create, "body": BODY}
        script = folder / "load.lua"
        script.write_text(SCRIPT % {**words, "run": time.monotonic_ns()})
        command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds:g}s", "-s", str(script), self.address]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        match = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", said)
        if not match or int(match[5]):
            raise RuntimeError(f"wrk had errors:\n{said}")
        count, took, middle, slow, _ = map(int, match.groups())
        return Result(count / took * 1e6, middle / 1e3, slow / 1e3)


def reelway(server: Server, wire: str) -> Target:
    create, _, id = PATHS[wire]
    headers = {"content-type": "application/json"}
    replies = (server.http.post(create, content=BODY, headers=headers) for _ in range(TASKS))
    return Target(server.address, server.key, [reply.json()[id] for reply in replies], wire)


@contextmanager
def floor(size: int, wire: str) -> Iterator[Target]:
    """The constant answer of `size` bytes."""
    command = [sys.executable, "-c", FLOOR, str(size)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield Target(process.stdout.readline().strip(), "", ["constant"], wire)
        finally:
            process.kill()


ROOM = {"max_queued": 10**8, "max_queued_per_owner": 10**8}  # nothing is refused


def rounds(given: argparse.Namespace, folder: Path) -> None:
    results: dict[tuple[str, str, int], list[Result]] = {}
    with (
        Server.start(folder / "quiet", "--paused", log_level="warning", **ROOM) as quiet,
        Server.start(folder / "default", "--paused", **ROOM) as talking,
    ):
        targets = {"serve": reelway(quiet, given.wire), "serve, log": reelway(talking, given.wire)}
        example = PATHS[given.wire][1].format(id=targets["serve"].ids[0])
        with floor(len(quiet.http.get(example).content), given.wire) as constant:
            targets["floor"] = constant
            for _ in range(given.rounds):
                for kind in ("creates", "reads"):
                    for clients in CLIENTS:
                        for name, target in targets.items():
                            result = target.load(kind, clients, given.seconds, folder)
                            results.setdefault((kind, name, clients), []).append(result)
        after = [memory(server.pid) for server in (quiet, talking)]
    print("         clients                a second  of floor    median       p99")
    for kind in ("creates", "reads"):
        for clients in CLIENTS:
            bound = middle(results[kind, "floor", clients]).rate
            for name in targets:
                told = middle(results[kind, name, clients])
                print(
                    f"{kind:8} {clients:7}  {name:10} {told.rate:10,.0f} {told.rate / bound:9.0%} "
                    f"{told.median:6.1f} ms {told.p99:6.1f} ms"
                )
    print(f"serve after all that: {', '.join(f'{mib(bytes)}' for bytes in after)}")


def middle(results: Sequence[Result]) -> Result:
    return Result(
        rate=median(r.rate for r in results),
        median=median(r.median for r in results),
        p99=median(r.p99 for r in results),
    )


def idle(folder: Path) -> None:
    """Memory of a server that waits, its engine warm."""
    with Server.start(folder / "idle") as server:
        wait_until(lambda: "engine.warm" in server.log(), 30)
        time.sleep(1)
        own = memory(server.pid)
        children = {child.command.split()[-1]: memory(child.pid) for child in server.children()}
    print(f"idle: serve {mib(own)}", end="")
    print("".join(f", {name} {mib(bytes)}" for name, bytes in children.items()), end="")
    print(f", together {mib(own + sum(children.values()))}")


def memory(pid: int) -> int:
    """Bytes of it that lie in memory (RSS)."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


def mib(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"


def starts(folder: Path, times: int = 5) -> None:
    """From exec to the first 200 on /readyz, asked for every 5 ms; engines warm meanwhile."""
    fresh = [start(folder / f"start{n}") for n in range(times)]
    again = [start(folder / f"start{n}") for n in range(times)]
    for name, took in (("a fresh folder", fresh), ("an old one", again)):
        print(f"start to ready on {name}: median {median(took):.3f} s, most {max(took):.3f} s")


def start(data: Path) -> float:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, *REELWAY, "serve", "--port", str(port), "--data", str(data)]
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=plain(os.environ)
    ) as process:
        try:
            wait_until(lambda: ready(port), 30, every=0.005)
            return time.perf_counter() - began
        finally:
            process.terminate()


def ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def plain(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith("REELWAY_")}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, help="on the disk in question; not on tmpfs")
    parser.add_argument("--seconds", type=float, default=4, help="of each single run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--wire", choices=sorted(PATHS), default="native")
    given = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is needed: apt-get install wrk")
    load = ", ".join(f"{one:.2f}" for one in os.getloadavg())
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, load before: {load}")
    with tempfile.TemporaryDirectory(prefix="reelway-serve-", dir=given.folder) as name:
        starts(Path(name))
        idle(Path(name))
        rounds(given, Path(name))


if __name__ == "__main__":
    main()
