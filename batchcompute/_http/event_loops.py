"""Keep the connections of an asynchronous client, a pool per event loop."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from weakref import WeakKeyDictionary

import anyio
import httpx
from anyio.lowlevel import RunVar

from batchcompute._http import httpx_clients
from batchcompute.config import Endpoint


class Loop:
    """Stands for one event loop, whatever kind it is of."""


_RUNNING: RunVar[Loop] = RunVar("batchcompute_loop")


def running_loop() -> Loop:
    """Return the `Loop` of the running event loop, always the same object."""
    try:
        return _RUNNING.get()
    except LookupError:
        loop = Loop()
        _RUNNING.set(loop)
        return loop


class LoopConnections:
    """The connections that were opened in one event loop.

    Attributes:
        client: The httpx client that has them.
        turns: One per connection that may be open at once.
        process: Id of the process that opened them.
    """

    __slots__ = ("client", "lifetime", "process", "turns")

    def __init__(self, client: httpx.AsyncClient, lifetime: AsyncGenerator[None, None]) -> None:
        self.client = client
        self.lifetime = lifetime
        self.turns = anyio.Semaphore(httpx_clients.MAX_CONNECTIONS)
        self.process = os.getpid()


class LoopPools:
    """Opens connections per event loop: those of one loop are of no use in another.

    So an `AsyncClient` may live longer than a loop: `asyncio.run` may be called again and again.

    Args:
        endpoint: Where requests go.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._pools: WeakKeyDictionary[Loop, LoopConnections] = WeakKeyDictionary()

    async def current(self) -> LoopConnections:
        """Return the connections of the running event loop."""
        loop = running_loop()
        pool = self._pools.get(loop)
        # After a fork, parent and child must not write to the same sockets.
        if pool is None or pool.process != os.getpid():
            client = httpx_clients.own_client(httpx_clients.OwnAsyncClient, self._endpoint)
            pool = LoopConnections(client, self._live(client))
            self._pools[loop] = pool
            await anext(pool.lifetime)
        return pool

    async def aclose(self) -> None:
        """Close the connections of the running event loop; those of others end with them."""
        pool = self._pools.get(running_loop())
        if pool is not None and pool.process == os.getpid():
            await pool.lifetime.aclose()

    async def _live(self, client: httpx.AsyncClient) -> AsyncGenerator[None, None]:
        # Event loops close the asynchronous generators that were begun in them before they end,
        # which is the last moment at which connections can be closed, too.
        try:
            yield
        finally:
            self._pools.pop(running_loop(), None)
            await client.aclose()
