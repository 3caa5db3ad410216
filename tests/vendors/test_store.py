"""Films: as they were ordered, or wrong in the way that was asked for."""

from __future__ import annotations

import asyncio
from typing import Any

import av
import httpx
import pytest

from vendors.asking import START, STILL, TRUST, asking, seen
from vendors.films import film
from vendors.novita import Novita

BODY = {"prompt": "fox 1", "duration": 3, "sound": True}
T2V, RESULT = "/v3/async/kling-v3.0-std-t2v", "/v3/async/task-result"


async def link_of(vendor: Novita, http: httpx.AsyncClient, **body: Any) -> str:
    id = (await http.post(T2V, json=BODY | body)).json()["task_id"]
    await vendor.advance(100)
    return await again(http, id)


async def again(http: httpx.AsyncClient, id: str) -> str:
    videos = (await http.get(RESULT, params={"task_id": id})).json()["videos"]
    return str(videos[0]["video_url"])


@pytest.mark.parametrize(
    ("width", "height", "seconds", "sound"),
    [(160, 90, 3, True), (160, 90, 15, False), (90, 160, 4.5, True), (2276, 910, 3, False)],
)
def test_films_are_what_they_are_called(
    width: int, height: int, seconds: float, sound: bool
) -> None:
    content = film(width, height, seconds, sound)
    assert seen(content) == (width, height, round(seconds * 24), sound)
    assert content.index(b"moov") < content.index(b"mdat")
    assert film(width, height, seconds, sound) is content


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        ({"kind": "wrong_length"}, (160, 90, 144, True)),
        ({"kind": "wrong_length", "seconds": -1}, (160, 90, 48, True)),
        ({"kind": "wrong_length", "seconds": 0.25}, (160, 90, 78, True)),
        ({"kind": "wrong_size"}, (80, 90, 72, True)),
        ({"kind": "mute"}, (160, 90, 72, False)),
        ({"kind": "truncated", "fraction": 0.9, "at": 2}, (160, 90, 72, True)),
    ],
)
async def test_other_films_than_were_ordered(
    fault: dict[str, Any], wanted: tuple[int, int, int, bool]
) -> None:
    vendor = Novita(**STILL)
    vendor.fault(**fault)
    async with asking(vendor) as http:
        link = await link_of(vendor, http)
        assert seen((await http.get(link)).content) == wanted


async def test_sound_that_nobody_ordered() -> None:
    vendor = Novita(**STILL)
    vendor.fault("loud")
    async with asking(vendor) as http:
        link = await link_of(vendor, http, sound=False)
        assert seen((await http.get(link)).content) == (160, 90, 72, True)


async def test_a_film_of_which_a_part_is_missing() -> None:
    vendor = Novita(**STILL)
    vendor.fault("truncated", fraction=0.6)
    async with asking(vendor) as http:
        content = (await http.get(await link_of(vendor, http))).content
    whole = film(160, 90, 3.0, True)
    assert content == whole[: int(len(whole) * 0.6)]
    assert vendor.ledger.of("download")[0].sent == len(content)
    with pytest.raises((av.FFmpegError, AssertionError)):
        assert seen(content) == (160, 90, 72, True)


async def test_a_page_in_place_of_a_film_and_errors() -> None:
    vendor = Novita(**STILL)
    vendor.fault("not_a_film", create=1)
    vendor.fault("expired", create=2, at=1)
    vendor.fault("download_error", create=2, at=2, status=503)
    async with asking(vendor) as http:
        page = await http.get(await link_of(vendor, http))
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html")
        link = await link_of(vendor, http)
        said = [(await http.get(link)).status_code for _ in range(3)]
    assert said == [403, 503, 200]


async def test_links_expire_and_a_poll_gives_a_new_one() -> None:
    vendor = Novita(**STILL)
    async with asking(vendor) as http:
        link = await link_of(vendor, http)
        [id] = vendor.ledger.jobs
        await vendor.advance(3600)
        assert (await http.get(link)).status_code == 200
        await vendor.advance(1)
        assert (await http.get(link)).status_code == 403
        fresh = await again(http, id)
        assert (await http.get(fresh)).status_code == 200
        for changed in (fresh.replace("expires=", "expires=9"), fresh.split("?")[0], fresh + "0"):
            assert (await http.get(changed)).status_code == 403
        assert (await http.get(fresh.replace(id, "another"))).status_code == 404
        assert (await http.post(fresh)).status_code == 404
    assert START + 101_000 < vendor.clock.now()


async def test_nobody_needs_a_key_and_the_ledger_sees_who_sent_one() -> None:
    vendor = Novita(**STILL)
    async with asking(vendor) as http, httpx.AsyncClient(trust_env=False, verify=TRUST) as plain:
        link = await link_of(vendor, http)
        assert (await plain.get(link)).status_code == 200
        assert (await http.get(link)).status_code == 200
    assert httpx.URL(link).port != httpx.URL(vendor.address).port
    sent = ["authorization" in entry.headers for entry in vendor.ledger.of("download")]
    assert sent == [False, True]


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-99", 206, (0, 100)),
        ("bytes=100-", 206, (100, None)),
        ("bytes=-50", 206, (-50, None)),
        ("bytes=10-99999999", 206, (10, None)),
        ("bytes=99999999-", 416, (0, 0)),
        ("bytes=-", 200, (0, None)),
        ("bytes=0-1,5-6", 200, (0, None)),
        ("lines=0-1", 200, (0, None)),
    ],
)
async def test_ranges(asked: str, status: int, part: tuple[int, int | None]) -> None:
    vendor = Novita(**STILL)
    async with asking(vendor) as http:
        link = await link_of(vendor, http)
        whole = await http.get(link)
        said = await http.get(link, headers={"range": asked})
        assert (said.status_code, said.content) == (status, whole.content[slice(*part)])
        if status == 206:
            start = slice(*part).indices(len(whole.content))[0]
            end = start + len(said.content) - 1
            assert said.headers["content-range"] == f"bytes {start}-{end}/{len(whole.content)}"
        changed = await http.get(link, headers={"range": asked, "if-range": '"other"'})
        assert changed.status_code == 200
        head = await http.head(link)
    assert head.headers["content-length"] == str(len(whole.content))
    assert (head.content, head.headers["etag"]) == (b"", whole.headers["etag"])


@pytest.mark.parametrize("ranges", [True, False])
async def test_a_download_that_breaks_off_can_go_on_where_ranges_are_known(ranges: bool) -> None:
    vendor = Novita(**STILL)
    vendor.fault("cut_download", at=1, fraction=0.5)
    if not ranges:
        vendor.fault("no_ranges")
    whole, got = film(160, 90, 3.0, True), b""
    async with asking(vendor) as http:
        link = await link_of(vendor, http)
        with pytest.raises(httpx.RemoteProtocolError):
            async with http.stream("GET", link) as reply:
                assert reply.headers["content-length"] == str(len(whole))
                assert ("accept-ranges" in reply.headers) is ranges
                async for part in reply.aiter_bytes():
                    got += part
        assert got == whole[: len(whole) // 2]
        rest = await http.get(link, headers={"range": f"bytes={len(got)}-"})
    assert (rest.status_code, rest.content) == (
        (206, whole[len(got) :]) if ranges else (200, whole)
    )
    cut, after = vendor.ledger.of("download")
    assert (cut.sent, cut.faults) == (
        len(got),
        ("cut_download",) if ranges else ("no_ranges", "cut_download"),
    )
    assert after.sent == len(rest.content)


async def test_a_slow_body() -> None:
    vendor = Novita(**STILL)
    size = len(film(160, 90, 3.0, True))
    vendor.fault("drip", rate=size * 5)
    async with asking(vendor) as http:
        link = await link_of(vendor, http)
        begun = asyncio.get_running_loop().time()
        said = await http.get(link)
        took = asyncio.get_running_loop().time() - begun
    assert len(said.content) == size
    assert took >= 0.18
