"""The statements of `statements.sql`, by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import apsw

from reelway.stores.sqlite.rows import Row

HERE = Path(__file__).parent


def load(path: Path) -> Mapping[str, str]:
    """Read the parts that begin with `-- name: …`; {name} is replaced by the part of that name."""
    lines = path.read_text("utf-8").splitlines()
    parts: dict[str, list[str]] = {}
    name = ""
    for line in lines:
        if line.startswith("-- name: "):
            name = line.removeprefix("-- name: ")
            if name in parts:
                raise ValueError(f"{path.name} has two statements {name}")
            parts[name] = []
        elif name and line and not line.startswith("--"):
            parts[name].append(line)
    texts = {name: "\n".join(part) for name, part in parts.items()}
    return {
        name: re.sub(r"\{(\w+)\}", lambda m: texts.get(m[1], m[0]), text)
        for name, text in texts.items()
    }


SQL = load(HERE / "statements.sql")


def one(db: apsw.Connection, name: str, values: Row) -> Row | None:
    """The only row of the statement `name`. It is read to the end: a statement left open would
    hold its snapshot, and the log could not begin anew."""
    found = db.execute(SQL[name], values).fetchall()
    return found[0] if found else None
