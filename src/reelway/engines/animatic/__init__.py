"""The animatic engine, as the server sees it: it turns any request into an honest storyboard film.

The film itself is made in a child, `python -m reelway.engines.animatic`; numpy and PyAV are
imported only there. Models: `animatic`, and `animatic-still`, a valid film of the right form.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from reelway.children import ChildEngine
from reelway.engine import Again, Cost, Failure, Film, Outcome, Run
from reelway.engines.animatic.acted import Acted
from reelway.engines.animatic.glance import Glance
from reelway.request import Resolution, VideoRequest

if TYPE_CHECKING:  # the child imports this too, and need not read settings
    from reelway.settings import Settings

STILL = "animatic-still"
HOW_TO_INSTALL = "pip install 'reelway[animatic]'"
MEBIBYTE = 1024**2
MOST_SHOTS = 6
# Of one slot, measured (benchmarks/films.py): CPU seconds for a second of film, and the child's
# peak memory in MiB, for a film of one shot and for every further one (the next is painted while
# one is drawn). A quarter more than was seen of the hungriest: a neon street, rain, a crowd, sound.
COSTS: dict[Resolution, tuple[float, int, int]] = {
    "720p": (2.1, 580, 30),
    "1080p": (3.8, 780, 80),
    "4k": (12.0, 1750, 250),
}
STILLS = 320  # MiB, at every size


def _now() -> int:
    return time.time_ns() // 1_000_000


class Animatic(ChildEngine):
    name = "animatic"
    models = ("animatic", STILL)
    module = "reelway.engines.animatic"

    def __init__(
        self,
        *,
        now: Callable[[], int] = _now,
        slate: bool = True,
        cold: bool = False,
        **options: Any,
    ) -> None:
        """`cold`: nothing is drawn before it is asked for."""
        super().__init__(**options)
        self.arguments = ("--cold",) if cold else ()
        self.settings = {} if slate else {"slate": False}
        self._now = now
        self._acted: dict[str, Acted] = {}  # jobs with directives
        self._glance = Glance(self._new_child, self.message)

    async def stop(self) -> None:
        self._glance.stop()
        await super().stop()

    async def preview(self, request: VideoRequest, run: Run) -> Film | Failure:
        return await self._glance.make(request, run)

    def offers(self, request: VideoRequest) -> str | None:
        if not _installed():
            return f"the animatic engine is not installed: {HOW_TO_INSTALL}"
        return None

    def cost(self, request: VideoRequest) -> Cost:
        cpu, one, further = COSTS[request.resolution]
        if request.model == STILL:
            return Cost(cpu_seconds=cpu / 20 * request.duration, memory=STILLS * MEBIBYTE)
        told = MOST_SHOTS if request.shot_mode == "intelligence" else 1
        shots = len(request.shots) or told
        memory = (one + (shots - 1) * further) * MEBIBYTE
        return Cost(cpu_seconds=cpu * request.duration, memory=memory)

    async def submit(self, request: VideoRequest, run: Run) -> Mapping[str, Any]:
        if not request.sandbox:
            return await super().submit(request, run)
        acted = self._acted[run.job] = Acted(request, run, self._now)
        if acted.needs_film:
            return await super().submit(request, acted.watched(run))
        return self.receipt(run)

    async def follow(self, receipt: Mapping[str, Any], run: Run) -> Outcome:
        acted = self._acted.get(run.job)
        if acted is None:
            return await super().follow(receipt, run)
        outcome: Outcome | None = None
        if acted.needs_film:
            outcome = await super().follow(receipt, run)
            if isinstance(outcome, Film):
                acted.keep(outcome)
                outcome = None
        outcome = outcome or acted.outcome(run)
        if not isinstance(outcome, Again):
            self._acted.pop(run.job, None)
        return outcome

    async def cancel(self, receipt: Mapping[str, Any], run: Run) -> None:
        self._acted.pop(run.job, None)
        await super().cancel(receipt, run)


@cache
def _installed() -> bool:
    return find_spec("av") is not None and find_spec("numpy") is not None


def make(settings: Settings) -> Animatic:
    said = settings.animatic
    # The stills that are drawn beforehand have the sizes of real films.
    return Animatic(slots=said.slots, slate=said.slate, cold=said.scale < 1)
