"""Requests that reach a shim while it works: stop, or give way.

Signals only wake the shim up. What they mean is decided by what was asked for (`requests`): a
SIGTERM that nobody asked for is an eviction (a machine going down, a batch system that wants its
node back), never a result.
"""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

from batchcompute.server.executors.attempt.lease import Lease
from batchcompute.server.executors.attempt.requests import Request, Requests

#: SIGUSR1 says "look at the requests"; the others say "go" in the customary ways.
_EVICTIONS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
#: To be blocked around the fork of a shim, so that none is lost before `Interrupts` is there.
SIGNALS = (*_EVICTIONS, signal.SIGUSR1, signal.SIGCHLD)

#: How often a lease that is over is looked at, in seconds.
_LEASE_PAUSE_SECONDS = 0.05

#: Signals that are read at once.
_MOST_WAKEUPS = 512

#: Exit code of a shim that gave way without a receipt.
EVICTED = 75


class Interrupted(BaseException):
    """A request came in the middle of work that can be broken off.

    Like KeyboardInterrupt it is no `Exception`, so that no library takes it for a
    failure of its own.
    """


class Interrupts:
    """Receives the signals of a shim, which runs one attempt after the other."""

    def __init__(self, requests: Requests, lease: Lease) -> None:
        """Start to listen; the signals are expected to be blocked, and are let through from now on.

        Between two attempts an eviction ends the process at once, as nothing is lost by that.

        Args:
            requests: Where requests are written.
            lease: Its end is an eviction, whoever else is there to ask for it.
        """
        self._requests = requests
        self._lease = lease
        self._lease_watch: threading.Thread | None = None
        self._attempt_id: str | None = None
        self._evicted = False
        self._breakable = False
        self._request: Request | None = None
        self._wakeup, write_end = os.pipe()
        os.set_blocking(self._wakeup, False)
        os.set_blocking(write_end, False)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, self._receive)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def begin(self, attempt_id: str) -> None:
        """Turn to the requests for an attempt, which is claimed.

        Whoever asks before the claim is known cannot wake this process, so it looks now. From here
        on requests come with a signal, and so does the end of a lease.
        """
        self._request = None
        self._attempt_id = attempt_id
        if self._lease_watch is None and self._lease.seconds_left() is not None:
            # Not by a timer: there is one of a process, and transfers have it.
            self._lease_watch = threading.Thread(
                target=self._watch_lease, args=(threading.get_ident(),), daemon=True
            )
            self._lease_watch.start()
        self._look()

    def look_at_lease(self) -> None:
        """See whether the lease still lasts, if there is one."""
        if self._lease_watch is not None:
            self._look()

    def _watch_lease(self, main: int) -> None:
        while (left := self._lease.seconds_left()) is not None:
            if left <= 0 and self._attempt_id is not None:
                signal.pthread_kill(main, signal.SIGUSR1)
            time.sleep(max(left, _LEASE_PAUSE_SECONDS))

    def finish(self) -> bool:
        """Turn away from an attempt whose end is written.

        Returns:
            False if the process was told to go meanwhile, and should.
        """
        # Whoever comes after this line finds nothing to run and ends the process.
        self._attempt_id = None
        return not self._evicted

    @property
    def request(self) -> Request | None:
        """The request to this attempt, as far as it is known by now."""
        return self._request

    @contextmanager
    def breakable(self) -> Generator[None]:
        """Let a request break off the block by `Interrupted`, at any point of it.

        Does nothing if a request is known already: then the block belongs to carrying it out.
        """
        if self._request is not None:
            yield
            return
        self._breakable = True
        try:
            # One may have come between the look above and the flag.
            if self._request is not None:
                raise Interrupted
            yield
        finally:
            self._breakable = False

    def wait(self, seconds: float) -> None:
        """Sleep until a signal comes, a child's end included, or the time is over."""
        select.select([self._wakeup], [], [], max(0.0, seconds))
        self._drain()

    def wait_for_request(self, seconds: float) -> Request | None:
        """Sleep until a request is known, or the time is over."""
        deadline = time.monotonic() + seconds
        while self._request is None and (left := deadline - time.monotonic()) > 0:
            self.wait(left)
        return self._request

    def _drain(self) -> None:
        try:
            # With less than that it is empty.
            while len(os.read(self._wakeup, _MOST_WAKEUPS)) == _MOST_WAKEUPS:
                pass
        except BlockingIOError:
            pass

    def _look(self) -> None:
        asked = None if self._attempt_id is None else self._requests.asked(self._attempt_id)
        if asked is None and self._evicted:
            asked = "evict"
        if self._lease_watch is not None and (self._lease.seconds_left() or 0.0) <= 0:
            asked = "evict"
        # A stop that is being carried out can still turn into an eviction, not the reverse.
        if asked is not None and self._request != "evict":
            self._request = asked

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGCHLD:
            return
        if number in _EVICTIONS:
            self._evicted = True
            if self._attempt_id is None:
                os._exit(EVICTED)
        self._look()
        if self._breakable and self._request is not None:
            self._breakable = False
            raise Interrupted
