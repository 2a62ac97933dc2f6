"""How an agent meets its server: what it has to know, and which VM it is."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from batchcompute._version import __version__
from batchcompute.server.executors.agent.protocol import Findings
from batchcompute.server.executors.attempt.lease import lease_clock
from batchcompute.server.executors.embedded.executor import EmbeddedExecutor
from batchcompute.server.executors.network.agent.client import WrongServerError
from batchcompute.server.executors.network.agent.contact import ANSWER_SECONDS, Contact, pauses
from batchcompute.server.executors.network.agent.conversation import Outcome
from batchcompute.server.executors.network.agent.object_access import take_key
from batchcompute.server.executors.network.agent.options import AgentOptions
from batchcompute.server.executors.network.agent.own_folder import OwnFolder
from batchcompute.server.executors.network.agent.stay import Stay
from batchcompute.server.executors.network.protocol import (
    HELLO,
    JOIN,
    PROTOCOL,
    Hello,
    Joined,
    JoinRequest,
    RefusedError,
    Welcome,
    describe,
    read_joined,
    read_welcome,
)
from batchcompute.server.model.resources import machine_memory_mib, usable_processors

_logger = logging.getLogger("batchcompute.server.agent")


class Meeting:
    """Introduces an agent to its server.

    Attributes:
        server: URL of the server that has answered.
    """

    def __init__(
        self, options: AgentOptions, folder: OwnFolder, contact: Contact, stay: Stay
    ) -> None:
        """Bind the parts.

        Args:
            options: What the agent was started with.
            folder: Its own.
            contact: The way to the server.
            stay: How long it stays.
        """
        self._options = options
        self._folder = folder
        self._contact = contact
        self._stay = stay
        self.server = options.url

    def greet(self) -> Welcome | None:
        """Ask what is to be known, however long the server is away; None to leave.

        Raises:
            RefusedError: The server does not let this agent in.
            RuntimeError: There is no service at any of the addresses, or none that is trusted.
        """
        growing = pauses()
        wrong: set[str] = set()
        hello = describe(Hello(PROTOCOL, __version__, self._folder.name()))
        with self._contact.connect() as connection:
            while True:
                try:
                    answer = connection.post(HELLO, self._options.token, hello, ANSWER_SECONDS)
                    self.server = connection.url
                    return read_welcome(answer)
                except WrongServerError as error:
                    wrong.add(error.url)
                    if wrong >= connection.servers:
                        raise RuntimeError(str(error)) from error
                    _logger.warning("%s", error)
                except OSError as error:
                    _logger.warning("%s does not answer: %s", self._options.url, error)
                except RefusedError as error:
                    if error.refusal != "gone":
                        raise
                    # What it had begun before ends with its lease.
                    _logger.info("%s", error)
                    return None
                if self._stay.sleep(growing.next()):
                    return None

    def join(
        self, executor: EmbeddedExecutor, begin: Callable[[str], None], before: Joined
    ) -> Joined | Outcome:
        """Begin a session; return what the server says, or why there is none.

        Args:
            executor: What the agent runs programs with.
            begin: Called with the boot id of a session that may begin.
            before: What the server said when it was joined last.

        Raises:
            RefusedError: The server does not let this agent in.
        """
        lease_seconds = before.lease_seconds
        growing = pauses()
        with self._contact.connect() as connection:
            while not self._stay.leaving:
                request = self._introduction(executor)
                begin(request.boot)
                sent_at = lease_clock()
                try:
                    answer = connection.post(
                        JOIN, self._options.token, describe(request), 3 * ANSWER_SECONDS
                    )
                except RefusedError as error:
                    if error.refusal == "gone":
                        return "gone"
                    if error.refusal != "taken" or self._contact.is_lost(lease_seconds):
                        raise
                    _logger.warning("%s", error)
                except OSError as error:
                    _logger.warning("%s does not answer: %s", self._options.url, error)
                    if self._contact.is_lost(lease_seconds):
                        return "silent"
                else:
                    joined = read_joined(answer)
                    lease_seconds = joined.lease_seconds
                    if joined.vm:
                        if not self._begin_as(joined, sent_at):
                            return "left"
                        _logger.info("this is VM %s", joined.vm)
                        return joined
                    growing.reset()
                    continue
                self._stay.sleep(growing.next())
        return "left"

    def _begin_as(self, joined: Joined, sent_at: float) -> bool:
        """Write down that the agent is a VM, however long the disk is full; False to leave.

        Nothing is begun before that. If it takes long, the server takes the VM for lost.
        """
        growing = pauses()
        while True:
            try:
                self._contact.renew(sent_at, joined.lease_seconds)
                self._folder.remember_vm(joined.vm)
                take_key(self._folder.path, joined.key)
            except OSError as error:
                if not growing.last:
                    _logger.warning(
                        "which VM this is cannot be written, which is tried again: %s",
                        error,
                    )
            else:
                return True
            if self._stay.sleep(growing.next()):
                return False

    def _introduction(self, executor: EmbeddedExecutor) -> JoinRequest:
        capabilities = executor.probe()
        return JoinRequest(
            agent=self._folder.name(),
            boot=os.urandom(8).hex(),
            vm=self._options.vm or self._folder.vm(),
            protocol=PROTOCOL,
            release=__version__,
            host=socket.gethostname(),
            address=_own_address(self.server),
            processors=usable_processors(),
            memory_mib=machine_memory_mib(),
            findings=Findings(notes=capabilities.notes),
            kept=tuple(sorted(executor.kept_attempts())),
            machine=self._folder.machine(),
        )


def _own_address(url: str) -> str:
    """Return the address that this machine has on the way to a server; "" if there is no way."""
    parts = urlsplit(url)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_DGRAM)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.connect(address)
            return str(probe.getsockname()[0])
    except OSError:
        return ""
