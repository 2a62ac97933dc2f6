"""The conversation of a server and an agent: numbered items, of which each counts once.

Either side keeps what it sent until the other has acknowledged it, and drops what it has had
already. So a transport may repeat what it sends, as a long poll over HTTP does after a broken
connection, and nothing is lost or done twice. On a stream everything comes once and in order.

A frame is `{"boot": …, "first": number of the first item, "items": […], "ack": last number had}`.
The boot id names one process of an agent: what was meant for a former one is refused.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Any, cast

from batchcompute.server.executors.agent.frames import Frame

#: Both sides say it when they meet; an agent of another one is refused.
PROTOCOL = 1

#: Items had, after which an acknowledgement is due even if there is nothing else to say.
_ACKNOWLEDGE_AFTER = 256

#: An item is a word and what belongs to it.
Item = Sequence[Any]


class SessionError(Exception):
    """The other side does not keep to the rules of a session."""


class Session:
    """One side of a conversation. Belongs to one thread, or to a lock."""

    def __init__(self, boot: str) -> None:
        """Begin.

        Args:
            boot: The agent's boot id.
        """
        self._boot = boot
        self._kept: deque[Item] = deque()
        # The number of the first kept item, how many of the kept were sent, and what was had.
        self._first = 1
        self._sent = 0
        self._had = 0
        self._acknowledged = 0

    @property
    def boot(self) -> str:
        """The agent's boot id."""
        return self._boot

    @property
    def unacknowledged(self) -> int:
        """How many items the other side may not have had."""
        return len(self._kept)

    def add(self, item: Item) -> None:
        """Have an item sent with the next frame."""
        self._kept.append(item)

    def frame(self) -> Frame | None:
        """Return the next frame to send, or None if there is nothing to say."""
        items = list(islice(self._kept, self._sent, None))
        if not items and self._had - self._acknowledged < _ACKNOWLEDGE_AFTER:
            return None
        frame = {
            "boot": self._boot,
            "first": self._first + self._sent,
            "items": items,
            "ack": self._had,
        }
        self._sent = len(self._kept)
        self._acknowledged = self._had
        return frame

    @property
    def has_unsent(self) -> bool:
        """True if there are items that were never sent, or are to be sent again."""
        return self._sent < len(self._kept)

    def whole_frame(self) -> Frame:
        """Return a frame with all that the other side may not have had, sent before or not.

        A transport whose messages may be lost or overtake each other sends nothing else.
        """
        self._sent = len(self._kept)
        self._acknowledged = self._had
        return {
            "boot": self._boot,
            "first": self._first,
            "items": list(self._kept),
            "ack": self._had,
        }

    def empty_frame(self) -> Frame:
        """Return a frame that only acknowledges."""
        self._acknowledged = self._had
        return {"boot": self._boot, "first": self._first, "items": [], "ack": self._had}

    def repeat(self) -> None:
        """Send again what was not acknowledged, as a connection broke off."""
        self._sent = 0

    def take(self, frame: Frame) -> list[Item]:
        """Take a frame of the other side.

        Returns:
            Its items that were not had before.

        Raises:
            SessionError: It is not for this boot, or items before it are missing.
        """
        if frame.get("boot") != self._boot:
            raise SessionError(f"this is boot {self._boot}, not {frame.get('boot')}")
        first, items, ack = frame.get("first"), frame.get("items"), frame.get("ack")
        if not (isinstance(first, int) and isinstance(ack, int) and isinstance(items, list)):
            raise SessionError("this is no frame: it has no numbers first and ack, or no items")
        if first > self._had + 1:
            raise SessionError(f"items {self._had + 1} to {first - 1} are missing")
        while self._kept and self._first <= ack:
            self._kept.popleft()
            self._first += 1
            # Messages that are to be repeated may have arrived all the same.
            self._sent = max(0, self._sent - 1)
        new: list[Item] = cast("list[Item]", items)[self._had + 1 - first :]
        self._had += len(new)
        return new
