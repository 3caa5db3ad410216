"""The animatic engine, as the server sees it: it turns any request into an honest storyboard film.

The film itself is made in a child, `python -m reelway.engines.animatic`; numpy and PyAV are
imported only there. Models: `animatic`, and `animatic-still`, a valid film of the right form.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

from reelway.children import ChildEngine
from reelway.engine import Cost
from reelway.request import Resolution, VideoRequest
from reelway.settings import Settings

STILL = "animatic-still"
HOW_TO_INSTALL = "pip install 'reelway[animatic]'"
GIBIBYTE = 1024**3
# Of one slot, measured: CPU seconds for a second of film, and peak memory in bytes.
COSTS: dict[Resolution, tuple[float, int]] = {
    "720p": (2.0, GIBIBYTE // 2),
    "1080p": (4.4, GIBIBYTE),
    "4k": (15.0, 3 * GIBIBYTE),
}


class Animatic(ChildEngine):
    name = "animatic"
    models = ("animatic", STILL)
    module = "reelway.engines.animatic"

    def offers(self, request: VideoRequest) -> str | None:
        if not _installed():
            return f"the animatic engine is not installed: {HOW_TO_INSTALL}"
        return None

    def cost(self, request: VideoRequest) -> Cost:
        cpu, memory = COSTS[request.resolution]
        if request.model == STILL:
            cpu /= 20
        return Cost(cpu_seconds=cpu * request.duration, memory=memory)


@cache
def _installed() -> bool:
    return find_spec("av") is not None and find_spec("numpy") is not None


def make(settings: Settings) -> Animatic:
    return Animatic(slots=settings.animatic.slots)
