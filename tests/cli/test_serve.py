from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from serving import REELWAY, Server


def serve(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A server that is expected not to start."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith("REELWAY_")}
    return subprocess.run(
        [sys.executable, *REELWAY, "serve", *arguments],
        env={**plain, **environ},
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_a_second_server_on_the_same_folder(server: Server) -> None:
    result = serve("--data", str(server.data), "--port", "0")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"reelway: another Reelway (process {server.pid}) has the data folder {server.data}\n"
    )
    assert server.http.get("/readyz").status_code == 200


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = serve("--data", str(tmp_path / "data"), "--port", str(port))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"reelway: cannot listen on 127.0.0.1 port {port}: Address already in use; "
        "choose another with --port, or stop what listens there\n"
    )


def test_an_address_that_is_not_ours(tmp_path: Path) -> None:
    result = serve("--data", str(tmp_path / "data"), "--port", "0", "--host", "192.0.2.1")
    assert result.returncode == 1
    assert "reelway: cannot listen on 192.0.2.1 port 0: " in result.stderr
    assert "Traceback" not in result.stderr


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    result = serve("--data", str(tmp_path / "data" / "below"), "--port", "0")
    assert result.returncode == 1
    assert result.stderr.startswith("reelway: the data folder ")


def test_a_secret_that_was_cut(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "secret.key").write_bytes(b"short")
    result = serve("--data", str(data), "--port", "0")
    assert result.returncode == 1
    assert "should hold 32 bytes but holds 5" in result.stderr
    assert "Traceback" not in result.stderr


def test_wrong_settings(tmp_path: Path) -> None:
    result = serve("--data", str(tmp_path / "data"), REELWAY_PORT="tcp://10.0.0.1:8080")
    assert result.returncode == 3
    assert "enableServiceLinks: false" in result.stderr
