"""What is taken for a picture, what is refused and why, and the plain form of it."""

from __future__ import annotations

import os
import random

import numpy as np
import pytest
from PIL import Image, ImageCms

from media.making import as_bytes, bomb, chunk, jpeg, picture, png, sixteen_bits, turned
from reelway.errors import BadImage
from reelway.media import MOST_BYTES

pytestmark = pytest.mark.asyncio(loop_scope="module")

JPEG, PNG = jpeg(), png()
NOISE = as_bytes(Image.frombytes("RGB", (400, 400), random.Random(1).randbytes(480_000)), "JPEG")
PROGRESSIVE = jpeg(progressive=True)


def padded(size: int) -> bytes:
    """A right PNG of `size` bytes: the rest is a chunk that nobody reads."""
    return PNG[:-12] + chunk(b"reEl", bytes(size - len(PNG) - 12)) + PNG[-12:]


def broken_checksum() -> bytes:
    at = PNG.index(b"IDAT") - 4
    length = int.from_bytes(PNG[at : at + 4], "big")
    end = at + 8 + length
    return PNG[:end] + bytes([PNG[end] ^ 1]) + PNG[end + 1 :]


def animated(form: str) -> bytes:
    plain = picture(mode="P" if form == "GIF" else "RGB")
    frames = [plain, plain.transpose(Image.Transpose.ROTATE_180)]
    return as_bytes(frames[0], form, save_all=True, append_images=frames[1:])


GOOD = {
    "jpeg": (JPEG, "jpeg", 400, 300),
    "png": (PNG, "png", 400, 300),
    "both sides exactly 300": (jpeg(300, 300), "jpeg", 300, 300),
    "exactly 2.5 : 1": (png(750, 300), "png", 750, 300),
    "exactly 1 : 2.5": (jpeg(302, 755), "jpeg", 302, 755),
    "exactly 10 MB": (padded(MOST_BYTES), "png", 400, 300),
    "progressive": (PROGRESSIVE, "jpeg", 400, 300),
    "grey": (as_bytes(picture(mode="L"), "JPEG"), "jpeg", 400, 300),
    "black and white": (as_bytes(picture(mode="1"), "PNG"), "png", 400, 300),
    "cmyk": (as_bytes(picture(mode="CMYK"), "JPEG"), "jpeg", 400, 300),
    "palette": (as_bytes(picture(mode="P"), "PNG"), "png", 400, 300),
    "palette with alpha": (as_bytes(picture(mode="P"), "PNG", transparency=3), "png", 400, 300),
    "alpha": (as_bytes(picture(mode="RGBA"), "PNG"), "png", 400, 300),
    "16 bits": (sixteen_bits(np.full((300, 400), 40_000)), "png", 400, 300),
    "animated png": (animated("PNG"), "png", 400, 300),
    "many pictures in one jpeg": (animated("MPO"), "jpeg", 400, 300),
    "turned": (turned(6, 400, 300), "jpeg", 300, 400),
    "turned by half": (turned(3, 400, 300), "jpeg", 400, 300),
    "turned png": (turned(8, 400, 300, "PNG"), "png", 300, 400),
    "damaged exif": (as_bytes(picture(), "JPEG", exif=b"Exif\0\0II*\0\xff"), "jpeg", 400, 300),
    "more after the end": (PNG + b"trailing bytes", "png", 400, 300),
}

BAD = {
    "299 pixels": (jpeg(299, 400), "image_size", "299 x 400 pixels; both sides .* least 300"),
    "299 pixels high": (png(400, 299), "image_size", "400 x 299"),
    "1 x 1": (png(1, 1), "image_size", "1 x 1"),
    "2.503 : 1": (png(751, 300), "image_size", r"751 x 300 pixels, 2.503 : 1.* 2.5 times"),
    "1 : 2.6": (jpeg(300, 780), "image_size", "300 x 780 pixels, 2.600 : 1"),
    "turned, too long": (turned(6, 900, 300), "image_size", "300 x 900"),
    "turned, too small": (turned(8, 299, 400), "image_size", "400 x 299"),
    "10 MB and a byte": (padded(MOST_BYTES + 1), "image_too_large", "10,485,761 .* 10,485,760"),
    "bomb": (bomb(), "image_size", "30000 x 30000 = 900,000,000 pixels; at most 50,000,000"),
    "somewhat too many pixels": (bomb(7072, 7072), "image_size", "50,013,184 pixels"),
    "lies about its size": (bomb(5000, 5000), "image_format", "PNG image is damaged"),
    "gif": (as_bytes(picture(mode="P"), "GIF"), "image_format", "only JPEG and PNG.*this is a GIF"),
    "animated gif": (animated("GIF"), "image_format", "a GIF"),
    "webp": (as_bytes(picture(), "WEBP"), "image_format", "a WebP"),
    "bmp": (as_bytes(picture(), "BMP"), "image_format", "a BMP"),
    "tiff": (as_bytes(picture(), "TIFF"), "image_format", "a TIFF"),
    "avif": (b"\0\0\0\x20ftypavif" + bytes(20), "image_format", "an AVIF"),
    "heic": (b"\0\0\0\x20ftypheic" + bytes(20), "image_format", "a HEIC"),
    "film": (b"\0\0\0\x20ftypisom" + bytes(20), "image_format", "a film"),
    "svg": (b'<?xml version="1.0"?>\n<svg width="400"/>', "image_format", "an SVG drawing"),
    "web page": (b"\n<!DOCTYPE html><title>404", "image_format", "a web page"),
    "text": ("not a picture, 海\n".encode(), "image_format", "this is text"),
    "empty": (b"", "image_format", "an empty file"),
    "random": (random.Random(2).randbytes(5000), "image_format", "no kind of image"),
    "pdf": (b"%PDF-1.7\n", "image_format", "a PDF"),
    "only the signs of a jpeg": (JPEG[:3], "image_format", "JPEG image is damaged"),
    "only the signs of a png": (PNG[:8], "image_format", "PNG image is damaged"),
    "png, checksum": (broken_checksum(), "image_format", "damaged"),
    "png, no pixels": (PNG[: PNG.index(b"IDAT") - 4] + PNG[-12:], "image_format", "damaged"),
    "jpeg in the name of png": (PNG[:8] + JPEG, "image_format", "damaged"),
}
for name, whole in {"jpeg": JPEG, "progressive": PROGRESSIVE, "noise": NOISE, "png": PNG}.items():
    for cut in (1, 2, 4, 9, 12, 13, 40, len(whole) // 2, len(whole) - 50):
        if name == "noise" and cut <= 2:
            continue  # only its end mark is gone, every pixel is there
        BAD[f"{name} without {cut} bytes"] = (whole[:-cut], "image_format", "damaged or cut off")


@pytest.mark.parametrize("name", GOOD)
async def test_taken(media, tmp_path, name):
    data, kind, width, height = GOOD[name]
    (tmp_path / "in").write_bytes(data)
    info = await media.check_image(tmp_path / "in", "first_frame")
    assert (info.kind, info.width, info.height) == (kind, width, height)
    assert info.media_type == f"image/{kind}"
    if len(data) < 1 << 20:
        size = await media.plain_image(tmp_path / "in", tmp_path / "out.png")
        assert size == (width, height)
        with Image.open(tmp_path / "out.png") as plain:
            plain.load()
            assert (plain.mode, plain.size, plain.format) == ("RGB", size, "PNG")


@pytest.mark.parametrize("name", BAD)
async def test_refused(media, tmp_path, name):
    data, code, words = BAD[name]
    (tmp_path / "in").write_bytes(data)
    with pytest.raises(BadImage, match=words) as refused:
        await media.check_image(tmp_path / "in", "elements[0].frontal")
    assert (refused.value.code, refused.value.field) == (code, "elements[0].frontal")
    assert str(tmp_path) not in refused.value.message


async def test_limits_are_the_callers(media, tmp_path):
    (tmp_path / "in").write_bytes(png(100, 400))
    info = await media.check_image(
        tmp_path / "in", "first_frame", shortest_side=100, most_ratio=(4, 1)
    )
    assert (info.width, info.height) == (100, 400)
    with pytest.raises(BadImage, match="at most 30,000") as refused:
        await media.check_image(tmp_path / "in", "first_frame", most_pixels=30_000)
    assert refused.value.code == "image_size"


async def test_a_large_picture_fits_into_the_memory_limit(media, tmp_path):
    image = Image.new("RGBA", (8164, 6124), (1, 2, 3, 4))
    image.save(tmp_path / "in.png", compress_level=1)
    info = await media.check_image(tmp_path / "in.png", "first_frame", most_bytes=1 << 30)
    assert info.width * info.height > 49_990_000
    assert await media.plain_image(tmp_path / "in.png", tmp_path / "out.png") == (4096, 3073)


async def plain(media, tmp_path, data, **options):
    (tmp_path / "in").write_bytes(data)
    await media.plain_image(tmp_path / "in", tmp_path / "out.png", **options)
    with Image.open(tmp_path / "out.png") as image:
        image.load()
    assert image.mode == "RGB"
    return image


def near(pixel, wanted, by=6):
    return all(abs(a - b) <= by for a, b in zip(pixel, wanted, strict=True))


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_upright(media, tmp_path, orientation):
    """As Pillow's own turning has it, each of the eight ways."""
    from PIL import ImageOps

    data = turned(orientation, 400, 300, "PNG")
    image = await plain(media, tmp_path, data)
    with Image.open(tmp_path / "in") as source:
        assert image.tobytes() == ImageOps.exif_transpose(source).tobytes()


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
async def test_smaller_when_a_side_is_too_long(media, tmp_path, form):
    image = await plain(media, tmp_path, as_bytes(picture(1200, 500), form), longest=300)
    assert image.size == (300, 125)
    assert near(image.getpixel((2, 2)), (253, 2, 4)) and near(image.getpixel((297, 2)), (3, 252, 4))


async def test_never_larger(media, tmp_path):
    assert (await plain(media, tmp_path, PNG, longest=4096)).size == (400, 300)


async def test_smaller_and_turned(media, tmp_path):
    image = await plain(media, tmp_path, turned(6, 1200, 600), longest=400)
    assert image.size == (200, 400)
    assert near(image.getpixel((197, 3)), (252, 3, 3), by=9)  # the red corner: right above


async def test_alpha_lies_on_white(media, tmp_path):
    source = Image.new("RGBA", (400, 300), (255, 0, 0, 0))
    source.paste((0, 0, 255, 128), (0, 0, 200, 300))
    source.paste((0, 0, 255, 255), (0, 0, 100, 300))
    image = await plain(media, tmp_path, as_bytes(source, "PNG"))
    seen = [image.getpixel((x, 9)) for x in (50, 150, 350)]
    assert seen == [(0, 0, 255), (127, 127, 255), (255, 255, 255)]


async def test_palette_alpha_and_grey_alpha_lie_on_white(media, tmp_path):
    source = Image.new("P", (400, 300), 3)
    source.putpalette([0, 0, 0, 10, 10, 10, 20, 20, 20, 30, 30, 30])
    image = await plain(media, tmp_path, as_bytes(source, "PNG", transparency=3))
    assert image.getpixel((9, 9)) == (255, 255, 255)
    image = await plain(media, tmp_path, as_bytes(Image.new("LA", (400, 300), (0, 51)), "PNG"))
    assert image.getpixel((9, 9)) == (204, 204, 204)


async def test_sixteen_bits_are_scaled_not_clipped(media, tmp_path):
    levels = np.tile(np.linspace(0, 65_535, 400).astype(np.uint16), (300, 1))
    image = await plain(media, tmp_path, sixteen_bits(levels))
    wanted = np.round(levels / 257).astype(int)
    assert np.abs(np.asarray(image).astype(int)[:, :, 1] - wanted).max() <= 1


async def test_cmyk(media, tmp_path):
    data = as_bytes(Image.new("CMYK", (400, 300), (0, 255, 255, 0)), "JPEG", quality=95)
    assert near((await plain(media, tmp_path, data)).getpixel((9, 9)), (255, 0, 0), by=12)


async def test_the_first_frame_of_an_animation(media, tmp_path):
    image = await plain(media, tmp_path, animated("PNG"))
    assert image.tobytes() == picture().tobytes()


async def test_metadata_is_gone(media, tmp_path):
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", "secret place")
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = as_bytes(picture(), "PNG", pnginfo=info, exif=exif, icc_profile=srgb, dpi=(72, 72))
    assert data.count(b"secret place") == 2
    image = await plain(media, tmp_path, data)
    assert image.info == {} and not image.getexif()
    assert image.tobytes() == picture().tobytes()


@pytest.mark.parametrize("kind", ["another colour space", "no profile"])
async def test_a_colour_profile_that_does_not_fit(media, tmp_path, kind):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    data = as_bytes(picture(), "PNG", icc_profile=lab if kind != "no profile" else b"nonsense")
    assert (await plain(media, tmp_path, data)).tobytes() == picture().tobytes()


async def test_a_colour_profile_is_applied(media, tmp_path):
    wide = wide_profile()
    image = await plain(
        media,
        tmp_path,
        as_bytes(Image.new("RGB", (400, 300), (200, 90, 90)), "PNG", icc_profile=wide),
    )
    red, green, _ = image.getpixel((9, 9))
    assert red > 203 and green < 88  # more saturated in sRGB than its figures say


def wide_profile() -> bytes:
    """sRGB's profile with the primaries of Display P3."""
    raw = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    primaries = {
        b"rXYZ": (0.51512, 0.24120, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.15710, 0.06657, 0.78407),
    }
    for number in range(int.from_bytes(raw[128:132], "big")):
        at = 132 + 12 * number
        place = int.from_bytes(raw[at + 4 : at + 8], "big")
        for n, value in enumerate(primaries.get(bytes(raw[at : at + 4]), ())):
            fixed = round(value * 65_536) & 0xFFFFFFFF
            raw[place + 8 + 4 * n : place + 12 + 4 * n] = fixed.to_bytes(4, "big")
    return bytes(raw).replace("sRGB".encode("utf-16-be"), "wide".encode("utf-16-be"))


async def test_plain_refuses_as_check_does(media, tmp_path):
    (tmp_path / "in").write_bytes(JPEG[:-40])
    with pytest.raises(BadImage) as refused:
        await media.plain_image(tmp_path / "in", tmp_path / "out.png")
    assert refused.value.code == "image_format" and refused.value.field is None
    assert not os.path.lexists(tmp_path / "out.png")
