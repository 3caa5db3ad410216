"""The music: in time with the cuts, in the harmony that was meant, ending where it should."""

from __future__ import annotations

import json
from importlib import resources
from itertools import pairwise

import numpy as np
import pytest

from reelway.engines.animatic.plan import ShotPlan, plan
from reelway.engines.animatic.report import report
from reelway.engines.animatic.sound import music
from reelway.engines.animatic.sound.music.brief import brief, cues, tables
from reelway.engines.animatic.sound.music.harmony import MODES, chord, led, parallels, planned
from reelway.engines.animatic.sound.music.instruments import RATE, note, sorts
from reelway.engines.animatic.sound.music.melody import line
from reelway.engines.animatic.sound.music.metre import fitted
from reelway.engines.animatic.sound.music.parts import Piece, patterns
from reelway.engines.animatic.sound.music.percussion import DRUMS, NOISES, stroke
from reelway.request import FRAME_RATE, Shot, VideoRequest

SECOND = 48_000
WORDS = json.loads(
    resources.files("reelway.engines.animatic").joinpath("musical.json").read_text("utf-8")
)


def film(prompt: str, seconds: int = 5, seed: int = 5, **fields: object) -> list[ShotPlan]:
    request = {"prompt": prompt, "duration": seconds, "seed": seed, "sound": True, **fields}
    return plan(VideoRequest(**request))  # type: ignore[arg-type]


def story(prompt: str, *seconds: int, seed: int = 5) -> list[ShotPlan]:
    shots = tuple(Shot(prompt="a hill", duration=s) for s in seconds)
    return film(prompt, sum(seconds), seed, shots=shots, shot_mode="customize")


def samples(shots: list[ShotPlan], seed: int = 5) -> np.ndarray:
    return music.score(shots, seed, sum(s.frames for s in shots) * SECOND // FRAME_RATE)


def piece(shots: list[ShotPlan], seed: int = 5) -> Piece:
    (cue,) = cues(shots)
    return music.written(cue, seed)


@pytest.mark.parametrize("style", sorted(tables()["styles"]))
def test_cuts_are_beats(style: str) -> None:
    random = np.random.default_rng(len(style))
    low, high = tables()["styles"][style]["tempo"]
    bar = tables()["styles"][style].get("beats", 4)
    for _ in range(12):
        lengths = random.integers(1, 6, random.integers(1, 6))
        cuts = np.cumsum(lengths)[:-1].tolist()
        metre = fitted(float(lengths.sum()), cuts, (low, high), (low + high) / 2, bar)
        assert low <= metre.tempo <= high
        for cut in cuts:
            assert np.abs(metre.times - cut).min() <= 2 / FRAME_RATE
        assert (np.diff(metre.times) > 0).all() and metre.times[-1] == lengths.sum()
        steps = np.diff(metre.times)[:-1] * metre.tempo / 60  # the rubato is no lurch
        assert steps.size == 0 or (steps.min() > 0.55 and steps.max() < 1.8)
        ring = metre.times[-1] - metre.times[metre.last]
        assert ring >= min(0.9, lengths[-1] * 0.9)


def test_the_tempo_is_chosen_for_the_cuts() -> None:
    """Cuts at 1.5, 3 and 4.5 s: 80 and 120 beats a minute fit, 100 does not."""
    metre = fitted(6.0, [1.5, 3.0, 4.5], (70, 130), 100, 4)
    assert min(abs(metre.tempo - 80), abs(metre.tempo - 120)) <= 2


def test_a_cut_brings_another_chord_and_a_hit() -> None:
    shots = story("epic orchestral music", 4, 3, 3, 5)
    made = piece(shots)
    names = {s.start: s.chord.name for s in made.spans}
    for cut, at in zip(made.metre.cuts, (4, 7, 10), strict=True):
        assert abs(float(made.metre.at(cut)) - at) <= 2 / FRAME_RATE
        before = [s for s in made.spans if s.end == cut]
        assert before[0].chord.name != names[cut]
    sound = np.abs(samples(shots)).max(axis=1)
    levels = sound.reshape(-1, SECOND // 50).max(axis=1)
    late = levels[10 * 50 : 11 * 50].mean()
    assert late > 1.5 * levels[: 3 * 50].mean()  # it builds up


@pytest.mark.parametrize("seconds", [3, 4, 5, 8, 15])
@pytest.mark.parametrize("mood", sorted(tables()["moods"]))
def test_it_ends_on_the_tonic(mood: str, seconds: int) -> None:
    word = WORDS["moods"].get(mood, [""])[0]  # nothing is said of the neutral one
    made = piece(film(f"a field, {word} music", seconds))
    assert made.brief.moods == (mood,)
    assert made.spans[-1].chord.root == 0
    assert seconds < 4 or made.spans[-2].chord.root != 0  # come to by a cadence
    for part in (p for p in made.brief.parts if p.role == "melody"):
        assert line(made, part)[-1].pitch % 12 == made.brief.tonic


def chroma(sound: np.ndarray) -> np.ndarray:
    """How much there is of each pitch class, C first."""
    mono = sound.mean(axis=1) * np.hanning(len(sound))
    power = np.abs(np.fft.rfft(mono, 1 << 17)) ** 2
    f = np.fft.rfftfreq(1 << 17, 1 / SECOND)
    use = (f > 60) & (f < 1400)
    classes = np.rint(12 * np.log2(f[use] / 440) + 69).astype(int) % 12
    return np.sqrt(np.bincount(classes, power[use], 12))


@pytest.mark.parametrize(
    "prompt",
    ["piano music", "string quartet", "joyful music", "melancholic music", "choir music", "jazz",
     "guitar music", "Chinese pentatonic music", "synthwave music", "ambient music", "waltz"],
)  # fmt: skip
def test_what_is_heard_is_the_harmony_that_was_meant(prompt: str) -> None:
    hits, shares = 0, []
    spans = 0
    for seed in (1, 2, 3):
        shots = film(f"a hill, {prompt}", 10, seed)
        sound, made = samples(shots, seed), piece(shots, seed)
        for span in made.spans:
            a, e = (int(made.at(b) * SECOND) for b in (span.start, span.end))
            heard = chroma(sound[a:e])
            tones = {(made.brief.tonic + p) % 12 for p in span.chord.pitches}
            wanted = np.array([float(c in tones) for c in range(12)])
            shares.append(np.corrcoef(heard, wanted)[0, 1])
            others = [np.corrcoef(heard, np.roll(wanted, k))[0, 1] for k in range(12)]
            hits += others[0] > max(others) - 0.12  # chords a fifth apart share most of their tones
            spans += 1
    assert np.mean(shares) > 0.5, shares
    assert hits / spans > 0.75


def everything() -> list[str]:
    words = [f"{forms[0]} music" for forms in WORDS["moods"].values()]
    words += [forms["asks"][0] for forms in WORDS["styles"].values()]
    words += [f"{forms['beside'][0]} music" for forms in WORDS["styles"].values()]
    return words + [f"music with {forms[0]}" for forms in WORDS["instruments"].values()]


def test_every_word_changes_the_music() -> None:
    plain = piece(film("a hill, music", 4))
    seen: dict[str, str] = {}
    for words in everything():
        b = brief(film(f"a hill, {words}", 4), 5)
        assert b != plain.brief, words
        if words.endswith(" music") or "with" in words:
            own = repr((b.parts, b.mode, b.cycle, b.wanted, b.arc, b.lift))
            seen[own] = words
    # "music box" is a style and an instrument; all other keys differ
    assert len(seen) >= len(tables()["moods"]) + len(WORDS["styles"]) + 30


@pytest.mark.parametrize("style", sorted(WORDS["styles"]))
def test_every_style_sounds(style: str) -> None:
    shots = film(f"a hill, {WORDS['styles'][style]['asks'][0]}", 4)
    sound = samples(shots)
    assert brief(shots, 5).styles[0] == style
    assert sound.shape == (4 * SECOND, 2) and np.isfinite(sound).all()
    assert 0.2 < np.abs(sound).max() <= 0.951
    assert np.abs(sound[:10]).max() < 0.05 and np.abs(sound[-10:]).max() < 1e-3
    middle = sound[SECOND:-SECOND]
    assert np.sqrt((middle**2).mean()) > 0.01
    assert np.corrcoef(middle.T)[0, 1] < 0.995  # it is stereo


def test_seeds_give_other_melodies_and_equal_requests_equal_music() -> None:
    shots = film("a hill, joyful music")
    np.testing.assert_array_equal(samples(shots), samples(film("a hill, joyful music")))
    lines = set()
    for seed in range(8):
        made = piece(film("a hill, joyful music", 8, seed), seed)
        lead = next(p for p in made.brief.parts if p.role == "melody")
        lines.add(tuple(t.pitch - made.brief.tonic for t in line(made, lead)))
    assert len(lines) == 8


def test_shots_without_music_are_silent() -> None:
    prompts = ("a lake, tense music", "a hill", "a field, piano music")
    shots = film(
        "",
        6,
        shots=tuple(Shot(prompt=p, duration=2) for p in prompts),
        shot_mode="customize",
    )
    sound = np.abs(samples(shots))
    assert sound[: 2 * SECOND].max() > 0.1 < sound[4 * SECOND :].max()
    assert not sound[2 * SECOND : 4 * SECOND].any()


@pytest.mark.parametrize("negative", ["music", "no music", "sound", "soundtrack", "音乐"])
def test_a_negative_prompt_silences_it(negative: str) -> None:
    assert not samples(film("a hill, piano music", negative_prompt=negative)).any()


def test_a_negative_prompt_takes_out_an_instrument() -> None:
    loud = brief(film("a hill, rock music"), 5)
    bare = brief(film("a hill, rock music", negative_prompt="drums"), 5)
    assert any(p.role == "drums" for p in loud.parts)
    assert bare.parts and not any(p.role == "drums" for p in bare.parts)
    glad = brief(film("music in a storm at night", negative_prompt="tense music"), 5)
    assert "tense" not in glad.moods


@pytest.mark.parametrize(
    ("prompt", "instrument"),
    [("a man plays guitar", "guitar"), ("老人拉二胡", "erhu"), ("a pianist in a bar", "piano"),
     ("a woman plays the violin", "violin"), ("a man plays the drums", "kit")],
)  # fmt: skip
def test_a_player_is_heard_alone(prompt: str, instrument: str) -> None:
    shots = film(prompt)
    assert brief(shots, 5).instruments == [instrument]
    assert samples(shots).any()


@pytest.mark.parametrize(
    ("prompt", "mood", "style"),
    [
        ("a storm at sea at night, with music", "tense", "thriller"),
        ("a sunny field at noon, clear sky, with music", "joyful", "bright"),
        ("a black and white street, film noir, with music", None, "noir"),
        ("a sad woman by a window, with music", "melancholic", "elegy"),
        ("an old Chinese village, with music", None, None),
        ("an ink wash painting of mountains, with music", None, "chinese"),
        ("a storm at sea, with joyful jazz", "joyful", "jazz"),
    ],
)
def test_the_scene_decides_what_words_leave_open(
    prompt: str, mood: str | None, style: str | None
) -> None:
    b = brief(film(prompt), 5)
    assert mood in (None, b.moods[0])
    assert style in (None, b.styles[0])
    if "Chinese" in prompt:
        assert b.mode not in ("gong", "yu")


def test_who_plays_before_an_orchestra_leads_it() -> None:
    shots = film("a man plays guitar by a fire, with orchestral music")
    b = brief(shots, 5)
    assert b.instruments[0] == "guitar" and "strings" in b.instruments


def test_what_is_asked_of_tempo_and_key_is_done() -> None:
    b = brief(film("a hill, slow piano music in F minor at 72 bpm"), 5)
    assert (b.wanted, b.tonic) == (72.0, 5) and 3 in MODES[b.mode]
    slow, fast = (brief(film(f"a hill, {pace} piano music"), 5) for pace in ("slow", "fast"))
    assert slow.tempi[1] <= fast.tempi[0] and slow.wanted < fast.wanted
    assert brief(film("a hill, piano music", negative_prompt="fast music"), 5).tempi == slow.tempi


def test_voices_move_little_and_not_in_parallel() -> None:
    moved, bad, steps = 0.0, 0, 0
    for harmony in tables()["harmonies"].values():
        for cycle in harmony["cycles"]:
            chords = [chord(n) for n in cycle.split() * 2]
            ways = led(chords, 0, 52, 76)
            for c, way in zip(chords, ways, strict=True):
                assert {p % 12 for p in way} <= set(c.pitches)
                assert all(52 <= p <= 76 for p in way)
            for a, b in pairwise(ways):
                moved += float(np.mean([min(abs(p - q) for q in a) for p in b]))
                bad += parallels(a, b)
                steps += 1
    assert moved / steps < 1.6
    assert bad / steps < 0.06


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9, 20])
def test_a_plan_of_chords_ends_with_its_cadence(count: int) -> None:
    names = [c.name for c in planned(["I", "vi", "IV", "V"], ["ii", "V", "I"], count, "I")]
    assert len(names) == count and names[-1] == "I"
    assert count < 2 or names[-2] == "V"
    assert count < 3 or names[0] == "I"
    assert count < 4 or all(a != b for a, b in pairwise(names))


def test_the_tables_name_only_what_there_is() -> None:
    kits, rhythms = patterns()["kits"], patterns()["rhythms"]
    strokes = {*DRUMS, *NOISES, "gong", "bell"}
    assert all(name in strokes for kit in kits.values() for name in kit.values())
    assert set(WORDS["moods"]) | {"neutral"} == set(tables()["moods"])
    assert set(WORDS["styles"]) <= set(tables()["styles"])
    assert set(WORDS["instruments"]) <= set(sorts())
    for sort in sorts().values():
        assert sort.get("style", "film") in tables()["styles"]
    for harmony in tables()["harmonies"].values():
        assert harmony["mode"] in MODES
        for text in harmony["cycles"] + harmony["cadences"]:
            assert all(chord(name) for name in text.split())
    for style in tables()["styles"].values():
        for text in style["parts"]:
            role, instrument, _, _, *rest = text.split()
            if role == "drums":
                assert instrument in kits and rest[1] in patterns()["drums"]
            elif role == "hit":
                assert instrument in strokes | set(sorts())
            elif role == "melody":
                assert rest[1:2] == [] or rest[1] in rhythms
            elif role in ("comp", "arp", "bass", "ostinato"):
                assert rest[1] in patterns()[role] and instrument in sorts()
            elif role not in ("riser", "crackle"):
                assert instrument in sorts()


@pytest.mark.parametrize("name", sorted(n for n, s in sorts().items() if s["kind"] != "drum"))
def test_every_instrument_is_in_tune(name: str) -> None:
    low, high = sorts()[name]["range"]
    pitch = (low + high) // 2
    sound = note(name, pitch, 1.0, 0.75)[0]
    assert np.isfinite(sound).all() and abs(sound[-1]) < 1e-3 and abs(sound[0]) < 0.02
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 18)) ** 2
    f = np.fft.rfftfreq(1 << 18, 1 / RATE)
    own = 440 * 2 ** ((pitch - 69) / 12)
    near = (f > own * 0.94) & (f < own * 1.06)
    found = float(f[near][np.argmax(power[near])])
    assert abs(1200 * np.log2(found / own)) < 25
    assert power[near].max() > 0.02 * power.max()


@pytest.mark.parametrize("name", sorted([*DRUMS, *NOISES, "gong", "bell"]))
def test_every_stroke(name: str) -> None:
    sound = stroke(name)[0]
    assert np.isfinite(sound).all() and 0.1 < np.abs(sound).max() < 2
    assert abs(sound[-1]) < 1e-3


def test_the_report_says_what_is_played() -> None:
    request = VideoRequest(
        prompt="a hill, tense music with bagpipes", duration=5, seed=3, sound=True
    )
    told = report(request, plan(request))
    heard = told["understood"]["shots"][0]["music"]
    assert heard["mood"] == "tense" and heard["style"] == "thriller"
    assert set(heard) == {"mood", "style", "tempo", "key", "instruments"}
    assert 60 <= heard["tempo"] <= 140 and "cello" in heard["instruments"]
    assert any("bagpipes" in i["reason"] for i in told["ignored"])
    silent = VideoRequest(prompt="a hill, tense music", duration=5, seed=3)
    assert "music" not in report(silent, plan(silent))["understood"]["shots"][0]
