"""A provider's settings: what is refused, what a film costs, and that a key is not to be read."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from reelway.app import make_engines
from reelway.outbound import Outbound
from reelway.provider import Provider
from reelway.request import VideoRequest
from reelway.settings import Settings, SettingsFault, load

SAID = {"name": "north", "wire": "novita", "address": "https://api.example.com", "key": "sk-secret"}
PRICES = {"720p": "0.084", "720p sound": 0.126, "720p sound voices": "0.154", "4k": "0.42"}


def made(**more: Any) -> Provider:
    return Provider.model_validate({**SAID, **more})


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"name": "North"}, "name"),
        ({"name": ""}, "name"),
        ({"address": "https://api.example.com/v1"}, "scheme, host and port only"),
        ({"address": "ftp://api.example.com"}, "scheme, host and port only"),
        ({"address": "https://user:pass@api.example.com"}, "scheme, host and port only"),
        ({"key_file": "/run/secrets/x"}, "give key or key_file, one of them"),
        ({"key": None}, "give key or key_file, one of them"),
        ({"prices": {"8k": 1}}, "'8k' is none of 720p"),
        ({"prices": {"720p": -1}}, "write US dollars"),
        ({"names": {"kling-v9": "x"}}, "'kling-v9' is not among models"),
        ({"limits": {"kling-v9": {}}}, "'kling-v9' is not among models"),
        ({"limits": {"kling-v3": {"durations": [5, 16]}}}, "durations"),
        ({"limits": {"kling-v3": {"durations": []}}}, "durations"),
        ({"limits": {"kling-v3": {"resolutions": ["8k"]}}}, "resolutions"),
        ({"limits": {"kling-v3": {"sizes": [1]}}}, "sizes"),
        ({"slots": -1}, "slots"),
        ({"rate": 0}, "rate"),
        ({"weight": float("nan")}, "weight"),
        ({"images": "both"}, "images"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_what_is_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as told:
        made(**more)
    assert words in str(told.value)


def test_what_a_film_costs() -> None:
    provider = made(prices=PRICES)

    def price(**request: Any) -> int | None:
        return provider.price(VideoRequest(duration=10, **request))

    assert price() == 840_000
    assert price(sound=True) == 1_260_000
    assert price(sound=True, voices=("Mira",)) == 1_540_000
    assert price(voices=("Mira",)) == 840_000, "nobody speaks in a silent film"
    assert price(resolution="4k", sound=True, voices=("Mira",)) == 4_200_000
    assert price(resolution="1080p") is None
    assert made(prices={"720p": 1}).price(VideoRequest(sound=True, duration=3)) == 3_000_000
    assert price(kind="voice") == 0


def test_a_key_is_nowhere_to_be_read() -> None:
    settings = Settings.model_validate({"providers": [SAID]})
    assert "sk-secret" not in repr(settings) + str(settings) + settings.model_dump_json()
    assert settings.providers[0].secret == "sk-secret"


def test_a_key_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("  sk-secret\n")
    assert made(key=None, key_file=tmp_path / "key").secret == "sk-secret"


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    empty, none = tmp_path / "empty", tmp_path / "none"
    empty.write_text("\n")
    empty.chmod(stat.S_IRUSR)
    wrong = [
        SAID,
        {**SAID, "wire": "kling"},
        {**SAID, "name": "animatic"},
        {**SAID, "name": "b", "key": None, "key_file": str(none)},
        {**SAID, "name": "c", "key": None, "key_file": str(empty)},
        {**SAID, "name": "d", "key": "two lines\nof it"},
    ]
    settings = Settings.model_validate({"providers": wrong})
    with pytest.raises(SettingsFault) as told:
        make_engines(settings, Outbound())
    assert [line.split(":")[0] for line in told.value.faults] == [
        "providers[1].name",
        "providers[1].wire",
        "providers[2].name",
        "providers[3].key_file",
        "providers[4].key_file",
        "providers[5].key",
    ]
    assert "sk-secret" not in str(told.value) and str(tmp_path) not in str(told.value)


def test_a_fault_in_the_file_names_its_provider_and_no_key(tmp_path: Path) -> None:
    path = tmp_path / "reelway.toml"
    path.write_text(
        '[[providers]]\nname = "a"\nwire = "novita"\naddress = "https://a"\nkey = "sk-secret"\n'
        '[[providers]]\nname = "B!"\nwire = "novita"\naddress = "here"\nkey = "sk-secret"\n'
    )
    with pytest.raises(SettingsFault) as told:
        load(config=path, environ={})
    assert "providers[1].name" in str(told.value) and "providers[1].address" in str(told.value)
    assert "sk-secret" not in str(told.value)


def test_one_for_each_and_the_animatic_beside(tmp_path: Path) -> None:
    settings = Settings.model_validate({"providers": [SAID, {**SAID, "name": "south"}]})
    engines = make_engines(settings, Outbound())
    assert {name: engine.remote for name, engine in engines.items()} == {
        "animatic": False,
        "north": True,
        "south": True,
    }


def test_a_webhook_secret_is_one_that_can_sign() -> None:
    good = "whsec_" + "A" * 43 + "="
    for text in (good, good.rstrip("=")):
        provider = made(webhook_secret=text)
        assert provider.webhook_secret and provider.webhook_secret.get_secret_value() == text
        assert "AAAA" not in repr(provider)
    for text in ("", "whsec_", good[6:], "whsec_" + "A" * 33, "whsec_" + "A" * 30, good + "é"):
        with pytest.raises(ValidationError, match="webhook_secret"):
            made(webhook_secret=text)
