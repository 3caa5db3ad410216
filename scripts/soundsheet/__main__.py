"""A sheet of what films sound like: for each a spectrogram, its loudness, its onsets.

    python scripts/soundsheet [--seed 1] [--seconds 6] [--only beach,storm] [--folder soundsheet]
                              [--prompt "A beach" --prompt …]

Writes `<name>.png` for each film and prints its loudness, its true peak, the largest step between
two samples, and the CPU time that its sound took. Lines in the plots are what is seen at that
moment: cuts, feet that come down, lightning, and when its thunder is due (`sheet`). `--prompt`
replaces the films that are listened to (`prompts`).
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1"))

from prompts import PROMPTS
from sheet import heard, plot, told


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--only", help="names of films: beach,storm")
    parser.add_argument("--prompt", action="append", help="of another film; may be given often")
    parser.add_argument("--folder", type=Path, default=Path("soundsheet"))
    return parser.parse_args()


def main() -> int:
    asked = options()
    films = dict(PROMPTS)
    if asked.prompt:
        films = {re.sub(r"\W+", "-", p.lower()).strip("-")[:40] or "film": (p,)
                 for p in asked.prompt}  # fmt: skip
    wanted = asked.only.split(",") if asked.only else list(films)
    if missing := [name for name in wanted if name not in films]:
        print(f"there is no film called {', '.join(missing)}", file=sys.stderr)
        return 2
    asked.folder.mkdir(parents=True, exist_ok=True)
    for name in wanted:
        one = heard(films[name], seed=asked.seed, seconds=asked.seconds)
        plot(name, " | ".join(films[name]), one).save(asked.folder / f"{name}.png")
        print(f"{name:14s}{told(one)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
