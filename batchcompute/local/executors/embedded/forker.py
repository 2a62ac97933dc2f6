"""A process that forks shims, because starting Python for each would take forty times as long.

It has no threads, must never get any, and loads beforehand what shims need. It is started by
`ForkerProcess` and ends when the server does; shims that run then go on.
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
import traceback
from pathlib import Path

from batchcompute.local import faults
from batchcompute.local.executors.embedded import processes, shim
from batchcompute.local.executors.embedded.interrupts import SIGNALS
from batchcompute.local.executors.embedded.messages import (
    Lines,
    Report,
    decode_attempt,
    send_report,
)
from batchcompute.local.executors.interface import Attempt
from batchcompute.local.objects import open_store

_CLEAN_EXITS = (shim.CONCLUDED, shim.EVICTED, shim.NOT_MINE, shim.NOT_BEGUN)
_NOT_FORKED = 1 << 8


class Forker:
    """Forks a shim for every line it is sent, and reports when one is gone."""

    def __init__(self, control: socket.socket, site: shim.Site) -> None:
        """Get ready.

        Args:
            control: Where attempts come from; its end is the end of the server.
            site: What shims need to know.
        """
        self._control = control
        self._site = site
        self._shims: dict[int, str] = {}
        self._wakeup, write_end = os.pipe()
        os.set_blocking(self._wakeup, False)
        os.set_blocking(write_end, False)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        self._write_end = write_end
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def run(self) -> None:
        """Work until the server is gone."""
        lines = Lines()
        while True:
            readable, _, _ = select.select([self._control.fileno(), self._wakeup], [], [])
            if self._wakeup in readable:
                self._drain()
                self._reap()
            if self._control.fileno() in readable:
                data = self._control.recv(1 << 16)
                if not data:
                    return
                for line in lines.feed(data):
                    self._fork(decode_attempt(line))

    def _drain(self) -> None:
        try:
            while os.read(self._wakeup, 512):
                pass
        except BlockingIOError:
            pass

    def _fork(self, attempt: Attempt) -> None:
        # Blocked until the shim has handlers of its own: a stop may come at once.
        faults.reach("fork.before")
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            process = os.fork()
            if process == 0:
                self._be_shim(attempt)
        except OSError:
            _complain()
            send_report(self._site.reports, Report("exited", attempt.attempt_id, _NOT_FORKED))
            return
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        faults.reach("fork.after")
        self._shims[process] = attempt.attempt_id
        send_report(self._site.reports, Report("forked", attempt.attempt_id, process))

    def _be_shim(self, attempt: Attempt) -> None:
        status = 1
        try:
            # The server must see the forker's end, and shims must not look like a forker.
            self._control.close()
            signal.set_wakeup_fd(-1)
            os.close(self._wakeup)
            os.close(self._write_end)
            os.setsid()
            status = shim.run_attempt(attempt, self._site)
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
            attempt_id = self._shims.pop(process, None)
            if attempt_id is not None:
                send_report(self._site.reports, Report("exited", attempt_id, status))

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
        given.reports,
    )
    os.chdir("/")
    processes.become_subreaper()
    forker = Forker(control, site)
    # Collecting garbage in a shim would copy the forker's pages for nothing.
    gc.collect()
    gc.disable()
    gc.freeze()
    send_report(given.reports, Report("ready"))
    forker.run()


if __name__ == "__main__":
    main()
