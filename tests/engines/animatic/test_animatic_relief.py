"""Space in one picture: where the horizon is, what stands before it, and how a camera passes."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest

from reelway.engines.animatic.camera import Pose
from reelway.engines.animatic.canvas import Canvas, Frame, Texture, Window
from reelway.engines.animatic.lift import lifted
from reelway.engines.animatic.moves import Move
from reelway.engines.animatic.parallax import Parallax, journey
from reelway.engines.animatic.regions import flooded, parts, resized
from reelway.engines.animatic.relief import relief
from reelway.engines.animatic.warp import Plate, nodes

SHAPES = [(160, 90), (90, 160), (120, 120)]
KINDS = ("pan", "tilt", "zoom", "dolly", "track", "orbit", "crane", "aerial", "handheld", "static")
WAYS = ("", "left", "right", "up", "down", "in", "out")


def landscape(size: tuple[int, int] = (160, 90), horizon: float = 0.45) -> np.ndarray:
    """Sky, ground with stones, and a dark post that stands on it."""
    wide, high = size
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    low = y > horizon * high
    sky = np.stack([0.45 + 0.3 * y / high, 0.62 + 0.2 * y / high, 0.92 + 0 * y], axis=-1)
    stones = 0.06 * np.sin(x * 0.9) * np.sin(y * 1.3)
    ground = np.stack([0.42 + stones, 0.46 + stones, 0.2 + stones], axis=-1)
    view = np.where(low[..., None], ground, sky)
    post = (np.abs(x - 0.4 * wide) < 0.05 * wide) & (y > 0.25 * high) & (y < 0.75 * high)
    view[post] = (0.5, 0.08, 0.1)
    return view.astype(np.float32)


@cache
def passage(size: tuple[int, int]) -> Parallax:
    """Through the landscape."""
    picture = landscape(size)
    return Parallax(whole(size, picture), relief(picture))


def whole(size: tuple[int, int], picture: np.ndarray) -> Texture:
    """A picture's luma as a texture that fills a frame; its hues are left out."""
    wide, high = size
    luma = resized(picture @ np.array([0.2, 0.7, 0.1], np.float32), (high, wide))
    hue = np.zeros((high // 2, wide // 2), np.float32)
    window = Window(left=-wide / high / 2, top=-0.5, width=wide, height=high, density=high)
    return Texture(window=window, y=luma, u=hue, v=hue.copy(), cover=None, cover2=None, floats=True)


@pytest.mark.parametrize("horizon", [0.35, 0.45, 0.6])
def test_the_horizon_lies_where_the_sky_ends(horizon: float) -> None:
    seen = relief(landscape(horizon=horizon))
    assert abs(seen.horizon + 0.5 - horizon) < 0.05
    assert seen.firm == 1.0


def test_ground_is_nearer_the_lower_and_sky_is_far() -> None:
    seen = relief(landscape())
    column = seen.near[:, -20:].mean(axis=1)
    assert column[:20].max() < 0.05
    assert (np.diff(column[50:]) > -0.01).all()
    assert column[-1] > 0.7


def test_what_stands_there_is_found_with_its_foot() -> None:
    (post,) = relief(landscape()).standing
    rows, cols = np.nonzero(post.part > 0.5)
    assert abs(cols.mean() / 160 - 0.4) < 0.03
    assert abs(rows.max() / 90 - 0.75) < 0.05
    assert 0.4 < post.near < 0.75  # of a foot that stands half way down the ground


@pytest.mark.parametrize("picture", ["noise", "flat", "stripes"])
def test_what_is_no_space_gets_little_of_it(picture: str) -> None:
    random = np.random.default_rng(5)
    made = {
        "noise": random.uniform(0, 1, (90, 160, 3)),
        "flat": np.full((90, 160, 3), 0.5),
        "stripes": np.repeat((np.arange(160) // 8 % 2)[None, :, None], 90, axis=0)
        * np.ones((1, 1, 3)),
    }[picture]
    seen = relief(made.astype(np.float32))
    assert not seen.standing
    assert np.isfinite(seen.near).all() and seen.near.max() < 0.6


def test_what_is_lifted_off_and_what_is_left_are_the_picture() -> None:
    picture = landscape()
    (post,) = relief(picture).standing
    texture = whole((320, 180), picture)
    planes = [texture.y, texture.u, texture.v]
    left, thing = lifted(planes, post.part, texture.window) or pytest.fail("nothing lifted")
    canvas = Canvas((320, 180), 1.0)
    canvas.y[...] = left[0]
    canvas.lay(thing, Frame())
    assert np.abs(canvas.y - texture.y).max() < 1e-5
    behind = left[0][60:120, 118:138]  # where the post was there is sky and ground
    assert np.abs(behind.mean() - texture.y[60:120, 200:220].mean()) < 0.12


@pytest.mark.parametrize("size", SHAPES)
def test_at_rest_it_is_the_picture(size: tuple[int, int]) -> None:
    picture = landscape(size)
    texture = whole(size, picture)
    canvas = Canvas(size, 1.0)
    Parallax(texture, relief(picture)).draw(canvas, Pose(), lambda: None)
    assert np.abs(canvas.y - texture.y).max() < 0.01  # with all its parts drawn
    y, x = nodes(size)
    Plate((texture.y, texture.u, texture.v)).lay(canvas, y, x)
    assert np.abs(canvas.y - texture.y).max() < 0.012


@pytest.mark.parametrize("size", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_move_looks_beyond_the_edge_or_tears(size: tuple[int, int], kind: str) -> None:
    """For all ways and speeds: inside the picture, in order, and near the step before."""
    within = passage(size)
    for way, speed, toward in itertools.product(WAYS, ("slow", "fast"), (1.0, -1.0)):
        move = Move(kind=kind, direction=way, speed=speed)  # type: ignore[arg-type]
        before = None
        for gone in np.linspace(0, 1.9, 9):
            y, x = within.map(within.kept(journey((move,), float(gone), toward, within.wide)))
            assert np.isfinite(y).all() and np.isfinite(x).all()
            assert max(np.abs(y).max(), np.abs(x).max()) < 0.5 + 0.012
            assert (np.diff(y, axis=0) > 0).all() and (np.diff(x, axis=1) > 0).all()
            if before is not None:
                assert max(np.abs(y - before[0]).max(), np.abs(x - before[1]).max()) < 0.08
            before = y, x


def test_near_ground_passes_faster_than_far() -> None:
    within = passage((160, 90))
    pose = within.kept(journey((Move(kind="track", direction="right"),), 1.0, 1.0, within.wide))
    _, x = within.map(pose)
    rest = x - nodes((160, 90))[1] / pose.zoom
    assert rest[-1].mean() > 2 * rest[len(rest) // 2].mean() > 0
    assert abs(rest[0].mean()) < 0.3 * rest[-1].mean()


def test_a_hole_is_not_left_behind_what_moves() -> None:
    picture = landscape()
    within = Parallax(whole((320, 180), picture), relief(picture))
    canvas = Canvas((320, 180), 1.0)
    for gone in (0.3, 0.7, 1.0):
        canvas.y[...] = np.nan
        move = Move(kind="track", direction="right", speed="fast")
        within.draw(canvas, within.kept(journey((move,), gone, 1.0, within.wide)))
        assert np.isfinite(canvas.y).all() and np.isfinite(canvas.u).all()
        assert canvas.y.min() > 0.05


def spread(seed: tuple[int, int], mask: np.ndarray) -> set[tuple[int, int]]:
    """What of a mask can be come to from one place, by steps to the four sides."""
    found, rest = {seed}, [seed]
    while rest:
        y, x = rest.pop()
        for there in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            inside = 0 <= there[0] < mask.shape[0] and 0 <= there[1] < mask.shape[1]
            if inside and mask[there] and there not in found:
                found.add(there)
                rest.append(there)
    return found


@pytest.mark.parametrize("share", [0.0, 0.05, 0.4, 0.6, 0.7, 1.0])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (14, 23)])
def test_what_hangs_together(shape: tuple[int, int], share: float) -> None:
    """Snakes, holes, rows and specks; of a seed outside the mask nothing comes."""
    random = np.random.default_rng(5)
    for _ in range(12):
        mask = random.random(shape) < share
        places = [(int(y), int(x)) for y, x in np.argwhere(mask)]
        pieces = []
        for at in places:
            if not any(at in piece for piece in pieces):
                pieces.append(spread(at, mask))
        begun = sorted(pieces[:24], key=len, reverse=True)
        told = [{(int(y), int(x)) for y, x in np.argwhere(p)} for p in parts(mask)]
        assert told == begun
        seeds = random.random(shape) < 0.1
        wet = {at for piece in pieces for at in piece if any(seeds[s] for s in piece)}
        assert {(int(y), int(x)) for y, x in np.argwhere(flooded(seeds, mask))} == wet
