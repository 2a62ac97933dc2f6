"""Printing what instances print while they run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from batchcompute.cli.outputs import Printer
from batchcompute.cli.polling import poll
from batchcompute.cli.selection import Target

if TYPE_CHECKING:
    from batchcompute.cli.session import Session


class LogPrinter:
    """Prints what instances print, until they have ended.

    Args:
        session: What the command works with.
        target: Which instances.
        streams: "stdout", "stderr" or both.
        lines: How many of the last lines are shown of what is there at first; None shows all.
        label: Returns what stands before each line.
    """

    def __init__(
        self,
        session: Session,
        target: Target,
        streams: tuple[str, ...],
        lines: int | None,
        label: Callable[[str, int], str],
    ) -> None:
        from batchcompute.client._sync.following import Follower

        self._session = session
        self._target = target
        self._label = label
        self._printers: dict[tuple[str, int, str], Printer] = {}
        self._follower = Follower(
            session.client,
            target.job,
            target.task,
            target.instances,
            streams,
            session.objects,
            lines,
        )
        self.printed = False

    def run(self, timeout: float | None = None) -> None:
        """Follow until all that is followed has ended.

        Args:
            timeout: Seconds at the most; None for as long as it takes.

        Raises:
            CommandError: Time is over.
        """
        poll(self._look, self._session.screen, self._target.job, timeout)

    def _look(self) -> tuple[bool, bool]:
        """Print what is new; return whether there was something, and whether it is all over."""
        told: set[tuple[str, int]] = set()
        for event in self._follower.look():
            key = (event.task, event.instance, event.stream)
            printer = self._printers.get(key)
            if printer is None:
                label = self._label(event.task, event.instance)
                printer = self._printers[key] = Printer(self._session.screen, label)
            if event.data:
                printer.write(event.data)
                self.printed = True
            if event.attempt or event.ended:
                printer.close()
            if event.attempt and key[:2] not in told:
                told.add(key[:2])
                which = f" (attempt {event.attempt})" if event.attempt > 1 else ""
                self._session.screen.say(f"{event.task}/{event.instance} runs again{which}")
        for printer in self._printers.values():
            printer.flush()
        return self._follower.came, self._follower.over
