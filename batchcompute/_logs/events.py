"""Events reported while the output of instances is followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogEvent:
    """Something about one output of one instance.

    Attributes:
        task: Name of the task.
        instance: Number of the instance, from 0.
        stream: "stdout" or "stderr".
        data: Bytes that were printed.
        attempt: Which attempt begins, whose output is read from its beginning; 0 for none.
        ended: Whether the instance has ended, so that nothing follows.
    """

    task: str
    instance: int
    stream: str
    data: bytes = b""
    attempt: int = 0
    ended: bool = False


class LineSplitter:
    """Makes lines of what comes in pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def take(self, event: LogEvent) -> Iterator[str]:
        """Yield the lines that are complete now, without their ends.

        The last line of an attempt is complete also without an end.

        Args:
            event: What came of one output of one instance.
        """
        if event.data:
            *lines, self._rest = (self._rest + event.data).split(b"\n")
            yield from map(_text, lines)
        if (event.ended or event.attempt) and self._rest:
            yield _text(self._rest)
            self._rest = b""


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").removesuffix("\r")
