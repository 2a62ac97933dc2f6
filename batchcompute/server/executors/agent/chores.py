"""Work that may take long, such as removing a tree or calling a container engine, in threads.

The agent's own thread must never wait: a container engine that hangs, or a folder of a million
files, would keep all other attempts of the machine waiting.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

_logger = logging.getLogger(__name__)

#: Calls at once: a hung engine takes half a minute of each.
_MOST_CALLS = 16


class Chores:
    """Runs work in threads, and hands what came of it back to the agent's thread."""

    def __init__(self) -> None:
        """Get ready; threads are started as they are needed."""
        self._done: deque[Callable[[], None]] = deque()
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        self._calls = ThreadPoolExecutor(_MOST_CALLS, thread_name_prefix="call")
        # One after the other: several would only fight for the disk.
        self._removals = ThreadPoolExecutor(1, thread_name_prefix="removal")

    def fileno(self) -> int:
        """Return a descriptor that becomes readable when `finish` has something to do."""
        return self._read

    def call(self, work: Callable[[], None], done: Callable[[OSError | None], None]) -> None:
        """Do something that may hang.

        Args:
            work: What to do, in another thread.
            done: Called by `finish`, with the error if there was one.
        """
        self._calls.submit(self._run, work, done)

    def remove(self, work: Callable[[], None]) -> None:
        """Remove something; nobody waits for it."""
        self._removals.submit(self._run, work, None)

    def finish(self) -> None:
        """Hand out what came of the work, in the thread that calls this."""
        try:
            while os.read(self._read, 4096):
                pass
        except BlockingIOError:
            pass
        while self._done:
            self._done.popleft()()

    def _run(self, work: Callable[[], None], done: Callable[[OSError | None], None] | None) -> None:
        error: OSError | None = None
        try:
            work()
        except OSError as caught:
            error = caught
        except Exception as caught:
            _logger.exception("a chore failed")
            error = OSError(str(caught))
        if done is None:
            if error is not None:
                _logger.warning("something could not be removed: %s", error)
            return
        self._done.append(lambda: done(error))
        with contextlib.suppress(BlockingIOError):  # The pipe is full of such calls already.
            os.write(self._write, b"\0")
