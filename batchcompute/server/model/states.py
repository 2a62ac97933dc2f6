"""The states of everything, and the only legal ways between them.

Every write of a state in this service goes through one of the machines below: an event has one
target and a set of states in which it may happen. `Dispatched` is ours alone: the instance was
given to a machine and its program was not yet seen to start. Callers see `Waiting`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

WAITING: Final = "Waiting"
DISPATCHED: Final = "Dispatched"
RUNNING: Final = "Running"
FINISHED: Final = "Finished"
FAILED: Final = "Failed"
STOPPED: Final = "Stopped"

ACTIVE: Final = "Active"
PENDING: Final = "Pending"
STARTING: Final = "Starting"
DELETING: Final = "Deleting"

#: States of jobs, tasks and instances that have ended.
ENDED: Final = (FINISHED, FAILED, STOPPED)
#: States of VMs that were asked for and do not run yet.
COMING: Final = (PENDING, STARTING)


class IllegalTransitionError(Exception):
    """An event came in a state in which it cannot happen; a fault of ours, never of a caller."""


@dataclass(frozen=True, slots=True)
class Event:
    """One way between states.

    Attributes:
        sources: States in which the event may happen.
        target: The state after it.
    """

    sources: frozenset[str]
    target: str


@dataclass(frozen=True, slots=True)
class Machine:
    """The legal transitions of one kind of object."""

    kind: str
    events: Mapping[str, Event]

    def may(self, state: str, event: str) -> bool:
        """Say whether the event can happen in this state."""
        return state in self.events[event].sources

    def after(self, state: str, event: str) -> str:
        """Return the state that follows.

        Raises:
            IllegalTransitionError: The event cannot happen in this state.
        """
        if not self.may(state, event):
            raise IllegalTransitionError(f"{self.kind} in state {state} cannot {event}")
        return self.events[event].target

    def sources(self, event: str) -> frozenset[str]:
        """Return the states in which the event may happen, for bulk and compare-and-set writes."""
        return self.events[event].sources

    def target(self, event: str) -> str:
        """Return the state that the event leads to."""
        return self.events[event].target


def _event(target: str, *sources: str) -> Event:
    return Event(frozenset(sources), target)


INSTANCE: Final = Machine(
    "instance",
    {
        "claim": _event(DISPATCHED, WAITING),
        "begin": _event(RUNNING, DISPATCHED),
        "succeed": _event(FINISHED, DISPATCHED, RUNNING),
        # A failed or lost attempt that leaves another try.
        "requeue": _event(WAITING, DISPATCHED, RUNNING),
        "fail": _event(FAILED, DISPATCHED, RUNNING),
        # It never ran and never can: its cluster is gone.
        "abandon": _event(FAILED, WAITING),
        "stop": _event(STOPPED, WAITING, DISPATCHED, RUNNING),
        "restart": _event(WAITING, FAILED, STOPPED),
    },
)

TASK: Final = Machine(
    "task",
    {
        "begin": _event(RUNNING, WAITING),
        # From Waiting as well: the news that a program began may be lost, or all of its
        # instances fail before one of them ran.
        "finish": _event(FINISHED, WAITING, RUNNING),
        "fail": _event(FAILED, WAITING, RUNNING),
        "stop": _event(STOPPED, WAITING, RUNNING),
        "restart": _event(WAITING, FAILED, STOPPED),
    },
)

JOB: Final = Machine(
    "job",
    {
        "begin": _event(RUNNING, WAITING),
        "finish": _event(FINISHED, WAITING, RUNNING),
        "fail": _event(FAILED, WAITING, RUNNING),
        "stop": _event(STOPPED, WAITING, RUNNING),
        "restart": _event(WAITING, FAILED, STOPPED),
    },
)

CLUSTER: Final = Machine("cluster", {"delete": _event(DELETING, ACTIVE)})

MACHINE: Final = Machine(
    "cluster instance",
    {
        "request": _event(STARTING, PENDING),
        "join": _event(RUNNING, PENDING, STARTING),
        "delete": _event(DELETING, PENDING, STARTING, RUNNING),
    },
)

#: States in which a job takes these actions of its caller; everything else is a StateConflict.
JOB_ACTIONS: Final[Mapping[str, frozenset[str]]] = {
    "stop": JOB.sources("stop"),
    "start": JOB.sources("restart"),
    "change_priority": frozenset({STOPPED, FAILED}),
    "delete": frozenset({STOPPED, FAILED, FINISHED}),
}

#: States that callers see, in the order in which the documentation lists them.
VISIBLE: Final = (WAITING, RUNNING, FINISHED, FAILED, STOPPED)


def visible(state: str) -> str:
    """Return the state that a caller is shown."""
    return WAITING if state == DISPATCHED else state
