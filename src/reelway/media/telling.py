"""The frame of a film that says most about it: in the media helper only.

    telling    an open film → its sharpest frame with something in the middle of it, that is neither
               dark nor washed out, nor in the midst of a cut or a fade

A film of our own says itself when that is (`understood.poster` of its report); this is for those of
vendors, of which nothing is known. Every picture that others lean on is decoded once, as a film may
have no more than one key frame; of long films the key frames alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, cast

from reelway.lines import JobError

if TYPE_CHECKING:
    import av

SMALL = (96, 54)  # pixels, in which frames are compared
LOOKS = 36  # frames that are looked at, at most
HELD = 4  # frames that are kept meanwhile: large ones are not held by the dozen
LONG = 30.0  # seconds; longer films are looked at by their key frames
DARK, PALE = 34.0, 222.0  # mean of a frame that is hardly one
SPREAD = 42.0  # of the levels of a picture with much in it
UNREST = 12.0  # mean change of a level from one decoded frame to the next


@dataclass(frozen=True, kw_only=True)
class _Seen:
    place: float  # 0…1 of the film
    sharp: float
    centre: float  # of it in the middle
    mean: float
    spread: float
    unrest: float
    frame: av.VideoFrame


def telling(film: av.container.InputContainer) -> av.VideoFrame:
    stream = film.streams.video[0]
    stream.thread_type = "AUTO"
    stream.codec_context.thread_count = 2  # each one costs address space, which is limited
    length = float((stream.duration or 0) * (stream.time_base or 0))
    stream.codec_context.skip_frame = "NONKEY" if length > LONG else "NONREF"
    seen: list[_Seen] = []
    sharp: list[float] = []
    before, due = None, 0.0
    for frame in film.decode(stream):
        small, at = _small(frame), frame.time or 0.0
        if at >= due:
            seen.append(_look(small, before, at / length if length else 0.0, frame))
            sharp.append(seen[-1].sharp)
            usual, due = max(median(sharp), 0.5), at + length / LOOKS
            seen = sorted(seen, key=lambda s: -_score(s, usual))[:HELD]
        before = small
    if not seen:
        raise JobError("not_a_film", "the film holds no picture that can be decoded")
    return seen[0].frame


def _small(frame: av.VideoFrame) -> Any:
    width, height = SMALL
    small = frame.reformat(width=width, height=height, format="gray", interpolation="AREA")
    return cast(Any, small).to_image()  # PyAV gives it no types


def _look(small: Any, before: Any, place: float, frame: av.VideoFrame) -> _Seen:
    from PIL import ImageChops, ImageFilter, ImageStat

    width, height = SMALL
    whole = ImageStat.Stat(small)
    edges = small.filter(ImageFilter.FIND_EDGES).crop((1, 1, width - 1, height - 1))
    middle = edges.crop((width // 4, height // 5, width * 3 // 4, height * 9 // 10))
    change = ImageChops.difference(small, before) if before is not None else None
    return _Seen(
        place=place,
        sharp=ImageStat.Stat(edges).mean[0],
        centre=ImageStat.Stat(middle).mean[0],
        mean=whole.mean[0],
        spread=whole.stddev[0],
        unrest=ImageStat.Stat(change).mean[0] if change else 0.0,
        frame=frame,
    )


def _score(seen: _Seen, usual: float) -> float:
    sharp = min(seen.sharp / usual, 2.0)
    centre = min(seen.centre / max(seen.sharp, 0.5), 2.0)
    spread = min(seen.spread / SPREAD, 1.2)
    hidden = max(0.0, DARK - seen.mean) / DARK + max(0.0, seen.mean - PALE) / (255 - PALE)
    restless = min(seen.unrest / UNREST, 2.0)
    aside = abs(seen.place - 0.45)
    return sharp + 0.5 * centre + 0.8 * spread - 3 * hidden - 0.6 * restless - 0.5 * aside
