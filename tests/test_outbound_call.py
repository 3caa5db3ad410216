"""Calling a provider: on which side of the border each failure is told, with real sockets."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import sys
import zlib
from contextlib import asynccontextmanager

import aiohttp
import aiohttp.http_writer
import pytest

import sites
from reelway.errors import Overloaded
from reelway.outbound import CallFailed, NotSent, Origin, Outbound, Unsure, calling, way
from sites import OK, PRIVATE, PUBLIC, answer, listening, names

certificate = sites.certificate  # a fixture
pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="needs 127.0.0.2")
KEY = {"authorization": "Bearer sk-secret", "content-type": "application/json"}
both = pytest.mark.parametrize("fresh", [True, False])


class Vendor:
    """Takes one request after the other on a connection; `script` answers with bytes, or does
    with the streams what it likes and answers with None to close."""

    def __init__(self, script):
        self.script, self.heads, self.bodies, self.connections, self.port = script, [], [], 0, 0
        self.writers = []

    @property
    def origin(self):
        return Origin.of(f"http://{PRIVATE}:{self.port}")

    async def serve(self, reader, writer):
        self.connections += 1
        self.writers.append(writer)
        try:
            while True:
                raw = self.script
                if raw == "close at once":
                    break
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.heads.append(head)
                if raw == "close after the head":
                    break
                length = [
                    line.partition(":")[2]
                    for line in head.lower().split("\r\n")
                    if line.startswith("content-length")
                ]
                self.bodies.append(await reader.readexactly(int(length[0])) if length else b"")
                raw = self.script
                reply = await raw(self, writer) if callable(raw) else raw
                if reply is None:
                    break
                writer.write(reply)
                await writer.drain()
                if b"\r\nContent-Length:" not in reply:
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def vendor(script=None, **more):
    made = Vendor(answer(b"{}") if script is None else script)
    async with await asyncio.start_server(made.serve, PRIVATE, 0, **more) as server:
        made.port = server.sockets[0].getsockname()[1]
        try:
            yield made
        finally:
            for writer in made.writers:
                writer.close()


@pytest.fixture
async def outbound():
    async with Outbound() as outbound:  # no private network is opened: the origin is exempt
        yield outbound


@pytest.fixture
def call(outbound):
    async def go(origin, method="POST", path="/v1/videos", *, via=outbound, **more):
        more = {"headers": KEY, "body": b'{"prompt": "x"}', "seconds": 5, "fresh": True} | more
        return await via.call(origin, method, path, **more)

    return go


async def fails(kind, call, words):
    with pytest.raises(CallFailed, match=words) as error:
        await call
    assert type(error.value) is kind, error.value
    for secret in (PRIVATE, PUBLIC, "secret", "videos", "vendor.example", "?", "://"):
        assert secret not in error.value.message
    return error.value


async def test_the_whole_answer_comes_back(call):
    raw = b"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 2\r\n\r\n{}"
    async with vendor(raw) as made:
        answered = await call(made.origin, query={"id": "a b&c", "ü": "1"}, path="/v1/x%2Fy")
    assert (answered.status, answered.body) == (429, b"{}")
    assert answered.headers["retry-after"] == "7" and answered.headers["x-a"] == "1, 2"
    head = made.heads[0]
    assert head.startswith("POST /v1/x%2Fy?id=a%20b%26c&%C3%BC=1 HTTP/1.1\r\n")
    assert f"Host: {PRIVATE}:{made.port}\r\n" in head
    assert "authorization: Bearer sk-secret\r\n" in head and "Content-Length: 15" in head
    assert head.lower().count("content-type:") == 1 and "expect" not in head.lower()
    assert made.bodies == [b'{"prompt": "x"}']


async def test_the_origin_alone_is_exempt_and_redirects_are_answers(call, outbound, tmp_path):
    async with vendor(sites.redirect("/elsewhere")) as made:
        answered = await call(made.origin)
        assert answered.status == 302 and answered.headers["location"] == "/elsewhere"
        assert made.connections == 1
        with pytest.raises(Exception, match="not public"):
            await outbound.fetch(
                f"{made.origin.text}/",
                tmp_path / "x",
                owner_id=1,
                field="x",
                most_bytes=9,
                seconds=5,
            )
        assert made.connections == 1


async def test_no_cookie_no_proxy_no_netrc(call, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text(f"machine {PRIVATE} login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with vendor(answer(b"x", "Set-Cookie: a=b; Path=/")) as made:
        for fresh in (True, False, False):
            await call(made.origin, "GET", body=b"", headers={}, fresh=fresh)
    said = "".join(made.heads).lower()
    assert len(made.heads) == 3
    assert "cookie" not in said and "authorization" not in said and "content-type" not in said


async def test_creates_have_a_connection_each_and_polls_share(call):
    async with vendor() as made:
        for _ in range(3):
            await call(made.origin)
        assert made.connections == 3
        for _ in range(5):
            await call(made.origin, "GET", body=b"", fresh=False)
        assert made.connections == 4
        await call(made.origin)
        assert made.connections == 5
    assert [("close" in h.lower()) for h in made.heads].count(True) == 4


async def test_polls_at_one_origin_are_bounded_and_creates_do_not_wait_for_them(
    call, outbound, monkeypatch
):
    monkeypatch.setattr(calling, "AT_ONCE", 3)
    gate, waiting = asyncio.Event(), asyncio.Semaphore(0)

    async def held(made, writer):
        if made.heads[-1].startswith("GET"):
            waiting.release()
            await gate.wait()
        return answer(b"{}")

    async with vendor(held) as made:
        polls = [
            asyncio.create_task(call(made.origin, "GET", body=b"", fresh=False)) for _ in range(9)
        ]
        for _ in range(3):
            await waiting.acquire()
        assert (await call(made.origin)).status == 200
        assert made.connections == 4
        gate.set()
        assert len(await asyncio.gather(*polls)) == 9
        assert made.connections == 4


# Before the border


@both
async def test_a_refused_port(call, fresh):
    async with vendor() as made:
        pass
    await fails(NotSent, call(made.origin, fresh=fresh), "no connection could be made")


@both
async def test_a_name_that_nobody_knows(call, fresh):
    async with Outbound(lookup=names("")) as outbound:
        origin = Origin.of("https://vendor.example")
        await fails(NotSent, call(origin, via=outbound, fresh=fresh), "host was not found")


@both
async def test_an_address_without_a_route(call, fresh, monkeypatch):
    reached = []

    def connect(self, address):
        reached.append(address)
        raise OSError(113, "No route to host")  # what the kernel says, late or at once

    monkeypatch.setattr(socket.socket, "connect", connect)
    origin = Origin.of("http://[2001:db8::1]:8000")
    await fails(NotSent, call(origin, fresh=fresh), "no connection could be made")
    assert reached


@both
async def test_a_black_hole(call, fresh, monkeypatch):
    """A listener whose queue is full drops every SYN, as a firewall does."""
    with socket.socket() as hole, socket.socket() as one, socket.socket() as two:
        hole.bind((PRIVATE, 0))
        hole.listen(0)
        for other in (one, two):
            other.setblocking(False)
            other.connect_ex(hole.getsockname())
        monkeypatch.setattr(way, "CONNECT", 0.2)
        origin = Origin.of(f"http://{PRIVATE}:{hole.getsockname()[1]}")
        await fails(NotSent, call(origin, fresh=fresh), "no connection within 0.2 s")
        monkeypatch.setattr(way, "CONNECT", 5.0)
        async with Outbound() as outbound:
            late = call(origin, via=outbound, fresh=fresh, seconds=0.2)
            await fails(NotSent, late, "no answer came in time")


@both
async def test_a_lookup_that_hangs(call, fresh):
    async def never(host):
        await asyncio.sleep(9)

    async with Outbound(lookup=never) as outbound:
        late = call(Origin.of("https://vendor.example"), via=outbound, fresh=fresh, seconds=0.1)
        await fails(NotSent, late, "no answer came in time")


@both
async def test_tls_that_fails(call, fresh, certificate, monkeypatch):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    async with listening(PUBLIC, ssl=context) as site:
        origin = Origin.of(f"https://{PUBLIC}:{site.port}")
        await fails(NotSent, call(origin, fresh=fresh), "certificate is not valid")
        assert not site.heard
        monkeypatch.setattr(
            "aiohttp.connector._SSL_CONTEXT_VERIFIED",
            ssl.create_default_context(cafile=certificate[0]),
        )
        site.paths["/v1/videos"] = answer(b"{}")
        assert (await call(origin, fresh=fresh)).body == b"{}"
    async with vendor(b"SSH-2.0-OpenSSH_9.2\r\n") as made:
        origin = Origin.of(f"https://{PRIVATE}:{made.port}")
        made.script = "close at once"  # in the middle of the handshake
        await fails(NotSent, call(origin, fresh=fresh), "no connection|does not speak TLS")
    async with listening(PUBLIC) as site:
        site.greeting = b"SSH-2.0-OpenSSH_9.2\r\n"
        origin = Origin.of(f"https://{PUBLIC}:{site.port}")
        await fails(NotSent, call(origin, fresh=fresh), "does not speak TLS")


async def test_a_handshake_that_hangs(call, monkeypatch):
    monkeypatch.setattr(way, "CONNECT", 0.2)
    with socket.create_server((PRIVATE, 0)) as silent:
        origin = Origin.of(f"https://{PRIVATE}:{silent.getsockname()[1]}")
        await fails(NotSent, call(origin), "no connection within 0.2 s")


async def test_want_of_open_files_is_ours(call, monkeypatch):
    def none_left(*_, **__):
        raise OSError(24, "Too many open files")

    async with vendor() as made:
        with monkeypatch.context() as patch:
            patch.setattr("aiohappyeyeballs.impl.socket.socket", none_left)
            with pytest.raises(Overloaded, match="open files"):
                await call(made.origin)
        assert not made.connections


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"path": "v1"}, "begin with /"),
        ({"path": "@evil.example/"}, "begin with /"),
        ({"path": "/a?b=c"}, r"holds \? or #"),
        ({"path": "/a\r\nHost: b"}, "cannot be printed"),
        ({"path": "/a b"}, "a space"),
        ({"headers": {"x": "a\r\nb: c"}}, "header x holds"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, "not to be set"),
        ({"headers": {"expect": "100-continue"}}, "not to be set"),
    ],
)
async def test_what_cannot_be_asked_is_not(call, more, words):
    async with vendor() as made:
        with pytest.raises(NotSent, match=words):
            await call(made.origin, **more)
        assert not made.connections


async def test_a_path_stays_at_its_origin(call):
    async with vendor() as made:
        for path in ("//evil.example/a", "/@evil.example", "/..//x", "/%0d%0a"):
            await call(made.origin, path=path)
            assert made.heads[-1].startswith(f"POST {path} HTTP/1.1\r\nHost: {PRIVATE}:")


# Behind it


CUT = "connection broke|broke off"
BEHIND = {
    "closes at once": ("close at once", CUT),
    "closes after the head": ("close after the head", CUT),
    "closes after all": (b"", CUT),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-Le", f"{CUT}|not HTTP"),
    "half a body": (OK.encode() + b"Content-length: 9\r\n\r\nabc", "broke off"),
    "half a chunk": (OK.encode() + b"Transfer-Encoding: chunked\r\n\r\n9\r\nabc", CUT),
    "garbage": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "not HTTP"),
    "a bad length": (OK.encode() + b"Content-length: -1\r\n\r\nabc", "not HTTP"),
    "100 and no more": (b"HTTP/1.1 100 Continue\r\n\r\n", CUT),
    "br": (answer(b"xx", "Content-Encoding: br"), "nobody asked for"),
    "no gzip": (answer(b"xx", "Content-Encoding: gzip"), "coding is broken"),
    "half a gzip": (answer(gzip.compress(b"x" * 99)[:-9], "Content-Encoding: gzip"), "broke off"),
    "a bomb": (
        answer(gzip.compress(bytes(20 << 20)), "Content-Encoding: gzip"),
        "larger than 4,194,304 bytes",
    ),
}


@both
@pytest.mark.parametrize("case", BEHIND)
async def test_what_fails_after_the_first_byte(call, case, fresh):
    script, words = BEHIND[case]
    async with vendor(script) as made:
        error = await fails(Unsure, call(made.origin, fresh=fresh), words)
        assert made.connections == 1
    answered = case in ("half a body", "half a chunk", "br", "no gzip", "half a gzip", "a bomb")
    assert error.answered == (200 if answered else None)


async def test_half_a_body_with_a_good_head(call):
    raw = b"HTTP/1.1 400 No\r\nContent-length: 9\r\n\r\nabc"
    async with vendor(raw) as made:
        error = await fails(Unsure, call(made.origin), "broke off")
    assert error.answered == 400


@both
async def test_a_reset_in_the_middle(call, fresh):
    async def reset(made, writer):
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"
        )
        writer.transport.abort()

    async with vendor(reset) as made:
        await fails(Unsure, call(made.origin, fresh=fresh), CUT)
        await fails(Unsure, call(made.origin, body=bytes(8 << 20), fresh=fresh), CUT)


@both
async def test_silence(call, fresh):
    async def silent(made, writer):
        await asyncio.sleep(2)

    async with vendor(silent) as made:
        late = call(made.origin, seconds=0.2, fresh=fresh)
        await fails(Unsure, late, "no answer came in time")
        assert made.connections == 1


async def test_an_endless_answer(call):
    async def endless(made, writer):
        writer.write(OK.encode() + b"\r\n")
        while True:
            writer.write(bytes(65536))
            await writer.drain()

    async with vendor(endless) as made:
        error = await fails(Unsure, call(made.origin), "larger than 4,194,304 bytes")
    assert error.answered == 200


async def test_what_nobody_foresaw_is_unsure_once_it_is_sent(call, monkeypatch):
    def surprise(reply):
        raise KeyError("surprise")

    async with vendor() as made:
        monkeypatch.setattr(calling, "_headers", surprise)
        await fails(Unsure, call(made.origin), "it went wrong")
        monkeypatch.setattr(calling, "_exchange", lambda *_: surprise(None))
        with pytest.raises(KeyError):  # a fault of ours, and nothing has gone out
            await call(made.origin)


async def test_a_cancelled_call_is_cancelled(call):
    reached = asyncio.Event()

    async def held(made, writer):
        reached.set()
        await asyncio.sleep(2)

    async with vendor(held) as made:
        running = asyncio.create_task(call(made.origin))
        await reached.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


async def test_the_signal_comes_before_the_first_byte(call, monkeypatch):
    """All that is written goes through two methods; by then the stage says so."""
    stages, sent = [], []
    monkeypatch.setattr(calling, "Stage", lambda **more: stages.append(Stage(**more)) or stages[-1])
    for name in ("_write", "_writelines"):
        plain = getattr(aiohttp.http_writer.StreamWriter, name)

        def watched(self, data, plain=plain):
            sent.append(stages[-1].sent)
            return plain(self, data)

        monkeypatch.setattr(aiohttp.http_writer.StreamWriter, name, watched)
    async with vendor() as made:
        await call(made.origin)
        await call(made.origin, body=bytes(300_000))
        await call(made.origin, "GET", body=b"")
        await call(made.origin, "GET", body=b"", fresh=False)
    assert len(sent) >= 5 and all(sent)


Stage = calling.Stage


# Answers that are good


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(b'{"id": 1}', mtime=0)),
        ("X-GZIP", gzip.compress(b'{"id": 1}', mtime=0)),
        ("deflate", zlib.compress(b'{"id": 1}')),
        ("identity", b'{"id": 1}'),
    ],
)
async def test_an_answer_may_come_packed(call, coding, packed):
    async with vendor(answer(packed, f"Content-Encoding: {coding}")) as made:
        assert (await call(made.origin)).body == b'{"id": 1}'


async def test_interim_answers_are_passed_over(call):
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    async with vendor(interim + answer(b"{}")) as made:
        answered = await call(made.origin)
    assert (answered.status, answered.body) == (200, b"{}")


async def test_an_answer_before_the_whole_body_was_read(call):
    done = asyncio.Event()

    async def early(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 No\r\nContent-Length: 3\r\n\r\nbig")
        await done.wait()
        writer.close()

    async with await asyncio.start_server(early, PRIVATE, 0) as server:
        origin = Origin.of(f"http://{PRIVATE}:{server.sockets[0].getsockname()[1]}")
        answered = await call(origin, body=bytes(20 << 20))
        done.set()
    assert (answered.status, answered.body) == (413, b"big")


async def test_bytes_that_are_no_text_in_a_header(call):
    raw = b"HTTP/1.1 200 OK\r\nX-Name: caf\xe9 \xc3\xbc\r\nContent-Length: 0\r\n\r\n"
    async with vendor(raw) as made:
        answered = await call(made.origin)
    assert answered.headers["x-name"] == "caf\ufffd ü"
    answered.headers["x-name"].encode()


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_without_a_body(call, status):
    async with vendor(f"HTTP/1.1 {status} X\r\n\r\n".encode()) as made:
        assert (await call(made.origin)).status == status


# Kept connections that went stale


async def closing(made, writer):
    """Answers as if to keep the connection, and closes it when the next request is there."""
    if made.heads[-1].startswith("DIE") or len(made.bodies) == 2:
        return None
    return answer(b"%d" % len(made.bodies))


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_a_poll_on_a_stale_connection_is_asked_again(call, method):
    body = b"" if method == "GET" else b"abc"
    async with vendor(closing) as made:
        poll = dict(body=body, fresh=False)
        assert (await call(made.origin, method, **poll)).body == b"1"
        assert (await call(made.origin, method, **poll)).body == b"3"
        assert made.connections == 2 and made.bodies == [body] * 3
        assert "connection: close" in made.heads[2].lower()


async def test_it_is_asked_again_once_only(call):
    async def once(made, writer):
        return answer(b"x") if len(made.bodies) == 1 else None

    async with vendor(once) as made:
        await call(made.origin, "GET", body=b"", fresh=False)
        await fails(Unsure, call(made.origin, "GET", body=b"", fresh=False), CUT)
        assert made.connections == 2 and len(made.heads) == 3


async def test_asked_again_in_vain_is_unsure_whatever_the_second_time_says(call):
    made = Vendor(answer(b"x"))
    async with await asyncio.start_server(made.serve, PRIVATE, 0) as server:
        made.port = server.sockets[0].getsockname()[1]
        await call(made.origin, "GET", body=b"", fresh=False)

        async def leave(made, writer):
            server.close()

        made.script = leave
        await fails(Unsure, call(made.origin, "GET", body=b"", fresh=False), "no connection")
        assert (made.connections, len(made.heads)) == (1, 2)


async def test_a_408_down_an_idle_connection_is_no_answer(call):
    async def tired(made, writer):
        return answer(b"1") if len(made.bodies) != 2 else b"HTTP/1.1 408 T\r\n\r\n"

    async with vendor(tired) as made:
        await call(made.origin, "GET", body=b"", fresh=False)
        assert (await call(made.origin, "GET", body=b"", fresh=False)).status == 200
        assert len(made.heads) == 3


async def test_what_nobody_asked_for_is_nobodys_answer(call):
    """Else each answer after it would be the answer to the poll before: another owner's film."""
    async with vendor() as made:
        for path in ("/1", "/2", "/3"):
            made.script = answer(path.encode())
            answered = await call(made.origin, "GET", path, body=b"", fresh=False)
            assert answered.body == path.encode()
            made.writers[-1].write(answer(b"unasked"))
            await made.writers[-1].drain()
        assert len(made.heads) == 3 and made.connections == 3


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "GET"])
async def test_a_create_is_never_sent_twice(call, method):
    async with vendor(b"") as made:
        await fails(Unsure, call(made.origin, method), CUT)
        assert (made.connections, len(made.heads)) == (1, 1)


async def test_closed_is_closed(call, outbound):
    async with vendor() as made:
        await call(made.origin, "GET", body=b"", fresh=False)
        await outbound.close()
        with pytest.raises(RuntimeError, match="closed"):
            await call(made.origin)


def test_it_holds_on_uvloop():
    uvloop = pytest.importorskip("uvloop")

    async def main():
        async with vendor() as made, Outbound() as outbound:
            more = dict(body=b"x", seconds=5)
            for fresh in (True, False, False):
                assert (await outbound.call(made.origin, "POST", "/", fresh=fresh, **more)).body
            made.script = b""
            with pytest.raises(Unsure):
                await outbound.call(made.origin, "POST", "/", fresh=True, **more)
            origin = Origin.of(f"https://{PRIVATE}:{made.port}")
            made.script = "close at once"
            with pytest.raises(NotSent):
                await outbound.call(origin, "POST", "/", fresh=True, **more)
            assert len(made.heads) == 4
        with pytest.raises(NotSent):
            async with Outbound() as outbound:
                await outbound.call(made.origin, "POST", "/", fresh=True, **more)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("https://API.vendor.example", "https://api.vendor.example:443"),
        ("https://api.vendor.example/", "https://api.vendor.example:443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://bücher.example", "https://xn--bcher-kva.example:443"),
    ],
)
def test_an_origin(text, means):
    assert Origin.of(text).text == means
    assert Origin.of(Origin.of(text).text) == Origin.of(text)


@pytest.mark.parametrize("text", ["https://x/v1", "https://x?a", "https://x#", "ftp://x", "x", ""])
def test_no_origin(text):
    with pytest.raises(ValueError):
        Origin.of(text)
