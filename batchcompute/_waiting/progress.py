"""Show the progress of jobs and clusters: bars through rich on a terminal, or lines."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from typing import Any, Protocol, TextIO

from batchcompute._waiting.counts import count, vms


class Display(Protocol):
    """Shows the progress of jobs or clusters."""

    def update(self, id_: str, resource: Any) -> None:
        """Show a newer state of one of them."""

    def close(self, text: str = "") -> None:
        """Stop showing, with a last sentence if there is one. A second time does nothing."""


class Lines:
    """Writes one line per change, or on a terminal one line that changes.

    Args:
        stream: Where to write.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._width = 0
        self._closed = False

    def update(self, id_: str, resource: Any) -> None:
        """Show a newer state of a job or cluster."""
        done, total, text = measure(resource)
        line = f"{id_}: {done}/{total} {text}"
        if self._live:
            self._stream.write("\r" + line.ljust(self._width))
            self._width = len(line)
        else:
            self._stream.write(line + "\n")
        self._stream.flush()

    def close(self, text: str = "") -> None:
        """Stop showing, with a last sentence if there is one."""
        if self._closed:
            return
        self._closed = True
        if self._live and self._width:
            self._stream.write("\n")
        if text:
            self._stream.write(text + "\n")
        self._stream.flush()


class Bars:
    """Shows a live bar for each, through rich.

    Args:
        ids: What is shown, in this order.
        stream: Where to write.

    Raises:
        ImportError: rich is not installed.
    """

    def __init__(self, ids: Sequence[str], stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._console = Console(file=stream)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[text]}", markup=False),
            console=self._console,
        )
        self._tasks = {id_: self._progress.add_task(id_, total=None, text="") for id_ in ids}
        self._closed = False
        self._progress.start()

    def update(self, id_: str, resource: Any) -> None:
        """Show a newer state of a job or cluster."""
        done, total, text = measure(resource)
        self._progress.update(self._tasks[id_], completed=done, total=total, text=text)

    def close(self, text: str = "") -> None:
        """Stop showing, with a last sentence if there is one."""
        if self._closed:
            return
        self._closed = True
        self._progress.stop()
        if text:
            self._console.print(text, markup=False, emoji=False, highlight=False)


def show(ids: Sequence[str], stream: TextIO | None = None) -> Display:
    """Return the best display that is available.

    Args:
        ids: What is shown.
        stream: Where to write; standard error by default.
    """
    target = stream or sys.stderr
    # Bars that cannot move show only where they end, and in a log that is all there would be.
    if target.isatty() or _is_notebook():
        with contextlib.suppress(ImportError):
            return Bars(ids, target)
    return Lines(target)


def _is_notebook() -> bool:
    """Return whether rich shows its bars in a notebook, which has no terminal."""
    try:
        from rich.console import Console
    except ImportError:
        return False
    return Console().is_jupyter


def measure(resource: Any) -> tuple[int, int, str]:
    """Return how much is done, out of how much, and a job's or cluster's state in words."""
    if not hasattr(resource, "InstanceMetrics"):
        wanted, running = vms(resource)
        return running, wanted, f"VMs, {resource.State}"
    waiting, running, finished, failed, stopped = (
        count(resource.InstanceMetrics, f"{name}Count") or 0
        for name in ("Waiting", "Running", "Finished", "Failed", "Stopped")
    )
    total = waiting + running + finished + failed + stopped
    return finished, total, f"done, {failed} failed, {running} running, {resource.State}"
