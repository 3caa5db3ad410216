"""Pictures made on the spot, as callers send them."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from math import sin
from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageOps


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


def town(size: tuple[int, int] = (960, 540)) -> Image.Image:
    """By day: houses with rows of dark windows before a blue sky."""
    wide, high = size
    picture = Image.linear_gradient("L").resize(size)
    sky = ImageOps.colorize(picture, (120, 165, 225), (220, 226, 230))
    draw, random = ImageDraw.Draw(sky), Random(3)
    street, left = round(0.8 * high), 0
    while left < wide:
        across, tall = random.randint(wide // 14, wide // 7), random.randint(high // 4, high // 2)
        wall = random.randint(130, 205)
        draw.rectangle((left, street - tall, left + across, street), (wall, wall - 12, wall - 25))
        for y in range(street - tall + 14, street - 20, 28):
            for x in range(left + 10, left + across - 14, 22):
                draw.rectangle((x, y, x + 10, y + 16), (50, 55, 62))
        left += across + random.randint(0, 8)
    draw.rectangle((0, street, wide, high), (95, 95, 98))
    return _noisy(sky)


def landscape(size: tuple[int, int] = (960, 540)) -> Image.Image:
    """Sky, hills behind hills, a meadow."""
    wide, high = size
    picture = ImageOps.colorize(Image.linear_gradient("L").resize(size), (90, 140, 220), (235,) * 3)
    draw = ImageDraw.Draw(picture)
    for n, paint in enumerate([(140, 150, 170), (100, 125, 110), (70, 120, 50)]):
        top = high * (0.45 + 0.13 * n)
        line = [
            (x, top + high * 0.05 * sin(x / wide * (5 + 2 * n) + 2 * n)) for x in range(wide + 1)
        ]
        draw.polygon([*line, (wide, high), (0, high)], paint)
    return _noisy(picture)


def clouds(size: tuple[int, int] = (960, 540)) -> Image.Image:
    """A landscape under one white cloud."""
    picture, (wide, high) = landscape(size), size
    draw = ImageDraw.Draw(picture)
    for x, y, r in ((0.36, 0.16, 0.05), (0.42, 0.13, 0.07), (0.5, 0.16, 0.06)):
        box = (x * wide - r * high, (y - r) * high, x * wide + r * high, (y + r) * high)
        draw.ellipse(box, fill=(250, 250, 252))
    return picture.filter(ImageFilter.GaussianBlur(4))


def portrait(size: tuple[int, int] = (600, 800)) -> Image.Image:
    """Head and shoulders before a soft wall."""
    wide, high = size
    picture = ImageOps.colorize(
        Image.radial_gradient("L").resize(size), (170, 160, 150), (60, 66, 80)
    )
    draw = ImageDraw.Draw(picture)
    draw.ellipse((0.12 * wide, 0.68 * high, 0.88 * wide, 1.3 * high), (60, 40, 90))
    draw.ellipse((0.27 * wide, 0.14 * high, 0.73 * wide, 0.5 * high), (40, 26, 20))
    draw.ellipse((0.31 * wide, 0.2 * high, 0.69 * wide, 0.72 * high), (214, 166, 140))
    for x in (0.43, 0.57):
        draw.ellipse((x * wide - 12, 0.42 * high - 7, x * wide + 12, 0.42 * high + 7), (40, 30, 30))
    return _noisy(picture)


def drawing(size: tuple[int, int] = (800, 600)) -> Image.Image:
    """Ink on paper: outlines alone."""
    picture = Image.new("L", size, 246)
    draw, random = ImageDraw.Draw(picture), Random(7)
    wide, high = size
    for _ in range(24):
        x, y, r = random.randint(0, wide), random.randint(0, high), random.randint(10, 90)
        draw.ellipse((x - r, y - r, x + r, y + r), outline=20, width=3)
    draw.line((0, 0.7 * high, wide, 0.66 * high), 20, 4)
    return picture


def cut_out(size: tuple[int, int] = (500, 700)) -> Image.Image:
    """A vase, with nothing around it (RGBA)."""
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    wide, high = size
    draw = ImageDraw.Draw(picture)
    draw.ellipse((0.2 * wide, 0.3 * high, 0.8 * wide, 0.95 * high), (190, 60, 40, 255))
    draw.rectangle((0.4 * wide, 0.1 * high, 0.6 * wide, 0.4 * high), (190, 60, 40, 255))
    return picture


def _noisy(picture: Image.Image) -> Image.Image:
    """As out of a camera."""
    soft = picture.filter(ImageFilter.GaussianBlur(0.8))
    noise = Image.frombytes("L", soft.size, Random(5).randbytes(soft.width * soft.height))
    return Image.blend(soft, noise.convert("RGB"), 0.04)


KINDS: Mapping[str, Callable[[], Image.Image]] = {
    "town": town,
    "landscape": landscape,
    "clouds": clouds,
    "portrait": portrait,
    "drawing": drawing,
    "cut_out": cut_out,
    "grey": lambda: landscape().convert("L"),
    "wide": lambda: landscape((2000, 400)),
    "upright": lambda: town((400, 1000)),
    "tiny": lambda: landscape((300, 300)),
    "huge": lambda: landscape((4000, 3000)),
}
