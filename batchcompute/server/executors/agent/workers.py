"""The workers (VMs) of all pools: which are wanted, and which are ready."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Mapping
from typing import Literal

WorkerKey = tuple[str, str]


class Workers:
    """Workers are only names here: each stands for room for one program on this machine.

    A worker's id is never used for another one. It has no process, so "booting" is waiting.
    """

    def __init__(self) -> None:
        """Start without pools."""
        self._states: dict[WorkerKey, Literal["booting", "ready", "leaving"]] = {}
        self._boots: list[tuple[float, int, WorkerKey]] = []
        self._counter = itertools.count()

    def request(self, pool_id: str, workers: Mapping[str, bool], ready_at: float) -> None:
        """Have workers in a pool; those that are there already stay as they are.

        Args:
            pool_id: The pool.
            workers: Worker id -> whether it is ready already.
            ready_at: When those that are new will have booted.
        """
        for worker_id, known in workers.items():
            key = (pool_id, worker_id)
            if key in self._states:
                continue
            self._states[key] = "ready" if known else "booting"
            if not known:
                heapq.heappush(self._boots, (ready_at, next(self._counter), key))

    def release(self, key: WorkerKey) -> None:
        """Give a worker up; it is leaving until `left` is called."""
        if key in self._states:
            self._states[key] = "leaving"

    def has(self, pool_id: str, worker_id: str) -> bool:
        """Return whether a worker is there and wanted."""
        return self._states.get((pool_id, worker_id), "leaving") != "leaving"

    def is_leaving(self, key: WorkerKey) -> bool:
        """Return whether a worker was released and has not left."""
        return self._states.get(key) == "leaving"

    def left(self, key: WorkerKey) -> None:
        """Forget a released worker."""
        self._states.pop(key, None)

    def next_boot(self) -> float | None:
        """Return when the next worker will have booted."""
        return self._boots[0][0] if self._boots else None

    def booted(self, now: float) -> Iterator[WorkerKey]:
        """Make workers ready whose time has come, and hand them out."""
        while self._boots and self._boots[0][0] <= now:
            key = heapq.heappop(self._boots)[2]
            if self._states.get(key) == "booting":
                self._states[key] = "ready"
                yield key
