"""Who says what: the lines of dialogue in a prompt, English and Chinese.

    prompt ─► quotes, and unquoted words after "says:" ─► said by whom, and how ─► Line, Line, …
                                                     └─► the prompt without them, for `grammar`

A quote is a line if its sentence says so, before it or after it: a verb of speech, a label with a
colon (`Elena: "…"`), a voice's marker. Signs and titles (`a sign says "OPEN"`) are not. Any other
quote is a line only where somebody can be meant: voices were given, or the prompt has a marker or
a line already, or it is a whole sentence and the prompt has a person. What nobody says is told in
the report.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from reelway.engines.animatic.speaking import (
    MANNERS,
    PERSON,
    PRONOUNS,
    gender_of,
    language_of,
    manner_of,
    narrates,
    shows_somebody,
    who_speaks,
)

QUOTE = re.compile(
    r"“([^“”]*(?:“[^“”]*”[^“”]*)+)”|[“„\"]([^“”„\"]+)[”“\"]|「([^」]+)」|『([^』]+)』|«([^»]+)»"
    r"|‘((?:[^‘’]|(?<=\w)’(?=\w)){3,})’|(?<!\w)'((?:[^']|(?<=\w)'(?=\w)){3,})'(?!\w)"
)
MARKER = re.compile(r"<<<\s*voice_(\d+)\s*>>>", re.I)
EMOJI = re.compile(
    r"[\U0001f000-\U0001faff\u2600-\u2668\u2670-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3]+"
)
# Where a sentence ends that has no quotes in it; "3.5" and "it's" go on.
END = re.compile(r"[.!?…]+(?=\s|$)|[。！？；…]+|\n")
VERB = re.compile(
    r"\b(?:sa(?:ys?|id|ying)|whisper(?:s|ed|ing)?|shout(?:s|ed|ing)?|ask(?:s|ed|ing)?"
    r"|repl(?:y|ies|ied|ying)|answer(?:s|ed|ing)?|respond(?:s|ed|ing)?|murmur(?:s|ed|ing)?"
    r"|mutter(?:s|ed|ing)?|mumble[sd]?|yell(?:s|ed|ing)?|scream(?:s|ed|ing)?|cr(?:y|ies|ied)"
    r"|exclaim(?:s|ed|ing)?|announc(?:es?|ed|ing)|declar(?:es?|ed|ing)|call(?:s|ing)?|called out"
    r"|tell(?:s|ing)?|told|explain(?:s|ed|ing)?|adds|added|sings?|sang|singing"
    r"|narrat(?:es?|ed|ing)|speak(?:s|ing)?|spoke|growl(?:s|ed)?|hiss(?:es|ed)?|sigh(?:s|ed)?"
    r"|laugh(?:s|ed)?|greet(?:s|ed)?|warn(?:s|ed)?|order(?:s|ed)|beg(?:s|ged)|plead(?:s|ed)?"
    r"|promis(?:es|ed)|gasp(?:s|ed)?|stammer(?:s|ed)?|recit(?:es|ed)|roar(?:s|ed)|insist(?:s|ed)?"
    r"|reads? (?:aloud|out)|continu(?:es|ed)|urg(?:es|ed)|sob(?:s|bed)"
    r"|sagt|fragt|ruft|schreit|flüstert|dit|crie|chuchote|dice(?=\s*:)|grita|susurra|diz|sussurra|urla)\b"
    r"|говорит|кричит|шепчет|спрашивает|말한다|말했다"
    r"|(?:低声|轻声|大声|小声)?(?:说道?|问道?|回答道?|喊道?|大叫|叫道|吼道?|低语道?|耳语道?|嘟囔道?"
    r"|答道|笑道|叹道|怒道|哭道|骂道?|念道|唱道|讲道|告诉|喃喃(?:自语|地)?道?|自语道?|宣布|解释道?"
    r"|嘱咐道?|催促道?|感叹道?|惊呼|呼喊|高呼)",
    re.I,
)
SIGN = re.compile(
    r"\b(?:signs?|posters?|banners?|billboards?|labels?|labell?ed|captions?|subtitles?|titles?"
    r"|titled|text|letter(?:s|ing)|words|screens?|boards?|signboard|note|cards?|book|logos?"
    r"|t-?shirt|graffiti|headline|plaque|marked|reads(?! aloud| out)|written|named|entitled"
    r"|painted|typed|neon|shows|displays|spelling)\b"
    r"|招牌|标牌|牌子|路牌|标语|横幅|海报|标题|字幕|写着|写有|刻着|印着|名为|题为|叫做|名叫|字样|文字"
    r"|霓虹|屏幕|书名|显示|小说|电影|歌曲",
    re.I,
)
# Words before a colon that are no speaker.
LABEL = re.compile(
    r"(?:style|camera|scene|shot|lighting|light|mood|setting|location|place|time|music|sound|sfx"
    r"|audio|ambience|ambient|title|text|caption|subtitles?|note|prompt|format|colou?r|tone|lens"
    r"|风格|镜头|场景|画面|灯光|光线|氛围|地点|时间|音乐|音效|声音|标题|文字|字幕|备注|色调)"
    r"\s*\d*(?:-\d+)?",
    re.I,
)
# What may stand between a verb and its quote besides a comma or a colon. Possessive, or a long
# prompt could keep it busy for ever.
TAIL = re.compile(
    r"(?:[\s—–-]|\([^)]*\)|（[^）]*）|<<<[^<>]*>>>|\b\w+ly\b"
    r"|\b(?:to|at|into|in|with|from|back|out|again|aloud|over|loud|under)\b(?:\s+[\w'’-]+){0,5}+"
    r"|\b(?:him|her|them|me|us|this|that)\b|道|着|了|一句|[他她你我们]{1,2})*+"
)
# Verbs that mean speech only with a comma or a colon: a town they call “Hope”.
WEAK = re.compile(r"(?:call|order|add|continu|promis|speak|spoke|laugh|sigh|greet).*", re.I)
UNQUOTED = re.compile(
    rf"(?:(?:{VERB.pattern})[^:：.!?。！？\n\"“「]{{0,40}}?|{MARKER.pattern}"
    r"(?:\s*[,，]?\s*[(（][^)）]*[)）])?|(?:^|(?<=[.!?。！？\n,，]))\s*(?:the )?"
    r"(?:narrator|narration|voice-?over|v\.?o\.?|dialogue|旁白|画外音|独白|台词|对白)"
    r"(?:\s*[(（][^)）]*[)）])?)\s*[:：]\s*(?=[^\s:：])",
    re.I,
)
SILENCE = re.compile(
    r"(?:no |any |all |the |human |people |person |background |spoken )*"
    r"(?:speech|voices?|talking|talk|speaking|dialog(?:ue)?s?|narration|narrator"
    r"|voice-? ?overs?|vocals?|conversation|sounds?|audio)"
    r"|(?:无|没有|不要|任何|背景)?(?:人声|对白|说话声?|语音|旁白|台词|对话|讲话|声音)",
    re.I,
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of dialogue, as the prompt has it."""

    text: str  # cleaned: no markers, no stage directions
    speaker: str = ""  # as the prompt names them, without an article; "" nobody is named
    marker: int = 0  # n of <<<voice_n>>>; 0: none
    manner: tuple[str, ...] = ()  # of `speaking.MANNERS`
    language: str = "en"  # espeak-ng's name


@dataclass(frozen=True, kw_only=True)
class Script:
    """A prompt taken apart."""

    lines: tuple[Line, ...] = ()
    rest: str = ""  # the prompt without what is spoken
    written: tuple[str, ...] = ()  # quotes that nobody says


SILENT = Script()


@dataclass(frozen=True)
class _Piece:
    """A quote, or unquoted words, and where they stand; `line` None: nobody is known to say it."""

    start: int
    end: int
    text: str
    line: Line | None = None


def read(prompt: str, *, voices: bool = False) -> Script:
    """The lines of a prompt in order. `voices`: some were given with the request."""
    person = shows_somebody(QUOTE.sub(" ", prompt))
    pieces = _pieces(prompt)
    found = [p for p in pieces if p.line]
    expected = voices or bool(found) or bool(MARKER.search(prompt))
    pieces = [_meant(p, prompt, expected, person) for p in pieces]
    spoken = [(p, p.line) for p in pieces if p.line and p.line.text]
    lines: tuple[Line, ...] = ()
    for _, line in spoken:
        lines = (*lines, named(lines, line))
    rest = prompt
    for piece, _ in reversed(spoken):
        rest = f"{rest[: piece.start]} {rest[piece.end :]}"
    return Script(
        lines=lines,
        rest=rest,
        written=tuple(p.text for p in pieces if not p.line),
    )


def silenced(negative: str) -> bool:
    """Whether a negative prompt keeps speech out: one of its items is nothing but a word for it
    ("robotic voice" is not)."""
    items = re.split(r"[,，、;；.。\n]", negative)
    return any(SILENCE.fullmatch(item.strip()) for item in items)


def _pieces(prompt: str) -> list[_Piece]:
    quotes = list(QUOTE.finditer(prompt))
    pieces: list[_Piece] = []
    for n, match in enumerate(quotes):
        text = next(group for group in match.groups() if group is not None)
        floor = quotes[n - 1].end() if n else 0
        roof = quotes[n + 1].start() if n + 1 < len(quotes) else len(prompt)
        before, after = _sentence(prompt, floor, match.start(), match.end(), roof)
        said = _said_before(before) or _said_after(after)
        if said is None and pieces and pieces[-1].line:
            # “We sail,” says Tom, “at first light.” and “Yes.” says Tom. “At dawn.”
            if _goes_on(prompt[floor : match.start()]):
                said = replace(pieces[-1].line, text="")
        line = said and _line(text, said, earlier=prompt[: match.start()])
        pieces.append(_Piece(match.start(), match.end(), text, line))
    taken = [(p.start, p.end) for p in pieces]
    pieces += _unquoted(prompt, taken)
    return sorted(pieces, key=lambda p: p.start)


def _sentence(prompt: str, floor: int, start: int, end: int, roof: int) -> tuple[str, str]:
    """What stands before and after a quote in its sentence."""
    before = prompt[floor:start]
    ends = list(END.finditer(before))
    if ends and before[ends[-1].end() :].strip():
        before = before[ends[-1].end() :]
    elif ends:  # the quote begins a sentence, but for a colon at a line's end
        last = before[: ends[-1].start()].rstrip()
        before = last if last.endswith((":", "：")) and ends[-1].group() == "\n" else ""
    after = prompt[end:roof]
    stop = END.search(after)
    return before, after[: stop.start()] if stop else after


def _said_before(before: str) -> Line | None:
    """Who is said to speak by the words that lead to a quote; None: nobody."""
    if SIGN.search(before):
        return None
    verbs = list(VERB.finditer(before))
    tail = before[verbs[-1].end() :].strip() if verbs else ""
    colon = before.rstrip().endswith((":", "："))
    told = colon or tail.endswith((",", "，"))
    if verbs and (told or (TAIL.fullmatch(tail) and not WEAK.fullmatch(verbs[-1].group()))):
        verb = verbs[-1]
        return _speech(before[: verb.start()], verb.group() + " " + tail, before)
    if colon:
        return _labelled(before.rstrip()[:-1])
    bare = re.sub(r"[(（][^)）]*[)）]|[,，\s]", "", before)
    if MARKER.search(bare) and MARKER.sub("", bare).strip() == "":
        return _speech("", before, before)
    return None


def _said_after(after: str) -> Line | None:
    """Likewise by the words behind it: `says the keeper softly`, `the keeper says`, `老陈说`."""
    if after.rstrip().endswith((":", "：")):  # they lead to the next quote
        return None
    verb = VERB.search(after)
    if not verb or SIGN.search(after[: verb.start()]):
        return None
    lead = after[: verb.start()].strip(" ,，—–-")
    if len(MARKER.sub("", lead).split()) > 5 or len(lead) > 48 or re.search(r"[,，;；]", lead):
        return None
    if re.match(r"(?:and|while|as|then|which|but)\b|然后|同时", lead, re.I):
        return None
    clause = re.split(r"[,，;；]|\b(?:and|while|as|then)\b", after[verb.end() :])[0]
    who = lead or MARKER.sub(" ", clause)
    return _speech(who, verb.group() + " " + lead + " " + clause, after)


def _labelled(label: str) -> Line | None:
    """`Elena:`, `[Old keeper, softly]:`, `旁白（低沉）：` as a speaker."""
    label = re.split(r"(?<=[^\[【])[;；\n]", label)[-1].strip()
    if bracket := re.search(r"[\[【]([^\]】]*)[\]】]$", label):
        label = bracket.group(1)
    elif not MARKER.search(label):
        label = re.split(r"[,，](?![^(（]*[)）])", label)[-1].strip()
    name, _, rest = label.partition(",") if bracket else (label, "", "")
    name = re.sub(r"(?i)^(?:speaker|character|角色|人物)\s*[:：]\s*", "", name)
    short = re.sub(r"[(（][^)）]*[)）]|<<<[^<>]*>>>", "", name).strip()
    if len(short.split()) > 4 or len(short) > 32 or LABEL.fullmatch(short):
        return None
    if not short and not MARKER.search(label):
        return None
    return _speech(short, f"{label} {rest}", label)


def _speech(who: str, manner: str, around: str) -> Line:
    marker = MARKER.search(around)
    own = re.split(r"[,，;；:：。]", who)[-1]
    rest = MARKER.sub("", re.sub(r"[(（][^)）]*[)）]", "", own)).strip()
    nobody = MARKER.search(own) and not rest  # "Rain falls, <<<voice_1>>> says": not the rain
    return Line(
        text="",
        speaker="" if nobody else who_speaks(who),
        marker=int(marker.group(1)) if marker else 0,
        manner=manner_of(manner, who),
    )


def _goes_on(gap: str) -> bool:
    """Whether the words between two quotes only say who speaks: then the second is theirs too."""
    if gap.rstrip().endswith((":", "：")) or len(gap) > 80:
        return False
    return not gap.strip(" ,，—–-") or _said_after(gap.strip().rstrip(".。,， ")) is not None


def _unquoted(prompt: str, taken: list[tuple[int, int]]) -> Iterator[_Piece]:
    """Words without quotes after `says:` or a marker with a colon, to the sentence's end."""
    at = 0
    while match := UNQUOTED.search(prompt, at):
        at = match.end()
        if any(a <= match.start() < b or a <= match.end() < b for a, b in taken):
            continue
        floor = max((b for _, b in taken if b <= match.start()), default=0)
        lead = prompt[floor : match.start()]
        ends = list(END.finditer(lead))
        lead = lead[ends[-1].end() :] if ends else lead
        said = _said_before(lead + match.group()) if not SIGN.search(lead) else None
        if said is None:
            continue
        roof = min((a for a, _ in taken if a >= match.end()), default=len(prompt))
        marker = MARKER.search(prompt, match.end())
        roof = min(roof, marker.start() if marker else roof)
        stop = END.search(prompt, match.end(), roof)
        end = stop.end() if stop else roof
        text = prompt[match.end() : end].strip(' \t\n"“”「」')
        yield _Piece(match.end(), end, text, _line(text, said, earlier=prompt[: match.start()]))
        at = end


def _meant(piece: _Piece, prompt: str, expected: bool, person: bool) -> _Piece:
    """A quote that no word ascribes to anybody becomes a line where somebody can be meant."""
    if piece.line:
        return piece
    before, after = _sentence(prompt, 0, piece.start, piece.end, len(prompt))
    around = QUOTE.sub(" ", before)[-60:] + " " + QUOTE.sub(" ", after)[:40]
    if SIGN.search(around):
        return piece
    whole = re.search(r"[.!?,。！？，…]$", piece.text.strip()) is not None
    words = len(re.findall(r"[A-Za-z'’]+|[一-鿿぀-ヿ]", piece.text))
    alone = not re.search(r"\w\s*$", before)  # else a word of its sentence: the ship “Aurora”
    if (expected and (whole or alone)) or (person and whole and words > 1):
        told = END.split(QUOTE.sub(" ", prompt[: piece.start]).rstrip(" .。!！?？\n"))[-1]
        who = who_speaks(told, sure=True)
        said = Line(text="", speaker=who if gender_of(who) or PERSON.search(who) else "")
        return replace(piece, line=_line(piece.text, said, earlier=""))
    return piece


def _line(text: str, said: Line, earlier: str) -> Line:
    """The line, with stage directions and markers out of its words; `he` becomes who was meant."""
    heard = re.sub(r"[(（\[【*][^)）\]】*]*[)）\]】*]", " ", text)
    heard = re.sub(r"<<<[^<>]*>>>|[\x00-\x1f<>{}|\\^~`#*_\[\]]", " ", heard)
    heard = EMOJI.sub(" ", heard)  # else they would be read out
    heard = re.sub(r"\s+(?=[.,!?…。，！？；])", "", heard)
    heard = re.sub(r"\s+", " ", heard).strip(" ,，")
    extra = manner_of(" ".join(re.findall(r"[(（\[【*]([^)）\]】*]*)", text)), "")
    speaker = said.speaker
    if speaker in PRONOUNS:
        before = END.split(QUOTE.sub(" ", earlier))[:-1]
        names = [who_speaks(s, sure=True) for s in reversed(before)]
        speaker = next((n for n in names if _may_be(n, speaker)), speaker)
    return replace(
        said,
        text=heard if re.search(r"\w", heard) else "",
        speaker=narrates(speaker) or speaker,
        manner=tuple(dict.fromkeys((*said.manner, *extra))),
        language=language_of(heard),
    )


def _may_be(name: str, pronoun: str) -> bool:
    gender = gender_of(name) or (PERSON.search(name) and PRONOUNS[pronoun])
    return name not in PRONOUNS and gender == PRONOUNS[pronoun] != ""


def joined(first: Script, second: Script) -> Script:
    """Both, with what is said in both said once."""
    again = {line.text for line in second.lines}
    lines = tuple(line for line in first.lines if line.text not in again)
    return Script(
        lines=(*lines, *second.lines),
        rest=f"{first.rest} {second.rest}",
        written=tuple(dict.fromkeys((*first.written, *second.written))),
    )


def named(before: tuple[Line, ...], line: Line) -> Line:
    """A pronoun, or nobody, is whoever spoke before; a marker stays with its name."""
    speaker, marker = line.speaker, line.marker
    for other in reversed(before):
        fits = not speaker or (speaker in PRONOUNS and _fits(other.speaker, speaker))
        if fits and not marker:
            speaker, marker = other.speaker, other.marker
            break
    for other in before:
        if speaker and other.speaker.casefold() == speaker.casefold() and not marker:
            marker = other.marker
    return replace(line, speaker=speaker, marker=marker)


def _fits(name: str, pronoun: str) -> bool:
    return gender_of(name) in ("", PRONOUNS[pronoun]) or not PRONOUNS[pronoun]


def is_told(word: str, lines: tuple[Line, ...]) -> bool:
    """Whether a word of the prompt was understood as being about its lines."""
    names = " ".join(line.speaker for line in lines).lower().split()
    patterns = (VERB.pattern, *MANNERS.values()) if lines else ()
    return word in names or any(re.match(p, word, re.I) for p in patterns)


def readable(line: Line) -> bool:
    """Whether espeak-ng can read it: of Japanese only the kana."""
    kanji = line.language == "ja" and re.search(r"[一-鿿]", line.text)
    return bool(line.language) and not kanji
