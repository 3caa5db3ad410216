"""What animals' faces measure, and what is drawn on their coats.

    KINDS    breeds that have a face from the front (`muzzles`), with their measures
    eyes     where they are, for the patch that blinks
    marks    stripes and spots
    lit      a coat in the light, by its slopes

Measures are in half widths of the skull, from between the eyes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.heads import Build
from reelway.engines.animatic.noise import fbm_at
from reelway.engines.animatic.shading import Shade

Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Kind:
    wide: float = 1.0  # of the skull
    high: float = 0.92
    cheek: float = 0.40  # fullness
    muzzle: tuple[float, float, float] = (0.40, 0.30, 0.45)  # half width, half height, how far out
    chin: float = -0.50  # y of the muzzle's middle
    nose: float = 0.15  # half width
    eye: tuple[float, float, float] = (0.42, 0.02, 0.155)  # x, y, half width
    slant: float = 0.18
    slit: bool = False
    ears: str = "point"  # point, round, flop
    ear: tuple[float, float, float, float] = (0.62, 0.55, 0.34, 0.85)  # x, y, half width, length
    whiskers: float = 0.0
    long: float = 1.0  # of the hair
    mask: str = ""  # where it is pale


CAT = Kind(eye=(0.43, 0.0, 0.20), slit=True, whiskers=1.0, muzzle=(0.36, 0.25, 0.34), nose=0.10,
           chin=-0.46, ear=(0.60, 0.58, 0.36, 0.80), cheek=0.44)  # fmt: skip
BIG = Kind(eye=(0.44, 0.06, 0.14), whiskers=0.6, muzzle=(0.50, 0.36, 0.52), nose=0.20, chin=-0.60,
           ears="round", ear=(0.74, 0.66, 0.27, 0.30), cheek=0.50, high=0.98)  # fmt: skip
WILD = Kind(eye=(0.42, 0.02, 0.135), slant=0.34, muzzle=(0.34, 0.30, 0.70), nose=0.15, chin=-0.58,
            ear=(0.62, 0.62, 0.30, 0.80), cheek=0.46, long=1.5, mask="wolf")  # fmt: skip
BEAR = Kind(eye=(0.40, 0.04, 0.095), slant=0.05, muzzle=(0.44, 0.36, 0.62), nose=0.19, chin=-0.52,
            ears="round", ear=(0.80, 0.68, 0.27, 0.24), cheek=0.52, long=0.9, wide=1.08,
            mask="snout")  # fmt: skip
KINDS: dict[str, Kind] = {
    "cat": CAT,
    "dog": Kind(eye=(0.40, 0.02, 0.145), slant=0.02, muzzle=(0.42, 0.38, 0.78), nose=0.19,
                chin=-0.55, ears="flop", ear=(0.83, 0.42, 0.34, 1.25), cheek=0.30, high=0.98,
                wide=0.90, mask="soft", long=0.55),
    "wolf": WILD,
    "fox": Kind(eye=(0.40, 0.0, 0.135), slant=0.36, muzzle=(0.28, 0.25, 0.75), nose=0.12,
                chin=-0.52, ear=(0.64, 0.62, 0.36, 1.0), cheek=0.52, slit=True, mask="fox",
                long=1.3),
    "tiger": BIG, "lion": BIG, "leopard": BIG,
    "bear": BEAR, "polar bear": BEAR, "panda": BEAR,
}  # fmt: skip


def eyes(kind: Kind) -> tuple[float, float, float, float]:
    """A box around both, left, low, right, high."""
    x, y, r = kind.eye
    return -x - 1.7 * r, y - 1.3 * r, x + 1.7 * r, y + 1.5 * r


def marks(build: Build, seed: int, x: Array, y: Array, body: bool) -> tuple[Array, Array] | None:
    """Where stripes and spots are, and their colour; nearly the same on either side."""
    wob = fbm_at(seed, "marks", x * 2 + 50, y * 2 + 50, octaves=3)
    ax = np.abs(x) + 0.05 * wob
    if build.coat.bands is not None and build.breed in ("cat", "tiger"):
        bold = 1.0 if build.breed == "tiger" else 0.62
        if body:
            line = np.sin(8.5 * y + 2.4 * ax + 1.6 * wob)
            part = np.clip((line - 0.45) * 4, 0, 1) * np.clip(ax / 0.5 - 0.4, 0, 1)
            return part * bold, build.coat.bands[1]
        brow = np.clip((y - 0.18) * 5, 0, 1)
        crown = np.clip((np.sin(17 * ax - 3.2 * y + 0.9 * wob + 0.6) - 0.30) * 4, 0, 1) * brow
        crown = crown * np.clip((0.75 - ax) * 5, 0, 1)
        arcs = np.hypot(ax - 0.30, (y + 0.32) * 1.05)
        cheek = np.clip((np.sin(19 * arcs + 0.8 * wob) - 0.35) * 4, 0, 1)
        cheek = cheek * np.clip((ax - 0.60) * 6, 0, 1)
        cheek = cheek * np.clip((0.35 - y) * 4, 0, 1)
        return np.maximum(crown, cheek) * bold, build.coat.bands[1]
    if build.coat.spots is not None:
        size = 0.24 if body else 0.125
        gx, gy = x / size, y / size + 0.5 * np.floor(x / size)
        jx = np.sin(np.floor(gx) * 12.9 + np.floor(gy) * 7.2) * 0.30
        jy = np.cos(np.floor(gx) * 5.9 + np.floor(gy) * 9.7) * 0.30
        far = np.hypot(gx % 1 - 0.5 + jx, gy % 1 - 0.5 + jy)
        ring = np.clip((0.30 - np.abs(far - (0.20 if body else 0.0)) * 1.3 + 0.16 * wob) * 7
                       - 0.6, 0, 1)  # fmt: skip
        keep = 1.0 if body else np.clip((np.hypot(x, (y + 0.35) * 0.9) - 0.50) * 5, 0, 1)
        return ring * keep, build.coat.spots[1]
    return None


def lit(albedo: Array, nx: Array, ny: Array, dark: Array, s: Shade) -> Array:
    nz = np.sqrt(np.maximum(1 - nx * nx - ny * ny, 0.02))
    toward = np.clip((nx * s.toward[0] + ny * s.toward[1] + nz * s.toward[2] + 0.25) / 1.25, 0, 1)
    above = 0.62 + 0.38 * ny
    edge = np.clip(1 - nz, 0, 1) ** 2.5
    side = np.clip(0.5 + 0.9 * nx * np.sign(s.toward[0]), 0, 1)
    light = s.fill * above[..., None] + s.key * (0.95 * toward)[..., None]
    light = light + s.bounce * np.clip(-ny, 0, 1)[..., None]
    light = light + s.rim * (edge * side)[..., None] * 0.8 + s.kick * (edge * (1 - side))[..., None]
    return np.asarray(albedo * light * dark[..., None], np.float32)
