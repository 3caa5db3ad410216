"""Both forms of the kernels draw the same; which is used, and what is said where one is missing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelway.engines.animatic import features, visage
from reelway.engines.animatic import kernels as switch
from reelway.engines.animatic.kernels import (
    Laid,
    Look,
    Mirror,
    Planes,
    Road,
    kernels,
    plain,
    plainly,
    store,
)
from reelway.engines.animatic.kernels.rows import DRAWN, LIMB, LOFT, RING, ROW, SHEET
from reelway.engines.animatic.visage import Expression

SIZE = 180, 320  # height and width
Array = np.ndarray
random = np.random.default_rng(5)


def smooth(*shape: int) -> Array:
    """Something between 0 and 1 that changes over several pixels."""
    coarse = random.uniform(0, 1, tuple(-(-n // 6) + 2 for n in shape)).astype(np.float32)
    y, x = (np.arange(n) / 6 for n in shape)
    i, j = y.astype(int)[:, None], x.astype(int)[None, :]
    v, u = (y % 1)[:, None], (x % 1)[None, :]
    top = coarse[i, j] * (1 - u) + coarse[i, j + 1] * u
    low = coarse[i + 1, j] * (1 - u) + coarse[i + 1, j + 1] * u
    return np.asarray(top * (1 - v) + low * v, np.float32)


BASE = smooth(*SIZE)


def canvas() -> Planes:
    half = BASE[::2, ::2]
    return Planes(BASE.copy(), (half - 0.5).copy(), (0.5 - half).copy())


def alike(draw: Callable[[Any, Planes], Any], least: float = 80) -> None:
    """What both forms make of the same canvas is as good as equal; `least` in dB."""
    compiled = kernels()
    assert compiled is not plain, switch.prepared()
    results = []
    for form in (plain, compiled):
        onto = canvas()
        made = draw(form, onto)
        parts = onto[:3] if made is None else made
        results.append(np.concatenate([np.ravel(p).astype(np.float64) for p in parts]))
    scale = max(1.0, float(np.abs(results[0]).max()))
    gap = float(((results[0] - results[1]) ** 2).mean())
    assert 10 * np.log10(scale * scale / max(gap, 1e-20)) >= least
    assert float(np.ptp(results[0])) > 0


def texture(high: int, wide: int, floats: bool, covered: bool) -> Planes:
    rgb = np.stack([smooth(high, wide) for _ in range(3)], axis=-1)
    return plain.bake(rgb, smooth(high, wide) if covered else None, floats)


@pytest.mark.parametrize("step", [1.0, 0.31, 0.97, 1.08, 1.4, 2.7])
@pytest.mark.parametrize("covered", [True, False])
@pytest.mark.parametrize(("floats", "soft"), [(False, False), (True, False), (True, True)])
def test_laid_textures(step: float, covered: bool, floats: bool, soft: bool) -> None:
    piece = texture(150, 260, floats, covered)
    unit = 0.8 if floats else 0.8 / 255
    for kept in (0.0, 0.2, 1.0):
        look = Look(-20.3, step, -11.6, step)
        box = (4, 312, 6, 174)
        alike(lambda f, c, k=kept, at=look, b=box: f.pile(c, [Laid(piece, b, at, soft, unit, k)]))


def disc(high: int, wide: int, floats: bool, covered: bool = True) -> Planes:
    """Opaque within, nothing outside, and an edge between; without a cover a light."""
    y, x = np.mgrid[0:high, 0:wide]
    far = np.hypot((y - high / 2) / high, (x - wide / 2) / wide)
    cover = np.clip((0.42 - far) * 30, 0, 1).astype(np.float32)
    rgb = np.stack([smooth(high, wide) for _ in range(3)], axis=-1)
    return plain.bake(
        rgb if covered else rgb * cover[..., None], cover if covered else None, floats
    )


@pytest.mark.parametrize("step", [0.31, 1.0, 1.05, 1.4, 2.7])
@pytest.mark.parametrize("size", [(180, 320), (154, 262)])
def test_what_is_hidden_is_not_missed(step: float, size: tuple[int, int]) -> None:
    """Textures that hide parts of each other, each at its own place, also on a canvas whose sides
    are no whole cells."""
    high, wide = size
    kinds = ((False, False), (True, True), (True, False))
    pieces = [(disc(150, 260, floats), soft, 0.0) for floats, soft in kinds]
    pieces.append((disc(150, 260, True, False), True, 1.0))
    ground = texture(high, wide, floats=True, covered=False), Look(0.0, 1.0, 0.0, 1.0)

    def pile(form: Any, part: float) -> list[Laid]:
        laid = [Laid(ground[0], (0, wide, 0, high), ground[1], False, 1.0, 0.0)]
        for n, (piece, soft, kept) in enumerate(pieces * 2):
            unit = part if piece.y.dtype == np.float32 else part / 255
            look = Look(-20.3 + 9 * n, step, -11.6 - 31 * n, step)
            box = 0, wide, 6, high - 6 - 10 * n
            laid.append(Laid(piece, box, look, soft, unit, kept, form.cells(piece, 0.0)))
        return laid

    def draw(form: Any, onto: Planes, part: float) -> list[Array]:
        half = high // 2, wide // 2
        made = Planes(*(np.full(shape, np.nan, np.float32) for shape in (size, half, half)))
        form.pile(made, pile(form, part))
        return list(made[:3])

    for part in (1.0, 0.6):
        alike(lambda f, c, p=part: draw(f, c, p), 70)


def test_opaque_textures_end_where_they_are_told() -> None:
    piece = texture(150, 260, floats=False, covered=False)
    for form in (plain, kernels()):
        onto = canvas()
        box = 38, 206, 22, 110
        form.pile(onto, [Laid(piece, box, Look(0.0, 1.0, -9.0, 1.0), False, 0.3 / 255, 0.7)])
        changed = onto.y != BASE
        assert changed[22:110, 38:206].mean() > 0.95
        changed[22:110, 38:206] = False
        assert not changed.any()


def test_cells_of_a_texture() -> None:
    cover = np.zeros((44, 60), np.float32)
    cover[8:24, 16:32] = 1
    cover[30, 50] = 0.5
    for floats in (False, True):
        piece = plain.bake(np.ones((44, 60, 3), np.float32), cover, floats)
        assert plain.cells(piece, 0.01) is None
        cells = kernels().cells(piece, 0.01)
        assert cells is not None
        wanted = np.zeros((6, 8), np.uint8)
        wanted[1:3, 2:4], wanted[3, 6] = 2, 1
        assert np.array_equal(cells.cells, wanted)


def test_a_texture_beside_the_frame_leaves_it_alone() -> None:
    piece = texture(40, 60, False, True)
    for look in (Look(900.0, 1.0, 0.0, 1.0), Look(0.0, 1.0, -900.0, 1.0)):
        for form in (plain, kernels()):
            onto = canvas()
            form.pile(onto, [Laid(piece, (0, 320, 0, 180), look, False, 1 / 255, 0.0)])
            assert np.array_equal(onto.y, BASE)


def test_a_texture_that_is_looked_at_as_it_is_comes_out_as_it_is() -> None:
    piece = texture(*SIZE, floats=True, covered=False)
    for form in (plain, kernels()):
        onto = canvas()
        form.pile(onto, [Laid(piece, (0, 320, 0, 180), Look(0.0, 1.0, 0.0, 1.0), False, 1.0, 0.0)])
        assert np.allclose(onto.y, piece.y, atol=1e-6)
        assert np.allclose(onto.u, piece.u, atol=1e-6)


@pytest.mark.parametrize("strength", [0.0, 0.4, 1.0])
def test_the_finish(strength: float) -> None:
    grain = random.normal(0, 0.01, (64, 64)).astype(np.float32)

    def finish(form: Any, onto: Planes) -> list[Array]:
        luma, chroma = np.zeros((180, 384), np.uint8), np.zeros((90, 192), np.uint8)
        form.finish(luma, onto.y, grain, (60, 33), 0.3 * strength, strength)
        form.finish_chroma(chroma, onto.u)
        assert not luma[:, 320:].any() and luma[:, :320].min() >= 16
        return [luma / 255, chroma / 255]

    alike(finish, 70)


@pytest.mark.parametrize("lit", [True, False])
def test_water(lit: bool) -> None:
    top, n = 80, 100
    down = np.linspace(0, 0.4, n).astype(np.float32)
    mirrored = (np.arange(n)[None, :] * 0.9 + np.array([[-3.0], [-1], [1], [3]])).astype(np.float32)
    water = Mirror(
        top=top,
        fields=random.normal(0, 5000, (4, 70, 201)).astype(np.int16),
        weights=np.array([0.3, 0.9, -0.4, 0.1], np.float32) / 10000,
        look=Look(1.3, 0.6, -9.0, 0.71),
        rows=mirrored,
        rows2=np.ascontiguousarray(mirrored[:, ::2] / 2),
        fresnel=1 - down,
        steep=0.16,
        least=0.25,
        facing=0.2,
        body=(0.1, 0.02, -0.03),
        road=Road(
            x=140.0,
            narrow=1 / (12 + 60 * down),
            front=1.3 + down,
            near=1 - down,
            sheen=0.2 - 0.2 * down,
            strength=0.8,
        )
        if lit
        else None,
    )
    alike(lambda f, c: f.mirror(c, water))


def test_weather() -> None:
    y, x = random.uniform(-40, 200, 300), random.uniform(-40, 360, 300)
    alike(lambda f, c: f.streaks(c.y, y, x, 30, 0.3, 1.7, 0.4))
    alike(lambda f, c: f.streaks(c.y, y, x, 12, 0.1, 0.4, 0.4))
    alike(lambda f, c: f.spots(c.y, y, x, 3.1, 0.5))


@pytest.mark.parametrize("weighted", [True, False])
def test_bent_pictures(weighted: bool) -> None:
    y, x = np.meshgrid(np.linspace(0, 1, 13), np.linspace(0, 1, 21), indexing="ij")
    weight = smooth(13, 21) if weighted else None
    for scale in (1, 2):
        high, wide = 540 // scale, 960 // scale
        plane = (smooth(high, wide) * (255 if scale == 1 else 120)).astype(np.uint8)
        plane = plane if scale == 1 else plane.view(np.int8)
        rows = np.clip(y * high + 9 * np.sin(9 * x), 0.5, high - 0.5).astype(np.float32)
        cols = np.clip(x * wide + 9 * np.cos(7 * y), 0.5, wide - 0.5).astype(np.float32)

        def bend(f: Any, c: Planes, p: Array = plane, r: Array = rows, k: Array = cols) -> None:
            onto = (c.y,) if len(p) == 540 else (c.u, c.v)
            f.warp(onto, (p,) * len(onto), r, k, weight)

        alike(bend, 55)  # where two pixels are equally near either may be taken


def test_noise() -> None:
    tables = random.uniform(-1, 1, (5, 256, 256)).astype(np.float32)
    x, y = np.float32(40 * BASE), np.arange(320, dtype=np.float32)[None, :] / 9 - 12
    alike(lambda f, c: [f.fractal(tables, x, y, 0.5)])
    alike(lambda f, c: [f.eroded(tables, x, y, 2, 0.62)])


def figure(*rows: tuple[dict[str, Any], list[float]]) -> Callable[[Any, Planes], list[Array]]:
    """Solids, each with what its row says and its own numbers, on a picture of 75 × 90."""
    table, own = np.zeros((len(rows), ROW.columns), np.float32), []
    for row, (said, numbers) in zip(table, rows, strict=True):
        row[ROW.first] = len(own) if numbers else 0
        row[ROW.colour : ROW.colour + 3] = 0.2, 0.5, 0.7
        for name, value in said.items():
            at = getattr(ROW, name)
            row[at : at + np.size(value)] = value
        own += numbers
    drawn = np.stack([smooth(20, 30) for _ in range(8)]).ravel()
    places = np.array([[0, 40, 25, 20, 30]], np.int64)
    given = table, np.array(own, np.float32), drawn, places, (-0.4, 0.5, 90.0)
    return lambda form, onto: [form.figure((90, 75), *given)]


ARM = [-0.1, 0.3, 0.1, 0.0, 0.0, 0.08, 0.1, -0.3, 0.05]
BODY = [-0.02, 0.4, 0.05, -0.3, *([0.1, 0.2, 0.15, 0.1] * 2)]
WING = [0.0, 0.5, -0.2, 0.3, 0.25, 0.21, 0.1, -0.21, -0.13, -0.11]
PATTERNS = {"under": (1, 0.9, 0.9, 0.8), "bands": (5, 0.1, 0.0, 0.1), "spots": (4, 0.6, 0.3, 0.0)}


@pytest.mark.parametrize(
    "said",
    [{}, {"crease": 0.8}, {"over": 0.05}, {"fades": 0.3, "over": 0.05}, {"shine": 0.4}, PATTERNS,
     {"glow": 1.3, "shine": 0.2}],
)  # fmt: skip
def test_solids(said: dict[str, Any]) -> None:
    limb, body = {"kind": LIMB, "points": 3, **said}, {"kind": LOFT, "points": 4, **said}
    ball = {"kind": LIMB, "points": 2, "round": 1, **said}
    alike(figure((limb, ARM)), 75)
    alike(figure((body, BODY), (limb, ARM), (ball, ARM[:6])), 75)
    alike(figure(({**body, "folds": 7.0}, BODY)), 75)
    flat = {"kind": SHEET, "points": 4, **said}
    alike(figure((flat, WING), ({"kind": RING, **said}, [0.0, 0.1, 0.2, 0.03])), 75)


def test_solids_that_are_no_bodies_and_what_draws_itself() -> None:
    body, head = ({"kind": LOFT, "points": 4}, BODY), ({"kind": DRAWN}, [])
    for said in ({"stain": 1}, {"veil": 0.6, "soft": 0.1}):
        alike(figure(body, ({"kind": LIMB, "points": 3, **said}, ARM)), 75)
    alike(figure(body, head, ({"kind": LIMB, "points": 3, "glow": 1.0}, ARM)), 75)
    for aside in (-3.0, 3.0):  # beside and above the picture
        for up in (-3.0, 0.0, 3.0):
            far = [v + (aside, up, 0)[n % 3] for n, v in enumerate(ARM)]
            row = {"kind": LIMB, "points": 3}, far
            for form in (plain, kernels()):
                assert not figure(row)(form, canvas())[0].any()


FACES: list[dict[str, Any]] = [
    {"style": ""},
    {"style": "curly", "female": True, "paint": True, "glasses": "clear"},
    {"style": "wreath", "old": True, "beard": "full"},
    {"style": "long", "young": True},
    {"style": "short", "beard": "moustache", "glasses": "dark"},
    {"style": "crop", "beard": "stubble"},
]
SAID = Expression(), Expression(mouth=0.7, smile=0.5, tears=1.0), Expression(lids=0.3, slope=-0.6)


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("who", FACES)
def test_heads(who: dict[str, Any], said: Expression) -> None:
    colours = {"skin": (0.6, 0.45, 0.35), "hair": (0.1, 0.06, 0.04), "iris": (0.2, 0.3, 0.2)}
    own = {name: np.array(value, np.float32) for name, value in colours.items()}
    numbers = features.numbers(features.Face(**own, **who), said)
    for heading, size in ((0.1, 11.0), (1.2, 34.0), (-0.9, 20.0)):
        turn = visage.rotation(heading, 0.1, -0.05)
        x = (np.arange(int(2.6 * size)) / size - 1.3).astype(np.float32)
        y = (1.3 - np.arange(int(2.6 * size)) / size).astype(np.float32)

        def seen(
            form: Any, onto: Planes, t: Array = turn, k: float = size, x: Array = x, y: Array = y
        ) -> list[Array]:
            cover, *others = form.head(numbers, t, x, y, k)
            return [cover, *(plane * cover for plane in others)]

        alike(seen, 75)


@pytest.mark.parametrize("extra", [False, True])
@pytest.mark.parametrize("by", [1, 5])
def test_light_on_figures(extra: bool, by: int) -> None:
    cover = np.clip(smooth(60, 90) * 3 - 1, 0, 1)
    planes = np.stack([smooth(60, 90) * cover for _ in range(6)])
    planes[3:5] = (planes[3:5] - 0.5 * cover) * 1.2
    more = [smooth(60, 90) * cover if extra else None for _ in range(2)]
    light = random.uniform(0.1, 0.6, (8, 3)).astype(np.float32)
    for side in (-0.5, 0.7):
        light[5] = side, 0.5, 0.5
        alike(lambda f, c: [f.lit(planes, cover, *more, by, light)], 70)
    nothing = np.zeros_like(cover)
    for form in (plain, kernels()):
        assert not form.lit(planes, nothing, None, None, by, light).any()


def test_bent_colours() -> None:
    picture = np.stack([smooth(60, 90) for _ in range(3)], axis=-1)
    picture[:9] = 0
    tone = random.uniform(0, 1, (6, 3)).astype(np.float32)
    tone[4], tone[5] = 1.4, 0.0
    alike(lambda f, c: [f.toned(picture, tone)])
    alike(lambda f, c: [f.toned(picture[20, 30], tone)])


@pytest.mark.parametrize("shops", [False, True])
@pytest.mark.parametrize("pixel", [0.004, 0.3])
def test_fronts_of_houses(shops: bool, pixel: float) -> None:
    wall = random.uniform(0.1, 0.9, (18, 3)).astype(np.float32)
    wall[0], wall[1], wall[2] = (0.27, 0.31, 0.4), (0.30, 0.33, 0.8), (0, shops, 0.7)
    chance = random.uniform(0, 1, (64, 64)).astype(np.float32)
    along = np.linspace(-1.1, 3.3, 240, dtype=np.float32)[None, :]
    up = np.linspace(2.2, -0.1, 150, dtype=np.float32)[:, None]
    high, shade = np.float32(2.0), np.clip(up, 0, 1)
    # Where a point lies right on an edge, either side of it may be taken.
    at = along, up, high, shade, np.float32(pixel)
    alike(lambda f, c: [f.front(at, chance, wall)], 45)


@pytest.mark.parametrize("upright", [0.0, 1.0])
def test_neon_signs(upright: bool) -> None:
    u, v = (np.linspace(-0.3, 1.4, n, dtype=np.float32) for n in (160, 120))
    colour = np.array([0.9, 0.2, 0.4], np.float32)
    form = 0.37, upright, 0.45, 0.5
    alike(lambda f, c: [f.sign(u[None, :], v[:, None], colour, form)], 45)


@pytest.mark.parametrize("snowy", [0, 1])
def test_trees(snowy: int) -> None:
    x = np.linspace(-0.25, 0.25, 90, dtype=np.float32)[None, :]
    y = np.linspace(1.03, -0.02, 180, dtype=np.float32)[:, None]
    leaf = smooth(180, 90) * 2 - 1
    own = random.uniform(0, 1, 61).astype(np.float32)
    form = 0.23, 0.6, -1.0, 170.0
    alike(lambda f, c: list(f.pine(x, y, leaf, own, form)), 45)
    seen = plain.pine(x, y, leaf, own, form)
    look = random.uniform(0, 1, (7, 3)).astype(np.float32)
    look[6] = 0.7, snowy, 0

    def painted(form: Any, onto: Planes) -> list[Array]:
        picture, cover = np.full((200, 100, 3), 0.3, np.float32), np.zeros((200, 100), np.float32)
        part = np.s_[10:190, 5:95]
        form.foliage(picture[part], cover[part], (*seen, 0.5 + x), leaf, look)
        return [picture, cover]

    alike(painted, 60)


TREE = (
    np.linspace(-0.55, 0.55, 130, dtype=np.float32)[None, :],
    np.linspace(1.03, -0.02, 150, dtype=np.float32)[:, None],
    smooth(150, 130) * 2 - 1,
)


def test_crowns() -> None:
    clumps = random.uniform(-0.3, 0.3, (12, 4)).astype(np.float32) + np.float32([0, 0.6, 0.35, 0])
    line = 0.0, -0.01, 0.05, 0.5, 0.03, 0, 0, -0.1, 0.15, -0.1, 0.6
    boughs = np.array([line, (*line[:2], -0.2, 0.7, *line[4:])], np.float32)
    for sun in (-1.0, 1.0):
        alike(lambda f, c, s=sun: list(f.crown(*TREE, boughs, clumps, (s, 140.0))), 60)


@pytest.mark.parametrize("bend", [0.0, 0.07])
def test_boughs(bend: float) -> None:
    ends = random.uniform(-0.4, 0.9, (20, 4))
    sizes = random.uniform(0.01, 0.2, (20, 3)) * (0.2, 2, 0.2)
    lines = np.concatenate([ends, sizes], axis=1).astype(np.float32)
    lines[0, :4] = 5.0  # outside
    alike(lambda f, c: list(f.strokes(*TREE, lines, bend)), 50)


@pytest.mark.parametrize("bloom", [-1.0, 0.4])
def test_grass(bloom: float) -> None:
    x, y = (np.linspace(a, b, n, dtype=np.float32) for a, b, n in ((-0.4, 0.4, 320), (0, 0.3, 120)))
    forms = random.uniform(0, 1, (60, 11)).astype(np.float32)
    forms[:, :5] = forms[:, :5] * (1, 0.1, 0.15, 0.8, 0.004) + np.float32(
        (-0.5, 0.2, 0.02, -0.4, 0.001)
    )
    forms[:, 8] = bloom

    def painted(form: Any, onto: Planes) -> list[Array]:
        picture, cover = np.zeros((120, 320, 3), np.float32), np.zeros((120, 320), np.float32)
        form.blades(picture, cover, x, y, 400.0, forms)
        return [picture, cover]

    alike(painted, 60)


def test_land() -> None:
    h, mottle = smooth(90, 150) * 2 - 0.4, smooth(90, 150) * 2 - 1
    angle = np.linspace(-0.8, 0.9, 150, dtype=np.float32)
    depth = np.geomspace(3, 9, 90).astype(np.float32)
    soil = random.uniform(0.1, 0.6, (11, 3)).astype(np.float32)
    soil[9] = 0.03, 5.0, 0.3
    for side in (-0.5, 0.6):
        soil[8] = side, 0.5, -0.2
        alike(lambda f, c: [f.shaded(h, mottle, angle, depth, soil)])
    colour = plain.shaded(h, mottle, angle, depth, soil)
    view = 0.16, 220.0, 0.22
    for sea in (None, 0.3):
        for grain in (None, smooth(110, 150)):

            def seen(f: Any, c: Planes, g: Array | None = grain, s: float | None = sea) -> Any:
                picture, cover = f.cast(h, colour, g, depth, view, s, 110)
                return [picture * cover[..., None], cover]

            alike(seen, 60)


def test_bamboo() -> None:
    sprays = random.uniform(0, 0.9, (9, 7)).astype(np.float32)
    sprays[:, 4:] = 0.015, 0.2, 0.02
    for lean in (0.0, -0.05):
        form = 15.3, 0.2, lean, -1.0, 140.0
        alike(lambda f, c, k=form: list(f.cane(*TREE, sprays, k)), 50)


def test_ripples() -> None:
    waves = random.uniform(-9, 9, (3, 4, 3))
    thin = np.stack([np.linspace(0, 1, 50), np.zeros(50), np.ones(50)]).astype(np.float32)
    z, across = np.geomspace(9, 0.4, 50).astype(np.float32), np.linspace(-0.9, 0.8, 211)
    alike(lambda f, c: [f.ripples(across.astype(np.float32), z, waves, thin)])


def test_halos() -> None:
    picture = np.stack([smooth(*SIZE) for _ in range(3)], axis=-1)
    cover = np.clip(smooth(*SIZE) * 3 - 1, 0, 1)

    def spread(f: Any, c: Planes) -> list[Array]:
        cells, most = f.gathered(picture, cover, 0.5, 7)
        onto, over = picture.copy(), cover.copy()
        f.haloed(onto, over, cells, 1e-3, 0.85)
        bright = picture.copy()
        f.bathed(bright, cells)
        return [cells, np.array([most]), onto, over, bright]

    alike(spread, 60)


def test_light_laid_over_a_picture() -> None:
    tone = np.stack([smooth(60, 90) for _ in range(3)], axis=-1)
    haze, row = np.array([0.1, 0.2, 0.3], np.float32), smooth(1, 90)
    for seen, dim, kept in ((smooth(60, 90), row, row * 0.5), (1.0, 0.8, smooth(60, 1))):

        def laid(f: Any, c: Planes, given: Any = (seen, dim, kept)) -> list[Array]:
            picture, cover = np.full((80, 120, 3), 0.3, np.float32), np.zeros((80, 120), np.float32)
            part = np.s_[9:69, 20:110]
            f.over(picture[part], cover[part], tone, *given, haze)
            return [picture, cover]

        alike(laid, 60)


@pytest.mark.parametrize("step", [0.013, 0.4, 1.7, 9.0])
def test_noise_on_a_grid(step: float) -> None:
    tables = random.uniform(-1, 1, (3, 256, 256)).astype(np.float32)
    xs, ys = np.arange(150) * step - 7.3, np.arange(90) * step + 250.1
    alike(lambda f, c: [f.fractal_grid(tables, xs.astype(np.float32), ys, 0.5)])


def test_baked_pictures() -> None:
    rgb = np.stack([smooth(60, 90) * 1.3 - 0.1 for _ in range(3)], axis=-1)
    alike(lambda f, c: [f.display(rgb * rgb)])
    for cover in (None, smooth(60, 90) * 1.2 - 0.1):
        alike(lambda f, c, k=cover: [p for p in f.bake(rgb, k, True) if p is not None])
        alike(lambda f, c, k=cover: [p / 255 for p in f.bake(rgb, k, False) if p is not None], 60)


# Which form is used


@pytest.fixture
def storeless(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What `kept` changes is put back."""
    monkeypatch.setattr(store, "_folder", store._folder)
    monkeypatch.setitem(vars(store.config), "CACHE_DIR", store.config.CACHE_DIR)
    yield


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a process that has not drawn yet."""
    monkeypatch.setattr(switch, "_form", None)
    monkeypatch.setattr(switch, "_how", "")
    yield


def test_without_numba_it_draws_slower_and_says_so(
    anew: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(switch, "find_spec", lambda name: None)
    assert kernels() is plain
    assert switch.prepared() == "numpy (numba is not installed: pip install 'reelway[animatic]')"
    assert capsys.readouterr().err.count("drawing is slower than it could be") == 1


def test_where_numba_cannot_compile_it_draws_slower(
    anew: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise OSError("no such processor\nand much more")

    monkeypatch.setattr(switch, "_compiled", broken)
    assert kernels() is plain
    assert switch.prepared() == "numpy (numba cannot compile here: OSError: no such processor)"
    assert "no such processor" in capsys.readouterr().err


def test_plainly_holds_for_what_is_submitted_with_its_context() -> None:
    compiled = kernels()
    with ThreadPoolExecutor(1) as pool:
        with plainly():
            assert kernels() is plain
            assert pool.submit(copy_context().run, kernels).result() is plain
            assert pool.submit(kernels).result() is compiled
        assert kernels() is compiled


def test_one_folder_a_version_and_old_ones_go(
    storeless: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    for n in range(6):
        (tmp_path / f"old{n}-numba0.1-py311").mkdir()
    (tmp_path / "somebody's").mkdir()
    with store.kept():
        assert store.keeping()
    names = {p.name for p in tmp_path.iterdir()}
    own = next(n for n in names if store.numba_version in n)
    assert f"py{sys.version_info[0]}{sys.version_info[1]}" in own
    assert "somebody's" in names and len(names) == 5


def test_with_nowhere_to_keep_it_compiles_all_the_same(
    storeless: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    with store.kept():
        assert not store.keeping()
    assert "NUMBA_CACHE_DIR" in capsys.readouterr().err
