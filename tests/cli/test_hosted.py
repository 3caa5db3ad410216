"""What the command line tells of tasks that a vendor makes: a gateway, and a vendor behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Reelway, said
from pair import at_work, pair, with_late_film
from reelway.cli.about import about
from reelway.sdk.values import TaskData, task_fields
from serving import Server


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pair(tmp_path_factory.mktemp("pair"), latency=1.5) as gateway:
        yield gateway


@pytest.fixture
def on_gateway(reelway: Reelway, gateway: Server, monkeypatch: pytest.MonkeyPatch) -> Reelway:
    monkeypatch.setenv("REELWAY_URL", gateway.address)
    monkeypatch.setenv("REELWAY_KEY", gateway.key)
    monkeypatch.setenv("REELWAY_DATA", str(gateway.data))
    return reelway


def test_abandoned_shown_and_fetched_late(
    on_gateway: Reelway, gateway: Server, tmp_path: Path
) -> None:
    id = at_work(gateway, prompt="fox")["id"]
    assert said(on_gateway("task", "show", id))["cost"] == "0.42 USD, reserved"
    refused = on_gateway("task", "cancel", id)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith(f"reelway: {id}: north works on the task and cannot be told to ")
    assert "--abandon" in refused.err and "abandon=True" not in refused.err
    (entry,) = json.loads(on_gateway("task", "cancel", id, "--json").out)
    assert entry["error"]["code"] == "needs_abandon" and "--abandon" in entry["error"]["message"]

    result = on_gateway("task", "cancel", id, "--abandon")
    assert (result.code, result.err) == (0, "")
    assert result.out == f"cancelled {id}; north goes on with it, and 0.42 USD are held\n"
    held = said(on_gateway("task", "show", id))
    assert held["goes on"] == "north may still make it; 0.42 USD are held until it says so"

    late = with_late_film(gateway, id)
    shown = said(on_gateway("task", "show", id))
    assert shown["cost"] == "0.42 USD, settled" and "goes on" not in shown
    assert shown["late_result_url"].startswith(gateway.address) and "film" not in shown
    assert shown["came"].endswith(", after the end; `task download --late` fetches it")
    assert on_gateway("task", "cancel", id).out == f"cancelled {id}\n"

    film = tmp_path / "film.mp4"
    result = on_gateway("task", "download", id, "-o", str(film))
    assert (result.code, result.out) == (1, "") and not film.exists()
    assert result.err == (
        "reelway: there is no film: the task is cancelled; one came after that: --late\n"
    )
    result = on_gateway("task", "download", id, "--late", "-o", str(film))
    assert (result.code, result.out) == (0, f"{film}\n")
    assert film.stat().st_size == late["late_result"]["bytes"]


def test_several_at_once(on_gateway: Reelway, gateway: Server) -> None:
    ids = [at_work(gateway, prompt=f"hare {n}")["id"] for n in range(2)]
    result = on_gateway("task", "cancel", *ids)
    assert result.code == 1 and result.out == "" and result.err.count("--abandon") == 2
    entries = json.loads(on_gateway("task", "cancel", *ids, "--abandon", "--json").out)
    assert [entry["status"] for entry in entries] == ["cancelled"] * 2


def told(**data: Any) -> dict[str, list[str]]:
    """What `task show` says, by name, of a task of which the server says this."""
    task = {"id": "task_1", "status": "running", "engine": "north", "wire": "native", **data}
    out: dict[str, list[str]] = {}
    for name, text in about(TaskData(**task_fields(task))):
        out.setdefault(name, []).append(text)
    return out


def test_all_that_a_report_may_say() -> None:
    declined = {"provider": "south", "code": "overloaded", "message": "later", "at": 1}
    doubt = {"provider": "north", "since": 1, "why": "the connection broke"}
    report = {
        "provider": "north",
        "declined": [declined, {**declined, "provider": "east"}],
        "refused": [{**declined, "provider": "west", "message": "not allowed"}],
        "ambiguous": doubt,
        "upstream_unreachable_since": 1,
        "upstream_unreachable_why": "HTTP 503",
        "deviations": [
            {"field": "duration", "ordered": 5, "made": 5.5},
            {"field": "size", "ordered": [1280, 720], "made": [1284, 716]},
            {"field": "sound", "ordered": True, "made": False},
        ],
        "late_error": {"code": "refused", "message": "not allowed"},
    }
    shown = told(report=report)
    assert [words.partition(",")[0] for words in shown["declined"]] == ["south", "east"]
    assert shown["declined"][0].endswith(": later (overloaded)")
    assert shown["refused"][0].startswith("west, ")
    assert "north may have it since " in shown["in doubt"][0]
    assert shown["in doubt"][0].endswith("reelway task resolve task_1")
    assert shown["unreachable"][0].endswith(": HTTP 503")
    assert shown["deviation"] == [
        "duration: 5 was ordered, 5.5 was made",
        "size: 1280, 720 was ordered, 1284, 716 was made",
        "sound: yes was ordered, no was made",
    ]
    assert shown["late error"] == ["not allowed (refused)"]


def test_what_goes_on_after_the_end() -> None:
    cost = {"amount": 1, "currency": "USD", "state": "reserved"}
    assert "goes on" in told(status="failed", cost=cost)
    assert "goes on" not in told(status="running", cost=cost)
    assert "goes on" not in told(status="failed", cost={**cost, "state": "settled"})
    assert told(status="failed")["cost"] == [""]
