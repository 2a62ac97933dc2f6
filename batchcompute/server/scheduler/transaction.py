"""One unit of work: a transaction, and what is to be done once it is committed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from batchcompute.server.executors.interface import Attempt
from batchcompute.server.model.ids import Identifiers
from batchcompute.server.notifications.topics import Notice
from batchcompute.server.scheduler.completion import JobEnded


@dataclass(slots=True)
class Effects:
    """What others are told after the commit, most of it the executor.

    Attributes:
        starts: Attempts to start.
        stops: Attempts to stop.
        pools: Pools whose machines changed, as (cluster seq, group name).
        orphans: Attempts whose worker left unasked; what became of them must be found out.
        claimable: Clusters, by seq, where an instance or a machine became available.
        purge: Rows of deleted jobs wait for removal.
        ended: Jobs that ended, for those who wait for that.
        notices: What callers wanted to be told.
        lost_notices: How many more there were, too many to be told.
    """

    starts: list[Attempt] = field(default_factory=list[Attempt])
    stops: list[str] = field(default_factory=list[str])
    pools: set[tuple[int, str]] = field(default_factory=set[tuple[int, str]])
    orphans: list[str] = field(default_factory=list[str])
    claimable: set[int] = field(default_factory=set[int])
    purge: bool = False
    ended: list[JobEnded] = field(default_factory=list[JobEnded])
    notices: list[Notice] = field(default_factory=list[Notice])
    lost_notices: int = 0

    def merge(self, other: Effects) -> None:
        """Add the effects of a part of the unit that went well."""
        self.starts += other.starts
        self.stops += other.stops
        self.pools |= other.pools
        self.orphans += other.orphans
        self.claimable |= other.claimable
        self.purge = self.purge or other.purge
        self.ended += other.ended
        self.notices += other.notices
        self.lost_notices += other.lost_notices


@dataclass(slots=True)
class Unit:
    """What every change of the database is given.

    Attributes:
        connection: The writer's transaction.
        now: The moment of the change, in microseconds since the epoch.
        identifiers: Maker of ids.
        slots: Programs that the executor runs at once, at the most.
        effects: Filled in by the change.
        resumable: Jobs, by seq, in which a task may have become free to run.
        containers: Whether the executor can run programs in containers.
        findings: What the executor found out about this machine, one sentence each.
        images: The container images that VM images stand for, by their ids.
    """

    connection: Connection
    now: int
    identifiers: Identifiers
    slots: int
    effects: Effects = field(default_factory=Effects)
    resumable: set[int] = field(default_factory=set[int])
    containers: bool = False
    findings: tuple[str, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict[str, str])
