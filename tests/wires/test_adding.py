"""Adding a wire touches one file: a made-up vendor's, served and called, whole story included."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import reelway.wires
from fakes import means_on, owner_of, run_all
from pictures import data_url
from reelway.keyring import create_key
from reelway.request import VideoRequest
from reelway.server.asgi import Edge
from reelway.server.auth import Keys
from reelway.server.dispatch import Table
from reelway.wire import Call, Reply, Wire, wires

FOLDER = Path(__file__).parent / "adding"
MOST_LINES = 80


@pytest.fixture
def parcel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """The wire, found as the server finds all: by listing the folder."""
    monkeypatch.setattr(reelway.wires, "__path__", [*reelway.wires.__path__, str(FOLDER)])
    wires.cache_clear()
    yield wires()["parcel"]
    wires.cache_clear()


def test_it_is_one_short_file() -> None:
    (file,) = FOLDER.glob("*.py")
    assert len(file.read_text().splitlines()) <= MOST_LINES


async def test_the_whole_story_in_its_words(parcel: Wire, tmp_path: Path) -> None:
    async with means_on(tmp_path) as means:
        await owner_of(means)
        key = await create_key(means.store, "test", "ann")
        edge = Edge(Table(wires(), ()), Keys(means.store), means)
        transport = httpx.ASGITransport(app=edge)
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", headers=headers
        ) as client:
            body = {"text": "a fox", "seconds": "6", "hue": 3, "opening": data_url((1, 2, 3))}
            made = await client.post("/parcel/films", json=body)
            assert made.status_code == 202
            assert made.headers["x-reelway-ignored"] == "hue"
            await run_all(means)
            path = f"/films/{made.json()['film']}"
            told = (await client.get(path)).json()
            assert told["is"] == "broken"  # the fake film is of another length than was ordered
            refused = await client.post("/films", json={"text": "a", "seconds": 4})
            assert refused.status_code == 400
            assert refused.json() == {"sorry": "seconds must be 3, 6 or 9"}
            bad = {"text": "a", "opening": base64.b64encode(b"x").decode() + "!"}
            refused = await client.post("/films", json=bad)
            assert "opening is no address" in refused.json()["sorry"]
            unknown = await client.get("/films/film-000000000000")
            assert (unknown.status_code, unknown.json()) == (404, {"sorry": "no such task"})
            assert (await client.get("/films/a/b")).json() == {"sorry": "no such path"}


def test_the_loop(parcel: Wire) -> None:
    request = VideoRequest(prompt="a fox", duration=9)
    call = parcel.write_request(request)
    assert (
        parcel.read_request(Call(method="POST", path="/films", data=call.data)).request == request
    )
    receipt = parcel.read_receipt(Reply(status=202, data={"film": "film-1"}))
    assert parcel.write_lookup(receipt.id, request).path == "/films/film-1"
