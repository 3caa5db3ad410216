"""What the server tells, as frozen values, and what `generate` may be given.

    TaskData  Film  Cost  Event  DryRun  Estimate  Model  Asset  Voice  Element
                                                       `data` is the whole answer
    FilmFields  ShotFields  ElementFields  Picture     what is asked for

A newer server may say more, or leave something out: what is not known is in `data` alone, what
is absent is at its default. Times are UTC milliseconds.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, NotRequired, Required, TypeAlias, TypedDict

from reelway.money import CURRENCY, MICROS, CostState, cost_read, shown
from reelway.request import AspectRatio, Resolution, ShotMode
from reelway.task import TERMINAL, Fault, Status

# A path, the bytes themselves, an address, a data URL, or the id of an upload.
Picture: TypeAlias = "str | os.PathLike[str] | bytes | Asset"


def known(kind: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """What of `data` the dataclass has a field for, but for nulls."""
    names = (f.name for f in fields(kind))
    found = {name: data[name] for name in names if data.get(name) is not None}
    return {**found, "data": data} if "data" in kind.__dataclass_fields__ else found


@dataclass(frozen=True, kw_only=True)
class Film:
    """A finished film as probed. `url` opens without a key until `expires_at`."""

    url: str
    expires_at: int
    width: int  # pixels
    height: int
    duration: float  # seconds
    frame_rate: float
    frames: int
    bytes: int
    sha256: str
    video_codec: str = ""
    audio: Mapping[str, Any] | None = field(default=None, hash=False)


@dataclass(frozen=True, kw_only=True)
class Money:
    """`amount` is in micro-units (millionths) of `currency`, and exact."""

    amount: int
    currency: str = CURRENCY

    @property
    def decimal(self) -> Decimal:
        """In whole units: Decimal("0.42")."""
        return Decimal(self.amount) / MICROS

    def __str__(self) -> str:
        return f"{shown(self.amount)} {self.currency}"


@dataclass(frozen=True, kw_only=True)
class Cost(Money):
    """`state` says whether it is held for the task (reserved), what it took (settled), or 0, as
    nothing was charged (released)."""

    state: CostState


@dataclass(frozen=True, kw_only=True)
class TaskData:
    """A task as it stood when the server was asked."""

    id: str
    status: Status
    kind: str = "text"
    wire: str = ""
    model: str = ""
    model_asked: str = ""
    prompt: str = ""
    negative_prompt: str = ""
    cfg_scale: float | None = None
    duration: int = 0  # seconds
    resolution: str = ""
    aspect_ratio: str | None = None
    sound: bool = False
    seed: int | None = None
    external_id: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    progress: int = 0  # per cent
    eta: int = 0  # seconds left; 0: not known
    attempt: int = 1
    engine: str | None = None
    error: Fault | None = None
    report: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)
    film: Film | None = None
    late_result: Film | None = None  # it came after the task had failed or was cancelled
    cost: Cost | None = None  # None: it is free
    poster_url: str | None = None
    caption_urls: Mapping[str, str] = field(default_factory=dict, hash=False)  # "vtt", "srt"
    accepted_at: int = 0
    started_at: int | None = None
    stored_at: int | None = None
    finished_at: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def over(self) -> bool:
        return self.status in TERMINAL

    @property
    def ignored(self) -> tuple[str, ...]:
        """The fields of the request that had no effect; `report["ignored"]` says why."""
        return tuple(entry["field"] for entry in self.report.get("ignored", ()))


def task_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a TaskData. Raises LookupError, TypeError, AttributeError for what is none."""
    found = known(TaskData, data)
    if error := data.get("error"):
        found["error"] = Fault(code=error["code"], message=error["message"])
    for name in ("film", "late_result"):
        if film := data.get(name):
            found[name] = Film(**known(Film, film))
    found.pop("cost", None)
    if cost := cost_read(data.get("cost") or {}):
        found["cost"] = Cost(amount=cost.amount, currency=cost.currency, state=cost.state)
    return found | {"id": data["id"], "status": data["status"]}


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """What would be made; `data` has every field as it was understood."""

    kind: str
    engine: str | None = None
    model: str = ""
    duration: int = 0  # seconds
    resolution: str = ""
    size: Mapping[str, int] = field(default_factory=dict, hash=False)  # width, height in pixels
    frames: int = 0
    frame_rate: int = 0
    ignored: Sequence[Mapping[str, str]] = field(default=(), hash=False)  # field, reason
    data: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Who could make a film, or why not. `reasons` are words by their code: cannot, unhealthy,
    full, dearer, later; none where it is `chosen` and would begin at once."""

    engine: str
    provider: str | None = None  # None: an engine of the server's own
    chosen: bool = False
    price: Money | None = None  # None: not known
    share: float | None = None  # of such orders, where one is drawn by weight
    reasons: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What an order would meet. `price` is None where it is not known or nobody can make it, and 0
    where it is free; `position`, `wait` and `eta` where it is not known."""

    possible: bool
    engine: str | None = None
    provider: str | None = None
    price: Money | None = None
    position: int | None = None  # how many go before it; 0: it is next
    wait: int | None = None  # seconds until it begins
    eta: int | None = None  # seconds until it is done
    candidates: Sequence[Candidate] = field(default=(), hash=False)
    model: str = ""
    kind: str = ""
    resolution: str = ""
    duration: int = 0  # seconds
    sound: bool = False
    ignored: Sequence[Mapping[str, str]] = field(default=(), hash=False)  # field, reason
    data: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


def estimate_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an Estimate. Raises as `task_fields`."""
    currency = data.get("currency") or CURRENCY

    def money(amount: int | None) -> Money | None:
        return None if amount is None else Money(amount=amount, currency=currency)

    candidates = [
        Candidate(
            **known(Candidate, told)
            | {
                "price": money(told.get("price")),
                "reasons": {r["code"]: r["message"] for r in told.get("reasons", ())},
            }
        )
        for told in data["candidates"]
    ]
    found = known(Estimate, data) | {"candidates": tuple(candidates)}
    return found | {"possible": data["possible"], "price": money(data.get("price"))}


@dataclass(frozen=True, kw_only=True)
class Model:
    """A family of models that the server knows. `takes` are names of FilmFields; `reason` says why
    there is none of it; `replaced_by` is what the server makes in its place."""

    id: str
    available: bool = False
    engine: str | None = None
    engines: Sequence[str] = field(default=(), hash=False)
    kinds: Sequence[str] = field(default=(), hash=False)
    resolutions: Sequence[str] = field(default=(), hash=False)
    durations: Sequence[int] = field(default=(), hash=False)  # seconds
    takes: Sequence[str] = field(default=(), hash=False)
    replaced_by: str | None = None
    reason: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happened to a task. `kind` says which: status (with an id, and told exactly once),
    progress (per cent, eta) or queue (position: how many go before it, eta)."""

    kind: str
    task: str  # its id
    status: Status | None = None
    attempt: int | None = None
    engine: str | None = None
    error: Fault | None = None
    progress: int | None = None  # per cent
    position: int | None = None
    eta: int | None = None  # seconds until it is done; 0: not known
    at: int | None = None
    id: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def over(self) -> bool:
        """Whether its task is."""
        return self.status in TERMINAL


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is kept beside tasks."""

    id: str
    name: str
    created_at: int = 0
    data: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class Asset(Kept):
    """An upload: a picture of so many pixels, or a sample of so many seconds."""

    sha256: str = ""
    media_type: str = ""
    bytes: int = 0
    width: int | None = None
    height: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Voice(Kept):
    seconds: float = 0.0  # of its sample


@dataclass(frozen=True, kw_only=True)
class Element(Kept):
    frontal: Mapping[str, Any] = field(default_factory=dict, hash=False)
    references: Sequence[Mapping[str, Any]] = field(default=(), hash=False)


class ShotFields(TypedDict):
    prompt: str
    duration: int  # seconds


class ElementFields(TypedDict):
    frontal: Required[Picture]
    references: NotRequired[Sequence[Picture]]


class FilmFields(TypedDict, total=False):
    """Everything of a film but its prompt; what is absent or None, the server decides."""

    model: str | None  # kling-v3, kling-o3, animatic, animatic-still
    duration: int | None  # seconds, 3–15
    resolution: Resolution | None
    aspect_ratio: AspectRatio | None
    sound: bool | None
    captions: bool | None  # of its dialogue, burned in
    seed: int | None
    negative_prompt: str | None
    cfg_scale: float | None  # 0–1
    first_frame: Picture | None
    last_frame: Picture | None
    references: Sequence[Picture] | None
    shot_mode: ShotMode | None
    shots: Sequence[ShotFields] | None
    elements: Sequence[Element | ElementFields | str] | None  # kept, brought along, or an id
    voices: Sequence[Voice | str] | None
    labels: Mapping[str, str] | None
    external_id: str | None
    webhook: str | None  # an address that is told of its end
    priority: int | None  # -100–100; greater goes first among your own
    deadline: int | None  # seconds by which it must have begun, else it fails
    cancel_after: int | None  # seconds after which it is cancelled, unfinished
