"""The way out: what it brings, what it makes of servers that fail or lie, and its limits."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import ssl
import stat
import subprocess
import sys
import threading
import time

import pytest

import sites
from reelway import outbound as module
from reelway.errors import BadImage
from reelway.outbound import AN_OWNER, Outbound, files, way
from reelway.outbound.way import MOST_REDIRECTS
from sites import OK, PRIVATE, PUBLIC, answer, listening, names, redirect, refused

PICTURE = bytes(range(256)) * 4096  # 1 MiB
reached, pair, site, canary = sites.reached, sites.pair, sites.site, sites.canary  # fixtures
outbound, fetch, certificate = sites.outbound, sites.fetch, sites.certificate
pytestmark = [
    pytest.mark.usefixtures("reached"),
    pytest.mark.skipif(sys.platform == "darwin", reason="needs 127.0.0.2"),
]


async def test_a_file_comes_whole(fetch, site, tmp_path):
    site.paths["/a?b=%2F+c&d"] = answer(PICTURE, "content-type: Image/PNG; charset=x")
    fetched = await fetch("/a?b=%2F+c&d#e")
    assert (fetched.media_type, fetched.size) == ("image/png", len(PICTURE))
    assert fetched.sha256 == hashlib.sha256(PICTURE).hexdigest()
    out = tmp_path / "out"
    assert out.read_bytes() == PICTURE
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    head = site.heard[1].lower()
    assert head.startswith("get /a?b=%2f+c&d http/1.1\r\n")
    assert "user-agent: reelway/" in head and "accept-encoding: identity" in head
    assert "cookie" not in head and "authorization" not in head and "referer" not in head


async def test_bodies_without_a_length(fetch, site, tmp_path):
    site.paths["/a"] = f"{OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".encode()
    assert (await fetch()).size == 3
    site.paths["/b"] = f"{OK}Content-Type: nonsense\r\n\r\nabcd".encode()  # to the end
    fetched = await fetch("/b", out="b")
    assert (fetched.size, fetched.media_type) == (4, "")
    assert (tmp_path / "b").read_bytes() == b"abcd"


async def test_redirects_are_followed_to_a_limit(fetch, site):
    site.paths["/0"] = answer(b"here")
    for n in range(1, MOST_REDIRECTS + 2):
        status = ("301 A", "302 B", "303 C", "307 D", "308 E")[n % 5]
        site.paths[f"/{n}"] = redirect(f"/{n - 1}", status)
    assert (await fetch(f"/{MOST_REDIRECTS}")).size == 4
    await refused(fetch(f"/{MOST_REDIRECTS + 1}", out="b"), "redirects more than 5 times")
    site.paths["/loop"] = redirect("/loop")
    await refused(fetch("/loop", out="b"), "redirects more than 5 times")


@pytest.mark.parametrize("where", ["", "file:///etc/passwd", "ftp://x/", "gopher://x/", "data:,x"])
async def test_redirects_to_what_is_not_fetched(fetch, site, where):
    site.paths["/a"] = redirect(where)
    await refused(fetch(), "redirects")


async def test_cookies_are_not_kept(fetch, site):
    site.paths["/a"] = redirect("/b").replace(b"Location", b"Set-Cookie: a=b\r\nLocation")
    site.paths["/b"] = answer(b"x")
    await fetch()
    assert "cookie" not in "".join(site.heard).lower()


async def test_the_environment_and_netrc_are_not_asked(fetch, site, canary, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text(f"machine {PUBLIC} login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", f"http://{PRIVATE}:{canary.port}")
    site.paths["/a"] = answer(b"x")
    await fetch()
    assert "authorization" not in site.heard[1].lower() and not canary.heard


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "fetched: HTTP 404$"),
        (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "HTTP 500"),
        (b"HTTP/1.1 204 No\r\n\r\n", "HTTP 204"),
        (b"HTTP/1.1 206 Part\r\nContent-Length: 1\r\n\r\nx", "HTTP 206"),
        (b"HTTP/1.1 304 Same\r\n\r\n", "HTTP 304"),
        (answer(b""), "it is empty"),
        (OK.encode() + b"\r\n", "it is empty"),
        (OK.encode() + b"Content-Length: 9\r\n\r\nabc", "broke off"),
        (OK.encode() + b"Transfer-Encoding: chunked\r\n\r\n9\r\nabc", "broke off"),
        (OK.encode() + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc", "not HTTP"),
        (OK.encode() + b"Content-Length: -1\r\n\r\nabc", "not HTTP"),
        (OK.encode() + b"X: " + b"x" * 20_000 + b"\r\n\r\n", "not HTTP"),
        (OK.encode() + b"X: y\r\n" * 500 + b"\r\n", "not HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "not HTTP"),
        (b"", "connection broke"),
        (answer(gzip.compress(bytes(10 << 20)), "Content-Encoding: gzip"), "compressed"),
        (answer(b"x", "Content-Encoding: identity, br"), "compressed"),
    ],
)
async def test_answers_that_are_no_file(fetch, site, raw, words):
    site.paths["/a"] = raw
    await refused(fetch(), words)


async def test_an_answer_may_not_be_larger_than_asked(fetch, site):
    large = dict(kind=BadImage, code="image_too_large")
    site.paths["/a"] = answer(b"x" * 1000)
    assert (await fetch(most=1000, out="whole")).size == 1000
    await refused(fetch(most=999), "last_frame is larger than 999 bytes", **large)
    site.paths["/lies"] = answer(b"x" * 10).replace(b"10", b"3")  # more than it says
    await refused(fetch("/lies", most=3), "not HTTP")

    async def endless(writer):
        writer.write(OK.encode() + b"\r\n")
        while True:
            writer.write(bytes(65536))
            await writer.drain()

    site.paths["/endless"] = endless
    await refused(fetch("/endless"), "larger than 2,097,152 bytes", **large)


async def test_nothing_takes_longer_than_it_may(fetch, site):
    async def silent(writer):
        await asyncio.sleep(2)

    async def dripping(writer):
        writer.write(OK.encode() + b"Content-Length: 1000\r\n\r\n")
        for _ in range(200):
            writer.write(b"x")
            await asyncio.sleep(0.01)

    async def to_itself(writer):
        await asyncio.sleep(0.1)
        writer.write(redirect("/round"))

    site.paths |= {"/silent": silent, "/drip": dripping, "/round": to_itself}
    for path in site.paths:
        await refused(fetch(path, seconds=0.3), "it took longer than 0.3 s")


async def test_a_host_that_is_not_there(fetch, site, monkeypatch):
    async with listening(PUBLIC) as gone:
        pass
    await refused(fetch(f"http://{PUBLIC}:{gone.port}/"), "no connection could be made")
    await refused(fetch("http://films.example/"), "its host was not found")
    async with Outbound(lookup=names("")) as outbound:
        await refused(fetch("http://films.example/", via=outbound), "its host was not found")
    site.greeting = b"SSH-2.0-OpenSSH_9.2\r\n"
    await refused(fetch(), "not HTTP")
    await refused(fetch(f"https://{PUBLIC}:{site.port}/"), "does not speak TLS")

    async def never(host):
        await asyncio.sleep(9)

    monkeypatch.setattr(way, "CONNECT", 0.1)
    async with Outbound(lookup=never) as outbound:
        await refused(fetch("http://films.example/", via=outbound), "no connection within 0.1 s")


async def test_tls_is_checked(fetch, certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    async with listening(PUBLIC, ssl=context) as site:
        site.paths["/a"] = answer(b"x")
        await refused(fetch(f"https://{PUBLIC}:{site.port}/a"), "certificate is not valid")
        assert not site.heard
        trusting = ssl.create_default_context(cafile=certificate[0])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting)
            assert (await fetch(f"https://{PUBLIC}:{site.port}/a")).size == 1


async def test_an_address_that_is_none_is_the_callers_mistake(fetch):
    words = "is not an address that can be fetched: only http"
    await refused(fetch("ftp://films.example/"), words, code="invalid_request")


async def test_a_file_that_is_there_is_left_alone(fetch, site, tmp_path, outbound):
    site.paths["/a"] = answer(b"new")
    (tmp_path / "old").write_bytes(b"old")
    more = dict(owner_id=1, field="x", most_bytes=9, seconds=5)
    with pytest.raises(FileExistsError):
        await outbound.fetch(f"http://{PUBLIC}:{site.port}/a", tmp_path / "old", **more)
    assert (tmp_path / "old").read_bytes() == b"old"


async def test_an_owner_has_four_at_once_and_the_rest_wait(fetch, site, outbound):
    gate = asyncio.Event()

    async def held(writer):
        await gate.wait()
        writer.write(answer(b"x"))

    site.paths |= {"/held": held, "/a": answer(b"x")}
    calls = [asyncio.create_task(fetch("/held", out=f"{n}")) for n in range(AN_OWNER + 3)]
    async with site.news:
        await site.news.wait_for(lambda: site.open >= AN_OWNER)
    await refused(fetch(seconds=0.2), "it waited 0.2 s for its turn")
    await fetch(owner=2, out="other")
    calls.pop().cancel()  # one that waits
    calls.pop(0).cancel()  # and one under way
    gate.set()
    done = await asyncio.gather(*calls)
    assert len(done) == AN_OWNER + 1
    assert site.most_open == AN_OWNER + 1  # with the other owner's
    assert not outbound._turns


async def test_all_owners_share_a_limit(fetch, site, monkeypatch):
    monkeypatch.setattr(module, "IN_ALL", 1)
    gate = asyncio.Event()

    async def held(writer):
        await gate.wait()
        writer.write(answer(b"x"))

    site.paths |= {"/held": held, "/a": answer(b"x")}
    async with Outbound(allow_private=sites.OPEN) as outbound:
        call = asyncio.create_task(fetch("/held", via=outbound, out="held"))
        async with site.news:
            await site.news.wait_for(lambda: site.open)
        await refused(fetch(via=outbound, owner=2, seconds=0.2), "waited 0.2 s for its turn")
        gate.set()
        await call
        await fetch(via=outbound, owner=2)


async def test_a_cancelled_fetch_leaves_no_file(fetch, site, tmp_path, monkeypatch):
    async def half(writer):
        writer.write(OK.encode() + b"Content-Length: 2000000\r\n\r\n" + bytes(1_500_000))
        await asyncio.sleep(5)

    written, write = threading.Event(), files.File.write

    def slowly(self, data):
        written.set()
        time.sleep(0.1)  # cancelled here: the write ends before the file is closed
        write(self, data)

    monkeypatch.setattr(files.File, "write", slowly)
    site.paths["/half"] = half
    call = asyncio.create_task(fetch("/half"))
    assert await asyncio.to_thread(written.wait, 5)
    assert (tmp_path / "out").exists()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert not (tmp_path / "out").exists()


async def test_closed_is_closed(fetch, outbound):
    await outbound.close()
    with pytest.raises(RuntimeError, match="closed"):
        await fetch()


def test_the_module_does_not_load_the_client():
    code = (
        "import sys, reelway.outbound; sys.exit('aiohttp' in sys.modules or 'idna' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
