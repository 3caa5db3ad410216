"""Where compiled kernels are kept between runs.

    kept       while this lasts they are compiled: from what is kept, or into it
    keeping    whether there is a place for them

The place is NUMBA_CACHE_DIR where that is set, or the user's cache folder. What is kept is code
that will be run, so it lies in a folder that belongs to the user alone; where there is none, every
process compiles anew. A folder of its own for each version of the kernels, of numba, of Python
and for each processor: nothing old is ever looked at. Processes take turns, so the second of two
finds what the first has compiled.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
from numba import __version__ as numba_version
from numba import config

from reelway.engines.animatic import resample

if sys.platform != "win32":
    import fcntl

_folder: Path | None = None


def keeping() -> bool:
    return _folder is not None


@contextmanager
def kept() -> Iterator[None]:
    global _folder
    _folder = _made(_place())
    if _folder is None:
        print("nowhere to keep what is compiled: set NUMBA_CACHE_DIR", file=sys.stderr)
        yield
        return
    vars(config)["CACHE_DIR"] = str(_folder)
    with open(_folder / "lock", "a", encoding="ascii") as lock:
        if sys.platform != "win32":
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _place() -> Path:
    named = os.environ.get("NUMBA_CACHE_DIR")
    root = Path(named) if named else Path(platformdirs.user_cache_path("reelway")) / "kernels"
    return root / f"{_sources()}-numba{numba_version}-py{sys.version_info[0]}{sys.version_info[1]}"


def _sources() -> str:
    """Numba looks at each file for itself; a kernel is made of pieces from several, and constants
    are compiled into it."""
    digest = hashlib.blake2b(platform.machine().encode(), digest_size=8)
    for path in (*sorted(Path(__file__).parent.glob("*.py")), Path(resample.__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _made(folder: Path) -> Path | None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / f".probe{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError:
        return None
    _tidied(folder)
    return folder


def _tidied(folder: Path) -> None:
    """Of older versions only the last three stay."""
    try:
        others = [p for p in folder.parent.iterdir() if "-numba" in p.name and p != folder]
        others.sort(key=lambda p: p.stat().st_mtime)
    except OSError:
        return
    for old in others[:-3]:
        shutil.rmtree(old, ignore_errors=True)
