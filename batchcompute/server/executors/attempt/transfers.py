"""A limit for the time that files of an attempt may be under way.

It runs by a timer of this process, which interrupts whatever is being waited for. So it is there
once, like the attempt that a process runs.
"""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType


class TransferTimedOut(BaseException):
    """The time is over.

    Like KeyboardInterrupt it is no `Exception`, so that no library takes it for a failure of its
    own.
    """


@contextmanager
def limited(seconds: float) -> Generator[None]:
    """Break off the block by `TransferTimedOut` when it takes longer.

    Args:
        seconds: How long it may take; 0 for as long as it needs.
    """
    if not seconds:
        yield
        return
    signal.signal(signal.SIGALRM, _expire)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def suspended() -> Generator[None]:
    """Let the time stand still during a block, in which others are waited for and nothing moves."""
    left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left)


def _expire(_number: int, _frame: FrameType | None) -> None:
    raise TransferTimedOut
