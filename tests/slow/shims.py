"""Finding the supervisors of running instances, and the processes around them, to kill them."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Collection, Iterable
from pathlib import Path

from tests.journals import Written, all_written
from tests.processes import status

#: Modules that an agent's processes run. Shims have the forker's command line, and so have programs
#: that have been forked and not yet replaced.
AGENT = b"batchcompute.server.executors.agent.main"
FORKER = b"batchcompute.server.executors.agent.forker"


def signal_shim(data: Path, job: str, number: signal.Signals, *, seconds: float = 100) -> None:
    """Send a signal to the shim of a job's only instance, once it has one.

    Args:
        data: The service's data folder.
        job: The job.
        number: The signal.
        seconds: How long to wait for it.
    """
    deadline = time.monotonic() + seconds
    while (process := _holder(data, job)) is None:
        assert time.monotonic() < deadline, f"nothing of {job} runs"
        time.sleep(0.01)
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)


def children_of(parents: Iterable[int], among: Iterable[int]) -> list[int]:
    """Return the processes whose parent is one of some others.

    The children of agents that have the forker's command line are the forkers.

    Args:
        parents: The parents.
        among: The processes to look at.
    """
    wanted = {str(each).encode() for each in parents}
    return [each for each in among if wanted.intersection(status(each)[1:2])]


def shims_of(folders: Iterable[Path], among: Collection[int]) -> list[int]:
    """Return the shims of agents, as their journals name them, in the order of their numbers.

    Args:
        folders: The agents' folders.
        among: Processes with the forker's command line.
    """
    written = {found.shim for folder in folders for found in all_written(folder).values()}
    return sorted(written.intersection(among))


def await_receipt(data: Path, job: str, *, seconds: float = 100) -> None:
    """Wait until an instance of a job has left its receipt."""
    deadline = time.monotonic() + seconds
    while not any(found.receipt for found in _of_job(data, job)):
        assert time.monotonic() < deadline, f"{job} left no receipt"
        time.sleep(0.01)


def _holder(data: Path, job: str) -> int | None:
    return next((found.shim for found in _of_job(data, job) if found.held), None)


def _of_job(data: Path, job: str) -> list[Written]:
    known = all_written(data / "executor")
    return [found for name, found in known.items() if name.startswith(f"{job}.")]
