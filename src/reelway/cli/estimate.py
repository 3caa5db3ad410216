"""`reelway estimate`: what a film would cost at a server, who would make it, and why not others."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from reelway.cli.film import STILL, film_options, shots_of
from reelway.cli.options import CONTEXT, Place, as_json_option, on_server
from reelway.cli.shown import complain, json_out, pairs

if TYPE_CHECKING:
    from reelway.client import Candidate, Estimate


@click.command(
    context_settings=CONTEXT, short_help="What a film would cost, and who would make it."
)
@click.argument("prompt")
@film_options
@click.option("--model", help="The family of models (default kling-v3).")
@click.option("--provider", help="Ask for this provider and no other.")
@as_json_option
@on_server
def estimate(
    place: Place,
    prompt: str,
    model: str | None,
    provider: str | None,
    still: bool,
    shots: tuple[str, ...],
    as_json: bool,
    **film: Any,
) -> None:
    """What PROMPT would cost as a film, who would make it, and why not the others.

    It is asked of a server, takes the options of `generate`, and makes nothing. Exit code 1 where
    nobody there can make it.

    \b
    reelway estimate "Waves roll onto a rocky coast" --duration 10 --resolution 1080p --sound
    reelway estimate "a coast at dawn" --model kling-o3 --json | jq .price
    """
    if still and model:
        raise click.UsageError("--still is a model of its own: give no --model with it")
    cut = [{"duration": seconds, "prompt": said} for seconds, said in shots_of(shots)]
    asked = {**film, "model": STILL if still else model, "shots": cut or None}
    given = {name: value for name, value in asked.items() if value not in (None, "")}
    with place.client() as client:
        found = client.estimate(prompt, provider=provider, **given)
    if as_json:
        json_out(dict(found.data))
    else:
        pairs(_rows(found))
    if not found.possible:
        complain(_nobody(found))
        sys.exit(1)


def _nobody(found: Estimate) -> str:
    if found.candidates:
        return "nobody at this server can make it"
    return f"nobody at this server has the model {found.model}"


def _rows(found: Estimate) -> Iterator[tuple[str, str]]:
    sound = "sound" if found.sound else "no sound"
    yield "film", f"{found.duration} s, {found.resolution}, {sound}, {found.model}"
    if found.possible:
        yield "made by", found.engine or ""
        yield "by chance", _share(found)
        yield "price", _price(found)
        yield "before it", "" if found.position is None else str(found.position)
        yield "begins", _in(found.wait)
        yield "done", _in(found.eta)
    for candidate in found.candidates:
        words = _reasons(candidate)
        if words:
            yield "but" if candidate.chosen else "passed over", f"{candidate.engine}: {words}"
    for entry in found.ignored:
        yield "not used", f"{entry['field']}: {entry['reason']}"


def _share(found: Estimate) -> str:
    """Where one is drawn by weight, and the most probable one is told as who makes it."""
    share = next((c.share for c in found.candidates if c.chosen), None)
    return "" if share is None else f"{100 * share:.3g} % of such orders, by weight"


def _price(found: Estimate) -> str:
    if found.price is None:
        return f"not known: {found.engine} has no price for such a film in the settings"
    return str(found.price) if found.price.amount else "free"


def _in(seconds: int | None) -> str:
    if seconds is None:
        return "not known: too little was made yet to judge by"
    return f"in about {seconds} s" if seconds else "at once"


def _reasons(candidate: Candidate) -> str:
    return "; ".join(f"{words} ({code})" for code, words in candidate.reasons.items())
