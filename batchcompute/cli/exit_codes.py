"""The exit codes of the command. Scripts rely on them: they do not change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

OK: Final = 0
ERROR: Final = 1
USAGE: Final = 2
JOB_FAILED: Final = 3
JOB_STOPPED: Final = 4
NOT_FOUND: Final = 5
NOT_ALLOWED: Final = 6
TIMED_OUT: Final = 124
INTERRUPTED: Final = 130
#: Nobody reads what the command prints any more, as after `| head`.
BROKEN_PIPE: Final = 141

_OF_STATE: Final = {"Failed": JOB_FAILED, "Stopped": JOB_STOPPED}


def of_states(states: Iterable[str]) -> int:
    """Return the exit code of a wait for jobs: that of the worst end.

    Args:
        states: States of the jobs.
    """
    codes = {_OF_STATE.get(state, OK) for state in states}
    return JOB_FAILED if JOB_FAILED in codes else JOB_STOPPED if JOB_STOPPED in codes else OK
