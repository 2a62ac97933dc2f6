"""Looking again and again, soon after something came and more rarely without."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from batchcompute.cli import exit_codes
from batchcompute.cli.failures import CommandError
from batchcompute.cli.screen import Screen
from batchcompute.exceptions import ServiceError, ThrottledError, TransportError

#: Seconds between two looks: after something came, and at most.
_SOON: Final = 0.3
_SELDOM: Final = 2.0
#: Seconds for which a service that gives no answer is borne.
_LONGEST_SILENCE: Final = 600.0
_PASSING: Final = (TransportError, ServiceError, ThrottledError, ConnectionError, TimeoutError)


def poll(
    look: Callable[[], tuple[bool, bool]],
    screen: Screen,
    job: str,
    timeout: float | None = None,
    seldom: float = _SELDOM,
) -> None:
    """Look until it is over. A service that gives no answer is waited for.

    Args:
        look: Looks once, and returns whether something came, and whether it is over.
        screen: Where to say that no answer comes.
        job: Id of the job that it is about.
        timeout: Seconds at the most; None for as long as it takes.
        seldom: Seconds between two looks at the most.

    Raises:
        CommandError: Time is over.
        TransportError: No answer came for ten minutes.
    """
    pause, silent_since, told = _SOON, 0.0, False
    until = None if timeout is None else time.monotonic() + timeout
    while True:
        try:
            came, over = look()
        except _PASSING as error:
            now = time.monotonic()
            silent_since = silent_since or now
            lasting = isinstance(error, TransportError) and not error.retryable
            if lasting or now - silent_since > _LONGEST_SILENCE:
                raise
            if not told:
                screen.say("no answer; trying again")
            told, came, over = True, False, False
        else:
            silent_since, told = 0.0, False
        if over:
            return
        pause = min(_SOON, seldom) if came else min(pause * 1.5, seldom)
        if until is not None and time.monotonic() + pause > until:
            raise CommandError(
                f"{job} has not ended in {timeout:g} s; it goes on", exit_codes.TIMED_OUT
            )
        time.sleep(pause)
