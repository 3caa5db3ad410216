"""Golden films: a few frames of each, as they go to the encoder, and one film as it is decoded.

    FILMS                     name → what is ordered
    made(name, folder)        its frames: (count, bytes of Y, U and V) at `SIZE`
    encoded(out)              the film that is decoded again
    path(name, ending)        its file, of the PyAV that is installed

`scripts/golden.py` writes the files anew; `tests/engines/animatic/test_golden.py` compares. Never
by hashes: another processor rounds otherwise, which nobody can see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np

import pictures
from reelway.engines.animatic import job
from reelway.request import Image, VideoRequest, to_json

FOLDER = Path(__file__).parent / "golden"
SIZE = (160, 90)
EVERY = 11  # of 24 frames: the first, one in the middle, one near the end
RAW, DECODED = 60.0, 45.0  # dB that a film must come up to
MOST_BYTES = 300_000  # of all files
FILMS: Mapping[str, Mapping[str, Any]] = {
    "coast": {"prompt": "a lighthouse on a coast at dusk, slow dolly in"},
    "street": {"prompt": "a woman in a red coat walks through a city street at night in the rain"},
    "forest": {"prompt": "a fox runs through a snowy forest, camera tracks left"},
    "room": {"prompt": "一个男人坐在房间里，夜晚"},
    "parallax": {"prompt": "night falls, pan right", "first_frame": "town"},
    "morph": {"prompt": "", "first_frame": "town", "last_frame": "landscape"},
    "grain": {"prompt": "a desert at noon, static", "negative_prompt": ""},
}
FILM = "coast"  # that is encoded and decoded, too


def major() -> int:
    return int(av.__version__.split(".")[0])


def path(name: str, ending: str, folder: Path = FOLDER) -> Path:
    return folder / f"{name}.av{major()}.{ending}"


def ordered(name: str, folder: Path) -> tuple[VideoRequest, dict[str, Path]]:
    """The request, and the files of its pictures."""
    fields: dict[str, Any] = {"duration": 1, "seed": 7, "negative_prompt": "grain", **FILMS[name]}
    images = {}
    for frame in ("first_frame", "last_frame"):
        if kind := fields.get(frame):
            picture = pictures.KINDS[kind]().convert("RGB").resize((480, 270))
            source = f"asset:{kind}"
            images[source] = folder / f"{kind}.png"
            picture.save(images[source])
            fields[frame] = Image(source=source, width=480, height=270)
    return VideoRequest(model="animatic", **fields), images


def made(name: str, folder: Path) -> np.ndarray:
    request, images = ordered(name, folder)
    return np.stack([planes(f) for f in job.drawn(request, SIZE, images, EVERY)])


def encoded(out: Path) -> Path:
    request, _ = ordered(FILM, out.parent)
    job.render(to_json(request), size=SIZE, images={}, out=out, progress=lambda part: None)
    return out


def decoded(film: Path) -> np.ndarray:
    def frames() -> Iterator[np.ndarray]:
        with av.open(str(film)) as container:
            for frame in container.decode(video=0):
                yield planes(frame)

    return np.stack(list(frames()))


def planes(frame: Any) -> np.ndarray:
    """Y, U and V, without the room that lies between their rows."""
    return np.concatenate([_rows(p)[:, : p.width].ravel() for p in frame.planes])


def _rows(plane: Any) -> np.ndarray:
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height]
