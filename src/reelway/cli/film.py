"""Which film is wanted: the options that `generate` and `estimate` share.

@film_options       --duration, --resolution, …, --shot, --still; handed on by their names
shots_of(texts)     of --shot "3: a lighthouse in fog"
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import click

from reelway.cli.options import Command
from reelway.request import ASPECT_RATIOS, DEFAULT_DURATION, LONGEST, RESOLUTIONS, SHORTEST

SHOT = re.compile(r"\s*(\d+)\s*:\s*(.*\S)\s*", re.DOTALL)
MOST_SHOTS = 6
STILL = "animatic-still"
PICTURE = click.Path(path_type=Path, exists=True, dir_okay=False)
OPTIONS = (
    click.option(
        "--duration",
        type=click.IntRange(SHORTEST, LONGEST),
        help=f"Seconds (default {DEFAULT_DURATION}, or the sum of the shots).",
    ),
    click.option("--resolution", type=click.Choice(RESOLUTIONS), default="720p", show_default=True),
    click.option(
        "--aspect-ratio", type=click.Choice(ASPECT_RATIOS), help="Default: the image's, or 16:9."
    ),
    click.option("--sound/--no-sound", default=False, help="Whether it has sound (default: none)."),
    click.option(
        "--captions/--no-captions",
        default=None,
        help="Burn the dialogue's captions in (default: as the prompt says).",
    ),
    click.option(
        "--seed", type=click.IntRange(0, 2**31 - 1), help="The same seed, the same picture."
    ),
    click.option("--negative-prompt", default="", help="What to keep out, separated by commas."),
    click.option(
        "--cfg-scale", type=click.FloatRange(0, 1), help="Higher keeps closer to the prompt."
    ),
    click.option("--first-frame", type=PICTURE, help="The picture that it begins with."),
    click.option("--last-frame", type=PICTURE, help="The picture that it ends with."),
    click.option(
        "--shot", "shots", multiple=True, metavar='"SECONDS: PROMPT"', help="Up to six times."
    ),
    click.option("--still", is_flag=True, help="A still film of the right form, at once."),
)


def film_options(command: Command) -> Command:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def shots_of(texts: Sequence[str]) -> list[tuple[int, str]]:
    """Seconds and prompts. Raises InvalidRequest naming the option."""
    from reelway.errors import InvalidRequest

    if len(texts) > MOST_SHOTS:
        raise InvalidRequest(f"--shot may be given at most {MOST_SHOTS} times", field="shot")
    found = []
    for text in texts:
        match = SHOT.fullmatch(text)
        if not match or int(match[1]) < 1:
            words = f'--shot "{text}": write seconds, a colon and a prompt'
            raise InvalidRequest(words, field="shot")
        found.append((int(match[1]), match[2]))
    return found
