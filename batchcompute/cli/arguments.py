"""Kinds of arguments that several commands take."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from batchcompute.cli.selection import STATES


def whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return what reads a number.

    Args:
        least: The least that it may be.
        most: The most; None for whatever comes.
    """

    def read(text: str) -> int:
        number = int(text) if text.isdecimal() else -1
        if number < least or (most is not None and number > most):
            which = f"of {least} or more" if most is None else f"from {least} to {most}"
            raise argparse.ArgumentTypeError(f"must be a whole number {which}, not {text!r}")
        return number

    return read


def seconds(text: str) -> float:
    """Read a number of seconds, more than 0.

    Args:
        text: The number.
    """
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"must be more than 0 seconds, not {text!r}")
    return number


def add_state(parser: argparse.ArgumentParser) -> None:
    """Add the option `--state`.

    Args:
        parser: The parser.
    """
    words = tuple(STATES.values())
    parser.add_argument(
        "-s", "--state", type=_state, choices=words, metavar="STATE", help=", ".join(words)
    )


def _state(text: str) -> str:
    if text.lower() not in STATES:
        raise argparse.ArgumentTypeError(f"{text!r} is not a state: {', '.join(STATES.values())}")
    return STATES[text.lower()]
