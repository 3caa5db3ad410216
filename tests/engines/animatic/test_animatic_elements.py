"""The caller's elements: cut out, placed where the prompt says, the same in every shot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.animatic.filming import Film, Make, colours, fitted, image, plain, psnr, save
from reelway.engines.animatic.cutout import cut
from reelway.engines.animatic.grammar import read
from reelway.request import Element

SIZE = (160, 90)


def magenta(rgb: np.ndarray) -> np.ndarray:
    r, g, b = (rgb[..., i] for i in range(3))
    return (r > g + 40) & (b > g + 25)


def green(rgb: np.ndarray) -> np.ndarray:
    """The element's green, which no grass has."""
    r, g, b = (rgb[..., i] for i in range(3))
    return (g > r + 60) & (g > b + 50)


def middle(mask: np.ndarray) -> tuple[float, float]:
    """x and y of a mask's middle, 0…1."""
    y, x = np.nonzero(mask)
    assert len(x) > 20, "nothing of that colour"
    return float(x.mean()) / mask.shape[1], float(y.mean()) / mask.shape[0]


@pytest.fixture
def cast(make: Make, tmp_path: Path) -> Any:
    """A film with a magenta and perhaps a green element."""
    first, one = plain(tmp_path, "m", "magenta")
    second, two = plain(tmp_path, "g", "green")
    images = {first.source: one, second.source: two}

    def film(prompt: str = "", *, both: bool = False, **more: Any) -> Film:
        elements = (Element(frontal=first), Element(frontal=second))[: 2 if both else 1]
        more = {"seed": 4, "duration": 1, **more, "images": {**images, **more.get("images", {})}}
        return make(prompt, elements=elements, **more)

    return film


def test_before_white_it_is_cut_out_without_a_hem(tmp_path: Path) -> None:
    _, path = plain(tmp_path, "m", "magenta")
    made = cut(path)
    assert made.how == "flat"
    assert abs(made.aspect - 140 / 240) < 0.05
    assert abs(made.cover.mean() - np.pi / 4) < 0.03  # an ellipse in its box
    seen = made.colour[made.cover > 0.3]
    assert np.abs(seen - np.array([224, 32, 160]) / 255).max() < 0.25  # no white at the edge


def test_before_a_busy_background(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    patches = random.uniform(0.5, 1, (10, 10, 3)) * np.array([90, 130, 80])
    rgb = np.kron(patches, np.ones((32, 32, 1)))
    y, x = np.mgrid[0:320, 0:320]
    rgb[np.hypot((x - 160) / 60, (y - 170) / 80) < 1] = (235, 90, 150)
    made = cut(save(tmp_path, "busy", rgb.astype(np.uint8)))
    assert made.how == "contrast"
    assert 0.6 < made.aspect < 0.95


def test_without_a_clear_subject_its_middle_fades_out(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    noise = np.kron(random.integers(0, 255, (40, 60, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    made = cut(save(tmp_path, "noise", noise))
    assert made.how == "vignette"
    assert abs(made.aspect - 1.5) < 0.1
    high, wide = made.cover.shape
    assert made.cover[0].max() < 0.6 and made.cover[:, 0].max() < 0.6
    assert made.cover[high // 2, wide // 2] == 1
    assert np.abs(np.diff(made.cover, axis=1)).max() < 0.05  # no edge anywhere


def test_a_pool_of_light_is_no_subject(tmp_path: Path) -> None:
    y, x = np.mgrid[0:300, 0:400]
    wall = 60 + 150 * np.exp(-(((x - 200) / 90) ** 2) - ((y - 150) / 80) ** 2)
    rgb = np.stack([wall, wall * 0.9, wall * 0.75], axis=-1).astype(np.uint8)
    assert cut(save(tmp_path, "pool", rgb)).how == "vignette"


def _before_a_meadow(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A figure of two colours with a ring for a tail, before sky and grass; and its cover."""
    y, x = np.mgrid[0:360, 0:360].astype(float)
    grass = np.stack([70 + 0 * x, 120 + 0 * x, 45 + 0 * x], axis=-1) + rng.normal(
        0, 9, (360, 360, 1)
    )
    view = np.where((y < 190)[..., None], np.array([150, 185, 235.0]), grass)
    body = np.clip(62 - np.hypot((x - 160), (y - 230) * 0.8) + 0.5, 0, 1)
    head = np.clip(42 - np.hypot(x - 160, y - 125) + 0.5, 0, 1)
    tail = np.clip(9 - np.abs(np.hypot(x - 248, y - 235) - 38) + 0.5, 0, 1)
    cover = np.maximum.reduce([body, head, tail])
    ink = np.where((y < 165)[..., None], np.array([235, 180, 150.0]), np.array([200, 40, 60.0]))
    rgb = view * (1 - cover[..., None]) + ink * cover[..., None]
    return np.clip(rgb + rng.normal(0, 3, rgb.shape), 0, 255).astype(np.uint8), cover


def test_before_a_photographs_background(tmp_path: Path) -> None:
    """Its cover is its own, a hole in it is a hole, and no sky or grass hems its edge."""
    rgb, cover = _before_a_meadow(np.random.default_rng(8))
    made = cut(save(tmp_path, "meadow", rgb))
    assert made.how == "contrast"
    assert abs(made.cover.sum() / cover.sum() - 1) < 0.06
    assert made.cover.shape[1] < 240 and made.cover.shape[0] < 270
    rows, cols = np.nonzero(cover > 0.3)
    top, left = rows.min() - 2, cols.min() - 2
    assert made.cover[235 - top, 248 - left] < 0.05  # through the ring
    edge = (made.cover > 0.15) & (made.cover < 0.85)
    r, g, b = (made.colour[..., i][edge] for i in range(3))
    assert (g > r + 0.05).mean() < 0.05 and (b > r + 0.05).mean() < 0.05


@pytest.mark.parametrize("size", [SIZE, (90, 160), (120, 120)])
def test_it_stands_on_the_ground(cast: Any, size: tuple[int, int]) -> None:
    film = cast("<<<element_1>>> stands in a desert at noon, static, clear", size=size)
    x, y = middle(magenta(colours(film)[12]))
    assert 0.1 < x < 0.9
    assert 0.5 < y < 0.95


@pytest.mark.parametrize(("word", "low", "high"), [("left", 0.1, 0.45), ("right", 0.55, 0.9)])
def test_its_clause_says_the_side(cast: Any, word: str, low: float, high: float) -> None:
    film = cast(f"a desert at noon, <<<element_1>>> stands on the {word}, static")
    assert low < middle(magenta(colours(film)[12]))[0] < high


@pytest.mark.parametrize(
    ("text", "side", "reach"),
    [
        ("<<<element_1>>> stands on the left", "left", None),
        ("On the right <<<element_1>>> stands, on the left a tree", "right", None),
        ("In the foreground, on the left, <<<element_1>>> sits", "left", "near"),
        ("<<<element_2>>> on the left, <<<element_1>>> walks", None, None),
        ("<<<element_2>>> stands, in the background <<<element_1>>>", None, "far"),
        ("<<<element_1>>> and <<<element_2>>> on the right", None, None),
        ("the camera pans left, <<<element_1>>> stands", None, None),
        ("<<<element_1>>> stands in the distance while the camera pans right", None, "far"),
        ("Trees on the left. <<<element_1>>> stands", None, None),
        ("<<<element_1>>> in the middle of a field", "middle", None),
        ("<<<element_1>>>站在左边的前景", "left", "near"),
        ("远处，<<<element_1>>>站着", None, "far"),
        ("a bright day, <<<element_1>>> stands", None, None),
    ],
)
def test_the_sentence_places_it(text: str, side: str | None, reach: str | None) -> None:
    (subject,) = (s for s in read(text).subjects if s.element == 1)
    assert (subject.side, subject.reach) == (side, reach)


def test_foreground_is_larger_and_lower(cast: Any) -> None:
    seen = []
    for where in ("in the background", "", "in the foreground"):
        film = cast(f"a desert at noon, <<<element_1>>> stands {where}, static, clear")
        mask = magenta(colours(film)[12])
        seen.append((int(mask.sum()), float(np.nonzero(mask)[0].max())))
    assert seen[0][0] * 2 < seen[1][0] < seen[2][0] / 1.5
    assert seen[0][1] < seen[1][1] < seen[2][1]


@pytest.mark.parametrize("size", [SIZE, (90, 160), (120, 120)])
def test_none_covers_another(cast: Any, size: tuple[int, int]) -> None:
    """Although both are to stand on the same side."""
    prompt = "a desert at noon, <<<element_1>>> on the left, <<<element_2>>> on the left, static"
    frame = colours(cast(prompt, both=True, size=size))[12]
    one, two = magenta(frame), green(frame)
    columns = one.any(axis=0) & two.any(axis=0)
    assert not columns.any()
    assert 0.4 < one.sum() / two.sum() < 2.5


def test_it_has_one_size_in_every_shot(cast: Any) -> None:
    shots = [
        ("<<<element_1>>> stands in a desert at noon, static", 1),
        ("<<<element_1>>> stands in a kitchen in the morning, static", 1),
        ("<<<element_1>>> stands in a field in fog, static", 1),
    ]
    frames = colours(cast(shots=shots))
    tall = [np.ptp(np.nonzero(magenta(frames[n]))[0]) for n in (12, 36, 60)]
    assert max(tall) - min(tall) <= 0.12 * max(tall) + 2


@pytest.mark.parametrize(
    ("action", "x", "y"),
    [
        ("stands", 0, 0),
        ("walks", 1, 0),
        ("runs", 1, 0),
        ("runs to the left", -1, 0),
        ("flies", 1, -1),
    ],
)
def test_it_does_what_it_is_said_to(cast: Any, action: str, x: int, y: int) -> None:
    frames = colours(cast(f"a desert at noon, <<<element_1>>> {action}, static, clear"))
    begin, end = middle(magenta(frames[1])), middle(magenta(frames[-1]))
    assert (end[0] - begin[0]) * x > 0 if x else abs(end[0] - begin[0]) < 0.005
    assert begin[1] < 0.5 if y else begin[1] > 0.5


def test_it_is_in_the_shots_that_name_it(cast: Any) -> None:
    shots = [
        ("a desert at noon", 1),
        ("<<<element_1>>> walks in a forest", 1),
        ("a field in fog, <<<element_1>>> stands", 1),
    ]
    film = cast(shots=shots)
    frames = colours(film)
    seen = [int(magenta(frames[n]).sum()) for n in (12, 36, 60)]
    assert seen[0] == 0 and seen[1] > 30 and seen[2] > 30
    assert film.report["understood"]["pictures"] == [
        {"picture": "element 1", "shots": [2, 3], "cut_out": "from its even background"}
    ]


def test_without_a_marker_it_stands_to_the_side_of_every_shot(cast: Any) -> None:
    film = cast(shots=[("a desert at noon", 1), ("a snowfield at noon", 1)])
    frames = colours(film)
    for n in (12, 36):
        x, _ = middle(magenta(frames[n]))
        assert abs(x - 0.5) > 0.15


def test_two_stand_beside_each_other(cast: Any) -> None:
    film = cast("<<<element_1>>> and <<<element_2>>> on a beach at noon, static", both=True)
    frame = colours(film)[12]
    assert middle(magenta(frame))[0] < middle(green(frame))[0] - 0.1


def test_it_takes_on_the_light(cast: Any) -> None:
    levels = []
    for time in ("noon", "night"):
        frame = colours(cast(f"a desert at {time}, <<<element_1>>> stands, static, clear"))[12]
        r, g, b = (frame[..., i] for i in range(3))
        there = (r > 1.5 * g) & (b > 1.1 * g)
        levels.append(frame[there].mean())
    assert levels[1] < 0.7 * levels[0]


def test_it_throws_a_shadow(cast: Any) -> None:
    prompt = "a desert at noon, <<<element_1>>> stands, static, clear"
    with_, without = (cast(prompt, negative_prompt=n).luma()[12] for n in ("", "shadow"))
    darker = with_ < without - 6
    assert 10 < darker.sum() < 1500
    assert middle(darker)[1] > 0.55


def test_a_marked_reference_is_a_subject_too(make: Make, tmp_path: Path) -> None:
    source, path = plain(tmp_path, "m", "magenta")
    film = make(
        "<<<image_1>>> walks in a desert at noon",
        references=(source,),
        images={source.source: path},
        duration=1,
    )
    assert magenta(colours(film)[12]).sum() > 30
    assert film.report["understood"]["pictures"][0]["picture"] == "image 1"


def test_over_the_callers_own_frames(cast: Any, tmp_path: Path) -> None:
    """It comes in after the first frame, which stays exact."""
    first, path, rgb = image(tmp_path, "first", (320, 180))
    film = cast("<<<element_1>>> stands", first_frame=first, images={first.source: path})
    assert psnr(film.luma()[0], fitted(rgb, SIZE)) >= 38
    plain_film = cast("<<<element_1>>> stands", first_frame=first, images={first.source: path})
    assert plain_film.data == film.data
    assert np.abs(colours(film)[-1] - colours(film)[0]).mean() > 5
