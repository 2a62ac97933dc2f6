"""Build the attempts of a request, and decide about retries."""

from __future__ import annotations

import logging
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, NoReturn, TypeVar

from batchcompute._generated.api.facts.operations import OPERATIONS
from batchcompute._http.builder import RequestBuilder
from batchcompute._http.error_codes import outcome_of_response, remedy_of
from batchcompute._http.failures import ExchangeError
from batchcompute._http.options import Options
from batchcompute._http.redaction import Redactor
from batchcompute._http.request import PreparedRequest, SignedRequest
from batchcompute._http.response import Received, Response
from batchcompute.config import Credentials
from batchcompute.exceptions import ClientError, RequestTimeoutError, TransportError
from batchcompute.retry import (
    DEFAULT_RETRY,
    Outcome,
    RetryBudget,
    RetryEvent,
    parse_retry_after,
)

_log = logging.getLogger("batchcompute.client")
_http_log = logging.getLogger("batchcompute.http")
# Silent unless the program sets logging up, as a library should be.
logging.getLogger("batchcompute").addHandler(logging.NullHandler())

R = TypeVar("R")


@dataclass(slots=True)
class Clock:
    """Time and randomness, which tests replace.

    Attributes:
        now: Monotonic seconds.
        sleep: Waits for a number of seconds; of an asynchronous transport, asynchronously.
        random: A random number from 0 to 1.
    """

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Any] = time.sleep
    random: Callable[[], float] = random.random


class RetryState(Generic[R]):
    """The state of one request and its retries: builds each attempt, and decides about the next.

    Args:
        prepared: The request.
        builder: Builds and signs its attempts.
        options: How long, and how often.
        budget: What the client may still spend on retries.
        clock: Time and randomness.
    """

    __slots__ = (
        "_ambiguous",
        "_began",
        "_budget",
        "_builder",
        "_clock",
        "_corrected",
        "_credentials",
        "_limits",
        "_options",
        "_prepared",
        "_refused",
        "_sent",
        "_token",
        "delay",
        "number",
    )

    _credentials: Credentials

    def __init__(
        self,
        prepared: PreparedRequest[R],
        builder: RequestBuilder,
        options: Options,
        budget: RetryBudget,
        clock: Clock,
    ) -> None:
        self._prepared = prepared
        self._builder = builder
        self._options = options
        self._limits = options.limits.of_call(prepared.operation)
        self._budget = budget
        self._clock = clock
        #: Number of the attempt that is under way, from 1.
        self.number = 0
        #: Seconds to wait before the next one.
        self.delay = 0.0
        self._ambiguous = False
        #: Corrections made after a refusal; each is tried once.
        self._corrected: tuple[str, ...] = ()
        #: The refusal of credentials that are renewed for the next attempt.
        self._refused: ClientError | None = None
        self._began = clock.now()
        self._sent = self._began
        self._token = ""
        method = prepared.request["method"]
        if method == "post" and options.retry is not None and options.retry.max_attempts > 1:
            operation = OPERATIONS.get(prepared.operation)
            name = operation.token if operation is not None else ""
            if name and not prepared.params.get(name):
                # One token for all attempts: whichever of them is carried out, there is one result.
                self._token = uuid.uuid4().hex

    @property
    def total(self) -> float | None:
        """Return the seconds that the whole call may take, or None."""
        return self._limits.total

    def seconds_left(self) -> float | None:
        """Return the seconds until the call must be over, or None."""
        total = self._limits.total
        return None if total is None else total - (self._clock.now() - self._began)

    @property
    def needs_new_credentials(self) -> bool:
        """Return whether the service has refused those of the last attempt."""
        return self._refused is not None

    def next_request(self, credentials: Credentials) -> SignedRequest:
        """Return the next attempt's request, with its own date, nonce and signature.

        Raises:
            ClientError: The service refused these very credentials in the last attempt.
        """
        refused, self._refused = self._refused, None
        if refused is not None:
            if credentials == self._credentials:
                self._give_up(refused, None)
            self._announce(refused, 0.0)
        self.number += 1
        self._credentials = credentials
        limits = self._limits
        phases = limits.phases
        if limits.total is not None:
            left = max(self.seconds_left() or 0.0, 0.001)
            phases = {
                name: left if value is None else min(value, left) for name, value in phases.items()
            }
        self._sent = self._clock.now()
        return self._builder.build(self._prepared, phases, credentials, self._token)

    def handle_response(self, request: SignedRequest, received: Received) -> Response | None:
        """Return a successful response, or None if there is another attempt after `delay`.

        Raises:
            ClientError: The service refused, and that is final.
        """
        status, headers, body = received
        path = str(self._prepared.request.get("url", ""))
        redactor = Redactor(self._credentials, request.authorization)
        response = Response(self._prepared.operation, status, headers, body, path, redactor)
        if _http_log.isEnabledFor(logging.DEBUG):
            request_id = redactor.string(response.request_id or "-")
            self._note(request, f"{status}, {len(body)} bytes", request_id)
        if 200 <= status < 300:
            self._budget.succeed()
            return response
        error = response.error()
        # A date in Retry-After is by the clock of whoever wrote it.
        now = time.time() + (response.clock_skew() or 0.0)
        error.retry_after = parse_retry_after(headers.get("retry-after"), now)
        if self._corrects(error, response.clock_skew()):
            return None
        self._next(error, outcome_of_response(status, error.code), error.retry_after, None)
        return None

    def result(self, response: Response) -> R:
        """Decode a successful response.

        Raises:
            JsonError: It is not what was asked for.
        """
        try:
            return self._prepared.read(response)
        except RecursionError:
            raise response.unreadable("the response is nested too deeply") from None

    def handle_failure(self, request: SignedRequest, failure: ExchangeError) -> None:
        """Prepare for another attempt, after `delay`, because a request got no response.

        Raises:
            TransportError: There will be no further attempt.
        """
        left = self.seconds_left()
        if left is not None and left <= 0:
            raise self._out_of_time() from failure.__cause__
        cause, outcome = failure.__cause__, failure.outcome
        text = Redactor(self._credentials, request.authorization).string(failure.text)
        if text != failure.text:
            # A server may repeat what it has received, and so badly that it is not HTTP.
            failure, cause = ExchangeError(failure.name, text), None
        error = self._builder.failure(self._prepared, failure)
        if _http_log.isEnabledFor(logging.DEBUG):
            self._note(request, f"no response ({failure.name})", "-")
        error.retryable = outcome is not Outcome.FINAL
        self._next(error, outcome, None, cause)

    def _corrects(self, error: ClientError, skew: float | None) -> bool:
        """Remove the cause of a refusal where possible, for another attempt without delay.

        Args:
            error: The refusal. Its request was not carried out, whatever it asked for.
            skew: Seconds by which the service's clock is ahead of this machine's, if it said so.

        Returns:
            Whether there is another attempt, or will be with new credentials.
        """
        remedy, policy, left = remedy_of(error.code), self._options.retry, self.seconds_left()
        if not remedy or remedy in self._corrected:
            return False
        if policy is None or self.number >= policy.max_attempts or (left is not None and left <= 0):
            return False
        self._corrected += (remedy,)
        error.attempts = self.number
        self.delay = 0.0
        if remedy == "clock":
            if not self._builder.correct_clock(skew):
                return False
            self._announce(error, 0.0)
        elif isinstance(self._builder.source, Credentials):
            return False
        else:
            self._refused = error
        return True

    def _out_of_time(self) -> TransportError:
        text = (
            f"{self._prepared.operation}: {self._builder.endpoint.url} did not respond within "
            f"{self.total} seconds"
        )
        error = RequestTimeoutError(text, self._prepared.operation)
        error.attempts = self.number
        return error

    def _next(
        self,
        error: ClientError | TransportError,
        outcome: Outcome,
        retry_after: float | None,
        cause: BaseException | None,
    ) -> None:
        error.attempts = self.number
        policy, delay = self._options.retry, None
        if policy is not None:
            repeatable = bool(self._token) or self._is_repeatable()
            elapsed = self._clock.now() - self._began
            delay = policy.delay(
                outcome, repeatable, self.number, elapsed, retry_after, self._clock.random()
            )
            total = self._limits.total
            if delay is not None and total is not None and elapsed + delay >= total:
                delay = None
            if delay is not None and not self._budget.spend():
                _log.info("%s: no retry, too many calls have failed", self._prepared.operation)
                delay = None
        if delay is None:
            self._give_up(error, cause)
        self._ambiguous = self._ambiguous or outcome is Outcome.AMBIGUOUS
        self._announce(error, delay)

    def _give_up(
        self, error: ClientError | TransportError, cause: BaseException | None
    ) -> NoReturn:
        if self._ambiguous:
            error.add_note(
                f"this was attempt {self.number}; an earlier one may have been carried out"
            )
        raise error from cause

    def _announce(self, error: ClientError | TransportError, delay: float) -> None:
        """Tell the log and the program about the next attempt."""
        policy = self._options.retry or DEFAULT_RETRY
        what = type(error).__name__
        if isinstance(error, ClientError):
            what = f"{what} {error.status} {error.code}"
        _log.info(
            "%s: attempt %d of %d failed (%s), the next one begins in %.2f s",
            self._prepared.operation,
            self.number,
            policy.max_attempts,
            what,
            delay,
        )
        if policy.on_retry is not None:
            policy.on_retry(RetryEvent(self._prepared.operation, self.number, delay, error))
        self.delay = delay

    def _is_repeatable(self) -> bool:
        operation = OPERATIONS.get(self._prepared.operation)
        if operation is None:
            return str(self._prepared.request["method"]).upper() in ("GET", "HEAD")
        token = operation.token
        return operation.idempotent or bool(token and self._prepared.params.get(token))

    def _note(self, request: SignedRequest, end: str, request_id: str) -> None:
        # No headers and no bodies: that is where the secrets are.
        _http_log.debug(
            "%s %s -> %s in %.0f ms (%s, attempt %d, request id %s)",
            request.method,
            request.target,
            end,
            (self._clock.now() - self._sent) * 1000,
            self._prepared.operation,
            self.number,
            request_id,
        )
