"""What instances print, read as objects: all of it, the last lines, or what is new."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from batchcompute.cli.screen import Screen
from batchcompute.cli.text import harmless

STREAMS: Final = ("stdout", "stderr")
_CHUNK: Final = 4 * 1024 * 1024
#: Bytes in which the last lines are looked for, for each line that is wanted.
_LINE_BYTES: Final = 4096
#: Escape sequences that only colour what follows.
_COLOUR: Final = re.compile("\x1b\\[[0-9;:]*m")


def address_of(instance: Any, stream: str) -> str:
    """Return where an instance's output is; "" if it is not kept.

    Args:
        instance: The instance.
        stream: "stdout" or "stderr".
    """
    name = "StdoutRedirectPath" if stream == "stdout" else "StderrRedirectPath"
    return str(getattr(instance, name, "") or "")


class Output:
    """One output of one instance, read piece by piece.

    Args:
        files: The objects, as files.
        address: `oss://bucket/key`.
    """

    def __init__(self, files: Any, address: str) -> None:
        self._files = files
        self._path = address.removeprefix("oss://")
        self._offset = 0
        self._superseded: str | None = None

    def new(self) -> Iterator[bytes]:
        """Yield what is there beyond what was read so far, in pieces."""
        if self._superseded is not None:
            found = self._info()
            if found is None or found["ETag"] == self._superseded:
                return
            self._superseded = None
        while True:
            try:
                piece = self._files.cat_file(self._path, self._offset, self._offset + _CHUNK)
            except FileNotFoundError:
                return
            if not piece:
                return
            self._offset += len(piece)
            yield piece

    def skip_to_last(self, lines: int) -> None:
        """Leave out what stands before the last lines.

        Args:
            lines: How many lines are wanted.
        """
        found = self._info()
        if found is None:
            return
        begin = max(0, int(found["size"]) - max(1, lines) * _LINE_BYTES)
        try:
            end = self._files.cat_file(self._path, begin, None)
        except FileNotFoundError:
            return
        kept = b"".join(end.splitlines(keepends=True)[-lines:]) if lines else b""
        self._offset = begin + len(end) - len(kept)

    def restart(self) -> None:
        """Begin anew: the instance runs again, and will overwrite what is there."""
        self._offset = 0
        found = self._info()
        self._superseded = None if found is None else str(found["ETag"])

    def finish(self) -> None:
        """Take what is there for the output of the last attempt."""
        self._superseded = None

    def _info(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._files.info(self._path)
        except FileNotFoundError:
            return None
        return found


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
