"""The subject of a caller's picture, cut out of its background.

    cut    an image file → Cutout: colours and a soft cover

Images come without alpha. A background of one colour (or of one soft run of colours) is flooded
away from the border. Any other is told from the subject by the colours of both (`grab`), and the
rim is then fitted to the edges of the picture at its full size; what shines through at the rim of
the old background is taken out of the colours. Where nothing clear stands out, the middle of the
picture stands in the scene, its edges fading, and the report says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import Interpolation

from reelway.engines.animatic.canvas import LUMA
from reelway.engines.animatic.grab import SURE, edge, grabbed, rimmed, steepness
from reelway.engines.animatic.regions import box, filled, flooded, guided, parts, resized

Array = npt.NDArray[Any]
How = Literal["flat", "contrast", "vignette"]
LONGEST = 720  # pixels of a cut-out's longer side
ROUGH = 160  # pixels of the mask's longer side, where it is searched
FLAT = 0.85  # of the border that must lie near its model for a flat background
NEAR = 0.075  # distance of colours that are still background
RIM = 0.6  # of its rim that must be one
LEAST, MOST = 0.01, 0.70  # of the picture that a subject covers
MIDDLE = 0.8  # of the picture's height and width that a vignette shows


@dataclass(frozen=True, kw_only=True)
class Cutout:
    """`colour` is display RGB (h, w, 3), not premultiplied; `cover` (h, w), 0…1."""

    colour: Array
    cover: Array
    how: How

    @property
    def aspect(self) -> float:
        high, wide = self.cover.shape
        return float(wide / high)

    @property
    def foot(self) -> tuple[float, float]:
        """From where to where it touches the ground, shares of its width."""
        low = self.cover[-max(3, len(self.cover) // 12) :].max(axis=0)
        touched = np.nonzero(low > 0.4)[0]
        if not len(touched):
            return 0.3, 0.7
        wide = self.cover.shape[1]
        return float(touched[0] / wide), float((touched[-1] + 1) / wide)


def load(path: Path, longest: int) -> Array:
    """The image as display RGB 0…1, at most `longest` pixels long."""
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
    part = min(1.0, longest / max(frame.width, frame.height))
    width, height = (max(8, round(side * part)) for side in (frame.width, frame.height))
    small = frame.reformat(
        width=width, height=height, format="rgb24", interpolation=Interpolation.AREA
    )
    return small.to_ndarray().astype(np.float32) / 255


def cut(path: Path) -> Cutout:
    picture = load(path, LONGEST)
    part = min(1.0, ROUGH / max(picture.shape[:2]))
    small = picture
    if part < 1:
        small = resized(picture, tuple(max(8, round(n * part)) for n in picture.shape[:2]))
    mask, background = _flat(small)
    if mask is not None and background is not None:
        cover = resized(mask.astype(np.float32), picture.shape[:2])
        cover, picture = _matted(picture, cover, resized(background, picture.shape[:2]))
        return _trimmed(picture, cover, "flat")
    found = grabbed(small)
    if found is None or found.sure < SURE:
        return _vignette(picture)
    cover = _fitted(picture, resized(found.part, picture.shape[:2]))
    return _trimmed(_clean(picture, cover), cover, "contrast")


def _flat(picture: Array) -> tuple[Array | None, Array | None]:
    """The subject before a background that is one plane of colours, and that plane."""
    high, wide = picture.shape[:2]
    y, x = np.mgrid[0:high, 0:wide]
    base = np.stack([np.ones_like(x), x / wide, y / high], axis=-1).astype(np.float32)
    border = edge(picture.shape)
    at, colours = base[border], picture[border]
    good = np.abs(colours - np.median(colours, axis=0)).max(axis=1) < 0.35
    if good.mean() < FLAT:
        return None, None
    for _ in range(3):  # what does not fit is somebody who touches the edge
        model, *_ = np.linalg.lstsq(at[good], colours[good], rcond=None)
        off = np.sqrt(((colours - at @ model) ** 2).sum(axis=1))
        good = off < NEAR
        if good.sum() < 12:
            return None, None
    if good.mean() < FLAT:
        return None, None
    background = np.asarray(base @ model, np.float32)
    like = np.sqrt(((picture - background) ** 2).sum(axis=-1)) < NEAR
    pieces = parts(~flooded(border & like, like))
    large = [p for p in pieces if p.sum() * 4 >= pieces[0].sum()]
    mask = np.logical_or.reduce(large) if large else np.zeros_like(like)
    # A pool of light on a wall is no subject: it has no rim.
    clear = _is_subject(mask) and rimmed(mask, steepness(picture)) > RIM
    return (mask, background) if clear else (None, None)


def _is_subject(mask: Array) -> bool:
    if not LEAST < float(mask.mean()) < MOST:
        return False
    border = edge(mask.shape)
    rows, cols = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    room = (rows[-1] - rows[0] + 1) * (cols[-1] - cols[0] + 1)
    solid = float(mask.sum()) / room  # scattered spots are no subject
    return float((mask & border).sum()) / float(border.sum()) < 0.30 and solid > 0.12


def _matted(picture: Array, cover: Array, background: Array) -> tuple[Array, Array]:
    """Cover at full size from the distance to the background, and colours without it: no pale
    hem around what stood before white."""
    off = np.sqrt(((picture - background) ** 2).sum(axis=-1))
    near = np.clip(cover * 1.6, 0, 1)  # within the rough mask or right beside it
    inner = np.clip((box(box(cover, 2), 2) - 0.80) / 0.15, 0, 1)
    fine = np.maximum(np.clip((off - 0.4 * NEAR) / (2.2 * NEAR), 0, 1) * near, inner)
    alpha = fine[..., None]
    clean = np.clip((picture - (1 - alpha) * background) / np.maximum(alpha, 0.15), 0, 1)
    return fine, np.where(alpha > 0.97, picture, clean)


def _fitted(picture: Array, rough: Array) -> Array:
    """A rough cover made to follow the picture's own edges."""
    reach = max(3, max(picture.shape[:2]) // 90)
    fine = rough
    for k, guide in enumerate((picture @ LUMA, picture[..., 0] - picture[..., 2])):
        follows = guided(guide.astype(np.float32), rough, reach, 3e-4)
        fine = follows if k == 0 else 0.7 * fine + 0.3 * follows
    cover = np.clip((fine - 0.30) / 0.45, 0, 1)
    sure = box(rough, 2 * reach)  # far from the rim there is nothing to be found
    cover = np.where(sure > 0.97, 1.0, np.where(sure < 0.03, 0.0, cover))
    return np.asarray(cover, np.float32)


def _clean(picture: Array, cover: Array) -> Array:
    """The subject's own colours: at the rim those from further in, less what shines through."""
    inner = np.clip((box(cover, 2) - 0.93) / 0.06, 0, 1)
    outer = np.clip((0.06 - box(cover, 2)) / 0.05, 0, 1)
    own, behind = filled(picture, inner), filled(picture, outer)
    alpha = cover[..., None]
    through = np.clip((picture - (1 - alpha) * behind) / np.maximum(alpha, 0.2), 0, 1)
    # As far as it is still like its neighbours: dividing by little makes odd colours.
    through = np.clip(through, own - 0.16, own + 0.16)
    return np.where(inner[..., None] > 0.5, picture, through).astype(np.float32)


def _trimmed(picture: Array, cover: Array, how: How) -> Cutout:
    rows = np.nonzero((cover > 0.3).any(axis=1))[0]
    cols = np.nonzero((cover > 0.3).any(axis=0))[0]
    top, bottom = max(rows[0] - 2, 0), rows[-1] + 3
    left, right = max(cols[0] - 2, 0), cols[-1] + 3
    part = np.s_[top:bottom, left:right]
    return Cutout(colour=picture[part], cover=cover[part], how=how)


def _vignette(picture: Array) -> Cutout:
    """The middle of the picture, fading towards an oval rim: a look through a soft opening."""
    high, wide = picture.shape[:2]
    y = np.linspace(-1, 1, high)[:, None] / MIDDLE
    x = np.linspace(-1, 1, wide)[None, :] / MIDDLE
    out = (np.abs(x) ** 3.2 + np.abs(y) ** 3.2) ** (1 / 3.2)
    cover = np.clip((1.12 - out) / 0.30, 0, 1)
    cover = (cover * cover * (3 - 2 * cover)).astype(np.float32)
    return _trimmed(picture, cover, "vignette")
