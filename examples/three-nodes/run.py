"""Three nodes: a gateway, and two vendors behind it, one of which is killed while it renders.

    python examples/three-nodes/run.py

    you ── native, AIHubMax ──> gateway ──┬── Novita ─────> north   killed, and comes back
                                          └── MuleRouter ─> south

Nothing is paid and nothing leaves this machine: the vendors are `reelway serve --emulate`. What
comes of each film is told as it happens; at the end a ledger holds the gateway's books against
those of both vendors. Exit code 0: they agree, and every film was delivered once.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from nodes import Node
from rich.console import Console
from rich.live import Live
from rich.table import Table

import reelway
from reelway.money import shown

WIRES = {"north": "novita", "south": "mulerouter"}
PRICES = {"north": 0.084, "south": 0.09}  # US dollars for a second of film
SLOTS = {"north": 4, "south": 3}
SECONDS = 5  # of each film
LOOK = 0.25  # seconds between two looks at the gateway
PATIENCE = 120.0  # seconds for anything to happen
SETTINGS = """
[[providers]]
name = "{name}"
wire = "{wire}"
address = "{address}"
key = "sk_{name}"
models = ["kling-v3"]
slots = {slots}
order = {order}
prices = {{ "720p" = {price} }}
"""


@dataclass
class Stage:
    """Who plays, and what has been seen of them so far."""

    gateway: Node
    vendors: dict[str, Node]
    console: Console
    live: Live | None = None
    began: float = field(default_factory=time.monotonic)
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)  # by prompt
    told: dict[str, tuple[str, ...]] = field(default_factory=dict)

    # what is ordered

    def order(self, count: int, provider: str | None = None) -> list[str]:
        """By turns in the native wire and in AIHubMax's; the prompts, which name the films."""
        pinned = {"X-Reelway-Provider": provider} if provider else {}
        return [self._order(pinned) for _ in range(count)]

    def _order(self, pinned: dict[str, str]) -> str:
        number = len(self.tasks) + 1
        prompt = f"A paper boat on a river, take {number}"
        body: dict[str, Any] = {"prompt": prompt, "duration": SECONDS}
        path = "/api/v1/tasks"
        if number % 2 == 0:
            path, body["model"] = "/aihubmax/v1/videos/generations", "kling-v3-text-to-video"
        self.gateway.ask("POST", path, self.gateway.key, json=body, headers=pinned)
        self.tasks[prompt] = {}
        return prompt

    # what is seen

    def look(self) -> None:
        found = self.gateway.ask("GET", "/api/v1/tasks?limit=100", self.gateway.key)["data"]
        self.tasks.update({task["prompt"]: task for task in found})
        if self.live:
            self.live.update(self.table())
            return
        for prompt in sorted(self.tasks, key=_number):
            said = _row(self.tasks[prompt])
            if said[:3] + said[4:] != self.told.get(prompt):  # progress alone is no news
                self.told[prompt] = said[:3] + said[4:]
                self.say(f"{_number(prompt):>2}  " + "  ".join(w for w in said if w))

    def jobs(self, name: str) -> list[dict[str, Any]]:
        """That vendor's own list."""
        found = self.vendors[name].ask("GET", "/api/v1/tasks?limit=100", f"sk_{name}")
        return list(found["data"])

    def until(self, what: str, true: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        self.look()
        while not true():
            if time.monotonic() > end:
                raise SystemExit(f"not within {PATIENCE:g} s: {what}")
            time.sleep(LOOK)
            self.look()

    def say(self, text: str) -> None:
        self.console.print(
            f"{time.monotonic() - self.began:5.1f} s  {text}", highlight=False, soft_wrap=True
        )

    def table(self) -> Table:
        up = ", ".join(f"{n} {'up' if v.up else 'KILLED'}" for n, v in self.vendors.items())
        heads = ("film", "asked in", "provider", "status", "", "")
        table = Table(*heads, title=up, box=None, title_justify="left")
        for prompt in sorted(self.tasks, key=_number):
            table.add_row(str(_number(prompt)), *_row(self.tasks[prompt]))
        return table


def _number(prompt: str) -> int:
    return int(prompt.rpartition(" ")[2])


def _row(task: dict[str, Any]) -> tuple[str, ...]:
    """asked in, provider, status, progress, what is to be known besides"""
    if not task:
        return ("", "", "", "", "")
    report, notes = task["report"], []
    if "upstream_unreachable_since" in report and task["status"] == "running":
        notes.append("waits for it to come back")
    if "ambiguous" in report:
        notes.append("held: nobody knows whether it was accepted")
    notes += [f"{told['provider']} declined" for told in report.get("declined", ())]
    progress = f"{task['progress']} %" if task["status"] == "running" else ""
    return (task["wire"], task["engine"] or "", task["status"], progress, ", ".join(notes))


# The story


def play(stage: Stage, down: float) -> dict[str, list[str]]:
    """The prompts that were ordered, by when."""
    north = stage.vendors["north"]
    stage.say("Three films for whoever goes first, which is north, and two for south alone.")
    held = stage.order(3)
    others = stage.order(2, "south")
    stage.until("north renders all three", lambda: _rendering(stage, held))

    north.kill()
    stage.say("North is killed. It has taken three films: those wait, and are not bought twice.")
    stage.say("Four more films: north goes first, does not answer, and south gets them.")
    meanwhile = stage.order(4)
    back = time.monotonic() + down
    stage.until("north has been away", lambda: time.monotonic() >= back)

    stage.say("North comes back, with its folder and so its tasks.")
    north.begin()
    stage.until("north is ready", north.ready)
    stage.say("One film for north alone, which waits until north is trusted again; one for any.")
    later = stage.order(1, "north") + stage.order(1)
    stage.until("all is over", lambda: all(_over(t) for t in stage.tasks.values()))
    return {"held": held, "others": others, "meanwhile": meanwhile, "later": later}


def _rendering(stage: Stage, prompts: Sequence[str]) -> bool:
    """North works on them, and the gateway has kept north's receipts: nothing is in doubt."""
    tasks = [stage.tasks[prompt] for prompt in prompts]
    if any(_over(task) for task in tasks):
        raise SystemExit("a film was over before north could be killed: give a longer --latency")
    log = stage.gateway.log()
    kept = all(task and f"task.started task={task['id']}" in log for task in tasks)
    there = {job["prompt"] for job in stage.jobs("north") if job["status"] == "running"}
    return kept and there >= set(prompts)


def _over(task: dict[str, Any]) -> bool:
    return bool(task) and task["status"] in ("succeeded", "failed", "cancelled")


# The books


def ledger(stage: Stage, waves: dict[str, list[str]]) -> dict[str, Any]:
    """What the gateway says of each film beside what both vendors say."""
    jobs = {name: stage.jobs(name) for name in stage.vendors}
    gateway = stage.gateway
    with reelway.Client(gateway.address, gateway.key) as client:
        films = [
            {"wave": wave, **_entry(stage.tasks[prompt], jobs, client)}
            for wave, prompts in waves.items()
            for prompt in prompts
        ]
    usage = _usage(gateway)
    return {
        "films": films,
        "jobs": {name: len(told) for name, told in jobs.items()},
        "usage": {line["provider"]: line["settled"] for line in usage["data"]},
        "seconds": {line["provider"]: line["seconds"] for line in usage["data"]},
        "reserved": usage["total"]["reserved"],
    }


def _entry(
    task: dict[str, Any], jobs: dict[str, list[dict[str, Any]]], client: reelway.Client
) -> dict[str, Any]:
    prompt = task["prompt"]
    made = [(name, job) for name, told in jobs.items() for job in told if job["prompt"] == prompt]
    return {
        "film": _number(prompt),
        "wire": task["wire"],
        "status": task["status"],
        "provider": task["engine"],
        "attempts": task["attempt"],
        "declined": [told["provider"] for told in task["report"].get("declined", ())],
        "jobs": Counter(name for name, _ in made),
        "delivered": sum(event.status == "succeeded" for event in client.events(task["id"])),
        "whole": _whole(task, made),
        "cost": task["cost"]["amount"],
    }


def _whole(task: dict[str, Any], made: Sequence[tuple[str, dict[str, Any]]]) -> bool:
    """Whether the file that the gateway gives is that of its provider, to the byte."""
    if not task["film"]:
        return False
    content = httpx.get(task["film"]["url"], trust_env=False).raise_for_status().content
    told = {job["film"]["sha256"] for name, job in made if name == task["engine"] and job["film"]}
    return {hashlib.sha256(content).hexdigest()} == told


def _usage(gateway: Node) -> dict[str, Any]:
    command = [sys.executable, "-c", "from reelway.cli import main; main()", "usage"]
    said = [*command, "--by", "provider", "--data", str(gateway.data), "--json"]
    done = subprocess.run(said, check=True, stdout=subprocess.PIPE)
    return dict(json.loads(done.stdout))


def faults(books: dict[str, Any]) -> Iterator[str]:
    """In what the books do not agree; nothing where all is well."""
    films = books["films"]
    for film in films:
        if film["status"] != "succeeded" or film["delivered"] != 1 or not film["whole"]:
            yield f"film {film['film']} was not delivered once and whole: {film['status']}"
        if film["jobs"] != {film["provider"]: 1}:
            yield f"film {film['film']} is by {film['provider']}; made at: {dict(film['jobs'])}"
        if film["wave"] == "held" and (film["provider"], film["attempts"]) != ("north", 1):
            yield f"film {film['film']} did not wait for north"
        if film["declined"] and film["provider"] != "south":
            yield f"film {film['film']} was declined by north and not made by south"
    if not any(f["wave"] == "meanwhile" and f["declined"] == ["north"] for f in films):
        yield "none of the films that were ordered meanwhile met the dead north"
    if not any(f["wave"] == "later" and f["provider"] == "north" for f in films):
        yield "north was given nothing once it was back"
    for name, price in PRICES.items():
        count = books["jobs"][name]
        owed = round(price * 1_000_000) * SECONDS * count
        if books["usage"].get(name, 0) != owed:
            yield f"{name} made {count} jobs for {owed}; usage has {books['usage'].get(name, 0)}"
    if books["reserved"] or sum(f["cost"] for f in films) != sum(books["usage"].values()):
        yield "what the films cost is not what usage has"


def show(books: dict[str, Any], stage: Stage) -> None:
    jobs = [f"jobs at {name}" for name in WIRES]
    table = Table("film", "asked in", "made by", *jobs, "got", "cost", title="The ledger", box=None)
    for film in books["films"]:
        jobs = [str(film["jobs"].get(name, 0)) for name in WIRES]
        got = f"{film['delivered']}×" + ("" if film["whole"] else ", not whole")
        named = (str(film["film"]), film["wire"], film["provider"])
        table.add_row(*named, *jobs, got, shown(film["cost"]))
    stage.console.print(table, "", "reelway usage --by provider:", sep="\n")
    for name, settled in books["usage"].items():
        told = f"{books['seconds'][name]} seconds of film, {shown(settled)} US dollars"
        stage.console.print(f" {name}  {told}", highlight=False)
    stage.console.print()


# One run


@contextmanager
def three_nodes(latency: float) -> Iterator[Stage]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="three-nodes-")))
        said = ("--emulate-latency", f"{latency:g}", "--emulate")
        vendors = {
            name: stack.enter_context(Node(name, folder, *said, wire))
            for name, wire in WIRES.items()
        }
        for node in vendors.values():
            node.begin()
        for node in vendors.values():
            node.wait()
        gateway = stack.enter_context(Node("gateway", folder))
        tables = [
            SETTINGS.format(name=name, wire=WIRES[name], address=node.address, slots=SLOTS[name],
                            order=order, price=PRICES[name])
            for order, (name, node) in enumerate(vendors.items())
        ]  # fmt: skip
        (gateway.data / "reelway.toml").write_text("".join(tables))
        gateway.start()
        yield Stage(gateway=gateway, vendors=vendors, console=Console())


def main() -> int:
    asked = argparse.ArgumentParser(description="Two emulated vendors behind one gateway.")
    asked.add_argument("--latency", type=float, default=6, help="seconds that a film takes there")
    asked.add_argument("--down", type=float, default=8, help="seconds that north is away")
    asked.add_argument("--ledger", type=Path, help="write the ledger there, as JSON")
    given = asked.parse_args()
    with three_nodes(given.latency) as stage:
        if stage.console.is_terminal:
            with Live(console=stage.console, auto_refresh=False) as stage.live:
                waves = play(stage, given.down)
        else:
            waves = play(stage, given.down)
        books = ledger(stage, waves)
        show(books, stage)
    found = list(faults(books))
    if given.ledger:
        given.ledger.write_text(json.dumps({**books, "faults": found}))
    print("\n".join(found) or "Every film was delivered once, and bought once.")
    return 1 if found else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
