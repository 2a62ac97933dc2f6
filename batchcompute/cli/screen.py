"""Where the command writes: results to standard output, words for people to standard error."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import IO, Final, TextIO

from batchcompute.cli.text import harmless

_COLOURS: Final = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "grey": "90"}
#: Colour of each state; the word is always there as well.
STATE_COLOURS: Final[Mapping[str, str]] = {
    "Finished": "green",
    "Failed": "red",
    "Running": "blue",
    "Active": "green",
    "Stopped": "yellow",
    "Deleting": "yellow",
    "Waiting": "grey",
}
_NARROWEST = 20


class Screen:
    """Standard output and standard error.

    Args:
        output: Where results go.
        errors: Where words for people go.
        environ: The environment: `NO_COLOR`, `CLICOLOR_FORCE`, `TERM`, `COLUMNS`.

    Attributes:
        is_terminal: Whether results are read by a person.
    """

    def __init__(
        self,
        output: TextIO | None = None,
        errors: TextIO | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._output = output or sys.stdout
        self._errors = errors or sys.stderr
        self._environ = environ
        self.is_terminal = self._output.isatty()
        self.has_live_errors = self._errors.isatty() and environ.get("TERM") != "dumb"
        forced = environ.get("CLICOLOR_FORCE", "0") not in ("", "0")
        wanted = self.is_terminal and environ.get("TERM") != "dumb"
        self._colours = (wanted or forced) and not environ.get("NO_COLOR")
        for stream in (self._output, self._errors):
            # Names may have characters that the locale has not.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")

    @property
    def width(self) -> int | None:
        """Columns of the terminal; None where there is no terminal and nothing has to fit."""
        if not self.is_terminal:
            return None
        return max(_NARROWEST, shutil.get_terminal_size().columns)

    @property
    def height(self) -> int:
        """Lines of the terminal."""
        return max(5, shutil.get_terminal_size().lines)

    def write(self, text: str) -> None:
        """Write a line of a result.

        Args:
            text: The line, without its end. Names in it are `harmless` already.
        """
        self._output.write(f"{text}\n")

    def write_bytes(self, content: bytes) -> None:
        """Write raw content, such as that of an object.

        Args:
            content: The content.
        """
        self._output.flush()
        self.raw.write(content)

    @property
    def raw(self) -> IO[bytes]:
        """Standard output for bytes."""
        return self._output.buffer

    def flush(self) -> None:
        """Write now what was written before."""
        self._output.flush()

    @property
    def is_live(self) -> bool:
        """Whether what is written can be drawn anew."""
        return self.is_terminal and self._environ.get("TERM", "") not in ("", "dumb")

    def redraw(self, lines: Sequence[str], former: int) -> None:
        """Write lines over those that were written last.

        Args:
            lines: The lines, none of them wider than the terminal.
            former: How many lines were written last.
        """
        up = f"\x1b[{former}F" if former else ""
        # In one piece, and each line cleared behind its text, so that nothing flickers.
        text = "".join(f"{line}\x1b[K\n" for line in lines)
        self._output.write(f"{up}{text}\x1b[J")
        self._output.flush()

    def say(self, text: str) -> None:
        """Write a line for people, which no program reads.

        Args:
            text: The line, without its end.
        """
        self.flush()
        self._errors.write(f"{harmless(text)}\n")
        self._errors.flush()

    def coloured(self, text: str, colour: str | None) -> str:
        """Return a text in a colour, where colours are shown.

        Args:
            text: The text.
            colour: Name of the colour; None leaves it.
        """
        if not self._colours or not colour or not text:
            return text
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"

    def bold(self, text: str) -> str:
        """Return a text in bold, where colours are shown.

        Args:
            text: The text.
        """
        return f"\x1b[1m{text}\x1b[0m" if self._colours and text else text
