"""`reelway providers`, alone and with a server that runs."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from cli.conftest import Reelway
from serving import Server, wait_until

SECRET = "sk-nobody-may-see-this"
NOWHERE = "http://127.0.0.1:9"


def written(data: Path, *names: str, more: str = "", slots: int = 2) -> None:
    data.mkdir(exist_ok=True)
    tables = [
        f'[[providers]]\nname = "{name}"\nwire = "novita"\naddress = "{NOWHERE}"\n'
        f'key = "{SECRET}"\nslots = {slots}\nmodels = ["kling-v3"]\n'
        for name in names
    ]
    (data / "reelway.toml").write_text("\n".join([more, *tables]))


def test_help(reelway: Reelway) -> None:
    assert "reelway providers reload" in reelway("providers", "-h").out
    assert reelway("providers", "reload", "-h").out.startswith("Usage: reelway providers reload")


def test_with_no_server(reelway: Reelway, data: Path) -> None:
    written(data, "north", "south")
    reelway("keys", "create", "--name", "k")
    rows = json.loads(reelway("providers", "--json").out)
    assert [(row["name"], row["state"], row["breaker"]) for row in rows] == [
        ("north", "serving", "closed"),
        ("south", "serving", "closed"),
    ]
    result = reelway("providers")
    assert result.out.startswith("north\twell\t")
    assert SECRET not in result.out + json.dumps(rows)
    result = reelway("providers", "reload")
    assert result.code == 1 and "no server runs here" in result.err


def test_none_is_configured(reelway: Reelway, data: Path) -> None:
    reelway("keys", "create", "--name", "k")
    result = reelway("providers")
    assert (result.code, result.out) == (0, "")
    assert "no provider is configured" in result.err
    assert json.loads(reelway("providers", "--json").out) == []


@pytest.fixture
def gateway(data: Path):
    written(data, "north")
    with Server.start(data) as server:
        yield server


def test_a_server_reads_its_file_again(reelway: Reelway, gateway: Server) -> None:
    data = gateway.data
    written(data, "south", more='drain = 1\n[hosted]\npolicy = "cheapest"\n')
    result = reelway("providers", "reload")
    assert result.out.splitlines() == ["added south", "removed north", "changed [hosted]"]
    assert "wait for a restart of the server: drain" in result.err
    rows = {row["name"]: row for row in json.loads(reelway("providers", "--json").out)}
    assert {name: row["state"] for name, row in rows.items()} == {
        "south": "serving",
        "north": "removed",
    }
    assert (rows["south"]["open"], rows["north"]["open"]) == (2, 0)
    written(data, "south", more='drain = 1\n[hosted]\npolicy = "cheapest"\n')
    assert reelway("providers", "reload").out == "nothing has changed\n"
    (entry, *_) = json.loads(reelway("audit", "--json").out)
    assert entry["act"] == "providers.reload"
    assert SECRET not in gateway.log() + json.dumps(entry)


def test_faults_are_all_told_and_the_old_ones_stay(reelway: Reelway, gateway: Server) -> None:
    data = gateway.data
    written(data, "north", "north", slots=9)
    told = reelway("providers", "reload")
    assert told.code == 1 and "two named north" in told.err
    written(data, "north", slots=-4, more="[hosted]\nlost_after = 1\n")
    told = reelway("providers", "reload")
    assert told.code == 3  # found by the command already, which reads the same file
    assert "slots" in told.err and "hosted.lost_after" in told.err
    reply = gateway.http.post("/api/v1/providers/reload")
    assert reply.status_code == 400
    message = reply.json()["error"]["message"]
    assert "providers[0].slots" in message and "hosted.lost_after" in message
    (row,) = gateway.http.get("/api/v1/providers").json()["data"]
    assert (row["name"], row["slots"]) == ("north", 2)
    assert gateway.http.get("/readyz").status_code == 200


def test_a_signal_does_it_too(gateway: Server) -> None:
    written(gateway.data, "north", "east")
    os.kill(gateway.pid, signal.SIGHUP)

    def names() -> list[str] | None:
        rows = gateway.http.get("/api/v1/providers").json()["data"]
        found = [row["name"] for row in rows]
        return found if "east" in found else None

    assert wait_until(names, 20, every=0.02) == ["north", "east"]
    (gateway.data / "reelway.toml").write_text("providers = 7")
    os.kill(gateway.pid, signal.SIGHUP)
    wait_until(lambda: "providers.refused" in gateway.log() or None, 20, every=0.02)
    assert gateway.http.get("/readyz").status_code == 200


def test_an_estimate_and_a_pin(gateway: Server) -> None:
    body = {"prompt": "a boat", "model": "kling-v3"}
    told = gateway.http.post("/api/v1/estimate", json=body).json()
    assert (told["provider"], told["price"], told["position"]) == ("north", None, 0)
    body["model"] = "kling-o3"
    told = gateway.http.post("/api/v1/estimate", json=body).json()
    assert (told["possible"], told["candidates"]) == (False, [])  # never an animatic instead
    assert gateway.http.post("/api/v1/tasks", json=body).status_code == 503
    pin = {"x-reelway-provider": "east"}
    reply = gateway.http.post("/api/v1/tasks", json=body, headers=pin)
    assert reply.status_code == 400
    assert reply.json()["error"]["field"] == "X-Reelway-Provider"
