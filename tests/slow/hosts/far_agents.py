"""A server and its agents on other hosts."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.emulator.serving import COMMAND, Serve
from tests.emulator.wire import Wire
from tests.slow.hosts.network import Host, Network
from tests.slow.lives import PATIENCE

_PORT = 8650


class FarAgents:
    """A server on this machine, and one agent on each host of a network.

    Attributes:
        server: The server.
        network: The wires to the agents.
    """

    def __init__(self, place: Path, network: Network, lease_seconds: float) -> None:
        """Start all of them.

        Args:
            place: A folder for all, which is there on all hosts, except for the server's data.
            network: The network.
            lease_seconds: How long the server waits for a sign of life.
        """
        self.network = network
        self._place = place
        options = ["--agents", "external", "--agents-port", f"{network.address}:{_PORT}"]
        options += ["--lease-seconds", f"{lease_seconds:g}"]
        self.server = Serve(place / "data", *options)
        # Handed over by hand, as the documentation says.
        for name in ("default.token", "ca.pem"):
            (place / name).write_bytes((self.server.data / "agents" / name).read_bytes())
        self._agents = [self._start(host) for host in network.hosts.values()]

    @property
    def wire(self) -> Wire:
        """A client of the server."""
        return self.server.wire

    def close(self) -> None:
        """End all of them."""
        self.network.heal()
        for agent in self._agents:
            agent.terminate()
        # One that waits to be a VM hears of that when its server ends.
        self.server.end()
        for agent in self._agents:
            agent.wait(PATIENCE)

    def folder(self, host: str) -> Path:
        """Return the folder of a host's agent."""
        return self._place / host

    def said(self, host: str) -> str:
        """Return what the agent of a host has said."""
        return (self._place / f"{host}.log").read_text()

    def is_free(self, host: str) -> bool:
        """Return whether the agent of a host is no VM."""
        return not (self.folder(host) / "vm").exists()

    def _start(self, host: Host) -> subprocess.Popen[bytes]:
        arguments = ["--join", f"https://{self.network.address}:{_PORT}"]
        arguments += ["--data-dir", str(self.folder(host.name))]
        arguments += ["--token-file", str(self._place / "default.token")]
        arguments += ["--ca", str(self._place / "ca.pem"), "--isolation", "process-group"]
        command = host.command(*COMMAND, "agent", *arguments, hidden=self.server.data)
        with (self._place / f"{host.name}.log").open("wb") as log:
            return subprocess.Popen(command, stderr=log)


@contextlib.contextmanager
def far_agents(place: Path, network: Network, lease_seconds: float) -> Iterator[FarAgents]:
    """Run a server and its agents for a block."""
    made = FarAgents(place, network, lease_seconds)
    try:
        yield made
    finally:
        made.close()
