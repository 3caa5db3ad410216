"""Shot sizes, deeds and trades: what a prompt says of them is read and has its effect."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from engines.animatic.test_living import picture, stack
from reelway.engines.animatic import framing, guise, person
from reelway.engines.animatic.deeds import DEEDS, seated, talk
from reelway.engines.animatic.grammar import read
from reelway.engines.animatic.plan import plan
from reelway.request import VideoRequest


@pytest.mark.parametrize(
    ("prompt", "size"),
    [
        ("extreme close-up of a woman's eyes", "extreme"),
        ("close-up of a man", "close"),
        ("a closeup on her face", "close"),
        ("medium close-up of a boy", "chest"),
        ("medium shot of two friends", "medium"),
        ("a cowboy shot of a sheriff", "knees"),
        ("full body shot of a dancer", "full"),
        ("wide shot of a rider", "wide"),
        ("an extreme wide shot, a tiny figure", "far"),
        ("特写，一位老人", "close"),
        ("大特写：眼睛", "extreme"),
        ("中景，两个人", "medium"),
        ("全景镜头", "full"),
        ("a man walks close to the sea", ""),
        ("a wide river", ""),
    ],
)
def test_sizes_are_read(prompt: str, size: str) -> None:
    assert framing.size(prompt) == size


@pytest.mark.parametrize(
    ("prompt", "view"),
    [("a man from behind", "back"), ("a woman in profile", "side"), ("她看着镜头", "front"),
     ("a boy looks at the camera", "front"), ("一个男人的背影", "back"), ("a man", "")],
)  # fmt: skip
def test_views_are_read(prompt: str, view: str) -> None:
    assert framing.view(prompt) == view


@pytest.mark.parametrize("frame", [(1.0, 1.78), (1.35, 0.76), (1.12, 1.12), (1.0, 2.33)])
def test_a_close_up_is_head_and_shoulders_in_every_shape(frame: tuple[float, float]) -> None:
    span, width = frame
    unit = framing.scale("close", span, width, 1)
    head, shoulders = 0.145 * unit, 0.112 * unit
    assert shoulders < 0.85 * width  # the head is whole
    assert head > 0.5 * span or shoulders > 0.6 * width
    sizes = [framing.scale(name, span, width, 1) for name in framing.NEAR]
    assert all(a > b for a, b in itertools.pairwise(sizes))


@pytest.mark.parametrize("size", [(160, 90), (90, 160), (120, 120)])
def test_somebody_in_close_up_takes_up_the_middle(size: tuple[int, int]) -> None:
    face = picture(
        stack("close-up of a man in a field at noon, front view, static", size), 0.5, size
    )
    bare = picture(stack("close-up in a field at noon, static", size), 0.5, size)
    middle = np.s_[size[1] * 3 // 8 : size[1] * 5 // 8, size[0] * 3 // 8 : size[0] * 5 // 8]
    assert (np.abs(face - bare)[middle] > 0.02).mean() > 0.6


def test_the_size_is_told() -> None:
    (shot,) = plan(VideoRequest(prompt="close-up of a chef", duration=3, model="animatic"))
    assert shot.understood()["size"] == "close-up"
    assert shot.unknown == ()
    (talks,) = plan(VideoRequest(prompt='A man says: "Hello there."', duration=3, model="animatic"))
    assert talks.understood()["size"] == "medium close-up"


@pytest.mark.parametrize("name", DEEDS)
def test_deeds_close_without_a_jump(name: str) -> None:
    gait = DEEDS[name].gait
    hands = np.array([
        [v for h in gait.pose(k / gait.frames).hands for v in (h or (0.0, 0.0, 0.0))]
        for k in range(gait.frames)
    ])  # fmt: skip
    steps = np.abs(np.diff(hands, axis=0)).max(initial=0.0)
    assert np.abs(hands[-1] - hands[0]).max() <= 1.3 * steps + 1e-6
    assert steps < 0.14


def test_talking_begins_and_ends_at_rest() -> None:
    gait = talk()
    start, end = gait.pose(0.0).hands, gait.pose(0.999).hands
    assert np.allclose(np.array(start), np.array(end), atol=0.01)
    sits = seated(gait)
    assert sits.pose(0.3).seated


@pytest.mark.parametrize("trade", person.trades())
def test_every_trade_is_read_and_dressed(trade: str) -> None:
    words = [w for w, key in guise._breeds("person").items() if key == trade]
    assert words
    for word in words[:3]:
        subjects = read(f"a {word} stands" if word.isascii() else f"一个{word}站着").subjects
        assert trade in {s.look.breed for s in subjects}, word
    look = read(f"a {words[0]} stands").subjects[0].look
    one = person.dressed(look, 3, "x")
    assert one.head or one.top or one.gown


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        ("a smiling woman with a ponytail", {"mood": "smile", "style": "pony"}),
        ("an angry bearded man with sunglasses",
         {"mood": "angry", "beard": "full", "glasses": "dark"}),
        ("一位流着泪的老人", {"mood": "cry"}),
        ("a woman with red hair reads a book", {"hair": "#8a3f22", "doing": "read"}),
        ("一个女孩弹吉他", {"doing": "guitar"}),
        ("a female pilot", {"female": True}),
        ("an elderly chef", {"age": "old"}),
    ],
)  # fmt: skip
def test_faces_and_deeds_are_read(prompt: str, told: dict[str, object]) -> None:
    look = read(prompt).subjects[0].look
    assert {name: getattr(look, name) for name in told} == told
    assert not set(read(prompt).unknown) & {"smiling", "ponytail", "sunglasses", "bearded"}


def test_a_possessive_is_one_person() -> None:
    (woman,) = read("a woman's face").subjects
    assert (woman.count, woman.look.breed) == (1, "woman")
