"""Films by link while they are deleted, dropped or lost."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from fakes import NOW, means_on, order, row, run_all
from reelway.cancel import delete
from reelway.means import Means
from reelway.media import NotAFilm
from reelway.request import Image
from reelway.server import files
from reelway.server.asgi import Edge
from reelway.server.auth import Keys
from reelway.server.dispatch import Table
from reelway.settings import Settings
from reelway.store import Asset
from reelway.submit import links_of
from reelway.task import Task
from reelway.view import view
from reelway.wire import wires


@dataclass
class Site:
    http: httpx.AsyncClient
    means: Means
    task: Task

    def link(self, what: str = "film") -> str:
        shown = view(self.task, self.means)
        url = shown.film_url if what == "film" else shown.poster_url
        assert url
        return url.removeprefix(self.means.base_url)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with means_on(tmp_path) as means:
        task = await order(means)
        await run_all(means)
        edge = Edge(Table(wires(), means.settings.root), Keys(means.store), means)
        transport = httpx.ASGITransport(app=edge)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            yield Site(http, means, await row(means, task))


def plain(reply: httpx.Response, status: int) -> str:
    assert reply.status_code == status
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    return reply.text


async def test_a_film(site: Site) -> None:
    reply = await site.http.get(site.link())
    assert (reply.status_code, reply.content) == (200, b"a film")
    assert reply.headers["content-length"] == "6"
    assert reply.headers["etag"] == f'"{site.task.film}"'
    part = await site.http.get(site.link(), headers={"range": "bytes=2-3"})
    assert (part.status_code, part.content) == (206, b"fi")
    head = await site.http.head(site.link())
    assert (head.status_code, head.content) == (200, b"")


async def test_no_handle_is_left_open(site: Site) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for headers in ({}, {"range": "bytes=0-0"}, {"range": "bytes=99-"}, {"range": "x"}):
        await site.http.get(site.link(), headers=headers)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


async def test_a_delete_between_the_row_and_the_file(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, link = files._row, site.link()

    async def and_delete(id: str, means: Means) -> Task:
        task = await found(id, means)
        await delete(task.owner_id, task.public_id, means)
        return task

    monkeypatch.setattr(files, "_row", and_delete)
    assert plain(await site.http.get(link), 404) == "no such file"


async def test_a_film_dropped_between_the_row_and_the_file(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, link, dropped = files._row, site.link(), []

    async def and_drop(id: str, means: Means) -> Task:
        task = await found(id, means)
        if not dropped:
            for sha256 in await means.store.drop_film(task.id, means.now()) or ():
                dropped.append(await means.assets.remove(sha256))
        return task

    monkeypatch.setattr(files, "_row", and_drop)
    assert plain(await site.http.get(link), 410).startswith("the film was removed")


async def test_a_delete_while_it_is_sent(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has begun to read reads to the end."""
    real = files.Opened.__call__

    async def and_delete(self: files.Opened, *asgi: Any) -> None:
        await delete(site.task.owner_id, site.task.public_id, site.means)
        await real(self, *asgi)

    link = site.link()
    monkeypatch.setattr(files.Opened, "__call__", and_delete)
    reply = await site.http.get(link)
    assert (reply.status_code, reply.content) == (200, b"a film")
    assert plain(await site.http.get(link), 404) == "no such file"


async def test_a_file_that_is_lost(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.means.assets.path(site.task.film or "").unlink()
    said = plain(await site.http.get(site.link()), 404)
    assert said == "no such file"
    assert "file.missing" in [r.message for r in caplog.records]


@pytest.mark.parametrize("what", ["film", "poster"])
async def test_a_film_that_is_kept_no_longer(site: Site, what: str) -> None:
    link = site.link(what)
    await site.means.store.drop_film(site.task.id, site.means.now())
    assert "for as long as this server keeps films" in plain(await site.http.get(link), 410)
    forged = link[:-4] + "AAAA"
    plain(await site.http.get(forged), 403)


async def test_a_poster_whose_film_is_deleted_meanwhile(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def poster(path: Path, out: Path, at: float | None) -> Any:
        await delete(site.task.owner_id, site.task.public_id, site.means)
        raise NotAFilm("there is no such file")

    link = site.link("poster")
    monkeypatch.setattr(site.means.media, "poster", poster, raising=False)
    assert plain(await site.http.get(link), 404) == "no such file"


@pytest.mark.parametrize(
    ("report", "where"),
    [
        ({"understood": {"poster": 1.5}}, 0.5),
        ({"understood": {"poster": 99}}, None),
        ({"understood": {}}, None),
        ({}, None),
    ],
)
async def test_a_poster_is_taken_where_its_engine_says(
    site: Site, monkeypatch: pytest.MonkeyPatch, report: dict[str, Any], where: float | None
) -> None:
    """Of other films the media helper chooses a frame."""
    asked = []

    async def poster(path: Path, out: Path, at: float | None) -> None:
        asked.append(at)
        out.write_bytes(b"a poster")

    async def found(owner: int | None, id: str) -> Task:
        request = replace(site.task.request, duration=3)
        return replace(site.task, report=report, request=request)

    link = site.link("poster")
    monkeypatch.setattr(site.means.media, "poster", poster, raising=False)
    monkeypatch.setattr(site.means.store, "find_task", found)
    assert (await site.http.get(link)).content == b"a poster"
    assert asked == [where]


# Pictures, for vendors


async def test_a_picture_that_its_task_came_with(site: Site) -> None:
    content = b"a picture"
    sha256 = hashlib.sha256(content).hexdigest()
    (site.means.tmp / "picture").write_bytes(content)
    await site.means.assets.keep(site.means.tmp / "picture")
    kept = Asset(sha256=sha256, kind="image/png", size=len(content), info={}, created_at=NOW)
    await site.means.store.add_asset(kept)
    frame = Image(source=f"asset:{sha256}", width=640, height=360)
    task = await order(site.means, hand=False, kind="image", first_frame=frame)
    public = replace(site.means, settings=Settings(public_url="https://video.example.com"))
    assert await links_of(task, site.means) == {}, "nobody outside can reach us"
    (link,) = (await links_of(task, public)).values()
    path = link.removeprefix("https://video.example.com")
    assert path.startswith(f"/files/{task.public_id}/{sha256}.png?")
    reply = await site.http.get(path)
    assert (reply.status_code, reply.content) == (200, content)
    assert reply.headers["content-type"] == "image/png"
    assert (await site.http.get(path.partition("?")[0])).status_code == 403
    other, _ = site.means.links.sign(f"/files/{site.task.public_id}/{sha256}.png", NOW)
    assert (await site.http.get(other)).status_code == 404, "another task's picture"


async def test_captions(site: Site) -> None:
    assert view(site.task, site.means).caption_urls == {}
    told = [{"start": 0.5, "end": 1.5, "text": "三点了。", "speaker": "老陈"}]
    report = {**site.task.report, "captions": told}
    task = await site.means.store.note(site.task, {"report": report})
    assert task
    links = view(task, site.means).caption_urls
    assert set(links) == {"vtt", "srt"}
    for kind, head in (("vtt", "WEBVTT\n\n00:00:00.500"), ("srt", "1\n00:00:00,500")):
        link = links[kind].removeprefix(site.means.base_url)
        reply = await site.http.get(link)
        assert reply.status_code == 200 and reply.text.startswith(head) and "三点了。" in reply.text
        assert reply.headers["content-type"].endswith("charset=utf-8")
        assert plain(await site.http.get(link.split("?")[0]), 403)


async def test_no_captions_where_nobody_speaks(site: Site) -> None:
    path, _ = site.means.links.sign(f"/files/{site.task.public_id}/captions.vtt", site.means.now())
    assert plain(await site.http.get(path), 404) == "no such file"
