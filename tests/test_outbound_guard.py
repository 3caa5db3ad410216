"""Nothing that is not public is ever reached: not by spelling, name, redirect or rebinding."""

from __future__ import annotations

import asyncio
import sys
from ipaddress import ip_network

import aiohttp
import pytest

import sites
from reelway.addresses import Guard, GuardedSocket
from reelway.errors import InvalidRequest
from reelway.outbound import Outbound
from sites import OPEN, PRIVATE, PUBLIC, answer, names, redirect, refused, two

reached, pair, site, canary = sites.reached, sites.pair, sites.site, sites.canary  # fixtures
outbound, fetch = sites.outbound, sites.fetch
pytestmark = [
    pytest.mark.usefixtures("reached"),
    pytest.mark.skipif(sys.platform == "darwin", reason="needs 127.0.0.2"),
]

# {p} is the port of both servers.
CLOSED = """
http://127.0.0.1:{p}/ http://127.0.0.1:{p} HTTP://127.0.0.1:{p}/ http://127.0.0.1.:{p}/
http://localhost:{p}/ http://LOCALHOST:{p}/ http://localhost.:{p}/ http://localhost:{p}/?x#y
http://2130706433:{p}/ http://017700000001:{p}/ http://0x7f000001:{p}/ http://0X7F.1:{p}/
http://0x7f.0x0.0x0.0x1:{p}/ http://0177.0.0.1:{p}/ http://0177.1:{p}/ http://127.1:{p}/
http://127.0.1:{p}/ http://0:{p}/ http://0.0.0.0:{p}/ http://00:{p}/ http://0x0:{p}/
http://127.000.000.001:{p}/ http://127.0.0.1.nip:{p}/ http://127.0.0.3:{p}/
http://１２７.0.0.1:{p}/ http://127。0。0。1:{p}/ http://①②⑦.⓪.⓪.①:{p}/ http://ⓛocalhost:{p}/
http://%31%32%37.0.0.1:{p}/ http://%6cocalhost:{p}/ http://127.0.0.1%00.example:{p}/
http://[::1]:{p}/ http://[0:0:0:0:0:0:0:1]:{p}/ http://[::]:{p}/ http://[::127.0.0.1]:{p}/
http://[::ffff:127.0.0.1]:{p}/ http://[::ffff:7f00:1]:{p}/ http://[0:0:0:0:0:ffff:7f00:1]:{p}/
http://[::ffff:0:127.0.0.1]:{p}/ http://[64:ff9b::127.0.0.1]:{p}/ http://[64:ff9b::7f00:1]:{p}/
http://[64:ff9b:1::7f00:1]:{p}/ http://[2002:7f00:1::]:{p}/ http://[2001:0:7f00:1::]:{p}/
http://[::1%25lo]:{p}/ http://[::1%lo]:{p}/ http://[fe80::1%25lo]:{p}/ http://[fe80::1]:{p}/
http://[fd00:ec2::254]/ http://[fc00::1]/ http://[ff02::1]/ http://[2001:db8::1]/ http://[fec0::1]/
http://169.254.169.254/latest/meta-data/ http://100.100.100.200/ http://168.63.129.16/
http://192.0.0.192/ http://100.64.0.1/ http://10.0.0.1/ http://172.16.0.1/ http://192.168.1.1/
http://198.18.0.1/ http://192.0.2.1/ http://203.0.113.1/ http://198.51.100.1/ http://224.0.0.1/
http://240.0.0.1/ http://255.255.255.255/ http://2852039166/ http://0xa9fea9fe/
http://good@127.0.0.1:{p}/ http://127.0.0.1:{p}@good/ http://127.0.0.2:{p}@127.0.0.1:{p}/
http://127.0.0.1:{p}\\@127.0.0.2:{p}/ http://127.0.0.1:{p}#@127.0.0.2:{p}/
http://127.0.0.1:{p}?@127.0.0.2:{p}/ http:\\\\127.0.0.1:{p}/ http:/127.0.0.1:{p}/
http:127.0.0.1:{p} http:///127.0.0.1:{p}/ //127.0.0.1:{p}/ https://127.0.0.1:{p}/
file:///etc/passwd ftp://127.0.0.1:{p}/ gopher://127.0.0.1:{p}/_x data:text/plain,x
dict://127.0.0.1:{p}/ unix:///run/x.sock tcp://127.0.0.1:{p}/ ws://127.0.0.1:{p}/
""".split()


@pytest.mark.parametrize("spelling", CLOSED)
async def test_no_spelling_reaches_what_is_not_public(fetch, canary, site, reached, spelling):
    url = spelling.replace("{p}", str(site.port))
    with pytest.raises(InvalidRequest) as error:
        await fetch(url)
    assert error.value.field == "last_frame"
    site.paths["/go"] = redirect(url)
    with pytest.raises(InvalidRequest):
        await fetch("/go")
    assert not canary.heard and set(reached) <= {PUBLIC}


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "0", "[::1]"]
)
async def test_the_socket_refuses_what_the_parser_might_miss(outbound, canary, host, reached):
    """The same client without our parser in front of it."""
    guard = Guard(OPEN)
    async with outbound._fetches.session(guard) as session:
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"http://{host}:{canary.port}/")
    assert not canary.heard and not reached


@pytest.mark.parametrize("answers", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "127.1", "localhost"])
async def test_a_name_for_a_private_address_is_refused(fetch, canary, answers, reached):
    async with Outbound(allow_private=OPEN, lookup=names(answers)) as outbound:
        url = f"http://Films.example:{canary.port}/"
        message = await refused(fetch(url, via=outbound), "the address of Films.example is not")
    # Nobody learns what a name resolves to in here, not even by its range.
    assert message.endswith("start the server with --allow-private and its range to allow it")
    assert not canary.heard and not reached


async def test_a_literal_is_told_the_option_that_opens_it(fetch, caplog):
    words = r"10\.1\.2\.3 is not public; start the server with --allow-private 10\.0\.0\.0/8 to"
    await refused(fetch("http://10.1.2.3/"), words)
    assert caplog.records[-1].fields["range"] == "10.0.0.0/8"


async def test_rebinding_between_two_hops(fetch, site, canary):
    site.paths["/a"] = redirect("/b")
    async with Outbound(allow_private=OPEN, lookup=names(PUBLIC, PRIVATE)) as outbound:
        url = f"http://films.example:{site.port}/a"
        await refused(fetch(url, via=outbound), "after a redirect, the address is not public")
    assert len(site.heard) == 2 and not canary.heard


@pytest.mark.parametrize("both", [f"{PUBLIC} {PRIVATE}", f"{PRIVATE} {PUBLIC}", f"::1 {PUBLIC}"])
async def test_a_name_for_both_reaches_the_public_one_only(fetch, site, canary, both, reached):
    site.paths["/a"] = answer(b"x")
    async with Outbound(allow_private=OPEN, lookup=names(both)) as outbound:
        await fetch(f"http://films.example:{site.port}/a", via=outbound)
    assert not canary.heard and set(reached) == {PUBLIC}


async def test_a_public_name_is_tried_and_then_not_the_private_one(fetch, canary, reached):
    """Truly public numbers, which the test's sockets cannot reach."""
    both = names("93.184.215.14 2606:4700::1 127.0.0.1 ::1")
    async with Outbound(lookup=both) as outbound:
        await refused(fetch(f"http://films.example:{canary.port}/", via=outbound), "not public")
    assert set(reached) == {"93.184.215.14", "2606:4700::1"} and not canary.heard
    async with Outbound(lookup=names("93.184.215.14")) as outbound:
        await refused(fetch("http://films.example/", via=outbound), "no connection could be made")


async def test_the_peer_is_looked_at_before_the_request_is_written(fetch, site, monkeypatch):
    monkeypatch.setattr(GuardedSocket, "getpeername", lambda _: (PRIVATE, 80))
    site.paths["/a"] = answer(b"x")
    await refused(fetch(), "not public")
    assert site.heard == ["connected"]


async def test_a_development_server_is_reached_when_its_range_is_open(fetch, canary):
    canary.paths["/a"] = answer(b"x")
    async with Outbound(allow_private=[ip_network("127.0.0.0/8")]) as outbound:
        await fetch(f"http://localhost:{canary.port}/a", via=outbound)
    assert len(canary.heard) == 2


def test_the_guard_holds_on_uvloop(tmp_path):
    uvloop = pytest.importorskip("uvloop")

    async def go():
        async with two() as (site, canary):
            site.paths |= {"/a": answer(b"x"), "/b": redirect(f"http://{PRIVATE}:{site.port}/")}
            async with Outbound(allow_private=OPEN) as outbound:
                more = dict(owner_id=1, field="last_frame", most_bytes=9, seconds=5)
                url = f"http://{PUBLIC}:{site.port}"
                assert (await outbound.fetch(f"{url}/a", tmp_path / "a", **more)).size == 1
                for bad in (f"{url}/b", f"http://localhost:{site.port}/"):
                    await refused(outbound.fetch(bad, tmp_path / "b", **more), "not public")
            assert not canary.heard

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(go())
