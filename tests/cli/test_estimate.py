"""`reelway estimate` against a gateway with two providers, and against a server with none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.conftest import OnServer, Reelway, said
from pair import at_work, pair
from pictures import png
from serving import Server


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pair(tmp_path_factory.mktemp("pair"), latency=60) as gateway:
        yield gateway


@pytest.fixture
def estimate(reelway: Reelway, gateway: Server, monkeypatch: pytest.MonkeyPatch) -> Reelway:
    monkeypatch.setenv("REELWAY_URL", gateway.address)
    monkeypatch.setenv("REELWAY_KEY", gateway.key)
    return lambda *arguments: reelway("estimate", *arguments)


def test_price_and_who_and_why_not_the_other(estimate: Reelway) -> None:
    result = estimate("a fox", "--duration", "10")
    assert (result.code, result.err) == (0, "")
    told = said(result)
    assert told["film"] == "10 s, 720p, no sound, kling-v3"
    assert (told["made by"], told["price"], told["begins"]) == ("north", "0.84 USD", "at once")
    assert told["done"] == "not known: too little was made yet to judge by"
    assert told["passed over"] == "south: north goes first by order (later)"
    assert "but" not in told


def test_everything_that_a_film_can_be_asked_for_with(estimate: Reelway, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png((1, 2, 3)))
    picture = str(tmp_path / "a.png")
    result = estimate(
        "a fox", "--resolution", "1080p", "--aspect-ratio", "9:16", "--sound", "--seed", "7",
        "--negative-prompt", "people", "--cfg-scale", "0.3", "--first-frame", picture,
        "--last-frame", picture, "--json",
    )  # fmt: skip
    data = json.loads(result.out)
    assert (data["object"], data["ignored"]) == ("estimate", [])
    assert (data["kind"], data["resolution"], data["sound"]) == ("image", "1080p", True)
    assert result.code == 1 and "cfg_scale" in result.out  # which no vendor here has a word for
    told = said(estimate("a fox", "--resolution", "1080p", "--sound"))
    assert told["price"] == "not known: north has no price for such a film in the settings"
    shots = ("--shot", "2: a fox", "--shot", "4: a hare")
    assert json.loads(estimate("", *shots, "--json").out)["duration"] == 6


def test_one_that_is_free(estimate: Reelway) -> None:
    told = said(estimate("a fox", "--still"))
    assert (told["made by"], told["price"]) == ("animatic", "free")
    assert said(estimate("a fox", "--model", "animatic"))["price"] == "free"


def test_a_provider_that_is_asked_for(estimate: Reelway) -> None:
    told = said(estimate("a fox", "--provider", "south"))
    assert (told["made by"], told["price"]) == ("south", "5.00 USD")
    assert told["passed over"].startswith("north: ") and told["passed over"].endswith("(cannot)")
    result = estimate("a fox", "--provider", "west")
    assert (result.code, result.out) == (1, "")
    assert result.err == "reelway: provider must be one of north, south\n"


def test_nobody_can(estimate: Reelway) -> None:
    result = estimate("a fox", "--model", "kling-o3")
    assert result.code == 1 and "made by" not in result.out
    assert result.err == "reelway: nobody at this server has the model kling-o3\n"
    frames = ("--resolution", "4k", "--provider", "south")
    result = estimate("a fox", *frames)
    assert result.code == 1 and "MuleRouter has no word for this resolution" in result.out
    assert result.err == "reelway: nobody at this server can make it\n"
    result = estimate("a fox", *frames, "--json")
    assert result.code == 1 and json.loads(result.out)["possible"] is False


def test_all_slots_are_taken(estimate: Reelway, gateway: Server) -> None:
    for n in range(2):
        at_work(gateway, prompt=f"hare {n}")
    told = said(estimate("a fox", "--provider", "north"))
    assert told["but"] == "north: 2 of 2 slots are taken (full)"
    assert told["begins"].startswith("not known")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "Missing argument 'PROMPT'"),
        (("",), 1, "prompt"),
        (("a", "--still", "--model", "kling-v3"), 2, "--still is a model of its own"),
        (("a", "--shot", "two: x"), 1, "write seconds, a colon and a prompt"),
        (("a", "--shot", "0: x"), 1, "write seconds, a colon and a prompt"),
        (("a", *("--shot", "3: x") * 7), 1, "at most 6 times"),
        (("a", "--duration", "2"), 2, "--duration"),
        (("a", "--model", "nobody"), 1, "model must be one of"),
        (("a", "--first-frame", "nothing.png"), 2, "--first-frame"),
        (("a", "--url", "http://127.0.0.1:9", "--key", "k"), 1, "cannot be reached"),
    ],
)
def test_wrong_use(
    estimate: Reelway,
    arguments: tuple[str, ...],
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("reelway.sdk.calls.FIRST_PAUSE", 0)
    result = estimate(*arguments)
    assert (result.code, result.out) == (code, "") and words in result.err


def test_nothing_is_made(estimate: Reelway, gateway: Server) -> None:
    before = gateway.http.get("/api/v1/tasks", params={"limit": 100}).json()["data"]
    estimate("a fox")
    assert len(gateway.http.get("/api/v1/tasks", params={"limit": 100}).json()["data"]) == len(
        before
    )


def test_a_server_with_no_provider(on_server: OnServer) -> None:
    told = said(on_server("estimate", "a fox"))
    assert (told["price"], told["made by"]) == ("free", "animatic")


def test_one_that_is_drawn_by_weight(estimate: Reelway, monkeypatch: pytest.MonkeyPatch) -> None:
    from reelway.client import Candidate, Client, Estimate, Money

    many = [
        Candidate(engine="north", chosen=True, share=0.7),
        Candidate(engine="south", share=0.3, reasons={"later": "drawn by weight, 30 %"}),
    ]
    price = Money(amount=420_000)
    found = Estimate(possible=True, engine="north", price=price, candidates=many)
    monkeypatch.setattr(Client, "estimate", lambda *_, **__: found)
    told = said(estimate("a fox"))
    assert told["by chance"] == "70 % of such orders, by weight"
    assert told["passed over"] == "south: drawn by weight, 30 % (later)"
