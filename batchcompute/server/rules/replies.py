"""From the scheduler's thread to the event loop: outcomes of a batch arrive together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

from batchcompute.server.scheduler.batch import Command, Outcome
from batchcompute.server.scheduler.thread import SchedulerLoop


class Replies:
    """Lets coroutines of one event loop wait for what a scheduler does for them.

    Waking a loop costs a system call, and the other thread its turn. So it is woken once for all
    outcomes that arrive before it gets to look.
    """

    def __init__(self) -> None:
        """Begin with nobody waiting; the loop is the one that waits first."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._arrived: deque[tuple[asyncio.Future[Any], Outcome]] = deque()
        self._woken = False

    async def ask(self, scheduler: SchedulerLoop, command: Command) -> Any:
        """Have a command carried out; return its result, or raise the error that refused it.

        Args:
            scheduler: Always the same.
            command: As for `SchedulerLoop.call`.
        """
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._woken = loop, False
        waiter: asyncio.Future[Any] = loop.create_future()
        scheduler.post(command, self, waiter)
        return await waiter

    def deliver(self, outcomes: Sequence[tuple[asyncio.Future[Any], Outcome]]) -> None:
        """Take outcomes from the scheduler's thread."""
        self._arrived.extend(outcomes)
        # The reader takes the mark away first, so that nothing comes between.
        if not self._woken:
            self._woken = True
            try:
                outcomes[0][0].get_loop().call_soon_threadsafe(self._look)
            except RuntimeError:
                # The loop was closed, and nobody waits any more.
                self._woken = False

    def _look(self) -> None:
        self._woken = False
        while self._arrived:
            waiter, outcome = self._arrived.popleft()
            if waiter.done():
                # The caller has gone.
                continue
            if outcome.error is not None:
                waiter.set_exception(outcome.error)
            else:
                waiter.set_result(outcome.value)
