"""A vendor in another process: told and asked over its port."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from vendors.asking import STILL, asking
from vendors.faults import KINDS
from vendors.novita import Novita

TESTS = Path(__file__).parents[1]
T2V = "/v3/async/kling-v3.0-std-t2v"


async def test_jobs_ledger_and_sums() -> None:
    vendor = Novita(**STILL, funds=1_000_000)
    async with asking(vendor) as http:
        picture = "A" * 5000
        id = (await http.post(T2V, json={"prompt": "fox 1", "image": picture})).json()["task_id"]
        await http.post(T2V, json={"prompt": "fox 1", "duration": 99})
        [job] = (await http.get("/_jobs")).json()
        assert (job["id"], job["text"], job["state"]) == (id, "fox 1", "waiting")
        rows = (await http.get("/_ledger")).json()
        assert [(row["place"], row["made"], row["status"]) for row in rows] == [
            (0, True, 200),
            (1, False, 400),
        ]
        assert rows[0]["body"]["image"].endswith("… (5000 characters)")
        assert rows[0]["unknown"] == ["image"]
        full = (await http.get("/_ledger", params={"full": "1", "kind": "create"})).json()
        assert full[0]["body"]["image"] == picture
        assert len((await http.get("/_ledger", params={"after": 1})).json()) == 1
        assert (await http.get("/_ledger", params={"kind": "poll"})).json() == []
        sums = (await http.get("/_sums")).json()
    assert sums == {
        "name": "novita",
        "creates": 2,
        "jobs": 1,
        "by_text": {"fox 1": 1},
        "more_than_one": {},
        "charged": 420_000,
        "balance": 580_000,
        "now": STILL["start"],
    }


async def test_faults_come_and_go() -> None:
    vendor = Novita(**STILL)
    async with asking(vendor) as http:
        rules = [{"kind": "error_before", "create": [1, 3]}, {"kind": "balance", "create": 2}]
        assert (await http.post("/_faults", json=rules)).json() == {"added": 2}
        assert (await http.post("/_faults", json={"kind": "stuck"})).json() == {"added": 1}
        said = [(await http.post(T2V, json={"prompt": "x"})) for _ in range(3)]
        assert [reply.status_code for reply in said] == [500, 400, 500]
        told = (await http.get("/_faults")).json()
        assert [(rule["kind"], rule["hits"]) for rule in told["rules"]] == [
            ("error_before", 2),
            ("balance", 1),
            ("stuck", 0),
        ]
        assert told["known"].keys() == KINDS.keys()
        await http.delete("/_faults")
        assert (await http.get("/_faults")).json()["rules"] == []


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/_faults", {"kind": "rain"}, "unknown fault 'rain'"),
        ("/_faults", {"create": 1}, "needs its kind"),
        ("/_faults", {"kind": "stuck", "creates": 1}, "no creates"),
        ("/_faults", {"kind": "stuck", "create": "one"}, "create"),
        ("/_faults", {"kind": "stuck", "chance": 2}, "chance"),
        ("/_faults", ["stuck"], "must be an object"),
        ("/_state", {"speed": 2}, "cannot set speed"),
        ("/_time", {}, "advance"),
        ("/_webhooks", {"lie": "id"}, "no job"),
        ("/_nothing", {}, "there is no POST /_nothing"),
    ],
)
async def test_what_cannot_be_told(path: str, body: object, words: str) -> None:
    async with asking(Novita(**STILL)) as http:
        said = await http.post(path, json=body)
    assert said.status_code == 400
    assert words in said.json()["error"]


async def test_time_money_and_keys() -> None:
    vendor = Novita(**STILL)
    async with asking(vendor) as http:
        id = (await http.post(T2V, json={"prompt": "x"})).json()["task_id"]
        now = (await http.post("/_time", json={"advance": 100.5})).json()["now"]
        assert now == STILL["start"] + 100_500
        assert (await http.get("/_jobs")).json()[0]["state"] == "done"
        await http.post("/_state", json={"funds": 0})
        poor = await http.post(T2V, json={"prompt": "x"})
        assert poor.json()["reason"] == "BILLING_BALANCE_NOT_ENOUGH"
        await http.post("/_state", json={"keys": []})
        barred = await http.get("/v3/async/task-result", params={"task_id": id})
        assert barred.json()["reason"] == "INVALID_API_KEY"


@contextmanager
def process(*words: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-W", "error", "-m", "vendors", *words]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            assert running.stdout
            yield running, json.loads(running.stdout.readline())
        finally:
            running.kill()


def test_two_vendors_in_a_process() -> None:
    with process("novita", "aihubmax", "--speed", "0", "--key", "k", "--funds", "9") as (p, where):
        assert where.keys() == {"novita", "aihubmax"}
        with httpx.Client(trust_env=False, headers={"authorization": "Bearer k"}) as http:
            poor = http.post(where["novita"] + T2V, json={"prompt": "x"})
            assert poor.json()["reason"] == "BILLING_BALANCE_NOT_ENOUGH"
            assert http.get(where["aihubmax"] + "/_sums").json()["creates"] == 0
            assert http.get(where["novita"] + "/_sums").json()["creates"] == 1
        p.send_signal(signal.SIGTERM)
        assert p.wait(10) == 0


def test_it_ends_with_whoever_began_it() -> None:
    with process("novita", "--with-stdin", "--tls", "expired") as (running, where):
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(where["novita"] + "/_sums", trust_env=False)
        assert running.stdin
        running.stdin.close()
        assert running.wait(10) == 0
