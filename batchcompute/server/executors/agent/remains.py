"""Ending what shims have left running that were killed when no forker was there to do that."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from functools import partial

from batchcompute.server.executors.agent.chores import Chores
from batchcompute.server.executors.agent.retrying import Again
from batchcompute.server.executors.attempt import marks

_logger = logging.getLogger("batchcompute.server.agent")


class Remains:
    """Ends what is left of attempts, of many with one look. Belongs to one thread."""

    def __init__(self, chores: Chores, again: Again) -> None:
        """Start with nothing.

        Args:
            chores: Where all processes of the machine are looked at.
            again: What cannot be done now is done later.
        """
        self._chores = chores
        self._again = again
        self._waiting: list[tuple[Collection[int], Callable[[], None]]] = []
        self._is_busy = False

    def end(self, left: Collection[int], done: Callable[[], None]) -> None:
        """Kill all that carries one of some marks.

        Args:
            left: The marks.
            done: Called once it is gone.
        """
        self._waiting.append((left, done))
        self._begin()

    def _begin(self) -> None:
        if self._is_busy or not self._waiting:
            return
        self._is_busy = True
        batch, self._waiting = self._waiting, []
        wanted = frozenset[int]().union(*(left for left, _ in batch))

        def then(error: OSError | None) -> None:
            self._is_busy = False
            if error is not None:
                _logger.warning("what killed programs left cannot be ended yet: %s", error)
                self._waiting += batch
                self._again.put_off(self._begin)
                return
            for _, done in batch:
                done()
            self._begin()

        self._chores.call(partial(_end, wanted), then)


def _end(left: Collection[int]) -> None:
    if not marks.end(left):
        _logger.warning("some processes of programs that were killed are not gone yet")
