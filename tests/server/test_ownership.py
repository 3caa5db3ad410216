"""Nobody sees another owner's task or file: over every route that the server has."""

from __future__ import annotations

import base64

import httpx
import pytest

from pictures import png
from reelway import control
from reelway.request import VideoRequest
from reelway.server.dispatch import Table
from reelway.settings import Settings
from reelway.webhook import OVER
from reelway.wire import wires
from serving import PLAIN, Server, wait_until
from sounds import hum

ROUTES = sorted(
    ((path, wire, route) for path, wire, route in Table(wires(), Settings().root).routes()),
    key=lambda found: (found[0], found[2].method),
)
# Operations whose route names a task, and those that name none.
NAMES_A_TASK = {"show", "cancel", "delete", "task_events"}
NAMES_A_RESOURCE = {"resource_show", "resource_delete"}
NAMES_A_HOOK = {
    f"webhook_{act}" for act in ("show", "change", "delete", "rotate", "test", "replay")
}
NAMES_A_DELIVERY = {"delivery_show", "delivery_redeliver"}
HOOKS_OF_NONE = {"webhook_create", "webhook_list", "secret_show", "secret_rotate", "delivery_list"}
NAMES_NONE = {
    "create",
    "list",
    "upload",
    "resource_create",
    "resource_list",
    "models",
    "events",
    "usage",
}
NAMES_NONE |= HOOKS_OF_NONE | {"estimate", "preview", "provider_list", "provider_reload"}


@pytest.fixture(scope="module")
def stranger(server: Server):
    key = control.ask(
        server.data / "control.sock", {"do": "keys.create", "name": "s", "owner": "stranger"}
    )
    headers = {"authorization": f"Bearer {key}"}
    with httpx.Client(base_url=server.address, headers=headers, verify=PLAIN) as client:
        yield client


@pytest.fixture(scope="module")
def task(server: Server) -> dict:
    return server.make(prompt="mine", duration=3, model="animatic-still")


@pytest.fixture(scope="module")
def resources(server: Server) -> dict[str, str]:
    """One resource of each kind, by kind."""
    files = {"file": ("a.png", png((1, 2, 3)), "image/png")}
    asset = server.http.post("/api/v1/assets", files=files).json()["id"]
    element = server.http.post("/api/v1/elements", json={"name": "disc", "frontal": asset})
    voice = server.http.post(
        "/api/v1/voices", json={"name": "hum", "sample": base64.b64encode(hum()).decode()}
    )
    return {"asset": asset, "element": element.json()["id"], "voice": voice.json()["id"]}


@pytest.fixture(scope="module")
def hooks(server: Server):
    """A webhook and a delivery, by kind; nobody is at their address."""
    nobody = "https://hooks.invalid/a"
    endpoint = server.http.post("/api/v1/webhooks", json={"url": nobody, "events": OVER[1:]})
    told = server.make(prompt="mine", duration=3, model="animatic-still", webhook=nobody)
    found = server.http.get("/api/v1/deliveries", params={"task": told["id"]}).json()["data"]
    yield {"endpoint": endpoint.json()["id"], "delivery": found[0]["id"]}
    server.http.delete(f"/api/v1/webhooks/{endpoint.json()['id']}")
    server.http.delete(f"/api/v1/tasks/{told['id']}")


def ask(client: httpx.Client, path: str, wire, route, id: str) -> httpx.Response:
    """Call the route about that task or resource, by path or as the wire's own lookup does."""
    if "{" in path:
        head, _, tail = path.partition("{")
        return client.request(route.method, head + id + tail.partition("}")[2])
    lookup = wire.write_lookup(id, VideoRequest())
    assert lookup.path == route.path, "a route that names a task in a way this test does not know"
    return client.request(route.method, path, params=dict(lookup.query))


def test_every_operation_is_known_here() -> None:
    known = NAMES_A_TASK | NAMES_A_RESOURCE | NAMES_A_HOOK | NAMES_A_DELIVERY | NAMES_NONE
    assert {route.operation for _, _, route in ROUTES} <= known


@pytest.mark.parametrize(
    ("path", "wire", "route"),
    [
        pytest.param(*found, id=f"{found[2].method} {found[0]}")
        for found in ROUTES
        if found[2].operation not in NAMES_NONE
    ],
)
def test_another_owners_is_unknown(
    server, stranger, task, resources, hooks, path, wire, route
) -> None:
    ids = {
        **dict.fromkeys(NAMES_A_TASK, task["id"]),
        **dict.fromkeys(NAMES_A_HOOK, hooks["endpoint"]),
    }
    ids |= dict.fromkeys(NAMES_A_DELIVERY, hooks["delivery"])
    id = resources[route.resource] if route.resource else ids[route.operation]
    unknown = id[:-4] + "0000"
    theirs = ask(stranger, path, wire, route, id)
    nobodys = ask(stranger, path, wire, route, unknown)
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.content == nobodys.content
    assert server.task(task["id"])["status"] == "succeeded"
    for kind, id in resources.items():
        assert server.http.get(f"/api/v1/{kind}s/{id}").status_code == 200
    assert server.http.get(f"/api/v1/webhooks/{hooks['endpoint']}").json()["enabled"]
    assert server.http.get(f"/api/v1/deliveries/{hooks['delivery']}").status_code == 200


@pytest.mark.parametrize(
    ("path", "wire", "route"),
    [pytest.param(*found, id=f"{found[2].method} {found[0]}") for found in ROUTES],
)
def test_no_route_works_without_a_key(server, task, path, wire, route) -> None:
    with httpx.Client(base_url=server.address, verify=PLAIN) as nobody:
        url = path.replace("{id}", task["id"])
        for key in (None, "Basic abc", "Bearer", "Bearer rw_" + "a" * 38):
            headers = {"authorization": key} if key else {}
            reply = nobody.request(route.method, url, headers=headers)
            assert reply.status_code in (401, 403)
            assert task["id"] not in reply.text


def test_lists_show_only_ones_own(server, stranger, task, resources, hooks) -> None:
    for path, id in (("webhooks", hooks["endpoint"]), ("deliveries", hooks["delivery"])):
        assert id in server.http.get(f"/api/v1/{path}").text
        assert id not in stranger.get(f"/api/v1/{path}").text
    for path, _, route in ROUTES:
        if route.operation in ("list", "resource_list"):
            id = task["id"] if route.operation == "list" else resources[route.resource]
            assert id not in stranger.get(path).text
            assert id in server.http.get(path, params={"limit": 100}).text
    assert stranger.get("/api/v1/tasks", params={"after": task["id"]}).status_code == 404
    for kind, id in resources.items():
        assert stranger.get(f"/api/v1/{kind}s", params={"after": id}).status_code == 404


def test_another_owners_resources_cannot_be_used(stranger, resources) -> None:
    for body in (
        {"prompt": "a", "first_frame": resources["asset"]},
        {"prompt": "<<<element_1>>>", "elements": [{"id": resources["element"]}]},
        {"prompt": "<<<element_1>>>", "elements": [{"frontal": resources["asset"]}]},
    ):
        reply = stranger.post("/api/v1/tasks", json=body)
        assert reply.status_code == 400
        assert "of yours" in reply.json()["error"]["message"]
    spoken = {"prompt": "<<<voice_1>>> says: hello", "voices": [resources["voice"]]}
    made = stranger.post("/api/v1/tasks", json={**spoken, "sound": True, "duration": 3}).json()

    def over() -> dict | None:
        task = stranger.get(f"/api/v1/tasks/{made['id']}").json()
        return task if task["status"] == "succeeded" else None

    voices = wait_until(over, 60, every=0.05)["report"]["understood"]["voices"]
    assert voices[resources["voice"]].startswith("unknown")
    element = {"name": "a", "frontal": resources["asset"]}
    assert stranger.post("/api/v1/elements", json=element).status_code == 400


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
    with httpx.Client(base_url=server.address, headers=headers, verify=PLAIN) as client:
        assert client.get("/api/v1/tasks").status_code == 200
        control.ask(orders, {"do": "keys.revoke", "prefix": key})
        assert client.get("/api/v1/tasks").status_code == 403
        assert client.get("/v3/async/task-result?task_id=x").json()["reason"] == "INVALID_API_KEY"
