"""Finding the supervisors of running instances, in order to kill them."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from tests.journals import Written, all_written


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
