"""`python -m reelway.engines.animatic.kernels`: compile the kernels now, so that no film waits."""

from __future__ import annotations

import sys

from reelway.engines.animatic.kernels import prepared

if __name__ == "__main__":
    print(f"kernels: {prepared()}", file=sys.stderr)
