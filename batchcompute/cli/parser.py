"""The parser of one command."""

from __future__ import annotations

import argparse
from typing import NoReturn

from batchcompute._option_parser import OptionParser
from batchcompute.cli.text import harmless


class CommandParser(OptionParser):
    """Shows examples as they are written, and sends nothing to a terminal that it would obey.

    Args:
        prog: What the command is called.
        description: What it does.
        epilog: Examples.
    """

    def __init__(
        self, prog: str = "", description: str = "", epilog: str = "", **_: object
    ) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog or None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def complain(self, sentence: str) -> NoReturn:
        """End the program, with the exit code for usage errors.

        Args:
            sentence: What is wrong, and what to do.
        """
        super().complain(harmless(sentence))
