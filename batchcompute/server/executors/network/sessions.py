"""Answers to agents: who they are, what they are to do, or that they are not wanted."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

from batchcompute._version import __version__
from batchcompute.server.executors.agent.frames import Frame
from batchcompute.server.executors.agent.session import Session, SessionError
from batchcompute.server.executors.interface import Event, WorkerJoined, WorkerWarned
from batchcompute.server.executors.network.ledger import Ledger
from batchcompute.server.executors.network.protocol import (
    PROTOCOL,
    Hello,
    Joined,
    JoinRequest,
    ObjectKey,
    ObjectPort,
    RefusedError,
    Welcome,
    misfit,
    wait_seconds,
)
from batchcompute.server.executors.network.reading import read_cause, read_frame
from batchcompute.server.executors.network.registry import Registry, Vm
from batchcompute.server.executors.network.tokens import Bearer, Tokens
from batchcompute.server.model import crash_points

_logger = logging.getLogger("batchcompute.server.agents")

#: Items that an agent may leave unacknowledged. Beyond that its session is over, and the next one
#: begins with what is wanted by then.
_MOST_UNACKNOWLEDGED = 10_000
#: After how many of the longest waits an agent that has not asked again talks no more.
_SILENCE = 1.5
_NOT_WANTED = "this VM is not wanted any more"

#: The part of what it may take that an answer takes at least, if there is nothing to say. Agents
#: that began together, as after a restart of the server, do not ask together for ever.
_SHORTEST_PART = 0.7


class Sessions:
    """Answers agents. Everything here belongs to the thread of their port."""

    def __init__(
        self,
        registry: Registry,
        ledger: Ledger,
        tokens: Tokens,
        objects: str,
        port: ObjectPort | None = None,
        key_of: Callable[[str], ObjectKey] | None = None,
    ) -> None:
        """Bind the parts.

        Args:
            registry: The VMs.
            ledger: Keeps them.
            tokens: Reads and makes tokens.
            objects: What agents reach objects by, see `open_store`.
            port: How agents reach them by this port; None if they cannot.
            key_of: Returns the key of a VM for that; None if there is none.
        """
        self._registry = registry
        self._ledger = ledger
        self._tokens = tokens
        self._objects = objects
        self._port = port
        self._key_of = key_of

    def identify(self, token: str) -> Bearer:
        """Return whom a token is for.

        Raises:
            RefusedError: Nobody.
        """
        bearer = self._tokens.read(token)
        if bearer is None:
            raise RefusedError("token", "the token is not known here")
        return bearer

    def check_release(self, hello: Hello) -> None:
        """Check that an agent speaks as this server does.

        Raises:
            RefusedError: It does not.
        """
        if words := misfit(hello.protocol, hello.release, __version__):
            raise RefusedError("version", words)

    def hello(self, bearer: Bearer, hello: Hello) -> Welcome:
        """Tell an agent what it has to know before it begins.

        Raises:
            RefusedError: Its release does not fit, or its VM is not wanted.
        """
        self.check_release(hello)
        if bearer.kind == "vm":
            self._check_open()  # The VMs are known now.
            with self._registry.lock:
                if bearer.name not in self._registry.vms:
                    raise RefusedError("gone", _NOT_WANTED)
        lease_seconds = self._registry.lease_seconds
        return Welcome(PROTOCOL, __version__, self._objects, lease_seconds, self._port)

    async def join(self, bearer: Bearer, request: JoinRequest) -> Joined:
        """Let an agent be a VM.

        Args:
            bearer: Whom its token is for.
            request: How it introduces itself.

        Raises:
            RefusedError: Its VM is not wanted, or is another agent's.
        """
        self._check_open()
        self._registry.bind_loop(asyncio.get_running_loop())
        vm_id = bearer.name if bearer.kind == "vm" else request.vm
        if not vm_id:
            longest = wait_seconds(self._registry.lease_seconds)
            found = await self._wait_for_vm(bearer.name, request.agent, longest)
            if found is None:
                return Joined(lease_seconds=self._registry.lease_seconds, wait_seconds=longest)
            vm_id = found.vm_id
        vm = self._claim(bearer, vm_id, request)
        # Once it has the VM, its lease is to begin, even if it leaves in this moment.
        return await asyncio.shield(self._admit(vm, request))

    async def _admit(self, vm: Vm, request: JoinRequest) -> Joined:
        """Begin a session with the agent that is a VM."""
        crash_points.reach("join.before")
        if vm.agent_is_new:
            # Durable before anything is given to it, so that no other agent can be taken for it.
            await asyncio.wrap_future(self._ledger.name(vm.vm_id, request.agent))
            vm.agent_is_new = False
        crash_points.reach("join.named")
        self._begin(vm, request)
        crash_points.reach("join.after")
        return Joined(
            vm.vm_id,
            vm.pool_id,
            self._tokens.make(Bearer("vm", vm.vm_id)),
            self._registry.lease_seconds,
            wait_seconds(self._registry.lease_seconds),
            None if self._key_of is None else self._key_of(vm.vm_id),
        )

    async def work(self, bearer: Bearer, frame: Mapping[str, Any]) -> Frame:
        """Take what an agent tells, and answer what it is to do, once there is something.

        Args:
            bearer: Whom its token is for.
            frame: Of the session, and `wait`: how long to wait at the most, in seconds.

        Raises:
            RefusedError: The VM is not wanted any more, or the session is not known.
        """
        registry = self._registry
        crash_points.reach("work.before")
        with registry.lock:
            vm, session = self._current(bearer, frame)
            told = read_frame(frame)
            try:
                events = cast("list[Event]", session.take(told))
            except SessionError as error:
                raise RefusedError("join", str(error)) from error
            registry.renew(vm)
            events = registry.take(vm, events)
            vm.poll += 1
            poll = vm.poll
            # Who asked before has this answered instead.
            vm.news.set()
            vm.news = news = asyncio.Event()
            waits = session.unacknowledged == 0 and vm.session is session
            if session.unacknowledged > _MOST_UNACKNOWLEDGED and vm.session is session:
                vm.session = None
        registry.tell(())
        registry.emit(events)
        if waits:
            try:
                longest = min(told["wait"], wait_seconds(registry.lease_seconds))
                async with asyncio.timeout(longest * random.uniform(_SHORTEST_PART, 1.0)):
                    await news.wait()
            except TimeoutError:
                pass
        crash_points.reach("work.after")
        with registry.lock:
            vm, session = self._current(bearer, frame)
            if vm.poll != poll:
                return session.empty_frame()
            return session.whole_frame()

    def leave(self, bearer: Bearer, frame: Mapping[str, Any]) -> None:
        """Let an agent go that has ended all of its programs.

        Raises:
            RefusedError: The VM is not wanted any more, or the session is not known.
        """
        registry = self._registry
        with registry.lock:
            vm, _ = self._current(bearer, frame)
            events = registry.drop(vm, read_cause(frame), planned=True)
        registry.tell(())
        registry.emit(events)

    def _choose(self, pool: str, agent: str) -> Vm | None:
        """Find a VM of a pool for an agent that came by itself: its own, or the oldest one."""
        with self._registry.lock:
            own = self._registry.agents.get(agent)
            if own is not None and own.pool == pool:
                return own
            return self._registry.vacant(pool)

    async def _wait_for_vm(self, pool: str, agent: str, longest: float) -> Vm | None:
        """Wait for a VM of a pool, for so many seconds; None if there is none until then."""
        deadline = asyncio.get_running_loop().time() + longest
        while True:
            news = self._registry.requests
            if (found := self._choose(pool, agent)) is not None:
                return found
            try:
                async with asyncio.timeout_at(deadline):
                    await news.wait()
            except TimeoutError:
                return None
            self._check_open()

    def _claim(self, bearer: Bearer, vm_id: str, request: JoinRequest) -> Vm:
        with self._registry.lock:
            vm = self._registry.vms.get(vm_id)
            if vm is None or (bearer.kind == "pool" and vm.pool != bearer.name):
                raise RefusedError("gone", _NOT_WANTED)
            if vm.agent and vm.agent != request.agent:
                raise RefusedError("taken", "another agent is this VM")
            self._check_host(vm, request)
            if not vm.agent:
                self._registry.name(vm, request.agent)
            return vm

    def _check_host(self, vm: Vm, request: JoinRequest) -> None:
        """Refuse another host that has a copy of an agent's folder; the lock is held.

        Both would be told to run the same, and each other's programs would be lost.
        """
        if not vm.host or not self._talks(vm):
            return
        words = "" if vm.host == request.host else vm.host
        # Copies of a machine may have one name, and so may containers. An agent whose folder is
        # elsewhere since it was killed tries again, until it is not heard there any more.
        if not words and vm.machine and request.machine and vm.machine != request.machine:
            words = f"another machine or container that is called {vm.host}"
        if words:
            words += " is this agent already; give each agent a --data-dir of its own"
            raise RefusedError("taken", words)

    def _talks(self, vm: Vm) -> bool:
        """Return whether the agent of a VM asks for work as it should; the lock is held."""
        longest = _SILENCE * wait_seconds(self._registry.lease_seconds)
        return vm.session is not None and time.monotonic() - vm.seen_at < longest

    def _begin(self, vm: Vm, request: JoinRequest) -> None:
        registry = self._registry
        with registry.lock:
            if registry.vms.get(vm.vm_id) is not vm:
                raise RefusedError("gone", _NOT_WANTED)
            # Both may have been let in before either of them began.
            self._check_host(vm, request)
            if not vm.requested and not vm.leaving:
                # The scheduler gave it up before a restart.
                vm.leaving = True
                vm.wanted.request(vm.pool_id, {vm.vm_id: True})
                vm.wanted.release(vm.pool_id, [vm.vm_id])
            vm.host, vm.machine = request.host, request.machine
            vm.news.set()
            news = WorkerJoined(vm.pool_id, vm.vm_id, request.address, request.host)
            joined = registry.join(vm, Session(request.boot), request.kept, news)
        if joined:
            about = f"{request.processors} processors, {request.memory_mib} MiB"
            notes = "; ".join(request.findings.notes)
            said = f"Agent of release {request.release} on {request.host} ({about}): {notes}"
            registry.emit([news, WorkerWarned(vm.pool_id, vm.vm_id, said)])
        _logger.info("agent %s of %s is VM %s", request.agent, request.host, vm.vm_id)

    def _current(self, bearer: Bearer, frame: Mapping[str, Any]) -> tuple[Vm, Session]:
        """Return the VM and the session of a request; the lock is held."""
        if bearer.kind != "vm":
            raise RefusedError("token", "this is the token of a pool; join first")
        self._check_open()
        vm = self._registry.vms.get(bearer.name)
        if vm is None:
            raise RefusedError("gone", _NOT_WANTED)
        if vm.session is None or vm.session.boot != frame.get("boot"):
            raise RefusedError("join", "this session is not known here")
        return vm, vm.session

    def _check_open(self) -> None:
        if not self._registry.is_open:
            raise RefusedError("away", "the server is about to end")
        if not self._registry.is_sure:
            raise RefusedError("away", "the server has lost its database")
