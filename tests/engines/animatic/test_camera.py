"""A camera that travels keeps whom the shot is about in the picture."""

from __future__ import annotations

from itertools import pairwise

import pytest

from reelway.engines.animatic.camera import Aim, Path
from reelway.engines.animatic.moves import Move, read_moves

AIM = Aim(x=0.14, y=0.2, depth=0.8, horizon=0.08)
WIDTH = 16 / 9


def seen(move: Move, t: float, aim: Aim | None) -> tuple[float, float]:
    """Where the aim is in the frame, from its middle."""
    path = Path(moves=(move,), width=WIDTH, seconds=5, seed=3, freedom=0.0, aim=aim)
    frame = path.pose(t).look(AIM.depth, AIM.horizon)
    return (AIM.x - frame.x0) / frame.scale_x, (AIM.y - frame.y0) / frame.scale_y


@pytest.mark.parametrize("kind", ["dolly", "crane", "aerial", "orbit"])
@pytest.mark.parametrize("direction", ["in", "out", "left", "right", "up", "down"])
def test_it_stays_in_the_picture(kind: str, direction: str) -> None:
    move = Move(kind=kind, direction=direction, speed="fast")  # type: ignore[arg-type]
    for k in range(25):
        x, y = seen(move, k / 24, AIM)
        assert abs(x) < 0.36 * WIDTH
        assert y < 0.46


def test_an_orbit_turns_about_it() -> None:
    move = Move(kind="orbit", direction="left")
    spots = [seen(move, k / 8, AIM)[0] for k in range(9)]
    assert max(spots) - min(spots) < 0.05
    loose = [seen(move, k / 8, None)[0] for k in range(9)]
    assert max(loose) - min(loose) > 0.4


def test_turning_away_is_obeyed() -> None:
    """Who asks for a pan gets it."""
    move = Move(kind="pan", direction="right")
    assert seen(move, 1.0, AIM) == seen(move, 1.0, None)


def test_the_way_is_smooth() -> None:
    for kind in ("dolly", "crane", "aerial", "orbit"):
        move = Move(kind=kind, direction="", speed="fast")  # type: ignore[arg-type]
        path = Path(moves=(move,), width=WIDTH, seconds=5, seed=3, freedom=0.0, aim=AIM)
        for axis in ("pan", "tilt"):
            values = [getattr(path.pose(n / 119), axis) for n in range(120)]
            steps = [b - a for a, b in pairwise(values)]
            jerks = [abs(b - a) for a, b in pairwise(steps)]
            assert max(jerks) < 0.004


def test_a_pan_up_is_a_tilt() -> None:
    assert read_moves("then the camera pans up to the sky") == (Move(kind="tilt", direction="up"),)
    assert read_moves("pan right") == (Move(kind="pan", direction="right"),)
