"""From the scheduler's thread to the event loop: results of a batch arrive together."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from typing import Any


class Replies:
    """Lets coroutines of one event loop wait for futures of another thread.

    Waking a loop costs a system call, and the other thread its turn. So it is woken once for all
    results that arrive before it gets to look; `asyncio.wrap_future` wakes it for each.
    """

    def __init__(self) -> None:
        """Begin with nobody waiting; the loop is the one that waits first."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._arrived: deque[tuple[asyncio.Future[Any], Future[Any]]] = deque()
        self._woken = False

    async def wait(self, future: Future[Any]) -> Any:
        """Return the result of a future, or raise its error.

        Args:
            future: It is done by one thread, always the same.
        """
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._woken = loop, False
        waiter: asyncio.Future[Any] = loop.create_future()
        future.add_done_callback(lambda done: self._arrive(waiter, done))
        return await waiter

    def _arrive(self, waiter: asyncio.Future[Any], done: Future[Any]) -> None:
        self._arrived.append((waiter, done))
        # The reader takes the mark away first, so that nothing comes between.
        if not self._woken:
            self._woken = True
            try:
                waiter.get_loop().call_soon_threadsafe(self._look)
            except RuntimeError:
                # The loop was closed, and nobody waits any more.
                self._woken = False

    def _look(self) -> None:
        self._woken = False
        while self._arrived:
            waiter, done = self._arrived.popleft()
            if waiter.done():
                # The caller has gone.
                continue
            if (error := done.exception()) is not None:
                waiter.set_exception(error)
            else:
                waiter.set_result(done.result())
