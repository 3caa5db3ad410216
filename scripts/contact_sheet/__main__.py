"""A contact sheet of the animatic engine: what it makes of place, time, weather, camera, language.

    python scripts/contact_sheet [--sheet 0] [--seed 1] [--height 180] [--seconds 3]
                                 [--ratio 16:9] [--plain] [--only 0,5-8] [--folder contact]

Each cell is a real film, seen as its middle frame, with a row of it through time below and a
column of it through time beside. Every two traits meet in some cell (`cells`). Sheet n takes the
next eight places and camera moves after sheet n − 1; four sheets show every place.

Writes `sheet<n>-<page>.png`, 16 cells a page, and prints for each cell how much moves from frame
to frame and the largest jump against the usual one. `--plain`: without style words; `--ratio`:
all in one ratio, else all three.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1"))

from cells import RATIOS, cells
from sheet import drawn, pages, shot

COLUMNS, ROWS = 4, 4


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sheet", type=int, default=0, help="which places and moves (default 0)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--height", type=int, default=180, help="pixels of a 16:9 cell")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--ratio", choices=RATIOS, help="of all cells (default: all three)")
    parser.add_argument("--plain", action="store_true", help="no style words")
    parser.add_argument("--only", type=chosen, help="numbers of cells: 0,5-8")
    parser.add_argument("--folder", type=Path, default=Path("contact"))
    return parser.parse_args()


def chosen(text: str) -> set[int]:
    out: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        out |= set(range(int(first), int(last or first) + 1))
    return out


def main() -> int:
    told = options()
    told.folder.mkdir(parents=True, exist_ok=True)
    all_ = cells(told.sheet, styles=not told.plain, ratio=told.ratio)
    wanted = [(n, c) for n, c in enumerate(all_) if told.only is None or n in told.only]
    tiles, suspect = [], 0
    for n, cell in wanted:
        seen = shot(cell, height=told.height, seed=told.seed, seconds=told.seconds)
        suspect += seen.suspect
        mark = "  jumps" if seen.suspect else ""
        print(f"{n:2}  {seen.motion:5.2f}  ×{seen.jump:4.1f}  {cell.label()}{mark}", flush=True)
        tiles.append(drawn(seen))
    for n, page in enumerate(pages(tiles, COLUMNS, ROWS)):
        page.save(told.folder / f"sheet{told.sheet}-{n}.png")
    print(f"{len(wanted)} cells, {suspect} with jumps, in {told.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
