"""Actions on many jobs: a sweep goes on by itself, and says how far it is.

Each job goes through the same rules as a request of the API; what a rule refuses is counted, with
its words, and the others go on.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from batchcompute.server.model import states
from batchcompute.server.model.caller import Caller
from batchcompute.server.model.errors import ApiError
from batchcompute.server.rules.call import Call
from batchcompute.server.rules.operations import Service

logger = logging.getLogger("batchcompute.server.console")

#: An action on jobs -> the operation, and the states in which it can be done.
ACTIONS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "stop": ("stop_job", states.JOB_ACTIONS["stop"]),
    "start": ("start_job", states.JOB_ACTIONS["start"]),
    "priority": ("change_job_priority", states.JOB_ACTIONS["change_priority"]),
    "delete": ("delete_job", states.JOB_ACTIONS["delete"]),
}

#: Jobs that are asked for at a time, so that requests of the API find their turn in between.
STEP: Final = 50
#: Sweeps that are remembered after their end.
_KEPT = 20


@dataclass(slots=True)
class Sweep:
    """An action on many jobs.

    Attributes:
        number: Names it.
        session: Whose it is.
        action: One of `ACTIONS`.
        done: Jobs that it was carried out on.
        refused: How many jobs were refused, by the reason.
        over: Whether it has ended.
        fault: Why it ended early, or "".
    """

    number: int
    session: str
    action: str
    done: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])
    over: bool = False
    fault: str = ""


class Sweeps:
    """The sweeps of a service. All of it happens on one event loop."""

    def __init__(self, service: Service) -> None:
        """Begin without any.

        Args:
            service: What carries out each action.
        """
        self._service = service
        self._numbers = count(1)
        self._sweeps: dict[int, Sweep] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(
        self,
        session: str,
        action: str,
        pages: AsyncIterator[list[str]],
        body: Mapping[str, Any],
        *,
        caller: Caller,
        patience: float,
        told: Callable[[Sweep], None],
    ) -> Sweep:
        """Begin a sweep, and wait a moment for its end.

        Args:
            session: Whose it is.
            action: One of `ACTIONS`.
            pages: Yields ids of jobs.
            body: The body of each request.
            caller: Who does it.
            patience: Seconds to wait.
            told: Called when it has ended, however late.
        """
        sweep = Sweep(next(self._numbers), session, action)
        self._sweeps[sweep.number] = sweep
        over = [number for number, each in self._sweeps.items() if each.over]
        for number in over[: max(0, len(over) - _KEPT)]:
            del self._sweeps[number]
        task = asyncio.create_task(self._go(sweep, pages, body, caller, told))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.wait({task}, timeout=patience)
        return sweep

    def under_way(self, session: str) -> list[Sweep]:
        """Return the sweeps of a session that go on."""
        every = list(self._sweeps.values())
        return [sweep for sweep in every if sweep.session == session and not sweep.over]

    async def _go(
        self,
        sweep: Sweep,
        pages: AsyncIterator[list[str]],
        body: Mapping[str, Any],
        caller: Caller,
        told: Callable[[Sweep], None],
    ) -> None:
        operation = ACTIONS[sweep.action][0]
        try:
            async for ids in pages:
                for begin in range(0, len(ids), STEP):
                    step = ids[begin : begin + STEP]
                    calls = [Call({"JobId": each}, body=body, caller=caller) for each in step]
                    await asyncio.gather(*(self._one(sweep, operation, call) for call in calls))
        except Exception:
            logger.exception("an action on many jobs ended early")
            sweep.fault = "It ended early because of an error in the service; see its log."
        finally:
            sweep.over = True
            told(sweep)

    async def _one(self, sweep: Sweep, operation: str, call: Call) -> None:
        try:
            await self._service.perform(operation, call)
        except ApiError as error:
            sweep.refused[error.message] += 1
        else:
            sweep.done += 1
