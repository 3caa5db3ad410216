"""What the task is told of its film: what was understood, and what was not used and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reelway.engines.animatic.plan import ShotPlan
from reelway.request import VideoRequest

Ignored = list[dict[str, str]]


def report(request: VideoRequest, shots: Sequence[ShotPlan]) -> dict[str, Any]:
    """Of a drawn film."""
    return {
        "understood": {"seed": request.picture_seed, "shots": [s.understood() for s in shots]},
        "ignored": _unused(request, shots),
    }


def _unused(request: VideoRequest, shots: Sequence[ShotPlan]) -> Ignored:
    out: Ignored = []
    if request.elements:
        _say(out, "elements", "elements are not drawn yet")
    if request.references:
        _say(out, "references", "reference pictures are not drawn yet")
    if request.voices:
        _say(out, "voices", "nobody speaks in this engine's films yet")
    if any(s.dialogue for s in shots):
        _say(out, "prompt", "dialogue was understood as such, but is not spoken yet")
    if request.shots and request.shot_mode != "customize":
        _say(out, "shots", f"shot_mode is {request.shot_mode}")
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
