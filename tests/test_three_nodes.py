"""examples/three-nodes runs as its page says, and its ledger is right, and would tell otherwise."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parent.parent / "examples" / "three-nodes"
Books = dict[str, Any]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """Of one run. Its servers end with it, also where it is killed for taking too long."""
    folder = tmp_path_factory.mktemp("three")
    said = ["--latency", "4", "--down", "2.5", "--ledger", str(folder / "ledger.json")]
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("REELWAY_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, str(EXAMPLE / "run.py"), *said],
        env={**plain, "TMPDIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("Every film was delivered once, and bought once.\n")
    assert re.search(r" 1  native  north  running .*waits for it to come back\n", done.stdout)
    assert [path.name for path in folder.iterdir()] == ["ledger.json"]
    return dict(json.loads((folder / "ledger.json").read_text()))


def wave(books: Books, name: str) -> list[Books]:
    return [film for film in books["films"] if film["wave"] == name]


def test_every_film_is_bought_once_and_delivered_once(books: Books) -> None:
    films = books["films"]
    assert [film["film"] for film in films] == list(range(1, 12))
    assert {film["wire"] for film in films} == {"native", "aihubmax"}
    for film in films:
        assert (film["status"], film["delivered"], film["whole"]) == ("succeeded", 1, True)
        assert film["jobs"] == {film["provider"]: 1}
    assert sum(books["jobs"].values()) == len(films)


def test_what_the_killed_one_had_waited_for_it(books: Books) -> None:
    assert [(f["provider"], f["attempts"]) for f in wave(books, "held")] == [("north", 1)] * 3
    assert {f["provider"] for f in wave(books, "others")} == {"south"}
    met = [f for f in wave(books, "meanwhile") if f["declined"] == ["north"]]
    assert met and {f["provider"] for f in met} == {"south"}
    assert wave(books, "later")[0]["provider"] == "north"


def test_the_money_is_that_of_the_jobs(books: Books) -> None:
    north, south = books["jobs"]["north"], books["jobs"]["south"]
    assert books["usage"] == {"north": north * 420_000, "south": south * 450_000}
    assert books["reserved"] == 0


def bought_twice(books: Books) -> None:
    books["films"][0]["jobs"]["south"] = 1


def lost(books: Books) -> None:
    books["films"][3] |= {"delivered": 0}


def of_another(books: Books) -> None:
    books["films"][3] |= {"whole": False}


def begun_again(books: Books) -> None:
    books["films"][0] |= {"attempts": 2}


def turned_back(books: Books) -> None:
    books["films"][2] |= {"declined": ["north"]}


def unpaid(books: Books) -> None:
    books["usage"]["south"] -= 1


def still_held(books: Books) -> None:
    books["reserved"] = 450_000


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (bought_twice, "film 1 is by north; made at"),
        (lost, "film 4 was not delivered once"),
        (of_another, "film 4 was not delivered once and whole"),
        (begun_again, "film 1 did not wait for north"),
        (turned_back, "film 3 was declined by north and not made by south"),
        (unpaid, "south made"),
        (still_held, "what the films cost is not what usage has"),
    ],
)
def test_the_ledger_tells_what_is_wrong(
    change: Callable[[Books], None], told: str, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(EXAMPLE)
    faults: Callable[[Books], Iterable[str]] = runpy.run_path(str(EXAMPLE / "run.py"))["faults"]
    assert list(faults(books)) == books["faults"] == []
    changed = deepcopy(books)
    change(changed)
    assert any(said.startswith(told) for said in faults(changed))
