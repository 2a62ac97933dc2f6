"""`batchcompute doctor` and `version`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence


def configure(parser: argparse.ArgumentParser, name: str) -> None:
    """Add nothing: `python -m batchcompute` has the options.

    Args:
        parser: The parser.
        name: Name of the command.
    """


def hand_over(name: str, words: Sequence[str]) -> int:
    """Let `python -m batchcompute` carry out its command.

    Args:
        name: Name of the command.
        words: What stands behind it.

    Returns:
        The exit code.
    """
    from batchcompute.__main__ import main

    return main([name, *words], program="batchcompute")
