"""Identifiers of jobs, clusters, machines, images and requests.

All but request ids are made from a counter that only grows, so that order by id is order of
creation, and are fixed in width, so that this also holds for their text.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

#: The source of request ids, which are no secret: the system's own costs a system call, and another
#: thread its turn.
_random = random.Random(os.urandom(32))
os.register_at_fork(after_in_child=lambda: _random.seed(os.urandom(32)))


@dataclass(frozen=True, slots=True)
class Identifiers:
    """Makes the identifiers of one installation.

    Attributes:
        epoch: Second in which the installation's data were created.
        node: Random 32-bit number of the installation; two of them never hand out the same id.
    """

    epoch: int
    node: int

    def job(self, number: int) -> str:
        """Return `job-` and 32 upper-case hexadecimal digits."""
        return f"job-{0:08X}{self.epoch:08X}{self.node:08X}{number:08X}"

    def cluster(self, number: int) -> str:
        """Return `cls-` and 20 lower-case letters and digits."""
        return f"cls-{self._prefix()}{_base36(number, 6)}"

    def machine(self, number: int) -> str:
        """Return `i-` and 20 lower-case letters and digits."""
        return f"i-{self._prefix()}{_base36(number, 6)}"

    def image(self, number: int) -> str:
        """Return `img-` and 20 lower-case letters and digits."""
        return f"img-{self._prefix()}{_base36(number, 6)}"

    def _prefix(self) -> str:
        return _base36(self.epoch, 7) + _base36(self.node, 7)


def request_id() -> str:
    """Return a new request id, an upper-case UUID."""
    # As `uuid.uuid4` makes them, in a third of its time: each request has one.
    digits = f"{_random.getrandbits(128):032X}"
    variant = "89AB"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def _base36(number: int, width: int) -> str:
    digits: list[str] = []
    while number:
        number, digit = divmod(number, 36)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits)).rjust(width, "0")
