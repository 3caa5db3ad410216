"""What the task is told of its film: what was understood, and what was not used and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reelway.engines.animatic.captioning import Caption
from reelway.engines.animatic.dialogue import silenced
from reelway.engines.animatic.grammar import PICTURE
from reelway.engines.animatic.guise import LIVING
from reelway.engines.animatic.lettering import missing
from reelway.engines.animatic.negative import keep_out
from reelway.engines.animatic.nouns import silhouettes
from reelway.engines.animatic.plan import FIRM, FREE, UNFIT, ShotPlan
from reelway.engines.animatic.slate import GOES, STAYS
from reelway.engines.animatic.sound import music
from reelway.engines.animatic.sound.ambience import layers
from reelway.engines.animatic.speech import Speech
from reelway.engines.animatic.subtitles import wanted
from reelway.request import FRAME_RATE, VideoRequest

Ignored = list[dict[str, str]]
Picture = tuple[str, int | None]  # ("element" or "image", n)
FOLLOWED = "camera, weather and elements follow the prompt there"
MOST_WORDS = 20
CUT_OUT = {
    "flat": "from its even background",
    "contrast": "by its colours",
    "vignette": "no clear subject: the middle of the picture stands there, its edges fading",
}


def report(
    request: VideoRequest,
    shots: Sequence[ShotPlan],
    cut: Mapping[Picture, str] | None = None,
    speech: Speech | None = None,
    captions: Sequence[Caption] = (),
) -> dict[str, Any]:
    """Of a drawn film. `cut`: how each picture that is drawn as a subject was cut out; `captions`:
    of its lines, whether or not they are burned in."""
    understood: dict[str, Any] = {"seed": request.picture_seed}
    if request.cfg_scale is not None:
        understood["cfg_scale"] = request.cfg_scale
        understood["composition"] = _composition(shots)
    if kept_out := keep_out(request.negative_prompt).words():
        understood["kept_out"] = kept_out
    if cut:
        understood["pictures"] = [
            {"picture": f"{kind} {n}", "shots": _where(kind, n, shots), "cut_out": CUT_OUT[how]}
            for (kind, n), how in cut.items()
        ]
    if palette := _palette(request, cut):
        understood["palette"] = palette
    for name in ("first_frame", "last_frame"):
        if getattr(request, name):
            understood[name] = "shown"
    understood["shots"] = [s.understood() for s in shots]
    for told, shot in zip(understood["shots"], shots, strict=True):
        if plain := [word for s in shot.subjects for word in silhouettes(s.kind, s.look)]:
            told["silhouettes"] = plain
    for told, shot in zip(understood["shots"], shots if request.sound else (), strict=False):
        told["sounds"] = _sounds(shot, shot not in _own(request, shots))
    for n, heard in (music.told(shots, request.picture_seed) if request.sound else {}).items():
        understood["shots"][n]["music"] = heard
    if changes := _changes(request, shots):
        understood["shots"][0]["light"] = changes
    understood["poster"] = telling(request, shots)
    spoken, unspoken = speech.report() if speech else ({}, [])
    if captions:
        understood["captions"] = "burned in" if wanted(request) else "beside the film"
    out = {
        "understood": {**understood, **spoken},
        "ignored": [*_unused(request, shots), *unspoken, *_uncaptioned(request, captions)],
    }
    return {**out, "captions": [c.told() for c in captions]} if captions else out


def _sounds(shot: ShotPlan, drawn: bool) -> list[str]:
    """What goes on in the shot, and what else its prompt names."""
    named = shot.asked.named - shot.silenced if "all" not in shot.silenced else frozenset()
    return sorted(layers(shot, drawn).keys() | named)


def _uncaptioned(request: VideoRequest, captions: Sequence[Caption]) -> Ignored:
    out: Ignored = []
    if not wanted(request):
        return out
    if not captions:
        _say(out, "captions", "nobody speaks")
    elif any(missing("".join(caption.lines)) for caption in captions):
        _say(out, "captions", "those with letters that no font here has are not drawn")
    return out


def telling(request: VideoRequest, shots: Sequence[ShotPlan]) -> float:
    """The second of the film that shows most of what was asked for: in the shot with the most in
    it, when the slate has gone and light and weather have come, and in no change of pictures."""

    def told(n: int) -> float:
        own = shots[n] in _own(request, shots)
        asked = [s for s in shots[n].subjects if s not in shots[n].invented]
        living = sum(s.kind in LIVING or s.element is not None for s in asked)
        return 2 * own + 2 * min(living, 3) + min(len(asked), 3) + shots[n].seconds / 15 - n / 100

    shot = shots[max(range(len(shots)), key=told)]
    begin, seconds = shot.first / FRAME_RATE, shot.seconds
    if request.first_frame and request.last_frame and len(shots) == 1:
        return begin
    changed = 0.8 if shot.turn or "weather" in shot.named else 0.5
    after = (STAYS + GOES) / seconds
    return round(begin + seconds * max(changed, after if after < 0.85 else 0.5), 3)


def _composition(shots: Sequence[ShotPlan]) -> str:
    free = shots[0].freedom
    return "firm" if free <= FIRM else "free" if free >= FREE else "balanced"


def _where(kind: str, n: int | None, shots: Sequence[ShotPlan]) -> list[int]:
    return [
        i + 1
        for i, shot in enumerate(shots)
        if (kind, n) in {(s.kind, s.element) for s in shot.subjects}
    ]


def _palette(request: VideoRequest, cut: Mapping[Picture, str] | None) -> list[str]:
    """The reference pictures that give the film their colours: those that no prompt names."""
    names = [f"image {n + 1}" for n in range(len(request.references))]
    return [name for n, name in enumerate(names) if ("image", n + 1) not in (cut or {})]


def _unused(request: VideoRequest, shots: Sequence[ShotPlan]) -> Ignored:
    out: Ignored = []
    if any(e.references for e in request.elements):
        _say(out, "elements", "of each element only the frontal picture is drawn")
    unknown = [w for w in keep_out(request.negative_prompt).unknown if not silenced(w)]
    if unknown:
        _say(out, "negative_prompt", f"no effect: {', '.join(unknown[:MOST_WORDS])}")
    if missing := _missing(request):
        _say(out, "prompt", f"there is no picture for {', '.join(missing)}")
    if unfit := _unfit(shots):
        _say(out, "prompt", f"no room for it there: {', '.join(unfit)}")
    own = _own(request, shots)
    changes = _changes(request, shots)
    said = ("place", "ground") if changes else ("place", "time", "ground")
    scenic = any(n in shot.named for shot in own for n in said)
    if scenic or any(s.element is None for shot in own for s in shot.subjects):
        _say(out, "prompt", "the caller's own frames show what they show: " + FOLLOWED)
    unmade = dict.fromkeys(word for shot in shots for word in shot.asked.unmade)
    if unmade and request.sound:
        _say(out, "prompt", f"a sound that cannot be made: {', '.join([*unmade][:MOST_WORDS])}")
    unplayed = dict.fromkeys(word for shot in shots for word in shot.music.unmade)
    if unplayed and request.sound:
        _say(out, "prompt", f"music cannot have it: {', '.join([*unplayed][:MOST_WORDS])}")
    if request.references and len(own) == len(shots):
        _say(out, "references", "the caller's own frames keep their colours")
    if request.shots and request.shot_mode != "customize":
        _say(out, "shots", f"shot_mode is {request.shot_mode}")
    if request.shot_mode == "customize" and not request.shots:
        _say(out, "shot_mode", "there are no shots: the prompt is one shot")
    if request.shot_mode == "intelligence" and len(shots) == 1:
        _say(out, "shot_mode", "the prompt gives one shot")
    if (
        request.first_frame
        and request.last_frame
        and len(shots) == 1
        and "camera" in shots[0].named
    ):
        _say(out, "prompt", "between two pictures the camera follows them, not the prompt")
    one = (request.first_frame or request.last_frame) and len(shots) == 1
    if one and any(m.direction == "out" for s in shots for m in s.moves):
        _say(out, "prompt", "a camera cannot move out beyond the edge of the caller's picture")
    return out


def _missing(request: VideoRequest) -> list[str]:
    """Markers without a picture."""
    texts = " ".join([request.prompt, *(s.prompt for s in request.shots)])
    there = {"element": len(request.elements), "image": len(request.references)}
    marks = dict.fromkeys(PICTURE.findall(texts))
    return [f"{kind}_{n}" for kind, n in marks if not 1 <= int(n) <= there[kind]]


def _unfit(shots: Sequence[ShotPlan]) -> list[str]:
    """Subjects that were left out because of the place."""
    named = (s.kind for shot in shots for s in shot.subjects if s.kind in UNFIT.get(shot.place, ()))
    return list(dict.fromkeys(named))


def _changes(request: VideoRequest, shots: Sequence[ShotPlan]) -> str:
    """How the light changes over the caller's first picture."""
    alone = request.first_frame and not (request.last_frame and len(shots) == 1)
    return shots[0].turn if alone else ""


def _own(request: VideoRequest, shots: Sequence[ShotPlan]) -> list[ShotPlan]:
    """The shots that are made of the first or the last frame."""
    out = [shots[0]] if request.first_frame else []
    return out + ([shots[-1]] if request.last_frame and shots[-1] not in out else [])


def still_report(request: VideoRequest) -> dict[str, Any]:
    """Of an animatic-still: one generic picture."""
    reason = "animatic-still shows one ready picture"
    out: Ignored = []
    for name in (
        "prompt",
        "negative_prompt",
        "last_frame",
        "references",
        "shots",
        "elements",
        "voices",
        "captions",
    ):
        if getattr(request, name):
            _say(out, name, reason)
    for name in ("cfg_scale", "seed"):
        if getattr(request, name) is not None:
            _say(out, name, reason)
    if request.sound:
        _say(out, "sound", "the sound stream holds only quiet noise")
    understood: dict[str, Any] = {"still": True, "seed": request.picture_seed}
    if request.first_frame:
        understood["first_frame"] = "shown"
    return {"understood": understood, "ignored": out}


def _say(out: Ignored, field: str, reason: str) -> None:
    out.append({"field": field, "reason": reason})
