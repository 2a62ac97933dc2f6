"""The launcher of agents that come by themselves: started by systemd, compose, or by hand.

They join with the token of their pool, and are given a VM that is wanted. Whoever starts them sees
to it that they are started again; one that was given back asks for another VM.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from batchcompute.server.executors.launchers.interface import AgentCommand, Observation, VMSpec


class ExternalLauncher:
    """Starts and ends nothing; see `Launcher` for what the verbs mean."""

    #: There is nothing to see, and nothing that it costs.
    observe_seconds = 1.0

    def __init__(self) -> None:
        """Bring nobody."""
        self._how = ""

    def explain(self, how: str) -> None:
        """Learn how an agent is started, in a clause for those who wait for one."""
        self._how = how

    def check(self) -> tuple[str, ...]:
        """Say that nothing can be tried."""
        return ("agents are started by others, and come by themselves",)

    def ensure(self, vm_id: str, command: AgentCommand, spec: VMSpec) -> str:
        """Wait for an agent to come."""
        del vm_id, command, spec
        return ""

    def release(self, vm_id: str, reference: str) -> None:
        """Let its agent ask for another VM."""

    def observe(self, vms: Mapping[str, str]) -> Mapping[str, Observation]:
        """Say how agents come to those that have none; leases decide what becomes of the others."""
        seen = Observation("pending", words=self._how, certain=True)
        return dict.fromkeys(vms, seen)

    def close(self, *, release: Collection[str] = ()) -> None:
        """Let go of nothing."""
