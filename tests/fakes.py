"""Stand-ins for what the steps work with, and real stores on a temporary folder.

    async with means_on(tmp_path) as means:          # SqliteStore, DiskAssets, LocalRunner; fakes
        means.engines["animatic"].script += [Gone(reason="x"), FILM]
        task = await order(means, prompt="a fox")
        await run_all(means)                         # start the runner, wait for every flow

An outcome in a script is what `follow` answers next: an Outcome, an exception to raise, a `Gate`
that waits to be opened, or bytes, which are written as the film. An empty script makes films.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from reelway.assets.disk import DiskAssets
from reelway.engine import Cost, Film, Gone, Outcome, Run
from reelway.flow import film_flow
from reelway.links import Links
from reelway.means import FILM_FLOW, Means, work_of
from reelway.media import AudioInfo, AudioSample, FilmInfo, ImageInfo, Media, Wear
from reelway.outbound import Fetched, Outbound
from reelway.request import VideoRequest
from reelway.runner import Flow, Occupancy, RunState, Work
from reelway.runners.local import LocalRunner
from reelway.seal import Seal
from reelway.settings import Settings
from reelway.stores.sqlite import SqliteStore
from reelway.task import Draft, Key, Task

NOW = 1_760_000_000_000  # UTC milliseconds
FILM = b"a film"
BASE = "http://127.0.0.1:8080"
_numbers = itertools.count(1)


@dataclass
class Clock:
    """The time of a test: it stands still until it is told to pass."""

    at: int = NOW  # UTC milliseconds

    def __call__(self) -> int:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += round(seconds * 1000)


@dataclass
class Gate:
    """An outcome that is held back: `reached` when asked for, answered once `open` is set."""

    outcome: Outcome | bytes = FILM
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)


Step = Outcome | bytes | Exception | Gate


class FakeEngine:
    def __init__(self, name: str = "animatic", models: tuple[str, ...] = ("animatic",)) -> None:
        self.name = name
        self.models = models
        self.slots = 1
        self.remote = False
        self.script: list[Step] = []
        self.report: Mapping[str, Any] = {"understood": {"place": "coast"}}
        self.refuses: str | None = None
        self.submit_fails: list[Exception] = []
        self.runs: list[Run] = []  # as submitted
        self.requests: list[VideoRequest] = []
        self.cancelled: list[str] = []  # jobs
        self.on_submit: Callable[[Run], Awaitable[None]] | None = None
        self._gates: dict[str, Gate] = {}

    def offers(self, request: VideoRequest) -> str | None:
        return self.refuses

    def cost(self, request: VideoRequest) -> Cost:
        return Cost(cpu_seconds=1, memory=1)

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def check(self) -> str:
        return "0"

    async def submit(self, request: VideoRequest, run: Run) -> Mapping[str, Any]:
        self.runs.append(run)
        self.requests.append(request)
        if self.submit_fails:
            raise self.submit_fails.pop(0)
        if self.on_submit:
            await self.on_submit(run)
        return {"job": run.job}

    async def follow(self, receipt: Mapping[str, Any], run: Run) -> Outcome:
        assert receipt == {"job": run.job}, "the receipt of another attempt"
        if run.job not in [r.job for r in self.runs]:
            return Gone(reason="the server was restarted")
        step = self.script.pop(0) if self.script else FILM
        if isinstance(step, Gate):
            self._gates[run.job] = step
            step.reached.set()
            await step.open.wait()
            step = step.outcome
        if isinstance(step, Exception):
            raise step
        if isinstance(step, bytes):
            run.out.write_bytes(step)
            return Film(path=run.out, report=self.report)
        return step

    async def cancel(self, receipt: Mapping[str, Any], run: Run) -> None:
        assert receipt == {"job": run.job}, "the receipt of another attempt"
        self.cancelled.append(run.job)
        if gate := self._gates.get(run.job):
            gate.outcome = Gone(reason="cancelled")
            gate.open.set()


AUDIO = AudioInfo(codec="AAC", channels=2, sample_rate=48_000, duration=5.0)
AS_ORDERED = FilmInfo(  # of a request with every default
    width=1280,
    height=720,
    frames=120,
    frame_rate=24.0,
    constant_rate=True,
    duration=5.0,
    bytes=len(FILM),
    container="MPEG-4",
    video_codec="AVC",
    pixel_format="YUV 4:2:0 8 bit",
    video_tracks=1,
    audio_tracks=0,
    audio=None,
    faststart=True,
    fragmented=False,
    complete=True,
    faults=(),
)


SAMPLE = AudioSample(
    kind="wav",
    media_type="audio/wav",
    duration=6.0,
    channels=1,
    sample_rate=16_000,
    pitch=140.0,
    pitch_spread=2.0,
    brightness=900.0,
    pace=3.0,
    loudness=-18.0,
)


class FakeMedia:
    """Every picture is a PNG of 640x480 and every film is `film`, unless told otherwise."""

    def __init__(self) -> None:
        self.film: FilmInfo | Exception = AS_ORDERED
        self.picture = ImageInfo(kind="png", width=640, height=480)
        self.sample = SAMPLE
        self.refuse: dict[str, Exception] = {}  # by field
        self.checked: list[str] = []  # fields

    async def check_image(self, path: Path, field: str) -> ImageInfo:
        assert path.stat().st_mode & 0o777 == 0o600
        self.checked.append(field)
        if field in self.refuse:
            raise self.refuse[field]
        return self.picture

    async def check_audio(self, path: Path, field: str) -> AudioSample:
        assert path.stat().st_mode & 0o777 == 0o600
        self.checked.append(field)
        if field in self.refuse:
            raise self.refuse[field]
        return self.sample

    async def plain_image(self, path: Path, out: Path) -> tuple[int, int]:
        out.write_bytes(b"plain " + path.read_bytes())
        return self.picture.width, self.picture.height

    def wear(self) -> dict[str, Wear]:
        return {"images": Wear(deaths=0, renewals=2), "films": Wear(deaths=1, renewals=0)}

    async def probe(self, path: Path) -> FilmInfo:
        assert path.exists()
        if isinstance(self.film, Exception):
            raise self.film
        return self.film


class FakeOutbound:
    """The web: what lies at an address, or the error that fetching it raises."""

    allowed = ()

    def __init__(self) -> None:
        self.pages: dict[str, bytes | Exception] = {}
        self.fetched: list[str] = []

    async def fetch(self, url: str, path: Path, *, field: str, **limits: Any) -> Fetched:
        self.fetched.append(url)
        path.write_bytes(b"half")
        path.chmod(0o600)
        page = self.pages[url]
        if isinstance(page, Exception):
            raise page
        path.write_bytes(page)
        sha256 = hashlib.sha256(page).hexdigest()
        return Fetched(media_type="image/png", size=len(page), sha256=sha256)


class FakeRunner:
    """Runs nothing: keeps what it was handed, and says of runs what the test tells it to."""

    def __init__(self) -> None:
        self.works: list[Work] = []
        self.known: dict[str, RunState] = {}
        self.nudged: list[int] = []
        self.woken: list[int] = []
        self.places: dict[int, int] = {}  # by task

    async def start(self, flows: Mapping[str, Flow]) -> None: ...

    async def hand(self, works: Iterable[Work]) -> None:
        self.works += works

    def states(self, run_ids: Iterable[str]) -> Mapping[str, RunState]:
        return {i: self.known[i] for i in run_ids if i in self.known}

    def forget(self, run_id: str) -> None:
        if self.known.get(run_id) == "over":
            del self.known[run_id]

    def slots(self, account: str, count: int) -> None: ...

    def room(self, bytes: int | None) -> None: ...

    def place(self, task_id: int) -> int | None:
        return self.places.get(task_id)

    def foretell(self, work: Work) -> int:
        return len(self.works)

    def accounts(self) -> Mapping[str, Occupancy]:
        return {}

    def queued(self, owner_id: int | None = None) -> int:
        return len([w for w in self.works if owner_id in (None, w.owner_id)])

    async def nudge(self, task_id: int) -> None:
        self.nudged.append(task_id)

    def wake(self, task_id: int) -> None:
        self.woken.append(task_id)

    async def stop(self, drain: float) -> None: ...


@asynccontextmanager
async def means_on(folder: Path, **changes: Any) -> AsyncIterator[Means]:
    """Means over `folder`, which may be that of earlier means. `settings` are words of Settings."""
    settings = Settings(data=folder, **changes.pop("settings", {}))
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    store = SqliteStore(folder / "reelway.db")
    await store.open()
    engine = FakeEngine()
    parts: dict[str, Any] = {
        "settings": settings,
        "store": store,
        "assets": DiskAssets(folder / "assets"),
        "media": cast(Media, FakeMedia()),
        "engines": {engine.name: engine},
        "runner": LocalRunner(),
        "outbound": cast(Outbound, FakeOutbound()),
        "links": Links(b"s" * 32),
        "seal": Seal(folder / "seal.key"),
        "tmp": folder / "tmp",
        "base_url": BASE,
        "now": Clock(),
    }
    means = Means(**(parts | changes))
    try:
        yield means
    finally:
        await means.runner.stop(0)
        await store.close()


def clock_of(means: Means) -> Clock:
    return cast(Clock, means.now)


def engine_of(means: Means, name: str = "animatic") -> FakeEngine:
    engine = means.engines[name]
    assert isinstance(engine, FakeEngine)
    return engine


def media_of(means: Means) -> FakeMedia:
    return cast(FakeMedia, means.media)


def web_of(means: Means) -> FakeOutbound:
    return cast(FakeOutbound, means.outbound)


async def owner_of(means: Means, name: str = "ann") -> int:
    return (await means.store.ensure_owner(name, "user", NOW)).id


async def key_of(means: Means, name: str = "ann") -> Key:
    number = next(_numbers)
    prefix = f"rw_{number:08}"
    digest = number.to_bytes(32, "big")
    return await means.store.add_key(await owner_of(means, name), "k", digest, prefix, NOW)


def draft(owner_id: int, request: VideoRequest, **changes: Any) -> Draft:
    plain = Draft(
        public_id=f"task_{next(_numbers):06}",
        owner_id=owner_id,
        key_id=None,
        wire="native",
        model_asked=request.model,
        request=request,
        body=b"{}",
        report={},
        base_url=None,
        accepted_at=NOW,
    )
    return replace(plain, **changes)


async def order(
    means: Means,
    *,
    owner: str = "ann",
    hand: bool = True,
    drafted: Mapping[str, Any] | None = None,
    **request: Any,
) -> Task:
    """A task in the store, handed to the runner."""
    wanted = VideoRequest(**{"prompt": "a fox", **request})
    made = await means.store.create(draft(await owner_of(means, owner), wanted, **(drafted or {})))
    assert isinstance(made, Task)
    if hand:
        await means.runner.hand([work_of(made, means.engines)])
    return made


async def start(means: Means, slots: int = 1) -> None:
    for name in means.engines:
        means.runner.slots(name, slots)
    await means.runner.start({FILM_FLOW: film_flow(means)})


async def settle() -> None:
    """Wait until no run of a local runner is left."""
    async with asyncio.timeout(30):
        await asyncio.sleep(0)
        while runs := [t for t in asyncio.all_tasks() if f":{FILM_FLOW}:" in t.get_name()]:
            await asyncio.wait(runs)


async def run_all(means: Means, slots: int = 1) -> None:
    await start(means, slots)
    await settle()


async def row(means: Means, task: Task) -> Task:
    fresh = await means.store.task(task.id)
    assert fresh is not None
    return fresh


async def story(means: Means, task: Task) -> list[tuple[str, int]]:
    """The task's events, as (status, attempt)."""
    return [(e.status, e.attempt) for e in await means.store.events(task.id)]


def left_over(means: Means) -> list[str]:
    """What lies in the temporary folder."""
    return sorted(p.name for p in means.tmp.iterdir())
