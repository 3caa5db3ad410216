"""Speech as it is heard: words in their order, people as who they are, in any language, on time."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from engines.animatic.filming import Make
from engines.animatic.recognising import likeliest
from engines.animatic.talking import RATE, reasons, talk, voices_of
from reelway.engines.animatic import dialogue, timbre
from reelway.engines.animatic.cast import COLOURS_APART, THROATS_APART
from reelway.engines.animatic.dialogue import Line
from requires import require


@pytest.fixture
def espeak() -> None:
    require("espeak", find_spec("espeakng_loader") is not None, "espeakng-loader is not installed")


def test_the_words_are_spoken_in_order(espeak: None) -> None:
    """In the finished sound, over rain: the same words in another order are told from these."""
    sentences = [
        "the boats are waiting at the harbour",
        "at the harbour the boats are waiting",
        "the waiting boats at the harbour are",
        "the boats were burning at the harbour",
    ]
    for said_first, said_second in (sentences[:2], sentences[3:1:-1]):
        prompt = f'A coast in the rain. Tom says: "{said_first}." Elena whispers: "{said_second}."'
        said, sound, _ = talk(prompt, duration=10)
        for cue, text in zip(said.spoken, (said_first, said_second), strict=True):
            at = slice(round(cue.start * RATE), round((cue.start + cue.seconds) * RATE))
            assert likeliest(sound[at].mean(axis=1), sentences, rate=RATE) == text


ONSETS = [
    ('A quiet room. A man says: "Be careful now." A woman says: "Tell me why."', {}),
    ("安静的房间里，一个女人说：“快点走吧。”", {}),
    ("", {"shots": [('A room. Tom says: "Go now."', 3), ('A room. Ann says: "Do it."', 3)]}),
]


@pytest.mark.parametrize(("prompt", "more"), ONSETS)
def test_sound_captions_and_report_begin_together(
    espeak: None, make: Make, prompt: str, more: dict[str, Any]
) -> None:
    """In the film itself, as it is decoded; mouths: `test_lips`."""
    alone = "music, ambience, noise"  # kept out: what is heard is what is said
    wanted: dict[str, Any] = {"duration": 6, "sound": True, "captions": True, **more}
    film = make(prompt, negative_prompt=alone, **wanted)
    sound = np.abs(film.pcm()).max(axis=0)
    step = RATE // 24
    level = sound[: len(sound) // step * step].reshape(-1, step).max(axis=1)
    told = film.report["understood"]["dialogue"]
    captions = film.report["captions"]
    assert len(told) == len(captions) >= 1
    for line, caption in zip(told, captions, strict=True):
        begin = round(line["start"] * 24)
        assert abs(caption["start"] - line["start"]) <= 1 / 24
        loud = level[begin : begin + 24].max()
        heard = begin - 4 + int(np.argmax(level[begin - 4 :] > 0.12 * loud))
        assert abs(heard - begin) <= 2, (line, heard, begin)


def test_who_speaks_is_heard() -> None:
    voices = {name: voices_of(name)[0] for name in
              ("man", "woman", "boy", "old man", "robot", "ghost", "dragon")}  # fmt: skip
    assert voices["boy"].pitch > 1.4 * voices["man"].pitch
    assert voices["boy"].throat > 1.15 * voices["man"].throat
    assert voices["dragon"].pitch < 0.9 * voices["man"].pitch
    assert voices["dragon"].throat < voices["man"].throat < voices["woman"].throat
    assert voices["old man"].waver > 2 * voices["man"].waver > voices["robot"].waver == 0
    assert voices["ghost"].breath > voices["man"].breath > voices["robot"].breath
    said = {m: timbre.of(voices["man"], Line(text="x", manner=m)) for m in ((), ("robot",))}
    assert said["robot",].metal and not said[()].metal
    texts = ['A man says in a robotic voice: "Yes."', 'A man says in a deep voice: "Yes."']
    assert [dialogue.read(t).lines[0].manner for t in texts] == [("robot",), ("deep",)]


def test_no_two_of_a_film_share_a_throat_or_a_colour() -> None:
    men, women = ("Tom", "Max", "Paul"), ("Ann", "Mary", "Elena", "Rose")
    many = [(f"x{n}", f"y{n}", f"z{n}", "Tom") for n in range(60)]
    for names in (men, women, ("老陈", "老王", "老李"), *many):
        for a, b in combinations(voices_of(*names), 2):
            assert abs(np.log(a.throat / b.throat)) >= np.log(THROATS_APART) - 1e-6
            colours = np.subtract(a.colour, b.colour)
            assert np.sqrt(np.mean(colours**2)) >= COLOURS_APART - 0.02


LANGUAGES = [
    ("Une femme dit : « Où est le bateau ? »", "fr", "Une femme", False),
    ('Ein Mann flüstert: "Wir segeln morgen, und du?"', "de", "Ein Mann", False),
    ('Una mujer dice: "¿Dónde está el barco?"', "es", "Una mujer", False),
    ('A man says: "你好，我哋走啦。"', "yue", "man", False),
    ("女の人が「わかりました、いきましょう。」と言う", "ja", "女の人が", False),
    ("女の人が「今日は雨です。」と言う", "ja", "女の人が", True),
    ('한 여자가 말한다: "안녕하세요, 반갑습니다."', "ko", "한 여자가", False),
    ('A man says: "ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ"', "", "man", True),
    ("女人说：“我喜欢Python，一共3.5元，2024年。”", "cmn", "女人", False),
    ('A woman says: "😀 Hello 👋 there"', "en", "woman", False),
]


@pytest.mark.parametrize(("prompt", "language", "speaker", "murmured"), LANGUAGES)
def test_any_language(
    espeak: None, prompt: str, language: str, speaker: str, murmured: bool
) -> None:
    said, _, _ = talk(prompt, duration=6)
    (cue,) = said.spoken
    assert (cue.line.language, cue.line.speaker, cue.murmured) == (language, speaker, murmured)
    assert bool(reasons(said, "speech")) == murmured
    assert 0.2 < cue.seconds < 5.5 and bool(cue.sounds) != murmured
    assert "😀" not in cue.line.text
