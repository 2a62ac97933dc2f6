"""`batchcompute serve`, `env`, `keys`, `backup` and others: the command line of the service."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence


def service_parser(name: str) -> argparse.ArgumentParser:
    """Return the parser of a command, which the service has.

    Args:
        name: Name of the command.
    """
    from batchcompute.server.commands.parsers import command_parser

    return command_parser(name)


def hand_over(name: str, words: Sequence[str]) -> int:
    """Let the service carry out its command.

    Args:
        name: Name of the command.
        words: What stands behind it.

    Returns:
        The exit code.
    """
    from batchcompute.server import __main__ as service

    sys.argv = ["batchcompute", name, *words]
    return service.main()
