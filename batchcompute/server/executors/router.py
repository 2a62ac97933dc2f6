"""Several executors as one: what this machine runs itself, and what agents of pools run.

A VM stays where its programs run, whatever the configuration says of its group by now: an agent's
is one that the ledger knows, and one of this machine is one that has been asked for here, or has an
attempt of which this machine keeps something. All others go where their group belongs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from batchcompute.server.executors.interface import (
    Attempt,
    Capabilities,
    Event,
    Executor,
    Standing,
    ThisMachine,
    WorkerGroup,
    WorkerLeft,
)


class OfAgents(Executor, Protocol):
    """An executor that knows which VMs are its own, from before a restart as well."""

    def load(self) -> None:
        """Remember them, if it does not yet."""

    def owns(self, vm_id: str) -> bool:
        """Return whether a VM is one of them."""
        ...


class Router:
    """Gives each VM, and what runs on it, to the executor that has it."""

    def __init__(
        self, here: Executor, elsewhere: OfAgents, belongs_here: Callable[[WorkerGroup], bool]
    ) -> None:
        """Put two executors together.

        Args:
            here: Runs programs on this machine.
            elsewhere: Runs them by agents, which may be on this machine as well.
            belongs_here: Says whether new VMs of a group are this machine's.
        """
        self._here = here
        self._elsewhere = elsewhere
        self._belongs_here = belongs_here
        # The VMs of this machine that were asked for, or that have something on them.
        self._own: set[str] = set()
        # Attempt -> the executor that was told of it, as long as that keeps something of it.
        self._where: dict[str, Executor] = {}

    def open(self, emit: Callable[[Event], None]) -> None:
        """Get both ready.

        Raises:
            RuntimeError: Programs cannot be run here.
        """

        def note(event: Event) -> None:
            if isinstance(event, WorkerLeft):
                self._own.discard(event.worker_id)
            emit(event)

        self._here.open(note)
        self._elsewhere.open(emit)

    def probe(self) -> Capabilities:
        """Say what both can do together, and what this machine can."""
        here, elsewhere = self._here.probe(), self._elsewhere.probe()
        return replace(
            elsewhere,
            name=f"{here.name} and {elsewhere.name}",
            slots=here.slots + elsewhere.slots,
            complete_kill=here.complete_kill and elsewhere.complete_kill,
            containers=here.containers or elsewhere.containers,
            prefetch=here.prefetch and elsewhere.prefetch,
            this_machine=ThisMachine(here.slots, here.containers, here.notes, self.has_here),
        )

    def has_here(self, vm_id: str, group: WorkerGroup) -> bool:
        """Return whether a VM's programs run on this machine; see `ThisMachine.has`."""
        if vm_id:
            self._elsewhere.load()
            if self._elsewhere.owns(vm_id):
                return False
            if vm_id in self._own:
                return True
        return self._belongs_here(group)

    @contextlib.contextmanager
    def together(self) -> Generator[None, None, None]:
        """Let what is asked for in a block be one message to each of them."""
        with self._here.together(), self._elsewhere.together():
            yield

    def request_workers(
        self, pool_id: str, workers: Mapping[str, bool], group: WorkerGroup | None = None
    ) -> None:
        """Ask for workers, each where it is or is to be."""
        about = group or WorkerGroup()
        here: dict[str, bool] = {}
        elsewhere: dict[str, bool] = {}
        for vm_id, booted in workers.items():
            if self.has_here(vm_id, about):
                here[vm_id] = booted
            else:
                # One that has run without an agent until now waits for its first.
                elsewhere[vm_id] = booted and self._elsewhere.owns(vm_id)
        if here:
            self._own.update(here)
            self._here.request_workers(pool_id, here, group)
        if elsewhere:
            self._elsewhere.request_workers(pool_id, elsewhere, group)

    def release_workers(self, pool_id: str, worker_ids: Collection[str]) -> None:
        """Give workers back, with whatever runs on them."""
        here = [vm_id for vm_id in worker_ids if vm_id in self._own]
        elsewhere = [vm_id for vm_id in worker_ids if vm_id not in self._own]
        if here:
            self._here.release_workers(pool_id, here)
        if elsewhere:
            self._elsewhere.release_workers(pool_id, elsewhere)

    def start(self, attempts: Sequence[Attempt]) -> None:
        """Run attempts where their VMs are; one whose VM is gone is lost."""
        here = [attempt for attempt in attempts if attempt.worker_id in self._own]
        elsewhere = [attempt for attempt in attempts if attempt.worker_id not in self._own]
        for executor, some in ((self._here, here), (self._elsewhere, elsewhere)):
            if some:
                self._where.update((attempt.attempt_id, executor) for attempt in some)
                executor.start(some)

    def revoke(self, attempt_ids: Collection[str]) -> None:
        """Take back attempts that have not begun."""
        for executor, ids in self._sorted(attempt_ids):
            executor.revoke(ids)

    def stop(self, attempt_ids: Collection[str]) -> None:
        """End attempts with every process of their trees; each ends in an event."""
        for executor, ids in self._sorted(attempt_ids):
            executor.stop(ids)

    def settle(self, attempt_ids: Mapping[str, str], /) -> dict[str, Standing]:
        """Say what is known of attempts after a restart of the server; events tell the rest."""
        self._elsewhere.load()
        here: dict[str, str] = {}
        elsewhere: dict[str, str] = {}
        for attempt_id, vm_id in attempt_ids.items():
            known = self._where.get(attempt_id)
            if known is None:
                known = self._elsewhere if self._elsewhere.owns(vm_id) else self._here
                self._where[attempt_id] = known
            (here if known is self._here else elsewhere)[attempt_id] = vm_id
        found: dict[str, Standing] = {}
        if elsewhere:
            found |= self._elsewhere.settle(elsewhere)
        if here:
            standings = self._here.settle(here)
            self._own.update(
                here[each] for each, standing in standings.items() if standing != "unknown"
            )
            found |= standings
        return found

    def forget(self, attempt_ids: Collection[str]) -> None:
        """Drop what is kept about attempts whose end is recorded."""
        ids = list(attempt_ids)
        for executor, some in self._sorted(ids):
            executor.forget(some)
        for attempt_id in ids:
            self._where.pop(attempt_id, None)

    def kept_attempts(self) -> frozenset[str]:
        """Return the attempts of which something is kept."""
        return self._here.kept_attempts() | self._elsewhere.kept_attempts()

    def close(self, *, stop_attempts: bool) -> None:
        """Let go of everything in both."""
        try:
            self._here.close(stop_attempts=stop_attempts)
        finally:
            self._elsewhere.close(stop_attempts=stop_attempts)

    def _sorted(self, attempt_ids: Iterable[str]) -> list[tuple[Executor, list[str]]]:
        """Return attempts by the executor that has them; agents have what nobody was told of."""
        here: list[str] = []
        elsewhere: list[str] = []
        unknown: list[str] = []
        for attempt_id in attempt_ids:
            known = self._where.get(attempt_id)
            (unknown if known is None else here if known is self._here else elsewhere).append(
                attempt_id
            )
        if unknown:
            kept = self._here.kept_attempts()
            for attempt_id in unknown:
                (here if attempt_id in kept else elsewhere).append(attempt_id)
        found = ((self._here, here), (self._elsewhere, elsewhere))
        return [(executor, ids) for executor, ids in found if ids]
