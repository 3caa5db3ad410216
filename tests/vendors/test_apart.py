"""The fakes share no code with what is tried against them, so that one mistake cannot hide in
both."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.py"))
NEIGHBOURS = {path.stem for path in HERE.parent.iterdir()} - {"vendors"}


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_of_ours_is_imported(path: Path) -> None:
    """Nor anything beside the folder, which might import it in turn."""
    assert not imported(path) & {"reelway", "importlib", *NEIGHBOURS}


def test_nothing_of_ours_is_loaded_when_they_run() -> None:
    said = "import vendors.__main__, vendors.running, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", said], cwd=HERE.parent, capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "vendors" in loaded
    assert "reelway" not in loaded
