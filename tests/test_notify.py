"""The sender, over real sockets: every delivery arrives, or is tried often enough."""

from __future__ import annotations

import asyncio
import email.utils
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from fakes import NOW, clock_of, means_on, order, owner_of, row
from receivers import OPEN, Receiver, close, hang, receiving, status
from reelway import notify, signing
from reelway.announce import new_secret
from reelway.errors import Overloaded
from reelway.means import Means
from reelway.move import move
from reelway.notify import FAILING, LONGEST_WAIT, PAUSES, Sender, judge
from reelway.outbound import Outbound, Posted
from reelway.outbox import MOST
from reelway.replies import retry_after
from reelway.task import Fault, Status, Task
from reelway.view import view
from reelway.webhook import EVENTS, OVER, Delivery, DeliveryListing, Endpoint, Try
from reelway.wire import wires
from test_outbox import delivery as made_delivery

ALL = DeliveryListing(limit=100)
DAY = 24 * 3600


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@asynccontextmanager
async def sending(folder: Path, *, start: bool = True, **changes: Any) -> AsyncIterator[Means]:
    async with Outbound(allow_private=[ip_network(OPEN)]) as outbound:
        async with means_on(folder, **{"outbound": outbound, **changes}) as means:
            sender = Sender(means)
            if start:
                sender.start()
            try:
                yield means
            finally:
                await sender.stop()


@pytest.fixture
async def means(tmp_path: Path) -> AsyncIterator[Means]:
    async with sending(tmp_path) as means:
        yield means


async def register(means: Means, url: str, owner: str = "ann", **changes: Any) -> tuple[Any, str]:
    """An endpoint and its secret."""
    secret, owner_id = signing.mint_secret(), await owner_of(means, owner)
    number = len(await means.store.endpoints(owner_id))
    fields = {"wire": "native", "events": OVER, "created_at": means.now(), **changes}
    plain = Endpoint(public_id=f"endpoint_{owner}{number}", owner_id=owner_id, url=url, **fields)
    made = await means.store.add_endpoint(plain, means.seal.seal(secret), 5)
    assert made
    return made, secret


async def end(means: Means, to: Status = "failed", **request: Any) -> Task:
    task = await order(means, hand=False, **request)
    running = await move(task, "running", means)
    assert running
    fault = {"error": Fault(code="engine_died", message="drei Mal – 三")} if to == "failed" else {}
    over = await move(running, to, means, fault)
    assert over
    return over


async def only(means: Means, owner: str = "ann") -> Delivery:
    (delivery,) = await means.store.deliveries(await owner_of(means, owner), ALL)
    return delivery


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
    """What `condition` gives once that is true; for what the sender writes by and by."""
    async with asyncio.timeout(10):
        while True:
            if value := await condition():
                return value
            await asyncio.sleep(0.001)


async def idle(means: Means) -> None:
    async def none() -> bool:
        return not means.outbox.flying

    await until(none)


async def tried(means: Means, times: int = 1, owner: str = "ann") -> Delivery:
    """The only delivery, once it was tried so often and that is written down."""

    async def enough() -> bool:
        return len(await means.store.tries((await only(means, owner)).id)) >= times

    await until(enough)
    return await only(means, owner)


async def later(means: Means, seconds: float) -> None:
    clock_of(means).advance(seconds)
    means.outbox.stir()


# what arrives


async def test_the_end_is_told_signed_and_once(means: Means, receiver: Receiver) -> None:
    _, secret = await register(means, receiver.url("/hook?x=1"))
    task = await end(means)
    (received,) = await receiver.have(1)
    told = await tried(means)
    assert (told.status, told.tries, told.event) == ("delivered", 1, "task.failed")
    assert received.path == "/hook?x=1"
    assert received.verified(secret) == received.data
    assert received.data["type"] == "task.failed"
    assert received.data["data"]["id"] == task.public_id
    assert received.data["data"]["error"]["message"] == "drei Mal – 三"
    assert received.id == told.public_id
    assert received.headers["content-type"] == "application/json"
    assert received.headers["user-agent"].startswith("Reelway/")
    assert received.headers["webhook-timestamp"] == str(NOW // 1000)
    assert "authorization" not in received.headers
    assert len(received.headers["webhook-signature"].split()) == 1
    (one,) = await means.store.tries(told.id)
    assert (one.at, one.status, one.error, one.answer) == (NOW, 200, None, "")
    assert one.request.startswith(f"POST {receiver.url('/hook?x=1')}\nContent-Type: ")
    assert "webhook-signature: v1,…\n\n{" in one.request
    assert received.headers["webhook-signature"] not in one.request
    assert (await row(means, task)).notified_at == told.ended_at
    assert (means.tally.tries["delivered"], means.tally.given_up) == (1, 0)
    assert len(means.outbox) == 0


@pytest.mark.parametrize("name", sorted(wires()))
async def test_each_wire_tells_in_its_own_words(means, receiver, name: str) -> None:
    wire = wires()[name]
    _, secret = await register(means, receiver.url(), wire=name, events=wire.tells)
    task = await end(means, "cancelled")
    await receiver.have(len([e for e in wire.tells if e not in ("task.succeeded", "task.failed")]))
    bodies = [received.verified(secret) for received in receiver.got]
    shown = replace(view(task, means), notified_at=None)
    assert wire.write_webhook(shown) in bodies
    if name == "mulerouter":
        assert [b["type"] for b in bodies].count("task.created") == 1
        assert len({b["id"] for b in bodies}) == len(bodies)


@pytest.mark.parametrize("name", sorted(wires()))
async def test_a_request_is_told_in_the_words_it_came_in(means, receiver, name: str) -> None:
    drafted = {"wire": name}
    task = await order(means, hand=False, webhook=receiver.url(), drafted=drafted)
    over = await move(task, "cancelled", means)
    (received,) = await receiver.have(1)
    expected = wires()[name].write_webhook(replace(view(over, means), notified_at=None))
    assert received.data == expected
    sealed = await means.store.secrets(task.owner_id, None, NOW)
    assert received.verified(means.seal.open(sealed[0])) == expected


async def test_what_came_before_the_end_is_told_as_of_then(tmp_path, receiver) -> None:
    async with sending(tmp_path, start=False) as means:
        await register(means, receiver.url(), events=EVENTS)
        report = {"ignored": [{"field": "x", "reason": "y"}]}
        task = await order(means, hand=False, drafted={"report": report})
        for to in ("running", "queued", "running"):
            clock_of(means).advance(1)
            task = await move(task, to, means)
        film = {"report": {**report, "understood": {}}, "film_info": {"width": 1280}}
        task = await move(task, "succeeded", means, film)
        sender = Sender(means)
        sender.start()
        await receiver.have(4)
        await sender.stop(5)
    told = {(r.data["type"], r.data["data"]["attempt"]): r.data["data"] for r in receiver.got}
    assert {kind for kind, _ in told} == {"task.created", "task.running", "task.succeeded"}
    created, first = told["task.created", 1], told["task.running", 1]
    assert (created["status"], created["progress"], created["film"]) == ("queued", 0, None)
    assert (created["started_at"], created["finished_at"]) == (None, None)
    assert created["report"] == report
    assert (first["status"], first["started_at"]) == ("running", NOW + 1000)
    assert first["finished_at"] is None
    assert told["task.running", 2]["started_at"] == NOW + 3000
    assert told["task.succeeded", 2]["progress"] == 100
    assert "understood" in told["task.succeeded", 2]["report"]


async def test_both_secrets_sign_for_a_day(means: Means, receiver: Receiver) -> None:
    endpoint, old = await register(means, receiver.url())
    new = await new_secret(endpoint.owner_id, endpoint.id, means, expire_now=False)
    await end(means)
    await receiver.have(1)
    for secret in (old, new):
        assert receiver.got[0].verified(secret)
    await later(means, DAY)
    await end(means)
    await receiver.have(2)
    assert receiver.got[1].verified(new)
    with pytest.raises(Exception, match="No matching signature"):
        receiver.got[1].verified(old)
    last = await new_secret(endpoint.owner_id, endpoint.id, means, expire_now=True)
    await end(means)
    await receiver.have(3)
    assert receiver.got[2].verified(last)
    with pytest.raises(Exception, match="No matching signature"):
        receiver.got[2].verified(new)


# what does not arrive


FAILURES = [
    (status(500, body=b"oops \xff\0"), 500, "the receiver answered 500", "oops \ufffd\ufffd"),
    (status(404), 404, "the receiver answered 404", ""),
    (status(401), 401, "the receiver answered 401", ""),
    (close, None, "the connection broke", ""),
    (b"SMTP ready\r\n\r\n", None, "the answer is not HTTP as it should be", ""),
    (hang, None, "no answer within 0.2 s", ""),
]


@pytest.mark.parametrize(("answer", "code", "error", "said"), FAILURES)
async def test_a_failure_is_tried_again(
    means, receiver, monkeypatch, answer, code, error, said
) -> None:
    monkeypatch.setattr(notify, "SECONDS", 0.2)
    _, secret = await register(means, receiver.url())
    receiver.answers += [answer]
    await end(means)
    told = await tried(means)
    (one,) = await means.store.tries(told.id)
    assert (one.status, one.error, one.answer) == (code, error, said)
    assert (told.status, told.tries) == ("pending", 1)
    now = one.at + one.milliseconds
    assert PAUSES[0] * 1000 <= told.next_at - now <= PAUSES[0] * 1200
    await later(means, PAUSES[0] * 1.2 + 1)
    first, second = await receiver.have(2)
    assert (await tried(means, 2)).status == "delivered"
    assert (first.id, first.body) == (second.id, second.body)
    assert first.headers["webhook-timestamp"] < second.headers["webhook-timestamp"]
    assert second.verified(secret)


async def test_it_is_given_up_after_so_many_tries(means: Means, receiver: Receiver) -> None:
    await register(means, receiver.url())
    receiver.answers += [status(500)] * 99
    await end(means)
    for n, pause in enumerate(PAUSES, 1):
        told = await tried(means, n)
        assert told.status == "pending"
        await later(means, pause - 1)
        await asyncio.sleep(0)
        assert len(receiver.got) == n
        await later(means, pause * 0.2 + 2)
    told = await tried(means, len(PAUSES) + 1)
    assert (told.status, told.tries) == ("failed", len(PAUSES) + 1)
    assert told.ended_at is not None
    assert 24 * 3600 < sum(PAUSES) < 30 * 3600
    assert (means.tally.tries["failed"], means.tally.given_up) == (len(PAUSES) + 1, 1)
    assert len(means.outbox) == 0
    endpoint = (await means.store.endpoints(told.owner_id))[0]
    assert endpoint.disabled_at is None and endpoint.failing_since == NOW


async def test_a_redirect_is_not_followed(means: Means, receiver: Receiver) -> None:
    async with receiving() as other:
        await register(means, receiver.url())
        receiver.answers += [status(301, f"Location: {other.url()}")]
        await end(means)
        told = await tried(means)
        (one,) = await means.store.tries(told.id)
        assert one.error == "the receiver answered 301; redirects are not followed"
        assert told.status == "pending"
        assert other.got == []


async def test_gone_disables_the_endpoint(means: Means, receiver: Receiver) -> None:
    endpoint, _ = await register(means, receiver.url())
    receiver.answers += [status(500), status(410)]
    await end(means)
    await tried(means)
    await end(means)
    await receiver.have(2)

    async def off() -> Endpoint | None:
        found = await means.store.endpoint(endpoint.owner_id, endpoint.public_id)
        return found if found and found.disabled_at is not None else None

    assert (await until(off)).disabled_why == "the receiver answered 410 Gone"
    found = await means.store.deliveries(endpoint.owner_id, ALL)
    assert [d.status for d in found] == ["failed", "failed"]
    assert means.tally.given_up == 2
    await end(means)
    await later(means, 999_999)
    await asyncio.sleep(0.01)
    assert len(receiver.got) == 2


async def test_gone_is_for_good_where_a_request_named_it(means, receiver) -> None:
    receiver.answers += [status(410)]
    await end(means, webhook=receiver.url())
    assert (await tried(means)).status == "failed"


async def test_a_large_answer_is_not_read(means: Means, receiver: Receiver) -> None:
    async def flood(writer: asyncio.StreamWriter) -> None:
        size = 10 << 20
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
        with suppress(ConnectionError):
            for _ in range(size >> 16):
                writer.write(b"a" * (1 << 16))
                await writer.drain()

    await register(means, receiver.url())
    receiver.answers += [flood]
    await end(means)
    told = await tried(means)
    (one,) = await means.store.tries(told.id)
    assert (told.status, one.answer) == ("delivered", "a" * 1024 + "…")


async def test_an_address_that_is_not_public_is_refused(tmp_path, receiver) -> None:
    async with Outbound() as outbound, sending(tmp_path, outbound=outbound) as means:
        await register(means, receiver.url())
        await end(means)
        told = await tried(means)
        (one,) = await means.store.tries(told.id)
        assert told.status == "failed"
        assert "is not public" in (one.error or "")
        assert receiver.got == [] and receiver.most_open == 0


async def test_a_name_that_leads_inside_is_tried_again(tmp_path, receiver) -> None:
    """Its zone may be set right; each try is judged anew."""
    found = ["169.254.169.254"]

    async def lookup(host: str) -> list[str]:
        return found

    allowed = [ip_network(OPEN)]
    async with Outbound(allow_private=allowed, lookup=lookup) as outbound:
        async with sending(tmp_path, outbound=outbound) as means:
            await register(means, f"http://hooks.example.com:{receiver.port}/a")
            await end(means)
            told = await tried(means)
            (one,) = await means.store.tries(told.id)
            assert told.status == "pending"
            assert "not public" in (one.error or "") and "169.254" not in (one.error or "")
            found[:] = ["127.0.0.1"]
            await later(means, 30)
            assert (await tried(means, 2)).status == "delivered"


async def test_five_days_without_success_disable(means: Means, receiver: Receiver) -> None:
    endpoint, _ = await register(means, receiver.url())
    receiver.answers += [status(500)] * 99
    owner_id, days, off = endpoint.owner_id, 0, endpoint
    while off.disabled_at is None:
        await end(means)

        async def last() -> Delivery | None:
            told = (await means.store.deliveries(owner_id, ALL))[0]
            return told if told.tries and not means.outbox.flying else None

        while (told := await until(last)).status == "pending":
            tries, wait = told.tries, (told.next_at - means.now()) / 1000

            async def again(tries: int = tries) -> bool:
                return (await means.store.deliveries(owner_id, ALL))[0].tries > tries

            await later(means, wait + 0.001)
            await until(again)
        found = await means.store.endpoint(owner_id, endpoint.public_id)
        assert found and days < 8
        off, days = found, days + 1
    assert off.disabled_at - NOW >= FAILING * 1000
    assert days >= 4  # each of them was tried for more than a day
    assert off.disabled_why == (
        "nothing arrived for 5 days; the last try: the receiver answered 500"
    )


# what holds up whom


async def test_a_hanging_receiver_holds_up_nobody_else(means: Means, receiver: Receiver) -> None:
    async with receiving() as other:
        receiver.answers += [hang] * 99
        await register(means, receiver.url())
        for _ in range(12):
            await end(means)
        await receiver.have(4)
        await register(means, other.url())  # the same owner's
        await end(means)
        await register(means, other.url(), owner="bob")
        await end(means, owner="bob")
        await other.have(2)
        assert (await tried(means, owner="bob")).status == "delivered"
        assert receiver.opened == receiver.most_open == 4
        assert len(receiver.got) == 4


async def test_however_many_hang_nothing_spins(means, receiver, monkeypatch) -> None:
    receiver.answers += [hang] * 999
    looks, real = 0, means.store.pending_deliveries

    async def counted(**wanted: Any) -> list[Delivery]:
        nonlocal looks
        looks += 1
        return await real(**wanted)

    monkeypatch.setattr(means.store, "pending_deliveries", counted)
    for n in range(MOST // 4 + 3):
        await register(means, receiver.url(), owner=f"owner{n}")
        for _ in range(4):
            await end(means, owner=f"owner{n}")
    await receiver.have(MOST)
    before = looks
    for _ in range(200):
        await asyncio.sleep(0)
    assert looks - before <= 1
    assert len(receiver.got) == receiver.opened == MOST


async def test_a_row_that_slipped_through_is_found(means, receiver, monkeypatch) -> None:
    real = means.store.pending_delivery

    asked = asyncio.Event()

    async def broken(id: int) -> Delivery | None:
        asked.set()
        raise Overloaded("try again")

    monkeypatch.setattr(means.store, "pending_delivery", broken)
    await register(means, receiver.url())
    await end(means)
    await asked.wait()
    await idle(means)
    monkeypatch.setattr(means.store, "pending_delivery", real)
    await later(means, notify.ANEW / 1000)
    await receiver.have(1)
    assert (await tried(means)).status == "delivered"


async def test_what_was_pending_is_sent_at_the_next_start(tmp_path, receiver) -> None:
    async with sending(tmp_path, start=False) as means:
        await register(means, receiver.url())
        await end(means)
    async with sending(tmp_path) as means:
        await receiver.have(1)
        assert (await tried(means)).status == "delivered"


async def test_a_stop_gives_what_is_under_way_a_moment(tmp_path, receiver) -> None:
    async with sending(tmp_path, start=False) as means:
        sender = Sender(means)
        sender.start()
        await register(means, receiver.url())
        go = asyncio.Event()

        async def slow(writer: asyncio.StreamWriter) -> None:
            await go.wait()
            writer.write(status(204))

        receiver.answers += [slow, hang]
        await end(means)
        await end(means, "cancelled")
        await receiver.have(2)
        go.set()
        await sender.stop(0.3)
        found = await means.store.deliveries(await owner_of(means), ALL)
        assert sorted(d.status for d in found) == ["delivered", "pending"]
        assert [d.tries for d in found if d.status == "pending"] == [0]
        await end(means)
        await asyncio.sleep(0)
        assert len(receiver.got) == 2


async def test_a_deleted_task_is_not_told(tmp_path, receiver) -> None:
    async with sending(tmp_path, start=False) as means:
        await register(means, receiver.url())
        gone, stays = await end(means), await end(means)
        sender = Sender(means)
        await sender._gather()
        await means.store.delete_task(gone.owner_id, gone.public_id)
        sender.start()
        await receiver.have(1)
        await sender.stop(5)
    assert [r.data["data"]["id"] for r in receiver.got] == [stays.public_id]


# faults of our own


async def test_a_try_that_cannot_be_written_down_is_made_again(means, receiver, monkeypatch):
    await register(means, receiver.url())
    real = means.store.tried

    async def full(*_: Any) -> int:
        raise Overloaded("try again")

    monkeypatch.setattr(means.store, "tried", full)
    await end(means)
    await receiver.have(1)
    await idle(means)
    monkeypatch.setattr(means.store, "tried", real)
    assert (await only(means)).tries == 0
    await later(means, notify.AGAIN / 1000 + 1)
    first, second = await receiver.have(2)
    assert first.id == second.id
    assert (await tried(means)).status == "delivered"


async def test_a_wire_that_is_no_more(means: Means, receiver: Receiver) -> None:
    await register(means, receiver.url(), wire="gone")
    await end(means)
    assert (await tried(means)).status == "failed"
    assert receiver.got == []


async def test_a_secret_that_cannot_be_opened(tmp_path, receiver) -> None:
    async with sending(tmp_path, start=False) as means:
        await register(means, receiver.url())
        (tmp_path / "seal.key").unlink()
        await end(means)
    async with sending(tmp_path) as means:
        told = await tried(means)
        (one,) = await means.store.tries(told.id)
        assert told.status == "pending"
        assert one.error == "the server cannot read its signing secret; its log says more"
        assert str(tmp_path) not in one.error
        assert receiver.got == []


async def test_a_secret_that_was_set_anew_signs_at_once(tmp_path, receiver) -> None:
    """After seal.key was lost: the old one, which is good for a day more, cannot be opened."""
    async with sending(tmp_path, start=False) as means:
        endpoint, _ = await register(means, receiver.url())
        (tmp_path / "seal.key").unlink()
    async with sending(tmp_path) as means:
        secret = await new_secret(endpoint.owner_id, endpoint.id, means, expire_now=False)
        await end(means)
        (got,) = await receiver.have(1)
        assert len(got.headers["webhook-signature"].split()) == 1
        assert got.verified(secret)


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_clock_that_is_put_back_holds_nothing_up(tmp_path, receiver, restarted) -> None:
    """What was to be tried again in a future that was none."""
    receiver.answers += [status(500)]
    async with sending(tmp_path) as means:
        clock_of(means).advance(400 * DAY)
        await later(means, 1)
        await register(means, receiver.url())
        await end(means)
        await tried(means)
        if not restarted:
            await later(means, -400 * DAY)
            assert (await tried(means, 2)).status == "delivered"
    async with sending(tmp_path) as means:  # at the old time
        assert (await tried(means, 2)).status == "delivered"


async def test_secrets_are_nowhere_to_be_read(tmp_path, receiver, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    async with sending(tmp_path) as means:
        _, secret = await register(means, receiver.url("/hook?token=geheim"))
        receiver.answers += [status(500)]
        await end(means, webhook=receiver.url())
        await receiver.have(2)
        await idle(means)
        owner_id = await owner_of(means)
        own = means.seal.open((await means.store.secrets(owner_id, None, NOW))[0])
        signatures = [r.headers["webhook-signature"] for r in receiver.got]
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("reelway.db*"))
    for text in (secret, own, secret.removeprefix("whsec_"), *signatures):
        assert text.encode() not in kept
        assert text not in caplog.text
    assert "geheim" not in caplog.text


# judging


def failed(code: int | None, **headers: str) -> tuple[Try, Posted | None]:
    answer = Posted(status=code, headers=headers, body=b"", milliseconds=0) if code else None
    return Try(at=NOW, milliseconds=0, status=code, error="no"), answer


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        (email.utils.formatdate(NOW / 1000 + 90, usegmt=True), 90),
        (email.utils.formatdate(NOW / 1000 - 90, usegmt=True), 0),
        ("99999999999999999999", 999_999_999),
        ("-5", 0), ("1.5", 0), ("soon", 0), ("", 0), ("٣", 0), ("Mon, 99 Foo 2026 99:99", 0),
        ("Wed, 21 Oct 99999 07:28:00 GMT", 0),
        ("Wed, 99999999999999999999 Oct 2026 07:28:00 GMT", 0),
        ("Wed, 21 Oct 2026 07:28:00 +99999999999999999999", 0),
    ],
)  # fmt: skip
def test_retry_after(text: str, seconds: int) -> None:
    assert retry_after({"retry-after": text}, NOW) == pytest.approx(seconds, abs=1)
    assert retry_after({}, NOW) == 0


@pytest.mark.parametrize(
    ("code", "text", "least"),
    [
        (429, "120", 120),
        (503, "120", 120),
        (500, "120", PAUSES[0]),
        (429, "1", PAUSES[0]),
        (429, "99999999", LONGEST_WAIT),
    ],
)
def test_a_busy_receiver_says_when(code: int, text: str, least: float) -> None:
    outcome, answer = failed(code, **{"retry-after": text})
    verdict = judge(made_delivery(1), outcome, answer, None)
    assert verdict.status == "pending"
    assert least * 1000 <= verdict.next_at - NOW <= max(least, PAUSES[0] * 1.2) * 1000


def test_pauses_are_uneven() -> None:
    outcome, answer = failed(500)
    times = {judge(made_delivery(1, tries=3), outcome, answer, None).next_at for _ in range(50)}
    assert len(times) > 10


async def test_retry_after_is_obeyed(means: Means, receiver: Receiver) -> None:
    await register(means, receiver.url())
    receiver.answers += [status(429, "Retry-After: 600")]
    await end(means)
    told = await tried(means)
    assert told.next_at - NOW >= 600_000
    await later(means, 599)
    await asyncio.sleep(0.01)
    assert len(receiver.got) == 1
    await later(means, 2)
    assert (await tried(means, 2)).status == "delivered"
