"""The tables of words in docs/animatic.md, made from the engine's lexicon.

    python scripts/words.py [--check]

Writes what stands between the marks `<!-- words -->` and `<!-- /words -->`; with `--check` it only
tells, by exit status 1, that they are out of date.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from reelway.engines.animatic.words import lexicon

DOC = Path(__file__).resolve().parents[1] / "docs" / "animatic.md"
MARKS = "<!-- words -->\n", "<!-- /words -->\n"
CHINESE = re.compile("[一-鿿]")
TITLES = {
    "place": "Places",
    "site": "Sites: what kind of place",
    "time": "Times of day",
    "weather": "Weather",
    "ground": "What covers the ground",
    "style": "Styles",
}
MOST = {True: 9, False: 6}  # words shown, of English and of Chinese


def table(group: str) -> str:
    rows = [f"### {TITLES[group]}", "", "| | English | Chinese |", "|---|---|---|"]
    for key, words in lexicon()[group].items():
        shown = [
            _shown([w for w in words if (CHINESE.search(w) is None) is latin], latin)
            for latin in MOST
        ]
        rows.append(f"| {key} | {shown[0]} | {shown[1]} |")
    return "\n".join(rows) + "\n\n"


def _shown(words: list[str], latin: bool) -> str:
    most = MOST[latin]
    more = f" … {len(words) - most} more" if len(words) > most else ""
    return (", " if latin else "、").join(words[:most]) + more


def renewed(text: str) -> str:
    """The document with its tables as they ought to be."""
    before, rest = text.split(MARKS[0])
    _, after = rest.split(MARKS[1])
    return before + MARKS[0] + "".join(table(group) for group in TITLES) + MARKS[1] + after


def main() -> int:
    old = DOC.read_text("utf-8")
    new = renewed(old)
    if "--check" in sys.argv[1:]:
        return int(new != old)
    DOC.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
