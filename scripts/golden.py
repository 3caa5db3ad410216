"""The golden films, written anew: after a change that is meant to be seen, and looked at.

    python scripts/golden.py [--check]

Writes tests/golden/<film>.av<major>.npz and .mp4 for the PyAV that is installed, and says how far
each is from the file that was there. `--check` writes nothing; exits 1 where a film is too far off.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
import numpy as np

import golden
from engines.animatic.filming import psnr


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    golden.FOLDER.mkdir(exist_ok=True)
    worst = np.inf
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for film in golden.FILMS:
            frames, kept = golden.made(film, folder), golden.path(film, "npz")
            old = np.load(kept)["frames"] if kept.exists() else None
            worst = min(worst, told(film, old, frames, golden.RAW))
            if not check:
                np.savez_compressed(kept, frames=frames)
        kept, made = golden.path(golden.FILM, "mp4"), golden.encoded(folder / "film.mp4")
        old = golden.decoded(kept) if kept.exists() else None
        worst = min(worst, told(kept.name, old, golden.decoded(made), golden.DECODED))
        if not check:
            kept.write_bytes(made.read_bytes())
    size = sum(path.stat().st_size for path in golden.FOLDER.iterdir())
    print(f"{size:,} bytes in all, of {golden.MOST_BYTES:,}")
    return int(check and worst < 0) or int(size > golden.MOST_BYTES)


def told(name: str, old: np.ndarray | None, new: np.ndarray, least: float) -> float:
    """Prints a line; how many dB it is above what it must have."""
    if old is None or old.shape != new.shape:
        print(f"{name:18} there was none like it")
        return -np.inf
    level = min(psnr(a * 1.0, b * 1.0) for a, b in zip(old, new, strict=True))
    print(f"{name:18} {level:6.1f} dB, must be {least:.0f}")
    return level - least


if __name__ == "__main__":
    sys.exit(main())
