"""Messages between a server and an agent, as items of a session.

A server gives *orders*; an agent tells *events*. Each is a list of a word and plain values, so that
JSON can carry it. Before the session the two meet: the server sends `configure`, the agent answers
`join` or `refuse`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from batchcompute.server.executors.agent.messages import receipt_values
from batchcompute.server.executors.agent.session import PROTOCOL, Item
from batchcompute.server.executors.attempt.worlds.isolation import Isolation
from batchcompute.server.executors.interface import (
    Attempt,
    AttemptEnded,
    AttemptLost,
    AttemptStarted,
    Event,
    Receipt,
    Standing,
    WorkerJoined,
    WorkerLeft,
    WorkerWarned,
)

_ATTEMPT_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}", re.ASCII)
# Defaults of the members of an attempt.
_ATTEMPT_DEFAULTS = {
    each.name: each.default_factory() if callable(each.default_factory) else each.default
    for each in fields(Attempt)
}
_ATTEMPT_MAPPINGS = tuple(
    each.name for each in fields(Attempt) if str(each.type).startswith("Mapping")
)


def check_attempt_id(attempt_id: str) -> None:
    """Refuse an id that could be something else as a file name or as a word of a line.

    Raises:
        ValueError: It is not safe.
    """
    if not _ATTEMPT_ID.fullmatch(attempt_id):
        raise ValueError(
            f"{attempt_id!r} is no attempt id: at most 200 letters, digits, '.', '_' and '-', "
            "and no '.' first"
        )


@dataclass(frozen=True, slots=True)
class Findings:
    """Facts about its machine that an agent found out, and need not find out again.

    Attributes:
        bubblewrap: Path of bubblewrap, or "" to do without namespaces.
        containers: Path of the container engine, or "" to do without containers.
        notes: One plain sentence per limitation or finding.
        memory_bytes: Bytes that files in memory may take in each place of a program in a namespace;
            0 for what the system allows.
        caps: How programs are kept to what their VMs have, as `CapRules` writes it; "" if they are
            not.
    """

    bubblewrap: str = ""
    containers: str = ""
    notes: tuple[str, ...] = ()
    memory_bytes: int = 0
    caps: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that an agent needs before it can begin.

    Attributes:
        data_dir: The agent's folder, on a local file system.
        private: A folder above it that programs in namespaces shall not see.
        objects: The object store, as `open_store` takes it.
        isolation: How programs are to be kept apart.
        boot_seconds: How long a new worker takes to be ready.
        open_files: The soft limit of open files that programs get; 0 for the agent's own.
        transfer_seconds: How long the files of one attempt may take to come, and to go; 0 for as
            long as they need.
        findings: What a former agent found out on this machine; None to find out.
        memory_bytes: Bytes that files in memory may take in each place of a program, where that can
            be limited; 0 for what the system allows.
        caps: How programs are to be kept to what their VMs have, as `CapRules` writes it, with the
            cgroup that is left to the agent, if there is one; "" if they are not.
        secrets: Files outside of `private` that programs in namespaces shall not read.
        cache: Folder of the machine's cache of objects; "" for none.
        cache_bytes: What it holds at the most; None for a share of its disk.
        lasting: After a power cut another agent begins on the same folder.
    """

    data_dir: str
    private: str
    objects: str
    isolation: Isolation = "auto"
    boot_seconds: float = 1.0
    open_files: int = 0
    transfer_seconds: float = 0.0
    findings: Findings | None = None
    memory_bytes: int = 0
    caps: str = ""
    secrets: tuple[str, ...] = ()
    cache: str = ""
    cache_bytes: int | None = None
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Join:
    """How an agent introduces itself.

    Attributes:
        boot: Names this process of the agent.
        release: The release of its code.
        host: Its machine's name.
        processors: How many its machine has.
        findings: What works there.
        kept: The attempts of which it knows, from before as well, and how they stand.
        protocol: The kind of session that it holds.
    """

    boot: str
    release: str
    host: str
    processors: int
    findings: Findings
    kept: Mapping[str, Standing] = field(default_factory=dict[str, Standing])
    protocol: int = PROTOCOL


def plain(value: Any) -> dict[str, Any]:
    """Return a dataclass of plain values as a dict."""
    found: dict[str, Any] = {}
    for each in fields(value):
        inner = getattr(value, each.name)
        found[each.name] = plain(inner) if isinstance(inner, Findings) else inner
    return found


def read_findings(told: Mapping[str, Any]) -> Findings:
    """Read what `plain` made of `Findings`."""
    values: dict[str, Any] = {**told, "notes": tuple(told["notes"])}
    return Findings(**values)


def read_settings(told: Mapping[str, Any]) -> Settings:
    """Read what `plain` made of `Settings`."""
    findings = told["findings"]
    known = None if findings is None else read_findings(findings)
    values: dict[str, Any] = {**told, "findings": known, "secrets": tuple(told["secrets"])}
    return Settings(**values)


def read_join(told: Mapping[str, Any]) -> Join:
    """Read what `plain` made of a `Join`."""
    values: dict[str, Any] = {**told, "findings": read_findings(told["findings"])}
    return Join(**values)


@dataclass(frozen=True, slots=True)
class Order:
    """An attempt to start, as far as an agent has to look into it.

    Attributes:
        attempt_id: The attempt.
        pool_id, worker_id: Where it is to run.
        line: The whole of it, as a shim takes it; never shown.
    """

    attempt_id: str
    pool_id: str
    worker_id: str
    line: bytes = field(repr=False)


def attempt_item(attempt: Attempt) -> Item:
    """Return an attempt as plain values: what an agent looks at, and all of it as one text."""
    # Not by `asdict`, which copies every text of every mapping and takes ten times as long. Most
    # members are what they are of themselves, and both sides save time if these are left out.
    told = {
        name: value
        for name, default in _ATTEMPT_DEFAULTS.items()
        if (value := getattr(attempt, name)) != default
    }
    for name in _ATTEMPT_MAPPINGS:
        if name in told:
            told[name] = dict(told[name])
    return (attempt.attempt_id, attempt.pool_id, attempt.worker_id, json.dumps(told))


def read_order(item: Item) -> Order:
    """Read what `attempt_item` made."""
    attempt_id, pool_id, worker_id, text = item
    return Order(attempt_id, pool_id, worker_id, f"{text}\n".encode())


def read_attempt(line: bytes) -> Attempt:
    """Read the line of an order."""
    # As text, or its encoding would be guessed at.
    values: dict[str, Any] = json.loads(line.decode())
    # JSON knows no tuples.
    if "mounts" in values:
        mounts: list[list[Any]] = values["mounts"]
        values["mounts"] = tuple(tuple(mount) for mount in mounts)
    if "folders" in values:
        values["folders"] = tuple(values["folders"])
    return Attempt(**values)


def event_item(event: Event) -> Item:
    """Return an event as an item of a session."""
    match event:
        case AttemptEnded(receipt):
            return ("ended", receipt_values(receipt))
        case AttemptStarted(attempt_id, started_at):
            return ("started", attempt_id, started_at)
        case AttemptLost(attempt_id, cause, planned):
            return ("lost", attempt_id, cause, planned)
        case WorkerJoined(pool_id, worker_id, ip_address, host_name):
            return ("joined", pool_id, worker_id, ip_address, host_name)
        case WorkerLeft(pool_id, worker_id, cause):
            return ("left", pool_id, worker_id, cause)
        case WorkerWarned(pool_id, worker_id, message):
            return ("warned", pool_id, worker_id, message)


_EVENTS: dict[str, type[Any]] = {
    "started": AttemptStarted,
    "lost": AttemptLost,
    "joined": WorkerJoined,
    "left": WorkerLeft,
    "warned": WorkerWarned,
}


def read_event(item: Item) -> Event:
    """Read what `event_item` made.

    Raises:
        ValueError: It is no event.
    """
    word = item[0]
    if word == "ended":
        return AttemptEnded(Receipt(*item[1]))
    kind = _EVENTS.get(word)
    if kind is None:
        raise ValueError(f"{word!r} is no event")
    event: Event = kind(*item[1:])
    return event
