"""The parts of an explanation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from batchcompute.server.model.resources import Placement, Resources


@dataclass(frozen=True, slots=True)
class Situation:
    """The state of the service that the database does not have.

    Attributes:
        now: The present, in microseconds since the epoch.
        slots: Programs that run at once, at the most; on this machine alone if others are not.
        holds: No instance is started for now, as the service has just started or is about to end.
        paused: Why no instance is started until something changes, in a clause; "" if they are.
        placement: What VMs take of the machine; None if that does not matter.
        awaited: What the next VM takes, which does not fit, so that others wait for it as well;
            None if there is none.
        is_mixed: Some VMs are this machine's, and others those of agents.
    """

    now: int
    slots: int
    holds: bool = False
    paused: str = ""
    placement: Placement | None = None
    awaited: Resources | None = None
    is_mixed: bool = False

    @property
    def who(self) -> str:
        """Who runs as many programs as `slots`, in words."""
        return "this machine" if self.is_mixed else "the service"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is as it is.

    Attributes:
        code: The kind of the cause, one of the contract's `ExplanationCode`.
        clause: The sentence without its capital and its full stop, so that it can be a part of
            another one.
        details: The numbers of the sentence, by name.
        related: What the sentence is about, by kind: `JobId`, `TaskName`, `InstanceId`,
            `ClusterId`, `GroupName`, `MachineId`, `ErrorCode`. What is not said is that of the
            thing that is explained.
        since: Since when, in microseconds since the epoch; None if that is not known.
    """

    code: str
    clause: str
    details: Mapping[str, float] = field(default_factory=dict[str, float])
    related: Mapping[str, str] = field(default_factory=dict[str, str])
    since: int | None = None

    def after(self, beginning: str, **details: float) -> Cause:
        """Return the same cause with something said before it.

        Args:
            beginning: What comes first, with the mark that separates it.
            details: Its numbers.
        """
        return replace(
            self, clause=f"{beginning} {self.clause}", details={**details, **self.details}
        )

    def of_task(self, name: str) -> Cause:
        """Return the same cause as that of a job, which says which task it is about."""
        return replace(
            self, clause=f"task {name}: {self.clause}", related={"TaskName": name, **self.related}
        )


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why something is in its state.

    Attributes:
        state: Its state, as callers see it.
        cause: Why.
    """

    state: str
    cause: Cause

    @property
    def reason(self) -> str:
        """The sentence."""
        clause = self.cause.clause.rstrip(".")
        return f"{clause[:1].upper()}{clause[1:]}."


def count(number: int, noun: str) -> str:
    """Return a number of things: "1 instance", "2 instances"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def is_or_are(number: int) -> str:
    """Return the verb that goes with a number."""
    return "is" if number == 1 else "are"


def seconds(since: int, now: int) -> int:
    """Return how many whole seconds have passed; 0 if the clock was set back."""
    return max(0, now - since) // 1_000_000
