"""Films: what they hold, whether they are all there, and a picture out of them."""

from __future__ import annotations

import random
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from media.making import film, jpeg, png
from reelway.errors import EngineMissing, Internal
from reelway.media import AudioInfo, Media, NotAFilm

pytestmark = pytest.mark.asyncio(loop_scope="module")

KINDS = {
    "tables first": {"movflags": "+faststart"},
    "tables last": {"movflags": ""},
    "tables last, silent": {"movflags": "", "sound": False},
    "in fragments": {"movflags": "frag_keyframe+empty_moov+default_base_moof"},
    "in fragments, the old way": {"movflags": "frag_keyframe+empty_moov"},
}


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    return {kind: film(folder / f"{n}.mp4", **how) for n, (kind, how) in enumerate(KINDS.items())}


async def test_probe(media, films):
    info = await media.probe(films["tables first"])
    assert (info.width, info.height, info.frames, info.frame_rate) == (320, 180, 48, 24.0)
    assert info.constant_rate and info.duration == 2.0
    assert (info.container, info.video_codec) == ("MPEG-4", "AVC")
    assert info.pixel_format == "YUV 4:2:0 8 bit"
    assert info.bytes == films["tables first"].stat().st_size
    assert info.complete and info.faults == () and info.faststart and not info.fragmented
    assert (info.video_tracks, info.audio_tracks) == (1, 1)
    assert isinstance(info.audio, AudioInfo)
    assert (info.audio.codec, info.audio.channels, info.audio.sample_rate) == ("AAC", 2, 48_000)
    assert info.audio.duration == pytest.approx(2.0, abs=0.03)


async def test_probe_without_sound(media, films):
    info = await media.probe(films["tables last, silent"])
    assert info.audio is None and info.audio_tracks == 0
    assert info.complete and not info.faststart and info.frames == 48


@pytest.mark.parametrize("kind", KINDS)
async def test_complete(media, films, kind):
    info = await media.probe(films[kind])
    assert info.complete and info.faults == () and info.frames == 48
    assert info.fragmented == ("fragments" in kind)
    assert info.faststart == ("last" not in kind)


async def test_length_comes_from_a_head_that_survives_a_cut(media, films, tmp_path):
    """Why `complete` is looked at besides: the figures alone show nothing."""
    whole = films["tables first"].read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) * 2 // 3])
    info = await media.probe(tmp_path / "cut.mp4")
    assert (info.frames, info.duration) == (48, 2.0)
    assert not info.complete and any("cut off" in fault for fault in info.faults)


@pytest.mark.parametrize("kind", KINDS)
async def test_cut_anywhere(media, films, tmp_path, kind):
    whole = films[kind].read_bytes()
    ends = {4, 8, 9, 24, 40, 100, len(whole) // 2, *(len(whole) - n for n in range(1, 9))}
    ends |= set(random.Random(3).sample(range(1, len(whole)), 40))
    if "fragments" in kind:
        ends -= fragment_ends(whole)
    assert len(ends) >= 40
    for end in sorted(ends):
        (tmp_path / "cut.mp4").write_bytes(whole[:end])
        try:
            info = await media.probe(tmp_path / "cut.mp4")
        except NotAFilm as error:
            assert error.code in ("film_incomplete", "not_a_film"), end
        else:
            assert not info.complete and info.faults, end


def fragment_ends(whole: bytes) -> set[int]:
    """Where a film in fragments can be cut and still be one: between two of them."""
    at, ends = 0, set()
    while at < len(whole):
        at += int.from_bytes(whole[at : at + 4], "big")
        ends.add(at)
    return ends


async def test_something_appended(media, films, tmp_path):
    (tmp_path / "long.mp4").write_bytes(films["tables first"].read_bytes() + b"\0\0\0")
    assert not (await media.probe(tmp_path / "long.mp4")).complete


async def test_data_that_was_taken_out(media, films, tmp_path):
    """The boxes fit, the samples do not lie in them."""
    whole = bytearray(films["tables first"].read_bytes())
    at = whole.index(b"mdat") - 4
    length = int.from_bytes(whole[at : at + 4], "big")
    whole[at : at + 4] = (length - 100).to_bytes(4, "big")
    (tmp_path / "short.mp4").write_bytes(whole[:-100])
    info = await media.probe(tmp_path / "short.mp4")
    assert not info.complete
    assert "a sample lies outside the film's data" in info.faults


async def test_another_container_cannot_be_shown_to_be_complete(media, tmp_path):
    path = film(tmp_path / "a.mkv", container="matroska", sound=False)
    info = await media.probe(path)
    assert (info.container, info.width) == ("Matroska", 320)
    assert not info.complete and info.faults == ("it is no MP4 film",)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (random.Random(4).randbytes(100_000), "no known kind"),
        (b"<html>502 Bad Gateway</html>", "no known kind"),
        (jpeg(), "seems to be JPEG"),
        (png(), "seems to be PNG"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isomiso2", "not complete: it has no tables"),
        (b"\0" * 4096, "no known kind"),
        (b"#EXTM3U\n#EXTINF:5,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n", "no film"),
    ],
    ids=["empty", "random", "page", "jpeg", "png", "head", "zeros", "playlist"],
)
async def test_no_film(media, tmp_path, data, words):
    (tmp_path / "film.mp4").write_bytes(data)
    with pytest.raises(NotAFilm, match=words) as refused:
        await media.probe(tmp_path / "film.mp4")
    assert isinstance(refused.value, Internal) and str(tmp_path) not in refused.value.message
    with pytest.raises(NotAFilm):
        await media.poster(tmp_path / "film.mp4", tmp_path / "poster.jpg")


async def test_sound_alone_is_no_film(media, films, tmp_path):
    import av

    with (
        av.open(str(films["tables first"])) as source,
        av.open(str(tmp_path / "a.mp4"), "w") as out,
    ):
        stream = out.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    with pytest.raises(NotAFilm, match="MPEG-4"):
        await media.probe(tmp_path / "a.mp4")
    with pytest.raises(NotAFilm, match="no picture track"):
        await media.poster(tmp_path / "a.mp4", tmp_path / "poster.jpg")


@pytest.mark.parametrize(("at", "frame"), [(0, 0), (0.25, 12), (0.4, 19), (0.5, 24), (1, 47)])
async def test_poster_is_the_nearest_frame(media, films, tmp_path, at, frame):
    size = await media.poster(films["tables last"], tmp_path / "poster.jpg", at=at)
    with Image.open(tmp_path / "poster.jpg") as image:
        assert (image.format, image.size, size) == ("JPEG", (320, 180), (320, 180))
        level = image.getpixel((168, 88))[1]
    assert level == pytest.approx(40 + 4 * frame, abs=2.5)


async def test_poster_is_scaled_down_only(media, films, tmp_path):
    out = tmp_path / "poster.jpg"
    assert await media.poster(films["tables first"], out, longest=200) == (200, 112)
    with Image.open(out) as image:
        assert image.size == (200, 112)
    with pytest.raises(ValueError):
        await media.poster(films["tables first"], out, at=1.5)


@pytest.mark.parametrize(("size", "unmarked_as"), [((1280, 720), "bt709"), ((640, 360), "bt601")])
async def test_poster_colours_where_the_film_says_nothing(media, tmp_path, size, unmarked_as):
    import av
    import numpy as np

    wide, high = size
    # y, u, v of pure green in each standard, limited range
    green = {"bt709": (173, 42, 26), "bt601": (145, 54, 34)}[unmarked_as]
    path = tmp_path / "green.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = wide, high, "yuv420p"
        planes = [np.full((high, wide), green[0], np.uint8)]
        planes += [np.full((high // 4, wide), level, np.uint8) for level in green[1:]]
        frame = av.VideoFrame.from_ndarray(np.concatenate(planes), format="yuv420p")
        for n in range(3):
            frame.pts = n
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    await media.poster(path, tmp_path / "poster.jpg")
    with Image.open(tmp_path / "poster.jpg") as image:
        red, level, blue = image.getpixel((100, 100))
    assert red <= 6 and level >= 249 and blue <= 6


async def test_poster_without_pyav(films, tmp_path, monkeypatch):
    (tmp_path / "av.py").write_text("raise ImportError('no PyAV here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    media = Media(tmp_path)
    try:
        with pytest.raises(EngineMissing, match=r"pip install 'reelway\[animatic\]'") as refused:
            await media.poster(films["tables first"], tmp_path / "poster.jpg")
        assert refused.value.code == "extra_missing"
        assert (await media.probe(films["tables first"])).complete
    finally:
        await media.stop()


def scenes(path: Path, length: int = 96, key: int = 250) -> Path:
    """Black, fading in to a plain wall, a thing before it for a while, a fade to white."""
    wide, high = 320, 180
    y, x = np.mgrid[0:high, 0:wide]
    wall = (90 + 40 * x / wide).astype(float)
    thing = np.hypot(x - 160, (y - 95) * 0.8) < 55
    busy = np.where(thing, 128 + 100 * np.sign(np.sin(x / 4) * np.sin(y / 5)), wall)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=24, options={"g": str(key)})
        stream.width, stream.height, stream.pix_fmt = wide, high, "yuv420p"
        for n in range(length):
            t = n / length
            if t < 0.2:
                page = wall * 0.0
            elif t < 0.45:
                page = wall * (t - 0.2) / 0.25
            elif t < 0.55:
                page = wall
            elif t < 0.75:
                page = busy
            else:
                page = busy + (255 - busy) * (t - 0.75) / 0.25
            grey = np.clip(page, 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(np.dstack([grey] * 3), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("key", [1, 12, 250])
async def test_the_most_telling_frame(media, tmp_path, key):
    """Not black, not in a fade, with the thing in it, however the film can be sought in."""
    await media.poster(scenes(tmp_path / "a.mp4", key=key), tmp_path / "poster.jpg")
    with Image.open(tmp_path / "poster.jpg") as image:
        levels = np.asarray(image.convert("L"), float)
    assert 70 < levels.mean() < 150
    assert levels[70:120, 130:190].std() > 60


async def test_a_film_of_one_kind_of_frame_has_a_poster_too(media, tmp_path):
    for name, level in (("black", 0), ("white", 255)):
        path = tmp_path / f"{name}.mp4"
        with av.open(str(path), "w") as out:
            stream = out.add_stream("libx264", rate=24)
            stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
            page = np.full((36, 64, 3), level, np.uint8)
            for _ in range(3):
                out.mux(stream.encode(av.VideoFrame.from_ndarray(page, format="rgb24")))
            out.mux(stream.encode(None))
        assert await media.poster(path, tmp_path / "poster.jpg") == (64, 36)
