"""The words of a prompt change the picture in the way that they say."""

from __future__ import annotations

import numpy as np
import pytest

from engines.animatic.filming import Make
from reelway.engines.animatic.resample import box_blur, resample, taps

SIZE = (192, 108)


def shift(a: np.ndarray, b: np.ndarray, axis: int) -> int:
    """By how many pixels the content moved from a to b along an axis; found by correlation."""
    scores = {}
    for by in range(-24, 25):
        moved = np.roll(b, -by, axis=axis)
        keep = [slice(None), slice(None)]
        keep[axis] = slice(26, -26)
        x, y = a[tuple(keep)], moved[tuple(keep)]
        scores[by] = float(((x - x.mean()) * (y - y.mean())).mean() / (x.std() * y.std() + 1e-9))
    return max(scores, key=scores.__getitem__)


def test_night_is_darker_than_day(make: Make) -> None:
    levels = {
        time: make(f"mountains {words}, static", seed=2, duration=1, every=8).luma().mean()
        for time, words in {"day": "at noon", "dusk": "at dusk", "night": "at night"}.items()
    }
    assert levels["night"] < levels["dusk"] < levels["day"]
    assert levels["night"] < 0.6 * levels["day"]


@pytest.mark.parametrize(
    ("move", "axis", "sign"),
    [
        ("pan right", 1, -1),
        ("the camera pans left", 1, 1),
        ("镜头向右摇", 1, -1),
        ("tilt down", 0, -1),
        ("tilt up", 0, 1),
        ("tracking right", 1, -1),
    ],
)
def test_the_camera_moves_as_told(make: Make, move: str, axis: int, sign: int) -> None:
    luma = make(f"mountains and a lake at noon, {move}", seed=6, size=SIZE, every=10).luma()
    moved = shift(luma[3], luma[4], axis)
    assert moved * sign > 0


def test_static_stays(make: Make) -> None:
    luma = make("desert at noon, clear sky, static camera", seed=6, size=SIZE, every=20).luma()
    assert shift(luma[0], luma[-1], 1) == shift(luma[0], luma[-1], 0) == 0


def test_zooming_in_enlarges(make: Make) -> None:
    """The last frame, shrunk, is found in the middle of the first."""
    luma = make("mountains at noon, zoom in", seed=6, size=SIZE, every=71).luma()
    first, last = luma[0], luma[-1]

    def likeness(scale: float) -> float:
        h, w = 40, 70
        at = [(np.arange(n) - n / 2 + 0.5) * scale + s / 2 - 0.5 for n, s in ((h, 108), (w, 192))]
        a = resample(first, taps(at[0], 108), taps(at[1], 192))
        b = last[34 : 34 + h, 61 : 61 + w]
        return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])

    assert likeness(0.72) > likeness(1.0)


def test_near_things_pass_faster_than_far_ones(make: Make) -> None:
    """Parallax: under a tracking camera the ground runs, the mountains do not."""
    luma = make("grassy hills at noon, track right fast", seed=6, size=SIZE, every=2).luma()
    near = np.abs(luma[18] - luma[19])[-25:-12].mean()
    far = np.abs(luma[18] - luma[19])[5:30].mean()
    assert near > 2 * far


def test_rain_falls(make: Make) -> None:
    dry = make("a field at night, overcast, static", seed=4, size=SIZE, duration=1).luma()
    wet = make("a field at night, rain, static", seed=4, size=SIZE, duration=1).luma()

    def unrest(luma: np.ndarray) -> float:
        return float(np.abs(np.diff(luma, axis=0)).max(axis=0).mean())

    assert unrest(wet) > 1.5 * unrest(dry)


def test_what_the_negative_prompt_names_is_not_there(make: Make) -> None:
    few = {"seed": 4, "duration": 1, "every": 6}
    plain = make("a field at noon, static", **few)
    without = make("a field at noon, people, rain, static", negative_prompt="people, rain", **few)
    assert np.abs(plain.luma() - without.luma()).mean() < 0.5
    assert "subjects" not in without.report["understood"]["shots"][0]


def test_subjects_are_drawn(make: Make) -> None:
    one = {"seed": 4, "size": SIZE, "duration": 1, "every": 12}
    empty = make("a desert at noon, static, clear", **one).luma()[1]
    for words in ("a man", "three horses", "a campfire", "a red car", "a castle", "a huge airship"):
        there = make(f"a desert at noon, static, clear, {words}", **one).luma()[1]
        changed = np.abs(there - empty) > 25
        assert 0.0005 < changed.mean() < 0.3, words


def test_monochrome_has_no_colour(make: Make) -> None:
    for prompt, coloured in (
        ("a desert at sunset", True),
        ("film noir, a desert at sunset", False),
    ):
        with make(prompt, seed=4, duration=1, every=24).open() as container:
            frame = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(float)
        assert (np.ptp(frame, axis=2).mean() > 20) == coloured


@pytest.mark.parametrize(
    "prompt",
    [
        "a rocky coast, lighthouse in fog, two sailboats, seagulls",
        "a harbour city at night, neon, airships",
        "a quiet street in the snow, a taxi",
        "bamboo forest in the morning, a deer",
        "a temple by the river in autumn, storm",
        "the keeper climbs the stairs",
        "a kitchen at night, a woman sits at the table",
        "a starship above a planet, orbit shot",
        "a snowfield at dusk, wolves run, a cabin",
        "海边的村庄,樱花,黄昏",
    ],
)
@pytest.mark.parametrize("size", [(96, 54), (54, 96)])
def test_every_place_is_a_whole_picture(make: Make, prompt: str, size: tuple[int, int]) -> None:
    luma = make(prompt, size=size, duration=1).luma()
    assert luma.std(axis=(1, 2)).min() > 6  # never an empty card
    assert (luma < 17).mean() < 0.5
    jumps = np.abs(np.diff(luma, axis=0)).mean(axis=(1, 2))
    assert jumps.max() < 30  # and no jump within a shot


def test_a_box_blur_is_the_mean_of_what_is_near() -> None:
    plane = np.random.default_rng(3).random((9, 7), np.float32)
    padded = np.pad(plane, 2)
    mean = np.array([[padded[y : y + 5, x : x + 5].mean() for x in range(7)] for y in range(9)])
    assert np.allclose(box_blur(plane, 2), mean, atol=1e-6)
    colours = np.stack([plane, 2 * plane], axis=-1)
    assert np.allclose(box_blur(colours, 2)[..., 1], 2 * mean, atol=1e-6)
