"""One table over all wires: what is refused, with which status, error body and field. Through the
whole server, after which nothing is stored, kept or fetched.

The rows are those written by hand in each wire's own test, and two more for every bound that a
wire's body models declare: one below, one above.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fakes import means_on, owner_of, web_of
from pictures import base64_png
from reelway.keyring import create_key
from reelway.limits import limits_of
from reelway.server.asgi import Edge
from reelway.server.auth import Keys
from reelway.server.dispatch import Table
from reelway.settings import Settings
from reelway.wire import Wire, wires
from reelway.wires.aihubmax.bodies import BODIES as AIHUBMAX_BODIES
from wires import test_aihubmax, test_mulerouter, test_myrouter, test_native, test_novita

Row = tuple[str, str, Any, str, str]  # wire, path below its prefix, body, field, words
FEWEST = 150
PICTURE = base64_png((20, 60, 120))


def by_hand() -> Iterator[Row]:
    for slug, body, field, words in test_novita.REFUSED:
        yield "novita", test_novita.path(slug), body, field, words
    for slug, body, field, words in test_myrouter.REFUSED:
        yield "myrouter", test_myrouter.path(slug), body, field, words
    for path, body, field, words in test_mulerouter.REFUSED:
        yield "mulerouter", path, body, field, words
    for model, body, field, words in test_aihubmax.REFUSED:
        yield "aihubmax", test_aihubmax.CREATE, {"model": model, **body}, field, words
    for body, field, words in test_native.REFUSED:
        yield "native", "/api/v1/tasks", body, field, words


def sound_bodies() -> Iterator[tuple[str, str, type, dict[str, Any]]]:
    """(wire, path, body model, a body that would be taken) for every create of every wire."""
    for wire in wires().values():
        for route in wire.routes:
            if route.operation != "create" or route.body is None:
                continue
            if wire.name == "aihubmax":
                for model, body in AIHUBMAX_BODIES.items():
                    if "voice_url" not in body.model_fields:
                        given = {"model": model, "prompt": "a", "image_url": PICTURE}
                        yield wire.name, route.path, body, given
                continue
            frames = {"image": PICTURE, "first_frame": PICTURE}
            known = {n: v for n, v in frames.items() if n in route.body.model_fields}
            yield wire.name, route.path, route.body, {"prompt": "a", **known}


def from_bounds() -> Iterator[Row]:
    for wire, path, model, body in sound_bodies():
        for row in limits_of(model):
            if not row.field.isidentifier():
                continue  # inside lists and objects: by hand
            for value in beyond(model, row.field, row.low, row.high):
                yield wire, path, {**body, row.field: value}, row.field, f"{row.field} {row.words}"


def beyond(model: type, field: str, low: float | None, high: float | None) -> Iterator[Any]:
    """A value below `low` and one above `high`, of the field's own kind."""
    hint = str(model.model_fields[field].annotation)  # type: ignore[attr-defined]
    if "dict" in hint:
        if high is not None:
            yield {str(n): "a" for n in range(int(high) + 1)}
    elif "list" in hint:
        if high is not None:
            yield ["a"] * (int(high) + 1)
    elif "str" in hint and "Literal" not in hint:
        if high is not None:
            yield "a" * (int(high) + 1)
    elif "Literal" in hint:
        yield "no-such-value"
    else:
        if low is not None:
            yield low - 1
        if high is not None:
            yield high + 1


def said(rows: Iterator[Row]) -> Iterator[Row]:
    """Those that can be said in JSON at all; the others are the wires' own tests'."""
    for row in rows:
        try:
            json.dumps(row[2], allow_nan=False, ensure_ascii=False).encode()
        except (ValueError, UnicodeEncodeError):
            continue
        yield row


ROWS = [*said(by_hand()), *said(from_bounds())]


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[tuple[Edge, httpx.AsyncClient, Any]]:
    async with means_on(tmp_path) as means:
        await owner_of(means)
        key = await create_key(means.store, "test", "ann")
        edge = Edge(Table(wires(), Settings().root), Keys(means.store), means)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=edge),
            base_url="http://127.0.0.1",
            headers={"authorization": f"Bearer {key}"},
        ) as client:
            yield edge, client, means


def message_of(wire: Wire, data: Any) -> str:
    """The words of an error in the wire's own body, which has exactly these keys."""
    match wire.name:
        case "novita" | "myrouter":
            assert set(data) == {"code", "reason", "message", "metadata"}
            assert (data["code"], data["reason"]) == (400, "INVALID_REQUEST_BODY")
            return str(data["message"])
        case "mulerouter":
            assert set(data) == {"code", "title", "detail"}
            assert data["code"] == 400
            return str(data["detail"])
        case "aihubmax":
            assert set(data["error"]) <= {"message", "type", "code"}
            assert data["error"]["type"] == "invalid_request_error"
            return str(data["error"]["message"])
        case _:
            assert set(data["error"]) == {"code", "message", "field"}
            return str(data["error"]["message"])


def test_there_are_enough() -> None:
    assert len(ROWS) >= FEWEST
    assert {row[0] for row in ROWS} == set(wires())


async def test_refused_and_nothing_stored_kept_or_fetched(edge: Any, tmp_path: Path) -> None:
    _, client, means = edge
    wrong = []
    for name, path, body, field, words in ROWS:
        reply = await client.post(f"/{name}{path}", json=body)
        message = message_of(wires()[name], reply.json()) if reply.status_code == 400 else ""
        if not (message.startswith(words) and field.split("[")[0] in message):
            wrong.append((name, path, field, words, reply.status_code, reply.text[:200]))
    assert wrong == []
    assert sum((await means.store.counts()).values()) == 0
    assert await means.assets.names() == []
    assert list((tmp_path / "tmp").iterdir()) == []
    assert web_of(means).fetched == []


@pytest.mark.parametrize("which", ["create", "metrics"])
async def test_a_full_disk_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    async def full(*args: Any, **named: Any) -> Any:
        raise OSError(28, "No space left on device", str(tmp_path))

    async with means_on(tmp_path) as means:
        await owner_of(means)
        key = await create_key(means.store, "test", "ann")
        monkeypatch.setattr(means.store, "create" if which == "create" else "load", full)
        edge = Edge(Table(wires(), means.settings.root), Keys(means.store), means)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=edge), base_url="http://127.0.0.1"
        ) as http:
            headers = {"authorization": f"Bearer {key}"}
            if which == "create":
                reply = await http.post("/api/v1/tasks", json={"prompt": "x"}, headers=headers)
            else:
                reply = await http.get("/metrics")
    assert reply.status_code == 503 and reply.headers["retry-after"] == "60"
    assert reply.json()["error"]["code"] == "disk_full" and str(tmp_path) not in reply.text
