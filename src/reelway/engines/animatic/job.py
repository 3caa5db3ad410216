"""One film: request in, file and report out.

    plan ─► per shot: build (paint textures, two threads) ─► frames (two threads, in order)
                                                              └─► Writer (encoder's thread)

`cfg_scale` is seen in camera and composition: the lower, the more the camera drifts by itself and
the further things stand from the middle; see `plan.freedom`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reelway.engines.animatic import cutout, frames, scene, sound, still
from reelway.engines.animatic.canvas import Canvas
from reelway.engines.animatic.compose import GRAIN, VIGNETTE, Finish, Stack
from reelway.engines.animatic.encode import Writer
from reelway.engines.animatic.frames import Given, Moving
from reelway.engines.animatic.grade import Palette
from reelway.engines.animatic.plan import ShotPlan, plan
from reelway.engines.animatic.report import report
from reelway.engines.animatic.speech import Speech
from reelway.request import Image, VideoRequest, from_json

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
    voices: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Make the film of a canonical request; answer the report.

    `size` in pixels, both even; `images`: source → upright RGB PNG; `voices`: what was measured
    of those that were made from a sample, by id.
    """
    request = from_json(data)
    if request.model == "animatic-still":
        return still.render(request, size=size, images=dict(images), out=out, progress=progress)
    shots = plan(request)
    total = request.frames
    pictures = bool(request.first_frame or request.last_frame)
    film = _Film(request, shots, size, images)
    with (
        Speech(request, shots, voices or {}) as speech,
        ThreadPoolExecutor(THREADS) as pool,
        Writer(
            out,
            size,
            crf=CRF_PICTURES if pictures else CRF,
            sound=partial(sound.soundtrack, shots, request.picture_seed, speech)
            if request.sound
            else None,
            written=lambda n: progress(n / total),
        ) as writer,
    ):
        for frame, key in film.frames(pool):
            writer.picture(frame, cut=key)
    return report(request, shots, {at: c.how for at, c in film.given.cut.items()}, speech)


@dataclass
class _Film:
    request: VideoRequest
    shots: list[ShotPlan]
    size: tuple[int, int]
    images: Mapping[str, Path]

    def __post_init__(self) -> None:
        absent = self.shots[0].absent
        self.finish = Finish(
            self.size,
            self.request.picture_seed,
            vignette=0.0 if "vignette" in absent else VIGNETTE,
            grain=0.0 if "grain" in absent else GRAIN,
        )
        self.spare: list[Canvas] = []
        self.given = self._given()

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
            return scene.build(shot, self.size, pool, self.given)
        begin, end = self._fitted(first), self._fitted(last)
        shown = begin or end
        assert shown is not None
        return Moving(
            first=begin,
            last=end,
            moves=shot.moves,
            seconds=shot.seconds,
            seed=shot.seed,
            freedom=shot.freedom,
            weather=shot.weather if "weather" in shot.named else "",
            absent=shot.absent,
            overlay=scene.overlay(shot, self.size, pool, self.given, shown.small),
        )

    def _given(self) -> scene.Pictures:
        """The pictures that are named as subjects, cut out; the other references as colours."""
        sources = {("element", n + 1): e.frontal for n, e in enumerate(self.request.elements)}
        sources |= {("image", n + 1): image for n, image in enumerate(self.request.references)}
        shown = {(s.kind, s.element) for shot in self.shots for s in shot.subjects}
        cut: dict[tuple[str, int | None], cutout.Cutout] = {
            at: cutout.cut(self.images[image.source])
            for at, image in sources.items()
            if at in shown
        }
        looks = [
            cutout.load(self.images[image.source], 96).reshape(-1, 3)
            for at, image in sources.items()
            if at[0] == "image" and at not in shown
        ]
        palette = Palette.of(np.concatenate(looks)) if looks else None
        return scene.Pictures(cut=cut, palette=palette)

    def _fitted(self, image: Image | None) -> Given | None:
        if image is None:
            return None
        return frames.given(self.images[image.source], self.size, scene.span_of(self.size))

    def _frame(self, drawing: Stack | Moving, shot: ShotPlan, i: int) -> Any:
        t = i / max(1, shot.frames - 1)
        canvas = self.spare.pop() if self.spare else Canvas(self.size, scene.span_of(self.size))
        drawing.draw(canvas, t)
        frame = self.finish.frame(canvas, shot.first + i, drawing.strength(t))
        self.spare.append(canvas)
        return frame
