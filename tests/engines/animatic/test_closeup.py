"""Animals from near: a face fills the frame, looks at us, blinks, and is the same at every size."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from engines.animatic.test_sources import builder
from reelway.engines.animatic import beasts, closeup, muzzles, pelts, solid
from reelway.engines.animatic.canvas import Window
from reelway.engines.animatic.light import light

SHINE = solid.shade(light("day", "clear", 1), indoors=False, town=False)


def face(
    breed: str, density: float = 50.0, lids: float = 1.0, seed: int = 4
) -> tuple[np.ndarray, np.ndarray]:
    window = Window.of(-0.8, -0.5, 0.8, 0.5, density)
    build = beasts.build(breed, None)
    return muzzles.face(window, build, SHINE, (0.0, 0.0), 0.28, seed, lids=lids)


@pytest.mark.parametrize("breed", sorted(pelts.KINDS))
def test_a_face_is_whole(breed: str) -> None:
    picture, cover = face(breed)
    middle = cover[18:34, 32:48]
    assert middle.min() > 0.95  # no hole in it
    assert np.isfinite(picture).all() and picture.min() >= 0
    assert picture[10:40, 25:55].std() > 0.04


def test_breeds_are_told_apart() -> None:
    faces = {
        breed: face(breed)[0][10:40, 25:55] for breed in ("cat", "dog", "fox", "bear", "tiger")
    }
    for a, b in combinations(faces, 2):
        assert np.abs(faces[a] - faces[b]).mean() > 0.03, (a, b)


@pytest.mark.parametrize("breed", ["cat", "wolf", "panda"])
def test_lids_close_over_the_eyes_alone(breed: str) -> None:
    open_, shut = face(breed)[0], face(breed, lids=0.05)[0]
    changed = np.abs(open_ - shut).max(axis=2) > 0.02
    left, low, right, top = (0.28 * v * 50 for v in pelts.eyes(pelts.KINDS[breed]))
    inside = np.zeros_like(changed)
    inside[int(25 - top) : int(26 - low), int(40 + left) : int(41 + right)] = True
    assert changed.any() and not (changed & ~inside).any()


def test_one_face_at_two_sizes() -> None:
    small, large = (face("fox", d)[0] for d in (40.0, 80.0))
    h, w = small.shape[:2]
    halved = large[: 2 * h, : 2 * w].reshape(h, 2, w, 2, 3).mean(axis=(1, 3))
    seen = face("fox", 40.0)[1] > 0.9
    assert np.abs(halved - small)[seen].mean() < 0.06
    assert np.array_equal(face("fox")[0], face("fox")[0])


@pytest.mark.parametrize("size", [(640, 360), (360, 640), (400, 400)])
@pytest.mark.parametrize("breed", ["cat", "horse"])
def test_it_fills_the_frame(
    breed: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Upright frames, too; face and neck are as wide as a good part of it."""
    units: list[float] = []
    monkeypatch.setattr(muzzles, "face", lambda w, b, s, at, unit, *_, **__: units.append(unit))
    monkeypatch.setattr(solid, "paint", lambda *_, unit, **__: units.append(unit))
    b = builder(f"close-up of a {breed} in a meadow", size)
    painters: list[object] = []
    monkeypatch.setattr(
        b, "add", lambda *args, **_: painters.extend(a for a in args if callable(a))
    )
    (subject,) = (s for s in b.shot.subjects if s.kind == "animal")
    closeup.animal(b, subject, beasts.build(breed, None), "stand")
    window = Window.of(-0.1, -0.1, 0.1, 0.1, 40.0)
    painters[0](window)  # type: ignore[operator]
    long = b.path.lens
    half = min(b.half_width, b.span / 2) / long
    least = 0.3 if breed == "cat" else 0.2  # half a skull; a man's height for others
    assert least * half < units[0] < 3 * half
