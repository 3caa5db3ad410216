"""Compiled: the waves that the fields of a water are made of."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.jit import whole

Array = npt.NDArray[Any]
LANES = 32  # neighbours that are turned on together
f4 = np.float32


@whole("void(f4[:,:,::1], f4[::1], f4[::1], f8[:,:,::1], f4[:,::1], f4)")
def ripples(fields: Array, across: Array, z: Array, waves: Array, thin: Array, least: Any) -> None:
    """Along a row the phase of each wave rises evenly: its cosine and sine turn on and on."""
    wide = len(across)
    begin, step = float(across[0]), (float(across[-1]) - float(across[0])) / max(wide - 1, 1)
    c, s = np.empty(LANES, np.float32), np.empty(LANES, np.float32)
    for n in range(len(waves)):
        for j in range(len(z)):
            to, to2 = fields[2 * n, j], fields[2 * n + 1, j]
            to[:], to2[:] = f4(0), f4(0)
            level, far = thin[n, j], float(z[j])
            if level < least:
                continue
            for k in range(waves.shape[1]):
                first = far * (begin * waves[n, k, 0] + waves[n, k, 1]) + waves[n, k, 2]
                by = far * step * waves[n, k, 0]
                for i in range(LANES):
                    c[i] = f4(math.cos(first + by * i)) * level
                    s[i] = f4(math.sin(first + by * i)) * level
                turn, turn2 = f4(math.cos(by * LANES)), f4(math.sin(by * LANES))
                for x in range(0, wide - LANES + 1, LANES):
                    a, b = to[x : x + LANES], to2[x : x + LANES]
                    for i in range(LANES):
                        a[i] += c[i]
                        b[i] += s[i]
                        p, q = c[i], s[i]
                        c[i], s[i] = p * turn - q * turn2, p * turn2 + q * turn
                rest = wide % LANES
                for i in range(rest):
                    to[wide - rest + i] += c[i]
                    to2[wide - rest + i] += s[i]
