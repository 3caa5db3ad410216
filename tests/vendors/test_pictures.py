"""Pictures that a vendor brings in by itself."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from vendors.aihubmax import AIHubMax
from vendors.asking import STILL, asking
from vendors.plain import Answer, Call, Listener

CREATE = "/v1/videos/generations"
BODY = {"model": "kling-v3-image-to-video", "prompt": "x"}


def png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
async def pictures() -> AsyncIterator[str]:
    """Where /<width>/<height> is a picture, and anything else is not there."""

    async def take(call: Call) -> Answer:
        sides = call.path.strip("/").split("/")
        if len(sides) != 2:
            return Answer(status=404)
        return Answer(status=200, body=png(int(sides[0]), int(sides[1])))

    listener = Listener(take)
    await listener.open("127.0.0.1")
    yield f"http://127.0.0.1:{listener.port}"
    await listener.close()


async def test_the_film_has_the_pictures_shape(pictures: str) -> None:
    vendor = AIHubMax(**STILL, fetches=True)
    async with asking(vendor) as http:
        said = await http.post(CREATE, json=BODY | {"image_url": f"{pictures}/400/600"})
    assert said.status_code == 200
    assert next(iter(vendor.ledger.jobs.values())).order.size == (784, 1176)


@pytest.mark.parametrize(
    ("path", "words"),
    [("/gone", "could not be fetched: 404"), ("/299/600", "at least 300 px")],
)
async def test_pictures_that_are_not_taken(pictures: str, path: str, words: str) -> None:
    vendor = AIHubMax(**STILL, fetches=True)
    async with asking(vendor) as http:
        said = await http.post(CREATE, json=BODY | {"image_url": pictures + path})
    assert said.status_code == 400
    assert words in said.json()["error"]["message"]
    assert vendor.ledger.jobs_made() == 0


async def test_nothing_is_fetched_unless_asked_for(pictures: str) -> None:
    vendor = AIHubMax(**STILL)
    async with asking(vendor) as http:
        assert (await http.post(CREATE, json=BODY | {"image_url": pictures})).status_code == 200
