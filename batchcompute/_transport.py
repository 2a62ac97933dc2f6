"""Requests over HTTP: the only module that talks to httpx.

Everything that does not wait is in `Preparer` (building, signing, reading) and `Attempts` (what one
call has tried, and whether it goes on). `Transport` and `AsyncTransport` send.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import random
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import urlsplit

import httpx
from batchcompute_api.operations import OPERATIONS

from batchcompute._answer import Answer
from batchcompute._version import __version__
from batchcompute.config import DEFAULT_TIMEOUT as DEFAULT_TIMEOUT
from batchcompute.config import Credentials, Endpoint, Timeout
from batchcompute.exceptions import ClientError, RequestTimeoutError, TransportError
from batchcompute.retry import (
    DEFAULT_RETRY,
    Outcome,
    RetryBudget,
    RetryEvent,
    RetryPolicy,
    outcome_of_answer,
    parse_retry_after,
)
from batchcompute.signing import authorization, canonical_query

_USER_AGENT = f"batchcompute-python/{__version__} Python/{platform.python_version()}"
_MAX_CONNECTIONS = 100
#: Failures before any byte of the request was sent.
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
#: Failures that the same request would meet again.
_HOPELESS = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.TooManyRedirects)
#: A secret shorter than this is not looked for in answers: it would be found everywhere.
_SHORTEST_SECRET = 6

_log = logging.getLogger("batchcompute.client")
_http_log = logging.getLogger("batchcompute.http")
# Silent unless the program sets logging up, as a library should be.
logging.getLogger("batchcompute").addHandler(logging.NullHandler())

R = TypeVar("R")

#: Seconds for connecting and for each wait for data, or both told apart; None waits for ever.
TimeoutSpec: TypeAlias = float | Timeout | httpx.Timeout | None


class NotGiven:
    """Marks an option that was not given, where None says something."""

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN = NotGiven()


@dataclass(frozen=True, slots=True)
class Call(Generic[R]):
    """One request to be made, and how its answer is read.

    Attributes:
        operation: The operation's name in the specification.
        request: Arguments of the generated endpoint: method, url, params, json.
        read: Makes the result from a 2xx answer.
    """

    operation: str
    request: Mapping[str, Any]
    read: Callable[[Answer], R]

    @property
    def marker(self) -> str:
        """Where the page that is asked for begins; "" for the first, or if it is no list."""
        return str((self.request.get("params") or {}).get("Marker") or "")

    def at(self, marker: str) -> Call[R]:
        """Return the call for another page of the same list."""
        params = {**(self.request.get("params") or {}), "Marker": marker}
        return Call(self.operation, {**self.request, "params": params}, self.read)


@dataclass(frozen=True, slots=True)
class Limits:
    """A timeout in the form that httpx wants, and the total beside it.

    Attributes:
        phases: Seconds per phase, as httpx names the phases.
        total: Seconds for the whole call, or None.
    """

    phases: Mapping[str, float | None]
    total: float | None

    @classmethod
    def of(cls, timeout: TimeoutSpec) -> Limits:
        """Understand a timeout as programs give it.

        Raises:
            ValueError: A number is not positive.
            TypeError: It is none of the accepted types.
        """
        total = None
        if isinstance(timeout, Timeout):
            total = timeout.total
            read = timeout.read
            phases = {"connect": timeout.connect, "read": read, "write": read, "pool": read}
        elif isinstance(timeout, httpx.Timeout):
            phases = timeout.as_dict()
        else:
            phases = dict.fromkeys(("connect", "read", "write", "pool"), timeout)
        for value in (*phases.values(), total):
            if value is not None and not isinstance(value, int | float):
                raise TypeError(f"a timeout is a number of seconds, not {type(value).__name__}")
            if value is not None and not value > 0:
                raise ValueError(f"a timeout must be more than 0 seconds, not {value!r}")
        return cls(phases, total)


@dataclass(frozen=True, slots=True)
class Options:
    """What may differ from call to call.

    Attributes:
        limits: How long it may take.
        retry: How often it is tried; None is once.
    """

    limits: Limits
    retry: RetryPolicy | None

    @classmethod
    def of(cls, timeout: TimeoutSpec, retry: RetryPolicy | None) -> Options:
        """Understand the options as programs give them."""
        return cls(Limits.of(timeout), _policy(retry))

    def replaced(
        self, timeout: TimeoutSpec | NotGiven, retry: RetryPolicy | NotGiven | None
    ) -> Options:
        """Return the options with what is given changed."""
        return Options(
            self.limits if isinstance(timeout, NotGiven) else Limits.of(timeout),
            self.retry if isinstance(retry, NotGiven) else _policy(retry),
        )


def _policy(retry: RetryPolicy | None) -> RetryPolicy | None:
    if retry is not None and not isinstance(retry, RetryPolicy):
        raise TypeError(f"retry must be a RetryPolicy or None, not {type(retry).__name__}")
    return retry


class Preparer:
    """Builds and signs requests for one endpoint, and reads answers; never waits.

    Args:
        endpoint: Where requests go.
        credentials: As whom; a function is asked before each request, for keys that change.
        version: Version of the API to ask for.
        headers: Headers of the program, which replace ours; those named `x-acs-…` are signed too.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials | Callable[[], Credentials],
        version: str,
        headers: Mapping[str, str],
    ) -> None:
        self.endpoint = endpoint
        self.version = version
        self.source = credentials
        self._headers = {name.lower(): str(value) for name, value in headers.items()}
        self._headers.pop("authorization", None)
        self._host = urlsplit(endpoint.url).netloc

    def with_headers(self, headers: Mapping[str, str]) -> Preparer:
        """Return a copy that sends these headers too."""
        return Preparer(
            self.endpoint, self.source, self.version, {**self._headers, **_lower(headers)}
        )

    def credentials(self) -> Credentials:
        """Return the credentials of this moment.

        Raises:
            ConfigError: Their source has none.
        """
        source = self.source
        return source if isinstance(source, Credentials) else source()

    def prepare(
        self,
        call: Call[Any],
        phases: Mapping[str, float | None],
        credentials: Credentials,
        token: str = "",
    ) -> httpx.Request:
        """Return a newly dated and signed request of a call.

        Args:
            call: What to ask.
            phases: Seconds per phase, as httpx names the phases.
            credentials: As whom.
            token: Idempotency token to add to the query, or "".
        """
        request = call.request
        params = request.get("params") or {}
        if token:
            params = {**params, OPERATIONS[call.operation].token: token}
        query = canonical_query(params) if params else ""
        target = f"{request['url']}?{query}" if query else str(request["url"])
        body = None
        if "json" in request:
            body = json.dumps(request["json"], separators=(",", ":")).encode("ascii")
        headers = {
            "host": self._host,
            "accept": "application/json",
            "content-type": "application/json",
            "content-length": str(len(body)) if body else "0",
            "date": formatdate(usegmt=True),
            "user-agent": _USER_AGENT,
            "x-acs-access-key-id": credentials.access_key_id,
            "x-acs-region-id": self.endpoint.region,
            "x-acs-security-token": credentials.security_token,
            "x-acs-signature-method": "HMAC-SHA1",
            "x-acs-signature-nonce": str(uuid.uuid4()),
            "x-acs-signature-version": "1.0",
            "x-acs-version": self.version,
            **self._headers,
        }
        headers = {name: value for name, value in headers.items() if value}
        method = str(request["method"]).upper()
        headers["authorization"] = authorization(
            credentials.access_key_id,
            credentials.access_key_secret,
            method,
            target,
            headers.items(),
        )
        return httpx.Request(
            method,
            _parse_url(self.endpoint.url + target),
            # As bytes: text would be looked at once more, name by name.
            headers=[(name.encode(), value.encode("ascii")) for name, value in headers.items()],
            content=body,
            extensions={"timeout": phases},
        )

    def client_options(self) -> dict[str, Any]:
        """Return what an httpx client of ours is made with."""
        loopback = self.endpoint.is_loopback
        return {
            # Without TLS nothing is verified, so the certificates need not be loaded; a client
            # without any would refuse every server if it were ever asked to speak TLS.
            "verify": True if self.endpoint.is_secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            "follow_redirects": False,
            # A proxy of the environment cannot reach a service on this machine.
            "trust_env": not loopback,
            "limits": httpx.Limits(
                max_connections=_MAX_CONNECTIONS, max_keepalive_connections=_MAX_CONNECTIONS
            ),
        }

    def failure(self, call: Call[Any], error: Exception) -> TransportError:
        """Return our exception for a request that got no answer."""
        where = f"{call.operation}: {self.endpoint.url}"
        if isinstance(error, httpx.TimeoutException):
            text = f"{where} did not answer in time ({type(error).__name__})"
            return RequestTimeoutError(text, call.operation)
        hint = ""
        if self.endpoint.is_secure and "SSL" in str(error):
            hint = " (for a server that speaks plain HTTP, give http://… or security_conn=False)"
        text = f"{where} gave no answer: {error or type(error).__name__}{hint}"
        return TransportError(text, call.operation)


@lru_cache(maxsize=512)
def _parse_url(url: str) -> httpx.URL:
    # Parsing takes as long as all the rest of a request, and who polls asks for the same again.
    return httpx.URL(url)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _without_secrets(body: bytes, credentials: Credentials, signature: str) -> bytes:
    """Hide what a service repeats of a request that it could not verify."""
    for secret in (credentials.access_key_secret, credentials.security_token, signature):
        if len(secret) >= _SHORTEST_SECRET:
            body = body.replace(secret.encode("utf-8"), b"***")
    return body


@dataclass(slots=True)
class Pace:
    """Time and chance, so that tests can have their own.

    Attributes:
        clock: Monotonic seconds.
        sleep: Waits for a number of seconds; of an asynchronous transport, asynchronously.
        chance: A random number from 0 to 1.
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Any] = time.sleep
    chance: Callable[[], float] = random.random


class Attempts(Generic[R]):
    """What one call has tried so far: makes each request, and decides what follows from its end.

    Args:
        call: What to ask.
        preparer: Builds and reads.
        options: How long, and how often.
        budget: What the client may still spend on retries.
        pace: The clock and chance.
    """

    __slots__ = (
        "_ambiguous",
        "_began",
        "_budget",
        "_call",
        "_credentials",
        "_options",
        "_pace",
        "_preparer",
        "_sent",
        "_token",
        "delay",
        "number",
    )

    def __init__(
        self,
        call: Call[R],
        preparer: Preparer,
        options: Options,
        budget: RetryBudget,
        pace: Pace,
    ) -> None:
        self._call = call
        self._preparer = preparer
        self._options = options
        self._budget = budget
        self._pace = pace
        #: Number of the attempt that is under way, from 1.
        self.number = 0
        #: Seconds to wait before the next one.
        self.delay = 0.0
        self._ambiguous = False
        self._began = pace.clock()
        self._sent = self._began
        self._token = ""
        method = call.request["method"]
        if method == "post" and options.retry is not None and options.retry.max_attempts > 1:
            operation = OPERATIONS.get(call.operation)
            name = operation.token if operation is not None else ""
            if name and not (call.request.get("params") or {}).get(name):
                # One token for all attempts: whichever of them is carried out, there is one result.
                self._token = uuid.uuid4().hex

    @property
    def total(self) -> float | None:
        """Seconds that the whole call may take, or None."""
        return self._options.limits.total

    def seconds_left(self) -> float | None:
        """Return the seconds until the call must be over, or None."""
        total = self._options.limits.total
        return None if total is None else total - (self._pace.clock() - self._began)

    def request(self, credentials: Credentials) -> httpx.Request:
        """Return the next attempt's request, with its own date, nonce and signature."""
        self.number += 1
        self._credentials = credentials
        limits = self._options.limits
        phases = limits.phases
        if limits.total is not None:
            left = max(self.seconds_left() or 0.0, 0.001)
            phases = {
                name: left if value is None else min(value, left) for name, value in phases.items()
            }
        self._sent = self._pace.clock()
        return self._preparer.prepare(self._call, phases, credentials, self._token)

    def answered(
        self, request: httpx.Request, status: int, headers: httpx.Headers, body: bytes
    ) -> Answer | None:
        """Return the answer of a success, or None if there is another attempt after `delay`.

        Raises:
            ClientError: The service refused, and that is final.
        """
        answer = Answer(self._call.operation, status, headers, body)
        if _http_log.isEnabledFor(logging.DEBUG):
            self._note(request, f"{status}, {len(body)} bytes", answer.request_id)
        if 200 <= status < 300:
            self._budget.succeed()
            return answer
        signature = request.headers["authorization"]
        answer.body = _without_secrets(body, self._credentials, signature)
        error = answer.error()
        # A date in Retry-After is by the clock of whoever wrote it.
        now = time.time() + (answer.clock_skew() or 0.0)
        after = parse_retry_after(headers.get("retry-after"), now)
        self._next(error, outcome_of_answer(status, error.code), after, None)
        return None

    def failed(self, request: httpx.Request, cause: Exception) -> None:
        """Prepare for another attempt, after `delay`, because a request got no answer.

        Raises:
            TransportError: There will be no further attempt.
        """
        left = self.seconds_left()
        if left is not None and left <= 0:
            raise self._out_of_time() from cause
        error = self._preparer.failure(self._call, cause)
        if _http_log.isEnabledFor(logging.DEBUG):
            self._note(request, f"no answer ({type(cause).__name__})", None)
        outcome = Outcome.AMBIGUOUS
        if isinstance(cause, _HOPELESS) or "SSL" in str(cause):
            outcome = Outcome.FINAL
        elif isinstance(cause, _UNSENT):
            outcome = Outcome.REJECTED
        self._next(error, outcome, None, cause)

    def _out_of_time(self) -> TransportError:
        text = (
            f"{self._call.operation}: {self._preparer.endpoint.url} did not answer within "
            f"{self.total} seconds"
        )
        error = RequestTimeoutError(text, self._call.operation)
        error.attempts = self.number
        return error

    def _next(
        self,
        error: ClientError | TransportError,
        outcome: Outcome,
        retry_after: float | None,
        cause: Exception | None,
    ) -> None:
        error.attempts = self.number
        policy, delay = self._options.retry, None
        if policy is not None:
            repeatable = bool(self._token) or self._is_repeatable()
            elapsed = self._pace.clock() - self._began
            delay = policy.delay(
                outcome, repeatable, self.number, elapsed, retry_after, self._pace.chance()
            )
            total = self._options.limits.total
            if delay is not None and total is not None and elapsed + delay >= total:
                delay = None
            if delay is not None and not self._budget.spend():
                _log.info("%s: no retry, too many calls have failed", self._call.operation)
                delay = None
        if delay is None or policy is None:
            if self._ambiguous:
                error.add_note(
                    f"this was attempt {self.number}; an earlier one may have been carried out"
                )
            raise error from cause
        self._ambiguous = self._ambiguous or outcome is Outcome.AMBIGUOUS
        what = type(error).__name__
        if isinstance(error, ClientError):
            what = f"{what} {error.status} {error.code}"
        _log.info(
            "%s: attempt %d of %d failed (%s), the next one begins in %.2f s",
            self._call.operation,
            self.number,
            policy.max_attempts,
            what,
            delay,
        )
        if policy.on_retry is not None:
            policy.on_retry(RetryEvent(self._call.operation, self.number, delay, error))
        self.delay = delay

    def _is_repeatable(self) -> bool:
        operation = OPERATIONS.get(self._call.operation)
        if operation is None:
            return str(self._call.request["method"]).upper() in ("GET", "HEAD")
        params = self._call.request.get("params") or {}
        return operation.idempotent or bool(operation.token and params.get(operation.token))

    def _note(self, request: httpx.Request, end: str, request_id: str | None) -> None:
        # No headers and no bodies: that is where the secrets are.
        _http_log.debug(
            "%s %s -> %s in %.0f ms (%s, attempt %d, request id %s)",
            request.method,
            request.url.raw_path.decode("ascii"),
            end,
            (self._pace.clock() - self._sent) * 1000,
            self._call.operation,
            self.number,
            request_id or "-",
        )


class Transport:
    """Sends calls over one pool of connections; threads may share it, and a fork gets its own.

    Args:
        preparer: Builds and reads.
        timeout: How long a call may take, unless it says so itself.
        http_client: An httpx client to use instead of an own one; its owner closes it.
        retry: How often a call is tried, unless it says so itself.
    """

    def __init__(
        self,
        preparer: Preparer,
        timeout: TimeoutSpec = DEFAULT_TIMEOUT,
        http_client: httpx.Client | None = None,
        retry: RetryPolicy | None = DEFAULT_RETRY,
    ) -> None:
        self._options = Options.of(timeout, retry)
        self.pace = Pace()
        self.budget = RetryBudget()
        self._preparer = preparer
        self._given = http_client
        self._own: httpx.Client | None = None
        self._owner = 0
        self._closed = False
        self._lock = threading.Lock()

    def send(
        self, call: Call[R], preparer: Preparer | None = None, options: Options | None = None
    ) -> R:
        """Make a request, if need be several times, and return its result.

        Args:
            call: What to ask.
            preparer: Builds and reads, instead of the own one.
            options: How long, and how often, instead of the own ones.

        Raises:
            ClientError: The service refused.
            JsonError: The service's answer is no JSON.
            TransportError: No answer came.
        """
        client = self._client()
        preparer = preparer or self._preparer
        attempts = Attempts(call, preparer, options or self._options, self.budget, self.pace)
        while True:
            request = attempts.request(preparer.credentials())
            try:
                received = self._exchange(client, request, attempts)
            except httpx.HTTPError as error:
                attempts.failed(request, error)
            else:
                answer = attempts.answered(request, *received)
                if answer is not None:
                    return call.read(answer)
            self.pace.sleep(attempts.delay)

    def close(self) -> None:
        """Close the connections of an own pool; the transport cannot be used any more."""
        with self._lock:
            self._closed = True
            if self._own is not None and self._owner == os.getpid():
                self._own.close()
            self._own = None

    def _exchange(
        self, client: httpx.Client, request: httpx.Request, attempts: Attempts[Any]
    ) -> tuple[int, httpx.Headers, bytes]:
        if attempts.total is None:
            response = client.send(request)
            return response.status_code, response.headers, response.content
        # Bytes that keep trickling in satisfy the limit of each read, so the whole is watched too.
        response = client.send(request, stream=True)
        try:
            parts = []
            for part in response.iter_bytes():
                parts.append(part)
                if (attempts.seconds_left() or 0.0) <= 0:
                    raise httpx.ReadTimeout("the total time is over", request=request)
        finally:
            response.close()
        return response.status_code, response.headers, b"".join(parts)

    def _client(self) -> httpx.Client:
        if self._closed:
            raise RuntimeError("this client is closed")
        if self._given is not None:
            return self._given
        client = self._own
        if client is None or self._owner != os.getpid():
            client = self._connect()
        return client

    def _connect(self) -> httpx.Client:
        # Made at the first request: loading the certificates takes longer than all else together.
        with self._lock:
            # After a fork, parent and child must not write to the same sockets.
            if self._own is None or self._owner != os.getpid():
                self._own = httpx.Client(**self._preparer.client_options())
                self._owner = os.getpid()
            return self._own


class AsyncTransport:
    """Sends calls asynchronously over one pool of connections; tasks of one event loop share it.

    Args:
        preparer: Builds and reads.
        timeout: How long a call may take, unless it says so itself.
        http_client: An asynchronous httpx client to use instead of an own one; its owner closes it.
        retry: How often a call is tried, unless it says so itself.
    """

    def __init__(
        self,
        preparer: Preparer,
        timeout: TimeoutSpec = DEFAULT_TIMEOUT,
        http_client: httpx.AsyncClient | None = None,
        retry: RetryPolicy | None = DEFAULT_RETRY,
    ) -> None:
        self._options = Options.of(timeout, retry)
        # httpx brings it along, and speaks asyncio and trio through it.
        import anyio
        import anyio.to_thread

        self._anyio = anyio
        self.pace = Pace(sleep=anyio.sleep)
        self.budget = RetryBudget()
        self._preparer = preparer
        self._given = http_client
        self._own: httpx.AsyncClient | None = None
        self._turns: anyio.Semaphore | None = None
        self._owner = 0
        self._closed = False

    async def send(
        self, call: Call[R], preparer: Preparer | None = None, options: Options | None = None
    ) -> R:
        """Make a request, if need be several times, and return its result.

        Args:
            call: What to ask.
            preparer: Builds and reads, instead of the own one.
            options: How long, and how often, instead of the own ones.

        Raises:
            ClientError: The service refused.
            JsonError: The service's answer is no JSON.
            TransportError: No answer came.
        """
        client = self._client()
        preparer = preparer or self._preparer
        attempts = Attempts(call, preparer, options or self._options, self.budget, self.pace)
        while True:
            request = attempts.request(await self._credentials(preparer))
            try:
                received = await self._exchange(client, request, attempts)
            except httpx.HTTPError as error:
                attempts.failed(request, error)
            else:
                answer = attempts.answered(request, *received)
                if answer is not None:
                    return call.read(answer)
            await self.pace.sleep(attempts.delay)

    async def aclose(self) -> None:
        """Close the connections of an own pool; the transport cannot be used any more."""
        self._closed = True
        own, self._own = self._own, None
        if own is not None and self._owner == os.getpid():
            await own.aclose()

    async def _credentials(self, preparer: Preparer) -> Credentials:
        if isinstance(preparer.source, Credentials):
            return preparer.source
        # Where keys come from elsewhere, fetching them may block.
        return await self._anyio.to_thread.run_sync(preparer.credentials)

    async def _exchange(
        self, client: httpx.AsyncClient, request: httpx.Request, attempts: Attempts[Any]
    ) -> tuple[int, httpx.Headers, bytes]:
        if attempts.total is None:
            response = await self._in_turn(client, request)
        else:
            try:
                with self._anyio.fail_after(attempts.seconds_left()):
                    response = await self._in_turn(client, request)
            except TimeoutError as error:
                raise httpx.ReadTimeout("the total time is over", request=request) from error
        return response.status_code, response.headers, response.content

    async def _in_turn(self, client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
        """Send when there is a connection for it.

        The pool looks at all that wait for it whenever one is done, so a thousand requests at once
        would spend their time there: those beyond the number of connections wait here instead.
        """
        turns = self._turns
        if client is self._given or turns is None:
            return await client.send(request)
        try:
            turns.acquire_nowait()
        except self._anyio.WouldBlock:
            limit = request.extensions["timeout"]["pool"]
            try:
                with self._anyio.fail_after(limit):
                    await turns.acquire()
            except TimeoutError:
                text = f"no connection was free within {limit} seconds"
                raise httpx.PoolTimeout(text, request=request) from None
        try:
            return await client.send(request)
        finally:
            turns.release()

    def _client(self) -> httpx.AsyncClient:
        if self._closed:
            raise RuntimeError("this client is closed")
        if self._given is not None:
            return self._given
        if self._own is None or self._owner != os.getpid():
            self._own = httpx.AsyncClient(**self._preparer.client_options())
            self._turns = self._anyio.Semaphore(_MAX_CONNECTIONS)
            self._owner = os.getpid()
        return self._own
