"""Messages between an agent, its forker and its shims: lines of JSON.

An agent sends a shim one attempt after the other. A shim says of the attempt that it has:
`["began", when]`, `["ended", unsynced, …receipt]` when its end is written but not all of it is
removed, `["idle"]` when it is, `["done", unsynced, …receipt]` for both at once, `["refused"]` if
another shim has it, `["postponed", why]` if it cannot be begun now, and `["unready", why]` before
it gives up itself. "unsynced" says whether objects were written down with the receipt.

An agent asks its forker `["fork", number, journal]`, with the shim's end of a channel. The forker
says `["ready"]`, `["forked", number, process]`, `["unforked", number, why]`, and, once everything
below a shim is gone as well, `["exited", number, wait status]`.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from dataclasses import fields
from functools import lru_cache
from typing import Any, Final

from batchcompute.server.executors.interface import Receipt

#: What is said of a receipt, in this order.
RECEIPT_FIELDS: Final = tuple(each.name for each in fields(Receipt))

Line = list[Any]


def receipt_values(receipt: Receipt) -> Line:
    """Return the values of a receipt, in the order of its fields."""
    return [getattr(receipt, name) for name in RECEIPT_FIELDS]


@lru_cache(maxsize=1)
def receipt_text(receipt: Receipt) -> str:
    """Return the values of a receipt as the end of a line, which is written and then sent."""
    return json.dumps(receipt_values(receipt))[1:]


def encode_line(line: Line) -> bytes:
    """Return a line as bytes."""
    return json.dumps(line).encode() + b"\n"


def send_line(channel: socket.socket, line: Line) -> None:
    """Send a line to the agent, or drop it if none is left to read it."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        channel.sendall(encode_line(line))


def send_end(channel: socket.socket, word: str, *, has_unsynced: bool, receipt: Receipt) -> None:
    """Send the line of an end to the agent, or drop it if none is left to read it.

    Args:
        channel: To the agent.
        word: "ended" or "done".
        has_unsynced: Objects were written down with the receipt.
        receipt: The end.
    """
    start = json.dumps([word, has_unsynced])[:-1]
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        channel.sendall(f"{start}, {receipt_text(receipt)}\n".encode())


class Lines:
    """Cuts a stream of bytes into lines."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take more bytes and hand out the lines that are complete by now."""
        *complete, self._rest = (self._rest + data).split(b"\n")
        yield from complete
