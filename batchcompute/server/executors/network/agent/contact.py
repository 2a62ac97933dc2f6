"""How an agent's requests reach its server, and for how long its server was not heard."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator
from pathlib import Path

from batchcompute.server.executors.attempt.lease import Lease
from batchcompute.server.executors.network.agent.client import Connection
from batchcompute.server.executors.network.agent.options import AgentOptions
from batchcompute.server.executors.network.protocol import AGENT_SHARE
from batchcompute.server.model.pauses import Pauses

#: How long an answer may take beyond what it may wait, in seconds.
ANSWER_SECONDS = 10.0

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0


def pauses() -> Pauses:
    """Return the pauses between requests to a server that does not answer."""
    return Pauses(_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)


class Contact:
    """The way to a server, and the lease that its answers renew."""

    def __init__(self, options: AgentOptions, folder: Path) -> None:
        """Get ready; nothing is sent yet.

        Args:
            options: What the agent was started with.
            folder: Its own.
        """
        self._options = options
        self._lease = Lease(folder)
        self._began_at = time.monotonic()

    @contextlib.contextmanager
    def connect(self) -> Generator[Connection, None, None]:
        """Give a connection to the server for a block."""
        with contextlib.closing(Connection(self._options.url, self._options.trusted)) as found:
            yield found

    def renew(self, sent_at: float, lease_seconds: float) -> None:
        """Renew the lease by an answer.

        Args:
            sent_at: When the request was sent, at the earliest, by `lease_clock`.
            lease_seconds: How long the server waits for a sign of life.

        Raises:
            OSError: It cannot be written down.
        """
        self._lease.renew(sent_at + AGENT_SHARE * lease_seconds)

    def is_lost(self, lease_seconds: float) -> bool:
        """Return whether an agent that was launched is not to wait for its server any more."""
        left = self._lease.seconds_left()
        if left is None:
            left = lease_seconds - (time.monotonic() - self._began_at)
        return bool(self._options.vm) and left < -(1 - AGENT_SHARE) * lease_seconds

    def close(self) -> None:
        """Let go of the lease's file."""
        self._lease.close()
