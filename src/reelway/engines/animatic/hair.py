"""Hair on a head: a cap around the skull, cut by a hairline, with strands and a gleam.

    STYLES   how each is cut: hairline from the brow around to the nape, volume, strands
    ball     how far the cap reaches

What hangs down free (long hair, a braid, a ponytail) is made of solids in `locks`, because it lags
behind when its head moves.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Style:
    line: tuple[float, ...]  # heights of the hairline at `kernels.form.AROUND`
    high: float = 0.80  # radii of the cap
    wide: float = 0.79
    deep: float = 0.95
    rough: float = 0.030  # of its edge
    curl: float = 0.0  # how lumpy it is
    part: float = 0.18  # where the strands begin, to its right
    drop: float = 1.0  # how much further down it reaches than up


_MAN = (0.66, 0.63, 0.56, 0.30, -0.12, 0.12, -0.25, -0.50, -0.58)
_OVER = (0.70, 0.65, 0.46, -0.10, -0.75, -0.90, -0.95, -1.0, -1.0)  # covers the ears
STYLES: dict[str, Style] = {
    "short": Style(line=_MAN, high=0.80, wide=0.725, deep=0.92),
    "crop": Style(line=_MAN, high=0.755, wide=0.69, deep=0.875, rough=0.012),
    "side": Style(line=(0.54, 0.48, 0.46, 0.28, -0.10, 0.10, -0.28, -0.52, -0.60), high=0.88,
                  part=0.42),
    "fringe": Style(line=(0.30, 0.30, 0.30, 0.20, -0.16, 0.02, -0.40, -0.62, -0.70), high=0.83,
                    wide=0.77, deep=0.93, rough=0.05),
    "receding": Style(line=(0.72, 0.76, 0.80, 0.40, -0.05, 0.12, -0.28, -0.52, -0.60), high=0.76,
                      wide=0.765, deep=0.92),
    "wreath": Style(line=(2.0, 1.9, 1.2, 0.48, -0.02, 0.15, -0.25, -0.50, -0.58), high=0.74,
                    wide=0.78, deep=0.92),
    "long": Style(line=_OVER, high=0.82, wide=0.80, deep=0.96, drop=1.9, rough=0.016,
                  part=0.10),
    "bangs": Style(line=(0.27, 0.28, 0.28, 0.05, -0.6, -0.8, -0.9, -1.0, -1.0), high=0.83,
                   wide=0.80, deep=0.96, rough=0.04, drop=1.9),
    "bob": Style(line=(0.30, 0.31, 0.32, 0.02, -0.72, -0.80, -0.82, -0.84, -0.84), high=0.85,
                 wide=0.84, deep=0.98, rough=0.03, drop=1.75),
    "up": Style(line=(0.62, 0.58, 0.50, 0.32, 0.05, 0.15, -0.18, -0.42, -0.50), high=0.79,
                wide=0.76, deep=0.93, rough=0.018, part=0.0),
    "curly": Style(line=(0.52, 0.46, 0.40, 0.18, -0.20, -0.15, -0.40, -0.62, -0.66), high=0.98,
                   wide=0.98, deep=1.10, rough=0.09, curl=1.0),
    "afro": Style(line=(0.50, 0.44, 0.34, 0.10, -0.20, -0.25, -0.45, -0.60, -0.66), high=1.10,
                  wide=1.12, deep=1.10, rough=0.05, curl=0.55),
}  # fmt: skip


def ball(style: str) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Middle and radii of the cap, in the head's space; below its middle it reaches further."""
    s = STYLES[style]
    rough = 1.0 + 0.08 * s.curl
    high = max(s.high * rough, 0.95 * s.high * s.drop)
    return (max(0.70 - s.deep, -0.34), 0.32, 0.0), (s.deep * rough, high, s.wide * rough)
