"""Who of a shot's people acts with whom: who speaks and who listens, who stands with whom.

near      whether somebody is shown from near (`portrait`); then `seat` puts them there
deed      what they do with their hands (`deeds`), also by what they hold
partner   at which side the one is whom they face; 0 nobody
spoken    the gait and the faces of somebody who speaks while standing far off
"""

from __future__ import annotations

import math
from dataclasses import replace

from reelway.engines.animatic import (
    deeds,
    framing,
    gaits,
    holding,
    meeting,
    person,
    portrait,
    talk,
)
from reelway.engines.animatic.acting import Acting
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.deeds import DEEDS, PAIRS, Deed
from reelway.engines.animatic.gaits import Gait, Pose
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.guise import Thing
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.person import Dress
from reelway.engines.animatic.sports import SPORTS
from reelway.engines.animatic.standing import aside
from reelway.engines.animatic.talk import Said
from reelway.engines.animatic.things import things
from reelway.engines.animatic.visage import Expression

MOST_NEAR = 3  # people of a shot that is taken from near
HOLDS = {"guitar": "guitar", "violin": "violin", "book": "read", "laptop": "type",
         "camera": "photograph", "phone": "phone", "cup": "drink",
         "trumpet": "trumpet", "flute": "flute", "saxophone": "saxophone"}  # fmt: skip
ON_TWOS = 3  # frames that a picture of somebody who speaks stays
PACES = {"walk": 0.13, "run": 0.24}  # depth units a second
MOST_WAY = 0.75
LOOK = 0.30  # how far a head turns to its partner, or aside


def folk(b: Builder) -> list[Subject]:
    """Everybody, one by one."""
    return meeting.folk(b.shot)


def _number(b: Builder, subject: Subject, i: int) -> int:
    """Which of all people the i-th of a subject is."""
    before = 0
    for s in b.shot.subjects:
        if s is subject:
            break
        before += s.count if s.kind in ("person", "crowd") else 0
    return before + i


def near(b: Builder, subject: Subject) -> bool:
    everybody = folk(b)
    if framing.wanted(b.shot) not in framing.NEAR or len(everybody) > MOST_NEAR:
        return False
    return not (subject.look.ride or subject.look.throng or subject.action in ("fly", "swim"))


def deed(b: Builder, subject: Subject) -> Deed | None:
    doing = subject.look.doing
    paired = next((s.look.doing for s in folk(b) if s.look.doing in PAIRS), None)
    if paired and len(folk(b)) == 2:
        doing = paired
    moves = subject.action in ("walk", "run", "dance", "swim", "fly") or subject.look.ride
    if doing not in DEEDS and not moves:
        doing = next((HOLDS[t.kind] for t in subject.look.hold if t.kind in HOLDS), doing)
    found = DEEDS.get(doing or "")
    if (
        found
        and subject.action == "sit"
        and doing not in SPORTS
        and not found.gait.pose(0.0).seated
    ):
        return replace(found, gait=deeds.seated(found.gait))
    return found


def equipped(dress: Dress, doing: Deed | None) -> Dress:
    """With what a deed takes in the hands."""
    if doing is None or doing.prop is None or any(t.kind == doing.prop for t in dress.hold):
        return dress
    if dress.hold and doing.prop == "letter":
        return dress
    if dress.hold and dress.hold[0].kind in things() and doing.prop not in things():
        return dress  # who eats an apple has no bowl
    return replace(dress, hold=(Thing(kind=doing.prop),))


def partner(b: Builder, subject: Subject, i: int) -> float:
    """−1 or 1: who talk, hug or fight look at each other; of three the one between at us."""
    count = len(folk(b))
    if framing.view(b.shot.prompt) or not meeting.kind(b.shot):
        return 0.0
    me = _number(b, subject, i)
    if count == 3:
        return float(1 - me)
    return 1.0 if _left(b) == (me == 0) else -1.0


def _left(b: Builder) -> bool:
    """Whether the first of two stands on the left."""
    first = folk(b)[0]
    return first.side != "right" and (first.side == "left" or aside(b, first) < 0)


def pair_place(b: Builder, subject: Subject, i: int, unit: float) -> float | None:
    """View x of those who have to do with each other."""
    apart = meeting.half(b.shot)
    if not apart:
        return None
    if len(folk(b)) == 3:  # all within a narrow frame
        step = min(1.35 * apart * unit, 0.56 * b.half_width)
        return (_number(b, subject, i) - 1) * step
    side = partner(b, subject, i) or (1.0 if _left(b) == (_number(b, subject, i) == 0) else -1.0)
    return -side * apart * unit


def in_row(b: Builder, subject: Subject) -> float | None:
    """−1…1 across the frame for each of three or more who are named one by one."""
    everybody = folk(b)
    if not 3 <= len(everybody) <= 6 or subject.side:
        return None
    return (_number(b, subject, 0) - (len(everybody) - 1) / 2) * 1.5 / len(everybody)


def led(b: Builder, right: bool) -> bool:
    """Whether who moves goes to the right: with a camera that goes along, else as it is."""
    ways = {m.direction for m in b.shot.moves if m.kind in ("track", "pan")}
    return ways == {"right"} if ways in ({"left"}, {"right"}) else right


def lines(b: Builder) -> list[Said]:
    """What is said in the shot, as spoken; or as it would be."""
    if not b.shot.script.lines:
        return []
    spoken = b.spoken() if b.spoken is not None else None
    if spoken is not None:
        return list(spoken)
    return talk.guessed(b.shot.script.lines, b.shot.frames)


def acting(b: Builder, subject: Subject, i: int) -> Acting:
    said = lines(b)
    who = talk.speakers(said, [s for s in b.shot.subjects if s.kind in ("person", "crowd")])
    me = _number(b, subject, i)
    return Acting(
        seed=b.shot.seed, name=f"{subject.look.breed}{me}", frames=b.shot.frames,
        says=[s for s, w in zip(said, who, strict=True) if w == me],
        hears=[s for s, w in zip(said, who, strict=True) if w != me],
    )  # fmt: skip


def spoken(
    b: Builder, subject: Subject, dress: Dress, gait: Gait, i: int
) -> tuple[Gait, list[Expression]]:
    """From afar, too, mouths and hands move with what is said. One face for each picture."""
    mood = dress.mood
    if gait.stride or gait.busy:
        return gait, [mood]
    play = acting(b, subject, i)
    if not play.says:
        if gait.slow < 2 or gait.frames < 12:
            return gait, [mood]
        shut = {gait.frames // 3, gait.frames - 4}
        return gait, [replace(mood, lids=0.0) if k in shut else mood for k in range(gait.frames)]
    count = -(-b.shot.frames // ON_TWOS)
    hands = deeds.talk()
    sits = gait.pose(0.0).seated
    hands = deeds.seated(hands) if sits else hands

    def pose(p: float) -> Pose:
        n = round(p * count) * ON_TWOS
        still = gait.pose(n / (gait.frames * gait.slow) % 1)
        busy = play.speaking(n)
        moved = hands.pose(n / (hands.frames * hands.slow) % 1)
        rest = hands.pose(0.0)
        pairs = zip(rest.hands, moved.hands, strict=True)
        held = [None if r is None or m is None else _toward(r, m, busy) for r, m in pairs]
        x, y = play.sway(n)
        return replace(still, hands=(held[0], held[1]), nod=still.nod - 1.6 * y,
                       look=still.look * (1 - busy), tip=still.tip + 2 * x)  # fmt: skip

    faces = [replace(mood, mouth=play.mouth(k * ON_TWOS), lids=mood.lids * play.lids(k * ON_TWOS))
             for k in range(count)]  # fmt: skip
    return gaits.Gait(frames=count, pose=pose, slow=ON_TWOS), faces


def _toward(a: tuple[float, ...], b: tuple[float, ...], t: float) -> tuple[float, float, float]:
    x, y, z = (p + (q - p) * t for p, q in zip(a, b, strict=True))
    return x, y, z


def seat(b: Builder, subject: Subject, n: int) -> None:
    """Before the camera, one to three people side by side."""
    from reelway.engines.animatic import living

    everybody = folk(b)
    size, doing = framing.wanted(b.shot), deed(b, subject)
    for i in range(subject.count):
        me = _number(b, subject, i)
        dress = equipped(person.dressed(subject.look, b.shot.seed, f"{subject.look.breed}{n}", i),
                         doing)  # fmt: skip
        gait = living.gait_of(b, subject, dress)
        play = acting(b, subject, i)
        if play.says and not gait.busy and not gait.stride:
            gait = deeds.seated(deeds.talk()) if gait.pose(0.0).seated else deeds.talk()
        gait = holding.held(dress, gait)
        side = partner(b, subject, i)
        heading, turn = _facing(b, subject, gait, me, side)
        across = _across(b, me, heading, side)
        if b.heard is not None:
            b.heard.append(portrait.sounding(b, gait, across))
            continue
        portrait.portray(b, portrait.Sitter(
            dress=dress, gait=gait, heading=heading, size=size, people=len(everybody),
            x=across, turn=turn, acting=play, rank=me,
            looks=(0.0, 0.0),
        ))  # fmt: skip


def _across(b: Builder, me: int, heading: float, side: float) -> float:
    """Where a head is: who looks aside has room before them."""
    count, wide = len(folk(b)), 2 * b.half_width
    if count == 1:
        subject = folk(b)[0]
        shift = 0.14 * aside(b, subject) if subject.side else -0.075 * math.cos(heading)
        return shift * wide
    if side and count == 2:
        return -side * 0.215 * wide
    return (me - (count - 1) / 2) * wide * (0.44 if count == 2 else 0.31)


def accompany(b: Builder) -> None:
    """The camera goes along with who walks and is seen from near: the land passes by."""
    who = next((s for s in folk(b) if near(b, s)), None)
    if who is None or b.shot.place == "room":
        return
    if who.action not in PACES and who.look.doing not in ("away", "toward"):
        return
    way = min(PACES.get(who.action or "", PACES["walk"]) * b.shot.seconds, MOST_WAY)
    heading = facing(b, who)
    x, z = way * math.cos(heading), -way * math.sin(heading)
    b.take(replace(b.path, stroll=(1.3 * x, z), moves=tuple(
        m for m in b.path.moves if m.kind not in ("dolly", "track", "static"))))  # fmt: skip


def facing(b: Builder, subject: Subject) -> float:
    """The heading of who is seen from near."""
    side = partner(b, subject, 0)
    return _facing(b, subject, gaits.stand(), _number(b, subject, 0), side)[0]


def _facing(b: Builder, subject: Subject, gait: Gait, me: int, side: float) -> tuple[float, float]:
    """The heading, and how far the head turns in the shot."""
    random = stream(b.shot.seed, "faces", me)
    drawn = float(random.random())
    right = drawn < 0.5 if not subject.side else subject.side == "left"
    viewed = framing.view(b.shot.prompt)
    turns = {"front": (math.pi / 2, 0.0), "side": (0.06, 0.0), "back": (-1.25, 0.18)}
    if viewed:
        heading, turn = turns[viewed]
        return (heading, turn) if right else (math.pi - heading, -turn)
    if side:  # three quarters to the partner, the head a little more
        return (0.80, LOOK * 0.6) if side > 0 else (math.pi - 0.80, -LOOK * 0.6)
    heading = 0.92 + 0.34 * float(random.random())
    turn = -LOOK * (0.6 + 0.4 * float(random.random()))  # towards us
    if gait.busy or gait.stride:
        turn = 0.0
    return (heading, turn) if right else (math.pi - heading, -turn)


__all__ = ["acting", "deed", "equipped", "folk", "in_row", "led", "lines", "near", "pair_place",
           "partner", "seat", "spoken"]  # fmt: skip
