"""Where a film's poster is taken: what the report says of it."""

from __future__ import annotations

import pytest

from reelway.engines.animatic.plan import plan
from reelway.engines.animatic.report import telling
from reelway.request import Image, Shot, VideoRequest

PICTURE = Image(source="asset:a", width=640, height=360)


@pytest.mark.parametrize(
    ("fields", "low", "high"),
    [
        ({"prompt": "a lake"}, 3.3, 4.0),  # when the slate has gone
        ({"prompt": "a lake", "duration": 3}, 1.5, 1.5),
        ({"prompt": "", "first_frame": PICTURE, "last_frame": PICTURE}, 0, 0),  # no mixture
        ({"prompt": "night falls", "first_frame": PICTURE}, 4.0, 4.3),
        ({"prompt": "rain", "first_frame": PICTURE, "duration": 10}, 8, 8.5),
    ],
)
def test_when(fields: dict[str, object], low: float, high: float) -> None:
    request = VideoRequest(**fields)  # type: ignore[arg-type]
    assert low <= telling(request, plan(request)) <= high


def test_the_shot_with_the_most_in_it() -> None:
    shots = (
        Shot(prompt="a desert", duration=4),
        Shot(prompt="a woman and a dog by a boat", duration=4),
        Shot(prompt="an empty street", duration=4),
    )
    request = VideoRequest(shots=shots, shot_mode="customize", duration=12)
    assert 4 < telling(request, plan(request)) < 8
