"""Send the requests of the asynchronous client."""

from __future__ import annotations

from typing import Any, TypeVar

# httpx brings it along, and speaks asyncio and trio through it.
import anyio
import anyio.to_thread
import httpx

from batchcompute._http import httpx_clients
from batchcompute._http.builder import RequestBuilder
from batchcompute._http.event_loops import Loop, LoopConnections, LoopPools, running_loop
from batchcompute._http.failures import ExchangeError
from batchcompute._http.options import Options, TimeoutSpec
from batchcompute._http.request import PreparedRequest, SignedRequest
from batchcompute._http.response import Received
from batchcompute._http.retrying import Clock, RetryState
from batchcompute.config import DEFAULT_TIMEOUT, Credentials
from batchcompute.retry import DEFAULT_RETRY, RetryBudget, RetryPolicy

R = TypeVar("R")


class AsyncTransport:
    """Sends requests asynchronously, over one pool of connections per event loop.

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
        http_client: httpx.AsyncClient | None = None,
        retry: RetryPolicy | None = DEFAULT_RETRY,
    ) -> None:
        # Programs that nobody checks give anything.
        if http_client is not None and not isinstance(http_client, httpx.AsyncClient):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"http_client must be an httpx.AsyncClient, not {type(http_client).__name__}"
            )
        self.options = Options.of(timeout, retry, http_client)
        self.clock = Clock(sleep=anyio.sleep)
        self.budget = RetryBudget()
        self._builder = builder
        self._given = http_client
        #: The event loop in which the given client was used first.
        self._home: Loop | None = None
        self._pools = LoopPools(builder.endpoint)
        self._closed = False

    async def send(
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
        if self._closed:
            raise RuntimeError("this client is closed")
        builder = builder or self._builder
        state = RetryState(prepared, builder, options or self.options, self.budget, self.clock)
        while True:
            credentials = await self._credentials(builder, state.needs_new_credentials)
            request = state.next_request(credentials)
            try:
                received = await self._exchange(request, state)
            except ExchangeError as error:
                state.handle_failure(request, error)
            else:
                response = state.handle_response(request, received)
                if response is not None:
                    return state.result(response)
            await self.clock.sleep(state.delay)

    async def aclose(self) -> None:
        """Close the connections of this event loop; the transport cannot be used afterwards."""
        self._closed = True
        await self._pools.aclose()

    async def _credentials(self, builder: RequestBuilder, renewed: bool) -> Credentials:
        if isinstance(builder.source, Credentials):
            return builder.source
        # Where keys come from elsewhere, fetching them may block.
        return await anyio.to_thread.run_sync(builder.credentials, renewed)

    async def _exchange(self, request: SignedRequest, state: RetryState[Any]) -> Received:
        asked = httpx_clients.httpx_request(request)
        try:
            if state.total is None:
                return httpx_clients.received(await self._exchange_over_httpx(asked))
            try:
                with anyio.fail_after(state.seconds_left()):
                    return httpx_clients.received(await self._exchange_over_httpx(asked))
            except TimeoutError as error:
                raise ExchangeError("ReadTimeout", "the total time is over") from error
        except httpx.HTTPError as error:
            raise httpx_clients.exchange_error(error) from error

    async def _exchange_over_httpx(self, request: httpx.Request) -> httpx.Response:
        if self._given is None:
            return await _in_turn(await self._pools.current(), request)
        httpx_clients.add_what_is_sent_with(self._given, request)
        loop = running_loop()
        self._home = self._home or loop
        try:
            return await self._given.send(request, **httpx_clients.AS_IT_IS)
        except RuntimeError as error:
            if loop is self._home:
                raise
            raise RuntimeError(
                "the httpx.AsyncClient given as http_client was used in another event loop before, "
                "and its connections are bound to that one: give each event loop its own, or none"
            ) from error


async def _in_turn(pool: LoopConnections, request: httpx.Request) -> httpx.Response:
    """Send a request once a connection is free.

    httpx looks at all that wait for a connection whenever one is done, so a thousand requests at
    once would spend their time there: those beyond the number of connections wait here instead.
    """
    try:
        pool.turns.acquire_nowait()
    except anyio.WouldBlock:
        limit = request.extensions["timeout"]["pool"]
        try:
            with anyio.fail_after(limit):
                await pool.turns.acquire()
        except TimeoutError:
            text = f"no connection was free within {limit} seconds"
            raise httpx.PoolTimeout(text, request=request) from None
    try:
        return await pool.client.send(request, **httpx_clients.AS_IT_IS)
    finally:
        pool.turns.release()
