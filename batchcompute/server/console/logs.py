"""The output of programs: a part of it at a time, with the numbers of its lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from batchcompute.server.objects.errors import ObjectNotFoundError
from batchcompute.server.objects.interface import ObjectStore

#: Bytes of a part.
PART: Final = 256 * 1024
#: Bytes before a part in which lines are counted; farther on, lines have no numbers.
_MOST_COUNTED: Final = 64 * 1024 * 1024
_STEP: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class LogPart:
    """A part of a log.

    Attributes:
        text: What it says; bytes that are no UTF-8 are replaced.
        start, end: Its place, in bytes.
        size: Bytes of the whole so far.
        line: Number of its first line, from 1; 0 if that is not known.
    """

    text: str
    start: int
    end: int
    size: int
    line: int


def read_part(
    objects: ObjectStore, address: str, start: int | None, *, counted: bool = True
) -> LogPart | None:
    """Read a part of a log.

    Args:
        objects: Where it lies.
        address: Its `oss://` address.
        start: The byte to begin at; None for the last part, from the beginning of a line.
        counted: Count the lines before it, for which all of them are read.

    Returns:
        The part; None if there is no log.
    """
    try:
        size = objects.stat(address).size
        if start is None:
            start = _first_line(objects, address, max(0, size - PART), size)
        start = min(max(0, start), size)
        end = min(size, start + PART)
        content = objects.read_range(address, start, end) if end > start else b""
        if end < size:
            # Not in the middle of a line, or at least not in that of a character.
            kept = content.rfind(b"\n") + 1 or len(content) - _cut_character(content)
            content, end = content[:kept], start + kept
        return LogPart(
            content.decode(errors="replace"),
            start,
            end,
            size,
            _line_at(objects, address, start) if counted else 0,
        )
    except ObjectNotFoundError:
        return None


def stream(objects: ObjectStore, address: str, size: int) -> Iterator[bytes]:
    """Yield the bytes of an object."""
    for start in range(0, size, _STEP):
        yield objects.read_range(address, start, min(size, start + _STEP))


def _first_line(objects: ObjectStore, address: str, start: int, size: int) -> int:
    if start == 0:
        return 0
    found = objects.read_range(address, start, size).find(b"\n")
    return start if found < 0 else start + found + 1


def _line_at(objects: ObjectStore, address: str, start: int) -> int:
    if start > _MOST_COUNTED:
        return 0
    return 1 + sum(
        objects.read_range(address, at, min(start, at + _STEP)).count(b"\n")
        for at in range(0, start, _STEP)
    )


def _cut_character(content: bytes) -> int:
    """Return how many bytes at the end are the beginning of a character that goes on."""
    for number in range(1, min(4, len(content)) + 1):
        byte = content[-number]
        if byte < 0x80:
            return 0
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return number if length > number else 0
    return 0
