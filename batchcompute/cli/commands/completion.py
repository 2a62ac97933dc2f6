"""`batchcompute completion`: what makes a shell complete commands, options and jobs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from batchcompute.cli import exit_codes
from batchcompute.cli.completions import SHELLS, script
from batchcompute.cli.parser import CommandParser


def configure(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the command's options.

    Args:
        parser: The parser.
        name: Name of the command.
    """
    parser.epilog = (
        "examples:\n"
        '  eval "$(batchcompute completion bash)"      # in ~/.bashrc\n'
        '  eval "$(batchcompute completion zsh)"       # in ~/.zshrc, behind compinit\n'
        "  batchcompute completion fish | source       # in ~/.config/fish/config.fish"
    )
    parser.add_argument("shell", choices=SHELLS)


def hand_over(name: str, words: Sequence[str]) -> int:
    """Print the script; no service is asked.

    Args:
        name: Name of the command.
        words: What stands behind it.

    Returns:
        The exit code.
    """
    import sys

    parser = CommandParser(f"batchcompute {name}", "Print what makes a shell complete commands.")
    configure(parser, name)
    sys.stdout.write(script(parser.parse_args(words).shell))
    return exit_codes.OK
