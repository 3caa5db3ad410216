from __future__ import annotations

from typing import Any

import pytest

from reelway import errors
from reelway.errors import InvalidRequest, ReelwayError
from reelway.request import Shot, VideoRequest, from_json, to_json
from reelway.sandbox import FAULTS, REJECTIONS, asks, directed, read


def name_field(field: str) -> str:
    return {"shots": "multi_prompt"}.get(field, field)


def directed_by(header: str | None = None, **request: Any) -> VideoRequest:
    return directed(VideoRequest(**{"prompt": "a fox", **request}), header, name_field)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", {}),
        (" ;, ", {}),
        ("fail=content_policy; delay=5", {"fail": "content_policy", "delay": 5.0}),
        ("delay=0.25 expire=0", {"delay": 0.25, "expire": 0}),
        ("stall,expire=604800", {"stall": True, "expire": 604_800}),
        ("delay=1 delay=2", {"delay": 2.0}),
        ("reject=503", {"reject": "503"}),
    ],
)
def test_words(text: str, said: dict[str, Any]) -> None:
    assert read(text, "X") == said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("explode", "'explode' is no word of it; there are: fail, delay, stall, expire, reject"),
        ("Fail=timeout", "'Fail=timeout' is no word"),
        ("=5", "'=5' is no word"),
        ("fail", "fail must be one of content_policy, "),
        ("fail=", "fail must be one of"),
        ("fail=nonsense", "fail must be one of"),
        ("delay", "delay must be seconds"),
        ("delay=-1", "delay must be seconds"),
        ("delay=3600.001", "delay must be seconds, at most 3600"),
        ("delay=1e3", "delay must be seconds"),
        ("delay=nan", "delay must be seconds"),
        ("delay=٣", "delay must be seconds"),
        ("stall=1", "stall takes no value"),
        ("expire=1.5", "expire must be whole seconds"),
        ("expire=604801", "expire must be whole seconds, at most 604800"),
        ("expire=²", "expire must be whole seconds"),
        ("reject=418", "reject must be one of 400, 401, 402"),
    ],
)
def test_what_is_no_word_is_named(text: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(text, "X-Reelway-Sandbox")
    assert caught.value.message.startswith(words)
    assert caught.value.field == "X-Reelway-Sandbox"


@pytest.mark.parametrize(
    ("prompt", "left", "said"),
    [
        ("a fox [[reelway stall]] in snow", "a fox in snow", {"stall": True}),
        ("[[reelway fail=timeout delay=2]]", "", {"fail": "timeout", "delay": 2.0}),
        ("a [[reelway stall]] b [[reelway expire=1]]", "a b", {"stall": True, "expire": 1}),
        ("一只狐狸[[reelway; stall]]", "一只狐狸", {"stall": True}),
        ("a\n[[reelway\nstall\n]]", "a", {"stall": True}),
    ],
)
def test_a_directive_is_taken_out_of_the_prompt(
    prompt: str, left: str, said: dict[str, Any]
) -> None:
    request = directed_by(prompt=prompt)
    assert (request.prompt, request.sandbox) == (left, said)


@pytest.mark.parametrize(
    "prompt", ["a fox ", "[[reel way stall]]", "[[reelways stall]]", "[reelway stall]", "[[reelway"]
)
def test_a_prompt_without_one_is_left_as_it_is(prompt: str) -> None:
    request = VideoRequest(prompt=prompt)
    assert not asks(request, None)
    assert directed(request, None, name_field) is request


def test_of_shots_and_header_together() -> None:
    shots = (
        Shot(prompt="a [[reelway fail=timeout]]", duration=2),
        Shot(prompt=" b", duration=3),
    )
    request = directed_by("delay=4; fail=engine_error", prompt="", shots=shots, duration=5)
    assert request.sandbox == {"fail": "engine_error", "delay": 4.0}
    assert [shot.prompt for shot in request.shots] == ["a", " b"]


def test_a_shot_is_named_in_the_wires_words() -> None:
    shots = (Shot(prompt="a", duration=2), Shot(prompt="b [[reelway boom]]", duration=3))
    with pytest.raises(InvalidRequest) as caught:
        directed_by(prompt="", shots=shots)
    assert caught.value.field == "multi_prompt[1].prompt"


def test_what_excludes_each_other() -> None:
    with pytest.raises(InvalidRequest, match="exclude"):
        directed_by("fail=timeout stall")
    with pytest.raises(InvalidRequest, match="voice"):
        directed_by("fail=timeout", kind="voice")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("400", InvalidRequest),
        ("401", errors.Unauthenticated),
        ("402", errors.BalanceExhausted),
        ("403", errors.KeyRefused),
        ("429", errors.QueueFull),
        ("500", errors.Internal),
        ("502", errors.ProviderError),
        ("503", errors.Overloaded),
    ],
)
def test_a_create_that_is_to_be_refused(status: str, kind: type[ReelwayError]) -> None:
    assert status in REJECTIONS
    with pytest.raises(kind) as caught:
        directed_by(f"reject={status}")
    assert (type(caught.value), str(caught.value.status)) == (kind, status)


def test_the_same_picture_with_and_without() -> None:
    assert directed_by(prompt="a fox [[reelway stall]]").picture_seed == directed_by().picture_seed


def test_it_lies_in_the_canonical_request_and_old_ones_are_read() -> None:
    request = directed_by("delay=1.5 expire=0")
    assert to_json(request)["sandbox"] == {"delay": 1.5, "expire": 0}
    assert from_json(to_json(request)) == request
    assert "sandbox" not in to_json(VideoRequest(prompt="a fox"))
    assert from_json({"v": 1, "prompt": "a fox"}).sandbox == {}


def test_every_fault_says_why() -> None:
    assert all(fault.code and fault.message for fault in FAULTS.values())
