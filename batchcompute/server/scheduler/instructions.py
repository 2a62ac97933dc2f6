"""Instructions to the executor after a commit."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from batchcompute.server.executors.interface import (
    AttemptEnded,
    AttemptLost,
    Capabilities,
    Executor,
    Standing,
    WorkerGroup,
)
from batchcompute.server.model import states
from batchcompute.server.scheduler import cluster_rows
from batchcompute.server.scheduler.attempt_spec import pool_id
from batchcompute.server.scheduler.batch import Item, PoolRequested
from batchcompute.server.scheduler.places import worker_group
from batchcompute.server.scheduler.transaction import Effects, Unit
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import clusters

logger = logging.getLogger("batchcompute.server.scheduler")


@dataclass(frozen=True, slots=True)
class Pool:
    """The machines that a pool is to have.

    Attributes:
        cluster_seq, group: The group of a cluster that it is.
        id: The executor's name of it.
        about: What the executor is told of it.
        machines: Id of a machine -> whether it ran before.
    """

    cluster_seq: int
    group: str
    id: str
    about: WorkerGroup
    machines: dict[str, bool]


@dataclass(frozen=True, slots=True)
class Instructions:
    """The consequences of a commit.

    Attributes:
        effects: Attempts to start, to stop, to take back and to settle.
        pools: Pools whose machines changed.
        ended: Attempts whose end is recorded.
    """

    effects: Effects
    pools: Sequence[Pool]
    ended: Sequence[str]


def collect(unit: Unit, batch: Sequence[Item]) -> Instructions:
    """Return what follows from a unit of work.

    Args:
        unit: The unit of work, before its commit.
        batch: What was applied in it.
    """
    ended = [item.receipt.attempt_id for item in batch if isinstance(item, AttemptEnded)]
    ended += [item.attempt_id for item in batch if isinstance(item, AttemptLost)]
    return Instructions(unit.effects, _changed_pools(unit), ended)


def _changed_pools(unit: Unit) -> list[Pool]:
    changed: list[Pool] = []
    for seq, group in sorted(unit.effects.pools):
        query = select(clusters).where(clusters.c.seq == seq)
        cluster = unit.connection.execute(query).first()
        # If there is none, its last machine was released before.
        if cluster is not None:
            rows = cluster_rows.names(unit, seq, group)
            machines = {machine_id: state == states.RUNNING for machine_id, state in rows}
            about = _about(cluster, group)
            changed.append(Pool(seq, group, pool_id(cluster.id, group), about, machines))
    return changed


def _about(cluster: AnyRow, group: str) -> WorkerGroup:
    description: dict[str, Any] = json.loads(cluster.description)
    return replace(worker_group(cluster.id, description, group), auto=cluster.auto)


class Instructor:
    """Tells an executor what to do. Errors of the executor are logged, and change nothing here.

    Attributes:
        capabilities: What the executor can do.
        closing: True while the executor may be closed already, so that its errors are no news.
    """

    def __init__(self, executor: Executor) -> None:
        """Take an executor that is open, or will be before anything is told."""
        self._executor = executor
        self.capabilities: Capabilities = executor.probe()
        self.closing = False
        # The machines of each pool that it was asked for, and not told to release.
        self._requested: dict[str, set[str]] = {}

    def tell(self, instructions: Instructions) -> list[PoolRequested]:
        """Pass on what follows from a commit.

        Returns:
            The pools whose machines were asked for.
        """
        effects = instructions.effects
        if not (instructions.pools or instructions.ended or effects.concern_executor):
            return []
        with self._executor.together():
            requested = [
                PoolRequested(pool.cluster_seq, pool.group)
                for pool in instructions.pools
                if self._change_pool(pool)
            ]
            if effects.stops:
                self.stop(effects.stops)
            if effects.revokes:
                self._tell(self._executor.revoke, effects.revokes)
            orphans = dict(effects.orphans)
            if effects.starts and not self._tell(self._executor.start, effects.starts):
                orphans |= {each.attempt_id: each.worker_id for each in effects.starts}
            if orphans:
                # Events say what became of them.
                self._tell(self._executor.settle, orphans)
            if instructions.ended:
                self.forget(instructions.ended)
        return requested

    def settle(self, attempt_ids: Mapping[str, str]) -> dict[str, Standing]:
        """Ask what is known of attempts on workers; events say the rest."""
        return self._executor.settle(attempt_ids) if attempt_ids else {}

    def stop(self, attempt_ids: Collection[str]) -> None:
        """End attempts."""
        self._tell(self._executor.stop, attempt_ids)

    def forget(self, attempt_ids: Collection[str]) -> None:
        """Let the executor drop what it keeps of attempts."""
        self._tell(self._executor.forget, attempt_ids)

    def kept_attempts(self) -> frozenset[str]:
        """Return the attempts of which the executor keeps something."""
        return self._executor.kept_attempts()

    def _change_pool(self, pool: Pool) -> bool:
        """Ask for the machines that are new, and release those not wanted any more."""
        known = self._requested.get(pool.id, set())
        new = {each: booted for each, booted in pool.machines.items() if each not in known}
        gone = known - pool.machines.keys()
        if new and not self._tell(self._executor.request_workers, pool.id, new, pool.about):
            return False
        self._requested[pool.id] = known | new.keys()
        if gone and not self._tell(self._executor.release_workers, pool.id, sorted(gone)):
            return False
        self._requested[pool.id] -= gone
        if not self._requested[pool.id]:
            del self._requested[pool.id]
        return True

    def _tell(self, verb: Callable[..., Any], *arguments: Any) -> bool:
        try:
            verb(*arguments)
        except Exception:
            level = logging.DEBUG if self.closing else logging.ERROR
            logger.log(level, "the executor failed", exc_info=True)
            return False
        return True
