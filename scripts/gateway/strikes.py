"""The strikes: how often each fault struck, which tasks, and what became of those; as a table.

What struck is told by the vendors, who know what they did wrong and to whom, and for the lines by
the gateway's own words. A task that was struck by several counts for each of them.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from books import Row, named
from ledger import Ledger
from weather import CHANCES, NAMES, STORMS, Weather

WORDS = {  # of the vendors' faults
    "cut_before": "create: cut before a job is made",
    "error_before": "create: 500, and no job",
    "slow_before": "create: slow before a job is made",
    "throttled": "create: 429",
    "balance": "create: the account is empty",
    "key_refused": "the key is refused, any call",
    "cut_after": "create: a job is made, the reply is lost",
    "error_after": "create: a job is made, the reply is 500",
    "slow_after": "create: the reply is late",
    "half": "create: the reply is cut in its middle",
    "twice": "create: the reply is doubled",
    "not_json": "create: the reply is a web page",
    "no_id": "create: the reply has no receipt",
    "refused": "job: its content is refused",
    "failed": "job: it fails",
    "unknown_job": "look: 404 at first",
    "poll_error": "look: 504, or 503 in a storm",
    "poll_cut": "look: the connection is lost",
    "poll_slow": "look: the answer is late",
    "poll_throttled": "look: 429",
    "poll_not_json": "look: a web page with 200",
    "unknown_word": "look: unknown status word",
    "backwards": "look: progress goes back",
    "no_file": "look: success without a file",
    "wrong_length": "film: wrong length",
    "wrong_size": "film: wrong size",
    "mute": "film: without its sound",
    "loud": "film: with a sound track, ordered or not",
    "truncated": "film: truncated, the length says so",
    "not_a_film": "film: a web page with 200",
    "expired": "download: the link is expired",
    "download_error": "download: 500, or 503 in a storm",
    "drip": "download: slow body",
    "cut_download": "download: cut in its middle",
    "no_ranges": "download: ranges are not known",
    "webhook_never": "hint: never sent",
    "webhook_twice": "hint: sent twice",
    "webhook_early": "hint: before the create's reply",
}
FORGED = {
    "signature": "with a wrong signature",
    "unsigned": "without a signature",
    "stale": "an hour old",
    "id": "of a job that is not there",
    "token": "at an address that was guessed",
}
LINE = re.compile(r"provider\.(?:unreachable|ambiguous) task=(\S+) .*why=(.*)$", re.M)
LINES = {  # by the gateway's words
    "its host was not found": "line: the host has no name (DNS)",
    "its certificate is not valid": "line: the certificate is not valid (TLS)",
    "no connection could be made": "line: the connection is refused",
    "the connection broke": "line: the connection breaks",
    "the server was stopped": "kill -9 before the answer to a create",
}
FATES = ("delivered", "late", "unpaid")
HEAD = """| fault | struck | tasks | film delivered | film came late | nothing paid |
|---|--:|--:|--:|--:|--:|"""


@dataclass
class Strikes:
    ledger: Ledger
    weather: Weather
    rows: Mapping[str, Row]
    counts: Counter[str] = field(default_factory=Counter)
    tasks: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def read(self, log: str) -> None:
        for vendor in NAMES:
            jobs = {j["id"]: named(j["text"]) for j in self.weather.asked(vendor, "/_jobs")}
            for entry in self.weather.asked(vendor, "/_ledger"):
                told = jobs.get(entry["job"]) or named(json.dumps(entry["body"]))
                for kind in entry["faults"]:
                    self._struck(kind, told)
        for kind in ("webhook_never", "webhook_twice"):  # no call of ours: they know no task
            self.counts[kind] = self.weather.hits[kind]
        self._lines(log)

    def _lines(self, log: str) -> None:
        names = {row["public_id"]: name for name, row in self.rows.items()}
        said = [(names.get(task, ""), why) for task, why in LINE.findall(log)]
        for name, row in self.rows.items():
            said += [(name, declined["message"]) for declined in row.report.get("declined", ())]
        for name, why in said:
            if found := next((line for words, line in LINES.items() if words in why), None):
                self._struck(found, name)

    def _struck(self, kind: str, name: str) -> None:
        self.counts[kind] += 1
        if name in self.rows:
            self.tasks[kind].add(name)

    def missing(self) -> list[str]:
        return [kind for kind in (*CHANCES, *LINES.values()) if not self.counts[kind]]

    def table(self) -> Iterator[str]:
        yield HEAD
        for kind in CHANCES:
            yield self._line(kind, WORDS[kind])
        for line in LINES.values():
            yield self._line(line, line)
        for lie, words in FORGED.items():
            heard = {status: n for (told, status), n in self.weather.lies.items() if told == lie}
            answers = ", ".join(str(status) for status in sorted(filter(None, heard)))
            struck = sum(n for status, n in heard.items() if status)
            yield f"| hint: forged, {words} (answered {answers or 'nothing'}) | {struck} | | | | |"
        for what in STORMS:
            told = str(self.ledger.counts[f"storm: {what}"])
            if what in self.weather.hits:
                told += f" (met {self.weather.hits[what]} calls)"
            yield f"| storm: {what} | {told} | | | | |"

    def _line(self, kind: str, words: str) -> str:
        fates = Counter(self.rows[name].fate for name in self.tasks[kind])
        told = " | ".join(str(fates[fate]) for fate in FATES)
        return f"| {words} | {self.counts[kind]} | {len(self.tasks[kind])} | {told} |"
