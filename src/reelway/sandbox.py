"""Directives to the emulator: how a film is to go wrong, so that callers can test how they bear it.

    X-Reelway-Sandbox: fail=content_policy; delay=5         a header of any create, in any wire
    a fox in the snow [[reelway fail=timeout delay=2]]      in a prompt or the prompt of a shot

    fail=<code>         the task ends as failed with this code: one of FAULTS
    delay=<seconds>     the task ends no sooner than that after it was accepted, restarts or not
    stall               the task never ends, until it is cancelled
    expire=<seconds>    links to the film live that long; 0: a link has expired when it is told
    reject=<status>     the create itself is refused: one of REJECTIONS; nothing is stored

Words are separated by blanks, commas or semicolons. The header's win over the prompt's. What was
read is kept with the task as plain data (`VideoRequest.sandbox`), and told in its report.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from reelway import errors
from reelway.errors import InvalidRequest, ReelwayError
from reelway.request import Shot, VideoRequest
from reelway.task import Fault

HEADER, SHOWN = "x-reelway-sandbox", "X-Reelway-Sandbox"
LONGEST_DELAY = 3600  # seconds
LONGEST_LINK = 7 * 24 * 3600  # seconds

# What the task is told to have failed of, in words that a vendor might choose.
FAULTS: Mapping[str, Fault] = {
    "content_policy": Fault(
        code="content_policy", message="the prompt was refused by the content policy"
    ),
    "bad_input": Fault(code="invalid_request", message="the input could not be used"),
    "bad_image": Fault(code="image_format", message="the first frame could not be decoded"),
    "timeout": Fault(code="timeout", message="the film was not made in time"),
    "engine_error": Fault(code="engine_error", message="the generation failed"),
    "overloaded": Fault(code="overloaded", message="the model is overloaded"),
}

REJECTIONS: Mapping[str, Callable[[], ReelwayError]] = {
    "400": lambda: InvalidRequest("the request was refused, as the sandbox was told to"),
    "401": lambda: errors.Unauthenticated("the API key is missing or malformed"),
    "402": lambda: errors.BalanceExhausted("the balance is not enough for this film"),
    "403": lambda: errors.KeyRefused("the API key is not valid"),
    "429": lambda: errors.QueueFull("too many requests", retry_after=1),
    "500": lambda: errors.Internal("an internal error"),
    "502": lambda: errors.ProviderError("the model's host did not answer"),
    "503": lambda: errors.Overloaded("the service is not available", retry_after=1),
}

_IN_PROMPT = re.compile(r"\s?\[\[reelway\b([^\[\]]*)\]\]")
_SEPARATORS = re.compile(r"[\s;,]+")
_SECONDS = re.compile(r"[0-9]{1,7}(\.[0-9]{1,3})?")


def read(text: str, field: str) -> dict[str, Any]:
    """The directives of a header or of one place in a prompt. Raises InvalidRequest, naming the
    word that is not known or whose value cannot be."""
    out: dict[str, Any] = {}
    for said in filter(None, _SEPARATORS.split(text)):
        word, equals, value = said.partition("=")
        if (reader := _WORDS.get(word)) is None:
            known = ", ".join(_WORDS)
            raise InvalidRequest(f"{said[:40]!r} is no word of it; there are: {known}", field=field)
        try:
            out[word] = reader(value if equals else None)
        except ValueError as error:
            raise InvalidRequest(f"{word} {error}", field=field) from None
    return out


def directed(
    request: VideoRequest, header: str | None, name_field: Callable[[str], str]
) -> VideoRequest:
    """The request with its directives taken out of the prompts and kept as `sandbox`.
    Raises InvalidRequest, and what `reject` asks for."""
    prompt, said = _taken(request.prompt, name_field("prompt"))
    shots = []
    for n, shot in enumerate(request.shots):
        text, more = _taken(shot.prompt, f"{name_field('shots')}[{n}].prompt")
        shots.append(Shot(prompt=text, duration=shot.duration))
        said |= more
    said |= read(header or "", SHOWN)
    if not said:
        return request
    if "reject" in said:
        raise REJECTIONS[said["reject"]]()
    if "fail" in said and "stall" in said:
        raise InvalidRequest("fail and stall exclude each other", field=SHOWN)
    if request.kind == "voice":
        raise InvalidRequest("only reject works where a voice is made", field=SHOWN)
    return replace(request, prompt=prompt, shots=tuple(shots), sandbox=said)


def asks(request: VideoRequest, header: str | None) -> bool:
    """Whether there are any directives."""
    texts = [request.prompt, *(shot.prompt for shot in request.shots)]
    return header is not None or any(map(_IN_PROMPT.search, texts))


def _taken(text: str, field: str) -> tuple[str, dict[str, Any]]:
    said: dict[str, Any] = {}
    for match in _IN_PROMPT.finditer(text):
        said |= read(match[1], field)
    return (_IN_PROMPT.sub("", text).strip(), said) if _IN_PROMPT.search(text) else (text, said)


def _one_of(known: Mapping[str, object]) -> Callable[[str | None], str]:
    def reader(value: str | None) -> str:
        if value is None or value not in known:
            raise ValueError(f"must be one of {', '.join(known)}")
        return value

    return reader


def _seconds(value: str | None, most: int) -> float:
    if value is None or not _SECONDS.fullmatch(value) or float(value) > most:
        raise ValueError(f"must be seconds, at most {most}")
    return float(value)


def _whole(value: str | None) -> int:
    if value is None or not value.isascii() or not value.isdecimal() or int(value) > LONGEST_LINK:
        raise ValueError(f"must be whole seconds, at most {LONGEST_LINK}")
    return int(value)


def _flag(value: str | None) -> bool:
    if value is not None:
        raise ValueError("takes no value")
    return True


_WORDS: Mapping[str, Callable[[str | None], Any]] = {
    "fail": _one_of(FAULTS),
    "delay": lambda value: _seconds(value, LONGEST_DELAY),
    "stall": _flag,
    "expire": _whole,
    "reject": _one_of(REJECTIONS),
}
