"""Walls of large halls where people work, train and play, as `passage` asks for them.

    gym      wall bars and high windows over a padded dado; a court's lines on the boards
    stage    drapes in folds at the sides and at the back, boards below
    works    steel columns, sheet metal, a strip of windows, machines and crates along the wall

A side wall is told in depth `z`, height `up` and the part 0…1 of what repeats along it, `f`; an end
wall in `across` and `up`. Each gives the albedo back, and how much of it shines by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import linear

Array = npt.NDArray[Any]
Part = tuple[Array, Array, Array]  # albedo, light of its own, mirror (0…1)
PAD, BAR, SKY = linear("#27406b"), linear("#a9793f"), linear("#cfe0ee")
DRAPE, FRINGE = linear("#7d1420"), linear("#c79a3c")
STEEL, RUST, CRATE = linear("#3f464d"), linear("#8a4a2c"), linear("#94703f")


def _laid(albedo: Array, there: Array, colour: Any) -> Array:
    return np.asarray(np.where(there[..., None], colour, albedo))


def _chance(n: Array, key: float) -> Array:
    return np.asarray(np.sin(np.floor(n) * 12.9898 + key) * 43758.5453 % 1)


def gym(z: Array, up: Array, f: Array, albedo: Array, ends: Array) -> Part:
    brick = (np.abs((up * 15) % 1 - 0.5) > 0.44) | (
        np.abs((z * 7 + 0.5 * (np.floor(up * 15) % 2)) % 1 - 0.5) > 0.46
    )
    albedo = albedo * (1 - 0.14 * brick)[..., None]
    seam = np.abs((f * 5) % 1 - 0.5) > 0.47
    albedo = _laid(albedo, up < 0.24, PAD)
    albedo = albedo * (1 - 0.4 * ((up < 0.24) & seam))[..., None]
    bars = (np.abs(f - 0.30) < 0.17) & (up > 0.02) & (up < 0.56)
    post = bars & ((np.abs(np.abs(f - 0.30) - 0.155) < 0.018) | (np.abs(f - 0.30) < 0.010))
    rung = bars & (np.abs((up * 22) % 1 - 0.5) < 0.26)
    albedo = _laid(albedo, bars & ~rung, albedo * 0.45)
    albedo = _laid(albedo, rung | post, BAR)
    pane = (np.abs(f - 0.5) < 0.40) & (np.abs(up - 0.76) < 0.10)
    lead = (np.abs((f * 10) % 1 - 0.5) > 0.44) | (np.abs(up - 0.76) < 0.006)
    albedo = _laid(albedo, pane, SKY * 0.8)
    albedo = _laid(albedo, pane & lead, STEEL * 0.5)
    return albedo, 0.55 * (pane & ~lead), 0.0 * up


def gym_end(across: Array, up: Array, albedo: Array) -> Array:
    """A board with a hoop before a painted wall."""
    albedo = _laid(albedo, up < 0.24, PAD)
    board = (np.abs(across) < 0.20) & (np.abs(up - 0.62) < 0.13)
    rim = (np.abs(across) < 0.07) & (np.abs(up - 0.56) < 0.055)
    albedo = _laid(albedo, board, linear("#d9dcdc"))
    albedo = _laid(albedo, rim & (np.abs(np.abs(across) - 0.062) < 0.008), RUST)
    hoop = (np.abs(across) < 0.085) & (np.abs(up - 0.47) < 0.010)
    return _laid(albedo, hoop, linear("#d2521f"))


def _folds(along: Array) -> Array:
    """How light a drape is, whose folds are not all alike."""
    at = along + 0.12 * np.sin(along * 1.7) + 0.05 * np.sin(along * 4.3 + 1)
    return np.asarray(0.55 + 0.45 * np.sin(at * 26) * np.cos(at * 9 + 0.6) + 0.12 * np.sin(at * 61))


def stage(z: Array, up: Array, f: Array, albedo: Array, ends: Array) -> Part:
    """Wings: drapes that hang one behind another with dark between."""
    drape = np.abs(f - 0.42) < 0.34
    tone = DRAPE * np.clip(_folds(z * 1.4), 0.08, 1.2)[..., None]
    albedo = _laid(np.zeros_like(albedo) + 0.006, drape, tone)
    fringe = drape & (up < 0.035)
    return _laid(albedo, fringe, FRINGE * 0.6), 0.0 * up, 0.0 * up


def stage_end(across: Array, up: Array, albedo: Array) -> Array:
    tone = DRAPE * np.clip(_folds(across * 1.7 + 3), 0.10, 1.25)[..., None]
    part = np.abs(across) < 0.012  # where the two halves meet
    tone = np.where(part[..., None], tone * 0.3, tone)
    swag = 0.98 + 0.06 * np.abs(np.sin(across * 7))  # a valance above
    above = up > swag - 0.12
    tone = np.where(above[..., None], DRAPE * (0.5 + 0.4 * np.abs(np.sin(across * 7)))[..., None],
                    tone)  # fmt: skip
    tone = _laid(tone, np.abs(up - swag + 0.125) < 0.012, FRINGE)
    return _laid(tone, up < 0.03, FRINGE * 0.5)


def works(z: Array, up: Array, f: Array, albedo: Array, ends: Array) -> Part:
    sheet = 0.86 + 0.14 * np.sin(z * 46)
    albedo = albedo * sheet[..., None]
    albedo = _laid(albedo, up < 0.16, linear("#6d6f6d"))
    strip = (up > 0.70) & (up < 0.92)
    lead = (np.abs((f * 8) % 1 - 0.5) > 0.45) | (np.abs((up - 0.70) / 0.22 % 0.5 - 0.25) > 0.235)
    broken = _chance(f * 8 + 31 * np.floor(z / 2.1), 1.7) > 0.9
    albedo = _laid(albedo, strip, SKY * np.where(broken, 0.25, 0.75)[..., None])
    albedo = _laid(albedo, strip & lead, STEEL * 0.4)
    pipe = np.abs(up - 0.60) < 0.018
    albedo = _laid(albedo, pipe, RUST * (1.1 - 30 * np.abs(up - 0.606))[..., None])
    kind = _chance(z / 2.1, 4.1)
    machine = (np.abs(f - 0.42) < 0.20) & (up < 0.36) & (kind > 0.4)
    cabinet = STEEL * (0.75 + 0.5 * (np.abs((f * 12) % 1 - 0.5) < 0.44))[..., None]
    albedo = _laid(albedo, machine, cabinet)
    panel = machine & (np.abs(f - 0.50) < 0.06) & (np.abs(up - 0.26) < 0.05)
    albedo = _laid(albedo, panel, linear("#7fd0a0"))
    stack = (np.abs(f - 0.42) < 0.24 - 0.10 * (up > 0.21)) & (up < 0.40) & (kind <= 0.4)
    slat = (np.abs((up * 24) % 1 - 0.5) > 0.40) | (np.abs((f * 9) % 1 - 0.5) > 0.45)
    albedo = _laid(albedo, stack, CRATE * np.where(slat, 0.35, 0.9)[..., None])
    column = np.abs(f - 0.5) > 0.44
    albedo = _laid(albedo, column, STEEL * (0.5 + 14 * np.abs(np.abs(f - 0.5) - 0.47))[..., None])
    warning = column & (up < 0.22) & (np.abs((up * 16 + f * 9) % 1 - 0.5) < 0.25)
    albedo = _laid(albedo, warning, linear("#d0a52a"))
    return albedo, 0.5 * (strip & ~lead & ~column) + 0.5 * panel, 0.0 * up


def works_end(across: Array, up: Array, albedo: Array) -> Array:
    """A roller door in a wall of sheet metal."""
    albedo = albedo * (0.86 + 0.14 * np.sin(across * 46))[..., None]
    door = (np.abs(across) < 0.62) & (up < 0.66)
    slat = 0.75 + 0.25 * np.sin(up * 120)
    albedo = _laid(albedo, door, linear("#7c8288") * slat[..., None])
    frame = (np.abs(across) < 0.67) & (up < 0.71) & ~door
    return _laid(albedo, frame, linear("#c9a22c"))


def boards(z: Array, across: Array, fine: Array, colour: Any) -> Array:
    """A floor of long boards towards the eye."""
    n = across * 9
    tone = 0.90 + 0.10 * np.sin(np.floor(n) * 37.0) + 0.03 * np.sin(z * 9 + np.floor(n) * 2.3)
    gap = np.abs(n - np.floor(n) - 0.5) > 0.475
    return np.asarray(colour * (tone * (1 - 0.35 * gap * fine))[..., None])


def court(floor: Array, z: Array, across: Array) -> Array:
    """Lines of a court on a floor."""
    white = (np.abs(np.abs(across) - 0.62) < 0.014) | (np.abs(z - 3.6) < 0.05)
    ring = np.abs(np.hypot(across, (z - 2.3)) - 0.42) < 0.018
    floor = _laid(floor, white, linear("#e6e2d6"))
    return _laid(floor, ring & ~white, linear("#b23a2a"))
