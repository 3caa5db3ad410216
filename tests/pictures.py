"""Pictures made on the spot, as callers send them."""

from __future__ import annotations

import base64
import io

from PIL import Image, ImageDraw


def png(color: tuple[int, int, int], size: tuple[int, int] = (640, 360)) -> bytes:
    """A disc on a plain ground."""
    picture = Image.new("RGB", size, color)
    ImageDraw.Draw(picture).ellipse((100, 80, 260, 240), fill=(250, 200, 60))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def base64_png(color: tuple[int, int, int], size: tuple[int, int] = (640, 360)) -> str:
    return base64.b64encode(png(color, size)).decode()


def data_url(color: tuple[int, int, int], size: tuple[int, int] = (640, 360)) -> str:
    return "data:image/png;base64," + base64_png(color, size)
