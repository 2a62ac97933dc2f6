"""Where the command line of the service writes: answers for programs, and words for people."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Final

#: Exit code of a command whose output nobody reads any more, as after `| head`.
READER_HAS_GONE: Final = 141


def program() -> str:
    """Return how this program was called, for sentences that say how to call it."""
    name = Path(sys.argv[0]).name
    return name if name == "batchcompute" else "python -m batchcompute.server"


class Answers:
    """Writes lines to standard output.

    What a command has begun is carried out to its end, also if nobody reads the output any more.

    Attributes:
        are_lost: Whether the reader has gone away.
    """

    def __init__(self) -> None:
        """Begin with a reader."""
        self.are_lost = False

    def __call__(self, line: str) -> None:
        """Write a line.

        Args:
            line: The line, without its end.
        """
        try:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
        except BrokenPipeError:
            self.are_lost = True
            # The rest of the buffer would be written again when the program ends.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)


def say(line: str) -> None:
    """Write a line to standard error, if anybody reads it.

    Args:
        line: The line, without its end.
    """
    with contextlib.suppress(BrokenPipeError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
