"""One warm child process that speaks JSON lines: the parent's half.

The protocol is in `reelway.engine`. The parent (`serve`) holds a `Child`:

    child = Child([sys.executable, "-P", "-m", "reelway.engines.animatic"], name="animatic")
    ready = await child.start()
    reply = await child.call({"job": "81.1", …}, on_progress)    # {"job", "done": …} or "error"
    await child.kill()                                           # at once, process gone

The inner half, `child_setup` and `serve_lines`, is in `reelway.lines`, and named here as well.

Only the standard library is imported here: `serve` imports this, and its start is measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from reelway.lines import CPU, MEMORY, PARENT, PROTOCOL, JobError, child_setup, serve_lines

__all__ = ["Child", "ChildDied", "ChildSlow", "JobError", "child_setup", "serve_lines"]

LONGEST_LINE = 16 << 20  # bytes; lines carry paths, never pictures
LONGEST_LOG, MOST_LOG = 500, 200  # letters of a line of stderr that are kept; lines a job

_SENT_BY_SOMEBODY = {
    signal.SIGKILL,
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGQUIT,
}
# An allow list: keys and secrets of `serve` may stand in its environment, a child needs none.
_ENV_NAMES = {"PATH", "HOME", "USER", "LANG", "LANGUAGE", "TZ", "TMPDIR", "VIRTUAL_ENV"}
_ENV_HEADS = ("LC_", "PYTHON", "LD_LIBRARY_", "DYLD_", "NUMBA_", "OMP_", "CUDA_", "NVIDIA_")

log = logging.getLogger("reelway.child")


class ChildDied(Exception):
    """The child ended under a job, or before it was ready.

    `from_outside`: somebody else's signal, so neither the job's doing nor ours. `killed`: ours
    (`kill`, or it broke the protocol). `returncode` as in `subprocess`: -9 is SIGKILL.
    """

    def __init__(
        self, returncode: int, from_outside: bool, *, killed: bool = False, why: str = ""
    ) -> None:
        super().__init__(why or f"the child ended with {returncode}")
        self.returncode = returncode
        self.from_outside = from_outside
        self.killed = killed


class ChildSlow(Exception):
    """The job took longer than it was given; the child is gone."""


class _Ended(Exception):
    """Its stdout ended."""


class _Broken(Exception):
    """It wrote what is not of the protocol."""


def _fields(**fields: Any) -> dict[str, Any]:
    return {"fields": fields}  # as `reelway.log` writes them


def plain_environment() -> dict[str, str]:
    """This process's environment without whatever might be a secret."""
    return {k: v for k, v in os.environ.items() if k in _ENV_NAMES or k.startswith(_ENV_HEADS)}


class Child:
    """`memory` in bytes (address space) and `cpu_seconds` (for one job) bind a child that uses
    `serve_lines`. `env` None: `plain_environment()`. Not to be shared between event loops."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        name: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        memory: int | None = None,
        cpu_seconds: int | None = None,
        ready_within: float = 60.0,
    ) -> None:
        self.name = name
        self._argv = tuple(argv)
        self._env, self._cwd = env, cwd
        self._memory, self._cpu_seconds = memory, cpu_seconds
        self._ready_within = ready_within
        self._process: asyncio.subprocess.Process | None = None
        self._logging: asyncio.Task[None] | None = None
        self._ready: Mapping[str, Any] = {}
        self._signalled = False  # we sent SIGKILL to the present process
        self._logged = 0  # lines of stderr since the job began
        self._oom_kills = 0  # when the job began
        self._one_start = asyncio.Lock()
        self._one_job = asyncio.Lock()

    @property
    def alive(self) -> bool:
        process = self._process
        return process is not None and process.returncode is None and not self._signalled

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self.alive else None

    async def start(self) -> Mapping[str, Any]:
        """Spawn it if none is alive, and wait until it is warm: what it says in "ready".

        Raises ChildDied if it ends before, speaks another version, or takes too long.
        """
        async with self._one_start:
            if self.alive and self._ready:
                return self._ready
            await self._bury()
            await self._spawn()
            try:
                async with asyncio.timeout(self._ready_within) as limit:
                    hello = await self._read()
                if hello.get("v") != PROTOCOL or not isinstance(hello.get("ready"), dict):
                    raise _Broken(f"its first line is not a ready line of version {PROTOCOL}")
            except (_Ended, _Broken) as error:
                raise await self._death(error) from error
            except BaseException as error:
                self._signal()
                if isinstance(error, TimeoutError) and limit.expired():
                    slow = _Broken(f"not ready within {self._ready_within:g} s")
                    raise await self._death(slow) from error
                raise
            self._ready = hello["ready"]
            return self._ready

    async def call(
        self,
        message: Mapping[str, Any],
        on_progress: Callable[[Mapping[str, Any]], None] | None = None,
        *,
        within: float | None = None,
    ) -> Mapping[str, Any]:
        """Do one job (named by `message["job"]`) and return its last line, "done" or "error".

        Waits for its turn; `within` (seconds, from when the turn has come and the child is warm)
        bounds the job itself. Raises ChildDied or ChildSlow. If the caller is cancelled meanwhile
        the child is killed, since its answers would be taken for the next job's.
        """
        async with self._one_job:
            await self.start()
            self._logged, self._oom_kills = 0, _oom_kills()
            try:
                async with asyncio.timeout(within) as limit:
                    return await self._work(message, on_progress)
            except (_Ended, _Broken) as error:
                raise await self._death(error) from error
            except BaseException as error:
                self._signal()
                if isinstance(error, TimeoutError) and limit.expired():
                    await self._bury()
                    raise ChildSlow(f"{self.name}: not done within {within:g} s") from error
                raise

    async def kill(self) -> None:
        """SIGKILL to the child and what it started; it is gone and reaped when this returns."""
        self._signal()
        await self._bury()

    async def _spawn(self) -> None:
        env = dict(plain_environment() if self._env is None else self._env)
        env[PARENT] = str(os.getpid())
        for name, limit in ((MEMORY, self._memory), (CPU, self._cpu_seconds)):
            if limit is not None:
                env[name] = str(limit)
        # A session of its own: ctrl-C in the parent's terminal reaches the parent alone, which
        # drains first (and a child's library cannot undo this, as it could an ignored signal);
        # and a group of its own, so that kill() takes along what the child started.
        self._process = await asyncio.create_subprocess_exec(
            *self._argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
            env=env,
            cwd=self._cwd,
            start_new_session=True,
        )
        self._signalled, self._ready = False, {}
        self._logged, self._oom_kills = 0, _oom_kills()
        self._logging = asyncio.create_task(self._log(self._process))
        log.debug("child.started", extra=_fields(child=self.name, pid=self._process.pid))

    async def _work(
        self, message: Mapping[str, Any], on_progress: Callable[[Mapping[str, Any]], None] | None
    ) -> Mapping[str, Any]:
        assert self._process and self._process.stdin
        line = json.dumps({"v": PROTOCOL, **message}, ensure_ascii=True, allow_nan=False)
        if len(line) >= LONGEST_LINE:
            raise ValueError("the message is too long for one line")
        try:
            self._process.stdin.write(line.encode() + b"\n")
            await self._process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise _Ended("its stdin is closed") from error
        while True:
            reply = await self._read()
            if reply.get("job") != message["job"]:
                raise _Broken("it answered for another job")
            if "done" in reply or "error" in reply:
                return reply
            if on_progress:
                on_progress(reply)

    async def _read(self) -> dict[str, Any]:
        assert self._process and self._process.stdout
        try:
            line = await self._process.stdout.readline()
            if not line.endswith(b"\n"):
                raise _Ended("its stdout ended")
            reply = json.loads(line)
        except ValueError as error:  # too long, or not JSON
            raise _Broken("it wrote a line that is not JSON") from error
        except ConnectionResetError as error:
            raise _Ended("its stdout broke") from error
        if not isinstance(reply, dict):
            raise _Broken("it wrote a line that is not an object")
        return reply

    async def _death(self, cause: Exception) -> ChildDied:
        """Wait for the end of a child that stopped talking, and say how it came."""
        process, killed = self._process, self._signalled
        level = logging.DEBUG if killed else logging.WARNING  # a kill that was asked for is no news
        assert process
        if isinstance(cause, _Broken):
            killed = True
            self._signal()
        if not await _reaped(process, within=2):  # its stdout is closed: it is on its way out
            killed = True
        self._signal(reaped=True)
        await self._bury()
        code = process.returncode or 0
        outside = not killed and code < 0 and -code in _SENT_BY_SOMEBODY
        if outside and -code == signal.SIGKILL and _oom_kills() > self._oom_kills:
            outside = False  # the kernel's memory killer: most likely for this job's hunger
        why = f"{self.name}: {cause}; the child ended with {code}"
        log.log(level, "child.died", extra=_fields(child=self.name, status=code, why=str(cause)))
        return ChildDied(code, outside, killed=killed, why=why)

    def _signal(self, *, reaped: bool = False) -> None:
        """SIGKILL to its group. `reaped`: it ended a moment ago, what it had started goes too;
        later its number may be another's, so an old death is left in peace."""
        process = self._process
        if process is None or self._signalled or (process.returncode is not None and not reaped):
            return
        self._signalled = True
        with contextlib.suppress(ProcessLookupError, PermissionError):  # gone (macOS says EPERM)
            os.killpg(process.pid, signal.SIGKILL)

    async def _bury(self) -> None:
        process, logging_ = self._process, self._logging
        if process is None:
            return
        if process.stdin:
            process.stdin.close()
        await _reaped(process)
        with contextlib.suppress(TimeoutError):  # its pipes: another may hold them open
            async with asyncio.timeout(1):
                await process.wait()
                if logging_:
                    await asyncio.shield(logging_)
        if logging_:
            logging_.cancel()

    async def _log(self, process: asyncio.subprocess.Process) -> None:
        """Pass its stderr on, line by line and cut short: reading never waits, so it never does."""
        assert process.stderr
        rest = b""
        while block := await process.stderr.read(65536):
            *lines, rest = (rest + block).split(b"\n")
            rest = rest[: 4 * LONGEST_LOG]
            for line in lines:
                self._log_line(line)
        if rest:
            self._log_line(rest)

    def _log_line(self, line: bytes) -> None:
        self._logged += 1
        if self._logged <= MOST_LOG:
            text = line[: 4 * LONGEST_LOG].decode("utf-8", "replace")[:LONGEST_LOG]
            log.info("%s: %s", self.name, text, extra={"child": self.name})
        elif self._logged == MOST_LOG + 1:
            log.info("%s: further lines of this job are left out", self.name)


async def _reaped(process: asyncio.subprocess.Process, within: float = math.inf) -> bool:
    """Wait until it has a returncode. `wait()` would do, but goes on for as long as anything that
    the child had started holds its stderr open."""
    end = asyncio.get_running_loop().time() + within
    while process.returncode is None:
        if asyncio.get_running_loop().time() > end:
            return False
        await asyncio.sleep(0.001)
    return True


def _oom_kills() -> int:
    """How many processes the kernel's memory killer took; 0 where that cannot be read."""
    try:
        text = Path("/proc/vmstat").read_text("ascii")
    except OSError:
        return 0
    return next((int(x.split()[1]) for x in text.splitlines() if x.startswith("oom_kill ")), 0)
