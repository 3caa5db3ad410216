"""How the compiled kernels are compiled.

    part      a piece of a kernel: compiled into whatever calls it
    inner     the same, making no arrays: then it need not count who holds those that it is given,
              which takes longer than a short row
    whole     a kernel with its signatures: compiled as it is defined, or taken from what is kept

Sums are not reordered and products not fused (`FAST` leaves that out), so the same bits come out
on every processor; the loops are plain ones over one row, which the compiler turns into vectors.
32-bit constants are written as such, or all around them would be computed in 64 bits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])
FAST = {"nnan", "ninf", "nsz"}


def part(function: F) -> F:
    made: Any = njit(nogil=True, fastmath=FAST, error_model="numpy")(function)
    return cast(F, made)


def inner(function: F) -> F:
    uncounted: dict[str, Any] = {"_nrt": False, "forceinline": True}
    made: Any = njit(nogil=True, fastmath=FAST, error_model="numpy", **uncounted)(function)
    return cast(F, made)


def whole(*signatures: str) -> Callable[[F], F]:
    from reelway.engines.animatic.kernels import store

    def compiled(function: F) -> F:
        made: Any = njit(
            list(signatures),
            nogil=True,
            fastmath=FAST,
            error_model="numpy",
            cache=store.keeping(),
        )(function)
        return cast(F, made)

    return compiled
