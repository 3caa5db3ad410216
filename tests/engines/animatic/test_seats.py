"""Who sits is on the thing that was named; who stands rests on one leg."""

from __future__ import annotations

import pytest

from engines.animatic.test_sources import builder
from reelway.engines.animatic import gaits, seats
from reelway.engines.animatic.furnish import BEFORE
from reelway.engines.animatic.solid import bounds


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("a woman sits on a sofa in a living room", "sofa"),
        ("an old man sitting alone on a wooden park bench", "bench"),
        ("a girl sits on her bed in her bedroom", "bed"),
        ("a man sits on a chair in an empty room", "chair"),
        ("老人坐在公园的长椅上", "bench"),
        ("a man sits on the grass beside a bench", ""),
        ("a man stands beside a chair in a room", ""),
        ("a woman sits in a meadow", ""),
    ],
)
def test_the_seat_that_is_named(prompt: str, kind: str) -> None:
    b = builder(prompt)
    (subject,) = (s for s in b.shot.subjects if s.kind == "person")
    assert seats.named(b, subject) == kind
    for thing in b.shot.subjects:
        if thing.look.breed in ("bench", "chair"):
            assert seats.taken(b, thing) == (thing.look.breed == kind)


def test_on_the_sofa_that_stands_there() -> None:
    b = builder("a woman sits on a sofa in a living room")
    (subject,) = (s for s in b.shot.subjects if s.kind == "person")
    at = seats.furnished(b, subject, 0)
    assert at is not None and seats.under(b, subject, 0.5) == []
    x, foot, unit, depth = at
    left, top, right, bottom = BEFORE[""][1].box
    assert left < x < right and depth < 1.7
    assert top < foot - seats.HIPS * unit < bottom  # hips on its front edge
    assert foot > bottom - 0.02  # feet on the floor before it


@pytest.mark.parametrize("prompt", [
    "a man sits on a bench in a field", "a man sits on a chair in a field",
    "a man sits on a sofa in a library",
])  # fmt: skip
def test_seats_stand_on_the_ground_under_the_hips(prompt: str) -> None:
    b = builder(prompt)
    (subject,) = (s for s in b.shot.subjects if s.kind == "person")
    left, right, low, high = bounds(seats.under(b, subject, 0.45))
    assert left < 0 < right and -0.06 < low < 0.03 and high > seats.HIPS


def test_a_stance_is_never_two_pillars() -> None:
    gait = gaits.stand()
    poses = [gait.pose(k / gait.frames) for k in range(gait.frames)]
    for pose in poses:
        right, left = pose.feet
        assert abs(right.x - left.x) + abs(right.y - left.y) > 0.03
        assert pose.arms[0] != pose.arms[1]
    lifted = [max(f.y for f in pose.feet) - gaits.ANKLE for pose in poses]
    bearing = [min(f.y for f in pose.feet) - gaits.ANKLE for pose in poses]
    assert max(lifted) > 0.02 and max(bearing) < 0.016
    assert any(p.shift > 0.015 for p in poses) and any(p.shift < -0.015 for p in poses)
    moved = [abs(a.shift - b.shift) for a, b in zip(poses, poses[1:] + poses[:1], strict=True)]
    assert max(moved) < 0.012  # slowly, and without a jump where the cycle closes


def test_people_stand_in_manners_of_their_own() -> None:
    hands = {gaits.stand(manner=n).pose(0.3).hands for n in range(len(gaits.MANNERS))}
    assert len(hands) == len(gaits.MANNERS)
