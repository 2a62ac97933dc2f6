"""Decide whether and when a request is retried; nothing here waits or reads a clock."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from batchcompute._locks import ForkSafeLock
from batchcompute.exceptions import ClientError, TransportError

#: Doubling stops here; the longest delay is far below it.
_MAX_DOUBLINGS = 30


class Outcome(enum.Enum):
    """The possible outcomes of a request that failed."""

    #: It was certainly not carried out, and may succeed later: no connection, or throttled.
    REJECTED = "rejected"
    #: It may have been carried out: the response was lost, or a gateway or the service failed.
    AMBIGUOUS = "ambiguous"
    #: A retry would fail the same way.
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class RetryEvent:
    """A retry that is about to happen.

    Attributes:
        operation: Name of the API operation.
        attempt: Number of the attempt that failed, from 1.
        delay: Seconds until the next one.
        error: Why it failed.
    """

    operation: str
    attempt: int
    delay: float
    error: ClientError | TransportError


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long one call is tried.

    A request that was certainly not carried out is repeated whatever it asks for. One that may have
    been carried out is repeated only if that does no harm: the operation is idempotent, or the call
    has an idempotency token. Creations get a token, one per call, unless the program gives its own.

    A request that is refused because of this machine's clock, or because of credentials that came
    from a function, is repeated once without delay: dated by the service's clock, as are all later
    ones of the client, or with new credentials if there are any.

    Args:
        max_attempts: Requests per call at the most, the first included; 1 never repeats.
        max_seconds: No further attempt begins later than this many seconds after the first. By
            default a request that nobody answers within the usual 60 s is tried once more; where
            `timeout` is longer, this should be as well.
        base_delay: Longest wait before the second attempt, in seconds; it doubles with each further
            one. The actual wait is random between 0 and that ("full jitter").
        max_delay: Seconds at which the doubling stops.
        max_retry_after: The longest wish of the service (`Retry-After`) that is waited for, in
            seconds. If it wants to be left alone for longer, there is no further attempt; the
            error has the wish in `retry_after`.
        on_retry: Called with a `RetryEvent` before each wait, in the calling thread; what it
            raises ends the call.

    Raises:
        ValueError: There would be no attempt, or a time is negative.
    """

    max_attempts: int = 4
    max_seconds: float = 120.0
    base_delay: float = 0.25
    max_delay: float = 10.0
    max_retry_after: float = 30.0
    on_retry: Callable[[RetryEvent], None] | None = None

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ValueError("max_attempts must be 1 or more")
        for name in ("max_seconds", "base_delay", "max_delay", "max_retry_after"):
            value = getattr(self, name)
            if not value >= 0:
                raise ValueError(f"{name} must be 0 or more, not {value!r}")

    def delay(
        self,
        outcome: Outcome,
        repeatable: bool,
        attempt: int,
        elapsed: float,
        retry_after: float | None,
        fraction: float,
    ) -> float | None:
        """Decide about the attempt after one that failed.

        Args:
            outcome: What is known about the failed one.
            repeatable: Whether carrying the request out twice does no harm.
            attempt: Number of the failed one, from 1.
            elapsed: Seconds since the first one began.
            retry_after: Seconds that the service asked to wait, if it did.
            fraction: A random number from 0 to 1.

        Returns:
            Seconds to wait before the next attempt; None if there is none.
        """
        if outcome is Outcome.FINAL or attempt >= self.max_attempts:
            return None
        if outcome is Outcome.AMBIGUOUS and not repeatable:
            return None
        doublings = min(attempt - 1, _MAX_DOUBLINGS)
        wait = fraction * min(self.max_delay, self.base_delay * 2**doublings)
        if retry_after is not None:
            if retry_after > self.max_retry_after:
                return None
            # A little more than asked for, so that not all who were refused come back at once.
            wait = retry_after + fraction * self.base_delay
        return wait if elapsed + wait <= self.max_seconds else None


#: The default of clients.
DEFAULT_RETRY = RetryPolicy()


class RetryBudget:
    """Limits the retries of one client, so that a broken service is not hammered.

    Every retry costs 1. Every call that succeeds gives a little back, up to the capacity.

    Args:
        capacity: Retries that may be made in a row while nothing succeeds.
        refund: What a success gives back.
    """

    def __init__(self, capacity: float = 50.0, refund: float = 0.2) -> None:
        self._capacity = capacity
        self._refund = refund
        self._left = capacity
        self._lock = ForkSafeLock()

    @property
    def left(self) -> float:
        """Return how many retries are left."""
        return self._left

    def spend(self) -> bool:
        """Take one retry; return False if none is left."""
        with self._lock:
            if self._left < 1:
                return False
            self._left -= 1
            return True

    def succeed(self) -> None:
        """Note that a call has succeeded."""
        # Usually the budget is full, and then no lock is needed.
        if self._left < self._capacity:
            with self._lock:
                self._left = min(self._capacity, self._left + self._refund)


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds that a Retry-After header asks for.

    Args:
        value: The header: seconds, or an HTTP date; None if there was none.
        now: Seconds since 1970, by the clock of whoever wrote the date if that is known.

    Returns:
        Seconds, 0 or more; None if there is no header or no sense in it.
    """
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
