"""The media helper's child: `python -m reelway.media`. One operation after another.

{"job": "7", "do": "check_image", "path": "/…", …}   → {"job": "7", "done": {…}}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from reelway.lines import JobError, Tell, child_setup, serve_lines


def check_image(job: dict[str, Any]) -> dict[str, Any]:
    from reelway.media import pictures

    long, short = job["most_ratio"]
    return pictures.check(
        Path(job["path"]),
        job["most_bytes"],
        job["shortest_side"],
        (long, short),
        job["most_pixels"],
    )


def plain_image(job: dict[str, Any]) -> dict[str, Any]:
    from reelway.media import pictures

    return pictures.plain(Path(job["path"]), Path(job["out"]), job["longest"], job["most_pixels"])


def probe(job: dict[str, Any]) -> dict[str, Any]:
    from reelway.media import films

    return films.probe(Path(job["path"]))


def poster(job: dict[str, Any]) -> dict[str, Any]:
    from reelway.media import films

    return films.poster(Path(job["path"]), Path(job["out"]), job["at"], job["longest"])


# Each imports what it needs when it is first asked: a child that probes films holds no Pillow.
OPERATIONS: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "check_image": check_image,
    "plain_image": plain_image,
    "probe": probe,
    "poster": poster,
}


def handle(job: dict[str, Any], tell: Tell) -> Mapping[str, Any]:
    try:
        return OPERATIONS[job["do"]](job)
    except MemoryError as error:
        raise JobError("too_much_memory", "it takes too much memory to decode") from error


if __name__ == "__main__":
    lines = child_setup()
    serve_lines(handle, {"helper": "media"}, lines)
