"""Films, in the child: what a file really holds, and a picture out of it.

`probe` asks MediaInfo, which shares no line of code with what writes our films, and checks the
file's own tables (`layout`). `poster` needs PyAV. Runs in the media helper only.
"""

from __future__ import annotations

import xml.etree.ElementTree
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from reelway.lines import JobError
from reelway.media.layout import Layout, inspect
from reelway.media.telling import telling

if TYPE_CHECKING:
    import av

# FFmpeg tells a format by content: what says it is a playlist would have it open other files.
_ONLY = {"format_whitelist": "mov,mp4,matroska,webm", "protocol_whitelist": "file"}
_HD = 720  # lines from which unmarked colours are those of BT.709


def probe(path: Path) -> dict[str, Any]:
    """The fields of `FilmInfo`. Raises JobError not_a_film, or film_incomplete where the file is
    cut off so early that not even a picture track can be seen."""
    size = path.stat().st_size
    if size == 0:
        raise JobError("not_a_film", "the file is empty")
    layout = inspect(path)
    tracks = _tracks(path)
    general = next((t for t in tracks if t["track_type"] == "General"), {})
    video = [t for t in tracks if t["track_type"] == "Video"]
    audio = [t for t in tracks if t["track_type"] == "Audio"]
    faults = [*layout.faults]
    if general.get("istruncated") == "Yes":
        faults.append("MediaInfo calls it cut off")
    if errors := general.get("conformance_errors"):
        faults.append(f"MediaInfo counts {errors} errors of form")
    if not video or not video[0].get("width"):
        _refuse(general, layout)
    return {
        **_picture(video[0]),
        "audio": _sound(audio[0]) if audio else None,
        "bytes": size,
        "container": str(general.get("format", "")),
        "video_tracks": len(video),
        "audio_tracks": len(audio),
        "faststart": layout.faststart,
        "fragmented": layout.fragmented,
        "complete": not faults,
        "faults": faults,
    }


def _tracks(path: Path) -> list[dict[str, Any]]:
    from pymediainfo import MediaInfo

    try:
        with path.open("rb") as file:  # not by its name: MediaInfo would look at its neighbours
            return [track.to_data() for track in MediaInfo.parse(file).tracks]
    except (RuntimeError, xml.etree.ElementTree.ParseError) as error:
        raise JobError("not_a_film", f"the file cannot be read: {type(error).__name__}") from error


def _refuse(general: dict[str, Any], layout: Layout) -> None:
    kind = general.get("format")
    if kind in ("MPEG-4", "QuickTime") and layout.faults:
        raise JobError("film_incomplete", f"the film is not complete: {layout.faults[0]}")
    found = f"it seems to be {kind}" if kind else "it is of no known kind"
    raise JobError("not_a_film", f"the file holds no film: {found}")


def _picture(track: dict[str, Any]) -> dict[str, Any]:
    top, bottom = _number(track.get("framerate_num")), _number(track.get("framerate_den"))
    rate = top / bottom if top and bottom else _number(track.get("frame_rate"))
    return {
        "width": int(track["width"]),
        "height": int(track.get("height") or 0),
        "frames": int(_number(track.get("frame_count"))),
        "frame_rate": rate,
        "constant_rate": track.get("frame_rate_mode") == "CFR",
        "duration": _number(track.get("duration")) / 1000,
        "video_codec": str(track.get("format", "")),
        "pixel_format": _pixel_format(track),
    }


def _pixel_format(track: dict[str, Any]) -> str:
    parts = (track.get("color_space"), track.get("chroma_subsampling"))
    depth = track.get("bit_depth")
    return " ".join([*(str(p) for p in parts if p), *([f"{depth} bit"] if depth else [])])


def _sound(track: dict[str, Any]) -> dict[str, Any]:
    return {
        "codec": str(track.get("format", "")),
        "channels": int(_number(track.get("channel_s"))),
        "sample_rate": int(_number(track.get("sampling_rate"))),
        "duration": _number(track.get("duration")) / 1000,
    }


def _number(value: Any) -> float:
    """MediaInfo's numbers are texts or numbers, and now and then a list ("48000 / 24000")."""
    try:
        return float(str(value).split("/")[0])
    except ValueError:
        return 0.0


def poster(path: Path, out: Path, at: float | None, longest: int) -> dict[str, Any]:
    """Write the frame nearest to `at` x duration, or the most telling one, as a JPEG; its width
    and height."""
    try:
        import av
        import av.error
    except ImportError as error:
        raise JobError("extra_missing", "PyAV is not installed") from error
    try:
        with av.open(str(path), options=dict(_ONLY)) as film:
            if not film.streams.video:
                raise JobError("not_a_film", "the file holds no picture track")
            frame = telling(film) if at is None else _frame(film, at)
            scale = min(1.0, longest / max(frame.width, frame.height))
            width, height = (max(2, round(x * scale / 2) * 2) for x in (frame.width, frame.height))
            small = frame.reformat(
                width=width,
                height=height,
                format="rgb24",
                src_colorspace=_colours(frame),
                interpolation="LANCZOS",
            )
            image = cast(Any, small).to_image()  # PyAV gives it no types
    except (av.error.FFmpegError, ValueError) as error:
        raise JobError(
            "not_a_film", f"the film cannot be decoded: {type(error).__name__}"
        ) from error
    image.save(out, "JPEG", quality=85, progressive=True)
    return {"width": width, "height": height}


def _frame(film: av.container.InputContainer, at: float) -> av.VideoFrame:
    stream = film.streams.video[0]
    stream.thread_type = "AUTO"
    stream.codec_context.thread_count = 2  # each one costs address space, which is limited
    start = stream.start_time or 0
    length = stream.duration or 0
    aim = start + int(at * length)
    if length:
        film.seek(aim, stream=stream)  # to the key frame before it
    best: av.VideoFrame | None = None
    for frame in film.decode(stream):
        if best is not None and _distance(frame, aim) > _distance(best, aim):
            break
        best = frame
    if best is None:
        raise JobError("not_a_film", "the film holds no picture that can be decoded")
    return best


def _distance(frame: av.VideoFrame, aim: int) -> int:
    return abs((frame.pts or 0) - aim)


def _colours(frame: av.VideoFrame) -> str | None:
    """swscale takes unmarked colours for BT.601, whatever the size."""
    unmarked = frame.colorspace in (0, 2)
    return "ITU709" if unmarked and min(frame.width, frame.height) >= _HD else None
