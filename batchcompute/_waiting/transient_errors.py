"""Decide which failures are transient, and for how long polling tolerates them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, TypeAlias

from batchcompute._http.error_codes import outcome_of_response
from batchcompute.exceptions import ClientError, JsonError, TransportError
from batchcompute.retry import Outcome

_log = logging.getLogger("batchcompute.client")

#: The errors that a request may end with; a `JsonError` is, for example, the page of a gateway.
FAILURES: Final = (ClientError, JsonError, TransportError)
Failure: TypeAlias = ClientError | JsonError | TransportError

#: Seconds without a useful response after which polling gives up.
_LONGEST_SILENCE = 600.0


def is_transient(error: Exception) -> bool:
    """Return whether the same request may succeed later.

    Args:
        error: Why it failed now.
    """
    if isinstance(error, TransportError):
        return error.retryable
    if isinstance(error, JsonError):
        # Gateways speak HTML, not always with a status that says so.
        return True
    if not isinstance(error, ClientError):
        # Object stores have errors of their own.
        return isinstance(error, ConnectionError | TimeoutError)
    # Whatever a failing service says about the request, the failure is its own.
    return error.status >= 500 or outcome_of_response(error.status, error.code) is not Outcome.FINAL


class TransientErrorPolicy:
    """Tolerates transient failures until there was no useful response for ten minutes.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last_success = clock()

    def succeeded(self) -> None:
        """Note that a request succeeded."""
        self._last_success = self._clock()

    def failed(self, error: Failure | ConnectionError | TimeoutError) -> float:
        """Note that a request failed.

        Args:
            error: Why.

        Returns:
            Seconds to wait as the service asks (`Retry-After`); 0 if it does not.

        Raises:
            ClientError: The failure is final, or there was no success for ten minutes.
            JsonError: The same, where the response was not JSON.
            TransportError: The same, without a response.
            OSError: The same, where the error is that of an object store.
        """
        silence = self._clock() - self._last_success
        if not is_transient(error) or silence >= _LONGEST_SILENCE:
            raise error
        _log.warning("transient failure, polling continues: %s", error)
        return error.retry_after or 0.0 if isinstance(error, ClientError) else 0.0
