"""What was ordered of a vendor, and what became of it there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"

NEVER = 253_402_300_799_000  # the end of the year 9999
Span = float | tuple[float, float]

# The frame by tier and shape; without a shape the picture's own, of the same area.
SIDES = {"720p": (1280, 720, 960), "1080p": (1920, 1080, 1440), "4k": (3840, 2160, 2880)}

# Micro-dollars a second, silent and with sound: what resellers of Kling 3.0 take.
PRICES = {"720p": (84_000, 126_000), "1080p": (112_000, 168_000), "4k": (420_000, 420_000)}


@dataclass(frozen=True, kw_only=True)
class Order:
    """A create that its vendor's documents allow. `shape` is 16:9, 9:16, 1:1 or a ratio."""

    model: str
    kind: str  # text, image, voice
    resolution: str = "720p"
    seconds: int = 5
    sound: bool = False
    shape: str | float = "16:9"
    hook: str | None = None  # where this request wants to be told
    path: str = ""
    text: str = ""  # all prompts as lines: names the job in the ledger

    @property
    def size(self) -> tuple[int, int]:
        width, height, side = SIDES[self.resolution]
        if isinstance(self.shape, float):
            area = width * height
            return even((area * self.shape) ** 0.5), even((area / self.shape) ** 0.5)
        return {"16:9": (width, height), "9:16": (height, width), "1:1": (side, side)}[self.shape]

    @property
    def price(self) -> int:
        if self.kind == "voice":
            return 100_000
        return PRICES[self.resolution][self.sound] * self.seconds


def even(side: float) -> int:
    return 2 * round(side / 2)


@dataclass(kw_only=True)
class Job:
    """Times are the vendor's milliseconds. Its state is read from the time, never stored."""

    id: str
    number: int  # of the create that made it
    order: Order
    price: int
    created_at: int
    starts_at: int
    ends_at: int
    failure: tuple[str, str] | None = None  # code and words of the end, where it fails
    polls: int = 0
    downloads: int = 0
    shown: int = 0  # the progress that was told last
    told: str = ""  # the state that a webhook told last

    def state(self, now: int) -> str:
        if now < self.starts_at:
            return WAITING
        if now < self.ends_at:
            return RUNNING
        return FAILED if self.failure else DONE

    def refunded(self, now: int) -> bool:
        """Nothing is taken for what failed."""
        return self.state(now) == FAILED

    def progress(self, now: int) -> float:
        if now <= self.starts_at:
            return 0.0
        if now >= self.ends_at:
            return 0.0 if self.failure else 100.0
        return 99 * (now - self.starts_at) / (self.ends_at - self.starts_at)

    def plain(self, now: int) -> dict[str, Any]:
        """For the control API."""
        return {
            "id": self.id,
            "number": self.number,
            "text": self.order.text,
            "model": self.order.model,
            "kind": self.order.kind,
            "resolution": self.order.resolution,
            "seconds": self.order.seconds,
            "sound": self.order.sound,
            "size": list(self.order.size),
            "state": self.state(now),
            "price": self.price,
            "refunded": self.refunded(now),
            "created_at": self.created_at,
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "polls": self.polls,
            "downloads": self.downloads,
        }


@dataclass(frozen=True, kw_only=True)
class View:
    """What is told of a job now. `word` replaces the vendor's own word for its state."""

    now: int
    state: str
    progress: float = 0.0
    eta: float = 0.0  # seconds
    link: str | None = None
    word: str | None = None
