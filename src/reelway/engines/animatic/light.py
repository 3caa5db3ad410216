"""Light of a scene: the colours of sky, sun and haze by time of day and weather.

One table, `_ROWS`, in display colours; weather bends it (`_weathered`), a style bends it again at
the very end (`grade.Grade`). Painters ask `Light` and never the words of the prompt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import LUMA, linear, to_display, to_linear
from reelway.engines.animatic.noise import stream

Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Light:
    """Linear colours unless said otherwise."""

    zenith: Array
    middle: Array
    horizon: Array
    glow: Array  # of the sky around the sun
    sun: Array  # light that falls on things
    ambient: Array
    haze: Array  # what distance fades into
    cloud_lit: Array
    cloud_dark: Array
    sun_x: float  # view units
    sun_height: float  # above the horizon, view units
    elevation: float  # radians, for shading
    haze_density: float  # a unit of depth
    clouds: float  # cover, 0…1
    disc: str  # "sun", "moon" or ""
    stars: float  # 0…1
    night: bool
    lamps: float  # how much artificial light there is, 0…1
    slit: float = 0.0  # how far a closed sky is open over the horizon, 0…1
    bloom: float = 0.0  # how far lamps spread in thick air, 0…1


# zenith, middle, horizon, glow, sun, ambient, cloud lit, cloud dark; height of the disc
_ROWS: dict[str, str] = {
    "dawn": "#34508c #8d92b8 #f2b98c #ffd49a #ffbe8a #5a6690 #f7c7a4 #6f6d90",
    "day": "#2667b4 #6ba4d8 #c4dcec #ffffff #fff4e0 #92a5bc #ffffff #9db0c4",
    "golden": "#33568f #9a98b4 #f6c590 #ffdc9c #ffb46a #6b6d90 #ffd9aa #6c5f7c",
    "dusk": "#1b2354 #594a8c #d67f8e #ff9f76 #cf7d80 #4b4a80 #d98495 #3a3160",
    "night": "#050b20 #0d1d44 #24406c #a9c2e8 #6f90c8 #1c2b52 #4a6292 #0a1226",
}
_HEIGHT = {"dawn": 0.07, "day": 0.34, "golden": 0.05, "dusk": 0.0, "night": 0.33}
_ELEVATION = {"dawn": 0.30, "day": 0.85, "golden": 0.24, "dusk": 0.18, "night": 0.7}
_HAZE = {"dawn": 0.026, "day": 0.014, "golden": 0.018, "dusk": 0.020, "night": 0.016}
_GREY_COVER = {"overcast": 0.85, "rain": 0.9, "storm": 1.0, "snow": 0.8, "fog": 0.92, "wind": 0.1}
COOL = (0.90, 1.0, 1.14)  # under clouds light is bluer
_THICK = {"fog": 4.2, "snow": 2.6, "rain": 2.2, "storm": 1.8, "overcast": 1.3}
# A closed sky while the sun is low, and fog then and by night: zenith, middle, horizon, glow, sun,
# ambient, haze, cloud lit, cloud dark. Cold above, and light that comes in low from one side.
_CLOSED: dict[str, str] = {
    "dawn": "#3c4d68 #75838f #ecc9a0 #ffd08a #e6b98c #627389 #93a0a8 #c6b6aa #3f4d66",
    "golden": "#303e58 #636a7c #e0ab7c #ffa850 #f09a58 #566074 #9a8a80 #cf9672 #323c54",
    "dusk": "#101a35 #2c3b5b #94686a #ff9658 #a8687a #3a4a6a #4a5672 #75667c #131c34",
}
_FOGGY: dict[str, str] = {
    "dawn": "#7f8fa4 #b3b3b0 #e9d3b4 #ffd9a0 #ffd0a0 #8292a6 #cfc4b4 #d8ccc0 #9aa2ac",
    "golden": "#7d7f90 #c09c84 #f0bd84 #ffb868 #ffb070 #80808e #d8ac82 #e0b490 #96888a",
    "dusk": "#27355a #4a5a80 #8f7c8c #ff9a6a #a08088 #465a84 #6a7696 #7a7c98 #38466c",
    "night": "#0a1220 #18233a #31435c #9fb4d0 #7890b4 #22324c #2c3d54 #3a4a60 #141e30",
}
_OPEN = {"overcast": 0.8, "rain": 0.9, "storm": 1.0, "snow": 0.35}


def light(time: str, weather: str, seed: int) -> Light:
    zenith, middle, horizon, glow, sun, ambient, lit, dark = (
        linear(c) for c in _ROWS[time].split()
    )
    random = stream(seed, "light")
    side = float(random.choice([-1, 1]) * random.uniform(0.10, 0.24))
    made = Light(
        zenith=zenith,
        middle=middle,
        horizon=horizon,
        glow=glow,
        sun=sun * (1.5 if time != "night" else 1.35),
        ambient=ambient * (0.62 if time != "night" else 0.95),
        haze=horizon * 0.62 + middle * 0.38,
        cloud_lit=lit,
        cloud_dark=dark,
        sun_x=side,
        sun_height=_HEIGHT[time],
        elevation=_ELEVATION[time],
        haze_density=_HAZE[time],
        clouds=float(random.uniform(0.35, 0.6)) if weather != "clear" else 0.34,
        disc="moon" if time == "night" else ("sun" if time != "dusk" else ""),
        stars={"night": 1.0, "dusk": 0.35}.get(time, 0.0),
        night=time == "night",
        lamps={"night": 1.0, "dusk": 0.85, "dawn": 0.35, "golden": 0.35}.get(time, 0.0),
    )
    made = _closed(made, time, weather) or _weathered(made, weather)
    return replace(made, bloom=float(weather == "fog" and time in ("night", "dusk")))


def _closed(light: Light, time: str, weather: str) -> Light | None:
    """Bad weather in low light: it has tables of its own."""
    foggy = weather == "fog"
    row = (_FOGGY if foggy else _CLOSED if weather in _OPEN else {}).get(time)
    if row is None:
        return None
    zenith, middle, horizon, glow, sun, ambient, haze, lit, dark = (linear(c) for c in row.split())
    heavy = {"storm": 0.50, "rain": 0.80, "snow": 1.25}.get(weather, 1.0)  # how dark the lid is
    if weather == "snow":  # its air is pale
        middle, zenith = middle * 0.6 + haze * 0.5, zenith * 0.6 + haze * 0.35
    level = 1.0 if light.night else 0.62
    return replace(
        light,
        zenith=zenith * heavy, middle=middle * (0.5 + 0.5 * heavy), horizon=horizon,
        glow=glow * (1.0 if not foggy else 0.8),
        sun=sun * (0.75 if not foggy else 0.6) * (0.85 if weather == "storm" else 1.0),
        ambient=ambient * level * (0.72 + 0.28 * heavy) * (1.0 if not foggy else 1.15),
        haze=haze * (0.55 + 0.45 * heavy),
        cloud_lit=lit * (0.6 + 0.4 * heavy), cloud_dark=dark * heavy,
        clouds=0.04 if foggy else 0.55 if weather == "snow" else 0.95,
        disc=light.disc if foggy and not light.night else "",
        sun_height=light.sun_height if foggy or light.night else 0.012,
        haze_density=light.haze_density * _THICK[weather],
        stars=light.stars * 0.1 if weather != "fog" else 0.0,
        lamps=max(light.lamps, 0.45),
        slit=_OPEN.get(weather, 0.0),
    )  # fmt: skip


def _weathered(light: Light, weather: str) -> Light:
    grey = _GREY_COVER.get(weather, 0.0)
    light = replace(light, haze_density=light.haze_density * _THICK.get(weather, 1.0))
    if grey < 0.5:
        return light
    dim = (0.56 if weather == "storm" else 0.86) * (1.35 if light.night else 1.0)
    bare = light.zenith * 0.35 + light.middle * 0.4 + light.horizon * 0.25
    bare = bare * np.array(COOL, np.float32)

    def veil(colour: Array, part: float, lift: float = 1.0) -> Array:
        level = float(bare @ LUMA) * lift * dim
        tint = 0.60 + 0.40 * bare / max(float(bare @ LUMA), 1e-4)
        return np.asarray(colour * (1 - part) * dim + level * tint * part, np.float32)

    foggy = weather in ("fog", "snow")
    return replace(
        light,
        zenith=veil(light.zenith, grey * 0.8, 0.75 if foggy else 0.6),
        middle=veil(light.middle, grey * 0.9, 1.0),
        # A closed sky still lets some of the evening through, low over the land.
        horizon=veil(light.horizon, grey * (0.9 if foggy else 0.52), 1.75 if foggy else 1.7),
        glow=light.glow * (0.5 if foggy else 0.15),
        sun=light.sun * (0.40 if weather != "storm" else 0.32),
        ambient=veil(light.ambient, 0.5, 1.15),
        haze=veil(light.haze, grey * (0.9 if foggy else 0.62), 1.45 if foggy else 1.2),
        cloud_lit=veil(light.cloud_lit, 0.8, 1.75 if weather == "storm" else 1.5),
        cloud_dark=veil(light.cloud_dark, 0.7, 0.30 if weather == "storm" else 0.50),
        clouds=0.04 if weather == "fog" else 0.3 if foggy else 0.95,
        disc=light.disc if weather == "fog" else "",
        stars=light.stars * 0.15,
        lamps=max(light.lamps, 0.45),
    )


def faded(colour: Array, depth: float, light: Light) -> Array:
    """A linear colour as it is seen at a depth: aerial perspective."""
    part = float(np.exp(-depth * light.haze_density))
    return np.asarray(colour * part + light.haze * (1 - part), np.float32)


__all__ = ["Light", "faded", "light", "to_display", "to_linear"]
