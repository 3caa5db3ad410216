"""Words around a line of dialogue: who speaks, how, and in which language.

who_speaks    "An old man in a grey coat turns and" → "old man"; 一个老人坐在窗边， → 老人
manner_of     "whispers softly" → ("whisper", "soft")
language_of   the language of a line by its script, and by letters and small words
gender_of     "f", "m" or "" by the words for a person
"""

from __future__ import annotations

import re

MANNERS = {
    "whisper": r"whisper|hushed|under (?:his|her|their) breath|breath(?:y|ily)|耳语|低语|悄声|悄悄"
    r"|flüstert|chuchote|sus+urra|шепч",
    "shout": r"\b(?:shout|yell|scream|roar|bellow|exclaim|loud)"
    r"|\bcr(?:y|ies|ied) out|\bcall(?:s|ed)? out|喊|大叫|吼|高声|大声|尖叫|咆哮|惊呼"
    r"|\b(?:ruft|schreit|crie|grita|urla)\b|кричит",
    "soft": r"\b(?:soft|quiet|gentl|murmur|mutter|mumbl|tender|calm)|轻声|轻轻|低声|小声|温柔"
    r"|柔声|喃喃|平静|嘟囔",
    "angry": r"\bang(?:ry|rily)|furious|growl|snarl|hiss|愤怒|生气|怒|气愤",
    "sad": r"\bsad|\bsigh|\bsob|tearful|crying|trembl|mourn|悲伤|难过|哭|叹|哽咽|颤抖",
    "happy": r"happ(?:y|ily)|cheer|excite|laugh|joy|\bbright|高兴|兴奋|开心|笑|欢快",
    "slow": r"\bslow|缓缓|慢慢|缓慢",
    "deep": r"\b(?:deep|gravelly|booming) (?:voice|tone)|\bdeeply\b|低沉|浑厚",
    "high": r"\bhigh(?:-pitched)? (?:voice|tone)|squeak|shrill|尖细|尖声",
    "robot": r"\brobotic|mechanical|electronic voice|机械|电子音",
    "ghost": r"\bghostly|eerie|otherworldly|幽幽|阴森",
    "fast": r"\b(?:quick|hurried|hastil|breathless|urgent|rapid)|急忙|急促|匆忙|飞快|急切",
}
NARRATOR = re.compile(
    r"(?:the )?(?:narrator|narration|voice-?over|v\.?o\.?|dialogue|speech"
    r"|旁白|画外音|独白|台词|对白)",
    re.I,
)
DETERMINERS = {
    "the", "a", "an", "one", "two", "three", "his", "her", "my", "our", "their", "another", "this",
    "that",
}  # fmt: skip
PREPOSITIONS = {
    "in", "at", "on", "with", "under", "from", "by", "to", "into", "near", "behind", "after", "of",
    "before", "through", "over", "for", "inside", "outside", "beside", "around", "as", "when",
    "while", "like", "then", "and", "but", "suddenly", "finally",
}  # fmt: skip
VERBS = {"is", "are", "was", "were", "who", "that", "which", "has", "had", "then", "can", "will"}
PRONOUNS = {"he": "m", "she": "f", "they": "", "他": "m", "她": "f"}  # and their gender
# People whose gender the word does not tell.
PERSON = re.compile(
    r"\b(?:keeper|captain|sailor|soldier|detective|robot|doctor|teacher|travell?er|child|wanderer"
    r"|samurai|astronaut|pilot|hiker|dancer|officer|guard|driver|stranger|friend|kid|person|guide"
    r"|merchant|farmer|scientist|nurse|ghost|hero)\b|老人|孩子|旅人|士兵|侠客|宇航员|船长|老师|医生|司机"
    r"|警察|侦探",
    re.I,
)
# Where the name of who acts ends in a Chinese clause.
ACTS = re.compile(
    r"[转走跑来去看望站坐抬低拿举笑叹回对向朝在从把正缓慢突忽轻大小高着了用说问喊叫吼答悄哭怒温柔愤生悲难开兴急平地]"
    r"|微笑|点头|摇头|喃喃|一边"
)
COUNTED = re.compile(r"^(?:[这那]?[一两]?[个位名只])")

_WOMEN = re.compile(
    r"\b(?:woman|women|girls?|lady|mother|mom|mum|she|her|queen|female|grandm\w+|granny|sister"
    r"|daughter|aunt|wife|princess|waitress|actress|heroine|witch|nun|mrs|ms|miss"
    r"|femme|fille|frau|mädchen|mujer|chica|niña|donna|ragazza|mulher|menina)\b"
    r"|женщин|девушк|девочк|여자|소녀|女|她|妈|母|姐|妹|奶奶|阿姨|姑娘|妻|婆|公主|夫人|太太",
    re.I,
)
_MEN = re.compile(
    r"\b(?:man|men|boy|gentleman|father|dad|he|his|king|male|grandpa\w*|grandfather|brother|son"
    r"|uncle|husband|prince|waiter|monk|knight|fisherman|wizard|mr|sir|lord"
    r"|homme|garçon|mann|junge|hombre|chico|niño|uomo|ragazzo|homem|menino)\b"
    r"|мужчин|старик|мальчик|남자|소년|男|他|爸|父|哥|弟|爷|叔|先生|丈夫|老陈|老王|老李|王子|国王|和尚|僧|大爷|伯",
    re.I,
)
_MEN_NAMED = set(
    """adam alex andrew antonio ben carl carlos charles daniel david diego frank george harry henry
    hugo ivan jack james jim joe john joshua kai kenji leo luca lucas luke marco mark martin max
    michael mike nick nikita noah oliver omar oscar otto paul pedro peter robert sam simon thomas
    tim tom victor william""".split()
)
_WOMEN_NAMED = set(
    """agnes alice amy ann anne beth carmen catherine charlotte chloe claire edith eleanor elizabeth
    ellen emily emma esther grace helen ingrid irene isabel jane jenny judith karen kate lily lucy
    margaret marie mary mei miriam nancy rachel rose ruth sarah sophie susan yuki zoe""".split()
)

_SCRIPTS = (
    (r"[぀-ヿ]", "ja"), (r"[가-힣]", "ko"), (r"[嘅咁哋喺唔冇嚟佢啲咗嗰嘢]", "yue"),
    (r"[一-鿿㐀-䶿]", "cmn"), (r"[Ѐ-ӿ]", "ru"), (r"[؀-ۿ]", "ar"), (r"[ऀ-ॿ]", "hi"),
    (r"[฀-๿]", "th"), (r"[Ͱ-Ͽ]", "el"), (r"[֐-׿]", "he"), (r"[ঀ-৿]", "bn"), (r"[਀-੿]", "pa"),
    (r"[઀-૿]", "gu"), (r"[஀-௿]", "ta"), (r"[ఀ-౿]", "te"), (r"[ಀ-೿]", "kn"), (r"[ഀ-ൿ]", "ml"),
    (r"[Ⴀ-ჿ]", "ka"), (r"[԰-֏]", "hy"), (r"[ሀ-፿]", "am"), (r"[က-႟]", "my"),
)  # fmt: skip
# Letters that espeak-ng has no language for: it would read out their numbers.
_STRANGE = re.compile(r"[^\W\d_\u0041-\u024f\u1e00-\u1eff]")
_LATIN = {
    "vi": r"[ơưđạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]",
    "es": r"[ñ¿¡]|\b(?:el|los|las|una|que|está|por|pero|mañana|muy|nosotros|hola|señor|es|y)\b",
    "de": r"[ßäöü]|\b(?:der|die|das|und|ist|nicht|ich|wir|ein|eine|zu|mit|auf|sie|morgen)\b",
    "fr": r"[çœèêàù]|\b(?:le|les|une|est|pas|nous|vous|je|et|dans|il|elle|mais|c'est|du|des)\b",
    "it": r"\b(?:il|gli|che|non|è|sono|per|una|della|ciao|noi|questa|questo|di|andiamo)\b",
    "pt-br": r"[ãõ]|\b(?:não|você|uma|são|está|isso|muito|os|um|nós|obrigado|amanhã)\b",
    "en": r"\b(?:the|and|is|you|we|it|to|of|in|at|not|what|my|i|this|that|be|for|he|she|are)\b",
}


def who_speaks(words: str, sure: bool = False) -> str:
    """Who acts in these words, without an article; "" if nobody is named. `sure`: only with an
    article or a capital, so that no verb is taken for a name."""
    words = re.sub(r"<<<\s*element_(\d+)\s*>>>", r" Element\1 ", words)
    words = re.sub(r"<<<[^<>]*>>>|[(（][^)）]*[)）]|[\[\]【】\"“”]", " ", words)
    clauses = re.split(r"[,，;；:：。、—–\n]|\b(?:and|then|while|as|when)\b|然后|接着|同时", words)
    for clause in reversed(clauses):
        found = _han(clause) if re.search(r"[一-鿿]", clause) else _latin(clause, sure)
        if found:
            return re.sub(r"^Element(?=\d)", "element ", found)
    return ""


def _latin(clause: str, sure: bool) -> str:
    """The first noun phrase that no preposition leads to."""
    words = re.findall(r"[^\W\d_](?:[\w'’.-]*\w)?", clause)
    first = words[0] if words else ""
    if not words or (sure and not any(map(_begins, words))):
        return ""
    if first.endswith("ing") and first.islower():
        return ""
    at = 0
    while at < len(words) and words[at].lower() in PREPOSITIONS:
        at += 2 if at + 1 < len(words) and words[at + 1].lower() in DETERMINERS else 1
        while at < len(words) and not _begins(words[at]):
            at += 1
    taken: list[str] = []
    for word in map(str, words[at:]):
        lower = word.lower()
        if lower in DETERMINERS and not taken:
            continue
        if lower in PREPOSITIONS | VERBS | DETERMINERS or lower.endswith("ly") or len(taken) == 4:
            break
        if taken and word[0].islower() and re.search(r"[^su'’]s$|ing$|ed$", lower):
            break  # a verb: turns, wearing, dressed
        taken.append(word)
        if lower in PRONOUNS:
            return lower
    return str(re.sub(r"['’]s$", "", " ".join(taken)))


def _begins(word: str) -> bool:
    return word[0].isupper() or word in DETERMINERS or word in PRONOUNS


def _han(clause: str) -> str:
    clause = re.sub(r"\s+", "", clause)
    act = ACTS.search(clause, 1) if clause else None
    name = COUNTED.sub("", clause[: act.start()] if act else clause)
    if name[:1] in ("他", "她") and len(name) <= 2:
        return name[0]
    return "" if ACTS.match(name) and not name.startswith("小") else name[-8:]


def narrates(speaker: str) -> str:
    """ "narrator" if that is who speaks, else ""."""
    return "narrator" if NARRATOR.fullmatch(speaker) else ""


def manner_of(words: str, who: str) -> tuple[str, ...]:
    """How something is said: by the verb and what follows it, and by the last words of the clause
    that leads to it ("the keeper softly", 老陈低声)."""
    lead = re.split(r"[,，;；。]|\b(?:and|then|while|as|when)\b", who)[-1][-16:]
    text = f"{words} {lead if re.search(r'ly$|[一-鿿]|[)）]$', lead.strip()) else ''}"
    return tuple(name for name, pattern in MANNERS.items() if re.search(pattern, text, re.I))


def language_of(text: str) -> str:
    """espeak-ng's name of a language; "" if it has none for these letters."""
    for pattern, language in _SCRIPTS:
        if re.search(pattern, text):
            return language
    if _STRANGE.search(text):
        return ""
    counts = {name: len(re.findall(p, text, re.I)) for name, p in _LATIN.items()}
    best = max(counts, key=lambda name: (counts[name], name == "en"))
    return best if counts[best] else "en"


def shows_somebody(text: str) -> bool:
    """Whether a text names a person: by a word for one, or an element."""
    return any(p.search(text) for p in (_WOMEN, _MEN, PERSON)) or "<<<element" in text.lower()


def gender_of(speaker: str) -> str:
    """ "f", "m", or "" if the words do not tell; a Latin name in -a is taken for a woman's."""
    if _WOMEN.search(speaker):
        return "f"
    if _MEN.search(speaker):
        return "m"
    first = speaker.split()[0].lower() if speaker.split() else ""
    if first in _MEN_NAMED:
        return "m"
    named = speaker[:1].isupper() and re.fullmatch(r"[a-z]{2,}a", first)
    return "f" if named or first in _WOMEN_NAMED else ""
