"""Films for these tests: small, all from one real child (numpy in it has the right settings)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engines.animatic.filming import SMALL, Child, Film, Make
from reelway.engine import PROTOCOL
from reelway.request import Shot, VideoRequest, to_json


@pytest.fixture(scope="session")
def studio() -> Iterator[Child]:
    child = Child()
    child.ready = child.hear()
    yield child
    child.process.kill()
    child.process.communicate()


@pytest.fixture
def make(studio: Child, tmp_path: Path) -> Make:
    """Render a request given by its fields, `shots` as (prompt, seconds) pairs; or `exactly`.
    `every`: only each such frame."""

    def render(
        prompt: str = "",
        *,
        size: tuple[int, int] = SMALL,
        every: int = 1,
        images: Any = None,
        exactly: VideoRequest | None = None,
        **fields: Any,
    ) -> Film:
        if "shots" in fields:
            pairs = fields["shots"]
            fields["shots"] = tuple(Shot(prompt=p, duration=s) for p, s in pairs)
            fields["duration"] = sum(s for _, s in pairs)
            fields["shot_mode"] = "customize"
        request = exactly or VideoRequest(
            **{"prompt": prompt, "duration": 3, "model": "animatic", **fields}
        )
        out = tmp_path / "film.mp4"
        studio.tell(
            {
                "v": PROTOCOL,
                "job": "1.1",
                "request": to_json(request),
                "size": list(size),
                "images": {source: str(path) for source, path in (images or {}).items()},
                "out": str(out),
                "every": every,
            }
        )
        _, last = studio.answer()
        assert "done" in last, last
        return Film(out.read_bytes(), last["done"]["report"])

    return render
