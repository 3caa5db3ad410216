"""Who makes the film: the contract of an engine, and the protocol of an engine's child.

An engine says in advance whether it can (`offers`) and what it takes (`cost`); `submit` begins
one attempt and returns a receipt that is stored before anything else happens; `follow` looks
once and answers with a `Film`, a `Failure`, `Gone` (the attempt is known nowhere any more), or
`Again` (when to look next). Both are restartable from the task's row.

**Engine protocol, version 1.** A local engine works in a warm child, `python -m
reelway.engines.<name>`, one job at a time, JSON lines over stdin and stdout (stderr is for the
log). The child knows neither the database nor a key; it ends when its stdin ends.

    child → parent, once, when warm:
        {"v": 1, "ready": {"engine": "animatic", "version": "0.1.0"}}
    parent → child:
        {"v": 1, "job": "81.1", "request": {canonical request}, "size": [1280, 720],
         "images": {"asset:<sha256>": "/…/plain.png"}, "out": "/…/tmp/81.1.mp4",
         "voices": {"voice_01J…": {"pitch": 182.0, …}}, "settings": {"slate": false}}
    child → parent, any number of times; percent whole and never falling, eta in seconds:
        {"job": "81.1", "progress": 37, "eta": 2.1}
    child → parent, once, last; the file is complete and closed:
        {"job": "81.1", "done": {"report": {"understood": {…}, "ignored": [{"field", "reason"}]}}}
        {"job": "81.1", "error": {"code": "engine_error", "message": "…"}}

A preview is asked for likewise, with `"every": 3` beside: each third frame alone, shown for three.

`voices` holds what was measured of those voices that were made from a sample (`reelway.resource`);
an id that is not there is any voice the engine likes, always the same one. `settings` holds what
the operator has set for this engine; left out where nothing is. Images are RGB PNGs
without alpha, already turned upright, made by the media helper: a child never decodes what a user
sent. Cancel is SIGKILL and a new child.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from reelway.request import Kind, Resolution, VideoRequest

PROTOCOL = 1


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one film takes, for admission and routing."""

    cpu_seconds: float
    memory: int  # bytes
    gpu_memory: int = 0  # bytes


@dataclass(frozen=True, kw_only=True)
class Model:
    """A family of models that may be ordered, and what its films may be ordered with."""

    id: str
    engine: str | None = None  # that makes the plainest of its films
    engines: tuple[str, ...] = ()  # that make some
    kinds: tuple[Kind, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    durations: tuple[int, ...] = ()  # seconds
    takes: tuple[str, ...] = ()  # fields of a request beside these
    replaced_by: str | None = None  # the family that this server makes in its place
    reason: str | None = None  # why there is none of it

    @property
    def available(self) -> bool:
        return bool(self.kinds)


@dataclass(frozen=True, kw_only=True)
class Film:
    """A complete file that is not verified yet."""

    path: Path
    report: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """The engine's own last word: no film will come of this attempt.

    `died`: the child ended under the job by its own doing, and had got to `progress` per cent.
    """

    code: str
    message: str
    died: bool = False
    progress: int = 0


@dataclass(frozen=True, kw_only=True)
class Gone:
    """The attempt is known nowhere any more, through no fault of the task: begin another."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Again:
    """Nothing yet: look again at `at` (UTC milliseconds). `idle`: what is left of the attempt is
    waiting, and another may have its slot. `unreachable_since` (UTC milliseconds): looks have come
    to nothing since then, because of `why`."""

    at: int
    idle: bool = False
    unreachable_since: int | None = None
    why: str = ""


Outcome = Film | Failure | Gone | Again


async def nothing() -> None: ...


@dataclass(frozen=True, kw_only=True)
class Run:
    """What an engine is told of the attempt that it works for."""

    task_id: int
    attempt: int
    out: Path  # where the film is to be written
    size: tuple[int, int]  # pixels
    images: Mapping[str, Path]  # "asset:<sha256>" → upright RGB PNG; for a remote engine as it came
    progress: Callable[[int, float | None], None]  # whole per cent, seconds left
    voices: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # measured, by id
    accepted_at: int = 0  # the task, UTC milliseconds
    request: VideoRequest = field(default_factory=VideoRequest)  # as accepted
    wire: str = ""  # that it came in
    links: Mapping[str, str] = field(default_factory=dict)  # to images, where we can be reached
    hook: str = ""  # address of ours for the vendor's word on it, where it can be told one
    # A remote engine's: its vendor has said its last word, and what is left is to fetch the film.
    storing: Callable[[], Awaitable[None]] = nothing

    @property
    def job(self) -> str:
        return f"{self.task_id}.{self.attempt}"


class Engine(Protocol):
    name: str
    models: tuple[str, ...]  # the model families that it alone answers to, e.g. "animatic"
    slots: int  # films at a time
    remote: bool  # its attempts outlive this process and cost money: see `Remote`

    def offers(self, request: VideoRequest) -> str | None:
        """Why it cannot make this film, in words for the caller; None if it can. Cheap, pure."""

    def cost(self, request: VideoRequest) -> Cost: ...

    async def start(self) -> None:
        """Load once. Returns at once where loading can go on in the background."""

    async def stop(self) -> None: ...

    async def check(self) -> str:
        """Try it without a film: its version. Raises EngineMissing, saying what to do."""

    async def submit(self, request: VideoRequest, run: Run) -> Mapping[str, Any]:
        """Begin one attempt; the receipt is plain data and is stored with the task."""

    async def follow(self, receipt: Mapping[str, Any], run: Run) -> Outcome: ...

    async def cancel(self, receipt: Mapping[str, Any], run: Run) -> None:
        """Stop the attempt within a second; its process is gone when this returns."""


@runtime_checkable
class Previewing(Protocol):
    """An engine that can show a film in small at once; nothing is kept, and no slot is taken."""

    async def preview(self, request: VideoRequest, run: Run) -> Film | Failure:
        """Raises Overloaded."""


class Remote(Engine, Protocol):
    """An engine elsewhere, which is paid for what it has accepted.

    `prepare` comes before the intent is written down, and takes as long as it takes; `submit` then
    does nothing but post. It raises Declined, RequestError or MomentError where nothing was made,
    and Ambiguous where that is not known; anything else is taken for Ambiguous."""

    async def prepare(self, request: VideoRequest, run: Run) -> VideoRequest:
        """The request as it is told there, once the account may be called. Raises Declined."""

    def price(self, request: VideoRequest) -> int | None:
        """Micro-units for the whole film; None where it is not known."""
