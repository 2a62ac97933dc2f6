"""The end of a server's process, as it is asked for: by signals, or by a part that failed."""

from __future__ import annotations

import contextlib
import os
import select
import signal


class End:
    """Waits to be asked for the end; made by the main thread, once in a process.

    A byte in a pipe and no event of `threading`: a signal that interrupts the handler of another
    would wait for a lock that nobody gives back.
    """

    def __init__(self) -> None:
        """Take the signals that ask for the end."""
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        # The byte is written where the signal arrives and not by a handler in Python, which only
        # runs once the main thread wakes up. Of several signals at once Linux gives some to other
        # threads, and may leave the main thread asleep.
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self._taken = [signal.SIGINT, signal.SIGTERM]
        # The end of a terminal ends the service, unless it was started by nohup.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            self._taken.append(signal.SIGHUP)
        for number in self._taken:
            signal.signal(number, _carry_on)

    def ask(self) -> None:
        """Ask for the end, from any thread, any number of times."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._write, b"\0")

    def wait(self) -> None:
        """Wait until somebody asks."""
        os.read(self._read, 1)

    def wait_for(self, seconds: float) -> bool:
        """Wait for so long at the most; return True if somebody has asked."""
        return bool(select.select([self._read], [], [], seconds)[0])

    def over(self) -> None:
        """Ignore whoever asks once more; to be called when nothing is left to do but to exit.

        Python gives every signal that has a handler its default action back before it clears up,
        so that asking twice would kill the process, and its exit code would speak of a failure.
        """
        for number in self._taken:
            signal.signal(number, signal.SIG_IGN)


def _carry_on(_number: int, _frame: object) -> None:
    """Handle a signal of which the wakeup descriptor has told already."""
