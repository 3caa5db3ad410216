"""Bodies and their motion: feet stay where they are put, cycles close, sizes do not matter."""

from __future__ import annotations

import itertools
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from reelway.engines.animatic import beasts, fowl, gaits, guise, person, scene, solid, swimmers
from reelway.engines.animatic.canvas import Canvas, Window
from reelway.engines.animatic.compose import Stack
from reelway.engines.animatic.gaits import Gait
from reelway.engines.animatic.light import light
from reelway.engines.animatic.plan import plan
from reelway.request import VideoRequest

LIGHT = light("day", "clear", 3)
GOING = {
    "walk": gaits.walk(),
    "old": gaits.walk(0.58, 30, 0.16),
    "child": gaits.walk(0.84, 22),
    "run": gaits.run(),
    "short walk": gaits.shortened(gaits.walk(), 0.6),
    "short run": gaits.shortened(gaits.run(), 0.6),
}
ALL = GOING | {
    "stand": gaits.stand(), "sit": gaits.sit(), "wave": gaits.wave(), "dance": gaits.dance(),
    "jump": gaits.jump(), "climb": gaits.climb(), "swim": gaits.swim(), "float": gaits.float_(),
    "pedal": gaits.pedal(), "astride": gaits.astride(),
}  # fmt: skip


def drawn(solids: list[solid.Solid], density: float = 220) -> tuple[np.ndarray, np.ndarray]:
    window = Window.of(-0.6, -0.7, 0.6, 0.3, density)
    shade = solid.shade(LIGHT)
    return solid.paint(window, solids, LIGHT, shade, at=(0, 0.2), unit=0.6, depth=1.0)


def somebody(text: str = "man") -> person.Dress:
    return person.dressed(guise.Look(breed=text), 7, "somebody")


@pytest.mark.parametrize("name", GOING)
def test_a_foot_that_is_down_stays_where_it_is(name: str) -> None:
    """The body goes on by one stride a cycle; what stands on the ground does not move with it."""
    gait = GOING[name]
    step = gait.stride / gait.frames
    toes = []
    for n in range(2 * gait.frames):
        foot = gait.pose(n % gait.frames / gait.frames).feet[0]
        ball = foot.x + 0.098 * math.cos(foot.pitch) + 0.026 * math.sin(foot.pitch)
        toes.append((ball + step * n, foot.y, foot.pitch))
    flat = [abs(b[0] - a[0]) for a, b in itertools.pairwise(toes)
            if a[1] == b[1] == gaits.ANKLE and a[2] == b[2] == 0]  # fmt: skip
    assert len(flat) >= 4
    assert max(flat) < 1e-6


@pytest.mark.parametrize("breed", ["dog", "horse", "elephant", "fox"])
@pytest.mark.parametrize("how", ["walk", "run"])
def test_a_hoof_that_is_down_stays_where_it_is(breed: str, how: str) -> None:
    cycle = beasts.cycle(beasts.build(breed, None), how)
    beat = "trot" if breed == "elephant" and how == "run" else how
    way = [beasts._foot(n / 40, cycle.stride, beasts.STANCE[beat], beat) for n in range(40)]
    down = [(x + cycle.stride * n / 40) for n, (x, y, _) in enumerate(way) if y == 0]
    assert len(down) >= 10
    assert np.ptp(down[:-1]) < 1e-6


@pytest.mark.parametrize("name", ALL)
def test_cycles_close_without_a_jump(name: str) -> None:
    """No joint moves further between the last picture and the first than it does elsewhere."""
    gait: Gait = ALL[name]
    poses = [person.body(somebody(), gait.pose(k / gait.frames), 0.3) for k in range(gait.frames)]

    def apart(a: list[solid.Solid], b: list[solid.Solid]) -> float:
        pairs = [(p, q) for p, q in zip(a, b, strict=True) if isinstance(p, solid.Cone)]
        return max(math.dist(p.b, q.b) for p, q in pairs if isinstance(q, solid.Cone))

    moves = [apart(a, b) for a, b in itertools.pairwise(poses)]
    assert apart(poses[-1], poses[0]) <= 1.3 * max(moves) + 1e-6
    assert max(moves) < 0.16


@pytest.mark.parametrize("name", ALL)
def test_legs_are_never_torn_or_stretched(name: str) -> None:
    gait = ALL[name]
    for k in range(gait.frames):
        frame = person.frame(somebody(), gait.pose(k / gait.frames), 0.0)
        for hip, knee, ankle in zip(frame.hips, frame.knees, frame.ankles, strict=True):
            assert math.dist(hip[:2], knee[:2]) == pytest.approx(gaits.THIGH, abs=0.01)
            assert math.dist(knee[:2], ankle[:2]) == pytest.approx(gaits.SHIN, abs=0.01)


def test_the_same_picture_at_every_size() -> None:
    solids = person.body(somebody("woman"), gaits.walk().pose(0.2), 0.4)
    small, fine = drawn(solids, 120), drawn(solids, 480)
    for a, b in zip(small, fine, strict=True):
        rows = b[: a.shape[0] * 4, : a.shape[1] * 4]
        mean = rows.reshape(a.shape[0], 4, a.shape[1], 4, -1).mean(axis=(1, 3)).squeeze()
        seen = drawn(solids, 120)[1] > 0.99
        assert np.abs(a - mean)[seen].mean() < 0.03


def test_who_wears_red_is_red_by_day_and_at_night() -> None:
    look = guise.Look(breed="child", wear=(guise.Thing(kind="coat", colour="#b3312a"),))
    solids = person.body(person.dressed(look, 3, "child"), gaits.stand().pose(0.0), 1.2)
    for time in ("day", "golden", "dusk", "night"):
        lit = light(time, "clear", 3)
        window = Window.of(-0.3, -0.7, 0.3, 0.3, 220)
        picture, cover = solid.paint(window, solids, lit, solid.shade(lit), at=(0, 0.2), unit=0.6,
                                     depth=1.0)  # fmt: skip
        r, g, b = (picture[..., i][cover > 0.99] for i in range(3))
        assert ((r > 1.6 * g) & (r > 1.5 * b)).mean() > 0.35, time


def test_light_comes_from_where_the_sun_is() -> None:
    ball = [solid.Cone(a=(0, 0.4, 0), b=(0, 0.4, 0), ra=0.3, rb=0.3,
                       coat=solid.Coat(colour=np.full(3, 0.5, np.float32)))]  # fmt: skip
    for seed in (1, 2, 3, 4):
        lit = light("golden", "clear", seed)
        window = Window.of(-0.4, -0.5, 0.4, 0.3, 200)
        picture, _ = solid.paint(window, ball, lit, solid.shade(lit), at=(0, 0.2), unit=0.6,
                                 depth=1.0)  # fmt: skip
        half = picture.shape[1] // 2
        left, right = picture[:, :half].mean(), picture[:, half:].mean()
        assert (right > left) == (lit.sun_x > 0)


@pytest.mark.parametrize("breed", ["", *(b for b in beasts._rows() if b)])
def test_every_beast_has_all_its_ways(breed: str) -> None:
    build = beasts.build(breed, None)
    for how in ("stand", "graze", "walk", "run", "sit"):
        _, cover = drawn([solid.moved(s, 0, 0, 0, 0.5 / build.tall)
                          for s in beasts.body(build, how, 0.3, 0.2)])  # fmt: skip
        assert 0.02 < cover.mean() < 0.6


def test_all_breeds_of_the_lexicon_are_drawn() -> None:
    breeds = guise._lexicon()["breed"]
    horses = {"white horse", "black horse"}
    assert set(breeds["animal"]) <= set(beasts._rows()) | set(swimmers.KINDS) | horses
    assert set(breeds["bird"]) <= set(fowl.FOWL)


@pytest.mark.parametrize("breed", fowl.FOWL)
def test_gliding_begins_and_ends_at_the_same_picture(breed: str) -> None:
    frames = fowl.FOWL[breed].frames
    shown = [fowl.beat(breed, n, 2) for n in range(600)]
    for a, b in itertools.pairwise(shown):
        assert (b - a) % frames in (0, 1)


def stack(prompt: str, size: tuple[int, int] = (160, 90), seed: int = 5, **more: str) -> Stack:
    request = VideoRequest(prompt=prompt, duration=3, seed=seed, model="animatic", **more)  # type: ignore[arg-type]
    (shot,) = plan(request)
    with ThreadPoolExecutor(2) as pool:
        return scene.build(shot, size, pool)


def picture(made: Stack, t: float, size: tuple[int, int] = (160, 90)) -> np.ndarray:
    canvas = Canvas(size, scene.span_of(size))
    made.draw(canvas, t)
    return canvas.y.copy()


@pytest.mark.parametrize(
    "prompt",
    [
        "a man walks across a desert at noon, static",
        "a woman with an umbrella walks on a neon street in the rain, static",
        "a child dances in a room, static",
        "three horses run over a field at dawn, static",
        "a knight rides a horse in the desert, static",
        "a girl rides a bicycle down a street at noon, static",
        "two swans swim on a lake, static",
        "a whale leaps in the sea, static",
        "a dog swims in a lake, static",
        "the keeper climbs the stairs, static",
        "a robot floats in space, static",
        "a monk walks toward the camera in a field, static",
        "a boy swims in the lake, static",
        "gulls stand on the beach, static",
        "a platypus walks along a beach, static",
        "a crowd in a village at night, static",
        "close-up of a woman in a field, static",
        'medium shot of a man in a street, static. The man says: "It is late, we should go."',
        "medium shot of a chef cooking in a kitchen, static",
        "close-up of a tiger in a forest, static",
        "a dragon flies over mountains, static",
    ],
)
def test_nobody_pops(prompt: str) -> None:
    """From frame to frame only a little of the picture changes."""
    made = stack(prompt)
    frames = [picture(made, n / 71) for n in range(10, 50)]
    changed = [float((np.abs(b - a) > 0.12).mean()) for a, b in itertools.pairwise(frames)]
    assert max(changed) < 0.05
    assert max(changed) <= 6 * (sorted(changed)[len(changed) // 2] + 0.004)


@pytest.mark.parametrize("seed", [3, 5])
def test_a_shadow_falls_away_from_the_sun(seed: int) -> None:
    size, prompt = (320, 180), "a man stands in a snowfield at golden hour, clear, static"
    sunny, bare = (
        picture(stack(prompt, size, seed=seed, negative_prompt=negative), 0.5, size)
        for negative in ("", "shadows")
    )
    empty = picture(stack(prompt.replace("a man stands in ", ""), size, seed=seed), 0.5, size)
    dark, body = np.argwhere(bare - sunny > 0.02), np.argwhere(np.abs(empty - bare) > 0.1)
    assert len(dark) > 40
    away = dark[:, 1].mean() - body[:, 1].mean()
    assert away * light("golden", "clear", seed).sun_x < 0


def test_seeds_repeat_and_differ() -> None:
    prompt = "a crowd walks in a desert, static"
    assert np.array_equal(picture(stack(prompt), 0.4), picture(stack(prompt), 0.4))
    one, two = (person.dressed(guise.Look(), 5, "crowd", i) for i in (0, 1))
    assert one != two
