"""What the agent and the forker with its shims write to each other: one line each.

The agent asks for an attempt in JSON. Reports come as words over a pipe that the forker shares
with all shims; they are far shorter than PIPE_BUF, so the lines of many writers never mix.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, cast, get_args

from batchcompute.server.executors.interface import Attempt

#: "ready": the forker runs. "forked": a shim has the attempt (value: pid). "claimed": it took the
#: attempt for itself (value: time). "ended": its receipt is durable. "exited": the shim has let go
#: of it or is gone, and everything below it is gone (value: wait status).
ReportKind = Literal["ready", "forked", "claimed", "ended", "exited"]

_KINDS: dict[str, ReportKind] = {kind: kind for kind in get_args(ReportKind)}
_FIELDS = tuple(each.name for each in fields(Attempt))


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


def encode_attempt(attempt: Attempt) -> bytes:
    """Write an attempt as a line, which starts with its id."""
    found = ((name, getattr(attempt, name)) for name in _FIELDS)
    # Not by `asdict`, which copies every text of every mapping and takes ten times as long.
    told = {
        name: dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else value
        for name, value in found
    }
    return f"{attempt.attempt_id} {json.dumps(told)}\n".encode()


def decode_attempt(line: bytes) -> Attempt:
    """Read a line of `encode_attempt`."""
    return attempt_from(json.loads(line.partition(b" ")[2]))


def attempt_from(values: Mapping[str, Any]) -> Attempt:
    """Return the attempt with these values, which came as JSON and so without any tuple."""
    sequences = {
        "mounts": tuple(tuple(mount) for mount in values.get("mounts", ())),
        "folders": tuple(values.get("folders", ())),
    }
    return Attempt(**{**values, **sequences})


def attempt_of(line: bytes) -> str:
    """Return the id of the attempt that a line of `encode_attempt` is about."""
    return line.partition(b" ")[0].decode()


def send_report(descriptor: int, *reports: Report) -> None:
    """Write reports at one go, or drop them if no server is left to read them."""
    lines = (f"{each.kind} {each.attempt_id} {each.value!r}\n" for each in reports)
    with contextlib.suppress(BrokenPipeError):
        os.write(descriptor, "".join(lines).encode())


def decode_report(line: bytes) -> Report:
    """Read a line of `send_report`."""
    kind, attempt_id, value = line.decode().split()
    known = _KINDS.get(kind)
    if known is None:
        raise ValueError(f"{kind!r} is no report")
    return Report(known, attempt_id, float(value))


class Lines:
    """Cuts a stream of bytes into lines."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take more bytes and hand out the lines that are complete by now."""
        *complete, self._rest = (self._rest + data).split(b"\n")
        yield from complete
