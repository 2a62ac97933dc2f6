"""The VMs of the network executor, shared by those who ask for them and those who are them.

The scheduler's thread asks, agents answer in the thread of their port, and a watch sees to leases
and launchers. All of them hold one lock while they look or change something, and none while it
tells others.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable
from dataclasses import dataclass, field, replace

from batchcompute.server.executors.agent.session import Session
from batchcompute.server.executors.embedded.wanted import Wanted
from batchcompute.server.executors.interface import (
    AttemptEnded,
    AttemptLost,
    Event,
    WorkerJoined,
    WorkerLeft,
    WorkerWarned,
)
from batchcompute.server.executors.network.reading import as_line


def _wanted() -> Wanted:
    return Wanted(new=False)


@dataclass(slots=True, eq=False)
class Vm:
    """A VM: what it is asked for, and the agent that is it.

    Attributes:
        vm_id, pool_id: Its names.
        pool: Name of the pool that it comes from.
        wanted: What it was asked for, and has not done yet.
        requested: Whether the scheduler has asked for it; of one that it gave up before a restart,
            there may be attempts left.
        joined: Whether an agent has been this VM at some time.
        leaving: Whether it was given back.
        paused: Whether only this server gives it back, as it ends; the scheduler still wants it,
            and the next server asks for it again.
        agent: The agent that it is; "" before one has joined.
        host: The machine of that agent; "" before it has joined this server.
        machine: Names the run of that machine's system, and the agent's folder; "" if nothing does.
        agent_is_new: Whether the ledger may not have that agent yet.
        session: With that agent; None before it has joined this server.
        expires_at: When its lease is over, by the monotonic clock; None before it has joined.
        seen_at: When its agent was heard last, by the monotonic clock.
        poll: Number of the newest `work` request.
        news: Set when the newest request is to be answered; belongs to the thread of the port.
    """

    vm_id: str
    pool_id: str
    pool: str
    wanted: Wanted = field(default_factory=_wanted)
    requested: bool = False
    joined: bool = False
    leaving: bool = False
    paused: bool = False
    agent: str = ""
    host: str = ""
    machine: str = ""
    agent_is_new: bool = False
    session: Session | None = None
    expires_at: float | None = None
    seen_at: float = 0.0
    poll: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def order(self, *order: object) -> None:
        """Tell its agent something; the next agent is told all that is wanted."""
        if self.session is not None:
            self.session.add(order)


class Registry:
    """All VMs, by their ids. Whoever uses `vms`, `where` or a VM holds `lock`.

    Attributes:
        lock: Held while anything here is looked at.
        vms: The VMs that are there or wanted.
        where: The VM of each attempt of which something is kept.
        agents: The VM of each agent that is one.
        lease_seconds: How long the server waits for a sign of life.
        requests: Set, and replaced, when VMs are requested; belongs to the thread of the port.
    """

    def __init__(self, lease_seconds: float) -> None:
        """Start without VMs."""
        self.lock = threading.RLock()
        self.vms: dict[str, Vm] = {}
        self.where: dict[str, Vm] = {}
        self.agents: dict[str, Vm] = {}
        # Until when this server is sure that no other one has taken its place; None if none can.
        self._sure_until: float | None = None
        # By pool, the VMs that were requested without an agent, and perhaps have one by now.
        self._vacant: dict[str, deque[Vm]] = {}
        self.lease_seconds = lease_seconds
        self.requests = asyncio.Event()
        self._emit: Callable[[Event], None] | None = None
        self._dropped: Callable[[Vm], None] | None = None
        self._drops: list[Vm] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._gathering = False
        self._to_wake: set[Vm] = set()

    def open(self, emit: Callable[[Event], None], dropped: Callable[[Vm], None]) -> None:
        """Begin to tell events.

        Args:
            emit: Takes events.
            dropped: Called for a VM that was let go of, after the events about it.
        """
        self._emit, self._dropped = emit, dropped

    @property
    def is_open(self) -> bool:
        """True while events are told."""
        return self._emit is not None

    @property
    def is_sure(self) -> bool:
        """True unless another server may have taken the place of this one.

        Then nothing is told to agents, whose leases would not end in time for the other one.
        """
        return self._sure_until is None or time.monotonic() < self._sure_until

    def confirm(self, until: float) -> None:
        """Be sure for some time.

        Args:
            until: When that ends, by the monotonic clock.
        """
        self._sure_until = until

    def close(self) -> None:
        """Tell nothing any more, and answer all that wait."""
        self._emit = None
        with self.lock:
            self._to_wake.update(self.vms.values())
        self._wake()

    def emit(self, events: Iterable[Event]) -> None:
        """Tell events; the lock is not held."""
        if self._emit is not None:
            for event in events:
                self._emit(event)
        with self.lock:
            drops, self._drops = self._drops, []
        if self._dropped is not None:
            for vm in drops:
                self._dropped(vm)

    def bind_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Learn in which loop agents wait."""
        self._loop = loop

    @contextlib.contextmanager
    def together(self) -> Generator[None, None, None]:
        """Let agents hear of what is ordered in a block at its end."""
        with self.lock:
            self._gathering = True
        try:
            yield
        finally:
            with self.lock:
                self._gathering = False
            self._wake()

    def add(self, vm: Vm) -> None:
        """Take a VM up; the lock is held."""
        self.vms[vm.vm_id] = vm
        if vm.agent:
            self.agents[vm.agent] = vm

    def name(self, vm: Vm, agent: str) -> None:
        """Let an agent be a VM; the lock is held."""
        vm.agent, vm.agent_is_new = agent, True
        self.agents[agent] = vm

    def request(self, vm: Vm) -> None:
        """Note that the scheduler wants a VM; the lock is held."""
        vm.requested = True
        if not vm.agent:
            self._vacant.setdefault(vm.pool, deque()).append(vm)

    def vacant(self, pool: str) -> Vm | None:
        """Return the oldest VM of a pool that is wanted and has no agent; the lock is held."""
        found = self._vacant.get(pool, deque())
        # Thousands of agents may look at once, so none of them looks at all VMs.
        while found and (found[0].agent or found[0].leaving or found[0].vm_id not in self.vms):
            found.popleft()
        return found[0] if found else None

    def attempts_on(self, vm_id: str) -> list[str]:
        """Return the attempts that a VM has now; none if no agent is that VM."""
        with self.lock:
            vm = self.vms.get(vm_id)
            return [] if vm is None or not vm.agent else vm.wanted.in_flight()

    def tell(self, vms: Iterable[Vm]) -> None:
        """Have agents hear of what was ordered; the lock need not be held."""
        with self.lock:
            self._to_wake.update(vms)
            if self._gathering:
                return
        self._wake()

    def ask(self, vm: Vm) -> None:
        """Have the agent of a VM give a sign of life; the lock need not be held.

        The request that waits is answered, so that the next one comes.
        """
        self.tell([vm])

    def announce_requests(self) -> None:
        """Have agents look that wait for a VM to be wanted."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._set_requests)

    def renew(self, vm: Vm) -> None:
        """Note a sign of life."""
        vm.seen_at = time.monotonic()
        vm.expires_at = vm.seen_at + self.lease_seconds

    def drop(self, vm: Vm, cause: str, *, planned: bool = False) -> list[Event]:
        """Let go of a VM, whose attempts cannot count any more; the lock is held.

        Args:
            vm: The VM.
            cause: Why, as one sentence.
            planned: Whether that was to be, so that nothing counts as lost.

        Returns:
            Events to tell.
        """
        if self.vms.pop(vm.vm_id, None) is None:
            return []
        if self.agents.get(vm.agent) is vm:
            del self.agents[vm.agent]
        events: list[Event] = []
        for attempt_id in vm.wanted.in_flight():
            events.append(AttemptLost(attempt_id, cause, planned))
        for attempt_id in vm.wanted.kept():
            self.where.pop(attempt_id, None)
        if not vm.paused:
            events.append(WorkerLeft(vm.pool_id, vm.vm_id, cause))
        vm.session = None
        self._to_wake.add(vm)
        self._drops.append(vm)
        return events

    def join(self, vm: Vm, session: Session, kept: Collection[str], news: WorkerJoined) -> bool:
        """Begin a session with the agent of a VM, and order all that is wanted; the lock is held.

        Args:
            vm: The VM.
            session: The session.
            kept: Attempts of which the agent has something.
            news: Told if it was not there before.

        Returns:
            Whether `news` is to be told.
        """
        vm.session = session
        self.renew(vm)
        wanted = vm.wanted.kept()
        if strays := sorted(set(kept) - wanted):
            # Of another database, perhaps. Nobody waits for them.
            session.add(("stop", strays))
        for order in vm.wanted.resume(dict.fromkeys(kept, "unknown")):
            session.add(order)
        vm.joined = True
        return not vm.leaving and vm.wanted.note(news)

    def take(self, vm: Vm, told: Iterable[Event]) -> list[Event]:
        """Take what an agent tells; return what is to be told on. The lock is held."""
        events: list[Event] = []
        for said in told:
            event = _proper(vm, said)
            if event is None:
                continue
            if not vm.wanted.note(event):
                if (
                    isinstance(event, AttemptEnded)
                    and event.receipt.attempt_id not in vm.wanted.kept()
                ):
                    # It was taken from this VM before, so nobody else will say so.
                    vm.order("forget", [event.receipt.attempt_id])
                continue
            if isinstance(event, WorkerLeft):
                events += self.drop(vm, event.cause, planned=True)
            else:
                events.append(event)
        return events

    def _set_requests(self) -> None:
        self.requests.set()
        self.requests = asyncio.Event()

    def _wake(self) -> None:
        with self.lock:
            vms, self._to_wake = self._to_wake, set()
        if vms and self._loop is not None:
            # The port may be closed already.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(_set, vms)


def _proper(vm: Vm, event: Event) -> Event | None:
    """Return what an agent tells, with texts fit to be shown; None if it is not its own to tell."""
    match event:
        case WorkerJoined():
            return None  # That was said by its `join`.
        case WorkerLeft() | WorkerWarned() if event.worker_id != vm.vm_id:
            return None
        case WorkerWarned():
            return replace(event, message=as_line(event.message))
        case AttemptLost() | WorkerLeft():
            return replace(event, cause=as_line(event.cause))
        case _:
            return event


def _set(vms: set[Vm]) -> None:
    for vm in vms:
        vm.news.set()
