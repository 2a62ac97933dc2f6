"""Sending for the synchronous client."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Any, TypeVar

import httpx

from batchcompute._http import connections
from batchcompute._http.builder import Preparer
from batchcompute._http.options import Options, TimeoutSpec
from batchcompute._http.request import Call
from batchcompute._http.retrying import Attempts, Pace
from batchcompute.config import DEFAULT_TIMEOUT
from batchcompute.retry import DEFAULT_RETRY, RetryBudget, RetryPolicy

R = TypeVar("R")


class Transport:
    """Sends calls over one pool of connections; threads may share it, and a fork gets its own.

    Args:
        preparer: Builds and reads.
        timeout: How long a call may take, unless it says so itself.
        http_client: An httpx client to use instead of an own one; its owner closes it.
        retry: How often a call is tried, unless it says so itself.

    Attributes:
        options: Both, as they are understood.

    Raises:
        TypeError: The client, the timeout or the policy is something else.
        ValueError: A number of the timeout makes no sense.
    """

    def __init__(
        self,
        preparer: Preparer,
        timeout: TimeoutSpec = DEFAULT_TIMEOUT,
        http_client: httpx.Client | None = None,
        retry: RetryPolicy | None = DEFAULT_RETRY,
    ) -> None:
        # Programs that nobody checks give anything.
        if http_client is not None and not isinstance(http_client, httpx.Client):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"http_client must be an httpx.Client, not {type(http_client).__name__}"
            )
        self.options = Options.of(timeout, retry, http_client)
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
        attempts = Attempts(call, preparer, options or self.options, self.budget, self.pace)
        while True:
            request = attempts.request(preparer.credentials())
            if client is self._given:
                connections.add_what_is_sent_with(client, request)
            try:
                received = self._exchange(client, request, attempts)
            except httpx.HTTPError as error:
                attempts.failed(request, error)
            else:
                answer = attempts.answered(request, *received)
                if answer is not None:
                    return attempts.result(answer)
            self.pace.sleep(attempts.delay)

    def close(self) -> None:
        """Close the connections of an own pool; the transport cannot be used any more."""
        with self._lock:
            self._closed = True
            if self._own is not None:
                _close(self._own, self._owner)
            self._own = None

    def _exchange(
        self, client: httpx.Client, request: httpx.Request, attempts: Attempts[Any]
    ) -> tuple[int, httpx.Headers, bytes]:
        if attempts.total is None:
            response = client.send(request, **connections.AS_IT_IS)
            return response.status_code, response.headers, response.content
        # Bytes that keep trickling in satisfy the limit of each read, so the whole is watched too.
        response = client.send(request, stream=True, **connections.AS_IT_IS)
        try:
            parts: list[bytes] = []
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
                self._own = connections.own_client(connections.OwnClient, self._preparer.endpoint)
                self._owner = os.getpid()
                # Old programs never close a client, as it kept no connections open.
                weakref.finalize(self, _close, self._own, self._owner)
            return self._own


def _close(client: httpx.Client, owner: int) -> None:
    """Close connections, but not those that a process has from the one that forked it."""
    if owner == os.getpid():
        client.close()
