"""The parser of one command: argparse, with errors in one sentence."""

from __future__ import annotations

import argparse
import sys
from typing import Final, NoReturn

from batchcompute.cli import exit_codes
from batchcompute.cli.text import harmless

#: Begins what argparse says of words that it does not know.
_UNKNOWN: Final = "unrecognized arguments: "


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
        near = self._meant(message.removeprefix(_UNKNOWN)) if message.startswith(_UNKNOWN) else ""
        hint = f"; did you mean {near}?" if near else ""
        sys.stderr.write(f"error: {harmless(message)}{hint or f'; see {self.prog} --help'}\n")
        raise SystemExit(exit_codes.USAGE)

    def _meant(self, unknown: str) -> str:
        """Return the option that may be meant by the first of some unknown words; or ""."""
        from difflib import get_close_matches

        word = unknown.split()[0].partition("=")[0]
        near = get_close_matches(word, self._option_string_actions, 1)
        return near[0] if near and word.startswith("-") else ""


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Shows examples as they are written."""
