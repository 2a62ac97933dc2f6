"""What waiting bears: which failures pass, and how long nobody needs to answer."""

from __future__ import annotations

import logging
from collections.abc import Callable

from batchcompute._http.error_codes import outcome_of_answer
from batchcompute.exceptions import BatchComputeError, ClientError, TransportError
from batchcompute.retry import Outcome

_log = logging.getLogger("batchcompute.client")

#: Seconds without an answer after which waiting is given up.
_LONGEST_SILENCE = 600.0


def is_passing(error: BatchComputeError) -> bool:
    """Return whether the same question may be answered later.

    Args:
        error: Why it was not answered now.
    """
    if isinstance(error, TransportError):
        return error.passing
    if not isinstance(error, ClientError):
        return False
    # Whatever a failing service says about the request, the failure is its own.
    return error.status >= 500 or outcome_of_answer(error.status, error.code) is not Outcome.FINAL


class Patience:
    """Bears failures that pass, though not for ever.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._heard = clock()

    def heard(self) -> None:
        """Note that there was an answer."""
        self._heard = self._clock()

    def failed(self, error: ClientError | TransportError) -> None:
        """Note that there was none.

        Raises:
            ClientError: The failure does not pass, or there has been no answer for a long time.
            TransportError: The same, where the network failed.
        """
        if not is_passing(error) or self._clock() - self._heard >= _LONGEST_SILENCE:
            raise error
        _log.warning("no answer, will try again: %s", error)
