from __future__ import annotations

import shutil
import subprocess

import pytest

from cli.conftest import COMMAND, Reelway, environment
from serving import Server


def completed(server: Server, *words: str, **environ: str) -> list[str]:
    """What bash is offered for the last word."""
    variables = {
        "_REELWAY_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["reelway", *words]),
        "COMP_CWORD": str(len(words)),
    }
    result = subprocess.run(
        COMMAND,
        env=environment(server, **variables, **environ),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (result.returncode, result.stderr) == (0, "")
    return [line.partition(",")[2] for line in result.stdout.splitlines() if line]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_that_its_shell_understands(reelway: Reelway, shell: str) -> None:
    result = reelway("completion", shell)
    assert result.code == 0 and "_REELWAY_COMPLETE" in result.out
    if path := shutil.which(shell):
        subprocess.run([path, "-n"], input=result.out, text=True, check=True, timeout=30)


def test_a_shell_that_is_not_known(reelway: Reelway) -> None:
    assert reelway("completion", "tcsh").code == 2


def test_commands_and_wires(server: Server) -> None:
    assert completed(server, "task", "d") == ["download", "delete"]
    assert completed(server, "openapi", "n") == ["native", "novita"]
    assert completed(server, "task", "list", "--status", "f") == ["failed"]


def test_ids_of_tasks(server: Server) -> None:
    id = server.make(prompt="a: b\n, c", duration=3, model="animatic-still")["id"]
    assert id in completed(server, "task", "show", "task_")
    assert completed(server, "task", "show", "zzz") == []


def test_no_ids_and_no_noise_where_there_is_no_server(server: Server) -> None:
    for environ in ({"REELWAY_URL": "http://127.0.0.1:9"}, {"REELWAY_KEY": "rw_no"}):
        assert completed(server, "task", "show", "", **environ) == []
    assert completed(server, "task", "show", "", REELWAY_URL="ftp://x") == []
