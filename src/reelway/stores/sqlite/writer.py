"""The writer: one thread that owns the only writing connection, and commits in groups.

    event loop                       writer thread
    ──────────                       ─────────────
    run(operation) ──── queue ────>  take one, and whatever else waits
        │                            BEGIN IMMEDIATE, each operation, COMMIT (one fsync)
        └── future <── one call ───  answer them all; checkpoint if the log has grown

There is no timer: a group is what gathered while the last fsync ran. Nothing is answered before
its commit. An operation may be run twice (a group in which one fails is rolled back and done
again, each in its own savepoint), so all that it does must be in the database.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import queue
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import apsw

from reelway.errors import Conflict, Internal, Overloaded, ReelwayError

T = TypeVar("T")
Operation = Callable[[apsw.Connection], T]
OnDeath = Callable[[BaseException], None]

MOST_WAITING = 10_000  # operations in the queue
MOST_TOGETHER = 1_000  # operations in one commit
DOUBLES = (apsw.SQLITE_CONSTRAINT_UNIQUE, apsw.SQLITE_CONSTRAINT_PRIMARYKEY)
CHECKPOINT = 1_000  # pages that the log grows by between checkpoints: more make longer pauses

log = logging.getLogger("reelway.store")


class Job(NamedTuple):
    operation: Operation[Any]
    future: asyncio.Future[Any]


class Answer(NamedTuple):
    result: Any = None
    error: Exception | None = None


class _Spoilt(Exception):
    """An operation failed after it had written something."""


class Writer:
    """Takes operations on the loop's thread, from `start` to `stop`. If its thread ends otherwise,
    all that wait get an error, and then `on_death` is called on the loop's thread."""

    def __init__(
        self,
        db: apsw.Connection,
        *,
        on_death: OnDeath | None = None,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._db = db
        self._on_death = on_death
        self._most_waiting = most_waiting
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="reelway-writer", daemon=True)
        self._loop = asyncio.get_running_loop()
        self._ended: ReelwayError | None = None
        self._pages = self._checkpointed = 0  # in the log; at the last checkpoint
        self.writes = self.commits = 0  # that went through
        db.set_wal_hook(self._grown)

    def start(self) -> None:
        self._thread.start()

    async def run(self, operation: Operation[T]) -> T:
        """What `operation` returned, once it is on the disk."""
        if self._ended:
            raise self._ended
        if self.waiting >= self._most_waiting:
            raise Overloaded("too many writes are waiting", retry_after=1)
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(Job(operation, future))
        return await future

    @property
    def waiting(self) -> int:
        """Operations that nobody has begun yet."""
        return self._queue.qsize()

    async def stop(self) -> None:
        """Do what waits, then end the thread and close the connection."""
        if not self._ended:
            self._ended = Overloaded("the server is stopping", retry_after=5)
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(self._db.close)  # which empties the log

    # on the loop's thread

    def _answer(self, jobs: list[Job], answers: list[Answer]) -> None:
        for job, answer in zip(jobs, answers, strict=True):
            if job.future.done():  # its caller went away
                continue
            if answer.error:
                job.future.set_exception(answer.error)
            else:
                job.future.set_result(answer.result)

    def _die(self, jobs: list[Job], cause: BaseException) -> None:
        self._ended = Internal("the database cannot be written")
        while not self._queue.empty():
            if job := self._queue.get_nowait():
                jobs.append(job)
        self._answer(jobs, [Answer(error=_internal(cause)) for _ in jobs])
        if self._on_death:
            self._on_death(cause)

    # on the writer's thread

    def _run(self) -> None:
        jobs: list[Job] = []
        try:
            while jobs := self._gather():
                self._loop.call_soon_threadsafe(self._answer, jobs, self._write(jobs))
                jobs = []
                self._checkpoint()
        except BaseException as error:
            log.critical("writer_died", exc_info=error)
            self._loop.call_soon_threadsafe(self._die, jobs, error)

    def _gather(self) -> list[Job]:
        """Wait for one operation and take what else is there. Empty: the end."""
        first = self._queue.get()
        jobs = [first] if first else []
        while jobs and len(jobs) < MOST_TOGETHER:
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                break
            if job is None:
                self._queue.put(None)  # the last one: meet it again after this group
                break
            jobs.append(job)
        return jobs

    def _write(self, jobs: list[Job]) -> list[Answer]:
        try:
            try:
                answers = self._together(jobs)
            except _Spoilt:
                answers = self._apart(jobs)
            self.writes += sum(not answer.error for answer in answers)
            self.commits += 1
            return answers
        except apsw.Error as error:
            passing = self._passing(error)
            if not passing:
                raise
            fields = {"code": passing.code, "operations": len(jobs)}
            log.error("commit_failed", extra={"fields": fields})
            self._rollback()
            return [Answer(error=_again(passing, error)) for _ in jobs]

    def _together(self, jobs: list[Job]) -> list[Answer]:
        db, answers = self._db, []
        db.execute("BEGIN IMMEDIATE")
        for job in jobs:
            before = db.total_changes()
            try:
                answers.append(Answer(job.operation(db)))
            except Exception as error:
                own = _own(error)
                if db.total_changes() != before:
                    db.execute("ROLLBACK")
                    raise _Spoilt from error
                answers.append(Answer(error=own))
        db.execute("COMMIT")
        return answers

    def _apart(self, jobs: list[Job]) -> list[Answer]:
        db, answers = self._db, []
        db.execute("BEGIN IMMEDIATE")
        for job in jobs:
            db.execute("SAVEPOINT one")
            try:
                answers.append(Answer(job.operation(db)))
            except Exception as error:
                answers.append(Answer(error=_own(error)))
                db.execute("ROLLBACK TO one")
            db.execute("RELEASE one")
        db.execute("COMMIT")
        return answers

    def _passing(self, error: apsw.Error) -> Overloaded | None:
        """What to tell the callers where the same may go well later, else None."""
        match error:
            case apsw.BusyError():  # another program held the lock for longer than we wait
                return Overloaded("the database is locked", retry_after=5)
            case apsw.FullError():
                full = True
            case apsw.IOError():  # a quota, or no room for the log's index
                full = (
                    self._db.system_errno in (errno.ENOSPC, errno.EDQUOT)
                    or _code(error) == apsw.SQLITE_IOERR_SHMSIZE
                )
            case _:
                full = False
        return Overloaded("the disk is full", code="disk_full", retry_after=60) if full else None

    def _rollback(self) -> None:
        if self._db.in_transaction:  # SQLite may have rolled back by itself
            self._db.execute("ROLLBACK")

    def _grown(self, db: apsw.Connection, name: str, pages: int) -> int:
        self._pages = pages
        return apsw.SQLITE_OK

    def _checkpoint(self) -> None:
        """Move the log into the database where it has grown by enough, after the answers. What a
        reader still holds stays for the next time."""
        if self._pages < self._checkpointed:  # the log began anew
            self._checkpointed = 0
        if self._pages - self._checkpointed < CHECKPOINT:
            return
        self._checkpointed = self._pages
        try:
            self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.Error as error:
            if not self._passing(error):
                raise
            log.warning("checkpoint_failed", exc_info=error)  # all of it is still in the log


def _own(error: Exception) -> Exception:
    """The error as its own caller gets it; what concerns the whole database is raised."""
    match error:
        case apsw.ConstraintError() if _code(error) in DOUBLES:
            return _caused(Conflict("there is one of that name already"), error)
        case apsw.ConstraintError() if _code(error) == apsw.SQLITE_CONSTRAINT_FOREIGNKEY:
            return _caused(Conflict("what it refers to is not there (any more)"), error)
        case apsw.ConstraintError() | apsw.SQLError() | apsw.TooBigError() | apsw.MismatchError():
            return _internal(error)
        case apsw.Error() if _code(error):
            raise error
    return error


def _code(error: apsw.Error) -> int:
    """SQLite's own word for it; 0 for an error of the binding."""
    return getattr(error, "extendedresult", 0)


def _internal(cause: BaseException) -> Exception:
    return _caused(Internal("the database could not do this"), cause)


def _again(error: Overloaded, cause: Exception) -> Exception:
    copy = Overloaded(error.message, code=error.code, retry_after=error.retry_after)
    return _caused(copy, cause)


def _caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error
