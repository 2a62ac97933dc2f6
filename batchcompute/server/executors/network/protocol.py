"""The protocol between an agent on another machine and the server, over HTTPS.

Every request is a POST with a JSON body and a token. `hello` tells an agent what it has to know
before it begins. `join` swaps the token of a pool for that of a VM, and begins a session (see
`agent.session`) with a boot id of the agent's choice. `work` carries a frame of that session in
either direction: it is claim, finish, heartbeat and stop channel at once, as the answer waits for
something to say. `leave` gives the VM back.

A request that got no answer is sent again. Nothing is lost or done twice by that, as every frame
has all that the other side may not have had, and each item counts once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, TypeVar, cast

from batchcompute.server.executors.agent.protocol import Findings

#: Both sides say it when they meet. Another one is refused.
PROTOCOL = 2

HELLO, JOIN, WORK, LEAVE = "/v1/hello", "/v1/join", "/v1/work", "/v1/leave"

#: How long the server waits at the most for something to say, in seconds.
LONGEST_WAIT_SECONDS = 20.0
#: How long an agent lives without its server, by default. A server that is away for less than
#: `AGENT_SHARE` of it costs nothing.
LEASE_SECONDS = 600.0
#: The part of a lease after which an agent without contact ends its programs. The rest of it is for
#: that, and for what an upload that was under way may still do.
AGENT_SHARE = 0.8

#: Variables that an agent is started with: its token, and the certificates that it trusts (PEM).
TOKEN_VARIABLE = "BATCHCOMPUTE_AGENT_TOKEN"
CA_VARIABLE = "BATCHCOMPUTE_AGENT_CA"

#: Why a request is not answered as it should be; `error` in the body of the answer.
#: "version": the release does not fit. "token": it is not known. "gone": the VM is not wanted any
#: more, and whatever runs on it is to end. "taken": another agent has the VM. "join": the server
#: does not know the session, so a new one is to be begun.
#: "away": the server is about to end; it is to be asked again.
Refusal = Literal["version", "token", "gone", "taken", "join", "request", "away"]
REFUSAL_STATUS: dict[Refusal, int] = {
    "request": 400,
    "token": 401,
    "join": 409,
    "taken": 409,
    "gone": 410,
    "version": 426,
    "away": 503,
}


class RefusedError(Exception):
    """The server refused a request.

    Attributes:
        refusal: See `Refusal`.
    """

    def __init__(self, refusal: Refusal, message: str) -> None:
        """Say why."""
        super().__init__(message)
        self.refusal: Refusal = refusal


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message of an agent.

    Attributes:
        protocol: The protocol that it speaks.
        release: The release of its code.
        agent: What it calls itself, as servers of protocol 1 want to know.
    """

    protocol: int
    release: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class ObjectPort:
    """How the objects of a service are reached by the port of agents.

    Attributes:
        region: Region id that signatures name.
        proof_path, proof: A file beside the objects, and what is in it: who reads the same there
            has the service's folders too, and need not ask for anything.
    """

    region: str
    proof_path: str = ""
    proof: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ObjectKey:
    """A key for that port, which is good for what the attempts on its VM may, and while they do."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Welcome:
    """The settings that an agent needs before it begins.

    Attributes:
        protocol, release: Of the server.
        objects: The object store, as `open_store` takes it.
        lease_seconds: How long the server waits for a sign of life.
        port: How objects are reached where `objects` cannot be; None if by this service they
            cannot.
    """

    protocol: int
    release: str
    objects: str
    lease_seconds: float
    port: ObjectPort | None = None


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """How an agent introduces itself.

    Attributes:
        agent: Names its folder, and so what it has begun; it stays the same when it starts anew.
        boot: Names the session that it begins.
        vm: The VM that it was started for, or had before; "" for one that the server chooses.
        protocol, release: What it speaks.
        host, address: Name and address of its machine.
        processors: How many its machine has.
        memory_mib: Main memory of its machine.
        findings: What works there.
        kept: Attempts of which it has something, from before.
        machine: Names the run of its machine's system, and where its folder is there; "" if nothing
            does. Machines that are copies of one may have the same host name.
    """

    agent: str
    boot: str
    vm: str
    protocol: int
    release: str
    host: str
    address: str
    processors: int
    memory_mib: int
    findings: Findings
    kept: tuple[str, ...] = ()
    machine: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """The server's answer to a `join`.

    Attributes:
        vm: The VM that the agent is now; "" if none is wanted, and it is to ask again.
        pool: The pool that it belongs to.
        token: What it shows from now on.
        lease_seconds: How long the server waits for a sign of life.
        wait_seconds: How long `work` may wait.
        key: Opens the objects that this port has; None if it has none.
    """

    vm: str = ""
    pool: str = ""
    token: str = field(default="", repr=False)
    lease_seconds: float = LEASE_SECONDS
    wait_seconds: float = LONGEST_WAIT_SECONDS
    key: ObjectKey | None = None


_Message = TypeVar("_Message", Welcome, ObjectPort, Joined, ObjectKey)


def describe(value: Hello | Welcome | JoinRequest | Joined) -> dict[str, Any]:
    """Return a message as plain values."""
    return asdict(value)


def read_welcome(told: Mapping[str, Any]) -> Welcome:
    """Read what `describe` made, whatever else was said.

    Raises:
        ConnectionError: It is something else.
    """
    port = told.get("port")
    return _read(Welcome, {**told, "port": None if port is None else _read(ObjectPort, port)})


def read_joined(told: Mapping[str, Any]) -> Joined:
    """Read what `describe` made, whatever else was said.

    Raises:
        ConnectionError: It is something else.
    """
    key = told.get("key")
    return _read(Joined, {**told, "key": None if key is None else _read(ObjectKey, key)})


def _read(kind: type[_Message], told: object) -> _Message:
    if not isinstance(told, Mapping):
        raise ConnectionError("the server does not answer as it should: it says no object")
    values = cast("Mapping[str, Any]", told)
    known = {each.name: values[each.name] for each in fields(kind) if each.name in values}
    try:
        return kind(**known)
    except TypeError as error:
        raise ConnectionError(f"the server does not answer as it should: {error}") from error


def misfit(protocol: int, release: str, ours: str) -> str:
    """Return why two releases do not fit, or "" if they do.

    Args:
        protocol: What the other side speaks.
        release: The release of the other side.
        ours: The release of this side.
    """
    if protocol == PROTOCOL:
        return ""
    return (
        f"release {release} of the agent speaks protocol {protocol}, and release {ours} of the "
        f"server speaks {PROTOCOL}; install the same release on both"
    )


def wait_seconds(lease_seconds: float) -> float:
    """Return how long `work` may wait, so that a lease is renewed often enough."""
    return min(LONGEST_WAIT_SECONDS, lease_seconds / 4)
