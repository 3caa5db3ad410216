"""Light that is not of this air: under water, on the moon, on another planet.

AIR    (place, site) → what becomes of the light there
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.light import Light

BLACK = np.zeros(3, np.float32)


def water(light: Light) -> Light:
    """Blue swallows the rest with every metre; the sun is a brightness above."""
    level = 0.30 if light.night else 0.65 if light.disc == "" else 1.0
    return replace(
        light,
        sun=linear("#9fe6dc") * 0.9 * level,
        ambient=linear("#4fb3bf") * 0.65 * level,
        haze=linear("#0d5f7a") * level,
        glow=linear("#9fe8e0") * level,
        haze_density=0.17,
        elevation=1.1,
        sun_height=0.5,
        disc="sun" if not light.night else "",
        night=False,
        lamps=0.0,
    )


def airless(light: Light) -> Light:
    """Hard sun, black sky."""
    return replace(
        light, zenith=BLACK, middle=BLACK, horizon=BLACK, haze=BLACK, haze_density=0.0, clouds=0.0,
        sun=linear("#fffaf0") * 1.5, ambient=linear("#3a3f4a") * 0.5, elevation=0.34, disc="",
        stars=1.0, night=False, lamps=0.0,
    )  # fmt: skip


def dusty(light: Light) -> Light:
    """A butterscotch sky that is pale blue around the sun."""
    level = 0.16 if light.night else 1.0
    return replace(
        light,
        zenith=linear("#8a5f44") * level,
        middle=linear("#b98560") * level,
        horizon=linear("#e0b48c") * level,
        haze=linear("#c99468") * level,
        glow=linear("#cfdcea") * level,
        cloud_lit=linear("#e2c0a0") * level,
        cloud_dark=linear("#a87a58") * level,
        clouds=min(light.clouds, 0.18),
    )


AIR: dict[tuple[str, str], Callable[[Light], Light]] = {
    ("underwater", ""): water,
    ("space", "moon"): airless,
    ("space", "mars"): dusty,
}
