"""What the server and the forker with its shims write to each other: one line each.

The server asks for an attempt in JSON. Reports come as words over a pipe that the forker shares
with all shims; they are far shorter than PIPE_BUF, so the lines of many writers never mix.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from batchcompute.local.executors.interface import Attempt

#: "ready": the forker runs. "forked": it made a shim (value: pid). "claimed": the shim took the
#: attempt (value: time). "ended": its receipt is durable. "exited": the shim is gone and everything
#: below it (value: wait status).
ReportKind = Literal["ready", "forked", "claimed", "ended", "exited"]

_ATTEMPT_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Report:
    """One line from the forker or a shim.

    Attributes:
        kind: See `ReportKind`.
        attempt_id: The attempt; "-" if it is about none.
        value: A number whose meaning depends on the kind.
    """

    kind: ReportKind
    attempt_id: str = "-"
    value: float = 0


def check_attempt_id(attempt_id: str) -> None:
    """Refuse an id that could be something else as a file name or as a word of a line.

    Raises:
        ValueError: It is not safe.
    """
    if not _ATTEMPT_ID.fullmatch(attempt_id):
        raise ValueError(
            f"{attempt_id!r} is no attempt id: at most 200 letters, digits, '.', '_' and '-', "
            "and no '.' first"
        )


def encode_attempt(attempt: Attempt) -> bytes:
    """Write an attempt as a line."""
    return json.dumps(asdict(attempt)).encode() + b"\n"


def decode_attempt(line: bytes) -> Attempt:
    """Read a line of `encode_attempt`."""
    return Attempt(**json.loads(line))


def send_report(descriptor: int, report: Report) -> None:
    """Write a report, or drop it if no server is left to read it."""
    with contextlib.suppress(BrokenPipeError):
        os.write(descriptor, f"{report.kind} {report.attempt_id} {report.value!r}\n".encode())


def decode_report(line: bytes) -> Report:
    """Read a line of `send_report`."""
    kind, attempt_id, value = line.decode().split()
    for known in get_args(ReportKind):
        if kind == known:
            return Report(known, attempt_id, float(value))
    raise ValueError(f"{kind!r} is no report")


class Lines:
    """Cuts a stream of bytes into lines."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take more bytes and hand out the lines that are complete by now."""
        *complete, self._rest = (self._rest + data).split(b"\n")
        yield from complete
