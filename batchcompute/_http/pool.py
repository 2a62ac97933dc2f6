"""Pool the connections of a `Client` that needs nothing of httpx: no proxy, no `http_client`."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from urllib.parse import urlsplit

from batchcompute._http import environment
from batchcompute._http.connection import Connection
from batchcompute._http.failures import ExchangeError
from batchcompute._http.request import SignedRequest
from batchcompute._http.response import Received
from batchcompute.config import Endpoint

#: Connections that are open at once at the most.
MAX_CONNECTIONS = 100
#: Seconds for which an idle connection is kept open, as by httpx.
_LIFETIME = 5.0


class ConnectionPool:
    """Connections to one endpoint, shared by threads.

    A request takes the connection that was used last, so that those beyond what is needed expire.
    httpx looks at all connections and all waiting requests at every step, which under threads
    takes longer than the request.

    Args:
        endpoint: Where requests go.

    Raises:
        ConfigError: The environment names certificates that cannot be loaded.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        parts = urlsplit(endpoint.url)
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if endpoint.is_secure else 80)
        self._encryption = environment.trusted() if endpoint.is_secure else None
        if self._encryption is not None:
            self._encryption.set_alpn_protocols(["http/1.1"])
        self._slots = threading.Semaphore(MAX_CONNECTIONS)
        #: The one that was used last is at the right. Its methods need no lock.
        self._idle: deque[Connection] = deque()
        self._closed = False

    def send(self, request: SignedRequest, seconds_left: Callable[[], float | None]) -> Received:
        """Send a request and return its response.

        Args:
            request: The request.
            seconds_left: Returns the seconds until the whole call must be over, or None.

        Raises:
            ExchangeError: The request got no response.
        """
        limit = request.timeouts["pool"]
        if not self._slots.acquire(timeout=limit):
            text = f"no connection was free within {limit} seconds"
            raise ExchangeError("PoolTimeout", text)
        try:
            connection = self._connection(request.timeouts["connect"])
            try:
                received = connection.exchange(request, seconds_left)
            finally:
                self._give_back(connection)
        finally:
            self._slots.release()
        return received

    def close(self) -> None:
        """Close all connections: idle ones now, others when their response has arrived."""
        self._closed = True
        while True:
            try:
                self._idle.pop().close()
            except IndexError:
                return

    def _connection(self, timeout: float | None) -> Connection:
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return Connection.open(self._host, self._port, self._encryption, timeout)
            if not connection.has_expired(_LIFETIME):
                return connection
            connection.close()

    def _give_back(self, connection: Connection) -> None:
        if not connection.is_reusable:
            connection.close()
            return
        self._idle.append(connection)
        if self._closed:
            self.close()
            return
        self._close_expired()

    def _close_expired(self) -> None:
        """Close connections that have been idle for too long."""
        oldest = time.monotonic() - _LIFETIME
        try:
            # Another thread may take one in between. Closing the next instead does no harm.
            while self._idle[0].idle_since < oldest:
                self._idle.popleft().close()
        except IndexError:
            return
