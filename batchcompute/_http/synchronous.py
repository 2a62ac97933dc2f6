"""Send the requests of the synchronous client."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, TypeVar

from batchcompute._http import environment
from batchcompute._http.builder import RequestBuilder
from batchcompute._http.failures import ExchangeError
from batchcompute._http.options import Options, TimeoutSpec
from batchcompute._http.pool import ConnectionPool
from batchcompute._http.request import PreparedRequest
from batchcompute._http.retrying import Clock, RetryState
from batchcompute._locks import ForkSafeLock
from batchcompute.config import DEFAULT_TIMEOUT, Endpoint
from batchcompute.retry import DEFAULT_RETRY, RetryBudget, RetryPolicy

if TYPE_CHECKING:
    import httpx

    from batchcompute._http.httpx_clients import HttpxSender

R = TypeVar("R")


class Transport:
    """Sends requests over one pool of connections; threads may share it, and a fork gets its own.

    Args:
        builder: Builds and signs requests.
        timeout: How long a call may take, unless it says so itself.
        http_client: An httpx client to use instead of an internal one; its owner closes it.
        retry: How often a call is tried, unless it says so itself.

    Attributes:
        options: Both, as they are understood.

    Raises:
        TypeError: The client, the timeout or the policy is something else.
        ValueError: A number of the timeout makes no sense.
    """

    def __init__(
        self,
        builder: RequestBuilder,
        timeout: TimeoutSpec = DEFAULT_TIMEOUT,
        http_client: httpx.Client | None = None,
        retry: RetryPolicy | None = DEFAULT_RETRY,
    ) -> None:
        self._given = None if http_client is None else _sender_of(http_client)
        self.options = Options.of(timeout, retry, http_client)
        self.clock = Clock()
        self.budget = RetryBudget()
        self._builder = builder
        if environment.may_have_proxy(builder.endpoint):
            # A thread that imports something while another one forks leaves the child without it.
            from batchcompute._http import httpx_clients as _  # noqa: F401
        self._own: ConnectionPool | HttpxSender | None = None
        self._owner = 0
        self._closed = False
        self._lock = ForkSafeLock()

    def send(
        self,
        prepared: PreparedRequest[R],
        builder: RequestBuilder | None = None,
        options: Options | None = None,
    ) -> R:
        """Send a request, with its retries, and return its result.

        Args:
            prepared: The request.
            builder: Builds and signs; by default the transport's.
            options: Timeout and retry policy; by default the transport's.

        Raises:
            ClientError: The service refused.
            JsonError: The response is not JSON.
            TransportError: There was no response.
        """
        sender = self._sender()
        builder = builder or self._builder
        state = RetryState(prepared, builder, options or self.options, self.budget, self.clock)
        while True:
            request = state.next_request(builder.credentials(state.needs_new_credentials))
            try:
                received = sender.send(request, state.seconds_left)
            except ExchangeError as error:
                state.handle_failure(request, error)
            else:
                response = state.handle_response(request, received)
                if response is not None:
                    return state.result(response)
            self.clock.sleep(state.delay)

    def close(self) -> None:
        """Close the connections of the pool; the transport cannot be used afterwards."""
        with self._lock:
            self._closed = True
            if self._own is not None:
                _close(self._own, self._owner)
            self._own = None

    def _sender(self) -> ConnectionPool | HttpxSender:
        if self._closed:
            raise RuntimeError("this client is closed")
        if self._given is not None:
            return self._given
        sender = self._own
        if sender is None or self._owner != os.getpid():
            sender = self._connect()
        return sender

    def _connect(self) -> ConnectionPool | HttpxSender:
        # Made at the first request: loading the certificates takes longer than all else together.
        with self._lock:
            # After a fork, parent and child must not write to the same sockets.
            if self._own is None or self._owner != os.getpid():
                self._own = _own_sender(self._builder.endpoint)
                self._owner = os.getpid()
                # Old programs never close a client, as it kept no connections open.
                weakref.finalize(self, _close, self._own, self._owner)
            return self._own


def _own_sender(endpoint: Endpoint) -> ConnectionPool | HttpxSender:
    """Return what sends requests to an endpoint: our pool, or httpx if there may be a proxy."""
    if not environment.may_have_proxy(endpoint):
        return ConnectionPool(endpoint)
    from batchcompute._http.httpx_clients import HttpxSender, OwnClient, own_client

    return HttpxSender(own_client(OwnClient, endpoint), is_given=False)


def _sender_of(http_client: httpx.Client) -> HttpxSender:
    """Return a sender over the httpx client that a program gave.

    Raises:
        TypeError: It is something else.
    """
    import httpx

    from batchcompute._http.httpx_clients import HttpxSender

    # Programs that nobody checks give anything.
    if not isinstance(http_client, httpx.Client):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"http_client must be an httpx.Client, not {type(http_client).__name__}")
    return HttpxSender(http_client, is_given=True)


def _close(sender: ConnectionPool | HttpxSender, owner: int) -> None:
    """Close connections, unless they belong to the parent of a forked process."""
    if owner == os.getpid():
        sender.close()
