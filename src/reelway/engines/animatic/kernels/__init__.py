"""The inner loops of drawing, in two forms that give the same pictures.

    plain      numpy: always there
    compiled   numba: several times faster; compiled once a machine, then kept on disk
    kernels    the form that is in use; the first call waits until it is compiled
    plainly    while this lasts, numpy: for what must not wait
    prepared   "compiled", or why not: for reports and checks

Compiling takes a minute where nothing is kept, a fraction of a second where it is. One thread
at a time does it, one process at a time too, and whoever needs it meanwhile waits for that, so
that one film is never drawn by both forms.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.util import find_spec
from typing import Any, cast

from reelway.engines.animatic.kernels import plain
from reelway.engines.animatic.kernels.form import Form, Laid, Look, Mirror, Planes, Road
from reelway.engines.animatic.kernels.plain import halved

__all__ = ["Form", "Laid", "Look", "Mirror", "Planes", "Road", "halved", "kernels", "missing",
           "plainly", "prepared"]  # fmt: skip

COMPILED = "compiled"
HOW_TO_INSTALL = "pip install 'reelway[animatic]'"

_lock = threading.Lock()
_form: Form | None = None
_how = ""
_plainly: ContextVar[bool] = ContextVar("plainly", default=False)


def kernels() -> Form:
    if _plainly.get():
        return cast(Form, plain)
    if _form is None:
        _load()
    assert _form is not None
    return _form


@contextmanager
def plainly() -> Iterator[None]:
    """In this context, and in what is submitted with a copy of it."""
    token = _plainly.set(True)
    try:
        yield
    finally:
        _plainly.reset(token)


def missing() -> str:
    """Why nothing can be compiled here, as far as can be told at once; "" if nothing is known."""
    if find_spec("numba") is None:
        return f"numba is not installed: {HOW_TO_INSTALL}"
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return "NUMBA_DISABLE_JIT is set"
    return ""


def prepared() -> str:
    """Wait until the form is there: "compiled", or "numpy (why)"."""
    if _form is None:
        _load()
    return _how


def _load() -> None:
    global _form, _how
    with _lock:
        if _form is not None:
            return
        form, how = _chosen()
        if how != COMPILED:
            # Standard error is the engine's log.
            print(f"drawing is slower than it could be: {how}", file=sys.stderr)
        _form, _how = form, how


def _chosen() -> tuple[Form, str]:
    why = missing()
    if not why:
        try:
            return _compiled(), COMPILED
        except Exception as error:  # an unknown processor, a broken wheel, a full disk: draw anyway
            why = f"numba cannot compile here: {type(error).__name__}: {error}"
    return cast(Form, plain), f"numpy ({why.splitlines()[0][:200]})"


def _compiled() -> Form:
    from reelway.engines.animatic.kernels.store import kept

    with kept():
        from reelway.engines.animatic.kernels import compiled

        module: Any = compiled
        return cast(Form, module)
