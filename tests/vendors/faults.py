"""What goes wrong, when, to whom.

    Fault("cut_after", create=2)                  the second create that reached the vendor
    Fault("truncated", prompt="fox 7")            every job whose text has these words
    Fault("poll_error", status=504, at=(1, 2))    the first two polls of each job
    Fault("throttled", chance=0.1, seed=4)        a tenth; the same ones in every run
    Fault("throttled", times=20)                  the first twenty that it meets
    Fault("cut_before", lasts=30)                 for 30 s of the vendor's time from now on

A rule holds where all that it says holds. Of several, the first that was added counts.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from pydantic import TypeAdapter

from vendors.job import NEVER

KINDS = {
    # The create
    "cut_before": "the connection is lost before a job is made",
    "error_before": "`status` (500) before a job is made",
    "slow_before": "`seconds` pass before a job is made; without them until vendor.release()",
    "throttled": "429 with Retry-After `retry_after`",
    "balance": "no money, in the vendor's words",
    "key_refused": "the key is not good (any call)",
    "cut_after": "a job is made, the connection is lost before the answer",
    "error_after": "a job is made, the answer is `status` (500)",
    "slow_after": "a job is made, the answer comes `seconds` later, or after vendor.release()",
    "half": "a job is made, the answer is cut in its middle",
    "twice": "a job is made, the answer is said twice on the connection",
    "not_json": "a job is made, the answer is a web page with 200",
    "no_id": "a job is made, the answer is JSON of another form",
    # The job
    "refused": "the content is refused: the job ends in failure",
    "failed": "the job ends in failure for the vendor's own reasons",
    "stuck": "the job never ends",
    # The poll
    "unknown_job": "404 until `seconds` after the create, or at the polls of `at`",
    "poll_error": "`status` (504)",
    "poll_cut": "the connection is lost",
    "poll_slow": "the answer comes `seconds` later, or after vendor.release()",
    "poll_throttled": "429 with Retry-After `retry_after`",
    "poll_not_json": "a web page with 200",
    "unknown_word": "a status word that nobody documented, or `word`",
    "backwards": "the progress is less than it was",
    "no_file": "success without a file",
    # The file
    "wrong_length": "the film is `seconds` (3) longer or shorter",
    "wrong_size": "the film is half as wide",
    "mute": "the film has no sound track",
    "loud": "the film has a sound track, ordered or not",
    "truncated": "only `fraction` of the film is there, and the length says so",
    "not_a_film": "a web page with 200 in place of the film",
    # The download
    "expired": "403",
    "download_error": "`status` (500)",
    "drip": "`rate` bytes a second",
    "cut_download": "the connection is lost at `fraction` of what was asked for",
    "no_ranges": "the file server does not know Range",
    # The webhook
    "webhook_never": "nobody is told",
    "webhook_twice": "every message comes twice",
    "webhook_early": "the job ends at once, and its message comes before the create's answer",
}

# Drawn once for a job, not at every download: a film that is wrong stays wrong.
LASTING = {"wrong_length", "wrong_size", "mute", "loud", "truncated", "not_a_film"}


@dataclass(frozen=True)
class Fault:
    kind: str
    create: int | tuple[int, ...] | None = None  # number of the create, from 1
    prompt: str | None = None  # words in the text, whole ones
    at: int | tuple[int, ...] | None = None  # which poll or download of its job, from 1
    chance: float = 1.0
    seed: int = 0
    times: int | None = None  # at most so often
    lasts: float | None = None  # seconds of the vendor's time, from when the rule was added
    status: int | None = None
    seconds: float | None = None
    retry_after: int | str = 2
    body: str = "vendor"  # of errors: vendor, html, empty
    fraction: float = 0.5
    rate: float = 20_000.0
    word: str | None = None
    reset: bool = False  # lose connections by RST

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; known: {' '.join(KINDS)}")
        if self.body not in ("vendor", "html", "empty"):
            raise ValueError(f"body must be vendor, html or empty, not {self.body!r}")
        if not (0 <= self.chance <= 1 and 0 <= self.fraction <= 1 and self.rate > 0):
            raise ValueError("chance and fraction lie in 0–1, rate above 0")

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Fault:
        """From JSON. Raises ValueError."""
        if not isinstance(plain, Mapping):
            raise ValueError("a fault must be an object")
        known = {f.name for f in fields(cls)}
        if strange := plain.keys() - known:
            raise ValueError(f"a fault has no {' '.join(sorted(strange))}")
        if "kind" not in plain:
            raise ValueError("a fault needs its kind")
        return TypeAdapter(cls).validate_python(dict(plain))


@dataclass(frozen=True, kw_only=True)
class Case:
    """Who is asking: the create's number and text, and which poll or download it is."""

    number: int
    text: str
    at: int = 0


class Faults:
    def __init__(self) -> None:
        self._rules: list[tuple[Fault, int]] = []  # with when it was added
        self._hits: dict[Fault, int] = {}

    def add(self, *faults: Fault, now: int = 0) -> None:
        """`now` matters to rules that last."""
        self._rules += [(fault, now) for fault in faults]

    def clear(self) -> None:
        self._rules.clear()
        self._hits.clear()

    def hits(self) -> list[tuple[Fault, int]]:
        """How often each rule was followed."""
        return [(fault, self._hits.get(fault, 0)) for fault, _ in self._rules]

    def find(self, kind: str, case: Case, now: int, *, since: int | None = None) -> Fault | None:
        """The rule that holds here; it counts as followed. With `since`, a rule with `seconds`
        holds so long only."""
        for fault, added in self._rules:
            over = since is not None and now >= since + 1000 * (fault.seconds or NEVER)
            if fault.kind == kind and not over and self._holds(fault, case, now, added):
                self._hits[fault] = self._hits.get(fault, 0) + 1
                return fault
        return None

    def _holds(self, fault: Fault, case: Case, now: int, added: int) -> bool:
        return (
            within(fault.create, case.number)
            and within(fault.at, case.at)
            and (fault.prompt is None or says(case.text, fault.prompt))
            and (fault.times is None or self._hits.get(fault, 0) < fault.times)
            and (fault.lasts is None or now < added + fault.lasts * 1000)
            and (fault.chance >= 1 or self._drawn(fault, case) < fault.chance)
        )

    @staticmethod
    def _drawn(fault: Fault, case: Case) -> float:
        """From who is asking, not from the order of calls: a run can be repeated."""
        at = 0 if fault.kind in LASTING else case.at
        return random.Random(f"{fault.seed} {fault.kind} {case.number} {at}").random()


def within(wanted: int | tuple[int, ...] | None, number: int) -> bool:
    return wanted is None or number in (wanted if isinstance(wanted, tuple) else (wanted,))


def says(text: str, words: str) -> bool:
    """Whole words: `fox 1` is not in `fox 17`."""
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None
