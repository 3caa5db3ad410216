"""Nobody sees another owner's task or file: over every route that the server has."""

from __future__ import annotations

import httpx
import pytest

from reelway import control
from reelway.request import VideoRequest
from reelway.server.dispatch import Table
from reelway.settings import Settings
from reelway.wire import wires
from serving import Server

ROUTES = sorted(
    ((path, wire, route) for path, wire, route in Table(wires(), Settings().root).routes()),
    key=lambda found: (found[0], found[2].method),
)
# Operations whose route names a task, and those that name none.
NAMES_A_TASK = {"show", "cancel", "delete"}
NAMES_NONE = {"create", "list"}


@pytest.fixture(scope="module")
def stranger(server: Server):
    key = control.ask(
        server.data / "control.sock", {"do": "keys.create", "name": "s", "owner": "stranger"}
    )
    headers = {"authorization": f"Bearer {key}"}
    with httpx.Client(base_url=server.address, headers=headers) as client:
        yield client


@pytest.fixture(scope="module")
def task(server: Server) -> dict:
    return server.make(prompt="mine", duration=3, model="animatic-still")


def ask(client: httpx.Client, path: str, wire, route, task_id: str) -> httpx.Response:
    """Call the route about that task, by path or as the wire's own lookup does."""
    if "{" in path:
        head, _, tail = path.partition("{")
        return client.request(route.method, head + task_id + tail.partition("}")[2])
    lookup = wire.write_lookup(task_id, VideoRequest())
    assert lookup.path == route.path, "a route that names a task in a way this test does not know"
    return client.request(route.method, path, params=dict(lookup.query))


def test_every_operation_is_known_here() -> None:
    assert {route.operation for _, _, route in ROUTES} <= NAMES_A_TASK | NAMES_NONE


@pytest.mark.parametrize(
    ("path", "wire", "route"),
    [pytest.param(*found, id=f"{found[2].method} {found[0]}") for found in ROUTES],
)
def test_another_owners_task_is_unknown(server, stranger, task, path, wire, route) -> None:
    if route.operation in NAMES_NONE:
        pytest.skip("names no task")
    unknown = task["id"][:-4] + "0000"
    theirs = ask(stranger, path, wire, route, task["id"])
    nobodys = ask(stranger, path, wire, route, unknown)
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.content == nobodys.content
    assert server.task(task["id"])["status"] == "succeeded"


@pytest.mark.parametrize(
    ("path", "wire", "route"),
    [pytest.param(*found, id=f"{found[2].method} {found[0]}") for found in ROUTES],
)
def test_no_route_works_without_a_key(server, task, path, wire, route) -> None:
    with httpx.Client(base_url=server.address) as nobody:
        url = path.replace("{id}", task["id"])
        for key in (None, "Basic abc", "Bearer", "Bearer rw_" + "a" * 38):
            headers = {"authorization": key} if key else {}
            reply = nobody.request(route.method, url, headers=headers)
            assert reply.status_code in (401, 403)
            assert task["id"] not in reply.text


def test_lists_show_only_ones_own(server, stranger, task) -> None:
    for path, _, route in ROUTES:
        if route.operation == "list":
            assert task["id"] not in stranger.get(path).text
            assert task["id"] in server.http.get(path).text
    assert stranger.get("/api/v1/tasks", params={"after": task["id"]}).status_code == 404


@pytest.mark.parametrize("which", ["film", "poster"])
def test_a_file_opens_by_its_signed_link_alone(server, stranger, task, which) -> None:
    link = task["film"]["url"] if which == "film" else task["poster_url"]
    assert httpx.get(link).status_code == 200
    bare, _, query = link.partition("?")
    for client in (stranger, server.http):
        assert client.get(bare).status_code == 403
    expires = int(dict(p.split("=") for p in query.split("&"))["expires"])
    for changed in (
        link.replace(f"expires={expires}", f"expires={expires + 3600}"),
        link.replace(f"expires={expires}", "expires=1"),
        link[:-2] + ("AA" if link[-2:] != "AA" else "BB"),
        link.replace(task["id"], task["id"][:-1] + ("0" if task["id"][-1] != "0" else "1")),
    ):
        reply = httpx.get(changed)
        assert reply.status_code == 403
        assert str(server.data) not in reply.text


def test_a_revoked_key_is_refused_at_once(server) -> None:
    orders = server.data / "control.sock"
    key = control.ask(orders, {"do": "keys.create", "name": "gone", "owner": "stranger"})
    headers = {"authorization": f"Bearer {key}"}
    with httpx.Client(base_url=server.address, headers=headers) as client:
        assert client.get("/api/v1/tasks").status_code == 200
        control.ask(orders, {"do": "keys.revoke", "prefix": key})
        assert client.get("/api/v1/tasks").status_code == 403
        assert client.get("/v3/async/task-result?task_id=x").json()["reason"] == "INVALID_API_KEY"
