"""The campaign of the gateway, in short. `python scripts/gateway` is the whole."""

import re
import subprocess
import sys
from pathlib import Path

CAMPAIGN = Path(__file__).parents[2] / "scripts" / "gateway"


def test_nothing_is_paid_twice_and_what_was_paid_comes_home(tmp_path: Path) -> None:
    short = ["--server", "2", "--media", "1", "--backlog", "12", "--calm", "1", "--within", "60"]
    done = subprocess.run(
        [sys.executable, "-W", "error", CAMPAIGN, *short, "--folder", tmp_path],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "violations                                       0" in done.stdout
    for what in (
        "films as their vendor made them",
        "refused: the key's budget did not reach",
        "deliveries made",
        "settings read again while it runs",
    ):
        assert re.search(rf"^{what} +[1-9]", done.stdout, re.M), (what, done.stdout)
    assert "| look: progress goes back |" in done.stdout
