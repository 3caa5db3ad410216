"""The film matrix: every resolution × ratio × with and without sound, 3 s each, as ordered.

    python scripts/films.py [--full] [--scale 0.125] [--slots 2] [--folder DIR]

Each film is ordered from a running server in the native wire, downloaded by its link, and decoded
to its last frame by PyAV. It must have the size of the table in the wire's rules, 24 frames for
each second at a constant rate, one picture stream, one sound stream or none, its index in front;
and MediaInfo, by which the server verified it, must have told the same. Prints a table; exits 1
if a film is not as ordered. `--full` is `--scale 1`; `--folder` keeps the films.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from inspection import MATRIX, Order, faults
from serving import Server

HEAD = ("tier", "ratio", "track", "size", "frames", "picture", "sound", "bytes", "time", "result")
ROW = "{:6} {:5} {:7} {:>10} {:>7} {:>8} {:>7} {:>9} {:>7}  {}"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", dest="scale", action="store_const", const=1.0, help="full size")
    size.add_argument("--scale", type=float, help="of both sides of the frame (default 0.125)")
    parser.set_defaults(scale=0.125)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="keep the films here (default: nowhere)")
    return parser.parse_args()


def film(server: Server, order: Order, id: str, folder: Path, scale: float) -> list[str]:
    """Wait for it, check it, print its row."""
    task = server.ended(id, within=1800)
    if task["status"] != "succeeded":
        return [f"{order}: {task['status']}: {task['error']}"]
    path = folder / f"{str(order).replace(' ', '-').replace(':', 'x')}.mp4"
    path.write_bytes(server.http.get(task["film"]["url"]).content)
    wrong, told = faults(order, task["film"], path, scale=scale), task["film"]
    print(
        ROW.format(
            order.resolution,
            order.aspect_ratio,
            "sound" if order.sound else "silent",
            f"{told['width']}x{told['height']}",
            told["frames"],
            told["video_codec"],
            told["audio"]["codec"] if told["audio"] else "-",
            f"{told['bytes']:,}",
            f"{(task['finished_at'] - task['started_at']) / 1000:.1f} s",
            "WRONG" if wrong else "as ordered",
        ),
        flush=True,
    )
    return wrong


def main() -> int:
    given = options()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="reelway-films-") as name:
        folder = given.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        settings = {"animatic_slots": given.slots, "animatic_scale": given.scale}
        with Server.start(Path(name) / "data", **settings) as server:
            print(ROW.format(*HEAD))
            orders = [(order, server.create(**order.body())["id"]) for order in MATRIX]
            wrong = []
            for order, id in orders:
                wrong += film(server, order, id, folder, given.scale)
    print(f"\n{len(MATRIX)} films in {time.monotonic() - began:.0f} s, {len(wrong)} faults")
    for fault in wrong:
        print(f"FAULT  {fault}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
