"""Frames between a server and an agent: JSON behind its length, on a stream of bytes."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from typing import Any

_LENGTH = struct.Struct(">I")
#: No frame is longer, so that a length that is not one cannot take all memory.
_LONGEST = 1 << 30
_PIECE = 1 << 18

Frame = dict[str, Any]

# Made once, as that takes longer than encoding a short frame.
_encode = json.JSONEncoder(separators=(",", ":")).encode


class FrameError(Exception):
    """The input is not a frame."""


def encode_frame(frame: Frame) -> bytes:
    """Return a frame as bytes."""
    body = _encode(frame).encode()
    return _LENGTH.pack(len(body)) + body


class Frames:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take more bytes and hand out the frames that are complete by now.

        Raises:
            FrameError: These are no frames.
        """
        self._rest += data
        while len(self._rest) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._rest)
            if length > _LONGEST:
                raise FrameError(f"a frame of {length} bytes is too long")
            end = _LENGTH.size + length
            if len(self._rest) < end:
                return
            try:
                # As text, or its encoding would be guessed at.
                frame = json.loads(self._rest[_LENGTH.size : end].decode())
            except ValueError as error:
                raise FrameError(f"a frame is not JSON: {error}") from error
            if not isinstance(frame, dict):
                raise FrameError("a frame is not an object")
            del self._rest[:end]
            yield frame


class FrameSocket:
    """Sends and receives frames on a socket, and never waits unless it is told to."""

    def __init__(self, connection: socket.socket) -> None:
        """Take a connected stream socket."""
        self._socket = connection
        self._socket.setblocking(False)
        self._frames = Frames()
        self._unsent = bytearray()

    def fileno(self) -> int:
        """Return the descriptor, for a selector."""
        return self._socket.fileno()

    @property
    def has_unsent(self) -> bool:
        """True if `flush` has something to send."""
        return bool(self._unsent)

    def send(self, frame: Frame) -> None:
        """Send a frame, as far as the other side takes it; `flush` has to follow for the rest."""
        self._unsent += encode_frame(frame)
        self.flush()

    def flush(self) -> None:
        """Send what could not be sent before, as much as the other side takes.

        If it is gone, the end of what it sends says so, and what was not sent stays unsent.
        """
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(self._unsent)]
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            return

    def receive(self) -> list[Frame] | None:
        """Return the frames that have come, or None if the other side is gone.

        What came before its end is returned first.

        Raises:
            FrameError: Something else came.
        """
        found: list[Frame] = []
        try:
            while data := self._socket.recv(_PIECE):
                found += self._frames.feed(data)
                if len(data) < _PIECE and found:
                    return found
        except BlockingIOError:
            return found
        except ConnectionResetError:
            pass
        return found or None

    def close(self) -> None:
        """Close the socket; the other side sees the end."""
        self._socket.close()
