"""Work that may take long, such as removing a tree or calling a container engine, in threads.

The agent's own thread must never wait: a container engine that hangs, or a folder of a million
files, would keep all other attempts of the machine waiting.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor

from batchcompute.server.executors.agent.journal import Journal

_logger = logging.getLogger("batchcompute.server.agent")

#: Calls at once: a hung engine takes half a minute of each.
_MOST_CALLS = 16
#: How long the end of the agent waits for what is being removed, in seconds.
_CLOSE_SECONDS = 10.0

#: Results that are taken note of at once.
_MOST_RESULTS = 4096

Done = Callable[[OSError | None], None]


class _Results:
    """The results of work in other threads, for the agent's own thread."""

    def __init__(self) -> None:
        self._done: deque[Callable[[], None]] = deque()
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)

    def fileno(self) -> int:
        """Return a descriptor that becomes readable when `finish` has something to do."""
        return self._read

    def finish(self) -> None:
        """Hand out what came of the work, in the thread that calls this."""
        with contextlib.suppress(BlockingIOError):
            # With less than that it is empty.
            while len(os.read(self._read, _MOST_RESULTS)) == _MOST_RESULTS:
                pass
        while self._done:
            self._done.popleft()()

    def _put(self, done: Done, error: OSError | None) -> None:
        self._done.append(lambda: done(error))
        with contextlib.suppress(BlockingIOError):  # The pipe is full of such calls already.
            os.write(self._write, b"\0")


class Chores(_Results):
    """Runs work in threads, and hands what came of it back to the agent's thread."""

    def __init__(self) -> None:
        """Get ready; threads are started as they are needed."""
        super().__init__()
        self._calls = ThreadPoolExecutor(_MOST_CALLS, thread_name_prefix="call")
        # One after the other: several would only fight for the disk.
        self._removals = ThreadPoolExecutor(1, thread_name_prefix="removal")

    def call(self, work: Callable[[], None], done: Done) -> None:
        """Do something that may hang.

        Args:
            work: What to do, in another thread.
            done: Called by `finish`, with the error if there was one.
        """
        self._calls.submit(self._run, work, done)

    def remove(self, work: Callable[[], None]) -> None:
        """Remove something; nobody waits for it."""
        self._removals.submit(self._run, work, _say)

    def close(self) -> None:
        """Wait until what was to be removed is, for some time."""
        over = threading.Event()
        self._removals.submit(over.set)
        if not over.wait(_CLOSE_SECONDS):
            _logger.warning("what programs left is still being removed; the next start goes on")

    def _run(self, work: Callable[[], None], done: Done) -> None:
        error: OSError | None = None
        try:
            work()
        except OSError as caught:
            error = caught
        except Exception as caught:
            _logger.exception("a chore failed")
            error = OSError(str(caught))
        self._put(done, error)


class Syncer(_Results):
    """Makes journals durable, in a thread of its own, as a disk may take long over it."""

    def __init__(self) -> None:
        """Start the thread."""
        super().__init__()
        self._todo: queue.SimpleQueue[tuple[Collection[Journal], Done]] = queue.SimpleQueue()
        #: True until what came of the last call is handed out.
        self.is_busy = False
        threading.Thread(target=self._work, name="sync", daemon=True).start()

    def sync(self, journals: Collection[Journal], done: Done) -> None:
        """Make journals durable.

        Args:
            journals: Which.
            done: Called by `finish`, with the error if there was one.
        """
        self.is_busy = True

        def then(error: OSError | None) -> None:
            self.is_busy = False
            done(error)

        self._todo.put((journals, then))

    def _work(self) -> None:
        while True:
            journals, done = self._todo.get()
            error: OSError | None = None
            try:
                for journal in journals:
                    journal.sync()
            except OSError as caught:
                error = caught
            self._put(done, error)


def _say(error: OSError | None) -> None:
    if error is not None:
        _logger.warning("something could not be removed: %s", error)
