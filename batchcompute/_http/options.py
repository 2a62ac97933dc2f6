"""Parse timeouts and retry policies, which may differ per call."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from threading import TIMEOUT_MAX
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeGuard, cast

from batchcompute._generated.api.facts.operations import OPERATIONS
from batchcompute.config import DEFAULT_TIMEOUT, Timeout
from batchcompute.retry import RetryPolicy

if TYPE_CHECKING:
    import httpx

#: Seconds for connecting and for each wait for data, or both told apart; None disables them.
TimeoutSpec: TypeAlias = "float | Timeout | httpx.Timeout | None"

#: The default of an httpx client, for all phases of a request.
_HTTPX_TIMEOUT = 5.0
_PHASES = ("connect", "read", "write", "pool")


class NotGiven:
    """Marks an option that was not given, where None has a meaning."""

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN = NotGiven()


class Limits(NamedTuple):
    """A timeout per phase, as httpx has it, and the total beside it.

    Attributes:
        phases: Seconds per phase, as httpx names the phases.
        total: Seconds for the whole call, or None.
        given: Whether the program has said so, or it is only what clients do by themselves.
    """

    phases: Mapping[str, float | None]
    total: float | None
    given: bool = True

    @classmethod
    def of(cls, timeout: TimeoutSpec) -> Limits:
        """Parse a timeout as programs give it.

        Raises:
            ValueError: A number is not positive.
            TypeError: It is none of the accepted types.
        """
        total: float | None = None
        phases: Mapping[str, float | None]
        if isinstance(timeout, Timeout):
            total = timeout.total
            read = timeout.read
            phases = {"connect": timeout.connect, "read": read, "write": read, "pool": read}
        elif _is_of_httpx(timeout):
            phases = {str(phase): value for phase, value in timeout.as_dict().items()}
        else:
            phases = dict.fromkeys(_PHASES, cast("float | None", timeout))
        for value in (*phases.values(), total):
            # Programs that nobody checks give anything.
            if value is not None and not isinstance(value, int | float):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise TypeError(f"a timeout is a number of seconds, not {type(value).__name__}")
            if value is not None and not value > 0:
                raise ValueError(f"a timeout must be more than 0 seconds, not {value!r}")
        phases = {phase: _countable(value) for phase, value in phases.items()}
        return cls(phases, _countable(total), timeout is not DEFAULT_TIMEOUT)

    def of_call(self, operation: str) -> Limits:
        """Return the limits of a call of an operation.

        Args:
            operation: Its name.
        """
        known = OPERATIONS.get(operation)
        if self.given or known is None or not known.long_running:
            return self
        return Limits({**self.phases, "read": None}, self.total, self.given)


class Options(NamedTuple):
    """Timeout and retry policy of a call.

    Attributes:
        limits: How long it may take.
        retry: How often it is tried; None is once.
    """

    limits: Limits
    retry: RetryPolicy | None

    @classmethod
    def of(
        cls,
        timeout: TimeoutSpec,
        retry: RetryPolicy | None,
        http_client: httpx.Client | httpx.AsyncClient | None = None,
    ) -> Options:
        """Parse the options as programs give them.

        Args:
            timeout: How long a call may take.
            retry: How often it is tried.
            http_client: What it is sent with, if the program has given that: its timeout counts
                where no other was given.
        """
        if timeout is DEFAULT_TIMEOUT and http_client is not None:
            # Whoever makes a client for a proxy has not asked for the five seconds of httpx.
            own = http_client.timeout
            usual = set(own.as_dict().values()) == {_HTTPX_TIMEOUT}
            timeout = timeout if usual else own
        return cls(Limits.of(timeout), _policy(retry))

    def replaced(
        self, timeout: TimeoutSpec | NotGiven, retry: RetryPolicy | NotGiven | None
    ) -> Options:
        """Return the options with some replaced."""
        return Options(
            self.limits if isinstance(timeout, NotGiven) else Limits.of(timeout),
            self.retry if isinstance(retry, NotGiven) else _policy(retry),
        )

    def within(self, seconds: float) -> Options:
        """Return the options with no more than so many seconds for the whole call."""
        total = self.limits.total
        least = seconds if total is None else min(seconds, total)
        return self._replace(limits=self.limits._replace(total=_countable(least)))


def _is_of_httpx(timeout: TimeoutSpec) -> TypeGuard[httpx.Timeout]:
    # Only a program that has imported httpx can have one; importing it here would be slow.
    library = sys.modules.get("httpx")
    return library is not None and isinstance(timeout, library.Timeout)


def _countable(seconds: float | None) -> float | None:
    """Return None for more seconds than the operating system can count, infinity included."""
    return None if seconds is None or seconds > TIMEOUT_MAX else seconds


def _policy(retry: Any) -> RetryPolicy | None:
    if retry is not None and not isinstance(retry, RetryPolicy):
        raise TypeError(f"retry must be a RetryPolicy or None, not {type(retry).__name__}")
    return retry
