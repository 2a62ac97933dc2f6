"""Sending for the asynchronous client."""

from __future__ import annotations

from typing import Any, TypeVar

# httpx brings it along, and speaks asyncio and trio through it.
import anyio
import anyio.to_thread
import httpx

from batchcompute._http import httpx_clients
from batchcompute._http.builder import Preparer
from batchcompute._http.event_loops import Loop, LoopConnections, LoopPools, running_loop
from batchcompute._http.failures import ExchangeError
from batchcompute._http.options import Options, TimeoutSpec
from batchcompute._http.request import Call, SignedRequest
from batchcompute._http.response import Received
from batchcompute._http.retrying import Attempts, Pace
from batchcompute.config import DEFAULT_TIMEOUT, Credentials
from batchcompute.retry import DEFAULT_RETRY, RetryBudget, RetryPolicy

R = TypeVar("R")


class AsyncTransport:
    """Sends calls asynchronously, over one pool of connections per event loop.

    Args:
        preparer: Builds and reads.
        timeout: How long a call may take, unless it says so itself.
        http_client: An asynchronous httpx client to use instead of an own one; its owner closes it.
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
        http_client: httpx.AsyncClient | None = None,
        retry: RetryPolicy | None = DEFAULT_RETRY,
    ) -> None:
        # Programs that nobody checks give anything.
        if http_client is not None and not isinstance(http_client, httpx.AsyncClient):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"http_client must be an httpx.AsyncClient, not {type(http_client).__name__}"
            )
        self.options = Options.of(timeout, retry, http_client)
        self.pace = Pace(sleep=anyio.sleep)
        self.budget = RetryBudget()
        self._preparer = preparer
        self._given = http_client
        #: The event loop in which the given client was used first.
        self._home: Loop | None = None
        self._pools = LoopPools(preparer.endpoint)
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
        if self._closed:
            raise RuntimeError("this client is closed")
        preparer = preparer or self._preparer
        attempts = Attempts(call, preparer, options or self.options, self.budget, self.pace)
        while True:
            request = attempts.request(await self._credentials(preparer))
            try:
                received = await self._exchange(request, attempts)
            except ExchangeError as error:
                attempts.failed(request, error)
            else:
                answer = attempts.answered(request, received)
                if answer is not None:
                    return attempts.result(answer)
            await self.pace.sleep(attempts.delay)

    async def aclose(self) -> None:
        """Close the own connections of this event loop; the transport cannot be used any more."""
        self._closed = True
        await self._pools.aclose()

    async def _credentials(self, preparer: Preparer) -> Credentials:
        if isinstance(preparer.source, Credentials):
            return preparer.source
        # Where keys come from elsewhere, fetching them may block.
        return await anyio.to_thread.run_sync(preparer.credentials)

    async def _exchange(self, request: SignedRequest, attempts: Attempts[Any]) -> Received:
        asked = httpx_clients.httpx_request(request)
        try:
            if attempts.total is None:
                return httpx_clients.received(await self._answer(asked))
            try:
                with anyio.fail_after(attempts.seconds_left()):
                    return httpx_clients.received(await self._answer(asked))
            except TimeoutError as error:
                raise ExchangeError("ReadTimeout", "the total time is over") from error
        except httpx.HTTPError as error:
            raise httpx_clients.exchange_error(error) from error

    async def _answer(self, request: httpx.Request) -> httpx.Response:
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
    """Send when there is a connection for it.

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
