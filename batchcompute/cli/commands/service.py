"""`batchcompute serve`, `env`, `keys`, `backup` and others: the command line of the service."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence


def configure(parser: argparse.ArgumentParser, name: str) -> None:
    """Say where the options are described, which the service has.

    Args:
        parser: The parser.
        name: Name of the command.
    """
    parser.epilog = (
        f"batchcompute {name} --help lists its options, once batchcompute[local] is installed"
    )


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
