"""Where who speaks is heard: to which side, how far away, in which room.

sides     −1 left … 1 right of a shot's speakers, as the picture has them (`sitters`); None: nobody
          of that name is in it, or they stand anywhere
far       0 at the ear … 1 far off, by the size of the shot
room      the key of `voicing.ROOMS`: who narrates is nowhere, a ghost is not of this world
"""

from __future__ import annotations

from collections.abc import Sequence

from reelway.engines.animatic import framing, talk
from reelway.engines.animatic.cast import Voice
from reelway.engines.animatic.dialogue import Line
from reelway.engines.animatic.light import light
from reelway.engines.animatic.plan import ShotPlan

FAR = {"extreme": 0.0, "close": 0.08, "chest": 0.2, "medium": 0.35, "knees": 0.45, "": 0.4,
       "full": 0.55, "wide": 0.8, "far": 1.0}  # fmt: skip
NARRATED = 0.1
WIDTH = 0.3  # of two who face each other: less than in the picture, as films have it
NARRATOR = "narrator"


def far(shot: ShotPlan, line: Line) -> float:
    return NARRATED if line.speaker == NARRATOR else FAR[framing.wanted(shot)]


def room(shot: ShotPlan, line: Line, voice: Voice) -> str:
    if line.speaker == NARRATOR:
        return NARRATOR
    return "beyond" if voice.nature == "ghost" or "ghost" in line.manner else shot.place


def sides(shot: ShotPlan, names: Sequence[str]) -> list[float | None]:
    people = [s for s in shot.subjects if s.kind in ("person", "crowd")]
    count = sum(s.count for s in people)
    seen = [name for name in names if name != NARRATOR]
    said = [talk.Said(speaker=name, first=0, open=()) for name in seen]
    who = dict(zip(seen, talk.speakers(said, people), strict=False))
    if not 1 <= count <= 3:
        return [0.0 if name == NARRATOR else None for name in names]
    return [_side(shot, people[0].side, who[name], count) if name in who else 0.0 for name in names]


def _side(shot: ShotPlan, first: str | None, n: int, count: int) -> float:
    """Of the n-th of them: side by side, the first of two away from the sun unless told."""
    if count == 1:
        return WIDTH * {"left": -1.0, "right": 1.0}.get(first or "", 0.0)
    if count == 2 and not framing.view(shot.prompt):
        sunny = light(shot.time, shot.weather, shot.seed).sun_x > 0
        left = first == "left" or (first is None and sunny)
        return WIDTH if left == (n == 1) else -WIDTH
    return WIDTH * (2 * n / (count - 1) - 1)
