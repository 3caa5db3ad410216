"""An engine whose films are made by warm children of this process, one per slot.

What is special to an engine (name, models, what it offers, what it costs, which module to run)
is in its own file; everything about the children is here. The protocol is in `reelway.engine`.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reelway.child import Child, ChildDied
from reelway.engine import PROTOCOL, Cost, Failure, Film, Gone, Outcome, Run
from reelway.errors import EngineMissing, Overloaded, disk_full
from reelway.lines import DISK_FULL
from reelway.log import complain, say
from reelway.request import VideoRequest, to_json


@dataclass
class _Job:
    child: Child
    answer: asyncio.Task[Mapping[str, Any]] = field(init=False)
    progress: int = 0
    begun: bool = False  # the child has it, or is about to
    cancelled: bool = False


class ChildEngine(ABC):
    """Subclasses give `name`, `models`, `module`, `offers` and `cost`."""

    name: str
    models: tuple[str, ...]
    module: str
    remote = False
    settings: Mapping[str, Any] = {}  # that the child is told of with each job
    arguments: tuple[str, ...] = ()  # of its command

    def __init__(self, *, slots: int = 1, memory: int | None = None) -> None:
        self.slots = slots
        self._memory = memory
        self._idle: list[Child] = []
        self._children: set[Child] = set()
        self._jobs: dict[str, _Job] = {}
        self._boot = secrets.token_hex(8)  # tells this process's receipts from an earlier one's
        self._warming: set[asyncio.Task[None]] = set()
        self._stopped = False
        self.deaths = 0  # of children, cancels apart; for the metrics

    @abstractmethod
    def offers(self, request: VideoRequest) -> str | None: ...

    @abstractmethod
    def cost(self, request: VideoRequest) -> Cost: ...

    async def start(self) -> None:
        """Warm the children in the background: a film asked for meanwhile waits for its child."""
        for _ in range(self.slots):
            self._idle.append(self._new_child())
        for child in self._idle:
            self._warm(child)

    async def stop(self) -> None:
        self._stopped = True
        ending = [*self._warming, *(job.answer for job in self._jobs.values())]
        for task in ending:  # films first: one whose child is killed early would begin it anew
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        await asyncio.gather(*(child.kill() for child in self._children))
        self._jobs.clear()

    async def check(self) -> str:
        if reason := self.offers(VideoRequest(prompt="check")):
            raise EngineMissing(reason)
        child = self._new_child()
        try:
            ready = await child.start()
            slow = ready.get("slow")  # why, if it could be faster
            return f"{ready.get('version')}" + (
                f"; slower than it could be: {slow}" if slow else ""
            )
        except ChildDied as death:
            raise EngineMissing(f"its process does not start: {death}") from None
        except OSError as fault:
            raise EngineMissing(f"its process does not start: {fault.strerror}") from None
        finally:
            await child.kill()

    async def submit(self, request: VideoRequest, run: Run) -> Mapping[str, Any]:
        job = _Job(child=self._idle.pop() if self._idle else self._new_child())
        job.answer = asyncio.create_task(self._make(job, request, run))
        job.answer.add_done_callback(lambda _: self._free(job.child))
        self._jobs[run.job] = job
        return self.receipt(run)

    def receipt(self, run: Run) -> Mapping[str, Any]:
        return {"v": PROTOCOL, "boot": self._boot, "job": run.job}

    async def follow(self, receipt: Mapping[str, Any], run: Run) -> Outcome:
        job = self._jobs.get(run.job)
        if job is None or receipt.get("boot") != self._boot:
            return Gone(reason="the server was restarted")
        try:
            answer = await asyncio.shield(job.answer)
        except ChildDied as death:
            return self._died(job, death, run)
        except asyncio.CancelledError:
            if job.cancelled and job.answer.cancelled():
                return Gone(reason="cancelled")
            raise
        except OSError as fault:  # it could not even begin: no memory, processes or open files
            raise Overloaded("the engine's process cannot be started", retry_after=5) from fault
        finally:
            if job.answer.done():
                self._jobs.pop(run.job, None)
        if error := answer.get("error"):
            if error["code"] == DISK_FULL:
                raise disk_full()
            return Failure(code=str(error["code"]), message=str(error["message"]))
        return Film(path=run.out, report=answer["done"].get("report", {}))

    async def cancel(self, receipt: Mapping[str, Any], run: Run) -> None:
        job = self._jobs.pop(run.job, None) if receipt.get("boot") == self._boot else None
        if job:
            job.cancelled = True
            if not job.begun:  # its child is starting still, and may as well be warm for the next
                job.answer.cancel()
            elif not job.answer.done():  # else the child may be at the next film already
                await job.child.kill()
            await asyncio.gather(job.answer, return_exceptions=True)

    def _died(self, job: _Job, death: ChildDied, run: Run) -> Outcome:
        if job.cancelled:
            return Gone(reason="cancelled")
        self.deaths += 1
        complain("engine.child_died", engine=self.name, job=run.job, status=death.returncode)
        if death.from_outside:
            return Gone(reason="the engine's process was killed")
        return Failure(
            code="engine_died",
            message="the engine's process ended",
            died=True,
            progress=job.progress,
        )

    async def _make(self, job: _Job, request: VideoRequest, run: Run) -> Mapping[str, Any]:
        def on_progress(message: Mapping[str, Any]) -> None:
            job.progress = max(job.progress, int(message["progress"]))
            run.progress(job.progress, message.get("eta"))

        await job.child.start()
        job.begun = True
        return await job.child.call(self.message(request, run), on_progress)

    def message(self, request: VideoRequest, run: Run) -> dict[str, Any]:
        """The job as the child is told of it."""
        return {
            "v": PROTOCOL,
            "job": run.job,
            "request": to_json(request),
            "size": list(run.size),
            "images": {source: str(path) for source, path in run.images.items()},
            "out": str(run.out),
            "voices": {id: dict(known) for id, known in run.voices.items()},
            **({"settings": dict(self.settings)} if self.settings else {}),
        }

    def _free(self, child: Child) -> None:
        """The child can take the next film; one that died is warmed anew."""
        self._idle.append(child)
        if not self._stopped:
            self._warm(child)

    def _new_child(self) -> Child:
        argv = [sys.executable, "-P", "-m", self.module, *self.arguments]
        child = Child(argv, name=f"{self.name}.{len(self._children)}", memory=self._memory)
        self._children.add(child)
        return child

    def _warm(self, child: Child) -> None:
        task = asyncio.create_task(self._start(child))
        self._warming.add(task)
        task.add_done_callback(self._warming.discard)

    async def _start(self, child: Child) -> None:
        if child.alive:
            return
        try:
            ready = await child.start()
        except ChildDied as death:  # the film that needs it will say so; an operator should know
            complain("engine.not_warm", engine=self.name, status=death.returncode)
        except OSError as error:
            complain("engine.not_warm", engine=self.name, error=error.strerror)
        else:
            say("engine.warm", engine=self.name, pid=child.pid, version=ready.get("version"))
