"""Calls about webhooks, and addresses in requests: over the edge, real receivers behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from fakes import NOW, clock_of, means_on, owner_of
from receivers import OPEN, Receiver, hang, receiving, status
from reelway.keyring import create_key
from reelway.means import Means
from reelway.move import move
from reelway.notify import Sender
from reelway.outbound import Outbound
from reelway.server.asgi import Edge
from reelway.server.auth import Keys
from reelway.server.dispatch import Table
from reelway.task import Task
from reelway.webhook import EVENTS, LONGEST_DESCRIPTION, LONGEST_URL, MOST_ENDPOINTS, OVER
from reelway.wire import wires
from serving import Server, wait_until

HOOKS, DELIVERIES, SECRET = "/api/v1/webhooks", "/api/v1/deliveries", "/api/v1/webhook-secret"
URL = "https://hooks.example.com/a"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def means(tmp_path: Path) -> AsyncIterator[Means]:
    async with Outbound(allow_private=[ip_network(OPEN)]) as outbound:
        async with means_on(tmp_path, outbound=outbound) as means:
            sender = Sender(means)
            sender.start()
            yield means
            await sender.stop()


@asynccontextmanager
async def client_of(means: Means, owner: str) -> AsyncIterator[httpx.AsyncClient]:
    key = await create_key(means.store, "test", owner)
    transport = httpx.ASGITransport(app=Edge(Table(wires(), ()), Keys(means.store), means))
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", headers=headers
    ) as client:
        yield client


@pytest.fixture
async def ann(means: Means) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(means, "ann") as client:
        yield client


@pytest.fixture
async def bob(means: Means) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(means, "bob") as client:
        yield client


async def made(client: httpx.AsyncClient, url: str = URL, **body: Any) -> dict[str, Any]:
    reply = await client.post(HOOKS, json={"url": url, **body})
    assert reply.status_code == 201, reply.text
    return dict(reply.json())


async def ended(client: httpx.AsyncClient, means: Means, **body: Any) -> Task:
    reply = await client.post("/api/v1/tasks", json={"prompt": "x", "model": "animatic", **body})
    assert reply.status_code == 201, reply.text
    task = await means.store.find_task(None, reply.json()["id"])
    assert task
    over = await move(task, "cancelled", means)
    assert over
    return over


async def delivery(client: httpx.AsyncClient, tries: int = 1) -> dict[str, Any]:
    """The newest, once it was tried so often, with its log."""
    async with asyncio.timeout(10):
        while True:
            (newest, *_) = (await client.get(DELIVERIES)).json()["data"] or [None]
            if newest and newest["tries"] >= tries:
                return dict((await client.get(f"{DELIVERIES}/{newest['id']}")).json())
            await asyncio.sleep(0.001)


def refused(reply: httpx.Response, code: int, field: str | None) -> str:
    assert reply.status_code == code, reply.text
    error = reply.json()["error"]
    assert error["field"] == field
    return str(error["message"])


# endpoints


async def test_an_endpoint_is_made_shown_changed_and_forgotten(ann) -> None:
    first = await made(ann, description="mine")
    assert first == {
        "id": first["id"], "object": "endpoint", "url": URL, "wire": "native",
        "events": list(EVENTS), "description": "mine", "enabled": True, "disabled_at": None,
        "disabled_why": None, "failing_since": None, "created_at": NOW, "secret": first["secret"],
    }  # fmt: skip
    assert first["id"].startswith("endpoint_")
    secret = first.pop("secret")
    assert secret.startswith("whsec_")
    one = f"{HOOKS}/{first['id']}"
    assert (await ann.get(one)).json() == first
    assert (await ann.get(HOOKS)).json() == {"data": [first]}
    off = (await ann.post(one, json={"enabled": False, "description": ""})).json()
    assert (off["enabled"], off["disabled_at"], off["disabled_why"]) == (False, NOW, "by its owner")
    assert off["description"] == ""
    on = (await ann.post(one, json={"enabled": "true", "events": ["task.failed"] * 2})).json()
    assert on == {**first, "description": "", "events": ["task.failed"]}
    novita = (await ann.post(one, json={"wire": "novita"})).json()
    assert (novita["wire"], novita["events"]) == ("novita", ["task.failed"])
    assert (await ann.post(one, json={})).json() == novita
    gone = (await ann.delete(one)).json()
    assert gone == {"id": first["id"], "object": "endpoint", "deleted": True}
    assert (await ann.get(one)).status_code == (await ann.delete(one)).status_code == 404
    assert secret not in (await ann.get(DELIVERIES)).text


async def acts(means: Means) -> list[tuple[str, str, dict[str, Any]]]:
    """The oldest first, but for keys."""
    found = [e for e in await means.store.audits(50) if not e.act.startswith("key.")]
    assert {e.actor[:7] for e in found} <= {"key rw_"} and {e.at for e in found} <= {NOW}
    return [(e.act, e.subject, dict(e.data)) for e in reversed(found)]


async def test_what_owners_do_is_in_the_audit_log(ann, bob, means: Means) -> None:
    secret_url = "https://hooks.example.com/T0/very-secret?token=abc"
    first = await made(ann, url=secret_url, events=["task.failed"])
    one = f"{HOOKS}/{first['id']}"
    await ann.post(one, json={"url": "https://elsewhere.example.com/x", "description": "b"})
    await ann.post(one, json={"enabled": False})
    await ann.post(one, json={"enabled": True, "events": ["task.succeeded"]})
    await ann.post(f"{one}/rotate", json={"expire_now": True})
    await ann.post(f"{SECRET}/rotate")
    await ann.delete(one)
    id, owner = first["id"], {"owner": "ann"}
    host = {"host": "hooks.example.com", "wire": "native", "events": ["task.failed"]}
    assert await acts(means) == [
        ("webhook.create", id, owner | host),
        ("webhook.change", id, owner | {"host": "elsewhere.example.com", "description": "b"}),
        ("webhook.change", id, owner | {"enabled": False}),
        (
            "webhook.change",
            id,
            owner | {"enabled": True, "wire": "native", "events": ["task.succeeded"]},
        ),
        ("webhook.rotate", id, owner | {"expire_now": True}),
        ("webhook_secret.rotate", "", owner | {"expire_now": False}),
        ("webhook.delete", id, owner),
    ]
    told = str([e.data for e in await means.store.audits(50)])
    assert "very-secret" not in told and "abc" not in told and "whsec_" not in told


async def test_what_came_to_nothing_is_in_no_log(ann, bob, means: Means) -> None:
    first = await made(ann)
    one = f"{HOOKS}/{first['id']}"
    before = await acts(means)
    await ann.post(one, json={})  # nothing is changed
    for client, method, path, body in (
        (ann, "POST", HOOKS, {"url": "ftp://a"}),
        (ann, "POST", one, {"url": "https://10.0.0.7/"}),
        (ann, "DELETE", f"{HOOKS}/endpoint_nobodys", None),
        (bob, "POST", one, {"enabled": False}),
        (bob, "POST", f"{one}/rotate", {}),
        (bob, "DELETE", one, None),
    ):
        reply = await client.request(method, path, json=body)
        assert reply.status_code in (400, 404)
    assert await acts(means) == before


@pytest.mark.parametrize("name", sorted(wires()))
async def test_each_wire_has_its_events(ann, name: str) -> None:
    expected = {"native": EVENTS, "mulerouter": ("task.created", *OVER)}.get(name, OVER)
    assert (await made(ann, wire=name))["events"] == list(expected)
    for event in set(EVENTS) - set(expected):
        reply = await ann.post(HOOKS, json={"url": URL, "wire": name, "events": [event]})
        assert f"there is no {event} in the words of {name}" in refused(reply, 400, "events")


REFUSED = [
    ({}, "url", "url is required"),
    ({"url": 5}, "url", "url must be a string"),
    ({"url": " "}, "url", "url must not be blank"),
    ({"url": "ftp://a.example"}, "url", "only http:// and https://"),
    ({"url": "hooks.example.com/a"}, "url", "only http:// and https://"),
    ({"url": "https://u:p@a.example"}, "url", "must not carry a user name or password"),
    ({"url": "https://a.example/#x"}, "url", "fragment"),
    ({"url": "https://10.0.0.7/a"}, "url", "it is not public"),
    ({"url": "http://[::1]/a"}, "url", "it is not public"),
    ({"url": "http://169.254.169.254/"}, "url", "it is not public"),
    ({"url": "https://a.example/" + "a" * LONGEST_URL}, "url", "at most"),
    ({"url": URL, "wire": "nobody"}, "wire", "wire must be one of aihubmax, "),
    ({"url": URL, "events": []}, "events", "between 1 and 5 entries"),
    ({"url": URL, "events": ["task.done"]}, "events[0]", "must be task.created, "),
    ({"url": URL, "wire": "novita", "events": ["task.running"]}, "events", "there is no task.run"),
    ({"url": URL, "description": "a" * (LONGEST_DESCRIPTION + 1)}, "description", "at most 200"),
]


@pytest.mark.parametrize(("body", "field", "words"), REFUSED)
async def test_what_is_refused_names_its_field(ann, body, field, words) -> None:
    said = refused(await ann.post(HOOKS, json=body), 400, field)
    if len(body.get("url", "") if isinstance(body.get("url"), str) else "") > LONGEST_URL:
        words = "characters"
    assert words in said
    one = f"{HOOKS}/{(await made(ann))['id']}"
    if body:
        assert words in refused(await ann.post(one, json=body), 400, field)
    assert (await ann.get(one)).json()["url"] == URL


async def test_no_more_than_five(ann, bob) -> None:
    replies = await asyncio.gather(*(ann.post(HOOKS, json={"url": URL}) for _ in range(8)))
    assert sorted(r.status_code for r in replies) == [201] * MOST_ENDPOINTS + [409] * 3
    assert "5 webhooks already" in refused(replies[-1], 409, None)
    await made(bob)


async def test_another_owners_is_nobodys(ann, bob, means, receiver) -> None:
    mine = await made(ann, receiver.url())
    task = await ended(ann, means)
    told = await delivery(ann)
    for method, path, body in (
        ("GET", f"{HOOKS}/{mine['id']}", None),
        ("POST", f"{HOOKS}/{mine['id']}", {"url": URL}),
        ("DELETE", f"{HOOKS}/{mine['id']}", None),
        ("POST", f"{HOOKS}/{mine['id']}/rotate", {}),
        ("POST", f"{HOOKS}/{mine['id']}/test", None),
        ("POST", f"{HOOKS}/{mine['id']}/replay", {"since": 0}),
        ("GET", f"{DELIVERIES}/{told['id']}", None),
        ("POST", f"{DELIVERIES}/{told['id']}/redeliver", None),
        ("GET", f"{DELIVERIES}?after={told['id']}", None),
    ):
        reply = await bob.request(method, path, json=body)
        assert reply.status_code == 404, path
        nobodys = path.replace(mine["id"], mine["id"][:-1]).replace(told["id"], told["id"][:-1])
        assert (await bob.request(method, nobodys, json=body)).content == reply.content
    for query in ("", f"?task={task.public_id}", f"?endpoint={mine['id']}"):
        assert (await bob.get(DELIVERIES + query)).json() == {"data": [], "next": None}
    assert (await bob.get(HOOKS)).json() == {"data": []}
    assert (await ann.get(SECRET)).json()["secret"] != (await bob.get(SECRET)).json()["secret"]
    assert (await ann.get(f"{HOOKS}/{mine['id']}")).json()["url"] == receiver.url()
    assert len(await receiver.have(2)) == 2  # created and cancelled, both ann's


# secrets


async def test_a_secret_is_shown_when_made_and_when_changed(ann, means, receiver) -> None:
    mine = await made(ann, receiver.url(), events=["task.cancelled"])
    one = f"{HOOKS}/{mine['id']}"
    changed = (await ann.post(f"{one}/rotate")).json()
    assert changed["secret"] != mine["secret"]
    for path in (HOOKS, one, DELIVERIES):
        text = (await ann.get(path)).text
        assert "whsec_" not in text
    await ended(ann, means)
    await receiver.have(1)
    for secret in (mine["secret"], changed["secret"]):
        assert receiver.got[0].verified(secret)["type"] == "task.cancelled"
    last = (await ann.post(f"{one}/rotate", json={"expire_now": True})).json()["secret"]
    await ended(ann, means)
    await receiver.have(2)
    assert len(receiver.got[1].headers["webhook-signature"].split()) == 1
    assert receiver.got[1].verified(last)
    assert "must be true or false" in refused(
        await ann.post(f"{one}/rotate", json={"expire_now": "now"}), 400, "expire_now"
    )


async def test_the_owners_own_secret_signs_for_addresses_in_requests(ann, means, receiver) -> None:
    await ended(ann, means, webhook=receiver.url())
    await receiver.have(1)
    secret = (await ann.get(SECRET)).json()["secret"]
    assert (await ann.get(SECRET)).json() == {"object": "webhook_secret", "secret": secret}
    assert receiver.got[0].verified(secret)
    new = (await ann.post(f"{SECRET}/rotate")).json()["secret"]
    assert new != secret
    assert (await ann.get(SECRET)).json()["secret"] == new
    await ended(ann, means, webhook=receiver.url())
    await receiver.have(2)
    for good in (secret, new):
        assert receiver.got[1].verified(good)


# trying, sending again


async def test_a_sample_is_sent_at_once(ann, receiver) -> None:
    mine = await made(ann, receiver.url(), wire="novita")
    receiver.answers += [status(202, "Content-Type: text/plain", body=b"gut")]
    tried = (await ann.post(f"{HOOKS}/{mine['id']}/test")).json()
    assert (tried["object"], tried["event"]) == ("webhook_test", "task.succeeded")
    assert (tried["delivered"], tried["status"], tried["error"]) == (True, 202, None)
    assert tried["answer"] == "gut"
    body = receiver.got[0].verified(mine["secret"])
    assert body["event_type"] == "ASYNC_TASK_RESULT"
    assert body["payload"]["task"]["status"] == "TASK_STATUS_SUCCEED"
    assert body["payload"]["videos"][0]["video_url"].startswith("https://")
    assert receiver.got[0].headers["webhook-signature"] not in tried["request"]
    receiver.answers += [status(500)]
    tried = (await ann.post(f"{HOOKS}/{mine['id']}/test")).json()
    assert (tried["delivered"], tried["error"]) == (False, "the receiver answered 500")
    assert (await ann.get(DELIVERIES)).json()["data"] == []


@pytest.mark.parametrize("name", sorted(wires()))
async def test_there_is_a_sample_in_every_wire_and_event(ann, receiver, name: str) -> None:
    for event in wires()[name].tells:
        mine = await made(ann, receiver.url(), wire=name, events=[event])
        tried = (await ann.post(f"{HOOKS}/{mine['id']}/test")).json()
        assert (tried["delivered"], tried["event"]) == (True, event)
        assert receiver.got[-1].verified(mine["secret"])
        await ann.delete(f"{HOOKS}/{mine['id']}")


async def test_one_sample_at_a_time(ann, receiver) -> None:
    mine = await made(ann, receiver.url())
    receiver.answers += [hang]
    first = asyncio.create_task(ann.post(f"{HOOKS}/{mine['id']}/test"))
    await receiver.have(1)
    assert "under way" in refused(await ann.post(f"{HOOKS}/{mine['id']}/test"), 409, None)
    first.cancel()
    await asyncio.wait({first})
    assert (await ann.post(f"{HOOKS}/{mine['id']}/test")).json()["delivered"] is True


async def test_a_delivery_is_logged_and_sent_again(ann, means, receiver) -> None:
    mine = await made(ann, receiver.url(), events=["task.cancelled"])
    receiver.answers += [status(500, body=b"down")]
    task = await ended(ann, means)
    told = await delivery(ann)
    assert (told["status"], told["task"], told["tries"]) == ("pending", task.public_id, 1)
    assert (told["endpoint"], told["wire"], told["event"]) == (mine["id"], "native", OVER[2])
    assert told["next_at"] > NOW and told["ended_at"] is None
    (one,) = told["log"]
    assert (one["status"], one["answer"], one["at"]) == (500, "down", NOW)
    assert told["id"] in one["request"]
    again = await ann.post(f"{DELIVERIES}/{told['id']}/redeliver")
    assert again.status_code == 200
    await receiver.have(2)
    assert receiver.got[0].id == receiver.got[1].id == told["id"]
    async with asyncio.timeout(10):
        while True:
            told = await delivery(ann)
            if len(told["log"]) == 2:
                break
            await asyncio.sleep(0.001)
    assert (told["status"], told["next_at"], told["tries"]) == ("delivered", None, 1)
    listed = (await ann.get(f"{DELIVERIES}?status=delivered&limit=1")).json()
    assert [d["id"] for d in listed["data"]] == [told["id"]]
    assert "log" not in listed["data"][0]
    await ann.post(f"{DELIVERIES}/{told['id']}/redeliver")  # one that arrived, too
    await receiver.have(3)


async def test_what_was_missed_is_sent_again(ann, means, receiver) -> None:
    receiver.answers += [status(410)]
    mine = await made(ann, receiver.url(), events=["task.cancelled"])
    one = f"{HOOKS}/{mine['id']}"
    first = await ended(ann, means)
    failed = await delivery(ann)
    assert failed["status"] == "failed"
    off = (await ann.get(one)).json()
    assert (off["enabled"], off["disabled_why"]) == (False, "the receiver answered 410 Gone")
    second = await ended(ann, means)
    for path, body in ((f"{one}/replay", {"since": 0}), (f"{DELIVERIES}/{failed['id']}/redeliver",
                                                         None)):  # fmt: skip
        assert "disabled" in refused(await ann.post(path, json=body), 409, None)
    await ann.post(one, json={"enabled": True})
    replayed = await ann.post(f"{one}/replay", json={"since": NOW})
    assert replayed.json() == {"object": "replay", "deliveries": 2}
    await receiver.have(3)
    assert {r.data["data"]["id"] for r in receiver.got[1:]} == {first.public_id, second.public_id}
    assert (await ann.post(f"{one}/replay", json={"since": NOW + 1})).json()["deliveries"] == 0
    assert "since is required" in refused(await ann.post(f"{one}/replay", json={}), 400, "since")


async def test_a_replay_goes_back_as_far_as_the_log(ann, means, receiver) -> None:
    """Where the log was emptied, what had arrived long ago looks as if it had not."""
    mine = await made(ann, receiver.url(), events=["task.cancelled"])
    await ended(ann, means)
    async with asyncio.timeout(10):
        while True:
            if (await delivery(ann))["status"] == "delivered":
                break
            await asyncio.sleep(0.001)
    month = means.settings.retention.deliveries * 24 * 3600
    clock_of(means).advance(month + 1)
    assert await means.store.forget_deliveries(means.now() - month * 1000) == 1
    again = await ann.post(f"{HOOKS}/{mine['id']}/replay", json={"since": 0})
    assert again.json()["deliveries"] == 0


async def test_deliveries_come_in_pages(ann, means) -> None:
    await made(ann, URL, events=["task.created"])
    await made(ann, URL, events=["task.cancelled"])

    for _ in range(3):
        await ended(ann, means)
    page = (await ann.get(f"{DELIVERIES}?limit=4")).json()
    rest = (await ann.get(f"{DELIVERIES}?limit=4&after={page['next']}")).json()
    assert (len(page["data"]), len(rest["data"]), rest["next"]) == (4, 2, None)
    assert len({d["id"] for d in page["data"] + rest["data"]}) == 6
    for query, field in (("limit=0", "limit"), ("status=lost", "status"), ("task=%20", "task")):
        refused(await ann.get(f"{DELIVERIES}?{query}"), 400, field)


async def test_vendors_have_no_such_calls(ann) -> None:
    for name in set(wires()) - {"native"}:
        assert wires()[name].hooks is None
        assert (await ann.get(f"/{name}{HOOKS}")).status_code == 404


# addresses in requests


CREATES = {
    "native": ("/api/v1/tasks", {"prompt": "x"}, "webhook"),
    "novita": ("/v3/async/kling-v3.0-pro-t2v", {"prompt": "x"}, "extra.webhook.url"),
    "myrouter": ("/v3/async/kling-v3.0-pro-t2v", {"prompt": "x"}, "extra.webhook.url"),
    "aihubmax": (
        "/v1/videos/generations",
        {"model": "kling-v3-text-to-video", "prompt": "x"},
        "callback_url",
    ),
}
BAD = ["http://10.0.0.1/a", "https://localhost.", "nonsense", "https://a.example/#b", "file:///etc"]


def naming(name: str, url: str) -> tuple[str, dict[str, Any], str]:
    path, body, field = CREATES[name]
    value: Any = url
    for part in reversed(field.split(".")):
        value = {part: value}
    return f"/{name}{path}", {**body, **value}, field


@pytest.mark.parametrize("name", CREATES)
async def test_a_request_names_who_is_told(ann, means, receiver, name: str) -> None:
    path, body, _ = naming(name, receiver.url())
    reply = await ann.post(path, json=body, headers={"x-reelway-model": "animatic"})
    assert reply.is_success, reply.text
    assert "x-reelway-ignored" not in reply.headers
    (task,) = await means.store.unfinished()
    assert task.request.webhook == receiver.url()
    await move(task, "cancelled", means)
    await receiver.have(1)
    assert receiver.got[0].verified((await ann.get(SECRET)).json()["secret"])
    assert (await delivery(ann))["endpoint"] is None


@pytest.mark.parametrize("url", BAD)
@pytest.mark.parametrize("name", CREATES)
async def test_a_bad_address_is_refused_and_nothing_stored(tmp_path, name, url) -> None:
    async with Outbound() as outbound, means_on(tmp_path, outbound=outbound) as means:
        async with client_of(means, "ann") as ann:
            path, body, field = naming(name, url)
            headers = {"x-reelway-model": "animatic", "idempotency-key": "k"}
            reply = await ann.post(path, json=body, headers=headers)
            assert reply.status_code == 400, reply.text
            assert field in reply.text
            assert await means.store.unfinished() == []
            assert await means.store.replay(await owner_of(means), "k") is None


async def test_https_alone_where_the_vendor_says_so(ann, means, tmp_path) -> None:
    path, body, _ = naming("aihubmax", "http://hooks.example.com/a")
    reply = await ann.post(path, json=body, headers={"x-reelway-model": "animatic"})
    assert reply.status_code == 400
    assert "callback_url must begin with https://" in reply.json()["error"]["message"]
    path, body, _ = naming("novita", "http://hooks.example.com/a")
    reply = await ann.post(path, json=body, headers={"x-reelway-model": "animatic"})
    assert reply.status_code == 200


async def test_the_address_counts_for_an_idempotency_key(ann, receiver) -> None:
    headers = {"idempotency-key": "one"}
    body = {"prompt": "x", "model": "animatic", "webhook": receiver.url()}
    first = await ann.post("/api/v1/tasks", json=body, headers=headers)
    assert (await ann.post("/api/v1/tasks", json=body, headers=headers)).json() == first.json()
    other = {**body, "webhook": receiver.url("/other")}
    assert (await ann.post("/api/v1/tasks", json=other, headers=headers)).status_code == 422


# a server that is killed


class Told:
    """A receiver in threads, for a server in a process of its own."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.code = 200
        told = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                if len(body := self.rfile.read(length)) < length:
                    return  # whoever told it was killed in the midst of it
                told.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(told.code)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@contextmanager
def told() -> Iterator[Told]:
    receiver = Told()
    thread = threading.Thread(target=receiver.server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        thread.join()
        receiver.server.server_close()


def test_a_kill_between_status_and_delivery_loses_nothing(tmp_path: Path) -> None:
    # On a slow machine each may be told more than once: the pauses in between are to stay short.
    settings = {"allow_private": f'["{OPEN}"]', "webhooks_pace": 0.02}
    with told() as receiver, Server.start(tmp_path / "data", **settings) as server:
        receiver.code = 500  # it stays pending
        hook = server.http.post(HOOKS, json={"url": receiver.url, "events": ["task.succeeded"]})
        task = server.make(prompt="a", duration=3, model="animatic-still", webhook=receiver.url)
        wait_until(lambda: len(receiver.got) >= 2, 20)
        server.kill()
        receiver.code = 200
        before = len(receiver.got)
        server.restart()

        def delivered() -> list[dict[str, Any]]:
            found = server.http.get(DELIVERIES).json()["data"]
            return found if all(d["status"] == "delivered" for d in found) else []

        deliveries = wait_until(delivered, 30)
        assert len(deliveries) == 2
        own = server.http.get(SECRET).json()["secret"]
        for headers, body in receiver.got[before:]:
            secret = hook.json()["secret"]
            by = next(d for d in deliveries if d["id"] == headers["webhook-id"])
            verified = Webhook(secret if by["endpoint"] else own).verify(body, headers)
            assert verified["data"]["id"] == task["id"]
            assert verified["data"]["status"] == "succeeded"
            film = httpx.get(verified["data"]["film"]["url"])
            assert film.status_code == 200 and film.content[4:8] == b"ftyp"
        assert {h["webhook-id"] for h, _ in receiver.got} == {d["id"] for d in deliveries}
        assert hook.json()["secret"] not in server.log()
        assert server.task(task["id"])["notified_at"]
        assert server.stop() == 0
