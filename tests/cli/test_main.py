from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cli.conftest import Reelway
from reelway import __version__
from reelway.cli.main import cli
from reelway.cli.task import ID, STATUSES, task
from reelway.ids import PUBLIC_ID
from reelway.task import STATUSES as ALL

DOCS = Path(__file__).parents[2] / "docs" / "cli.md"


def test_the_version(reelway: Reelway) -> None:
    assert reelway("--version").out == f"reelway, version {__version__}\n"


@pytest.mark.parametrize(
    "command",
    [(), ("serve",), ("keys",), ("keys", "create"), ("keys", "list"), ("keys", "revoke"),
     ("keys", "budget"), ("usage",), ("generate",), ("estimate",), ("check",), ("task",),
     *(("task", name) for name in task.commands),
     ("providers",), ("providers", "reload"), ("audit",),
     ("models",), ("openapi",), ("completion",)],
)  # fmt: skip
def test_help(reelway: Reelway, data: Path, command: tuple[str, ...]) -> None:
    result = reelway(*command, "-h")
    assert result.code == 0 and result.out.startswith("Usage: reelway")
    assert result.out == reelway(*command, "--help").out
    assert not data.exists()


@pytest.mark.parametrize("arguments", [("films",), ("serve", "--prot", "1"), ("keys", "revoke")])
def test_wrong_use(reelway: Reelway, arguments: tuple[str, ...]) -> None:
    result = reelway(*arguments)
    assert result.code == 2 and "Usage: reelway" in result.err


@pytest.mark.parametrize(
    "command", [("serve",), ("keys", "list"), ("check",), ("generate", "x", "-o", "x.mp4")]
)
def test_wrong_settings(
    reelway: Reelway, data: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("REELWAY_PORT", "many")
    monkeypatch.setenv("REELWAY_ANIMATIC_SLOTS", "0")
    result = reelway(*command)
    assert result.code == 3 and result.out == ""
    lines = result.err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("reelway: setting port (from REELWAY_PORT): ")
    assert lines[1].startswith("reelway: setting animatic.slots (from REELWAY_ANIMATIC_SLOTS): ")
    assert not data.exists()


def test_a_settings_file_that_is_not_there(reelway: Reelway, tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    result = reelway("keys", "list", "--config", str(missing))
    assert result.code == 3 and f"setting {missing}: no such file" in result.err


def test_warnings_do_not_stop_anything(reelway: Reelway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELWAY_PUBLIC_ULR", "https://video.example.com")
    result = reelway("keys", "list")
    assert result.code == 0
    assert result.err.startswith("reelway: warning: REELWAY_PUBLIC_ULR is not a setting")


def test_the_help_lists_what_one_begins_with_first(reelway: Reelway) -> None:
    _, _, listed = reelway("--help").out.partition("Commands:\n")
    names = [line.split()[0] for line in listed.splitlines()]
    assert names[:5] == ["serve", "generate", "estimate", "task", "models"]
    assert names[-3:] == ["check", "openapi", "completion"]
    assert sorted(names) == sorted(cli.commands)


@pytest.mark.parametrize("group", [(), ("task",), ("keys",), ("providers",)])
def test_no_line_of_a_list_of_commands_is_cut(reelway: Reelway, group: tuple[str, ...]) -> None:
    _, _, listed = reelway(*group, "--help").out.partition("Commands:\n")
    assert listed and "..." not in listed


def test_the_help_is_quick() -> None:
    """Nothing that is slow to load is loaded for it."""
    code = "import sys, reelway.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    slow = {"asyncio", "httpx", "pydantic", "rich", "starlette", "ulid", "uvicorn"}
    assert "click" in loaded.split() and not slow & set(loaded.split())


def test_what_is_written_twice_for_speed() -> None:
    assert STATUSES == ALL and ID.pattern == PUBLIC_ID.pattern


def test_every_command_is_told_of(reelway: Reelway) -> None:
    text = DOCS.read_text()
    for name in cli.commands:
        assert f"reelway {name}" in text
    for name in task.commands:
        assert f"reelway task {name}" in text
