"""Objects that were written without waiting for the disk, and how they are written again.

Whoever leaves an object unsynced keeps its content elsewhere, durably, until the object is durable
too. After a power cut it is written again from there, if the disk has not got it: not if the system
was not started again since, nor if there is another file in its place by now, or another content.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

#: Longest content of an object that may be left unsynced, in bytes.
MOST_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Unsynced:
    """An object in a folder that may not outlive a power cut.

    Attributes:
        boot: Names the start of the system since which it was written.
        folder: The folder of all objects.
        address: Its `oss://` address.
        modified_ns: When it was changed last, in nanoseconds since the epoch: another time tells of
            another content.
        content: All of it.
    """

    boot: str
    folder: str
    address: str
    modified_ns: int
    content: bytes

    def to_values(self) -> list[Any]:
        """Return it as plain values."""
        text = base64.b64encode(self.content).decode("ascii")
        return [self.boot, self.folder, self.address, self.modified_ns, text]

    @staticmethod
    def from_values(values: list[Any]) -> Unsynced:
        """Read what `to_values` made.

        Raises:
            ValueError: It is not that.
        """
        boot, folder, address, modified_ns, text = values
        return Unsynced(boot, folder, address, modified_ns, base64.b64decode(text, validate=True))
