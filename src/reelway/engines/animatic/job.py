"""One film: request in, file and report out.

plan ─► per shot: build (paint textures, two threads) ─► frames (two threads, in order)
                                                          └─► Writer (encoder's thread)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from reelway.engines.animatic import scene
from reelway.engines.animatic.canvas import Canvas
from reelway.engines.animatic.compose import Finish, Stack
from reelway.engines.animatic.encode import Writer
from reelway.engines.animatic.plan import ShotPlan, plan
from reelway.request import DEFAULT_CFG_SCALE, VideoRequest, from_json

THREADS = 2  # frames drawn side by side; the pictures do not depend on it
AHEAD = 4  # frames drawn before the encoder asks for them
PAINTING = 0.12  # share of the work that painting is taken for, in progress


def render(
    data: Mapping[str, Any],
    *,
    size: tuple[int, int],
    images: Mapping[str, Path],
    out: Path,
    progress: Callable[[float], None],
) -> dict[str, Any]:
    """Make the film of a canonical request; answer the report."""
    request = from_json(data)
    shots = plan(request)
    total = request.frames
    with ThreadPoolExecutor(THREADS) as pool:
        written = lambda n: progress(n / total)  # noqa: E731
        with Writer(out, size, written=written) as writer:
            for frame, cut in _frames(request, shots, size, pool):
                writer.picture(frame, cut=cut)
    return {
        "understood": {"shots": [s.understood() for s in shots], "seed": request.picture_seed},
        "ignored": [],
    }


def _frames(
    request: VideoRequest, shots: list[ShotPlan], size: tuple[int, int], pool: ThreadPoolExecutor
) -> Iterator[tuple[Any, bool]]:
    """Every frame of the film in order, and whether a shot begins with it."""
    finish = Finish(size, request.picture_seed)
    cfg = DEFAULT_CFG_SCALE if request.cfg_scale is None else request.cfg_scale
    spare: list[Canvas] = []

    def drawn(stack: Stack, shot: ShotPlan, i: int) -> Any:
        canvas = spare.pop() if spare else Canvas(size, scene.span_of(size))
        stack.draw(canvas, i / max(1, shot.frames - 1))
        frame = finish.frame(canvas, shot.first + i)
        spare.append(canvas)
        return frame

    for shot in shots:
        stack = scene.build(shot, size, pool, 1 - cfg)
        waiting: deque[Future[Any]] = deque()
        done = 0
        for i in range(shot.frames):
            waiting.append(pool.submit(drawn, stack, shot, i))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result(), done == 0
                done += 1
        while waiting:
            yield waiting.popleft().result(), done == 0
            done += 1
