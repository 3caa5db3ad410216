"""What the columns of figures mean, as the kernels take them.

Row      a solid; LIMB … what kinds there are
Plane    what is known of each pixel of a figure
Head     somebody's head and what it does
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """Columns of a solid for `Form.figure`."""

    kind: int = 0  # LIMB …
    first: int = 1  # of its own numbers; of what is drawn its row of places
    points: int = 2  # how many; of a loft's half widths
    round: int = 3  # above 0: lit as a ball
    over: int = 4  # how far it keeps light from the sky from what is behind it
    fades: int = 5  # the part from its beginning in which it comes out of what is below
    soft: int = 6  # over how much of its depth a veil grows
    stain: int = 7  # above 0: only colours what it lies on
    veil: int = 8  # above 0: only takes light from what it lies on
    crease: int = 9
    folds: int = 10
    shine: int = 11
    glow: int = 12
    colour: int = 13  # three columns
    under: int = 16  # whether its underside has another, and that
    bands: int = 20  # how many bands along it, 0 none, and their colour
    spots: int = 24
    columns: int = 28


class Plane(NamedTuple):
    """What is known of each pixel of a figure, all premultiplied by the cover."""

    red: int = 0
    green: int = 1
    blue: int = 2
    nx: int = 3
    ny: int = 4
    dark: int = 5  # light from the sky
    cover: int = 6
    shine: int = 7  # where there is any
    glow: int = 8


class Head(NamedTuple):
    """Numbers of somebody's head and of what it does, for `Form.head`; colours are linear, what is
    said of `features.Face` and `visage.Expression` is not said again."""

    skin: int = 0
    hair: int = 3
    iris: int = 6
    female: int = 9
    old: int = 10
    young: int = 11
    width: int = 12
    jaw: int = 13
    nose: int = 14
    lips: int = 15
    eyes: int = 16
    brows: int = 17
    beard: int = 18  # 0 none, 1 stubble, 2 a moustache, 3 a full one
    paint: int = 19
    glasses: int = 20  # 0 none, 1 clear, 2 dark
    seed: int = 21
    ears: int = 22  # whether the hair leaves them free
    mouth: int = 23
    smile: int = 24
    brow: int = 25
    slope: int = 26
    lids: int = 27
    gaze: int = 28  # to its right, up
    tears: int = 30
    drop: int = 31  # of the jaw
    styled: int = 32  # whether there is hair; what follows is said of `hair.Style`
    line: int = 33
    high: int = 42
    wide: int = 43
    deep: int = 44
    rough: int = 45
    curl: int = 46
    part: int = 47
    lower: int = 48
    columns: int = 49


ROW, PLANE, HEAD = Row(), Plane(), Head()
LIMB, LOFT, RING, SHEET, DRAWN = range(5)
