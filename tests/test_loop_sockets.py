"""Reelway calling Reelway over real sockets: a gateway whose providers are other `serve`s, one for
each wire. What is ordered in any wire's words arrives there as the same request, as far as the wire
between them has words for it, and the film is the same to the byte at both ends.

    a client ── any wire ──> gateway ── each wire ──┬─> Novita, MuleRouter, AIHubMax, native
                                                    └─> MyRouter, whose paths Novita has, too
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from reelway.request import VideoRequest
from reelway.wire import Reply, wires
from serving import OVER, Server, free_port, wait_until
from test_loop import CUT, FRAMED, PICTURE, PLAIN, SAYABLE, VOICED, WITH_ELEMENT

TALL = replace(
    PLAIN, resolution="1080p", aspect_ratio="9:16", negative_prompt="people, music", sound=False
)
BETWEEN = replace(FRAMED, last_frame=PICTURE, sound=True)
REQUESTS = {
    "tall": TALL,
    "cut": CUT,
    "between": BETWEEN,
    "element": WITH_ELEMENT,
    "voiced": VOICED,
    "free": replace(PLAIN, cfg_scale=0.25),
}
RARE = {  # who has words for it
    "element": ("mulerouter", "native"),
    "voiced": ("aihubmax", "native"),
    "free": ("myrouter", "native", "novita"),
}
NAMES = sorted(wires())
PAIRS = [(asked, called) for asked in NAMES for called in NAMES]
NEXT = [(name, other) for n, name in enumerate(NAMES) for other in (name, NAMES[n - 1])]
CASES = [
    (asked, called, what)
    for what in REQUESTS
    for asked, called in (PAIRS if what == "tall" or what in RARE else NEXT)
    if asked in RARE.get(what, NAMES)
]
MADE = [case for case in CASES if case[1] in RARE.get(case[2], NAMES)]
WORDLESS = [case for case in CASES if case not in MADE and case[2] != "free"]
SEVERAL = ("novita", "mulerouter", "aihubmax")
SAME = (
    *(
        "kind",
        "resolution",
        "prompt",
        "negative_prompt",
        "duration",
        "aspect_ratio",
        "sound",
        "cfg_scale",
    ),
    *("first_frame", "last_frame", "references", "shot_mode", "shots", "elements", "voices"),
)


def named(what: str, name: str) -> VideoRequest:
    """The request by a name of its own, which stands in a text that every wire has."""
    said = REQUESTS[what]
    if not said.shots:
        return replace(said, prompt=f"{said.prompt}, take {name}")
    first, *rest = said.shots
    return replace(said, shots=(replace(first, prompt=f"{first.prompt}, take {name}"), *rest))


def name_of(task: dict[str, Any]) -> str:
    text = task["prompt"] or task["shots"][0]["prompt"]
    return str(text.rpartition(" ")[2])


@dataclass
class Loop:
    gateway: Server
    upstreams: dict[str, Server]

    def order(self, asked: str, called: str, what: str) -> Reply:
        wire = wires()[asked]
        call = wire.write_request(named(what, f"{asked}-{called}-{what}"))
        path, pinned = f"/{asked}{call.path}", {"x-reelway-provider": f"{called}-1"}
        reply = self.gateway.http.post(path, json=call.data, headers=pinned)
        return Reply(status=reply.status_code, data=reply.json())

    def film(self, asked: str, task: dict[str, Any]) -> bytes:
        """By the link that its own wire tells."""
        wire = wires()[asked]
        lookup = wire.write_lookup(task["id"], REQUESTS["cut"])
        reply = self.gateway.http.get(f"/{asked}{lookup.path}", params=dict(lookup.query))
        view = wire.read_task(Reply(status=reply.status_code, data=reply.json()))
        assert view.film_url, reply.text
        return self.gateway.http.get(view.film_url).content


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    folder: Path = tmp_path_factory.mktemp("loop")
    several = [
        w for name in wires() if name not in ("myrouter", "native") for w in ("--emulate", name)
    ]
    with ExitStack() as stack:
        first = stack.enter_context(Server.start(folder / "first", *several))
        second = stack.enter_context(Server.start(folder / "second", "--emulate", "myrouter"))
        upstreams = {name: second if name == "myrouter" else first for name in wires()}
        providers = ", ".join(
            f'{{name = "{name}-1", wire = "{name}", address = "{server.address}", '
            f'key = "sk_{name}_1", slots = 64}}'
            for name, server in upstreams.items()
        )
        port = free_port()
        gateway = stack.enter_context(
            Server.start(
                folder / "gateway",
                port=port,
                providers=f"[{providers}]",
                public_url=f"http://127.0.0.1:{port}",  # for pictures and hints by link
                allow_private='["127.0.0.0/8"]',
            )
        )
        yield Loop(gateway, upstreams)


@dataclass(frozen=True)
class Ends:
    """Every task at both ends, once all is over, by name."""

    ours: dict[str, dict[str, Any]]
    theirs: dict[tuple[str, str], dict[str, Any]]  # by the wire between, too


@pytest.fixture(scope="module")
def ends(loop: Loop) -> Ends:
    for case in MADE:
        reply = loop.order(*case)
        assert reply.status < 300, reply.data

    def over() -> list[dict[str, Any]] | None:
        found = listed(loop.gateway)
        return found if all(task["status"] in OVER for task in found) else None

    ours = wait_until(over, 120, every=0.2)
    theirs = {
        (name, name_of(task)): task
        for name, server in loop.upstreams.items()
        for task in listed(server, f"sk_{name}_1")
    }
    return Ends({name_of(task): task for task in ours}, theirs)


def listed(server: Server, key: str = "") -> list[dict[str, Any]]:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    query = {"limit": "100"}
    page = server.http.get("/api/v1/tasks", params=query, headers=headers).json()
    assert page["next"] is None
    return list(page["data"])


@pytest.mark.parametrize(("asked", "called", "what"), MADE)
def test_request_and_film_are_the_same_at_both_ends(
    loop: Loop, ends: Ends, asked: str, called: str, what: str
) -> None:
    name = f"{asked}-{called}-{what}"
    here, there = ends.ours[name], ends.theirs[called, name]
    assert (here["status"], here["wire"], here["engine"]) == ("succeeded", asked, f"{called}-1")
    assert (there["status"], there["wire"]) == ("succeeded", called)
    assert {field: here[field] for field in SAME} == {field: there[field] for field in SAME}
    digest = hashlib.sha256(loop.film(asked, here)).hexdigest()
    assert digest == here["film"]["sha256"] == there["film"]["sha256"]


def test_nothing_was_ordered_twice(ends: Ends) -> None:
    assert len(ends.ours) == len(ends.theirs) == len(MADE)


@pytest.mark.parametrize(("asked", "called", "what"), WORDLESS)
def test_what_a_wire_has_no_words_for_is_refused_here(
    loop: Loop, ends: Ends, asked: str, called: str, what: str
) -> None:
    reply = loop.order(asked, called, what)
    assert reply.status >= 400 and "has no word" in str(reply.data), reply.data
    kept = listed(loop.gateway)
    assert {name_of(task) for task in kept} == ends.ours.keys()


def test_every_wire_is_called() -> None:
    assert {called for _, called, _ in MADE} == set(SAYABLE)
