"""Docs pages: they need nothing from elsewhere, and what they print runs."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from shutil import which
from typing import Any

import httpx
import pytest

from reelway.limits import limits_of
from reelway.server.docs.page import index_page, wire_page
from reelway.server.docs.samples import LANGUAGES, YOUR_KEY
from reelway.server.docs.stories import place_of
from reelway.server.examples import examples_of
from reelway.server.openapi import document
from reelway.task import View
from reelway.wire import Reply, wires
from reelway.wires.native import Native
from requires import require
from serving import Server

NAMES = sorted(wires())
COMMANDS = {
    "film.sh": ("curl", ["sh"]),
    "film.py": ("python", [sys.executable, "-W", "error"]),
    "film.mjs": ("node", ["node"]),
}
AT_A_TIME = 6


class Samples(HTMLParser):
    """The programs that a page prints, as (file name, text)."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "code" and (file := dict(attrs).get("data-file")):
            self.found.append((file, ""))
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        self._inside &= tag != "code"

    def handle_data(self, data: str) -> None:
        if self._inside:
            file, text = self.found[-1]
            self.found[-1] = (file, text + data)


def run(folder: Path, file: str, text: str, key: str) -> None:
    """As a reader would: the key put in, saved, started."""
    assert text.count(YOUR_KEY) == 1
    folder.mkdir()
    (folder / file).write_text(text.replace(YOUR_KEY, key))
    environment = {"PATH": os.environ["PATH"], "NODE_OPTIONS": "--throw-deprecation"}
    done = subprocess.run(
        [*COMMANDS[file][1], file],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    assert done.stderr == "", done.stderr
    assert done.stdout.strip(), text
    if "film.mp4" in text:
        film = (folder / "film.mp4").read_bytes()
        assert film[4:8] == b"ftyp"
        assert len(film) > 1000


@pytest.mark.parametrize("file", COMMANDS)
@pytest.mark.parametrize("name", NAMES)
def test_samples_run_as_printed(stills: Server, tmp_path: Path, name: str, file: str) -> None:
    needed = COMMANDS[file][0]
    require(needed, needed == "python" or which(needed) is not None, f"{needed} is not installed")
    page = stills.http.get(f"/{name}/docs").text
    texts = [text for found, text in Samples(page).found if found == file]
    assert any("film.mp4" in text for text in texts)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        runs = [
            pool.submit(run, tmp_path / str(number), file, text, stills.key)
            for number, text in enumerate(texts)
        ]
        for ended in runs:
            ended.result()


@pytest.mark.parametrize("name", NAMES)
def test_a_page_tells_everything(server: Server, name: str) -> None:
    wire, page = wires()[name], server.http.get(f"/{name}/docs").text
    plain = html.unescape(re.sub(r"<wbr>", "", page))
    for route in wire.routes:
        assert f">{route.method}</span> <code>{route.path}</code>" in plain
        for example in examples_of(wire, route):
            for row in limits_of(example.model):
                assert f"<td><code>{row.field}</code></td><td>{row.words}</td>" in plain
            for info_name, info in example.model.model_fields.items():
                assert f"<td><code>{info.alias or info_name}</code>" in plain
    assert f"{server.address}/{name}" in plain
    assert server.key not in page
    assert len(Samples(page).found) % len(LANGUAGES) == 0
    anchors = re.findall(r' id="([^"]+)"', page)
    assert len(set(anchors)) == len(anchors)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(anchors)


@pytest.mark.parametrize("path", ["/docs", *(f"/{name}/docs" for name in NAMES)])
def test_a_page_needs_nothing_from_elsewhere(server: Server, path: str) -> None:
    reply = httpx.get(server.address + path, trust_env=False)  # no key
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert "script" not in re.sub(
        r"<pre.*?</pre>|JavaScript|javascript|description", "", reply.text, flags=re.S
    )
    assert not re.search(r"\bsrc=|@import|url\(|\bstyle=|\bon[a-z]+=", reply.text)
    for link in re.findall(r'href="([^"]*)"', reply.text):
        assert link.startswith(("/", "#")) or link == "data:,", link
        if link.startswith("/"):
            assert server.http.get(link).status_code == 200


def test_pages_carry_no_foreign_host(server: Server) -> None:
    for path in ("/novita/docs", "/native/openapi.json"):
        evil = httpx.get(server.address + path, headers={"host": "evil.example"}, trust_env=False)
        assert evil.status_code == 200
        assert "evil.example" not in evil.text
        assert server.address in evil.text
        own = httpx.get(server.address + path, headers={"host": "localhost:99"}, trust_env=False)
        assert "http://localhost:99/" in own.text


def test_a_page_that_is_not_there_is_refused_in_the_wires_words(server: Server) -> None:
    assert server.http.get("/nobody/docs").json()["error"]["code"] == "unknown_route"
    assert server.http.get("/novita/v3/docs").json()["reason"] == "API_NOT_FOUND"
    assert server.http.post("/novita/docs").status_code == 404
    assert server.http.head("/novita/docs").status_code == 200


class Hostile(Native):
    title = "<script>alert(1)</script>"


def test_everything_is_escaped() -> None:
    wire: Any = Hostile()
    page = wire_page(wire, [wire], document(wire, ["/native"]))
    assert "<script" not in page + index_page([wire])
    assert "&lt;script&gt;" in page
    assert "<<<" not in page  # of the markers in the fields' words


def test_a_place_is_the_first_of_its_kind() -> None:
    """A shell takes the first text behind the letters, so that they must reach further out where
    a name stands twice."""
    data = {"cover": {"url": "a"}, "film": {"url": "b"}, "more": [["c"]]}
    reply = Reply(status=200, data=data)

    def found(value: str) -> tuple[Any, str] | None:
        place = place_of([(reply, value)])
        return place and (place.steps, place.front)

    assert found("a") == (("cover", "url"), '"url":')
    assert found("b") == (("film", "url"), '"film":{"url":')
    assert found("c") == (("more", 0, 0), '"more":[[')
    assert found("d") is None


def test_the_hostile_wire_is_a_wire() -> None:
    assert Hostile().write_task(View(id="x", status="queued")).status == 200


def test_a_page_tells_what_the_fields_of_an_answer_say(server: Server) -> None:
    page = server.http.get("/native/docs").text
    _, _, part = page.partition('id="ask-for-a-film"')
    part = part.partition("</section>")[0].replace("<wbr>", "")
    assert "<summary>Fields of the answer</summary>" in part
    for name in ("report.ambiguous.why", "late_result.url", "cost.state", "report.late_error.code"):
        assert f"<code>{name}</code>" in part
    assert "Fields of the answer" not in server.http.get("/novita/docs").text
