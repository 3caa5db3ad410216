"""Where a file is to be put: looked at before the work begins, not after."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from reelway.errors import InvalidRequest


def check_output(output: Path) -> None:
    """Raises InvalidRequest unless a file could be put there."""
    folder = output.absolute().parent
    try:
        with suppress(FileNotFoundError):  # it is to be made
            output.stat()
    except OSError as error:
        words = f"{output} cannot be written: {error.strerror}"
        raise InvalidRequest(words, field="output") from None
    if not folder.is_dir():
        raise InvalidRequest(f"the folder {output.parent} does not exist", field="output")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidRequest(f"the folder {output.parent} cannot be written to", field="output")


def check_kept(output: Path) -> None:
    """The same for a folder that is there, and in which the file is named by its task."""
    check_output(output)
    if output.is_dir():
        check_output(output / "_")
    elif output.exists() and not output.is_file():  # /dev/null, say, which it would replace
        raise InvalidRequest(f"{output} is neither a file nor a folder", field="output")
