"""The interface of launchers, which keep agents on machines that an engine owns.

One agent is one VM. A launcher knows nothing of jobs, and decides nothing: which VMs there are to
be, and what becomes of one that is gone, is decided above it. The engine behind it (Slurm,
Kubernetes, Dask, …) allocates, places, restarts and takes away.

All verbs are called by one thread of the launcher's pool, may take some time (a command line of the
engine, a request to it), and may be repeated: a server that was killed at any moment says the same
again. What an engine calls a VM's agent (a job id, a pod's name) is a *reference*; it is kept in
the database by the caller, so a launcher need not remember anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from batchcompute.server.executors.interface import WorkerGroup

#: How an engine says that a VM's agent is doing. "pending": it waits for a machine. "running": it
#: was started. "gone": it has ended or was taken away with every process below it, and does not
#: come back by itself; what ran on it may be run elsewhere at once. "unknown": the engine does not
#: say, cannot be asked now, or cannot be sure; then the VM's lease decides.
Standing = Literal["pending", "running", "gone", "unknown"]


class LaunchError(Exception):
    """An engine refused, or could not be asked; the message is in its own words, in one line."""


@dataclass(frozen=True, slots=True)
class VMSpec:
    """The specification of a VM.

    Attributes:
        pool_id: The group of a cluster that it belongs to, as executors name it.
        cluster_id: The cluster.
        group: The group.
        cluster_name: The cluster's name, "" if it has none.
        instance_type: What the group asks for, like "ecs.sn1ne.large"; "" if it does not say.
        processors: How many it needs; None if the configuration does not say.
        memory_mib: Main memory that it needs; None if the configuration does not say.
        gpus: How many it needs.
    """

    pool_id: str
    cluster_id: str
    group: str
    instance_type: str = ""
    cluster_name: str = ""
    processors: int | None = None
    memory_mib: int | None = None
    gpus: int = 0

    @staticmethod
    def of(group: WorkerGroup, pool_id: str = "") -> VMSpec:
        """Return what VMs of a group are to be, as far as the group says."""
        return VMSpec(
            pool_id,
            group.cluster_id,
            group.group,
            instance_type=group.instance_type,
            cluster_name=group.cluster_name,
        )


@dataclass(frozen=True, slots=True)
class AgentCommand:
    """How to start the agent of a VM, on whatever machine.

    Attributes:
        arguments: The program and its arguments, without any secret in them.
        environment: Variables to add to those of the machine. They hold the VM's token, so
            nobody but the agent's user may read them.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass(frozen=True, slots=True)
class Observation:
    """A VM's agent as the engine reports it.

    Attributes:
        standing: See `Standing`.
        reference: Its reference now, if an earlier one was unknown or has changed; "" keeps that.
        words: Why, in the engine's own words, as one line; "" if it says nothing.
        planned: True if it went as planned (its walltime was over, it was preempted, a node was
            drained), which never counts as a failure.
        certain: True if "gone" is seen and not concluded, so that it holds also of an agent that
            was heard a moment ago. Otherwise silence has to confirm it. Of "pending" it says that
            nothing comes of it by itself, so that people are told at once.
    """

    standing: Standing
    reference: str = ""
    words: str = ""
    planned: bool = False
    certain: bool = False


class Launcher(Protocol):
    """Keeps agents alive by an engine. No verb raises anything but `LaunchError`.

    Attributes:
        observe_seconds: How often to look at the engine: seldom if it costs the engine much.
    """

    observe_seconds: float

    def check(self) -> tuple[str, ...]:
        """Try whether the engine would take agents, and start none.

        Returns:
            One plain sentence per finding.

        Raises:
            LaunchError: It would not.
        """
        ...

    def ensure(self, vm_id: str, command: AgentCommand, spec: VMSpec) -> str:
        """Have one agent for a VM; one that the engine has already for it is enough.

        A caller that was killed before it could keep the reference says the same again, so an
        engine is to be told the VM's id as the name of what it starts, and looked through for that.

        Args:
            vm_id: The VM, in letters, digits and "-"; never used for another one.
            command: How to start its agent.
            spec: What to start it on.

        Returns:
            The engine's reference, to be kept.

        Raises:
            LaunchError: The engine refused.
        """
        ...

    def release(self, vm_id: str, reference: str) -> None:
        """Give a VM back, whatever still runs on it; nothing happens to one that is gone.

        Its agent was told to leave before that, if it could be reached.

        Args:
            vm_id: The VM.
            reference: The engine's; "" if it was never known, as a server was killed meanwhile.

        Raises:
            LaunchError: The engine refused, or could not be asked; it is tried again.
        """

    def observe(self, vms: Mapping[str, str]) -> Mapping[str, Observation]:
        """Ask the engine once how all agents are doing.

        Args:
            vms: VM id -> reference.

        Returns:
            One observation per VM; "unknown" for one that is left out.

        Raises:
            LaunchError: It could not be asked.
        """
        ...

    def close(self, *, release: Collection[str] = ()) -> None:
        """Let go of the engine; agents go on, to be found by the next server.

        Args:
            release: VMs that were given back just now, and whose agents are to be gone before
                this returns, as far as that does not take long.
        """
