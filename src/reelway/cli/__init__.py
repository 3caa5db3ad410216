"""The command line, `reelway`.

main        the group, and the commands that need no server
film        the options of a film
estimate    what one would cost, and who would make it
task, wait  tasks of a running server, over HTTP
models      what can be ordered there
keys, providers, usage, upkeep   for who keeps a server; also while it runs
openapi     a wire's document, without a server
completion  for bash, zsh and fish
options     what commands share: help's form, where the server is
shown       tables, pairs and JSON, for terminals and pipes

Exit codes: 0 done; 1 it failed, and standard error says why (a reader that has gone away, as behind
`| head`, is told nothing); 2 the command was used wrongly; 3 the settings are wrong; 4 `task wait`
was over before the task; 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import errno
import io
import os
import sys

import click

from reelway.cli.main import cli
from reelway.cli.shown import safe

Code = str | int | None
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)  # of standard output


def main() -> None:
    sys.stdout = sys.stdout or open(os.devnull, "w")  # None where it was closed: >&-
    sys.stderr = sys.stderr or open(os.devnull, "w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # half a character in a prompt is no fault
            stream.reconfigure(errors="backslashreplace")
    sys.exit(_flushed(_code()))


def _code() -> Code:
    try:
        code: Code = cli.main(prog_name="reelway", standalone_mode=False)
    except SystemExit as end:
        code = end.code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):  # click makes the one of the other
        code = 130
    except Exception as error:
        code = _told(error)
    return code


def _told(error: Exception) -> int:
    """The code for an error that says all there is to say; any other goes on."""
    from reelway.errors import ReelwayError
    from reelway.sdk.errors import Error

    if isinstance(error, ReelwayError | Error):
        print(f"reelway: {safe(error.message).replace(chr(10), ' ')}", file=sys.stderr)
        return 1
    if isinstance(error, OSError) and error.errno in FULL:
        print(f"reelway: writing failed: {error.strerror}", file=sys.stderr)
        return 1
    from reelway.settings import SettingsFault

    if isinstance(error, SettingsFault):
        for line in error.faults:
            print(f"reelway: setting {line}", file=sys.stderr)
        return 3
    raise error


def _flushed(code: Code) -> Code:
    """What is still to be written is written here, where a reader that has gone away, or a full
    disk, can be told of in our own words, or not at all."""
    try:
        sys.stdout.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            print(f"reelway: writing failed: {error.strerror}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return code or 1
    return code
