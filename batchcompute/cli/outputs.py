"""How outputs of instances are written: bytes as they are, or text that a terminal may be given."""

from __future__ import annotations

import re
from typing import Final

from batchcompute.cli.screen import Screen
from batchcompute.cli.text import harmless

STREAMS: Final = ("stdout", "stderr")
#: Escape sequences that only colour what follows.
_COLOUR: Final = re.compile("\x1b\\[[0-9;:]*m")


class Printer:
    """Writes outputs: bytes as they are into a pipe, harmless text on a terminal.

    Args:
        screen: Where to write.
        label: What stands before each line; "" for nothing, and bytes stay as they are.
    """

    def __init__(self, screen: Screen, label: str) -> None:
        self._screen = screen
        self._label = harmless(label)
        self._rest = b""

    def write(self, piece: bytes) -> None:
        """Write a piece.

        Args:
            piece: The piece.
        """
        if not self._label and not self._screen.is_terminal:
            self._screen.write_bytes(piece)
            return
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._line(line)

    def close(self) -> None:
        """Write the last line, also if it has no end yet."""
        if self._rest:
            self._line(self._rest)
            self._rest = b""
        self.flush()

    def flush(self) -> None:
        """Let the reader have what was written."""
        if not self._label and not self._screen.is_terminal:
            self._screen.raw.flush()
        self._screen.flush()

    def _line(self, line: bytes) -> None:
        if self._screen.is_terminal:
            self._screen.write(f"{self._label}{visible(line.decode('utf-8', 'replace'))}")
        else:
            self._screen.write_bytes(self._label.encode() + line + b"\n")


def visible(line: str) -> str:
    """Return a line of an output as it may be shown on a terminal: colours stay, no other sequence.

    Args:
        line: The line, without its end.
    """
    # A bar that was drawn over itself is what it was in the end.
    line = line.rstrip("\r").rpartition("\r")[2]
    parts: list[str] = []
    position = 0
    coloured = False
    for match in _COLOUR.finditer(line):
        parts += [_tabs(line[position : match.start()]), match[0]]
        position, coloured = match.end(), True
    parts.append(_tabs(line[position:]))
    if coloured:
        parts.append("\x1b[0m")
    return "".join(parts)


def _tabs(text: str) -> str:
    return "\t".join(harmless(part) for part in text.split("\t"))
