"""Structured logs: an action word and ids as fields, as text or JSON lines on stderr.

    say("task.accepted", task="0b6f…", owner="local", wire="novita")

Fields are for ids, names, counts and times. Nothing secret goes in: no keys, no prompts, no
query strings, no private addresses.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Any, Literal, TextIO

logger = logging.getLogger("reelway")


def say(action: str, /, level: int = logging.INFO, **fields: Any) -> None:
    if logger.isEnabledFor(level):
        logger.log(level, action, extra={"fields": fields})


def complain(action: str, /, **fields: Any) -> None:
    """A warning: something an operator may want to look at."""
    say(action, logging.WARNING, **fields)


def fail(action: str, error: BaseException, /, **fields: Any) -> None:
    """An error of ours, with its traceback."""
    logger.error(action, extra={"fields": fields}, exc_info=error)


class Lines(logging.Formatter):
    """One line a record: `time level action key=value …`, or one JSON object."""

    def __init__(self, form: Literal["text", "json"]) -> None:
        super().__init__()
        self.form = form

    def format(self, record: logging.LogRecord) -> str:
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        at = f"{seconds}.{int(record.msecs):03d}Z"
        fields: dict[str, Any] = getattr(record, "fields", {})
        if self.form == "json":
            entry: dict[str, Any] = {
                "at": at,
                "level": record.levelname.lower(),
                "action": record.getMessage(),
            }
            entry |= {
                k: v if isinstance(v, int | float) else str(v)
                for k, v in fields.items()
                if v is not None
            }
            if record.exc_info:
                entry["traceback"] = self.formatException(record.exc_info)
            line = json.dumps(entry, ensure_ascii=False)
            return line.encode("utf-8", "backslashreplace").decode()  # a lone surrogate
        words = [at, record.levelname.lower(), record.getMessage()]
        words += [f"{k}={_quoted(v)}" for k, v in fields.items() if v is not None]
        line = " ".join(words)
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _quoted(value: Any) -> str:
    """As it is where nobody can mistake it: no second line, no terminal's control sequence."""
    text = str(value)
    if not text.isprintable():
        return json.dumps(text)
    return json.dumps(text, ensure_ascii=False) if not text or set(text) & set(' "=') else text


def set_up(form: Literal["text", "json"], level: str, stream: TextIO | None = None) -> None:
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Lines(form))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logger.setLevel(level.upper())
