"""The shims of an agent: who of them is idle, making more of them, and what they say.

Shims are made by a forker, which is made anew if it is gone. If none can be made, as the machine
has too few processes or descriptors, it is tried again with growing pauses, and said once.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from batchcompute.server.executors.agent.forker_process import ForkerProcess
from batchcompute.server.executors.agent.journal import Journal
from batchcompute.server.executors.agent.logs import LOG_NAME, last_words
from batchcompute.server.executors.agent.messages import Line, Lines
from batchcompute.server.executors.agent.protocol import Findings, Settings
from batchcompute.server.executors.agent.shim_process import CONCLUDED, NOT_READY, OUTDATED
from batchcompute.server.executors.attempt import processes
from batchcompute.server.executors.attempt.interrupts import EVICTED
from batchcompute.server.model.pauses import Pauses
from batchcompute.server.objects.cache.cache import ObjectCache

_logger = logging.getLogger("batchcompute.server.agent")

#: How long an idle shim is kept, in seconds.
IDLE_SECONDS = 5.0
#: How often shims are looked at of which nobody reports the end.
POLL_SECONDS = 0.05
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
_READY_SECONDS = 30.0
_CLOSE_SECONDS = 2.0
_ORDERLY = (CONCLUDED, NOT_READY, OUTDATED, EVICTED)
#: Shims in a row that were killed before they began anything, after which there is a pause.
_MOST_FAILURES = 3


class Shim:
    """A shim that this agent had made.

    Attributes:
        number: Its number.
        journal: What it writes to.
        process: Its process, 0 as long as that is not known.
        attempt_id: What it was given last.
        cause: Why it is gone, as far as known.
        was_killed: True if it may have left something half done.
        left_nothing: True once it is known that nothing below it is left.
    """

    def __init__(self, number: int, journal: Journal, channel: socket.socket) -> None:
        """See the attributes.

        Args:
            number: Its number.
            journal: What it writes to.
            channel: To and from it.
        """
        self.number = number
        self.journal = journal
        self.process = 0
        self.attempt_id = ""
        self.cause = ""
        self.was_killed = True
        self.left_nothing = False
        self.idle_until = 0.0
        self.forker: ForkerProcess | None = None
        self._channel: socket.socket | None = channel
        channel.setblocking(False)
        self._lines = Lines()
        self._unsent = b""

    def fileno(self) -> int:
        """Return the descriptor of its channel; -1 if that is closed."""
        return -1 if self._channel is None else self._channel.fileno()

    @property
    def has_unsent(self) -> bool:
        """True if `flush` has something to send."""
        return bool(self._unsent)

    def send(self, line: bytes) -> None:
        """Send an attempt."""
        self._unsent += line
        self.flush()

    def flush(self) -> None:
        """Send what could not be sent before, as much as it takes."""
        if self._channel is None:
            return
        try:
            while self._unsent:
                self._unsent = self._unsent[self._channel.send(self._unsent) :]
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            return  # Its end is seen by reading.

    def read(self) -> list[Line] | None:
        """Return what it says, or None if it is gone."""
        assert self._channel is not None
        try:
            data = self._channel.recv(1 << 16)
        except BlockingIOError:
            return []
        except ConnectionResetError:
            data = b""
        # As text, or its encoding would be guessed at.
        return [json.loads(line.decode()) for line in self._lines.feed(data)] if data else None

    def close(self) -> None:
        """Close the channel; an idle shim ends then."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None


class Shims:
    """Makes shims, gives them attempts and listens to them. Belongs to one thread."""

    def __init__(
        self,
        settings: Settings,
        findings: Findings,
        boot: str,
        selector: selectors.BaseSelector,
        journal: Callable[[], Journal],
        said: Callable[[Shim, Line], None],
        gone: Callable[[Shim], None],
        trouble: Callable[[str], None],
        cache: ObjectCache | None = None,
        forker: ForkerProcess | None = None,
    ) -> None:
        """Get ready; `open` begins.

        Args:
            settings: What the agent was told.
            findings: What works on this machine.
            boot: The agent's boot id.
            selector: Where descriptors are waited for; their data is a function to call.
            journal: Returns what the next shim is to write to.
            said: Takes what a shim says of its attempt.
            gone: Told of a shim that is gone with all that was below it.
            trouble: Told why no shim can be made for now, and "" once one can be made again.
            cache: The machine's cache of objects, if it has one.
            forker: Started already; None to start one.
        """
        self._settings = settings
        self._findings = findings
        self._boot = boot
        self._selector = selector
        self._journal = journal
        self._said = said
        self._gone = gone
        self._trouble = trouble
        self._cache = cache
        self._shims: dict[int, Shim] = {}
        # The one that became idle last is taken first, so that the others can be let go.
        self._idle: list[Shim] = []
        # Gone, as their channels say, and nobody reports what is below them.
        self._parted: list[Shim] = []
        self._last = 0
        self._forker: ForkerProcess | None = None
        self._started = forker
        self._forker_is_ready = False
        self._troubled = False
        self._failures = 0
        self._pauses = Pauses(_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)
        self._again_at = 0.0

    def open(self) -> None:
        """Start the forker and wait until it works.

        Raises:
            RuntimeError: It does not.
        """
        started = self._started
        self._start_forker()
        deadline = time.monotonic() + _READY_SECONDS
        while not self._forker_is_ready:
            for key, _ in self._selector.select(deadline - time.monotonic()):
                key.data()
            if self._forker is None and started is not None:
                # Somebody ended it before it was needed.
                started = None
                self._start_forker()
            elif not self._forker_is_ready and (
                self._forker is None or time.monotonic() >= deadline
            ):
                raise RuntimeError(f"the forker does not start: {self._words}")

    def close(self) -> None:
        """Let go of the forker and of all shims; those that run something go on.

        The others are waited for, for a moment, so that nobody finds them tidying up after it.
        """
        ending = list(self._idle)
        for shim in ending:
            self._part(shim)
        deadline = time.monotonic() + _CLOSE_SECONDS
        while (
            self._forker is not None
            and any(shim.number in self._shims for shim in ending)
            and (left := deadline - time.monotonic()) > 0
        ):
            for key, _ in self._selector.select(left):
                key.data()
        for shim in self._shims.values():
            self._unregister(shim)
            shim.close()
        if self._forker is not None:
            forker = self._forker
            self._drop_forker(forker)
            forker.wait(_CLOSE_SECONDS)

    def give(self, attempt_id: str, line: bytes) -> Shim | None:
        """Have an attempt run, by a shim that is idle or by a new one.

        Args:
            attempt_id: The attempt.
            line: What to send.

        Returns:
            The shim, or None if there is none and none can be made for now; `is_ready` says when.
        """
        shim = self._idle.pop() if self._idle else self._make()
        if shim is None:
            return None
        shim.attempt_id = attempt_id
        shim.send(line)
        self._listen(shim)
        return shim

    @property
    def is_ready(self) -> bool:
        """True if `give` may succeed."""
        return bool(self._idle) or (self._forker is not None and time.monotonic() >= self._again_at)

    def wake(self, shim: Shim) -> None:
        """Have a shim look at what it is asked, if it has begun."""
        wake(shim.process, shim.number, shim.journal)

    def seconds_to_wait(self) -> float | None:
        """Return how long nothing happens by itself; None for ever."""
        times: list[float] = []
        now = time.monotonic()
        if self._idle:
            times.append(self._idle[0].idle_until - now)
        if self._parted:
            times.append(POLL_SECONDS)
        if self._forker is None or self._troubled:
            times.append(self._again_at - now)
        return max(0.0, min(times)) if times else None

    def tick(self) -> None:
        """Do what has become due."""
        now = time.monotonic()
        while self._idle and self._idle[0].idle_until <= now:
            self._part(self._idle.pop(0))
        if self._forker is None and now >= self._again_at:
            try:
                self._start_forker()
            except OSError as error:
                self._put_off(f"no forker can be started: {error}")
        for shim in list(self._parted):
            if not shim.journal.is_alive(shim.number):
                self._end(shim)

    # --- shims

    def _make(self) -> Shim | None:
        if self._forker is None or time.monotonic() < self._again_at:
            return None
        with contextlib.ExitStack() as undo:
            try:
                near, far = socket.socketpair()
                undo.callback(near.close)
                undo.callback(far.close)
                self._last += 1
                shim = Shim(self._last, self._journal(), near)
                self._selector.register(near, selectors.EVENT_READ, partial(self._read, shim))
            except OSError as error:
                self._put_off(f"no process can be started: {error}")
                return None
            undo.pop_all()
        shim.forker = self._forker
        shim.journal.shims.add(shim.number)
        self._shims[shim.number] = shim
        self._forker.fork(shim.number, shim.journal.path, far)
        self._listen_to_forker()
        return shim

    def _read(self, shim: Shim) -> None:
        if shim.fileno() < 0:
            return  # It was let go of since this was due.
        if shim.has_unsent:
            shim.flush()
            self._listen(shim)
        lines = shim.read()
        if lines is None:
            self._part(shim)
            return
        for line in lines:
            word = line[0]
            if word in ("unready", "postponed"):
                # The next one is tried after a pause, and this one is not needed until then.
                self._put_off(f"no program can be started: {line[1]}")
                self._part(shim)
                return
            if word in ("began", "ended", "done"):
                self._recover()
            if word in ("done", "idle", "refused"):
                self._rest(shim)
            self._said(shim, line)

    def _rest(self, shim: Shim) -> None:
        shim.idle_until = time.monotonic() + IDLE_SECONDS
        self._idle.append(shim)

    def _part(self, shim: Shim) -> None:
        """Let go of a shim that is gone, or is to go as it is idle."""
        if shim in self._idle:
            self._idle.remove(shim)
        self._unregister(shim)
        shim.close()
        if shim.forker is not self._forker or self._forker is None:
            self._parted.append(shim)

    def _end(self, shim: Shim) -> None:
        """Tell that a shim is gone."""
        if self._shims.pop(shim.number, None) is None:
            return
        if shim in self._idle:
            self._idle.remove(shim)
        if shim in self._parted:
            self._parted.remove(shim)
        self._read_rest(shim)
        self._unregister(shim)
        shim.close()
        shim.journal.shims.discard(shim.number)
        self._gone(shim)

    def _read_rest(self, shim: Shim) -> None:
        """Take what a shim has said before its end."""
        if shim.fileno() < 0:
            return
        while lines := shim.read():
            for line in lines:
                if line[0] not in ("unready", "idle"):
                    self._said(shim, line)

    def _listen(self, shim: Shim) -> None:
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if shim.has_unsent else 0)
        key = self._selector.get_key(shim.fileno())
        if key.events != events:
            self._selector.modify(shim.fileno(), events, key.data)

    def _unregister(self, shim: Shim) -> None:
        if shim.fileno() >= 0:
            self._selector.unregister(shim.fileno())

    # --- the forker

    def _start_forker(self) -> None:
        self._forker_is_ready = False
        forker, self._started = self._started or ForkerProcess(self._settings.data_dir), None
        forker.configure(self._settings, self._findings, self._boot, self._cache)
        self._forker = forker
        self._selector.register(
            forker.fileno(), selectors.EVENT_READ, lambda: self._read_forker(forker)
        )

    def _listen_to_forker(self) -> None:
        assert self._forker is not None
        events = selectors.EVENT_READ
        if self._forker.has_unsent:
            events |= selectors.EVENT_WRITE
        key = self._selector.get_key(self._forker.fileno())
        if key.events != events:
            self._selector.modify(self._forker.fileno(), events, key.data)

    def _read_forker(self, forker: ForkerProcess) -> None:
        if forker is not self._forker:
            return
        forker.flush()
        self._listen_to_forker()
        lines = forker.read()
        if lines is None:
            self._forker_gone(forker)
            return
        for line in lines:
            self._take_report(line)

    def _take_report(self, line: Line) -> None:
        if line[0] == "ready":
            self._forker_is_ready = True
            return
        shim = self._shims.get(line[1])
        if shim is None:
            return
        if line[0] == "forked":
            shim.process = line[2]
        elif line[0] == "unforked":
            shim.cause = line[2]
            self._put_off(f"no process can be started: {line[2]}")
            self._end(shim)
        elif line[0] == "exited":
            code = os.waitstatus_to_exitcode(line[2])
            shim.cause = _describe(code)
            shim.was_killed = code not in _ORDERLY
            shim.left_nothing = True
            if code not in _ORDERLY and not self._has_begun(shim):
                self._failures += 1
                # One may be killed at any time, but not all of them.
                if code > 0 or self._failures >= _MOST_FAILURES:
                    self._put_off(f"no program can be started: {shim.cause}. {self._words}")
            self._end(shim)

    def _has_begun(self, shim: Shim) -> bool:
        """Return whether a shim had begun what it was given last, or nothing to begin."""
        if shim in self._idle:
            return True
        entries = shim.journal.refresh()
        return shim.attempt_id in entries.begun or shim.attempt_id in entries.receipts

    def _forker_gone(self, forker: ForkerProcess) -> None:
        was_ready = self._forker_is_ready
        self._drop_forker(forker)
        forker.wait(_CLOSE_SECONDS)
        if was_ready:
            _logger.warning("the forker ended; it is started again. %s", self._words)
            self._again_at = min(self._again_at, time.monotonic())
        else:
            self._put_off(f"the forker does not start: {self._words}")
        # The others go on without it, as they need only their agent. Of one that was not made yet,
        # the end of the channel went with the forker.
        self._parted += [
            shim
            for shim in self._shims.values()
            if shim.forker is forker and shim.fileno() < 0 and shim not in self._parted
        ]

    def _drop_forker(self, forker: ForkerProcess) -> None:
        self._selector.unregister(forker.fileno())
        forker.close()
        self._forker = None

    def _put_off(self, reason: str) -> None:
        self._again_at = time.monotonic() + self._pauses.next()
        if not self._troubled:
            self._troubled = True
            _logger.warning("%s; it is tried again, with growing pauses", reason)
            self._trouble(reason)

    def _recover(self) -> None:
        self._failures = 0
        if not self._troubled:
            return
        self._troubled = False
        self._pauses.reset()
        _logger.info("programs can be started again")
        self._trouble("")

    @property
    def _words(self) -> str:
        return last_words(Path(self._settings.data_dir) / LOG_NAME)


def wake(process: int, shim: int, journal: Journal) -> None:
    """Have a shim look at what it is asked.

    There is nothing to do for one that has not introduced itself: it looks afterwards.
    """
    process = process or journal.refresh().shims.get(shim, 0)
    if not process:
        return
    # As long as the lock is held, the shim lives.
    processes.send_signal(process, signal.SIGUSR1, partial(journal.is_alive, shim))


def _describe(code: int) -> str:
    """Say why a shim ended without a receipt."""
    if code < 0:
        return f"its shim was killed by {signal.Signals(-code).name}"
    if code == EVICTED:
        return "its shim was told to go away"
    return f"its shim ended with exit code {code}"
