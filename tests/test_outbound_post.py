"""Posting: one request to one place, an answer of which little is kept, and nothing private."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import sys

import pytest

import sites
from reelway import outbound as module
from reelway.addresses import GuardedSocket
from reelway.outbound import Outbound, PostFailed
from sites import OK, OPEN, PRIVATE, PUBLIC, answer, listening, names, redirect

reached, pair, site, canary = sites.reached, sites.pair, sites.site, sites.canary  # fixtures
outbound, certificate = sites.outbound, sites.certificate
pytestmark = [
    pytest.mark.usefixtures("reached"),
    pytest.mark.skipif(sys.platform == "darwin", reason="needs 127.0.0.2"),
]
BODY = '{"status": "succeeded", "title": "ü"}'.encode()
HEADERS = {"content-type": "application/json", "webhook-id": "msg_1"}
DONE = b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.fixture
def post(outbound, site):
    async def go(path="/a", body=BODY, *, via=outbound, seconds=5.0, headers=HEADERS):
        url = f"http://{PUBLIC}:{site.port}{path}" if path.startswith("/") else path
        return await via.post(url, body, headers=headers, seconds=seconds)

    return go


async def failed(call, words, *, refused=False):
    with pytest.raises(PostFailed, match=words) as error:
        await call
    assert (error.value.refused, error.value.code) == (refused, "post_failed")
    for secret in (PRIVATE, PUBLIC, "127.0.0.0/8", "::1", "films.example", "secret"):
        assert secret not in error.value.message
    return error.value


class Sink:
    """Takes whole requests, bodies as well."""

    def __init__(self, reply=DONE):
        self.reply, self.heads, self.bodies, self.port = reply, [], [], 0

    async def serve(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        length = next(line for line in head.lower().split("\r\n") if "content-length" in line)
        self.bodies.append(await reader.readexactly(int(length.partition(":")[2])))
        writer.write(self.reply)
        await writer.drain()
        writer.close()


@pytest.fixture
async def sink():
    sink = Sink()
    async with await asyncio.start_server(sink.serve, PUBLIC, 0) as server:
        sink.port = server.sockets[0].getsockname()[1]
        yield sink


# What goes out and what comes back


@pytest.mark.parametrize("body", [BODY, b"", bytes(range(256)) * 8192])
async def test_a_body_arrives_as_it_is(post, sink, body):
    posted = await post(f"http://{PUBLIC}:{sink.port}/a?b=%2F+c", body)
    assert (posted.status, dict(posted.headers), posted.body) == (204, {}, b"")
    assert 0 <= posted.milliseconds < 5000
    head = sink.heads[0].lower()
    assert head.startswith("post /a?b=%2f+c http/1.1\r\n")
    assert "\r\ncontent-type: application/json\r\n" in head and "webhook-id: msg_1" in head
    assert "user-agent: reelway/" in head and "accept-encoding: identity" in head
    assert "cookie" not in head and "authorization" not in head
    assert sink.bodies == [body]


async def test_any_status_is_an_answer(post, site):
    for status in (200, 201, 299, 400, 410, 429, 500, 503):
        site.paths["/a"] = answer(b"so").replace(b"200 OK", f"{status} So".encode())
        posted = await post()
        assert (posted.status, posted.body) == (status, b"so")


async def test_few_headers_are_kept_and_only_plain_ones(post, site):
    more = ("Retry-After: 120", "Content-Type: text/plain; charset=x", "X-Secret: a")
    site.paths["/a"] = answer(b"so", *more, "Set-Cookie: a=b")
    kept = {"content-type": "text/plain; charset=x", "retry-after": "120"}
    assert (await post()).headers == kept
    odd = answer(b"", "Retry-After: ODD", "Content-Type: " + "x" * 5000)
    site.paths["/a"] = odd.replace(b"ODD", b"\xc3\xbc\xff")
    assert (await post()).headers == {"content-type": "x" * 256}


@pytest.mark.parametrize("status", ["301 A", "302 B", "303 C", "307 D", "308 E"])
async def test_a_redirect_is_the_answer(post, site, canary, status):
    site.paths["/a"] = redirect("/b", status)
    site.paths["/b"] = answer(b"x")
    assert (await post()).status == int(status[:3])
    site.paths["/a"] = redirect(f"http://{PRIVATE}:{canary.port}/", status)
    assert (await post()).status == int(status[:3])
    assert [h.split()[1] for h in site.heard if h != "connected"] == ["/a", "/a"]
    assert not canary.heard


async def test_a_huge_answer_is_cut_and_the_connection_closed(post, site):
    site.paths["/a"] = answer(bytes(5000))
    assert len((await post()).body) == 4096
    site.paths["/a"] = answer(bytes(4096))
    assert len((await post()).body) == 4096

    ended = asyncio.Event()

    async def endless(writer):
        writer.write(OK.encode() + b"\r\n")
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        finally:
            ended.set()  # the write fails, as nobody listens any more

    site.paths["/endless"] = endless
    assert (await post("/endless")).body == b"x" * 4096
    await asyncio.wait_for(ended.wait(), 5)


async def test_a_slow_answer_is_cut_at_the_limit(post, site):
    async def silent(writer):
        await asyncio.sleep(2)

    async def half_a_head(writer):
        writer.write(b"HTTP/1.1 200 OK\r\nX: y")
        await asyncio.sleep(2)

    async def dripping(writer):
        writer.write(OK.encode() + b"Content-Length: 1000\r\n\r\n")
        for _ in range(200):
            writer.write(b"x")
            await asyncio.sleep(0.01)

    site.paths |= {"/silent": silent, "/half": half_a_head, "/drip": dripping}
    for path in ("/silent", "/half"):
        error = await failed(post(path, seconds=0.2), r"^no answer within 0\.2 s$")
        assert 190 <= error.milliseconds < 1500
    posted = await post("/drip", seconds=0.2)  # it was taken; only its words came late
    assert posted.status == 200 and 0 < len(posted.body) < 100
    assert 190 <= posted.milliseconds < 1500


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (OK.encode() + b"\r\nto the end", b"to the end"),
        (OK.encode() + b"Content-Length: 9\r\n\r\nabc", b"abc"),  # broken off
        (OK.encode() + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", b"abc"),
        (answer(gzip.compress(bytes(10 << 20)), "Content-Encoding: gzip"), b""),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"x"), b"x"),
        (answer(b"x", "Content-Encoding: identity"), b"x"),
    ],
)
async def test_bodies(post, site, raw, body):
    site.paths["/a"] = raw
    posted = await post()
    assert (posted.status, posted.body) == (200, body)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "not HTTP"),
        (OK.encode() + b"X: " + b"x" * 20_000 + b"\r\n\r\n", "not HTTP"),
        (b"", "the connection broke"),
    ],
)
async def test_answers_that_are_none(post, site, raw, words):
    site.paths["/a"] = raw
    await failed(post(), words)


async def test_an_answer_before_the_body_was_read(post, site):
    """The site reads no body: what is left of it is not waited for."""
    site.paths["/a"] = answer(b"enough").replace(b"200 OK", b"413 Large")
    async with asyncio.timeout(3):
        assert (await post(body=bytes(64 << 20))).status == 413


async def test_nothing_stays_between_two_posts(post, site):
    site.paths["/a"] = answer(b"", "Set-Cookie: a=b")
    await post()
    await post()
    assert site.heard.count("connected") == 2
    assert "cookie" not in "".join(site.heard).lower()


# Where it does not go


async def test_private_addresses_hear_nothing(post, site, canary, reached, caplog):
    caplog.set_level("WARNING")
    for host in (PRIVATE, "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"):
        url = f"http://{host}:{canary.port}/secret"
        error = await failed(post(url), "^its address is not public", refused=True)
        assert error.message.endswith("--allow-private and its range to allow it")
    assert not canary.heard and not reached
    assert caplog.records[0].fields["range"] == "127.0.0.0/8"


@pytest.mark.parametrize("answers", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "127.1", "10.0.0.1"])
async def test_names_for_private_addresses(post, canary, answers, reached):
    async with Outbound(allow_private=OPEN, lookup=names(answers)) as outbound:
        url = f"http://films.example:{canary.port}/"
        await failed(post(url, via=outbound), "not public", refused=True)
    assert not canary.heard and not reached


async def test_rebinding(post, site, canary):
    """The first answer was public, and the next post asks anew."""
    site.paths["/a"] = answer(b"x")
    async with Outbound(allow_private=OPEN, lookup=names(PUBLIC, PRIVATE)) as outbound:
        url = f"http://films.example:{site.port}/a"
        assert (await post(url, via=outbound)).status == 200
        await failed(post(url, via=outbound), "not public", refused=True)
    assert len(site.heard) == 2 and not canary.heard


async def test_a_name_for_both_is_posted_to_at_the_public_one(post, site, canary):
    async def silent(writer):
        await asyncio.sleep(2)

    site.paths |= {"/a": DONE, "/silent": silent, "/none": b"", "/odd": b"SSH-2.0\r\n\r\n"}
    both = names(f"{PRIVATE} {PUBLIC}")
    async with Outbound(allow_private=OPEN, lookup=both) as outbound:
        url = f"http://films.example:{site.port}"
        assert (await post(f"{url}/a", via=outbound)).status == 204
        await failed(post(f"{url}/silent", via=outbound, seconds=0.1), "no answer")
        await failed(post(f"{url}/none", via=outbound), "the connection broke")
        await failed(post(f"{url}/odd", via=outbound), "not HTTP")
    assert not canary.heard


async def test_the_peer_is_looked_at_before_the_request_is_written(post, site, monkeypatch):
    monkeypatch.setattr(GuardedSocket, "getpeername", lambda _: (PRIVATE, 80))
    site.paths["/a"] = DONE
    await failed(post(), "not public", refused=True)
    assert site.heard == ["connected"]


async def test_the_environment_and_netrc_are_not_asked(post, site, canary, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text(f"machine {PUBLIC} login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", f"http://{PRIVATE}:{canary.port}")
    site.paths["/a"] = answer(b"x")
    assert (await post()).status == 200
    assert "authorization" not in site.heard[1].lower() and not canary.heard


async def test_a_host_that_is_not_there(post):
    async with listening(PUBLIC) as gone:
        pass
    await failed(post(f"http://{PUBLIC}:{gone.port}/"), "^no connection could be made$")
    await failed(post("http://films.example/"), "^its host was not found$")


async def test_tls_is_checked(post, certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    async with listening(PUBLIC, ssl=context) as site:
        url = f"https://{PUBLIC}:{site.port}/a"
        site.paths["/a"] = answer(b"x" * 9999)
        await failed(post(url), "^its certificate is not valid$")
        assert not site.heard
        trusting = ssl.create_default_context(cafile=certificate[0])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting)
            assert len((await post(url)).body) == 4096
    async with listening(PUBLIC) as site:
        site.greeting = b"HTTP/1.1 400 Plain\r\n\r\n"
        await failed(post(f"https://{PUBLIC}:{site.port}/"), "does not speak TLS")


@pytest.mark.parametrize(
    "url", ["", "ftp://x/", "http://secret@x/", "http://x/#y", "http://x/" + "y" * 2040, "x"]
)
async def test_addresses_that_are_none(post, reached, url):
    if url:  # a path of the site, else
        await failed(post(url), "^it is not an address that can be posted to: ")
    assert not reached


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-a", "b\r\nx-secret: c"),
        ("x-a", "b\nc"),
        ("x-a", "b\rc"),
        ("x-a", "b\0"),
        ("x-a", " b"),
        ("x-a", "b\n"),
        ("x-a", "ü"),
        ("x-a\r\nx-secret", "b"),
        ("x a", "b"),
        ("x-a:", "b"),
        ("", "b"),
        ("Host", "secret"),
        ("Content-Length", "0"),
        ("transfer-encoding", "chunked"),
        ("connection", "keep-alive"),
        ("cookie", "secret=1"),
    ],
)
async def test_headers_that_would_be_more(post, site, name, value):
    await failed(post(headers=HEADERS | {name: value}), "header")
    assert not site.heard


# Many at once


async def test_posts_and_fetches_do_not_wait_for_each_other(post, site, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "POSTS", 2)
    monkeypatch.setattr(module, "IN_ALL", 1)
    gate = asyncio.Event()

    async def held(writer):
        await gate.wait()
        writer.write(answer(b"x"))

    site.paths |= {"/held": held, "/a": answer(b"x")}
    more = dict(owner_id=1, field="x", most_bytes=9, seconds=5)
    async with Outbound(allow_private=OPEN) as outbound:
        url = f"http://{PUBLIC}:{site.port}"
        posts = [asyncio.create_task(post("/held", via=outbound)) for _ in range(5)]
        async with site.news:
            await site.news.wait_for(lambda: site.open == 2)
        fetched = await outbound.fetch(f"{url}/a", tmp_path / "a", **more)
        assert fetched.size == 1
        posts.pop().cancel()  # one that waits
        posts.pop(0).cancel()  # and one under way
        gate.set()
        assert [posted.status for posted in await asyncio.gather(*posts)] == [200] * 3
        assert site.most_open <= 3  # with the fetch
        fetch = asyncio.create_task(outbound.fetch(f"{url}/held", tmp_path / "b", **more))
        assert (await post(via=outbound)).status == 200
        await fetch


async def test_the_time_is_counted_from_the_turn_on(post, site, monkeypatch):
    """Two that never answer fail; the third waited as long, and succeeds."""
    monkeypatch.setattr(module, "POSTS", 1)

    async def silent(writer):
        await asyncio.sleep(2)

    site.paths |= {"/silent": silent, "/a": DONE}
    async with Outbound(allow_private=OPEN) as outbound:
        paths = ("/silent", "/silent", "/a")
        calls = [post(path, via=outbound, seconds=0.3) for path in paths]
        *slow, last = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(error) for error in slow] == [PostFailed] * 2
    assert last.status == 204 and last.milliseconds < 300


async def test_lookups_that_hang_do_not_hold_up_fetches(monkeypatch, outbound):
    assert outbound._posts is not outbound._fetches
    await outbound._posts._lookup("127.0.0.1")
    assert outbound._posts._threads and not outbound._fetches._threads


async def test_closed_is_closed(post, outbound):
    await outbound.close()
    with pytest.raises(RuntimeError, match="closed"):
        await post()


def test_it_holds_on_uvloop():
    uvloop = pytest.importorskip("uvloop")

    async def go():
        async with sites.two() as (site, canary):
            site.paths |= {"/a": answer(bytes(9999)), "/b": redirect("/a")}
            async with Outbound(allow_private=OPEN) as outbound:
                url = f"http://{PUBLIC}:{site.port}"
                assert len((await outbound.post(f"{url}/a", BODY, headers={})).body) == 4096
                assert (await outbound.post(f"{url}/b", BODY, headers={})).status == 302
                bad = f"http://localhost:{site.port}/"
                await failed(outbound.post(bad, BODY, headers={}), "not public", refused=True)
            assert not canary.heard

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(go())
