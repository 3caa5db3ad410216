"""The child's half: its life is tied to its parent's, its limits, its line."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from child_script import SCRIPT, gone, there
from reelway.child import Child, ChildDied
from reelway.lines import PROTOCOL, _result


@pytest.fixture
def argv(tmp_path: Path) -> list[str]:
    (tmp_path / "child.py").write_text(SCRIPT)
    return [sys.executable, "-P", str(tmp_path / "child.py")]


@pytest.fixture
async def child(argv):
    one = Child(argv, name="test")
    yield one
    await one.kill()


async def test_cpu_time_is_counted_for_each_job(argv):
    child = Child(argv, name="test", cpu_seconds=1)
    try:
        with pytest.raises(ChildDied) as death:
            await child.call({"job": "1", "do": "spin"}, within=30)
        assert (death.value.returncode, death.value.from_outside) == (-signal.SIGXCPU, False)
    finally:
        await child.kill()


async def test_memory_limit(argv):
    child = Child(argv, name="test", memory=1 << 30)
    try:
        reply = await child.call({"job": "1", "do": "hungry"})
        assert reply["error"]["message"] == "MemoryError in the job"
    finally:
        await child.kill()


async def test_what_libraries_print_goes_to_the_log(child, caplog):
    caplog.set_level(logging.INFO, "reelway.child")
    assert "done" in await child.call({"job": "1", "do": "print"})
    await child.kill()
    assert "test: not of the protocol" in caplog.text and "test: nor this" in caplog.text


def test_a_full_disk_has_a_code_of_its_own():
    def handle(message, tell):
        raise OSError(errno.ENOSPC, "No space left on device", "/private/path")

    told = _result(handle, {"v": PROTOCOL}, lambda progress: None)
    assert told == {"error": {"code": "disk_full", "message": "the disk is full"}}


async def test_the_line_is_not_inherited_further(child):
    names = (await child.call({"job": "1", "do": "inherits"}))["done"]["names"]
    shown = [line.split(" -> ") for line in names.splitlines() if " -> " in line]
    assert [end for start, end in shown if start.endswith(" 0")] == ["/dev/null"]
    inherited = [end for start, end in shown if not end.startswith("/proc")]
    assert len(inherited) == 3  # /dev/null, the test's pipes for stdout and stderr


async def test_the_server_outlives_it_when_memory_runs_out(child):
    await child.start()
    score = await asyncio.to_thread(Path(f"/proc/{child.pid}/oom_score_adj").read_text)
    assert score.strip() == "500"


def test_the_end_of_stdin_ends_it_in_the_midst_of_a_job(argv):
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert json.loads(process.stdout.readline()) == {"v": 1, "ready": {"engine": "test"}}
        process.stdin.write(b'{"v": 1, "job": "1", "do": "wait"}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["progress"] == 1
        process.stdin.close()
        assert process.wait(10) == 0


PARENT = """
import asyncio, sys
from reelway.child import Child

async def main():
    child = Child(sys.argv[2:], name="test")
    await child.start()
    await child.call({"job": "1", "do": sys.argv[1]}, lambda _: print(child.pid, flush=True))

asyncio.run(main())
"""


@pytest.mark.parametrize("job", ["wait", "hold"])
def test_it_does_not_outlive_a_parent_that_is_killed(argv, job):
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, job, *argv], stdout=subprocess.PIPE
    ) as parent:
        pid = int(parent.stdout.readline())
        assert there(pid)
        parent.kill()
        assert gone(pid)


def test_it_does_not_begin_for_a_parent_that_is_gone(argv):
    env = dict(os.environ, REELWAY_CHILD_PARENT="1234567")
    ended = subprocess.run(
        argv, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, timeout=20, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, b"")
