"""One film: request in, file and report out.

    plan ─┬► per shot: build (paint textures, two threads) ─► frames (three threads, in order) ─┐
          └► sound (a thread)                                 Writer (encoder's thread) ◄──────┘

While a shot is drawn the next one is painted.

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

from reelway.engines.animatic import cutout, frames, hearing, scene, sound, still, talk
from reelway.engines.animatic.canvas import Canvas
from reelway.engines.animatic.captioning import captions
from reelway.engines.animatic.compose import GRAIN, VIGNETTE, Finish, Stack
from reelway.engines.animatic.encode import QUANTISER, QUANTISER_PICTURES, Writer
from reelway.engines.animatic.frames import Given, Moving
from reelway.engines.animatic.grade import Palette
from reelway.engines.animatic.kernels import prepared
from reelway.engines.animatic.plan import ShotPlan, plan
from reelway.engines.animatic.report import report
from reelway.engines.animatic.slate import Slate, slate
from reelway.engines.animatic.speech import Speech
from reelway.engines.animatic.subtitles import Subtitles, wanted
from reelway.request import FRAME_RATE, Image, VideoRequest, from_json

# The pictures depend on neither. One more draws than there are cores: now and then one of them
# waits for the interpreter.
PAINTING, DRAWING = 2, 3
AHEAD = 4  # frames drawn before the encoder asks for them


def render(
    data: Mapping[str, Any],
    *,
    size: tuple[int, int],
    images: Mapping[str, Path],
    out: Path,
    progress: Callable[[float], None],
    voices: Mapping[str, Mapping[str, Any]] | None = None,
    slates: bool = True,
    every: int = 1,
) -> dict[str, Any]:
    """Make the film of a canonical request; answer the report.

    `size` in pixels, both even; `images`: source → upright RGB PNG; `voices`: what was measured
    of those that were made from a sample, by id; `slates`: whether shots are announced (`slate`);
    `every`: only each such frame is drawn, and shown for as long.
    """
    request = from_json(data)
    if request.model == "animatic-still":
        return still.render(request, size=size, images=dict(images), out=out, progress=progress)
    form = prepared()
    shots = plan(request)
    total = -(-request.frames // every)
    pictures = bool(request.first_frame or request.last_frame)
    film = _Film(request, shots, size, images, slates, every)
    with (
        Speech(request, shots, voices or {}) as speech,
        _Threads() as threads,
        Writer(
            out,
            size,
            quantiser=QUANTISER_PICTURES if pictures else QUANTISER,
            sound=threads.beside.submit(film.sound, speech).result if request.sound else None,
            written=lambda n: progress(n / total),
            spare=film.finish.spare.append,
            step=every,
        ) as writer,
    ):
        for frame, key in film.frames(threads, speech):
            writer.picture(frame, cut=key)
    cut = {at: c.how for at, c in film.given.cut.items()}
    told = report(request, shots, cut, speech, captions(speech.timed(), shots, size))
    return {**told, "drawn_by": form}


def drawn(
    request: VideoRequest, size: tuple[int, int], images: Mapping[str, Path], every: int = 1
) -> Iterator[Any]:
    """The frames alone, as they go to the encoder."""
    shots = plan(request)
    film = _Film(request, shots, size, images, every=every)
    with Speech(request, shots, {}) as speech, _Threads() as threads:
        for frame, _ in film.frames(threads, speech):
            yield frame


class _Threads:
    """A film's threads; what is not begun yet when it fails is never begun."""

    def __init__(self) -> None:
        self.drawing, self.painting = ThreadPoolExecutor(DRAWING), ThreadPoolExecutor(PAINTING)
        self.ahead, self.beside = ThreadPoolExecutor(1), ThreadPoolExecutor(1)

    def __enter__(self) -> _Threads:
        return self

    def __exit__(self, *_: object) -> None:
        # `ahead` waits for `painting`, so it ends first; what it still gives is done, not dropped.
        self.ahead.shutdown(cancel_futures=True)
        for pool in (self.painting, self.drawing, self.beside):
            pool.shutdown(cancel_futures=True)


@dataclass
class _Film:
    request: VideoRequest
    shots: list[ShotPlan]
    size: tuple[int, int]
    images: Mapping[str, Path]
    slates: bool = True
    every: int = 1

    def __post_init__(self) -> None:
        absent = self.shots[0].absent
        self.finish = Finish(
            self.request.picture_seed,
            vignette=0.0 if "vignette" in absent else VIGNETTE,
            grain=0.0 if "grain" in absent else GRAIN,
        )
        self.spare: list[Canvas] = []  # canvases that were drawn on
        self.subtitles: Subtitles | None = None
        self.given = self._given()

    def frames(self, threads: _Threads, speech: Speech) -> Iterator[tuple[Any, bool]]:
        """Every frame in order, and whether it must stand by itself: a shot begins with it, or
        it is the caller's last frame."""
        last = self.request.frames - 1 if self.request.last_frame else -1
        waiting: deque[tuple[bool, Future[Any]]] = deque()
        drawings = self._drawings(threads, speech)
        for n, (shot, drawing) in enumerate(zip(self.shots, drawings, strict=True)):
            name = self._slate(n, shot)
            if n == 0 and wanted(self.request):  # by now the lines have been spoken
                lines = captions(speech.timed(), self.shots, self.size)
                self.subtitles = Subtitles(lines, self.size, scene.span_of(self.size))
            begin = -shot.first % self.every
            for i in range(begin, shot.frames, self.every):
                key = i == begin or shot.first + i == last
                waiting.append((key, threads.drawing.submit(self._frame, drawing, name, shot, i)))
                if len(waiting) > AHEAD:
                    key, made = waiting.popleft()
                    yield made.result(), key
            del drawing  # its last frames hold it for as long as they need it
        for key, made in waiting:
            yield made.result(), key

    def _drawings(self, threads: _Threads, speech: Speech) -> Iterator[Stack | Moving]:
        """What draws each shot, made while the one before it is drawn."""
        made: Future[Stack | Moving] | None = None
        for n, shot in enumerate(self.shots):
            made = made or threads.ahead.submit(self._drawing, n, shot, threads.painting, speech)
            drawing, made = made.result(), None
            if n + 1 < len(self.shots):
                later = self.shots[n + 1]
                made = threads.ahead.submit(self._drawing, n + 1, later, threads.painting, speech)
            yield drawing
            del drawing

    def sound(self, speech: Speech) -> Any:
        """All samples, in time with the pictures."""
        heard = []
        for n, shot in enumerate(self.shots):
            spoken = partial(talk.spoken, speech, n, shot.first)
            own = any(self._own(n))
            seen = hearing.framed(shot) if own else hearing.heard(
                shot, self.size, self.given, spoken)  # fmt: skip
            heard.append(seen)
        return sound.soundtrack(self.shots, self.request.picture_seed, speech, heard)

    def _drawing(
        self, n: int, shot: ShotPlan, pool: ThreadPoolExecutor, speech: Speech
    ) -> Stack | Moving:
        """What draws the shot: layers of a scene, or the caller's pictures."""
        first, last = self._own(n)
        if not first and not last:
            spoken = partial(talk.spoken, speech, n, shot.first)
            return scene.build(shot, self.size, pool, self.given, spoken)
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
            turn=shot.turn,
            drift=shot.drift,
        )

    def _own(self, n: int) -> tuple[Image | None, Image | None]:
        """The caller's frames that a shot begins and ends with."""
        first = self.request.first_frame if n == 0 else None
        return first, self.request.last_frame if n == len(self.shots) - 1 else None

    def _slate(self, n: int, shot: ShotPlan) -> Slate | None:
        if not self.slates:
            return None
        named = zip(("first", "last"), self._own(n), strict=True)
        frames = " to ".join(name for name, image in named if image)
        number, span = (n + 1, len(self.shots)), scene.span_of(self.size)
        return slate(shot, number, self.size, span, frames and f"{frames} frame")

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

    def _frame(self, drawing: Stack | Moving, name: Slate | None, shot: ShotPlan, i: int) -> Any:
        t = i / max(1, shot.frames - 1)
        try:
            canvas = self.spare.pop()
        except IndexError:
            canvas = Canvas(self.size, scene.span_of(self.size))
        drawing.draw(canvas, t)
        strength = drawing.strength(t)
        if name is not None:
            name.draw(canvas, i / FRAME_RATE, strength)
        if self.subtitles is not None:
            self.subtitles.draw(canvas, (shot.first + i) / FRAME_RATE, strength)
        frame = self.finish.frame(canvas, shot.first + i, strength)
        self.spare.append(canvas)
        return frame
