"""Child processes, the parent's half: their protocol and their deaths."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from child_script import SCRIPT, Begun, gone, there
from reelway import child as child_module
from reelway.child import LONGEST_LINE, LONGEST_LOG, MOST_LOG, Child, ChildDied, ChildSlow


@pytest.fixture
def argv(tmp_path: Path) -> list[str]:
    (tmp_path / "child.py").write_text(SCRIPT)
    return [sys.executable, "-P", str(tmp_path / "child.py")]


@pytest.fixture
async def child(argv):
    one = Child(argv, name="test")
    yield one
    await one.kill()


async def test_ready_progress_and_done(child):
    assert await child.start() == {"engine": "test"}
    pid = child.pid
    assert await child.start() == {"engine": "test"}
    told = []
    reply = await child.call({"job": "81.1", "do": "count", "say": "海 \u2028"}, told.append)
    assert reply == {"job": "81.1", "done": {"pid": pid, "said": "海 \u2028"}}
    assert told == [{"job": "81.1", "progress": p, "eta": 1.5} for p in (0, 40, 100)]
    assert child.alive and child.pid == pid


async def test_call_starts_it(child):
    assert (await child.call({"job": "1", "do": "count"}))["done"]["pid"] == child.pid


async def test_errors_are_words_and_the_child_lives_on(child, caplog):
    caplog.set_level(logging.INFO, "reelway.child")
    reply = await child.call({"job": "1", "do": "refuse"})
    assert reply["error"] == {"code": "content_policy", "message": "not this"}
    reply = await child.call({"job": "2", "do": "fail"})
    assert reply["error"] == {"code": "engine_error", "message": "KeyError in the job"}
    pid = child.pid
    assert (await child.call({"job": "3", "do": "count"}))["done"]["pid"] == pid
    await child.kill()  # its log has ended with it
    assert "KeyError: 'a secret'" in caplog.text


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"do": "exit", "code": 3}, 3),
        ({"do": "exit", "code": 0}, 0),
        ({"do": "signal", "signal": signal.SIGSEGV}, -signal.SIGSEGV),
        ({"do": "signal", "signal": signal.SIGABRT}, -signal.SIGABRT),
        ({"do": "signal", "signal": signal.SIGXCPU}, -signal.SIGXCPU),
    ],
)
async def test_its_own_doing(child, message, code):
    with pytest.raises(ChildDied) as death:
        await child.call({"job": "1", **message})
    assert (death.value.returncode, death.value.from_outside) == (code, False)
    assert not death.value.killed and not child.alive and child.pid is None
    assert (await child.call({"job": "2", "do": "count"}))["job"] == "2"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
async def test_killed_from_outside(child, number):
    await child.start()
    pid = child.pid
    with pytest.raises(ChildDied) as death:
        await child.call({"job": "1", "do": "wait"}, lambda _: os.kill(pid, number))
    assert (death.value.returncode, death.value.from_outside) == (-number, True)
    assert not death.value.killed


async def test_the_memory_killer_is_not_somebody_else(child, monkeypatch):
    counts = iter([0, 0, 1, 1])  # at its start, at the job's, after its death
    monkeypatch.setattr(child_module, "_oom_kills", lambda: next(counts))
    await child.start()
    pid = child.pid
    with pytest.raises(ChildDied) as death:
        await child.call({"job": "1", "do": "wait"}, lambda _: os.kill(pid, signal.SIGKILL))
    assert (death.value.returncode, death.value.from_outside) == (-9, False)


async def test_found_dead_between_two_jobs(child):
    await child.start()
    pid = child.pid
    os.kill(pid, signal.SIGKILL)
    await child._process.wait()
    assert not child.alive
    assert (await child.call({"job": "2", "do": "count"}))["done"]["pid"] != pid


async def test_kill_under_a_job(child):
    begun = Begun()
    job = asyncio.create_task(child.call({"job": "1", "do": "hold"}, begun))
    await begun.event.wait()
    pid = child.pid
    await child.kill()
    assert not there(pid)  # reaped
    with pytest.raises(ChildDied) as death:
        await job
    assert death.value.killed and not death.value.from_outside
    await child.kill()  # again: nothing to do
    assert (await child.call({"job": "2", "do": "count"}))["done"]["pid"] != pid


async def test_kill_before_any_start(child):
    await child.kill()
    assert not child.alive


@pytest.mark.parametrize("then", ["wait", "exit"])
async def test_what_it_started_goes_with_it(child, then):
    others = []
    begun = Begun(lambda message: others.append(message["other"]))
    job = asyncio.create_task(child.call({"job": "1", "do": "start", "then": then}, begun))
    await begun.event.wait()
    if then == "wait":
        await child.kill()
    with pytest.raises(ChildDied) as death:
        await job
    assert death.value.returncode == (-9 if then == "wait" else 4)
    assert await asyncio.to_thread(gone, others[0])


async def test_a_caller_that_is_cancelled_leaves_no_answer_behind(child):
    begun = Begun()
    job = asyncio.create_task(child.call({"job": "1", "do": "wait"}, begun))
    await begun.event.wait()
    pid = child.pid
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert not child.alive
    reply = await child.call({"job": "2", "do": "count"})
    assert reply["job"] == "2" and reply["done"]["pid"] != pid


async def test_progress_that_cannot_be_taken(child):
    def fail(message):
        raise RuntimeError("the listener's fault")

    with pytest.raises(RuntimeError, match="listener"):
        await child.call({"job": "1", "do": "count"}, fail)
    assert (await child.call({"job": "2", "do": "count"}))["job"] == "2"


async def test_one_job_at_a_time(child):
    calls = [child.call({"job": str(n), "do": "count", "say": n}) for n in range(20)]
    replies = await asyncio.gather(*calls)
    assert [r["done"]["said"] for r in replies] == list(range(20))
    assert len({r["done"]["pid"] for r in replies}) == 1


async def test_too_slow(child):
    await child.start()
    pid = child.pid
    with pytest.raises(ChildSlow):
        await child.call({"job": "1", "do": "wait"}, within=0.05)
    assert not there(pid)


@pytest.mark.parametrize(
    ("line", "times", "why"),
    [
        ("no JSON", 1, "not JSON"),
        ("[1]", 1, "not an object"),
        ('{"job": "0", "done": {}}', 1, "another job"),
        ("x", LONGEST_LINE + 1, "not JSON"),
    ],
)
async def test_not_of_the_protocol(child, line, times, why):
    with pytest.raises(ChildDied, match=why) as death:
        await child.call({"job": "1", "do": "raw", "line": line, "times": times})
    assert death.value.killed and not death.value.from_outside


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import sys; sys.exit(7)", "ended with 7"),
        ("""print('{"v": 2, "ready": {}}', flush=True); input()""", "version 1"),
        ("print('hello', flush=True); input()", "not JSON"),
        ("input()", "not ready within 0.2 s"),
    ],
)
async def test_not_ready(code, why):
    child = Child(
        [sys.executable, "-c", code], name="test", ready_within=0.2 if code == "input()" else 30
    )
    with pytest.raises(ChildDied, match=why) as death:
        await child.start()
    assert not child.alive and not death.value.from_outside


async def test_no_such_program():
    with pytest.raises(FileNotFoundError):
        await Child(["/no/such/program"], name="test").start()


async def test_much_noise_neither_blocks_nor_floods(child, caplog):
    caplog.set_level(logging.INFO, "reelway.child")
    await child.call({"job": "1", "do": "noise"}, within=30)
    await child.kill()
    assert MOST_LOG < len(caplog.records) <= MOST_LOG + 2
    assert max(len(r.getMessage()) for r in caplog.records) <= LONGEST_LOG + 50
    assert all(r.child == "test" for r in caplog.records[:MOST_LOG])


async def test_it_inherits_no_secret(child, monkeypatch):
    monkeypatch.setenv("REELWAY_PROVIDERS_KEY", "sk-123")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3")
    seen = (await child.call({"job": "1", "do": "env"}))["done"]
    assert "PATH" in seen
    assert not [name for name in seen if "REELWAY" in name or "AWS" in name]


async def test_an_environment_of_its_own(argv):
    child = Child(argv, name="test", env={"PATH": os.environ["PATH"], "FOO": "bar"})
    try:
        seen = (await child.call({"job": "1", "do": "env"}))["done"]
        assert seen["FOO"] == "bar" and "HOME" not in seen
    finally:
        await child.kill()


async def test_ctrl_c_in_the_terminal_reaches_the_parent_alone(child):
    await child.start()
    assert os.getsid(child.pid) == child.pid != os.getsid(0)


def test_under_uvloop(argv):
    uvloop = pytest.importorskip("uvloop")

    async def main():
        child = Child(argv, name="test")
        assert (await child.call({"job": "1", "do": "count"}))["done"]["pid"] == child.pid
        with pytest.raises(ChildDied) as death:
            await child.call({"job": "2", "do": "exit", "code": 3})
        assert death.value.returncode == 3
        await child.start()
        pid = child.pid
        with pytest.raises(ChildDied) as death:
            await child.call({"job": "3", "do": "wait"}, lambda _: os.kill(pid, signal.SIGKILL))
        assert death.value.from_outside
        await child.start()
        pid = child.pid
        await child.kill()
        assert not there(pid)

    uvloop.run(main())


def test_only_the_standard_library():
    code = (
        "import sys; before = set(sys.modules); import reelway.child; "
        "new = {m.split('.')[0] for m in set(sys.modules) - before}; "
        "print(*sorted(new - sys.stdlib_module_names - {'reelway'}))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == ""


@pytest.mark.parametrize("asked", [True, False])
async def test_a_kill_that_was_asked_for_is_no_warning(child, caplog, asked):
    job = asyncio.create_task(child.call({"job": "1", "do": "wait"}))
    await child.start()
    await asyncio.sleep(0)
    if asked:
        await child.kill()
    else:
        os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(ChildDied):
        await job
    assert [r.levelname for r in caplog.records if r.message == "child.died"] == (
        [] if asked else ["WARNING"]
    )
