"""One film: request in, file and report out.

    plan ─► per shot: build (paint textures, two threads) ─► frames (two threads, in order)
                                                              └─► Writer (encoder's thread)

`cfg_scale` is heard in the camera: the lower, the more it drifts by itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from reelway.engines.animatic import frames, scene, sound, still
from reelway.engines.animatic.canvas import Canvas, Texture
from reelway.engines.animatic.compose import Finish, Stack
from reelway.engines.animatic.encode import Writer
from reelway.engines.animatic.frames import Moving
from reelway.engines.animatic.plan import ShotPlan, plan
from reelway.engines.animatic.report import report
from reelway.request import DEFAULT_CFG_SCALE, Image, VideoRequest, from_json

THREADS = 2  # frames drawn side by side; the pictures do not depend on it
AHEAD = 4  # frames drawn before the encoder asks for them
CRF, CRF_PICTURES = 22, 15  # a caller's picture must come through unharmed


def render(
    data: Mapping[str, Any],
    *,
    size: tuple[int, int],
    images: Mapping[str, Path],
    out: Path,
    progress: Callable[[float], None],
) -> dict[str, Any]:
    """Make the film of a canonical request; answer the report.

    `size` in pixels, both even; `images`: source → upright RGB PNG.
    """
    request = from_json(data)
    if request.model == "animatic-still":
        return still.render(request, size=size, images=dict(images), out=out, progress=progress)
    shots = plan(request)
    total = request.frames
    pictures = bool(request.first_frame or request.last_frame)
    film = _Film(request, shots, size, images)
    with (
        ThreadPoolExecutor(THREADS) as pool,
        Writer(
            out,
            size,
            crf=CRF_PICTURES if pictures else CRF,
            sound=partial(sound.soundtrack, shots, request.picture_seed) if request.sound else None,
            written=lambda n: progress(n / total),
        ) as writer,
    ):
        for frame, key in film.frames(pool):
            writer.picture(frame, cut=key)
    return report(request, shots)


@dataclass
class _Film:
    request: VideoRequest
    shots: list[ShotPlan]
    size: tuple[int, int]
    images: Mapping[str, Path]

    def __post_init__(self) -> None:
        self.finish = Finish(self.size, self.request.picture_seed)
        self.spare: list[Canvas] = []

    def frames(self, pool: ThreadPoolExecutor) -> Iterator[tuple[Any, bool]]:
        """Every frame in order, and whether it must stand by itself: a shot begins with it, or
        it is the caller's last frame."""
        last = self.request.frames - 1 if self.request.last_frame else -1
        waiting: deque[tuple[bool, Future[Any]]] = deque()
        for n, shot in enumerate(self.shots):
            drawing = self._drawing(n, shot, pool)
            for i in range(shot.frames):
                key = i == 0 or shot.first + i == last
                waiting.append((key, pool.submit(self._frame, drawing, shot, i)))
                if len(waiting) > AHEAD:
                    key, made = waiting.popleft()
                    yield made.result(), key
            while waiting:
                key, made = waiting.popleft()
                yield made.result(), key

    def _drawing(self, n: int, shot: ShotPlan, pool: ThreadPoolExecutor) -> Stack | Moving:
        """What draws the shot: layers of a scene, or the caller's pictures."""
        first = self.request.first_frame if n == 0 else None
        last = self.request.last_frame if n == len(self.shots) - 1 else None
        if not first and not last:
            cfg = self.request.cfg_scale
            return scene.build(
                shot, self.size, pool, 1 - (DEFAULT_CFG_SCALE if cfg is None else cfg)
            )
        return Moving(
            first=self._fitted(first),
            last=self._fitted(last),
            moves=shot.moves,
            seconds=shot.seconds,
            effects=scene.weather_effects(shot) if "weather" in shot.named else [],
        )

    def _fitted(self, image: Image | None) -> Texture | None:
        if image is None:
            return None
        return frames.fitted(self.images[image.source], self.size, scene.span_of(self.size))

    def _frame(self, drawing: Stack | Moving, shot: ShotPlan, i: int) -> Any:
        t = i / max(1, shot.frames - 1)
        canvas = self.spare.pop() if self.spare else Canvas(self.size, scene.span_of(self.size))
        drawing.draw(canvas, t)
        frame = self.finish.frame(canvas, shot.first + i, drawing.strength(t))
        self.spare.append(canvas)
        return frame
