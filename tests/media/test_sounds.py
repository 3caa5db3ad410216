"""Voice samples: what is taken, what is refused and why, and what is measured in them.

Voices are made on the spot: harmonics of a pitch under an envelope of syllables.
"""

from __future__ import annotations

import functools
import io
import random
import struct
import tempfile
from pathlib import Path

import av
import numpy as np
import pytest

from media.making import film, png
from reelway.errors import BadAudio, EngineMissing, RequestError
from reelway.media import MOST_AUDIO_BYTES, AudioSample, Media

pytestmark = pytest.mark.asyncio(loop_scope="module")

RATE = 16_000


@functools.cache
def voice(pitch=110.0, seconds=6.0, *, rate=RATE, slope=1.0, pace=4.0, glide=0.0):
    """Up to 19 harmonics, the n-th as loud as 1 / n ** slope; `pace` syllables a second.

    `glide`: semitones between the lowest and the highest pitch, once in two seconds.
    """
    t = np.arange(round(seconds * rate)) / rate
    bends = pitch * 2 ** (glide / 24 * np.sin(np.pi * t))
    phase = 2 * np.pi * np.cumsum(bends) / rate
    wave = sum(np.sin(n * phase) / n**slope for n in range(1, min(20, int(3900 // pitch))))
    wave *= 0.02 + np.sin(np.pi * pace * t) ** 2
    return (0.5 * wave / np.abs(wave).max()).astype(np.float32)


def coded(wave, form, codec, *, rate=RATE, options=None, bit_rate=None, out=None):
    """`wave`: samples, or channels x samples."""
    waves = np.atleast_2d(wave)
    layout = {1: "mono", 2: "stereo"}[len(waves)]
    out = out or io.BytesIO()
    with av.open(out, "w", format=form, options=options or {}) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        if codec == "vorbis":
            stream.codec_context.options = {"strict": "experimental"}
        if bit_rate:
            stream.bit_rate = bit_rate
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(waves, np.float32), format="fltp", layout=layout
        )
        frame.sample_rate, frame.pts = rate, 0
        resampler = av.AudioResampler(
            stream.codec_context.format, layout, rate, frame_size=stream.codec_context.frame_size
        )
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return out.getvalue() if isinstance(out, io.BytesIO) else b""


def wav(wave, **options):
    return coded(wave, "wav", "pcm_s16le", **options)


def raw_wav(data, *, channels=1, rate=8_000, bits=8, form=1, size=None):
    """A WAV by hand: its head may say what it likes."""
    step = channels * bits // 8
    head = struct.pack("<HHIIHH", form, channels, rate, rate * step, step, bits)
    stated = len(data) if size is None else size
    body = b"WAVEfmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", stated) + data
    return b"RIFF" + struct.pack("<I", min(len(body), 0xFFFFFFFF)) + body


def mp3(wave, **options):
    return coded(wave, "mp3", "libmp3lame", **options)


def aac(wave, **options):
    return coded(wave, "adts", "aac", **options)


def m4a(wave, **options):
    return coded(wave, "ipod", "aac", **options)


def faststart(wave):
    """Tables first: FFmpeg goes over the file again, so it must be one."""
    with tempfile.NamedTemporaryFile(suffix=".m4a") as file:
        coded(wave, "ipod", "aac", options={"movflags": "+faststart"}, out=file.name)
        return Path(file.name).read_bytes()


def opus(wave, **options):
    return coded(wave, "ogg", "libopus", **options)


LOW, HIGH = voice(110), voice(220, slope=0.5, pace=6.0)
STEREO = np.stack([LOW, LOW])
FORMS = {
    "wav": ("wav", "audio/wav", wav, RATE),
    "wav, 24 bits": ("wav", "audio/wav", lambda w: coded(w, "wav", "pcm_s24le"), RATE),
    "wav, float": ("wav", "audio/wav", lambda w: coded(w, "wav", "pcm_f32le"), RATE),
    "wav, a-law": ("wav", "audio/wav", lambda w: coded(w, "wav", "pcm_alaw"), RATE),
    "mp3": ("mp3", "audio/mpeg", mp3, RATE),
    "ogg, opus": ("ogg", "audio/ogg", opus, 48_000),
    "ogg, flac": ("ogg", "audio/ogg", lambda w: coded(w, "ogg", "flac"), RATE),
    "m4a": ("m4a", "audio/mp4", m4a, RATE),
    "m4a, tables first": ("m4a", "audio/mp4", faststart, RATE),
    "m4a, alac": ("m4a", "audio/mp4", lambda w: coded(w, "ipod", "alac"), RATE),
    "mov": ("m4a", "audio/mp4", lambda w: coded(w, "mov", "pcm_s16le"), RATE),
    "aac": ("aac", "audio/aac", aac, RATE),
}


async def check(media, folder, content, **limits) -> AudioSample:
    (folder / "in").write_bytes(content)
    return await media.check_audio(folder / "in", "voice_url", **limits)


@pytest.mark.parametrize("form", FORMS)
async def test_taken(media, tmp_path, form):
    kind, media_type, make, rate = FORMS[form]
    low = await check(media, tmp_path, make(LOW))
    high = await check(media, tmp_path, make(HIGH))
    for sample, pitch, pace in ((low, 110, 4.0), (high, 220, 6.0)):
        assert (sample.kind, sample.media_type) == (kind, media_type)
        assert (sample.channels, sample.sample_rate) == (1, rate)
        assert sample.duration == pytest.approx(6.0, abs=0.15 if kind == "aac" else 0.03)
        assert sample.pitch == pytest.approx(pitch, rel=0.02)
        assert sample.pitch_spread < 0.3
        assert sample.pace == pytest.approx(pace, abs=0.4)
        assert -25 < sample.loudness < -9
    assert high.brightness > 1.3 * low.brightness


async def test_vorbis(media, tmp_path):
    """FFmpeg's own encoder of it takes stereo alone."""
    content = coded(STEREO, "ogg", "vorbis", rate=RATE, bit_rate=64_000)
    sample = await check(media, tmp_path, content)
    assert (sample.kind, sample.channels) == ("ogg", 2)
    assert sample.pitch == pytest.approx(110, rel=0.05)


@pytest.mark.parametrize("pitch", [62, 85, 147, 311, 490])
async def test_pitch(media, tmp_path, pitch):
    sample = await check(media, tmp_path, wav(voice(pitch)))
    assert sample.pitch == pytest.approx(pitch, rel=0.01)


async def test_pitch_spread(media, tmp_path):
    """Between the quartiles of a sine lie 0.707 of its height, from peak to peak."""
    sample = await check(media, tmp_path, wav(voice(160, 8.0, glide=6.0)))
    assert sample.pitch == pytest.approx(160, rel=0.03)
    assert sample.pitch_spread == pytest.approx(6 * 0.707, abs=0.5)


@pytest.mark.parametrize("pace", [2.0, 3.0, 5.0, 7.0])
async def test_pace(media, tmp_path, pace):
    sample = await check(media, tmp_path, wav(voice(140, pace=pace)))
    assert sample.pace == pytest.approx(pace, abs=0.2)


async def test_noise_has_no_pitch(media, tmp_path):
    noise = np.random.default_rng(1).normal(0, 0.1, 6 * RATE).astype(np.float32)
    sample = await check(media, tmp_path, wav(noise))
    assert sample.pitch is None and sample.pitch_spread == 0
    assert sample.brightness > 3000
    assert sample.loudness == pytest.approx(-20, abs=0.5)


async def test_a_click_in_silence(media, tmp_path):
    wave = np.zeros(6 * RATE, np.float32)
    wave[RATE : RATE + 200] = 0.9
    sample = await check(media, tmp_path, wav(wave))
    assert sample.pitch is None and sample.pace == pytest.approx(1 / 6, abs=0.01)


async def test_loudness_is_that_of_the_loudest_channel(media, tmp_path):
    sine = np.sin(np.arange(6 * RATE) * 2 * np.pi * 200 / RATE).astype(np.float32)
    sample = await check(media, tmp_path, wav(np.stack([0.01 * sine, sine])))
    assert sample.loudness == pytest.approx(-3.0, abs=0.1)
    assert sample.pitch == pytest.approx(200, rel=0.01)


async def test_channels_that_oppose_each_other(media, tmp_path):
    sample = await check(media, tmp_path, wav(np.stack([LOW, -LOW])))
    assert sample.pitch == pytest.approx(110, rel=0.02) and sample.channels == 2


@pytest.mark.parametrize("channels", [2, 3, 5, 8])
@pytest.mark.parametrize("rate", [8_000, 44_100, 192_000])
async def test_channels_and_rates(media, tmp_path, channels, rate):
    """Also where a file does not say which channel stands where."""
    wave = voice(150, 5.0, rate=rate)
    data = np.repeat((wave * 32767).astype("<i2"), channels).tobytes()
    content = raw_wav(data, channels=channels, rate=rate, bits=16)
    sample = await check(media, tmp_path, content)
    assert (sample.channels, sample.sample_rate, sample.duration) == (channels, rate, 5.0)
    assert sample.pitch == pytest.approx(150, rel=0.02)


@pytest.mark.parametrize("seconds", [4.96, 5.0, 30.0, 30.04])
async def test_lengths_at_the_limits(media, tmp_path, seconds):
    sample = await check(media, tmp_path, wav(voice(seconds=seconds)))
    assert sample.duration == pytest.approx(seconds, abs=0.001)


@pytest.mark.parametrize("make", [mp3, opus, m4a], ids=["mp3", "opus", "m4a"])
async def test_thirty_seconds_in_each_kind(media, tmp_path, make):
    """Whose encoders pad."""
    assert (await check(media, tmp_path, make(voice(seconds=30.0)))).duration < 30.05


async def test_limits_are_the_callers(media, tmp_path):
    content = wav(voice(seconds=2.0))
    assert (await check(media, tmp_path, content, shortest=1.0)).duration == 2.0
    with pytest.raises(BadAudio, match=r"over 1.5 s; 1 to 1.5 s are allowed"):
        await check(media, tmp_path, content, shortest=1.0, longest=1.5)
    with pytest.raises(BadAudio, match="at most 1,000 are allowed") as refused:
        await check(media, tmp_path, content, most_bytes=1000)
    assert refused.value.code == "audio_too_large"


async def test_the_name_says_nothing(media, tmp_path):
    for name in ("voice.png", "voice.m3u8", "voice.txt", "voice.ogg"):
        (tmp_path / name).write_bytes(mp3(LOW))
        assert (await media.check_audio(tmp_path / name, "voice_url")).kind == "mp3"


def with_cover(content: bytes) -> bytes:
    """An ID3 tag that holds a picture, before the MP3's frames."""
    picture = png(300, 300)
    body = b"\0image/png\0\3\0" + picture
    frame = b"APIC" + struct.pack(">IH", len(body), 0) + body
    size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\3\0\0" + size + frame + content


async def test_cover_art(media, tmp_path):
    content = mp3(LOW, options={"id3v2_version": "0"})
    assert (await check(media, tmp_path, with_cover(content))).duration == pytest.approx(6, abs=0.1)


async def test_the_sound_of_a_film(media, tmp_path):
    path = film(tmp_path / "in.mp4", frames=144)
    sample = await media.check_audio(path, "voice_url")
    assert (sample.kind, sample.channels, sample.duration) == ("m4a", 2, pytest.approx(6, abs=0.05))


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFDB])
async def test_a_wav_whose_writer_could_not_say_how_long(media, tmp_path, size):
    data = (LOW * 32767).astype("<i2").tobytes()
    sample = await check(media, tmp_path, raw_wav(data, rate=RATE, bits=16, size=size))
    assert sample.duration == pytest.approx(6.0, abs=0.01)


BAD = {
    "too short": (lambda: wav(voice(seconds=4.9)), "audio_length", r"lasts 4.90 s; 5 to 30 s"),
    "too short mp3": (lambda: mp3(voice(seconds=1)), "audio_length", "5 to 30 s are allowed"),
    "too long": (lambda: wav(voice(seconds=30.1)), "audio_length", "over 30 s; 5 to 30 s"),
    "too long aac": (lambda: aac(voice(seconds=31)), "audio_length", "over 30 s"),
    "an hour": (lambda: raw_wav(b"\x90\x70" * 10_000_000), "audio_length", "over 30 s"),
    "an hour of aac": (
        lambda: aac(voice(seconds=1.0, rate=8_000), rate=8_000, bit_rate=8_000) * 3600,
        "audio_length",
        "over 30 s",
    ),
    "no time at all": (lambda: raw_wav(b""), "audio_format", "damaged"),
    "silent": (lambda: wav(np.zeros(6 * RATE)), "audio_format", "holds no sound.* -120 dBFS"),
    "nearly silent": (lambda: wav(LOW / 1000), "audio_format", "holds no sound"),
    "silent, with an offset": (lambda: wav(np.full(6 * RATE, 0.5)), "audio_format", "no sound"),
    "no numbers": (
        lambda: raw_wav(np.full(6 * RATE, np.nan, "<f4").tobytes(), rate=RATE, bits=32, form=3),
        "audio_format",
        "WAV sound is damaged",
    ),
    "text": (lambda: "no sound, 海\n".encode(), "audio_format", "only MP3.*this is text"),
    "empty": (lambda: b"", "audio_format", "an empty file"),
    "png": (png, "audio_format", "a PNG picture"),
    "random": (lambda: random.Random(2).randbytes(300_000), "audio_format", "is|damaged"),
    "zeros": (lambda: bytes(100_000), "audio_format", "no kind of sound"),
    "flac": (lambda: coded(LOW, "flac", "flac"), "audio_format", "a FLAC sound"),
    "webm": (lambda: coded(LOW, "webm", "libopus"), "audio_format", "a Matroska"),
    "huge": (lambda: bytes(MOST_AUDIO_BYTES + 1), "audio_too_large", "20,971,521 .* 20,971,520"),
    "cut wav": (lambda: wav(LOW)[:-1000], "audio_format", "WAV sound is damaged or cut off"),
    "cut mp3": (lambda: mp3(LOW)[:-8000], "audio_format", "MP3 sound is damaged or cut off"),
    "cut ogg": (lambda: opus(LOW)[:-1000], "audio_format", "Ogg sound is damaged or cut off"),
    "cut aac": (lambda: aac(LOW)[:-10], "audio_format", "AAC sound is damaged or cut off"),
    "cut m4a": (lambda: faststart(LOW)[:-100], "audio_format", "M4A sound is damaged or cut off"),
    "cut m4a, tables last": (lambda: m4a(LOW)[:-9], "audio_format", "M4A sound is damaged"),
    "head of a wav": (lambda: wav(LOW)[:30], "audio_format", "WAV sound is damaged"),
    "head of an ogg": (lambda: opus(LOW)[:20], "audio_format", "Ogg sound is damaged"),
    "head of an m4a": (lambda: faststart(LOW)[:200], "audio_format", "M4A sound is damaged"),
    "nine channels": (
        lambda: raw_wav(bytes(9 * 2 * 8_000), channels=9, bits=16),
        "audio_format",
        "9 channels .* at most 8",
    ),
    "4,000 samples a second": (
        lambda: raw_wav(b"\x90\x70" * 14_000, rate=4_000),
        "audio_format",
        "4,000 samples a second; .* 8,000 to 192,000",
    ),
    "another coding": (
        lambda: coded(STEREO, "wav", "ac3", rate=48_000),
        "audio_format",
        "coded in no way known",
    ),
}
BAD |= {
    f"noise in the midst of {name}": (
        lambda make=make: (lambda c: c[:9000] + random.Random(5).randbytes(9000) + c[18000:])(
            make(LOW)
        ),
        "audio_format",
        "damaged",
    )
    for name, make in {"aac": aac, "mp3": mp3}.items()
}


@pytest.mark.parametrize("name", BAD)
async def test_refused(media, tmp_path, name):
    make, code, words = BAD[name]
    with pytest.raises(BadAudio, match=words) as refused:
        await check(media, tmp_path, make())
    assert (refused.value.code, refused.value.field) == (code, "voice_url")
    assert isinstance(refused.value, RequestError) and refused.value.status == 400
    assert str(tmp_path) not in refused.value.message


async def test_a_film_without_sound(media, tmp_path):
    path = film(tmp_path / "in.mp4", sound=False)
    with pytest.raises(BadAudio, match="M4A file holds no sound track"):
        await media.check_audio(path, "voice_url")


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n{0}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXTINF:6,\nfile://{0}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{0}'\n",
        "ffconcat version 1.0\nfile 'other.wav'\n",
        "[playlist]\nFile1={0}\n",
    ],
)
async def test_a_playlist_is_not_followed(media, tmp_path, text):
    """What it points to is a sound that would be taken."""
    other = tmp_path / "other.wav"
    other.write_bytes(wav(LOW))
    for name in ("in", "in.m3u8", "in.ffconcat", "in.mp3"):
        (tmp_path / name).write_text(text.format(other))
        with pytest.raises(BadAudio, match=r"only MP3.*this is (a playlist|text)"):
            await media.check_audio(tmp_path / name, "voice_url")


@pytest.mark.parametrize("make", [wav, mp3, opus, aac, m4a])
async def test_whatever_the_bytes_are_it_answers(media, tmp_path, make):
    whole, dice = make(LOW), random.Random(7)
    for _ in range(12):
        other = bytearray(whole)
        for _ in range(dice.randint(1, 20)):
            other[dice.randrange(min(len(other), 4000))] = dice.choice((0, 1, 8, 0x7F, 0x80, 0xFF))
        try:
            sample = await check(media, tmp_path, bytes(other[: dice.randint(9, len(other))]))
        except BadAudio as error:
            assert error.code in ("audio_format", "audio_length")
        else:
            assert 4.95 <= sample.duration <= 30.05


async def test_without_pyav(tmp_path, monkeypatch):
    for name in ("av", "numpy"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"{name}.py").write_text("raise ImportError('not here')")
        monkeypatch.setenv("PYTHONPATH", str(folder))
        media = Media(tmp_path)
        try:
            with pytest.raises(
                EngineMissing, match=r"pip install 'reelway\[animatic\]'"
            ) as missing:
                await check(media, tmp_path, wav(LOW))
            assert missing.value.code == "extra_missing"
        finally:
            await media.stop()


async def test_a_child_of_its_own_in_the_cage(tmp_path):
    """As long as it may be at the most, and longer than the cage has room for."""
    media = Media(tmp_path, memory=512 << 20)
    try:
        assert (await check(media, tmp_path, wav(LOW))).kind == "wav"
        with pytest.raises(BadAudio, match=r"the sound (takes too much memory|could not be)"):
            await check(media, tmp_path, raw_wav(b"\x90\x70" * 9_000_000), longest=3600)
        assert media._images.child.pid is None and media._films.child.pid is None
    finally:
        await media.stop()
    assert not media._sounds.child.alive
