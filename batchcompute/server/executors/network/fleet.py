"""Keeps as many agents as there are VMs wanted, by asking launchers again and again.

What is wanted and what an engine says are compared every few seconds, so that nothing depends on a
single answer: an agent that is not there is launched, one that nobody wants is released, and one
that the engine says is gone takes its VM with it. Each pool has a thread of its own, as an engine
may take long to answer. A pool that fails pauses, and is tried with growing pauses.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from batchcompute.server.executors.interface import Event, WorkerWarned
from batchcompute.server.executors.launchers.interface import (
    AgentCommand,
    Launcher,
    LaunchError,
    Observation,
    VMSpec,
)
from batchcompute.server.executors.network.ledger import Ledger, LedgerEntry
from batchcompute.server.executors.network.registry import Registry
from batchcompute.server.model.log_lines import AWAITS_AGENT
from batchcompute.server.model.pauses import Pauses

_logger = logging.getLogger("batchcompute.server.fleet")

#: Agents that end before they join, and VMs that the engine refuses, after which a pool pauses.
MOST_FAILED_STARTS = 3
MOST_REFUSALS = 10
#: How long an engine may let a VM wait before people are told why, in seconds.
_LONG_WAIT_SECONDS = 60.0
#: An agent that answers within this time lives, whatever the engine says.
_HEARD_SECONDS = 3.0
#: How often it is looked whether it has answered, in seconds.
_DOUBT_SECONDS = 0.1
#: Seconds before an agent is launched again whose start failed, and their growth.
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 300.0
#: Agents that are launched between two looks at the engine.
_MOST_STARTS = 50


@dataclass(slots=True)
class _Member:
    """A VM of a pool.

    Attributes:
        spec: What it is to be.
        reference: What the engine calls its agent.
        launched: Whether the engine has taken it.
        again_at: When it may be launched, by the monotonic clock.
        pending_since: Since when the engine lets it wait, by the monotonic clock; None if it does
            not.
        doubt: When its agent was asked for a sign of life, by the monotonic clock, and what the
            engine said before; None if it need not give one.
    """

    spec: VMSpec
    reference: str = ""
    launched: bool = False
    again_at: float = 0.0
    pending_since: float | None = None
    doubt: tuple[float, Observation] | None = None


def _pauses() -> Pauses:
    return Pauses(10 * _FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)


@dataclass(slots=True)
class _Trouble:
    """How a pool fares.

    Attributes:
        failed: Agents that ended before they joined, one after the other.
        refused: VMs that the engine refused, one after the other.
        words: What the engine said last.
        until: Until when nothing is started, by the monotonic clock.
        pauses: How long it pauses.
    """

    failed: int = 0
    refused: int = 0
    words: str = ""
    until: float = 0.0
    pauses: Pauses = field(default_factory=_pauses)


Lose = Callable[[str, str, bool], None]


class Fleet:
    """The agents of all pools."""

    def __init__(
        self,
        launchers: Mapping[str, Launcher],
        registry: Registry,
        ledger: Ledger,
        command: Callable[[str, str], AgentCommand],
        resources: Callable[[VMSpec], VMSpec],
        *,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        """Bind the parts; `open` begins.

        Args:
            launchers: Name of a pool -> its launcher.
            registry: The VMs.
            ledger: Keeps what engines call their agents.
            command: Returns how to start the agent of a pool's VM.
            resources: Fills in what an instance type stands for.
            limits: Name of a pool -> VMs that are launched at once, at the most.
        """
        most = limits or {}
        self._pools = {
            name: _Pool(name, each, registry, ledger, command, resources, most.get(name))
            for name, each in launchers.items()
        }
        self._ledger = ledger
        self._lose: Lose | None = None

    def open(self, lose: Lose) -> None:
        """Begin.

        Args:
            lose: Gives a VM up: its id, why, and whether that was planned.
        """
        self._lose = lose
        for entry in self._ledger.load():
            if entry.pool in self._pools:
                self._pools[entry.pool].remember(entry)
            else:
                _logger.warning("VM %s belongs to pool %s, which is no more", *_names(entry))
        for pool in self._pools.values():
            pool.open(lose)

    def want(self, pool: str, vm_id: str, spec: VMSpec) -> None:
        """Have an agent for a VM; one whose pool is no more is given up, so that another comes."""
        if pool in self._pools:
            self._pools[pool].want(vm_id, spec)
            return
        _logger.warning("VM %s belongs to pool %s, which is no more: it is given up", vm_id, pool)
        if self._lose is not None:
            self._lose(vm_id, f"its pool {pool} is not in the configuration any more", True)

    def release(self, pool: str, vm_id: str) -> None:
        """Have none any more."""
        if pool in self._pools:
            self._pools[pool].release([vm_id])
        else:
            self._ledger.remove([vm_id])

    def close(self) -> None:
        """Let go of the launchers, after what is to be released is."""
        for pool in self._pools.values():
            pool.ask_to_close()
        for pool in self._pools.values():
            pool.close()


class _Pool:
    """The agents of one pool."""

    def __init__(
        self,
        name: str,
        launcher: Launcher,
        registry: Registry,
        ledger: Ledger,
        command: Callable[[str, str], AgentCommand],
        resources: Callable[[VMSpec], VMSpec],
        limit: int | None,
    ) -> None:
        self._name = name
        self._limit = limit
        self._launcher = launcher
        self._registry = registry
        self._ledger = ledger
        self._command = command
        self._resources = resources
        self._observe_seconds = launcher.observe_seconds
        self._changed = threading.Condition()
        self._wanted: dict[str, _Member] = {}
        # VMs to release -> what the engine calls their agents.
        self._released: dict[str, str] = {}
        self._trouble = _Trouble()
        # What was told last of groups whose VMs the engine lets wait.
        self._waits: dict[str, str] = {}
        self._observed_at = 0.0
        self._closing = False
        self._lose: Lose | None = None
        self._thread = threading.Thread(target=self._work, name=f"pool-{name}", daemon=True)

    def remember(self, entry: LedgerEntry) -> None:
        """Take up a VM of a former server."""
        cluster_id, _, group = entry.pool_id.partition(".")
        spec = VMSpec(entry.pool_id, cluster_id, group)
        # Without a reference it may never have been launched; the engine knows.
        self._wanted[entry.vm_id] = _Member(
            spec, entry.reference, launched=bool(entry.reference or entry.agent)
        )

    def open(self, lose: Lose) -> None:
        self._lose = lose
        self._thread.start()

    def want(self, vm_id: str, spec: VMSpec) -> None:
        with self._changed:
            known = self._wanted.get(vm_id)
            if known is None:
                self._wanted[vm_id] = _Member(self._resources(spec))
            else:
                known.spec = self._resources(spec)
            self._changed.notify()

    def release(self, vm_ids: Collection[str]) -> None:
        with self._changed:
            for vm_id in vm_ids:
                member = self._wanted.pop(vm_id, None)
                self._released[vm_id] = "" if member is None else member.reference
            self._changed.notify()

    def ask_to_close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()

    def close(self) -> None:
        if self._thread.ident is not None:
            self._thread.join()
        self._launcher.close()

    def _work(self) -> None:
        while True:
            with self._changed:
                if not (self._closing or self._due()):
                    self._changed.wait(self._pause())
                closing = self._closing
            try:
                tried = self._release_all()
                if closing:
                    return
                self._launch(tried)
                self._judge()
                if time.monotonic() - self._observed_at >= self._observe_seconds:
                    self._observed_at = time.monotonic()
                    self._observe()
            except Exception:
                _logger.exception("pool %s: it is tried again", self._name)
                time.sleep(_FIRST_PAUSE_SECONDS)

    def _due(self) -> bool:
        return bool(self._released) or (
            any(
                not each.launched and each.again_at <= time.monotonic()
                for each in self._wanted.values()
            )
            and self._trouble.until <= time.monotonic()
            and self._room() > 0
        )

    def _pause(self) -> float | None:
        """Return for how long there may be nothing to do; the lock is held."""
        if any(each.doubt is not None for each in self._wanted.values()):
            return min(self._observe_seconds, _DOUBT_SECONDS)
        return self._observe_seconds if self._wanted else None

    def _room(self) -> int:
        """Return how many VMs may still be launched; the lock is held."""
        if self._limit is None:
            return _MOST_STARTS
        return self._limit - sum(each.launched for each in self._wanted.values())

    def _release_all(self) -> Collection[str]:
        """Release what is to be; return the VMs that were tried, also those that stay for now."""
        with self._changed:
            released = dict(self._released)
        gone: list[str] = []
        for vm_id, reference in released.items():
            try:
                self._launcher.release(vm_id, reference)
            except LaunchError as error:
                _logger.warning("pool %s: VM %s is not released yet: %s", self._name, vm_id, error)
            else:
                gone.append(vm_id)
        if gone:
            self._ledger.remove(gone)
        with self._changed:
            for vm_id in gone:
                del self._released[vm_id]
            if self._released:
                self._changed.wait(_FIRST_PAUSE_SECONDS)
        return released.keys()

    def _launch(self, tried: Collection[str]) -> None:
        """Launch what is not there, unless the pool pauses or has something new to release.

        Args:
            tried: VMs whose release was tried just now: if it failed, nothing waits for it.
        """
        now = time.monotonic()
        with self._changed:
            due = [
                (vm_id, member)
                for vm_id, member in self._wanted.items()
                if not member.launched and member.again_at <= now
            ]
            room = max(0, self._room())
        if len(due) > room and self._limit is not None:
            self._note_limit(due[room:])
        due = due[: min(room, _MOST_STARTS)]
        for vm_id, member in due:
            with self._changed:
                releases = bool(self._released.keys() - tried)
            if self._trouble.until > time.monotonic() or self._closing or releases:
                return
            try:
                reference = self._launcher.ensure(
                    vm_id, self._command(self._name, vm_id), member.spec
                )
            except LaunchError as error:
                self._trouble.refused += 1
                self._failed(vm_id, member, str(error))
                continue
            self._trouble.refused = 0
            with self._changed:
                member.reference, member.launched = reference, True
                if vm_id in self._released:
                    self._released[vm_id] = reference
            self._ledger.refer(vm_id, reference)

    def _observe(self) -> None:
        with self._changed:
            vms = {vm_id: each.reference for vm_id, each in self._wanted.items() if each.launched}
        if not vms:
            return
        try:
            found = self._launcher.observe(vms)
        except LaunchError as error:
            _logger.warning("pool %s cannot be looked at: %s", self._name, error)
            return
        for vm_id, seen in found.items():
            member = self._wanted.get(vm_id)
            if member is None:
                continue
            if seen.reference and seen.reference != member.reference:
                member.reference = seen.reference
                self._ledger.refer(vm_id, seen.reference)
            self._note_wait(vm_id, member, seen)
            if seen.standing == "gone":
                self._gone(vm_id, member, seen)
            elif seen.standing == "running" and self._has_joined(vm_id):
                self._recovered()

    def _note_limit(self, waiting: Iterable[tuple[str, _Member]]) -> None:
        """Tell people that the VMs of a group wait for others of the pool to be given back."""
        words = f"it has its {self._limit} VMs, as most-vms says"
        for group in {member.spec.pool_id for _, member in waiting}:
            if self._waits.get(group) != words:
                self._waits[group] = words
                self._tell(f"VMs wait: {words}", group)

    def _note_wait(self, vm_id: str, member: _Member, seen: Observation) -> None:
        """Tell people why an engine lets VMs of a group wait, if that takes long."""
        now = time.monotonic()
        group = member.spec.pool_id
        if seen.certain and seen.standing == "pending" and self._has_joined(vm_id):
            # It is news again once others of its group wait.
            if member.pending_since is not None:
                self._waits.pop(group, None)
            member.pending_since = None
            return
        if seen.standing != "pending":
            member.pending_since = None
            return
        member.pending_since = member.pending_since or now
        if seen.certain:
            if seen.words and self._waits.get(group) != seen.words:
                self._waits[group] = seen.words
                self._tell(f"{AWAITS_AGENT}{seen.words}", group)
            return
        is_long = now - member.pending_since >= _LONG_WAIT_SECONDS
        if is_long and seen.words and self._waits.get(group) != seen.words:
            self._waits[group] = seen.words
            self._tell(f"VMs wait for the engine: {seen.words}", group)

    def _gone(self, vm_id: str, member: _Member, seen: Observation) -> None:
        """Give a VM up whose agent is gone, or launch it again if it never came.

        An engine may lose sight of an agent that lives, and that has perhaps nothing to say at the
        moment. So it is asked first.
        """
        with self._registry.lock:
            vm = self._registry.vms.get(vm_id)
            joined = vm is not None and vm.joined
            talks = vm if vm is not None and vm.session is not None else None
        if talks is not None and not seen.certain:
            if member.doubt is None:
                member.doubt = time.monotonic(), seen
                self._registry.ask(talks)
        elif joined:
            self._give_up(vm_id, seen)
        elif seen.planned:
            member.launched = False
        else:
            self._trouble.failed += 1
            words = f"the agent ended before it joined: {_words(seen)}"
            self._failed(vm_id, member, words)

    def _judge(self) -> None:
        """Give up VMs whose agents gave no sign of life when they were asked for one."""
        with self._changed:
            doubted = [(vm_id, each) for vm_id, each in self._wanted.items() if each.doubt]
        for vm_id, member in doubted:
            assert member.doubt is not None
            asked_at, seen = member.doubt
            with self._registry.lock:
                vm = self._registry.vms.get(vm_id)
                lives = vm is not None and vm.seen_at > asked_at
            if lives:
                member.doubt = None
            elif time.monotonic() - asked_at >= _HEARD_SECONDS:
                member.doubt = None
                self._give_up(vm_id, seen)

    def _give_up(self, vm_id: str, seen: Observation) -> None:
        assert self._lose is not None
        self._lose(vm_id, f"its agent is gone: {_words(seen)}", seen.planned)

    def _has_joined(self, vm_id: str) -> bool:
        with self._registry.lock:
            vm = self._registry.vms.get(vm_id)
            return vm is not None and vm.joined

    def _failed(self, vm_id: str, member: _Member, words: str) -> None:
        """Note that a start failed; after several of them the pool pauses."""
        trouble = self._trouble
        trouble.words = words
        member.launched = False
        member.again_at = time.monotonic() + _FIRST_PAUSE_SECONDS
        _logger.warning("pool %s: VM %s cannot be started: %s", self._name, vm_id, words)
        if trouble.failed < MOST_FAILED_STARTS and trouble.refused < MOST_REFUSALS:
            return
        first = trouble.pauses.last == 0.0
        trouble.until = time.monotonic() + trouble.pauses.next()
        if first:
            text = f"VMs cannot be started, which is tried again with growing pauses: {words}"
            self._tell(text)

    def _recovered(self) -> None:
        if self._trouble.pauses.last:
            self._tell("VMs can be started again")
        if self._trouble.failed or self._trouble.pauses.last:
            self._trouble = _Trouble()

    def _tell(self, text: str, group: str = "") -> None:
        """Say something in the operation logs of every group of the pool, or of one, once each."""
        with self._changed:
            speakers: dict[str, str] = {}
            for vm_id, member in self._wanted.items():
                if not self._has_joined(vm_id):
                    speakers.setdefault(member.spec.pool_id, vm_id)
            for vm_id, member in self._wanted.items():
                speakers.setdefault(member.spec.pool_id, vm_id)
        events: list[Event] = [
            WorkerWarned(pool_id, vm_id, f"Pool {self._name}: {text}")
            for pool_id, vm_id in speakers.items()
            if group in ("", pool_id)
        ]
        self._registry.emit(events)


def _words(seen: Observation) -> str:
    return seen.words or "the engine does not say why"


def _names(entry: LedgerEntry) -> tuple[str, str]:
    return entry.vm_id, entry.pool
