"""Agents on other machines as a part of a service: their port, their tokens, their launchers."""

from __future__ import annotations

import contextlib
import logging
import os
import random
import socket
import sys
import time
from asyncio import sslproto
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from batchcompute.server.api.http import HttpServer, bind, url_of
from batchcompute.server.api.tls import Certificate
from batchcompute.server.executors.agent.leftovers import evict_leftovers
from batchcompute.server.executors.interface import WorkerGroup
from batchcompute.server.executors.launchers.external import ExternalLauncher
from batchcompute.server.executors.launchers.interface import AgentCommand, VMSpec
from batchcompute.server.executors.network.application import application
from batchcompute.server.executors.network.executor import NetworkExecutor
from batchcompute.server.executors.network.fleet import Fleet
from batchcompute.server.executors.network.ledger import Ledger
from batchcompute.server.executors.network.pools import Pools
from batchcompute.server.executors.network.protocol import (
    CA_VARIABLE,
    TOKEN_VARIABLE,
    ObjectKey,
    ObjectPort,
)
from batchcompute.server.executors.network.registry import Registry
from batchcompute.server.executors.network.sessions import Sessions
from batchcompute.server.executors.network.tokens import Bearer, Tokens
from batchcompute.server.model.errors import StartError
from batchcompute.server.object_api.auth.credentials import TemporaryKeys
from batchcompute.server.process import certificates
from batchcompute.server.process.data_folder import DataFolder
from batchcompute.server.process.object_service import ObjectService

logger = logging.getLogger("batchcompute.server")

#: Ports from here on are for everybody; those below are known by name.
_FIRST_PORT = 10_000
#: Where the system's own begin if it does not say so.
_USUAL_FIRST_OF_SYSTEM = 32_768
#: How many ports are tried for one that lasts.
_PORTS_TRIED = 20

#: How long programs may take that give way, in seconds, and between two looks at them.
_END_SECONDS, _PAUSE_SECONDS = 30.0, 0.05
#: Bytes that a connection with TLS reads at a time.
_READ_BYTES = 32 << 10


class AgentsService:
    """The network executor, and the port on which its agents ask for work.

    Attributes:
        executor: The executor.
        endpoint: URL of the port on this machine.
    """

    def __init__(
        self,
        folder: DataFolder,
        listener: socket.socket,
        pools: Pools,
        ledger: Ledger,
        *,
        objects: ObjectService | str,
        region: str,
        lease_seconds: float,
        isolation: str,
        input_cache: int | None = None,
        may_be_replaced: bool = False,
        failed: Callable[[], None] | None = None,
    ) -> None:
        """Put the parts together; certificates and tokens are made if there are none.

        Args:
            folder: The data folder.
            listener: A bound socket.
            pools: Which machines there are to be.
            ledger: Keeps who the agents are.
            objects: Who answers for the objects of this service, or the URL of another store, as
                `open_store` takes it.
            region: Region id that signatures name.
            lease_seconds: How long the server waits for a sign of life of an agent.
            isolation: How programs are kept apart.
            input_cache: MiB of inputs that agents keep; None leaves it to them.
            may_be_replaced: Whether another server may take the place of this one unasked.
            failed: Called from any thread if agents are not answered any more.

        Raises:
            StartError: Certificates cannot be made or read.
        """
        self._folder = folder
        self._pools = pools
        self._isolation = isolation
        self._input_cache = input_cache
        own = folder.agents
        hosts = [name.strip() for name in pools.advertise.split(",") if name.strip()]
        self.endpoint = url_of(listener, secure=True)
        certificates.have_certificate(own, hosts or [urlsplit(self.endpoint).hostname or ""])
        shown = Certificate(own / certificates.CERTIFICATE, own / certificates.CERTIFICATE_KEY)
        self._tokens = Tokens(folder.agent_secret())
        for name in pools.launchers:
            token = self._tokens.make(Bearer("pool", name))
            folder.store_secret(own / f"{name}.token", token)
        port = self.endpoint.rpartition(":")[2]
        # Agents ask one after the other until a server answers.
        self._join = ",".join(f"https://{host}:{port}" for host in hosts) or self.endpoint
        for name, launcher in pools.launchers.items():
            if isinstance(launcher, ExternalLauncher):
                launcher.explain(_how_to_join(self._join, name))
        registry = Registry(lease_seconds)
        fleet = Fleet(
            pools.launchers,
            registry,
            ledger,
            self._command,
            pools.resources,
            limits=pools.limits,
        )
        self.executor = NetworkExecutor(
            registry,
            ledger,
            fleet,
            pools.pool_of,
            most_vms=pools.most_vms,
            notes=pools.notes,
            may_be_replaced=may_be_replaced,
        )
        if isinstance(objects, str):
            sessions = Sessions(registry, ledger, self._tokens, objects)
            answers = application(sessions)
        else:
            proof_path, proof = own / "proof", os.urandom(16).hex()
            folder.store_secret(proof_path, proof)
            keys = TemporaryKeys(folder.agent_secret())

            def key_of(vm_id: str) -> ObjectKey:
                key = keys.key_for(vm_id)
                return ObjectKey(key.key_id, key.secret, key.token)

            url = objects.library.root.absolute().as_uri()
            reached = ObjectPort(region, str(proof_path.absolute()), proof)
            sessions = Sessions(registry, ledger, self._tokens, url, reached, key_of)
            answers = application(
                sessions, objects.application_for(keys, self.endpoint, registry.attempts_on)
            )
        self._server = HttpServer(answers, listener, failed, shown)
        self._started = False

    def is_embedded(self, group: WorkerGroup) -> bool:
        """Return whether new VMs of a group are this machine's, without agents."""
        return self._pools.pool_of(VMSpec.of(group)) in self._pools.embedded

    def start(self) -> None:
        """Let agents ask."""
        # Each connection reads into a buffer of that length, of its own. Records of TLS are no
        # longer than 16 KiB, and thousands of agents are connected at once.
        sslproto.SSLProtocol.max_size = _READ_BYTES
        self._server.start()
        self._started = True
        logger.info("agents join %s", self._join)

    def close(self) -> None:
        """Answer nobody any more."""
        if self._started:
            self._server.close()

    def _command(self, pool: str, vm_id: str) -> AgentCommand:
        del pool
        arguments = [sys.executable, "-P", "-m", "batchcompute.server", "agent"]
        arguments += ["--join", self._join, "--vm", vm_id, "--isolation", self._isolation]
        arguments += ["--private", str(self._folder.path)]
        if self._input_cache is not None:
            arguments += ["--input-cache", str(self._input_cache)]
        trusted = (self._folder.agents / certificates.AUTHORITY).read_text(encoding="ascii")
        environment = {
            TOKEN_VARIABLE: self._tokens.make(Bearer("vm", vm_id)),
            CA_VARIABLE: trusted,
        }
        return AgentCommand(tuple(arguments), environment)


def _how_to_join(urls: str, pool: str) -> str:
    return (
        f"start one with python -m batchcompute.server agent --join {urls} --token-file "
        f"{pool}.token --ca ca.pem, where both files are those in agents/ of the service's data "
        "folder"
    )


def end_own_programs(folder: Path) -> None:
    """End what this machine still runs by itself, and nobody waits for.

    Args:
        folder: Of the executor that ran it.

    Raises:
        StartError: Something does not end.
    """
    deadline = time.monotonic() + _END_SECONDS
    while evict_leftovers(folder):
        if time.monotonic() > deadline:
            raise StartError(f"programs that were begun without agents in {folder} do not end")
        time.sleep(_PAUSE_SECONDS)


def bind_agents(folder: DataFolder, host: str, port: int) -> socket.socket:
    """Take the port that agents join.

    Args:
        folder: Knows the port of the last start, which agents go on to ask.
        host: Address to listen on.
        port: The port; 0 for that of the last start, or a free one.

    Raises:
        StartError: It is taken, or the address does not exist.
    """
    kept = folder.agents / "port"
    before = 0
    with contextlib.suppress(OSError, ValueError):
        before = int(kept.read_text(encoding="ascii"))
    try:
        listener = bind(host, port or before) if port or before else _bind_lasting(host)
    except StartError as error:
        if port or not before:
            raise
        logger.warning("agents of the last start are not heard for a lease: %s", error)
        listener = _bind_lasting(host)
    number: int = listener.getsockname()[1]
    if number != before:
        folder.agents.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.store_secret(kept, str(number))
    return listener


def _bind_lasting(host: str) -> socket.socket:
    """Take a free port that is likely to be free at the next start as well.

    Those that the system gives away itself are not: any connection that a program of this machine
    opens takes one of them, and may have it while the service is away.

    Args:
        host: Address to listen on.

    Raises:
        StartError: The address does not exist.
    """
    wanted = range(_FIRST_PORT, _first_of_system())
    # Not by a generator that somebody may have seeded, as then others would choose the same.
    for port in random.SystemRandom().sample(wanted, min(_PORTS_TRIED, len(wanted))):
        with contextlib.suppress(StartError):
            return bind(host, port)
    return bind(host, 0)


def _first_of_system() -> int:
    """Return the first port that the system gives to connections by itself."""
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return _USUAL_FIRST_OF_SYSTEM


def _every_group(_spec: VMSpec) -> str:
    return "default"


def local_pools(folder: Path, most_vms: int) -> Pools:
    """Return pools that bring all VMs as processes of this machine."""
    from batchcompute.server.executors.launchers.local import LocalLauncher

    launcher = LocalLauncher(folder)
    return Pools({"default": launcher}, _every_group, most_vms=most_vms, notes=launcher.check())


def external_pools(most_vms: int) -> Pools:
    """Return pools whose agents come by themselves."""
    launcher = ExternalLauncher()
    return Pools({"default": launcher}, _every_group, most_vms=most_vms, notes=launcher.check())
