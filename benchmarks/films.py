"""What a film costs: wall and processor time, memory, and what of it is drawing.

    python benchmarks/films.py [--sizes 720p,1080p,4k] [--films coast,street,…] [--runs 3]
                               [--each 1] [--plain]

Each film is 5 s with sound, made by a warm child as `serve` keeps one: kernels compiled, the usual
still drawn. Every run is a child of its own. Encoder: x264 ultrafast with cabac=0, bframes=3 and a
fixed quantiser, 22 (15 for a caller's pictures), the settings in `reelway.engines.animatic.encode`;
one encoder thread, two at 4k. Figures from before them (cabac=1, bframes=2, crf=22) do not compare:
encoding took a third more.

    wall, cpu   seconds of a film, from the order until the file is closed; the median of the runs
    memory      the child's peak resident memory, MB; the largest of the runs
    frame       processor time of drawing one frame, ms, without building the shot and encoding
    ÷ copy      that by the time a memcpy of the frame's planes takes in the same run
    build       processor time until the shot can be drawn, s

`six` is six shots of 2 s; `one` the first of their prompts for 12 s; the last line is their ratio.
`wanted` is what a film of 5 s may take on two cores that nobody else uses. `--each`: films that a
child makes, of which the last is timed; memory is the most that any took. `--plain`: without the
compiler.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

SIZES = {"720p": (1280, 720), "1080p": (1920, 1080), "4k": (3840, 2160)}
SHOTS = (
    "a rocky coast at dawn, slow dolly in",
    "the same coast, gulls over the surf, pan right",
    "a fishing boat on the sea, tracking left",
    "a lighthouse at dusk, static",
    "a man walks along the beach at dusk, tracking right",
    "the sea at night under the moon, crane up",
)
FILMS: dict[str, dict[str, Any]] = {
    "coast": {"prompt": SHOTS[0]},
    "street": {"prompt": "a rainy neon street at night with a crowd of people walking"},
    "forest": {"prompt": "a deer walks through a misty forest at dawn, tracking right"},
    "snow": {"prompt": "snow falls on a mountain at dusk, slow dolly in"},
    "picture": {"prompt": "slow dolly in", "picture": True},
    "one": {"prompt": SHOTS[0], "duration": 12},
    "six": {"shots": SHOTS, "duration": 12},
}
WANTED = {"720p": (2.0, 500), "1080p": (3.8, 750), "4k": (14.4, 1400)}  # wall s, memory MB
MOST_SIX = 1.7
HEAD = ("size", "film", "wall", "cpu", "memory", "build", "frame", "÷ copy")
ROW = "{:6} {:8} {:>7} {:>7} {:>8} {:>7} {:>7} {:>7}"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", default=",".join(SIZES))
    parser.add_argument("--films", default=",".join(FILMS))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--each", type=int, default=1, help="films that a child makes")
    parser.add_argument("--plain", action="store_true", help="without the compiler")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)  # a child's order
    parser.add_argument("--picture", type=Path, help=argparse.SUPPRESS)  # and another's
    return parser.parse_args()


def main() -> None:
    asked = options()
    if asked.picture:
        still(asked.picture)
        return
    if asked.one:
        print(json.dumps(measured(*asked.one, asked.each)))
        return
    print(ROW.format(*HEAD))
    for size in asked.sizes.split(","):
        wall, memory = WANTED[size]
        print(ROW.format(size, "wanted", f"{wall:.1f} s", "–", memory, "–", "–", "–"))
        walls: dict[str, float] = {}
        for name in asked.films.split(","):
            runs = [child(size, name, asked.each, asked.plain) for _ in range(asked.runs)]
            middle = {k: statistics.median(r[k] for r in runs) for k in runs[0]}
            walls[name] = middle["wall"]
            drawn = f"{middle['frame']:.1f}", f"{middle['frame'] / middle['copy']:.0f}"
            if name == "six":  # among its frames are further shots to be built
                drawn = "–", "–"
            print(
                ROW.format(
                    size, name, f"{middle['wall']:.1f} s", f"{middle['cpu']:.1f} s",
                    f"{max(r['memory'] for r in runs):.0f}", f"{middle['build']:.2f} s", *drawn
                ),
                flush=True,
            )  # fmt: skip
        if {"one", "six"} <= walls.keys():
            ratio = walls["six"] / walls["one"]
            print(f"{size:6} six ÷ one {ratio:.2f}, wanted {MOST_SIX}", flush=True)


def child(size: str, name: str, each: int, plain: bool) -> dict[str, float]:
    """Measured in a process of its own."""
    env = {**os.environ, "NUMBA_DISABLE_JIT": "1"} if plain else None
    command = [sys.executable, __file__, "--one", size, name, "--each", str(each)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=env)
    return dict(json.loads(done.stdout))


def measured(size: str, name: str, each: int) -> dict[str, float]:
    import resource

    from reelway.engines.animatic.__main__ import settled, thrifty, tidy

    thrifty()
    from reelway.engines.animatic import job
    from reelway.engines.animatic.kernels import prepared
    from reelway.request import to_json

    settled()
    prepared()
    with tempfile.TemporaryDirectory() as folder:
        request, images = ordered(name, size, Path(folder))
        out = Path(folder) / "film.mp4"
        usual = replace(request, model="animatic-still", first_frame=None, kind="text")
        orders = [(usual, SIZES["720p"]), *[(request, SIZES[size])] * each]
        for order, pixels in orders:
            begun, used = time.monotonic(), time.process_time()
            job.render(to_json(order), size=pixels, images=images, out=out, progress=lambda f: None)
            wall, cpu = time.monotonic() - begun, time.process_time() - used
            tidy()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        memory *= 1 / 1e6 if sys.platform == "darwin" else 1024 / 1e6
        build, frame = drawing(request, SIZES[size], images)
    found = {"wall": wall, "cpu": cpu, "memory": memory, "build": build, "frame": frame}
    return {**found, "copy": copying(SIZES[size])}


def ordered(name: str, size: str, folder: Path) -> tuple[Any, dict[str, Path]]:
    from reelway.request import Image, Shot, VideoRequest

    film = FILMS[name]
    request = VideoRequest(
        prompt=film.get("prompt", ""), model="animatic", resolution=size, aspect_ratio="16:9",
        duration=film.get("duration", 5), sound=True, seed=7,
    )  # fmt: skip
    if "shots" in film:
        each = request.duration // len(film["shots"])
        shots = tuple(Shot(prompt=p, duration=each) for p in film["shots"])
        request = replace(request, shots=shots, shot_mode="customize")
    if not film.get("picture"):
        return request, {}
    path = folder / "picture.png"
    subprocess.run([sys.executable, __file__, "--picture", path], check=True)
    return replace(request, kind="image", first_frame=Image(source="a")), {"a": path}


def still(path: Path) -> None:
    """A picture to begin with: a frame of another film."""
    from reelway.engines.animatic import job
    from reelway.request import VideoRequest

    request = VideoRequest(prompt="a man stands in a field at noon", duration=3, seed=3)
    frames = job.drawn(request, (1920, 1080), {}, every=72)
    next(frames).to_image().save(path)
    frames.close()


def drawing(request: Any, size: tuple[int, int], images: dict[str, Path]) -> tuple[float, float]:
    """Processor time until the first frame, s, and of each further one, ms."""
    from reelway.engines.animatic import job

    used = time.process_time()
    frames = job.drawn(request, size, images, every=4)
    next(frames)
    build = time.process_time() - used
    count = sum(1 for _ in frames)
    return build, (time.process_time() - used - build) / max(count, 1) * 1000


def copying(size: tuple[int, int]) -> float:
    """Of the planes of a frame, ms."""
    import numpy as np

    planes = np.zeros(size[0] * size[1] * 3 // 2, np.uint8)
    target, times = np.ones_like(planes), []
    for _ in range(20):
        used = time.perf_counter()
        target[:] = planes
        times.append(time.perf_counter() - used)
    return statistics.median(times) * 1000


if __name__ == "__main__":
    main()
