"""Durability by the order of system calls: kill -9 alone cannot prove it, since what was written
but not flushed survives the process; only a power cut would tell.

For every create: between the read that brought the request and the first byte of its answer, the
log of the database was flushed (fdatasync of reelway.db-wal), and after its last write.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from itertools import pairwise

import pytest

from requires import require
from serving import Server, wait_until

CREATES = 8
READS = ("read", "readv", "recvfrom", "recvmsg")
WRITES = ("write", "writev", "sendto", "sendmsg")
LOG_WRITES = ("pwrite64", "pwritev", "write", "writev", "ftruncate")
FLUSHES = ("fdatasync", "fsync")
TRACED = sorted({*READS, *WRITES, *LOG_WRITES, *FLUSHES})

LINE = re.compile(r"(?P<pid>\d+) +(?P<name>\w+)\((?P<handle>\d+)<(?P<file>.*?)>(?P<rest>[,) ].*)")
RESUMED = re.compile(r"(?P<pid>\d+) +<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)")
UNFINISHED = "<unfinished ...>"


@dataclass(frozen=True)
class Call:
    """One system call on one file; `began` and `ended` are its lines in the trace."""

    name: str
    file: str
    text: str
    began: int
    ended: int


def calls(trace: str) -> list[Call]:
    found, open_calls = [], {}
    for number, line in enumerate(trace.splitlines()):
        if match := LINE.match(line):
            name, file, text = match["name"], match["file"], match["rest"]
            if text.endswith(UNFINISHED):
                open_calls[match["pid"]] = (number, name, file, text.removesuffix(UNFINISHED))
            else:
                found.append(Call(name, file, text, number, number))
        elif (match := RESUMED.match(line)) and match["pid"] in open_calls:
            began, name, file, text = open_calls.pop(match["pid"])
            found.append(Call(name, file, text + match["rest"], began, number))
    return sorted(found, key=lambda call: call.ended)


def strace_works() -> str:
    """Why it does not, or nothing."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], capture_output=True)
    return "" if tried.returncode == 0 else "strace may not trace here (ptrace is not permitted)"


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> list[Call]:
    """What a server did while it answered creates, one after another on one connection."""
    reason = strace_works()
    require("strace", not reason, reason)
    folder = tmp_path_factory.mktemp("traced")
    out = folder / "strace"
    # -D: the server itself is our child, the tracer is not in the way.
    under = ["strace", "-D", "-f", "-yy", "-s", "48", "-o", str(out)]
    under += ["-e", "trace=" + ",".join(TRACED), "-e", "signal=none"]
    with Server.start(folder / "data", "--paused", under=under) as server:
        for number in range(CREATES):
            server.create(prompt=f"boat {number}", duration=3)
        replayed = [
            server.http.post(
                "/api/v1/tasks", json={"prompt": "once"}, headers={"Idempotency-Key": "one"}
            )
            for _ in range(2)
        ]
        assert replayed[0].content == replayed[1].content
        pid = server.pid
        assert server.stop() == 0
    end = re.compile(rf"^{pid} +\+\+\+ exited with 0", re.MULTILINE)  # the tracer's own last word
    wait_until(lambda: end.search(out.read_text()), 10)
    return calls(out.read_text())


def exchanges(trace: list[Call]) -> list[tuple[Call, Call]]:
    """(the read of a create, the first write of its answer on the same connection)."""
    found = []
    for request in trace:
        if request.name in READS and '"POST /api/v1/tasks ' in request.text:
            answer = next(
                call
                for call in trace
                if call.name in WRITES and call.file == request.file and call.began > request.ended
            )
            assert "HTTP/1.1 201" in answer.text
            found.append((request, answer))
    return found


def test_the_log_is_flushed_between_a_create_and_its_answer(trace: list[Call]) -> None:
    found = exchanges(trace)
    assert len(found) == CREATES + 2
    for request, answer in found[: CREATES + 1]:  # the last is a replay, which writes nothing
        between = [c for c in trace if request.ended < c.began and c.ended < answer.began]
        log = [call for call in between if call.file.endswith("/reelway.db-wal")]
        written = [call for call in log if call.name in LOG_WRITES]
        flushed = [c for c in log if c.name in FLUSHES and c.text.rstrip().endswith("= 0")]
        assert written and flushed, f"not flushed before its answer: {request} … {answer}"
        assert written[-1].ended < flushed[-1].began


def test_nothing_of_a_create_is_written_after_its_flush(trace: list[Call]) -> None:
    """Neither to the log nor to the database, until the next request."""
    found = exchanges(trace)
    for (_, answer), (following, _) in pairwise(found):
        late = [
            call
            for call in trace
            if answer.began < call.began < following.began
            and call.name in LOG_WRITES
            and "/reelway.db" in call.file
        ]
        assert not late


def test_the_parser_joins_calls_that_another_thread_interrupted() -> None:
    text = (
        "12 fdatasync(15</d/reelway.db-wal> <unfinished ...>\n"
        '11 read(23<TCP:[127.0.0.1:1->127.0.0.1:2]>, "POST /api"..., 99) = 9\n'
        "12 <... fdatasync resumed>)       = 0\n"
    )
    read, flush = calls(text)
    assert (read.name, read.file) == ("read", "TCP:[127.0.0.1:1->127.0.0.1:2]")
    assert (flush.name, flush.file) == ("fdatasync", "/d/reelway.db-wal")
    assert (flush.began, flush.ended) == (0, 2) and flush.text.endswith("= 0")
