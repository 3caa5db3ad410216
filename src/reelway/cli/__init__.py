"""The command line: `reelway serve | generate | keys | check`.

Exit codes: 0 done; 1 it failed, and standard error says why; 2 the command was used wrongly;
3 the settings are wrong; 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import sys

import click

from reelway.cli.main import cli
from reelway.errors import ReelwayError
from reelway.settings import SettingsFault


def main() -> None:
    try:
        sys.exit(cli.main(prog_name="reelway", standalone_mode=False))
    except SettingsFault as fault:
        for line in fault.faults:
            print(f"reelway: setting {line}", file=sys.stderr)
        sys.exit(3)
    except ReelwayError as error:
        print(f"reelway: {error.message}", file=sys.stderr)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):  # click makes the one of the other
        sys.exit(130)
