"""`reelway completion`: the script that lets a shell complete commands, options and task ids."""

from __future__ import annotations

import click

from reelway.cli.options import CONTEXT

SHELLS = ("bash", "zsh", "fish")


@click.command(context_settings=CONTEXT)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL. To install it:

    \b
    bash   echo 'eval "$(reelway completion bash)"' >> ~/.bashrc
    zsh    echo 'eval "$(reelway completion zsh)"' >> ~/.zshrc       (after compinit)
    fish   reelway completion fish > ~/.config/fish/completions/reelway.fish

    Commands, options and the names of wires are completed, and the ids of the newest tasks of a
    server that answers within a second.
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind, "click knows these shells"
    click.echo(kind(ctx.find_root().command, {}, "reelway", "_REELWAY_COMPLETE").source())
