"""`reelway task` against a real server: as a person sees it, and as a script reads it."""

from __future__ import annotations

import http.server
import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import COMMAND, OnServer, Terminal, environment, started
from reelway import control
from serving import Server

STILL = "animatic-still"
FOX = "海边的灯塔在雾中 🦊 \x1b[31mred\x1b[0m\tand\na second line \u202eback"
LONG = "A fox walks home. " * 130


@pytest.fixture(scope="module")
def still(server: Server) -> dict[str, Any]:
    """A task that is over, with all that can be odd about one."""
    return server.make(
        prompt=FOX,
        duration=3,
        model=STILL,
        sound=True,
        colour="x",
        labels={"team": "harbour"},
        negative_prompt="people",
    )


@pytest.fixture
def running(server: Server) -> Iterator[dict[str, Any]]:
    """A task that does not end, however slow this machine is, and takes nobody's time."""
    task = server.create(prompt="a fox [[reelway stall]]", duration=3)
    yield task
    server.http.post(f"/api/v1/tasks/{task['id']}/cancel")
    server.ended(task["id"])


# list


def test_a_list_behind_a_pipe(on_server: OnServer, still: dict[str, Any]) -> None:
    result = on_server("task", "list", "--model", STILL, "--limit", "100")
    assert (result.code, result.err) == (0, "")
    (row,) = [line.split("\t") for line in result.out.splitlines() if line.startswith(still["id"])]
    assert row[:5] == [still["id"], "succeeded", "100 %", STILL, "animatic"]
    assert row[6] == "海边的灯塔在雾中 🦊 [31mred [0m and a second line back"
    assert {line.count("\t") for line in result.out.splitlines()} == {6}


def test_a_list_as_json(on_server: OnServer, server: Server, still: dict[str, Any]) -> None:
    listed = json.loads(on_server("task", "list", "--json", "--limit", "100").out)
    (found,) = [task for task in listed if task["id"] == still["id"]]
    assert found["prompt"] == FOX and found["report"] == still["report"]
    assert len(json.loads(on_server("task", "list", "--json", "--limit", "1").out)) == 1
    failed = json.loads(on_server("task", "list", "--json", "--status", "failed").out)
    assert all(task["status"] == "failed" for task in failed)


def test_an_empty_list(on_server: OnServer) -> None:
    result = on_server("task", "list", "--model", "nobody")
    assert (result.code, result.out, result.err) == (0, "", "no tasks\n")
    assert on_server("task", "list", "--model", "nobody", "--json").out == "[]\n"


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 100, 140, 200])
def test_a_table_fits_the_terminal(terminal: Terminal, still: dict[str, Any], columns: int) -> None:
    from rich.cells import cell_len

    result = terminal(columns, "task", "list", "--model", STILL, NO_COLOR="1")
    lines = result.out.splitlines()
    assert result.code == 0 and "\x1b" not in result.out
    assert lines[0].split()[:2] == ["ID", "STATUS"]
    assert any(line.startswith(f"{still['id']}  succeeded") for line in lines)
    if columns > len(still["id"]) + len("  succeeded"):  # else the id stays whole all the same
        assert max(map(cell_len, lines)) <= columns
    assert ("PROMPT" in lines[0]) == (columns >= 80)
    assert ("ACCEPTED" in lines[0]) == (columns >= 100)


def test_colours_are_for_terminals(terminal: Terminal, still: dict[str, Any]) -> None:
    assert "\x1b[32msucceeded" in terminal(100, "task", "list", "--model", STILL).out


def test_the_reader_of_a_pipe_goes_away(server: Server, still: dict[str, Any]) -> None:
    for arguments in (
        ("task", "list", "--limit", "1"),
        ("openapi",),
        ("task", "show", still["id"]),
    ):
        process = started(server, *arguments)
        assert process.stdout and process.stderr
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(30) == 1
        process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_standard_output_is_full(server: Server, still: dict[str, Any]) -> None:
    with open("/dev/full", "w") as full:
        process = started(server, "task", "show", still["id"], stdout=full)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (1, "reelway: writing failed: No space left on device\n")


def test_no_standard_output_at_all(server: Server, still: dict[str, Any]) -> None:
    closed = 'exec "$@" >&-'
    command = ["sh", "-c", closed, "sh", *COMMAND, "task", "show", still["id"]]
    result = subprocess.run(command, env=environment(server), capture_output=True, timeout=30)
    assert (result.returncode, result.stderr) == (0, b"")


# show


def test_all_about_a_task(on_server: OnServer, still: dict[str, Any]) -> None:
    out = on_server("task", "show", still["id"]).out
    said: dict[str, str] = {}
    for line in out.splitlines():
        said.setdefault(line[:17].strip(), line[17:])
    assert (said["id"], said["status"], said["engine"]) == (still["id"], "succeeded", "animatic")
    assert said["prompt"] == "海边的灯塔在雾中 🦊  [31mred [0m and"
    assert "                 a second line  back\n" in out
    assert said["form"] == "3 s, 720p, sound" and said["labels"] == "team=harbour"
    assert "not used         colour: not a known field\n" in out
    assert "understood       still: yes\n" in out
    assert said["film"].startswith("160×90, 3 s, 24 frames/s, ")
    assert said["film_url"] == still["film"]["url"] and said["poster_url"] == still["poster_url"]
    assert said["finished"].endswith(" s)")


def test_links_stay_whole_and_long_texts_are_wrapped(terminal: Terminal, server: Server) -> None:
    task = server.make(prompt=LONG, duration=3, model=STILL)
    out = terminal(60, "task", "show", task["id"]).out
    assert task["film"]["url"] in out
    lines = [line for line in out.splitlines() if "fox" in line]
    assert len(lines) > 40 and max(map(len, lines)) <= 60


def test_a_task_as_json(on_server: OnServer, still: dict[str, Any]) -> None:
    shown = json.loads(on_server("task", "show", still["id"], "--json").out)
    assert shown == still


def test_json_where_no_unicode_can_be_said(server: Server, still: dict[str, Any]) -> None:
    for arguments in (("--json",), ()):
        process = started(server, "task", "show", still["id"], *arguments, PYTHONIOENCODING="ascii")
        out, err = process.communicate(timeout=30)
        assert (process.returncode, err) == (0, "")
        assert not arguments or json.loads(out)["prompt"] == FOX


# wait


def test_waiting_for_a_film_and_fetching_it(
    on_server: OnServer, server: Server, tmp_path: Path
) -> None:
    task = server.create(prompt="a boat", duration=3, model=STILL)
    film = tmp_path / "film.mp4"
    result = on_server("task", "wait", task["id"], "-o", str(film))
    assert (result.code, result.out) == (0, f"{film}\n")
    assert result.err.splitlines()[-1] == f"{task['id']} succeeded"
    assert film.stat().st_size == server.task(task["id"])["film"]["bytes"]
    result = on_server("task", "wait", task["id"])
    assert result.out == server.task(task["id"])["film"]["url"] + "\n"


def test_waiting_for_several(
    on_server: OnServer, server: Server, still: dict[str, Any], tmp_path: Path
) -> None:
    other = server.create(prompt="a boat", duration=3, model=STILL)["id"]
    ids = (other, still["id"], other)
    result = on_server("task", "wait", *ids, "-o", str(tmp_path))
    paths = [tmp_path / f"{id}.mp4" for id in ids[:2]]
    assert result.out == "".join(f"{p.stem}\t{p}\n" for p in paths)
    assert all(path.exists() for path in paths)
    result = on_server("task", "wait", *ids, "-o", str(tmp_path / "film.mp4"))
    assert result.code == 2 and "it must be a folder" in result.err


def test_waiting_as_json(on_server: OnServer, still: dict[str, Any], tmp_path: Path) -> None:
    film = tmp_path / "a.mp4"
    result = on_server("task", "wait", still["id"], "--json", "-o", str(film))
    assert json.loads(result.out) == [{**still, "path": str(film)}]
    result = on_server("task", "wait", still["id"], "task_none", "--json")
    assert result.code == 1 and result.err.endswith("reelway: task_none: no such task\n")
    first, second = json.loads(result.out)
    assert first == still
    assert second == {
        "id": "task_none",
        "error": {"code": "unknown_task", "message": "no such task"},
    }


def test_the_time_is_over(on_server: OnServer, running: dict[str, Any]) -> None:
    result = on_server("task", "wait", running["id"], "--timeout", "0")
    assert (result.code, result.out) == (4, "")
    assert f"reelway: {running['id']}: the task is still " in result.err
    assert result.err.endswith(" after 0 s; it goes on\n")
    result = on_server("task", "wait", running["id"], "--timeout", "0", "--json")
    assert result.code == 4 and json.loads(result.out)[0]["status"] in ("queued", "running")
    both = on_server("task", "wait", running["id"], "task_none", "--timeout", "0")
    assert both.code == 1


def test_one_that_was_cancelled(on_server: OnServer, server: Server) -> None:
    task = server.create(prompt="a fox [[reelway stall]]", duration=3)
    result = on_server("task", "cancel", task["id"])
    assert (result.code, result.out) == (0, f"cancelled {task['id']}\n")
    assert on_server("task", "cancel", task["id"]).code == 0
    result = on_server("task", "wait", task["id"])
    assert (result.code, result.out) == (1, "")
    assert result.err.endswith(f"reelway: {task['id']}: cancelled\n")


def test_a_bar_on_a_terminal(terminal: Terminal, still: dict[str, Any]) -> None:
    for columns in (30, 80):
        result = terminal(columns, "task", "wait", still["id"])
        assert result.code == 0 and "100%" in result.out
        assert result.out.splitlines()[-1].endswith(still["film"]["url"])


def test_ctrl_c(server: Server, running: dict[str, Any]) -> None:
    process = started(server, "task", "wait", running["id"])
    assert process.stderr and process.stdout
    process.stderr.readline()  # it waits
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130 and out == "" and "Traceback" not in err


# download, delete


def test_fetching(on_server: OnServer, still: dict[str, Any], tmp_path: Path) -> None:
    id = still["id"]
    result = on_server("task", "download", id, "-o", str(tmp_path / "a.mp4"))
    assert result.out == f"{tmp_path / 'a.mp4'}\n"
    result = on_server("task", "download", id, "--poster", "-o", str(tmp_path), "--json")
    assert json.loads(result.out) == {"id": id, "path": str(tmp_path / f"{id}.jpg")}
    assert (tmp_path / f"{id}.jpg").read_bytes()[:2] == b"\xff\xd8"


def test_fetching_captions(on_server: OnServer, server: Server, tmp_path: Path) -> None:
    prompt = 'A room. A man says: "It is late."'
    id = server.make(prompt=prompt, duration=3, model="animatic", sound=True)["id"]
    result = on_server("task", "download", id, "--captions", "srt", "-o", str(tmp_path))
    assert result.out == f"{tmp_path / id}.srt\n", result.err
    assert (tmp_path / f"{id}.srt").read_text("utf-8").endswith("\nIt is late.\n")
    result = on_server("task", "download", id, "--captions", "vtt", "-o", str(tmp_path / "a"))
    assert (tmp_path / "a.vtt").read_text("utf-8").startswith("WEBVTT\n")


def test_captions_of_a_silent_film(
    on_server: OnServer, still: dict[str, Any], tmp_path: Path
) -> None:
    result = on_server("task", "download", still["id"], "--captions", "vtt", "-o", str(tmp_path))
    assert result.code == 1 and "nobody speaks in this film" in result.err
    assert not list(tmp_path.iterdir())


def test_fetching_to_where_it_cannot_be(
    on_server: OnServer, still: dict[str, Any], running: dict[str, Any], tmp_path: Path
) -> None:
    missing = tmp_path / "missing" / "a.mp4"
    for command in ("download", "wait"):
        result = on_server("task", command, still["id"], "-o", str(missing))
        assert result.code == 1
        assert result.err == f"reelway: the folder {missing.parent} does not exist\n"
    result = on_server("task", "download", running["id"], "-o", str(tmp_path))
    assert result.code == 1 and result.err.startswith("reelway: there is no film: the task is ")
    assert list(tmp_path.iterdir()) == []
    result = on_server("task", "download", still["id"], "-o", str(tmp_path / ("x" * 300)))
    assert result.code == 1 and result.err.endswith("cannot be written: File name too long\n")
    os.mkfifo(tmp_path / "pipe")
    result = on_server("task", "download", still["id"], "-o", str(tmp_path / "pipe"))
    assert result.code == 1 and result.err.endswith("pipe is neither a file nor a folder\n")
    result = on_server("task", "wait", still["id"], "-o", str(tmp_path / ("x" * 300)))
    assert result.code == 1 and result.err.endswith("cannot be written: File name too long\n")


def test_deleting(on_server: OnServer, server: Server, running: dict[str, Any]) -> None:
    gone = [server.make(prompt="x", duration=3, model=STILL)["id"] for _ in range(2)]
    result = on_server("task", "delete", gone[0], running["id"], gone[1])
    assert result.code == 1 and result.out == f"deleted {gone[0]}\ndeleted {gone[1]}\n"
    assert result.err.startswith(f"reelway: {running['id']}: ") and result.err.count("\n") == 1
    result = on_server("task", "delete", gone[0], "--json")
    assert result.code == 1 and json.loads(result.out)[0]["error"]["code"] == "unknown_task"


# What can be wrong


@pytest.mark.parametrize("command", ["show", "wait", "cancel", "download", "delete"])
def test_an_id_that_nobody_knows(on_server: OnServer, command: str) -> None:
    result = on_server("task", command, "task_01K00000000000000000000000")
    assert (result.code, result.out) == (1, "")
    assert result.err.endswith("no such task\n") and result.err.count("\n") == 1
    for none in ("", "a b", "../keys", "é", "asset_01K00000000000000000000000"):
        result = on_server("task", command, none)
        assert result.code == 2 and "Usage: " in result.err


@pytest.mark.parametrize("command", ["show", "wait", "cancel", "download", "delete"])
def test_anothers_task(
    on_server: OnServer, server: Server, still: dict[str, Any], command: str
) -> None:
    order = {"do": "keys.create", "name": "s", "owner": "stranger"}
    key = control.ask(server.data / "control.sock", order)
    result = on_server("task", command, still["id"], "--key", key)
    assert result.code == 1 and result.err.endswith("no such task\n")
    assert server.task(still["id"])["status"] == "succeeded"


@pytest.mark.parametrize(
    "arguments",
    [("list",), ("show", "x"), ("wait", "x", "y"), ("cancel", "x", "y"), ("delete", "x", "y")],
)
def test_a_wrong_key(on_server: OnServer, server: Server, arguments: tuple[str, ...]) -> None:
    result = on_server("task", *arguments, "--key", "rw_" + "a" * 38)
    assert (result.code, result.out, result.err.count("\n")) == (1, "", 1)
    assert result.err.startswith(f"reelway: {server.address}: ")
    assert "rw_aaa" not in result.err


def test_no_key_at_all(on_server: OnServer, tmp_path: Path) -> None:
    result = on_server("task", "list", "--data", str(tmp_path))
    assert result.code == 1 and result.err.startswith("reelway: there is no key: give --key")


def test_the_key_of_a_data_folder_goes_before_the_environments(
    on_server: OnServer, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELWAY_KEY", "rw_other")
    assert on_server("task", "list", "--limit", "1").code == 1
    result = on_server("task", "list", "--limit", "1", "--data", str(server.data))
    assert (result.code, result.err) == (0, "")


@pytest.mark.parametrize("arguments", [("list",), ("wait", "x", "y"), ("delete", "x", "y")])
def test_the_server_is_away(on_server: OnServer, monkeypatch: Any, arguments: Any) -> None:
    monkeypatch.setattr("reelway.sdk.calls.FIRST_PAUSE", 0)
    result = on_server("task", *arguments, "--url", "http://me:secret@127.0.0.1:9", "--key", "k")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("reelway: http://127.0.0.1:9: the server cannot be reached: ")
    assert result.err.count("\n") == 1 and "secret" not in result.err


def test_something_else_answers(on_server: OnServer) -> None:
    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>")

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{other.server_address[1]}"
        result = on_server("task", "list", "--url", url)
        other.shutdown()
    assert result.code == 1 and "not that of a Reelway server" in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "--url", "ftp://x"),
        ("list", "--url", "http://ex ample"),
        ("list", "--limit", "0"),
        ("list", "--status", "done"),
        ("list", "--model", "a\nb"),
        ("wait",),
        ("wait", "x", "--timeout", "-1"),
        ("wait", "x", "--timeout", "nan"),
    ],
)
def test_wrong_use(on_server: OnServer, arguments: tuple[str, ...]) -> None:
    result = on_server("task", *arguments)
    assert (result.code, result.out) == (2, "") and "Usage: reelway task" in result.err


def test_a_server_that_goes_away_and_comes_back(tmp_path: Path) -> None:
    with Server.start(tmp_path / "data") as server:
        id = server.create(prompt="a fox [[reelway delay=2]]", duration=3, model=STILL)["id"]
        process = started(server, "task", "wait", id)
        assert process.stderr
        process.stderr.readline()
        server.kill()
        server.restart()
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert out.strip() == server.task(id)["film"]["url"]
