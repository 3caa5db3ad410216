"""People from near: head and shoulders, or down to the knees, as a few layers that move apart.

    portray   somebody at a shot size → layers: hair behind, trunk, head, eyes, mouth

Each layer is painted once, or in the few states that the shot needs (`acting`), and glides by parts
of a pixel: a large face in a cycle of pictures would be seen to step. Eyes and mouth are patches of
the same head, so that nothing shows where they begin.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import attire, body, framing, solid, sources, visage
from reelway.engines.animatic.acting import LEVELS, Acting
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import LUMA, Window
from reelway.engines.animatic.compose import State
from reelway.engines.animatic.gaits import Gait, Pose
from reelway.engines.animatic.person import Dress
from reelway.engines.animatic.shading import Shade, edge_of, unit
from reelway.engines.animatic.solid import Solid
from reelway.engines.animatic.sounding import Sounder, strikes
from reelway.engines.animatic.stage import TOWNS, frame_of
from reelway.engines.animatic.visage import Expression

Array = npt.NDArray[Any]
Box = tuple[float, float, float, float]  # left, top, right, bottom
DEPTH = 5.0  # for the camera: it travels little about a face
BESIDE = 1e5  # and not at all, where it goes along with somebody
NEAR = 0.4  # for the ear
ORDER = 0.30  # nearer than all of the land
STEPS = 4  # pictures of a turn of the head
BEHIND = -0.10  # what is painted before it is behind the trunk
FEATHER = 0.30  # part of a patch that fades
COARSE = {"extreme": 0.70, "close": 0.80}  # skin is smooth; eyes and mouth stay sharp
SOFT = 1.22  # most by which a layer is painted larger than it is first seen


@dataclass(frozen=True, kw_only=True)
class Sitter:
    """Somebody from near. `x`: view x of the head; `turn`: how far the head turns in the shot."""

    dress: Dress
    gait: Gait
    heading: float
    size: str
    people: int
    x: float
    turn: float
    acting: Acting
    rank: int = 0
    looks: tuple[float, float] = (0.0, 0.0)  # where the eyes rest


def sounding(b: Builder, gait: Gait, x: float) -> Sounder:
    """Somebody so near is heard, too, where the feet are out of the picture."""
    hits = strikes(lambda n: n // gait.slow, gait.frames, gait.beats, b.shot.frames)
    return Sounder(kind=gait.sound, place=lambda n: (x, NEAR), strikes=hits)


def portray(b: Builder, s: Sitter) -> None:
    if b.heard is not None:  # the shot is only listened to
        return
    _Portrait(b, s).layers()


class _Portrait:
    def __init__(self, b: Builder, s: Sitter) -> None:
        self.b, self.s = b, s
        self.lens = framing.lens(b.shot)
        self.depth = BESIDE if any(b.path.stroll) else DEPTH
        rest = s.gait.pose(0.0)
        self.pose = replace(rest, look=0.0)
        f = body.frame(s.dress, self.pose, s.heading)
        tall = s.dress.height
        own = f.size * tall if s.people == 1 else f.size * tall**0.5
        screen = framing.scale(s.size, b.span, 2 * b.half_width, s.people)
        self.unit = screen / self.lens / own
        self.half = visage.HALF * f.size * tall  # of the head, own units
        self.head = tuple(v * tall for v in f.head)
        eye = framing.eyes(s.size, b.span) / self.lens
        self.at = (s.x / self.lens - self.head[0] * self.unit, eye + self.head[1] * self.unit)
        near = max(1 / p.look(self.depth, b.horizon).scale_x for p in b.poses)
        self.density = b.density * min(near, self.lens * SOFT)
        self.seen = b.window(self.depth)
        self.order = ORDER - 0.01 * s.rank
        indoors = b.shot.place == "room"
        lit = solid.shade(b.light, indoors=indoors, town=b.shot.place in TOWNS)
        self.shine = _flattering(lit, indoors or b.light.night)
        if b.source is not None:
            self.shine = sources.upon(b.source, self.shine, b.light, b.horizon, s.x, 0.0, NEAR)
        self.bob = _bobbing(s.gait)

    def layers(self) -> None:
        s, a = self.s, self.s.acting
        heads = [self._head(t) for t in self._turns()]
        back = [p for p in heads[0] if p.order < BEHIND]
        if back:
            self._add([back], 0.004, lambda n: 0, self._hair)
        high = self._trunk()
        fronts = [[p for p in h if p.order >= BEHIND] for h in heads]
        count = len(fronts)
        self._add(fronts, 0.002, lambda n: round(a.turned(n) * (count - 1)), self._skull)
        if math.sin(s.heading) > 0.2 and s.dress.helmet is None:
            self._patches((0.5, 0.03), (0.66, 0.25), 0.001, self._eyes, self._eyes_at)
            if a.says:
                self._patches((0.6, -0.68), (0.40, 0.30), 0.0, self._mouths, self._mouth_at)

        if any(high):  # a hand before the face
            self._add(high, -0.001, self._trunk_at, self._body)

    def _trunk(self) -> list[list[Solid]]:
        """Trunk and arms; answers what of the arms comes before the face. Where only the arms move
        only they are painted again, what is behind the trunk and what is before it."""
        poses = self._poses()
        arms = [self._part(p, "arms") for p in poses]
        high = [[p for p in t if self._raised(p)] for t in arms]
        low = [[p for p in t if not self._raised(p)] for t in arms]
        trunk = self._part(poses[0], "trunk")
        if len(poses) == 1:
            self._add([[*trunk, *low[0]]], 0.003, self._trunk_at, self._body)
            return high
        frame = body.frame(self.s.dress, self.pose, self.s.heading)
        level = attire.trunk(frame) * self.s.dress.height
        self._add([trunk], 0.003, lambda n: 0, self._body)
        behind = [[p for p in t if p.order < level] for t in low]
        before = [[p for p in t if p.order >= level] for t in low]
        for order, part in ((0.0035, behind), (0.0025, before)):
            if any(part):
                self._add(part, order, self._trunk_at, self._body)
        return high

    def _raised(self, p: Solid) -> bool:
        """Whether a part of an arm comes before the face: a hand with a cup."""
        top = solid.bounds([p])[3]
        return p.order > self.head[2] + 0.03 and top > self.head[1] - self.half

    def _turns(self) -> list[float]:
        if not self.s.turn:
            return [0.0]
        return [self.s.turn * i / (STEPS - 1) for i in range(STEPS)]

    def _head(self, look: float, says: Expression | None = None) -> list[Solid]:
        s = self.s
        mood = replace(s.dress.mood, gaze=s.looks)
        pose = replace(self.pose, look=look)
        return body.body(s.dress, pose, s.heading, says=says or mood, part="head")

    def _poses(self) -> list[Pose]:
        """Of the trunk and the arms; the head goes by itself."""
        s, gait, still = self.s, self.s.gait, self.pose
        if s.size not in ("medium", "knees", "chest") or not (gait.busy or gait.stride
                                                              or s.acting.says):  # fmt: skip
            return [still]
        step = 2 if gait.stride else 1
        poses = [gait.pose(k / gait.frames) for k in range(0, gait.frames, step)]
        return [replace(p, x=still.x, hip=still.hip, lean=still.lean, tilt=still.tilt,
                        shift=still.shift, rise=still.rise) for p in poses]  # fmt: skip

    def _part(self, pose: Pose, part: str) -> list[Solid]:
        return body.body(self.s.dress, pose, self.s.heading, fine=True, part=part)

    def _trunk_at(self, n: int) -> int:
        gait, a = self.s.gait, self.s.acting
        if gait.stride:
            return n % gait.frames // 2
        if gait.busy or not a.says:
            return n // gait.slow
        # A gesture goes on to its end, where it is at rest again.
        length = gait.frames * gait.slow
        begun = (s.first for s in a.says if s.first <= n < _gesture_end(s.first, s.last, length))
        first = next(begun, None)
        return 0 if first is None else (n - first) % length // gait.slow

    def _body(self, n: int) -> tuple[float, float]:
        x, y = self.bob(n)
        breath = 0.0035 * self.s.acting.breath(n)
        return x * self.unit, (y - breath) * self.unit

    def _skull(self, n: int) -> tuple[float, float]:
        x, y = self._body(n)
        sx, sy = self.s.acting.sway(n)
        return x + 2 * sx * self.half * self.unit, y + 2 * sy * self.half * self.unit

    def _hair(self, n: int) -> tuple[float, float]:
        """It lags behind the head."""
        x0, y0 = self._skull(max(0, n - 5))
        x1, y1 = self._skull(max(0, n - 9))
        return 0.6 * x0 + 0.4 * x1, 0.5 * (y0 + y1)

    def _eyes(self, n: int) -> tuple[Any, ...]:
        a = self.s.acting
        return (round(a.turned(n)), round(a.lids(n) * 5), a.gaze(n))

    def _eyes_at(self, state: tuple[Any, ...]) -> tuple[float, Expression]:
        turned, lids, gaze = state
        mood, (gx, gy) = self.s.dress.mood, self.s.looks
        says = replace(mood, lids=mood.lids * lids / 5, gaze=(gx + gaze[0], gy + gaze[1]))
        return turned * self.s.turn, says

    def _mouths(self, n: int) -> tuple[Any, ...]:
        a = self.s.acting
        return (round(a.turned(n)), round(a.mouth(n) * LEVELS))

    def _mouth_at(self, state: tuple[Any, ...]) -> tuple[float, Expression]:
        turned, level = state
        mood = self.s.dress.mood
        return turned * self.s.turn, replace(mood, mouth=0.75 * level / LEVELS, jaw=0.0)

    def _patches(
        self, middle: tuple[float, float], half: tuple[float, float], order: float,
        state: Callable[[int], tuple[Any, ...]],
        at: Callable[[tuple[Any, ...]], tuple[float, Expression]],
    ) -> None:  # fmt: skip
        """Small windows of the head in every state that the shot has. In mid-turn they are away."""
        frames = range(self.b.shot.frames)
        rest = dict.fromkeys(state(n) for n in frames if not self._turning(n))
        painters: list[tuple[float, Expression, Box]] = []
        number: dict[tuple[Any, ...], int] = {}
        windows: dict[float, Box] = {}
        for key in rest:
            look, says = at(key)
            if look not in windows:
                windows[look] = self._patch_window(look, middle, half)
            number[key] = len(painters)
            painters.append((look, says, windows[look]))
        if not painters:
            return
        # All pictures of a layer share one window: it holds the patch of either way of looking.
        whole = _around(list(windows.values()), self.density)

        def shown(n: int) -> int:
            return number.get(state(n), 0)

        made = [lambda w, p=p: self._patch(w, *p) for p in painters]
        motion = self._motion(whole, shown, self._skull, hides=True)
        self.b.add(self.depth, whole, *made, motion=motion, front=True, mirrored=False, lit=True,
                   order=self.order + order)  # fmt: skip

    def _turning(self, n: int) -> bool:
        return bool(self.s.turn) and 0.1 < self.s.acting.turned(n) < 0.9

    def _patch_window(
        self, look: float, middle: tuple[float, float], half: tuple[float, float]
    ) -> tuple[float, float, float, float]:
        s = self.s
        f = body.frame(s.dress, self.pose, s.heading)
        turn = visage.rotation(s.heading - look, f.bow, self.pose.tip * math.sin(s.heading))
        m = turn @ np.array([*middle, 0.0], np.float32)
        narrow = 0.35 + 0.65 * max(0.0, math.sin(s.heading - look))
        size = self.half * self.unit
        x = self.at[0] + (self.head[0] + float(m[0]) * self.half) * self.unit
        y = self.at[1] - (self.head[1] + float(m[1]) * self.half) * self.unit
        return (x - half[0] * narrow * size, y - half[1] * size,
                x + half[0] * narrow * size, y + half[1] * size)  # fmt: skip

    def _patch(
        self, w: Window, look: float, says: Expression, box: tuple[float, float, float, float]
    ) -> tuple[Array, Array]:
        pad = 2 * round(edge_of(self.unit) * self.unit * w.density) + 2
        wide = Window(left=w.left - pad / w.density, top=w.top - pad / w.density,
                      width=w.width + 2 * pad, height=w.height + 2 * pad,
                      density=w.density)  # fmt: skip
        solids = [p for p in self._head(look, says) if p.order >= BEHIND]
        picture, cover = self._painted(wide, solids)
        inner = np.s_[pad : pad + w.height, pad : pad + w.width]
        x0, y0, x1, y1 = box
        u = np.clip((1 - np.abs((2 * w.xs - x0 - x1) / (x1 - x0))) / FEATHER, 0, 1)
        v = np.clip((1 - np.abs((2 * w.ys - y0 - y1) / (y1 - y0))) / FEATHER, 0, 1)
        soft = (u * u * (3 - 2 * u))[None, :] * (v * v * (3 - 2 * v))[:, None]
        return picture[inner], cover[inner] * soft * (cover[inner] > 0.98)

    def _painted(self, w: Window, solids: Sequence[Solid]) -> tuple[Array, Array]:
        return solid.paint(w, solids, self.b.light, self.shine, at=self.at, unit=self.unit,
                           depth=0.9)  # fmt: skip

    def _add(
        self, pictures: Sequence[Sequence[Solid]], order: float, shown: Callable[[int], int],
        place: Callable[[int], tuple[float, float]],
    ) -> None:  # fmt: skip
        boxes = [solid.bounds(p) for p in pictures if p]
        u, (x, y), pad = self.unit, self.at, 3 / self.density
        left, right = min(v[0] for v in boxes) * u + x, max(v[1] for v in boxes) * u + x
        top, low = y - max(v[3] for v in boxes) * u, y - min(v[2] for v in boxes) * u
        w, slack = self.seen, 0.10 * self.half * u + 0.02
        left = max(left - pad, w.left - slack)
        right = min(right + pad, w.left + w.width / w.density + slack)
        top = max(top - pad, w.top - slack)
        low = min(low + pad, w.top + w.height / w.density + slack)
        if left >= right or top >= low:
            return
        window = Window.of(left, top, right, low, self.density * COARSE.get(self.s.size, 1.0))
        painters = [lambda w, p=p: self._painted(w, p) for p in pictures]
        self.b.add(self.depth, window, *painters, motion=self._motion(window, shown, place),
                   front=True, mirrored=False, lit=True, order=self.order + order)  # fmt: skip

    def _motion(
        self, w: Window, shown: Callable[[int], int],
        place: Callable[[int], tuple[float, float]], *, hides: bool = False,
    ) -> Callable[[float], State]:  # fmt: skip
        def motion(seconds: float) -> State:
            n = frame_of(self.b, seconds)
            dx, dy = place(n)
            away = hides and self._turning(n)
            return State(dx=dx, dy=dy, picture=shown(n), opacity=0.0 if away else 1.0)

        return motion


def _gesture_end(first: int, last: int, length: int) -> int:
    return first + -(-(last - first) // length) * length


def _around(boxes: list[tuple[float, float, float, float]], density: float) -> Window:
    return Window.of(
        min(v[0] for v in boxes), min(v[1] for v in boxes),
        max(v[2] for v in boxes), max(v[3] for v in boxes), density,
    )  # fmt: skip


def _flattering(s: Shade, lamps: bool) -> Shade:
    """From near a face is lit from the side and somewhat from the front, not from above it."""
    side = math.copysign(1.0, s.toward[0])
    warm = np.array([1.06, 1.0, 0.93], np.float32)

    if lamps:  # that are not in the picture
        warm = np.array([1.14, 1.0, 0.84], np.float32)

    def skin(light: Array) -> Array:
        """Skin is looked at: its light is nearer to white than the land's."""
        level = float(light @ LUMA)
        return np.asarray((level + (light - level) * 0.6) * warm, np.float32)

    return replace(s, toward=unit((side * 0.66, 0.42, 0.62)), fill=skin(s.fill) * 0.92,
                   key=skin(s.key) * 1.05)  # fmt: skip


def _bobbing(gait: Gait) -> Callable[[int], tuple[float, float]]:
    """What walking does to the trunk, in own units."""
    if not gait.stride:
        return lambda n: (0.0, 0.0)
    middle = sum(gait.pose(k / 8).hip for k in range(8)) / 8

    def bob(n: int) -> tuple[float, float]:
        p = gait.pose(n % gait.frames / gait.frames)
        return 0.35 * p.tilt, middle - p.hip

    return bob
