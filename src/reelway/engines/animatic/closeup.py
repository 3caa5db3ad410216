"""Animals that fill the frame: the face from the front (`muzzles`), or head and neck in part.

animal    the one that a shot is about, taken from near
whole     all of one that has no such face: a bird on its branch, a fish, a frog
fitted    how large, and where
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from reelway.engines.animatic import beasts, framing, muzzles, solid, sources
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window
from reelway.engines.animatic.compose import State
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.pelts import KINDS, eyes
from reelway.engines.animatic.solid import Solid, turned
from reelway.engines.animatic.stage import TOWNS, Going, Reel, frame_of, motion_of
from reelway.engines.animatic.standing import aside

SHARES = {"extreme": 1.05, "close": 0.80, "chest": 0.68, "medium": 0.56}
WATERLINE, SUNK = 0.20, 0.46  # heights of the frame below its middle; share of it below that
COARSELY = 96  # pixels
LEAST, GROWS = 0.46, 10  # of the frame's height; steps until it has that
COARSE = 0.72  # fur is soft: so many of the frame's pixels


def animal(b: Builder, subject: Subject, build: beasts.Build, how: str) -> None:
    """Head and neck fill the frame; the body goes on beyond it."""
    if b.heard is not None:
        return
    name = framing.wanted(b.shot)
    long = framing.lens(b.shot)
    right = aside(b, subject) < 0
    viewed = framing.view(b.shot.prompt)
    turn = {"front": 1.35, "side": 0.10}.get(viewed, 0.62)
    heading = turn if right else math.pi - turn
    if build.breed in KINDS and name in ("extreme", "close", "chest") and (
        framing.view(b.shot.prompt) not in ("side", "back")
    ):  # fmt: skip
        return _facing_us(b, build, name, long)
    shown = "sit" if how == "sit" else "stand"
    pictures = [beasts.body(build, shown, 0.0, heading)]
    (reach, rise), (head, skull, _) = build.row["neck"], build.row["head"]
    half = build.row["long"] * 0.43 - 0.1
    high = (1.0 - build.row["deep"] * 0.5 + reach * math.sin(rise)) * build.tall
    ahead = turned(((half + reach * math.cos(rise) + head * 0.4) * build.tall, 0, 0), heading)
    share = {"extreme": 1.1, "close": 0.62, "chest": 0.42}.get(name, 0.28)
    wide = (head + 2.6 * skull) * build.tall
    unit = min(share * b.span, 0.62 * 2 * b.half_width) / wide / long
    at = ahead[0] * unit, (0.02 * b.span) / long + high * unit

    def sway(n: int) -> tuple[float, float]:
        a = 0.0262 * n
        return 0.006 * math.sin(a) / long, 0.004 * math.sin(1.9 * a + 1) / long

    reel = Reel(pictures=pictures, at=(-at[0] * 0.75, at[1]), unit=unit, depth=5.0)
    indoors = b.shot.place == "room"
    shine = solid.shade(b.light, indoors=indoors, town=b.shot.place in TOWNS)
    if b.source is not None:
        shine = sources.upon(b.source, shine, b.light, b.horizon, reel.at[0], 0.0, 0.4)
    seen = b.window(5.0)
    window = Window.of(seen.left - 0.02, seen.top - 0.02, seen.left + seen.width / seen.density
                       + 0.02, seen.top + seen.height / seen.density + 0.02,
                       b.density * min(long * 1.2, max(1 / p.look(5.0, b.horizon).scale_x
                                                       for p in b.poses)))  # fmt: skip

    def paint(w: Window) -> tuple[solid.Array, solid.Array]:
        return solid.paint(w, pictures[0], b.light, shine, at=reel.at, unit=unit, depth=0.9)

    going = Going(picture=lambda n: 0, sway=sway)
    b.add(5.0, window, paint, motion=motion_of(b, reel, going, window), front=True,
          mirrored=False, lit=True, order=0.3)  # fmt: skip


def fitted(
    b: Builder, solids: Sequence[Solid], name: str, *, low: float, right: bool, wet: bool = False
) -> tuple[tuple[float, float], float]:
    """View place of the foot, and the unit. What is long goes on beyond the frame behind its
    head; `low`: heights of the frame from its middle down to the lowest of the animal."""
    seen, window = _outline(b, solids)
    xs, ups = window.xs[seen.any(axis=0)], -window.ys[seen.any(axis=1)]
    left, end, under, top = xs.min(), xs.max(), ups.min(), ups.max()
    wide, tall = 2 * b.half_width, top - under
    least = LEAST / (1 - SUNK) if wet else LEAST
    unit = max(min(SHARES.get(name, LEAST) * b.span / tall, 0.86 * wide / (end - left)),
               least * b.span / tall)  # fmt: skip
    x = 0.0
    for _ in range(GROWS):
        middle = -(left + end) / 2 * unit
        head = 0.43 * wide - end * unit if right else -0.43 * wide - left * unit
        longer = (end - left) * unit > 0.9 * wide
        for x in (head, (head + middle) / 2, middle) if longer else (middle,):
            rows = seen[:, np.abs(window.xs * unit + x) < 0.5 * wide].any(axis=1)
            if np.ptp(window.ys[rows]) * unit > 0.96 * least * b.span:
                break
        else:
            unit *= 1.12
            continue
        break
    down = WATERLINE * b.span + SUNK * tall * unit if wet else low * b.span
    long = framing.lens(b.shot)
    return (float(x) / long, float(down + under * unit) / long), float(unit) / long


def _outline(b: Builder, solids: Sequence[Solid]) -> tuple[solid.Array, Window]:
    """Where there is something of it, coarsely, in its own measures."""
    left, end, under, top = solid.bounds(solids)
    window = Window.of(left, -top, end, -under, COARSELY / max(end - left, top - under))
    _, cover = solid.paint(window, solids, b.light, solid.shade(b.light), at=(0.0, 0.0), unit=1.0,
                           depth=0.9)  # fmt: skip
    return cover > 0.5, window


def whole(
    b: Builder,
    pictures: Sequence[Sequence[Solid]],
    *,
    low: float,
    right: bool,
    picture: Callable[[int], int],
    behind: Callable[[float], Sequence[Solid]] | None = None,
    wet: bool = False,
) -> None:
    """`behind`: what it sits on, as wide as it is told; `wet`: it is half in the water."""
    if b.heard is not None:
        return
    at, unit = fitted(b, pictures[0], framing.wanted(b.shot), low=low, right=right, wet=wet)
    more = behind(1.3 * b.half_width / unit) if behind else ()

    def sway(n: int) -> tuple[float, float]:
        a = 0.0262 * n
        return 0.003 * math.sin(a), 0.002 * math.sin(1.9 * a + 1)

    solids = [[*more, *p] for p in pictures]
    boxes = [solid.bounds(p) for p in solids]
    seen, long = b.window(5.0), framing.lens(b.shot)
    edge = seen.left - 0.02, seen.top - 0.02
    far = edge[0] + seen.width / seen.density + 0.04, edge[1] + seen.height / seen.density + 0.04
    window = Window.of(
        max(edge[0], at[0] + min(v[0] for v in boxes) * unit - 0.01),
        max(edge[1], at[1] - max(v[3] for v in boxes) * unit - 0.01),
        min(far[0], at[0] + max(v[1] for v in boxes) * unit + 0.01),
        min(far[1], at[1] - min(v[2] for v in boxes) * unit + 0.01),
        b.density * min(long * 1.2, max(1 / p.look(5.0, b.horizon).scale_x for p in b.poses)),
    )  # fmt: skip
    shine = solid.shade(b.light, indoors=b.shot.place == "room", town=b.shot.place in TOWNS)
    if b.source is not None:
        shine = sources.upon(b.source, shine, b.light, b.horizon, at[0], 0.0, 0.4)

    def paint(w: Window, k: int) -> tuple[solid.Array, solid.Array]:
        made, cover = solid.paint(w, solids[k], b.light, shine, at=at, unit=unit, depth=0.9)
        if wet:  # below it is the water
            cover = (
                cover * np.clip((WATERLINE * b.span / long - w.ys) * w.density / 6, 0, 1)[:, None]
            )
        return made, cover

    reel = Reel(pictures=solids, at=at, unit=unit, depth=5.0)
    painters = [lambda w, k=k: paint(w, k) for k in range(len(solids))]
    b.add(5.0, window, *painters, motion=motion_of(b, reel, Going(picture=picture, sway=sway),
          window), front=True, mirrored=False, lit=True, order=0.3)  # fmt: skip


def _facing_us(b: Builder, build: beasts.Build, name: str, long: float) -> None:
    """The face from the front; it breathes, sways and blinks."""
    kind = KINDS[build.breed]
    share = {"extreme": 0.62, "close": 0.30, "chest": 0.20}[name]
    wide = (0.40 if b.half_width > 0.5 else 0.52) * (1.6 if name == "extreme" else 1.0)
    unit = min(share * b.span, wide * b.half_width) / long
    random = stream(b.shot.seed, "gaze")
    turn = float(random.choice([-1, 1]) * random.uniform(0.08, 0.22))
    at = -0.10 * turn * b.half_width / long, (-0.02 if name == "extreme" else 0.0) * b.span
    shine = solid.shade(b.light, indoors=b.shot.place == "room", town=b.shot.place in TOWNS)
    if b.source is not None:
        shine = sources.upon(b.source, shine, b.light, b.horizon, at[0], at[1], 0.4)
    closest = max(1 / p.look(5.0, b.horizon).scale_x for p in b.poses)
    near = COARSE * b.density * min(long * 1.2, closest)
    seen = b.window(5.0)
    right, low = seen.left + seen.width / seen.density, seen.top + seen.height / seen.density
    whole = Window.of(max(seen.left - 0.03, at[0] - 2.6 * unit), max(seen.top - 0.03, at[1] - 2.0
                      * unit), min(right + 0.03, at[0] + 2.6 * unit), low + 0.03, near)  # fmt: skip

    def paint(w: Window, lids: float) -> tuple[solid.Array, solid.Array]:
        return muzzles.face(w, build, shine, at, unit, b.shot.seed, lids=lids, turn=turn)

    def sway(n: int) -> tuple[float, float]:
        a = 0.0262 * n
        return 0.006 * math.sin(a) / long, 0.004 * math.sin(1.9 * a + 1) / long

    left, under, end, top = (unit * v for v in eyes(kind))
    patch = Window.of(at[0] + left, at[1] - top, at[0] + end, at[1] - under, near)
    blinks = [int(n) for n in random.uniform(0.1, 0.95, 2) * b.shot.frames]

    def state(seconds: float) -> State:
        dx, dy = sway(frame_of(b, seconds))
        return State(dx=dx, dy=dy)

    def shut(seconds: float) -> State:
        n = frame_of(b, seconds)
        gone = min(abs(n - k) for k in blinks)
        return replace(state(seconds), picture=min(gone, 2) // 2, opacity=float(gone < 4))

    told: dict[str, Any] = {"front": True, "mirrored": False, "lit": True}
    b.add(5.0, whole, lambda w: paint(w, 1.0), motion=state, order=0.30, **told)
    lids = [lambda w, v=v: paint(w, v) for v in (0.05, 0.45)]
    b.add(5.0, patch, *lids, motion=shut, order=0.29, **told)
