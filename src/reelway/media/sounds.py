"""Voice samples, in the child: is it a sound that can be used, and what the voice in it is like.

`check` decodes it whole by PyAV, at 16 kHz, and measures the loudest channel: pitch by YIN
(de Cheveigné and Kawahara 2002), brightness, pace and loudness. Needs PyAV and numpy, imported
when first asked. This is a child of its own, `python -m reelway.media.sounds`: decoders of
sounds that users send stand beside neither their pictures nor finished films.
"""

from __future__ import annotations

import io
import os
import struct
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from reelway.lines import JobError, Tell, child_setup, serve_lines
from reelway.media.layout import inspect

if TYPE_CHECKING:
    import av
    import numpy as np
    from numpy.typing import NDArray

    Wave = NDArray[np.float64]

TOLERANCE = 0.05  # seconds at both ends of the allowed lengths: encoders pad
MOST_CHANNELS = 8
SAMPLE_RATES = (8_000, 192_000)  # a second
QUIETEST = -60.0  # dBFS; below it a sample counts as silent
LOWEST_PITCH, HIGHEST_PITCH = 60, 500  # Hz

_NAMES = {"mp3": "MP3", "ogg": "Ogg", "wav": "WAV", "m4a": "M4A", "aac": "AAC"}
_TYPES = {"mp3": "audio/mpeg", "m4a": "audio/mp4"}  # the others: audio/ and the kind
_DECODERS = (
    *("aac", "alac", "flac", "mp3", "mp3float", "opus", "libopus", "vorbis", "libvorbis", "speex"),
    *("pcm_u8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_f32le"),
    *("pcm_f64le", "pcm_alaw", "pcm_mulaw", "adpcm_ms", "adpcm_ima_wav"),
)
# FFmpeg tells a format by content: what says it is a playlist would have it open other files.
_ONLY = {
    "format_whitelist": "mp3,ogg,wav,mov,mp4,m4a,aac",
    "protocol_whitelist": "file",
    "codec_whitelist": ",".join(_DECODERS),
}
# What a file seems to be, for the message alone; or a kind, so damaged that it cannot be opened.
_SEEMS = (
    (4, b"ftyp", "m4a"),
    (8, b"WAVE", "wav"),
    (0, b"OggS", "ogg"),
    (0, b"ID3", "mp3"),
    (0, b"#EXTM3U", "a playlist"),
    (0, b"ffconcat", "a playlist"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\x1aE\xdf\xa3", "a Matroska or WebM file"),
    (0, b"fLaC", "a FLAC sound"),
)
_UNKNOWN_LENGTH = 0x7F000000  # bytes from which a WAV's writer meant "I cannot go back and say"
_SLACK = 0.3  # seconds that an encoder's padding may take off the length that a file states

_RATE = 16_000  # a second, of what is measured
_HOP = 160  # samples from one frame to the next: 10 ms
_FRAME = 640  # samples of a frame: 40 ms
_LONGEST_LAG = _RATE // LOWEST_PITCH + 2  # samples
_FFT = 1024  # at least a frame and the longest lag: no lag wraps around
_PERIODIC = 0.15  # YIN's threshold: what a voiced frame's period may leave unexplained
_LEAST_VOICED = 10  # frames: a tenth of a second
_DIP = 3.0  # dB between two syllables
_FLOOR = -25.0  # dB under the loud parts: no syllable is quieter
_ZERO = -120.0  # dBFS, for no signal at all


def check(path: Path, most_bytes: int, shortest: float, longest: float) -> dict[str, Any]:
    """The fields of `AudioSample`; from `shortest` to `longest` seconds, both inclusive.

    Raises JobError audio_too_large, audio_format or audio_length; extra_missing without PyAV.
    """
    _import()
    size = path.stat().st_size
    if size > most_bytes:
        found = f"the sound has {size:,} bytes; at most {most_bytes:,} are allowed"
        raise JobError("audio_too_large", found)
    content = path.read_bytes()
    heard = _hear(path, content, longest + TOLERANCE)
    if not shortest - TOLERANCE <= heard.seconds <= longest + TOLERANCE:
        found = f"over {longest:g}" if heard.seconds > longest else f"{heard.seconds:.2f}"
        allowed = f"{shortest:g} to {longest:g} s are allowed"
        raise JobError("audio_length", f"the sound lasts {found} s; {allowed}")
    wave, loudness = _loudest(heard)
    if loudness < QUIETEST:
        found = f"its level is {loudness:.0f} dBFS, under {QUIETEST:.0f}"
        raise JobError("audio_format", f"this file holds no sound: {found}")
    return {
        "kind": heard.kind,
        "media_type": _TYPES.get(heard.kind, f"audio/{heard.kind}"),
        "duration": round(heard.seconds, 3),
        "channels": heard.channels,
        "sample_rate": heard.rate,
        "loudness": round(loudness, 1),
        **_voice(wave),
    }


def _import() -> None:
    """numpy's threads each take address space, which is limited, and are of no use here."""
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
    try:
        import_module("av")
        import_module("numpy")
    except ImportError as error:
        raise JobError("extra_missing", "PyAV or numpy is not installed") from error


@dataclass(frozen=True, kw_only=True)
class _Heard:
    kind: str
    seconds: float
    channels: int
    rate: int  # of the file, a second
    wave: Wave  # channels x samples at 16 kHz


def _hear(path: Path, content: bytes, most: float) -> _Heard:
    import av
    import av.error

    try:
        # Not by its name: FFmpeg would let the ending weigh more than the content.
        opened = av.open(io.BytesIO(content), "r", options=dict(_ONLY))
    except MemoryError:
        raise
    except (av.error.FFmpegError, ValueError) as error:
        _no_sound(content, error)
    try:
        with opened:
            name = opened.format.name  # of M4A it is a list: mov,mp4,m4a,3gp,3g2,mj2
            kind = name if name in _NAMES else "m4a"
            _check_whole(kind, content, path)
            return _decode(opened, kind, content, most)
    except (MemoryError, JobError):
        raise
    except (av.error.FFmpegError, ValueError) as error:
        _damaged(kind, error)


def _decode(opened: av.container.InputContainer, kind: str, content: bytes, most: float) -> _Heard:
    """No further than just over `most` seconds, whatever else the file holds."""
    import av
    import numpy as np

    if not opened.streams.audio:
        raise JobError("audio_format", f"this {_NAMES[kind]} file holds no sound track")
    stream = opened.streams.audio[0]
    if stream.codec_context is None or stream.codec_context.name not in _DECODERS:
        raise JobError("audio_format", f"this {_NAMES[kind]} sound is coded in no way known here")
    channels, rate, samples = 0, 0, 0
    parts: list[Any] = []
    resampler = None
    for frame in _frames(opened, stream, kind):
        if resampler is None:
            channels, rate = frame.layout.nb_channels, frame.sample_rate
            _check_form(channels, rate)
            # Not planes of floats: PyAV 18 crashes when asked for eight of them.
            resampler = av.AudioResampler(format="flt", layout=frame.layout, rate=_RATE)
        samples += frame.samples
        parts += [part.to_ndarray() for part in resampler.resample(frame)]
        if samples > most * rate:
            break
    if resampler is None:
        _damaged(kind, ValueError("no frame"))
    parts += [part.to_ndarray() for part in resampler.resample(None)]
    seconds = samples / rate
    stated = _stated(stream, kind, content)
    if seconds < min(stated, most) - _SLACK:
        _damaged(kind, ValueError(f"{seconds:.2f} s of {stated:.2f} s"))
    wave = np.concatenate(parts, axis=1).reshape(-1, channels).T.astype(np.float64)
    return _Heard(kind=kind, seconds=seconds, channels=channels, rate=rate, wave=wave)


def _frames(
    opened: av.container.InputContainer, stream: av.AudioStream, kind: str
) -> Iterator[av.AudioFrame]:
    """Real files have a bad packet now and then, at their beginning above all; not many."""
    import av.error

    good = bad = 0
    for packet in opened.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError as error:
            bad += 1
            if bad > 2 + good // 100:
                _damaged(kind, error)
        else:
            good += 1
            yield from frames


def _check_form(channels: int, rate: int) -> None:
    least, most = SAMPLE_RATES
    if channels > MOST_CHANNELS or not least <= rate <= most:
        raise JobError(
            "audio_format",
            f"the sound has {channels} channels of {rate:,} samples a second; "
            f"at most {MOST_CHANNELS} of {least:,} to {most:,} are allowed",
        )


def _damaged(kind: str, error: Exception) -> NoReturn:
    print(f"{kind} refused: {type(error).__name__}: {error}", file=sys.stderr)
    raise JobError(
        "audio_format",
        f"this {_NAMES[kind]} sound is damaged or cut off: it cannot be decoded whole",
    ) from error


def _no_sound(content: bytes, error: Exception) -> NoReturn:
    """Of none of the kinds, or of one and so damaged that not even its head can be read."""
    head = content[:512]
    found = next((name for at, sign, name in _SEEMS if head[at:].startswith(sign)), None)
    if found in _NAMES:
        _damaged(found, error)
    if not head:
        found = "an empty file"
    elif not found and b"\0" not in head and all(c >= 32 or c in b"\t\r\n\f" for c in head):
        found = "text"
    raise JobError(
        "audio_format",
        "only MP3, Ogg, WAV, M4A and AAC sounds are taken; "
        f"this is {found or 'no kind of sound that is known here'}",
    ) from error


def _check_whole(kind: str, content: bytes, path: Path) -> None:
    """Is it all there? Decoders play whatever part of a file they are given."""
    fault = ""  # an MP3 has no form to check, but most state a length: see `_stated`
    if kind == "m4a":
        fault = next(iter(inspect(path).faults), "")
    elif kind != "mp3":
        fault = {"wav": _wav_fault, "ogg": _ogg_fault, "aac": _aac_fault}[kind](content)
    if fault:
        _damaged(kind, ValueError(fault))


def _wav_fault(content: bytes) -> str:
    at = 12
    while at + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        if name == b"data":
            known = 0 < size < _UNKNOWN_LENGTH
            return "its data are cut off" if known and at + 8 + size > len(content) else ""
        at += 8 + size + size % 2
    return "it has no data"


def _ogg_fault(content: bytes) -> str:
    at = 0
    while content.startswith(b"OggS", at) and at + 27 <= len(content):
        sizes = content[at + 27 : at + 27 + content[at + 26]]
        at += 27 + len(sizes) + sum(sizes)
    return _end_fault(content, at)


def _aac_fault(content: bytes) -> str:
    at = _after_id3(content)
    while at + 7 <= len(content) and content[at] == 0xFF and content[at + 1] & 0xF6 == 0xF0:
        size = int.from_bytes(content[at + 3 : at + 6], "big") >> 5 & 0x1FFF
        at += max(size, 7)
    return _end_fault(content, at)


def _end_fault(content: bytes, at: int) -> str:
    """Pages or frames one after another reach to `at`: only a tag may follow."""
    whole = at == len(content) or content.startswith((b"TAG", b"APETAGEX"), at)
    return "" if whole else f"it breaks off at {at} of {len(content)} bytes"


def _stated(stream: av.AudioStream, kind: str, content: bytes) -> float:
    """Seconds, as the file's own tables have it; 0 where it has none and FFmpeg would guess."""
    start = _after_id3(content)
    first = content[start : start + 256]
    tables = kind == "mp3" and any(sign in first for sign in (b"Xing", b"Info", b"VBRI"))
    if not tables or stream.duration is None or stream.time_base is None:
        return 0.0
    return float(stream.duration * stream.time_base)


def _after_id3(content: bytes) -> int:
    """Where a tag (ID3v2) at the beginning ends; its four bytes of length have seven bits each."""
    if not content.startswith(b"ID3") or len(content) < 10:
        return 0
    return 10 + sum((byte & 0x7F) << 7 * n for n, byte in enumerate(reversed(content[6:10])))


def _loudest(heard: _Heard) -> tuple[Wave, float]:
    """The loudest channel, from -1 to 1, and its level in dBFS (a full square wave is 0).

    Not the mean of them: channels that oppose each other would cancel out.
    """
    import numpy as np

    if not np.isfinite(heard.wave).all():
        _damaged(heard.kind, ValueError("samples that are no numbers"))
    waves = np.clip(heard.wave, -1, 1)
    waves -= waves.mean(axis=1, keepdims=True)
    powers = np.mean(waves**2, axis=1)
    best = int(np.argmax(powers))
    level = 10 * np.log10(max(float(powers[best]), 10 ** (_ZERO / 10)))
    return waves[best], float(level)


def _voice(wave: Wave) -> dict[str, float | None]:
    """Pitch and its spread, brightness and pace."""
    import numpy as np

    seconds = len(wave) / _RATE
    whole = np.pad(wave, (0, _FRAME + _LONGEST_LAG))
    frames = np.lib.stride_tricks.sliding_window_view(whole, _FRAME + _LONGEST_LAG)[::_HOP]
    levels = frames[:, :_FRAME].std(axis=1)
    loud = float(max(np.percentile(levels, 95), levels.max() / 10))
    heard = levels > loud * 10 ** (_FLOOR / 20)
    pitches = _pitches(frames[heard])
    voiced = np.isfinite(pitches)
    pitch, spread, speaking = None, 0.0, frames[heard]
    if voiced.sum() >= _LEAST_VOICED:
        low, middle, high = np.percentile(pitches[voiced], (25, 50, 75))
        pitch, spread = round(float(middle), 1), round(float(12 * np.log2(high / low)), 2)
        speaking = speaking[voiced]
    return {
        "pitch": pitch,
        "pitch_spread": spread,
        "brightness": round(_brightness(speaking[:, :_FRAME]), 1),
        "pace": round(_syllables(levels, loud) / seconds, 2),
    }


def _pitches(frames: Wave) -> Wave:
    """YIN: Hz of each frame, NaN where it has no period."""
    import numpy as np

    spectra = np.fft.rfft(frames, _FFT)
    starts = np.fft.rfft(frames[:, :_FRAME], _FFT)
    alike = np.fft.irfft(spectra * starts.conj(), _FFT)[:, : _LONGEST_LAG + 1]
    sums = np.cumsum(np.pad(frames**2, ((0, 0), (1, 0))), axis=1)
    powers = sums[:, _FRAME:] - sums[:, : _LONGEST_LAG + 1]
    apart = np.maximum(powers[:, :1] + powers - 2 * alike, 0)[:, 1:]  # from a lag of 1
    lags = np.arange(1, _LONGEST_LAG + 1)
    rest = apart * lags / np.maximum(np.cumsum(apart, axis=1), 1e-12)
    here, before, after = rest[:, 1:-1], rest[:, :-2], rest[:, 2:]  # lags from 2
    dips = (here < _PERIODIC) & (here <= after) & (here < before)
    dips[:, : _RATE // HIGHEST_PITCH - 2] = False
    rows, at = np.arange(len(frames)), np.argmax(dips, axis=1)
    one, two, three = before[rows, at], here[rows, at], after[rows, at]
    bend = np.maximum(one - 2 * two + three, 1e-12)
    periods = at + 2 + np.clip((one - three) / (2 * bend), -0.5, 0.5)
    return np.where(dips.any(axis=1), _RATE / periods, np.nan)


def _brightness(frames: Wave) -> float:
    """Hz: the middle of the spectrum by amplitude, up to 8 kHz; the median of the frames."""
    import numpy as np

    sizes = np.abs(np.fft.rfft(frames * np.hanning(_FRAME), _FFT))
    pitches = np.fft.rfftfreq(_FFT, 1 / _RATE)
    return float(np.median(sizes @ pitches / np.maximum(sizes.sum(axis=1), 1e-12)))


def _syllables(levels: Wave, loud: float) -> int:
    """Peaks of the level, smoothed over a tenth of a second, with dips of 3 dB between them."""
    import numpy as np

    window = np.hanning(13)[1:-1]
    smooth = np.convolve(levels, window / window.sum(), "same")
    decibels = 20 * np.log10(np.maximum(smooth / loud, 10 ** (_FLOOR / 20)))
    count, rising, turn = 0, False, _FLOOR
    for level in [*decibels.tolist(), _FLOOR]:
        if (level > turn) == rising:
            turn = level
        elif abs(level - turn) >= _DIP:
            count += rising
            rising, turn = not rising, level
    return count


def handle(job: dict[str, Any], tell: Tell) -> Mapping[str, Any]:
    try:
        return check(Path(job["path"]), job["most_bytes"], job["shortest"], job["longest"])
    except MemoryError as error:
        raise JobError("too_much_memory", "it takes too much memory to decode") from error


if __name__ == "__main__":
    lines = child_setup()
    serve_lines(handle, {"helper": "sounds"}, lines)
