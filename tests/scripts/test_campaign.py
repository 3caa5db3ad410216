"""The campaign, in short. `python scripts/campaign` is the whole."""

import subprocess
import sys
from pathlib import Path

CAMPAIGN = Path(__file__).parents[2] / "scripts" / "campaign"


def test_nothing_accepted_is_lost_and_everybody_is_told(tmp_path: Path) -> None:
    short = ["--server", "3", "--child", "3", "--media", "1", "--backlog", "10", "--within", "60"]
    done = subprocess.run(
        [sys.executable, "-W", "error", CAMPAIGN, *short, "--folder", tmp_path],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "violations                                       0" in done.stdout
