"""A process that forks shims, because starting Python for each would take forty times as long.

It has no threads, must never get any, and loads beforehand what shims need. It is started by
`ForkerProcess` and ends when the server does; shims that run an attempt then end after it.

Shims that are done with an attempt wait for the next one for a while. Their channels end with this
process, and they with their channels.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import select
import signal
import socket
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from batchcompute.server.executors.agent.messages import Lines, Report, attempt_of, send_report
from batchcompute.server.executors.agent.open_files import restore_limit
from batchcompute.server.executors.attempt import processes, shim
from batchcompute.server.executors.attempt.interrupts import EVICTED, SIGNALS
from batchcompute.server.model import crash_points
from batchcompute.server.objects import open_store

_CLEAN_EXITS = (shim.CONCLUDED, EVICTED, shim.NOT_MINE, shim.NOT_BEGUN, shim.BEGUN_BEFORE)
_NOT_FORKED = 1 << 8

#: How long a shim waits for its next attempt, in seconds.
IDLE_SECONDS = 5.0
#: A longer one is not handed to a waiting shim, as the forker must never wait for its reader.
_LONGEST_HANDED_OVER = 1 << 15


@dataclass(slots=True)
class _Shim:
    """A shim, as seen from the forker.

    Attributes:
        process: Its number.
        channel: Where it gets attempts and says that it is idle.
        attempt_id: What it works on, "" if it waits.
        idle_until: When it has waited long enough, by the monotonic clock.
    """

    process: int
    channel: socket.socket
    attempt_id: str
    idle_until: float = 0.0


class Forker:
    """Has a shim for every line that it is sent, and reports when one is gone."""

    def __init__(self, control: socket.socket, site: shim.Site, open_files: int) -> None:
        """Get ready.

        Args:
            control: Where attempts come from; its end is the end of the server.
            site: What shims need to know.
            open_files: The soft limit of open files for shims and programs; 0 for its own.
        """
        self._control = control
        self._open_files = open_files
        self._site = site
        self._shims: dict[int, _Shim] = {}
        self._by_channel: dict[int, _Shim] = {}
        # The one that became idle last is taken first, so that the others can be let go.
        self._idle: list[_Shim] = []
        self._wakeup, write_end = os.pipe()
        os.set_blocking(self._wakeup, False)
        os.set_blocking(write_end, False)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        self._write_end = write_end
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        # Unlike epoll this is nothing that forked processes would share.
        self._poll = select.poll()
        for descriptor in (control.fileno(), self._wakeup):
            self._poll.register(descriptor, select.POLLIN)

    def run(self) -> None:
        """Work until the server is gone."""
        lines = Lines()
        while True:
            ready = {descriptor for descriptor, _ in self._poll.poll(self._milliseconds())}
            if self._wakeup in ready:
                self._drain()
                self._reap()
            for descriptor in ready & self._by_channel.keys():
                self._take_back(self._by_channel[descriptor])
            if self._control.fileno() in ready:
                data = self._control.recv(1 << 16)
                if not data:
                    return
                for line in lines.feed(data):
                    self._give(line)
            self._release_idle()

    def _drain(self) -> None:
        try:
            while os.read(self._wakeup, 512):
                pass
        except BlockingIOError:
            pass

    # --- shims that wait

    def _milliseconds(self) -> float | None:
        if not self._idle:
            return None
        return max(0.0, self._idle[0].idle_until - time.monotonic()) * 1000 + 1

    def _take_back(self, found: _Shim) -> None:
        """Read what a shim says, which is that it waits, or that it is gone."""
        try:
            said = found.channel.recv(64)
        except ConnectionResetError:
            said = b""
        if not said:
            self._let_go(found)
            return
        found.attempt_id = ""
        found.idle_until = time.monotonic() + IDLE_SECONDS
        self._idle.append(found)

    def _let_go(self, found: _Shim) -> None:
        """Close a shim's channel; it ends, and is reaped then."""
        if self._by_channel.pop(found.channel.fileno(), None) is None:
            return
        self._poll.unregister(found.channel)
        found.channel.close()
        if found in self._idle:
            self._idle.remove(found)

    def _release_idle(self) -> None:
        while self._idle and self._idle[0].idle_until <= time.monotonic():
            self._let_go(self._idle[0])

    # --- attempts

    def _give(self, line: bytes) -> None:
        """Give an attempt to a shim that waits, or else to a new one."""
        crash_points.reach("fork.before")
        if not self._hand_over(line):
            self._fork(line)
        crash_points.reach("fork.after")

    def _hand_over(self, line: bytes) -> bool:
        while self._idle and len(line) <= _LONGEST_HANDED_OVER:
            found = self._idle.pop()
            try:
                # Its buffer is empty, so this takes the whole line.
                found.channel.sendall(line + b"\n")
            except (BrokenPipeError, ConnectionResetError):
                self._let_go(found)
                continue
            found.attempt_id = attempt_of(line)
            return True
        return False

    def _fork(self, line: bytes) -> None:
        # Blocked until the shim has handlers of its own: a stop may come at once.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        attempt_id = attempt_of(line)
        try:
            mine, its = socket.socketpair()
            with its:
                process = os.fork()
                if process == 0:
                    mine.close()
                    self._be_shim(line, its)
        except OSError:
            _complain()
            send_report(self._site.reports, Report("exited", attempt_id, _NOT_FORKED))
            return
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        made = self._shims[process] = _Shim(process, mine, attempt_id)
        self._by_channel[mine.fileno()] = made
        self._poll.register(mine, select.POLLIN)

    def _be_shim(self, line: bytes, channel: socket.socket) -> None:
        status = 1
        try:
            # The server must see the forker's end, and so must every shim; and shims must not look
            # like a forker.
            self._control.close()
            for other in self._by_channel.values():
                other.channel.close()
            signal.set_wakeup_fd(-1)
            os.close(self._wakeup)
            os.close(self._write_end)
            os.setsid()
            restore_limit(self._open_files)
            status = shim.run_attempts(line, self._site, channel)
        except BaseException:
            _complain()
        finally:
            os._exit(status)

    def _reap(self) -> None:
        gone: list[tuple[int, int]] = []
        try:
            while (found := os.waitpid(-1, os.WNOHANG)) != (0, 0):
                gone.append(found)
        except ChildProcessError:
            pass
        if any(self._died(process, status) for process, status in gone):
            # What a shim leaves behind when it is killed comes to us, the next subreaper above it.
            left = self._shims.keys() - {process for process, _ in gone}
            processes.kill_descendants(
                spared=left, reaped=lambda process, status: gone.append((process, status))
            )
        for process, status in gone:
            ended = self._shims.pop(process, None)
            if ended is None:
                continue
            self._let_go(ended)
            if ended.attempt_id:
                send_report(self._site.reports, Report("exited", ended.attempt_id, status))

    def _died(self, process: int, status: int) -> bool:
        return process in self._shims and os.waitstatus_to_exitcode(status) not in _CLEAN_EXITS


def _complain() -> None:
    """Log the error that is being handled; if the log's disk is full, it goes unsaid."""
    with contextlib.suppress(OSError):
        traceback.print_exc(file=sys.stderr)
        sys.stderr.flush()


def main() -> None:
    """Run a forker; the arguments come from `ForkerProcess`."""
    parser = argparse.ArgumentParser(prog="forker")
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--reports", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--private", type=Path, required=True)
    parser.add_argument("--objects", required=True)
    parser.add_argument("--bubblewrap", required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--containers", required=True)
    parser.add_argument("--open-files", type=int, required=True)
    given = parser.parse_args()
    os.set_inheritable(given.control, False)
    os.set_inheritable(given.reports, False)
    control = socket.socket(fileno=given.control)
    site = shim.Site(
        given.data_dir,
        given.private,
        open_store(given.objects),
        given.bubblewrap,
        given.user,
        given.containers,
        given.reports,
    )
    os.chdir("/")
    processes.become_subreaper()
    forker = Forker(control, site, given.open_files)
    # Collecting garbage in a shim would copy the forker's pages for nothing.
    gc.collect()
    gc.disable()
    gc.freeze()
    send_report(given.reports, Report("ready"))
    forker.run()


if __name__ == "__main__":
    main()
