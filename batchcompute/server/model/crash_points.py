"""Places where a test may have a process of the service killed, to see that nothing is lost.

    BATCHCOMPUTE_TEST_FAULTS=kill BATCHCOMPUTE_TEST_FAULT=commit.after:3:/tmp/marker …

kills the process that comes to the place `commit.after` for the third time, by SIGKILL, and leaves
the marker. Nobody dies where a marker lies already, so that what is started afterwards lives.
Several faults, separated by `;`, come one after the other: a process has the first one whose marker
was not there when it was started, so that what follows a kill can be killed as well. The variables
are read once; without both of them a place costs one call that does nothing.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from typing import Literal

#: Before and after everything that is written down or handed on, in the order of an attempt's life.
#: A commit is a transaction of the scheduler: of a request, a dispatch, a report or a stop. The
#: last ones are the server's towards agents of other machines.
Place = Literal[
    "commit.before",
    "commit.after",
    "start.before",
    "start.after",
    "agent.start.before",
    "agent.start.after",
    "fork.before",
    "fork.after",
    "claim.before",
    "claim.after",
    "uploads.before",
    "uploads.after",
    "receipt.before",
    "receipt.after",
    "report.after",
    "lost.before",
    "lost.after",
    "events.before",
    "events.after",
    "stop.before",
    "stop.after",
    "agent.stop.before",
    "agent.stop.after",
    "fence.before",
    "fence.after",
    "adopt.before",
    "adopt.after",
    "agent.adopt.before",
    "agent.adopt.after",
    "forget.before",
    "forget.after",
    "join.before",
    "join.named",
    "join.after",
    "work.before",
    "work.after",
]

#: Two variables, so that a name or number left over somewhere kills nobody.
ENABLE, FAULT = "BATCHCOMPUTE_TEST_FAULTS", "BATCHCOMPUTE_TEST_FAULT"


def _nothing(place: Place) -> None:
    """Go on."""


def arm(environment: Mapping[str, str]) -> Callable[[Place], None]:
    """Return what is to happen at every place.

    Args:
        environment: Where the two variables are looked for.

    Raises:
        ValueError: Faults are enabled, and one of them is not `place:number:marker`.
    """
    if environment.get(ENABLE) != "kill" or FAULT not in environment:
        return _nothing
    faults = [fault.split(":", 2) for fault in environment[FAULT].split(";")]
    ahead = ((place, int(number), marker) for place, number, marker in faults)
    fault = next((each for each in ahead if not os.path.lexists(each[2])), None)
    if fault is None:
        return _nothing
    chosen, left, marker = fault

    def kill(place: Place) -> None:
        nonlocal left
        if place != chosen:
            return
        left -= 1
        if left:
            return
        try:
            os.close(os.open(marker, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    return kill


reach = arm(os.environ)
