"""Sending for the asynchronous client."""

from __future__ import annotations

import os
from typing import Any, TypeVar

import httpx

from batchcompute._transport import connections
from batchcompute._transport.attempts import Attempts, Pace
from batchcompute._transport.call import Call
from batchcompute._transport.options import Options, TimeoutSpec
from batchcompute._transport.preparer import Preparer
from batchcompute.config import DEFAULT_TIMEOUT, Credentials
from batchcompute.retry import DEFAULT_RETRY, RetryBudget, RetryPolicy

R = TypeVar("R")


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
            if client is self._given:
                connections.add_what_is_sent_with(client, request)
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
            self._own = connections.OwnAsyncClient(
                **connections.client_options(self._preparer.endpoint)
            )
            self._turns = self._anyio.Semaphore(connections.MAX_CONNECTIONS)
            self._owner = os.getpid()
        return self._own
