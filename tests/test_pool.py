"""A real gateway in front of two vendors that take two and three jobs at a time and answer 429 to
one more: no create is refused, whoever has a slot gets the next, and providers come and go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving import Server, wait_until
from vendors.mulerouter import MuleRouter
from vendors.novita import Novita
from vendors.running import running
from vendors.vendor import KEY, Vendor

FAST = {"speed": 20, "scale": 0.125, "waits": 0, "runs": 8}


@pytest.fixture
def north() -> Iterator[Vendor]:
    with running(Novita(**FAST, slots=2, backlog=2)) as vendor:
        yield vendor


@pytest.fixture
def south() -> Iterator[Vendor]:
    with running(MuleRouter(**FAST, slots=3, backlog=3)) as vendor:
        yield vendor


def written(data: Path, **accounts: tuple[Vendor, int]) -> None:
    tables = [
        f'[[providers]]\nname = "{name}"\nwire = "{vendor.name}"\naddress = "{vendor.address}"\n'
        f'key = "{KEY}"\nslots = {slots}\n'
        for name, (vendor, slots) in accounts.items()
    ]
    data.mkdir(exist_ok=True)
    (data / "reelway.toml").write_text('allow_private = ["127.0.0.0/8"]\n' + "\n".join(tables))


def ordered(server: Server, count: int) -> list[str]:
    body = {"prompt": "fox", "duration": 3, "model": "kling-v3"}
    return [str(server.create(**body)["id"]) for _ in range(count)]


def over(server: Server, ids: list[str], within: float = 60) -> Counter[tuple[str, str]]:
    """How many ended how, by provider; once all have."""

    def ended() -> Counter[tuple[str, str]] | None:
        tasks = [server.task(id) for id in ids]
        found = Counter((str(t["status"]), str(t["engine"])) for t in tasks)
        done = sum(n for (status, _), n in found.items() if status in ("succeeded", "failed"))
        return found if done == len(ids) else None

    return wait_until(ended, within, every=0.1)


def creates(vendor: Vendor) -> Counter[int | None]:
    return Counter(entry.status for entry in vendor.ledger.entries if entry.kind == "create")


def test_all_is_made_by_both_and_neither_is_asked_for_more_than_it_takes(
    tmp_path: Path, north: Vendor, south: Vendor
) -> None:
    data = tmp_path / "data"
    written(data, north=(north, 2), south=(south, 3))
    with Server.start(data) as server:
        ids = ordered(server, 15)
        ended = over(server, ids)
    assert {status for status, _ in ended} == {"succeeded"}
    assert min(ended["succeeded", "north"], ended["succeeded", "south"]) >= 4
    for vendor in (north, south):
        assert len(creates(vendor)) == 1 and 429 not in creates(vendor)
    assert len(north.ledger.jobs) + len(south.ledger.jobs) == 15


def test_a_restart_and_a_reload_in_the_midst_of_it(
    tmp_path: Path, north: Vendor, south: Vendor
) -> None:
    """What runs is gone on with before anything new is begun; what is removed is followed."""
    data = tmp_path / "data"
    written(data, north=(north, 2))
    with Server.start(data, drain=0) as server:
        ids = ordered(server, 9)
        # Their receipts are kept, and the first looks are two seconds away.
        wait_until(lambda: server.log().count("task.started") == 2 or None, 20, every=0.01)
        server.kill()
        server.restart()
        wait_until(lambda: len(north.ledger.jobs) >= 4 or None, 30, every=0.01)
        written(data, south=(south, 3))
        told = server.http.post("/api/v1/providers/reload").json()
        assert (told["added"], told["removed"]) == (["south"], ["north"])
        made = len(north.ledger.jobs)
        ended = over(server, ids)
        at_north = len(north.ledger.jobs)
    assert {status for status, _ in ended} == {"succeeded"}
    assert at_north <= made + 1  # one may have been on its way there
    assert ended["succeeded", "north"] == at_north
    assert ended["succeeded", "south"] == len(south.ledger.jobs) == 9 - at_north
    assert 429 not in creates(north) and 429 not in creates(south)
