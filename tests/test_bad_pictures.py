"""Pictures that cannot be used, refused in each vendor's words; nothing is kept of them."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from pictures import png
from serving import Server

MULEROUTER = "/vendors/klingai/v1/kling-v3/image-to-video/generation"


def picture(kind: str, size: tuple[int, int] = (640, 360), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (20, 60, 120)).save(out, kind, **options)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of 30,000 × 30,000 that says so in 60 bytes and has no more."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def turned() -> bytes:
    """400 × 1,040 once its EXIF turn is obeyed: 1:2.6."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return picture("JPEG", (1040, 400), exif=exif)


SIZE, FORMAT, LARGE = "image_size", "image_format", "image_too_large"
BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "299 pixels": (lambda: png((1, 2, 3), (299, 400)), SIZE),
    "1:2.6": (lambda: png((1, 2, 3), (300, 780)), SIZE),
    "1:2.6 once turned": (turned, SIZE),
    "bomb": (bomb, SIZE),
    "gif": (lambda: picture("GIF"), FORMAT),
    "webp": (lambda: picture("WEBP"), FORMAT),
    "bmp": (lambda: picture("BMP"), FORMAT),
    "tiff": (lambda: picture("TIFF"), FORMAT),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", FORMAT),
    "text": (lambda: b"not a picture", FORMAT),
    "cut png": (lambda: png((1, 2, 3))[:-40], FORMAT),
    "cut jpeg": (lambda: picture("JPEG")[:-200], FORMAT),
    "10 MB + 1": (lambda: png((1, 2, 3)).ljust(10_485_761, b"\0"), LARGE),
}
GOOD: dict[str, Callable[[], bytes]] = {
    "300 pixels": lambda: png((1, 2, 3), (300, 300)),
    "1:2.5": lambda: png((1, 2, 3), (300, 750)),
    "2.5:1": lambda: png((1, 2, 3), (750, 300)),
    "jpeg": lambda: picture("JPEG"),
    "16 bit": lambda: sixteen(),
    "palette": lambda: palette(),
    "cmyk": lambda: cmyk(),
}


def sixteen() -> bytes:
    out = io.BytesIO()
    Image.new("I;16", (400, 400), 30_000).save(out, "PNG")
    return out.getvalue()


def palette() -> bytes:
    out = io.BytesIO()
    Image.new("P", (400, 400), 3).save(out, "PNG", transparency=3)
    return out.getvalue()


def cmyk() -> bytes:
    out = io.BytesIO()
    Image.new("CMYK", (400, 400), (9, 90, 9, 9)).save(out, "JPEG")
    return out.getvalue()


# wire → path, its name of the first frame, other fields, and what its error says by our code.
NOVITA = {
    SIZE: "INVALID_IMAGE_SIZE",
    FORMAT: "INVALID_IMAGE_FORMAT",
    LARGE: "IMAGE_FILE_EXCEEDS_MAX_SIZE",
}
WIRES = {
    "novita": ("/v3/async/kling-v3.0-std-i2v", "image", {"prompt": "a"}),
    "myrouter": ("/myrouter/v3/async/kling-v3.0-std-i2v", "image", {"prompt": "a"}),
    "mulerouter": (MULEROUTER, "first_frame", {"prompt": "a"}),
    "aihubmax": (
        "/v1/videos/generations",
        "image_url",
        {"prompt": "a", "model": "kling-v3-image-to-video"},
    ),
    "native": ("/api/v1/tasks", "first_frame", {"prompt": "a"}),
}


def kept(server: Server) -> list[str]:
    return sorted(p.name for f in ("assets", "tmp") for p in (server.data / f).rglob("*"))


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("name", BAD)
def test_a_bad_picture_is_refused(server: Server, wire: str, name: str) -> None:
    make, code = BAD[name]
    path, field, body = WIRES[wire]
    tasks = len(server.http.get("/api/v1/tasks?limit=100").json()["data"])
    before = kept(server)
    source = base64.b64encode(make()).decode()
    reply = server.http.post(path, json={**body, field: source})
    assert reply.status_code == 400, reply.text
    told = reply.json()
    match wire:
        case "novita" | "myrouter":
            assert told["reason"] == NOVITA[code]
            message = told["message"]
        case "mulerouter":
            message = told["detail"]
        case "aihubmax":
            assert told["error"]["type"] == "invalid_request_error"
            message = told["error"]["message"]
        case _:
            assert told["error"]["code"] == code
            message = told["error"]["message"]
    assert field in message
    assert len(server.http.get("/api/v1/tasks?limit=100").json()["data"]) == tasks
    assert kept(server) == before


@pytest.mark.parametrize("name", GOOD)
def test_a_good_picture_is_taken(server: Server, name: str) -> None:
    source = base64.b64encode(GOOD[name]()).decode()
    task = server.make(prompt="a", duration=3, first_frame=source)
    assert task["status"] == "succeeded", task["error"]
