"""Dialogue: found in the prompt, spoken in its shot by voices that are told apart."""

from __future__ import annotations

import ast
import sys
from importlib.util import find_spec
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.animatic.filming import Make
from engines.animatic.talking import RATE, reasons, talk, voices_of
from reelway.engines.animatic import dialogue, speech, voicing
from reelway.engines.animatic.cast import APART, cast
from reelway.engines.animatic.dialogue import Line
from reelway.engines.animatic.plan import plan
from reelway.engines.animatic.sound.loudness import integrated, true_peak
from reelway.engines.animatic.speaking import gender_of, language_of
from reelway.engines.animatic.speech import Speech
from reelway.request import VideoRequest
from requires import require

BOATS = "It is time to go now, the boats are waiting."


@pytest.fixture
def espeak() -> None:
    require("espeak", find_spec("espeakng_loader") is not None, "espeakng-loader is not installed")


def pitch(pcm: np.ndarray) -> float:
    """Hz, median over voiced frames at 22.05 kHz, by autocorrelation."""
    found = []
    lags = np.arange(voicing.RATE // 450, voicing.RATE // 60)
    for at in range(0, len(pcm) - 1400, 330):
        frame = pcm[at : at + 1400] * np.hanning(1400)
        if frame.std() < 0.3 * pcm.std():
            continue
        spectrum = np.fft.rfft(frame, 4096)
        match = np.fft.irfft(np.abs(spectrum) ** 2)
        match = match / match[0] / (1 - np.arange(4096) / 1600).clip(0.1)
        near = match[lags]
        if near.max() > 0.5:  # the first high peak, or a lower octave would win now and then
            found.append(voicing.RATE / lags[np.argmax(near > 0.85 * near.max())])
    return float(np.median(found)) if found else 0.0


def centroid(sound: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(sound))
    f = np.fft.rfftfreq(len(sound), 1 / RATE)
    return float((power * f).sum() / power.sum())


# What the words say

SAID = [
    ('Elena says: "We sail at first light."', [("Elena", 0, "We sail at first light.")]),
    ('"The light goes out," whispers the keeper.', [("keeper", 0, "The light goes out")]),
    ("Rain begins to fall, <<<voice_1>>> says: it is time", [("", 1, "it is time")]),
    ('<<<voice_2>>> (angrily) shouts "Get out of here!"', [("", 2, "Get out of here!")]),
    ("老陈说:“雨一直下,他还没来。”", [("老陈", 0, "雨一直下,他还没来。")]),
    ("“雨停了。”老陈低声说。", [("老陈", 0, "雨停了。")]),
    ("老陈转过身，轻声说：“走吧。”", [("老陈", 0, "走吧。")]),
    ("一个老人坐在窗边，缓缓地说：「孩子，别怕。」", [("老人", 0, "孩子，别怕。")]),
    ("女孩喊道：“等等！”男孩笑道：“快点！”", [("女孩", 0, "等等！"), ("男孩", 0, "快点！")]),
    ("一个男孩跑来。“等等！”他喊道。", [("男孩", 0, "等等！")]),
    ("招牌上写着“茶馆”，一个女人问：“有人吗？”", [("女人", 0, "有人吗？")]),
    ("小明对妈妈说：“我饿了。”", [("小明", 0, "我饿了。")]),
    ("旁白：很久以前，这里是一片海。镜头拉远。", [("narrator", 0, "很久以前，这里是一片海。")]),
    ("老师说：“今天讲“雨”的故事。”", [("老师", 0, "今天讲“雨”的故事。")]),
    ('An old man in a grey coat slowly turns and says: "Ah."', [("old man", 0, "Ah.")]),
    ('The camera slowly pushes in as Elena whispers, "Listen."', [("Elena", 0, "Listen.")]),
    ('"We sail," says Tom, "at dawn."', [("Tom", 0, "We sail"), ("Tom", 0, "at dawn.")]),
    ('Elena: "We sail." Marco: "When?"', [("Elena", 0, "We sail."), ("Marco", 0, "When?")]),
    ('[Old keeper, calm voice]: "The sea is patient."', [("Old keeper", 0, "The sea is patient.")]),
    ("Narrator: Long ago. The camera pans left.", [("narrator", 0, "Long ago.")]),
    ('Elena walks along the shore. She says: "Late."', [("Elena", 0, "Late.")]),
    ('A boy turns to the sea. "Where are they?"', [("boy", 0, "Where are they?")]),
    ("A detective says 'It's over.' and walks off", [("detective", 0, "It's over.")]),
    ("Mr. Smith says: “I don’t know.”", [("Smith", 0, "I don’t know.")]),
    ('<<<voice_1>>>: "First." <<<voice_2>>>: "Then."', [("", 1, "First."), ("", 2, "Then.")]),
    ('Tom <<<voice_1>>> says: "A." Tom says: "B."', [("Tom", 1, "A."), ("Tom", 1, "B.")]),
    ('<<<element_1>>> <<<voice_1>>> says "Hello."', [("element 1", 1, "Hello.")]),
    ('The robot announces in a flat tone, "Done (beeps)."', [("robot", 0, "Done.")]),
    ('Elena says: "We sail at first light', [("Elena", 0, "We sail at first light")]),
    ('A neon sign says "OPEN" in the rain', []),
    ('A ship called "Aurora" sails past a man', []),
    ('A man reads a book titled "Dune".', []),
    ('They live in a town they call "Hope"', []),
    ("街道“中山路”很长", []),
    ("Style: noir. Camera: pans left. Scene 1: a street.", []),
    ("Elena says that it is late", []),
    ("", []),
]


@pytest.mark.parametrize(("prompt", "lines"), SAID)
def test_who_says_what(prompt: str, lines: list[tuple[str, int, str]]) -> None:
    script = dialogue.read(prompt)
    assert [(line.speaker, line.marker, line.text) for line in script.lines] == lines
    assert all(text not in script.rest for _, _, text in lines)


def test_bare_quotes_are_spoken_where_voices_were_given() -> None:
    prompt = 'A lighthouse. "The tide is late."'
    assert not dialogue.read(prompt).lines
    assert dialogue.read(prompt).written == ("The tide is late.",)
    assert len(dialogue.read(prompt, voices=True).lines) == 1


def test_how_it_is_said() -> None:
    prompts = {
        'Tom whispers: "Yes."': ("whisper",), '"Yes," she says softly.': ("soft",),
        '<<<voice_1>>> (angrily) shouts "Yes."': ("shout", "angry"), "他大声说：“好。”": ("shout",),
        "女孩悲伤地低声说：“好。”": ("soft", "sad"),
        'The camera slowly pushes in as Tom says: "Yes."': (),
    }  # fmt: skip
    assert {p: line.manner for p in prompts for line in dialogue.read(p).lines} == prompts


def test_languages_and_genders() -> None:
    texts = {
        "We sail at first light": "en", "Hm!": "en", "雨一直下": "cmn", "わかりました": "ja",
        "안녕하세요": "ko", "Мы уходим": "ru", "¿Dónde está el barco?": "es",
        "Wir segeln morgen und kommen nicht zurück": "de", "Nous sommes perdus dans la nuit": "fr",
    }  # fmt: skip
    assert {text: language_of(text) for text in texts} == texts
    words = {"Elena": "f", "Tom": "m", "old woman": "f", "女孩": "f", "old man": "m", "keeper": ""}
    assert {word: gender_of(word) for word in words} == words


def test_what_is_said_is_not_the_setting() -> None:
    prompt = "A desert at noon. <<<voice_1>>> says: rain on the sea, pan left"
    (shot,) = plan(VideoRequest(prompt=prompt))
    assert (shot.place, shot.time) == ("desert", "day")
    assert not {"weather", "camera"} & set(shot.named)
    assert "says" not in shot.unknown


@pytest.mark.parametrize("piece", ['"a" ', "“", "to a ", "he said, ", "‘a’b", "((", "说：", "A, "])
def test_odd_prompts_are_read_at_once(piece: str) -> None:
    prompt = piece * (2500 // len(piece)) + 'says: "x"'
    dialogue.read(prompt, voices=True)  # a pattern that tries every way would never come back
    dialogue.silenced(prompt)


# Voices


def test_a_voice_is_always_the_same_one() -> None:
    assert voices_of("Tom")[0] == voices_of("Tom", "Elena")[0]
    (one,), (other,) = voices_of("", voices=("a",)), voices_of("Tom", voices=("a",))
    assert one == other and one.id == "a"
    many = [voices_of("", voices=(f"v{n}",))[0] for n in range(50)]
    assert len({v.pitch for v in many}) == 50 and len({v.variant for v in many}) >= 8


def test_two_voices_of_a_film_are_told_apart() -> None:
    for n in range(100):
        lines = [Line(text="Yes.", marker=1), Line(text="No.", marker=2), Line(text="Oh.")]
        made = dict.fromkeys(cast([*lines, Line(text="Ah.", speaker="Tom")], (f"{n}", f"x{n}"), {}))
        assert len(made) == 3  # who is not named speaks with voice 1
        for a, b in combinations(made, 2):
            assert a.variant != b.variant
            assert abs(12 * np.log2(a.pitch / b.pitch)) >= APART - 1e-9


def test_who_gets_which_voice() -> None:
    made = voices_of("Tom", "Elena", "Tom", "Mary", voices=("a", "b"))
    assert [v.id for v in made] == ["a", "b", "a", ""]
    lines = [Line(text="x", speaker="Tom"), Line(text="y", speaker="Elena", marker=2)]
    assert [v.id for v in cast(lines, ("a", "b"), {})] == ["", "b"]
    same = {"a": {"pitch": 120.0}, "b": {"pitch": 121.0}}
    one, two = voices_of("Tom", "Max", voices=("a", "b"), known=same)
    assert one.sampled and two.sampled
    assert (one.pitch, two.pitch) == (120.0, 121.0)
    assert one.variant != two.variant


def test_a_sample_shapes_its_voice(espeak: None) -> None:
    heard: dict[str, Any] = {}
    for name, hertz, brightness, pace in [
        ("low", 110.0, 1400.0, 3.0), ("high", 220.0, 1400.0, 3.0),
        ("dull", 110.0, 900.0, 3.0), ("bright", 110.0, 2300.0, 3.0), ("quick", 110.0, 1400.0, 4.0),
    ]:  # fmt: skip
        known = {"v": {"pitch": hertz, "brightness": brightness, "pace": pace}}
        said, _, _ = talk(f"A room. <<<voice_1>>> says: {BOATS}", known, voices=("v",))
        (cue,) = said.cues
        assert said.report()[0]["voices"] == {"v": "made from a sample"}
        shaped = voicing.shaped(cue.pcm, cue.voice.tilt, 0)
        heard[name] = (pitch(cue.pcm), centroid(shaped), cue.seconds)
    assert heard["low"][0] == pytest.approx(110, rel=0.1)
    assert heard["high"][0] == pytest.approx(220, rel=0.1)
    assert heard["bright"][1] > 1.3 * heard["dull"][1]
    assert heard["quick"][2] < 0.85 * heard["low"][2]


def test_two_speakers_sound_different(espeak: None) -> None:
    said, _, _ = talk(
        f'A room. Tom says: "{BOATS}" Elena says: "{BOATS}"', duration=10, voices=("a", "a2")
    )
    one, two = said.cues
    assert abs(12 * np.log2(pitch(one.pcm) / pitch(two.pcm))) > 1.5
    # Envelopes of their spectra, in bands of 200 Hz: different throats, not only pitches.
    bands = [
        np.log(np.abs(np.fft.rfft(c.pcm, 1 << 17))[:35_000].reshape(-1, 1000).sum(axis=1))
        for c in (one, two)
    ]
    assert np.std(bands[0] - bands[1]) > 0.15


# In the film

SCENES = [
    'A rocky coast. Elena says: "We sail at first light." "Wait," whispers Tom.',
    "雨夜的房间。老陈说:“雨一直下,他还没来。”女孩喊道：“我来了！”",
]


@pytest.mark.parametrize("prompt", SCENES)
def test_lines_are_heard_when_the_report_says_so(espeak: None, prompt: str) -> None:
    said, sound, plain = talk(prompt)
    told = said.report()[0]["dialogue"]
    assert len(told) == 2 and not said.report()[1]
    assert 0.3 <= told[0]["start"] <= 0.5
    assert told[0]["start"] + told[0]["seconds"] < told[1]["start"]
    spans = [
        tuple(round(t * RATE) for t in (line["start"], line["start"] + line["seconds"]))
        for line in told
    ]
    rest = np.ones(len(sound), bool)
    for a, b in spans:
        rest[max(0, a - RATE // 2) : b + RATE] = False
    assert rest.any()
    # The whole is brought to one loudness: what lies beside the lines is the same but for that.
    gain = (sound * plain)[rest].sum() / np.square(plain[rest]).sum()
    assert np.abs(sound - gain * plain)[rest].max() < 0.02
    for a, b in spans:
        voice = sound[a:b] - gain * plain[a:b] * voicing.DUCK
        assert 20 * np.log10(voice.std()) > -28
    assert true_peak(sound) <= -1.4 and integrated(sound) == pytest.approx(-16, abs=0.5)


def test_everything_else_gives_way() -> None:
    silence = np.zeros(voicing.RATE)
    track = voicing.Track(pcm=silence, start=2.0, place="room", level=0, tilt=0, side=0)
    gain = voicing.ducking(5 * RATE, [track])
    levels = [gain[at : at + RATE // 2].mean() for at in (24_000, 106_000, 192_000)]
    assert 20 * np.log10(levels) == pytest.approx([0, -9, 0], abs=0.2)


def test_each_line_in_its_own_shot(espeak: None) -> None:
    said, _, _ = talk(
        'A coast. Narrator: "Once."',
        parts=[('Tom says: "One."', 3), ("a desert", 2), ("“三。”老陈说。", 3)],
    )
    told = said.report()[0]["dialogue"]
    assert [t["shot"] for t in told] == [1, 1, 3]
    assert [t["speaker"] for t in told] == ["narrator", "Tom", "老陈"]
    for line in told:
        first, last = {1: (0, 3), 3: (5, 8)}[line["shot"]]
        assert first <= line["start"] and line["start"] + line["seconds"] < last


def test_what_does_not_fit(espeak: None) -> None:
    said, _, _ = talk(f'A room. Tom says: "{BOATS}"', duration=3)
    (line,) = said.report()[0]["dialogue"]
    assert 1 < line["faster"] <= 1.4 and "cut" not in line
    said, _, _ = talk(f'A room. Tom says: "{BOATS * 4}" Elena says: "No, not now."', duration=5)
    first, second = said.report()[0]["dialogue"]
    assert first["cut"] and first["faster"] == 1.4
    assert first["start"] + first["seconds"] < second["start"] < 5
    assert any(w == pytest.approx(said.cues[0].seconds, abs=0.01) for w in said.cues[0].words)
    assert np.abs(said.cues[0].pcm[-5:]).max() < 0.01
    assert reasons(said, "prompt") == ["a line of shot 1 is cut: the shot is too short"]
    said, _, _ = talk("A room. " + f'Tom says: "{BOATS}" ' * 9, duration=3)
    assert any("left out" in r for r in reasons(said, "prompt"))
    ends = [(c.start, c.start + c.seconds) for c in said.spoken]
    assert all(b < c for (_, b), (c, _) in pairwise(ends))
    assert ends[-1][1] < 3


def test_films_with_speech_repeat_themselves(espeak: None, make: Make) -> None:
    fields = {"sound": True, "duration": 3, "voices": ("a",)}
    film = make(SCENES[0], **fields)
    assert film.data == make(SCENES[0], **fields).data
    assert np.abs(film.pcm()).max() < 10 ** (-1 / 20)
    understood = film.report["understood"]
    assert understood["voices"] == {"a": "unknown: a stable voice was chosen"}
    assert [line["speaker"] for line in understood["dialogue"]] == ["Elena", "Tom"]
    assert not any(i["field"] == "voices" for i in film.report["ignored"])
    assert "espeakng_loader" not in sys.modules


def test_the_speaker_stands_alone() -> None:
    """espeak-ng's licence is another: its process holds nothing of ours, and we nothing of it."""
    tree = ast.parse(speech.SPEAKER.read_text())
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert not [name for name in names if name.startswith("reelway")]


def test_its_process_is_gone_with_the_film(espeak: None) -> None:
    request = VideoRequest(prompt=SCENES[0], sound=True)
    with Speech(request, plan(request), {}) as said:
        process = said._process
        assert process and process.poll() is None
    assert process.returncode is not None


# Without


def test_without_the_extra_lines_are_murmured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "find_spec", lambda name: None)
    prompt = f'A room. Tom says: "{BOATS}" Elena says: "{BOATS}"'
    said, sound, _ = talk(prompt, duration=8)
    assert reasons(said, "speech") == [speech.NOT_INSTALLED]
    assert said._process is None
    one, two = said.report()[0]["dialogue"]
    assert 1.5 < one["seconds"] < two["start"] - one["start"]
    for cue in said.cues:
        assert pitch(cue.pcm) == pytest.approx(cue.voice.pitch, rel=0.15)
    np.testing.assert_array_equal(sound, talk(prompt, duration=8)[1])
    said, _, _ = talk(f'A room. Tom whispers: "{BOATS * 4}"', duration=4)
    (line,) = said.report()[0]["dialogue"]
    assert line["cut"] and line["start"] + line["seconds"] < 4


@pytest.mark.parametrize("program", ["raise SystemExit(3)", "print('{}')", "print('nonsense')"])
def test_a_broken_speaker_is_a_murmur(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str
) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text(program)
    monkeypatch.setattr(speech, "SPEAKER", broken)
    monkeypatch.setattr(speech, "find_spec", lambda name: object())
    said, _, _ = talk('A room. Tom says: "Yes."', duration=3)
    assert reasons(said, "speech") == ["speech could not be made; lines are murmured"]
    assert said.spoken and said.spoken[0].murmured


def test_what_cannot_be_read_is_murmured(espeak: None) -> None:
    said, _, _ = talk('A room. Yuki says: "今日は雨です。" Tom says: "Yes."')
    assert [cue.murmured for cue in said.cues] == [True, False]
    assert len(said.spoken) == 2
    assert reasons(said, "speech")


def test_a_negative_prompt_silences_speech() -> None:
    for negative in ("speech", "x, no talking", "voices", "dialogue.", "人声，x", "对白", "sound"):
        assert dialogue.silenced(negative)
    assert not any(map(dialogue.silenced, ("robotic voice", "blurry", "")))


def test_silence_is_reported() -> None:
    said, sound, plain = talk(SCENES[0], negative_prompt="speech", voices=("a",))
    np.testing.assert_array_equal(sound, plain)
    (reason,) = reasons(said, "prompt")
    assert reason == "dialogue is not spoken: the negative prompt silences speech"
    assert reasons(said, "voices") and "voices" not in said.report()[0]
    said, _, _ = talk(SCENES[0], sound=False)
    assert reasons(said, "prompt") and "start" not in said.report()[0]["dialogue"][0]
    said, _, _ = talk("A coast", sound=False)
    assert said.report() == ({}, [])


def test_voices_that_nobody_uses_are_reported(espeak: None) -> None:
    said, _, _ = talk("A coast", voices=("a",))
    assert said.report() == ({}, [{"field": "voices", "reason": "nobody speaks"}])
    said, _, _ = talk('A coast. <<<voice_1>>> says: "Yes."', voices=("a", "b"))
    assert reasons(said, "voices") == ["nobody speaks with b"]
    said, _, _ = talk('A coast. <<<voice_2>>> says: "Yes." A sign says "OPEN".')
    assert len(reasons(said, "prompt")) == 2  # no such voice; words that nobody says
