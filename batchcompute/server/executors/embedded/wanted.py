"""Requests that an agent has not carried out yet, to be repeated to the next one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from batchcompute.server.executors.agent.protocol import attempt_item
from batchcompute.server.executors.agent.session import Item
from batchcompute.server.executors.interface import (
    Attempt,
    AttemptEnded,
    AttemptLost,
    AttemptStarted,
    Event,
    Standing,
    WorkerJoined,
    WorkerLeft,
)

_Key = tuple[str, str]


class Wanted:
    """Attempts and workers as they are wanted. It belongs to whoever holds the executor's lock."""

    def __init__(self, *, new: bool = True) -> None:
        """Want nothing.

        Args:
            new: Whether the first agent that is met tells what is known of attempts, as nobody
                else does. Otherwise what it knows besides what is wanted is not wanted.
        """
        # Worker -> whether it has booted.
        self._workers: dict[_Key, bool] = {}
        self._leaving: set[_Key] = set()
        # In flight; what to run, as long as it is not known to have begun.
        self._flight: dict[str, Attempt | None] = {}
        self._stopping: set[str] = set()
        # Not to begin any more, unless they have.
        self._revoking: set[str] = set()
        self._forgetting: set[str] = set()
        # All of which the agent keeps something.
        self._known: dict[str, Standing] = {}
        self._met = not new

    def request(self, pool_id: str, workers: Mapping[str, bool]) -> None:
        """Want workers; see `Executor.request_workers`."""
        for worker_id, booted in workers.items():
            self._workers.setdefault((pool_id, worker_id), booted)

    def release(self, pool_id: str, worker_ids: Collection[str]) -> None:
        """Want them no more."""
        for worker_id in worker_ids:
            if self._workers.pop((pool_id, worker_id), None) is not None:
                self._leaving.add((pool_id, worker_id))

    def start(self, attempts: Sequence[Attempt]) -> list[Attempt]:
        """Want attempts to run; return those that were not wanted before."""
        new = [each for each in attempts if each.attempt_id not in self._known]
        for attempt in new:
            self._flight[attempt.attempt_id] = attempt
            self._known[attempt.attempt_id] = "alive"
        return new

    def stop(self, attempt_ids: Collection[str]) -> None:
        """Want attempts to end."""
        for attempt_id in attempt_ids:
            if self._known.get(attempt_id, "unknown") != "ended":
                self._flight.setdefault(attempt_id, None)
                self._known.setdefault(attempt_id, "unknown")
                self._stopping.add(attempt_id)

    def revoke(self, attempt_ids: Collection[str]) -> None:
        """Want attempts not to begin any more."""
        self._revoking.update(each for each in attempt_ids if each in self._flight)

    def settle(self, attempt_ids: Collection[str]) -> dict[str, Standing]:
        """Want to know what became of attempts; return what is known now."""
        found: dict[str, Standing] = {}
        for attempt_id in attempt_ids:
            found[attempt_id] = self._known.setdefault(attempt_id, "unknown")
            self._flight.setdefault(attempt_id, None)
        return found

    def forget(self, attempt_ids: Collection[str]) -> None:
        """Want nothing kept of attempts, once they have ended."""
        for attempt_id in attempt_ids:
            if attempt_id in self._flight:
                self._forgetting.add(attempt_id)
            else:
                self._known.pop(attempt_id, None)

    def in_flight(self) -> list[str]:
        """Return the attempts whose end was not told."""
        return list(self._flight)

    def kept(self) -> frozenset[str]:
        """Return the attempts of which something is kept."""
        return frozenset(self._known)

    def note(self, event: Event) -> bool:
        """Take an event; return False if it was told before, by a former agent perhaps."""
        match event:
            case AttemptStarted(attempt_id):
                if attempt_id not in self._flight:
                    return False
                self._flight[attempt_id] = None
                self._known[attempt_id] = "alive"
                self._revoking.discard(attempt_id)
            case AttemptEnded(receipt):
                return self._end(receipt.attempt_id, "ended")
            case AttemptLost(attempt_id):
                return self._end(attempt_id, "unknown")
            case WorkerJoined(pool_id, worker_id):
                if self._workers.get((pool_id, worker_id), True):
                    return False
                self._workers[pool_id, worker_id] = True
            case WorkerLeft(pool_id, worker_id):
                self._workers.pop((pool_id, worker_id), None)
                self._leaving.discard((pool_id, worker_id))
            case _:
                pass
        return True

    def resume(self, kept: Mapping[str, Standing]) -> Iterator[Item]:
        """Meet an agent; return the orders that tell it all that is wanted.

        Args:
            kept: The attempts of which it keeps something.
        """
        if not self._met:
            self._met = True
            self._known = dict(kept)
            return
        yield from self._worker_orders()
        yield "settle", [name for name, attempt in self._flight.items() if attempt is None]
        yield "start", [attempt_item(each) for each in self._flight.values() if each is not None]
        yield "stop", sorted(self._stopping)
        yield "revoke", sorted(self._revoking)
        for pool_id, worker_id in sorted(self._leaving):
            yield "release", pool_id, [worker_id]
        # It may have been killed with such an order before it.
        yield "forget", sorted(kept.keys() - self._known.keys())
        yield "forget", sorted(self._forgetting)

    def _worker_orders(self) -> Iterator[Item]:
        pools: dict[str, dict[str, bool]] = defaultdict(dict)
        for (pool_id, worker_id), booted in self._workers.items():
            pools[pool_id][worker_id] = booted
        for pool_id, worker_id in self._leaving:
            pools[pool_id][worker_id] = True
        for pool_id, workers in pools.items():
            yield "request", pool_id, workers

    def _end(self, attempt_id: str, standing: Standing) -> bool:
        if attempt_id not in self._flight:
            return False
        del self._flight[attempt_id]
        self._stopping.discard(attempt_id)
        self._revoking.discard(attempt_id)
        if attempt_id in self._forgetting:
            self._forgetting.discard(attempt_id)
            self._known.pop(attempt_id, None)
        else:
            self._known[attempt_id] = standing
        return True
