"""What docs/webhooks.md prints runs, and tells a good signature from a bad one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from shutil import which

import pytest

from reelway import signing
from reelway.notify import FAILING, LONGEST_WAIT, PAUSES, SECONDS
from reelway.webhook import EVENTS, OLD_SECRET
from requires import require

TEXT = (Path(__file__).parents[1] / "docs" / "webhooks.md").read_text()
BODY = '{"type":"task.succeeded","data":{"prompt":"ü"}}'.encode()
SECRET = signing.mint_secret()


def block(language: str, mark: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", TEXT, re.S)
    return next(text for text in blocks if mark in text)


def run(*command: str, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=environment or None, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(params=["good", "bad", "two"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[dict[str, str], bool]:
    """Headers, and whether they are good for the body that lies there."""
    other = signing.mint_secret()
    secrets = {"good": [SECRET], "bad": [other], "two": [other, SECRET]}
    now = time.time_ns() // 1_000_000
    headers = signing.headers(secrets[request.param], "msg_1", now, BODY)
    (tmp_path / "body.json").write_bytes(BODY)
    (tmp_path / "headers.json").write_text(json.dumps(headers))
    return headers, request.param != "bad"


def test_python(tmp_path: Path, case) -> None:
    (tmp_path / "check.py").write_text(
        block("python", "def verify")
        + "\nimport json, pathlib\n"
        + "headers = json.loads(pathlib.Path('headers.json').read_text())\n"
        + f"print(verify(pathlib.Path('body.json').read_bytes(), headers, {SECRET!r}))\n"
    )
    assert run(sys.executable, "-W", "error", "check.py", cwd=tmp_path) == str(case[1])


def test_node(tmp_path: Path, case) -> None:
    require("node", which("node") is not None, "node is not installed")
    (tmp_path / "check.mjs").write_text(
        block("js", "export function verify")
        + 'import { readFileSync } from "node:fs";\n'
        + 'const headers = JSON.parse(readFileSync("headers.json"));\n'
        + f'console.log(verify(readFileSync("body.json"), headers, "{SECRET}"));\n'
    )
    assert run("node", "check.mjs", cwd=tmp_path) == str(case[1]).lower()


def test_shell(tmp_path: Path, case) -> None:
    require("openssl", which("openssl") is not None, "openssl is not installed")
    headers, good = case
    (tmp_path / "check.sh").write_text(block("sh", "openssl"))
    said = run(
        "sh",
        "check.sh",
        cwd=tmp_path,
        PATH="/usr/bin:/bin:/usr/local/bin",
        SECRET=SECRET,
        ID=headers["webhook-id"],
        TIMESTAMP=headers["webhook-timestamp"],
        SIGNATURE=headers["webhook-signature"],
    )
    assert said == ("good" if good else "bad")


def test_the_figures_are_those_of_the_code() -> None:
    units = {"s": 1, "min": 60, "h": 3600}
    listed = re.search(r"lie (.*?), each\s", TEXT, re.S)
    assert listed
    found = re.findall(r"(\d+) (s|min|h)", listed[1])
    assert tuple(int(n) * units[unit] for n, unit in found) == PAUSES
    assert (len(PAUSES) + 1, round(sum(PAUSES) / 3600)) == (11, 29)
    assert "eleven tries in 29 hours" in TEXT
    assert (FAILING, LONGEST_WAIT, SECONDS) == (5 * 86400, 6 * 3600, 10)
    for words in ("for five days", "at most six hours later", "within ten seconds"):
        assert words in TEXT
    assert f"For {OLD_SECRET // 3600} hours" in TEXT
    assert all(f"`{event}`" in TEXT for event in EVENTS)
