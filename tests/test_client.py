"""The Python SDK over a real server, and over a way that breaks in every place."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

import reelway
from pictures import data_url, png
from reelway import client as sdk
from reelway.client import AsyncClient, AsyncTask, Client, Task
from reelway.sdk import calls, core, errors, pictures, place, saving, way
from reelway.sdk.values import FilmFields
from reelway.wires.native.bodies import TaskBody
from serving import Server
from sounds import hum

STILL = "animatic-still"
DOCS = Path(__file__).parent.parent / "docs" / "sdk.md"
SAMPLES = re.findall(r"^```python\n(.*?)^```$", DOCS.read_text(), re.M | re.S)


class Flaky:
    """A proxy to a server, or nothing but what it is told to say. Each of `script` is what one
    request meets: "drop" (hears it, passes nothing on), "lose" (passes it on, loses the answer),
    a number (passes that many bytes of the body back, then breaks), or status, headers, body."""

    def __init__(self, server: Server | None = None) -> None:
        self.script: list[Any] = []
        self.heard: list[tuple[str, str, dict[str, str], bytes]] = []
        flaky = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {k.lower(): v for k, v in self.headers.items()}
                flaky.heard.append((self.command, self.path, headers, body))
                said = flaky.script.pop(0) if flaky.script else None
                self.close_connection = True
                if said == "drop":
                    return
                if isinstance(said, tuple):
                    return self.say(*said)
                assert server
                url = server.address + self.path
                with httpx.Client(trust_env=False, timeout=30) as http:
                    got = http.request(self.command, url, headers=headers, content=body)
                if said != "lose":
                    self.say(got.status_code, dict(got.headers), got.content, said)

            def say(
                self, status: int, headers: dict[str, str], body: bytes, most: int | None = None
            ) -> None:
                self.send_response_only(status)
                for name, value in ({"content-length": str(len(body))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body[:most])

            do_GET = do_POST = do_DELETE = answer

            def log_message(self, *_: object) -> None:
                pass

        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._httpd.server_address[1]}"

    def paths(self) -> list[str]:
        return [f"{method} {path.partition('?')[0]}" for method, path, _, _ in self.heard]

    def __enter__(self) -> Flaky:
        threading.Thread(target=self._httpd.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._httpd.shutdown()
        self._httpd.server_close()


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.time += seconds
        self.slept.append(seconds)

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


@pytest.fixture
def client(stills: Server) -> Iterator[Client]:
    with Client(stills.address, stills.key) as client:
        yield client


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def flaky(stills: Server) -> Iterator[Flaky]:
    with Flaky(stills) as flaky:
        yield flaky


@pytest.fixture
def shaky(flaky: Flaky, stills: Server, clock: Clock) -> Iterator[Client]:
    """A client behind the proxy, on the clock that stands still."""
    with Client(flaky.address, stills.key, sleep=clock.sleep, now=clock.now) as client:
        yield client


@pytest.fixture
def said(clock: Clock) -> Iterator[tuple[Flaky, Client]]:
    """A server that says what it is told, and a client of it."""
    with (
        Flaky() as flaky,
        Client(flaky.address, "rw_key", sleep=clock.sleep, now=clock.now) as client,
    ):
        yield flaky, client


def answer(data: Any, status: int = 200, **headers: str) -> tuple[int, dict[str, str], bytes]:
    return status, {k.replace("_", "-"): v for k, v in headers.items()}, json.dumps(data).encode()


def refused(status: int, code: str = "x", **headers: str) -> Any:
    return answer(
        {"error": {"code": code, "message": "no", "field": "duration"}}, status, **headers
    )


def task(status: str = "queued", **more: Any) -> dict[str, Any]:
    return {"id": "task_1", "object": "task", "status": status, **more}


# A film, from beginning to end


def test_generate_wait_download(client: Client, tmp_path: Path) -> None:
    seen: list[Task] = []
    made = client.generate(
        "A boat in the rain", duration=3, sound=True, seed=7, model="animatic", labels={"a": "ü"}
    )
    assert (made.status, made.duration, made.sound, made.seed) == ("queued", 3, True, 7)
    assert made.labels == {"a": "ü"} and made.film is None and not made.over
    done = made.wait(timeout=60, on_progress=seen.append)
    assert done.over and done.progress == 100 and done.engine == "animatic"
    assert seen[-1] == done and len(set(seen)) == len(seen)
    assert done.film and done.film.duration == 3.0 and done.film.audio
    path = done.download(tmp_path)
    assert path == tmp_path / f"{done.id}.mp4"
    data = path.read_bytes()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (done.film.bytes, done.film.sha256)
    assert done.poster(str(tmp_path / "p.jpg")).read_bytes()[:2] == b"\xff\xd8"
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([path.name, "p.jpg"])
    assert done.refresh() == done == client.task(done.id)
    done.delete()
    with pytest.raises(sdk.NotFound) as error:
        done.refresh()
    assert (error.value.status, error.value.code) == (404, "unknown_task")


SAID = 'A room. A man says: "It is <late>." A woman says: "三点了。"'


def test_captions_of_what_is_said(server: Server, tmp_path: Path) -> None:
    with Client(server.address, server.key) as client:
        made = client.generate(SAID, duration=3, sound=True, seed=7, model="animatic")
        done = made.wait(timeout=60)
        vtt = done.captions(tmp_path / "a.vtt").read_text("utf-8")
        srt = client.captions(done.id, tmp_path / "a.SRT").read_text("utf-8")
        assert done.captions(tmp_path) == tmp_path / f"{done.id}.vtt"
    assert vtt.startswith("WEBVTT\n\n00:00:00.") and "<v woman>三点了。" in vtt
    assert srt.startswith("1\n00:00:00,") and "三点了。" in srt and "<v" not in srt


def test_no_captions_where_nobody_speaks(
    client: Client, done: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(sdk.Conflict) as error:
        client.captions(done["id"], tmp_path / "a.vtt")
    assert error.value.code == "no_captions" and not list(tmp_path.iterdir())


async def test_the_same_in_an_event_loop(stills: Server, tmp_path: Path) -> None:
    async with AsyncClient(stills.address, stills.key) as client:
        made = await client.generate("A boat", duration=3, model=STILL)
        done = await made.wait(60)
        assert isinstance(done, AsyncTask) and done.film
        path = await done.download(tmp_path / "a.mp4")
        assert hashlib.sha256(path.read_bytes()).hexdigest() == done.film.sha256
        assert (await done.poster(tmp_path)).name == f"{done.id}.jpg"
        assert [t.id async for t in client.tasks(limit=1)]
        kept = await client.upload(png((1, 2, 3)), "blue.png")
        assert kept.id in [a.id async for a in client.assets()]
        await client.delete(kept)
        assert await done.refresh() == done
        with pytest.raises(sdk.Conflict, match="succeeded already"):
            await done.cancel()
        await done.delete()


async def test_the_blocking_client_works_inside_a_running_loop(client: Client) -> None:
    assert client.generate("A boat", duration=3, dry_run=True).frames == 72


def test_every_field_is_one_of_the_servers() -> None:
    fields = FilmFields.__annotations__.keys() | {"prompt"}
    assert fields == TaskBody.model_fields.keys()


def test_every_field_arrives(client: Client) -> None:
    plan = client.generate(
        dry_run=True,
        negative_prompt="people",
        cfg_scale=0.25,
        resolution="1080p",
        aspect_ratio=None,
        shots=[{"prompt": "a", "duration": 2}, {"prompt": "b", "duration": 3}],
        external_id="order 7",
        webhook="https://hooks.example.com/a",
    )
    assert (plan.duration, plan.resolution, plan.frames) == (5, "1080p", 120)
    assert plan.size == {"width": 1920, "height": 1080}
    asked = {"negative_prompt": "people", "cfg_scale": 0.25, "external_id": "order 7"}
    asked["webhook"] = "https://hooks.example.com/a"
    assert plan.data.items() >= asked.items()


def test_a_field_that_is_none_is_refused_here(client: Client) -> None:
    with pytest.raises(TypeError, match="lenght"):
        client.generate("x", lenght=5)  # type: ignore[call-arg]


def test_pictures_in_every_form(client: Client, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png((9, 9, 9)))
    kept = client.upload(tmp_path / "a.png")
    assert (kept.name, kept.media_type, kept.width) == ("a.png", "image/png", 640)
    element = client.create_element("keeper", tmp_path / "a.png", [png((7, 7, 7))])
    assert element.frontal["width"] == 640 and len(element.references) == 1
    voice = client.create_voice("Mira", hum())
    assert voice.seconds == 6.0
    for first, last in [
        (str(tmp_path / "a.png"), tmp_path / "a.png"),
        (png((9, 9, 9)), data_url((9, 9, 9))),
        (kept, kept.id),
    ]:
        made = client.generate("x", first_frame=first, last_frame=last, model=STILL)
        assert made.kind == "image"
        assert made.data["first_frame"] == f"sha256:{kept.sha256}" == made.data["last_frame"]
        made.cancel()
    brought = {"frontal": tmp_path / "a.png", "references": [png((5, 5, 5))]}
    made = client.generate(
        "<<<element_1>>>", elements=[element, element.id, brought], voices=[voice], model=STILL
    )
    assert [len(e["references"]) for e in made.data["elements"]] == [1, 1, 1]
    assert made.data["voices"] == [voice.id]
    made.cancel().delete()
    for thing, left in [(kept, client.assets), (voice, client.voices), (element, client.elements)]:
        assert thing in list(left())
        client.delete(thing)
        assert thing not in list(left())


def test_what_does_not_fit_inside_is_uploaded(
    shaky: Client, flaky: Flaky, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = png((3, 3, 3))
    monkeypatch.setattr(pictures.Packer.__init__, "__kwdefaults__", {"left": len(picture)})
    shaky.generate("x", first_frame=picture, last_frame=picture, dry_run=True)
    assert flaky.paths() == ["POST /api/v1/tasks"]
    made = shaky.generate("x", first_frame=picture, last_frame=picture, model=STILL)
    assert flaky.paths()[1:] == ["POST /api/v1/assets", "POST /api/v1/tasks"]
    assert made.data["first_frame"] == made.data["last_frame"]


@pytest.mark.parametrize(
    ("given", "words"),
    [("nothing.png", "No such file"), (Path("/"), "directory"), (7, "not int"), ("\0", "null")],
)
def test_what_is_no_picture(client: Client, given: Any, words: str) -> None:
    with pytest.raises(sdk.InvalidRequest, match=words) as error:
        client.generate("x", elements=[{"frontal": given}])
    assert error.value.field == "elements[0].frontal"


def test_a_large_file_is_not_read(client: Client, tmp_path: Path) -> None:
    with (tmp_path / "film.mov").open("wb") as file:
        file.truncate(pictures.LARGEST + 1)
    with pytest.raises(sdk.InvalidRequest, match="larger than"):
        client.upload(tmp_path / "film.mov")


def test_lists_go_through_their_pages(
    shaky: Client, flaky: Flaky, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [shaky.generate(f"{n}", model=STILL, duration=3) for n in range(5)]
    monkeypatch.setattr(calls, "PAGE", 2)
    flaky.heard.clear()
    found = shaky.tasks(limit=5, model=STILL)
    assert [t.id for t in found] == [t.id for t in reversed(made)]
    assert len(flaky.heard) == 3
    assert len(list(shaky.tasks(limit=0))) == 0
    first = next(iter(shaky.tasks()))  # the rest is not asked for
    assert (first.id, len(flaky.heard)) == (made[-1].id, 4)


# Errors


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, sdk.InvalidRequest),
        (401, sdk.Unauthenticated),
        (402, sdk.BudgetExhausted),
        (403, sdk.Unauthenticated),
        (404, sdk.NotFound),
        (409, sdk.Conflict),
        (413, sdk.InvalidRequest),
        (422, sdk.InvalidRequest),
        (429, sdk.RateLimited),
        (500, sdk.ServerUnavailable),
        (503, sdk.ServerUnavailable),
    ],
)
def test_errors_by_status(status: int, kind: type[sdk.Error]) -> None:
    _, headers, body = refused(status, "word", retry_after="7")
    error = errors.refusal(status, headers, body)
    assert type(error) is kind and str(error) == "no"
    told = (error.status, error.code, error.field, error.message, error.retry_after)
    assert told == (status, "word", "duration", "no", 7.0)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": "no"}', b'{"error": null}'])
def test_errors_of_somebody_else(body: bytes) -> None:
    error = errors.refusal(502, {}, body)
    assert error.message.startswith("HTTP 502") and error.code == ""


def test_retry_after() -> None:
    assert errors.retry_after("1.5") == 1.5
    assert errors.retry_after("-3") == 0
    assert errors.retry_after(formatdate(0, usegmt=True)) == 0
    assert (errors.retry_after(formatdate(2**33, usegmt=True)) or 0) > 1e9
    assert errors.retry_after("") is errors.retry_after("soon") is errors.retry_after("inf") is None


def test_a_refusal_names_its_field(client: Client) -> None:
    with pytest.raises(sdk.InvalidRequest, match="between 3 and 15") as error:
        client.generate("x", duration=99)
    assert (error.value.status, error.value.field) == (400, "duration")
    with pytest.raises(sdk.InvalidRequest, match="JSON"):
        client.generate("x", cfg_scale=float("nan"))
    with pytest.raises(sdk.InvalidRequest) as error:
        client.generate("x", idempotency_key="a\nb")
    assert error.value.field == "idempotency_key"


def test_a_wrong_key(stills: Server) -> None:
    with Client(stills.address, "rw_wrong") as client, pytest.raises(sdk.Unauthenticated):
        client.task("task_1")


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b"{}", b'{"id": "x", "status": "a", "film": 7}']
)
def test_another_server(said: tuple[Flaky, Client], body: bytes) -> None:
    flaky, client = said
    flaky.script = [(200, {}, body), (308, {"location": "https://x.example"}, b"")]
    with pytest.raises(sdk.Error, match="is the address right"):
        client.task("task_1")
    with pytest.raises(sdk.Error, match=r"elsewhere: https://x\.example"):
        client.task("task_1")


def test_a_newer_server(said: tuple[Flaky, Client]) -> None:
    flaky, client = said
    flaky.script = [answer(task("running", mood="calm", labels=None))]
    got = client.task("a/b?c")
    assert (got.status, got.labels, got.data["mood"]) == ("running", {}, "calm")
    assert flaky.heard[0][1] == "/api/v1/tasks/a%2Fb%3Fc"


# Once more


def test_a_lost_answer_makes_one_task(shaky: Client, flaky: Flaky, clock: Clock) -> None:
    flaky.script = ["lose", "lose"]
    made = shaky.generate("the only one", duration=3, model=STILL)
    keys = {headers["idempotency-key"] for _, _, headers, _ in flaky.heard}
    assert (len(flaky.heard), len(keys), len(clock.slept)) == (3, 1, 2)
    assert [t.id for t in shaky.tasks(20) if t.prompt == "the only one"] == [made.id]
    again = shaky.generate("the only one", duration=3, model=STILL)
    assert again.id != made.id


def test_the_same_key_is_the_same_task(client: Client) -> None:
    picture = png((1, 1, 1))
    first, second = (
        client.generate("x", first_frame=picture, model=STILL, idempotency_key="mine")
        for _ in range(2)
    )
    assert first.id == second.id
    with pytest.raises(sdk.InvalidRequest) as error:
        client.generate("another", idempotency_key="mine")
    assert error.value.code == "idempotency_key_reused"


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_refusals_for_now_are_tried_again(
    said: tuple[Flaky, Client], clock: Clock, status: int
) -> None:
    flaky, client = said
    flaky.script = [refused(status), refused(status, retry_after="5"), answer(task(), 201)]
    assert client.generate("x").id == "task_1"
    assert 0.25 <= clock.slept[0] <= 0.5 and 5 <= clock.slept[1] <= 5.5


async def test_retries_in_an_event_loop(clock: Clock) -> None:
    with Flaky() as flaky:
        async with AsyncClient(flaky.address, "k", sleep=clock.sleep_async, now=clock.now) as c:
            flaky.script = ["drop", refused(503, retry_after="3"), answer(task())]
            assert (await c.generate("x")).id == "task_1"
    assert 3 <= clock.slept[1] <= 3.3


def test_retries_end(said: tuple[Flaky, Client], clock: Clock) -> None:
    flaky, client = said
    flaky.script = ["drop"] * 5
    with pytest.raises(sdk.ServerUnavailable, match="connection broke") as error:
        client.task("task_1")
    assert error.value.code == "unreachable" and error.value.status is None
    assert (len(flaky.heard), len(clock.slept)) == (5, 4)
    assert all(0.25 * 2**n <= s <= 0.5 * 2**n for n, s in enumerate(clock.slept))


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (refused(400), sdk.InvalidRequest),
        (refused(500), sdk.ServerUnavailable),
        (refused(503, "engine_missing"), sdk.ServerUnavailable),
        (refused(429, retry_after="3600"), sdk.RateLimited),
    ],
)
def test_what_is_not_tried_again(
    said: tuple[Flaky, Client], clock: Clock, script: Any, kind: type[sdk.Error]
) -> None:
    flaky, client = said
    flaky.script = [script]
    with pytest.raises(kind):
        client.generate("x")
    assert not clock.slept


@pytest.mark.parametrize("script", ["drop", refused(502), refused(504)])
def test_an_upload_that_may_have_arrived_is_not_sent_again(
    said: tuple[Flaky, Client], clock: Clock, script: Any
) -> None:
    flaky, client = said
    for make in (
        lambda: client.upload(b"x"),
        lambda: client.create_voice("n", b"x"),
        lambda: client.create_element("n", b"x"),
    ):
        flaky.script = [script]
        with pytest.raises(sdk.ServerUnavailable):
            make()
    assert len(flaky.heard) == 3 and not clock.slept


def test_an_upload_that_cannot_have_arrived_is_sent_again(
    said: tuple[Flaky, Client], clock: Clock
) -> None:
    flaky, client = said
    flaky.script = [refused(503), answer({"id": "asset_1", "name": "a"})]
    assert client.upload(b"x").id == "asset_1"
    assert len(clock.slept) == 1


def test_nobody_listens(clock: Clock) -> None:
    with Flaky() as flaky:
        address = flaky.address
    with (
        Client(address, "k", retries=1, sleep=clock.sleep) as client,
        pytest.raises(sdk.ServerUnavailable, match="cannot be reached"),
    ):
        client.upload(b"x")
    assert len(clock.slept) == 1


def test_deleting_and_cancelling_twice_is_once(shaky: Client, flaky: Flaky) -> None:
    made = shaky.generate("x", duration=15, resolution="4k", model="animatic")
    flaky.script = ["lose"]
    assert made.cancel().status == "cancelled"
    assert made.cancel().status == "cancelled"
    flaky.script = ["lose"]
    made.delete()
    with pytest.raises(sdk.NotFound):
        made.delete()


# Waiting


def test_the_pauses_of_a_wait_grow(said: tuple[Flaky, Client], clock: Clock) -> None:
    flaky, client = said
    flaky.script = [answer(task("running", progress=n // 5)) for n in range(20)]
    flaky.script.append(answer(task("succeeded", progress=100)))
    seen: list[int] = []
    assert client.wait("task_1", on_progress=lambda t: seen.append(t.progress)).over
    assert seen == [0, 1, 2, 3, 100]
    assert 0.08 <= clock.slept[0] <= 0.12
    assert all(1.6 <= pause <= 2.4 for pause in clock.slept[-8:])


def test_a_wait_ends_in_time(said: tuple[Flaky, Client], clock: Clock) -> None:
    flaky, client = said
    flaky.script = [answer(task("running"))] * 20
    with pytest.raises(sdk.WaitTimeout, match="still running after 3 s") as error:
        client.wait("task_1", timeout=3)
    assert clock.time == pytest.approx(3)
    assert isinstance(error.value.task, Task)


def test_a_wait_outlasts_a_restart(said: tuple[Flaky, Client], clock: Clock) -> None:
    flaky, client = said
    flaky.script = [answer(task()), *["drop"] * 12, answer(task("succeeded"))]
    assert client.wait("task_1").status == "succeeded"
    flaky.script = [answer(task()), *["drop"] * 500]
    clock.time = 0
    with pytest.raises(sdk.ServerUnavailable):
        client.wait("task_1")
    assert core.OUTAGE < clock.time < core.OUTAGE + 30


def test_a_wait_for_what_does_not_succeed(said: tuple[Flaky, Client]) -> None:
    flaky, client = said
    fault = {"code": "engine_died", "message": "the engine ended three times"}
    flaky.script = [answer(task("failed", error=fault)), answer(task("cancelled"))]
    with pytest.raises(sdk.TaskFailed, match="ended three times") as error:
        client.wait("task_1")
    assert error.value.code == "engine_died" and error.value.task.error
    with pytest.raises(sdk.TaskCancelled):
        client.wait("task_1")


# Downloading


@pytest.fixture(scope="module")
def done(stills: Server) -> dict[str, Any]:
    return stills.make(prompt="A boat in the rain", duration=3, sound=True)


def test_a_download_goes_on_where_it_broke(
    shaky: Client, flaky: Flaky, done: dict[str, Any], tmp_path: Path
) -> None:
    size = done["film"]["bytes"]
    flaky.script = [None, 1000, None, "drop", None, 500]
    path = shaky.download(done["id"], tmp_path / "a.mp4")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == done["film"]["sha256"]
    films = [headers for _, path_, headers, _ in flaky.heard if path_.startswith("/files/")]
    assert [h.get("range") for h in films] == [None, *["bytes=1000-"] * 2, "bytes=1500-"]
    assert size > 2000 and not [h for h in films if "authorization" in h]
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


def test_a_poster_begins_again(
    shaky: Client, flaky: Flaky, done: dict[str, Any], tmp_path: Path
) -> None:
    flaky.script = [None, 100]
    whole = shaky.poster(done["id"], tmp_path / "a.jpg").read_bytes()
    assert whole == shaky.poster(done["id"], tmp_path / "b.jpg").read_bytes()


FILM = b"film" * 100
OTHER = b"fIlm" * 100


def filmed(client_: Client, script: list[Any], path: Path, flaky: Flaky) -> Path:
    """A download where the link answers as in the script."""
    film = {
        "url": f"{flaky.address}/film", "expires_at": 1, "width": 1, "height": 1, "duration": 3.0,
        "frame_rate": 24.0, "frames": 72, "bytes": len(FILM),
        "sha256": hashlib.sha256(FILM).hexdigest(),
    }  # fmt: skip
    for n, step in enumerate(script):
        if n == 0 or script[n - 1][0] != 302:  # the next request is the redirect's
            flaky.script.append(answer(task(film=film)))
        flaky.script.append(step)
    return client_.download("task_1", path)


SHORT = (200, {"content-length": "400"}, FILM[:200])
MENDED: list[list[Any]] = [
    [(200, {}, FILM)],
    [(200, {}, OTHER), (200, {}, FILM)],
    [(200, {}, FILM + b"x"), (200, {}, FILM)],
    [(200, {}, FILM[:200]), (206, {"content-range": "bytes 200-399/400"}, FILM[200:])],
    [SHORT, (200, {}, FILM)],  # knows no ranges
    [SHORT, (206, {"content-range": "bytes 100-399/400"}, FILM[100:]), (200, {}, FILM)],
    [SHORT, (416, {}, b""), (200, {}, FILM)],
    [(403, {}, b"the link has expired"), (503, {"retry-after": "2"}, b""), (200, {}, FILM)],
    [(302, {"location": "/elsewhere"}, b""), (200, {}, FILM)],
]


@pytest.mark.parametrize("script", MENDED)
def test_downloads_that_mend(
    said: tuple[Flaky, Client], tmp_path: Path, script: list[Any], clock: Clock
) -> None:
    flaky, client = said
    assert filmed(client, script, tmp_path / "a.mp4", flaky).read_bytes() == FILM
    assert flaky.heard[-1][1] == ("/elsewhere" if script[0][0] == 302 else "/film")
    assert len(list(tmp_path.iterdir())) == 1


BROKEN: list[tuple[Any, type[sdk.Error]]] = [
    ((200, {}, OTHER), sdk.Damaged),
    ((404, {}, b"no such file"), sdk.NotFound),
    ("drop", sdk.ServerUnavailable),
    (SHORT, sdk.ServerUnavailable),
]


@pytest.mark.parametrize(("step", "kind"), BROKEN)
def test_downloads_that_do_not_mend(
    said: tuple[Flaky, Client], tmp_path: Path, step: Any, kind: type[sdk.Error], clock: Clock
) -> None:
    flaky, client = said
    (tmp_path / "a.mp4").write_bytes(b"before")
    with pytest.raises(kind):
        filmed(client, [step] * 9, tmp_path / "a.mp4", flaky)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a.mp4", b"before")]
    assert 4 <= len(clock.slept) <= 5


def test_no_film_yet(said: tuple[Flaky, Client], tmp_path: Path) -> None:
    flaky, client = said
    for save in (client.download, client.poster):
        flaky.script = [answer(task("running"))]
        with pytest.raises(sdk.Conflict, match="the task is running"):
            save("task_1", tmp_path / "a.mp4")
    assert not list(tmp_path.iterdir())


async def test_a_download_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    class Slow:
        head = way.Reply(status=200, headers={})

        async def read(self) -> bytes:
            await asyncio.Event().wait()
            return b""

        async def close(self) -> None:
            pass

    class SlowWay(way.Loop):
        def __init__(self) -> None:
            pass

        async def open(self, ask: way.Ask) -> way.Stream:
            opened.set()
            return Slow()

    async def look() -> saving.Link:
        return saving.Link(url="http://x.example", name="a")

    opened = asyncio.Event()
    going = asyncio.create_task(
        saving.save(look, tmp_path / "a", SlowWay(), retries=0, pause=lambda *_: 0)
    )
    await opened.wait()
    assert [p.suffix for p in tmp_path.iterdir()] == [".part"]
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    assert not list(tmp_path.iterdir())


# Where the server is


def test_where_the_server_is(tmp_path: Path) -> None:
    (tmp_path / "local.key").write_text("rw_local\n")
    here = {"REELWAY_DATA": str(tmp_path)}
    found = place.find(None, None, here)
    assert (found.url, found.key) == ("http://127.0.0.1:8080", "rw_local")
    assert "rw_local" not in repr(found)
    assert place.find("http://localhost:9/x/", None, here).url == "http://localhost:9/x"
    for url in ("https://video.example.com", "http://10.0.0.7:8080"):
        with pytest.raises(sdk.Unauthenticated, match="REELWAY_KEY"):
            place.find(url, None, here)
    there = {**here, "REELWAY_URL": "https://video.example.com", "REELWAY_KEY": "rw_env"}
    found = place.find(None, None, there)
    assert (found.url, found.key, found.loopback) == ("https://video.example.com", "rw_env", False)
    assert place.find(None, "rw_given", there).key == "rw_given"


@pytest.mark.parametrize("url", ["video.example.com", "ftp://x", "http://", "http://x:y", "x"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(sdk.InvalidRequest, match=r"https://video\.example\.com"):
        Client(url, "k")
    with pytest.raises(sdk.Unauthenticated):
        Client("http://127.0.0.1:1", "k\u00fc")


# The shape of it


@pytest.mark.parametrize("kinds", [(Client, AsyncClient), (Task, AsyncTask)])
def test_the_twins_are_alike(kinds: tuple[type, type]) -> None:
    def surface(kind: type) -> dict[str, list[tuple[str, Any]]]:
        names = [n for n in dir(kind) if not n.startswith("_") and callable(getattr(kind, n))]
        return {n: [(p.name, p.default) for p in _parameters(getattr(kind, n))] for n in names}

    assert surface(kinds[0]) == surface(kinds[1])


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    return list(inspect.signature(function).parameters.values())


def test_no_proxy_stands_before_this_machine(
    stills: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with Client(stills.address, stills.key, retries=0) as client:
        assert client.generate("A boat", dry_run=True).duration == 5


def test_what_is_exported() -> None:
    assert (reelway.Client, reelway.AsyncClient) == (Client, AsyncClient)
    assert all(hasattr(sdk, name) for name in sdk.__all__)
    kinds = {k for k in vars(errors).values() if inspect.isclass(k) and issubclass(k, sdk.Error)}
    assert {k.__name__ for k in kinds} <= set(sdk.__all__)
    with pytest.raises(AttributeError, match="Clint"):
        _ = reelway.Clint


def test_the_server_loads_none_of_it() -> None:
    code = "import reelway, reelway.app, sys; print(*{'httpx', 'reelway.client'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_without_httpx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    for kind in (Client, AsyncClient):
        with pytest.raises(ModuleNotFoundError, match="pip install 'httpx"):
            kind("http://127.0.0.1:1", "k")


def test_a_blocking_step_that_suspends_is_a_fault() -> None:
    with pytest.raises(RuntimeError, match="has suspended"):
        way.run(asyncio.sleep(0))


# The page


@pytest.mark.parametrize("number", range(len(SAMPLES)))
def test_the_samples_run_as_printed(
    number: int, server: Server, stills: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = server if "understood" in SAMPLES[number] else stills
    monkeypatch.setenv("REELWAY_URL", where.address)
    monkeypatch.setenv("REELWAY_KEY", where.key)
    for name in ("keeper.png", "lamp.png", "horizon.png"):
        (tmp_path / name).write_bytes(png((40, 80, 120)))
    (tmp_path / "mira.wav").write_bytes(hum())
    run = [sys.executable, "-W", "error", "-c", SAMPLES[number]]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    made = [p for p in tmp_path.iterdir() if p.suffix in (".mp4", ".jpg")]
    assert len(made) == (1, 1, 0, 1, 0, 0, 2)[number]
