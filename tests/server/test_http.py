from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from reelway.errors import BodyTooLarge, InvalidBody, Overloaded, Unauthenticated
from reelway.server.dispatch import Target
from reelway.server.http import (
    Base,
    Bodies,
    Body,
    Message,
    Out,
    Scope,
    call_of,
    headers_of,
    json_out,
    out,
    plain,
    query_of,
    read_body,
    read_json,
)
from reelway.settings import Settings
from reelway.wire import Call, Reply, bearer
from reelway.wires.native import wire as native


class Sender:
    """What an ASGI server gives: the messages in order, then none any more."""

    def __init__(self, *messages: Message) -> None:
        self.messages = list(messages)
        self.given = 0

    async def __call__(self) -> Message:
        assert self.given < len(self.messages), "asked for more after the last message"
        self.given += 1
        return self.messages[self.given - 1]


def part(body: bytes, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


async def body_of(
    sender: Sender, most: int = 10, told: str | None = None, body: Body | None = None
) -> bytes:
    headers = {} if told is None else {"content-length": told}
    return await read_body(sender, headers, most, body or Body(Bodies(1000)))


# Bodies


@pytest.mark.parametrize(
    "parts",
    [
        [part(b"0123456789", more=False)],
        [part(b"01234"), part(b""), part(b"56789", more=False)],
        [part(b"0123456789"), {"type": "http.request"}],
    ],
)
async def test_a_body_up_to_the_limit(parts: list[Message]) -> None:
    assert await body_of(Sender(*parts)) == b"0123456789"


async def test_no_body() -> None:
    assert await body_of(Sender({"type": "http.request"})) == b""


@pytest.mark.parametrize("told", ["11", "99999999999", "9" * 5000])
async def test_a_body_that_is_told_too_large_is_not_read(told: str) -> None:
    sender = Sender()
    with pytest.raises(BodyTooLarge, match="10 bytes"):
        await body_of(sender, told=told)
    assert sender.given == 0


@pytest.mark.parametrize("told", ["3", "0", "-1", "", "ten", "²", "1e9", "0x5", None])
async def test_a_length_that_is_a_lie_or_junk_does_not_lift_the_limit(told: str | None) -> None:
    assert await body_of(Sender(part(b"0123456789", more=False)), told=told) == b"0123456789"
    with pytest.raises(BodyTooLarge):
        await body_of(Sender(part(b"0123456789x", more=False)), told=told)


async def test_chunks_over_the_limit_stop_the_reading() -> None:
    sender = Sender(*(part(b"01234") for _ in range(100)))
    with pytest.raises(BodyTooLarge):
        await body_of(sender)
    assert sender.given == 3


async def test_a_caller_that_goes_away() -> None:
    with pytest.raises(InvalidBody, match="ended"):
        await body_of(Sender(part(b"01"), {"type": "http.disconnect"}))


# All bodies together


async def test_bodies_have_room_together() -> None:
    bodies = Bodies(15)
    first, second = Body(bodies), Body(bodies)
    await body_of(Sender(part(b"0123456789", more=False)), told="10", body=first)
    assert bodies.held == 10
    with pytest.raises(Overloaded) as told:
        await body_of(Sender(), told="6", body=second)  # not a byte is read
    assert told.value.retry_after == 5
    assert bodies.held == 10
    await body_of(Sender(part(b"01234", more=False)), told="5", body=second)
    assert bodies.held == 15
    first.free()
    first.free()
    assert bodies.held == 5
    second.free()
    assert bodies.held == 0


async def test_a_body_of_untold_length_is_counted_as_it_comes() -> None:
    bodies = Bodies(15)
    first, second = Body(bodies), Body(bodies)
    await body_of(Sender(part(b"01234", more=False)), body=first)
    sender = Sender(*(part(b"01234") for _ in range(4)))
    with pytest.raises(Overloaded):
        await body_of(sender, most=100, body=second)
    assert (sender.given, bodies.held) == (3, 15)
    second.free()
    assert bodies.held == 5


async def test_what_is_told_has_its_room_before_it_has_come() -> None:
    bodies = Bodies(15)
    body = Body(bodies)
    with pytest.raises(InvalidBody):
        await body_of(Sender(part(b"01"), {"type": "http.disconnect"}), told="10", body=body)
    assert bodies.held == 10
    body.free()
    assert bodies.held == 0


@pytest.mark.parametrize("told", ["0", "3", "-1", "0" * 5000 + "9", None])
async def test_a_length_that_is_a_lie_or_junk_makes_no_room(told: str | None) -> None:
    bodies = Bodies(12)
    first, second = Body(bodies), Body(bodies)
    await body_of(Sender(part(b"0123", more=False)), body=first)
    with pytest.raises(Overloaded):
        await body_of(Sender(part(b"012345678", more=False)), told=told, body=second)
    assert bodies.held <= 12


async def test_one_that_is_alone_may_be_as_large_as_any() -> None:
    bodies = Bodies(5)
    body = Body(bodies)
    assert await body_of(Sender(part(b"0123456789", more=False)), told="10", body=body)
    with pytest.raises(Overloaded):
        await body_of(Sender(part(b"0", more=False)), body=Body(bodies))
    body.free()
    body = Body(bodies)
    assert await body_of(Sender(part(b"01234"), part(b"56789", more=False)), body=body)
    with pytest.raises(Overloaded):
        Body(bodies).hold(1)


# JSON


def test_an_object() -> None:
    assert read_json('{"a": ["狐", 1, 2.5, null, true]}'.encode(), {}) == {
        "a": ["狐", 1, 2.5, None, True]
    }


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON;charset=UTF-8;x=y",
        " application/json ",
    ],
)
def test_content_types(kind: str) -> None:
    assert read_json(b"{}", {"content-type": kind}) == {}


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "text/json",
        "*/*",
    ],
)
def test_other_content_types_are_refused(kind: str) -> None:
    with pytest.raises(InvalidBody) as told:
        read_json(b"{}", {"content-type": kind})
    assert told.value.field == "Content-Type"


@pytest.mark.parametrize("raw", [b"[]", b'"x"', b"3", b"null", b"true"])
def test_what_is_no_object(raw: bytes) -> None:
    with pytest.raises(InvalidBody, match="must be a JSON object"):
        read_json(raw, {})


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{} x",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": [-Infinity]}',
        b'{"a": 1e999}',
        b'{"a": {"b": [-1e999]}}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": "\xff"}',
        b"\xef\xbb\xbf{}",
        b'{"a": "\n"}',
        b"[" * 10_000,
        b'{"a":' * 10_000,
        b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"a": ' + b"1" * 100_000 + b"}",
    ],
    ids=lambda raw: repr(raw[:24]),
)
def test_what_is_no_json(raw: bytes) -> None:
    with pytest.raises(InvalidBody, match="not valid JSON"):
        read_json(raw, {})


def test_large_numbers_that_are_numbers() -> None:
    big = 10**300
    assert read_json(json.dumps({"a": big, "b": 1e308}).encode(), {}) == {"a": big, "b": 1e308}


def test_the_last_of_two_names_counts() -> None:
    assert read_json(b'{"a": 1, "a": 2}', {}) == {"a": 2}


# Headers and query


def scope(**changes: Any) -> Scope:
    plain = {"method": "GET", "scheme": "http", "headers": [], "query_string": b""}
    return {**plain, **changes}


def test_headers() -> None:
    raw = [(b"host", b"x"), (b"x-y", b"caf\xe9"), (b"x-y", b"last")]
    assert headers_of(scope(headers=raw)) == {"host": "x", "x-y": "caf\xe9, last"}


def test_two_keys_are_no_key() -> None:
    raw = [(b"authorization", b"Bearer rw_one"), (b"authorization", b"Bearer rw_two")]
    with pytest.raises(Unauthenticated):
        bearer(Call(method="GET", path="/", headers=headers_of(scope(headers=raw))))


def test_a_query() -> None:
    assert query_of(scope(query_string=b"a=1&b=&c=%E7%8B%90+x&a=2&d")) == {
        "a": "2",
        "b": "",
        "c": "狐 x",
        "d": "",
    }
    assert query_of(scope()) == {}
    assert query_of(scope(query_string=b"%ff=\xff&%=%zz")) == {"\ufffd": "ÿ", "%": "%zz"}


def test_a_call() -> None:
    target = Target(native, native.routes[0], "/api/v1/tasks", {"id": "x"})
    call = call_of(scope(method="POST", query_string=b"a=1"), {"host": "x"}, target)
    assert (call.method, call.path, call.query) == ("POST", "/api/v1/tasks", {"a": "1"})
    assert (call.headers, call.path_args, call.route) == (
        {"host": "x"},
        {"id": "x"},
        native.routes[0],
    )


# Answers


async def sent(answer: Out, **how: Any) -> tuple[Message, Message]:
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    await answer.send(send, **how)
    first, second = messages
    return first, second


async def test_an_answer() -> None:
    first, second = await sent(Out(status=201, body=b"abc", headers={"x-y": "é"}))
    assert (first["status"], second["body"]) == (201, b"abc")
    assert first["headers"] == [(b"x-y", b"\xe9"), (b"content-length", b"3")]


async def test_an_answer_without_its_body_tells_its_length() -> None:
    first, second = await sent(Out(status=200, body=b"abc"), head=True)
    assert (first["headers"], second["body"]) == ([(b"content-length", b"3")], b"")


def test_kinds_of_answers() -> None:
    assert json_out(200, {"a": "狐"}).body == '{"a":"狐"}'.encode()
    assert plain(404, "狐").headers == {"content-type": "text/plain; charset=utf-8"}
    reply = Reply(status=429, data={"a": 1}, headers={"Retry-After": "1"})
    made = out(reply, {"x": "y"})
    assert (made.status, made.body) == (429, b'{"a":1}')
    assert made.headers == {"content-type": "application/json", "Retry-After": "1", "x": "y"}


# The host in links


def base(asked: str | None, scheme: str = "http", **settings: Any) -> str | None:
    headers = {} if asked is None else {"host": asked}
    return Base(Settings(**settings)).of(scope(scheme=scheme), headers)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LocalHost:8080",
        "127.0.0.1:9000",
        "192.168.1.20",
        "[::1]",
        "[::1]:8080",
        "[2001:DB8::1]:80",
        "video.example.com",
        "VIDEO.example.com:8443",
        socket.gethostname(),
    ],
)
def test_a_host_that_is_ours(host: str) -> None:
    assert base(host, trusted_hosts=("Video.example.com",)) == f"http://{host}"
    assert base(host, "https", trusted_hosts=("Video.example.com",)) == f"https://{host}"


def test_the_host_that_we_listen_on() -> None:
    assert base("box.lan:8080", host="box.lan") == "http://box.lan:8080"
    assert base("box.lan:8080") is None


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        "video.example.com.evil.example",
        "evil.example:80",
        "localhost.",
        "ann@localhost",
        "localhost@evil.example",
        "localhost:80@evil.example",
        "localhost:port",
        "localhost:²",
        "localhost:",
        "localhost:123456",
        "localhost:80:80",
        "localhost/evil.example",
        "localhost#",
        "localhost?",
        "localhost\n",
        " localhost",
        "[localhost]",
        "[localhost]:80",
        "[127.0.0.1]",
        "[::1",
        "[::1]80",
        "[::1]evil.example",
        "[::1]:80@evil.example",
        "[fe80::1%@evil.example#]",
        "[::1%eth0]",
        "::1",
        "127.1",
        "0x7f.0.0.1",
        "127.0.0.1.evil.example",
        "1.2.3.4.5",
        "[]",
        ":80",
    ],
)
def test_a_host_that_is_not_or_that_is_junk(host: str | None) -> None:
    assert base(host) is None
