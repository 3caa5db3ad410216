"""What docs/emulator.md prints is what lies in examples/ci, and it runs as printed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from reelway.cli.emulate import OPTIONS
from reelway.emulate import PRICES
from reelway.sandbox import _WORDS, FAULTS, REJECTIONS
from reelway.settings import EmulateSettings

ROOT = Path(__file__).parent.parent
CI = ROOT / "examples" / "ci"
DOC = (ROOT / "docs" / "emulator.md").read_text()
PRINTED = dict(re.findall(r"<!-- examples/ci/(\S+) -->\n```\w+\n(.*?)```", DOC, re.DOTALL))
BIN = Path(sys.executable).parent


def run(command: list[str], folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """In a group of its own, of which nothing is left when it is over."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("REELWAY_", "PYTEST_"))}
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**plain, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1", **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=90)
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
    return subprocess.CompletedProcess(command, process.returncode, said)


# As a fresh project's pytest finds it: by its entry point, or, where the installation under test is
# older than that, by name.
ADDED = "-p reelway.pytest_plugin -W error"
PLUGIN = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ADDED}


@pytest.mark.parametrize("name", ["test_film.py", "workflow.yml"])
def test_the_page_prints_the_example(name: str) -> None:
    assert PRINTED[name] == (CI / name).read_text()


def steps(port: int) -> tuple[list[str], dict[str, str]]:
    """The commands of the workflow but for the installation, and its variables; on this port."""
    text = PRINTED["workflow.yml"].replace("8765", str(port))
    [job] = yaml.safe_load(text)["jobs"].values()
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert commands[0].startswith("pip install ")
    return commands[1:], job["env"]


def test_the_workflow_runs_as_printed(tmp_path: Path) -> None:
    shutil.copy(CI / "film.py", tmp_path)
    (tmp_path / "test_film.py").write_text(PRINTED["test_film.py"])
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    commands, environ = steps(port)
    data = {"REELWAY_DATA": str(tmp_path / "data"), "NO_PROXY": "127.0.0.1"}
    script = "set -e\n" + "\n".join(commands)
    done = run(["bash", "-c", script], tmp_path, **environ, **data, **PLUGIN)
    assert done.returncode == 0, done.stdout
    assert re.search(r"boat\.mp4: \d{4,} bytes", done.stdout)
    assert "6 passed" in done.stdout
    assert (tmp_path / "boat.mp4").read_bytes()[4:8] == b"ftyp"
    assert "Emulating Novita" in (tmp_path / "reelway.log").read_text()


def test_the_other_example_runs_as_printed(tmp_path: Path) -> None:
    [text] = re.findall(r"```python\n(from reelway\.testing.*?)```", DOC, re.DOTALL)
    done = run([sys.executable, "-W", "error", "-c", text], tmp_path)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+ \S+\n", done.stdout), done.stdout


def table(words: Any) -> set[str]:
    return {str(word) for word in words}


def test_the_tables_are_whole() -> None:
    rows = re.findall(r"^\| `(--emulate[\w-]*)` \| `REELWAY_EMULATE_(\w+)` \|", DOC, re.MULTILINE)
    assert [name.lower() for _, name in rows] == list(EmulateSettings.model_fields)
    options = [option for option, _ in rows]
    assert options == [
        "--emulate",
        *(f"--emulate-{n.lower().replace('_', '-')}" for _, n in rows[1:]),
    ]
    assert len(OPTIONS) == len(rows)
    said = re.findall(r"^\| `(\w+)(?:=<\w+>)?` \|(.*)\|$", DOC, re.MULTILINE)
    assert {word for word, _ in said} == table(_WORDS)
    told = dict(said)
    assert table(FAULTS) == set(re.findall(r"`(\w+)`", told["fail"]))
    assert table(REJECTIONS) == set(re.findall(r"\b\d{3}\b", told["reject"]))
    for resolution, (silent, loud) in PRICES.items():
        assert f"| {resolution} | {silent / 1e6:g} | {loud / 1e6:g} |" in DOC
