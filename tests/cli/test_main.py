from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Reelway
from reelway import __version__


def test_the_version(reelway: Reelway) -> None:
    assert reelway("--version").out == f"reelway, version {__version__}\n"


@pytest.mark.parametrize(
    "command",
    [(), ("serve",), ("keys",), ("keys", "create"), ("keys", "list"), ("keys", "revoke"),
     ("generate",), ("check",)],
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
