"""The kill campaign, in short. `python scripts/kills.py` is the whole."""

import subprocess
import sys
from pathlib import Path

KILLS = Path(__file__).parents[2] / "scripts" / "kills.py"


def test_nothing_accepted_is_lost(tmp_path: Path) -> None:
    kills = ["--server", "3", "--child", "3", "--media", "1", "--backlog", "10", "--within", "60"]
    done = subprocess.run(
        [sys.executable, "-W", "error", KILLS, *kills, "--folder", tmp_path],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "violations                                   0" in done.stdout
