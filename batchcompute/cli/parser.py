"""The parser of one command: argparse, with errors in one sentence."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

from batchcompute.cli import exit_codes
from batchcompute.cli.text import harmless


class CommandParser(argparse.ArgumentParser):
    """Complains in one sentence, and takes no abbreviations, which would change with new options.

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
            formatter_class=_Formatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """End the program with the usage error code.

        Args:
            message: What is wrong.
        """
        sys.stderr.write(f"error: {harmless(message)}; see {self.prog} --help\n")
        raise SystemExit(exit_codes.USAGE)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Shows examples as they are written."""
