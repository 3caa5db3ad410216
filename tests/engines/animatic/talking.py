"""The speech of a film for the tests: cast, spoken, mixed, reported; no pictures are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reelway.engines.animatic.cast import Voice, cast
from reelway.engines.animatic.dialogue import Line
from reelway.engines.animatic.plan import plan
from reelway.engines.animatic.sound import soundtrack
from reelway.engines.animatic.speech import Speech
from reelway.request import Shot, VideoRequest

RATE = 48_000


def talk(
    prompt: str, known: Mapping[str, Mapping[str, Any]] | None = None, **fields: Any
) -> tuple[Speech, np.ndarray, np.ndarray]:
    """The speech of a film; its sound, and its sound without speech."""
    if pairs := fields.pop("parts", ()):
        fields["shots"] = tuple(Shot(prompt=p, duration=s) for p, s in pairs)
        fields["duration"] = sum(s for _, s in pairs)
        fields["shot_mode"] = "customize"
    request = VideoRequest(
        **{"prompt": prompt, "duration": 5, "sound": True, "seed": 1, "model": "animatic", **fields}
    )
    shots = plan(request)
    with Speech(request, shots, known or {}) as said:
        with_speech = soundtrack(shots, 1, said)
    return said, with_speech, soundtrack(shots, 1)


def reasons(said: Speech, field: str) -> list[str]:
    return [i["reason"] for i in said.report()[1] if i["field"] == field]


def voices_of(*names: str, voices: tuple[str, ...] = (), known: Any = None) -> list[Voice]:
    lines = [Line(text="Yes.", speaker=name) for name in names]
    return cast(lines, voices, known or {})
