"""The figures as a part of a service: their address, and what is counted."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from starlette.types import ASGIApp

from batchcompute.server.api.hosts import HostCheck
from batchcompute.server.api.http import HttpServer, bind, url_of
from batchcompute.server.executors.interface import Capabilities
from batchcompute.server.model.errors import StartError
from batchcompute.server.scheduler.thread import SchedulerLoop
from batchcompute.server.store.database import Database

try:
    from prometheus_client import GC_COLLECTOR, PROCESS_COLLECTOR, CollectorRegistry

    from batchcompute.server.metrics.application import make_application
    from batchcompute.server.metrics.collector import StateCollector
    from batchcompute.server.metrics.instruments import Instruments
    from batchcompute.server.metrics.requests import MeasuredRequests
except ImportError as error:
    raise StartError(
        f"metrics need a package that is not installed ({error.name}): "
        "pip install 'batchcompute[metrics]'"
    ) from error

logger = logging.getLogger("batchcompute.server")


class MetricsService:
    """Counts what a service does, and answers whoever scrapes.

    Attributes:
        endpoint: URL that it listens on.
        instruments: What is counted while it happens.
    """

    def __init__(self, host: str, port: int, failed: Callable[[], None] | None = None) -> None:
        """Take the address; `start` begins to listen.

        Args:
            host: Address to listen on.
            port: Port to listen on; 0 takes a free one.
            failed: Called from any thread if nothing is answered any more, by a fault of its own.

        Raises:
            StartError: The address is taken or does not exist.
        """
        self._stack = ExitStack()
        self._failed = failed
        self._listener: socket.socket = bind(host, port)
        self._stack.callback(self._listener.close)
        self.endpoint = url_of(self._listener)
        self._registry = CollectorRegistry()
        for shared in (PROCESS_COLLECTOR, GC_COLLECTOR):
            self._registry.register(shared)
        self.instruments = Instruments(self._registry)

    def measured(self, application: ASGIApp, server: str) -> ASGIApp:
        """Return an application whose requests are counted under a name."""
        return MeasuredRequests(application, server, self.instruments.request_ended)

    def start(
        self,
        database: Database,
        data: Path,
        scheduler: SchedulerLoop,
        capabilities: Capabilities,
    ) -> None:
        """Listen; connections are accepted when this returns.

        Args:
            database: What is remembered.
            data: The data folder.
            scheduler: What knows why something cannot be recorded or started.
            capabilities: What the executor can do.

        Raises:
            StartError: Listening failed.
        """
        collector = StateCollector(database, data, capabilities, lambda: scheduler.paused)
        self._registry.register(collector)
        hosts = HostCheck.for_address(self._listener.getsockname()[0])
        application = make_application(
            self._registry, lambda: scheduler.trouble() or scheduler.paused, hosts
        )
        server = HttpServer(application, self._listener, self._failed)
        server.start()
        self._stack.callback(server.close)
        logger.info("metrics are on %s/metrics", self.endpoint)

    def close(self) -> None:
        """Stop listening."""
        self._stack.close()
