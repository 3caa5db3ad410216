"""What is spoken in a film: from lines to samples, in the film's time, over its other sounds.

    Speech(…)   casts the voices and starts the speaker's process (`speaker`), which goes on while
                the pictures are drawn
    timed()     waits for it, and places the lines
    tracks()    the same to be mixed
    report(…)   what was spoken, by which voice, when; and what was not, and why

Without espeak-ng, or if it fails, the lines are murmured (`murmur`) and the report says so. Lines
stay in their shot, one after another; what does not fit is spoken up to 40 % faster, then cut
between two words, then left out.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import dialogue, murmur, staging, timbre, voicing
from reelway.engines.animatic.cast import Voice, cast, espeak, manner_of
from reelway.engines.animatic.dialogue import Line
from reelway.engines.animatic.plan import ShotPlan
from reelway.request import FRAME_RATE, VideoRequest

Array = npt.NDArray[Any]
Ignored = list[dict[str, str]]

SPEAKER = Path(__file__).with_name("speaker.py")
WITHIN = 20.0  # seconds that the speaker has
MOST_LINES, LONGEST = 24, 600  # lines of a film; letters of a line: no film has time for more
LEAD, TAIL, END_TAIL = 0.4, 0.15, 0.45  # seconds of a shot before and after speech; of the last
GAP = 0.3  # seconds between two lines
RESERVE = 1.0  # seconds that are kept for a line when the one before it is too long
SHORTEST = 0.4  # seconds: less of a line is not worth beginning
FADE = 0.06  # seconds, of a line that is cut
MOST_FASTER = 1.4
ASIDE = 0.16  # −1 left … 1 right: of voices that nobody in the picture has
NOT_INSTALLED = (
    "the [speech] extra is not installed: pip install 'reelway[speech]'; lines are murmured"
)


@dataclass
class Cue:
    """One line in its film."""

    line: Line
    shot: int
    voice: Voice
    pcm: Array = field(default_factory=lambda: np.zeros(0))  # at `voicing.RATE`
    words: Sequence[float] = ()  # seconds, where each begins
    sounds: Sequence[tuple[float, str]] = ()  # the same of each sound, and its name
    start: float = -1.0  # seconds of the film; negative: not spoken
    faster: float = 1.0
    cut: bool = False
    murmured: bool = False

    @property
    def seconds(self) -> float:
        return len(self.pcm) / voicing.RATE


class Speech:
    """The speech of one film. A context: its process is gone when it is left."""

    def __init__(
        self,
        request: VideoRequest,
        shots: Sequence[ShotPlan],
        known: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """`known`: what was measured of the request's voices, by id."""
        self.request, self.shots, self.known = request, shots, known
        lines: list[tuple[int, Line]] = []
        for n, shot in enumerate(shots):
            for line in shot.script.lines:
                line = dialogue.named(tuple(before for _, before in lines), line)
                lines.append((n, line))
        voices = cast([line for _, line in lines], request.voices, known)
        self.cues = [Cue(line, n, v) for (n, line), v in zip(lines, voices, strict=True)]
        quiet = dialogue.silenced(request.negative_prompt)
        self.why_not = "the film has no sound" if not request.sound else ""
        self.why_not = "the negative prompt silences speech" if quiet else self.why_not
        self.trouble = ""  # why lines are murmured
        self._made = False
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        if self.cues and not self.why_not:
            self._begin()

    def __enter__(self) -> Speech:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._process:
            self._end(self._process)

    @property
    def spoken(self) -> list[Cue]:
        return [cue for cue in self.cues if cue.start >= 0]

    def timed(self) -> list[Cue]:
        """All lines, those that are spoken in their places. Waits for the speaker; from any
        thread."""
        with self._lock:
            if self.cues and not self.why_not and not self._made:
                self._make()
        return self.cues

    def tracks(self) -> list[voicing.Track]:
        """What is said, to be mixed."""
        self.timed()
        return self._tracks()

    def report(self) -> tuple[dict[str, Any], Ignored]:
        """What is understood of speech, and what of it is ignored."""
        understood: dict[str, Any] = {}
        if self.cues:
            understood["dialogue"] = [_told(cue) for cue in self.cues]
        used = [] if self.why_not else [c.voice for c in self.spoken if c.voice.id]
        if used:
            understood["voices"] = {
                v.id: "made from a sample" if v.sampled else "unknown: a stable voice was chosen"
                for v in used
            }
        return understood, list(self._ignored({v.id for v in used}))

    def _ignored(self, used: set[str]) -> Ignored:
        out: Ignored = []

        def say(name: str, reason: str) -> None:
            out.append({"field": name, "reason": reason})

        if self.cues and self.why_not:
            say("prompt", f"dialogue is not spoken: {self.why_not}")
        if self.request.voices and not used:
            say("voices", self.why_not or "nobody speaks")
        for id in [v for v in self.request.voices if used and v not in used]:
            say("voices", f"nobody speaks with {id[:60]}")
        markers = {c.line.marker for c in self.cues if c.line.marker > len(self.request.voices)}
        for n in sorted(markers):
            say("prompt", f"<<<voice_{n}>>> is not among the voices: a stable voice was chosen")
        if self.trouble:
            say("speech", self.trouble)
        if any(c.murmured for c in self.spoken) and not self.trouble:
            say("speech", "a language that cannot be read aloud is murmured")
        for cue in self.cues if not self.why_not else ():
            if cue.cut or cue.start < 0:
                what = "cut" if cue.start >= 0 else "left out"
                say("prompt", f"a line of shot {cue.shot + 1} is {what}: the shot is too short")
        if written := [w for shot in self.shots for w in shot.script.written]:
            shown = written[0][:40]
            say("prompt", f"quoted words that nobody says are neither spoken nor shown: “{shown}”")
        return out

    def _begin(self) -> None:
        if find_spec("espeakng_loader") is None:
            self.trouble = NOT_INSTALLED
            return
        # By its path, not as a module of ours: nothing of Reelway is loaded beside espeak-ng, and
        # it starts in a few hundredths of a second. In our process group: it is killed with us.
        command = [sys.executable, "-P", str(SPEAKER)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe)

    def _make(self) -> None:
        """Samples for all cues, and their places."""
        self._made = True
        groups = self._groups()
        if self._process:
            try:
                self._listen(self._process, groups)
            except (OSError, ValueError, KeyError, subprocess.SubprocessError) as error:
                print(f"speech failed: {error!r}", file=sys.stderr, flush=True)
                self.trouble = "speech could not be made; lines are murmured"
        for cues, seconds in groups:
            _murmured([c for c in cues if not len(c.pcm)], cues, seconds)
            self._place(cues)

    def _groups(self) -> list[tuple[list[Cue], float]]:
        """The cues of each shot, and the seconds there for them."""
        groups = []
        for n, shot in enumerate(self.shots):
            cues = [cue for cue in self.cues[:MOST_LINES] if cue.shot == n]
            if cues:
                lead, tail = self._margins(n)
                groups.append((cues, shot.seconds - lead - tail))
        return groups

    def _margins(self, n: int) -> tuple[float, float]:
        """Seconds before the first line of a shot and after its last; less in a short shot."""
        seconds = self.shots[n].seconds
        tail = END_TAIL if n == len(self.shots) - 1 else TAIL
        return min(LEAD, 0.14 * seconds), min(tail, 0.2 * seconds)

    def _listen(
        self, process: subprocess.Popen[bytes], groups: list[tuple[list[Cue], float]]
    ) -> None:
        order = {
            "shots": [
                {
                    "seconds": seconds,
                    "gap": GAP,
                    "lines": [
                        {"text": c.line.text[:LONGEST], **espeak(c.voice, c.line)}
                        for c in cues
                        if dialogue.readable(c.line)
                    ],
                }
                for cues, seconds in groups
            ]
        }
        try:
            out, _ = process.communicate(json.dumps(order).encode(), timeout=WITHIN)
        finally:
            self._end(process)
        if process.returncode:
            raise ValueError(f"the speaker ended with {process.returncode}")
        head, _, data = out.partition(b"\n")
        told = json.loads(head)
        pcm = np.frombuffer(data, "<i2").astype(np.float64) / 32768
        if told["sample_rate"] != voicing.RATE or len(pcm) != sum(
            part["samples"] for part in told["lines"]
        ):
            raise ValueError("the speaker's answer is not whole")
        at = 0
        cues = [c for group, _ in groups for c in group if dialogue.readable(c.line)]
        for cue, part in zip(cues, told["lines"], strict=True):
            said = pcm[at : at + part["samples"]]
            hertz = cue.voice.pitch * manner_of(cue.line).pitch
            cue.pcm = timbre.made(said, hertz, timbre.of(cue.voice, cue.line), cue.line.text)
            cue.words, cue.sounds, cue.faster = part["words"], part["sounds"], part["faster"]
            at += part["samples"]

    def _place(self, cues: Sequence[Cue]) -> None:
        """One after another, as far as the shot goes; a long one leaves the later ones a little."""
        shot = self.shots[cues[0].shot]
        lead, tail = self._margins(cues[0].shot)
        at = shot.first / FRAME_RATE + lead
        end = shot.first / FRAME_RATE + shot.seconds - tail
        for n, cue in enumerate(cues):
            kept = sum(min(later.seconds, RESERVE) + GAP for later in cues[n + 1 :])
            limit = min(end, max(end - kept, at + RESERVE))
            if at + cue.seconds > limit + 1e-6:
                _cut(cue, limit - at)
            if len(cue.pcm):
                cue.start = at
                at += cue.seconds + GAP

    def _tracks(self) -> list[voicing.Track]:
        sides = self._sides()
        return [
            voicing.Track(
                pcm=cue.pcm,
                start=cue.start,
                place=staging.room(self.shots[cue.shot], cue.line, cue.voice),
                level=manner_of(cue.line).level,
                tilt=cue.voice.tilt,
                side=sides[cue.shot, cue.voice],
                far=staging.far(self.shots[cue.shot], cue.line),
            )
            for cue in self.spoken
        ]

    def _sides(self) -> dict[tuple[int, Voice], float]:
        """Where each voice of a shot is heard: where it is seen, else each at a side of its own."""
        voices = list(dict.fromkeys(cue.voice for cue in self.spoken))
        own = {v: (-1) ** n * ASIDE * (len(voices) > 1) for n, v in enumerate(voices)}
        out: dict[tuple[int, Voice], float] = {}
        for n, shot in enumerate(self.shots):
            cues = [cue for cue in self.spoken if cue.shot == n]
            seen = staging.sides(shot, [cue.line.speaker for cue in cues])
            for cue, side in zip(cues, seen, strict=True):
                out[n, cue.voice] = own[cue.voice] if side is None else side
        return out

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe and not pipe.closed:
                pipe.close()


def _murmured(silent: Sequence[Cue], cues: Sequence[Cue], seconds: float) -> None:
    """Give the silent ones of a shot's cues a voice without words."""
    room = seconds - GAP * (len(cues) - 1)
    for faster in (1.0, 0.0):
        for cue in silent:
            cue.murmured = True
            cue.faster = faster or cue.faster
            cue.pcm, cue.words = murmur.murmur(cue.voice, cue.line, cue.faster)
        needed = sum(cue.seconds for cue in cues)
        if needed <= room:
            break
        for cue in silent:
            cue.faster = round(min(MOST_FASTER, needed / max(room, 0.01) + 0.01), 3)


def _cut(cue: Cue, seconds: float) -> None:
    """End the line before the word that would not fit; nothing is left where no word fits."""
    fitting = [w for w in cue.words if SHORTEST <= w <= seconds]
    n = int(max(fitting, default=0.0) * voicing.RATE)
    cue.cut = True
    cue.pcm = cue.pcm[:n].copy()
    fade = min(n, int(FADE * voicing.RATE))
    cue.pcm[n - fade :] *= 0.5 + 0.5 * np.cos(np.linspace(0, math.pi, fade))


def _told(cue: Cue) -> dict[str, Any]:
    """For the report."""
    line = cue.line
    out: dict[str, Any] = {
        "shot": cue.shot + 1,
        "speaker": line.speaker,
        "text": line.text[:80],
        "language": line.language,
        "manner": ", ".join(line.manner),
        "voice": cue.voice.id or f"by name: {cue.voice.variant}",
    }
    if cue.start >= 0:
        out["start"], out["seconds"] = round(cue.start, 2), round(cue.seconds, 2)
    if cue.start >= 0 and cue.faster > 1:
        out["faster"] = round(cue.faster, 2)
    if cue.start >= 0 and cue.cut:
        out["cut"] = True
    return {k: v for k, v in out.items() if v != ""}
