"""Pictures, in the child: is it one that can be used, and the plain form that engines get.

Runs in the media helper only. Imports Pillow; nothing else in Reelway may import this.
"""

from __future__ import annotations

import io
import struct
import sys
import warnings
import zlib
from pathlib import Path
from typing import Any, Literal, NoReturn

from PIL import Image, ImageCms, ImageFile, JpegImagePlugin, PngImagePlugin

from reelway.lines import JobError

Kind = Literal["jpeg", "png"]

WHITE = (255, 255, 255)
_PLUGINS: dict[str, type[ImageFile.ImageFile]] = {
    "jpeg": JpegImagePlugin.JpegImageFile,
    "png": PngImagePlugin.PngImageFile,
}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112
_SIXTEEN_BITS = {"I;16", "I;16B", "I;16L", "I;16N", "I"}
# What a file seems to be, for the message alone.
_SEEMS = (
    (0, b"GIF8", "a GIF"),
    (8, b"WEBP", "a WebP"),
    (0, b"BM", "a BMP"),
    (0, b"II*\0", "a TIFF"),
    (0, b"MM\0*", "a TIFF"),
    (4, b"ftypavi", "an AVIF"),
    (4, b"ftyphei", "a HEIC"),
    (4, b"ftypmif", "a HEIC"),
    (4, b"ftyp", "a film"),
    (0, b"\0\0\1\0", "an icon"),
    (0, b"%PDF", "a PDF"),
    (0, b"PK\3\4", "a ZIP archive"),
)

warnings.simplefilter("error", Image.DecompressionBombWarning)


def check(
    path: Path, most_bytes: int, shortest_side: int, most_ratio: tuple[int, int], most_pixels: int
) -> dict[str, Any]:
    """Kind, width and height (upright). Raises JobError image_too_large, _format or _size."""
    Image.MAX_IMAGE_PIXELS = most_pixels
    size = path.stat().st_size
    if size > most_bytes:
        megabytes = most_bytes / (1 << 20)
        raise JobError(
            "image_too_large",
            f"the image has {size:,} bytes; at most {most_bytes:,} ({megabytes:g} MB) are allowed",
        )
    kind = _kind(path)
    with _open(path, kind, most_pixels) as image:
        _load(image, kind, path)
        width, height = image.size
        if _orientation(image) >= 5:
            width, height = height, width
    _check_size(width, height, shortest_side, most_ratio)
    return {"kind": kind, "width": width, "height": height}


def plain(path: Path, out: Path, longest: int, most_pixels: int) -> dict[str, Any]:
    """Write the picture as an upright RGB PNG without metadata; its width and height."""
    Image.MAX_IMAGE_PIXELS = most_pixels
    kind = _kind(path)
    with _open(path, kind, most_pixels) as image:
        scale = min(1.0, longest / max(image.size))
        width, height = (max(1, round(side * scale)) for side in image.size)
        if kind == "jpeg" and scale < 1:
            image.draft(None, (width, height))  # decodes at 1/2, 1/4, … but never under the aim
        _load(image, kind, path)
        turn = _TURNS.get(_orientation(image))
        profile = image.info.get("icc_profile")
        plain = _eight_bits(image)
    if plain.size != (width, height):
        plain = plain.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
    plain = _srgb(_flat(plain), profile)
    if turn is not None:
        plain = plain.transpose(turn)
    plain.info.clear()
    plain.save(out, "PNG", compress_level=1)
    return {"width": plain.width, "height": plain.height}


def _kind(path: Path) -> Kind:
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    found = next((name for at, sign, name in _SEEMS if head[at:].startswith(sign)), None)
    if found is None:
        text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        if not head:
            found = "an empty file"
        elif b"<svg" in text:
            found = "an SVG drawing"
        elif text.startswith((b"<!doctype", b"<html")):
            found = "a web page"
        elif b"\0" not in head and all(c >= 32 or c in b"\t\r\n\f" for c in head):
            found = "text"
        else:
            found = "no kind of image that is known here"
    raise JobError("image_format", f"only JPEG and PNG images are taken; this is {found}")


def _open(path: Path, kind: Kind, most_pixels: int) -> ImageFile.ImageFile:
    """Its head is read, nothing decoded yet."""
    try:
        return Image.open(path, formats=[kind.upper()])
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        with _PLUGINS[kind](path) as image:  # the head once more, without that check
            width, height = image.size
        raise JobError(
            "image_size",
            f"the image has {width} x {height} = {width * height:,} pixels; "
            f"at most {most_pixels:,} are allowed",
        ) from None
    except MemoryError:
        raise
    except Exception as error:
        _refuse(kind, error)


def _load(image: ImageFile.ImageFile, kind: Kind, path: Path) -> None:
    """Decode it all. Pillow refuses a JPEG that is cut anywhere, a PNG only inside its pixels."""
    try:
        image.load()
        if kind == "png":
            _check_chunks(path)
    except MemoryError:
        raise
    except Exception as error:  # decoders of damaged files raise anything
        _refuse(kind, error)


def _refuse(kind: Kind, error: Exception) -> NoReturn:
    print(f"{kind} refused: {type(error).__name__}: {error}", file=sys.stderr)
    raise JobError(
        "image_format", f"this {kind.upper()} image is damaged or cut off: it cannot be decoded"
    ) from error


def _check_chunks(path: Path) -> None:
    """A PNG must go on to its last chunk, and the checksums of what matters must fit."""
    with path.open("rb") as file:
        file.seek(8)
        kind = b""
        while kind != b"IEND":
            length, kind = struct.unpack(">I4s", file.read(8))
            body = file.read(length)
            (stated,) = struct.unpack(">I", file.read(4))
            if kind[:1].isupper() and zlib.crc32(body, zlib.crc32(kind)) != stated:
                raise ValueError(f"the checksum of {kind!r} is wrong")


def _orientation(image: ImageFile.ImageFile) -> int:
    """As EXIF says, 1 to 8. What cannot be read counts as upright, here as in every viewer."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except MemoryError:
        raise
    except Exception as error:
        print(f"EXIF cannot be read: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _check_size(width: int, height: int, shortest_side: int, most_ratio: tuple[int, int]) -> None:
    long, short = max(width, height), min(width, height)
    most_long, most_short = most_ratio
    if short < shortest_side:
        raise JobError(
            "image_size",
            f"the image is {width} x {height} pixels; "
            f"both sides must have at least {shortest_side}",
        )
    if long * most_short > short * most_long:
        raise JobError(
            "image_size",
            f"the image is {width} x {height} pixels, {long / short:.3f} : 1; its longer side "
            f"may be at most {most_long / most_short:g} times the shorter",
        )


def _eight_bits(image: Image.Image) -> Image.Image:
    """A copy in a mode that can be scaled: L, RGB, RGBA or CMYK."""
    if image.mode in _SIXTEEN_BITS:  # Pillow would clip at 255 instead of scaling
        return image.convert("I").point(lambda value: value / 257 + 0.5).convert("L")
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode in ("L", "RGB", "CMYK"):
        return image.copy()
    return image.convert("RGB")


def _flat(image: Image.Image) -> Image.Image:
    """Alpha on white: it is how a page shows a cut-out, and lines drawn in black stay visible."""
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGB", image.size, WHITE)
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB in sRGB; a profile that cannot be read or does not fit the picture is left out."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "sRGB" not in (source.profile.profile_description or ""):
                target = ImageCms.createProfile("sRGB")
                made = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
                assert made is not None  # only None if asked to work in place
                return made
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
            print(f"colour profile left out: {error}", file=sys.stderr)
    return image.convert("RGB")
