"""The processes that run the programs of a service, to be killed one at a time."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.journals import all_written
from tests.processes import command_line, processes, status
from tests.slow.shims import AGENT, FORKER, children_of, shims_of


class Victims:
    """What runs the programs of one side of a service: this machine, or agents beside it.

    Agents that are processes of their own have a keeper each, which is what the one agent of this
    machine is. Forkers are the keepers' children, and shims theirs.
    """

    def __init__(self, folder: Path) -> None:
        """Name where they keep what they do: `executor` or `agents/vms` of a data folder."""
        self._folder = folder

    @property
    def journals(self) -> list[Path]:
        """The folders of their journals."""
        return [self._folder, *self._folder.glob("*/agent")]

    def agents(self) -> dict[int, str]:
        """Return the agents that are VMs, and which."""
        found: dict[int, str] = {}
        for folder in self._folder.glob("*"):
            with contextlib.suppress(OSError, ValueError):
                process = int((folder / "process").read_text())
                if b"--vm" in command_line(process):
                    found[process] = folder.name
        return dict(sorted(found.items()))

    def keepers(self) -> list[int]:
        """Return the processes that keep an agent's programs."""
        return self._running(AGENT)

    def forkers(self) -> list[int]:
        """Return the processes that make shims."""
        return children_of(self.keepers(), self._running(FORKER))

    def shims(self) -> list[int]:
        """Return the supervisors of programs."""
        return shims_of(self.journals, self._running(FORKER))

    def vm_of(self, process: int) -> str:
        """Return the VM that a process is a part of; "" if it is gone, or of none."""
        words = [word.decode() for word in command_line(process)]
        above = f"{self._folder}/"
        found = (word[len(above) :].partition("/")[0] for word in words if word.startswith(above))
        return next(found, "")

    def kill_shim(self, process: int, may: Callable[[list[str]], bool]) -> list[str] | None:
        """Kill a shim, with what it runs.

        Args:
            process: The shim.
            may: Says whether attempts may be lost.

        Returns:
            The attempts that it had and has left no receipt of; None if it lives on, as those may
            not be lost.
        """
        # Held still, so that a receipt is either there or will never be. A shim runs one attempt
        # after the other, so only now is it sure which one that is.
        send(process, signal.SIGSTOP)
        while (state := status(process)[:1]) not in ([b"T"], [b"Z"], []):
            time.sleep(0)
        lost = self._unsettled(process) if state == [b"T"] else []
        if not may(lost):
            send(process, signal.SIGCONT)
            return None
        send(process, signal.SIGKILL)
        return lost

    def _unsettled(self, process: int) -> list[str]:
        return [name for name, shim in held(self.journals) if shim == process]

    def _running(self, module: bytes) -> list[int]:
        """Return the processes of this side that run a module; shims run the forker's."""
        here = str(self._folder).encode()
        return sorted(
            each
            for each in processes()
            if module in (words := command_line(each))
            and any(word == here or word.startswith(here + b"/") for word in words)
        )


def held(journals: Iterable[Path]) -> list[tuple[str, int]]:
    """Return the attempts that run, by the journals of agents, and their shims."""
    return [
        (name, found.shim)
        for folder in journals
        for name, found in all_written(folder).items()
        if found.held
    ]


def send(process: int, number: signal.Signals) -> bool:
    """Send a signal to a process; return False if it is gone."""
    try:
        os.kill(process, number)
    except ProcessLookupError:
        return False
    return True
