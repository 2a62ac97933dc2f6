"""A shim: a process that runs attempts, one after the other, as its agent sends them.

It depends on the life of neither its agent nor the server: it brings the attempt that it runs to
its end, and writes that into the journal. Order of writes: journal (begun), claim of the folder,
program, uploads, journal (end), report. An attempt that another agent has given up cannot be
claimed any more.

A shim that left nothing behind takes the next attempt: making a process of Python's size costs more
than all that it does for a short program.
"""

from __future__ import annotations

import gc
import socket
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from batchcompute.server.executors.agent.journal import JournalWriter
from batchcompute.server.executors.agent.messages import Lines, send_end, send_line
from batchcompute.server.executors.agent.protocol import read_attempt
from batchcompute.server.executors.agent.slots import Slot
from batchcompute.server.executors.attempt import marks, processes, shim
from batchcompute.server.executors.attempt.interrupts import EVICTED, Interrupts
from batchcompute.server.executors.attempt.lease import Lease
from batchcompute.server.executors.attempt.requests import Requests
from batchcompute.server.executors.attempt.shim import Site, complain
from batchcompute.server.executors.interface import Attempt
from batchcompute.server.model import crash_points

#: Exit codes of a shim: nothing is left to do; it could not begin; another agent has followed its
#: own. `EVICTED` is one more: it gave way without a receipt.
CONCLUDED, NOT_READY, OUTDATED = 0, 76, 77

#: Where requests are, below the agent's folder.
REQUESTS = "requests"

_FULL_DISK_PAUSE_SECONDS = 1.0
# A process is renewed now and then, so that nothing that some library keeps can grow for ever.
_MOST_ATTEMPTS = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a shim belongs.

    Attributes:
        boot: The boot id of its agent.
        number: Its own number.
        journal: The file that it writes to.
    """

    boot: str
    number: int
    journal: Path


def run_attempts(place: Place, site: Site, channel: socket.socket) -> int:
    """Run attempts in this process, which does nothing else in its life.

    Args:
        place: Where it belongs.
        site: What attempts have in common.
        channel: Where the agent sends attempts, and reads what becomes of them. Its end is the end.

    Returns:
        The exit code for the process.
    """
    interrupts = Interrupts(Requests(site.data_dir / REQUESTS), Lease(site.data_dir))
    processes.become_subreaper()
    # What was there when the shim was made is frozen; what it makes itself has to go again.
    gc.enable()
    try:
        journal = JournalWriter(place.journal, place.number)
        slot = Slot(site.data_dir, place.boot, place.number, namespaces=bool(site.bubblewrap))
    except FileNotFoundError:
        return OUTDATED
    except OSError as error:
        send_line(channel, ["unready", str(error)])
        return NOT_READY
    # Whatever becomes of this process and of the forker, its programs are found.
    marks.carry(journal.mark)
    this = _Shim(site, journal, slot, channel, interrupts)
    left = _MOST_ATTEMPTS
    while (attempt := this.next_attempt()) is not None:
        left -= 1
        code = this.run(attempt, is_last=left <= 0)
        if code is not None:
            return code
    slot.remove()
    return CONCLUDED


@dataclass(slots=True)
class _Shim:
    site: Site
    journal: JournalWriter
    slot: Slot
    channel: socket.socket
    interrupts: Interrupts
    lines: Lines

    def __init__(
        self,
        site: Site,
        journal: JournalWriter,
        slot: Slot,
        channel: socket.socket,
        interrupts: Interrupts,
    ) -> None:
        self.site, self.journal, self.slot = site, journal, slot
        self.channel, self.interrupts = channel, interrupts
        self.lines = Lines()

    def next_attempt(self) -> Attempt | None:
        """Wait for an attempt; return None if there will be none, as the agent is gone."""
        try:
            while data := self.channel.recv(1 << 16):
                for line in self.lines.feed(data):
                    return read_attempt(line)
        except ConnectionResetError:
            pass
        return None

    def run(self, attempt: Attempt, *, is_last: bool) -> int | None:
        """Run an attempt.

        Args:
            attempt: The attempt.
            is_last: End after it, and say so with its end, so that nothing more is sent.

        Returns:
            The exit code for the process, or None if it may go on, as nothing is left.
        """
        name = attempt.attempt_id
        started_at = time.time()
        crash_points.reach("claim.before")
        try:
            self.journal.begin(attempt, started_at)
        except OSError as error:
            send_line(self.channel, ["postponed", str(error)])
            return None
        try:
            workspace = self.slot.claim(name)
        except FileNotFoundError:
            self.journal.refuse(name)
            return OUTDATED
        except OSError:
            self.journal.refuse(name)
            send_line(self.channel, ["refused"])
            return None
        crash_points.reach("claim.after")
        self.interrupts.begin(name)

        def began() -> None:
            send_line(self.channel, ["began", started_at])

        try:
            outcome = shim.run_attempt(
                attempt, self.site, workspace, self.interrupts, started_at, began
            )
            self._write(outcome)
        except shim.Evicted:
            return EVICTED
        may_go_on = self.interrupts.finish() and outcome.spares_process and not is_last
        return self._tidy(outcome, may_go_on)

    def _write(self, outcome: shim.Outcome) -> None:
        """Write the receipt, however long the disk is full: the program's end is known to us alone.

        Raises:
            Evicted: There must be none after all.
        """
        while True:
            try:
                self.journal.end(outcome.receipt, outcome.unsynced)
                return
            except OSError as error:
                name = outcome.receipt.attempt_id
                complain(f"{name}: its receipt cannot be written yet: {error}")
            # Perhaps it is what the program left that fills the disk.
            self.slot.empty()
            self.interrupts.wait(_FULL_DISK_PAUSE_SECONDS)
            if self.interrupts.request == "evict":
                raise shim.Evicted

    def _tidy(self, outcome: shim.Outcome, may_go_on: bool) -> int | None:
        """Tell the end, and remove what is left; what takes long is done after that."""
        tell = partial(
            send_end,
            self.channel,
            has_unsynced=bool(outcome.unsynced),
            receipt=outcome.receipt,
        )
        try:
            if may_go_on and self.slot.is_clean():
                self.slot.release()
                tell("done")
                crash_points.reach("report.after")
                return None
            tell("ended")
            crash_points.reach("report.after")
            if self.slot.clean() and may_go_on:
                self.slot.release()
                send_line(self.channel, ["idle"])
                return None
        except FileNotFoundError:
            return OUTDATED
        return CONCLUDED
