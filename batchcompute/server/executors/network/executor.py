"""The network executor: agents on other machines, one for each VM.

It says to each agent what the embedded executor says to the one beside it, and hears the same; the
messages go over HTTPS, and agents ask for them (`sessions`). Which agents there are is up to a
launcher (`fleet`). A VM whose agent is not heard for a lease is lost, with all that runs on it.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from batchcompute.server.executors.agent.protocol import attempt_item, check_attempt_id
from batchcompute.server.executors.interface import (
    Attempt,
    AttemptLost,
    Capabilities,
    Event,
    Standing,
    WorkerGroup,
)
from batchcompute.server.executors.launchers.interface import VMSpec
from batchcompute.server.executors.network.ledger import Ledger, LedgerEntry
from batchcompute.server.executors.network.registry import Registry, Vm
from batchcompute.server.model import crash_points

#: Seconds between two looks at the leases, at the least: the next one is when the first may end.
_TICK_SECONDS = 1.0
#: How long agents may take to end their programs when the service ends with them.
_CLOSE_SECONDS = 30.0
_VM_REMOVED = "its VM was removed"
#: How long an answer of the ledger makes sure, in seconds, at the most.
_MOST_SURE_SECONDS = 20.0

_logger = logging.getLogger("batchcompute.server.agents")


class Fleet(Protocol):
    """Brings agents to VMs, and takes them away; see `fleet`."""

    def open(self, lose: Callable[[str, str, bool], None]) -> None:
        """Begin; `lose` gives a VM up: its id, why, and whether that was planned."""

    def want(self, pool: str, vm_id: str, spec: VMSpec) -> None:
        """Have an agent for a VM."""

    def release(self, pool: str, vm_id: str) -> None:
        """Have none any more."""

    def close(self) -> None:
        """Let go of the launchers."""


class NetworkExecutor:
    """Runs attempts on other machines; see `Executor` for what the verbs mean."""

    def __init__(
        self,
        registry: Registry,
        ledger: Ledger,
        fleet: Fleet,
        pool_of: Callable[[VMSpec], str],
        *,
        most_vms: int,
        notes: Sequence[str] = (),
        may_be_replaced: bool = False,
    ) -> None:
        """Put an executor together; `open` begins.

        Args:
            registry: Its VMs.
            ledger: Keeps them.
            fleet: Brings agents to them.
            pool_of: Returns the name of the pool that a group's VMs come from.
            most_vms: Programs that run at once, at the most.
            notes: What is to be known about it, one sentence each.
            may_be_replaced: Whether another server may take the place of this one unasked, as one
                that stands by does; then the ledger is asked now and then whether it has.
        """
        self._may_be_replaced = may_be_replaced
        self._registry = registry
        self._ledger = ledger
        self._fleet = fleet
        self._pool_of = pool_of
        self._most_vms = most_vms
        self._notes = tuple(notes)
        self._loaded = False
        # True once all VMs are given back, as the service ends with its programs.
        self._ending = False
        self._closing = threading.Event()
        self._watch: threading.Thread | None = None

    def open(self, emit: Callable[[Event], None]) -> None:
        """Remember the VMs of a former server, and begin to watch leases and launchers."""
        if self._watch is not None:
            raise RuntimeError("the executor is open already")
        self.load()
        self._closing.clear()
        self._registry.open(emit, lambda vm: self._fleet.release(vm.pool, vm.vm_id))
        self._fleet.open(self._lose)
        self._watch = threading.Thread(target=self._watch_leases, name="leases", daemon=True)
        self._watch.start()
        if self._may_be_replaced:
            # Nothing is told to agents before the first answer.
            self._registry.confirm(time.monotonic())
            threading.Thread(target=self._watch_ledger, name="ledger", daemon=True).start()

    def load(self) -> None:
        """Read which VMs there were, once.

        Until it is clear which of them are still wanted, none is kept for longer than a lease.
        """
        with self._registry.lock:
            if self._loaded:
                return
            self._loaded = True
            for entry in self._ledger.load():
                vm = Vm(entry.vm_id, entry.pool_id, entry.pool, agent=entry.agent)
                vm.joined = bool(entry.agent)
                self._registry.renew(vm)
                self._registry.add(vm)

    def probe(self) -> Capabilities:
        """Say what agents can be expected to do; each says more of its machine when it joins."""
        return Capabilities(
            "network",
            self._most_vms,
            complete_kill=False,
            containers=True,
            prefetch=True,
            notes=self._notes,
        )

    def owns(self, vm_id: str) -> bool:
        """Return whether a VM is one of this executor's."""
        with self._registry.lock:
            return vm_id in self._registry.vms

    def together(self) -> contextlib.AbstractContextManager[object]:
        """Let agents hear of what is asked for in a block at its end."""
        return self._registry.together()

    def request_workers(
        self, pool_id: str, workers: Mapping[str, bool], group: WorkerGroup | None = None
    ) -> None:
        """Ask for VMs; each emits `WorkerJoined` when its agent has come."""
        self._check_open()
        spec = VMSpec.of(group or WorkerGroup(), pool_id)
        registry = self._registry
        new: list[LedgerEntry] = []
        wanted: list[Vm] = []
        with registry.lock:
            if self._ending:
                return  # The next server is asked again.
            for vm_id, booted in workers.items():
                vm = registry.vms.get(vm_id)
                if vm is None:
                    vm = Vm(vm_id, pool_id, self._pool_of(spec))
                    registry.add(vm)
                    new.append(LedgerEntry(vm_id, vm.pool, pool_id))
                # If nobody has noted who it is, whoever comes is taken for it.
                vm.joined = vm.joined or booted
                if vm.joined:
                    registry.renew(vm)
                else:
                    vm.expires_at = None
                registry.request(vm)
                vm.wanted.request(pool_id, {vm_id: booted})
                wanted.append(vm)
        if new:
            self._ledger.add(new)
        registry.announce_requests()
        for vm in wanted:
            self._fleet.want(vm.pool, vm.vm_id, spec)

    def release_workers(self, pool_id: str, worker_ids: Collection[str]) -> None:
        """Give VMs back; an agent that cannot be reached is waited for until its lease is over."""
        self._check_open()
        registry = self._registry
        events: list[Event] = []
        told: list[Vm] = []
        with registry.lock:
            for vm_id in worker_ids:
                vm = registry.vms.get(vm_id)
                if vm is None:
                    continue
                vm.leaving = True
                vm.wanted.release(pool_id, [vm_id])
                vm.order("release", pool_id, [vm_id])
                told.append(vm)
                if not vm.joined:
                    events += registry.drop(vm, "it was released")
        registry.tell(told)
        registry.emit(events)

    def start(self, attempts: Sequence[Attempt]) -> None:
        """Run attempts; the same id starts nothing a second time.

        Raises:
            ValueError: An id cannot be a file name.
        """
        self._check_open()
        crash_points.reach("start.before")
        registry = self._registry
        events: list[Event] = []
        told: set[Vm] = set()
        with registry.lock:
            for attempt in attempts:
                check_attempt_id(attempt.attempt_id)
                vm = registry.vms.get(attempt.worker_id)
                if vm is None or vm.leaving:
                    events.append(AttemptLost(attempt.attempt_id, _VM_REMOVED))
                    continue
                registry.where[attempt.attempt_id] = vm
                new = vm.wanted.start([attempt])
                if new:
                    vm.order("start", [attempt_item(each) for each in new])
                    told.add(vm)
        registry.tell(told)
        registry.emit(events)
        crash_points.reach("start.after")

    def revoke(self, attempt_ids: Collection[str]) -> None:
        """Take back attempts that have not begun."""
        self._check_open()
        with self._registry.lock:
            told = self._group(attempt_ids)
            for vm, ids in told.items():
                vm.wanted.revoke(ids)
                vm.order("revoke", ids)
        self._registry.tell(told)

    def stop(self, attempt_ids: Collection[str]) -> None:
        """End attempts with every process of their trees; each ends in an event."""
        self._check_open()
        crash_points.reach("stop.before")
        ids = list(attempt_ids)
        registry = self._registry
        with registry.lock:
            told = self._group(ids)
            for vm, known in told.items():
                vm.wanted.stop(known)
                vm.order("stop", known)
            unknown = [each for each in ids if each not in registry.where]
        registry.tell(told)
        registry.emit(
            AttemptLost(each, "it was not running when it was stopped") for each in unknown
        )
        crash_points.reach("stop.after")

    def settle(self, attempt_ids: Mapping[str, str], /) -> dict[str, Standing]:
        """Say what is known of attempts after a restart of the server; events tell the rest."""
        self.load()
        crash_points.reach("adopt.before")
        registry = self._registry
        found: dict[str, Standing] = {}
        told: dict[Vm, list[str]] = {}
        unknown: list[str] = []
        with registry.lock:
            for attempt_id, vm_id in attempt_ids.items():
                vm = registry.vms.get(vm_id)
                if vm is None:
                    found[attempt_id] = "unknown"
                    unknown.append(attempt_id)
                    continue
                registry.where[attempt_id] = vm
                told.setdefault(vm, []).append(attempt_id)
            for vm, ids in told.items():
                found.update(vm.wanted.settle(ids))
                vm.order("settle", ids)
        registry.tell(told)
        registry.emit(AttemptLost(each, "its VM is gone") for each in unknown)
        crash_points.reach("adopt.after")
        return found

    def forget(self, attempt_ids: Collection[str]) -> None:
        """Drop what is kept about attempts whose end is recorded elsewhere."""
        registry = self._registry
        with registry.lock:
            told = self._group(attempt_ids)
            for vm, ids in told.items():
                vm.wanted.forget(ids)
                vm.order("forget", ids)
                kept = vm.wanted.kept()
                for attempt_id in ids:
                    if attempt_id not in kept:
                        registry.where.pop(attempt_id, None)
        # It is not urgent: agents hear of it with the next attempt, or when they ask again.

    def kept_attempts(self) -> frozenset[str]:
        """Return the attempts of which something is kept, as far as agents have told."""
        with self._registry.lock:
            return frozenset(self._registry.where)

    def lose(self, vm_id: str, cause: str, *, planned: bool = False) -> None:
        """Give a VM up, as its agent is known to be gone.

        Args:
            vm_id: The VM.
            cause: Why, as one sentence.
            planned: Whether that was to be, so that nothing counts as lost.
        """
        registry = self._registry
        with registry.lock:
            vm = registry.vms.get(vm_id)
            events = [] if vm is None else registry.drop(vm, cause, planned=planned)
        registry.tell(())
        registry.emit(events)

    def _lose(self, vm_id: str, cause: str, planned: bool) -> None:
        self.lose(vm_id, cause, planned=planned)

    def close(self, *, stop_attempts: bool) -> None:
        """Let go of everything.

        Args:
            stop_attempts: Give all VMs back and wait for their agents, for half a minute at the
                most; otherwise they go on, and are found by the next server.
        """
        registry = self._registry
        if stop_attempts and registry.is_open:
            pools: dict[str, list[str]] = {}
            with registry.lock:
                self._ending = True
                for vm in registry.vms.values():
                    vm.paused = not vm.leaving
                    pools.setdefault(vm.pool_id, []).append(vm.vm_id)
            for pool_id, ids in pools.items():
                self.release_workers(pool_id, ids)
            deadline = time.monotonic() + _CLOSE_SECONDS
            while registry.vms and time.monotonic() < deadline:
                time.sleep(0.01)
        self._closing.set()
        if self._watch is not None:
            self._watch.join()
            self._watch = None
        self._fleet.close()
        registry.close()

    def _check_open(self) -> None:
        if not self._registry.is_open:
            raise RuntimeError("the executor is not open")

    def _group(self, attempt_ids: Iterable[str]) -> dict[Vm, list[str]]:
        found: dict[Vm, list[str]] = {}
        for attempt_id in attempt_ids:
            check_attempt_id(attempt_id)
            vm = self._registry.where.get(attempt_id)
            if vm is not None:
                found.setdefault(vm, []).append(attempt_id)
        return found

    def _watch_leases(self) -> None:
        registry = self._registry
        tick = min(_TICK_SECONDS, registry.lease_seconds / 20)
        wait = 0.0
        while not self._closing.wait(wait):
            now = time.monotonic()
            with registry.lock:
                ends = {
                    vm.vm_id: vm.expires_at
                    for vm in registry.vms.values()
                    if vm.expires_at is not None
                }
            over = [vm_id for vm_id, end in ends.items() if end <= now]
            left = (end - now for end in ends.values() if end > now)
            # What is renewed meanwhile, or new, has a whole lease before it.
            wait = max(tick, min(left, default=registry.lease_seconds))
            for vm_id in over:
                seconds = f"{registry.lease_seconds:g} seconds"
                self.lose(vm_id, f"its agent was not heard of for {seconds}")

    def _watch_ledger(self) -> None:
        """Confirm again and again that this server has not been replaced.

        What it tells an agent last renews the lease of that for four fifths of its length. A server
        that takes its place waits for the whole of it, so a tenth is early enough to fall silent.
        """
        length = min(_MOST_SURE_SECONDS, self._registry.lease_seconds / 10)
        while not self._closing.is_set():
            asked_at = time.monotonic()
            try:
                self._ledger.confirm().result(timeout=length)
            except Exception as error:
                _logger.debug("the database does not answer: %s", error)
            else:
                self._registry.confirm(asked_at + length)
            self._closing.wait(length / 4)
