"""Animals' faces from the front and near: fur that lies as it grows, eyes that look at us.

    face      display RGB and cover of head and shoulders

A face is a relief of rounded parts melted into one, lit by its slopes. Measures are in half widths
of the skull; (0, 0) is between the eyes, x to the right, y up.
"""

from __future__ import annotations

import math
from copy import copy
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import LUMA, Window, linear, to_display
from reelway.engines.animatic.heads import Build
from reelway.engines.animatic.noise import fbm_at
from reelway.engines.animatic.pelts import KINDS, Kind, lit, marks
from reelway.engines.animatic.shading import Shade

Array = npt.NDArray[Any]
MELT = 9.0  # how sharply parts meet
NOSE = linear("#17110f")


def face(
    w: Window, build: Build, shine: Shade, at: tuple[float, float], unit: float, seed: int, *,
    lids: float = 1.0, turn: float = 0.0,
) -> tuple[Array, Array]:  # fmt: skip
    """`at`: view place between the eyes; `unit`: half a skull in view units; `lids`: 1 open."""
    kind = KINDS[build.breed]
    one = np.float32(1 / unit)
    x = ((w.xs - np.float32(at[0])) * one)[None, :] + np.zeros((w.height, 1), np.float32)
    y = ((np.float32(at[1]) - w.ys) * one)[:, None] + np.zeros((1, w.width), np.float32)
    k = w.density * unit
    whole = _Face(kind, build, seed, x, y, k, turn)
    ex, ey, wide, long = kind.ear
    both = ex + 1.2 * wide + 0.2, ey - (1.3 if kind.ears == "flop" else 0.6) * long - 0.1
    ears = whole.cut(-both[0], both[1], both[0], ey + 1.15 * long + 0.1)
    wide = 1.25 * kind.wide + 0.2
    whole.body()
    if kind.ears != "flop":
        ears.ears()
    whole.cut(-wide, kind.chin - 1.9 * kind.muzzle[1] - 0.2, wide, 1.35).head()
    if kind.ears == "flop":
        ears.ears()
    whole.picture = lit(whole.albedo, whole.nx, whole.ny, whole.dark, shine)
    r = kind.eye[2]
    for side in (-1, 1):
        at_x = side * kind.eye[0] + 0.2 * turn
        box = at_x - 1.1 * r, kind.eye[1] - 1.2 * r, at_x + 1.1 * r, kind.eye[1] + 1.2 * r
        whole.cut(*box).eyeball(side, lids, shine)
    mw, mh, _ = kind.muzzle
    whole.cut(-mw - 0.2, kind.chin - 1.3 * mh, mw + 0.2, kind.chin + 1.5 * mh).snout(shine)
    if kind.whiskers:
        whole.cut(-2.2, kind.chin - mh - 0.6, 2.2, kind.chin + mh + 0.3).whiskers(shine)
    return to_display(whole.picture), whole.cover


class _Face:
    """Planes of colour, slope and shade that grow part by part, from behind to before."""

    def __init__(
        self, kind: Kind, build: Build, seed: int, x: Array, y: Array, k: float, turn: float
    ) -> None:
        self.kind, self.build, self.seed, self.turn = kind, build, seed, turn
        self.x, self.y, self.k = x, y, k
        shape = x.shape
        self.albedo = np.zeros((*shape, 3), np.float32)
        self.nx, self.ny = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self.dark, self.cover = np.ones(shape, np.float32), np.zeros(shape, np.float32)
        self.picture = self.albedo  # once it is lit
        row = build.row
        self.coat = build.coat.colour
        under = build.coat.colour if build.coat.under is None else build.coat.under
        self.pale = linear(row["chin"]) if "chin" in row else under
        if build.breed in ("bear", "polar bear", "panda"):
            self.pale = linear(row.get("face", "#d8cfc0")) * 1.1
        if float(self.coat @ LUMA) < 0.05:  # black all over
            self.pale = self.coat * 1.8

    def cut(self, left: float, low: float, right: float, high: float) -> _Face:
        """The same face within a box only: its planes are parts of these."""
        c0, c1 = (int(np.searchsorted(self.x[0], v)) for v in (left, right))
        r0, r1 = (int(np.searchsorted(-self.y[:, 0], -v)) for v in (high, low))
        part = np.s_[r0 : max(r1, r0 + 1), c0 : max(c1, c0 + 1)]
        out = copy(self)
        for name in ("x", "y", "albedo", "nx", "ny", "dark", "cover", "picture"):
            setattr(out, name, getattr(self, name)[part])
        return out

    def _fur(self, cx: float, cy: float, fine: float, long: float, name: str) -> Array:
        """Hair that grows away from a point, in strands; about −1…1."""
        dx, dy = self.x - cx, self.y - cy
        far = np.hypot(dx, dy)
        warp = fbm_at(self.seed, name + "w", self.x * 1.6 + 40, self.y * 1.6 + 40, octaves=2)
        # Mirrored, so that there is no seam above; not quite, so that nobody sees it.
        angle = np.abs(np.arctan2(dx, -dy) + 0.06 * warp)
        u = (angle * fine).astype(np.float32) + 90
        v = (far * 2.6 / long + 0.4 * warp).astype(np.float32) + 90
        strands = fbm_at(self.seed, name, u, v, octaves=3, gain=0.68)
        return np.asarray(strands * np.clip(far / 0.55, 0.12, 1))  # short where it begins

    def _hanging(self, long: float) -> Array:
        """Hair that hangs, as on the chest."""
        warp = fbm_at(self.seed, "hangw", self.x * 1.1 + 40, self.y * 1.1 + 40, octaves=3)
        u = (self.x * 13 / (1 + 0.25 * np.clip(-self.y - 0.5, 0, 3)) + 0.9 * warp).astype(
            np.float32
        )
        v = (self.y * 2.4 / long + 0.3 * np.abs(self.x)).astype(np.float32)
        return fbm_at(self.seed, "hang", u + 90, v + 90, octaves=3, gain=0.68)

    def _over(self, a: Array, albedo: Array, nx: Array, ny: Array, dark: Any) -> None:
        b = a[..., None]
        self.albedo += (albedo - self.albedo) * b
        for plane, value in ((self.nx, nx), (self.ny, ny), (self.dark, dark)):
            plane += (value - plane) * a
        np.maximum(self.cover, a, out=self.cover)

    def _relief(self, z: Array) -> tuple[Array, Array]:
        gy, gx = np.gradient(z, 1 / self.k)
        gy = -gy  # rows go down
        norm = 1 / np.sqrt(gx * gx + gy * gy + 1)
        return -gx * norm, -gy * norm

    def body(self) -> None:
        """Chest and shoulders, and a lion's mane."""
        x, y, kind = self.x, self.y, self.kind
        fur = self._hanging(kind.long)
        wide = 0.95 + 0.85 * np.clip((-0.45 - y) / 1.9, 0, 1) ** 0.65
        q = (x / wide) ** 2 + np.clip((y + 0.75) / 0.9, 0, 9) ** 3
        z = 1.2 * np.sqrt(np.clip(1.0001 - q, 0, 1))
        nx, ny = self._relief(z)
        nx, ny = nx * 0.8 + 0.10 * fur, ny * 0.6
        pale = np.exp(-((x / 0.55) ** 2)) * np.clip((-0.2 - y) / 0.6, 0, 1)
        colour = self._coloured(pale * 0.85, fur, body=True)
        under = np.clip(0.45 + 0.55 * np.clip((-0.75 - y) / 0.9, 0, 1), 0, 1)
        if self.build.breed == "panda":
            colour = linear("#1a1a1c") * (1 + 0.5 * fur[..., None]) + 0 * colour
        a = np.clip((1 - q) * 0.5 * self.k + 1.6 * fur * kind.long + 0.5, 0, 1)
        self._over(a, colour, nx, ny, under * (1 + 0.16 * fur))
        if self.build.mane is not None:
            mane = self._fur(0.0, -0.1, 11.0, 2.4, "mane")
            r = np.hypot(x / 1.62, (y + 0.12) / 1.66)
            lump = 0.05 * np.sin(np.arctan2(x, y) * 11 + mane) + 0.055 * mane
            a = np.clip((1 - r + lump) * 1.1 * self.k + 0.5, 0, 1)
            zz = 0.9 * np.sqrt(np.clip(1.0001 - np.minimum(r, 1) ** 2, 0, 1))
            nx, ny = self._relief(zz)
            tone = self.build.mane.colour * (1.0 + 0.75 * np.clip(r - 0.55, 0, 1)
                                             + 0.55 * mane)[..., None]  # fmt: skip
            self._over(a, np.maximum(tone, 0), nx * 0.8 + 0.2 * mane, ny * 0.8,
                       0.55 + 0.45 * np.clip((r - 0.5) / 0.4, 0, 1))  # fmt: skip

    def _coloured(self, pale: Array, fur: Array, *, body: bool = False) -> Array:
        p = np.clip(pale + 0.16 * fur, 0, 1)[..., None]
        tone = self.coat * (1 - p) + self.pale * p
        marked = marks(self.build, self.seed, self.x, self.y, body)
        if marked is not None:
            part, colour = marked
            part = np.clip(part + 0.25 * fur * (part > 0.05) * (part < 0.95), 0, 1)
            tone = tone * (1 - part[..., None]) + colour * part[..., None]
        return np.asarray(tone * (1 + 0.19 * fur)[..., None] + 0.012, np.float32)

    def ears(self) -> None:
        kind = self.kind
        front = kind.ears == "flop"
        ex, ey, wide, long = kind.ear
        flop = kind.ears == "flop"
        fur = self._hanging(1.0) if flop else self._fur(0.0, -0.2, 15.0, kind.long, "ear")
        inner = self.coat * 0.35 + linear("#c98a7a") * 0.45
        for side in (-1, 1):
            x = (self.x - side * ex - 0.10 * self.turn) * side
            y = self.y - ey
            if kind.ears == "point":
                c, s = np.cos(0.30), np.sin(0.30)
                u, v = x * c - y * s, x * s + y * c
                t = v / long
                half = wide * np.clip(1 - t, 0, 1.5) ** 0.75 * (1 - 0.10 * t)
                d = np.minimum(half - np.abs(u), np.minimum((1 - t) * long, (t + 0.45) * long))
                rim = np.clip(1 - np.abs(u) / np.maximum(half * 0.70, 1e-3), 0, 1)
                hollow = np.clip(rim * 2.2, 0, 1) * np.clip((0.80 - t) * 4, 0, 1)
                nx, ny = side * (u / wide) * 0.7, 0.25 + 0 * u
            elif kind.ears == "round":
                r = np.hypot(x / wide, y / long)
                d = (1 - r) * min(wide, long)
                hollow = np.clip((0.66 - r) * 4, 0, 1)
                nx, ny = side * x / wide * 0.7, np.clip(y / long, -1, 1) * 0.6
            else:
                c, s = np.cos(0.16), np.sin(0.16)
                u, v = x * c + y * s, -x * s + y * c
                t = np.clip(-v / long, -0.4, 1.2)
                half = wide * (0.62 + 0.55 * np.sin(np.clip(t, 0, 1) * 2.5)) * np.sqrt(
                    np.clip(1 - np.clip(t, 0, 1) ** 3, 0, 1))  # fmt: skip
                half = half * np.sqrt(np.clip((t + 0.26) / 0.34, 0, 1))
                d = np.minimum(half - np.abs(u), np.minimum((1 - t) * long, (t + 0.26) * 1.2))
                hollow = np.zeros_like(u)
                nx, ny = side * np.clip(u / np.maximum(half, 0.05), -1, 1) * 0.75, 0.15 + 0 * u
            a = np.clip((d + 0.035 * fur * kind.long) * self.k * 0.8 + 0.5, 0, 1)
            coat = linear("#1a1a1c") if self.build.breed == "panda" else self.coat
            tone = coat * (0.92 + 0.30 * fur)[..., None]
            if self.build.breed in ("tiger", "fox", "leopard"):
                edge = np.clip(1 - d / 0.09, 0, 1)[..., None]
                tone = tone * (1 - 0.8 * edge) + linear("#1c1512") * 0.8 * edge
            if kind.ears == "flop":
                tone = tone * 0.74
            lining = inner * (0.75 + 0.35 * fur)[..., None]
            if self.build.breed == "panda":
                lining = coat * 1.2 + 0 * lining
            h = hollow[..., None]
            shade = 1 - 0.45 * hollow * np.clip(1.2 - np.abs(x) / wide, 0, 1)
            fold = 1.0 if not front else 0.80 + 0.20 * np.clip((d / 0.12), 0, 1)
            self._over(a, np.maximum(tone * (1 - h) + lining * h, 0.004), nx + 0.15 * fur, ny,
                       shade * fold)  # fmt: skip

    def head(self) -> None:
        kind, x, y, turn = self.kind, self.x, self.y, self.turn
        mw, mh, mz = kind.muzzle
        parts = [
            (0.0, 0.06, 0.0, kind.wide, kind.high, 0.85),
            (-0.52, -0.36, 0.05, 0.52 * kind.wide + 0.06, 0.42 + 0.12 * kind.cheek, 0.66),
            (0.52, -0.36, 0.05, 0.52 * kind.wide + 0.06, 0.42 + 0.12 * kind.cheek, 0.66),
            (0.45 * turn, kind.chin + 0.04, 0.30, mw, mh, 0.42 + mz),
            (0.55 * turn - 0.42 * mw, kind.chin, 0.42 + 0.5 * mz, mw * 0.62, mh * 0.72, 0.34),
            (0.55 * turn + 0.42 * mw, kind.chin, 0.42 + 0.5 * mz, mw * 0.62, mh * 0.72, 0.34),
            (0.40 * turn, kind.chin - 0.80 * mh, 0.18, mw * 0.62, mh * 0.55, 0.45 + 0.3 * mz),
            (0.18 * turn, -0.12, 0.40, 0.24 + 0.10 * mw, 0.50, 0.42 + 0.35 * mz),
        ]
        total = np.zeros(x.shape, np.float32)
        inside = np.full(x.shape, -9.0, np.float32)
        for n, (cx, cy, cz, rx, ry, rz) in enumerate(parts):
            q = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2
            z = cz + rz * np.sqrt(np.clip(1 - q, 0, 1)) - 1.1 * np.clip(q - 1, 0, 6)
            total += np.exp(np.clip(MELT * z, -60, 30))
            if n < 4:
                inside = np.maximum(inside, (1 - np.sqrt(q)) * min(rx, ry))
        z = np.log(np.maximum(total, 1e-26)) / np.float32(MELT)
        ex, ey, er = kind.eye
        for side in (-1, 1):  # sockets
            far = np.hypot((x - side * ex - 0.2 * turn) / 1.25, y - ey) / er
            z = z - 0.13 * np.exp(-((far / 1.25) ** 2))
        fur = self._fur(0.4 * turn, -0.22, 21.0, kind.long, "fur")
        short = np.exp(
            -(np.hypot((x - 0.4 * turn) / (1.5 * mw), (y - kind.chin) / (1.5 * mh)) ** 2)
        )
        fur = fur * (1 - 0.62 * short)
        nx, ny = self._relief(z)
        nx, ny = nx + 0.17 * fur, ny + 0.10 * fur
        norm = np.maximum(np.hypot(nx, ny) / 0.985, 1)
        colour = self._coloured(self._pale(), fur)
        colour = self._dark_parts(colour)
        edge = (inside + (0.030 + 0.05 * np.abs(np.clip(y, -1, 0.2))) * fur * kind.long) * self.k
        a = np.clip(edge * 0.9 + 0.5, 0, 1)
        # Where the sides fall away, under the chin and beside the muzzle, it is darker.
        dark = 0.62 + 0.38 * np.clip(inside / 0.16, 0, 1)
        low = np.clip((y - kind.chin + 0.8 * mh) / 0.2, 0, 1)
        self._over(a, colour, nx / norm, ny / norm, dark * (0.78 + 0.22 * low) * (1 + 0.12 * fur))

    def _pale(self) -> Array:
        """How pale the coat is, 0…1."""
        kind, x, y = self.kind, self.x - 0.4 * self.turn, self.y
        mw, mh, _ = kind.muzzle
        snout = np.exp(-((np.hypot(x / (1.15 * mw), (y - kind.chin) / (1.2 * mh))) ** 4))
        ex, ey, er = kind.eye
        ax = np.abs(x)
        brow = np.exp(-(np.hypot((ax - ex * 0.92) / (1.25 * er), (y - ey - 1.9 * er) / er) ** 2))
        chin = np.clip((kind.chin - 0.6 * mh - y) / 0.15, 0, 1) * np.clip((0.7 - ax) * 4, 0, 1)
        match kind.mask:
            case "fox" | "wolf":
                line = 0.15 + 0.55 * np.clip((ax - 0.1) / 0.6, 0, 1)
                cheeks = np.clip((-line - y + 0.12) / 0.10, 0, 1) * np.clip((ax - 0.16) * 6, 0, 1)
                brows = 0.8 * brow if kind.mask == "wolf" else 0.0
                pale = np.maximum(cheeks, chin) + brows + 0.35 * snout
                return np.asarray(np.clip(pale, 0, 1))
            case "snout":
                return np.asarray(0.9 * snout)
            case "soft":
                blaze = np.exp(-((x / 0.16) ** 2)) * np.clip((0.5 - y) * 1.5, 0, 1)
                return np.asarray(np.clip(0.55 * snout + 0.35 * blaze + 0.5 * chin + 0.3 * brow,
                                          0, 1))  # fmt: skip
        return np.asarray(np.clip(snout + chin + 0.85 * brow, 0, 1))

    def _dark_parts(self, colour: Array) -> Array:
        kind, y = self.kind, self.y
        x = self.x - 0.2 * self.turn
        ex, ey, er = kind.eye
        ax = np.abs(x)
        if self.build.breed == "panda":
            u, v = (ax - ex * 1.04), y - ey + 0.05
            patch = np.hypot((u * 0.8 - v * 0.6) / 0.30, (u * 0.6 + v * 0.8) / 0.21)
            a = np.clip((1 - patch) * 7, 0, 1)[..., None]
            colour = colour * (1 - a) + linear("#17171a") * a
        lined = np.hypot((ax - ex) / (1.42 * er), (y - ey - kind.slant * (ax - ex)) / (0.95 * er))
        a = (0.85 * np.clip((1.12 - lined) * 4, 0, 1))[..., None]
        colour = colour * (1 - a) + NOSE * a
        if kind.slit or self.build.breed in ("tiger", "leopard"):  # from the eye's inner corner
            tear = np.exp(-(((ax - ex + 1.1 * er + 0.25 * (y - ey)) / 0.035) ** 2))
            tear = tear * np.clip((ey - y) * 8, 0, 1) * np.clip((y - ey + 0.32) * 6, 0, 1)
            colour = colour * (1 - 0.7 * tear[..., None]) + NOSE * 0.7 * tear[..., None]
        return colour

    def eyeball(self, n: int, lids: float, s: Shade) -> None:
        kind = self.kind
        ex, ey, er = kind.eye
        iris = linear(self.build.row.get("iris", "#5a3416")) * 1.25
        light = s.fill * 0.9 + s.key * 0.55
        side = -1.0 if s.toward[0] < 0 else 1.0
        x = (self.x - n * ex - 0.2 * self.turn) * n
        y = self.y - ey - kind.slant * x
        u = x / er
        top = 0.80 * er * np.sqrt(np.clip(1 - np.abs(u) ** 2.2, 0, 1)) * lids
        low = 0.62 * er * np.sqrt(np.clip(1 - np.abs(u) ** 2.2, 0, 1))
        open_ = np.clip(np.minimum(top - y, y + low) * self.k + 0.5, 0, 1) * (np.abs(u) < 1)
        gx = (x * n - 0.12 * er * self.turn) / (0.82 * er)
        gy = y / (0.82 * er)
        r = np.hypot(gx, gy)
        ring = 0.62 + 0.55 * np.clip(1 - r, 0, 1) + 0.12 * np.sin(np.arctan2(gy, gx) * 24) * (
            r > 0.35)  # fmt: skip
        tone = iris * (ring * np.clip((1.06 - r) * 8, 0.10, 1))[..., None]
        if kind.slit:
            pupil = np.clip((0.26 * np.sqrt(np.clip(1 - (gy / 0.86) ** 2, 0, 1))
                             - np.abs(gx)) * 12 + 0.5, 0, 1)  # fmt: skip
        else:
            pupil = np.clip((0.46 - r) * 12 + 0.5, 0, 1)
        tone = tone * (1 - pupil[..., None]) + 0.004
        white = np.clip((r - 1.0) * 8, 0, 1)[..., None]
        tone = tone * (1 - white) + linear("#b8aca0") * 0.35 * white
        shade = 1 - 0.55 * np.clip((y - top + 0.30 * er) / (0.30 * er), 0, 1)
        tone = tone * light * shade[..., None] * 1.25
        spark = np.hypot(gx - 0.30 * side, gy - 0.36) / 0.19
        small = np.hypot(gx + 0.34 * side, gy + 0.36) / 0.12
        glint = np.clip((1 - spark) * 6, 0, 1) + 0.35 * np.clip((1 - small) * 4, 0, 1)
        tone = tone + (glint * 0.95)[..., None] * (0.25 + 0.75 * np.clip(light * 1.4, 0, 1))
        a = (open_ * (self.cover > 0.5))[..., None]
        self.picture += (tone - self.picture) * a

    def snout(self, s: Shade) -> None:
        """Nose, the line below it, and the mouth."""
        kind = self.kind
        mw, mh, _ = kind.muzzle
        x = self.x - 0.55 * self.turn
        top = kind.chin + 0.66 * mh
        y, n = self.y - top, kind.nose
        v = np.clip(-y / (1.15 * n), -0.6, 1.4)
        half = n * (1.0 - 0.75 * np.clip(v, 0, 1) ** 1.6) * np.clip(1.2 + v * 2.2, 0, 1) ** 0.5
        d = np.minimum(half - np.abs(x), np.minimum(y + 1.15 * n, 0.52 * n - y))
        nose = np.clip(d * self.k * 0.7 + 0.5, 0, 1)
        light = s.fill * 0.7 + s.key * 0.45
        hole = np.clip(1 - np.hypot((np.abs(x) - 0.52 * n) / (0.26 * n), (y + 0.20 * n)
                                    / (0.20 * n)), 0, 1)  # fmt: skip
        own = NOSE if self.build.breed != "cat" else linear("#7a4038")
        gloss = np.exp(-(np.hypot(x / (0.65 * n), (y - 0.24 * n) / (0.17 * n)) ** 2))
        tone = own * 1.6 * light * (1 - 0.85 * np.clip(hole * 3, 0, 1))[..., None]
        tone = tone + light * (0.20 * gloss)[..., None]
        picture = self.picture
        picture += (tone - picture) * nose[..., None]
        fine = np.clip(0.012 * self.k, 0.8, 9) / self.k
        low = -1.15 * n
        line = np.clip(1 - np.abs(x) / fine, 0, 1) * (y < low + 0.02) * (y > low - 0.42 * mh)
        ax = np.abs(x)
        bend = low - 0.42 * mh - 0.20 * mh * np.sin(np.clip(ax / (0.80 * mw), 0, 1) * np.pi) + (
            0.16 * mh * np.clip(ax / (0.80 * mw), 0, 1))  # fmt: skip
        mouth = np.clip(1 - np.abs(y - bend) / (1.5 * fine), 0, 1) * (ax < 0.80 * mw)
        a = (np.maximum(line, mouth) * 0.82)[..., None]
        picture *= 1 - 0.92 * a
        if kind.whiskers or kind.mask:  # the roots of whiskers
            gx, gy = (ax - 0.30 * mw) / (0.15 * mw), (self.y - kind.chin + 0.05) / (0.20 * mh)
            dot = np.hypot(gx % 1 - 0.5, (gy + 0.35 * np.floor(gx)) % 1 - 0.5)
            near = (gx > 0) & (gx < 3) & (np.abs(gy) < 1.6)
            a = (np.clip(0.17 - dot, 0, 0.1) * 5.5 * near)[..., None]
            picture *= 1 - a

    def whiskers(self, s: Shade) -> None:
        kind = self.kind
        mw, mh, _ = kind.muzzle
        fine = max(0.007, 0.55 / self.k)
        tone = ((s.fill + s.key * 0.7) * linear("#f2ece2")).astype(np.float32)
        for side in (-1, 1):
            for n in range(6):
                root = kind.chin + 0.10 * mh - 0.13 * mh * n
                long = 1.15 * kind.whiskers + 0.12 * (n % 3)
                near, end = 0.5 * self.turn + side * 0.45 * mw, 0.5 * self.turn + side * (
                    0.45 * mw + long)  # fmt: skip
                fall = -0.085 * n + 0.05 * math.sin(n * 2.4)
                low, high = root + min(0.0, fall) - 0.03, root + max(0.10, 0.10 + fall) + 0.03
                part = self.cut(min(near, end), low, max(near, end), high)
                x = (part.x - 0.5 * self.turn) * side - 0.45 * mw
                t = np.clip(x / long, 0, 1)
                line = root + (0.10 + fall) * t - 0.10 * t * t
                thin = np.clip(1.3 - np.abs(part.y - line) / fine, 0, 1) * (x > 0) * (t < 1)
                a = thin * (0.75 - 0.6 * t)
                part.picture += (tone - part.picture) * a[..., None]
                np.maximum(part.cover, a, out=part.cover)
