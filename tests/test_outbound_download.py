"""Downloads: whole whatever breaks, trusted where it was said, and the right word for a failure."""

from __future__ import annotations

import asyncio
import hashlib
import random
import stat
import sys

import pytest

import sites
from reelway.outbound import (
    DownloadBroke,
    DownloadFailed,
    LinkExpired,
    LinkUnfit,
    Origin,
    Outbound,
    Part,
    downloading,
)
from sites import OK, PRIVATE, PUBLIC, answer, listening, names, redirect

reached, pair, site, canary = sites.reached, sites.pair, sites.site, sites.canary  # fixtures
outbound = sites.outbound
pytestmark = [
    pytest.mark.usefixtures("reached"),
    pytest.mark.skipif(sys.platform == "darwin", reason="needs 127.0.0.2"),
]
FILM = random.Random(1).randbytes(3_000_000)
SHA = hashlib.sha256(FILM).hexdigest()
MARK = '"v1"'
OLD, NOW = "Tue, 03 Nov 2026 10:00:00 GMT", "Tue, 03 Nov 2026 10:00:05 GMT"


class Store:
    """An object store that cuts each answer after the next of `cuts` bytes; keeps the ranges that
    it was asked for."""

    def __init__(self, film=FILM, cuts=(), mark=f"ETag: {MARK}", ranges=True):
        self.film, self.cuts, self.mark, self.ranges = film, list(cuts), mark, ranges
        self.asked = []  # (range, if-range)
        self.heads = []
        self.instead = []  # answers before that

    def __call__(self, site):
        async def answer_(writer):
            head = site.heard[-1].lower()
            self.heads.append(head)
            lines = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
            self.asked.append((lines.get("range", ""), lines.get("if-range", "")))
            if self.instead:
                writer.write(self.instead.pop(0))
                return await writer.drain()
            start = int(lines.get("range", "bytes=0-")[6:-1])
            known = self.mark.partition(": ")[2].split("\r\n")[0].lower()
            if not self.ranges or lines.get("if-range", known) != known:
                start = 0
            rest = self.film[start:]
            if start:
                total = len(self.film)
                status = f"206 Part\r\nContent-Range: bytes {start}-{total - 1}/{total}"
            else:
                status = "200 OK"
            mark = f"{self.mark}\r\n" if self.mark else ""
            writer.write(
                f"HTTP/1.1 {status}\r\n{mark}Content-Type: Video/MP4\r\n"
                f"Content-Length: {len(rest)}\r\n\r\n".encode()
            )
            writer.write(rest[: self.cuts.pop(0)] if self.cuts else rest)
            await writer.drain()

        return answer_


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(downloading, "PAUSE", 0.0)


@pytest.fixture
def origin(site):
    return Origin.of(f"http://{PUBLIC}:{site.port}")


@pytest.fixture
def download(outbound, site, tmp_path):
    async def go(path="/a", *, via=outbound, out="out", **more):
        url = f"http://{PUBLIC}:{site.port}{path}" if path.startswith("/") else path
        more = {"trusted": (), "most_bytes": 4_000_000, "seconds": 5.0, "idle": 5.0} | more
        try:
            return await via.download(url, tmp_path / out, **more)
        except BaseException:
            assert more.get("keep_part") or not (tmp_path / out).exists()
            raise

    return go


async def fails(kind, call, words):
    with pytest.raises(DownloadFailed, match=words) as error:
        await call
    assert type(error.value) is kind, error.value
    for secret in (PRIVATE, PUBLIC, "secret", "127.0.0.0/8", "films.example", "http://1"):
        assert secret not in error.value.message
    return error.value


async def test_a_film_comes_whole(download, site, tmp_path):
    store = Store()
    site.paths["/a?sig=secret"] = store(site)
    done = await download("/a?sig=secret")
    assert (done.size, done.sha256, done.media_type) == (len(FILM), SHA, "video/mp4")
    assert (tmp_path / "out").read_bytes() == FILM
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o600
    assert store.asked == [("", "")]


@pytest.mark.parametrize(
    ("mark", "sent"),
    [
        (f"ETag: {MARK}", MARK),
        (f"Last-Modified: {OLD}\r\nDate: {NOW}", OLD.lower()),
        (f'Last-Modified: {OLD}\r\nDate: {NOW}\r\nETag: W/"weak"', OLD.lower()),
    ],
)
async def test_it_goes_on_where_it_broke_off(download, site, tmp_path, mark, sent):
    store = Store(cuts=[1_000_000, 1_000_000], mark=mark)
    site.paths["/a"] = store(site)
    done = await download()
    assert (done.size, done.sha256) == (len(FILM), SHA)
    assert (tmp_path / "out").read_bytes() == FILM
    ranges = [int(asked[6:-1]) for asked, _ in store.asked[1:]]
    assert 0 < ranges[0] <= 1_000_000 and ranges[0] < ranges[1] <= 2_000_000
    assert [mark for _, mark in store.asked] == ["", sent, sent]


@pytest.mark.parametrize(
    "mark",
    [
        "",
        'ETag: W/"weak"',
        "ETag: bare",
        f"Last-Modified: {NOW}\r\nDate: {NOW}",
        f"Last-Modified: {OLD}",
        "Last-Modified: nonsense\r\nDate: nonsense",
        f"ETag: {MARK}\r\nAccept-Ranges: none",
    ],
)
async def test_without_a_sure_mark_it_begins_anew(download, site, mark):
    store = Store(cuts=[1_000_000], mark=mark)
    site.paths["/a"] = store(site)
    assert (await download()).sha256 == SHA
    assert store.asked == [("", ""), ("", "")]


async def test_where_range_is_passed_over_it_begins_anew(download, site, tmp_path):
    store = Store(cuts=[2_000_000], ranges=False)
    site.paths["/a"] = store(site)
    assert (await download()).sha256 == SHA
    assert (tmp_path / "out").read_bytes() == FILM
    assert store.asked[1][0].startswith("bytes=")


async def test_another_film_meanwhile_is_never_sewn_on(download, site, tmp_path):
    store = Store(cuts=[2_000_000])
    other = random.Random(2).randbytes(len(FILM))
    site.paths["/a"] = store(site)
    begun = Store(film=FILM, cuts=[2_000_000])

    async def changing(writer):
        await begun(site)(writer)
        site.paths["/a"] = Store(film=other, mark='ETag: "v2"')(site)

    site.paths["/a"] = changing
    assert (await download()).sha256 == hashlib.sha256(other).hexdigest()
    assert (tmp_path / "out").read_bytes() == other


@pytest.mark.parametrize(
    ("lie", "length"),
    [
        ("bytes 0-2999999/3000000", 3_000_000),
        ("bytes 7-2999999/3000000", 3_000_000),
        ("bytes {0}-2999998/2999999", 2_999_999),
        ("bytes {0}-3000000/3000001", 3_000_001),
        ('bytes {0}-2999999/3000000\r\nETag: "v2"', 3_000_000),
        ("bytes {0}-2999999/3000000", 2_999_999),
        ("bytes {0}-2999999/*", 2_999_999),
        ("nonsense", 3_000_000),
        ("\r\nContent-Type: multipart/byteranges; boundary=x", 3_000_000),
    ],
)
async def test_a_part_that_does_not_fit_is_thrown_away(download, site, tmp_path, lie, length):
    """With as many bytes of another film as would make it look whole."""
    store = Store(cuts=[1_000_000])

    async def lying(writer):
        await store(site)(writer)
        site.paths["/a"] = liar

    async def liar(writer):
        start = int(site.heard[-1].lower().partition("bytes=")[2].partition("-")[0])
        said, rest = lie.format(start), length - start
        head = f"HTTP/1.1 206 P\r\nContent-Range: {said}\r\nContent-Length: {rest}\r\n\r\n"
        writer.write(head.encode() + bytes(rest))
        site.paths["/a"] = store(site)

    site.paths["/a"] = lying
    assert (await download()).sha256 == SHA
    assert store.asked[-1] == ("", "")
    assert (tmp_path / "out").read_bytes() == FILM


async def test_a_part_of_unknown_length_is_taken(download, site):
    store = Store(cuts=[1_000_000])

    async def first(writer):
        await store(site)(writer)
        site.paths["/a"] = rest

    async def rest(writer):
        start = int(site.heard[-1].lower().partition("bytes=")[2].partition("-")[0])
        head = f"HTTP/1.1 206 P\r\nContent-Range: bytes {start}-2999999/*\r\n"
        writer.write(f"{head}Content-Length: {3_000_000 - start}\r\n\r\n".encode() + FILM[start:])

    site.paths["/a"] = first
    assert (await download()).sha256 == SHA
    assert len(store.asked) == 1


async def test_a_range_that_nobody_can_give_begins_anew(download, site):
    store = Store(cuts=[len(FILM) - 1])
    site.paths["/a"] = store(site)

    async def first(writer):
        await store(site)(writer)
        store.instead = [b"HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n"]
        site.paths["/a"] = store(site)

    site.paths["/a"] = first
    assert (await download()).sha256 == SHA
    assert [bool(asked) for asked, _ in store.asked] == [False, True, False]


async def test_a_refusal_meanwhile_costs_nothing_of_what_came(download, site):
    store = Store(cuts=[1_000_000])
    site.paths["/a"] = store(site)

    async def first(writer):
        await store(site)(writer)
        store.instead = [b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"]
        site.paths["/a"] = store(site)

    site.paths["/a"] = first
    assert (await download()).sha256 == SHA
    assert [bool(asked) for asked, _ in store.asked] == [False, True, True]


async def test_it_gives_up_in_the_end(download, site):
    store = Store(cuts=[400_000] * 99)
    site.paths["/a"] = store(site)
    error = await fails(DownloadBroke, download(), "broke off")
    assert len(store.asked) == downloading.TRIES and error.part is None
    store.asked.clear()
    error = await fails(DownloadBroke, download(keep_part=True), "broke off")
    assert error.part and len(store.asked) == downloading.TRIES


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
async def test_a_link_that_has_expired(download, site, status):
    store = Store()
    store.instead = [f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode()] * 9
    site.paths["/a"] = store(site)
    await fails(LinkExpired, download(), f"HTTP {status}")
    assert len(store.asked) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408, 204, 206, 304])
async def test_what_passes_is_tried_again(download, site, status):
    store = Store()
    store.instead = [f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode()] * 2
    site.paths["/a"] = store(site)
    assert (await download()).sha256 == SHA
    assert len(store.asked) == 3
    store.instead = [f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode()] * 99
    await fails(DownloadBroke, download(out="b"), f"HTTP {status}")


async def test_a_long_pause_is_the_callers_to_make(download, site):
    store = Store()
    store.instead = [b"HTTP/1.1 503 No\r\nRetry-After: 600\r\nContent-Length: 0\r\n\r\n"]
    site.paths["/a"] = store(site)
    error = await fails(DownloadBroke, download(), "HTTP 503")
    assert error.retry_after == 600 and len(store.asked) == 1


@pytest.mark.parametrize(
    ("raw", "kind", "words"),
    [
        (answer(b""), DownloadBroke, "it is empty"),
        (OK.encode() + b"Content-Length: 9\r\n\r\nabc", DownloadBroke, "broke off"),
        (OK.encode() + b"Transfer-Encoding: chunked\r\n\r\n9\r\nabc", DownloadBroke, "broke off"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", DownloadBroke, "not HTTP"),
        (b"", DownloadBroke, "connection broke"),
        (answer(b"x", "Content-Encoding: gzip"), LinkUnfit, "compressed"),
        (answer(b"x" * 10).replace(b"10", b"9000000"), LinkUnfit, "larger than 4,000,000 bytes"),
        (OK.encode() + b"\r\n" + bytes(4_000_001), LinkUnfit, "larger than 4,000,000 bytes"),
        (redirect(""), LinkUnfit, "redirects without saying"),
        (redirect("ftp://x/"), LinkUnfit, "not fetched"),
        (redirect("/a"), LinkUnfit, "more than 5 times"),
    ],
)
async def test_answers_that_are_no_film(download, site, raw, kind, words):
    site.paths["/a"] = raw
    await fails(kind, download(), words)


async def test_a_body_without_a_length(download, site):
    site.paths["/a"] = f"{OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".encode()
    assert (await download()).size == 3
    site.paths["/b"] = f"{OK}Content-Type: nonsense\r\n\r\nabcd".encode()  # to the end
    done = await download("/b", out="b")
    assert (done.size, done.media_type) == (4, "")


async def test_silence_is_a_break_and_the_whole_has_a_limit(download, site, monkeypatch):
    store, gate = Store(), asyncio.Event()

    async def stuck(writer):
        writer.write(f"{OK}ETag: {MARK}\r\nContent-Length: {len(FILM)}\r\n\r\n".encode())
        writer.write(FILM[:600_000])
        site.paths["/a"] = store(site)
        await gate.wait()

    site.paths["/a"] = stuck
    assert (await download(idle=0.2)).sha256 == SHA
    assert int(store.asked[0][0][6:-1]) > 0

    async def dripping(writer):
        writer.write(OK.encode() + b"Content-Length: 1000\r\n\r\n")
        for _ in range(200):
            writer.write(b"x")
            await asyncio.sleep(0.01)

    site.paths["/drip"] = dripping
    late = download("/drip", out="b", seconds=0.3, idle=0.2)
    await fails(DownloadBroke, late, "it took longer than 0.3 s")
    monkeypatch.setattr(downloading, "TRIES", 1)

    async def silent(writer):
        await gate.wait()

    site.paths["/silent"] = silent
    await fails(DownloadBroke, download("/silent", out="c", idle=0.2), "nothing came for 0.2 s")
    gate.set()


async def test_a_part_is_kept_and_taken_up_by_a_fresh_link(download, site, tmp_path):
    store = Store(cuts=[1_000_000])
    site.paths["/a?sig=1"] = store(site)

    async def then(writer):
        await store(site)(writer)
        site.paths["/a?sig=1"] = b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"

    site.paths |= {"/a?sig=1": then, "/a?sig=2": store(site)}
    error = await fails(LinkExpired, download("/a?sig=1", keep_part=True), "HTTP 403")
    part = error.part
    assert part and 0 < part.size <= 1_000_000 and (part.mark, part.total) == (MARK, len(FILM))
    assert (tmp_path / "out").read_bytes() == FILM[: part.size]
    with (tmp_path / "out").open("ab") as file:
        file.write(b"beyond what is known to be good")
    done = await download("/a?sig=2", part=part)
    assert (done.size, done.sha256) == (len(FILM), SHA)
    assert (tmp_path / "out").read_bytes() == FILM
    assert store.asked[-1] == (f"bytes={part.size}-", MARK)


async def test_a_part_that_is_gone_or_shorter_is_begun_anew(download, site, tmp_path):
    store = Store()
    site.paths["/a"] = store(site)
    part = Part(size=1_000_000, mark=MARK, total=len(FILM))
    assert (await download(part=part)).sha256 == SHA
    (tmp_path / "short").write_bytes(FILM[:999_999])
    assert (await download(part=part, out="short")).sha256 == SHA
    assert store.asked == [("", ""), ("", "")]


async def test_no_part_is_kept_of_what_cannot_be_taken_up(download, site, tmp_path):
    site.paths["/a"] = Store(cuts=[9] * 99, mark="")(site)
    error = await fails(DownloadBroke, download(keep_part=True), "broke off")
    assert error.part is None and not (tmp_path / "out").exists()
    site.paths["/b"] = OK.encode() + b'ETag: "x"\r\n\r\n' + bytes(4_000_001)
    error = await fails(LinkUnfit, download("/b", out="b", keep_part=True), "larger")
    assert error.part is None and not (tmp_path / "b").exists()


async def test_a_cancelled_download_leaves_no_file(download, site, tmp_path):
    reached = asyncio.Event()

    async def half(writer):
        writer.write(f"{OK}ETag: {MARK}\r\nContent-Length: 2000000\r\n\r\n".encode())
        writer.write(bytes(1_500_000))
        await writer.drain()
        reached.set()
        await asyncio.sleep(1)

    site.paths["/a"] = half
    call = asyncio.create_task(download(keep_part=True))
    await reached.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert not (tmp_path / "out").exists()


async def test_a_file_that_is_there_is_left_alone(download, site, tmp_path, outbound, origin):
    site.paths["/a"] = answer(b"new")
    (tmp_path / "old").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        await outbound.download(
            f"{origin.text}/a", tmp_path / "old", trusted=(), most_bytes=9, seconds=5
        )
    assert (tmp_path / "old").read_bytes() == b"old"


# Whom it trusts


@pytest.fixture
async def strict():
    """Nothing private is opened."""
    async with Outbound() as outbound:
        yield outbound


async def test_exactly_the_origin_is_exempt(download, site, strict, origin, canary):
    site.paths["/a"] = answer(b"film")
    unfit = "leads to an address that is not public"
    await fails(LinkUnfit, download(via=strict), unfit)
    assert (await download(via=strict, trusted=[origin])).size == 4
    near = [
        Origin.of(f"https://{PUBLIC}:{site.port}"),
        Origin.of(f"http://{PUBLIC}:{site.port - 1}"),
        Origin.of(f"http://{PUBLIC}"),
        Origin.of(f"http://localhost:{site.port}"),
    ]
    before = len(site.heard)
    await fails(LinkUnfit, download(via=strict, trusted=near, out="b"), unfit)
    for link in (f"http://{PRIVATE}:{site.port}/a", f"http://localhost:{site.port}/a"):
        await fails(LinkUnfit, download(link, via=strict, trusted=[origin], out="b"), unfit)
    assert len(site.heard) == before and not canary.heard


async def test_a_redirect_away_goes_through_the_guard(download, site, strict, origin, canary):
    other = Origin.of(f"http://{PRIVATE}:{canary.port}")
    trusted = dict(via=strict, trusted=[origin, other])  # both, and still not one from the other
    site.paths["/a"] = redirect(f"http://{PRIVATE}:{canary.port}/a")
    await fails(LinkUnfit, download(**trusted), "not public")
    assert not canary.heard
    site.paths["/a"] = redirect("/b")  # where it stays, it is what it was
    site.paths["/b"] = answer(b"film")
    assert (await download(**trusted)).size == 4


async def test_a_redirect_to_a_trusted_origin_is_not_trusted(download, site, origin, canary):
    """Its first hop is anybody's: opened here, so that it is reached at all."""
    inside = Origin.of(f"http://{PRIVATE}:{canary.port}")
    site.paths["/a"] = redirect(f"{inside.text}/admin")
    await fails(LinkUnfit, download(trusted=[inside]), "not public")
    assert not canary.heard


async def test_there_and_back_is_not_trusted(download, site, strict, origin, canary):
    async with Outbound(allow_private=[*sites.OPEN]) as outbound:
        inside = Origin.of(f"http://{PRIVATE}:{canary.port}")
        canary.paths["/a"] = redirect(f"{origin.text}/b")
        site.paths["/b"] = redirect(f"{inside.text}/secret")
        link = f"{inside.text}/a"
        await fails(LinkUnfit, download(link, via=outbound, trusted=[inside]), "not public")
    assert [h for h in canary.heard if "secret" in h] == []


async def test_names_that_lead_inside(download, strict, canary):
    link = f"http://films.example:{canary.port}/a"
    async with Outbound(lookup=names(PRIVATE)) as outbound:
        await fails(LinkUnfit, download(link, via=outbound), "not public")
        assert not canary.heard
        canary.paths["/a"] = answer(b"film")
        origin = Origin.of(f"http://films.example:{canary.port}")
        assert (await download(link, via=outbound, trusted=[origin])).size == 4


async def test_a_name_that_leads_inside_the_second_time(download, site, canary):
    """What redirects to itself is asked for once more, and the guard asks once more, too."""
    lookup = names(PUBLIC, PRIVATE)
    site.paths["/a"] = redirect("/secret")
    async with Outbound(allow_private=sites.OPEN, lookup=lookup) as outbound:
        link = f"http://films.example:{site.port}/a"
        await fails(LinkUnfit, download(link, via=outbound), "not public")
    assert len(site.heard) == 2 and not canary.heard


async def test_keys_go_to_their_origin_alone(download, site, origin, canary):
    key = {"authorization": "Bearer sk-secret"}
    site.paths |= {"/a": redirect("/b"), "/b": answer(b"film")}
    await download(trusted=[origin])
    assert "secret" not in "".join(site.heard)  # none by default
    await download(trusted=[origin], headers={origin: key}, out="b")
    assert "".join(site.heard).count("authorization: Bearer sk-secret") == 2
    async with listening(PUBLIC) as other:
        other.paths["/film"] = answer(b"film")
        site.paths["/a"] = redirect(f"http://{PUBLIC}:{other.port}/film")
        await download(trusted=[origin], headers={origin: key}, out="c")
        assert len(other.heard) == 2 and "secret" not in "".join(other.heard)
        # Nor does it go to its own origin where somebody else points there.
        site.heard.clear()
        other.paths["/film"] = redirect(f"{origin.text}/b")
        link = f"http://{PUBLIC}:{other.port}/film"
        await download(link, trusted=[origin], headers={origin: key}, out="d")
        assert len(site.heard) == 2 and "secret" not in "".join(site.heard)
        with pytest.raises(ValueError, match="trusted"):
            await download(link, headers={origin: key}, out="e")
    bad = {origin: {"x": "a\r\nb: c"}}
    await fails(LinkUnfit, download(trusted=[origin], headers=bad, out="f"), "header x holds")


async def test_a_link_that_is_none(download):
    await fails(LinkUnfit, download("ftp://films.example/a"), "no address that can be fetched")
    await fails(LinkUnfit, download("http://u:secret@films.example/a"), "user name or password")


async def test_downloads_have_turns(download, site, monkeypatch):
    monkeypatch.setattr("reelway.outbound.DOWNLOADS", 2)
    gate = asyncio.Event()

    async def held(writer):
        await gate.wait()
        writer.write(answer(b"x"))

    site.paths["/a"] = held
    async with Outbound(allow_private=sites.OPEN) as outbound:
        calls = [asyncio.create_task(download(via=outbound, out=f"{n}")) for n in range(5)]
        async with site.news:
            await site.news.wait_for(lambda: site.open >= 2)
        gate.set()
        assert [done.size for done in await asyncio.gather(*calls)] == [1] * 5
    assert site.most_open == 2
