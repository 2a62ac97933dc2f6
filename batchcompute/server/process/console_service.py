"""The console as a part of a service: its address, and the links that open it."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlencode

from batchcompute.server.accounts.keyring import KeyRing
from batchcompute.server.api.hosts import HostCheck
from batchcompute.server.api.http import HttpServer, bind, url_of
from batchcompute.server.api.tls import Certificate
from batchcompute.server.model.errors import StartError

try:
    from batchcompute.server.console.application import ConsoleApplication
    from batchcompute.server.console.context import Parts
    from batchcompute.server.console.guard import Guard
    from batchcompute.server.console.rates import Rates
    from batchcompute.server.console.sessions import Sessions
except ImportError as error:
    raise StartError(
        f"the console needs a package that is not installed ({error.name}): "
        "pip install 'batchcompute[local]'"
    ) from error

logger = logging.getLogger("batchcompute.server")

#: How far behind the API's port the console listens if that is free.
_BEHIND = 2


class ConsoleService:
    """Shows a service to browsers in the background.

    Attributes:
        endpoint: URL that it listens on.
        rates: Counts what is done; it wants to be told.
    """

    def __init__(
        self,
        address: tuple[str, int | None],
        api_port: int,
        *,
        certificate: Certificate | None = None,
        failed: Callable[[], None] | None = None,
    ) -> None:
        """Take the address; `start` begins to listen.

        Args:
            address: Host and port to listen on; port 0 takes a free one, None the second behind
                the API's, or any if that is taken.
            api_port: Port of the API as it was chosen; 0 if it may be any.
            certificate: Shown to browsers; None for HTTP without TLS.
            failed: Called from any thread if nothing is answered any more, by a fault of its own.

        Raises:
            StartError: The address is taken or does not exist.
        """
        self._stack = ExitStack()
        self._host, port = address
        self._certificate = certificate
        self._failed = failed
        self._listener = _bind(self._host, port, api_port)
        self._stack.callback(self._listener.close)
        self.endpoint = url_of(self._listener, secure=certificate is not None)
        self.rates = Rates()
        self._sessions: Sessions | None = None

    def start(self, parts: Parts, secret: bytes, keys: KeyRing) -> None:
        """Listen; connections are accepted when this returns.

        Args:
            parts: What is shown.
            secret: What sessions are signed with; they last as long as it stays the same.
            keys: The keys of those who look.

        Raises:
            StartError: Listening failed.
        """
        self._sessions = Sessions(secret, callers=keys.active_caller)
        port = self._listener.getsockname()[1]
        guard = Guard(
            self._sessions, HostCheck(self._host), port, is_secure=self._certificate is not None
        )
        application = ConsoleApplication(parts, self._sessions, guard)
        server = HttpServer(application, self._listener, self._failed, self._certificate)
        server.start()
        self._stack.callback(server.close)
        logger.info("the console is on %s", self.endpoint)

    def make_link(self, key_id: str = "") -> tuple[str, int]:
        """Return a URL that signs one browser in, and until when, in microseconds since the epoch.

        Args:
            key_id: The key whose holder looks; "" for whoever runs the service.

        Raises:
            RuntimeError: It does not listen yet.
        """
        if self._sessions is None:
            raise RuntimeError("the console is not running")
        link, until = self._sessions.make_link(key_id)
        return f"{self.endpoint}/login?{urlencode({'token': link})}", round(until * 1_000_000)

    def close(self) -> None:
        """Stop listening."""
        self._stack.close()


def _bind(host: str, port: int | None, api_port: int) -> socket.socket:
    if port is not None:
        return bind(host, port)
    if 0 < api_port < 65536 - _BEHIND:
        try:
            return bind(host, api_port + _BEHIND)
        except StartError as error:
            logger.warning("%s; the console is on another port", error)
    return bind(host, 0)
