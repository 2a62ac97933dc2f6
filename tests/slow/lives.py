"""Programs that note when they lived, to see that no two of them ever did so at once."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

PATIENCE = 120.0


@dataclass(frozen=True)
class Life:
    """When a program was alive for certain, in seconds since this machine was started.

    Attributes:
        host: Where.
        process: Its number there.
        first, last: When it was seen first and last.
        ended: Whether it came to its end.
    """

    host: str
    process: int
    first: float
    last: float
    ended: bool


class Beats:
    """A program that writes again and again that it lives, until a gate opens."""

    def __init__(self, folder: Path) -> None:
        """Name its files, in a folder that is there on all hosts."""
        self.gate = folder / "gate"
        self._notes = folder / "beats"

    @property
    def command(self) -> str:
        """Its command line."""
        note = 'read now rest </proc/uptime; echo "$(uname -n) $$ $now'
        return (
            f'until test -e {self.gate}; do {note} alive" >>{self._notes}; sleep 0.05; done; '
            f'{note} end" >>{self._notes}'
        )

    def lives(self) -> list[Life]:
        """Return all lives of the program until now, by their beginnings."""
        found: dict[tuple[str, str], Life] = {}
        text = self._notes.read_text() if self._notes.exists() else ""
        # A line at the border of two pages may be seen by halves.
        for line in text.rpartition("\n")[0].splitlines():
            host, process, now, word = line.split()
            life = found.get(
                (host, process), Life(host, int(process), float(now), float(now), False)
            )
            found[host, process] = replace(life, last=float(now), ended=word == "end")
        return sorted(found.values(), key=lambda life: life.first)

    def await_lives(self, number: int) -> list[Life]:
        """Wait until the program has begun so often; return all its lives."""
        eventually(lambda: len(self.lives()) >= number)
        return self.lives()

    def check_never_two_at_once(self) -> None:
        """Check that a life had ended whenever the next one began."""
        lives = self.lives()
        for before, after in itertools.pairwise(lives):
            assert before.last < after.first, lives


def eventually(condition: Callable[[], object]) -> None:
    """Wait for something that has to come."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
