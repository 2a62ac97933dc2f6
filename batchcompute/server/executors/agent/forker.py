"""A process that forks shims, because starting Python for each would take forty times as long.

It has no threads, must never get any, and loads beforehand what shims need. It is started by
`ForkerProcess` and ends when the agent does; shims that run an attempt then end after it.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import traceback
from collections import deque
from pathlib import Path
from typing import Any

from batchcompute.server.executors.agent import shim_process
from batchcompute.server.executors.agent.messages import Line, Lines, send_line
from batchcompute.server.executors.agent.shim_process import Place
from batchcompute.server.executors.attempt import processes
from batchcompute.server.executors.attempt.caps.rules import CapRules
from batchcompute.server.executors.attempt.interrupts import EVICTED, SIGNALS
from batchcompute.server.executors.attempt.limits import restore_limit
from batchcompute.server.executors.attempt.shim import Site
from batchcompute.server.executors.attempt.worlds.isolation import user_name
from batchcompute.server.model import crash_points
from batchcompute.server.objects import open_store
from batchcompute.server.objects.cache.cache import ObjectCache
from batchcompute.server.objects.file_systems import keeps_order

_CLEAN_EXITS = (
    shim_process.CONCLUDED,
    shim_process.NOT_READY,
    shim_process.OUTDATED,
    EVICTED,
)
#: Channels that come with one piece of what the agent says.
_MOST_CHANNELS = 32


class Forker:
    """Forks a shim for every line that it is sent, and says when one is gone."""

    def __init__(self, control: socket.socket, boot: str, site: Site, open_files: int) -> None:
        """Get ready.

        Args:
            control: To and from the agent; its end is the end of the agent.
            boot: The agent's boot id.
            site: What shims need to know.
            open_files: The soft limit of open files for shims and programs; 0 for its own.
        """
        self._control = control
        self._boot = boot
        self._site = site
        self._open_files = open_files
        self._numbers: dict[int, int] = {}
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
        """Work until the agent is gone."""
        lines = Lines()
        channels: deque[int] = deque()
        while True:
            ready = {descriptor for descriptor, _ in self._poll.poll()}
            if self._wakeup in ready:
                self._drain()
                self._reap()
            if self._control.fileno() in ready:
                data, found = self._heard()
                if not data:
                    return
                for channel in found:
                    # No program is to have it.
                    os.set_inheritable(channel, False)
                channels += found
                for line in lines.feed(data):
                    _, number, journal = json.loads(line)
                    crash_points.reach("fork.before")
                    self._fork(number, Path(journal), channels.popleft(), channels)
                    crash_points.reach("fork.after")

    def _heard(self) -> tuple[bytes, list[int]]:
        """Return what the agent says, and channels that come with it; nothing if it is gone."""
        try:
            data, channels, _, _ = socket.recv_fds(self._control, 1 << 16, _MOST_CHANNELS)
        except ConnectionResetError:
            # It was killed before it had read all that it was told.
            return b"", []
        return data, channels

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._wakeup, 512):
                pass

    def _fork(self, number: int, journal: Path, channel: int, others: deque[int]) -> None:
        # Blocked until the shim has handlers of its own: a stop may come at once.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            process = os.fork()
            if process == 0:
                self._be_shim(Place(self._boot, number, journal), channel, others)
        except OSError as error:
            self._say(["unforked", number, str(error)])
            return
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            os.close(channel)
        self._numbers[process] = number
        self._say(["forked", number, process])

    def _be_shim(self, place: Place, channel: int, others: deque[int]) -> None:
        status = 1
        try:
            # The agent must see the forker's end, and so must every shim.
            self._control.close()
            for other in others:
                os.close(other)
            signal.set_wakeup_fd(-1)
            os.close(self._wakeup)
            os.close(self._write_end)
            os.setsid()
            restore_limit(self._open_files)
            with socket.socket(fileno=channel) as connection:
                status = shim_process.run_attempts(place, self._site, connection)
        except BaseException:
            _complain()
        finally:
            os._exit(status)

    def _reap(self) -> None:
        gone: list[tuple[int, int]] = []
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG)) != (0, 0):
                gone.append(found)
        if any(self._died(process, status) for process, status in gone):
            # What a shim leaves behind when it is killed comes to us, the next subreaper above it.
            left = self._numbers.keys() - {process for process, _ in gone}
            processes.kill_descendants(
                spared=left, reaped=lambda process, status: gone.append((process, status))
            )
        for process, status in gone:
            number = self._numbers.pop(process, None)
            if number is not None:
                self._say(["exited", number, status])

    def _died(self, process: int, status: int) -> bool:
        return process in self._numbers and os.waitstatus_to_exitcode(status) not in _CLEAN_EXITS

    def _say(self, line: Line) -> None:
        send_line(self._control, line)


def _complain() -> None:
    """Log the error that is being handled; if the log's disk is full, it goes unsaid."""
    with contextlib.suppress(OSError):
        traceback.print_exc(file=sys.stderr)
        sys.stderr.flush()


def _told() -> dict[str, Any] | None:
    """Wait for what the agent has to tell; None if it ended before."""
    text = sys.stdin.buffer.read()
    # Whatever is started from here has nothing to read.
    nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    os.dup2(nothing, 0)
    os.close(nothing)
    return json.loads(text) if text else None


def main() -> None:
    """Run a forker; the arguments come from `ForkerProcess`."""
    parser = argparse.ArgumentParser(prog="forker")
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    given = parser.parse_args()
    os.set_inheritable(given.control, False)
    control = socket.socket(fileno=given.control)
    told = _told()
    if told is None:
        return
    cache = told["cache"]
    objects = open_store(told["objects"])
    syncs_later = (
        told["lasting"]
        and objects.folder is not None
        and keeps_order((objects.folder, given.data_dir))
    )
    site = Site(
        given.data_dir,
        Path(told["private"]),
        objects,
        told["bubblewrap"],
        user_name(),
        told["containers"],
        told["transfer_seconds"],
        told["memory_bytes"],
        CapRules.from_text(told["caps"]),
        tuple(told["secrets"]),
        None if cache is None else ObjectCache(Path(cache[0]), cache[1]),
        syncs_later,
    )
    os.chdir("/")
    processes.become_subreaper()
    forker = Forker(control, told["boot"], site, told["open_files"])
    # Collecting garbage in a shim would copy the forker's pages for nothing.
    gc.collect()
    gc.disable()
    gc.freeze()
    send_line(control, ["ready"])
    forker.run()


if __name__ == "__main__":
    main()
