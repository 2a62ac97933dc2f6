"""Listening for HTTP/1.1, in a thread of its own."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from batchcompute.server.api.connection import HttpConnection
from batchcompute.server.api.tls import LOOK_SECONDS, Certificate
from batchcompute.server.model.errors import StartError

logger = logging.getLogger("batchcompute.server.api")

#: Seconds that requests may go on after the end was asked for.
GRACE_SECONDS = 5

#: Seconds that a connection is kept which nobody uses. Longer than clients keep theirs (5 seconds
#: are usual): a request that is sent while its connection is being closed would get no answer.
IDLE_SECONDS = 75

#: Connections that may wait to be accepted.
_WAITING = 2048

#: Errors of a machine, or a process, that can open nothing more for the moment.
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
#: Seconds after which that is said again.
_SAID_SECONDS = 60.0

_START_SECONDS = 30.0


def bind(host: str, port: int) -> socket.socket:
    """Take an address; connections are refused until a server listens on it.

    Raises:
        StartError: It is taken or does not exist.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise StartError(f"cannot listen on {host}: {error.strerror}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        hint = (
            "; stop what uses it, or choose another port (0 takes a free one)"
            if error.errno == errno.EADDRINUSE
            else ""
        )
        raise StartError(f"cannot listen on {host} port {port}: {error.strerror}{hint}") from error
    return listener


def url_of(listener: socket.socket, *, secure: bool = False) -> str:
    """Return the URL under which this machine reaches a bound socket.

    Args:
        listener: The socket.
        secure: TLS is spoken on it.
    """
    scheme = "https" if secure else "http"
    bound: tuple[str, int] = listener.getsockname()[:2]
    host, port = bound
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"{scheme}://[{shown}]:{port}" if ":" in shown else f"{scheme}://{shown}:{port}"


class _Server(uvicorn.Server):
    """A server that sleeps until there is a request, or it is to end.

    uvicorn's own looks ten times a second whether it is to end, each of the servers of a service
    that has nothing to do, and makes a new date each second, which connections do here.
    """

    def __init__(self, config: uvicorn.Config, certificate: Certificate | None) -> None:
        super().__init__(config)
        self._certificate = certificate
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked_to_end = asyncio.Event()

    async def main_loop(self) -> None:
        """Wait until the end is asked for, and look after the certificate if there is one."""
        self._loop = asyncio.get_running_loop()
        seconds = None if self._certificate is None else LOOK_SECONDS
        while not self.should_exit:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._asked_to_end.wait()
            if self._certificate is not None:
                self._certificate.refresh()

    def end(self) -> None:
        """Ask for the end, from any thread."""
        self.should_exit = True
        # Without a loop yet it is found before the wait begins.
        if self._loop is not None:
            with suppress(RuntimeError):
                # It is closed if the server has ended by itself.
                self._loop.call_soon_threadsafe(self._asked_to_end.set)


class HttpServer:
    """Serves an application on a bound socket, in the background."""

    def __init__(
        self,
        application: ASGIApp,
        listener: socket.socket,
        failed: Callable[[], None] | None = None,
        certificate: Certificate | None = None,
    ) -> None:
        """Bind the parts; `start` begins to listen.

        Args:
            application: Answers requests.
            listener: A bound socket.
            failed: Called from the server's thread if that ends without having been asked to.
            certificate: Shown to whoever connects; None for HTTP without TLS.
        """
        config = uvicorn.Config(
            application,
            http=HttpConnection,
            # Nothing of the process's logging is changed: it may be somebody else's.
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            # The event loop accepts so many at a time. It does not stop at an error, and tries
            # again for each of them: without open files it would do nothing else, and log it.
            backlog=1,
            # Nothing here depends on who is behind a proxy.
            proxy_headers=False,
            # A request to talk otherwise is answered like any other.
            ws="none",
            lifespan="off",
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=IDLE_SECONDS,
            ssl_context_factory=None if certificate is None else certificate.context_for,
        )
        self._server = _Server(config, certificate)
        self._listener = listener
        self._failed = failed
        # When it is said again, by the loop's clock, that nothing can be accepted.
        self._said_until = 0.0
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)

    def start(self) -> None:
        """Listen; connections are accepted when this returns.

        Raises:
            StartError: Listening failed.
        """
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise StartError("the HTTP server did not start")
            time.sleep(0.002)
        # That many may wait, other than the loop has asked for.
        self._listener.listen(_WAITING)

    def close(self) -> None:
        """Answer what is being asked, then stop listening."""
        self._server.end()
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException:
            logger.critical("the HTTP server failed", exc_info=True)
        # One that never started is told of by `start`.
        if self._server.started and not self._server.should_exit and self._failed is not None:
            self._failed()

    def _complain(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log what failed in the loop; that nothing can be accepted is said now and then."""
        error = context.get("exception")
        if not (isinstance(error, OSError) and error.errno in _EXHAUSTED):
            loop.default_exception_handler(context)
        elif loop.time() >= self._said_until:
            self._said_until = loop.time() + _SAID_SECONDS
            where = url_of(self._listener)
            logger.error(
                "%s accepts no connections for the moment: %s; raise the limit (ulimit -n) if this "
                "is not an attack",
                where.partition("//")[2],
                error.strerror,
            )

    async def _serve(self) -> None:
        asyncio.get_running_loop().set_exception_handler(self._complain)
        await self._server.serve(sockets=[self._listener])
        # Those that the server has given up waiting for are still open.
        loop = asyncio.get_running_loop()
        transports: Mapping[int, asyncio.Transport] = getattr(loop, "_transports", {})
        for transport in list(transports.values()):
            transport.abort()
        # The loop calls the functions that close their sockets.
        await asyncio.sleep(0)
